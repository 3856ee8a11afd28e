"""The first tickets of a plan, and what they cannot be written without: nothing else is sent."""

from collections.abc import Callable, Iterable

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import OpRow
from ticketferry.plan.file.writes import givers
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Operation
from ticketferry.sdk.templates import needs

__all__ = ["closure"]


def closure(plan: PlanFile, tickets: Iterable[str], load: Callable[[OpRow], Operation]) -> frozenset[str]:
    """Return the roots of the tickets and, in turn, of all people, organizations, groups and set-up that their writes name.

    Another ticket is never taken along: what names it (a link) waits for it. `load` gives an operation with its body.
    """
    chosen = set(tickets)
    left = sorted(chosen)
    while left:
        root = left.pop()
        for row in plan.operations("root = ?", (root,)):
            operation = load(row)
            for need in (*needs(dict(operation.params)), *needs(operation.body)):
                for giver in givers(plan, str(need.ref)):
                    if giver not in chosen and parse_ref(giver).kind is not Kind.TICKET:
                        chosen.add(giver)
                        left.append(giver)
    return frozenset(chosen)
