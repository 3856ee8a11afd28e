"""Who did what to a migration, and when: runs, plans, approvals, confirmations, waivers and audits of a folder in one list. Talks to no desk."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ticketferry.project.approving import approvals
from ticketferry.project.auditing import audits, draws
from ticketferry.project.cut_over import cut_overs
from ticketferry.project.project import Project
from ticketferry.project.purged import purges
from ticketferry.project.skipping import skipped_of
from ticketferry.schema.counting import counted
from ticketferry.store.event_log import EventLog
from ticketferry.store.forgotten_list import ForgottenList
from ticketferry.store.quarantine import Waivers

__all__ = ["LogEntry", "log_entries"]

_ENDS = {
    "ended": "",
    "broken": "did not come to its end",
    "running": "runs, or was killed",
    "KeyboardInterrupt": "interrupted",
}
"""How a run ended, in the words of the workspace -> in those of a reader."""


class LogEntry(NamedTuple):
    """One thing that was done. `by`: who, where a name was given; `what`: `apply`, `approve`, …; `about`: plan, record or guard."""

    at: str
    by: str
    what: str
    about: str
    words: str


def log_entries(project: Project, *, plan: str = "", since: datetime | None = None) -> list[LogEntry]:
    """Return what was done, oldest first. `plan`: what concerns that plan alone; `since`: nothing before that moment."""
    entries = sorted([*_runs(project), *_plans(project), *_people(project)], key=lambda entry: entry.at)
    return [
        entry
        for entry in entries
        if (not plan or entry.about == plan) and (since is None or datetime.fromisoformat(entry.at) >= since)
    ]


def _runs(project: Project) -> Iterator[LogEntry]:
    for id_, command, plan, began, ended, state in project.runs.rows():
        how = _ENDS.get(state, f"stopped: {state.removesuffix('Error')}")
        took = ""
        if ended:
            seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
            took = f"{seconds:,.0f} s"
        yield LogEntry(began, "", command, plan, ", ".join(part for part in (id_, took, how) if part))


def _plans(project: Project) -> Iterator[LogEntry]:
    for row in project.plan_rows():
        words = [f"takes back {row['undoes']}"] if row["undoes"] else []
        words += [f"phase {row['phase']}"] if row["phase"] else []
        words += [f"now {row['state']}", f"digest {row['digest'][:12]}"]
        yield LogEntry(row["made"], "", "plan", row["id"], ", ".join(words))


def _people(project: Project) -> Iterator[LogEntry]:
    for given in approvals(project):
        why = f": {given.because}" if given.because else ""
        yield LogEntry(given.at, given.by, "approve", given.plan, f"growth {given.growth * 100:.4g} %{why}")
        if given.revoked:
            yield LogEntry(
                given.revoked,
                given.revoked_by,
                "approve",
                given.plan,
                f"the approval of {given.by} was taken back",
            )
    for code, by, at, until in project.workspace.confirmations():
        yield LogEntry(at, by, "confirm", code, f"holds until {until[:16]}")
    for waiver in Waivers(project.workspace).all().values():
        yield LogEntry(waiver.at, waiver.by, "waive", waiver.ref, waiver.because)
    for entry in project.phase_log.rows():
        words = f"is {entry.state}" + (f": {entry.because}" if entry.because else "")
        yield LogEntry(entry.at, entry.by, "phase", entry.plan, f"{entry.phase} {words}")
    for cut_over in cut_overs(project).values():
        for step in cut_over.steps.values():
            words = f"{step.name}{' left out' if step.skipped else ''}: {step.words}"
            yield LogEntry(step.at, step.by, "cutover", cut_over.phase, words)
    for lost in skipped_of(project):
        words = f"{lost.ref} [{lost.code}]: {lost.because}"
        yield LogEntry(lost.at, lost.by, "skip", lost.plan, words)
    for told in draws(project):
        words = f"{counted(told['tickets'], 'ticket')} drawn by the seed {told['seed'][:40]}"
        yield LogEntry(told["at"], "", "audit", told["plan"], words)
    for found in audits(project):
        words = f"{counted(found.looked_at, 'ticket')} looked at, {counted(len(found.defects), 'defect')}, at most {found.bound:,} of {found.population:,}"
        yield LogEntry(found.at, found.by, "audit", found.plan, words)
    for told in EventLog(project.workspace).rows():
        for hook in told.get("hooks") or [{"place": "", "fault": "nobody knows whether its hooks were told"}]:
            words = f"{told['event']}: {hook['place']}".rstrip(": ")
            yield LogEntry(told["at"], "", "hook", told["plan"], f"{words} {hook['fault'] or 'told'}")
    for gone in ForgottenList(project.workspace).entries():
        how = counted(sum(gone.counts.values()), "thing") if gone.ended else "not at its end"
        yield LogEntry(
            gone.at, gone.by, "forget", "", f"somebody, texts: {gone.texts}, {how}: {gone.because}"
        )
    for purged in purges(project.workspace):
        yield LogEntry(purged.at, purged.by, "purge", "", f"took away {', '.join(purged.parts)}")
