"""The set-up of a desk as it is changed: fields with their options, statuses, forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.exceptions import rejected
from ticketferry_emulators.zendesk.responses.shapes import shaped
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = [
    "FIELD_KEYS", "FORM_KEYS", "OPTION_KEYS", "STATUS_KEYS", "change_field", "change_form", "change_status", "create_field",
    "create_form", "create_status", "drop_field", "drop_option", "put_option",
]  # fmt: skip

FIELD_KEYS = frozenset({
    "title", "raw_title", "type", "key", "description", "raw_description", "position", "active", "required",
    "collapsed_for_agents", "regexp_for_validation", "title_in_portal", "raw_title_in_portal", "visible_in_portal",
    "editable_in_portal", "required_in_portal", "tag", "custom_field_options", "agent_description", "sub_type_id",
    "relationship_target_type", "relationship_filter", "system_field_options", "custom_statuses", "agent_can_edit",
})  # fmt: skip
OPTION_KEYS = frozenset({"id", "name", "raw_name", "value", "position", "default", "allow_solving"})
STATUS_KEYS = frozenset({
    "status_category", "agent_label", "raw_agent_label", "end_user_label", "raw_end_user_label", "description",
    "raw_description", "end_user_description", "raw_end_user_description", "active",
})  # fmt: skip
FORM_KEYS = frozenset({
    "name", "raw_name", "display_name", "raw_display_name", "end_user_visible", "position", "ticket_field_ids", "active",
    "default", "in_all_brands", "restricted_brand_ids", "end_user_conditions", "agent_conditions",
})  # fmt: skip
_TYPES: Mapping[str, frozenset[str]] = {
    "ticket_fields": frozenset({
        "text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard", "multiselect",
        "tagger", "lookup",
    }),
    "user_fields": frozenset({"text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "dropdown", "lookup"}),
}  # fmt: skip
_OWNERS = {"user_fields": "users", "organization_fields": "organizations"}
_CATEGORIES = ("new", "open", "pending", "hold", "solved")
_LONGEST_LABEL = 48


def create_field(
    state: DeskState, kind: str, sent: WireRecord, now: float, creator: int | None = None
) -> WireRecord:
    """Make a field of tickets, users or organizations; raises Refused (422)."""
    shaped(sent)
    types = _TYPES["ticket_fields" if kind == "ticket_fields" else "user_fields"]
    if sent.get("type") not in types:
        raise rejected("type", f"Type: {sent.get('type')} is invalid")
    title = sent.get("title")
    if not isinstance(title, str) or not title.strip():
        raise rejected("title", "Title: cannot be blank", "BlankValue")
    if sent["type"] == "regexp" and not sent.get("regexp_for_validation"):
        raise rejected("regexp_for_validation", "Regexp: cannot be blank", "BlankValue")
    if sent["type"] == "lookup" and not sent.get("relationship_target_type"):
        raise rejected("relationship_target_type", "Relationship target type: cannot be blank", "BlankValue")
    number, made = state.next_id(kind), stamp(int(now))
    rows = state.lists[kind]
    field: WireRecord = {
        "url": state.url(f"{kind}/{number}"), "id": number, "type": sent["type"], "title": title, "raw_title": title,
        "description": "", "raw_description": "", "position": len(rows), "active": True, "key": sent.get("key"),
        "regexp_for_validation": None, "created_at": made, "updated_at": made,
    }  # fmt: skip
    if kind == "ticket_fields":
        field |= {
            "required": False, "collapsed_for_agents": False, "title_in_portal": title, "raw_title_in_portal": title,
            "visible_in_portal": False, "editable_in_portal": False, "required_in_portal": False, "tag": None,
            "agent_can_edit": True, "removable": True, "agent_description": None, "creator_user_id": creator,
        }  # fmt: skip
    else:
        field["system"] = False
        if not field["key"] or any(row["key"] == field["key"] for row in rows.values()):
            raise rejected("key", "Key: is missing or has already been taken", "DuplicateValue")
    _take(state, kind, field, sent)
    rows[number] = field
    _spread(state, kind, field)
    return field


def _spread(state: DeskState, kind: str, field: WireRecord) -> None:
    """Give every user or organization the new field, without a value."""
    owner = _OWNERS.get(kind)
    if owner is None:
        return
    blank = False if field["type"] == "checkbox" else None
    for row in state.lists[owner].values():
        row[kind] = {**row[kind], field["key"]: blank}


def change_field(state: DeskState, kind: str, field: WireRecord, sent: WireRecord, now: float) -> WireRecord:
    """Change a field; its type stays [OAS]. Options that are left out of `custom_field_options` are gone."""
    changed = {**field, "updated_at": stamp(int(now))}
    if shaped(sent).get("type", field["type"]) != field["type"]:
        raise rejected("type", "Type: cannot be changed")
    _take(state, kind, changed, sent)
    state.lists[kind][field["id"]] = changed
    return changed


def _take(state: DeskState, kind: str, field: WireRecord, sent: WireRecord) -> None:
    for key in FIELD_KEYS & sent.keys() - {"type", "key", "custom_field_options", "system_field_options"}:
        field[key] = sent[key]
    for key in ("title", "description", "title_in_portal"):
        if key in sent:
            field[f"raw_{key}"] = sent[key]
    if field["type"] in ("tagger", "multiselect", "dropdown"):
        rows = list(sent.get("custom_field_options", field.get("custom_field_options")) or ())
        known = {row["value"]: row for row in field.get("custom_field_options", ())}
        options: list[WireRecord] = []
        for row in rows:
            _option(state, kind, field, options, row, known.get(row.get("value")))
        field["custom_field_options"] = options


def _option(
    state: DeskState, kind: str, field: WireRecord, options: list[WireRecord], sent: WireRecord, known: WireRecord | None
) -> WireRecord:  # fmt: skip
    name, value = sent.get("name"), sent.get("value")
    if not name or not value:
        raise rejected("custom_field_options", "Option: name and value cannot be blank", "BlankValue")
    value = str(value).strip().lower().replace(" ", "_")
    if any(row["value"] == value for row in options):
        raise rejected("custom_field_options", f"Option: the tag {value} is used twice", "DuplicateValue")
    number = known["id"] if known is not None else state.next_id("custom_field_options")
    option = {
        "id": number, "name": name, "raw_name": name, "value": value, "default": sent.get("default") is True,
        "url": f"{state.host}/api/v2/{kind}/{field['id']}/options/{number}.json",
    }  # fmt: skip
    options.append(option)
    return option


def put_option(state: DeskState, kind: str, field: WireRecord, sent: WireRecord) -> tuple[WireRecord, bool]:
    """Make an option, or change the one whose id is sent; returns it and whether it is new [OAS]."""
    if field["type"] not in ("tagger", "multiselect", "dropdown"):
        raise rejected("base", "The field has no options")
    options = list(field["custom_field_options"])
    known = next((row for row in options if row["id"] == sent.get("id")), None)
    others = [row for row in options if row is not known]
    option = _option(state, kind, field, others, sent, known)
    if known is not None:
        options[options.index(known)] = option
    else:
        options.append(option)
    state.lists[kind][field["id"]] = {**field, "custom_field_options": options}
    return option, known is None


def drop_option(state: DeskState, kind: str, field: WireRecord, number: int) -> bool:
    """Delete an option; False when there is none. Tickets keep its tag."""
    options = field.get("custom_field_options", [])
    rest = [row for row in options if row["id"] != number]
    state.lists[kind][field["id"]] = {**field, "custom_field_options": rest}
    return len(rest) < len(options)


def drop_field(state: DeskState, kind: str, field: WireRecord) -> None:
    """Delete a field, with the values that tickets, users or organizations have in it; system fields stay."""
    if field.get("removable") is False or field.get("system") is True:
        raise rejected("base", "A system field cannot be deleted")
    del state.lists[kind][field["id"]]
    if kind == "ticket_fields":
        for form in list(state.lists["ticket_forms"].values()):
            ids = [number for number in form["ticket_field_ids"] if number != field["id"]]
            state.lists["ticket_forms"][form["id"]] = {**form, "ticket_field_ids": ids}
        for number in state.heads:
            case = state.case(number)
            rows = [row for row in case.ticket["custom_fields"] if row["id"] != field["id"]]
            if len(rows) < len(case.ticket["custom_fields"]):
                case.ticket["custom_fields"], case.ticket["fields"] = rows, [dict(row) for row in rows]
                state.keep(case)
        return
    for row in state.lists[_OWNERS[kind]].values():
        row[kind] = {key: value for key, value in row[kind].items() if key != field["key"]}


def create_status(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    """Make a custom status; raises Refused (422)."""
    if sent.get("status_category") not in _CATEGORIES:
        raise rejected("status_category", "Status category: is invalid")
    _labels(sent, None)
    number, made = state.next_id("custom_statuses"), stamp(int(now))
    label = str(sent["agent_label"])
    status: WireRecord = {
        "url": state.url(f"custom_statuses/{number}"), "id": number, "status_category": sent["status_category"],
        "agent_label": label, "raw_agent_label": label, "end_user_label": label, "raw_end_user_label": label,
        "description": "", "raw_description": "", "end_user_description": "", "raw_end_user_description": "",
        "active": True, "default": False, "created_at": made, "updated_at": made,
    }  # fmt: skip
    _put_labels(status, sent)
    state.lists["custom_statuses"][number] = status
    return status


def change_status(state: DeskState, status: WireRecord, sent: WireRecord, now: float) -> WireRecord:
    """Change a custom status; its category cannot be [REC]."""
    if "status_category" in sent:
        raise rejected(
            "status_category", "unpermitted_keys: custom_status.status_category", "unpermitted_keys"
        )
    _labels(sent, status)
    if sent.get("active") is False and status["default"]:
        raise rejected("active", "A default status cannot be deactivated")
    changed = {**status, "updated_at": stamp(int(now))}
    _put_labels(changed, sent)
    state.lists["custom_statuses"][status["id"]] = changed
    return changed


def _labels(sent: WireRecord, status: WireRecord | None) -> None:
    for key in ("agent_label", "end_user_label"):
        if key in sent or (status is None and key == "agent_label"):
            label = sent.get(key)
            if not isinstance(label, str) or not 0 < len(label) <= _LONGEST_LABEL:
                raise rejected(key, f"{key}: must have 1 to {_LONGEST_LABEL} characters")


def _put_labels(status: WireRecord, sent: WireRecord) -> None:
    for key in ("agent_label", "end_user_label", "description", "end_user_description"):
        if key in sent:
            status[key] = status[f"raw_{key}"] = sent[key]
    if "active" in sent:
        status["active"] = sent["active"] is True


def create_form(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    """Make a ticket form; system fields are in every form [DOC]."""
    name = sent.get("name")
    if not isinstance(name, str) or not name.strip():
        raise rejected("name", "Name: cannot be blank", "BlankValue")
    number, made = state.next_id("ticket_forms"), stamp(int(now))
    form: WireRecord = {
        "url": state.url(f"ticket_forms/{number}"), "id": number, "name": name, "raw_name": name, "display_name": name,
        "raw_display_name": name, "end_user_visible": False, "position": len(state.lists["ticket_forms"]) + 1,
        "ticket_field_ids": [], "active": True, "default": False, "in_all_brands": True, "restricted_brand_ids": [],
        "end_user_conditions": [], "agent_conditions": [], "created_at": made, "updated_at": made,
    }  # fmt: skip
    return _put_form(state, form, sent)


def change_form(state: DeskState, form: WireRecord, sent: WireRecord, now: float) -> WireRecord:
    """Change a ticket form."""
    return _put_form(state, {**form, "updated_at": stamp(int(now))}, sent)


def _put_form(state: DeskState, form: WireRecord, sent: WireRecord) -> WireRecord:
    fields = state.lists["ticket_fields"]
    shaped(sent)
    if any(number not in fields for number in sent.get("ticket_field_ids") or ()):
        raise rejected("ticket_field_ids", "Ticket fields: is invalid")
    for key in FORM_KEYS & sent.keys() - {"raw_name", "raw_display_name", "default"}:
        form[key] = sent[key]
    for key in ("name", "display_name"):
        if key in sent:
            form[f"raw_{key}"] = sent[key]
    system = [number for number, row in fields.items() if not row["removable"]]
    form["ticket_field_ids"] = list(dict.fromkeys([*system, *form["ticket_field_ids"]]))
    state.lists["ticket_forms"][form["id"]] = form
    return form
