"""What the people of both desks do between and during the weekends of docs/phased-migration.md, through the APIs of the stand-ins.

python people.py customer-answers TICKET      a customer writes on a ticket of the old desk
python people.py old-priority TICKET          an agent of the old desk makes it urgent
python people.py new-priority TICKET          an agent of the new desk makes its issue low
python people.py robot TICKET                 an automation of the new desk tags its issue
python people.py robot-off TICKET             somebody takes that tag off again
python people.py new-answers TICKET           an agent of the new desk answers the customer there
python people.py old-triggers off             an administrator of the old desk switches off what mails people when a ticket changes
"""

import base64
import json
import os
import sys
import urllib.request
from typing import Any

OLD = os.environ.get("OLD_DESK", "http://127.0.0.1:8801")
NEW = os.environ.get("NEW_DESK", "http://127.0.0.1:8802")


def ask(desk: str, who: str, method: str, path: str, body: Any = None) -> Any:
    """Send one request and return what the desk answers."""
    head = {
        "Authorization": "Basic " + base64.b64encode(who.encode()).decode(),
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(desk + path, data=data, headers=head, method=method)  # noqa: S310 -- the desks named above
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text else None


def old(method: str, path: str, body: Any = None) -> Any:
    """Ask the old desk."""
    return ask(OLD, f"ana.silva@acme.example/token:{os.environ['ZENDESK_TOKEN']}", method, path, body)


def new(method: str, path: str, body: Any = None) -> Any:
    """Ask the new desk."""
    return ask(NEW, f"migration@acme.example:{os.environ['JIRA_TOKEN']}", method, path, body)


def issue_of(ticket: str) -> str:
    """Return the key of the issue that a ticket became: its label says so."""
    query = {"jql": f'labels = "zd-{ticket}"', "fields": ["summary"]}
    return str(new("POST", "/rest/api/3/search/jql", query)["issues"][0]["key"])


def main(act: str, ticket: str) -> None:
    """Do what somebody does."""
    if act == "customer-answers":
        asked = old("GET", f"/api/v2/tickets/{ticket}.json")["ticket"]
        comment = {
            "body": "It broke again this morning.",
            "public": True,
            "author_id": asked["requester_id"],
        }
        old("PUT", f"/api/v2/tickets/{ticket}.json", {"ticket": {"comment": comment}})
    elif act == "old-priority":
        old("PUT", f"/api/v2/tickets/{ticket}.json", {"ticket": {"priority": "urgent"}})
    elif act == "new-priority":
        new("PUT", f"/rest/api/3/issue/{issue_of(ticket)}", {"fields": {"priority": {"name": "Low"}}})
    elif act in ("robot", "robot-off"):
        labels = [{"add" if act == "robot" else "remove": "auto-triaged"}]
        new("PUT", f"/rest/api/3/issue/{issue_of(ticket)}", {"update": {"labels": labels}})
    elif act == "new-answers":
        paragraph = {
            "type": "paragraph",
            "content": [{"type": "text", "text": "We have sent you a new one."}],
        }
        body = {"type": "doc", "version": 1, "content": [paragraph]}
        new("POST", f"/rest/api/3/issue/{issue_of(ticket)}/comment", {"body": body})
    elif act == "old-triggers":
        for kind in ("trigger", "automation"):
            for rule in old("GET", f"/api/v2/{kind}s.json")[f"{kind}s"]:
                old("PUT", f"/api/v2/{kind}s/{rule['id']}.json", {kind: {"active": ticket == "on"}})
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:3]) if len(sys.argv) == 3 else sys.exit(__doc__)
