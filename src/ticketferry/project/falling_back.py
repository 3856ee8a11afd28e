"""A phase written back: what happened in the new desk since its cut-over becomes a plan for the old one, in a folder of its own.

The folder is a migration like any other with both desks changed over: source is the new desk as it was read, target the old one. Its id
map is ours reversed, and what both desks held when the phase was cut over counts as written, so that only what came since is planned.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import yaml

from ticketferry.desired.cases import assemble
from ticketferry.errors import ConfigError, UnsupportedError, WorkspaceError
from ticketferry.mapping.shipped import shipped
from ticketferry.plan.file.changes import tickets_planned, tickets_written
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.plan.planner import Planner
from ticketferry.plan.show_rows import csv_lines
from ticketferry.project.config import FILE, DeskConfig
from ticketferry.project.config_figures import AUTO
from ticketferry.project.cut_over import CutOver, cut_over_of
from ticketferry.project.extraction import extract, extract_target
from ticketferry.project.files import fetch_files, want_files
from ticketferry.project.health import NEW_DESK, read_new_desk
from ticketferry.project.held_back import hand_on
from ticketferry.project.phase_names import refuse_phase
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.since_cut_over import COLUMNS, rows_of, since_cut_over
from ticketferry.project.stages import make_plan
from ticketferry.project.stragglers import Straggler, changes_since
from ticketferry.report.html import write_page
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import vector
from ticketferry.sdk.contract import Outcome
from ticketferry.store.lock import hold

__all__ = ["FOLDER", "FellBack", "fall_back"]

FOLDER = "fallback"
SEED = "cut-over"
"""Stands for the plan of what both desks held when the phase was cut over."""
_NOWHERE = "none"
"""Id of a message that the old desk does not have and never gets."""
_DOUBT = "comments of it cannot be told from those of the old desk, and would come back: bring over by hand what is new"
_ACCOUNTS = (Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP)
_MOVED = (Kind.TICKET, Kind.COMMENT, Kind.ATTACHMENT, Kind.WORKLOG)


@dataclass(slots=True)
class FellBack:
    """What a fallback made. `sheet`: the list of what happened; `folder`: the migration back; `plan`: its plan, empty where nothing
    happened; `not_written`: tickets of the list that the plan leaves out or cannot write, with the reason.
    """

    tickets: list[Straggler]
    sheet: Path
    folder: Path
    plan: str = ""
    operations: int = 0
    not_written: tuple[tuple[str, str], ...] = ()


def fall_back(
    project: Project,
    phase: str,
    *,
    mapping: Path | None = None,
    sheet_only: bool = False,
    progress: Progress = quiet,
) -> FellBack:
    """Read both desks, list what happened in it since the phase was cut over, and plan it for the old desk. Writes to no desk.

    `mapping`: from the new desk's product to the old one's; else the one in the folder from before, else the one that comes with ticketferry.
    `sheet_only`: only list. Raises ConfigError where the phase was not cut over, or the new desk not read before; UnsupportedError where the
    old product cannot be written to; MappingError with every place where the old desk lacks what the mapping says.
    """
    refuse_phase(project, phase)
    kept = cut_over_of(project, phase)
    if kept is None or not kept.ended:
        raise ConfigError(
            f"{phase} is not cut over: there is nothing to fall back from",
            where=str(project.root),
            remedy="What a plan wrote is taken back by `ticketferry rollback PLAN`.",
        )
    if not kept.new_desk_snapshot:
        raise ConfigError(
            f"the new desk was not read when {phase} was cut over, so nothing tells what happened in it since",
            where=str(project.root),
            remedy="`ticketferry cutover` reads it before the channels are switched. Now only a person can tell: `ticketferry health` reads what there is.",
        )
    extract(project, ("source",), totals=False, progress=progress)
    read_new_desk(project, moved=True, progress=progress)
    tickets = since_cut_over(project, kept)
    folder = project.root / FOLDER / phase
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sheet = folder.with_suffix(".csv")
    write_page(sheet, "".join(csv_lines(rows_of(project, kept, tickets), COLUMNS)))
    found = FellBack(tickets, sheet, folder)
    if sheet_only or not tickets:
        return found
    _lay_out(project, folder, mapping)
    with hold(project.root, "fallback"), Project.load(folder, clock=project.clock) as back:
        hand_on(project, back)
        _copy_new_desk(project, back)
        # Before anything is rendered: what a message says of its files depends on their being here.
        here = [
            one.ref for one in tickets if back.snapshots("source").root(parse_ref(one.ref), _latest(back))
        ]
        fetch_files(back, want_files(back, only=here), progress=progress)
        seeding = not back.workspace.notes("fallback:").get("seeded")
        if seeding:
            _reverse_ids(project, back)
            theirs = _changed_there(project, kept)
            with back.run("fallback") as (run, log):
                extract_target(back, log, progress)
                _count_as_written(back, kept, theirs, run, progress)
            back.workspace.note("fallback:seeded", kept.ended)
        doubtful = orjson.loads(back.workspace.notes("fallback:").get("doubtful", "{}"))
        known = [one.ref for one in tickets]
        with closing(make_plan(back, Scope(only=tuple(known)), progress=progress)) as plan:
            coming = _coming_back(plan, doubtful)
            found.plan, found.operations = plan.id, plan.count()
            found.not_written = tuple(_left(back, plan, tickets, coming))
        known = [ref for ref in known if ref not in coming]
        if not coming or not known:
            return found if known else replace(found, plan="", operations=0)
        with closing(make_plan(back, Scope(only=tuple(known)), progress=progress)) as plan:
            found.plan, found.operations = plan.id, plan.count()
            found.not_written = tuple(_left(back, plan, tickets, coming))
    return found


def _latest(back: Project) -> int:
    latest = back.snapshots("source").latest()
    assert latest is not None
    return latest.number


def _lay_out(project: Project, folder: Path, mapping: Path | None) -> None:
    """Write migration.yaml and the mapping, where they are not there: a person may have mended both."""
    source, target = project.config.target, project.config.source
    if target.connector.target is None:
        raise UnsupportedError(
            f"{target.connector.title} can be read only, so nothing is written back to it",
            remedy="`ticketferry fallback --sheet` lists what happened; people bring it over by hand.",
        )
    path = folder / FILE
    if not path.exists():
        desks = {"source": _desk(source), "target": _desk(target)}
        body = {
            "version": 1,
            **desks,
            "mapping": "mapping.yaml",
            "workers": project.config.workers or AUTO,
            "pace": {"share": project.config.share},
            **({"approval": "required"} if project.config.approval else {}),
        }
        write_page(path, yaml.safe_dump(body, sort_keys=False, allow_unicode=True))
    own = folder / "mapping.yaml"
    if mapping is not None:
        shutil.copyfile(mapping, own)
    elif not own.exists():
        name = f"{source.connector.name}_to_{target.connector.name}"
        ready = shipped().get(name)
        if ready is None:
            raise ConfigError(
                f"no mapping from {source.connector.title} to {target.connector.title} comes with ticketferry",
                remedy="Write one and name it: ticketferry fallback PHASE --mapping FILE.",
            )
        shutil.copyfile(ready, own)


def _desk(desk: DeskConfig) -> dict[str, Any]:
    return {"connector": desk.connector.name, "key": desk.key, **desk.values}


def _copy_new_desk(project: Project, back: Project) -> None:
    """Give the folder what was read of the new desk, as the source that it reads."""
    project.settle()
    back.close()
    for old in back.root.glob("source.db*"):
        old.unlink()
    shutil.copyfile(project.root / f"{NEW_DESK}.db", back.root / "source.db")
    if back.snapshots("source").latest() is None:
        raise WorkspaceError(
            "the new desk was not read to its end", remedy="Run the same command again; it goes on."
        )


def _reverse_ids(project: Project, back: Project) -> None:
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


def _changed_there(project: Project, kept: CutOver) -> dict[str, tuple[str, ...]]:
    """Return which entries of which tickets (ids) are not in the old desk any more as they were at the cut-over."""
    source = project.snapshots("source")
    latest = source.latest()
    if latest is None or not kept.source_snapshot:
        return {}
    return {
        parse_ref(one.ref).id: one.fields
        for one in changes_since(source, kept.source_snapshot, latest.number)
    }


def _count_as_written(
    back: Project, kept: CutOver, theirs: Mapping[str, Sequence[str]], run: str, progress: Progress
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
    back.workspace.note("fallback:doubtful", orjson.dumps(doubtful).decode())


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


def _coming_back(plan: PlanFile, doubtful: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the tickets to which a plan would write messages that were there at the cut-over, and how many."""
    strange = {name for names in doubtful.values() for name in names}
    return dict(Counter(row.root for row in plan.operations() if row.subject.partition("/")[0] in strange))


def _left(
    back: Project, plan: PlanFile, tickets: list[Straggler], doubtful: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield (number, why) of listed tickets that the plan does not write, but for those that an earlier one has written back."""
    written = set(tickets_written(plan))
    outcomes = {root: outcome for root, outcome, _, _ in tickets_planned(plan, [one.ref for one in tickets])}
    for one in tickets:
        if one.ref in doubtful:
            yield one.number, f"{_DOUBT} ({counted(doubtful[one.ref], 'comment')})"
        elif one.ref not in written:
            outcome = outcomes.get(one.ref, "nothing of it")
            last = back.idmap.applied(one.ref)
            if outcome != Outcome.UNCHANGED.value:
                yield one.number, f"the plan says {outcome}"
            elif last is None or last.plan == SEED:
                yield one.number, "nothing of what changed has a place in the old desk, by the mapping"
