"""Rules for where a ticket goes in a target with projects, and who sees it there."""

from typing import NamedTuple

from ticketferry.mapping.choices import (
    Pick,
    compile_choice,
    decided_by,
    is_open_project,
    refuse_undecided,
    told_of,
)
from ticketferry.mapping.conditions import Check
from ticketferry.mapping.model import Choice
from ticketferry.mapping.sections.part import REFUSING, REJECT
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.sdk.features import Feature

__all__ = ["carry", "compile_access", "compile_route"]


class _Routed(NamedTuple):
    check: Check
    by: str
    project: Pick
    issue_type: Pick | None
    request_type: Pick | None
    security: Pick | None
    component: Pick | None


def compile_route(setup: Setup) -> Rule:
    """Compile the routes; a ticket that none takes, or that one takes without deciding a project, is rejected."""

    def pick(choice: Choice | None, *path: str | int) -> Pick | None:
        return None if choice is None else compile_choice(setup, choice, *path)

    routes = [
        _Routed(
            setup.condition(route.when, ("route", index, "when")),
            setup.by(f"route[{index}]", "route", index),
            compile_choice(setup, route.project, "route", index, "project"),
            pick(route.issue_type, "route", index, "issue_type"),
            pick(route.request_type, "route", index, "request_type"),
            pick(route.security, "route", index, "security"),
            pick(route.component, "route", index, "component"),
        )
        for index, route in enumerate(setup.rules.route)
    ]
    if not routes:
        if setup.any:
            return carry("project")
        setup.fates["ticket[].project"] = keep("route")
        return lambda _work: None
    setup.fates["ticket[].project"] = keep("route")
    rows = () if setup.any else setup.target.get("projects", ())
    portals = frozenset(row["key"] for row in rows if row.get("desk_id"))

    def rule(work: Work) -> None:
        for routed in routes:
            if routed.check(work.subject):
                work.route = routed
                project = routed.project(work.subject)
                if project.name == REJECT:
                    refuse_undecided(work, setup, "project", None, project)
                    return
                if not project.decided:
                    work.refuse(
                        "R101",
                        project.at,
                        f"the route decides no project: {told_of(project)}",
                        "Add the value to `values`, or `missing`.",
                    )
                    return
                work.desired["project"] = project.name
                decided_by(work, project, "project")
                form, level, component = (
                    _may_stay_out(work, setup, what, pick)
                    for what, pick in (
                        ("request type", routed.request_type),
                        ("security level", routed.security),
                        ("component", routed.component),
                    )
                )
                if form and work.case.get("public") is False and project.name in portals:
                    message = f"nobody outside sees the ticket: it goes without the request type {form}, which would show it"
                    work.findings.add("V602", f"{work.head}.form", message)
                elif form:
                    work.desired["form"] = form
                if level:
                    work.desired["security"] = level
                if component:
                    work.desired.setdefault("components", []).append(component)
                return
        work.refuse(
            "R101",
            setup.mapping.at("route"),
            "no route takes the ticket",
            "Add a last route with `when: always`.",
        )

    return rule


def _may_stay_out(work: Work, setup: Setup, what: str, pick: Pick | None) -> str | None:
    """Return a name that a ticket can do without; None where the route gives none, or rejects the ticket."""
    chosen = pick(work.subject) if pick is not None else None
    if chosen is not None and chosen.name in REFUSING:
        refuse_undecided(work, setup, what, None, chosen)
        return None
    return chosen.name if chosen is not None else None


def carry(key: str) -> Rule:
    """Compile a rule that writes a ticket's own value as it is."""

    def rule(work: Work) -> None:
        value = work.case.get(key)
        if value is not None:
            work.desired[key] = value
            work.fate(key, to(key, "same name"))

    return rule


def compile_access(setup: Setup) -> Rule:
    """Compile what holds of forms and security levels by name, and the count of tickets that more people would see."""
    # Where tickets live in projects, a form is one of its project's: the route says which.
    forms = (
        {}
        if setup.has(Feature.PROJECTS)
        else {row["name"].casefold(): row["name"] for row in setup.target.get("forms", ())}
    )

    def rule(work: Work) -> None:
        for key in ("form", "security"):
            value = work.case.get(key)
            if value is None:
                continue
            if work.desired.get(key) == value:
                work.fate(key, to(key, "same name"))
            elif key == "form" and key not in work.desired and value.casefold() in forms:
                work.desired[key] = forms[value.casefold()]
                work.fate(key, to(key, "same name"))
            elif key not in work.desired and (setup.any or key == "security"):
                # A level of the same name holds; the target refuses a name that it does not know, so nothing opens.
                work.desired[key] = value
                work.fate(key, to(key, "same name"))
        project = work.desired.get("project")
        if work.restricted and "security" not in work.desired and not setup.any:
            group = setup.lookups.record(work.desired["group"]) if work.desired.get("group") else None
            name = str((group or {}).get("name", ""))
            # A group that is made is made as restricted as it was; one that is there shows what it shows.
            if group is not None and setup.groups.restricted(name) is not False:
                return
            if is_open_project(setup, project):
                place = f"project {project}, which every agent reads"
            elif group is not None:
                place = f"the group {setup.groups.wanted(name)}, which is not restricted in the target"
            else:
                place = "a place without a security level"
            work.visible.append(f"a ticket of a restricted group goes to {place}")

    return rule
