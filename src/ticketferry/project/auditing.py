"""An audit by sample in a migration's folder: tickets drawn and laid out in `audits/PLAN`, what auditors wrote counted and kept. Talks to no desk."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from ticketferry.audit.bound import size_for
from ticketferry.audit.drawing import RANDOM, draw
from ticketferry.audit.names import ReaderNames
from ticketferry.audit.page import SheetTicket, render_page
from ticketferry.audit.readable import ends_of, readable
from ticketferry.audit.result import AuditResult, AuditSample
from ticketferry.audit.worksheet import WorksheetLine, read_worksheet, write_worksheet
from ticketferry.errors import StalePlanError, UsageError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.changes import count_tickets_written
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planned, Planner
from ticketferry.plan.show_record import leaf_views
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.viewing import open_plan
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.database import disk_errors

__all__ = [
    "AUDITS",
    "PAGE",
    "SHEET",
    "DrawnSample",
    "audits",
    "draw_sample",
    "drawn_now",
    "draws",
    "judge_sample",
    "last_audit",
    "open_audited",
]

AUDITS = "audits"
SHEET = "worksheet.csv"
PAGE = "tickets.html"
_SAMPLE = "sample.json"
_NOTE = "audit:"
_DRAWN = "audit-drawn:"


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """What was drawn, and the folder in which it lies. `bound`: what no defect among all would mean."""

    sample: AuditSample
    folder: Path
    bound: int


def open_audited(project: Project, id_: str | None) -> PlanFile:
    """Open the plan that is named, else the newest that was made to be applied. Raises ConfigError naming the plans there are."""
    made = [str(row["id"]) for row in project.plan_rows() if row["kind"] == "apply"]
    return open_plan(project, id_ or (made[-1] if made else None))


def draw_sample(
    project: Project,
    plan: PlanFile,
    *,
    seed: str = "",
    size: int | None = None,
    share: float = 0.01,
    confidence: float = 0.95,
    each: int = 1,
    golden: Sequence[str] = (),
    progress: Progress = quiet,
) -> DrawnSample:
    """Draw tickets of a plan and lay them out: `tickets.html` to read, `worksheet.csv` to fill in.

    `size` None: so many that no defect among them means at most `share` (0 to 1) defective of all, at that confidence. `seed` "": the
    digest of the plan. Raises UsageError where the plan writes no ticket or somebody has written into the worksheet, StalePlanError
    where what the plan was made from is not there any more.
    """
    population = count_tickets_written(plan)
    if plan.header.get("kind") != "apply" or not population:
        raise UsageError(
            f"{plan.id} makes and changes no ticket: there is nothing to look at",
            remedy="`ticketferry plan list` says what the plans are.",
        )
    planning = project.planning_of(plan)
    _refuse_other(plan, planning)
    wanted = min(population, size if size is not None else size_for(population, share, confidence))
    drawn = draw(plan, seed or plan.digest, wanted, each, golden)
    sample = AuditSample(
        plan.id,
        plan.digest,
        seed or plan.digest,
        population,
        wanted,
        confidence,
        {one.root: one.why for one in drawn},
    )
    folder = project.root / AUDITS / plan.id
    planner = Planner(planning, plan.id)
    people = _Readers(project, planning)
    tickets = []
    for number, one in enumerate(drawn, 1):
        tickets.append(people.sheet(planner, one.root, one.why))
        progress("tickets", number, len(drawn))
    write_worksheet(folder / SHEET, [ticket.line for ticket in tickets])
    page = render_page(
        tickets, plan=plan.id, digest=plan.digest, seed=sample.seed, population=population, random=wanted
    )
    _write(folder / PAGE, page.encode("utf-8", "replace"))
    _write(folder / _SAMPLE, orjson.dumps(asdict(sample), option=orjson.OPT_INDENT_2))
    drawn_at = project.now().isoformat()
    told = {"plan": plan.id, "at": drawn_at, "seed": sample.seed, "tickets": len(sample.tickets)}
    _keep(project, _DRAWN, told)
    return DrawnSample(sample, folder, _result(sample, dict.fromkeys(sample.tickets, ""), "", "").bound)


def judge_sample(project: Project, plan: PlanFile, *, by: str, sheet: Path | None = None) -> AuditResult:
    """Count what auditors wrote into the worksheet, and keep it with name and time.

    Raises UsageError without a name or a sample, MappingError with file:line:column of every fault of the sheet.
    """
    if not by.strip():
        raise UsageError("an audit needs a name", remedy="Say who looked: --by NAME.")
    folder = project.root / AUDITS / plan.id
    try:
        sample = AuditSample(**orjson.loads((folder / _SAMPLE).read_bytes()))
    except FileNotFoundError:
        raise UsageError(
            f"no sample of {plan.id} was drawn", remedy=f"Draw one: `ticketferry audit sample {plan.id}`."
        ) from None
    if sample.digest != plan.digest:
        raise StalePlanError(
            f"the sample in {folder} is of another {plan.id}", remedy="Move it away and draw again."
        )
    judgement = read_worksheet(sheet or folder / SHEET, sample.tickets)
    result = _result(sample, judgement.judged, by.strip(), project.now().isoformat())
    _keep(project, _NOTE, asdict(result))
    return result


def last_audit(project: Project, plan: PlanFile) -> AuditResult | None:
    """Return what was found in the newest audit of a plan; None: nobody has judged a sample."""
    of_plan = [found for found in audits(project) if found.plan == plan.id and found.digest == plan.digest]
    return of_plan[-1] if of_plan else None


def audits(project: Project) -> list[AuditResult]:
    """Return every judgement of a sample, oldest first: a later one takes none away."""
    return [AuditResult(**told) for told in _kept(project, _NOTE)]


def draws(project: Project) -> list[dict[str, Any]]:
    """Return what was drawn when, by which seed (`plan`, `at`, `seed`, `tickets`), oldest first."""
    return _kept(project, _DRAWN)


def _keep(project: Project, name: str, told: dict[str, Any]) -> None:
    """Keep what was done behind what was done before."""
    project.workspace.note(f"{name}{len(_kept(project, name)):06d}", orjson.dumps(told).decode())


def _kept(project: Project, name: str) -> list[dict[str, Any]]:
    return [orjson.loads(text) for _, text in sorted(project.workspace.notes(name).items())]


def drawn_now(project: Project, plan: str) -> str:
    """Return the seed of the sample that lies in the folder of a plan; "" where none does."""
    try:
        return str(orjson.loads((project.root / AUDITS / plan / _SAMPLE).read_bytes())["seed"])
    except (FileNotFoundError, KeyError, ValueError):
        return ""


def _result(sample: AuditSample, judged: Mapping[str, str], by: str, at: str) -> AuditResult:
    at_random = [ticket for ticket, why in sample.tickets.items() if why == RANDOM]
    seen = [ticket for ticket in at_random if ticket in judged]
    return AuditResult(
        sample.plan,
        sample.digest,
        sample.seed,
        by,
        at,
        sample.population,
        sample.random,
        len(judged),
        len(seen),
        sum(bool(judged[ticket]) for ticket in seen),
        sample.confidence,
        {ticket: words for ticket, words in judged.items() if words},
        len(sample.tickets) - len(judged),
    )


def _refuse_other(plan: PlanFile, planning: PlanContext) -> None:
    planned, now = Inputs.of(plan.header).names(), planning.inputs.names()
    other = [name for name, value in planned.items() if now[name] != value]
    if other:
        raise StalePlanError(
            f"since {plan.id} was made another is {' and '.join(other)}: a sheet would not show what it writes",
            remedy="Draw a sample of a newer plan: `ticketferry plan`.",
        )


class _Readers:
    """Who is who in both desks, for people who read a sheet."""

    def __init__(self, project: Project, planning: PlanContext) -> None:
        self._project, self._planning = project, planning
        self._names = ReaderNames(planning)

    def sheet(self, planner: Planner, root: str, why: str) -> SheetTicket:
        planning, ref = self._planning, parse_ref(root)
        rows = planning.source_rows(ref)
        planned = planner.plan(ref, rows)
        if planned is None or planned.mapped.record is None:
            raise StalePlanError(
                f"{root} is not planned as it was any more", remedy="Make a new plan: `ticketferry plan`."
            )
        new = self._new(root, planned)
        ends = ends_of(leaf_views(planned, planning, rows), root)
        line = WorksheetLine(
            root,
            str(planned.record.get("number") or ref.id),
            planned.title,
            why,
            str(planned.record.get("url", "")),
            new.get("number", ""),
            new.get("url", ""),
        )
        # What reading the new desk will give, not what the mapping asked for: a value that it cannot hold is not there.
        after = planned.decision.compiled.expected or planned.mapped.record
        return SheetTicket(line, readable(planned.record, after, self._names.old, self._names.new, ends))

    def _new(self, root: str, planned: Planned) -> dict[str, str]:
        """Return number and address of the ticket in the new desk, where it is there and was read."""
        slots = self._project.idmap.slots(root)
        id_ = slots.get("id") or planned.target_id
        if not id_:
            return {}
        row = (
            ReaderNames.row(self._planning.target, Kind.TICKET, id_, self._planning.inputs.target_snapshot)
            or {}
        )
        return {
            "number": slots.get("key") or str(row.get("number", "")) or id_,
            "url": str(row.get("url", "")),
        }


def _write(path: Path, content: bytes) -> None:
    with disk_errors(path):
        part = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
