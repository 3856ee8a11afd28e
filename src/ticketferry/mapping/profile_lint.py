"""Whether rules for fields of people and organizations name what both desks have, and whether the target has places for them."""

from ticketferry.mapping.model import ProfileRule, named_other
from ticketferry.mapping.name_checker import KnownNames, NameChecker
from ticketferry.mapping.yaml_document import Path
from ticketferry.sdk.features import Feature

__all__ = ["lint_profiles"]

_KINDS = {"people": "person", "organizations": "organization"}


def lint_profiles(check: NameChecker) -> None:
    """Check `people.fields`, `organizations.fields`, and rules of tickets that read such fields."""
    for section, kind in _KINDS.items():
        rules: list[ProfileRule] = getattr(check.rules, section).fields
        sources, targets = _keys(check, kind), _names(check, kind)
        for index, rule in enumerate(rules):
            path = (section, "fields", index)
            for number, name in enumerate(rule.source):
                here = (*path, "from", number)
                check.source_name(
                    here if check.has(*here) else (*path, "from"), name.removeprefix("fields."), sources
                )
            for place in (rule.to, *rule.set):
                if place is not None:
                    at: Path = (*path, "to") if rule.to else (*path, "set", place)
                    _target(check, at, place, targets, section)
            if rule.rest == "same_name" and not _has_places(check):
                _nowhere(check, (*path, "rest"), section)
    for index, ticket_rule in enumerate(check.rules.fields):
        for name in ticket_rule.source:
            other = named_other(name)
            if other is not None and other[1].startswith("fields."):
                kind = "organization" if other[0] == "organization" else "person"
                check.source_name(
                    ("fields", index, "from"), other[1].removeprefix("fields."), _keys(check, kind)
                )


def _has_places(check: NameChecker) -> bool:
    return check.any or Feature.PROFILES in check.features


def _keys(check: NameChecker, kind: str) -> KnownNames:
    return KnownNames(
        f"field of a {kind}", [row["key"] for row in check.source.get("fields", ()) if row.get("of") == kind]
    )


def _names(check: NameChecker, kind: str) -> KnownNames:
    rows = [row for row in check.target.get("fields", ()) if row.get("of") == kind]
    return KnownNames(f"field of a {kind}", [name for row in rows for name in (row["name"], row["key"])])


def _target(check: NameChecker, path: Path, name: str, targets: KnownNames, section: str) -> None:
    if not _has_places(check):
        _nowhere(check, path, section)
    elif not check.any and name.casefold() not in {known.casefold() for known in targets.names}:
        if targets.names:
            check.must(path, name, targets)
        else:
            check.say("S205", path, f"the target has no {targets.what} `{name}`", "Create it in the target.")


def _nowhere(check: NameChecker, path: Path, section: str) -> None:
    who = "requester" if section == "people" else "organization"
    check.say(
        "S205", path, f"{check.rules.target} keeps no fields of {section}",
        f"Take the rule out, or let tickets show the field: `fields: [{{from: {who}.fields.KEY, to: NAME}}]`.",
    )  # fmt: skip
