"""Every condition of a mapping asked of the tickets, and what all their answers tell together."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from ticketferry.mapping.codes import CODES, finding
from ticketferry.mapping.collisions import collisions
from ticketferry.mapping.condition_lint import ConditionValue, asks, options_of_field, unknown_name
from ticketferry.mapping.condition_values import Accessor, NameSource, Subject, accessor
from ticketferry.mapping.conditions import Check, compile_condition, text_of
from ticketferry.mapping.contradictions import contradicting
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import choices_of, conditions_of
from ticketferry.mapping.model import CleanRule
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding

__all__ = ["Asking", "ConditionCount", "ConditionTally", "Needs", "merged", "question_of", "taken"]

Needs: TypeAlias = Literal["own", "parts", "texts"]
"""What of a ticket its questions read: its own record, how many parts it has and when, or words that later redactions may change."""
_FIRST = ("clean", "route", "phases")
"""Sections whose first rule that matches decides."""
_MOST_VALUES = 100_000
_SEEN = frozenset({
    "tag", "tags", "channel", "organization", "requester", "assignee", "submitter", "external_id", "number",
})  # fmt: skip
"""Fields whose values no catalog lists: the tickets themselves tell which there are."""
_NAMED = frozenset({"requester", "assignee", "submitter", "organization", "satisfaction"})
"""Those of whom more can be asked (`requester.role`), likewise."""
_PARTS = frozenset({"comments", "attachments", "events", "worklogs", "closed"})
_LEFT = ("deleted", "spam", "suspended")
"""Stages of tickets that stay behind whatever the mapping says, so that no phase has to take them."""


class ConditionCount(NamedTuple):
    """How many tickets of the source a condition holds for now. `reached`: those that no rule before it takes (None: order does not
    matter there); `total`: all tickets that the section is asked about.
    """

    path: Path
    where: str
    takes: int
    reached: int | None
    total: int


class ConditionTally:
    """Asks tickets one by one (`ask`), and tells of all answers together (`result`).

    `questions`: all that a ticket is asked, each as JSON that says it whole, so that the answers of another mapping count for this one where
    both ask the same.
    """

    def __init__(self, setup: Setup, lookups: NameSource, now: datetime) -> None:
        self._mapping = mapping = setup.mapping
        self._lookups = lookups
        self._now = now
        fields = {f"fields.{row['key']}": row for row in setup.source.get("fields", ())}
        listed = {key for key, row in fields.items() if options_of_field(row)}
        self._rules: list[tuple[Path, str]] = []
        self._asked: dict[str, list[ConditionValue]] = {}
        for path, condition, kind in conditions_of(mapping.rules):
            if kind != "ticket":
                continue
            self._rules.append((path, question_of("when", condition)))
            for each in asks(condition, path):
                if each.value is not None and _open(each.key, listed):
                    self._asked.setdefault(each.key, []).append(each)
        self._entries: dict[str, list[ConditionValue]] = {}
        for path, choice in choices_of(mapping.rules):
            by = choice.by
            lacking = by is not None and by.startswith("fields.") and bool(fields) and by not in fields
            if by is None or lacking or not _open(by, listed):
                continue  # of a field that the source lacks the catalog tells
            for value in choice.values:
                if value != "*":
                    entry = ConditionValue((*path, "values", value), by, value)
                    self._entries.setdefault(by, []).append(entry)
        self._meetings = [
            (collision, [question_of("when", each) for each in collision.conditions])
            for collision in collisions(setup)
            if not collision.sure
        ]
        # As `leaving.left_behind`: what was merged is moved, unless the mapping leaves it behind.
        merged = mapping.rules.exits.merged.do is not None
        self._left = question_of("when", {"stage": [*_LEFT, *(["merged"] if merged else [])]})
        self._merged = question_of("own", "merged_into") if merged else ""
        said = [question for _, question in self._rules]
        said += [question for _, both in self._meetings for question in both]
        said += [question_of("values", key) for key in (*self._asked, *self._entries)]
        if mapping.rules.phases:
            said += filter(None, (self._left, self._merged))
        self.questions = tuple(dict.fromkeys(said))

    def asking(self, questions: Sequence[str]) -> "Asking":
        """Return what asks a ticket some questions, of this mapping or of another: answers name each by its place in the sequence."""
        return Asking(questions, self._lookups, self._now)

    def result(
        self, counts: Iterable[tuple[str, int]], questions: Sequence[str]
    ) -> tuple[list[ConditionCount], list[Finding]]:
        """Tell for how many tickets each condition holds, and find what takes none, or stands behind rules that take all.

        `counts`: answers with the number of tickets that gave them, in the order of the answers; `questions`: what they were asked.
        """
        numbers = {question: number for number, question in enumerate(questions)}
        rules = [(path, numbers[question]) for path, question in self._rules]
        values = {key: str(numbers[question_of("values", key)]) for key in (*self._asked, *self._entries)}
        merged = numbers.get(self._merged)
        counting = _Counting(
            self._mapping,
            self._asked,
            self._entries,
            rules,
            values,
            numbers.get(self._left),
            None if merged is None else str(merged),
        )
        met: Counter[int] = Counter()
        for text, count in counts:
            holding, seen = orjson.loads(text)
            holds = frozenset(holding)
            counting.count(holds, seen, count)
            for number, (_, both) in enumerate(self._meetings):
                if all(numbers[question] in holds for question in both):
                    met[number] += count
        rows, findings = counting.result()
        for number, (collision, _) in enumerate(self._meetings):
            if met[number]:
                code = "S213" if collision.carries else "S211"
                message = f"{collision.message}; {met[number]:,} tickets fulfil both conditions now"
                where = self._mapping.at(*collision.path)
                findings.append(Finding(code, CODES[code][0], None, where, message, collision.remedy))
        return rows, findings


def _open(key: str, listed: Collection[str]) -> bool:
    """Tell whether only the tickets say which values a field has; `listed`: fields whose options the catalog says."""
    return (
        key in _SEEN or key.partition(".")[0] in _NAMED or (key.startswith("fields.") and key not in listed)
    )


class Asking:
    """Asks tickets some questions."""

    def __init__(self, questions: Sequence[str], lookups: NameSource, now: datetime) -> None:
        self._lookups = lookups
        self._checks: list[tuple[int, Check]] = []
        self._readers: list[tuple[int, Accessor]] = []
        self._own: list[tuple[int, Sequence[str]]] = []
        self.needs: Needs = "own"
        for number, question in enumerate(questions):
            kind, what = orjson.loads(question)
            if kind == "when":
                self._checks.append((number, compile_condition(what, now, lambda *_: None)))
                keys = {each.key for each in asks(what, ())}
            elif kind == "own":
                self._own.append((number, what.split(".", 1)))
                keys = set()
            else:
                reader = accessor(what, lambda *_: None, ())
                keys = {what}
                if reader is not None:
                    self._readers.append((number, reader))
            if "body" in keys:
                self.needs = "texts"
            elif keys & _PARTS and self.needs == "own":
                self.needs = "parts"

    def ask(self, record: Record) -> str:
        """Return what one ticket answers: numbers of the conditions that hold, and values of the fields that are asked for, as JSON."""
        subject = Subject(record, self._lookups)
        holding = [number for number, check in self._checks if check(subject)]
        seen: dict[str, Any] = {}
        for number, reader in self._readers:
            value = reader(subject)
            if value is not None:
                seen[str(number)] = [
                    text_of(part) for part in (value if isinstance(value, list) else [value])
                ]
        for number, (key, *of) in self._own:
            value = record.get(key)
            if of:
                value = (value or {}).get(of[0])
            if value is not None:
                seen[str(number)] = value
        return orjson.dumps([holding, seen]).decode()


def merged(text: str, more: str, first: int) -> str:
    """Add the answers to further questions, which stand from place `first` on, to an answer."""
    holding, seen = orjson.loads(text)
    others, further = orjson.loads(more)
    holding += [first + number for number in others]
    seen |= {str(first + int(number)): values for number, values in further.items()}
    return orjson.dumps([holding, seen]).decode()


def taken(
    setup: Setup, records: Iterable[Record], lookups: NameSource, now: datetime
) -> tuple[list[ConditionCount], list[Finding]]:
    """Count for how many tickets each condition holds, and find what takes none, or stands behind rules that take all."""
    tally = ConditionTally(setup, lookups, now)
    asking = tally.asking(tally.questions)
    return tally.result(sorted(Counter(map(asking.ask, records)).items()), tally.questions)


def question_of(kind: Literal["when", "values", "own"], what: Any) -> str:
    """Write a question whole: whether a condition holds, which values a field has as words, or what stands under a key of the record itself."""
    whole = "always" if what is None else what
    return orjson.dumps([kind, whole], option=orjson.OPT_SORT_KEYS).decode()


class _Counting:
    def __init__(
        self, mapping: MappingFile, asked: Mapping[str, list[ConditionValue]],
        entries: Mapping[str, list[ConditionValue]], rules: Sequence[tuple[Path, int]],
        values: Mapping[str, str], left: int | None, merged: str | None,
    ) -> None:  # fmt: skip
        """Take the rules and the fields that are looked into, each with the number of its question; `entries`: of tables that choose by a field; `left`: that of stages that stay behind;
        `merged`: that of whom a ticket was merged into, None where such tickets are moved.
        """
        self._mapping, self._asked, self._entries = mapping, asked, entries
        self._numbered, self._values, self._left, self._merged = rules, values, left, merged
        self._seen: dict[str, dict[str, str]] = {key: {} for key in (*asked, *entries)}
        self._takes: Counter[Path] = Counter()
        self._reached: Counter[Path] = Counter()
        self._both: Counter[tuple[Path, Path]] = Counter()
        self._unphased = 0
        self._total = 0

    def count(self, holds: Collection[int], values: Mapping[str, Any], count: int) -> None:
        self._total += count
        held = [path for path, number in self._numbered if number in holds]
        for path in held:
            self._takes[path] += count
        stays = self._cleaned([path for path in held if path[0] == "clean"], count)
        for section in ("route", "phases"):
            taking = [path for path in held if path[0] == section]
            for path in taking[:1]:
                self._reached[path] += count
            if section == "phases":
                self._phased(taking, count, stays=stays or self._left in holds or self._merged in values)
        for key, number in self._values.items():
            seen = self._seen[key]
            if len(seen) < _MOST_VALUES:
                for text in values.get(number, ()):
                    folded = text.casefold()
                    seen[folded] = min(seen.get(folded, text), text)

    def _cleaned(self, held: Sequence[Path], count: int) -> bool:
        """Count which rule of `clean` decides, and which take something out; tell whether the ticket stays behind."""
        rules = {path: self._mapping.rules.clean[int(path[1])] for path in held}
        lifted = {id_ for rule in rules.values() for id_ in rule.overrides}
        decided: CleanRule | None = None
        for path, rule in rules.items():
            if rule.id in lifted:
                continue
            if rule.redact is not None or rule.merge or rule.overrides or decided is None:
                self._reached[path] += count
            if decided is None and rule.redact is None and not rule.merge:
                decided = rule
        return decided is not None and decided.do in ("skip", "archive")

    def _phased(self, taking: Sequence[Path], count: int, *, stays: bool) -> None:
        if not self._mapping.rules.phases or stays:
            return
        if not taking:
            self._unphased += count
        for other in taking[1:]:
            if self._mapping.rules.phases[int(other[1])].where != "always":
                self._both[taking[0], other] += count

    def result(self) -> tuple[list[ConditionCount], list[Finding]]:
        mapping = self._mapping
        rows: list[ConditionCount] = []
        findings: list[Finding] = []
        if not self._total:
            return rows, findings
        doubted = {path[:2] for path in contradicting(mapping)}
        for key, several in self._asked.items():
            seen = self._seen[key]
            for each in several:
                value = str(each.value)
                if value.casefold() not in seen and len(seen) < _MOST_VALUES:
                    what = key.removeprefix("fields.") if key.startswith("fields.") else key
                    findings.append(
                        unknown_name(mapping, each, what, value, sorted(seen.values()), seen=True)
                    )
                    doubted.add(each.path[:2])
        findings += self._of_entries()
        for path, _ in self._numbered:
            first = self._reached[path] if path[0] in _FIRST else None
            row = ConditionCount(path, mapping.at(*path), self._takes[path], first, self._total)
            rows.append(row)
            if not row.takes and path[:2] not in doubted:
                findings.append(_told("S215", row, "the condition holds for no ticket of the source now"))
            elif first == 0 and row.takes:
                findings.append(
                    _told(
                        "S216",
                        row,
                        f"rules before it take all {counted(row.takes, 'ticket')} that this one would take",
                    )
                )
        return rows, [*findings, *self._of_phases()]

    def _of_entries(self) -> Iterator[Finding]:
        """Tell of entries of tables that no ticket comes to."""
        for key, several in self._entries.items():
            seen = self._seen[key]
            for each in several if len(seen) < _MOST_VALUES else ():
                if str(each.value).casefold() not in seen:
                    told = unknown_name(
                        self._mapping, each, key.removeprefix("fields."), str(each.value), sorted(seen.values()), seen=True
                    )  # fmt: skip
                    remedy = "Correct the entry, or take it out: no ticket comes to it now."
                    yield finding("S206", None, told.where, told.message, remedy)

    def _of_phases(self) -> Iterator[Finding]:
        """Tell of tickets that no phase takes, and of those that a later phase would take as well."""
        mapping = self._mapping
        phases = mapping.rules.phases
        if self._unphased:
            yield finding(
                "S221", None, mapping.at("phases"), f"no phase takes {counted(self._unphased, 'ticket')}: no plan of a phase moves them",
                "Add a last phase (`{name: rest, where: always}`), or decide in `clean` that they stay.",
            )  # fmt: skip
        for (first, other), tickets in sorted(self._both.items(), key=lambda item: (item[0][1], item[0][0])):
            one, two = phases[int(first[1])].name, phases[int(other[1])].name
            if self._reached[other]:  # S216 says it of one that gets none
                yield finding(
                    "S222", None, mapping.at(*other), f"{counted(tickets, 'ticket')} that `{two}` would take {'moves' if tickets == 1 else 'move'} with"
                    f" `{one}`, which stands before it", "Nothing to do where that is meant; else set both apart, or change their order.",
                )  # fmt: skip


def _told(code: str, row: ConditionCount, message: str) -> Finding:
    return Finding(
        code, CODES[code][0], None, row.where, message, "Correct the condition, or take the rule out."
    )
