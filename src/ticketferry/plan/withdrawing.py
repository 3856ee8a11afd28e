"""Roots that need what nothing in the plan or the id map gives are taken out of it again; what links them is planned without."""

from collections import Counter
from typing import TypeVar

from ticketferry.errors import FatalError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.rows import finding_row
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.plan.guarding import ENDS_ALL, fault_of, quarantine_finding
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.shards import INLINE_BYTES, change_of, shown_as, sum_key
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Outcome
from ticketferry.store.snapshots import StoredRow

__all__ = ["withdraw_dangling"]

T = TypeVar("T")


def withdraw_dangling(writer: PlanWriter, planning: PlanContext) -> Counter[str]:
    """Quarantine every root of which an operation needs what nobody gives; tickets that link one of those are planned without it.

    The leaves and the findings follow. Returns by how much smaller each figure of what more people see becomes.
    """
    work = _Work(writer, planning)
    tried: set[tuple[str, str]] = set()
    while True:
        writer.find_givers(planning.endpoints)
        dangling = _dangling(writer, planning)
        if not dangling:
            return work.unseen
        before = {root: work.plan_again(root) for root in sorted(dangling)}
        lost = {
            root: _reason(writer, *missing[0])
            for root, missing in dangling.items()
            if any(":ticket:" not in ref or (root, ref) in tried for ref, _ in missing)
        }
        tried |= {(root, ref) for root, missing in dangling.items() for ref, _ in missing}
        planning.ticket_scope.leave_out(
            planning.ticket_scope.left_out
            | {root for root in lost if ":ticket:" in root}
            | {ref for missing in dangling.values() for ref, _ in missing if ":ticket:" in ref}
        )
        for root, planned in before.items():
            work.replace(planned, lost.get(root))


def _dangling(writer: PlanWriter, planning: PlanContext) -> dict[str, list[tuple[str, str]]]:
    """Return the roots that need what nobody gives, with what that is."""
    dangling: dict[str, list[tuple[str, str]]] = {}
    for root, ref, slot in writer.ungiven():
        if planning.idmap.get(ref, slot, planning.inputs.idmap) is not None:
            continue
        giver = writer.outcome(ref)
        if giver is None or giver[0] is not Outcome.MATCH:
            dangling.setdefault(root, []).append((ref, slot))
    return dangling


def _reason(writer: PlanWriter, ref: str, slot: str) -> str:
    outcome, because = writer.outcome(ref) or (None, "")
    why = "this plan does not bring it"
    if outcome in (Outcome.SKIP, Outcome.REJECT):
        why = f"this plan leaves it out ({because})" if because else "this plan leaves it out"
    return f"it needs the {slot} of {ref.split(':', 1)[1]}, and {why}"


class _Work:
    """Puts another planning of a root in the place of the first one."""

    def __init__(self, writer: PlanWriter, planning: PlanContext) -> None:
        self.unseen: Counter[str] = Counter()
        self._without: dict[str, frozenset[str]] = {}
        """Root -> the tickets that were left out when it was planned last."""
        self._writer = writer
        self._planning = planning
        self._planner = Planner(planning)

    def plan_again(self, text: str) -> Planned:
        """Plan a root as it stands in the plan. Raises FatalError where it does not come out alike."""
        root, ticket_scope = parse_ref(text), self._planning.ticket_scope
        now = ticket_scope.left_out
        ticket_scope.leave_out(self._without.get(text, frozenset()))
        planned = self._planner.plan(root, self._planning.source_rows(root))
        ticket_scope.leave_out(now)
        keys = {operation.key for operation in planned.operations} if planned is not None else None
        if planned is None or keys != self._writer.keys(text):
            raise FatalError(f"{text} is not planned twice alike; this is a fault of the connector")
        return planned

    def replace(self, before: Planned, lost: str | None) -> None:
        """Plan a root without what is left out, or not at all where `lost` says why."""
        root, text = before.root, str(before.root)
        rows = self._planning.source_rows(root)
        after: Planned | None = None
        self._without[text] = self._planning.ticket_scope.left_out
        if lost is None:
            try:
                after = self._planner.plan(root, rows)
            except ENDS_ALL:
                raise
            except Exception as error:  # noqa: BLE001 -- one record's fault is that record's
                lost = fault_of(error)
        if after is None:
            finding = quarantine_finding(root, "planning", lost or "it is not there any more")
            after = self._planner.quarantined(root, rows, before.record, finding, before.mapped.phase)
        for planned, sign in ((before, -1), (after, 1)):
            self._count(planned, rows, sign)
        leaves = self._planner.leaf_totals(after, rows)[1]
        self._writer.replace(
            change_of(after, self._planning),
            after.operations,
            ((end.kind, end.id, end.path, end.by) for end in leaves),
            INLINE_BYTES,
        )
        for planned, sign in ((before, 1), (after, -1)):
            figure = shown_as(planned)
            if figure:
                _add(self.unseen, figure, sign)

    def _count(self, planned: Planned, rows: list[StoredRow], sign: int) -> None:
        for key, count in self._planner.leaf_totals(planned, rows)[0].items():
            _add(self._writer.sums, sum_key(key), sign * count)
        for finding in self._planner.findings(planned):
            _add(self._writer.findings, finding_row(finding), sign * finding.count)


def _add(counter: Counter[T], key: T, count: int) -> None:
    counter[key] += count
    if not counter[key]:
        del counter[key]
