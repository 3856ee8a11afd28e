"""What the witness may take for explained: read from the mapping file itself, so that no rule explains what nobody wrote."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import CleanRule, FieldRule
from ticketferry.mapping.patterns import compile_pattern
from ticketferry.sdk.features import Feature
from ticketferry.witness.rules import Drop, ExplainingRules, TakenOut
from ticketferry.witness.words import words

__all__ = ["rules_of"]


def rules_of(
    mapping: MappingFile,
    features: frozenset[Feature],
    *,
    updated: bool = False,
    now: datetime | None = None,
) -> ExplainingRules:
    """Return the rules that explain differences. `features`: of the target by the way that a ticket went.

    `now`: the time of the extract, from which the mapping counts years back. `updated`: the ticket was written again after it was made; what happened since has the target's own time.
    """
    rules = mapping.rules
    people = rules.people
    stands_in = (people.placeholder, people.inactive_agents, people.other_agents, people.automations)
    held = Feature.TICKET_TIMES in features
    dates = rules.history.date_fields
    subject = rules.text.subject
    return ExplainingRules(
        public_internal=rules.comments.public == "internal",
        off_portal=frozenset(
            (project.casefold(), kind.casefold())
            for route in rules.route
            if route.request_type is None
            for project in route.project.names()
            for kind in (route.issue_type.names() if route.issue_type is not None else ("",))
        ),
        system_dropped=rules.comments.system == "drop",
        quotes_dropped=rules.text.quoted_replies == "drop",
        signatures_dropped=rules.text.signatures == "drop",
        calls=rules.comments.voice.as_ if rules.comments.voice.as_ in ("text", "drop") else "keep",
        talks_written=rules.comments.side_conversations.as_ == "internal_comment",
        largest_file=rules.attachments.max,
        blocked=tuple(rules.attachments.block),
        oldest_file=_years_before(now, rules.attachments.older_than.years)
        if now is not None and rules.attachments.older_than is not None
        else None,
        pictures_left=rules.attachments.inline == "keep_link",
        subject=_left_of_subject(
            subject.strip, subject.max - _longest(subject.prefix) if subject.max else None
        ),
        placeholders="people.placeholder" if any(rule is not None for rule in stands_in) else "",
        unnamed=_unnamed(rules.text.header.when, rules.text.header.template, features),
        stand_ins=_addresses(people.placeholder.email) if people.placeholder is not None else "",
        no_address="" if Feature.PROFILES in features else "people.customers",
        chosen=frozenset((source.lower(), target.lower()) for source, target in mapping.agents.items()),
        rewritten={old.lower(): new.lower() for old, new in people.rewrite_email.items()},
        dropped=tuple(_dropped(rules.fields)),
        named=frozenset(name for rule in rules.fields for name in rule.source)
        if any(rule.rest == "drop" and rule.when is None for rule in rules.fields)
        else None,
        private=tuple(rules.privacy.drop),
        dropped_tags=tuple(rules.tags.drop),
        taken_out=tuple(_taken_out(rules.clean)),
        repaired=rules.text.repair,
        created=held or dates.created is not None,
        solved=(held and not updated) or dates.solved is not None,
        words=frozenset(word for text in _texts(rules.model_dump()) for word in words(text)),
    )


def _years_before(now: datetime, years: int) -> datetime:
    day = 28 if (now.month, now.day) == (2, 29) else now.day
    return now.replace(year=now.year - years, day=day)


def _unnamed(when: str, template: str, features: frozenset[Feature]) -> str:
    """Return the rule by which nothing names an author whom the target cannot show."""
    without = when == "never" or "author" not in template
    return "text.header" if without and Feature.COMMENT_AUTHOR not in features else ""


def _left_of_subject(strip: list[str], longest: int | None) -> Callable[[str], str] | None:
    """Return what tells the words of a subject that stay when patterns are taken off and the rest is cut."""
    if not strip and longest is None:
        return None
    patterns = [compile_pattern(pattern, ignore_case=True) for pattern in strip]

    def left(text: str) -> str:
        for pattern in patterns:
            while len(shorter := pattern.replace(text, "", 1)) < len(text):
                text = shorter
        text = " ".join(text.split())
        if longest is None or len(text) <= longest:
            return text
        # The cut may go through the last word.
        return text[: max(0, longest - 1)].rpartition(" ")[0]

    return left


def _longest(prefix: str) -> int:
    """Return how many characters stand before a subject at most: a number in it takes up to 24."""
    return len(re.sub(r"\{[{%].*?[%}]\}", "0" * 24, prefix, flags=re.DOTALL))


def _addresses(template: str) -> str:
    """Return the pattern of the addresses that a template gives."""
    return re.sub(r"\{[{%].*?[%}]\}", "*", re.sub(r"[\[\]?*]", "?", template), flags=re.DOTALL).lower()


def _dropped(fields: list[FieldRule]) -> Iterator[Drop]:
    """Yield the rules that drop fields, each with its condition as it is written."""
    for rule in fields:
        if rule.drop:
            yield Drop(tuple(rule.source), rule.when)


def _taken_out(rules: list[CleanRule]) -> Iterator[TakenOut]:
    """Yield the rules that redact, each with the conditions of those that override it."""
    for rule in rules:
        if rule.redact is not None:
            lifted = tuple(other.when for other in rules if rule.id in other.overrides)
            redact = rule.redact
            yield TakenOut(
                rule.id, rule.when, tuple(redact.in_), tuple(redact.patterns), redact.with_, lifted
            )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
