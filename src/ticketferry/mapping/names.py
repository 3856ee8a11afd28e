"""Rules for what a ticket is called in the target: status, resolution, type, priority, channel, group, brand, form."""

from collections.abc import Mapping
from typing import Any

from ticketferry.mapping import expressions
from ticketferry.mapping.choices import (
    Chosen,
    NameTable,
    Pick,
    compile_choice,
    decided_by,
    leaf_of,
    refuse_undecided,
    status_key,
)
from ticketferry.mapping.model import Choice, GroupRule, StatusRule
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.routes import carry, compile_access, compile_route
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.schema.lifecycle import Stage
from ticketferry.sdk.features import Feature

__all__ = ["compile_deciding", "compile_names"]


def compile_deciding(setup: Setup) -> list[Rule]:
    """Compile those of the rules that can reject a ticket: they ask nobody in the target."""
    rules = [compile_route(setup), _status(setup), _type(setup), _priority(setup), _channel(setup)]
    if setup.rules.form and not setup.has(Feature.PROJECTS):
        rules.append(_form(setup))
    return rules


def compile_names(setup: Setup) -> list[Rule]:
    """Compile the rules in the order in which they build on each other."""
    rules = [
        compile_route(setup),
        _status(setup),
        _type(setup),
        _priority(setup),
        _group(setup),
        _brand(setup),
        _channel(setup),
    ]
    rules.append(compile_access(setup))
    if setup.rules.form and not setup.has(Feature.PROJECTS):
        rules.append(_form(setup))
    return rules


def _name(work: Work, key: str, value: str | None, chosen: Chosen) -> None:
    """Write what a table chose for a ticket's own `key`, and say what became of the value that stood there."""
    work.desired[key] = chosen.name
    decided_by(work, chosen, key)
    if chosen.field in ("", key):
        work.fate(key, to(key, chosen.by, transformed=chosen.name != value))
    elif value is not None:
        work.fate(key, to(key, chosen.by) if chosen.name == value else keep(chosen.by))


def _status(setup: Setup) -> Rule:
    compiled: dict[str, tuple[StatusRule, Pick, Pick | None]] = {}
    for name, rule in setup.rules.status.items():
        resolves = (
            None
            if rule.resolution is None
            else compile_choice(setup, rule.resolution, "status", name, "resolution")
        )
        compiled[name] = (rule, compile_choice(setup, rule, "status", name), resolves)
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
        if key is None or (key == "*" and compiled[key][0].to == "fail"):
            where = setup.mapping.at("status") if key is None else setup.mapping.at("status", key)
            work.refuse(
                "S201", where, f"status `{status}` is not decided", f"Add `{status}: NAME` to status."
            )
            return
        _, pick, resolves = compiled[key]
        chosen = pick(work.subject)
        name, by = chosen.name, chosen.by
        if name is None or not chosen.decided:
            refuse_undecided(work, setup, "status", status, chosen)
            return
        work.desired["status"] = name
        decided_by(work, chosen, "status")
        if (setup.any and work.case.get("stage")) or (
            work.case.get("stage") == Stage.CLOSED
            and before.get(status) == Stage.RESOLVED
            and closable.get(name) == Stage.RESOLVED
        ):
            work.desired["stage"] = work.case["stage"]
        if chosen.field in ("", "status") or name == status:
            work.fate("status", to("status", by, transformed=name != status))
        else:
            work.fate("status", keep(by))
        work.fate("stage", to("stage" if setup.any else "status", by, transformed=not setup.any))
        resolved = resolves(work.subject) if resolves is not None else None
        if resolved is not None and resolved.name in REFUSING:
            refuse_undecided(work, setup, "resolution", resolution, resolved)
            return
        given = resolved.name if resolved is not None else None
        if given:
            work.desired["resolution"] = given
            if resolution == given:
                work.fate("resolution", to("resolution", by))
        elif resolution and resolves is None:
            work.desired["resolution"] = resolution
            work.fate("resolution", to("resolution", "same name"))

    return apply


def _same_status(work: Work) -> None:
    for key in ("status", "stage", "resolution"):
        if work.case.get(key) is not None:
            work.desired[key] = work.case[key]
            work.fate(key, to(key, "same name"))


def _type(setup: Setup) -> Rule:
    table = NameTable(setup, "type", setup.rules.type)

    def rule(work: Work) -> None:
        value = work.case.get("type")
        if work.route is not None and work.route.issue_type is not None:
            chosen = work.route.issue_type(work.subject)
            if not chosen.decided:
                refuse_undecided(work, setup, "type", value, chosen)
                return
            if chosen.field:
                _name(work, "type", value, chosen)
                return
            work.desired["type"] = chosen.name
            same = value == chosen.name
            work.fate("type", to("type", work.route.by) if same else keep(work.route.by))
            return
        _from_table(work, setup, "type", table, value)

    return rule


def _priority(setup: Setup) -> Rule:
    table = NameTable(setup, "priority", setup.rules.priority)
    return lambda work: _from_table(work, setup, "priority", table, work.case.get("priority"))


def _from_table(work: Work, setup: Setup, key: str, table: NameTable, value: str | None) -> None:
    chosen = table.of(work.subject, value)
    if chosen is not None and chosen.decided:
        _name(work, key, value, chosen)
    elif chosen is not None or (table and value is not None):
        refuse_undecided(work, setup, key, value, chosen)
    elif value is not None:
        work.desired[key] = value
        work.fate(key, to(key, "same name"))


def _channel(setup: Setup) -> Rule:
    channel = setup.rules.channel
    if channel is None:
        return carry("channel") if setup.any else lambda _work: None
    by = setup.by("channel", "channel")
    if channel.by is not None:
        plain = {key: choice.plain or "" for key, choice in channel.values.items()}
        decided = Choice(by=channel.by, values=plain, missing=channel.missing)
        pick = compile_choice(setup, decided, "channel")

        def chosen_rule(work: Work) -> None:
            chosen = pick(work.subject)
            if chosen.decided:
                place = work.put(channel.field, chosen.name, chosen.by, leaf_of(chosen.field))
                decided_by(work, chosen, place)

        return chosen_rule
    folded = {
        key.casefold(): compile_choice(setup, choice, "channel", "values", key)
        for key, choice in channel.values.items()
    }
    others = folded.get("*")

    def rule(work: Work) -> None:
        value = work.case.get("channel")
        if value is None:
            return
        pick = folded.get(value.casefold(), others)
        chosen = Chosen(value, by) if pick is None else pick(work.subject)
        if not chosen.decided:
            refuse_undecided(work, setup, "channel", value, chosen)
            return
        name = chosen.name
        decider = "channel" if chosen.field in ("", "channel") else chosen.field
        place = work.put(channel.field, name, by, leaf_of(decider))
        decided_by(work, chosen, place)
        work.fate("channel", to(place, by, transformed=name != value) if decider == "channel" else keep(by))

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


def _form(setup: Setup) -> Rule:
    table = NameTable(setup, "form", setup.rules.form)

    def rule(work: Work) -> None:
        value = work.case.get("form")
        chosen = table.of(work.subject, value)
        if chosen is not None and chosen.decided:
            _name(work, "form", value, chosen)
        elif chosen is not None or value is not None:
            refuse_undecided(work, setup, "form", value, chosen)

    return rule
