"""What a connector makes of the field `mood`, run with a copy of the connector whose table of rows has one line more.

Prints JSON: promise -> what was seen. `python one_row.py zendesk`.
"""

import json
import sys
from typing import Any

from ticketferry.sdk import Change, Kind, Outcome, Record, Ref, Session, Wire, WriteResult

TICKET, PERSON = "acme:ticket:1", "acme:person:1"
SESSION = Session(desk="new", origin="acme", workspace="w")
HISTORY = "2021-02-03T04:05:06Z"


def fates(compiled: Any) -> str:
    """The last word on the field."""
    return [fate.disposition.value for fate in compiled.fates if fate.path == "mood"][-1]


def zendesk() -> dict[str, Any]:
    """Zendesk: a ticket's field under `mood_word`, for tasks only."""
    from tools.tables import zendesk_reading, zendesk_writing

    from ticketferry_zendesk.compile import compile_change, expected_of
    from ticketferry_zendesk.findings import CODES
    from ticketferry_zendesk.names import Names
    from ticketferry_zendesk.options import ZendeskOptions
    from ticketferry_zendesk.site_index import ZendeskCatalogIndex
    from ticketferry_zendesk.translate import translate
    from ticketferry_zendesk.undo import undo_lane

    catalog = zendesk_writing._catalog()
    site, names, options = (
        ZendeskCatalogIndex(catalog, "acme"),
        Names(catalog),
        ZendeskOptions(subdomain="zd"),
    )

    def read(kind: Kind, body: Any) -> Any:
        return translate(Wire(Ref("new", kind, "1"), body, None, False), names, "https://zd.example")

    def change(outcome: Outcome, desired: Record, current: Record | None = None, *fields: str) -> Any:
        return compile_change(Change(outcome, desired, current, frozenset(fields)), site, SESSION, options)

    desired = {"ref": TICKET, "subject": "s", "type": "task", "requester": PERSON, "mood": "calm"}
    row = {"id": 1, "status": "open", "subject": "s", "type": "task", "mood_word": "calm"}
    seen, odd = read(Kind.TICKET, row), read(Kind.TICKET, {**row, "mood_word": 7})
    event = {"id": 9, "type": "Change", "field_name": "mood_word", "value": "calm", "previous_value": "cross"}
    audit = read(
        Kind.EVENT, {"id": 3, "ticket_id": 1, "author_id": 5, "created_at": HISTORY, "events": [event]}
    )
    made = change(Outcome.CREATE, desired)
    current = {**made.expected, "ref": "new:ticket:1", "origin": TICKET}
    bare = {key: value for key, value in desired.items() if key != "mood"}
    cleared = change(Outcome.UPDATE, bare, current, "mood")
    (edit,) = cleared.operations
    back = undo_lane([(edit, WriteResult(edit.key, "done"))], current, forever=False).operations[0]
    refused = change(Outcome.CREATE, {**desired, "type": "problem"})
    return {
        "translate": seen.records[0].get("mood"),
        "trace": seen.trace.get("mood_word"),
        "shape": [odd.records[0].get("mood"), odd.records[0].get("native")],
        "history": [audit.records[0].get(key) for key in ("field", "before", "after")],
        "create": made.operations[-1].body.get("mood_word"),
        "expected": expected_of(desired, site, SESSION, options).record["mood"],
        "fate": [fates(made), fates(refused)],
        "condition": [finding.code for finding in refused.findings if finding.where == "mood"],
        "title": CODES.get("ZD-MOOD"),
        "misfit": [
            row.code
            for row in change(Outcome.CREATE, {**desired, "mood": "glad"}).findings
            if row.where == "mood"
        ],
        "clear": ["mood_word" in edit.body["ticket"], edit.body["ticket"].get("mood_word", "")],
        "cleared": "mood" in cleared.expected,
        "undo": back.body["ticket"].get("mood_word"),
        "limits": [
            "| `mood_word` | mood |" in zendesk_reading.markdown(),
            "| `mood` (of a task) | carried | `mood_word` |" in zendesk_writing.markdown(),
        ],
    }


def jsm() -> dict[str, Any]:
    """Jira: an issue's field `mood_word`, on create screens."""
    from tools.tables import jsm_writing

    from ticketferry_jsm.compile import compile_change, expected_of
    from ticketferry_jsm.site_index import JiraCatalogIndex
    from ticketferry_jsm.translate import translate_wire
    from ticketferry_jsm.undo import undo_lane

    site = JiraCatalogIndex(jsm_writing._catalog())

    def read(kind: Kind, body: Any) -> Any:
        return translate_wire(Wire(Ref("jira", kind, "1"), body, None, False), site, "", "w")

    def change(
        outcome: Outcome, desired: Record, current: Record | None = None, *fields: str, way: str = "rest"
    ) -> Any:
        return compile_change(Change(outcome, desired, current, frozenset(fields), {}, way), site, SESSION)

    desired = {
        "ref": TICKET,
        "subject": "s",
        "project": "SUP",
        "type": "Request",
        "requester": PERSON,
        "mood": "2024-02-03",
    }
    issue = {"id": "1", "key": "SUP-1", "fields": {"summary": "s", "mood_word": "2024-02-03"}}
    seen = read(Kind.TICKET, issue)
    item = {
        "field": "mood_word",
        "fieldId": "mood_word",
        "fromString": "2024-01-01",
        "toString": "2024-02-03",
    }
    history = read(Kind.EVENT, {"id": "3", "created": HISTORY, "items": [item]})
    made = change(Outcome.CREATE, desired)
    current = {**made.expected, "ref": "jira:ticket:1", "origin": TICKET}
    bare = {key: value for key, value in desired.items() if key != "mood"}
    cleared = change(Outcome.UPDATE, bare, current, "mood")
    (edit,) = cleared.operations
    back = undo_lane([(edit, WriteResult(edit.key, "done"))], current).operations[0]
    event = {
        "ref": "acme:event:1",
        "type": "changed",
        "time": HISTORY,
        "field": "mood",
        "before": "2024-01-01",
        "after": "2024-02-03",
    }
    by_file = change(
        Outcome.CREATE, {**desired, "created": HISTORY, "events": [event]}, way="import-file"
    ).operations
    return {
        "translate": seen.records[0].get("mood"),
        "trace": seen.trace.get("fields.mood_word"),
        "history": [history.records[0].get(key) for key in ("field", "before", "after")],
        "create": made.operations[0].body["fields"].get("mood_word"),
        "by file": [
            next(item for item in by_file if item.endpoint == "issue.edit").body["fields"].get("mood_word"),
            by_file[0].body["history"][0]["items"][0]["field"],
        ],
        "expected": expected_of(desired, site, SESSION, "rest").record["mood"],
        "fate": fates(made),
        "misfit": [
            row.code
            for row in change(Outcome.CREATE, {**desired, "mood": "glad"}).findings
            if row.where == "mood"
        ],
        "clear": ["mood_word" in edit.body["fields"], edit.body["fields"].get("mood_word", "")],
        "cleared": "mood" in cleared.expected,
        "undo": back.body["fields"].get("mood_word"),
        "limits": "| `mood` | carried | `issue.create` |" in jsm_writing.markdown(),
    }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](), default=str))  # noqa: T201
