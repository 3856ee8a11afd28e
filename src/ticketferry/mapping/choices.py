"""Rules by name: the first that fits chooses."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ticketferry.mapping.condition_values import accessor
from ticketferry.mapping.conditions import text_of
from ticketferry.mapping.model import ByValue, Choice
from ticketferry.mapping.work import Setup, Work

__all__ = [
    "Pick",
    "by_value",
    "choose",
    "is_open_project",
    "status_key",
]


Pick: TypeAlias = Callable[[Work], str | None]


def choose(
    table: Mapping[str, Choice], value: str | None, folded: Mapping[str, str] | None = None
) -> tuple[str, str] | None:
    """Find key and name for a value of a plain table; `none` for an absent one, `"*"` for the others.

    `folded`: its keys by their small letters, where they were made already.
    """
    if value is None:
        missing = table.get("none")
        return ("none", missing.default) if missing is not None else None
    if value in table:
        return value, table[value].default
    folded = {key.casefold(): key for key in table} if folded is None else folded
    key = folded.get(value.casefold(), "*")
    return (key, table[key].default) if key in table else None


def status_key(setup: Setup, status: str) -> str | None:
    """Find the key of `status:` that decides a source status: its name, `custom:NAME`, its category where it is the standard one, `"*"`.

    A custom status never falls to the rule of its category by itself: it has a name of its own and wants a decision.
    """
    table, folded = setup.rules.status, setup.status_keys
    bare = status.casefold()
    candidates = (bare,) if bare.startswith("custom:") else (bare, f"custom:{bare}")
    for candidate in candidates:
        if candidate in folded and candidate != "*":
            return folded[candidate]
    plain = bare.replace("-", "").replace(" ", "")
    for category in setup.categories.get(bare, ()):
        if category in folded and plain in {category, f"on{category}"}:
            return folded[category]
    return "*" if "*" in table else None


def by_value(setup: Setup, rule: ByValue, *path: str | int) -> Pick:
    """Compile a name, or a choice by another field."""
    if rule.by is None:
        name = rule.name
        return lambda _work: name
    read = accessor(rule.by, lambda _path, _message: None, path)
    if read is None:
        return lambda _work: rule.missing
    field = rule.by.removeprefix("fields.") if rule.by.startswith("fields.") else ""
    folded = {key.casefold(): value for key, value in rule.values.items()}
    others = rule.values.get("*")

    def pick(work: Work) -> str | None:
        value = read(work.subject)
        if isinstance(value, list):
            value = value[0] if value else None
        if value in (None, ""):
            return rule.missing if rule.missing is not None else others
        text = text_of(value)
        exact = folded.get(text.casefold())
        if exact is None and field:
            exact = folded.get(setup.shown(field, text).casefold())
        return exact if exact is not None else others

    return pick


def is_open_project(setup: Setup, project: str | None) -> bool:
    """Tell whether everybody with access sees a project of the target."""
    return any(row["key"] == project and row.get("open", False) for row in setup.target.get("projects", ()))
