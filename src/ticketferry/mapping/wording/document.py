"""The whole mapping in words: chapters with sentences of their own for what people ask about most, and a plain one for every other section."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.model import Rules
from ticketferry.mapping.wording.chapters import Chapter, MappingWords, WordTable, tickets_told
from ticketferry.mapping.wording.losses import losses
from ticketferry.mapping.wording.phrases import leftover_words, plain_words, spelt_out
from ticketferry.mapping.wording.tables import Taken, cleaning, fields, line_at, name_table, phases, routes
from ticketferry.mapping.work import Setup
from ticketferry.sdk.contract import Finding

__all__ = ["in_words"]

_TABLES = ("status", "priority", "type", "form")
_OWN = frozenset({*_TABLES, "route", "fields", "clean", "phases"})
_BESIDE = frozenset({"version", "source", "target", "vars", "tests"})
_TITLES = {
    "exits": "Tickets that were deleted, merged, spam or suspended", "people": "People", "groups": "Groups", "brands": "Brands",
    "organizations": "Organizations", "channel": "Channels", "projects": "Projects", "components": "Components", "security": "Security levels",
    "tags": "Tags", "links": "Links between tickets", "text": "Texts", "comments": "Comments", "attachments": "Files", "history": "History",
    "provenance": "What is kept beside", "privacy": "Privacy", "catalog": "What is made in the new desk", "way": "The way", "golden": "Golden tickets",
    "conflicts": "Where both desks changed", "order": "In which order", "accept": "Criteria",
}  # fmt: skip
_COUNTED = {"groups": "group", "brands": "brand", "projects": "project", "security": "security"}


def in_words(
    setup: Setup, use: UseCounts | None = None, taken: Taken | None = None, findings: Iterable[Finding] = (), total: int | None = None
) -> MappingWords:  # fmt: skip
    """Return a mapping in words. `use`: how many tickets use which name; `taken`: how many tickets each condition takes; `findings`: of `lint`;
    `total`: all tickets, those with that were deleted in the old desk.

    Every key that the file sets is told, in words of its own or as it stands.
    """
    counted = taken or {}
    made = [losses(setup, use, counted, findings), routes(setup, counted)]
    made += [name_table(setup, section, use) for section in _TABLES]
    made.append(fields(setup, use))
    made += _others(setup, use)
    made += [cleaning(setup, counted), phases(setup, counted), _tests(setup)]
    rules = setup.rules
    facts = [
        ("File", setup.mapping.document.name),
        ("Digest", setup.mapping.digest[:16]),
        ("From", f"{rules.source} ({setup.source['desk']})"),
        ("To", f"{rules.target} ({setup.target['desk']})"),
        ("Tickets", _all_tickets(use, total)),
    ]
    return MappingWords(
        "The mapping in words", facts, tuple(chapter for chapter in made if chapter is not None)
    )


def _all_tickets(use: UseCounts | None, total: int | None) -> str:
    """Return how many tickets there are, as a plan counts them, and how many of them nothing else here counts."""
    if use is None or total is None or total == use.tickets:
        return tickets_told(use.tickets if use is not None else total)
    return f"{tickets_told(total)}, {tickets_told(total - use.tickets)} of them deleted in the old desk"


def _others(setup: Setup, use: UseCounts | None) -> Iterator[Chapter]:
    """Yield a chapter for every other section that the file sets, in the order of the model."""
    for name, info in Rules.model_fields.items():
        if name in _OWN or name in _BESIDE or name not in setup.rules.model_fields_set:
            continue
        value = getattr(setup.rules, name)
        if value is None:
            continue
        rows = list(_rows(setup, name, value, use))
        columns = (
            ("Name", "Tickets", "What becomes of it", "Line")
            if name in _COUNTED
            else ("What", "Rule", "Meaning", "Line")
        )
        numbers = frozenset({1}) if name in _COUNTED else frozenset()
        title = _TITLES.get(name, spelt_out(name).capitalize())
        lead = " ".join((info.description or _first(type(value)) or "").split())
        yield Chapter(name, title, lead, (WordTable(columns, rows, title, numbers),))


def _rows(setup: Setup, section: str, value: Any, use: UseCounts | None) -> Iterator[tuple[str, ...]]:
    if section in _COUNTED and isinstance(value, Mapping):
        for key, rule in value.items():
            tickets = None if use is None or key == "*" else use.of(_COUNTED[section], key)
            words = (
                "; ".join(leftover_words(rule, set())) if isinstance(rule, BaseModel) else plain_words(rule)
            )
            yield (
                "all others" if key == "*" else key,
                tickets_told(tickets),
                words,
                line_at(setup, section, key),
            )
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            if name in value.model_fields_set and getattr(value, name) is not None:
                key = info.alias or name
                meaning = " ".join((info.description or "").split())
                written = _written(setup, section, key)
                words = plain_words(getattr(value, name) if written is None else written)
                yield spelt_out(key), words, meaning, line_at(setup, section, key)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield (
                "all others" if key == "*" else str(key),
                plain_words(item),
                "",
                line_at(setup, section, key),
            )
    else:
        yield spelt_out(section), plain_words(value), "", line_at(setup, section)


def _written(setup: Setup, section: str, key: str) -> str | None:
    """Return a plain value as it stands in the file: `250MB` says more than its bytes."""
    data = setup.mapping.document.data
    raw = data.get(section) if isinstance(data, dict) else None
    value = raw.get(key) if isinstance(raw, dict) else None
    return value if isinstance(value, str) else None


def _first(kind: type) -> str:
    return (kind.__doc__ or "") if issubclass(kind, BaseModel) else ""


def _tests(setup: Setup) -> Chapter | None:
    if not setup.rules.tests:
        return None
    rows = [(test.name, line_at(setup, "tests", number)) for number, test in enumerate(setup.rules.tests)]
    lead = "What has to become of tickets like these; `ticketferry mapping test` says whether it does."
    return Chapter(
        "tests", "What was agreed and is tested", lead, (WordTable(("What", "Line"), rows, "Tests"),)
    )
