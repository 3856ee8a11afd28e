"""The fields of a ticket, one row each: read, written, named in the audits, and compared by what these rows say.

Apart stand: the status (category, custom status, stage), tags (one with the values of fields), custom fields, links, and the times that an
import sets.
"""

from dataclasses import replace
from typing import Any

from ticketferry.sdk import Json, Record, Template
from ticketferry.sdk.codec import (
    FLAG,
    TIME,
    WORDS,
    FieldRow,
    FieldType,
    LoggedFields,
    OnlyWhere,
    Written,
    link,
    links,
    named,
    one_of,
)
from ticketferry.sdk.values import MisfitError
from ticketferry_zendesk.message import bare_subject
from ticketferry_zendesk.provenance import BORN_ASSIGNEE, BORN_GROUP
from ticketferry_zendesk.tracing import SYSTEM, SYSTEM_REASON
from ticketferry_zendesk.wire import to_the_second, utc

__all__ = ["BESIDE", "LOGGED", "MOST_CCS", "NO_SUBJECT", "SECONDS", "TICKET"]

BESIDE = "provenance comment"
SECONDS = f"whole seconds; as it was in the {BESIDE}"
NO_SUBJECT = "(no subject)"
MOST_CCS = 48
"""CCs of one ticket [DOC about CCs and followers]."""


def _line(value: Json, _: Any) -> Written:
    line = bare_subject(str(value)) or NO_SUBJECT
    return Written(line, line)


def _time(value: Json, _: Any) -> Written:
    written = to_the_second(value)
    if written is None:
        raise MisfitError("it is no time that Zendesk takes")
    return Written(written, written)


def _put(number: Template) -> Template:
    return {"user_id": number, "action": "put"}


def _group_of(desired: Record) -> str:
    """An assignee brings a group of theirs, and else an organization may bring its own."""
    return "group" if desired.get("assignee") else BORN_GROUP


_ITSELF = {SYSTEM: SYSTEM_REASON[1:]}
_PERSON = link("person", _ITSELF)
_TIME = replace(TIME, read=lambda value, _: utc(value), write=_time)
_TAGS = FieldType(
    logged=lambda value, _: value.split() if isinstance(value, str) else value, differs_in_log=True, shape=[(str,)]
)  # fmt: skip


def _one_of(key: str, *words: str) -> FieldRow:
    return FieldRow(
        key, key, one_of(words), code="ZD-NAME", misfit=f"Zendesk has no {key} {{value!r}}", remedy="Map it to another.",
        cases={"that Zendesk lacks": {key: "P1"}},
    )  # fmt: skip


def _entry(key: str, wire: str, table: str) -> FieldRow:
    return FieldRow(
        key, wire, named(table, f"the {key}'s name"), clears=False, unset=key, code="ZD-NAME",
        misfit=f"Zendesk has no {key} {{value!r}}", remedy="Make it in Zendesk, or map it to another.",
        cases={"that the account lacks": {key: "Other"}},
    )  # fmt: skip


TICKET = (
    FieldRow("subject", "subject", FieldType(write=_line), default=NO_SUBJECT, exact=f"subject: one line without placeholders; as it was in the {BESIDE}",
             cases={"with line breaks or placeholders": {"subject": "one\n{{ticket.id}}"}}),
    _one_of("priority", "low", "normal", "high", "urgent"),
    _one_of("type", "question", "incident", "problem", "task"),
    FieldRow("external_id", "external_id", to=None),
    FieldRow("channel", "via.channel", WORDS, to=None, logged=False),
    _entry("brand", "brand_id", "brands"),
    _entry("form", "ticket_form_id", "forms"),
    FieldRow("requester", "requester_id", _PERSON, unset="requester", clears=False),
    FieldRow("submitter", "submitter_id", _PERSON, to=None),
    FieldRow("assignee", "assignee_id", _PERSON, unset=BORN_ASSIGNEE),
    FieldRow("organization", "organization_id", link("organization", _ITSELF), unset="organization"),
    FieldRow("group", "group_id", link("group", _ITSELF), unset=_group_of),
    FieldRow("followers", "follower_ids", links("person", row_of=_put), to="followers", cleared=[], logged=False),
    FieldRow("ccs", "email_cc_ids", links("person", MOST_CCS, _put), to="email_ccs", cleared=[], logged=False, code="ZD-CCS",
             title="More CCs than a ticket takes: the rest stands beside",
             misfit=f"a ticket takes {MOST_CCS} CCs: {{value}} people get no copies",
             remedy="Put them into an organization or a group address where they must."),
    FieldRow("tags", "tags", _TAGS, to=None),
    FieldRow("public", "is_public", FLAG, to=None),
    FieldRow("due", "due_at", _TIME, exact=SECONDS, code="ZD-VALUE",
             fits=OnlyWhere("type", "task", "ZD-DUE", "only a task has a due date in Zendesk", "Map the type to task.",
                            title="A due date on a ticket that is no task"),
             cases={"of a task": {"type": "task", "due": "2021-04-05T10:00:00Z"}, "of any other type": {"due": "2021-04-05T10:00:00Z"}}),
    FieldRow("created", "created_at", _TIME, to=None, logged=False),
    FieldRow("updated", "updated_at", _TIME, to=None, logged=False),
)  # fmt: skip

LOGGED = LoggedFields((*TICKET, FieldRow("problem", "problem_id", link("ticket"), to=None)))
"""The same in audits, which name a problem where the ticket has a link."""
