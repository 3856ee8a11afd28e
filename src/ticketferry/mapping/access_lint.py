"""Whether more people would see tickets than today: teams whose tickets only they see, and what keeps them so in the target."""

from typing import Any

from ticketferry.mapping.apart import apart
from ticketferry.mapping.name_checker import NameChecker, yaml_key
from ticketferry.sdk.features import Feature

__all__ = ["lint_access"]


def lint_access(check: NameChecker) -> None:
    """Complain of each restricted group of the source whose tickets would go where others see them."""
    if check.any:
        return
    for row in check.source.get("groups", ()):
        name = row["name"]
        if not row.get("restricted") or _stays_restricted(check, name):
            continue
        place = _open_place(check, name)
        if place is None:
            continue
        key, tickets = name, None if check.affected is None else check.affected.in_group(name)
        if tickets == 0:
            continue
        most = "" if tickets is None else f" ({tickets:,} ticket{'' if tickets == 1 else 's'})"
        path = ("groups", key) if key in check.rules.groups else place
        check.say(
            "S225", path, f"tickets of the group `{name}`, which only its members see, go to a place without a security level{most}",
            f"Add `{yaml_key(name)}: {{security: NAME}}` to `groups`, or `security` to the route that takes them.",
        )  # fmt: skip


def _stays_restricted(check: NameChecker, name: str) -> bool:
    """Tell whether a group of the target stands for it that is restricted too, or is made as it was."""
    if Feature.PROJECTS in check.features:
        return False
    there = check.setup.groups.restricted(name)
    return there is True or (there is None and "groups" in check.rules.catalog.create)


def _open_place(check: NameChecker, name: str) -> "tuple[str | int, ...] | None":
    """Return the first place that takes tickets of a group and gives them no level; None where all have one."""
    key = next((key for key in check.rules.groups if key.casefold() == name.casefold()), "*")
    rule = check.rules.groups.get(key)
    if rule is not None and rule.security:
        return None
    mine: Any = {"group": name}
    for index, route in enumerate(check.rules.route):
        if apart(route.when, mine):
            continue
        if route.security is None:
            return ("route", index)
        if route.when in (mine, "always") or _names(route.when, name):
            return None
    return () if not check.rules.route else None


def _names(when: Any, name: str) -> bool:
    """Tell whether a condition asks for the group alone, as one of several."""
    return (
        isinstance(when, dict)
        and set(when) == {"group"}
        and isinstance(when["group"], list | str)
        and name.casefold()
        in {
            str(each).casefold()
            for each in ([when["group"]] if isinstance(when["group"], str) else when["group"])
        }
    )
