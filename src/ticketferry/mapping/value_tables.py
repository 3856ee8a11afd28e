"""The `values` of a field rule: value by value, or over whole paths of a cascade (`Hardware::Router`)."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketferry.mapping.conditions import text_of
from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.work import Setup

__all__ = ["PATH", "ValueTable", "over_paths", "paths_of", "steps_of"]

PATH = "::"
"""What stands between the levels of a cascade."""


def over_paths(rule: FieldRule) -> bool:
    """Tell whether the keys of a rule's `values` are whole paths: one of them has a sign between levels."""
    signs = {PATH, rule.split or PATH}
    cascades = rule.split is None or rule.as_ == "cascading"
    return cascades and any(sign in key for key in rule.values for sign in signs)


def steps_of(text: str, sign: str | None = None) -> list[str]:
    """Return the levels of a path."""
    return [step.strip() for step in text.replace(sign or PATH, PATH).split(PATH) if step.strip()]


def paths_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (value, path) of each option that no other stands below; the path of one that has no parent is its name."""
    options = definition.get("options", ())
    parents = {option["parent"] for option in options if option.get("parent")}
    for option in options:
        if option.get("parent"):
            yield option["value"], f"{option['parent']}{PATH}{option['name']}"
        elif option["value"] not in parents:
            yield option["value"], option["name"]


class ValueTable:
    """A rule's `values`, compiled. Letters of any case; an option by its value or its name."""

    def __init__(self, setup: Setup, rule: FieldRule) -> None:
        self._setup = setup
        self._sign = rule.split
        self.whole = over_paths(rule)
        """Whether a list of levels is looked up as one path."""
        self.optional = list(rule.source) == ["tags"]
        """Whether a value without an entry is no business of the rule: a tag is carried as a tag anyway."""
        self._others = rule.values.get("*")
        self._table = {self._key(key): value for key, value in rule.values.items() if key != "*"}

    def __bool__(self) -> bool:
        return bool(self._table) or self._others is not None

    def _key(self, text: str) -> str:
        return PATH.join(steps_of(text, self._sign)).casefold() if self.whole else text.casefold()

    def find(self, source: str, value: Any) -> str | None:
        """Return what stands for a value, or for a list of levels; None where nothing does, `fail` where the mapping says so.

        A path without an entry of its own gets that of the nearest level above it.
        """
        key = source.removeprefix("fields.") if source.startswith("fields.") else ""
        levels = value if isinstance(value, list) else [value]
        texts = PATH.join(text_of(level) for level in levels)
        shown = PATH.join(self._setup.shown(key, level) if key else text_of(level) for level in levels)
        for text in (texts, shown):
            found = self._found(self._key(text))
            if found is not None:
                return self._split(found)
        return None if self._others is None else self._split(self._others)

    def _found(self, key: str) -> str | None:
        while key:
            if key in self._table:
                return self._table[key]
            if not self.whole or PATH not in key:
                return None
            key = key.rpartition(PATH)[0]
        return self._table.get("")

    def _split(self, name: str) -> str:
        """Write a path of the target as cascades are written, where the rule has a sign of its own."""
        return name.replace(self._sign, PATH) if self.whole and self._sign else name
