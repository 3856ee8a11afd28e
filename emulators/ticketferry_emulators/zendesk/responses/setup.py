"""The set-up of the desk: fields, forms, statuses, brands, rules, policies, settings."""

from __future__ import annotations

from collections.abc import Callable

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.paging import listing, whole
from ticketferry_emulators.zendesk.responses.routing import both, identifier, identifiers
from ticketferry_emulators.zendesk.responses.tickets import counted
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]


def _paged(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler of a list that pages."""

    def handler(state: DeskState, call: Call) -> Answer:
        rows = state.lists[kind]
        return listing(call, kind, sorted(rows), lambda ids: [rows[key] for key in ids])

    return handler


def _with_usage(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler of a list of rules: `include=usage_30d` tells how often each was used [OAS]."""

    def handler(state: DeskState, call: Call) -> Answer:
        rows = state.lists[kind]
        answer = listing(call, kind, sorted(rows), lambda ids: [rows[key] for key in ids])
        if "usage_30d" in (call.query.get("include") or "").split(","):
            answer.body[kind] = [{**row, "usage_30d": row["id"] * 7 % 90} for row in answer.body[kind]]
        return answer

    return handler


def custom_object_count(state: DeskState, call: Call) -> Answer:
    """Count the records of a custom object; the sample desk has the first only."""
    keys = [row["key"] for row in state.lists["custom_objects"].values()]
    if call.params["key"] not in keys:
        raise not_found()
    return counted(state, 12 * (1 + keys.index(call.params["key"])))


def _whole(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler of a list that comes in one piece."""

    def handler(state: DeskState, call: Call) -> Answer:
        return whole(kind, list(state.lists[kind].values()))

    return handler


def _bare(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler of a list without any paging members."""

    def handler(state: DeskState, call: Call) -> Answer:
        return Answer(200, {kind: list(state.lists[kind].values())})

    return handler


def _one(kind: str, name: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that shows one record."""

    def handler(state: DeskState, call: Call) -> Answer:
        record = state.lists[kind].get(identifier(call))
        if record is None:
            raise not_found()
        return Answer(200, {name: record})

    return handler


def _count(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that counts a list."""

    def handler(state: DeskState, call: Call) -> Answer:
        return counted(state, len(state.lists[kind]))

    return handler


def _many(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that shows the records whose ids are sent; what is not there is left out."""

    def handler(state: DeskState, call: Call) -> Answer:
        rows = state.lists[kind]
        return whole(kind, [rows[key] for key in identifiers(call) if key in rows])

    return handler


def _options(kind: str, state: DeskState, call: Call) -> list[WireRecord]:
    field = state.lists[kind].get(identifier(call))
    if field is None:
        raise not_found()
    return list(field.get("custom_field_options", []))


def _listed_options(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler of the options of a field."""

    def handler(state: DeskState, call: Call) -> Answer:
        return whole("custom_field_options", _options(kind, state, call))

    handler.__doc__ = "List the options of a drop-down or multi-select field."
    return handler


def _one_option(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that shows one option of a field."""

    def handler(state: DeskState, call: Call) -> Answer:
        wanted = identifier(call, "option")
        for row in _options(kind, state, call):
            if row["id"] == wanted:
                return Answer(200, {"custom_field_option": row})
        raise not_found()

    return handler


def _searched(kind: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that finds rules whose title has all words of `query`."""

    def handler(state: DeskState, call: Call) -> Answer:
        words = (call.query.get("query") or "").lower().split()
        rows = state.lists[kind]
        keys = [key for key in sorted(rows) if all(word in rows[key]["title"].lower() for word in words)]
        return listing(call, kind, keys, lambda ids: [rows[key] for key in ids])

    return handler


def settings(state: DeskState, call: Call) -> Answer:
    """Show the account's settings."""
    return Answer(200, {"settings": state.settings})


def account(state: DeskState, call: Call) -> Answer:
    """Show the account itself: in no document, but what Zendesk's own screens and many clients ask [field-proven]."""
    host = state.host
    subdomain = host.rpartition("/")[2].partition(".")[0]
    row = {"id": state.account_id, "name": subdomain.title(), "subdomain": subdomain, "url": host}
    return Answer(200, {"account": row})


# path below /api/v2, kind, how it lists, the operation's name; a trailing name in `shows` gives the single record
_LISTS = (
    ("brands", "brands", _paged, "ListBrands"),
    ("ticket_forms", "ticket_forms", _paged, "ListTicketForms"),
    ("ticket_fields", "ticket_fields", _paged, "ListTicketFields"),
    ("user_fields", "user_fields", _paged, "ListUserFields"),
    ("organization_fields", "organization_fields", _paged, "ListOrganizationFields"),
    ("custom_statuses", "custom_statuses", _bare, "ListCustomStatuses"),
    ("slas/policies", "sla_policies", _whole, "ListSLAPolicies"),
    ("sharing_agreements", "sharing_agreements", _bare, "ListSharingAgreements"),
    ("recipient_addresses", "recipient_addresses", _paged, "ListSupportAddresses"),
    ("suspended_tickets", "suspended_tickets", _paged, "ListSuspendedTickets"),
    ("macros", "macros", _with_usage, "ListMacros"),
    ("triggers", "triggers", _with_usage, "ListTriggers"),
    ("automations", "automations", _with_usage, "ListAutomations"),
    ("views", "views", _paged, "ListViews"),
    ("custom_objects", "custom_objects", _bare, "ListCustomObjects"),
    ("dynamic_content/items", "items", _paged, "ListDynamicContents"),
    ("help_center/articles", "articles", _paged, "ListArticles"),
    ("help_center/{locale}/articles", "articles", _paged, "ListArticles"),
)
_SINGLES = (
    ("brands", "brands", "brand", "ShowBrand"),
    ("ticket_forms", "ticket_forms", "ticket_form", "ShowTicketForm"),
    ("ticket_fields", "ticket_fields", "ticket_field", "ShowTicketfield"),
    ("custom_statuses", "custom_statuses", "custom_status", "ShowCustomStatus"),
    ("slas/policies", "sla_policies", "sla_policy", "ShowSLAPolicy"),
    ("macros", "macros", "macro", "ShowMacro"),
    ("triggers", "triggers", "trigger", "GetTrigger"),
    ("automations", "automations", "automation", "ShowAutomation"),
    ("views", "views", "view", "ShowView"),
    ("user_fields", "user_fields", "user_field", "ShowUserField"),
    ("organization_fields", "organization_fields", "organization_field", "ShowOrganizationField"),
    ("sharing_agreements", "sharing_agreements", "sharing_agreement", "ShowSharingAgreement"),
    ("recipient_addresses", "recipient_addresses", "recipient_address", "ShowSupportAddress"),
    ("dynamic_content/items", "items", "item", "ShowDynamicContentItem"),
    ("group_memberships", "group_memberships", "group_membership", "ShowGroupMembershipById"),
    ("suspended_tickets", "suspended_tickets", "suspended_ticket", "ShowSuspendedTickets"),
)
_MANY = (
    ("ticket_fields", "ShowManyTicketFields"),
    ("ticket_forms", "ShowManyTicketForms"),
    ("user_fields", "ShowManyUserFields"),
)
_RULES = (
    ("macros", "SearchMacro"),
    ("triggers", "SearchTriggers"),
    ("automations", "SearchAutomations"),
    ("views", "SearchViews"),
)
_WITH_OPTIONS = (
    ("ticket_fields", "ListTicketFieldOptions", "ShowTicketFieldOption"),
    ("user_fields", "ListUserFieldOptions", "ShowUserFieldOption"),
)
_COUNTS = (("ticket_fields", "ticket_fields", "CountTicketFields"), ("views", "views", "CountViews"))

ROUTES: tuple[Route, ...] = (
    *(
        route
        for path, kind, how, name in _LISTS
        for route in both(f"/api/v2/{path}", how(kind), name, "setup")
    ),
    *(
        route
        for path, kind, one, name in _SINGLES
        for route in both(f"/api/v2/{path}/{{id}}", _one(kind, one), name, "setup")
    ),
    *(
        route
        for path, kind, name in _COUNTS
        for route in both(f"/api/v2/{path}/count", _count(kind), name, "setup")
    ),
    *(
        route
        for kind, name in _MANY
        for route in both(f"/api/v2/{kind}/show_many", _many(kind), name, "setup")
    ),
    *(
        route
        for kind, name in _RULES
        for route in both(f"/api/v2/{kind}/search", _searched(kind), name, "setup")
    ),
    *(
        route
        for kind, every, one in _WITH_OPTIONS
        for route in (
            *both(f"/api/v2/{kind}/{{id}}/options", _listed_options(kind), every, "setup"),
            *both(f"/api/v2/{kind}/{{id}}/options/{{option}}", _one_option(kind), one, "setup"),
        )
    ),
    *both(
        "/api/v2/custom_objects/{key}/records/count", custom_object_count, "CountCustomObjectRecords", "setup"
    ),
    *both("/api/v2/account", account, "ShowAccount", "setup"),
    *both("/api/v2/account/settings", settings, "ShowAccountSettings", "setup"),
)
