"""Routes that say who belongs to an organization or a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found, rejected
from ticketferry_emulators.zendesk.models import accounts, organizations
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.requests import named, records, take_job, wanted_ids
from ticketferry_emulators.zendesk.responses.routing import both, identifier, writes
from ticketferry_emulators.zendesk.responses.shapes import shaped
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]


@dataclass(frozen=True, slots=True)
class _Memberships:
    """One of the two kinds of membership, whose routes are alike."""

    noun: str
    words: str
    join: Callable[[DeskState, WireRecord, float], WireRecord]
    leave: Callable[[DeskState, WireRecord, float], None]

    def row(self, state: DeskState, number: object) -> WireRecord:
        """Return a membership; raises Refused (404) where there is none of this number."""
        rows = state.lists[f"{self.noun}s"]
        record = rows.get(number) if isinstance(number, int) else None
        if record is None:
            raise not_found()
        return record

    def add(self, state: DeskState, call: Call) -> Answer:
        """Make a user a member."""
        sent = named(call, self.noun)
        if "id" in call.params:
            sent = {**sent, "user_id": identifier(call)}
        return Answer(201, {self.noun: self.join(state, sent, state.clock.time())})

    def add_many(self, state: DeskState, call: Call) -> Answer:
        """Take a job that makes up to 100 memberships."""
        sent = records(call, f"{self.noun}s")

        def item(index: int, row: WireRecord) -> Item:
            return lambda now: {"index": index, "id": self.join(state, row, now)["id"]}

        items = [item(index, row) for index, row in enumerate(sent)]
        name = self.words.replace(" ", "")
        return take_job(
            state, f"Bulk Create {self.words}", f"Creating {self.words.lower()}", items,
            error=f"{name}CreateFailed",
        )  # fmt: skip

    def drop(self, state: DeskState, call: Call) -> Answer:
        """End a membership; one that is not of the user in the path is not there."""
        of_user = "membership" in call.params
        row = self.row(state, identifier(call, "membership" if of_user else "id"))
        if of_user and row["user_id"] != identifier(call):
            raise not_found()
        self.leave(state, row, state.clock.time())
        return Answer(204)

    def drop_many(self, state: DeskState, call: Call) -> Answer:
        """Take a job that ends up to 100 memberships."""
        ids = wanted_ids(call)

        def item(number: int) -> Item:
            def run(now: float) -> WireRecord:
                self.leave(state, self.row(state, number), now)
                return {"action": "delete", "id": number, "status": "Deleted", "success": True}

            return run

        name = self.words.replace(" ", "")
        return take_job(
            state, f"Bulk Delete {self.words}", f"Deleting {self.words.lower()}", [item(number) for number in ids],
            error=f"{name}DeleteFailed", ids=ids, action="delete",
        )  # fmt: skip


def _join_organization(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    user = state.lists["users"].get(shaped(sent).get("user_id") or 0)
    if user is None or not user["active"]:
        raise rejected("user_id", "User: is invalid")
    organization = sent.get("organization_id")
    if organization not in state.lists["organizations"]:
        raise rejected("organization_id", "Organization: is invalid")
    if any(row["organization_id"] == organization for row in state.memberships_of(user["id"])):
        raise rejected("user_id", "User: has already been taken", "DuplicateValue")
    return organizations.join(state, user["id"], organization, now, default=sent.get("default") is True)


def _join_group(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    user, group = shaped(sent).get("user_id") or 0, sent.get("group_id") or 0
    return organizations.join_group(state, user, group, now, default=sent.get("default") is True)


_OF_ORGANIZATIONS = _Memberships(
    "organization_membership", "Organization Membership", _join_organization, organizations.leave
)
_OF_GROUPS = _Memberships("group_membership", "Group Membership", _join_group, organizations.leave_group)


def default_membership(state: DeskState, call: Call) -> Answer:
    """Make a membership the user's default one."""
    row = _OF_ORGANIZATIONS.row(state, identifier(call, "membership"))
    organizations.make_default(state, row, state.clock.time())
    return Answer(200, {"organization_memberships": state.memberships_of(row["user_id"])})


def default_group(state: DeskState, call: Call) -> Answer:
    """Make a group membership the agent's default one."""
    user = accounts.user(state, identifier(call))
    row = _OF_GROUPS.row(state, identifier(call, "membership"))
    mine = [one for one in state.lists["group_memberships"].values() if one["user_id"] == user["id"]]
    for one in mine:
        state.lists["group_memberships"][one["id"]] = {**one, "default": one["id"] == row["id"]}
    state.keep_record("users", {**user, "default_group_id": row["group_id"]})
    found = [state.lists["group_memberships"][one["id"]] for one in mine]
    return Answer(200, {"group_memberships": found})


def one_membership(state: DeskState, call: Call) -> Answer:
    """Show a membership of an organization."""
    return Answer(200, {"organization_membership": _OF_ORGANIZATIONS.row(state, identifier(call))})


_O, _G, _USER = "/api/v2/organization_memberships", "/api/v2/group_memberships", "/api/v2/users/{id}"
ROUTES: tuple[Route, ...] = (
    *writes("POST", _O, _OF_ORGANIZATIONS.add, "CreateOrganizationMembership", "memberships-write"),
    *writes("POST", f"{_O}/create_many", _OF_ORGANIZATIONS.add_many, "CreateManyOrganizationMemberships", "memberships-write"),
    *writes("DELETE", f"{_O}/destroy_many", _OF_ORGANIZATIONS.drop_many, "DeleteManyOrganizationMemberships", "memberships-write"),
    *both(f"{_O}/{{id}}", one_membership, "ShowOrganizationMembershipById", "memberships"),
    *writes("DELETE", f"{_O}/{{id}}", _OF_ORGANIZATIONS.drop, "DeleteOrganizationMembership", "memberships-write"),
    *writes(
        "PUT", f"{_USER}/organization_memberships/{{membership}}/make_default", default_membership,
        "SetOrganizationMembershipAsDefault", "memberships-write",
    ),
    *writes(
        "POST", f"{_USER}/organization_memberships", _OF_ORGANIZATIONS.add, "CreateUserOrganizationMembership",
        "memberships-write",
    ),
    *writes(
        "DELETE", f"{_USER}/organization_memberships/{{membership}}", _OF_ORGANIZATIONS.drop,
        "DeleteUserOrganizationMembership", "memberships-write",
    ),
    *writes("POST", _G, _OF_GROUPS.add, "CreateGroupMembership", "groups-write"),
    *writes("POST", f"{_G}/create_many", _OF_GROUPS.add_many, "GroupMembershipBulkCreate", "groups-write"),
    *writes("DELETE", f"{_G}/destroy_many", _OF_GROUPS.drop_many, "GroupMembershipBulkDelete", "groups-write"),
    *writes("DELETE", f"{_G}/{{id}}", _OF_GROUPS.drop, "DeleteGroupMembership", "groups-write"),
    *writes(
        "DELETE", f"{_USER}/group_memberships/{{membership}}", _OF_GROUPS.drop, "DeleteUserGroupMembership",
        "groups-write",
    ),
    *writes("POST", f"{_USER}/group_memberships", _OF_GROUPS.add, "CreateUserGroupMembership", "groups-write"),
    *writes(
        "PUT", f"{_USER}/group_memberships/{{membership}}/make_default", default_group, "GroupMembershipSetDefault",
        "groups-write",
    ),
)  # fmt: skip
