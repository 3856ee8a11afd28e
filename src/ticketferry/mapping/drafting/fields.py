"""Proposals for fields and their options. A field of the target is given to one field of the source: to the one whose name is most like its own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection, used
from ticketferry.mapping.drafting.meaning import likeness
from ticketferry.mapping.drafting.proposing import FLOOR, SURE, DraftDecision, Proposal, by_name, decide
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.catalog import Catalog, FieldDef

__all__ = ["TargetFields", "draft_fields"]

_FITS: Mapping[str, tuple[str, ...]] = {
    "select": ("select", "cascading"), "multiselect": ("multiselect", "labels"), "checkbox": ("checkbox", "select", "multiselect"),
    "integer": ("integer", "decimal", "text"), "decimal": ("decimal", "text"), "date": ("date", "text"),
    "datetime": ("datetime", "date", "text"), "text": ("text", "textarea"), "textarea": ("textarea",),
    "regexp": ("text", "regexp", "textarea"), "cascading": ("cascading",), "labels": ("labels",), "url": ("url", "text"),
    "card": (),
}  # fmt: skip
"""Type of the source -> types that take its values, the best first."""
_CHOICES = frozenset({"select", "multiselect", "cascading"})
_OTHER_TYPE = 3
_WRITTEN = 60
"""A field that is less alike stands in a comment only."""


class _Pair(NamedTuple):
    score: int
    source: str
    target: str
    why: str


class TargetFields:
    """The target's fields of tickets by name; each can be given away once."""

    def __init__(self, target: Catalog) -> None:
        self.rows: dict[str, FieldDef] = {}
        for row in target.get("fields", ()):
            if row.get("of", "ticket") == "ticket" and row.get("active", True):
                self.rows.setdefault(row["name"], row)
        self.given: dict[str, str] = {}

    def take(self, owner: str, types: Sequence[str], *names: str) -> Proposal | None:
        """Give a free field of one of these types to something of a ticket's own that is called so; only where the name is sure."""
        free = [name for name, row in self.rows.items() if name not in self.given and row["type"] in types]
        found = by_name(names[0], free, *names[1:], floor=SURE)
        if not found:
            return None
        self.given[found[0].name] = owner
        return found[0]


def draft_fields(source: Catalog, fields: TargetFields, use: UseCounts | None) -> DraftSection:
    """Return the section `fields`: a rule for each field that has one in the target, a comment for each that has none."""
    rows = [row for row in source.get("fields", ()) if row.get("of", "ticket") == "ticket"]
    pairs = _pairs(rows, fields)
    given: dict[str, _Pair] = {}
    for pair in pairs:
        if pair.source not in given and pair.target not in fields.given and pair.score >= _WRITTEN:
            given[pair.source] = pair
            fields.given[pair.target] = f"fields.{pair.source}"
    live: list[DraftEntry] = []
    off: list[DraftEntry] = []
    for row in rows:
        tickets = None if use is None else use.fields[row["key"]]
        best = given.get(row["key"])
        entry = (
            _without(row, fields, [pair for pair in pairs if pair.source == row["key"]], tickets)
            if best is None
            else _with(row, fields.rows[best.target], best, _rivals(best, pairs, fields), tickets, use)
        )
        (off if entry.off else live).append(entry)
    return DraftSection("fields", ("fields:",), (*live, *off), listed=True)


def _pairs(rows: Iterable[FieldDef], fields: TargetFields) -> list[_Pair]:
    found = []
    for row in rows:
        for name, other in fields.rows.items():
            rank = _rank(row, other)
            if rank is None:
                continue
            alike = max(
                (likeness(each, name) for each in {row["name"], row["key"]}), key=lambda each: each.score
            )
            score = alike.score - (_OTHER_TYPE if rank and alike.score < 97 else 0)
            if score >= FLOOR:
                found.append(_Pair(score, row["key"], name, alike.why))
    return sorted(found, key=lambda pair: (-pair.score, pair.source, pair.target))


def _rank(row: FieldDef, other: FieldDef) -> int | None:
    """Return how well a type takes the values of another (0: best); None where it does not."""
    fits = _FITS.get(row["type"], (row["type"],))
    if other["type"] not in fits:
        return None
    if (
        row["type"] == "select"
        and other["type"] == "cascading"
        and not any("::" in o["name"] for o in row.get("options", ()))
    ):
        return None
    return fits.index(other["type"])


def _rivals(best: _Pair, pairs: Iterable[_Pair], fields: TargetFields) -> tuple[Proposal, ...]:
    """Return the other fields that nobody else has and that are as near."""
    return tuple(
        Proposal(pair.target, pair.score, pair.why)
        for pair in pairs
        if pair.source == best.source and pair.target != best.target and fields.given.get(pair.target) is None
    )


def _with(
    row: FieldDef,
    other: FieldDef,
    best: _Pair,
    rivals: tuple[Proposal, ...],
    tickets: int | None,
    use: UseCounts | None,
) -> DraftEntry:
    decision = decide([Proposal(best.target, best.score, best.why), *rivals], "")
    data: dict[str, Any] = {"from": f"fields.{row['key']}", "to": decision.name}
    options: tuple[DraftEntry, ...] = ()
    if other["type"] == "cascading":
        data["as"] = "cascading"
    if not decision.open and row.get("options") and other.get("options"):
        options = _options(row, other, use)
        data["values"] = {entry.key: entry.data for entry in options if not entry.off}
        if any(entry.off for entry in options):
            data["values"]["*"] = "fail"
    name = row["name"] if row["name"] not in (row["key"], best.target) else ""
    return DraftEntry(
        "fields",
        f"fields.{row['key']}",
        data,
        decision,
        tickets,
        off=tickets == 0,
        name=name,
        options=options,
    )


def _options(row: FieldDef, other: FieldDef, use: UseCounts | None) -> tuple[DraftEntry, ...]:
    counts: Mapping[str, int] | None = None if use is None else use.options.get(row["key"], {})
    paths = {
        "::".join(filter(None, (option.get("parent"), option["name"]))): None
        for option in other["options"]
        if option.get("active", True)
    }
    made = []
    for option in row["options"]:
        tickets = None if counts is None else counts.get(option["value"], 0)
        decision = decide(
            by_name(option["name"], paths, option["value"], floor=60),
            f"no option of {other['name']} is like it",
        )
        name = option["name"] if option["name"] not in (option["value"], decision.name) else ""
        made.append(
            DraftEntry(
                f"fields.{row['key']}", option["value"], decision.name, decision, tickets, tickets == 0, name
            )
        )
    return tuple(made)


def _without(row: FieldDef, fields: TargetFields, pairs: Sequence[_Pair], tickets: int | None) -> DraftEntry:
    """Return a comment for a field that gets none: with the nearest, where another has it or its type does not take the values."""
    about = f"fields.{row['key']} ({row['name']}, {row['type']})"
    misfit = max(
        (
            Proposal(name, alike.score, alike.why)
            for name in fields.rows
            if (alike := likeness(row["name"], name)).score >= SURE
        ),
        key=lambda each: each.score,
        default=None,
    )
    if pairs and pairs[0].target in fields.given and pairs[0].score >= _WRITTEN:
        best = pairs[0]
        why = f"{best.target} ({best.score} {best.why}) is taken by {fields.given[best.target]}; kept beside"
    elif misfit is not None and _rank(row, fields.rows[misfit.name]) is None:
        kind = fields.rows[misfit.name]["type"]
        why = f"{misfit.name} ({misfit.score} {misfit.why}) is of type {kind}, which does not take a {row['type']}; kept beside"
    elif pairs:
        why = f"perhaps {pairs[0].target} ({pairs[0].score} {pairs[0].why}); kept beside"
    else:
        why = "no field of that name; kept beside"
    note = f"{about}: {'; '.join(filter(None, (used(tickets), why)))}"
    return DraftEntry(
        "fields", f"fields.{row['key']}", None, DraftDecision(UNDECIDED, 0, why), tickets, off=True, name=note
    )
