"""One root record through the whole of planning: rows, mapping, comparison, operations. Used to make a plan and to render it again."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

from ticketferry.desired.dispositions import Fates, LeafFate, Sum
from ticketferry.mapping.attachment_rules import UNHAD
from ticketferry.mapping.cleaning import REDACTED
from ticketferry.mapping.result import Mapped, fate_of
from ticketferry.plan.context import PlanContext
from ticketferry.plan.diff import PEOPLE, DiffResult, decide
from ticketferry.plan.guarding import QUARANTINE, quarantine_finding
from ticketferry.plan.own_ids import with_own_ids
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref
from ticketferry.schema.vectors import vector as vector_of
from ticketferry.schema.vectors import version
from ticketferry.sdk.contract import Change, Compiled, Disposition, Finding, Operation, Outcome, Severity
from ticketferry.store.idmap import LastWrite
from ticketferry.store.snapshots import StoredRow

__all__ = ["Planned", "Planner"]

_EMPTY = Compiled((), None)
_ACCOUNTS = (Kind.PERSON, Kind.ORGANIZATION)


@dataclass(frozen=True, slots=True)
class Planned:
    """All that a plan says of one root."""

    root: Ref
    record: Record
    mapped: Mapped
    decision: DiffResult
    operations: Sequence[Operation]
    target_id: str | None
    inputs: str
    fates: Fates

    @property
    def outcome(self) -> Outcome:
        """Return what happens with the root."""
        return self.decision.outcome

    @property
    def title(self) -> str:
        """Return what people know the root by; a subject that the mapping drops, or takes something out of, stands nowhere."""
        subject = fate_of(self.mapped.fates, f"ticket[{self.root.id}].subject")
        dropped = (
            self.root.kind is Kind.TICKET
            and subject is not None
            and (subject.action == "drop" or subject.by.startswith(REDACTED))
        )
        shown = (self.mapped.record or {}) if dropped else self.record
        return str(shown.get("subject") or shown.get("name") or "")


class Planner:
    """Plans roots one by one; pure but for reading what planning reads. `begun`: the plan to render again, which may have written already."""

    def __init__(self, planning: PlanContext, begun: str | None = None) -> None:
        self.planning = planning
        self._begun = begun
        self._map: dict[Kind, Callable[[Record], Mapped]] = {
            Kind.TICKET: planning.case,
            Kind.PERSON: planning.engine.person,
            Kind.ORGANIZATION: planning.engine.organization,
            Kind.GROUP: planning.engine.group,
            Kind.DEFINITION: _as_asked,
        }

    def map(self, root: Ref, record: Record) -> Mapped:
        """Apply the mapping to an assembled record."""
        return self._map[root.kind](record)

    def plan(
        self, root: Ref, rows: Sequence[StoredRow], mapped: Mapped | None = None, record: Record | None = None
    ) -> Planned | None:
        """Plan one root from its rows; None where its own row is missing. What the caller has already (`mapped`, `record`) is not
        made again.
        """
        planning = self.planning
        record = planning.source_record(root, rows) if record is None else record
        if record is None:
            return None
        mapped = mapped or self.map(root, record)
        text = str(root)
        upto = planning.inputs.idmap
        target_id = planning.idmap.get(text, upto=upto)
        inputs = self._inputs(rows)
        if mapped.record is None or mapped.outcome in (Outcome.SKIP, Outcome.REJECT):
            stays = self._stays(root, mapped, target_id)
            decision = DiffResult(
                mapped.outcome, _EMPTY, None, wanted={}, because=mapped.because, findings=stays
            )
            disposition = Disposition.DROPPED if mapped.outcome is Outcome.SKIP else Disposition.UNSUPPORTED
            fates = Fates(mapped.fates, (), (disposition, mapped.because), mapped.lists)
            return Planned(root, record, mapped, decision, (), target_id, inputs, fates)
        how = planning.idmap.how(text, upto)
        matched = how == "matched" if how is not None else mapped.outcome is Outcome.MATCH
        if matched and target_id is None:
            target_id = _id_of(planning.account(text))
        current = planning.current(root.kind, target_id) if target_id is not None else None
        again = False
        if current is None and how is not None and root.kind in _ACCOUNTS:
            another = _id_of(planning.account(text)) if mapped.outcome is Outcome.MATCH else None
            # Where an account is gone, another one that fits by now stands for them; one that was only matched is not used any more.
            again = another not in (None, target_id) or (matched and mapped.outcome is Outcome.CREATE)
            if again:
                matched, target_id = another is not None, another
                current = planning.current(root.kind, another) if another is not None else None
        desired = mapped.record
        own = planning.own_people or str(desired.get("assignee") or "").startswith(f"{planning.target.desk}:")

        applied = (
            planning.idmap.applied_before(text, self._begun) if self._begun else planning.idmap.applied(text)
        )
        applied = None if again else applied

        def compiled(change: Change) -> Compiled:
            made = planning.compiler.compile(replace(change, way=mapped.way), planning.target_catalog)
            return with_own_ids(made, planning.target.desk) if own else made

        decision = decide(
            root,
            desired,
            matched=matched,
            target_id=target_id,
            current=current,
            applied=applied,
            slots=self._slots(mapped.record, upto) if target_id is not None else {},
            conflicts=planning.conflicts,
            winners=planning.winners,
            decided=partial(planning.decided, text),
            owned=self._owned(root, applied, inputs),
            as_written=lambda: self._as_written(root, applied),
            moves=PEOPLE if planning.reassigns else frozenset(),
            compile_=compiled,
            expect=lambda: planning.compiler.expected(desired, planning.target_catalog, mapped.way),
        )
        fates = Fates(mapped.fates, decision.compiled.fates, lists=mapped.lists)
        operations = list(decision.compiled.operations)
        if decision.outcome is Outcome.UPDATE and operations and current is not None:
            operations[0] = replace(operations[0], expect=version(vector_of(current)))
        if decision.outcome is Outcome.CREATE and not operations:
            if decision.compiled.refused or decision.compiled.expected is None:
                return self._refused(root, record, mapped, decision, inputs)
            decision = replace(decision, outcome=Outcome.UNCHANGED)
        return Planned(root, record, mapped, decision, operations, target_id, inputs, fates)

    def held(self, root: Ref, target_id: str | None) -> tuple[str, Finding] | None:
        """Return why a root, or its record in the target, is in quarantine since the desks were read, with the finding; else None."""
        planning = self.planning
        for one in (
            planning.held.get(root),
            planning.held.get(Ref(planning.target.desk, root.kind, target_id)) if target_id else None,
        ):
            if one is not None:
                where = "" if one.root == root else f" its record in the target ({one.root.id}):"
                cause = f"{where} {one.cause}".strip()
                return one.stage, quarantine_finding(root, one.stage, cause, one.remedy)
        return None

    def quarantined(
        self, root: Ref, rows: Sequence[StoredRow], record: Record | None, finding: Finding, phase: str | None
    ) -> Planned:
        """Plan nothing for a root, saying why; every leaf of it counts as not moved."""
        because = finding.message
        mapped = Mapped(Outcome.REJECT, None, because=because, phase=phase)
        decision = DiffResult(Outcome.REJECT, _EMPTY, None, wanted={}, because=because, findings=(finding,))
        fates = Fates({}, (), (Disposition.UNSUPPORTED, finding.code))
        target_id = self.planning.idmap.get(str(root), upto=self.planning.inputs.idmap)
        known = record or Record({"ref": str(root)})
        return Planned(root, known, mapped, decision, (), target_id, self._inputs(rows), fates)

    def _refused(
        self, root: Ref, record: Record, mapped: Mapped, decision: DiffResult, inputs: str
    ) -> Planned:
        """The connector cannot make it: its first finding says why."""
        findings = decision.compiled.findings
        because = decision.compiled.refused or next(
            (item.message for item in reversed(findings)), "the target cannot take it"
        )
        decision = replace(decision, outcome=Outcome.REJECT, wanted={}, because=because)
        fates = Fates(mapped.fates, (), (Disposition.UNSUPPORTED, because), mapped.lists)
        return Planned(root, record, mapped, decision, (), None, inputs, fates)

    def render(self, root: Ref) -> dict[str, Operation]:
        """Compile a root again and return its operations by key."""
        planned = self.plan(root, self.planning.source_rows(root))
        return {operation.key: operation for operation in planned.operations} if planned else {}

    def leaf_totals(self, planned: Planned, rows: Sequence[StoredRow]) -> tuple[Counter[Sum], list[LeafFate]]:
        """Return what becomes of every leaf of a root."""
        return self.planning.leaf_totals.sums(rows, planned.fates)

    def findings(self, planned: Planned) -> list[Finding]:
        """Gather what was found on the way.

        A blocker of either desk counts also for a root that waits for a decision: it would be written once that is made.
        """
        asks = planned.operations or planned.outcome is Outcome.REJECT
        gathered = [
            *planned.mapped.findings,
            *planned.decision.compiled.findings,
            *planned.decision.findings,
            *self._missing_files(planned),
            *(self.planning.blockers.get(str(planned.root), ()) if asks else ()),
        ]
        quarantined = any(finding.code == QUARANTINE for finding in planned.decision.findings)
        if planned.outcome is Outcome.REJECT and planned.mapped.record is None and not quarantined:
            gathered.append(
                Finding(
                    "TF-REJECT",
                    Severity.DOUBT,
                    planned.root,
                    "",
                    planned.mapped.because,
                    "Mend the mapping or the record.",
                )
            )
        return gathered

    def _stays(self, root: Ref, mapped: Mapped, target_id: str | None) -> tuple[Finding, ...]:
        """Tell of a ticket that an earlier plan brought and that is to be left out now: nothing deletes it."""
        if root.kind is not Kind.TICKET or target_id is None:
            return ()
        if self.planning.current(root.kind, target_id) is None:
            return ()
        message = f"left out now ({mapped.because}), but an earlier plan brought it: it stays in the target as it is"
        remedy = "Delete it in the target by hand, or take the plan back that brought it."
        return (Finding("TF-STAYS", Severity.DOUBT, root, "", message, remedy),)

    def _owned(self, root: Ref, applied: LastWrite | None, inputs: str) -> bool:
        """Tell whether the new desk owns a ticket: its phase was cut over, and the old desk (or the mapping) says something else since.

        Where neither does, what moved is ours to mend: the other side of a link has arrived.
        """
        if not self.planning.owned or root.kind is not Kind.TICKET or applied is None:
            return False
        return applied.inputs != inputs and self.planning.idmap.phase(str(root)) in self.planning.owned

    def _as_written(self, root: Ref, applied: LastWrite | None) -> dict[str, str] | None:
        """Return the vector of what is wanted today of a record as the source held it at our last write; None where that reading, or the mapping
        of then, is not the one of now.
        """
        reading = self.planning.reading_of(applied.plan) if applied is not None else 0
        rows = self.planning.source.root(root, reading) if reading else []
        record = self.planning.source_record(root, rows) if rows else None
        if applied is None or record is None or self._inputs(rows) != applied.inputs:
            return None
        mapped = self.map(root, record)
        if mapped.record is None:
            return None
        expected = self.planning.compiler.expected(mapped.record, self.planning.target_catalog, mapped.way)
        return vector_of(expected.record) if expected.record is not None else None

    def _missing_files(self, planned: Planned) -> list[Finding]:
        """Return a blocker where a ticket that is written has files whose bytes were never fetched."""
        desired = planned.mapped.record
        if planned.root.kind is not Kind.TICKET or desired is None or not planned.operations:
            return []
        missing = sum(
            1
            for item in desired.get("attachments", [])
            if not item.get("sha256") and item.get("state") not in UNHAD
        )
        if not missing:
            return []
        phase = self.planning.idmap.phase(str(planned.root)) or planned.mapped.phase
        return [
            Finding(
                "TF-FILE-002",
                Severity.BLOCKER,
                planned.root,
                "attachments",
                "files of it were not fetched yet",
                "Fetch them: `ticketferry extract files" + (f" --phase {phase}`." if phase else "`."),
                missing,
            )
        ]

    def _inputs(self, rows: Sequence[StoredRow]) -> str:
        total = blake2b(digest_size=12)
        for row in rows:
            total.update(row.hash)
        total.update(self.planning.inputs.mapping.encode())
        total.update(self.planning.inputs.connectors.encode())
        return total.hexdigest()

    def _slots(self, desired: Record, upto: int) -> dict[str, dict[str, str]]:
        refs = [desired["ref"]]
        for name in ("comments", "attachments", "worklogs"):
            refs.extend(part["ref"] for part in desired.get(name, []))
        by_ref = {ref: self.planning.idmap.slots(ref, upto) for ref in refs}
        return {ref: slots for ref, slots in by_ref.items() if slots}


def _as_asked(definition: Record) -> Mapped:
    return Mapped(Outcome.CREATE, definition)


def _id_of(account: object) -> str | None:
    ref = getattr(account, "ref", None)
    return str(ref).split(":", 2)[2] if ref else None
