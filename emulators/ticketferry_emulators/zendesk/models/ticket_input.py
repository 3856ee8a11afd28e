"""What a request asks of a ticket, checked whole against the desk before anything changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ticketferry_emulators.zendesk.exceptions import rejected
from ticketferry_emulators.zendesk.models import accounts
from ticketferry_emulators.zendesk.models.comment_bodies import RenderedBody, body_of, sent_text
from ticketferry_emulators.zendesk.models.values import checked, normal_tags
from ticketferry_emulators.zendesk.responses.shapes import shaped
from ticketferry_emulators.zendesk.seed.dice import WireRecord

if TYPE_CHECKING:
    from ticketferry_emulators.zendesk.models.state import DeskState

__all__ = [
    "CREATE_KEYS",
    "IMPORT_KEYS",
    "UPDATE_KEYS",
    "Spoken",
    "TicketInput",
    "ask",
    "default_status",
    "moment_of",
]

CREATE_KEYS = frozenset({
    "additional_collaborators", "assignee_email", "assignee_id", "attribute_value_ids", "brand_id", "collaborator_ids",
    "collaborators", "comment", "custom_fields", "custom_status_id", "description", "due_at", "email_ccs", "external_id",
    "fields", "followers", "forum_topic_id", "group_id", "macro_id", "macro_ids", "metadata", "organization_id", "priority",
    "problem_id", "raw_subject", "recipient", "requester", "requester_id", "sharing_agreement_ids", "status", "subject",
    "submitter_id", "support_type", "system_metadata", "tags", "ticket_form_id", "type", "via",
    "via_followup_source_id", "via_id", "voice_comment",
})  # fmt: skip
"""Writable keys [OAS TicketObject without readOnly]; `via`, macros and `sharing_agreement_ids` are taken and do nothing here."""
_MOST_CCS = 48
"""CCs that a ticket takes [DOC about CCs and followers]."""
IMPORT_KEYS = CREATE_KEYS | {"comments", "created_at", "updated_at", "solved_at"}
"""Those of TicketImportInput [OAS] and the "normal ticket properties" that the documentation names beside them."""
UPDATE_KEYS = CREATE_KEYS | {"safe_update", "updated_stamp", "additional_tags", "remove_tags", "id"}

_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_ENUMS: Mapping[str, tuple[str, ...]] = {
    "status": _STATUSES, "priority": ("low", "normal", "high", "urgent"),
    "type": ("problem", "incident", "question", "task"),
}  # fmt: skip
_TEXTS = ("subject", "external_id", "recipient")
MOST_COMMENTS = 5_000


@dataclass(slots=True)
class Spoken:
    """One comment of a request."""

    author: int | None
    moment: float | None
    public: bool | None
    body: WireRecord
    tokens: list[str]

    def text(self, state: DeskState, ticket: WireRecord, author: int) -> RenderedBody:
        """Return the text as it will stand, by `author`."""
        who = state.lists["users"][author]
        return body_of(self.body, agent=who["role"] != "end-user", names=_names(state, ticket, who))


@dataclass(slots=True)
class TicketInput:
    """A request's wishes: plain fields, custom fields and tags, people, comments."""

    changes: WireRecord = field(default_factory=dict)
    values: dict[int, object] = field(default_factory=dict)
    tags: list[str] | None = None
    more_tags: list[str] = field(default_factory=list)
    less_tags: list[str] = field(default_factory=list)
    comments: list[Spoken] = field(default_factory=list)
    custom: WireRecord = field(default_factory=dict)
    source: int | None = None


def ask(
    state: DeskState, sent: WireRecord, now: float, *, before: WireRecord | None = None, dated: bool = False
) -> TicketInput:  # fmt: skip
    """Read and check a request for a new ticket or for a change of `before`; `dated`: an import, with times of its own.

    Raises Refused (422, 409). Users that `requester`, `email_ccs` and the like name by e-mail are made last, when all the
    rest is in order.
    """
    asked = TicketInput()
    shaped(sent)
    _plain(state, sent, asked)
    _fields(state, sent, asked)
    _staff(state, sent, asked, before)
    metadata = sent.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("custom"), dict):
        asked.custom = metadata["custom"]
    elif isinstance(metadata, dict):
        asked.custom = {key: value for key, value in metadata.items() if key != "system"}
    _comments(state, sent, asked, now, dated=dated, fresh=before is None)
    _links(state, sent, asked)
    _requester(state, sent, asked, before, now)
    _watchers(state, sent, asked, before, now)
    return asked


def _plain(state: DeskState, sent: WireRecord, asked: TicketInput) -> None:
    for key in _TEXTS:
        if key in sent:
            asked.changes[key] = None if sent[key] is None else str(sent[key])
    for key, choices in _ENUMS.items():
        value = sent.get(key)
        if key in sent and value not in choices and value is not None:
            raise rejected(key, f"{key.capitalize()}: {value} is not included in the list")
        if key in sent and (value is not None or key != "status"):
            asked.changes[key] = value
    if sent.get("due_at") is not None:
        moment_of(sent["due_at"], "due_at")
    if "due_at" in sent:
        asked.changes["due_at"] = sent["due_at"]
    for key, kind in (("brand_id", "brands"), ("ticket_form_id", "ticket_forms")):
        if sent.get(key) is not None:
            if sent[key] not in state.lists[kind]:
                raise rejected(key, f"{key.removesuffix('_id').replace('_', ' ').capitalize()}: is invalid")
            asked.changes[key] = sent[key]
    if sent.get("custom_status_id") is not None:
        status = state.lists["custom_statuses"].get(sent["custom_status_id"])
        if status is None or not status["active"]:
            raise rejected("custom_status_id", "Custom status: is invalid")
        asked.changes["custom_status_id"] = status["id"]
        if asked.changes.get("status") != "closed":
            asked.changes["status"] = status["status_category"]
    elif "status" in asked.changes:
        asked.changes["custom_status_id"] = default_status(state, asked.changes["status"])


def default_status(state: DeskState, category: str) -> int | None:
    """Return the custom status that a plain status means: the default of its category; closed is solved's."""
    wanted = "solved" if category in ("closed", "deleted") else category
    rows = [row for row in state.lists["custom_statuses"].values() if row["status_category"] == wanted]
    found = next((row for row in rows if row["default"]), rows[0] if rows else None)
    return None if found is None else int(found["id"])


def _fields(state: DeskState, sent: WireRecord, asked: TicketInput) -> None:
    fields = state.lists["ticket_fields"]
    rows = [*(sent.get("fields") or ()), *(sent.get("custom_fields") or ())]
    for row in rows:
        if isinstance(row, dict):
            found = fields.get(row.get("id", 0))
            if found is not None and found["removable"]:
                asked.values[found["id"]] = checked(found, row.get("value"))
    if sent.get("tags") is not None:
        asked.tags = normal_tags(sent["tags"])
    asked.more_tags = normal_tags(sent.get("additional_tags") or [])
    asked.less_tags = normal_tags(sent.get("remove_tags") or [])


def _staff(state: DeskState, sent: WireRecord, asked: TicketInput, before: WireRecord | None) -> None:
    """Check assignee and group: an active agent who is no light agent, in the group [OAS, DOC]."""
    users = state.lists["users"]
    if sent.get("assignee_email"):
        found = accounts.by_address(state, str(sent["assignee_email"]))
        if found is None:
            raise rejected("assignee", "Assignee: is invalid")
        sent = {**sent, "assignee_id": found["id"]}
    group = sent.get("group_id")
    if group is not None and group not in state.lists["groups"]:
        raise rejected("group", "Group: is invalid")
    if "group_id" in sent:
        asked.changes["group_id"] = group
    if "assignee_id" not in sent:
        _moved(state, asked, before)
        return
    number = sent["assignee_id"]
    asked.changes["assignee_id"] = number
    if number is None:
        return
    agent = users.get(number)
    if agent is None or agent["role"] == "end-user" or not agent["active"] or agent["suspended"]:
        raise rejected("assignee", "Assignee: is invalid")
    if agent["role_type"] == 1:
        raise rejected(
            "assignee", f"Assignee: {agent['name']} is a light agent and cannot be assigned tickets"
        )
    groups = {
        row["group_id"] for row in state.lists["group_memberships"].values() if row["user_id"] == number
    }
    wanted = group if "group_id" in sent else before and before["group_id"]
    if wanted is not None and wanted not in groups and "group_id" in sent:
        raise rejected("assignee", f"Assignee: {agent['name']} is not a member of the group")
    if wanted is None or wanted not in groups:
        asked.changes["group_id"] = agent["default_group_id"] or next(iter(sorted(groups)), None)


def _groups(state: DeskState, agent: int) -> set[int]:
    return {row["group_id"] for row in state.lists["group_memberships"].values() if row["user_id"] == agent}


def _moved(state: DeskState, asked: TicketInput, before: WireRecord | None) -> None:
    """Take the assignee off a ticket that goes to a group he is not in [RECALL]."""
    group = asked.changes.get("group_id")
    if before is None or group in (None, before["group_id"]) or before["assignee_id"] is None:
        return
    if group not in _groups(state, before["assignee_id"]):
        asked.changes["assignee_id"] = None


def moment_of(text: object, place: str) -> float:
    """Return a time in unix seconds; raises Refused (422)."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise rejected(place, f"{place}: {text} is not a valid date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _comments(
    state: DeskState, sent: WireRecord, asked: TicketInput, now: float, *, dated: bool, fresh: bool
) -> None:  # fmt: skip
    rows = list(sent.get("comments") or ()) if dated else []
    if sent.get("comment") is not None:
        rows.append(sent["comment"])
    if not rows and fresh and sent.get("description"):
        rows.append({"body": sent["description"]})
    if not rows and fresh:
        raise rejected("base", "Description: cannot be blank", "BlankValue")
    if len(rows) > MOST_COMMENTS:
        raise rejected("base", f"A ticket cannot have more than {MOST_COMMENTS} comments", "TooManyComments")
    used: set[str] = set()
    for row in rows:
        spoken = _comment(state, row if isinstance(row, dict) else {"body": row}, now, dated=dated)
        for token in spoken.tokens:
            if token in used or state.uploads.find(token, now) is None:
                raise rejected("attachments", f"Attachment: the upload token {token} is not valid")
            used.add(token)
        asked.comments.append(spoken)


def _comment(state: DeskState, row: WireRecord, now: float, *, dated: bool) -> Spoken:
    author = row.get("author_id")
    who = state.lists["users"].get(author) if author is not None else None
    if author is not None and (who is None or not who["active"]):
        raise rejected("author", "Author: is invalid")
    sent_text(row)
    moment = None
    if dated and row.get("created_at") is not None:
        moment = moment_of(row["created_at"], "created_at")
        if not 0 <= moment <= now:
            raise rejected(
                "created_at", f"Comment: created_at {row['created_at']} is before 1970 or in the future"
            )
    uploads = row.get("uploads") or []
    tokens = [uploads] if isinstance(uploads, str) else [str(token) for token in uploads]
    public = row.get("public")
    return Spoken(author, moment, public if isinstance(public, bool) else None, row, tokens)


def _links(state: DeskState, sent: WireRecord, asked: TicketInput) -> None:
    problem = sent.get("problem_id")
    if "problem_id" in sent:
        head = state.heads.get(problem or 0)
        if problem is not None and (head is None or head.status == "deleted" or head.type != "problem"):
            raise rejected("problem_id", "Problem: is invalid")
        asked.changes["problem_id"] = problem
    source = sent.get("via_followup_source_id")
    if source is not None:
        head = state.heads.get(source)
        if head is None or head.status != "closed":
            raise rejected("via_followup_source_id", "Followup source: must be a closed ticket")
        asked.source = source


def _requester(
    state: DeskState, sent: WireRecord, asked: TicketInput, before: WireRecord | None, now: float
) -> None:
    users, who = state.lists["users"], None
    for key in ("requester_id", "submitter_id"):
        number = sent.get(key)
        if number is None:
            continue
        one = users.get(number)
        if one is None or not one["active"]:
            name = key.removesuffix("_id")
            raise rejected(name, f"{name.capitalize()}: is invalid")
        asked.changes[key] = number
        who = one if key == "requester_id" else who
    known = (
        accounts.by_address(state, str((sent.get("requester") or {}).get("email")))
        if sent.get("requester")
        else None
    )
    who = who or known
    if who is not None and who["suspended"]:
        raise rejected("requester", f"Requester: {who['name']} is suspended.", "UserSuspended")
    organization = sent.get("organization_id")
    if organization is not None:
        owner: int | None = before["requester_id"] if before is not None else None
        owner = who["id"] if who is not None else owner
        mine = {row["organization_id"] for row in state.memberships_of(owner)}
        if organization not in mine:
            raise rejected("organization_id", "Organization: is not one of the requester's")
    if "organization_id" in sent:
        asked.changes["organization_id"] = organization
    if sent.get("requester") and "requester_id" not in asked.changes:
        who = accounts.person_for(state, sent["requester"], now, place="requester")
        asked.changes["requester_id"] = who["id"]
    if who is not None and "organization_id" not in sent:
        asked.changes["organization_id"] = who["organization_id"]


def _watchers(
    state: DeskState, sent: WireRecord, asked: TicketInput, before: WireRecord | None, now: float
) -> None:
    """Read CCs and followers in all their forms: ids, addresses, objects with an action [OAS]."""
    copies = sent.get("email_ccs")
    if isinstance(copies, list) and len(copies) > _MOST_CCS:
        raise rejected("email_ccs", f"Email ccs: a ticket can have at most {_MOST_CCS} CCs")
    for key, place, staff in (("email_ccs", "email_cc_ids", False), ("followers", "follower_ids", True)):
        if sent.get(key) is None:
            continue
        found = list(before[place]) if before else []
        for row in sent[key]:
            number = _person(state, row, now)
            if staff and state.lists["users"][number]["role"] == "end-user":
                raise rejected(key, "Followers: must be agents")
            if isinstance(row, dict) and row.get("action") == "delete":
                found = [one for one in found if one != number]
            elif number not in found:
                found.append(number)
        asked.changes[place] = found
    rows = sent.get("collaborators", sent.get("collaborator_ids"))
    if rows is not None and "email_ccs" not in sent:
        asked.changes["email_cc_ids"] = [_person(state, row, now) for row in rows]
    if sent.get("additional_collaborators"):
        before_them = before["email_cc_ids"] if before else []
        already: list[int] = asked.changes.get("email_cc_ids") or before_them
        more = [_person(state, row, now) for row in sent["additional_collaborators"]]
        asked.changes["email_cc_ids"] = list(dict.fromkeys([*already, *more]))


def _person(state: DeskState, row: object, now: float) -> int:
    if isinstance(row, str) and "@" in row:
        row = {"email": row}
    if isinstance(row, dict):
        number = row.get("user_id", row.get("id"))
        email = row.get("user_email") or row.get("email")
        if number is None:
            sent = {"email": email, "name": row.get("user_name") or row.get("name")}
            return int(accounts.person_for(state, sent, now, place="collaborators")["id"])
    else:
        number = row
    text = str(number)
    one = state.lists["users"].get(int(text)) if text.isascii() and text.isdigit() else None
    if one is None or not one["active"]:
        raise rejected("collaborators", f"Collaborators: {number} is invalid")
    return int(one["id"])


def _names(state: DeskState, ticket: WireRecord, author: WireRecord) -> dict[str, str]:
    """Return what placeholders stand for."""
    requester = state.lists["users"].get(ticket["requester_id"]) or author
    return {
        "ticket.id": str(ticket["id"]), "ticket.title": ticket["subject"], "ticket.status": ticket["status"].capitalize(),
        "ticket.external_id": ticket["external_id"] or "", "ticket.description": ticket["description"],
        "ticket.requester.name": requester["name"], "ticket.requester.first_name": requester["name"].split()[0],
        "ticket.requester.email": requester["email"] or "", "current_user.name": author["name"],
        "ticket.url": f"{state.host}/agent/tickets/{ticket['id']}", "ticket.tags": " ".join(ticket["tags"]),
    }  # fmt: skip
