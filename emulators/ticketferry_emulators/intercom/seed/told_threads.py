"""Conversations and tickets put up again from what was read of them, with their parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry_emulators.intercom.models.records import (
    Conversation,
    ConversationPart,
    ConversationSource,
    IntercomTicket,
    Party,
    Tagging,
    TicketType,
)
from ticketferry_emulators.intercom.seed.told_files import ToldFiles

__all__ = ["conversation_of", "party_of", "taggings", "ticket_of"]

Row = Mapping[str, Any]


def conversation_of(row: Row, files: ToldFiles) -> Conversation:
    """Return a conversation."""
    id_, source, rating = str(row["id"]), _at(row, "source"), _at(row, "conversation_rating")
    conversation = Conversation(
        **_common(row),
        source=ConversationSource(
            str(source.get("id") or 0), party_of(_at(source, "author")), files.body(source.get("body"), f"{id_}-source") or "",
            str(source.get("type") or "conversation"), str(source.get("delivered_as") or "customer_initiated"),
            str(source.get("subject") or ""), _files(source, f"{id_}-source", files), source.get("url"), source.get("redacted") is True,
        ),
        title=row.get("title"), waiting_since=row.get("waiting_since"), read=row.get("read") is True,
        priority=str(row.get("priority") or "not_priority"), custom_attributes=dict(_at(row, "custom_attributes")),
        ai_agent=dict(_at(row, "ai_agent")) if row.get("ai_agent_participated") else None,
    )  # fmt: skip
    conversation.company = _at(row, "company").get("id")
    conversation.state = str(row.get("state") or ("open" if row.get("open") else "closed"))
    if sla := _at(row, "sla_applied"):
        conversation.sla = (str(sla.get("sla_name")), str(sla.get("sla_status")))
    if rating.get("rating") is not None:
        conversation.rating = {
            "rating": rating["rating"], "remark": rating.get("remark"), "created_at": rating.get("created_at"),
            "contact": _at(rating, "contact").get("id"), "teammate": _at(rating, "teammate").get("id"),
        }  # fmt: skip
    rows = _at(row, "conversation_parts").get("conversation_parts") or ()
    parts = [_part(part, str(part.get("id")), files) for part in rows]
    conversation.parts = [*_untold(row, "conversation_parts", len(parts)), *parts]
    return conversation


def ticket_of(row: Row, kind: TicketType, files: ToldFiles) -> IntercomTicket:
    """Return a ticket of a type whose attributes are known."""
    id_ = f"t{row['id']}"
    ticket = IntercomTicket(
        **_common(row), number=int(row.get("ticket_id") or 0), type_id=kind.id, state_id=str(_at(row, "ticket_state").get("id")),
        shared=row.get("is_shared") is not False,
    )  # fmt: skip
    ticket.company = row.get("company_id")
    ticket.state = "open" if row.get("open") is not False else "closed"
    if ticket.snoozed_until is not None and ticket.state == "open":
        ticket.state = "snoozed"
    lists = {attribute.name: attribute.items for attribute in kind.attributes}
    values, order = _at(row, "ticket_attributes"), list(lists)
    # Files of an attribute are numbered by its place in the answer, which is that of the type.
    for place, name in enumerate(
        sorted(values, key=lambda key: order.index(key) if key in lists else len(order))
    ):
        value = values[name]
        ticket.attributes[name] = _value(value, lists.get(name, {}), f"{id_}-attribute{place}", files)
        if name == "_default_description_":
            ticket.attributes[name] = files.body(value, id_)
    rows = _at(row, "ticket_parts").get("ticket_parts") or ()
    parts = [_part(part, f"t{part.get('id')}", files) for part in rows]
    ticket.parts = [*_untold(row, "ticket_parts", len(parts)), *parts]
    return ticket


def party_of(author: Row) -> Party:
    """Return who wrote or did something."""
    return Party(
        str(author.get("type") or "bot"), str(author.get("id") or "0"), author.get("name"), str(author.get("email") or ""),
        author.get("from_ai_agent") is True, author.get("is_ai_answer") is True,
    )  # fmt: skip


def taggings(tags: Iterable[Row]) -> list[Tagging]:
    """Return tags on something; lists that do not say by whom are taken to be by nobody."""
    return [
        Tagging(
            str(tag["id"]), int(tag.get("applied_at") or 0), str(_at(tag, "applied_by").get("type") or "admin"),
            str(_at(tag, "applied_by").get("id") or "0"),
        )
        for tag in tags
        if tag.get("id")
    ]  # fmt: skip


def _common(row: Row) -> dict[str, Any]:
    links = [(str(one.get("type")), str(one["id"])) for one in _at(row, "linked_objects").get("data") or () if one.get("id")]  # fmt: skip
    tags = taggings(_at(row, "tags").get("tags") or ())
    contacts = [str(one["id"]) for one in _at(row, "contacts").get("contacts") or () if one.get("id")]
    return {
        "id": str(row["id"]), "created_at": int(row.get("created_at") or 0), "updated_at": int(row.get("updated_at") or 0),
        "contacts": contacts, "snoozed_until": row.get("snoozed_until"), "admin": _number(row.get("admin_assignee_id")),
        "team": _number(row.get("team_assignee_id")), "tags": tags, "linked": links,
    }  # fmt: skip


def _part(row: Row, id_: str, files: ToldFiles) -> ConversationPart:
    to = _at(row, "assigned_to")
    part = ConversationPart(
        str(row.get("id") or 0), str(row.get("part_type") or "comment"), party_of(_at(row, "author")), int(row.get("created_at") or 0),
        files.body(row.get("body"), id_), int(row.get("updated_at") or 0), row.get("notified_at"),
        (str(to.get("type")), str(to["id"])) if to.get("id") is not None else None, _files(row, id_, files), row.get("external_id"),
        row.get("redacted") is True, str(row.get("state") or "open"),
    )  # fmt: skip
    part.tags = [str(tag["id"]) for tag in row.get("tags") or () if isinstance(tag, Mapping) and tag.get("id")]  # fmt: skip
    part.email, part.event_details = row.get("email_message_metadata"), row.get("event_details")
    part.quick_replies = list(_at(row, "metadata").get("quick_reply_options") or ())
    part.app_package_code, part.attribute = row.get("app_package_code"), row.get("updated_attribute_data")
    part.ticket_state, part.previous_ticket_state = (
        row.get("ticket_state"),
        row.get("previous_ticket_state"),
    )
    return part


def _untold(row: Row, name: str, told: int) -> list[ConversationPart]:
    """Return as many parts without words as there are older ones than an answer has: they count, and nobody can read them."""
    total, begun = _at(row, name).get("total_count"), int(row.get("created_at") or 0)
    nobody = Party("bot", "0")
    return [ConversationPart("0", "untold", nobody, begun)] * max(0, (total or 0) - told)


def _files(row: Row, id_: str, files: ToldFiles) -> list[Any]:
    rows = row.get("attachments") or ()
    return [files.stored(one, f"{id_}-{index}") for index, one in enumerate(rows) if isinstance(one, Mapping)]


def _value(value: Any, items: Mapping[str, str], id_: str, files: ToldFiles) -> Any:
    """Return a value as tickets hold it: that of a list by its id, files as files."""
    if isinstance(value, list) and any(isinstance(one, Mapping) and one.get("url") for one in value):
        rows = [one for one in value if isinstance(one, Mapping) and one.get("url")]
        return [files.stored(one, f"{id_}-{index}") for index, one in enumerate(rows)]
    return next((key for key, label in items.items() if label == value), value) if items else value


def _number(value: Any) -> int | None:
    return int(value) if value and str(value).isdecimal() and int(value) else None


def _at(row: Row, name: str) -> Row:
    value = row.get(name)
    return value if isinstance(value, Mapping) else {}
