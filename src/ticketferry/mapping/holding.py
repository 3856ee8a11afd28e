"""A mapping held against both desks as a plan would find them: with what the plan makes, and in tickets where something is missing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.codes import finding
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.made_names import WORDS
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.features import Feature

__all__ = ["BY_HAND", "held_against"]

BY_HAND = frozenset({"S205", "S230"})
"""Codes of what somebody has to make in the target, or to name otherwise."""
_SHOWN = 5
_IN_TICKETS = frozenset({"S201", "S204", "S205", "S207", "S220", "S223", "S224", "S225"})
"""Codes of what is told in tickets."""


def held_against(
    mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature],
    counted: Callable[[], UseCounts | None], taken: Mapping[Path, int] | None = None,
) -> list[Finding]:  # fmt: skip
    """Return what does not hold, and what the plan makes. `counted`: asked for the source's counts where a name is missing; `taken`: place of
    a condition -> tickets that it takes.
    """
    made = missing_definitions(mapping, source, target, features)
    whole = augmented(target, made)
    found = lint(mapping, source, whole, features)
    use = counted() if any(item.code in _IN_TICKETS for item in found) else None
    if use is not None:
        setup = Setup(mapping, source, whole, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))
        found = lint(mapping, source, whole, features, AffectedTickets(setup, use, taken))
    return [*found, *_made(mapping, made)]


def _made(mapping: MappingFile, made: Sequence[Record]) -> Iterator[Finding]:
    """Tell what is made by the plan, each kind once."""
    kinds = Counter(record["what"] for record in made)
    for what, count in kinds.items():
        names = list(dict.fromkeys(record["name"] for record in made if record["what"] == what))
        shown = ", ".join(f"`{name}`" for name in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        yield finding(
            "S231", None, mapping.at("catalog", "create"), f"the target lacks {count} {WORDS[what]}, which a plan makes where tickets need them: {shown}"
        )  # fmt: skip
