"""Which tickets have what kind of writes, and what is said of them: what a preflight asks of a plan."""

from collections.abc import Collection, Iterator

import orjson

from ticketferry.plan.file.reader import PlanFile

__all__ = [
    "count_lanes",
    "findings_by_words",
    "largest_tickets",
    "operations_by_project",
    "routed_tickets",
    "ticket_lanes",
    "visible_by_route",
]


def count_lanes(plan: PlanFile, endpoints: Collection[str]) -> int:
    """Count the tickets with a write of some of the endpoints."""
    marks = ",".join("?" * len(endpoints))
    return plan.number(
        "SELECT count(DISTINCT o.root) FROM operation AS o JOIN change AS c ON c.root = o.root"
        f" WHERE c.kind = 'ticket' AND o.endpoint IN ({marks})",
        tuple(endpoints),
    )


def ticket_lanes(
    plan: PlanFile, endpoints: Collection[str]
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Stream (root, title, id in the target, route) of those tickets, in plan order."""
    marks = ",".join("?" * len(endpoints))
    for root, title, target, route in plan.rows(
        "SELECT c.root, c.title, c.target, json_extract(c.facts, '$.route') FROM change AS c"
        " WHERE c.kind = 'ticket' AND EXISTS"
        f" (SELECT 1 FROM operation AS o WHERE o.root = c.root AND o.endpoint IN ({marks})) ORDER BY c.seq",
        tuple(endpoints),
    ):
        yield root, title, target, tuple(str(part or "") for part in orjson.loads(route or "[]"))


def operations_by_project(plan: PlanFile) -> dict[tuple[str, str], int]:
    """Count the operations of tickets by endpoint and project, "" where tickets live in none."""
    rows = plan.rows(
        "SELECT o.endpoint, coalesce(json_extract(c.facts, '$.route[0]'), ''), count(*) FROM operation AS o"
        " JOIN change AS c ON c.root = o.root WHERE c.kind = 'ticket' GROUP BY 1, 2"
    )
    return {(str(endpoint), str(project)): int(count) for endpoint, project, count in rows}


def largest_tickets(plan: PlanFile) -> dict[str, int]:
    """Return the most comments, attachments and links that a ticket which is made or changed has."""
    facts = {"comments": "$.comments[1]", "attachments": "$.attachments[1]", "links": "$.links"}
    return {
        name: plan.number(
            "SELECT max(json_extract(facts, ?)) FROM change WHERE kind = 'ticket' AND outcome IN ('create', 'update')",
            (path,),
        )
        for name, path in facts.items()
    }


def visible_by_route(plan: PlanFile) -> Iterator[tuple[str, list[str], int]]:
    """Stream (route, why more people than today would see them, tickets) of the tickets that stand in the target afterwards."""
    for route, reasons, count in plan.rows(
        "SELECT json_extract(facts, '$.route'), json_extract(facts, '$.newly_visible'), count(*) FROM change"
        " WHERE kind = 'ticket' AND outcome IN ('create', 'update', 'match') GROUP BY 1, 2"
    ):
        yield _route(route), [str(reason) for reason in orjson.loads(reasons or "[]")], int(count)


def routed_tickets(plan: PlanFile) -> Iterator[tuple[str, str, list[str]]]:
    """Stream (root, route, why more people than today would see it) of the same tickets, in plan order."""
    for root, route, reasons in plan.rows(
        "SELECT root, json_extract(facts, '$.route'), json_extract(facts, '$.newly_visible') FROM change"
        " WHERE kind = 'ticket' AND outcome IN ('create', 'update', 'match') ORDER BY seq"
    ):
        yield str(root), _route(route), [str(reason) for reason in orjson.loads(reasons or "[]")]


def _route(stored: str | None) -> str:
    return " / ".join(str(part) for part in orjson.loads(stored or "[]") if part)


def findings_by_words(plan: PlanFile) -> Iterator[tuple[str, str, str, str, int]]:
    """Stream (code, severity, message, remedy, records) of findings that say the same."""
    for code, severity, message, remedy, count in plan.rows(
        "SELECT code, severity, message, remedy, count(DISTINCT subject) FROM finding GROUP BY 1, 2, 3, 4"
    ):
        yield str(code), str(severity), str(message), str(remedy), int(count)
