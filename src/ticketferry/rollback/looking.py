"""One root of a plan that is taken back, looked at by itself: what was done, what stands there now, whether people have edited it since.

It needs no desk and knows nothing of other roots, so several processes can do it. What one root means for others is the planner's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ticketferry.apply.beside import beside_of_others
from ticketferry.apply.context import ApplyContext
from ticketferry.apply.finish import before_image
from ticketferry.apply.read_back import records_of
from ticketferry.plan.file.rows import load_operation, unpack_json
from ticketferry.plan.planner import Planner
from ticketferry.rollback.dependents import MadeByPlan
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.schema.vectors import foreign, vector
from ticketferry.schema.vectors import moved as moved_of
from ticketferry.sdk.contract import Finding, Operation, Severity, Wire, WriteResult
from ticketferry.sdk.templates import encode, needs
from ticketferry.store.before_images import BeforeImages

__all__ = ["Looked", "Looking", "RootsRead", "look_at_roots"]


class RootsRead(NamedTuple):
    """Roots of the plan, in its order, whose each root is that the target was `asked` for, and what it gave."""

    roots: tuple[str, ...]
    asked: Mapping[Ref, str]
    wires: tuple[Wire, ...]


class Looked(NamedTuple):
    """What a root tells by itself. `keep`: why it stays, "" where nothing of its own says so."""

    root: str
    keep: str
    done: int
    """Operations that were done, or may have been."""
    needs: frozenset[str]
    """Refs that those named."""
    uses: frozenset[str]
    """Of what the plan made, what the record names as it stands in the target."""
    was_there: bool
    """Whether there is an image of the record before the plan."""
    title: str
    facts: Mapping[str, Any]
    target: str
    operations: tuple[Operation, ...] = ()
    """What takes it back."""
    findings: tuple[Finding, ...] = ()
    parts_left: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Parts that nobody can take away, and whom they name."""
    left: Mapping[str, str] = {}
    """How it must look when it is taken back, where nothing else tells."""
    made: tuple[str, ...] = ()
    """What the plan made of it beside the root."""


@dataclass(frozen=True)
class Looking:
    """What looking at a root reads, opened in one process. `begun`: numbers of writes of which nobody knows whether they were done."""

    context: ApplyContext
    made: MadeByPlan
    begun: frozenset[int]

    @cached_property
    def planner(self) -> Planner:
        """Return what renders operations again whose bodies do not stand in the plan."""
        return Planner(self.context.planning, self.context.plan.id)


def look_at_roots(looking: Looking, read: RootsRead) -> list[Looked]:
    """Look at each root, in their order."""
    context = looking.context
    records = records_of(context.planning, context.connector, read.asked, read.wires)
    return [_look(looking, root, records.get(root)) for root in read.roots]


def _look(looking: Looking, root: str, current: Record | None) -> Looked:
    context = looking.context
    done = _done(looking, root)
    image = before_image(context.workspace, context.plan.id, root)
    change = context.plan.change(root)
    named = frozenset(
        str(need.ref)
        for operation, _ in done
        for need in (*needs(dict(operation.params)), *needs(operation.body))
    )
    keep = _reason_to_keep(context, root, current, image)
    looked = Looked(
        root,
        keep,
        len(done),
        named,
        frozenset(looking.made.used_by(current or {})) if keep or image is None else frozenset(),
        image is not None,
        change.title if change is not None else "",
        dict(change.facts) if change is not None else {},
        context.idmap.get(root) or "",
    )
    if keep:
        return looked
    undo = context.target.undo(done, image)
    half = _stopped_half_way(context, root, image) or context.idmap.applied(root) is None
    made = [
        str(operation.subject)
        for operation, _ in done
        if image is None or context.endpoints[operation.endpoint].gives
    ]
    return looked._replace(
        operations=tuple(undo.operations),
        findings=tuple(undo.findings),
        parts_left=tuple(_parts_left(root, done, undo.findings)),
        left=vector(current) if half and current is not None else {},
        made=tuple(subject for subject in made if subject != root),
    )


def _done(looking: Looking, root: str) -> list[tuple[Operation, WriteResult]]:
    """Return what was done of a root, or may have been, with what came of it."""
    context = looking.context
    rows = list(context.plan.operations("root = ?", (root,)))
    states = context.journal.states([row.seq for row in rows])
    rendered: Mapping[str, Operation] = {}
    done: list[tuple[Operation, WriteResult]] = []
    for row in rows:
        if row.seq not in looking.begun and (row.seq not in states or states[row.seq].state != "done"):
            continue
        if row.body is None and not rendered:
            rendered = looking.planner.render(parse_ref(root))
        body = unpack_json(row.body) if row.body is not None else encode(rendered[row.key].body)
        result = WriteResult(row.key, "done", dict(states[row.seq].gives))
        done.append((load_operation(row, body), result))
    return done


def _parts_left(
    root: str, done: Sequence[tuple[Operation, WriteResult]], findings: Sequence[Finding]
) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield each part that stays, as the author of a comment that nobody can take away does not know, with whom it names."""
    stay = {str(finding.subject) for finding in findings if finding.severity is Severity.LOSS} - {root}
    for operation, _ in done:
        if str(operation.subject) in stay:
            named = (*needs(dict(operation.params)), *needs(operation.body))
            yield str(operation.subject), tuple(str(need.ref) for need in named)


def _stopped_half_way(context: ApplyContext, root: str, image: Record | None) -> bool:
    """Tell whether the plan began to update a root and never ended: what we know of it is older than the plan."""
    applied = context.idmap.applied(root)
    kept = BeforeImages(context.workspace).get(context.plan.id, root)
    return image is not None and applied is not None and kept is not None and applied.plan == kept.owner


def _reason_to_keep(context: ApplyContext, root: str, current: Record | None, image: Record | None) -> str:
    applied = context.idmap.applied(root)
    if current is None:
        if context.idmap.get(root) is None:
            return "the plan began it and never made it: nothing of it is in the target"
        return "it is not in the target any more"
    if _stopped_half_way(context, root, image):
        change, seen = context.plan.change(root), vector(current)
        wanted = change.wanted if change is not None else {}
        before = vector(image) if image is not None else {}
        moved = sorted(key for key in moved_of(before, seen) if seen.get(key) != wanted.get(key))
        if moved:
            return f"it stopped half-way, and is neither as before nor as wanted: {', '.join(moved[:5])}"
    elif applied is not None and applied.plan != context.plan.id:
        return f"written by {applied.plan} since"
    elif applied is not None:
        seen = vector(current)
        was = vector(image) if image is not None else None
        # What stood there before this plan stands there afterwards too.
        moved = sorted(
            key for key in moved_of(applied.seen, seen) if was is None or seen.get(key) != was.get(key)
        )
        if moved:
            return f"edited since in the target: {', '.join(moved[:5])}"
    elif image is None:
        change = context.plan.change(root)
        began = context.journal.oldest()
        theirs = (
            sorted(foreign(change.wanted, current, began)) if change is not None and began is not None else []
        )
        if theirs:
            return f"it stopped half-way, and was edited in the target: {', '.join(theirs[:5])}"
    if image is not None:
        return ""  # it was there before, and is there afterwards
    linked = _linked_by_somebody(context, root, current)
    return f"edited since in the target: {', '.join(linked[:5])}" if linked else ""


def _linked_by_somebody(context: ApplyContext, root: str, current: Record) -> list[str]:
    """Return what people put beside what we made: links, by their name in the record's vector, and further organizations."""

    def wanted_there(other: str) -> Iterable[str]:
        change = context.plan.change(other)
        return change.wanted if change is not None and change.wanted else ()

    return list(beside_of_others(root, current, context.idmap, wanted_there))
