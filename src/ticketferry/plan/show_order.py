"""In which order a plan writes its tickets, as people look at it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ticketferry.plan.file.reader import PlanFile
from ticketferry.sdk.contract import Endpoint

__all__ = ["TicketOrder", "order_of"]


@dataclass(frozen=True, slots=True)
class TicketOrder:
    """In which order tickets are written: `by` what ("" for the old desk's ids), how many are created `one_by_one`, and how many come
    `behind` all others whatever their turn, since the target makes them last.
    """

    by: str
    one_by_one: int
    behind: int


def order_of(plan: PlanFile, endpoints: Mapping[str, Endpoint]) -> TicketOrder | None:
    """Read what a plan says of the order of its tickets; None where the mapping says nothing. `endpoints`: the target's, by name."""
    order = plan.header.get("order")
    if not order:
        return None
    counts = plan.endpoint_counts()
    behind = sum(
        counts.get(name, 0)
        for name, endpoint in endpoints.items()
        if endpoint.last and "id" in endpoint.gives
    )
    return TicketOrder(str(order.get("by", "")), sum(plan.header.get("one_by_one", {}).values()), behind)
