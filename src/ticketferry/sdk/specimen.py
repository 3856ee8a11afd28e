"""A record of each kind with every field that the neutral schema has: what connectors work out from it becomes their table of fields.

A table compiles a specimen twice, once with a field altered or taken away: what differs in the operations is where the field is written.
"""

from collections.abc import Mapping
from typing import Any, Final

from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Disposition

__all__ = [
    "AGENT",
    "CUSTOMER",
    "LATER",
    "ORGANIZATION",
    "OTHER",
    "SPECIMENS",
    "TABLE_WORDS",
    "THEN",
    "TICKET",
    "alter",
]

AGENT, CUSTOMER, ORGANIZATION, _GROUP = (
    "acme:person:1",
    "acme:person:2",
    "acme:organization:3",
    "acme:group:4",
)
TICKET: Final = "acme:ticket:12"
THEN, LATER = "2021-02-03T04:05:06Z", "2021-03-04T05:06:07Z"

SPECIMENS: Final[Mapping[str, Record]] = {
    "ticket": {
        "ref": TICKET, "number": "12", "url": "https://acme.example/12", "subject": "It burns", "stage": "closed",
        "status": "Closed", "resolution": "Won't Do", "priority": "High", "type": "Request", "project": "SUP", "form": "Get help",
        "components": ["Website"], "channel": "email", "requester": CUSTOMER, "submitter": AGENT, "assignee": AGENT,
        "group": _GROUP, "organization": ORGANIZATION, "brand": "Acme", "tags": ["vip"], "fields": {"text": "SN-1"},
        "followers": [AGENT], "ccs": [AGENT], "links": [{"type": "relates", "to": "acme:ticket:2"}],
        "satisfaction": {"score": "good", "comment": "fine", "reason": "fast", "created": THEN},
        "sla": [{"name": "first_reply", "minutes": 5}], "handled_by": "human", "external_id": "E-1", "public": True,
        "merged_into": "acme:ticket:9", "created": THEN, "updated": LATER, "solved": LATER,
        "comments": [
            {
                "ref": "acme:comment:1", "ticket": TICKET, "author": CUSTOMER, "public": True, "opening": False, "kind": "voice",
                "channel": "phone", "header": "Ann · 2021", "body": {"html": "<p>said</p>"}, "redacted": True, "created": THEN,
                "updated": LATER, "fields": {"call": "1"},
            }
        ],
        "events": [
            {
                "ref": "acme:event:1", "ticket": TICKET, "comment": "acme:comment:1", "actor": AGENT, "time": THEN, "type": "changed",
                "field": "status", "before": "Open", "after": "Closed", "rule": "Auto-close",
            }
        ],
        "attachments": [
            {
                "ref": "acme:attachment:1", "ticket": TICKET, "comment": "acme:comment:1", "name": "a.txt", "media_type": "text/plain",
                "size": 1, "sha256": "00" * 32, "inline": False, "url": "https://acme.example/a", "created": THEN, "author": CUSTOMER,
                "state": "stored", "public": False,
            }
        ],
        "worklogs": [
            {
                "ref": "acme:worklog:1", "ticket": TICKET, "author": AGENT, "started": THEN, "seconds": 60,
                "body": {"html": "<p>looked</p>"},
            }
        ],
        "side_conversations": [
            {"ref": "acme:side_conversation:1", "ticket": TICKET, "subject": "Carrier", "state": "open", "participants": ["a@b.example"],
             "messages": [{"ref": "acme:comment:7", "public": False, "body": {"html": "<p>when</p>"}}], "created": THEN}
        ],
        "provenance": {"ref": TICKET, "number": "12", "kept": {"native.x": "y"}},
    },
    "person": {
        "ref": CUSTOMER, "name": "Ann", "role": "end_user", "state": "active", "merged_into": "acme:person:8", "account": "customer",
        "external_id": "P-1", "email": "ann@x.example", "identities": [{"type": "email", "value": "ann@x.example"}],
        "time_zone": "Europe/Berlin", "locale": "de", "organizations": [ORGANIZATION], "groups": [_GROUP],
        "memberships": [{"ref": "acme:membership:1", "person": CUSTOMER}], "fields": {"tier": "gold"}, "tags": ["vip"], "notes": "n",
        "details": "d", "alias": "a", "created": THEN, "updated": LATER, "provenance": {"kept": {"native.x": "y"}},
    },
    "organization": {
        "ref": ORGANIZATION, "name": "Acme", "external_id": "O-1", "domains": ["x.example"], "shared_tickets": True,
        "shared_comments": True, "group": _GROUP, "fields": {"tier": "gold"}, "tags": ["vip"], "notes": "n", "details": "d",
        "created": THEN, "updated": LATER, "provenance": {"kept": {"native.x": "y"}},
    },
}  # fmt: skip
"""Values that are names of a desk (status, priority, type, form, fields, links) a connector replaces by its own; `body`, `due` and
`security` it adds where it can take them."""

OTHER: Final[Mapping[str, Any]] = {
    "ref": "acme:ticket:99", "comments[].ref": "acme:comment:99", "comments[].public": False, "attachments[].ref": "acme:attachment:99",
    "attachments[].name": "b.txt", "attachments[].state": "missing", "attachments[].sha256": "11" * 32, "events[].ref": "acme:event:99",
    "events[].time": LATER, "events[].type": "rated", "worklogs[].ref": "acme:worklog:99", "worklogs[].started": LATER,
    "worklogs[].seconds": 120, "name": "Bo",
}  # fmt: skip
"""What stands in the place of a value that a record cannot be without."""

TABLE_WORDS: Final = {
    Disposition.CARRIED: "carried",
    Disposition.TRANSFORMED: "transformed",
    Disposition.KEPT: "kept beside",
    Disposition.DROPPED: "dropped",
    Disposition.UNSUPPORTED: "not held",
}


def alter(record: Record, key: str, path: str, other: Mapping[str, Any]) -> None:
    """Put another value in the place of one, or take it away where the record can be without."""
    if path in other:
        record[key] = other[path]
    else:
        del record[key]
