"""The old number as number of the new key, where tickets come by an import file that says which keys they have."""

import re

from ticketferry.mapping.work import Rule, Setup, Work
from ticketferry.sdk.features import REST, Feature

__all__ = ["compile_keys", "key_number"]

_NUMBER = re.compile(r"(?:.*\D)?0*([1-9]\d{0,8})", re.ASCII | re.DOTALL)


def key_number(number: str) -> str | None:
    """Return the digits at the end of a number (`1042`, `OLD-1042`, `#7`); None where it ends with none, or is no number of a key: zero, too long."""
    found = _NUMBER.fullmatch(number)
    return found[1] if found is not None else None


def compile_keys(setup: Setup) -> list[Rule]:
    """Compile `provenance: {number: {key: true}}`; behind the rule for the project."""
    if not setup.rules.provenance.number.key or setup.way == REST or not setup.has(Feature.KEYS):
        return []
    path = ("provenance", "number", "key")
    by = setup.by("provenance.number.key", *path)

    def rule(work: Work) -> None:
        project = work.desired.get("project")
        if project is None:
            return
        number = key_number(str(work.case.get("number") or work.id))
        if number is None:
            work.refuse(
                "N101", setup.mapping.at(*path), f"the number `{work.case.get('number')}` cannot be the number of a key",
                "Take `provenance.number.key` out, or skip the ticket.",
            )  # fmt: skip
            return
        work.desired["key"] = f"{project}-{number}"
        work.claim("key", work.desired["key"], by)

    return [rule]
