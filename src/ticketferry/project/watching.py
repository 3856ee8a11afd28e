"""What was just written, looked at again for a while: whatever somebody, or an automation of the desk, does to it shows before the rest is written."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import orjson

from ticketferry.errors import FerryError
from ticketferry.extract.roots import read_roots
from ticketferry.people.match import describe
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.stages import preflight
from ticketferry.project.verifying import verify
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Connector, Source
from ticketferry.sdk.pacing import pause
from ticketferry.verify.unfinished import NOT_BEGUN
from ticketferry.verify.verifier import VerifyLine

__all__ = ["EVERY", "WATCHED", "FallenGuard", "HistoryStep", "Watched", "WatchedChange", "watch"]

WATCHED = "watched:"
"""Notes of what was seen, by plan."""
EVERY = 60.0
"""Seconds between two looks."""
_STEPS = 3
"""Steps of a record's history that are told where it was changed."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """What the desk itself says of a change: field, who did it, by which rule, when. Empty where it does not tell."""

    field: str
    actor: str
    rule: str
    at: str


@dataclass(frozen=True, slots=True)
class WatchedChange:
    """A record that is not as it was written any more, and the newest steps of its history."""

    line: VerifyLine
    steps: tuple[HistoryStep, ...] = ()


@dataclass(frozen=True, slots=True)
class FallenGuard:
    """A guard that held when the writing began and does not any more."""

    code: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What the looks saw: how many there were, over so many seconds, at so many records.

    `half`: records of which a write waits for another one: what is not as planned yet cannot be told from what somebody changed.
    """

    looks: int
    seconds: float
    records: int
    half: int = 0
    changes: tuple[WatchedChange, ...] = ()
    fallen: tuple[FallenGuard, ...] = ()

    @property
    def quiet(self) -> bool:
        """Tell whether nothing was changed and every guard still holds."""
        return not self.changes and not self.fallen


def watch(
    project: Project, plan: PlanFile, seconds: float, *, every: float = EVERY, progress: Progress = quiet
) -> Watched:
    """Read what a plan wrote again and again for `seconds`, at the first and at the last moment too, and stop at the first difference.

    Every value of each record is compared, as `verify` does, so that a comment, a transition, an assignment or a tag that is not ours
    shows; guards are read again. Raises what reading the desk raises.
    """
    began = project.clock.time()
    until = began + seconds
    looks = records = 0
    while True:
        found = verify(project, [plan.id], contents=False, keep=False, command="watch", progress=progress)
        waiting = [line for line in found.lines if _unfinished(line, plan)]
        differing = [line for line in found.lines if not _unfinished(line, plan)]
        looks, records = looks + 1, sum(found.counts.values()) - len(waiting)
        half = sum(not line.message.startswith(f"{NOT_BEGUN};") for line in waiting)
        fallen = tuple(
            FallenGuard(state.guard.code, state.evidence)
            for state in preflight(project, plan)
            if not state.proved
        )
        now = project.clock.time()
        if differing or fallen or now >= until:
            changes = tuple(_told(project, line) for line in differing)
            kept = {"looks": looks, "records": records, "changes": len(changes), "fallen": len(fallen)}
            project.workspace.note(f"{WATCHED}{plan.id}", orjson.dumps(kept).decode())
            return Watched(looks, now - began, records, half, changes, fallen)
        pause(project.clock, min(every, until - now), "watching what was written")


def _unfinished(line: VerifyLine, plan: PlanFile) -> bool:
    return line.sign == "!" and line.message.endswith(f"; {plan.id}")


def _told(project: Project, line: VerifyLine) -> WatchedChange:
    ref = parse_ref(line.ref)
    id_ = project.idmap.get(line.ref)
    if ref.kind is not Kind.TICKET or id_ is None or line.sign != "*":
        return WatchedChange(line)
    with suppress(FerryError):  # what is told besides must not hide what was found
        return WatchedChange(line, tuple(_steps(project, id_)))
    return WatchedChange(line)


def _steps(project: Project, id_: str) -> Iterator[HistoryStep]:
    """Yield the newest steps of a ticket's history in the new desk, newest first."""
    desk = project.config.target
    with project.open_source(role="target") as source:
        catalog = source.catalog()
        record = next(
            (
                found
                for _, found in read_roots(source, desk.connector, [Ref(desk.key, Kind.TICKET, id_)], catalog)
            ),
            None,
        )
        events: Sequence[Record] = sorted(
            (record or {}).get("events", ()), key=lambda event: str(event.get("time", "")), reverse=True
        )
        people = [event["actor"] for event in events[:_STEPS] if event.get("actor")]
        names = dict(
            _names(source, desk.connector, [parse_ref(ref) for ref in dict.fromkeys(people)], catalog)
        )
    for event in events[:_STEPS]:
        actor = event.get("actor", "")
        yield HistoryStep(
            str(event.get("field") or event.get("type", "")),
            names.get(str(actor), str(actor)),
            str(event.get("rule", "")),
            str(event.get("time", "")),
        )


def _names(
    source: Source, connector: Connector, people: Sequence[Ref], catalog: Catalog
) -> Iterator[tuple[str, str]]:
    """Yield (ref, name and address) of people of the new desk."""
    for ref, record in read_roots(source, connector, people, catalog) if people else ():
        if record is not None:
            yield str(ref), describe(dict(record)).removesuffix(f" {ref}")
