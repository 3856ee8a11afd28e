"""Checks of how tickets were worked on, by the stages of the neutral life cycle."""

from ticketferry.kpi.histories import History, Moment, Step
from ticketferry.quality.check import QualityCheck, TicketLook
from ticketferry.schema.lifecycle import Stage

__all__ = ["LIFE_CHECKS"]

_DAY = 86_400
UNTRIAGED = 2 * _DAY
NOTE = 3_600
"""A note this many seconds before or after a change of hands belongs to it."""
OWED = 3 * _DAY
PENDING = 14 * _DAY
SOON = 3 * _DAY
_DONE = frozenset({Stage.RESOLVED, Stage.CLOSED})
_WORKED_ON = frozenset({Stage.ASSIGNED, Stage.IN_PROGRESS})
_SOURCE = "stages of the neutral life cycle, from the histories that the desk gives (docs/kpis.md)"


class Untriaged(QualityCheck):
    code = "Q601"
    short = "not triaged"
    title = "new tickets that nobody has looked at for two days"
    why = "A ticket without an owner and a priority waits until its customer writes again."
    source = _SOURCE
    mends = "Triage them in the old desk before the cut-over, and let a rule of the new desk bring what stays new to somebody's queue."

    def ticket(self, look: TicketLook) -> None:
        history = look.history
        if look.stage != Stage.NEW or history is None or look.case.get("assignee"):
            return
        if self.facts.as_of - history.created > UNTRIAGED:
            self.hit(look.name)


class SilentHandovers(QualityCheck):
    code = "Q602"
    short = "handed over silently"
    title = "tickets given to another agent or group without a note"
    why = "Who takes over reads everything again, and asks the customer what was told already."
    source = f"{_SOURCE}; a message of the desk within an hour counts as the note"
    mends = (
        "Ask for a note on every change of hands: a required comment on that step of the new desk's workflow."
    )

    def ticket(self, look: TicketLook) -> None:
        history = look.history
        if history is None:
            return
        hands = [moment for moment in history.moments if moment.step in (Step.ASSIGNEE, Step.GROUP)]
        for number, moment in enumerate(hands):
            before = [
                one
                for one in hands[:number]
                if one.step is moment.step and one.at < moment.at and one.value != moment.value
            ]
            if before and not _told(history, moment):
                self.hit(look.name)
                return


def _told(history: History, moment: Moment) -> bool:
    return any(
        one.step in (Step.NOTE, Step.MESSAGE) and one.value != "customer" and abs(one.at - moment.at) <= NOTE
        for one in history.moments
    )


class WaitingAsWork(QualityCheck):
    code = "Q603"
    short = "waits as work"
    title = "tickets in progress although the customer owes the answer"
    why = "Time that the customer takes is counted as the desk's; queues look longer than they are."
    source = f"{_SOURCE}; the last word is the desk's, three days ago or more"
    mends = "Set them to pending in the old desk and read it again; in the new desk let a public reply do it."

    def ticket(self, look: TicketLook) -> None:
        history = look.history
        if look.stage not in _WORKED_ON or history is None:
            return
        messages = [moment for moment in history.moments if moment.step is Step.MESSAGE]
        if messages and messages[-1].value != "customer" and self.facts.as_of - history.moments[-1].at > OWED:
            self.hit(look.name)


class Unfollowed(QualityCheck):
    code = "Q604"
    short = "pending, forgotten"
    title = "pending tickets in which nothing has happened for two weeks"
    why = "Nobody asks again and nobody closes: the customer thinks that the desk works on it, the desk that the customer has gone."
    source = _SOURCE
    mends = "Ask once more or resolve them in the old desk; in the new desk a rule that reminds after some days and resolves later."

    def ticket(self, look: TicketLook) -> None:
        history = look.history
        if (
            look.stage == Stage.PENDING_CUSTOMER
            and history is not None
            and self.facts.as_of - history.moments[-1].at > PENDING
        ):
            self.hit(look.name)


class Unexplained(QualityCheck):
    code = "Q605"
    short = "resolved without a word"
    title = "resolved tickets without a word of the desk to the customer"
    why = "Nobody can tell what helped: not the customer, nor who has the same case next year."
    source = f"{_SOURCE}; a resolution set counts as a word"
    mends = "Nothing can be added afterwards; `status: {…: {to: …, resolution: …}}` sets a resolution in the new desk, and its workflow can ask for one."

    def ticket(self, look: TicketLook) -> None:
        history = look.history
        if look.stage not in _DONE or history is None or look.case.get("resolution"):
            return
        if history.opening == "customer" and not any(
            moment.step is Step.MESSAGE and moment.value != "customer" for moment in history.moments
        ):
            self.hit(look.name)


class ReopenedSoon(QualityCheck):
    code = "Q606"
    short = "reopened soon"
    title = "tickets reopened within three days of being resolved"
    why = "They were not resolved: a sign of tickets closed for the figures, or of thanks that reopen."
    source = _SOURCE
    mends = "Read the samples: answers that did not help are a matter of the team, thanks that reopen one of the new desk's automation."

    def ticket(self, look: TicketLook) -> None:
        history = look.history
        if history is None:
            return
        resolved: int | None = None
        for moment in history.moments:
            if moment.step is not Step.STAGE:
                continue
            if moment.value in _DONE:
                resolved = moment.at
            elif resolved is not None:
                if moment.at - resolved <= SOON:
                    self.hit(look.name)
                    return
                resolved = None


LIFE_CHECKS: tuple[type[QualityCheck], ...] = (
    Untriaged,
    SilentHandovers,
    WaitingAsWork,
    Unfollowed,
    Unexplained,
    ReopenedSoon,
)
