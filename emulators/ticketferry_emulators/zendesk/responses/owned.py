"""Lists that belong to one record, and short ones beside the whole: a person's tickets, a group's members, tags, what is active.

Public clients ask for them by their documented paths; a migration of ours does not need them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, not_found
from ticketferry_emulators.zendesk.models.state import DeskState, TicketSummary
from ticketferry_emulators.zendesk.oauth import ZendeskAuthenticator
from ticketferry_emulators.zendesk.responses.paging import listing
from ticketferry_emulators.zendesk.responses.routing import both, identifier
from ticketferry_emulators.zendesk.responses.sideloads import sideload
from ticketferry_emulators.zendesk.responses.tickets import counted
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]

_Keys = Callable[["DeskState", int, Call], list[int]]
_MOST_RECENT = 5
_MOST_COMPACT = 32


def _record(state: DeskState, kind: str, number: int) -> None:
    if number not in (state.heads if kind == "tickets" else state.lists[kind]):
        raise not_found()


def _rows(state: DeskState, kind: str) -> Callable[[list[int]], list[WireRecord]]:
    if kind == "tickets":
        return lambda ids: [state.case(number).ticket for number in ids]
    return lambda ids: [state.lists[kind][number] for number in ids]


def _owned(owner: str, kind: str, keys: _Keys) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that lists the records of `kind` which belong to the one in the path."""

    def handler(state: DeskState, call: Call) -> Answer:
        number = identifier(call)
        _record(state, owner, number)
        answer = listing(call, kind, keys(state, number, call), _rows(state, kind))
        return Answer(200, answer.body | sideload(state, call, answer.body[kind]))

    return handler


def _count(owner: str, keys: _Keys) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that counts such a list."""

    def handler(state: DeskState, call: Call) -> Answer:
        number = identifier(call)
        _record(state, owner, number)
        return counted(state, len(keys(state, number, call)))

    return handler


def _tickets(
    state: DeskState, call: Call, numbers: Iterable[int], test: Callable[[TicketSummary], bool]
) -> list[int]:
    """Return the tickets that are not deleted and pass; `exclude_archived` leaves out those of the archive [OAS]."""
    skip = call.query.get("exclude_archived") == "true"
    return [
        number
        for number in sorted(numbers)
        if state.live(number) and test(state.heads[number]) and not (skip and state.archived(number))
    ]


def _requested(state: DeskState, user: int, call: Call) -> list[int]:
    return _tickets(state, call, state.by_requester.get(user, ()), lambda _: True)


def _assigned(state: DeskState, user: int, call: Call) -> list[int]:
    return _tickets(state, call, state.heads, lambda head: head.assignee == user)


def _ccd(state: DeskState, user: int, call: Call) -> list[int]:
    return _tickets(state, call, state.heads, lambda head: user in state.case(head.id).ticket["email_cc_ids"])


def _followed(state: DeskState, user: int, call: Call) -> list[int]:
    return _tickets(state, call, state.heads, lambda head: user in state.case(head.id).ticket["follower_ids"])


def _of_organization(state: DeskState, organization: int, call: Call) -> list[int]:
    return _tickets(state, call, state.heads, lambda head: head.organization == organization)


def _linked(table: str, mine: str, theirs: str, kind: str) -> _Keys:
    """Return who gives the records of `kind` that memberships tie to one; no deleted users."""

    def keys(state: DeskState, number: int, call: Call) -> list[int]:
        rows = state.lists[table].values()
        found = {row[theirs] for row in rows if row[mine] == number}
        return sorted(
            key for key in found if key in state.lists[kind] and state.lists[kind][key].get("active", True)
        )

    return keys


def _memberships(table: str, mine: str, *, assignable: bool = False) -> _Keys:
    def keys(state: DeskState, number: int, call: Call) -> list[int]:
        rows = state.lists[table]
        return sorted(
            key
            for key, row in rows.items()
            if row[mine] == number and (not assignable or _can_be_assigned(state, row["user_id"]))
        )

    return keys


def _can_be_assigned(state: DeskState, number: int) -> bool:
    """Say whether tickets can be given to a user: an active agent who is no light agent [OAS, DOC]."""
    user = state.lists["users"].get(number)
    return user is not None and bool(
        user["active"] and not user["suspended"] and user["role"] != "end-user" and user["role_type"] != 1
    )


def _membership_of_user(table: str, name: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that shows one membership of a user."""

    def handler(state: DeskState, call: Call) -> Answer:
        row = state.lists[table].get(identifier(call, "membership"))
        if row is None or row["user_id"] != identifier(call):
            raise not_found()
        return Answer(200, {name: row})

    return handler


def assignable_memberships(state: DeskState, call: Call) -> Answer:
    """List the memberships in groups of those whom tickets can be assigned to."""
    rows = state.lists["group_memberships"]
    keys = [key for key in sorted(rows) if _can_be_assigned(state, rows[key]["user_id"])]
    return listing(call, "group_memberships", keys, _rows(state, "group_memberships"))


def assignable_groups(state: DeskState, call: Call) -> Answer:
    """List the groups that tickets can be assigned to: those with a member who can be given some [RECALL]."""
    rows = state.lists["group_memberships"].values()
    wanted = {row["group_id"] for row in rows if _can_be_assigned(state, row["user_id"])}
    keys = [key for key in sorted(state.lists["groups"]) if key in wanted]
    return listing(call, "groups", keys, _rows(state, "groups"))


def recent(state: DeskState, call: Call) -> Answer:
    """List up to five tickets that the caller made last; nobody looks at tickets in a screen here [OAS]."""
    caller, _ = ZendeskAuthenticator(state).user(call)
    mine = [
        number
        for number in state.heads
        if state.live(number) and state.case(number).ticket["submitter_id"] == caller
    ]
    newest = sorted(mine, key=lambda number: (state.heads[number].created, number), reverse=True)
    rows = [state.case(number).ticket for number in newest[:_MOST_RECENT]]
    return Answer(200, {"tickets": rows, "next_page": None, "previous_page": None, "count": len(rows)})


def problems(state: DeskState, call: Call) -> Answer:
    """List the problems that are not solved, those changed last first [OAS]."""
    found = _tickets(
        state, call, state.heads, lambda head: head.type == "problem" and head.status not in ("solved", "closed")
    )  # fmt: skip
    if "page[size]" not in call.query:
        found.sort(key=lambda number: (state.heads[number].updated, number), reverse=True)
    return listing(call, "tickets", found, _rows(state, "tickets"))


def _watching(key: str) -> Callable[[DeskState, Call], Answer]:
    """Return the handler that lists the users whom a ticket names under `key`."""

    def handler(state: DeskState, call: Call) -> Answer:
        number = identifier(call)
        if not state.live(number):
            raise not_found()
        users = state.lists["users"]
        keys = [user for user in state.case(number).ticket[key] if user in users and users[user]["active"]]
        return listing(call, "users", sorted(keys), _rows(state, "users"))

    return handler


def user_related(state: DeskState, call: Call) -> Answer:
    """Count the tickets of a user."""
    number = identifier(call)
    _record(state, "users", number)
    return Answer(200, {"user_related": {
        "assigned_tickets": len(_assigned(state, number, call)), "requested_tickets": len(_requested(state, number, call)),
        "ccd_tickets": len(_ccd(state, number, call)), "organization_subscriptions": 0,
    }})  # fmt: skip


def organization_related(state: DeskState, call: Call) -> Answer:
    """Count the tickets and members of an organization."""
    number = identifier(call)
    _record(state, "organizations", number)
    members = _linked("organization_memberships", "organization_id", "user_id", "users")(state, number, call)
    row = {"tickets_count": len(_of_organization(state, number, call)), "users_count": len(members)}
    return Answer(200, {"organization_related": row})


def _tags_of(kind: str) -> Callable[[DeskState, Call], Answer]:
    def handler(state: DeskState, call: Call) -> Answer:
        number = identifier(call)
        _record(state, kind, number)
        return Answer(200, {"tags": list(state.lists[kind][number]["tags"])})

    return handler


def _used_tags(state: DeskState) -> Counter[str]:
    return Counter(tag for head in state.heads.values() if head.status != "deleted" for tag in head.tags)


def tags(state: DeskState, call: Call) -> Answer:
    """List the tags of tickets with how many have them, the most used first [OAS]."""
    used = sorted(_used_tags(state).items(), key=lambda row: (-row[1], row[0]))
    rows = [{"name": name, "count": number} for name, number in used]
    return listing(call, "tags", range(len(rows)), lambda places: [rows[place] for place in places])


def tag_count(state: DeskState, call: Call) -> Answer:
    """Count the tags of tickets."""
    return counted(state, len(_used_tags(state)))


def autocomplete_tags(state: DeskState, call: Call) -> Answer:
    """Find tags of which a word begins so; two characters at least [OAS]."""
    begin = (call.query.get("name") or "").strip().lower()
    if len(begin) < 2:
        raise detailed(400, "InvalidValue", "The parameter name must have at least 2 characters")
    found = [tag for tag in sorted(_used_tags(state)) if _begins(tag, begin)]
    return Answer(200, {"tags": found})


def _begins(text: str, begin: str) -> bool:
    words = text.lower().replace("-", "_").replace(" ", "_").split("_")
    return text.lower().startswith(begin) or any(word.startswith(begin) for word in words)


def autocomplete_users(state: DeskState, call: Call) -> Answer:
    """Find active users whose name begins so; two characters at least [OAS]."""
    begin = (call.query.get("name") or "").strip().lower()
    if len(begin) < 2:
        raise detailed(400, "InvalidValue", "The parameter name must have at least 2 characters")
    rows = state.lists["users"]
    keys = [
        key for key in sorted(rows) if rows[key]["active"] and rows[key]["name"].lower().startswith(begin)
    ]
    return listing(call, "users", keys, _rows(state, "users"))


def _active(kind: str) -> Callable[[DeskState, Call], Answer]:
    def handler(state: DeskState, call: Call) -> Answer:
        rows = state.lists[kind]
        return listing(call, kind, [key for key in sorted(rows) if rows[key]["active"]], _rows(state, kind))

    return handler


def compact_views(state: DeskState, call: Call) -> Answer:
    """List at most 32 views, whatever page is asked for [OAS]."""
    rows = [row for row in state.lists["views"].values() if row["active"]][:_MOST_COMPACT]
    return Answer(200, {"views": rows, "next_page": None, "previous_page": None, "count": len(rows)})


_USER, _ORGANIZATION, _GROUP = "/api/v2/users/{id}", "/api/v2/organizations/{id}", "/api/v2/groups/{id}"
_users_groups = _linked("group_memberships", "user_id", "group_id", "groups")
_groups_users = _linked("group_memberships", "group_id", "user_id", "users")
_users_firms = _linked("organization_memberships", "user_id", "organization_id", "organizations")
_firms_users = _linked("organization_memberships", "organization_id", "user_id", "users")
_LISTS: tuple[tuple[str, str, str, _Keys, str], ...] = (
    (f"{_USER}/tickets/requested", "users", "tickets", _requested, "ListUserRequestedTickets"),
    (f"{_USER}/tickets/assigned", "users", "tickets", _assigned, "ListUserAssignedTickets"),
    (f"{_USER}/tickets/ccd", "users", "tickets", _ccd, "ListUserCCDTickets"),
    (f"{_USER}/tickets/followed", "users", "tickets", _followed, "ListUserFollowedTickets"),
    (f"{_USER}/groups", "users", "groups", _users_groups, "ListUserGroups"),
    (f"{_USER}/organizations", "users", "organizations", _users_firms, "ListUserOrganizations"),
    (f"{_ORGANIZATION}/tickets", "organizations", "tickets", _of_organization, "ListOrganizationTickets"),
    (f"{_ORGANIZATION}/users", "organizations", "users", _firms_users, "ListOrganizationUsers"),
    (f"{_ORGANIZATION}/organization_memberships", "organizations", "organization_memberships",
     _memberships("organization_memberships", "organization_id"), "ListOrganizationMembershipsByOrganization"),
    (f"{_GROUP}/users", "groups", "users", _groups_users, "ListGroupUsers"),
    (f"{_GROUP}/memberships", "groups", "group_memberships", _memberships("group_memberships", "group_id"),
     "ListGroupMembershipsByGroup"),
    (f"{_GROUP}/memberships/assignable", "groups", "group_memberships",
     _memberships("group_memberships", "group_id", assignable=True), "ListAssignableGroupMembershipsByGroup"),
)  # fmt: skip
_COUNTS: tuple[tuple[str, str, _Keys, str], ...] = (
    (f"{_USER}/tickets/assigned/count", "users", _assigned, "CountUserAssignedTickets"),
    (f"{_USER}/tickets/ccd/count", "users", _ccd, "CountUserCCDTickets"),
    (f"{_USER}/groups/count", "users", _users_groups, "CountUserGroups"),
    (f"{_USER}/organizations/count", "users", _users_firms, "CountUserOrganizations"),
    (f"{_ORGANIZATION}/tickets/count", "organizations", _of_organization, "CountOrganizationTickets"),
    (f"{_ORGANIZATION}/users/count", "organizations", _firms_users, "CountOrganizationUsers"),
    (f"{_GROUP}/users/count", "groups", _groups_users, "CountGroupUsers"),
)  # fmt: skip
_TICKET = "/api/v2/tickets/{id}"
_SINGLES: tuple[tuple[str, Callable[[DeskState, Call], Answer], str, str], ...] = (
    ("/api/v2/tickets/recent", recent, "ListRecentTickets", "tickets"),
    ("/api/v2/problems", problems, "ListTicketProblems", "tickets"),
    (f"{_TICKET}/collaborators", _watching("collaborator_ids"), "ListTicketCollaborators", "tickets"),
    (f"{_TICKET}/email_ccs", _watching("email_cc_ids"), "ListTicketEmailCCs", "tickets"),
    (f"{_TICKET}/followers", _watching("follower_ids"), "ListTicketFollowers", "tickets"),
    (f"{_USER}/related", user_related, "ShowUserRelated", "users"),
    (f"{_USER}/tags", _tags_of("users"), "ListUserTags", "users"),
    (f"{_ORGANIZATION}/related", organization_related, "OrganizationRelated", "organizations"),
    (f"{_ORGANIZATION}/tags", _tags_of("organizations"), "ListOrganizationTags", "organizations"),
    (f"{_USER}/group_memberships/{{membership}}", _membership_of_user("group_memberships", "group_membership"),
     "ShowUserGroupMembershipById", "memberships"),
    (f"{_USER}/organization_memberships/{{membership}}",
     _membership_of_user("organization_memberships", "organization_membership"), "ShowOrganizationMembershipByUserId",
     "memberships"),
    ("/api/v2/groups/assignable", assignable_groups, "ListAssignableGroups", "groups"),
    ("/api/v2/group_memberships/assignable", assignable_memberships, "ListAssignableGroupMemberships", "memberships"),
    ("/api/v2/users/autocomplete", autocomplete_users, "AutocompleteUsers", "search"),
    ("/api/v2/tags", tags, "ListTags", "tags-index"),
    ("/api/v2/tags/count", tag_count, "CountTags", "tags-index"),
    ("/api/v2/autocomplete/tags", autocomplete_tags, "AutocompleteTags", "search"),
    ("/api/v2/macros/active", _active("macros"), "ListActiveMacros", "setup"),
    ("/api/v2/triggers/active", _active("triggers"), "ListActiveTriggers", "setup"),
    ("/api/v2/automations/active", _active("automations"), "ListActiveAutomations", "setup"),
    ("/api/v2/views/active", _active("views"), "ListActiveViews", "setup"),
    ("/api/v2/views/compact", compact_views, "ListCompactViews", "setup"),
)  # fmt: skip

ROUTES: tuple[Route, ...] = (
    *(route for path, owner, kind, keys, name in _LISTS for route in both(path, _owned(owner, kind, keys), name, kind)),
    *(route for path, owner, keys, name in _COUNTS for route in both(path, _count(owner, keys), name, owner)),
    *(route for path, handler, name, group in _SINGLES for route in both(path, handler, name, group)),
)  # fmt: skip
