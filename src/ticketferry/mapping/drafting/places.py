"""Proposals for groups, brands, projects, components and security levels."""

from collections.abc import Iterator, Mapping

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection
from ticketferry.mapping.drafting.meaning import letters
from ticketferry.mapping.drafting.proposing import SURE, DraftDecision, by_name, decide
from ticketferry.mapping.drafting.routes import Routes
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.catalog import Catalog, GroupDef

__all__ = ["draft_brands", "draft_groups", "draft_places"]


def draft_groups(source: Catalog, target: Catalog, routes: Routes, use: UseCounts | None) -> DraftSection:
    """Return the section `groups`: groups of another name in a target that has groups, else components and security levels."""
    rows = list({row["name"]: row for row in source.get("groups", ())}.values())
    made = _teams(rows, target, use) if target.get("groups") else _components(rows, target, routes, use)
    entries = tuple(made)
    return DraftSection("groups", ("groups:",) if entries else (), entries)


def _teams(rows: list[GroupDef], target: Catalog, use: UseCounts | None) -> Iterator[DraftEntry]:
    names = [row["name"] for row in target.get("groups", ())]
    for row in rows:
        found = by_name(row["name"], names, floor=60)
        if found and found[0].score == 100:
            continue  # a group goes to the one of its name by itself
        tickets = None if use is None else use.of("group", row["name"])
        decision = decide(found, "the target has no group like it: its name is kept beside")
        if found:
            yield DraftEntry(
                "groups", row["name"], {"team": decision.name}, decision, tickets, off=tickets == 0
            )


def _components(
    rows: list[GroupDef], target: Catalog, routes: Routes, use: UseCounts | None
) -> Iterator[DraftEntry]:
    projects = target.get("projects", ())
    components = [row["name"] for project in projects for row in project.get("components", ())]
    for row in rows:
        tickets = None if use is None else use.of("group", row["name"])
        if row.get("restricted"):
            known = routes.levels.get(row["name"])
            decision = (
                known[1]
                if known is not None
                else DraftDecision(UNDECIDED, 0, "restricted: without a level more people see its tickets")
            )
            yield DraftEntry("groups", row["name"], {"security": decision.name}, decision, tickets)
            continue
        found = by_name(row["name"], components, floor=SURE)
        if found:
            decision = decide(found, "")
            yield DraftEntry(
                "groups", row["name"], {"component": decision.name}, decision, tickets, off=tickets == 0
            )


def draft_brands(source: Catalog, target: Catalog, use: UseCounts | None) -> DraftSection:
    """Return the section `brands`: a label where several brands meet in a target that has none."""
    rows = source.get("brands", ())
    if len(rows) < 2 or target.get("brands"):
        return DraftSection("brands")
    entries = []
    for row in rows:
        label = letters(row["name"]) if letters(row["name"]).isascii() else f"brand-{row['id']}"
        tickets = None if use is None else use.of("brand", row["name"])
        decision = DraftDecision(label, 100, "the target has no brands: a label keeps them apart")
        entries.append(
            DraftEntry("brands", row["name"], {"label": label}, decision, tickets, off=tickets == 0)
        )
    return DraftSection("brands", ("brands:",), tuple(entries))


def draft_places(source: Catalog, target: Catalog, use: UseCounts | None) -> Iterator[DraftSection]:
    """Yield the sections that stand for projects, components and levels of the source in a target without them."""
    projects = source.get("projects", ())
    if target.get("projects") or not projects:
        return
    groups: Mapping[str, GroupDef] = {row["name"]: row for row in target.get("groups", ())}
    brands = [row["name"] for row in target.get("brands", ())]
    entries = []
    for row in projects:
        group = next(iter(by_name(row["name"], groups, floor=SURE)), None)
        brand = next(iter(by_name(row["name"], brands, floor=SURE)), None)
        data = {"label": row["key"].lower()}
        if brand is not None:
            data = {"brand": brand.name, **data}
        if group is not None:
            data = {"group": group.name, **data}
        best = group or brand
        why = (
            DraftDecision(best.name, best.score, best.why)
            if best
            else DraftDecision(data["label"], 100, "a label keeps them apart")
        )
        tickets = None if use is None else use.of("project", row["key"])
        entries.append(DraftEntry("projects", row["key"], data, why, tickets, name=row["name"]))
    yield DraftSection("projects", ("projects:",), tuple(entries))
    if any(row.get("components") for row in projects):
        yield DraftSection("components", ('components: {"*": {label: "{{ name }}"}}',))
    levels = list(dict.fromkeys(level["name"] for row in projects for level in row.get("security", ())))
    private = [name for name, row in groups.items() if row.get("restricted")]
    found = []
    for level in levels:
        decision = decide(by_name(level, private, floor=60), "no restricted group is called like it")
        tickets = None if use is None else use.of("security", level)
        found.append(DraftEntry("security", level, {"group": decision.name}, decision, tickets))
    head = "security:                               # a private group, or more people see those tickets"
    yield DraftSection("security", (head,) if found else (), tuple(found))
