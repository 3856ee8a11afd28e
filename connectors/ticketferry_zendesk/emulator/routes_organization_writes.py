"""Routes that make, change and delete organizations and groups, and say who belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry.emulation.app import Answer, Call, Route

from . import accounts, companies
from .companies import GROUP_KEYS, ORGANIZATION_KEYS
from .errors import not_found, rejected
from .jobs import Item
from .requests import named, records, take_job, wanted_ids, warned
from .routing import both, identifier, writes
from .sample.dice import WireRecord, stamp
from .shapes import shaped

if TYPE_CHECKING:
    from .app import ZendeskEmulator

__all__ = ["ROUTES"]


def _record(emulator: ZendeskEmulator, kind: str, number: object) -> WireRecord:
    record = emulator.state.lists[kind].get(number) if isinstance(number, int) else None
    if record is None:
        raise not_found()
    return record


# --- organizations


def create(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Create an organization."""
    sent = named(call, "organization")
    made = companies.create_organization(emulator.state, sent, emulator.clock.time())
    headers = {"Location": made["url"]}
    return warned(Answer(201, {"organization": made}, headers), [sent], ORGANIZATION_KEYS, "organization")


def create_or_update(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Create an organization, 201, or change the one of this id or external id, 200; a name finds nothing [OAS]."""
    sent, state, now = named(call, "organization"), emulator.state, emulator.clock.time()
    found = companies.find_organization(state, sent)
    if found is None:
        answer = Answer(201, {"organization": companies.create_organization(state, sent, now)})
    else:
        answer = Answer(200, {"organization": companies.change_organization(state, found, sent, now)})
    return warned(answer, [sent], ORGANIZATION_KEYS, "organization")


def create_many(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that creates up to 100 organizations; its results have no index [REC]."""
    state, sent = emulator.state, records(call, "organizations")

    def item(row: WireRecord) -> Item:
        return lambda now: {"status": "Created", "id": companies.create_organization(state, row, now)["id"]}

    answer = take_job(
        emulator, "Bulk Create Organization", "Creating organization", [item(row) for row in sent],
        error="OrganizationCreateFailed",
    )  # fmt: skip
    return warned(answer, sent, ORGANIZATION_KEYS, "organization")


def update(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Change an organization."""
    record, sent = _record(emulator, "organizations", identifier(call)), named(call, "organization")
    done = companies.change_organization(emulator.state, record, sent, emulator.clock.time())
    return warned(Answer(200, {"organization": done}), [sent], ORGANIZATION_KEYS, "organization")


def update_many(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that changes up to 100 organizations: the same way (`ids`), or each in its own (`organizations`)."""
    state = emulator.state
    if "ids" in call.query:
        same = named(call, "organization")
        sent = [same | {"id": number} for number in wanted_ids(call)]
    else:
        sent = records(call, "organizations")
    ids = [int(row.get("id") or 0) for row in sent]

    def item(row: WireRecord) -> Item:
        def run(now: float) -> WireRecord:
            record = _record(emulator, "organizations", row.get("id"))
            companies.change_organization(state, record, row, now)
            return {"action": "update", "id": record["id"], "status": "Updated", "success": True}

        return run

    answer = take_job(
        emulator, "Bulk Update Organization", "Updating organization", [item(row) for row in sent],
        error="OrganizationUpdateFailed", ids=ids,
    )  # fmt: skip
    return warned(answer, sent, ORGANIZATION_KEYS, "organization")


def delete(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Delete an organization."""
    record = _record(emulator, "organizations", identifier(call))
    companies.delete_organization(emulator.state, record, emulator.clock.time())
    return Answer(204)


def destroy_many(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that deletes up to 100 organizations."""
    ids, state = wanted_ids(call), emulator.state

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            companies.delete_organization(state, _record(emulator, "organizations", number), now)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run

    return take_job(
        emulator, "Bulk Delete Organization", "Deleting Organization", [item(number) for number in ids],
        error="OrganizationDeleteFailed", ids=ids,
    )  # fmt: skip


# --- memberships of organizations


def _join(emulator: ZendeskEmulator, sent: WireRecord, now: float) -> WireRecord:
    state = emulator.state
    user = state.lists["users"].get(shaped(sent).get("user_id") or 0)
    if user is None or not user["active"]:
        raise rejected("user_id", "User: is invalid")
    organization = sent.get("organization_id")
    if organization not in state.lists["organizations"]:
        raise rejected("organization_id", "Organization: is invalid")
    if any(row["organization_id"] == organization for row in state.memberships_of(user["id"])):
        raise rejected("user_id", "User: has already been taken", "DuplicateValue")
    return companies.join(state, user["id"], organization, now, default=sent.get("default") is True)


def _theirs(call: Call, row: WireRecord) -> None:
    """Refuse (404) a membership that is not of the user in the path."""
    if "membership" in call.params and row["user_id"] != identifier(call):
        raise not_found()


def add_membership(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Make a user a member of an organization."""
    sent = named(call, "organization_membership")
    if "id" in call.params:
        sent = {**sent, "user_id": identifier(call)}
    row = _join(emulator, sent, emulator.clock.time())
    return Answer(201, {"organization_membership": row})


def add_memberships(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that makes up to 100 memberships."""
    sent = records(call, "organization_memberships")

    def item(index: int, row: WireRecord) -> Item:
        return lambda now: {"index": index, "id": _join(emulator, row, now)["id"]}

    items = [item(index, row) for index, row in enumerate(sent)]
    return take_job(
        emulator, "Bulk Create Organization Membership", "Creating organization membership", items,
        error="OrganizationMembershipCreateFailed",
    )  # fmt: skip


def drop_membership(emulator: ZendeskEmulator, call: Call) -> Answer:
    """End a membership."""
    name = "membership" if "membership" in call.params else "id"
    row = _record(emulator, "organization_memberships", identifier(call, name))
    _theirs(call, row)
    companies.leave(emulator.state, row, emulator.clock.time())
    return Answer(204)


def drop_memberships(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that ends up to 100 memberships."""
    ids, state = wanted_ids(call), emulator.state

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            companies.leave(state, _record(emulator, "organization_memberships", number), now)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run

    return take_job(
        emulator, "Bulk Delete Organization Membership", "Deleting organization membership",
        [item(number) for number in ids], error="OrganizationMembershipDeleteFailed", ids=ids, action="delete",
    )  # fmt: skip


def default_membership(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Make a membership the user's default one."""
    state = emulator.state
    row = _record(emulator, "organization_memberships", identifier(call, "membership"))
    companies.make_default(state, row, emulator.clock.time())
    return Answer(200, {"organization_memberships": state.memberships_of(row["user_id"])})


# --- groups


def create_group(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Create a group."""
    sent = named(call, "group")
    made = companies.create_group(emulator.state, sent, emulator.clock.time())
    return warned(Answer(201, {"group": made}), [sent], GROUP_KEYS, "group")


def update_group(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Change a group; one that was private stays so or becomes public, never the other way about [OAS]."""
    record, sent = _record(emulator, "groups", identifier(call)), named(call, "group")
    if record["is_public"] and sent.get("is_public") is False:
        raise rejected("is_public", "A public group cannot be made private")
    changed: WireRecord = {key: sent[key] for key in ("name", "description", "is_public") if key in sent}
    done: WireRecord = {**record, **changed, "updated_at": stamp(int(emulator.clock.time()))}
    emulator.state.lists["groups"][record["id"]] = done
    return warned(Answer(200, {"group": done}), [sent], GROUP_KEYS, "group")


def delete_group(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Delete a group."""
    companies.delete_group(
        emulator.state, _record(emulator, "groups", identifier(call)), emulator.clock.time()
    )
    return Answer(204)


def add_group_membership(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Make an agent a member of a group."""
    sent = named(call, "group_membership")
    if "id" in call.params:
        sent = {**sent, "user_id": identifier(call)}
    row = companies.join_group(
        emulator.state, sent.get("user_id") or 0, sent.get("group_id") or 0, emulator.clock.time(),
        default=sent.get("default") is True,
    )  # fmt: skip
    return Answer(201, {"group_membership": row})


def add_group_memberships(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that makes up to 100 group memberships."""
    state, sent = emulator.state, records(call, "group_memberships")

    def item(index: int, row: WireRecord) -> Item:
        def run(now: float) -> WireRecord:
            made = companies.join_group(state, shaped(row).get("user_id") or 0, row.get("group_id") or 0, now)
            return {"index": index, "id": made["id"]}

        return run

    items = [item(index, row) for index, row in enumerate(sent)]
    return take_job(
        emulator, "Bulk Create Group Membership", "Creating group membership", items,
        error="GroupMembershipCreateFailed",
    )  # fmt: skip


def drop_group_membership(emulator: ZendeskEmulator, call: Call) -> Answer:
    """End a group membership."""
    name = "membership" if "membership" in call.params else "id"
    row = _record(emulator, "group_memberships", identifier(call, name))
    _theirs(call, row)
    companies.leave_group(emulator.state, row, emulator.clock.time())
    return Answer(204)


def drop_group_memberships(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Take a job that ends up to 100 group memberships."""
    ids, state = wanted_ids(call), emulator.state

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            companies.leave_group(state, _record(emulator, "group_memberships", number), now)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run

    return take_job(
        emulator, "Bulk Delete Group Membership", "Deleting group membership", [item(number) for number in ids],
        error="GroupMembershipDeleteFailed", ids=ids, action="delete",
    )  # fmt: skip


def default_group(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Make a group membership the agent's default one."""
    state = emulator.state
    user = accounts.user(state, identifier(call))
    row = _record(emulator, "group_memberships", identifier(call, "membership"))
    mine = [one for one in state.lists["group_memberships"].values() if one["user_id"] == user["id"]]
    for one in mine:
        state.lists["group_memberships"][one["id"]] = {**one, "default": one["id"] == row["id"]}
    state.keep_record("users", {**user, "default_group_id": row["group_id"]})
    found = [state.lists["group_memberships"][one["id"]] for one in mine]
    return Answer(200, {"group_memberships": found})


def one_membership(emulator: ZendeskEmulator, call: Call) -> Answer:
    """Show a membership of an organization."""
    return Answer(
        200, {"organization_membership": _record(emulator, "organization_memberships", identifier(call))}
    )


_O, _M, _G = "/api/v2/organizations", "/api/v2/organization_memberships", "/api/v2/group_memberships"
_USER = "/api/v2/users/{id}"
ROUTES: tuple[Route, ...] = (
    *writes("POST", _O, create, "CreateOrganization", "organizations-write"),
    *writes("POST", f"{_O}/create_many", create_many, "CreateManyOrganizations", "organizations-bulk"),
    *writes("POST", f"{_O}/create_or_update", create_or_update, "CreateOrUpdateOrganization", "organizations-write"),
    *writes("PUT", f"{_O}/update_many", update_many, "UpdateManyOrganizations", "organizations-bulk"),
    *writes("DELETE", f"{_O}/destroy_many", destroy_many, "DeleteManyOrganizations", "organizations-bulk"),
    *writes("PUT", f"{_O}/{{id}}", update, "UpdateOrganization", "organizations-update"),
    *writes("DELETE", f"{_O}/{{id}}", delete, "DeleteOrganization", "organizations-write"),
    *writes("POST", _M, add_membership, "CreateOrganizationMembership", "memberships-write"),
    *writes("POST", f"{_M}/create_many", add_memberships, "CreateManyOrganizationMemberships", "memberships-write"),
    *writes("DELETE", f"{_M}/destroy_many", drop_memberships, "DeleteManyOrganizationMemberships", "memberships-write"),
    *both(f"{_M}/{{id}}", one_membership, "ShowOrganizationMembershipById", "memberships"),
    *writes("DELETE", f"{_M}/{{id}}", drop_membership, "DeleteOrganizationMembership", "memberships-write"),
    *writes(
        "PUT", f"{_USER}/organization_memberships/{{membership}}/make_default", default_membership,
        "SetOrganizationMembershipAsDefault", "memberships-write",
    ),
    *writes("POST", "/api/v2/groups", create_group, "CreateGroup", "groups-write"),
    *writes("PUT", "/api/v2/groups/{id}", update_group, "UpdateGroup", "groups-write"),
    *writes("DELETE", "/api/v2/groups/{id}", delete_group, "DeleteGroup", "groups-write"),
    *writes("POST", _G, add_group_membership, "CreateGroupMembership", "groups-write"),
    *writes("POST", f"{_G}/create_many", add_group_memberships, "GroupMembershipBulkCreate", "groups-write"),
    *writes("DELETE", f"{_G}/destroy_many", drop_group_memberships, "GroupMembershipBulkDelete", "groups-write"),
    *writes("DELETE", f"{_G}/{{id}}", drop_group_membership, "DeleteGroupMembership", "groups-write"),
    *writes(
        "POST", f"{_USER}/organization_memberships", add_membership, "CreateUserOrganizationMembership",
        "memberships-write",
    ),
    *writes(
        "DELETE", f"{_USER}/organization_memberships/{{membership}}", drop_membership,
        "DeleteUserOrganizationMembership", "memberships-write",
    ),
    *writes(
        "DELETE", f"{_USER}/group_memberships/{{membership}}", drop_group_membership, "DeleteUserGroupMembership",
        "groups-write",
    ),
    *writes("POST", f"{_USER}/group_memberships", add_group_membership, "CreateUserGroupMembership", "groups-write"),
    *writes(
        "PUT", f"{_USER}/group_memberships/{{membership}}/make_default", default_group, "GroupMembershipSetDefault",
        "groups-write",
    ),
)  # fmt: skip
