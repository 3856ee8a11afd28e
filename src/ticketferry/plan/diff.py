"""What to do with one root record: what reading should give of it against what is there and against what our last write left."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ticketferry.plan.conflict_winners import FOLLOWS, named_winner, winners_of
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.schema.vectors import PART_LISTS, moved, part_key, vector
from ticketferry.sdk.contract import Change, Compiled, Expected, Finding, Outcome, Severity
from ticketferry.store.idmap import LastWrite

__all__ = ["PEOPLE", "DiffResult", "decide", "target_wins"]

Compile = Callable[[Change], Compiled]
Expect = Callable[[], Expected]
PEOPLE = frozenset({"requester", "submitter", "assignee", "ccs", "followers", "organization"})
"""Fields of a ticket that name people."""
_HIDE = "Hide it in the target by hand."
_NAME = "Say in the mapping who wins (`conflicts: {default: source}` or `target`), or make both equal."
_DECIDE = "Write `source` or `target` behind it in decisions/conflicts.csv, then plan again."


@dataclass(frozen=True, slots=True)
class DiffResult:
    """The outcome, the change it was compiled from, and the operations."""

    outcome: Outcome
    compiled: Compiled
    current: Record | None
    fields: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    """Fields that people changed in the target and that stay."""
    wanted: Mapping[str, str] | None = None
    findings: tuple[Finding, ...] = ()
    because: str = ""
    asked: tuple[tuple[str, str], ...] = ()
    """Fields of which a person has to say who wins, with the state that the answer is good for (`conflict_state`)."""


def _unknown() -> None:
    return None


def _nobody(_field: str, _state: str) -> str | None:
    return None


def decide(
    root: Ref,
    desired: Record,
    *,
    matched: bool,
    target_id: str | None,
    current: Record | None,
    applied: LastWrite | None,
    slots: Mapping[str, Mapping[str, str]],
    conflicts: str,
    compile_: Compile,
    expect: Expect,
    winners: Mapping[str, str] = MappingProxyType({}),
    decided: Callable[[str, str], str | None] = _nobody,
    owned: bool = False,
    as_written: Callable[[], Mapping[str, str] | None] = _unknown,
    moves: Collection[str] = (),
) -> DiffResult:
    """Compare one root. `expect` gives what reading would show of the desired record; `compile_` is called for what is written only.

    Source moved = what we would expect to read differs from what was last wanted; target moved = what is there differs from
    what was last seen. Both on one field is a conflict: `conflicts` says `source`, `target`, `ask` or `hold` (leave the record
    alone), `winners` says one of the first three for single fields. `decided` tells who wins a field in a state where a person is asked; None:
    nobody has said, and the record is left alone. Where the target wins what the source has hidden, nothing is applied.
    `owned`: the target owns the record since its cut-over: parts and links that came late are added, what the source has hidden is hidden,
    and everything else stays as it is, whoever changed it, but for fields that the plan `moves`. `as_written`: the vector of what is wanted today of the record that the source
    held at our last write, None where that is not known. What the source did not change since is ours to mend: a link in a text leads to a
    ticket that has arrived.
    """
    if target_id is None:
        compiled = compile_(Change(Outcome.CREATE, desired, None))
        return DiffResult(Outcome.CREATE, compiled, None, wanted=_vector(compiled))
    if matched:
        compiled = compile_(Change(Outcome.MATCH, desired, current, slots=slots))
        wanted = _vector(compiled)
        if applied is not None and dict(applied.wanted) == wanted:
            return DiffResult(Outcome.UNCHANGED, _silent(compiled), current, wanted=wanted)
        return DiffResult(Outcome.MATCH, compiled, current, wanted=wanted)
    expected = expect()
    whole = Compiled((), expected.record, expected.fates, expected.findings)
    wanted = _vector(whole)
    if current is None:
        because = "it was there after our last write and is not there now; nothing is written in its place"
        return DiffResult(Outcome.GONE, whole, None, wanted=wanted, because=because)
    if owned:
        conflicts, winners = "target", MappingProxyType({})
    seen = vector(current)
    if applied is None:
        source_moved, target_moved = moved(seen, wanted), frozenset[str]()
    else:
        source_moved, target_moved = moved(applied.wanted, wanted), moved(applied.seen, seen)
    both = {field for field in source_moved & target_moved if seen.get(field) != wanted.get(field)}
    fields = source_moved
    hidden = sorted(field for field in both if _hides(field, desired, current))
    winning = winners_of(both, conflicts, winners, decided, wanted, seen)
    asked = winning.asked
    if both and (conflicts == "hold" or asked):
        finding = Finding(
            "TF-CONFLICT",
            Severity.BLOCKER if hidden else Severity.DOUBT,
            root,
            ", ".join((hidden or sorted(asked or both))[:5]),
            "changed in both desks since our last write; the record is left alone"
            + (", and the target would go on showing what the source has hidden" if hidden else ""),
            _HIDE if hidden else _DECIDE if asked else _NAME,
            len(asked or both),
        )
        return DiffResult(
            Outcome.CONFLICT,
            whole,
            current,
            frozenset(both),
            target_moved,
            wanted,
            (finding,),
            finding.message,
            tuple(asked.items()),
        )
    lost = winning.lost
    lost |= {field for field, leader in FOLLOWS.items() if leader in lost and field in source_moved}
    # A part that another run appended is not appended again; of what was taken over blindly nothing that is equal is written.
    blind = applied is not None and not applied.wanted
    reached = {field for field in source_moved if seen.get(field) == wanted.get(field)}
    fields = (
        source_moved - lost - {field for field in reached if blind or field.partition("[")[0] in PART_LISTS}
    )
    findings = _shown(root, [field for field in hidden if field in lost])
    if owned and applied is not None:
        late = {
            field
            for field in fields
            if field not in moves and not _adds(field, applied.wanted, desired, current)
        }
        then = as_written() if late else None
        if then is not None:
            late -= {field for field in late if then.get(field) == wanted.get(field)}
        fields -= late
        findings += _left(root, late | (lost - set(hidden)))
    # A lane that was never closed may lack what no vector shows: the connector looks for itself.
    if not fields and applied is not None:
        return DiffResult(
            Outcome.UNCHANGED, whole, current, kept=target_moved, wanted=wanted, findings=findings
        )
    compiled = compile_(Change(Outcome.UPDATE, desired, current, fields, slots))
    repeats = applied is not None and _vector(compiled) == dict(applied.wanted)
    # What the target cannot change was told by the plan before; it is told again, and nothing is written for it again.
    if not compiled.operations or repeats:
        return DiffResult(
            Outcome.UNCHANGED, _silent(compiled), current, kept=target_moved, wanted=wanted, findings=findings
        )
    return DiffResult(
        Outcome.UPDATE,
        compiled,
        current,
        fields,
        target_moved - fields,
        _vector(compiled) or wanted,
        findings,
    )


def _adds(field: str, wanted: Mapping[str, str], desired: Record, current: Record) -> bool:
    """Tell whether an entry may be written to a record that the target owns: a new part or link, what is kept beside for nobody to edit, or
    less for people to see.
    """
    part = field.partition("[")[0] in (*PART_LISTS, "links") and field not in wanted
    return part or field == "provenance" or _hides(field, desired, current)


def _left(root: Ref, fields: Collection[str]) -> tuple[Finding, ...]:
    if not fields:
        return ()
    message = "changed in the old desk after the cut-over; the new desk owns the ticket, and it stays there as it is"
    named = ", ".join(sorted(fields)[:5])
    remedy = "Where it matters, let an agent of the new desk change it by hand."
    return (Finding("TF-LATE", Severity.INFO, root, named, message, remedy, len(fields)),)


def target_wins(field: str, winners: Mapping[str, str], conflicts: str) -> bool:
    """Tell whether the mapping leaves an entry to the new desk where both desks changed it."""
    leader = FOLLOWS.get(field)
    return any(
        (named_winner(name, winners) or conflicts) == "target" for name in (field, leader) if name is not None
    )


def _hides(field: str, desired: Record, current: Record) -> bool:
    """Tell whether fewer people see something in the source than the target shows it to."""
    if field.startswith("comments["):
        return _public(current, field) and not _public(desired, field)
    if field == "body":
        return bool(current.get("body")) and not desired.get("body")
    return field == "security" and bool(desired.get("security"))


def _public(record: Record, field: str) -> bool:
    parts: Sequence[Record] = record.get("comments", ())
    return any(part.get("public") is True for part in parts if f"comments[{part_key(part)}]" == field)


def _shown(root: Ref, fields: Sequence[str]) -> tuple[Finding, ...]:
    if not fields:
        return ()
    message = "the target wins what the source has hidden: it would stay visible"
    return (
        Finding("TF-CONFLICT", Severity.BLOCKER, root, ", ".join(fields[:5]), message, _HIDE, len(fields)),
    )


def _vector(compiled: Compiled) -> dict[str, str]:
    return vector(compiled.expected) if compiled.expected is not None else {}


def _silent(compiled: Compiled) -> Compiled:
    return Compiled((), compiled.expected, compiled.fates, compiled.findings)
