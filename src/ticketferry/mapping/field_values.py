"""Values of a field as the target takes them: dates, numbers, the place that they go into."""

from typing import Any

from ticketferry.mapping.fitting import refuse_no_day
from ticketferry.mapping.model import FieldRule, LanguageRule
from ticketferry.mapping.quoting import own_words, pieces, quotes
from ticketferry.mapping.times import assumed, due_value
from ticketferry.mapping.transforms import MisfitError, coerce, crosses, is_empty
from ticketferry.mapping.work import SYSTEM_TARGETS, Rule, Setup, Work, to
from ticketferry.schema.body_subset import parse
from ticketferry.schema.languages import language_of
from ticketferry.sdk.features import Feature

__all__ = [
    "dates_and_number",
    "short",
    "written",
]


def written(
    setup: Setup,
    work: Work,
    by: str,
    name: str,
    value: Any,
    kind: str | None,
    definition: Any,
    zone: str | None,
) -> Any:
    """Return the value as the field takes it; a time zone that no rule names is the source desk's, and told. Raises MisfitError."""
    if name.casefold() in SYSTEM_TARGETS:
        if not setup.any:
            return due_value(setup, work, by, value, zone, as_day=kind == "date")
        refuse_no_day(value)
    if crosses(value, kind) and not zone:
        assumed(setup, work, by)
    return coerce(value, kind, definition, zone or setup.zone)


def short(rule: FieldRule) -> str:
    """Return the name by which a rule is known to people."""
    return "+".join(name.removeprefix("fields.") for name in rule.source) or (rule.to or "")


def dates_and_number(setup: Setup) -> list[Rule]:
    """Compile the rules for dates and the number, which every ticket has."""
    rules: list[Rule] = []
    settable = setup.any or setup.has(Feature.TICKET_TIMES)
    places = {
        "created": (setup.rules.history.date_fields.created, ("history", "date_fields", "created")),
        "solved": (setup.rules.history.date_fields.solved, ("history", "date_fields", "solved")),
        "number": (setup.rules.provenance.number.field, ("provenance", "number", "field")),
        "url": (
            setup.rules.provenance.url.field if setup.rules.provenance.url else None,
            ("provenance", "url", "field"),
        ),
    }
    for key, (name, path) in places.items():
        if name is not None:
            rules.append(
                _into(
                    setup,
                    key,
                    name,
                    setup.by(".".join(path), *path),
                    settable=settable and key in ("created", "solved"),
                )
            )
    if setup.rules.text.language is not None:
        rules.append(_language(setup, setup.rules.text.language))
    return rules


def _language(setup: Setup, rule: LanguageRule) -> Rule:
    by = setup.by("text.language", "text", "language")
    definition = None if setup.any else setup.target_fields.get(rule.field.casefold())
    kind = definition["type"] if definition is not None else None

    def apply(work: Work) -> None:
        value = rule.value_of(language_of(_first_words(work)))
        if not value:
            return
        try:
            new = written(setup, work, by, rule.field, value, kind, definition, None)
        except MisfitError as error:
            work.findings.add(
                "F102", by, f"{rule.field}: {error}", "Say in `values` what it is called there."
            )
            return
        work.put(rule.field, new, by)

    return apply


def _first_words(work: Work) -> str:
    """Return the subject and what the first message says without what it quotes; that of a customer before that of an agent."""
    case = work.case
    holders = [case, *(case.get("comments") or ())]
    asked = [one for one in holders if one is case or one.get("author") == case.get("requester")]
    for holder in (*asked, *holders):
        html = (holder.get("body") or {}).get("html", "")
        if html:
            found = pieces(parse(html))
            words = own_words(found, quotes(found))
            if words:
                return f"{case.get('subject') or ''} {words}"
    return str(case.get("subject") or "")


def _into(setup: Setup, key: str, name: str, by: str, *, settable: bool) -> Rule:
    definition = None if setup.any else setup.target_fields.get(name.casefold())
    kind = definition["type"] if definition is not None else None

    def apply(work: Work) -> None:
        value = work.case.get(key)
        if is_empty(value):
            return
        try:
            new = written(setup, work, by, name, value, kind, definition, None)
        except MisfitError as error:
            work.findings.add("F102", by, f"{name}: {error}")
            return
        place = work.put(name, new, by, *(() if settable else (key,)))
        if not settable:
            work.fate(key, to(place, by, transformed=new != value))

    return apply
