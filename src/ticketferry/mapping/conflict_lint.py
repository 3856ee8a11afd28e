"""Whether the fields of which a mapping says who wins are there: a misspelt one would leave the work of people unprotected."""

from typing import Any

from ticketferry.mapping.name_checker import KnownNames, NameChecker
from ticketferry.mapping.near import near
from ticketferry.schema.records import MODELS
from ticketferry.schema.refs import Kind
from ticketferry.schema.vectors import VOLATILE

__all__ = ["lint_conflicts"]

_ROOTS = (Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP)
_WORDS = frozenset(word for kind in _ROOTS for word in MODELS[kind].__annotations__) - VOLATILE - {"fields"}
"""What is compared of records that are moved, one entry a key (`schema.vectors.comparable`); custom fields have entries of their own."""


def lint_conflicts(check: NameChecker) -> None:
    """Complain of entries of `conflicts.fields` that no record has: neither a key of records nor a custom field, as the target's records call it."""
    rows: list[Any] = list(check.target.get("fields", ()))
    keys = {row["key"] for row in rows}
    shown = {str(row["name"]).casefold(): row["key"] for row in rows}
    for name in check.rules.conflicts.fields:
        own = name.removeprefix("fields.")
        path = ("conflicts", "fields", name)
        if own in keys or (own == name and own in _WORDS):
            continue
        if own.casefold() in shown:
            key = shown[own.casefold()]
            _refuse(check, name, f"did you mean `fields.{key}`?")
        elif check.any:
            _like_a_word(check, name)
        elif keys:
            names = [*(f"fields.{key}" for key in keys), *(() if own != name else _WORDS)]
            check.must(path, name, KnownNames("field", sorted(names)))
        elif own == name:
            check.must(path, name, KnownNames("field", sorted(_WORDS)))


def _like_a_word(check: NameChecker, name: str) -> None:
    """Complain of a name that reads like a key of records, where every field may be there."""
    theirs = {row[word] for row in check.source.get("fields", ()) for word in ("key", "name")}
    written = {rule.to for rule in check.rules.fields}
    guess = "" if name.startswith("fields.") or name in theirs | written else near(name, sorted(_WORDS), 0.75)
    if guess:
        _refuse(check, name, f"did you mean `{guess}`?")


def _refuse(check: NameChecker, name: str, hint: str) -> None:
    check.say(
        "S205",
        ("conflicts", "fields", name),
        f"the target has no field `{name}`: {hint}",
        "Correct the name.",
    )
