"""The key figures of one ticket, worked out of its history under a named definition (docs/kpis.md says each rule with its source)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ticketferry.kpi.histories import History, Step
from ticketferry.schema.lifecycle import Stage

__all__ = [
    "COUNTS",
    "DEFAULT_DEFINITION",
    "DEFINITIONS",
    "FACTS",
    "SPANS",
    "KpiDefinition",
    "Measures",
    "measure",
]

SPANS = (
    "first_response",
    "first_human_response",
    "first_resolution",
    "full_resolution",
    "requester_wait",
    "agent_wait",
    "on_hold",
)
"""FigureColumns in seconds."""
COUNTS = ("replies", "reopens", "assignees", "groups")
FACTS = ("resolved", "one_touch", "first_contact")
"""FigureColumns that are yes or no: of resolved tickets."""


class Measures(NamedTuple):
    """Seconds, counts and facts of one ticket; None where there is none: not answered, not resolved, or not told by the history."""

    first_response: int | None = None
    first_human_response: int | None = None
    first_resolution: int | None = None
    full_resolution: int | None = None
    requester_wait: int | None = None
    agent_wait: int | None = None
    on_hold: int | None = None
    replies: int = 0
    reopens: int = 0
    assignees: int = 0
    groups: int = 0
    resolved: bool = False
    one_touch: bool | None = None
    first_contact: bool | None = None


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """How figures are counted.

    `running`: the stage a ticket is in now counts up to the time of the snapshot; else a span counts once the ticket has left it.
    `ai_answers`: an AI agent's public message is a response and a reply.
    """

    name: str
    running: bool
    ai_answers: bool


DEFINITIONS = {
    "stage": KpiDefinition("stage", running=True, ai_answers=True),
    "zendesk": KpiDefinition("zendesk", running=False, ai_answers=False),
}

DEFAULT_DEFINITION = "stage"

_WAITING = frozenset({Stage.NEW.value, Stage.ASSIGNED.value, Stage.IN_PROGRESS.value, Stage.ON_HOLD.value})
_DONE = frozenset({Stage.RESOLVED.value, Stage.CLOSED.value})


def _itself(moment: int) -> int:
    return moment


def measure(
    history: History, definition: KpiDefinition, as_of: int, position: Callable[[int], int] = _itself
) -> Measures:
    """Return a ticket's figures as they stood at `as_of` (seconds since 1970).

    `position`: a moment on the clock by which spans are counted: calendar time itself, or `BusinessHours.position`.
    """
    started = position(history.created)
    response = human = first = full = None
    replies = reopens = customers = 0
    assignees = groups = 0
    waits = [0, 0, 0]
    stage, since = "", started
    done = False
    answered = False
    written_after = False
    for at, step, value in history.moments:
        if at > as_of:
            break
        if step is Step.STAGE:
            here = position(at)
            _count(waits, stage, here - since)
            since, stage = here, value
            if value in _DONE:
                if not done:
                    first = here - started if first is None else first
                    full = here - started
                done = True
            elif done:
                done = False
                reopens += 1
        elif step is Step.MESSAGE:
            if value == "human" or (value == "ai_agent" and definition.ai_answers):
                here = position(at) - started
                response = here if response is None else response
                if value == "human" and human is None:
                    human = here
                replies += 1
                answered = True
            elif value == "customer":
                customers += 1
                written_after = written_after or answered
        elif step is Step.ASSIGNEE:
            assignees += 1
        elif step is Step.GROUP:
            groups += 1
    if definition.running and not done:
        _count(waits, stage, position(as_of) - since)
    return Measures(
        response,
        human,
        first,
        full if done else None,
        waits[0],
        waits[1],
        waits[2],
        replies,
        reopens,
        assignees,
        groups,
        done,
        (replies <= 1 and not reopens) if done else None,
        (replies <= 1 and not reopens and not written_after) if done else None,
    )


def _count(waits: list[int], stage: str, span: int) -> None:
    if stage in _WAITING:
        waits[0] += span
        if stage == Stage.ON_HOLD.value:
            waits[2] += span
    elif stage == Stage.PENDING_CUSTOMER.value:
        waits[1] += span
