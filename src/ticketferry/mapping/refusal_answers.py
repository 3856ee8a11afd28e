"""Which tickets a mapping rejects, told from answers that are kept of each: which conditions hold, and what stands under the keys that rules read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ticketferry.mapping.condition_tally import question_of
from ticketferry.mapping.conditions import Check
from ticketferry.mapping.loader_checks import choices_of, conditions_of
from ticketferry.mapping.model import OWN, Rules, named_other
from ticketferry.mapping.refusals import RefusalTally, refuses
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.sdk.contract import Finding

__all__ = ["AnsweredRefusals", "keys_read"]

_DECIDING = frozenset({"stage", "status", "resolution", "type", "priority", "channel", "form", "merged_into"})
"""Keys of a ticket that rules read which can reject it, whatever the mapping says."""
_PARTS = frozenset({"comments", "attachments", "events", "worklogs", "body", "closed"})
"""What `by` reads of a ticket's parts."""
_SECTIONS = frozenset({"route", "status", "type", "priority", "channel", "form", "clean", "fields"})
"""Sections whose conditions say whether a ticket is rejected."""


def keys_read(rules: Rules) -> frozenset[str] | None:
    """Return the keys of a ticket's own record (`status`, `fields.KEY`) that decide whether it is rejected; None where its parts do as well."""
    read = [choice.by for _, choice in choices_of(rules) if choice.by is not None]
    if rules.channel is not None and rules.channel.by is not None:
        read.append(rules.channel.by)
    keys = set(_DECIDING)
    for name in read:
        head = name.partition(".")[0]
        if head in _PARTS:
            return None
        keys.add(name if head == "fields" else "tags" if head == "tag" else head)
    if any(rule.merge for rule in rules.clean):
        keys |= {"number", "ref"}
    for rule in rules.fields:
        if not refuses(rule):
            continue
        if rule.rest is not None:
            keys.add("fields")
        for source in rule.source:
            if source == "tags":
                return None  # the history of a dropped field tells which tags are its values
            other = named_other(source)
            keys.add(
                source if source.startswith("fields.") else other[0] if other is not None else OWN[source][0]
            )
    return frozenset(keys)


@dataclass
class _Answered(Setup):
    """A setup whose conditions are answered already. `holding`: those that hold for the ticket in hand, as questions."""

    holding: set[str] = field(default_factory=set)

    def condition(self, data: Any, path: Path, kind: str = "ticket") -> Check:
        """Return the check that looks its answer up."""
        if kind != "ticket" or data == "always":
            return super().condition(data, path, kind)  # type: ignore[arg-type]
        question = question_of("when", data)
        return lambda _subject: question in self.holding


class AnsweredRefusals:
    """Counts the tickets that a mapping rejects without reading one. `questions`: what each has to be asked."""

    def __init__(self, setup: Setup, keys: Iterable[str]) -> None:
        self._setup = setup
        self._keys = {question_of("own", key): key for key in sorted(keys)}
        self._conditions = {
            question_of("when", condition)
            for path, condition, kind in conditions_of(setup.rules)
            if kind == "ticket" and path[0] in _SECTIONS
        }
        self.questions = (*sorted(self._conditions), *self._keys)

    def findings(self, counts: Iterable[tuple[str, int]], questions: Sequence[str]) -> list[Finding]:
        """Return one finding for each rule that rejects tickets. `counts`: answers with the number of tickets that gave them; `questions`: what
        they were asked.
        """
        asked = {
            number: question for number, question in enumerate(questions) if question in self._conditions
        }
        read = {
            str(number): self._keys[question]
            for number, question in enumerate(questions)
            if question in self._keys
        }
        alike: Counter[bytes] = Counter()
        for text, count in counts:
            holding, seen = orjson.loads(text)
            one = [
                sorted(number for number in holding if number in asked),
                {number: seen[number] for number in read if number in seen},
            ]
            alike[orjson.dumps(one)] += count
        setup = _answered(self._setup)
        tally = RefusalTally(setup)
        for told, count in alike.items():
            holding, seen = orjson.loads(told)
            setup.holding.clear()
            setup.holding.update(asked[number] for number in holding)
            tally.ask(_record({read[number]: value for number, value in seen.items()}), count)
        return tally.findings()


_ANY = "any:ticket:0"


def _answered(setup: Setup) -> _Answered:
    return _Answered(
        setup.mapping, setup.source, setup.target, setup.features, setup.lookups, setup.now, way=setup.way
    )


def _record(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ticket that has these values, and no more."""
    record: dict[str, Any] = {"ref": _ANY}
    fields: dict[str, Any] = {}
    for key, value in values.items():
        if key.startswith("fields."):
            fields[key.removeprefix("fields.")] = value
        else:
            record[key] = value
    if fields:
        record["fields"] = {**record.get("fields", {}), **fields}
    return record
