"""Rules that give a field what its type never takes: a number for a day, an address for a choice."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.transforms import MisfitError, coerce, is_empty
from ticketferry.mapping.work import SYSTEM_TARGETS, Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.languages import LANGUAGES
from ticketferry.sdk.values import is_day, moment_of

__all__ = ["Misfit", "misfits", "refuse_no_day"]

_DAY, _MOMENT = "2026-01-02", "2026-01-02T03:04:05Z"
_TEXTS = frozenset({"text", "textarea", "regexp"})
_TYPED = _TEXTS | {"integer", "decimal", "date", "datetime", "checkbox", "labels", "url"}
"""Types that a text of ours is tried against; the others hold accounts, records, choices and what the product counts itself."""
_NAMES = (
    "number",
    "url",
    "stage",
    "status",
    "priority",
    "type",
    "form",
    "channel",
    "brand",
    "resolution",
    "handled_by",
)
_BY_KIND: dict[str, tuple[Any, ...]] = {
    "date": (_DAY,),
    "datetime": (_MOMENT,),
    "checkbox": (True, False),
    "integer": (0, 1, 12),
    "decimal": (0, 1, 1.5),
    "labels": (["some", "labels"], ["label"]),
}  # fmt: skip
"""Values of each type of a source's field; a type that can hold anything is not here."""


class Misfit(NamedTuple):
    """A rule, and why its field never takes what it gives."""

    path: Path
    message: str
    remedy: str


def refuse_no_day(value: Any) -> None:
    """Raise MisfitError for what is neither a day nor a moment: nothing else says when a ticket is due."""
    if not is_day(value):
        moment_of(value)


def misfits(setup: Setup) -> Iterator[Misfit]:
    """Yield every rule whose field cannot take any value that the rule can give, in the order of the file."""
    rules = setup.rules
    for index, rule in enumerate(rules.fields):
        if rule.to is not None and rule.as_ is not None and rule.to.casefold() not in SYSTEM_TARGETS:
            made = _BY_KIND.get(rule.as_, ())
            if made:
                yield from _tried(setup, ("fields", index, "as"), rule.to, f"`as: {rule.as_}`", made)
        if rule.to is not None and not _changed(rule):
            given = [_given(setup, name) for name in rule.source]
            for name, values in zip(rule.source, given, strict=True):
                if values:
                    yield from _tried(setup, ("fields", index, "to"), rule.to, f"`{name}`", values)
        for name, value in rule.set.items():
            if rule.as_ is None and name.casefold() in SYSTEM_TARGETS:
                yield from _tried(setup, ("fields", index, "set", name), name, f"`{value}`", (value,))
    if rules.channel is not None:
        names = tuple(name for choice in rules.channel.values.values() for name in choice.names())
        channels = names or ("email",)
        yield from _tried(setup, ("channel", "field"), rules.channel.field, "the channel", channels)
    former = rules.people.unlicensed_assignee.field
    if former:
        path: Path = ("people", "unlicensed_assignee", "field")
        yield from _tried(setup, path, former, "a person's name", ("Ann Other",))
    dates, provenance = rules.history.date_fields, rules.provenance
    for key, field in (("created", dates.created), ("solved", dates.solved)):
        if field:
            yield from _tried(setup, ("history", "date_fields", key), field, f"when it was {key}", (_MOMENT,))
    if provenance.number.field:
        path = ("provenance", "number", "field")
        yield from _tried(setup, path, provenance.number.field, "the number", _given(setup, "number"))
    if rules.text.language is not None:
        path, language = ("text", "language", "field"), rules.text.language
        shown = tuple(filter(None, (language.value_of(name) for name in LANGUAGES[:1])))
        yield from _tried(setup, path, language.field, "the language", shown)
    if provenance.url is not None:
        path = ("provenance", "url", "field")
        yield from _tried(setup, path, provenance.url.field, "the address", _given(setup, "url"))


def _changed(rule: FieldRule) -> bool:
    """Tell whether a rule makes other values of those that it reads."""
    made = (rule.as_, rule.expr, rule.regex, rule.split, rule.join)
    return bool(rule.values) or rule.missing is not None or any(part is not None for part in made)


def _given(setup: Setup, name: str) -> tuple[Any, ...]:
    """Return values of the kind that stands at a place of the source's tickets; empty where it may be anything."""
    if name in ("created", "updated", "solved"):
        return (_MOMENT,)
    if name == "number":
        return ("HELP-12",) if setup.source.get("projects") else ("12",)
    if name == "url":
        return ("https://desk.example/12",)
    if name in _NAMES:
        return ("email",)
    key = name.removeprefix("fields.")
    if key == name:
        return ()
    rows = setup.source.get("fields", ())
    kinds = [row["type"] for row in rows if row["key"] == key and row.get("of", "ticket") == "ticket"]
    return _BY_KIND.get(kinds[0], ()) if kinds else ()


def _tried(setup: Setup, path: Path, field: str, what: str, values: tuple[Any, ...]) -> Iterator[Misfit]:
    own = SYSTEM_TARGETS.get(field.casefold())
    definition = None if setup.any else setup.target_fields.get(field.casefold())
    if own is None and definition is None:
        return
    kind = "due date" if own is not None or definition is None else definition["type"]
    if own is None and kind not in _TYPED and path[0] in ("fields", "channel", "text"):
        return  # which choice stands for a value is held against the options themselves
    for value in values:
        try:
            if own is not None:
                refuse_no_day(value)
            elif kind not in _TYPED:
                raise MisfitError("an account, a record or a choice is no text")
            elif kind == "url" and value != "https://desk.example/12":
                raise MisfitError("no address")
            elif is_empty(coerce(value, kind, definition, "UTC")):
                continue
        except MisfitError:
            continue
        return
    shown = definition["name"] if definition is not None and own is None else field
    yield Misfit(
        path,
        f"`{shown}` is a {kind} and never takes {what}",
        "Name a field of text for it, or take the rule out."
        if kind not in _TEXTS
        else "Name another field, or take the rule out.",
    )
