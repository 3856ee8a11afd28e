"""Whether every status, priority, type and form of the source is decided, and goes to one that the target has."""

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.meaning_lint import meaning_lost
from ticketferry.mapping.model import Choice
from ticketferry.mapping.name_checker import KnownNames, NameChecker, listed, names_of, yaml_key
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.schema.catalog import StatusDef
from ticketferry.schema.lifecycle import EXITS

__all__ = ["lint_values"]


def _is_open(key: str, name: str | None) -> bool:
    """Tell whether a rule leaves a name undecided: `fail` for all others does, for one by its own name it is a decision to reject."""
    return name == "fail" and key == "*"


def lint_values(check: NameChecker) -> None:
    """Check the tables of statuses, priorities, types and forms."""
    rules, source, target = check.rules, check.source, check.target
    _statuses(check)
    _table(check, "priority", rules.priority, source.get("priorities", ()), target.get("priorities", ()))
    types = [row for project in target.get("projects", ()) for row in project.get("types", ())]
    _table(check, "type", rules.type, source.get("types", ()), [*target.get("types", ()), *types])
    forms = list({row["name"]: row for row in source.get("forms", ())}.values())
    _table(check, "form", rules.form, forms, target.get("forms", ()))


def _statuses(check: NameChecker) -> None:
    known = KnownNames(
        "status", [row["name"] for row in check.target.get("statuses", ()) if row.get("active", True)]
    )
    resolutions = KnownNames("resolution", names_of(check.target.get("resolutions", ())))
    for key, rule in check.rules.status.items():
        check.choice(("status", key), rule, known)
        check.choice(("status", key, "resolution"), rule.resolution, resolutions, optional=True)
    if not check.rules.status and check.any:
        return
    falls: dict[str, list[StatusDef]] = {}
    used: set[str] = set()
    for row in check.source.get("statuses", ()):
        if row.get("stage") in EXITS:
            continue
        status_rule = status_key(check.setup, row["name"])
        if status_rule is None or _is_open(status_rule, check.rules.status[status_rule].to):
            if row.get("active", True) or status_rule is None:
                name = row["name"]
                check.say(
                    "S201",
                    ("status",),
                    f"status `{name}` is not decided{check.tickets_of('status', name)}",
                    f"Add `{yaml_key(name)}: NAME` to status.",
                )
            continue
        used.add(status_rule)
        becomes = check.rules.status[status_rule].to
        if becomes is not None and becomes not in REFUSING:
            falls.setdefault(becomes, []).append(row)
    for name, rows in falls.items():
        if len(rows) > 1:
            sources = [row["name"] for row in rows]
            key = status_key(check.setup, sources[1]) or "*"
            check.info(
                ("status", key),
                f"{listed(sources)} fall together in `{name}`{check.tickets_of('status', *sources)}{meaning_lost(rows)}",
            )
    if check.source.get("statuses"):
        known_keys = _statuses_and_categories(check)
        for key in check.rules.status:
            if key not in used and key != "*" and key.casefold() not in known_keys:
                check.say("S206", ("status", key), f"the source has no status `{key}`")


def _statuses_and_categories(check: NameChecker) -> frozenset[str]:
    """Return what the source calls its statuses and their categories, in small letters."""
    names = check.setup.categories
    return frozenset(
        [
            "closed",
            *names,
            *(f"custom:{name}" for name in names),
            *(name for row in names.values() for name in row),
        ]
    )


def _table(
    check: NameChecker,
    section: str,
    table: Mapping[str, Choice],
    sources: Iterable[Mapping[str, Any]],
    targets: Iterable[Mapping[str, Any]],
) -> None:
    known = KnownNames(section, names_of(targets))
    for key, choice in table.items():
        check.choice((section, key), choice, known)
    if not table:
        if section == "priority":
            for row in sources:
                check.must((section,), row["name"], known)
        return
    falls: dict[str, list[str]] = {}
    folded = {key.casefold(): key for key in table}
    given = list(sources)
    names = KnownNames(section, [row["name"] for row in given])
    seen = {name.casefold() for name in names.names}
    for key in table:
        if seen and key not in ("none", "*") and key.casefold() not in seen:
            check.source_name((section, key), key, names)
    for row in given:
        decided = key_of(table, row["name"], folded)
        if decided is None or _is_open(decided, table[decided].to):
            check.say(
                "S201",
                (section,),
                f"{section} `{row['name']}` is not decided{check.tickets_of(section, row['name'])}",
                f"Add `{yaml_key(row['name'])}: NAME` to {section}.",
            )
        else:
            falls.setdefault(table[decided].plain or "", []).append(row["name"])
    for name, rows in falls.items():
        if len(rows) > 1 and name:
            check.info(
                (section,), f"{listed(rows)} fall together in `{name}`{check.tickets_of(section, *rows)}"
            )
