"""The commands that print again what the report shows: one table, so that report and command line cannot drift apart."""

import re
from collections.abc import Iterable

__all__ = ["COMMANDS", "command", "command_pattern", "in_environment"]

COMMANDS: dict[str, str] = {
    "overview": "ticketferry plan show {plan}",
    "classes": "ticketferry plan show {plan} --classes",
    "findings": "ticketferry plan show {plan}",
    "rejected": "ticketferry plan show {plan} --rejected",
    "skipped": "ticketferry plan show {plan} --skipped",
    "visible": "ticketferry plan show {plan} --visible",
    "changes": "ticketferry plan export {plan} --csv",
    "operations": "ticketferry plan show {plan} --operations",
    "record": "ticketferry plan show {plan} {what}",
    "estimate": "ticketferry plan show {plan}",
    "losses": "ticketferry plan losses {plan}",
    "impossible": "ticketferry plan losses {plan} --impossible",
    "compare": "ticketferry plan diff {what} {plan}",
    "preflight": "ticketferry preflight {plan}",
    "apply": "ticketferry status",
    "errors": "ticketferry errors {plan}",
    "quarantine": "ticketferry quarantine",
    "verify": "ticketferry verify {plan}",
    "rollback": "ticketferry rollback {plan}",
    "totals": "ticketferry extract --estimate",
    "profile": "ticketferry profile",
    "inventory": "ticketferry inventory",
    "kpi": "ticketferry kpi",
    "kpi-months": "ticketferry kpi --by month",
    "parity": "ticketferry kpi parity",
    "rehearsal": "ticketferry rehearse --show",
    "report": "ticketferry report {plan}",
}
"""Name -> command line; `{plan}` is the plan's name, `{what}` a record or another plan."""


def command(name: str, plan: str, what: str = "") -> str:
    """Return the command line that prints a part of the report again."""
    return COMMANDS[name].format(plan=plan, what=what)


def command_pattern(commands: Iterable[str]) -> re.Pattern[str]:
    """Return what finds `ticketferry ` where one of these commands follows; the group `own` took part where that command names an environment."""
    names = "|".join(map(re.escape, commands))
    rest = r"(?:(?!ticketferry )[^`\n])*?"  # to the end of this command
    return re.compile(
        rf"\bticketferry (?=(?:{names})(?![\w-])(?!{rest}--help\b))(?P<own>(?={rest}--env\b))?"
        if names
        else r"(?!)(?P<own>)"
    )


def in_environment(text: str, environment: str, commands: Iterable[str]) -> str:
    """Return a text in which each of these commands names an environment, as one that is copied from paper must; "" leaves it as it is."""
    if not environment:
        return text
    return command_pattern(commands).sub(
        lambda found: found[0] if found["own"] is not None else f"{found[0]}--env {environment} ", text
    )
