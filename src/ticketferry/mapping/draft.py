"""A first mapping from what two desks define; what cannot be decided by a machine is marked for a person."""

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.mapping.lint import UNDECIDED
from ticketferry.schema.catalog import Catalog, FieldDef, StatusDef
from ticketferry.schema.lifecycle import EXITS

__all__ = ["draft"]

_ALIKE: Mapping[str, tuple[str, ...]] = {
    "urgent": ("highest", "urgent", "critical", "blocker"), "high": ("high", "major"),
    "normal": ("medium", "normal"), "low": ("low", "minor"),
    "highest": ("urgent", "highest"), "medium": ("normal", "medium"), "lowest": ("low", "lowest"),
    "service request": ("question",), "[system] incident": ("incident",), "bug": ("problem",),
}  # fmt: skip
_NEAR_STAGES: Mapping[str, tuple[str, ...]] = {
    "new": ("new", "assigned"), "assigned": ("assigned", "in_progress", "new"), "in_progress": ("in_progress", "assigned"),
    "pending_customer": ("pending_customer",), "on_hold": ("on_hold",), "resolved": ("resolved", "closed"),
    "closed": ("closed", "resolved"),
}  # fmt: skip
_SAY: Mapping[str, str] = {
    "waiting for customer": "pending_customer",
    "pending": "on_hold",
    "on hold": "on_hold",
    "closed": "closed",
}
"""Words in a status's name -> stage that they tell of, where the source knows no more than begun and done. The first that fits."""
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "pending_customer": ("in_progress",), "on_hold": ("in_progress",), "closed": ("resolved",),
}  # fmt: skip
_FITS: Mapping[str, tuple[str, ...]] = {
    "select": ("select",), "multiselect": ("multiselect", "labels"), "checkbox": ("checkbox", "select", "multiselect"),
    "integer": ("integer", "decimal", "text"), "decimal": ("decimal", "text"), "date": ("date", "text"),
    "datetime": ("datetime", "date", "text"), "text": ("text", "textarea"), "textarea": ("textarea",),
    "regexp": ("text", "textarea"), "card": (),
}  # fmt: skip


def draft(source: Catalog, target: Catalog) -> str:
    """Return a mapping file as YAML text. Names that agree are taken, stages suggest statuses, `?` waits for a person."""
    lines = [
        "# A draft: read every line. Where `?` stands nothing fits by name or stage; `mapping check` lists those places.",
        "version: 1",
        f"source: {_scalar(source['product'])}",
        f"target: {_scalar(target['product'])}",
        "",
        *_route(target),
        *_statuses(source, target),
        "exits: {deleted: skip, spam: skip, suspended: skip, merged: skip}",
        *_types_and_forms(source, target),
        *_table("priority", source.get("priorities", ()), target.get("priorities", ())),
        *_people(),
        *_groups(source, target),
        *_fields(source, target),
        *_links(target),
        "comments: {public: public, internal: internal}",
        'text: {subject: {max: 255}, header: {when: needed, template: "{{ author }} · {{ at | local }} UTC"}}',
        "history: {changes: auto}",
        *_privacy(source),
        *_provenance(target),
        "phases:",
        "  - {name: all, where: always}",
        "",
    ]
    return "\n".join(lines)


def _scalar(text: str) -> str:
    """Quote whatever YAML or a reader could take for something else; `$${` is how a mapping writes a plain `${`."""
    plain = text.replace(" ", "").replace("-", "").replace("_", "").replace("/", "")
    if plain.isascii() and plain.isalnum() and text == text.strip() and text[0] != "-" and text != "null":
        return text
    body = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${")
    return '"' + "".join(sign if sign.isprintable() else _escape(sign) for sign in body) + '"'


def _escape(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def _comment(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _route(target: Catalog) -> list[str]:
    projects = target.get("projects", [])
    if not projects:
        return []
    lines = ["route:                                  # first match wins"]
    first = projects[0]
    parts = [f"project: {_scalar(first['key'])}"]
    types = [row["name"] for row in first.get("types", ())]
    if types:
        parts.append(f"issue_type: {_scalar(types[0])}")
    forms = [row["name"] for row in target.get("forms", ()) if row.get("project") == first["key"]]
    if forms:
        parts.append(f"request_type: {_scalar(forms[0])}")
    others = [row["key"] for row in projects[1:]]
    why = (
        f"   # the first project; others: {_comment(', '.join(others))}"
        if others
        else "   # the only project"
    )
    lines.append(f"  - {{when: always, {', '.join(parts)}}}{why}")
    return [*lines, ""]


def _statuses(source: Catalog, target: Catalog) -> list[str]:
    rows = [row for row in source.get("statuses", ()) if row.get("stage") not in EXITS]
    if not rows:
        return []
    lines = ["status:                                 # every source status must be decided"]
    done: set[str] = set()
    for row in rows:
        if row["name"].casefold() in done:
            continue
        done.add(row["name"].casefold())
        name, why = _status(row, target)
        resolution = ""
        if row.get("stage") in ("resolved", "closed") and target.get("resolutions"):
            chosen = next(
                (r["name"] for r in target["resolutions"] if r["name"].casefold() == "done"),
                target["resolutions"][0]["name"],
            )
            resolution = f", resolution: {_scalar(chosen)}"
        value = f"{{to: {_scalar(name)}{resolution}}}" if resolution else _scalar(name)
        lines.append(f"  {_scalar(row['name'])}: {value}   # {_comment(why)}")
    return [*lines, ""]


def _status(row: StatusDef, target: Catalog) -> tuple[str, str]:
    candidates = [each for each in target.get("statuses", ()) if each.get("active", True)]
    for each in candidates:
        if each["name"].casefold() == row["name"].casefold():
            return each["name"], "same name"
    stage_of_name = next((stage for words, stage in _SAY.items() if words in row["name"].casefold()), "")
    begun = row["stage"] in ("in_progress", "resolved") and row["stage"] in _SAID_BY.get(stage_of_name, ())
    stages = _NEAR_STAGES.get(stage_of_name if begun else row["stage"], ())
    for stage in stages:
        fitting = [each["name"] for each in candidates if each["stage"] == stage]
        if fitting:
            same = "same stage" if stage == row["stage"] else f"nearest stage ({stage})"
            why = f"its name tells of {stage_of_name}" if begun else same
            return fitting[0], why + (f"; also {', '.join(fitting[1:4])}" if len(fitting) > 1 else "")
    return UNDECIDED, f"no status of the target is {row['stage']}"


def _table(
    section: str, sources: Iterable[Mapping[str, Any]], targets: Iterable[Mapping[str, Any]]
) -> list[str]:
    rows = list(sources)
    known = {row["name"].casefold(): row["name"] for row in targets}
    if not rows or not known:
        return []
    lines = [f"{section}:"]
    for row in rows:
        folded = row["name"].casefold()
        nearest = next(
            (known[name] for name in (folded, *_ALIKE.get(folded, ())) if name in known), UNDECIDED
        )
        why = (
            "same name"
            if nearest.casefold() == folded
            else "of the same rank"
            if nearest != UNDECIDED
            else "nothing of that rank"
        )
        lines.append(f"  {_scalar(row['name'])}: {_scalar(nearest)}   # {why}")
    middle = next(
        (known[name] for name in ("medium", "normal", "question", "default") if name in known),
        next(iter(known.values())),
    )
    lines.append(f"  none: {{default: {_scalar(middle)}}}")
    return [*lines, ""]


def _types_and_forms(source: Catalog, target: Catalog) -> list[str]:
    """Types, forms, projects and levels for a target whose tickets live in no project (elsewhere the route says them)."""
    if target.get("projects"):
        return []
    forms = list({row["name"]: row for row in source.get("forms", ())}.values())
    lines = [
        *_table("type", source.get("types", ()), target.get("types", ())),
        *_table("form", forms, target.get("forms", ())),
    ]
    groups = {row["name"].casefold(): row for row in target.get("groups", ())}
    projects = source.get("projects", ())
    if projects:
        lines.append("projects:")
        for row in projects:
            same_named = groups.get(row["name"].casefold())
            group = f"group: {_scalar(same_named['name'])}, " if same_named is not None else ""
            lines.append(
                f"  {_scalar(row['key'])}: {{{group}label: {_scalar(row['key'].lower())}}}   # {_comment(row['name'])}"
            )
        lines.append("")
    if any(row.get("components") for row in projects):
        lines += ['components: {"*": {label: "{{ name }}"}}', ""]
    levels = list(dict.fromkeys(level["name"] for row in projects for level in row.get("security", ())))
    if levels:
        lines.append(
            "security:                               # a private group, or more people see those tickets"
        )
        for level in levels:
            private = groups.get(level.casefold())
            name = private["name"] if private is not None and private.get("restricted") else UNDECIDED
            lines.append(f"  {_scalar(level)}: {{group: {_scalar(name)}}}")
        lines.append("")
    return lines


def _people() -> list[str]:
    return [
        "people:",
        "  match: [external_id, email]",
        "  customers: {create: portal_only}      # people with tickets get a portal account; nobody is invited",
        "  ccs: participants",
        "  followers: watchers",
        "organizations: {match: [domain, name], share: as_source}",
        "",
    ]


def _groups(source: Catalog, target: Catalog) -> list[str]:
    rows = source.get("groups", [])
    components = {
        row["name"].casefold(): row["name"]
        for project in target.get("projects", ())
        for row in project.get("components", ())
    }
    levels = [row["name"] for project in target.get("projects", ()) for row in project.get("security", ())]
    lines = []
    for row in rows:
        if row.get("restricted"):
            level = levels[0] if len(levels) == 1 else UNDECIDED
            lines.append(
                f"  {_scalar(row['name'])}: {{security: {_scalar(level)}}}   # restricted: without a level more people see its tickets"
            )
        elif row["name"].casefold() in components:
            lines.append(
                f"  {_scalar(row['name'])}: {{component: {_scalar(components[row['name'].casefold()])}}}   # same name"
            )
    return ["groups:", *lines, ""] if lines else []


def _fields(source: Catalog, target: Catalog) -> list[str]:
    known = {
        row["name"].casefold(): row for row in target.get("fields", ()) if row.get("of", "ticket") == "ticket"
    }
    lines = ["fields:"]
    for row in source.get("fields", ()):
        if row.get("of", "ticket") != "ticket":
            continue
        other = known.get(row["name"].casefold())
        if other is not None and other["type"] in _FITS.get(row["type"], (row["type"],)):
            lines.extend(_field(row, other))
        else:
            why = f"the target's is of type {other['type']}" if other is not None else "no field of that name"
            lines.append(
                _comment(f"  # fields.{row['key']} ({row['name']}, {row['type']}): {why}; kept beside")
            )
    lines.append("  - {rest: keep_in_provenance}")
    return [*lines, ""]


def _field(row: FieldDef, other: FieldDef) -> list[str]:
    head = f"from: {_scalar('fields.' + row['key'])}, to: {_scalar(other['name'])}"
    options = row.get("options", [])
    if not options or not other.get("options"):
        return [f"  - {{{head}}}   # same name"]
    names = {each["name"].casefold(): each["name"] for each in other["options"]}
    values = ", ".join(
        f"{_scalar(each['value'])}: {_scalar(names.get(each['name'].casefold(), UNDECIDED))}"
        for each in options
    )
    return [f"  - {{{head}, values: {{{values}}}}}   # same name"]


def _links(target: Catalog) -> list[str]:
    known = {row["name"].casefold(): row["name"] for row in target.get("link_types", ())}
    wanted = {
        "problem_incident": ("problem/incident", "causes", "relates"), "follow_up": ("relates",), "relates": ("relates",),
        "blocks": ("blocks",), "merged": ("duplicate", "relates"),
    }  # fmt: skip
    parts = [
        f"{key}: {_scalar(link_type)}"
        for key, names in wanted.items()
        if (link_type := next((known[name] for name in names if name in known), None)) is not None
    ]
    return [f"links: {{{', '.join([*parts, 'unmigrated: text'])}}}"]


_NOTED = (
    "metadata.system.*",
    "*.visitor.*",
    "*.ip",
    "*.ip_address",
    "*.user_agent",
    "*.latitude",
    "*.longitude",
)
"""Where Zendesk says from where and with what somebody wrote: in audits, their events, chats and channels."""


def _privacy(source: Catalog) -> list[str]:
    if source["product"] != "zendesk":
        return []
    why = "IP address, place and browser of people are no part of a case"
    drop = ", ".join(f'"{name}"' for name in _NOTED)
    return ["privacy:", f"  drop: [{drop}]", f'  because: "{why}"']


def _provenance(target: Catalog) -> list[str]:
    known = {row["name"].casefold(): row["name"] for row in target.get("fields", ())}
    parts = ['label: "old-{{ number }}"']
    for name in ("zendesk ticket", "old number", "external reference"):
        if name in known:
            parts.insert(0, f"field: {_scalar(known[name])}")
            break
    return [f"provenance: {{number: {{{', '.join(parts)}}}, rest: property}}"]
