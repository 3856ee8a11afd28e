"""Checks of people and tickets that may not be worth moving, or that contradict themselves."""

import re
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz

from ticketferry.kpi.histories import seconds_of
from ticketferry.mapping.patterns import compile_pattern
from ticketferry.quality.check import (
    NUMBERS,
    DeskFacts,
    QualityCheck,
    Remedy,
    TicketLook,
    day,
    listed,
    number_of,
    numbered,
    quoted,
)
from ticketferry.schema.lifecycle import CLOSED_STAGES
from ticketferry.schema.records import Record

__all__ = ["TICKET_CHECKS", "people_of"]

_DONE = frozenset(stage.value for stage in CLOSED_STAGES)
SPAM_TAGS = ("spam", "junk", "phishing")
SPAM = r"\b(viagra|cialis|casino bonus|crypto giveaway|lottery winner|you have won|guest post|seo (services|ranking)|nigerian prince)\b"
TEST = r"^\s*(this is (just )?a )?(test(ing|ticket)?|asdf\w*|qwert[yz]\w*|foo ?bar|lorem ipsum|blah|hello world)([\s._-]*(ticket|mail|e-?mail|message|only|please ignore|\d+))*[\s.!?]*$"
SUBJECT = 255
"""Characters of a subject that Jira takes [Jira Cloud, field `summary`]."""
TEXT = 32_767
"""Characters of a text that Jira takes."""
_WINDOW = 3
_REQUESTERS = 20_000
_DAYS = 14 * 86_400
_COMPARED = 400
_FIGURES = re.compile(r"\d+")
NEAR = 92.0
"""Likeness of two texts, of 100, from which on they are the same message twice (rapidfuzz `ratio`)."""
_MINUTE = 60


def people_of(case: Record) -> Iterable[str]:
    """Yield the refs of everybody whom a ticket names; some more than once."""
    for key in ("requester", "submitter", "assignee"):
        if case.get(key):
            yield case[key]
    for key in ("ccs", "followers"):
        yield from case.get(key) or ()
    for part in (*(case.get("comments") or ()), *(case.get("worklogs") or ())):
        if part.get("author"):
            yield part["author"]


class InactiveCustomers(QualityCheck):
    code = "Q201"
    short = "customers without tickets"
    title = "customers whom no ticket names"
    unit = "person"
    why = "Accounts of people who never asked are personal data without a purpose; each one moved is an account to keep."
    source = "GDPR art. 5 (1) c and e: data minimisation, storage limitation"
    mends = "Nothing to do for the move: whom no ticket names gets no account in the new desk. Delete them in the old one, as your rules of retention say."


class GoneAgents(QualityCheck):
    code = "Q202"
    short = "agent has left"
    title = "open tickets of agents who are suspended or deleted"
    why = "Nobody works on them, and nobody else sees that."
    mends = "Give them to somebody in the old desk and read it again, or name an account for the agent in the file of `people: {agents: …}`."

    def ticket(self, look: TicketLook) -> None:
        if look.stage not in _DONE and look.case.get("assignee") in self.facts.inactive_agents:
            self.hit(look.name)


class SpamTickets(QualityCheck):
    code = "Q301"
    shared = frozenset({"_pattern"})
    short = "spam"
    title = "tickets that look like spam"
    why = "Spam that nobody marked as such counts in every figure, and would be moved."
    source = f"tags {', '.join(SPAM_TAGS)}; subjects of well-known spam"
    mends = "Leave them behind."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._pattern = compile_pattern(SPAM, ignore_case=True)

    def ticket(self, look: TicketLook) -> None:
        tags = look.case.get("tags") or ()
        if any(str(tag).casefold() in SPAM_TAGS for tag in tags) or self._pattern.found(
            look.case.get("subject") or ""
        ):
            self.hit(f"{look.name} {look.case.get('subject') or ''}".rstrip())

    def remedy(self) -> Remedy:
        when = f"{{any: [{{tag: {listed(SPAM_TAGS)}}}, {{subject: {{matches: {quoted(SPAM)}}}}}]}}"
        return Remedy(self.mends, "clean", (f"- {{id: spam, when: {when}, do: skip, because: spam}}",))


class TestTickets(QualityCheck):
    code = "Q302"
    shared = frozenset({"_pattern"})
    short = "test tickets"
    title = "tickets that somebody made to try the desk"
    why = "Tests are no work; they count in figures and confuse who finds them."
    source = "subjects that say nothing but test, asdf and the like, with one message at most"
    mends = "Leave them behind."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._pattern = compile_pattern(TEST, ignore_case=True)

    def ticket(self, look: TicketLook) -> None:
        if len(look.case.get("comments") or ()) <= 1 and self._pattern.found(look.case.get("subject") or ""):
            self.hit(f"{look.name} {look.case['subject']}")

    def remedy(self) -> Remedy:
        when = f'{{subject: {{matches: {quoted(TEST)}}}, comments: "<= 1"}}'
        return Remedy(
            self.mends, "clean", (f"- {{id: test-tickets, when: {when}, do: skip, because: test tickets}}",)
        )


class _Earlier(NamedTuple):
    at: int
    name: str
    text: str
    figures: list[str]


class RepeatedTickets(QualityCheck):
    code = "Q303"
    shared = frozenset({"_last"})
    short = "sent twice"
    title = "tickets that repeat an earlier one of the same requester"
    why = "A customer who sends twice is answered twice, and counts twice in every figure."
    source = f"subject and first message alike by {NEAR:g} of 100 (rapidfuzz) with the same figures, within 14 days, among the last {_WINDOW} tickets of a requester"
    mends = "Let the later ones count as merged into the earlier; read the samples first."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._last: OrderedDict[str, deque[_Earlier]] = OrderedDict()
        self._into: dict[str, str] = {}
        """Number of a ticket -> number of the one that it repeats."""

    def ticket(self, look: TicketLook) -> None:
        case = look.case
        requester = case.get("requester")
        text = " ".join([case.get("subject") or "", *look.bodies[:1]])[:_COMPARED].lower()
        try:
            at = seconds_of(case["created"])
        except (ValueError, KeyError):
            return
        if not requester or len(text) < 20 or case.get("merged_into"):
            return
        earlier = self._last.pop(requester, None) or deque(maxlen=_WINDOW)
        self._last[requester] = earlier
        if len(self._last) > _REQUESTERS:
            self._last.popitem(last=False)
        figures = _FIGURES.findall(text)
        for one in earlier:
            # Two orders that were lost are two cases, however alike the letters.
            near = abs(at - one.at) <= _DAYS and figures == one.figures
            if near and fuzz.ratio(text, one.text, score_cutoff=NEAR):
                self._again(look, one)
                return
        earlier.append(_Earlier(at, look.name, text, figures))

    def _again(self, look: TicketLook, one: _Earlier) -> None:
        number, kept = look.case.get("number"), one.name.removeprefix("#")
        # What is merged into a ticket that is merged itself goes where that one goes.
        first = self._into.get(kept, kept)
        if number and len(self._into) < NUMBERS:
            self._into[str(number)] = first
        self.hit(f"{look.name} like {one.name}")

    def remedy(self) -> Remedy:
        if not self._into:
            return Remedy(self.mends)
        pairs = ", ".join(f"{quoted(number)}: {quoted(kept)}" for number, kept in self._into.items())
        line = f"- {{id: duplicates, when: always, merge: {{{pairs}}}, because: repeats an earlier ticket}}"
        return Remedy(self.mends, "clean", (line,))


class EmptyTickets(QualityCheck):
    code = "Q304"
    short = "empty"
    title = "tickets without a word and without a file"
    why = "There is nothing in them that anybody could need."
    mends = "Leave them behind."

    def ticket(self, look: TicketLook) -> None:
        case = look.case
        if not look.bodies and not case.get("attachments") and not case.get("worklogs"):
            self.hit(
                f"{look.name} {case.get('subject') or ''}".rstrip(), str(case.get("number") or "") or None
            )

    def remedy(self) -> Remedy:
        return numbered("empty", self.names, "nothing is in them") if self.names else Remedy(self.mends)


class WrongTimes(QualityCheck):
    code = "Q305"
    shared = frozenset({"_latest"})
    short = "times contradict"
    title = "tickets whose times contradict each other"
    why = "A ticket solved before it was created, or answered in the future, makes averages meaningless."
    source = "created, updated, solved, times of messages and of history, against each other and the time of the extract"
    mends = "The old desk holds them so: no rule can know the right time. A time that the target refuses is kept beside (F107)."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._latest = day(facts.as_of)

    def ticket(self, look: TicketLook) -> None:
        case = look.case
        created = case.get("created")
        if not created:
            return
        times = [case[key] for key in ("updated", "solved") if case.get(key)]
        times += [part["created"] for part in case.get("comments") or () if part.get("created")]
        times += [event["time"] for event in case.get("events") or () if event.get("time")]
        # Times of one notation are in order as texts are; only the outermost are read.
        times = [created, *times]
        if not all(len(time) == len(created) and time[-1:] == "Z" for time in times):
            self._read(look, times)
        elif min(times) != created or max(times) > self._latest:
            self._read(look, [created, min(times), max(times)])

    def _read(self, look: TicketLook, times: list[str]) -> None:
        try:
            created, *others = map(seconds_of, times)
        except ValueError:
            self.hit(f"{look.name} a time that cannot be read")
            return
        if others and min(others) < created - _MINUTE:
            self.hit(f"{look.name} something before its creation")
        elif max((created, *others)) > self.facts.as_of + 86_400:
            self.hit(f"{look.name} something in the future")


class OrphanTickets(QualityCheck):
    code = "Q306"
    short = "names nobody there"
    title = "tickets that name people, groups or organizations that are not there"
    why = "Who asked, who worked and who may see the ticket is lost with them."
    mends = "Read the desk again with an account that sees everybody; for deleted people `people: {placeholder: …}` stands in."

    def ticket(self, look: TicketLook) -> None:
        facts, case = self.facts, look.case
        group, organization = case.get("group"), case.get("organization")
        if group and facts.groups and group not in facts.groups:
            self.hit(f"{look.name} group {group}")
        elif organization and number_of(organization) not in facts.organizations:
            self.hit(f"{look.name} organization {organization}")
        elif not facts.people.issuperset(look.people):
            gone = next(ref for ref in people_of(case) if number_of(ref) not in facts.people)
            self.hit(f"{look.name} {gone}")


class LongSubjects(QualityCheck):
    code = "Q307"
    short = "long subject"
    title = f"subjects of more than {SUBJECT} characters"
    why = "Desks cut or refuse them."
    source = f"Jira takes {SUBJECT} characters of a summary"
    mends = "Shorten them; the whole subject is kept beside."

    def ticket(self, look: TicketLook) -> None:
        if len(look.case.get("subject") or "") > SUBJECT:
            self.hit(look.name)

    def remedy(self) -> Remedy:
        return Remedy(self.mends, "text", (f"subject: {{max: {SUBJECT}}}",), replaces=True)


class LongTexts(QualityCheck):
    code = "Q308"
    short = "long text"
    title = f"tickets with a text of more than {TEXT:,} characters"
    why = "Logs and whole mail threads in one message are refused, or parted, by many desks."
    source = f"Jira takes {TEXT:,} characters of a text"
    mends = "Nothing to decide: the plan parts such a text at a paragraph, or says that it cannot; `ticketferry plan losses` lists them."

    def ticket(self, look: TicketLook) -> None:
        holders = (look.case, *(look.case.get("comments") or ()))
        longest = max((len((holder.get("body") or {}).get("html") or "") for holder in holders), default=0)
        if longest > TEXT:
            self.hit(f"{look.name} {longest:,}")


TICKET_CHECKS: tuple[type[QualityCheck], ...] = (
    InactiveCustomers, GoneAgents, SpamTickets, TestTickets, RepeatedTickets, EmptyTickets, WrongTimes, OrphanTickets, LongSubjects,
    LongTexts,
)  # fmt: skip
