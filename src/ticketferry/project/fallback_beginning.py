"""What a fallback begins with: whose record is whose, and what both desks held at the cut-over, which counts as written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from ticketferry.desired.cases import assemble
from ticketferry.errors import WaitingError
from ticketferry.people.decisions import Decision, write_decisions
from ticketferry.plan.planner import Planner
from ticketferry.project.cut_over import FALLBACK, CutOver
from ticketferry.project.directory import decisions_of
from ticketferry.project.progress import Progress
from ticketferry.project.project import Project
from ticketferry.project.stragglers import changes_since
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS, vector
from ticketferry.sdk.contract import Severity
from ticketferry.store.run_log import RunLog

__all__ = ["SEED", "changed_there", "count_as_written", "decide_accounts", "refuse_unable", "reverse_ids"]

SEED = "cut-over"
"""Stands for the plan of what both desks held when the phase was cut over."""
_NOWHERE = "none"
"""Id of a message that the old desk does not have and never gets."""
_ACCOUNTS = (Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP)
_MOVED = (Kind.TICKET, Kind.COMMENT, Kind.ATTACHMENT, Kind.WORKLOG)


def reverse_ids(project: Project, back: Project) -> None:
    """Keep whose record of the old desk each one of the new desk stands for: tickets and their parts as ours, accounts as matched."""
    desk = project.config.target.key
    rows = []
    for slot in project.idmap.all():
        ref = parse_ref(slot.ref)
        if slot.slot != "id" or ref.kind not in (*_ACCOUNTS, *_MOVED):
            continue
        if (
            ref.kind in (*_ACCOUNTS, Kind.TICKET)
            and project.idmap.source_of(ref.kind.value, slot.value) != slot.ref
        ):
            continue  # several stand behind one account: the one that it was made for
        rows.append(
            (str(Ref(desk, ref.kind, slot.value)), ref.id, "adopted" if ref.kind in _MOVED else "matched")
        )

    def work(connection: Any) -> None:
        for ref, id_, how in rows:
            back.idmap.put(connection, ref, {"id": id_}, how=how, plan=SEED, run=SEED)

    back.workspace.commit(work)


def refuse_unable(back: Project, log: RunLog) -> None:
    """Raise WaitingError where the old desk lacks what a write into it needs, by its own check; guards are looked at before the apply."""
    guards = {guard.code for guard in back.config.target.connector.guards}
    with back.open_target(log) as target:
        lacking = [
            item for item in target.check() if item.severity is Severity.BLOCKER and item.code not in guards
        ]
    if lacking:
        raise WaitingError(
            f"{back.config.target.connector.title} cannot be written back to as it is:\n  "
            + "\n  ".join(f"{item.message} [{item.code}]" for item in lacking),
            remedy="\n  ".join(
                [
                    *dict.fromkeys(item.remedy for item in lacking if item.remedy),
                    "Then run the same command again.",
                ]
            ),
        )


def decide_accounts(back: Project, phase: str) -> None:
    """Write whose account is whose into the decisions file of the folder, where it has none: the migration knows, and keys alone may leave doubts."""
    path, decisions = decisions_of(back.mapping(), back.root)
    source, target = back.snapshots("source"), back.snapshots("target")
    there = target.latest()
    if decisions.rows or there is None:
        return
    rows = []
    for ref, id_, how in back.idmap.accounts(back.idmap.sequence()):
        ours = parse_ref(ref)
        theirs = Ref(target.desk, ours.kind, id_)
        row = target.row(theirs.kind, theirs.id, there.number)
        if (
            ours.kind is not Kind.GROUP
            and how == "matched"
            and source.ever(ours)
            and row is not None
            and not row.gone
        ):
            rows.append(
                Decision(
                    ref,
                    decision=str(theirs),
                    why="the migration took them for one",
                    by=f"cut-over of {phase}",
                )
            )
    write_decisions(path, rows)


def changed_there(project: Project, kept: CutOver) -> dict[str, tuple[str, ...]]:
    """Return which entries of which tickets (ids) are not in the old desk any more as they were at the cut-over."""
    source = project.snapshots("source")
    latest = source.latest()
    if latest is None or not kept.source_snapshot:
        return {}
    return {
        parse_ref(one.ref).id: one.fields
        for one in changes_since(source, kept.source_snapshot, latest.number)
    }


def count_as_written(
    project: Project,
    back: Project,
    kept: CutOver,
    theirs: Mapping[str, Sequence[str]],
    run: str,
    progress: Progress,
) -> None:
    """Let what both desks held when the phase was cut over count as our last write of each ticket, and keep which tickets cannot be told."""
    now = back.planning()
    refs = [slot.ref for slot in back.idmap.all(Kind.TICKET.value) if slot.slot == "id"]
    then = Planner(back.planning(inputs=replace(now.inputs, source_snapshot=kept.new_desk_snapshot)))
    for text in refs:
        _pair_opening(back, then, text)
    now = back.planning()  # knows the openings
    at_cut_over = Planner(back.planning(inputs=replace(now.inputs, source_snapshot=kept.new_desk_snapshot)))
    since = Planner(now)
    doubtful: dict[str, list[str]] = {}
    for done, text in enumerate(refs, 1):
        progress("what both desks held", done, len(refs))
        ref = parse_ref(text)
        planner = at_cut_over if at_cut_over.planning.source_record(ref) is not None else since
        record = planner.planning.source_record(ref)
        mapped = planner.map(ref, record) if record is not None else None
        current = now.current(Kind.TICKET, back.idmap.get(text) or "")
        if current is None or mapped is None or mapped.record is None:
            continue
        expected = planner.planning.compiler.expected(
            mapped.record, planner.planning.target_catalog, mapped.way
        ).record
        wanted, seen = (vector(expected) if expected is not None else {}), vector(current)
        wanted = _brought_since(project, back, since, ref) | wanted
        # What the old desk changed since the cut-over is its people's: where the new one did too, that is a conflict.
        seen |= dict.fromkeys(theirs.get(back.idmap.get(text) or "", ()), "as at the cut-over")
        # What was there at the cut-over and has no record in the old desk, as what a note of the migration says, is no news either.
        strange = [name[9:-1] for name in wanted if name.startswith("comments[") and name not in seen]
        if strange:
            doubtful[text] = strange

        def work(
            connection: Any, text: str = text, wanted: Any = wanted, seen: Any = seen, strange: Any = strange
        ) -> None:
            for name in strange:
                back.idmap.put(connection, name, {"id": _NOWHERE}, how="adopted", plan=SEED, run=SEED)
            back.idmap.set_applied(
                connection, text, wanted=wanted, seen=seen, inputs="", how="adopted", plan=SEED, run=run
            )

        back.workspace.commit(work)
    back.workspace.note(f"{FALLBACK}doubtful", orjson.dumps(doubtful).decode())


def _pair_opening(back: Project, planner: Planner, text: str) -> None:
    """Take the opening message of a ticket of ours for the one that the old desk has: there it is a comment, in the new desk often none."""
    planning, ref, id_ = planner.planning, parse_ref(text), back.idmap.get(text)
    record = planning.source_record(ref)
    mapped = planner.map(ref, record) if record is not None else None
    ours = _opening(mapped.record) if mapped is not None and mapped.record is not None else None
    there = Ref(planning.target.desk, Kind.TICKET, id_ or "")
    theirs = _opening(assemble(there, planning.target.root(there, planning.inputs.target_snapshot)))
    if ours is None or theirs is None or back.idmap.get(ours["ref"]) is not None:
        return
    slots = {"id": parse_ref(theirs["ref"]).id}
    if back.idmap.source_of(Kind.COMMENT.value, slots["id"]) is None:
        back.workspace.commit(
            lambda connection: back.idmap.put(
                connection, ours["ref"], slots, how="adopted", plan=SEED, run=SEED
            )
        )


def _opening(record: Record | None) -> Record | None:
    """Return the message that opens a ticket, else its first one."""
    comments = (record or {}).get("comments", ())
    return next((one for one in comments if one.get("opening")), None) or next(iter(comments), None)


def _brought_since(project: Project, back: Project, since: Planner, ref: Ref) -> dict[str, str]:
    """Return the entries of a ticket that the migration itself brought after the cut-over: late messages of the old desk, links that were mended."""
    record = since.planning.source_record(ref)
    mapped = since.map(ref, record) if record is not None else None
    if mapped is None or mapped.record is None:
        return {}
    expected = since.planning.compiler.expected(
        mapped.record, since.planning.target_catalog, mapped.way
    ).record
    old = project.config.source.key
    last = project.idmap.applied(str(Ref(old, Kind.TICKET, back.idmap.get(str(ref)) or "")))
    ours = last.wanted.keys() if last is not None else ()

    def is_ours(entry: str) -> bool:
        kind, _, name = entry[:-1].partition("[")
        if kind in PART_LISTS:
            return back.idmap.get(name) is not None
        if kind != "links":
            return False
        type_, _, rest = name.partition(":")
        there, _, number = rest.rpartition(":")
        id_ = back.idmap.get(there)
        return id_ is not None and f"links[{type_}:{Ref(old, Kind.TICKET, id_)}:{number}]" in ours

    return {
        entry: value
        for entry, value in (vector(expected) if expected is not None else {}).items()
        if entry.endswith("]") and is_ours(entry)
    }
