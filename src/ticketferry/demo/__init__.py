"""The main job on the sample desk: two emulated desks, everything moved, proved and taken back, in one process."""

import shutil
import textwrap
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

from ticketferry.demo.cleaning import cleaning_screen, look_at_cleaning
from ticketferry.demo.proof import Proof, prove_writes
from ticketferry.errors import ConfigError, FatalError
from ticketferry.mapping.shipped import shipped
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.project.report_data import gather
from ticketferry.project.variables import variables_set
from ticketferry.registry import connector, emulator
from ticketferry.report.html import write_report
from ticketferry.schema.refs import ROOTS, Kind
from ticketferry.verify.witnessing import Witnessed
from ticketferry_emulators.kit.clock import ManualClock

__all__ = ["cleaning_screen", "run", "screen"]

FILES = ("migration.yaml", "mapping.yaml")
MARK = ".made-by-demo"
"""Holds the digest of `FILES` as the demo wrote them, and the names of all that it made."""
LATENCY_SECONDS = 0.02


def run(
    folder: Path,
    *,
    tickets: int = 214,
    seed: int = 1,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> dict[str, Any]:
    """Move the sample desk from a Zendesk emulator to a Jira Service Management emulator and back out again.

    `folder` is made anew; one that holds something else is refused. Returns the figures of `ticketferry demo --json`.
    Time is virtual: rate limits and settling take no real time.
    """
    _make(folder)
    clock = ManualClock()
    with ExitStack() as stack:
        source = stack.enter_context(
            emulator(connector("zendesk"))(clock=clock, tickets=tickets, seed=seed).serve()
        )
        target = stack.enter_context(emulator(connector("jsm"))(clock=clock).serve())
        source.latency = target.latency = LATENCY_SECONDS
        credentials = {**source.credentials, **target.credentials}
        stack.enter_context(variables_set(credentials))
        _write_project(folder, source, target)
        stack.callback(_mark, folder)
        project = stack.enter_context(Project.load(folder, clock=clock))
        return _migrate(project, source, target, progress)


def _make(folder: Path) -> None:
    """Make the folder, anew where an earlier demo made it; what anybody else put there is never touched."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _not_ours(folder, "is no folder of its own")
    if folder.exists() and any(folder.iterdir()):
        made = _made(folder)
        strangers = sorted(item.name for item in folder.iterdir() if item.name not in made)
        if not made:
            raise _not_ours(folder, "is not empty, and the demo did not make it")
        if strangers:
            raise _not_ours(folder, f"is not empty: the demo did not make {', '.join(strangers[:3])} in it")
        if Path.cwd().is_relative_to(folder.resolve()):
            raise _not_ours(folder, "is where you are")
        for item in folder.iterdir():
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _not_ours(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{folder} {why}; it is left as it is",
        remedy="Name a folder that does not exist yet: `ticketferry demo --folder DIR`.",
    )


def _made(folder: Path) -> frozenset[str]:
    """Return what the demo made in a folder; nothing where somebody has made a migration of their own of it since."""
    try:
        digest, *names = (folder / MARK).read_text(encoding="utf-8").splitlines()
        return frozenset({MARK, *names}) if digest == _digest(folder) else frozenset()
    except (OSError, ValueError):
        return frozenset()


def _mark(folder: Path) -> None:
    names = sorted(item.name for item in folder.iterdir() if item.name != MARK)
    (folder / MARK).write_text("\n".join([_digest(folder), *names, ""]), encoding="utf-8")


def _digest(folder: Path) -> str:
    return sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()


def _write_project(folder: Path, source: Any, target: Any) -> None:
    (folder / "migration.yaml").write_text(
        "version: 1\n"
        "source:\n"
        "  connector: zendesk\n"
        "  key: acme\n"
        f"  base_url: {source.base_url}\n"
        f"  email: {source.credentials['ZENDESK_EMAIL']}\n"
        "  token: env:ZENDESK_TOKEN\n"
        "target:\n"
        "  connector: jsm\n"
        "  key: acme-jsm\n"
        f"  base_url: {target.base_url}\n"
        f"  email: {target.credentials['JIRA_EMAIL']}\n"
        "  token: env:JIRA_TOKEN\n"
        "mapping: mapping.yaml\n"
        "workers: 8\n",
        encoding="utf-8",
    )
    shutil.copyfile(shipped()["zendesk_to_jsm"], folder / "mapping.yaml")
    _mark(folder)


def _migrate(
    project: Project, source: Any, target: Any, progress: Callable[[str, int, int | None], None]
) -> dict[str, Any]:
    checked = stages.check(project)
    if not checked.good:
        blockers = [
            item.message
            for findings in checked.findings.values()
            for item in findings
            if item.severity.value == "blocker"
        ]
        raise FatalError(f"the demo's desks are not ready: {'; '.join(blockers)}")
    stages.extract(project, progress=progress)
    before = target.dump()
    quiet = len(target.ledger.writes())
    plan = stages.make_plan(project, progress=progress)
    writes_while_planning = len(target.ledger.writes()) - quiet
    for state in stages.preflight(project, plan):
        if not state.proved and state.guard.proof == "person":
            project.workspace.confirm(state.guard.code, "the demo")
    guards = stages.preflight(project, plan)
    applied = stages.apply(project, plan, progress=progress, fail=False)
    proof = _prove(project, plan, target, quiet)
    verified = stages.verify(project, witness=True, sample=None, progress=progress)
    again = stages.make_plan(project, progress=progress)
    cleaning = look_at_cleaning(project, progress)
    undo = stages.plan_rollback(project, plan.id, progress=progress)
    undone = stages.apply(project, undo, progress=progress, fail=False)
    residue = residue_of(plan, {item.name: item.residue for item in _endpoints(project)})
    figures = undo.header["figures"]
    snapshots = project.snapshots("source")
    info = snapshots.latest()
    number = info.number if info else 0
    dispositions = {name.value: count for name, count in plan.dispositions().items()}
    result: dict[str, Any] = {
        "tickets": snapshots.count(Kind.TICKET, number),
        "people": snapshots.count(Kind.PERSON, number),
        "comments": _comments(project, number),
        "planned_writes": sum(plan.endpoint_counts().values()),
        "performed_writes": applied.performed,
        "unplanned_writes": proof.unplanned + writes_while_planning + len(source.ledger.writes()),
        "repeated": applied.repeated,
        "compensated": applied.compensated,
        "requests": sum(1 for _ in source.ledger) + sum(1 for _ in target.ledger),
        "second_plan_changes": sum(again.endpoint_counts().values()),
        "verify": {
            "same": verified.counts["="],
            "only_source": verified.counts["+"],
            "only_target": verified.counts["-"],
            "differs": verified.counts["*"],
            "error": verified.counts["!"],
        },
        "witness": _witnessed(verified.witnessed),
        "values_compared": verified.values,
        "files_compared": verified.files,
        "dispositions": {**dispositions, "leaves": sum(dispositions.values())},
        "leaves_extracted": snapshots.leaves(ROOTS, number),
        "rollback": {
            "reversed": figures.get("reversed operations", 0) if not undone.failed else 0,
            "kept": figures.get("kept roots", 0),
            "errored": undone.failed,
            "residue": residue,
            "target_equals_before": equal_but_residue(before, target.dump(), target.residue_sections),
        },
        "notifications_sent": target.notifications,
        "newly_visible": plan.header.get("figures", {}).get("newly visible", 0),
        "failed": applied.failed,
        "cleaning": cleaning,
    }
    path = project.root / "report.html"
    write_report(
        path, gather(project, plan, applied=applied, verified=verified, rollback=undo, guards=guards)
    )
    result["report"] = str(path)
    return result


def _witnessed(seen: Witnessed | None) -> dict[str, Any]:
    if seen is None:
        return {}
    return {
        "tickets": seen.tickets,
        "texts": seen.texts,
        "files": seen.files,
        "errors": len(seen.errors),
        "explained": len(seen.explained),
        "not_judged": sum(seen.unjudged.values()),
    }


def _endpoints(project: Project) -> Any:
    with project.open_target(offline=True) as target:
        return list(target.endpoints)


def _comments(project: Project, snapshot: int) -> int:
    return sum(
        1
        for _, rows in project.snapshots("source").roots(Kind.TICKET, snapshot)
        for row in rows
        for record in row.records
        if ":comment:" in record["ref"]
    )


def _prove(project: Project, plan: Any, target: Any, quiet: int) -> Proof:
    planning = project.planning(inputs=Inputs.of(plan.header))
    render = Planner(planning, plan.id).render
    return prove_writes(plan, _endpoints(project), project.idmap, target.ledger.writes()[quiet:], render)


def residue_of(plan: Any, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what stays for ever after a rollback: words and how often."""
    return [
        {"what": words[name], "count": count}
        for name, count in plan.endpoint_counts().items()
        if words.get(name)
    ]


def equal_but_residue(before: Mapping[str, Any], after: Mapping[str, Any], sections: Any) -> bool:
    """Compare two dumps of an emulator, without the sections that the vendor never gives back."""
    names = (before.keys() | after.keys()) - set(sections)
    return all(before.get(name) == after.get(name) for name in names)


def screen(result: Mapping[str, Any]) -> str:
    """Return the one-screen summary, 80 columns wide."""
    shares = result["dispositions"]
    check, witness = result["verify"], result["witness"]
    back = result["rollback"]
    residue = "; ".join(f"{item['count']:,} x {item['what']}" for item in back["residue"]) or "nothing"
    state = "desk as before" if back["target_equals_before"] else "DESK NOT AS BEFORE"
    lines = [
        (
            f"{result['tickets']} tickets, {result['people']} people, {result['comments']:,} messages"
            "     Zendesk stand-in -> JSM stand-in"
        ),
        f"plan      {result['planned_writes']:>6,} writes   0 performed before you said so",
        (
            f"apply     {result['performed_writes']:>6,} writes   {result['unplanned_writes']} not in the plan"
            f"     {result['notifications_sent']} customers notified"
        ),
        (
            f"verify    = {check['same']:,}   + {check['only_source']}   - {check['only_target']}"
            f"   * {check['differs']}   ! {check['error']}"
        ),
        (
            f"witness   {witness['tickets']:,} tickets, {witness['texts']:,} texts, {witness['files']:,} files:"
            f" {witness['errors']} errors, {witness['explained']} explained by rules"
        ),
        f"values    {shares['leaves']:,} = {shares['carried']:,} carried + {shares['transformed']:,} transformed",
        (
            f"          + {shares['kept_in_provenance']:,} kept beside + {shares['dropped_by_rule']:,} dropped by rule"
            f" + {shares['unsupported']:,} impossible"
        ),
        "again     plan is empty"
        if not result["second_plan_changes"]
        else f"again     {result['second_plan_changes']} CHANGES IN THE SECOND PLAN",
        f"rollback  {back['reversed']:,} taken back, {back['kept']} kept, {back['errored']} failed, {state}",
        *_wrapped("stays     ", residue),
        f"report    {result['report']}",
    ]
    return "\n".join(lines)


def _wrapped(head: str, text: str, width: int = 80) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=head, subsequent_indent=" " * len(head))
