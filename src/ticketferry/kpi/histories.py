"""What of a ticket's life key figures are made of: moments of statuses and messages, read from a case, whichever desk it stood in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from ticketferry.schema.lifecycle import Stage
from ticketferry.schema.records import Record

__all__ = ["History", "Labels", "Moment", "Step", "Terms", "history_of", "seconds_of"]

_STAGES = {stage.value: stage for stage in Stage}
_HUMANS = frozenset({"agent", "light_agent", "admin"})
NONE = "(none)"


class Step(IntEnum):
    """What happened; what stands beside it in a `Moment`."""

    STAGE = 1
    """The ticket came into a stage (its name)."""
    MESSAGE = 2
    """Somebody wrote publicly (`human`, `ai_agent`, `automation`, `customer`)."""
    NOTE = 3
    """Somebody wrote internally (as above)."""
    ASSIGNEE = 4
    """It was given to an agent."""
    GROUP = 5
    """It was given to a group."""


class Moment(NamedTuple):
    """One step: seconds since 1970 (UTC), what, and by whom or into what."""

    at: int
    step: Step
    value: str


class Labels(NamedTuple):
    """What figures are broken down by; `(none)` where the ticket has no value."""

    group: str = NONE
    priority: str = NONE
    channel: str = NONE
    handler: str = NONE
    """`human`, `ai_agent`, `hybrid`, `automation`."""
    brand: str = NONE


class History(NamedTuple):
    """A ticket's life. `moments` in time order; the first is the stage it was created in, `opening` who wrote its first message.

    `gaps` name what the desk's history does not tell: figures that need it are absent, not guessed.
    """

    ref: str
    created: int
    moments: tuple[Moment, ...]
    stage: str
    opening: str
    labels: Labels
    gaps: tuple[str, ...] = ()


def _handled_by(case: Record) -> str | None:
    handler: str | None = case.get("handled_by")
    return handler


@dataclass(slots=True)
class Terms:
    """How a desk's words are read: statuses as stages, refs as roles, groups as names.

    `stages`: status in lower case -> stage. `roles`: ref -> role of those who are not customers.
    """

    stages: Mapping[str, str]
    roles: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict)
    handler: Callable[[Record], str | None] = _handled_by

    def who(self, ref: Any, requester: Any = None) -> str:
        """Return who somebody is: `human`, `ai_agent`, `automation` or `customer`. The requester of a ticket is its customer."""
        if ref is None:
            return "automation"
        if ref == requester:
            return "customer"
        role = self.roles.get(str(ref))
        if role is None:
            return "customer"
        return "human" if role in _HUMANS else role

    def stage(self, status: Any) -> str | None:
        """Return the stage of a status by its name, None for a name that the desk no longer knows."""
        return self.stages.get(str(status).casefold())


@lru_cache(maxsize=20_000)
def _day(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}T00:00:00").replace(tzinfo=UTC).timestamp())


@lru_cache(maxsize=2_000)
def _minute(text: str) -> int:
    return int(text[:2]) * 3600 + int(text[3:]) * 60


def seconds_of(text: str) -> int:
    """Return the seconds since 1970 of a neutral time (`2026-11-30T07:00:05Z`); fractions are cut. Raises ValueError for another text."""
    if len(text) < 20 or text[10] != "T" or not text.endswith("Z"):
        raise ValueError(f"no time in UTC: {text!r}")
    return _day(text[:10]) + _minute(text[11:16]) + int(text[17:19])


def history_of(case: Record, terms: Terms) -> History | None:
    """Return the history of a case; None for a ticket without a time of creation."""
    if not case.get("created"):
        return None
    created = seconds_of(case["created"])
    gaps: list[str] = []
    stages = _stages(case, terms, created, gaps)
    moments = [*stages, *_messages(case, terms), *_stations(case)]
    # Of what happened in one second stages come first: a reply that solves is a reply to a solved ticket in no desk's count.
    moments.sort(key=itemgetter(0, 1))
    group = case.get("group")
    return History(
        str(case["ref"]),
        created,
        tuple(moments),
        str(case.get("stage") or NONE),
        _opening(case, terms),
        Labels(
            terms.groups.get(str(group), str(group)) if group else NONE,
            str(case.get("priority") or NONE),
            str(case.get("channel") or NONE),
            str(terms.handler(case) or NONE),
            str(case.get("brand") or NONE),
        ),
        tuple(dict.fromkeys(gaps)),
    )


def _stages(case: Record, terms: Terms, created: int, gaps: list[str]) -> list[Moment]:
    """Return the stages a ticket went through. One that its history does not explain is set to the time the record gives, with a gap."""
    moments: list[Moment] = []
    first: str | None = None
    for event in case.get("events") or ():
        if event.get("field") != "status":
            continue
        after = terms.stage(event.get("after"))
        if after is None:
            gaps.append("status-unknown")
            continue
        if event.get("type") == "created":
            first = after
            continue
        if first is None and not moments:
            first = terms.stage(event.get("before"))
        moments.append(Moment(max(seconds_of(event["time"]), created), Step.STAGE, after))
    now = str(case.get("stage") or "")
    if first is None:
        # Without any step a ticket has been in one stage all its life, as far as anybody can tell.
        first = now if now in _STAGES and now not in _DONE else Stage.NEW.value
        if moments or now in _DONE:
            gaps.append("first-stage-unknown")
    last = moments[-1].value if moments else first
    if now in _STAGES and not _same(last, now):
        gaps.append("history-ends-elsewhere")
        moment = case.get("solved") if now in _DONE else case.get("updated")
        if moment:
            moments.append(Moment(max(seconds_of(moment), created), Step.STAGE, now))
    return [Moment(created, Step.STAGE, first), *moments]


_DONE = frozenset({Stage.RESOLVED.value, Stage.CLOSED.value})


def _same(left: str, right: str) -> bool:
    """Desks close what was resolved long ago without a step of its history; exits (deleted, spam) are no step either."""
    return left == right or (left in _DONE and right == Stage.CLOSED.value) or right not in _LIVING


_LIVING = frozenset(
    stage.value for stage in Stage if stage not in (Stage.DELETED, Stage.MERGED, Stage.SPAM, Stage.SUSPENDED)
)


def _messages(case: Record, terms: Terms) -> list[Moment]:
    requester = case.get("requester")
    return [
        Moment(
            seconds_of(comment["created"]),
            Step.MESSAGE if comment.get("public") else Step.NOTE,
            terms.who(comment.get("author"), requester),
        )
        for comment in case.get("comments") or ()
        if comment.get("created") and not comment.get("opening") and comment.get("kind") != "system"
    ]


def _opening(case: Record, terms: Terms) -> str:
    requester = case.get("requester")
    for comment in case.get("comments") or ():
        if comment.get("opening"):
            return terms.who(comment.get("author"), requester)
    return terms.who(case.get("submitter") or requester, requester)


def _stations(case: Record) -> list[Moment]:
    moments = []
    for event in case.get("events") or ():
        name = event.get("field")
        if name in ("assignee", "group") and event.get("after"):
            step = Step.ASSIGNEE if name == "assignee" else Step.GROUP
            moments.append(Moment(seconds_of(event["time"]), step, str(event["after"])))
    return moments
