"""Which fields a search takes, and of what kind each is [OAS, tables of accepted fields]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ticketferry_emulators.intercom.models.state import WorkspaceState

__all__ = ["FieldKind", "field_kind"]

FieldKind: TypeAlias = Literal["string", "integer", "date", "boolean", "words", "tags", "any"]

_TIMES = ("to_assignment", "to_admin_reply", "to_first_close", "to_last_close")
_MOMENTS = (
    "first_contact_reply_at", "first_assignment_at", "first_admin_reply_at", "first_close_at", "last_assignment_at",
    "last_assignment_admin_reply_at", "last_contact_reply_at", "last_admin_reply_at", "last_close_at",
)  # fmt: skip


def _table(**names: str) -> dict[str, FieldKind]:
    return {name: kind for kind, fields in names.items() for name in fields.split()}  # type: ignore[misc]


_CONVERSATIONS: Mapping[str, FieldKind] = {
    **_table(
        string="id source.type source.id source.delivered_as source.subject source.author.id source.author.type "
        "source.author.name source.author.email source.url contact_ids teammate_ids channel_initiated state tag_ids priority "
        "statistics.last_closed_by_id conversation_rating.remark conversation_rating.contact_id conversation_rating.admin_id "
        "ai_agent.resolution_state ai_agent.last_answer_type ai_agent.rating_remark ai_agent.source_type ai_agent.source_title",
        words="source.body",
        date="created_at updated_at waiting_since snoozed_until conversation_rating.requested_at conversation_rating.replied_at",
        integer="admin_assignee_id team_assignee_id statistics.median_time_to_reply statistics.count_reopens "
        "statistics.count_assignments statistics.count_conversation_parts conversation_rating.score ai_agent.rating",
        boolean="open read ai_agent_participated",
    ),
    **{f"statistics.time_{name}": "integer" for name in _TIMES},
    **{f"statistics.{name}": "date" for name in _MOMENTS},
}
_TICKETS: Mapping[str, FieldKind] = _table(
    string="id title description category ticket_type_id contact_ids teammate_ids admin_assignee_id team_assignee_id state",
    date="created_at updated_at snoozed_until",
    boolean="open",
)
_CONTACTS: Mapping[str, FieldKind] = _table(
    string="id role name avatar email email_domain phone external_id language_override browser browser_language os "
    "location.country location.region location.city",
    integer="owner_id",
    date="created_at signed_up_at updated_at last_seen_at last_contacted_at last_replied_at last_email_opened_at "
    "last_email_clicked_at ios_last_seen_at android_last_seen_at",
    boolean="unsubscribed_from_emails marked_email_as_spam has_hard_bounced",
    tags="tag_id segment_id",
)
_TABLES = {"conversations": _CONVERSATIONS, "tickets": _TICKETS, "contacts": _CONTACTS}
_OF_TYPE: Mapping[str, FieldKind] = {
    "string": "string", "integer": "integer", "float": "any", "boolean": "boolean", "date": "date", "datetime": "date",
    "options": "string", "list": "any", "decimal": "any", "files": "any",
}  # fmt: skip


def field_kind(state: WorkspaceState, kind: str, field: Any) -> FieldKind | None:
    """Return what kind of values a field has; None where nothing of that name can be searched."""
    if not isinstance(field, str):
        return None
    model = {"conversations": "conversation", "contacts": "contact"}.get(kind)
    if field.startswith("custom_attributes.") and model is not None:
        named = state.attribute(model, field.removeprefix("custom_attributes."))
        return _OF_TYPE[named[0].data_type] if named else None
    if field.startswith("ticket_attribute.") and kind == "tickets":
        identifier = field.removeprefix("ticket_attribute.")
        for row in state.ticket_types.values():
            for attribute in row.attributes:
                if attribute.id == identifier:
                    return _OF_TYPE[attribute.data_type]
        return None
    return _TABLES[kind].get(field)
