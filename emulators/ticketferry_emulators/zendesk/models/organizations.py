"""Organizations, groups, and who belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.exceptions import not_found, rejected
from ticketferry_emulators.zendesk.models.values import normal_tags
from ticketferry_emulators.zendesk.responses.shapes import shaped
from ticketferry_emulators.zendesk.seed.dice import WireRecord, stamp

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = [
    "GROUP_KEYS", "ORGANIZATION_KEYS", "change_organization", "create_group", "create_organization", "delete_group",
    "delete_organization", "draw_members", "find_organization", "join", "join_by_domain", "join_group", "leave", "leave_all", "leave_group", "make_default",
]  # fmt: skip

ORGANIZATION_KEYS = frozenset({
    "name", "external_id", "domain_names", "details", "notes", "group_id", "shared_tickets", "shared_comments", "tags",
    "organization_fields", "id",
})  # fmt: skip
GROUP_KEYS = frozenset({"name", "description", "is_public", "default"})
_PLAIN = ("details", "notes", "group_id", "shared_tickets", "shared_comments")


def find_organization(state: DeskState, sent: WireRecord) -> WireRecord | None:
    """Return what create_or_update means: by id or external id, never by name [OAS]."""
    if shaped(sent).get("id") is not None:
        found = state.lists["organizations"].get(sent["id"])
        if found is None:
            raise not_found()
        return found
    number = state.externals["organizations"].get(str(sent.get("external_id") or "").lower())
    return None if number is None else state.lists["organizations"][number]


def _checked(state: DeskState, sent: WireRecord, number: int | None) -> None:
    shaped(sent)
    if "name" in sent or number is None:
        name = sent.get("name")
        if not isinstance(name, str) or not name.strip():
            raise rejected("name", "Name: cannot be blank", "BlankValue")
        if "|" in name:
            raise rejected("name", "Name: is invalid: the pipe character is not allowed")
        if state.names.get(name.strip().lower(), number) != number:
            raise rejected("name", f"Name: {name} has already been taken", "DuplicateValue")
    external = sent.get("external_id")
    if external:
        other = state.externals["organizations"].get(str(external).lower())
        if other is not None and other != number:
            raise rejected("external_id", f"External: {external} has already been taken", "DuplicateValue")
    group = sent.get("group_id")
    if group is not None and group not in state.lists["groups"]:
        raise rejected("group_id", "Group: is invalid")


def _apply(state: DeskState, record: WireRecord, sent: WireRecord) -> None:
    for key in _PLAIN:
        if key in sent:
            record[key] = sent[key]
    if "name" in sent:
        record["name"] = sent["name"]
    if "external_id" in sent:
        record["external_id"] = None if sent["external_id"] is None else str(sent["external_id"])
    if "domain_names" in sent:
        record["domain_names"] = list(sent["domain_names"] or ())
    if "tags" in sent:
        record["tags"] = normal_tags(sent["tags"] or [])
    known = {row["key"] for row in state.lists["organization_fields"].values()}
    if isinstance(sent.get("organization_fields"), dict):
        wanted = {key: value for key, value in sent["organization_fields"].items() if key in known}
        record["organization_fields"] = record["organization_fields"] | wanted


def create_organization(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    """Make an organization; names are unique in any case. Raises Refused (422) before anything has changed."""
    _checked(state, sent, None)
    number, made = state.next_id("organizations"), stamp(int(now))
    record: WireRecord = {
        "url": state.url(f"organizations/{number}"), "id": number, "name": sent["name"], "shared_tickets": False,
        "shared_comments": False, "external_id": None, "created_at": made, "updated_at": made, "domain_names": [],
        "details": None, "notes": None, "group_id": None, "tags": [],
        "organization_fields": {row["key"]: None for row in state.lists["organization_fields"].values()},
    }  # fmt: skip
    _apply(state, record, sent)
    state.keep_record("organizations", record)
    draw_members(state, number, now)
    return record


def change_organization(state: DeskState, record: WireRecord, sent: WireRecord, now: float) -> WireRecord:
    """Change an organization."""
    _checked(state, sent, record["id"])
    changed = {**record, "updated_at": stamp(int(now))}
    _apply(state, changed, sent)
    state.keep_record("organizations", changed)
    if "domain_names" in sent:
        draw_members(state, changed["id"], now)
    return changed


def delete_organization(state: DeskState, record: WireRecord, now: float) -> None:
    """Delete an organization: memberships go, members and open tickets lose it."""
    for row in [
        row
        for row in state.lists["organization_memberships"].values()
        if row["organization_id"] == record["id"]
    ]:
        leave(state, row, now)
    for number, head in list(state.heads.items()):
        if head.organization == record["id"] and head.status not in ("closed", "deleted"):
            case = state.case(number)
            case.ticket["organization_id"] = None
            case.ticket["generated_timestamp"] = int(now)
            state.keep(case)
    moment = stamp(int(now))
    state.bury({**record, "updated_at": moment, "deleted_at": moment})


# --- memberships


def join(state: DeskState, user: int, organization: int, now: float, *, default: bool = False) -> WireRecord:
    """Make a user a member; the first membership, or one asked for so, is the default. Twice is once, for jobs' sake."""
    rows = state.memberships_of(user)
    found = next((row for row in rows if row["organization_id"] == organization), None)
    if found is None:
        number, made = state.next_id("organization_memberships"), stamp(int(now))
        found = {
            "url": state.url(f"organization_memberships/{number}"), "id": number, "user_id": user,
            "organization_id": organization, "default": None,
            "organization_name": state.lists["organizations"][organization]["name"], "view_tickets": False,
            "created_at": made, "updated_at": made,
        }  # fmt: skip
        state.keep_membership(found)
    if default or not rows:
        make_default(state, found, now)
    return state.lists["organization_memberships"][found["id"]]


def join_by_domain(state: DeskState, user: int, now: float) -> None:
    """Put a new user into the organization that claims the domain of the address; of several the first by name [DOC 4408882246298]."""
    email = str(state.lists["users"][user]["email"] or "")
    domain = email.rpartition("@")[2].lower()
    claims = [
        row for row in state.lists["organizations"].values()
        if domain and domain in [str(name).lower() for name in row["domain_names"]]
    ]  # fmt: skip
    if claims:
        first = min(claims, key=lambda row: str(row["name"]).casefold())
        join(state, user, first["id"], now, default=True)


def draw_members(state: DeskState, organization: int, now: float) -> None:
    """Put verified users without an organization into one whose domains were set [DOC 4408825828250]."""
    domains = {str(name).lower() for name in state.lists["organizations"][organization]["domain_names"]}
    for number, row in list(state.lists["users"].items()):
        lone = row["active"] and row["verified"] and row["role"] == "end-user" and not row["organization_id"]
        if lone and str(row["email"] or "").rpartition("@")[2].lower() in domains:
            join(state, number, organization, now, default=True)


def make_default(state: DeskState, membership: WireRecord, now: float) -> None:
    """Make a membership the user's default, which is his organization."""
    for row in state.memberships_of(membership["user_id"]):
        default = True if row["id"] == membership["id"] else None
        if row["default"] != default:
            state.keep_membership({**row, "default": default, "updated_at": stamp(int(now))})
    _belong(state, membership["user_id"], membership["organization_id"], now)


def _belong(state: DeskState, user: int, organization: int | None, now: float) -> None:
    record = state.lists["users"][user]
    if record["organization_id"] != organization:
        changed = {**record, "organization_id": organization, "updated_at": stamp(int(now))}
        state.keep_record("users", changed)


def leave(state: DeskState, membership: WireRecord, now: float) -> None:
    """End a membership; when it was the default, the oldest of the others takes its place."""
    state.drop_membership(membership)
    if membership["default"]:
        rest = state.memberships_of(membership["user_id"])
        if rest:
            make_default(state, rest[0], now)
        else:
            _belong(state, membership["user_id"], None, now)


def leave_all(state: DeskState, record: WireRecord, now: float) -> None:
    """End all memberships of a user."""
    for row in state.memberships_of(record["id"]):
        leave(state, row, now)


# --- groups


def create_group(state: DeskState, sent: WireRecord, now: float) -> WireRecord:
    """Make a group."""
    name = sent.get("name")
    if not isinstance(name, str) or not name.strip():
        raise rejected("name", "Name: cannot be blank", "BlankValue")
    if any(row["name"].lower() == name.lower() for row in state.lists["groups"].values()):
        raise rejected("name", f"Name: {name} has already been taken", "DuplicateValue")
    number, made = state.next_id("groups"), stamp(int(now))
    record: WireRecord = {
        "url": state.url(f"groups/{number}"), "id": number, "name": name, "description": sent.get("description") or "",
        "default": False, "deleted": False, "is_public": sent.get("is_public", True) is not False, "created_at": made,
        "updated_at": made,
    }  # fmt: skip
    state.lists["groups"][number] = record
    return record


def delete_group(state: DeskState, record: WireRecord, now: float) -> None:
    """Delete a group with its memberships; the default group stays."""
    if record["default"]:
        raise rejected("base", "The default group cannot be deleted")
    for row in list(state.lists["group_memberships"].values()):
        if row["group_id"] == record["id"]:
            leave_group(state, row, now)
    del state.lists["groups"][record["id"]]


def join_group(state: DeskState, user: int, group: int, now: float, *, default: bool = False) -> WireRecord:
    """Make an agent a member of a group."""
    record = state.lists["users"].get(user)
    if record is None or record["role"] == "end-user" or not record["active"]:
        raise rejected("user_id", "User: must be an agent")
    if group not in state.lists["groups"]:
        raise rejected("group_id", "Group: is invalid")
    table = state.lists["group_memberships"]
    mine = [row for row in table.values() if row["user_id"] == user]
    if any(row["group_id"] == group for row in mine):
        raise rejected("user_id", "User: has already been taken", "DuplicateValue")
    number, made = state.next_id("group_memberships"), stamp(int(now))
    table[number] = {
        "url": state.url(f"group_memberships/{number}"), "id": number, "user_id": user, "group_id": group,
        "default": False, "created_at": made, "updated_at": made,
    }  # fmt: skip
    if default or not mine:
        for row in (*mine, table[number]):
            table[row["id"]] = {**row, "default": row["id"] == number}
        state.keep_record("users", {**record, "default_group_id": group, "updated_at": made})
    return table[number]


def leave_group(state: DeskState, membership: WireRecord, now: float) -> None:
    """End a group membership; another one takes its place as the default."""
    table = state.lists["group_memberships"]
    del table[membership["id"]]
    if membership["default"]:
        rest = [row for row in table.values() if row["user_id"] == membership["user_id"]]
        group = rest[0]["group_id"] if rest else None
        if rest:
            table[rest[0]["id"]] = {**rest[0], "default": True}
        record = state.lists["users"][membership["user_id"]]
        state.keep_record("users", {**record, "default_group_id": group, "updated_at": stamp(int(now))})
