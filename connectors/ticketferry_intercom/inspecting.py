"""What a workspace would do by itself, as far as it tells: seats. Workflows, Fin, mail and surveys no API shows."""

from collections.abc import Iterator

from ticketferry.sdk import RejectedError, counted
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem, PreflightResult
from ticketferry.sdk.rest.client import RestClient
from ticketferry_intercom.client import single

__all__ = ["items"]

_UNSEEN = {
    "PF-RULES": (("conversation.create", "comment.reply"), "workflows, Fin and inbox rules react to {}"),
    "PF-REOPEN": (("comment.reply",), "a contact's reply may reopen a conversation and start Fin: {}"),
    "PF-MAIL": (
        ("conversation.create", "comment.reply"),
        "mail and push are silenced for teammates' replies only, of {}",
    ),
    "PF-SLA": (("conversation.create",), "SLA targets are set by workflows, which react to {}"),
}
"""Item -> the writes that it is about, and what is said."""


def items(client: RestClient, planned: PlannedWrites | None) -> Iterator[PreflightItem]:
    """Yield the items; one request."""
    for code, (endpoints, words) in _UNSEEN.items():
        count = sum(planned.endpoints.get(name, 0) for name in endpoints) if planned is not None else 0
        about = (
            f"at most {counted(count, 'write')} of the plan"
            if planned is not None
            else "new conversations and replies"
        )
        result = PreflightResult.PROVED if planned is not None and not count else PreflightResult.PERSON
        told = (
            "the plan has no write that it could react to"
            if result is PreflightResult.PROVED
            else f"{words.format(about)}; no API shows it"
        )
        remedy = "" if result is PreflightResult.PROVED else "The guards name where each is switched off."
        yield PreflightItem(code, result, told, remedy, figures={"at most": count})
    yield _seats(client, planned)


def _seats(client: RestClient, planned: PlannedWrites | None) -> PreflightItem:
    """Tell of the teammates whom conversations are assigned to: one without a seat of the inbox takes none [OAS admin.has_inbox_seat]."""
    try:
        rows = list(client.rows(single("/admins", "admins", "check.admins")))
    except RejectedError as error:
        return PreflightItem(
            "PF-SEATS",
            PreflightResult.UNKNOWN,
            f"teammates cannot be read: {error.message}",
            "Give the app “Read admins”.",
        )
    seated = {str(row.get("id")) for row in rows if row.get("has_inbox_seat")}
    figures = {"teammates": len(rows), "with an inbox seat": len(seated)}
    told = f"{len(seated):,} of {counted(len(rows), 'teammate')} have a seat of the inbox"
    if planned is None:
        return PreflightItem("PF-SEATS", PreflightResult.PROVED, told, figures=figures)
    lacking = tuple(name for name, account in planned.agents() if account.id not in seated)
    figures |= {"without a seat": len(lacking)}
    if lacking:
        return PreflightItem(
            "PF-SEATS", PreflightResult.FAILED, f"{told}; {len(lacking)} whom the plan may assign to have none",
            "Give each a seat (Settings > Teammates), or map them to another one.", rows=lacking, figures=figures,
        )  # fmt: skip
    return PreflightItem("PF-SEATS", PreflightResult.PROVED, f"{told}; contacts need none", figures=figures)
