"""The commands that print again what the report shows: one table, so that report and command line cannot drift apart."""

__all__ = ["COMMANDS", "command"]

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
