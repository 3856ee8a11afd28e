"""What happens when a lane has ended: the record is read back, and its hash vectors go to the id map."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ticketferry.apply.context import ApplyContext
from ticketferry.plan.file.rows import ChangeRow, OpRow
from ticketferry.plan.file.writes import undone_parts
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS, ours, still_theirs, vector
from ticketferry.sdk.contract import Outcome
from ticketferry.store.before_images import BeforeImage, BeforeImages
from ticketferry.store.workspace import Workspace

__all__ = ["RecordFinisher", "before_image"]


class RecordFinisher:
    """Closes lanes of one plan, many at a time; thread-safe. `note_roots` is told how many were closed."""

    def __init__(self, context: ApplyContext, note_roots: Callable[[int], None]) -> None:
        self._context = context
        self._images = BeforeImages(context.workspace)
        self._note_roots = note_roots
        self._lock = threading.Lock()
        self._ended: list[Ref] = []

    def note(self, rows: Sequence[OpRow]) -> None:
        """Take the operations of a batch that ended; lanes whose last one is done are closed when there are enough."""
        tails = [row for row in rows if row.tail]
        if not tails:
            return
        states = self._context.journal.states([row.seq for row in tails])
        ready = [
            parse_ref(row.root)
            for row in tails
            if row.seq in states
            and states[row.seq].state == "done"
            and (self._context.undoing or not self._closed(row))
        ]
        flush: list[Ref] = []
        with self._lock:
            self._ended.extend(ready)
            if len(self._ended) >= max(1, self._context.target.limits.fetch_batch):
                flush, self._ended = self._ended, []
        if flush:
            self._close(flush)

    def catch_up(self) -> None:
        """Close the lanes that ended in this run and those that a killed run had ended without closing them."""
        with self._lock:
            flush, self._ended = self._ended, []
        known = set(flush)
        for row in self._context.plan.operations("tail = 1"):
            root = parse_ref(row.root)
            if root in known or self._closed(row):
                continue
            state = self._context.journal.states([row.seq]).get(row.seq)
            if state is not None and state.state == "done":
                flush.append(root)
        size = max(1, self._context.target.limits.fetch_batch)
        for start in range(0, len(flush), size):
            self._close(flush[start : start + size])

    def keep_before(self, root: str, current: Record) -> None:
        """Keep a record as it is just before this plan updates it, with what we knew of it: the update can be taken back."""
        self._images.keep(self._context.plan.id, root, current, self._context.idmap.applied(root))

    def set_applied(self, connection: Any, change: ChangeRow, seen: Mapping[str, str]) -> None:
        """Keep what was wanted and seen of a root, inside a transaction."""
        self._context.idmap.set_applied(
            connection,
            change.root,
            wanted=change.wanted,
            seen=seen,
            inputs=change.inputs,
            how="matched" if change.outcome is Outcome.MATCH else "created",
            plan=self._context.plan.id,
            run=self._context.journal.run,
        )

    def _closed(self, tail: OpRow) -> bool:
        root = tail.root
        if self._context.undoing:
            return (
                self._image(root) is None if self._restores(root) else self._context.idmap.get(root) is None
            )
        return self._context.journal.closed(root, tail.seq)

    def _close(self, roots: Sequence[Ref]) -> None:
        if self._context.undoing:
            self._close_undone(roots)
        else:
            self._close_written(roots)
        self._note_roots(len(roots))

    def _close_written(self, roots: Sequence[Ref]) -> None:
        if any(root.kind is Kind.DEFINITION for root in roots):
            # What was added to the set-up is known by name from here on.
            self._context.planning.read_catalog = self._context.target.catalog()
        pairs = [(root, self._context.idmap.get(str(root)) or "") for root in roots]
        current = self._context.read([pair for pair in pairs if pair[1]])
        self._context.journal.on_point("before read-back")

        def work(connection: Any) -> None:
            for root, _ in pairs:
                change = self._context.plan.change(str(root))
                record = current.get(root)
                if change is not None:
                    self.set_applied(
                        connection, change, self._seen(self._context.plan.id, str(root), record, change)
                    )

        self._context.workspace.commit(work)
        self._context.journal.on_point("after read-back")

    def _close_undone(self, roots: Sequence[Ref]) -> None:
        images = {
            root: image
            for root in roots
            if (image := self._image(str(root))) is not None or not self._restores(str(root))
        }
        restored = [
            (root, self._context.idmap.get(str(root)) or "")
            for root, image in images.items()
            if image is not None
        ]
        current = self._context.read(restored) if restored else {}

        def work(connection: Any) -> None:
            for root, image in images.items():
                if image is None:
                    self._forget(connection, str(root))
                else:
                    self._restore(connection, str(root), image, current.get(root))

        self._context.workspace.commit(work)

    def _seen(
        self, plan: str, root: str, record: Record | None, change: ChangeRow | None = None
    ) -> dict[str, str]:
        """Return what is seen of a root now; what people had changed before `plan` wrote it is theirs still.

        `change`: it was written just now, or by a run that was killed long ago: what is there and was not wanted is theirs too.
        """
        if record is None:
            return {}
        seen = vector(record)
        if change is not None and change.outcome is not Outcome.MATCH:
            before = self._images.get(plan, root)
            seen = ours(change.wanted, seen, vector(before.record) if before is not None else None)
        image = self._images.get(plan, root)
        if image is None or image.seen is None:
            return seen
        return still_theirs(seen, image.seen, vector(image.record))

    def _restores(self, root: str) -> bool:
        """Tell whether the rollback plan puts the record back as it was, rather than taking it away."""
        change = self._context.plan.change(root)
        return change is not None and change.outcome is Outcome.UPDATE

    def _forget(self, connection: Any, root: str) -> None:
        """The record is gone again: its slots and those of its parts end."""
        self._context.idmap.end(connection, [root, *self._undone(root)])
        self._context.idmap.forget_applied(connection, root)
        self._context.idmap.unstick(connection, root)

    def _undone(self, root: str) -> list[str]:
        """Return the parts that the plan that is taken back had made on a root."""
        return undone_parts(self._context.plan, root)

    def _restore(self, connection: Any, root: str, image: BeforeImage, record: Record | None) -> None:
        """The record is as it was before the update: so is what we know of it."""
        if record is not None:
            # Parts that are gone again can be made again; a further part of one that is there may be there too.
            rows = [part for name in PART_LISTS for part in record.get(name, ())]
            remaining = {name for part in rows for name in (part["ref"], part.get("origin"))}
            self._context.idmap.end(
                connection, [ref for ref in self._undone(root) if ref not in remaining and ref.partition("/")[0] not in remaining]
            )  # fmt: skip
        if image.wanted is None:
            self._context.idmap.forget_applied(connection, root)
        else:
            self._context.idmap.set_applied(
                connection,
                root,
                wanted=image.wanted,
                seen=self._seen(self._context.plan.header["undoes"], root, record),
                inputs=image.inputs,
                how=image.how,
                plan=image.owner or "",
                run=self._context.journal.run,
            )
        self._images.drop(connection, self._context.plan.header["undoes"], root)

    def _image(self, root: str) -> BeforeImage | None:
        return self._images.get(self._context.plan.header.get("undoes", ""), root)


def before_image(workspace: Workspace, plan: str, root: str) -> Record | None:
    """Return the record as it was in the target just before `plan` updated it."""
    image = BeforeImages(workspace).get(plan, root)
    return image.record if image is not None else None
