"""Rules by name: the first that fits chooses, and what it says may depend on a condition or on another field."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from ticketferry.mapping.condition_values import Subject, accessor
from ticketferry.mapping.conditions import text_of
from ticketferry.mapping.model import Choice
from ticketferry.mapping.sections.part import REFUSING, REJECT
from ticketferry.mapping.work import Setup, Work, to
from ticketferry.sdk.trace import join_path

__all__ = [
    "Chosen",
    "NameTable",
    "Pick",
    "compile_choice",
    "decided_by",
    "is_open_project",
    "key_of",
    "leaf_of",
    "refuse_undecided",
    "status_key",
    "told_of",
]


_TABLES = frozenset({"status", "priority", "type", "form"})
"""Sections in which a ticket without a value has a rule of its own."""


class Chosen(NamedTuple):
    """What a rule chose. `name`: None where it decides nothing, `fail` or `reject` where the mapping says so; `by`: the rule as people read it, `at`: the
    line that decided; `field`: the field whose value decided, "" where the rule gives the name itself.
    """

    name: str | None
    by: str
    field: str = ""
    at: str = ""

    @property
    def decided(self) -> bool:
        """Tell whether there is a name."""
        return self.name is not None and self.name not in REFUSING


Pick: TypeAlias = Callable[[Subject], Chosen]


def compile_choice(setup: Setup, rule: Choice, *path: str | int) -> Pick:
    """Compile a rule for a name that stands at `path`."""
    label = ".".join(str(step) for step in path)
    given = _by_field(setup, rule, label, path) if rule.by is not None else None
    always = _chosen(setup, rule.to, label, path)
    if rule.when is None:
        return given if given is not None else lambda _subject: always
    check = setup.condition(rule.when, (*path, "when"))
    otherwise = _chosen(setup, rule.otherwise, label, (*path, "else"))

    def pick(subject: Subject) -> Chosen:
        if not check(subject):
            return otherwise
        return always if given is None else given(subject)

    return pick


def _chosen(
    setup: Setup, name: str | None, label: str, path: tuple[str | int, ...], field: str = ""
) -> Chosen:
    return Chosen(name, setup.by(label, *path), field, setup.mapping.at(*path))


def _by_field(setup: Setup, rule: Choice, label: str, path: tuple[str | int, ...]) -> Pick:
    by = rule.by or ""
    read = accessor(by, lambda _path, _message: None, path)
    field = by.removeprefix("fields.") if by.startswith("fields.") else ""
    table = {
        key.casefold(): _chosen(setup, name, label, (*path, "values", key), by)
        for key, name in rule.values.items()
    }
    undecided = _chosen(setup, None, label, (*path, "by"), by)
    others = table.get("*", undecided)
    empty = others
    if rule.missing is not None:
        empty = _chosen(setup, rule.missing, label, (*path, "missing"), by)

    def pick(subject: Subject) -> Chosen:
        value = None if read is None else read(subject)
        items = value if isinstance(value, list) else [value]
        words: set[str] = set()
        for item in items:
            if item not in (None, ""):
                words.add(text_of(item).casefold())
                if field:
                    words.add(setup.shown(field, item).casefold())
        if not words:
            return empty
        if len(words) == 1:
            return table.get(next(iter(words)), others)
        return next((chosen for key, chosen in table.items() if key in words), others)

    return pick


def key_of(
    table: Mapping[str, Choice], value: str | None, folded: Mapping[str, str] | None = None
) -> str | None:
    """Find the key of a table for a value: its name, `none` for an absent one, `"*"` for the others, and for an absent one as well where another
    field decides about the others.

    `folded`: its keys by their small letters, where they were made already.
    """
    if value is None:
        if "none" in table:
            return "none"
        return "*" if "*" in table and table["*"].by is not None else None
    if value in table:
        return value
    folded = {key.casefold(): key for key in table} if folded is None else folded
    return folded.get(value.casefold(), "*" if "*" in table else None)


class NameTable:
    """A compiled table of names: `priority`, `type`, `form`."""

    def __init__(self, setup: Setup, section: str, table: Mapping[str, Choice]) -> None:
        self._table = table
        self._folded = {key.casefold(): key for key in table}
        self._picks = {key: compile_choice(setup, choice, section, key) for key, choice in table.items()}

    def __bool__(self) -> bool:
        return bool(self._table)

    def of(self, subject: Subject, value: str | None) -> Chosen | None:
        """Return what a value of a ticket becomes; None where no rule decides it."""
        key = key_of(self._table, value, self._folded)
        return None if key is None else self._picks[key](subject)

    def plain(self, value: str) -> str | None:
        """Return what a value becomes in every ticket; None where that depends on the ticket, or no rule decides it."""
        key = key_of(self._table, value, self._folded)
        return None if key is None else self._table[key].plain


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


def told_of(chosen: Chosen) -> str:
    """Say of a rule that decides nothing which field it asked."""
    if chosen.name == "fail" or not chosen.field:
        return "the mapping says fail"
    return f"`{chosen.field}` of the ticket has no value, or one that the rule does not name"


def decided_by(work: Work, chosen: Chosen, place: str) -> None:
    """Say of a field of the source that it decided about a place of the target, where no other rule says more of it."""
    key = chosen.field.removeprefix("fields.")
    if key != chosen.field and (work.case.get("fields") or {}).get(key) not in (None, "", [], {}):
        leaf = f"{work.head}.{leaf_of(chosen.field)}"
        if leaf not in work.fates:
            work.fates[leaf] = to(place, chosen.by, transformed=True)


def leaf_of(field: str) -> str:
    """Return the path in a ticket of what `by` names."""
    key = field.removeprefix("fields.")
    return field if key == field else join_path("fields", key)


def refuse_undecided(
    work: Work, setup: Setup, section: str, value: str | None, chosen: Chosen | None
) -> None:
    """Reject a ticket for which a table gives no name, or for which it says `reject`."""
    if chosen is not None and chosen.name == REJECT:
        work.refuse(
            "S202", chosen.at, f"{_shown(section, value, chosen)}: the mapping rejects such tickets", "Give it a name where they shall go."
        )  # fmt: skip
        return
    if chosen is not None and chosen.name == "fail":
        work.refuse(
            "S201",
            chosen.at,
            f"{_shown(section, value, chosen)}: the mapping says fail",
            "Put a name in place of `fail`.",
        )
        return
    if chosen is not None and chosen.field:
        work.refuse(
            "S201", chosen.at, f"{section} is not decided: {told_of(chosen)}",
            "Add the value to `values`, or `missing`.",
        )  # fmt: skip
        return
    work.refuse(
        "S201", setup.mapping.at(section), f"{section} `{value}` is not decided", f"Add it to `{section}`."
    )


def _shown(section: str, value: str | None, chosen: Chosen) -> str:
    if chosen.field:
        return f"{section} by `{chosen.field}`"
    if value is not None:
        return f"{section} `{value}`"
    return f"{section} none" if section in _TABLES else section


def is_open_project(setup: Setup, project: str | None) -> bool:
    """Tell whether everybody with access sees a project of the target."""
    return any(row["key"] == project and row.get("open", False) for row in setup.target.get("projects", ()))
