"""Values that the mapping drops, looked for in every string of the target's records: shown, hidden and ours."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ticketferry.sdk.witness import Facts, Wire, WitnessText
from ticketferry.witness.rules import Dropped

__all__ = ["found_again", "not_looked_for", "strings"]

LEAST = 4
"""Shorter values stand in other texts by chance."""


def found_again(
    source: Facts,
    passages: list[WitnessText],
    wires: list[Wire],
    target: Facts,
    theirs: list[Wire],
    dropped: Dropped,
) -> Iterator[tuple[str, str]]:
    """Yield (field, what was seen) of every dropped value and tag that stands in the target. `passages`: what people wrote themselves."""
    gone = {
        value: key
        for key, values in source.named.items()
        if key in dropped
        for value in values
        if len(value) >= LEAST and not any(value in one.text for one in passages)
    }
    kept = {value for key, values in source.named.items() if key not in dropped for value in values}
    gone = {value: key for value, key in gone.items() if value not in kept}
    if noted := [value for value, key in gone.items() if not key.startswith("fields.")]:
        # What the old desk noted may stand elsewhere in its own right: the place of a call.
        told = [one for wire in wires for one in strings(wire.body)]
        for value in noted:
            if any(value in text and gone[value] not in path for path, text in told):
                del gone[value]
    if gone:
        for wire in theirs:
            for path, text in strings(wire.body):
                for value, key in list(gone.items()):
                    if value in text:
                        del gone[value]
                        yield (
                            key,
                            f"the mapping drops it, and it stands in {wire.ref.kind.value} {wire.ref.id}: {path}",
                        )
    tags = {tag.casefold() for tag in target.named.get("tags", ())}
    for tag in source.named.get("tags", ()):
        if tag.casefold() in tags and any(
            fnmatchcase(tag.casefold(), pattern.casefold()) for pattern in dropped.rules.dropped_tags
        ):
            yield "tags", f"the mapping drops the tag {tag}, and it is there"


def not_looked_for(source: Facts, dropped: Dropped) -> Iterator[str]:
    """Name what the mapping drops and the witness does not look for in this ticket, and why."""
    for name, when in dropped.unsure.items():
        if source.named.get(name) or not name.startswith("fields."):
            yield f"whether {name} is dropped: its condition asks for {when}"
    for name in sorted(dropped.names):
        if not name.startswith(("fields.", "metadata.")) and name not in ("subject", "tags", "solved"):
            yield f"the dropped {name}: only fields, subjects, tags and times are looked for"
    short = sorted(
        key
        for key, values in source.named.items()
        if key in dropped and any(0 < len(value) < LEAST for value in values)
    )
    for name in short:
        yield f"values of the dropped {name} with fewer than {LEAST} signs: they stand in other texts by chance"


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and number of a record with its path."""
    stack: list[tuple[str, Any]] = [(path, value)]
    while stack:
        at, item = stack.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                stack.append((f"{at}.{key}" if at else str(key), inner))
        elif isinstance(item, list):
            for number, inner in enumerate(item):
                stack.append((f"{at}[{number}]", inner))
        elif isinstance(item, str):
            yield at, item
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield at, str(item)
