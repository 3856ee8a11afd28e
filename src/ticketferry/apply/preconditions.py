"""Looks at the target's records just before they are written: what moved since the plan was made is left alone."""

from collections.abc import Mapping, Sequence

from ticketferry.apply.context import ApplyContext
from ticketferry.apply.finish import RecordFinisher, before_image
from ticketferry.plan.file.rows import OpRow
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS, moved, vector, version
from ticketferry.sdk.contract import Finding, Operation, Severity

__all__ = ["Preconditions"]

Item = tuple[OpRow, Operation]


class Preconditions:
    """What must still be so before the writes of one plan; thread-safe. What an update changes is kept as it was, to be taken back."""

    def __init__(self, context: ApplyContext, closing: RecordFinisher) -> None:
        self._context = context
        self._closing = closing

    def keep(self, items: Sequence[Item], *, sent: bool = False) -> list[Item]:
        """Return the operations that may be sent; the others are journalled as conflicts.

        `sent`: a run that was killed may have written them already; then what stands there may also be what the plan wants.
        """
        roots = [parse_ref(row.root) for row, operation in items if self._asks(row, operation, sent=sent)]
        if not roots:
            return list(items)
        current = self._read(roots)
        return [item for item in items if self._holds(*item, current, sent=sent)]

    def spared(self, batch: int) -> str:
        """Return a record that a rollback left alone, among those that were to be taken back before this batch: it may use what
        the batch would take away. Else "".
        """
        if not self._context.undoing:
            return ""
        rows = [
            row
            for need in self._context.plan.needs(batch)
            for row in self._context.plan.operations("batch = ?", (need,))
        ]
        roots = {row.seq: row.root for row in rows}
        states = self._context.journal.states(list(roots)).values()
        return min((roots[state.seq] for state in states if state.state == "conflict"), default="")

    def _asks(self, row: OpRow, operation: Operation, *, sent: bool) -> bool:
        if self._context.undoing:
            return row.prev is None and not sent
        return operation.expect is not None and operation.expect.startswith("seen:")

    def _read(self, roots: Sequence[Ref]) -> dict[Ref, Record | None]:
        by_kind: dict[Kind, list[tuple[Ref, str]]] = {}
        for root in dict.fromkeys(roots):
            by_kind.setdefault(root.kind, []).append(
                (root, self._context.planning.idmap.get(str(root)) or "")
            )
        current: dict[Ref, Record | None] = {}
        size = max(1, self._context.target.limits.fetch_batch)
        for pairs in by_kind.values():
            for start in range(0, len(pairs), size):
                part = [pair for pair in pairs[start : start + size] if pair[1]]
                # Before an update a record is kept whole; before it is taken back it is only compared.
                current |= self._context.read(part, expected=False, whole=not self._context.undoing)
        return current

    def _holds(
        self, row: OpRow, operation: Operation, records: Mapping[Ref, Record | None], *, sent: bool
    ) -> bool:
        root = parse_ref(row.root)
        if root not in records:
            return True
        current = records[root]
        if self._context.undoing:
            # What is gone already needs no taking back: the connector counts that as done.
            edited = self._edited(row.root, current) if current is not None else []
            return not edited or self._refuse(row, f"was edited ({', '.join(edited[:5])})")
        if current is None:
            return self._refuse(row, "is gone")
        if version(vector(current)) == operation.expect:
            self._closing.keep_before(row.root, current)
            return True
        return (sent and self._is_own_work(row.root, current)) or self._refuse(row, "was changed")

    def _edited(self, root: str, current: Record) -> list[str]:
        """Return what differs from how we left the record. Links end with the records that this plan takes back."""
        applied = self._context.planning.idmap.applied(root)
        change = self._context.plan.change(root)
        # A rollback notes how a record looked that the plan it undoes left half-written.
        left = (change.wanted if change is not None else None) or (
            applied.seen if applied is not None else None
        )
        if left is None:
            return []
        seen = vector(current)
        edited = (key for key in moved(left, seen) if not key.startswith("links["))
        image = before_image(self._context.workspace, str(self._context.plan.header["undoes"]), root)
        if image is None:
            return sorted(edited)
        # What stood there before the plan that is taken back stands there afterwards too.
        was = vector(image)
        return sorted(key for key in edited if seen.get(key) != was.get(key))

    def _is_own_work(self, root: str, current: Record) -> bool:
        """Tell whether a record differs from how it was before this plan only by what this plan wants.

        A part may be half-made: hidden and not marked yet, or there and not known yet, since the run died before its answer came.
        """
        before = before_image(self._context.workspace, self._context.plan.id, root)
        change = self._context.plan.change(root)
        if before is None or change is None:
            return False
        was, seen = vector(before), vector(current)
        return all(
            seen.get(key) == change.wanted.get(key)
            or (key.partition("[")[0] in PART_LISTS and (key in change.fields or key not in was))
            for key in moved(was, seen)
        )

    def _refuse(self, row: OpRow, what: str) -> bool:
        again = (
            f"ticketferry rollback {self._context.plan.header['undoes']}"
            if self._context.undoing
            else "ticketferry plan"
        )
        finding = Finding(
            "TF-CONFLICT",
            Severity.DOUBT,
            parse_ref(row.root),
            row.endpoint,
            f"the record {what} in the target since the plan was made; it is left alone",
            f"Plan again: `{again}`.",
        )
        self._context.journal.mark([row.seq], "conflict", row.root, finding)
        return False
