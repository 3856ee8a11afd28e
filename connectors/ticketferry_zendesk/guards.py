"""Checks before anything is written: whether triggers or automations would tell anybody of an update."""

from collections.abc import Iterator
from typing import Any

from ticketferry.sdk import Finding, RejectedError, Severity
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.endpoints import GUARD_AUTOMATIONS, GUARD_TRIGGERS, GUARD_WORKSPACE, GUARDS
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.wire import Row

__all__ = ["check", "tells"]

_LOUD = (
    "notification_",
    "notify",
    "tweet",
    "satisfaction_score",
    "deflection",
    "sms",
    "webhook",
    "side_conversation",
    "cc",
    "share_ticket",
)
"""How the fields of actions begin that tell somebody, inside or outside [DOC actions reference]; in doubt one does."""
_REMEDY = {guard.code: guard.remedy for guard in GUARDS}


def check(
    client: ZendeskClient, options: ZendeskOptions, kept: dict[str, list[Row]] | None = None
) -> Iterator[Finding]:
    """Yield a finding for each guard that is read: INFO when it holds, BLOCKER when not. `kept` gets the active rules by list."""
    for code, path, key in (
        (GUARD_TRIGGERS, "/triggers", "triggers"),
        (GUARD_AUTOMATIONS, "/automations", "automations"),
    ):
        try:
            rows = [row for row in client.every(path, key, endpoint=f"setup.{key}") if row.get("active")]
        except RejectedError as error:
            yield Finding.blocker(
                code, options.where(), f"the {key} cannot be read ({error.message})", "Use the credentials of an admin.",
            )  # fmt: skip
            continue
        if kept is not None:
            kept[key] = rows
        loud = [str(row.get("title") or row.get("id")) for row in rows if tells(row)]
        if loud:
            names = ", ".join(loud[:4]) + (" …" if len(loud) > 4 else "")
            yield Finding.blocker(
                code,
                options.where(),
                f"{len(loud)} active {key} tell people of updates (imports run none): {names}",
                _REMEDY[code],
                len(loud),
            )
        else:
            yield Finding.info(code, options.where(), f"none of {len(rows)} active {key} tells anybody")
    yield from _settings(client, options)


def _settings(client: ZendeskClient, options: ZendeskOptions) -> Iterator[Finding]:
    """Tell whether the Agent Workspace is on, which redactions on closed tickets need [OAS RedactTicketCommentInAgentWorkspace], and
    whether tickets get the tags of people and organizations [DOC 203662006] or an assignee when they are solved [support 4408894213018].
    """
    settings: Any = {}
    try:
        settings = client.get("/account/settings", endpoint="setup.settings").get("settings")
    except RejectedError as error:
        severity, said = Severity.BLOCKER, f"the settings of the account cannot be read ({error.message})"
    else:
        on = _part(settings, "agents").get("agent_workspace") is True
        severity = Severity.INFO if on else Severity.BLOCKER
        said = f"the Agent Workspace is {'on' if on else 'off: nothing on closed tickets can be blacked out'}"
    yield Finding.info(
        "ZD-CLOSES-001", options.where(),
        "Zendesk closes a solved ticket 28 days after it was solved, and automations often sooner [support 4408894213018]: a later delta"
        " changes only its tags, subject and priority",
        "Cut over before, or bring solved tickets last.",
    )  # fmt: skip
    remedy = "" if severity is Severity.INFO else _REMEDY[GUARD_WORKSPACE]
    yield Finding(GUARD_WORKSPACE, severity, None, options.where(), said, remedy)
    if _part(settings, "active_features").get("user_tagging") is True:
        yield Finding.info(
            "ZD-TAGS-001", options.where(),
            "tags of people and organizations are on: new tickets may get them beside their own, and are not told apart by them",
        )  # fmt: skip
    if _part(settings, "tickets").get("assign_tickets_upon_solve") is True:
        yield Finding.info(
            "ZD-ASSIGN-001", options.where(),
            "who solves a ticket without an assignee becomes its assignee here: solved tickets that have none may get this account",
            "Map `people.placeholder` agents or an assignee where reports count by assignee, or switch the setting off for the time.",
        )  # fmt: skip


def _part(settings: Any, name: str) -> dict[str, Any]:
    found = settings.get(name) if isinstance(settings, dict) else None
    return found if isinstance(found, dict) else {}


def tells(row: Row) -> bool:
    """Tell whether a rule tells somebody, inside or outside; in doubt it does."""
    actions: Any = row.get("actions")
    fields = [str(action.get("field")) for action in actions or () if isinstance(action, dict)]
    return any(field.startswith(_LOUD) for field in fields)
