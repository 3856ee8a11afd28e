"""Users and their identities as they come and go: found by address or external id, made, changed, merged, deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.exceptions import collision, detailed, forbidden, not_found, rejected
from ticketferry_emulators.zendesk.models.mail import ZendeskMail
from ticketferry_emulators.zendesk.models.organizations import join, join_by_domain, leave_all
from ticketferry_emulators.zendesk.models.values import normal_tags
from ticketferry_emulators.zendesk.responses.shapes import shaped
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp
from ticketferry_zendesk.time_zones import RAILS_ZONES

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = [
    "RACE_SECONDS",
    "USER_KEYS",
    "add_identity",
    "by_address",
    "change",
    "create",
    "delete",
    "find",
    "merge",
    "person_for",
    "purge",
    "user",
    "verification_mail",
]

RACE_SECONDS = 0.5
"""Two creations of one address within this time are a race: the later one is told to come again [ISSUE]."""

USER_KEYS = frozenset({
    "name", "email", "external_id", "role", "custom_role_id", "phone", "shared_phone_number", "locale", "locale_id",
    "time_zone", "organization_id", "organization", "default_group_id", "tags", "user_fields", "ticket_restriction",
    "only_private_comments", "alias", "details", "notes", "signature", "suspended", "verified", "skip_verify_email",
    "identities", "moderator", "restricted_agent", "remote_photo_url", "photo", "organization_ids",
})  # fmt: skip
_PLAIN = (
    "custom_role_id", "locale", "locale_id", "time_zone", "default_group_id", "ticket_restriction", "only_private_comments",
    "alias", "details", "notes", "signature", "suspended", "moderator", "restricted_agent", "shared_phone_number",
)  # fmt: skip
_IANA = {label: zone for zone, label in reversed(list(RAILS_ZONES.items()))}
"""Label of a time zone -> its IANA name, which a user shows beside it [OAS]."""
_MOST_MERGED = 10_000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_ROLES = {"end-user": None, "agent": 0, "admin": 4}


def user(state: DeskState, number: object) -> WireRecord:
    """Return an active user; raises Refused (404)."""
    record = state.lists["users"].get(number) if isinstance(number, int) else None
    if record is None or not record["active"]:
        raise not_found()
    return record


def by_address(state: DeskState, address: str) -> WireRecord | None:
    """Return the user whom an e-mail address or a direct line belongs to."""
    number = state.addresses.get(address.lower())
    return None if number is None else state.lists["users"][number]


def find(state: DeskState, sent: WireRecord) -> WireRecord | None:
    """Return whom create_or_update means: by external id, any case, else by e-mail [OAS]."""
    external, email = shaped(sent).get("external_id"), sent.get("email")
    if external:
        number = state.externals["users"].get(str(external).lower())
        if number is not None:
            return state.lists["users"][number]
    return by_address(state, str(email)) if email else None


def person_for(state: DeskState, sent: object, now: float, *, place: str) -> WireRecord:
    """Return the user that `requester: {name, email}` and its kin mean, made if need be.

    Somebody new is counted as mailed to verify the address: whether an account does so for tickets is not known, and a
    migration should make its users first.
    """
    if not isinstance(sent, dict) or not sent.get("email"):
        raise rejected(place, f"{place.capitalize()}: Email: cannot be blank", "BlankValue")
    found = by_address(state, str(sent["email"]))
    if found is not None:
        _race(state, str(sent["email"]), now)
        return found
    name = sent.get("name") or str(sent["email"]).partition("@")[0]
    return create(state, {"name": name, "email": sent["email"]}, now)


def _race(state: DeskState, address: str, now: float) -> None:
    made = state.created_addresses.get(address.lower())
    if made is not None and now - made < RACE_SECONDS:
        raise collision("Database")


def create(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    """Make a user with identities and membership; raises Refused (409, 422) before anything has changed."""
    name = shaped(sent).get("name")
    if not isinstance(name, str) or not name.strip():
        raise rejected("name", "Name: is too short (minimum one character)", "BlankValue")
    role = sent.get("role") or "end-user"
    if role not in _ROLES:
        raise rejected("role", "Role: is invalid")
    email, phone = sent.get("email"), sent.get("phone")
    identities = _wanted_identities(sent)
    for kind, value in identities:
        if kind == "email":
            _race(state, value, now)
        _free(state, kind, value)
    _checked(state, sent, None)
    made = stamp(int(now))
    number = state.next_id("users")
    record: WireRecord = {
        "id": number, "url": state.url(f"users/{number}"), "name": name.strip(),
        "email": email.lower() if isinstance(email, str) else None,
        "created_at": made, "updated_at": made, "time_zone": "Eastern Time (US & Canada)",
        "iana_time_zone": "America/New_York", "phone": phone, "shared_phone_number": False if phone else None,
        "photo": None, "locale_id": 1, "locale": "en-US", "organization_id": None, "role": role,
        "verified": sent.get("verified") is True, "external_id": None, "tags": [], "alias": None, "active": True,
        "shared": False, "shared_agent": False, "last_login_at": None, "two_factor_auth_enabled": None, "signature": None,
        "details": None, "notes": None, "role_type": _ROLES[role], "custom_role_id": None, "moderator": role != "end-user",
        "ticket_restriction": "requested" if role == "end-user" else None, "only_private_comments": False,
        "restricted_agent": role == "end-user", "suspended": False, "chat_only": False, "default_group_id": None,
        "report_csv": role == "admin",
        "user_fields": {row["key"]: False if row["type"] == "checkbox" else None for row in state.lists["user_fields"].values()},
    }  # fmt: skip
    _apply(state, record, sent)
    state.keep_record("users", record)
    for index, (kind, value) in enumerate(identities):
        _identity(
            state, number, kind, value, now, primary=index == 0, verified=record["verified"] and index == 0
        )
        if kind == "email":
            state.created_addresses[value.lower()] = now
            verification_mail(state, sent, value, now)
    _join(state, record, sent, now)
    if role == "end-user" and not sent.get("organization_id"):
        join_by_domain(state, number, now)
    return state.lists["users"][number]


def change(state: DeskState, record: WireRecord, sent: WireRecord, now: float) -> WireRecord:
    """Change a user. An e-mail or a phone number that is new adds an identity, and changes neither [OAS, ISSUE]."""
    if record["shared"]:
        raise forbidden()
    _checked(state, shaped(sent), record["id"])
    fresh = [
        (kind, value)
        for kind, value in _wanted_identities(sent)
        if state.addresses.get(value.lower()) != record["id"]
    ]
    for kind, value in fresh:
        _free(state, kind, value)
    if "role" in sent and sent["role"] not in _ROLES:
        raise rejected("role", "Role: is invalid")
    if "name" in sent and not str(sent["name"] or "").strip():
        raise rejected("name", "Name: is too short (minimum one character)", "BlankValue")
    changed = {**record, "updated_at": stamp(int(now))}
    if "name" in sent:
        changed["name"] = str(sent["name"]).strip()
    if "role" in sent:
        changed |= {"role": sent["role"], "role_type": _ROLES[sent["role"]]}
    if sent.get("phone") and not changed["phone"]:
        changed["phone"], changed["shared_phone_number"] = sent["phone"], False
    _apply(state, changed, sent)
    state.keep_record("users", changed)
    for kind, value in fresh:
        primary = kind == "email" and changed["email"] is None
        _identity(state, changed["id"], kind, value, now, primary=primary, verified=False)
        if primary:
            state.keep_record("users", {**state.lists["users"][changed["id"]], "email": value.lower()})
        if kind == "email":
            verification_mail(state, sent, value, now)
    _join(state, state.lists["users"][changed["id"]], sent, now)
    return state.lists["users"][changed["id"]]


def _wanted_identities(sent: WireRecord) -> list[tuple[str, str]]:
    wanted: list[tuple[str, str]] = []
    if sent.get("email"):
        wanted.append(("email", str(sent["email"])))
    wanted.extend(
        (str(row.get("type", "email")), str(row["value"]))
        for row in sent.get("identities") or ()
        if isinstance(row, dict) and row.get("value")
    )
    if sent.get("phone") and not sent.get("shared_phone_number"):
        wanted.append(("phone_number", str(sent["phone"])))
    return list({(kind, value.lower()): (kind, value) for kind, value in wanted}.values())


def _free(state: DeskState, kind: str, value: str) -> None:
    """Refuse an address that is malformed or somebody's [OAS examples]."""
    if kind == "email" and not _EMAIL.match(value):
        raise rejected("email", f"Email: {value} is not properly formatted")
    if value.lower() in state.addresses:
        what = "Email" if kind == "email" else "Phone number" if kind == "phone_number" else "Value"
        place = "email" if kind == "email" else "phone" if kind == "phone_number" else "value"
        raise rejected(place, f"{what}: {value} is already being used by another user", "DuplicateValue")


def _checked(state: DeskState, sent: WireRecord, number: int | None) -> None:
    external = sent.get("external_id")
    if external:
        other = state.externals["users"].get(str(external).lower())
        if other is not None and other != number:
            raise rejected("external_id", f"External: {external} has already been taken", "DuplicateValue")
    organization = sent.get("organization_id")
    if organization is not None and organization not in state.lists["organizations"]:
        raise rejected("organization_id", "Organization: is invalid")
    group = sent.get("default_group_id")
    if group is not None and group not in state.lists["groups"]:
        raise rejected("default_group_id", "Default group: is invalid")


def _apply(state: DeskState, record: WireRecord, sent: WireRecord) -> None:
    for key in _PLAIN:
        if key in sent:
            record[key] = sent[key]
    if "time_zone" in sent:
        record["iana_time_zone"] = _IANA.get(str(sent["time_zone"]))
    if "external_id" in sent:
        record["external_id"] = None if sent["external_id"] is None else str(sent["external_id"])
    if "tags" in sent:
        record["tags"] = normal_tags(sent["tags"])
    if "verified" in sent:
        record["verified"] = sent["verified"] is True
    known = {row["key"] for row in state.lists["user_fields"].values()}
    values = sent.get("user_fields")
    if isinstance(values, dict):
        record["user_fields"] = record["user_fields"] | {k: v for k, v in values.items() if k in known}


def _join(state: DeskState, record: WireRecord, sent: WireRecord, now: float) -> None:
    if "organization_id" not in sent:
        return
    if sent["organization_id"] is None:
        leave_all(state, record, now)
    else:
        join(state, record["id"], sent["organization_id"], now, default=True)


def _identity(
    state: DeskState, number: int, kind: str, value: str, now: float, *, primary: bool, verified: bool
) -> WireRecord:  # fmt: skip
    identifier = state.next_id("identities")
    made = stamp(int(now))
    row: WireRecord = {
        "url": state.url(f"users/{number}/identities/{identifier}"), "id": identifier, "user_id": number, "type": kind,
        "value": value.lower() if kind == "email" else value, "verified": verified, "primary": primary, "created_at": made,
        "updated_at": made, "undeliverable_count": 0, "deliverable_state": "deliverable",
    }  # fmt: skip
    state.keep_identity(row)
    return row


def add_identity(state: DeskState, number: int, sent: WireRecord, now: float) -> WireRecord:
    """Add an identity to a user; a verification mail is counted unless `skip_verify_email` says otherwise."""
    kind, value = str(shaped(sent).get("type", "email")), sent.get("value")
    if not isinstance(value, str) or not value.strip():
        raise rejected("value", "Value: cannot be blank", "BlankValue")
    _free(state, kind, value)
    record = state.lists["users"][number]
    primary = sent.get("primary") is True or (kind == "email" and record["email"] is None)
    if primary:
        for row in list(state.identities.get(number, ())):
            if row["type"] == kind and row["primary"]:
                state.keep_identity({**row, "primary": False})
    row = _identity(state, number, kind, value, now, primary=primary, verified=sent.get("verified") is True)
    changed = {**record, "updated_at": stamp(int(now))}
    if primary and kind == "email":
        changed["email"] = row["value"]
    state.keep_record("users", changed)
    if kind == "email":
        verification_mail(state, sent, value, now)
    return row


def verification_mail(state: DeskState, sent: WireRecord, address: str, now: float) -> None:
    """Count the mail that asks somebody to verify an address."""
    if sent.get("skip_verify_email") is not True and sent.get("verified") is not True:
        state.mails.append(ZendeskMail(now, "verify_email", address, None))


def delete(state: DeskState, record: WireRecord, now: float) -> WireRecord:
    """Delete a user, for good but for exports, with what is known of him; refused while a ticket of his is not closed [support 360039353631]."""
    number = record["id"]
    theirs = (state.heads[one].status for one in state.by_requester.get(number, ()))
    if any(status not in ("closed", "deleted") for status in theirs):
        text = f"User: {record['name']} has tickets that are not closed and cannot be deleted"
        raise detailed(422, "RecordInvalid", text)
    for row in state.memberships_of(number):
        state.drop_membership(row)
    for key in [key for key, row in state.lists["group_memberships"].items() if row["user_id"] == number]:
        del state.lists["group_memberships"][key]
    for identity in list(state.identities.get(number, ())):
        state.drop_identity(identity)
    gone = {**record, "active": False, "updated_at": stamp(int(now))}
    state.keep_record("users", gone)
    return gone


def purge(state: DeskState, record: WireRecord, now: float) -> WireRecord:
    """Erase what is left of a deleted user [OAS PermanentlyDeleteUser]."""
    erased = {
        **record, "name": "Permanently Deleted User", "email": None, "phone": None, "external_id": None, "alias": None,
        "details": None, "notes": None, "tags": [], "updated_at": stamp(int(now)),
        "user_fields": dict.fromkeys(record["user_fields"]),
    }  # fmt: skip
    state.keep_record("users", erased)
    return erased


def merge(state: DeskState, loser: WireRecord, winner: WireRecord, now: float) -> WireRecord:
    """Merge an end user into another: his tickets and identities go over, he is gone; there is no way back [OAS]."""
    for one in (loser, winner):
        if one["role"] != "end-user" or one["shared"]:
            raise detailed(422, "RecordInvalid", f"User: {one['name']} cannot be merged")
    if len(state.by_requester.get(loser["id"], ())) > _MOST_MERGED:
        raise detailed(422, "RecordInvalid", f"User: {loser['name']} has more than {_MOST_MERGED} tickets")
    if loser["id"] == winner["id"]:
        raise detailed(422, "RecordInvalid", "User: cannot be merged into itself")
    for number in sorted(state.by_requester.get(loser["id"], ())):
        case = state.case(number)
        case.ticket["requester_id"] = winner["id"]
        case.ticket["generated_timestamp"] = int(now)
        state.keep(case)
    for identity in list(state.identities.get(loser["id"], ())):
        state.drop_identity(identity)
        state.keep_identity({**identity, "user_id": winner["id"], "primary": False})
    delete(state, loser, now)
    kept = {**winner, "updated_at": stamp(int(now))}
    state.keep_record("users", kept)
    return kept
