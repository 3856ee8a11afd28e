"""What a workspace would do by itself, as far as it tells: seats. Workflows, Fin, mail and surveys no API shows."""

from collections.abc import Iterator

from ticketferry.sdk import RejectedError, counted
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem
from ticketferry.sdk.preflight_items import Unseen, failed, proved, unknown, unseen
from ticketferry.sdk.rest.client import RestClient
from ticketferry_intercom.client import single

__all__ = ["items"]

_BEGUN, _SAID, _NAMED = "conversation.create", "comment.reply", "The guards name where each is switched off."
_UNSEEN = {
    "PF-RULES": ((_BEGUN, _SAID), "workflows, Fin and inbox rules react to {}"),
    "PF-REOPEN": ((_SAID,), "a contact's reply may reopen a conversation and start Fin: {}"),
    "PF-MAIL": ((_BEGUN, _SAID), "mail and push are silenced for teammates' replies only, of {}"),
    "PF-SLA": ((_BEGUN,), "SLA targets are set by workflows, which react to {}"),
}
"""Item -> the writes that it is about, and what is said."""


def items(client: RestClient, planned: PlannedWrites | None) -> Iterator[PreflightItem]:
    """Yield the items; one request: one without a seat of the inbox is assigned no conversation [OAS admin.has_inbox_seat]."""
    table = {code: Unseen(on, f"{told}; no API shows it", _NAMED) for code, (on, told) in _UNSEEN.items()}
    yield from unseen(table, planned, "new conversations and replies")
    try:
        rows = list(client.rows(single("/admins", "admins", "check.admins")))
    except RejectedError as error:
        told = f"teammates cannot be read: {error.message}"
        yield unknown("PF-SEATS", told, "Give the app “Read admins”.")
        return
    seated = {str(row.get("id")) for row in rows if row.get("has_inbox_seat")}
    figures = {"teammates": len(rows), "with an inbox seat": len(seated)}
    told = f"{len(seated):,} of {counted(len(rows), 'teammate')} have a seat of the inbox"
    agents = planned.agents() if planned is not None else ()
    lacking = [name for name, account in agents if account.id not in seated]
    if planned is not None:
        figures |= {"without a seat": len(lacking)}
        told += (
            f"; {len(lacking)} whom the plan may assign to have none" if lacking else "; contacts need none"
        )
    remedy = "Give each a seat (Settings > Teammates), or map them to another one." if lacking else ""
    yield (failed if lacking else proved)("PF-SEATS", told, remedy, rows=lacking, figures=figures)
