"""Whether the members of a request are of the kind that their names promise, before anybody reads them."""

from __future__ import annotations

from ticketferry_emulators.zendesk.exceptions import rejected
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["shaped"]

_LISTS = frozenset({
    "additional_collaborators", "additional_tags", "agent_conditions", "collaborator_ids", "collaborators", "comments",
    "custom_field_options", "custom_fields", "domain_names", "email_ccs", "end_user_conditions", "fields", "followers",
    "identities", "remove_tags", "restricted_brand_ids", "tags", "ticket_field_ids", "uploads",
})  # fmt: skip
_TEXT_TOO = frozenset({"additional_tags", "remove_tags", "tags", "uploads"})
_OBJECTS = frozenset({"metadata", "organization_fields", "requester", "user_fields"})
_SCALARS = frozenset({
    "active", "agent_label", "alias", "created_at", "default", "description", "details", "due_at", "email", "end_user_label",
    "key", "locale", "name", "notes", "phone", "position", "priority", "recipient", "regexp_for_validation",
    "relationship_target_type", "role", "shared_phone_number", "solved_at", "status", "status_category", "subject",
    "suspended", "tag", "title", "type", "updated_at", "verified",
})  # fmt: skip
_FREE = frozenset(
    {"agent_conditions", "end_user_conditions", "metadata", "organization_fields", "user_fields"}
)
"""What may hold anything below its own kind."""


def shaped(sent: WireRecord) -> WireRecord:
    """Return the request as it is; raises Refused (422) for a list that is none, an id that is no scalar, and the like."""
    for key, value in sent.items():
        if value is None:
            continue
        fits = True
        if key in _LISTS:
            fits = isinstance(value, list) or (key in _TEXT_TOO and isinstance(value, str))
        elif key in _OBJECTS:
            fits = isinstance(value, dict)
        elif key == "id" or key.endswith("_id"):
            fits = isinstance(value, int | str)
        elif key in _SCALARS:
            fits = isinstance(value, int | float | str)
        if not fits:
            raise rejected(key, f"{key}: is invalid")
        if key in _FREE:
            continue
        if isinstance(value, dict):
            shaped(value)
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    shaped(row)
    return sent
