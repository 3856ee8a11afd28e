"""Routes that make, change, merge and delete users, one by one and in bulk."""

from __future__ import annotations

from collections.abc import Callable

from ticketferry_emulators.kit.app import Answer, Call, Route
from ticketferry_emulators.zendesk.exceptions import detailed, forbidden, not_found
from ticketferry_emulators.zendesk.models import accounts
from ticketferry_emulators.zendesk.models.accounts import USER_KEYS
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.responses.paging import listing
from ticketferry_emulators.zendesk.responses.requests import named, records, take_job, wanted_ids, warned
from ticketferry_emulators.zendesk.responses.routing import both, identifier, writes
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["ROUTES"]

_BOGUS = 900_000_000_000


def _wanted(sent: WireRecord) -> WireRecord:
    return {key: value for key, value in sent.items() if key in USER_KEYS}


def _shown(state: DeskState, number: int) -> WireRecord:
    return {"user": state.lists["users"][number]}


def create(state: DeskState, call: Call) -> Answer:
    """Create a user; mailed to verify the address unless `skip_verify_email` is true [OAS]."""
    sent = named(call, "user")
    made = accounts.create(state, _wanted(sent), state.clock.time())
    return warned(Answer(201, _shown(state, made["id"])), [sent], USER_KEYS, "user")


def create_or_update(state: DeskState, call: Call) -> Answer:
    """Create a user, 201, or change whom external id or e-mail find, 200."""
    sent, now = named(call, "user"), state.clock.time()
    found = accounts.find(state, sent)
    if found is None:
        done, status = accounts.create(state, _wanted(sent), now), 201
    else:
        done, status = accounts.change(state, found, _wanted(sent), now), 200
    return warned(Answer(status, _shown(state, done["id"])), [sent], USER_KEYS, "user")


def update(state: DeskState, call: Call) -> Answer:
    """Change a user."""
    sent = named(call, "user")
    record = accounts.user(state, identifier(call))
    done = accounts.change(state, record, _wanted(sent), state.clock.time())
    return warned(Answer(200, _shown(state, done["id"])), [sent], USER_KEYS, "user")


def delete(state: DeskState, call: Call) -> Answer:
    """Delete a user; the answer shows him once more."""
    gone = accounts.delete(state, accounts.user(state, identifier(call)), state.clock.time())
    return Answer(200, {"user": gone})


def merge(state: DeskState, call: Call) -> Answer:
    """Merge the user of the path into the one of the body."""
    loser = accounts.user(state, identifier(call))
    sent = named(call, "user")
    winner = state.lists["users"].get(sent.get("id") or 0) or accounts.find(state, sent)
    if winner is None or not winner["active"]:
        raise not_found()
    return Answer(200, {"user": accounts.merge(state, loser, winner, state.clock.time())})


def purge(state: DeskState, call: Call) -> Answer:
    """Erase a deleted user for good."""
    record = state.lists["users"].get(identifier(call))
    if record is None or record["active"]:
        raise not_found()
    erased = accounts.purge(state, record, state.clock.time())
    return Answer(200, {"deleted_user": _deleted(state, erased)})


_DELETED = (
    "id", "name", "email", "created_at", "updated_at", "time_zone", "phone", "shared_phone_number", "photo", "locale_id",
    "locale", "organization_id", "role", "active",
)  # fmt: skip


def _deleted(state: DeskState, record: WireRecord) -> WireRecord:
    """Return a deleted user as their own routes show him [OAS DeletedUserObject]."""
    shared = record["shared_phone_number"]
    return {key: record[key] for key in _DELETED} | {
        "url": f"{state.host}/api/v2/deleted_users/{record['id']}",
        "shared_phone_number": None if not shared else record["phone"],
    }


def deleted_users(state: DeskState, call: Call) -> Answer:
    """List deleted users, those erased for good as well."""
    rows = state.lists["users"]
    keys = [key for key in sorted(rows) if not rows[key]["active"]]
    return listing(call, "deleted_users", keys, lambda ids: [_deleted(state, rows[key]) for key in ids])


# --- in bulk


def _allowed(state: DeskState) -> None:
    """Refuse where the vendor's support has not enabled bulk imports of users [OAS, ISSUE zenpy 42]."""
    if not state.bulk_users:
        raise forbidden()


def _bulk(
    state: DeskState, call: Call, kind: str, one: Callable[[int, WireRecord, float], WireRecord]
) -> Answer:  # fmt: skip
    _allowed(state)
    sent = records(call, "users")

    def item(index: int, row: WireRecord) -> Item:
        return lambda now: one(index, _wanted(row), now)

    items = [item(index, row) for index, row in enumerate(sent)]
    return warned(
        take_job(state, kind, "Creating user", items, error="UserCreateFailed"), sent, USER_KEYS, "user"
    )


def create_many(state: DeskState, call: Call) -> Answer:
    """Take a job that creates up to 100 users."""

    def one(index: int, row: WireRecord, now: float) -> WireRecord:
        return {"index": index, "id": accounts.create(state, row, now)["id"]}

    return _bulk(state, call, "Bulk Create User", one)


def create_or_update_many(state: DeskState, call: Call) -> Answer:
    """Take a job that creates or changes up to 100 users.

    An e-mail that is none gives a row like a success with an id that is nobody's [ISSUE zendesk-java-client 325].
    """

    def one(index: int, row: WireRecord, now: float) -> WireRecord:
        found = accounts.find(state, row)
        email = row.get("email")
        if found is None and email and "@" not in str(email):
            return {"action": "create", "id": _BOGUS + index, "status": "Created", "success": True}
        if found is None:
            made = accounts.create(state, row, now)
            return {"action": "create", "id": made["id"], "status": "Created", "success": True}
        accounts.change(state, found, row, now)
        return {"action": "update", "id": found["id"], "status": "Updated", "success": True}

    return _bulk(state, call, "Bulk Create Or Update User", one)


def update_many(state: DeskState, call: Call) -> Answer:
    """Take a job that changes up to 100 users: the same way (`ids`, `external_ids`), or each in its own (`users`)."""
    if "ids" in call.query or "external_ids" in call.query:
        same = named(call, "user")
        names = [name for name in (call.query.get("external_ids") or "").split(",") if name]
        ids = [state.externals["users"].get(name.lower(), 0) for name in names] if names else wanted_ids(call)
        sent = [same | {"id": number} for number in ids]
    else:
        sent = records(call, "users")
        ids = [int(row.get("id") or 0) for row in sent]

    def item(row: WireRecord) -> Item:
        def run(now: float) -> WireRecord:
            record = accounts.user(state, row.get("id"))
            accounts.change(state, record, _wanted(row), now)
            return {"action": "update", "id": record["id"], "status": "Updated", "success": True}

        return run

    answer = take_job(
        state, "Bulk Update User", "Updating user", [item(row) for row in sent], error="UserUpdateFailed", ids=ids,
        action="update",
    )  # fmt: skip
    return warned(answer, sent, USER_KEYS | {"id"}, "user")


def destroy_many(state: DeskState, call: Call) -> Answer:
    """Take a job that deletes up to 100 users."""
    ids = wanted_ids(call)

    def item(number: int) -> Item:
        def run(now: float) -> WireRecord:
            accounts.delete(state, accounts.user(state, number), now)
            return {"action": "delete", "id": number, "status": "Deleted", "success": True}

        return run

    return take_job(
        state, "Bulk Delete User", "Deleting user", [item(number) for number in ids], error="UserDeleteFailed",
        ids=ids, action="delete",
    )  # fmt: skip


# --- identities


def _identity(state: DeskState, call: Call) -> tuple[WireRecord, WireRecord]:
    """Return the user and the identity of the path."""
    user = accounts.user(state, identifier(call))
    row = state.lists["identities"].get(identifier(call, "identity"))
    if row is None or row["user_id"] != user["id"]:
        raise not_found()
    return user, row


def show_identity(state: DeskState, call: Call) -> Answer:
    """Show an identity."""
    return Answer(200, {"identity": _identity(state, call)[1]})


def add_identity(state: DeskState, call: Call) -> Answer:
    """Add an identity to a user."""
    user = accounts.user(state, identifier(call))
    row = accounts.add_identity(state, user["id"], named(call, "identity"), state.clock.time())
    return Answer(201, {"identity": row})


def update_identity(state: DeskState, call: Call) -> Answer:
    """Change what of an identity can be changed: whether it is verified [OAS]."""
    _, row = _identity(state, call)
    sent = named(call, "identity")
    changed = {**row, "verified": sent["verified"] is True} if "verified" in sent else row
    state.keep_identity(changed)
    return warned(Answer(200, {"identity": changed}), [sent], frozenset({"verified"}), "identity")


def verify(state: DeskState, call: Call) -> Answer:
    """Take an identity for verified."""
    _, row = _identity(state, call)
    state.keep_identity({**row, "verified": True})
    return Answer(200, {"identity": {**row, "verified": True}})


def request_verification(state: DeskState, call: Call) -> Answer:
    """Mail the user to verify an identity."""
    _, row = _identity(state, call)
    accounts.verification_mail(state, {}, row["value"], state.clock.time())
    return Answer(200, "")


def make_primary(state: DeskState, call: Call) -> Answer:
    """Make an identity the primary one of its type; of e-mails, it becomes the user's."""
    user, row = _identity(state, call)
    for one in list(state.identities[user["id"]]):
        if one["type"] == row["type"] and one["primary"] != (one["id"] == row["id"]):
            state.keep_identity({**one, "primary": one["id"] == row["id"]})
    if row["type"] == "email":
        state.keep_record("users", {**user, "email": row["value"]})
    return Answer(200, {"identities": state.identities[user["id"]]})


def drop_identity(state: DeskState, call: Call) -> Answer:
    """Delete an identity; the primary address stays [DOC]."""
    user, row = _identity(state, call)
    if row["primary"] and row["type"] == "email":
        raise detailed(422, "RecordInvalid", "The primary e-mail address cannot be deleted")
    state.drop_identity(row)
    if row["type"] == "phone_number" and user["phone"] == row["value"]:
        state.keep_record("users", {**user, "phone": None, "shared_phone_number": None})
    return Answer(204)


_USERS = "/api/v2/users"
_ONE = f"{_USERS}/{{id}}/identities/{{identity}}"
ROUTES: tuple[Route, ...] = (
    *writes("POST", _USERS, create, "CreateUser", "users-write"),
    *writes("POST", f"{_USERS}/create_or_update", create_or_update, "CreateOrUpdateUser", "users-update"),
    *writes("POST", f"{_USERS}/create_many", create_many, "CreateManyUsers", "users-bulk"),
    *writes(
        "POST",
        f"{_USERS}/create_or_update_many",
        create_or_update_many,
        "CreateOrUpdateManyUsers",
        "users-bulk",
    ),
    *writes("PUT", f"{_USERS}/update_many", update_many, "UpdateManyUsers", "users-bulk"),
    *writes("DELETE", f"{_USERS}/destroy_many", destroy_many, "DestroyManyUsers", "users-delete"),
    *writes("PUT", f"{_USERS}/{{id}}", update, "UpdateUser", "users-update"),
    *writes("DELETE", f"{_USERS}/{{id}}", delete, "DeleteUser", "users-delete"),
    *writes("PUT", f"{_USERS}/{{id}}/merge", merge, "MergeEndUsers", "users-write"),
    *both("/api/v2/deleted_users", deleted_users, "ListDeletedUsers", "users"),
    *writes("DELETE", "/api/v2/deleted_users/{id}", purge, "PermanentlyDeleteUser", "users-delete"),
    *both(_ONE, show_identity, "ShowUserIdentity", "users"),
    *writes("POST", f"{_USERS}/{{id}}/identities", add_identity, "CreateUserIdentity", "users-write"),
    *writes("PUT", _ONE, update_identity, "UpdateUserIdentity", "users-write"),
    *writes("PUT", f"{_ONE}/make_primary", make_primary, "MakeUserIdentityPrimary", "users-write"),
    *writes("PUT", f"{_ONE}/verify", verify, "VerifyUserIdentity", "users-write"),
    *writes(
        "PUT", f"{_ONE}/request_verification", request_verification, "RequestUserVerification", "users-write"
    ),
    *writes("DELETE", _ONE, drop_identity, "DeleteUserIdentity", "users-write"),
)
