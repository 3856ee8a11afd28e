"""What to do with one root record: desired against current and against what our last write left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ticketferry.desired.vectors import moved, vector
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Change, Compiled, Finding, Outcome, Severity
from ticketferry.store.idmap import Applied

__all__ = ["Decision", "decide"]

Compile = Callable[[Change], Compiled]


@dataclass(frozen=True, slots=True)
class Decision:
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


def decide(
    root: Ref,
    desired: Record,
    *,
    matched: bool,
    target_id: str | None,
    current: Record | None,
    applied: Applied | None,
    slots: Mapping[str, Mapping[str, str]],
    conflicts: str,
    compile_: Compile,
    winners: Mapping[str, str] = MappingProxyType({}),
) -> Decision:
    """Compare one root.

    Source moved = what we would expect to read differs from what was last wanted; target moved = what is there differs from
    what was last seen. Both on one field is a conflict: `conflicts` says `source`, `target` or `hold` (leave the record alone),
    `winners` the same for single fields by name.
    """
    if target_id is None:
        compiled = compile_(Change(Outcome.CREATE, desired, None))
        return Decision(Outcome.CREATE, compiled, None, wanted=_vector(compiled))
    if matched:
        compiled = compile_(Change(Outcome.MATCH, desired, current, slots=slots))
        wanted = _vector(compiled)
        if applied is not None and dict(applied.wanted) == wanted:
            return Decision(Outcome.UNCHANGED, _silent(compiled), current, wanted=wanted)
        return Decision(Outcome.MATCH, compiled, current, wanted=wanted)
    whole = compile_(Change(Outcome.CREATE, desired, None))
    wanted = _vector(whole)
    if current is None:
        because = "it was there after our last write and is not there now; nothing is written in its place"
        return Decision(Outcome.GONE, _silent(whole), None, wanted=wanted, because=because)
    seen = vector(current)
    if applied is None:
        source_moved, target_moved = moved(seen, wanted), frozenset[str]()
    else:
        source_moved, target_moved = moved(applied.wanted, wanted), moved(applied.seen, seen)
    both = {field for field in source_moved & target_moved if seen.get(field) != wanted.get(field)}
    if both and conflicts == "hold":
        finding = Finding(
            "TF-CONFLICT",
            Severity.DOUBT,
            root,
            ", ".join(sorted(both)[:5]),
            "changed in both desks since our last write; the record is left alone",
            "Say in the mapping who wins (`conflicts: {default: source}` or `target`), or make both equal.",
            len(both),
        )
        return Decision(
            Outcome.CONFLICT,
            _silent(whole),
            current,
            frozenset(both),
            target_moved,
            wanted,
            (finding,),
            finding.message,
        )
    lost = {field for field in both if winners.get(_name(field), conflicts) == "target"}
    # A status is written with its stage: who loses the one has lost the other.
    fields = source_moved - lost - ({"stage"} if "status" in lost else set())
    # A lane that was never closed may lack what no vector shows: the connector looks for itself.
    if not fields and applied is not None:
        return Decision(Outcome.UNCHANGED, _silent(whole), current, kept=target_moved, wanted=wanted)
    compiled = compile_(Change(Outcome.UPDATE, desired, current, fields, slots))
    repeats = applied is not None and _vector(compiled) == dict(applied.wanted)
    # What the target cannot change was told by the plan before; it is told again, and nothing is written for it again.
    if not compiled.operations or repeats:
        return Decision(Outcome.UNCHANGED, _silent(compiled), current, kept=target_moved, wanted=wanted)
    return Decision(
        Outcome.UPDATE, compiled, current, fields, target_moved - fields, _vector(compiled) or wanted
    )


def _name(entry: str) -> str:
    """Return the name by which a mapping speaks of an entry: a custom field by its own, a part by its list."""
    if entry.startswith('fields["'):
        return entry[8:-2]
    return "status" if entry == "stage" else entry.partition("[")[0]


def _vector(compiled: Compiled) -> dict[str, str]:
    return vector(compiled.expected) if compiled.expected is not None else {}


def _silent(compiled: Compiled) -> Compiled:
    return Compiled((), compiled.expected, compiled.fates, compiled.findings)
