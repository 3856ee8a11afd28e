"""Whether the projects, groups, brands, components and levels that tickets go to are there, and nobody more sees them."""

from collections.abc import Iterable, Mapping

from ticketferry.mapping.model import Choice, FallbackPlace
from ticketferry.mapping.name_checker import KnownNames, NameChecker, names_of, yaml_key
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import ProjectDef
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.features import Feature

__all__ = ["lint_places"]


def lint_places(check: NameChecker) -> None:
    """Check routes, groups, brands, and what stands for places that the target does not have."""
    _routes(check)
    _places(check)
    _groups_and_brands(check)


def _routes(check: NameChecker) -> None:
    projects = {row["key"]: row for row in check.target.get("projects", ())}
    keys = KnownNames("project", list(projects))
    if Feature.PROJECTS in check.features and not check.any and not check.rules.route:
        check.say(
            "S208",
            (),
            "the target wants a project for every ticket and `route` is missing",
            "Add a route with `when: always`.",
        )
    for index, route in enumerate(check.rules.route):
        here: Path = ("route", index)
        check.choice((*here, "project"), route.project, keys, "project")
        among = [projects[key] for key in route.project.names() if key in projects]
        if not among:
            continue
        where = " or ".join(project["key"] for project in among)
        kinds = [kind for project in among for kind in names_of(project.get("types", ()))]
        check.choice(
            (*here, "issue_type"), route.issue_type, KnownNames(f"issue type in {where}", kinds), "type"
        )
        forms = [
            row["name"]
            for row in check.target.get("forms", ())
            if "project" not in row or row["project"] in {project["key"] for project in among}
        ]
        check.choice(
            (*here, "request_type"), route.request_type, KnownNames(f"request type in {where}", forms), optional=True
        )  # fmt: skip
        _levels(check, (*here, "security"), route.security, among)
        components = [row["name"] for project in among for row in project.get("components", ())]
        check.choice(
            (*here, "component"), route.component, KnownNames(f"component in {where}", components), optional=True
        )  # fmt: skip
    if check.rules.route and all(route.when != "always" for route in check.rules.route):
        check.say(
            "S208", ("route", len(check.rules.route) - 1), "the last route has a condition: a ticket that none takes is rejected",
            "Add a route with `when: always`.",
        )  # fmt: skip
        check.found[-1] = Finding(
            "S208",
            Severity.DOUBT,
            None,
            check.found[-1].where,
            check.found[-1].message,
            check.found[-1].remedy,
        )


def _levels(check: NameChecker, path: Path, rule: Choice | None, projects: list[ProjectDef]) -> None:
    if rule is None:
        return
    for name in rule.names():
        key = next((key for key, given in rule.values.items() if given == name), None)
        _security(check, path if key is None else (*path, "values", key), name, projects)
    if rule.by is not None:
        check.decider(path, rule, "security level", optional=True)


def _security(check: NameChecker, path: Path, name: str | None, projects: Iterable[ProjectDef]) -> None:
    levels = [level["name"] for project in projects for level in project.get("security", ())]
    if name is not None and not levels and not check.any and check.target.get("projects"):
        check.say(
            "S205",
            path,
            f"the target has no security level `{name}`",
            "Create it in the target: without it people could see more.",
        )
        return
    check.must(path, name, KnownNames("security level", levels))


def _places(check: NameChecker) -> None:
    """Check what stands for projects, components and levels of the source in a target that has none."""
    projects = check.source.get("projects", ())
    groups = KnownNames("group", names_of(check.target.get("groups", ())))
    brands = KnownNames("brand", names_of(check.target.get("brands", ())))
    sections: tuple[tuple[str, Mapping[str, FallbackPlace], KnownNames], ...] = (
        ("projects", check.rules.projects, KnownNames("project", [row["key"] for row in projects])),
        (
            "components",
            check.rules.components,
            KnownNames("component", [each["name"] for row in projects for each in row.get("components", ())]),
        ),
        (
            "security",
            check.rules.security,
            KnownNames(
                "security level", [each["name"] for row in projects for each in row.get("security", ())]
            ),
        ),
    )
    for section, table, known in sections:
        for key, place in table.items():
            if key != "*":
                check.source_name((section, key), key, known)
            check.must((section, key, "group"), place.group, groups)
            check.must((section, key, "brand"), place.brand, brands)
    restricted = {row["name"].casefold() for row in check.target.get("groups", ()) if row.get("restricted")}
    if check.any or Feature.PROJECTS in check.features:
        return
    for level in sections[2][2].names:
        key = next((key for key in check.rules.security if key.casefold() == level.casefold()), "*")
        decided = check.rules.security.get(key)
        if decided is None or (decided.group or "").casefold() not in restricted:
            check.say(
                "S210", ("security", key) if decided is not None else (),
                f"nothing that fewer agents see stands for the security level `{level}`",
                f"Add `{yaml_key(level)}: {{group: NAME}}` to security, with a group whose tickets only its members see.",
            )  # fmt: skip


def _groups_and_brands(check: NameChecker) -> None:
    projects = check.target.get("projects", [])
    components = KnownNames(
        "component", [row["name"] for project in projects for row in project.get("components", ())]
    )
    names = KnownNames("group", names_of(check.source.get("groups", ())))
    for key, rule in check.rules.groups.items():
        if key != "*":
            check.source_name(("groups", key), key, names)
        check.must(("groups", key, "component"), rule.component, components)
        _security(check, ("groups", key, "security"), rule.security, projects)
    brands = KnownNames("brand", names_of(check.source.get("brands", ())))
    for key in check.rules.brands:
        if key != "*":
            check.source_name(("brands", key), key, brands)
