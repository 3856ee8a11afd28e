"""What a consultant writes in an afternoon: rows of tap-zendesk to Jira's import JSON with pandas. Plain texts, no files, no history, no checks.

usage: hand_written.py ROWS IMPORT
"""

import json
import sys
from pathlib import Path

import pandas as pd

rows: dict[str, list[dict]] = {"tickets": [], "ticket_comments": [], "users": []}
with Path(sys.argv[1]).open(encoding="utf-8") as lines:
    for line in lines:
        if (
            line.startswith("{")
            and (message := json.loads(line))["type"] == "RECORD"
            and message["stream"] in rows
        ):
            rows[message["stream"]].append(message["record"])
tickets = pd.DataFrame(rows["tickets"])
comments = pd.DataFrame(rows["ticket_comments"]).sort_values(["ticket_id", "created_at"])
users = pd.DataFrame(rows["users"]).set_index("id")
mail = users["email"].fillna(users["name"])
STATUS = {
    "new": "Open", "open": "Work in progress", "pending": "Waiting for customer", "hold": "Pending", "solved": "Resolved",
    "closed": "Closed",
}  # fmt: skip
tickets["reporter"] = tickets["requester_id"].map(mail)
tickets["agent"] = tickets["assignee_id"].map(mail)
tickets["state"] = tickets["status"].map(STATUS).fillna("Open")
comments["author"] = comments["author_id"].map(mail)
said = dict(iter(comments.groupby("ticket_id")))
issues = []
for ticket in tickets.itertuples():
    part = said.get(ticket.id)
    told = (
        []
        if part is None
        else list(part[["author", "plain_body", "body", "created_at"]].itertuples(index=False))
    )
    texts = [
        {"author": one.author, "body": one.plain_body or one.body, "created": one.created_at} for one in told
    ]
    first, rest = (texts[0]["body"], texts[1:]) if texts else (ticket.description, [])
    fields = [
        {"fieldName": f"Field {field['id']}", "fieldType": "com.atlassian.jira.plugin.system.customfieldtypes:textfield", "value": field["value"]}
        for field in ticket.custom_fields or ()
        if field["value"] not in (None, "", [])
    ]  # fmt: skip
    issues.append({
        "externalId": str(ticket.id), "summary": (ticket.subject or "")[:255], "description": first, "issueType": "Task",
        "status": ticket.state, "priority": ticket.priority, "reporter": ticket.reporter, "assignee": ticket.agent,
        "created": ticket.created_at, "updated": ticket.updated_at, "labels": list(ticket.tags or ()), "comments": rest,
        "customFieldValues": fields,
    })  # fmt: skip
named = [
    {"name": str(row.email or row.name), "fullname": row.name, "email": row.email}
    for row in users.itertuples()
]
document = {"users": named, "projects": [{"name": "Support", "key": "SUP", "issues": issues}]}
Path(sys.argv[2]).write_text(json.dumps(document, ensure_ascii=False, default=str), encoding="utf-8")
