"""Routes that make, change and delete organizations and groups."""

from __future__ import annotations

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import not_found, rejected
from ticketferry_emulators.zendesk.models import organizations
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.organizations import GROUP_KEYS, ORGANIZATION_KEYS
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.requests import named, records, take_job, wanted_ids, warned
from ticketferry_emulators.zendesk.responses.routing import identifier, writes
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp

__all__ = ["ROUTES"]


def _record(state: DeskState, kind: str, number: object) -> WireRecord:
    record = state.lists[kind].get(number) if isinstance(number, int) else None
    if record is None:
        raise not_found()
    return record


# --- organizations


def create(state: DeskState, call: Call) -> Answer:
    """Create an organization."""
    sent = named(call, "organization")
    made = organizations.create_organization(state, sent, state.clock.time())
    headers = {"Location": made["url"]}
    return warned(Answer(201, {"organization": made}, headers), [sent], ORGANIZATION_KEYS, "organization")


def create_or_update(state: DeskState, call: Call) -> Answer:
    """Create an organization, 201, or change the one of this id or external id, 200; a name finds nothing [OAS]."""
    sent, now = named(call, "organization"), state.clock.time()
    found = organizations.find_organization(state, sent)
    if found is None:
        answer = Answer(201, {"organization": organizations.create_organization(state, sent, now)})
    else:
        answer = Answer(200, {"organization": organizations.change_organization(state, found, sent, now)})
    return warned(answer, [sent], ORGANIZATION_KEYS, "organization")


def create_many(state: DeskState, call: Call) -> Answer:
    """Take a job that creates up to 100 organizations; its results have no index [REC]."""
    sent = records(call, "organizations")

    def item(row: WireRecord) -> Item:
        return lambda now: {
            "status": "Created",
            "id": organizations.create_organization(state, row, now)["id"],
        }

    answer = take_job(
        state, "Bulk Create Organization", "Creating organization", [item(row) for row in sent],
        error="OrganizationCreateFailed",
    )  # fmt: skip
    return warned(answer, sent, ORGANIZATION_KEYS, "organization")


def update(state: DeskState, call: Call) -> Answer:
    """Change an organization."""
    record, sent = _record(state, "organizations", identifier(call)), named(call, "organization")
    done = organizations.change_organization(state, record, sent, state.clock.time())
    return warned(Answer(200, {"organization": done}), [sent], ORGANIZATION_KEYS, "organization")


def update_many(state: DeskState, call: Call) -> Answer:
    """Take a job that changes up to 100 organizations: the same way (`ids`), or each in its own (`organizations`)."""
    if "ids" in call.query:
        same = named(call, "organization")
        sent = [same | {"id": number} for number in wanted_ids(call)]
    else:
        sent = records(call, "organizations")
    ids = [int(row.get("id") or 0) for row in sent]

    def item(row: WireRecord) -> Item:
        def run(now: float) -> WireRecord:
            record = _record(state, "organizations", row.get("id"))
            organizations.change_organization(state, record, row, now)
            return {"action": "update", "id": record["id"], "status": "Updated", "success": True}

        return run

    answer = take_job(
        state, "Bulk Update Organization", "Updating organization", [item(row) for row in sent],
        error="OrganizationUpdateFailed", ids=ids,
    )  # fmt: skip
    return warned(answer, sent, ORGANIZATION_KEYS, "organization")


def delete(state: DeskState, call: Call) -> Answer:
    """Delete an organization."""
    record = _record(state, "organizations", identifier(call))
    organizations.delete_organization(state, record, state.clock.time())
    return Answer(204)


def destroy_many(state: DeskState, call: Call) -> Answer:
    """Take a job that deletes up to 100 organizations."""
    ids = wanted_ids(call)

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            organizations.delete_organization(state, _record(state, "organizations", number), now)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run

    return take_job(
        state, "Bulk Delete Organization", "Deleting Organization", [item(number) for number in ids],
        error="OrganizationDeleteFailed", ids=ids,
    )  # fmt: skip


# --- groups


def create_group(state: DeskState, call: Call) -> Answer:
    """Create a group."""
    sent = named(call, "group")
    made = organizations.create_group(state, sent, state.clock.time())
    return warned(Answer(201, {"group": made}), [sent], GROUP_KEYS, "group")


def update_group(state: DeskState, call: Call) -> Answer:
    """Change a group; one that was private stays so or becomes public, never the other way about [OAS]."""
    record, sent = _record(state, "groups", identifier(call)), named(call, "group")
    if record["is_public"] and sent.get("is_public") is False:
        raise rejected("is_public", "A public group cannot be made private")
    changed: WireRecord = {key: sent[key] for key in ("name", "description", "is_public") if key in sent}
    done: WireRecord = {**record, **changed, "updated_at": stamp(int(state.clock.time()))}
    state.lists["groups"][record["id"]] = done
    return warned(Answer(200, {"group": done}), [sent], GROUP_KEYS, "group")


def delete_group(state: DeskState, call: Call) -> Answer:
    """Delete a group."""
    organizations.delete_group(state, _record(state, "groups", identifier(call)), state.clock.time())
    return Answer(204)


_O = "/api/v2/organizations"
ROUTES: tuple[Route, ...] = (
    *writes("POST", _O, create, "CreateOrganization", "organizations-write"),
    *writes("POST", f"{_O}/create_many", create_many, "CreateManyOrganizations", "organizations-bulk"),
    *writes("POST", f"{_O}/create_or_update", create_or_update, "CreateOrUpdateOrganization", "organizations-write"),
    *writes("PUT", f"{_O}/update_many", update_many, "UpdateManyOrganizations", "organizations-bulk"),
    *writes("DELETE", f"{_O}/destroy_many", destroy_many, "DeleteManyOrganizations", "organizations-bulk"),
    *writes("PUT", f"{_O}/{{id}}", update, "UpdateOrganization", "organizations-update"),
    *writes("DELETE", f"{_O}/{{id}}", delete, "DeleteOrganization", "organizations-write"),
    *writes("POST", "/api/v2/groups", create_group, "CreateGroup", "groups-write"),
    *writes("PUT", "/api/v2/groups/{id}", update_group, "UpdateGroup", "groups-write"),
    *writes("DELETE", "/api/v2/groups/{id}", delete_group, "DeleteGroup", "groups-write"),
)  # fmt: skip
