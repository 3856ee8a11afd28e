"""Proposals for plain tables: priorities, types, forms, link types."""

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection, flow
from ticketferry.mapping.drafting.meaning import likeness, meaning
from ticketferry.mapping.drafting.proposing import DraftDecision, Proposal, by_name, decide
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.catalog import Catalog

__all__ = ["draft_links", "draft_table"]

_RANKS = ("lowest", "low", "normal", "high", "urgent")
_MIDDLE = {
    "priority": ("Medium", "Normal", "Default"),
    "type": ("Question", "Task"),
    "form": ("Default", "Request", "Support"),
}
_LINKS: Mapping[str, tuple[str, ...]] = {
    "problem_incident": ("Problem/Incident", "problem", "Causes", "Relates"), "follow_up": ("follow_up", "Relates"),
    "relates": ("Relates",), "blocks": ("Blocks",), "merged": ("merged", "Duplicate", "Relates"),
}  # fmt: skip
"""Kind of link -> what link types for it are called, the best first."""


def draft_table(
    section: str,
    sources: Iterable[Mapping[str, Any]],
    targets: Iterable[Mapping[str, Any]],
    use: UseCounts | None,
) -> DraftSection:
    """Return a section in which each name of the source stands once, with what an empty value becomes."""
    rows = list({row["name"].casefold(): row["name"] for row in sources}.values())
    names = list(dict.fromkeys(row["name"] for row in targets if row.get("active", True)))
    if not rows or not names:
        return DraftSection(section)
    entries = []
    middle = decide(_middle(section, names), "no name says that it is the usual one")
    usual = DraftDecision(middle.name, 40, f"no {section} of the target is like it: the usual one")
    for name in rows:
        proposals = by_name(name, names, floor=60)
        if section == "priority" and (not proposals or proposals[0].score < 90):
            proposals = [*_by_rank(name, names), *proposals]
        tickets = None if use is None else use.of(section, name)
        fallback = None if middle.open else (lambda: usual)
        decision = decide(proposals, f"no {section} of the target is like it", fallback)
        entries.append(DraftEntry(section, name, decision.name, decision, tickets))
    none = None if use is None else use.of(section, "")
    entries.append(DraftEntry(section, "none", {"default": middle.name}, middle, none))
    return DraftSection(section, (f"{section}:",), tuple(entries))


def _by_rank(name: str, names: list[str]) -> list[Proposal]:
    """Return the priorities of the nearest rank."""
    rank = _rank(name)
    found = []
    for each in names:
        other = _rank(each)
        if rank is not None and other is not None and abs(rank - other) < 3:
            distance = abs(rank - other)
            found.append(Proposal(each, 90 if not distance else 80 - 12 * distance, "the nearest rank"))
    return found


def _rank(name: str) -> int | None:
    said = meaning(name)
    return next((number for number, concept in enumerate(_RANKS) if concept in said), None)


def _middle(section: str, names: list[str]) -> list[Proposal]:
    wanted = _MIDDLE.get(section, ("Default",))
    if len(names) == 1:
        return [Proposal(names[0], 100, "the only one")]
    for number, name in enumerate(wanted):
        best = max(names, key=lambda each: likeness(name, each).score)
        if likeness(name, best).score >= 90:
            return [Proposal(best, 80 - number, "the usual one")]
    return []


def draft_links(source: Catalog, target: Catalog, use: UseCounts | None) -> DraftSection:
    """Return the section `links`: kinds of links that the target has a type for, and the source's own link types."""
    names = [row["name"] for row in target.get("link_types", ())]
    entries = []
    for kind, wanted in _LINKS.items():
        found = next(
            (Proposal(best[0].name, best[0].score - 3 * number, best[0].why)
             for number, name in enumerate(wanted) if (best := by_name(name, names, floor=85))), None,
        )  # fmt: skip
        tickets = (
            None
            if use is None
            else sum(use.links[each] for each in {kind, *kind.split("_")} if each in use.links)
        )
        if found is not None:
            decision = DraftDecision(found.name, found.score, found.why)
            entries.append(DraftEntry("links", kind, found.name, decision, tickets))
    types: dict[str, str] = {}
    for row in source.get("link_types", ()):
        if names and row["name"].casefold() not in {*_LINKS, "problem", "incident", "parent"}:
            decision = decide(by_name(row["name"], names, floor=60), "no link type of the target is like it")
            tickets = None if use is None else use.links[row["name"]]
            if decision.score or not decision.open:
                types[row["name"]] = decision.name
                entries.append(DraftEntry("links", f"types.{row['name']}", decision.name, decision, tickets))
    plain = tuple(entry for entry in entries if not entry.key.startswith("types."))
    after = (f"  types: {flow(types)}",) if types else ()
    return DraftSection("links", ("links:",), plain, after=(*after, "  unmigrated: text"))
