"""Rules for projects, components and security levels in a target that has none of them: a group, a brand, a tag stand for them."""

from collections.abc import Mapping

from ticketferry.mapping import expressions
from ticketferry.mapping.model import FallbackPlace
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.sdk.features import Feature

__all__ = ["compile_places", "compile_unseen"]

_SECTIONS = ("project", "components", "security")
"""Keys of a ticket, in the order in which a later one's group and brand win over those before it."""


def compile_places(setup: Setup) -> list[Rule]:
    """Compile the sections; comes after the people, since an assignee decides about the group. Nothing where the target has projects."""
    if setup.any or setup.has(Feature.PROJECTS):
        return []
    groups = {row["name"].casefold(): row for row in setup.target.get("groups", ())}
    brands = {row["name"].casefold(): row["name"] for row in setup.target.get("brands", ())}
    tables = {
        "project": setup.rules.projects,
        "components": setup.rules.components,
        "security": setup.rules.security,
    }
    setup.fates["ticket[].components"] = keep("components")
    desk = setup.target.get("desk", "")

    def put(work: Work, section: str, name: str, place: FallbackPlace, by: str, path: str) -> tuple[str, ...]:
        """Write what stands for a name and return the places of the target that tell of it."""
        carried_by: list[str] = []
        group = groups.get((place.group or "").casefold())
        if group is not None and section == "security":
            _enclose(work, f"{desk}:group:{group['id']}")
            work.claim("group", work.desired["group"], by, path)
            carried_by.append("group")
        elif group is not None and "assignee" not in work.desired:
            work.desired["group"] = f"{desk}:group:{group['id']}"
            work.claim("group", work.desired["group"], by, path)
            carried_by.append("group")
        brand = brands.get((place.brand or "").casefold())
        if brand is not None:
            work.desired["brand"] = brand
            work.claim("brand", brand, by, path)
            carried_by.append("brand")
        if place.label:
            label = _rendered(work, place.label, name, by)
            if label:
                work.tags.append(label)
                carried_by.append("tags")
        return tuple(carried_by)

    def rule(work: Work) -> None:
        for section in _SECTIONS:
            value, table = work.case.get(section), tables[section]
            if not value:
                continue
            key = section if section != "project" else "projects"
            names = value if isinstance(value, list) else [value]
            for index, name in enumerate(names):
                decided = _decided(table, name)
                path = f"{section}[{index}]" if isinstance(value, list) else section
                if decided is None:
                    continue
                by = setup.by(f"{key}.{decided}", key, decided)
                carried_by = put(work, section, name, table[decided], by, path)
                if carried_by:
                    work.fate(path, to(carried_by[-1], by, transformed=True))
            if isinstance(value, list):
                work.settle(section)
        _tell(work, groups, tables["security"])

    return [rule]


def compile_unseen(setup: Setup) -> list[Rule]:
    """Count tickets that no customer sees today, since their desk's portal shows only those with a form, and that customers will see.

    Nothing where no project of the source has a portal.
    """
    portals = {row["key"] for row in setup.source.get("projects", ()) if row.get("desk_id")}
    if setup.any or not portals:
        return []

    def rule(work: Work) -> None:
        case, desired = work.case, work.desired
        if case.get("form") or case.get("project") not in portals:
            return
        if setup.has(Feature.PROJECTS) and not desired.get("form"):
            return  # nor does the portal of the target show it
        comments = case.get("comments") or ()
        has_public = case.get("body") or any(comment.get("public") is True for comment in comments)
        if not has_public and not setup.has(Feature.PROJECTS):
            return  # a ticket without any public word is seen by agents only
        people = [case.get("requester"), *(case.get("ccs") or ())]
        records = [setup.lookups.record(ref) or {} for ref in people if ref]
        customers = [record for record in records if record.get("account") == "customer"]
        if customers or desired.get("organization"):
            name = customers[0].get("name", "a customer") if customers else "its organization"
            work.visible.append(f"a ticket without a request type, which no portal shows, is shown to {name}")

    return [rule]


def _decided(table: Mapping[str, FallbackPlace], name: str) -> str | None:
    folded = {key.casefold(): key for key in table}
    return folded.get(name.casefold(), "*" if "*" in table else None)


def _enclose(work: Work, group: str) -> None:
    """Put a ticket into the group that may see it. Whoever was assigned need not be in it, so nobody is."""
    assignee = work.desired.pop("assignee", None)
    if assignee is not None:
        work.findings.add(
            "P312", f"{work.head}.assignee", "the group of a security level takes the ticket: its assignee need not be in it"
        )  # fmt: skip
        work.fate("assignee", keep("security: its group takes the ticket"))
        work.kept.setdefault(f"{work.head}.assignee", work.case.get("assignee"))
    work.desired["group"] = group


def _tell(work: Work, groups: Mapping[str, object], table: Mapping[str, FallbackPlace]) -> None:
    """Count a ticket whose level nothing in the target stands for: more people would see it."""
    level = work.case.get("security")
    if not level:
        return
    decided = _decided(table, level)
    group = groups.get((table[decided].group or "").casefold()) if decided is not None else None
    if not isinstance(group, Mapping) or not group.get("restricted"):
        work.visible.append(f"a ticket of the security level {level} goes to a place that every agent reads")


def _rendered(work: Work, source: str, name: str, by: str) -> str:
    try:
        return expressions.render(expressions.compile_template(source), {"name": name}).strip()
    except expressions.ExpressionError as error:
        work.findings.add("F104", by, f"the label could not be made: {error}")
        return ""
