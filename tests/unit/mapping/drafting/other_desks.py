"""Desks of trades, languages and habits of naming, each with the target that its people built to match it: who belongs to whom."""

from typing import Any

STAGES = {
    "n": "new", "a": "assigned", "i": "in_progress", "p": "pending_customer", "h": "on_hold", "r": "resolved", "c": "closed",
}  # fmt: skip
BEGUN_AND_DONE = {
    "assigned": "in_progress",
    "pending_customer": "in_progress",
    "on_hold": "in_progress",
    "closed": "resolved",
}
"""What is left of stages in a target that knows no more than open, begun and done."""
Row = tuple[str, str, str, str]


def _base(new: str, open_: str, pending: str, hold: str, solved: str, closed: str) -> tuple[Row, ...]:
    return (
        ("new", "n", new, "n"), ("open", "a", open_, "i"), ("pending", "p", pending, "p"), ("hold", "h", hold, "h"),
        ("solved", "r", solved, "r"), ("closed", "c", closed, "c"),
    )  # fmt: skip


# Status, stage, what it is called in the target, how it reads there.
SOFTWARE: tuple[tuple[str, str, str, str], ...] = (
    *_base("New", "In progress", "Awaiting customer", "On hold", "Solved", "Closed"),
    ("Bug confirmed", "a", "Bug confirmed", "i"),
    ("Bug - not reproducible", "r", "Bug: not reproducible", "r"),
    ("Feature request logged", "h", "Feature request logged", "h"),
    ("Waiting on engineering", "h", "Waiting for engineering", "h"),
    ("Waiting on legal", "h", "Waiting for legal", "h"),
    ("Waiting on finance", "h", "Waiting for finance", "h"),
    ("Waiting on third party", "h", "Waiting for third party", "h"),
    ("Awaiting customer reply", "p", "Awaiting customer response", "p"),
    ("Awaiting customer confirmation", "p", "Awaiting customer confirmation", "p"),
    ("Awaiting payment", "p", "Payment awaited", "p"),
    ("Escalated L2", "a", "L2 escalation", "i"),
    ("Escalated L3", "a", "L3 escalation", "i"),
    ("Call scheduled", "p", "Call booked", "p"),
    ("Demo given", "a", "Demo done", "i"),
    ("Trial extended", "a", "Trial extension", "i"),
    ("Churn risk", "a", "Churn risk", "i"),
    ("Refund issued", "r", "Refunded", "r"),
    ("Credit note sent", "r", "Credit note sent", "r"),
    ("Duplicate", "r", "Duplicate", "r"),
    ("Out of scope", "r", "Out of scope", "r"),
    ("No response", "r", "No reply", "r"),
    ("Monitoring", "h", "Monitoring", "h"),
    ("Hotfix deployed", "r", "Hotfix released", "r"),
    ("Rollout planned", "h", "Rollout planned", "h"),
    ("Data export running", "a", "Data export running", "i"),
    ("Migration", "a", "Migration", "i"),
)
PARCELS: tuple[tuple[str, str, str, str], ...] = (
    *_base("Neu", "In Bearbeitung", "Wartet auf Kunde", "Zurückgestellt", "Gelöst", "Geschlossen"),
    ("Parcel lost", "h", "Paket verloren", "h"),
    ("Parcel damaged", "h", "Paket beschädigt", "h"),
    ("Carrier asked", "h", "Frachtführer gefragt", "h"),
    ("Customs", "h", "Zoll", "h"),
    ("Delivered", "r", "Zugestellt", "r"),
    ("Return requested", "p", "Rücksendung angefragt", "p"),
    ("Return received", "a", "Rücksendung erhalten", "i"),
    ("Refund approved", "a", "Erstattung genehmigt", "i"),
    ("Refund rejected", "r", "Erstattung abgelehnt", "r"),
    ("Waiting for approval", "h", "Wartet auf Freigabe", "h"),
    ("Scheduled", "h", "Geplant", "h"),
    ("Blocked", "h", "Blockiert", "h"),
    ("Cancelled", "r", "Storniert", "r"),
    ("Reopened", "a", "Wiedereröffnet", "i"),
    ("Escalated", "a", "Eskaliert", "i"),
    ("Under review", "a", "In Prüfung", "i"),
    ("In testing", "a", "Im Test", "i"),
    ("Waiting for supplier", "h", "Wartet auf Lieferanten", "h"),
    ("Shipped", "a", "Versendet", "i"),
    ("Paid", "r", "Bezahlt", "r"),
)
CLINIC: tuple[tuple[str, str, str, str], ...] = (
    *_base("Nouveau", "En cours", "En attente du client", "En pause", "Résolu", "Fermé"),
    ("Esperando proveedor", "h", "En attente du fournisseur", "h"),
    ("Esperando aprobación", "h", "En attente d'approbation", "h"),
    ("Rechazado", "r", "Refusé", "r"),
    ("Cancelado", "r", "Annulé", "r"),
    ("Programado", "h", "Planifié", "h"),
    ("Escalado", "a", "Escaladé", "i"),
    ("Reabierto", "a", "Rouvert", "i"),
    ("En revisión", "a", "En révision", "i"),
    ("Cita: confirmada", "p", "Cita confirmada", "p"),
    ("CITA_NO_SHOW", "r", "Cita no show", "r"),
    ("Télé-consulta", "a", "Téléconsulta", "i"),
    ("Receta", "a", "Receta", "i"),
    ("Receta 2", "a", "Receta 2", "i"),
    ("Receta 3", "a", "Receta 3", "i"),
)
DEPARTMENTS: tuple[tuple[str, str, str, str], ...] = (
    *_base(
        "Support: new",
        "Support: working",
        "Support: waiting for customer",
        "Support: on hold",
        "Support: resolved",
        "Support: closed",
    ),
    ("IT / Access request", "a", "IT - Access request", "i"),
    ("IT / Access granted", "r", "IT - Access granted", "r"),
    ("IT / Access denied", "r", "IT - Access denied", "r"),
    ("IT / Hardware ordered", "h", "IT - Hardware ordered", "h"),
    ("IT / Hardware received", "a", "IT - Hardware received", "i"),
    ("IT / Waiting for manager", "h", "IT - Waiting for manager", "h"),
    ("HR / Waiting for manager", "h", "HR - Waiting for manager", "h"),
    ("HR / Onboarding", "a", "HR - Onboarding", "i"),
    ("HR / Offboarding", "a", "HR - Offboarding", "i"),
    ("HR / Contract sent", "p", "HR - Contract sent", "p"),
    ("HR / Contract signed", "r", "HR - Contract signed", "r"),
    ("FIN / Invoice open", "a", "FIN - Invoice open", "i"),
    ("FIN / Invoice paid", "r", "FIN - Invoice paid", "r"),
    ("FIN / Dunning 1", "p", "FIN - Dunning 1", "p"),
    ("FIN / Dunning 2", "p", "FIN - Dunning 2", "p"),
    ("FIN / Dunning 3", "p", "FIN - Dunning 3", "p"),
    ("FIN / Write-off", "r", "FIN - Write off", "r"),
    ("OPS / Deploy window", "h", "OPS - Deployment window", "h"),
    ("OPS / Verified", "r", "OPS - Verified", "r"),
    ("OPS / Rolled back", "a", "OPS - Roll-back", "i"),
)
REPAIRS: tuple[tuple[str, str, str, str], ...] = (
    *_base("New", "Work in progress", "Customer", "Vendor", "Done", "Archived"),
    ("01 Intake", "a", "Intake", "i"),
    ("02 Triage", "a", "Triage", "i"),
    ("03 Diagnosis", "a", "Diagnosis", "i"),
    ("04 Quote sent", "p", "Quote sent", "p"),
    ("05 Quote accepted", "a", "Quote accepted", "i"),
    ("06 Quote declined", "r", "Quote declined", "r"),
    ("07 Parts on order", "h", "Parts on order", "h"),
    ("08 Parts arrived", "a", "Parts arrived", "i"),
    ("09 Repair", "a", "Repair", "i"),
    ("10 Quality check", "a", "Quality check", "i"),
    ("11 Ready for collection", "p", "Ready for collection", "p"),
    ("12 Collected", "r", "Collected", "r"),
    ("13 Warranty claim", "h", "Warranty claim", "h"),
    ("14 Warranty refused", "r", "Warranty refused", "r"),
    ("15 Scrapped", "r", "Scrapped", "r"),
)
DESKS = {
    "software": SOFTWARE,
    "parcels": PARCELS,
    "clinic": CLINIC,
    "departments": DEPARTMENTS,
    "repairs": REPAIRS,
}


def desks(rows: tuple[Row, ...], *, coarse: bool) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """Return the source's catalog, the target's, and status -> the right one there."""
    plain = {row[0] for row in rows[:6]}
    named = [(name if name in plain else f"custom:{name}", *rest) for name, *rest in rows]
    source = [
        {"id": name, "name": name, "stage": STAGES[stage], "active": True} for name, stage, _, _ in named
    ]
    target = []
    for _, _, name, letter in sorted(named, key=lambda row: row[2][::-1]):
        stage = STAGES[letter]
        target.append(
            {"id": name, "name": name, "stage": BEGUN_AND_DONE.get(stage, stage) if coarse else stage}
        )
    return (
        {"desk": "acme", "product": "zendesk", "statuses": source},
        {"desk": "site", "product": "jsm", "statuses": target, "resolutions": [{"id": "1", "name": "Done"}]},
        {name: there for name, _, there, _ in named},
    )
