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

from ticketferry.errors import ConfigError, UnsupportedError, WorkspaceError
from ticketferry.mapping.shipped import shipped
from ticketferry.plan.file.changes import tickets_planned, tickets_written
from ticketferry.plan.file.findings import findings_of
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.plan.show_rows import csv_lines
from ticketferry.project.config import FILE, DeskConfig
from ticketferry.project.config_figures import AUTO
from ticketferry.project.cut_over import FALLBACK, cut_over_of, writes_back
from ticketferry.project.extraction import extract, extract_target
from ticketferry.project.fallback_beginning import (
    SEED,
    changed_there,
    count_as_written,
    decide_accounts,
    refuse_unable,
    reverse_ids,
)
from ticketferry.project.files import fetch_files, want_files
from ticketferry.project.health import NEW_DESK, read_new_desk
from ticketferry.project.held_back import hand_on
from ticketferry.project.phase_names import refuse_phase
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.since_cut_over import COLUMNS, rows_of, since_cut_over
from ticketferry.project.stages import make_plan
from ticketferry.project.stragglers import Straggler
from ticketferry.report.html import write_page
from ticketferry.schema.counting import counted
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Outcome, Severity
from ticketferry.store.lock import hold

__all__ = ["FOLDER", "FellBack", "fall_back"]

FOLDER = "fallback"
_DOUBT = "comments of it cannot be told from those of the old desk, and would come back: bring over by hand what is new"


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
        if not writes_back(back):
            reverse_ids(project, back)
            theirs = changed_there(project, kept)
            with back.run("fallback") as (run, log):
                refuse_unable(back, log)
                extract_target(back, log, progress)
                decide_accounts(back, phase)
                count_as_written(project, back, kept, theirs, run, progress)
            back.workspace.note(f"{FALLBACK}seeded", kept.ended)
        doubtful = orjson.loads(back.workspace.notes(FALLBACK).get("doubtful", "{}"))
        known = [one.ref for one in tickets]
        with closing(make_plan(back, Scope(only=tuple(known)), progress=progress)) as plan:
            coming = _coming_back(plan, doubtful)
            found.plan, found.operations = plan.id, plan.count()
            found.not_written = tuple(_left(back, plan, tickets, coming))
        known = [ref for ref in known if ref not in coming]
        if coming:  # nobody may apply it: it would write again what the old desk has
            back.plans.set_state(found.plan, "superseded")
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
            lost = [
                item.message
                for item in findings_of(plan, one.ref)
                if item.severity is Severity.LOSS and item.where
            ]
            if outcome != Outcome.UNCHANGED.value:
                change = plan.change(one.ref)
                why = f": {change.because}" if change is not None and change.because else ""
                yield one.number, f"the plan says {outcome}{why}"
            elif last is None or last.plan == SEED:
                why = (
                    "; ".join(dict.fromkeys(lost))
                    or "nothing of what changed has a place in the old desk, by the mapping"
                )
                yield one.number, why
