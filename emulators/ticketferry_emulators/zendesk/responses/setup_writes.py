"""Routes that change the set-up: fields, options, statuses, forms, links to Jira issues."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ticketferry_emulators.kit.app import Answer, Call, NotServed, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found
from ticketferry_emulators.zendesk.models import setup
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.requests import caller, named, warned
from ticketferry_emulators.zendesk.responses.routing import both, identifier, writes
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp

__all__ = ["ROUTES"]

Handler = Callable[["DeskState", Call], Answer]


def _record(state: DeskState, kind: str, number: int) -> WireRecord:
    record = state.lists[kind].get(number)
    if record is None:
        raise not_found()
    return record


def _create_field(kind: str, name: str) -> Handler:
    """Return the handler that makes a field of a kind."""

    def handler(state: DeskState, call: Call) -> Answer:
        sent = named(call, name)
        made = setup.create_field(state, kind, sent, state.clock.time(), caller(state, call))
        return warned(Answer(201, {name: made}), [sent], setup.FIELD_KEYS, name)

    return handler


def _change_field(kind: str, name: str) -> Handler:
    """Return the handler that changes a field of a kind."""

    def handler(state: DeskState, call: Call) -> Answer:
        field, sent = _record(state, kind, identifier(call)), named(call, name)
        done = setup.change_field(state, kind, field, sent, state.clock.time())
        return warned(Answer(200, {name: done}), [sent], setup.FIELD_KEYS, name)

    return handler


def _drop_field(kind: str) -> Handler:
    """Return the handler that deletes a field of a kind."""

    def handler(state: DeskState, call: Call) -> Answer:
        setup.drop_field(state, kind, _record(state, kind, identifier(call)))
        return Answer(204)

    return handler


def _put_option(kind: str) -> Handler:
    """Return the handler that makes or changes an option of a field of a kind."""

    def handler(state: DeskState, call: Call) -> Answer:
        field, sent = _record(state, kind, identifier(call)), named(call, "custom_field_option")
        option, fresh = setup.put_option(state, kind, field, sent)
        answer = Answer(201 if fresh else 200, {"custom_field_option": option})
        return warned(answer, [sent], setup.OPTION_KEYS, "custom_field_option")

    return handler


def _drop_option(kind: str) -> Handler:
    """Return the handler that deletes an option of a field of a kind."""

    def handler(state: DeskState, call: Call) -> Answer:
        field = _record(state, kind, identifier(call))
        if not setup.drop_option(state, kind, field, identifier(call, "option")):
            raise not_found()
        return Answer(204)

    return handler


def _fields(kind: str, name: str, title: str, group: str) -> Iterator[Route]:
    path = f"/api/v2/{kind}"
    yield from writes("POST", path, _create_field(kind, name), f"Create{title}", group)
    yield from writes("PUT", f"{path}/{{id}}", _change_field(kind, name), f"Update{title}", group)
    yield from writes("DELETE", f"{path}/{{id}}", _drop_field(kind), f"Delete{title}", group)


def create_status(state: DeskState, call: Call) -> Answer:
    """Create a custom status."""
    sent = named(call, "custom_status")
    made = setup.create_status(state, sent, state.clock.time())
    return warned(Answer(201, {"custom_status": made}), [sent], setup.STATUS_KEYS, "custom_status")


def change_status(state: DeskState, call: Call) -> Answer:
    """Change a custom status, but for its category."""
    status, sent = _record(state, "custom_statuses", identifier(call)), named(call, "custom_status")
    done = setup.change_status(state, status, sent, state.clock.time())
    return warned(Answer(200, {"custom_status": done}), [sent], setup.STATUS_KEYS, "custom_status")


def drop_status(state: DeskState, call: Call) -> Answer:
    """Delete a custom status that no ticket below closed has [OAS]."""
    status = _record(state, "custom_statuses", identifier(call))
    used = any(
        head.custom_status == status["id"] and head.status not in ("closed", "deleted") for head in state.heads.values()
    )  # fmt: skip
    if status["default"] or used:
        raise detailed(422, "RecordInvalid", "The status is a default one or is used by active tickets")
    del state.lists["custom_statuses"][status["id"]]
    return Answer(204)


def create_form(state: DeskState, call: Call) -> Answer:
    """Create a ticket form."""
    sent = named(call, "ticket_form")
    made = setup.create_form(state, sent, state.clock.time())
    return warned(Answer(201, {"ticket_form": made}), [sent], setup.FORM_KEYS, "ticket_form")


def change_form(state: DeskState, call: Call) -> Answer:
    """Change a ticket form."""
    form, sent = _record(state, "ticket_forms", identifier(call)), named(call, "ticket_form")
    done = setup.change_form(state, form, sent, state.clock.time())
    return warned(Answer(200, {"ticket_form": done}), [sent], setup.FORM_KEYS, "ticket_form")


def drop_form(state: DeskState, call: Call) -> Answer:
    """Delete a ticket form; the default one stays."""
    form = _record(state, "ticket_forms", identifier(call))
    if form["default"]:
        raise detailed(422, "RecordInvalid", "The default form cannot be deleted")
    del state.lists["ticket_forms"][form["id"]]
    return Answer(204)


def switch_trigger(state: DeskState, call: Call) -> Answer:
    """Switch a trigger on or off, as an administrator does before a migration writes updates; what else it says is not served."""
    return _switched(state, call, "trigger")


def switch_automation(state: DeskState, call: Call) -> Answer:
    """Switch an automation on or off; what else it says is not served."""
    return _switched(state, call, "automation")


def _switched(state: DeskState, call: Call, kind: str) -> Answer:
    rule, sent = _record(state, f"{kind}s", identifier(call)), named(call, kind)
    if set(sent) != {"active"} or not isinstance(sent["active"], bool):
        raise NotServed(f"changes to a rule ({kind}) but `active`")
    rule |= {"active": sent["active"], "updated_at": stamp(int(state.clock.time()))}
    return Answer(200, {kind: rule})


# --- links to Jira issues: not in the document [REC]


def create_link(state: DeskState, call: Call) -> Answer:
    """Link a ticket with a Jira issue."""
    sent = named(call, "link")
    ticket = str(sent.get("ticket_id", ""))
    number = int(ticket) if ticket.isascii() and ticket.isdigit() else 0
    if not state.live(number):
        raise not_found()
    if not sent.get("issue_id") or not sent.get("issue_key"):
        raise detailed(422, "RecordInvalid", "issue_id and issue_key are required")
    identifier_, made = state.next_id("jira_links"), stamp(int(state.clock.time()))
    link: WireRecord = {
        "id": identifier_, "ticket_id": str(number), "issue_id": str(sent["issue_id"]), "issue_key": sent["issue_key"],
        "url": f"{state.host}/api/services/jira/links/{identifier_}", "created_at": made, "updated_at": made,
    }  # fmt: skip
    state.lists["jira_links"][identifier_] = link
    issues = state.jira_issues.setdefault(number, [])
    if link["issue_id"] not in issues:
        issues.append(link["issue_id"])
    return Answer(201, {"link": link})


def drop_link(state: DeskState, call: Call) -> Answer:
    """Delete a link with a Jira issue."""
    link = state.lists["jira_links"].pop(identifier(call), None)
    if link is None:
        raise not_found()
    state.jira_issues[int(link["ticket_id"])].remove(link["issue_id"])
    return Answer(204)


def show_link(state: DeskState, call: Call) -> Answer:
    """Show a link with a Jira issue."""
    link = state.lists["jira_links"].get(identifier(call))
    if link is None:
        raise not_found()
    return Answer(200, {"link": link})


def _options(kind: str, title: str) -> Iterator[Route]:
    path = f"/api/v2/{kind}/{{id}}/options"
    yield from writes("POST", path, _put_option(kind), f"CreateOrUpdate{title}Option", "field-options")
    yield from writes(
        "DELETE", f"{path}/{{option}}", _drop_option(kind), f"Delete{title}Option", "setup-write"
    )


_STATUSES, _FORMS, _LINKS = "/api/v2/custom_statuses", "/api/v2/ticket_forms", "/api/services/jira/links"
ROUTES: tuple[Route, ...] = (
    *_fields("ticket_fields", "ticket_field", "TicketField", "setup-write"),
    *_fields("user_fields", "user_field", "UserField", "setup-write"),
    *_fields("organization_fields", "organization_field", "OrganizationField", "setup-write"),
    *_options("ticket_fields", "TicketField"),
    *_options("user_fields", "UserField"),
    *writes("POST", _STATUSES, create_status, "CreateCustomStatus", "setup-write"),
    *writes("PUT", f"{_STATUSES}/{{id}}", change_status, "UpdateCustomStatus", "setup-write"),
    *writes("DELETE", f"{_STATUSES}/{{id}}", drop_status, "DeleteCustomStatus", "setup-write"),
    *writes("POST", _FORMS, create_form, "CreateTicketForm", "setup-write"),
    *writes("PUT", f"{_FORMS}/{{id}}", change_form, "UpdateTicketForm", "setup-write"),
    *writes("DELETE", f"{_FORMS}/{{id}}", drop_form, "DeleteTicketForm", "setup-write"),
    *writes("PUT", "/api/v2/triggers/{id}", switch_trigger, "UpdateTrigger", "setup-write"),
    *writes("PUT", "/api/v2/automations/{id}", switch_automation, "UpdateAutomation", "setup-write"),
    *writes("POST", _LINKS, create_link, "CreateJiraLink", "jira-links"),
    *both(f"{_LINKS}/{{id}}", show_link, "ShowJiraLink", "jira-links"),
    *writes("DELETE", f"{_LINKS}/{{id}}", drop_link, "DeleteJiraLink", "jira-links"),
)
