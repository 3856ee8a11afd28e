"""Fields, options and statuses that a plan would make under a name that is one with another's for the target: several of one name, or one there."""

from collections.abc import Callable, Iterator, Sequence

from ticketferry.mapping.codes import finding
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.naming import NameKind

__all__ = ["made_names"]

_WORDS = {"field": "fields", "option": "options", "status": "statuses"}
_KINDS: dict[str, NameKind] = {"field": "field", "option": "option", "status": "field"}


def made_names(
    definitions: Sequence[Record], target: Catalog, name_key: Callable[[NameKind, str], str]
) -> Iterator[Finding]:
    """Yield a blocker for each name that the plan would make twice, or next to one that the target has.

    `target`: what the target defines now. Letters of either case, blanks and dots at the end tell nobody two entries apart.
    """
    there = {
        (what, of, name_key(_KINDS[what], name)): (id_, name) for what, of, id_, name in _entries(target)
    }
    made: dict[tuple[str, str, str], str] = {}
    for record in definitions:
        what, of, name = record["what"], record.get("field", ""), record["name"]
        key = (what, of, name_key(_KINDS[what], name))
        if not key[2]:
            continue
        word = _WORDS[what] + (f" of the field {of!r}" if of else "")
        if key in there:
            id_, shown = there[key]
            yield finding(
                "P321", record["ref"], word,
                f"{name!r} is to be made, and {shown!r} (number {id_}) is there already: nobody could tell them apart",
                f"Write {shown!r} in the mapping where it says {name!r}: they are one. Or give it another name there, such as '{name} (2)'."
                " Left out: take the rule off that names it.",
            )  # fmt: skip
        elif key in made:
            yield finding(
                "P320", record["ref"], word,
                f"{name!r} and {made[key]!r} are both to be made: nobody could tell them apart",
                f"Write the same name in both places of the mapping: they are one. Or give one another name, such as '{name} (2)'."
                " Left out: take one of the rules off.",
            )  # fmt: skip
        made.setdefault(key, name)


def _entries(target: Catalog) -> Iterator[tuple[str, str, str, str]]:
    for row in target.get("fields", ()):
        if row.get("of", "ticket") != "ticket":
            continue
        yield "field", "", str(row["id"]), row["name"]
        for option in row.get("options", ()):
            yield "option", row["name"], str(option.get("id", option["value"])), option["name"]
    for status in target.get("statuses", ()):
        yield "status", "", str(status["id"]), status["name"]
