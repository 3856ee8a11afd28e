"""Every write that exists, in dependency order, and the guards of those that could notify somebody."""

from collections.abc import Sequence

from ticketferry.sdk import Endpoint, Guard, Repeat
from ticketferry.sdk.writes import repeatable

__all__ = [
    "ENDPOINTS",
    "GENERAL",
    "GUARDS",
    "GUARD_AUTOMATIONS",
    "GUARD_FOLLOWERS",
    "GUARD_TRIGGERS",
    "GUARD_WORKSPACE",
    "UPDATES",
]

GUARD_TRIGGERS = "ZD-G-TRIGGERS"
GUARD_AUTOMATIONS = "ZD-G-AUTOMATIONS"
GUARD_FOLLOWERS = "ZD-G-FOLLOWERS"
GUARD_WORKSPACE = "ZD-G-WORKSPACE"

GUARDS: Sequence[Guard] = (
    Guard(
        GUARD_TRIGGERS,
        "No active trigger notifies anybody when a ticket is updated",
        "read",
        "Switch the triggers that notify off while updates run, or give each the condition that tickets with the external id `tf-…` are left out.",
    ),
    Guard(
        GUARD_AUTOMATIONS,
        "No active automation notifies anybody of tickets that were updated",
        "read",
        "Switch the automations that notify off while updates run.",
    ),
    Guard(
        GUARD_FOLLOWERS,
        "Followers and CCs are not mailed when a ticket is updated (Admin Center, Objects and rules, Tickets, Settings, CCs and followers)",
        "person",
        "Look at Settings, CCs and followers: empty the follower and CC templates, or disable both, while updates run.",
    ),
    Guard(
        GUARD_WORKSPACE,
        "The Agent Workspace is on: words and files of closed tickets can be blacked out in it alone",
        "read",
        "Switch it on (Admin Center, Workspaces, Agent tools, Agent interface), or redact those comments by hand.",
        switch=False,
    ),
)
"""Imports need none: they run no trigger and mail nobody [DOC ticket_import]; people are made with `skip_verify_email`."""

UPDATES = (GUARD_TRIGGERS, GUARD_AUTOMATIONS, GUARD_FOLLOWERS)
_IMPORTS = "/api/v2/imports/tickets/create_many"
_NUMBER = "a ticket number is used up"

_OPTIONS = "/api/v2/ticket_fields/{field}/options"

GENERAL = (400, 403, 404, 409, 422)
"""Refusals of the page "Requests" [DOC introduction/requests, status codes], for all operations alike: 404 where the path names a record, since
a collection that is not there refuses none (the plan of the account lacks it, or something else answers). 409 is a collision, to be sent again.
"""
_DONE, _EMPTY = (200, *GENERAL), (204, *GENERAL)
_MADE, _TAKEN = (201, 400, 403, 409, 422), (200, 400, 403, 409, 422)

ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("field.create", "POST", "/api/v2/ticket_fields", "write", gives=("id", "number"), statuses=_MADE),
    Endpoint("field.add_option", "POST", _OPTIONS, "option", gives=("id", "value"), statuses=(201, *_DONE)),
    Endpoint("status.create", "POST", "/api/v2/custom_statuses", "write", gives=("id", "number"), statuses=_MADE),
    Endpoint("group.create", "POST", "/api/v2/groups", "write", statuses=_MADE),
    Endpoint("organization.create", "POST", "/api/v2/organizations/create_many", "job", batch=100, job=True, statuses=_TAKEN),
    repeatable("organization.update", "PUT", "/api/v2/organizations/{id}", "organization", statuses=_DONE),
    repeatable("organization.domains", "PUT", "/api/v2/organizations/{id}", "organization", last=True, statuses=_DONE),
    Endpoint("user.create", "POST", "/api/v2/users", "user", residue="a deleted user account can still be found among deleted users", statuses=_MADE),
    Endpoint(
        "user.create_many", "POST", "/api/v2/users/create_many", "job", batch=100, job=True,
        residue="a deleted user account can still be found among deleted users", statuses=_TAKEN,
    ),
    repeatable("user.update", "PUT", "/api/v2/users/{id}", "user", statuses=_DONE),
    Endpoint("identity.add", "POST", "/api/v2/users/{id}/identities", "write", statuses=(201, *GENERAL)),
    Endpoint("membership.create", "POST", "/api/v2/organization_memberships/create_many", "job", batch=100, job=True, statuses=_TAKEN),
    Endpoint("upload.add", "POST", "/api/v2/uploads", "upload", gives=("token", "id", "url"), repeat=Repeat.FREE, statuses=(*_MADE, 413)),
    Endpoint("ticket.import", "POST", _IMPORTS, "job", batch=100, job=True, residue=_NUMBER, statuses=_TAKEN),
    Endpoint("ticket.import_closed", "POST", _IMPORTS, "job", batch=100, job=True, residue=_NUMBER, last=True, statuses=_TAKEN),
    Endpoint(
        "ticket.import_archived", "POST", _IMPORTS, "job", batch=100, job=True,
        residue="a ticket number is used up; an archived ticket that was deleted cannot be restored", last=True, statuses=_TAKEN,
    ),
    Endpoint(
        "comment.add", "PUT", "/api/v2/tickets/{id}", "ticket", guards=UPDATES, residue="a comment that was added to a ticket stays", statuses=_DONE,
    ),
    repeatable(
        "comment.hide", "PUT", "/api/v2/tickets/{id}/comments/{comment}/make_private", "ticket", guards=UPDATES,
        residue="a comment that was made internal stays internal", statuses=_DONE,
    ),
    repeatable(
        "comment.redact", "PUT", "/api/v2/tickets/{id}/comments/{comment}/redact", "ticket", guards=UPDATES,
        residue="words that were redacted stay so", statuses=_DONE,
    ),
    Endpoint(
        "comment.redact_closed", "PUT", "/api/v2/comment_redactions/{comment}", "ticket", gives=(), guards=(*UPDATES, GUARD_WORKSPACE),
        residue="words and files that were redacted stay so", statuses=_DONE,
    ),
    repeatable(
        "attachment.redact", "PUT", "/api/v2/tickets/{id}/comments/{comment}/attachments/{attachment}/redact", "ticket", guards=UPDATES,
        residue="a file that was redacted stays so", statuses=_DONE,
    ),
    Endpoint(
        "ticket.update", "PUT", "/api/v2/tickets/{id}", "ticket", gives=(), guards=UPDATES, residue="the internal comment of an update stays",
        statuses=_DONE,
    ),
    repeatable("ticket.update_closed", "PUT", "/api/v2/tickets/update_many", "job", batch=100, job=True, guards=UPDATES, statuses=_TAKEN),
    # ---- taking back
    repeatable("ticket.delete", "DELETE", "/api/v2/tickets/destroy_many", "job", batch=100, job=True, statuses=_DONE),
    repeatable(
        "ticket.delete_forever", "DELETE", "/api/v2/deleted_tickets/destroy_many", "job", batch=100, job=True,
        residue="a ticket that was deleted for good cannot be restored", statuses=_DONE,
    ),
    Endpoint("ticket.restore", "PUT", "/api/v2/deleted_tickets/{id}/restore", "write", repeat=Repeat.SAFE, statuses=_DONE),
    repeatable("identity.delete", "DELETE", "/api/v2/users/{user}/identities/{id}", "write", statuses=_EMPTY),
    repeatable("membership.delete", "DELETE", "/api/v2/organization_memberships/{id}", "write", statuses=_EMPTY),
    repeatable("user.delete", "DELETE", "/api/v2/users/{id}", "write", statuses=_DONE),
    repeatable("organization.delete", "DELETE", "/api/v2/organizations/{id}", "write", statuses=_EMPTY),
    repeatable("field.delete_option", "DELETE", f"{_OPTIONS}/{{id}}", "option", statuses=_EMPTY),
    repeatable("field.delete", "DELETE", "/api/v2/ticket_fields/{id}", "write", statuses=_EMPTY),
    repeatable("status.delete", "DELETE", "/api/v2/custom_statuses/{id}", "write", statuses=_EMPTY),
    repeatable("group.delete", "DELETE", "/api/v2/groups/{id}", "write", statuses=_EMPTY),
)  # fmt: skip
"""The OpenAPI document names the successes of each operation and hardly a refusal; 413 answers an upload that is too large [REC official Ruby client]."""
