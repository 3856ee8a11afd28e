"""A desk of 32 statuses and the target that its people built to match it, with who belongs to whom."""

from typing import Any

PAIRS: tuple[tuple[str, str, str, str], ...] = (
    # status, stage, what it is called in the target, how it reads there
    ("new", "new", "Untriaged", "new"),
    ("open", "assigned", "Open", "assigned"),
    ("pending", "pending_customer", "Waiting for customer", "pending_customer"),
    ("hold", "on_hold", "On hold", "on_hold"),
    ("solved", "resolved", "Resolved", "resolved"),
    ("closed", "closed", "Closed", "closed"),
    # equal
    ("custom:Waiting on vendor", "on_hold", "Waiting on vendor", "on_hold"),
    ("custom:Escalated to engineering", "assigned", "Escalated to engineering", "in_progress"),
    ("custom:In review", "assigned", "In review", "in_progress"),
    ("custom:Ready for pickup", "pending_customer", "Ready for pickup", "pending_customer"),
    ("custom:Parts ordered", "on_hold", "Parts ordered", "on_hold"),
    ("custom:Tier 2", "assigned", "Tier 2", "in_progress"),
    ("custom:Tier 3", "assigned", "Tier 3", "in_progress"),
    # punctuation, accents, case
    ("custom:RMA - requested", "on_hold", "RMA requested", "on_hold"),
    ("custom:Follow-up (24h)", "pending_customer", "Follow up 24h", "pending_customer"),
    ("custom:BACK_ORDER", "on_hold", "Back order", "on_hold"),
    ("custom:Refund: approved", "assigned", "Refund approved", "in_progress"),
    ("custom:Décision", "assigned", "DraftDecision", "in_progress"),
    # other languages
    ("custom:Wartet auf Freigabe", "on_hold", "Awaiting approval", "on_hold"),
    ("custom:En cours", "assigned", "In progress", "in_progress"),
    ("custom:Geplant", "on_hold", "Scheduled", "on_hold"),
    ("custom:In prova", "assigned", "In Testbetrieb", "in_progress"),
    ("custom:Bloqueado", "on_hold", "Blocked", "on_hold"),
    ("custom:Rejeitado", "resolved", "Declined", "resolved"),
    ("custom:Storniert", "resolved", "Cancelled", "resolved"),
    ("custom:Investigación", "assigned", "Under investigation", "in_progress"),
    ("custom:Wiedereröffnet", "assigned", "Reopened", "assigned"),
    # other letters
    ("custom:Awaiting shipment", "on_hold", "Awaiting shipping", "on_hold"),
    ("custom:Quality controll", "assigned", "Quality control", "in_progress"),
    ("custom:Legal check", "on_hold", "Legal review", "on_hold"),
    ("custom:Site visit booked", "pending_customer", "Site visit", "pending_customer"),
    ("custom:Customer to confirm", "pending_customer", "Confirmation by customer", "pending_customer"),
)


def desks() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the source's catalog and the target's, whose statuses stand in another order."""
    source = [
        {"id": name, "name": name, "stage": stage, "category": "", "active": True}
        for name, stage, _, _ in PAIRS
    ]
    target = [
        {"id": name, "name": name, "stage": stage}
        for _, _, name, stage in sorted(PAIRS, key=lambda row: row[2][::-1])
    ]
    return (
        {"desk": "acme", "product": "zendesk", "statuses": source},
        {"desk": "site", "product": "jsm", "statuses": target, "resolutions": [{"id": "1", "name": "Done"}]},
    )
