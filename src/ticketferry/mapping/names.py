"""Rules for what a ticket is called in the target: status, resolution, type, priority, channel, route, group, brand."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ticketferry.mapping import expressions
from ticketferry.mapping.choices import Pick, by_value, choose, is_open_project, status_key
from ticketferry.mapping.conditions import Check
from ticketferry.mapping.model import GroupRule, RouteRule, StatusRule
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.schema.lifecycle import Stage
from ticketferry.sdk.features import Feature

__all__ = [
    "compile_names",
]


def compile_names(setup: Setup) -> list[Rule]:
    """Compile the rules in the order in which they build on each other."""
    rules = [
        _route(setup),
        _status(setup),
        _type(setup),
        _priority(setup),
        _group(setup),
        _brand(setup),
        _channel(setup),
    ]
    rules.append(_form_and_security(setup))
    if setup.rules.form and not setup.has(Feature.PROJECTS):
        rules.append(_form(setup))
    return rules


class _Routed(NamedTuple):
    check: Check
    rule: RouteRule
    form: Pick
    by: str


def _route(setup: Setup) -> Rule:
    routes = [
        _Routed(
            setup.condition(route.when, ("route", index, "when")),
            route,
            by_value(setup, route.request_type, "route", index, "request_type")
            if route.request_type
            else lambda _work: None,
            setup.by(f"route[{index}]", "route", index),
        )
        for index, route in enumerate(setup.rules.route)
    ]
    if not routes:
        if setup.any:
            return _carry("project")
        setup.fates["ticket[].project"] = keep("route")
        return lambda _work: None
    setup.fates["ticket[].project"] = keep("route")
    rows = () if setup.any else setup.target.get("projects", ())
    portals = frozenset(row["key"] for row in rows if row.get("desk_id"))

    def rule(work: Work) -> None:
        for routed in routes:
            if routed.check(work.subject):
                work.route = routed
                work.desired["project"] = routed.rule.project
                form = routed.form(work)
                if form and work.case.get("public") is False and routed.rule.project in portals:
                    message = f"nobody outside sees the ticket: it goes without the request type {form}, which would show it"
                    work.findings.add("V602", f"{work.head}.form", message)
                elif form:
                    work.desired["form"] = form
                if routed.rule.security:
                    work.desired["security"] = routed.rule.security
                return
        work.refuse(
            "R101",
            setup.mapping.at("route"),
            "no route takes the ticket",
            "Add a last route with `when: always`.",
        )

    return rule


def _carry(key: str) -> Rule:
    def rule(work: Work) -> None:
        value = work.case.get(key)
        if value is not None:
            work.desired[key] = value
            work.fate(key, to(key, "same name"))

    return rule


def _status(setup: Setup) -> Rule:
    compiled: dict[str, tuple[StatusRule, Check | None, Pick | None, str]] = {}
    for name, rule in setup.rules.status.items():
        check = None if rule.when is None else setup.condition(rule.when, ("status", name, "when"))
        pick = (
            None
            if rule.resolution is None
            else by_value(setup, rule.resolution, "status", name, "resolution")
        )
        compiled[name] = (rule, check, pick, setup.by(f"status.{name}", "status", name))
    keys: dict[str, str | None] = {}
    before = {row["name"]: row["stage"] for row in setup.source.get("statuses", ())}
    stages = {row["name"]: row["stage"] for row in setup.target.get("statuses", ())}
    # Where the target can close tickets, a ticket that was closed under a status that only ends others stays closed.
    closable = stages if Stage.CLOSED in stages.values() else {}

    def apply(work: Work) -> None:
        status = work.case.get("status") or work.case.get("stage")
        resolution = work.case.get("resolution")
        if resolution:
            work.fate("resolution", keep("status: the rule gives the resolution"))
        if status is None:
            return
        if status not in keys:
            keys[status] = status_key(setup, status)
        key = keys[status]
        closed = work.case.get("stage") == Stage.CLOSED and "closed" in compiled
        if key in (None, "*") and closed and (status in before or status.startswith("custom:")):
            # Its custom status has no rule: as for every other closed ticket. What no desk defines is nobody's custom status.
            key = "closed"
        if key is None and not compiled and setup.any:
            _same_status(work)
            return
        if key is None or compiled[key][0].to == "fail":
            where = setup.mapping.at("status") if key is None else setup.mapping.at("status", key)
            work.refuse(
                "S201", where, f"status `{status}` is not decided", f"Add `{status}: NAME` to status."
            )
            return
        decided, check, pick, by = compiled[key]
        name = decided.to if check is None or check(work.subject) else (decided.otherwise or decided.to)
        work.desired["status"] = name
        if (setup.any and work.case.get("stage")) or (
            work.case.get("stage") == Stage.CLOSED
            and before.get(status) == Stage.RESOLVED
            and closable.get(name) == Stage.RESOLVED
        ):
            work.desired["stage"] = work.case["stage"]
        work.fate("status", to("status", by, transformed=name != status))
        work.fate("stage", to("stage" if setup.any else "status", by, transformed=not setup.any))
        given = pick(work) if pick is not None else None
        if given:
            work.desired["resolution"] = given
            if resolution == given:
                work.fate("resolution", to("resolution", by))
        elif resolution and pick is None:
            work.desired["resolution"] = resolution
            work.fate("resolution", to("resolution", "same name"))

    return apply


def _same_status(work: Work) -> None:
    for key in ("status", "stage", "resolution"):
        if work.case.get(key) is not None:
            work.desired[key] = work.case[key]
            work.fate(key, to(key, "same name"))


def _type(setup: Setup) -> Rule:
    table = setup.rules.type

    def rule(work: Work) -> None:
        value = work.case.get("type")
        fixed = work.route.rule.issue_type if work.route is not None else None
        if fixed is not None:
            work.desired["type"] = fixed
            same = value == fixed
            work.fate("type", to("type", work.route.by) if same else keep(work.route.by))
            return
        choice = choose(table, value)
        if choice is not None and choice[1] != "fail":
            key, name = choice
            work.desired["type"] = name
            work.fate("type", to("type", setup.by(f"type.{key}", "type", key), transformed=name != value))
        elif choice is not None or (table and value is not None):
            work.refuse(
                "S201", setup.mapping.at("type"), f"type `{value}` is not decided", "Add it to `type`."
            )
        elif value is not None and (setup.any or not table):
            work.desired["type"] = value
            work.fate("type", to("type", "same name"))

    return rule


def _priority(setup: Setup) -> Rule:
    table = setup.rules.priority

    def rule(work: Work) -> None:
        value = work.case.get("priority")
        choice = choose(table, value)
        if choice is not None and choice[1] != "fail":
            key, name = choice
            work.desired["priority"] = name
            work.fate(
                "priority",
                to("priority", setup.by(f"priority.{key}", "priority", key), transformed=name != value),
            )
        elif choice is not None or (table and value is not None):
            work.refuse(
                "S201",
                setup.mapping.at("priority"),
                f"priority `{value}` is not decided",
                "Add it to `priority`.",
            )
        elif value is not None:
            work.desired["priority"] = value
            work.fate("priority", to("priority", "same name"))

    return rule


def _channel(setup: Setup) -> Rule:
    channel = setup.rules.channel
    if channel is None:
        return _carry("channel") if setup.any else lambda _work: None
    folded = {key.casefold(): value for key, value in channel.values.items()}
    by = setup.by("channel", "channel")

    def rule(work: Work) -> None:
        value = work.case.get("channel")
        if value is None:
            return
        name = folded.get(value.casefold(), channel.values.get("*", value))
        work.fate("channel", to(work.put(channel.field, name, by, "channel"), by, transformed=name != value))

    return rule


def _group(setup: Setup) -> Rule:
    table: dict[str, GroupRule] = setup.rules.groups
    folded = {key.casefold(): key for key in table}
    own = setup.any or setup.has(Feature.GROUPS)

    def rule(work: Work) -> None:
        ref = work.case.get("group")
        seen_by = setup.lookups.record(work.whole["group"]) if work.whole.get("group") else None
        work.restricted = bool((seen_by or {}).get("restricted"))
        if setup.any and work.case.get("components"):
            work.desired["components"] = list(work.case["components"])
            work.fate("components", to("components", "same name"))
        if not ref:
            return
        group = setup.lookups.record(ref) or {}
        name = group.get("name")
        fate: MapFate = keep("groups")
        is_there = (
            setup.any
            or setup.makes_groups
            or setup.lookups.account(ref) is not None
            or setup.lookups.ours(ref)
        )
        if own and not is_there:
            work.findings.add(
                "G101", "groups", f"the target has no group `{setup.groups.wanted(name or ref)}`",
                "Make it there, name another (`groups: {NAME: {team: …}}`), or say `catalog: {create: [groups]}`.",
            )  # fmt: skip
        elif own:
            work.desired["group"] = ref
            work.claim("group", ref, "groups", "group")
            work.need(ref)
            fate = to("group", "groups")
        key = folded.get((name or "").casefold(), "*" if "*" in table else None)
        if key is not None:
            decided = table[key]
            by = setup.by(f"groups.{key}", "groups", key)
            if decided.component and name:
                component = _rendered(work, decided.component, group, by)
                if component:
                    work.desired.setdefault("components", []).append(component)
                    if not own:
                        fate = to("components", by, transformed=component != name)
            if decided.security:
                work.desired["security"] = decided.security
        if name:
            work.people.setdefault(ref, name)
        work.fate("group", fate)

    return rule


def _rendered(work: Work, source: str, group: Mapping[str, Any], by: str) -> str:
    if "{{" not in source:
        return source
    try:
        return expressions.render(expressions.compile_template(source), {"group": dict(group)}).strip()
    except expressions.ExpressionError as error:
        work.findings.add("F104", by, f"the component could not be made: {error}")
        return ""


def _brand(setup: Setup) -> Rule:
    table = setup.rules.brands
    folded = {key.casefold(): key for key in table}
    known = {row["name"].casefold() for row in setup.target.get("brands", ())}

    def rule(work: Work) -> None:
        value = work.case.get("brand")
        if value is None:
            return
        key = folded.get(value.casefold(), "*" if "*" in table else None)
        if key is not None:
            work.tags.append(table[key].label)
            work.fate("brand", to("tags", setup.by(f"brands.{key}", "brands", key), transformed=True))
            if not setup.any:
                return
        if setup.any or value.casefold() in known:
            work.desired["brand"] = value
            work.claim("brand", value, "same name", "brand")
            work.fate("brand", to("brand", "same name"))

    return rule


def _form_and_security(setup: Setup) -> Rule:
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


def _form(setup: Setup) -> Rule:
    table = setup.rules.form

    def rule(work: Work) -> None:
        value = work.case.get("form")
        choice = choose(table, value)
        if choice is not None and choice[1] != "fail":
            key, name = choice
            work.desired["form"] = name
            if value is not None:
                work.fate("form", to("form", setup.by(f"form.{key}", "form", key), transformed=name != value))
        elif choice is not None or value is not None:
            work.refuse(
                "S201", setup.mapping.at("form"), f"form `{value}` is not decided", "Add it to `form`."
            )

    return rule
