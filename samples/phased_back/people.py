"""What the people of both desks do between and during the weekends of docs/phased-migration-back.md, through the APIs of the stand-ins.

python people.py customer-answers ISSUE       a customer writes on a request of the old desk
python people.py old-priority ISSUE           an agent of the old desk gives it the highest priority
python people.py new-priority ISSUE           an agent of the new desk gives its ticket a low one
python people.py triggers off                 an administrator of the new desk switches the triggers that mail people off
python people.py robot ISSUE                  a trigger of the new desk tags its ticket
python people.py robot-off ISSUE              somebody takes that tag off again
python people.py new-answers ISSUE            an agent of the new desk answers the customer there
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
    return ask(OLD, f"migration@acme.example:{os.environ['JIRA_TOKEN']}", method, path, body)


def new(method: str, path: str, body: Any = None) -> Any:
    """Ask the new desk."""
    return ask(NEW, f"ana.silva@acme.example/token:{os.environ['ZENDESK_TOKEN']}", method, path, body)


def ticket_of(issue: str) -> int:
    """Return the number of the ticket that an issue became: its tag says so."""
    found = new("GET", f"/api/v2/search.json?query=type:ticket+tags:jira-{issue.lower()}")["results"]
    return int(found[0]["id"])


def main(act: str, issue: str) -> None:
    """Do what somebody does."""
    if act == "customer-answers":
        old(
            "POST",
            f"/rest/servicedeskapi/request/{issue}/comment",
            {"body": "It broke again this morning.", "public": True},
        )
    elif act == "old-priority":
        old("PUT", f"/rest/api/3/issue/{issue}", {"fields": {"priority": {"name": "Highest"}}})
    elif act == "new-priority":
        new("PUT", f"/api/v2/tickets/{ticket_of(issue)}.json", {"ticket": {"priority": "low"}})
    elif act == "triggers":
        for trigger in new("GET", "/api/v2/triggers.json")["triggers"]:
            mails = any(action["field"].startswith("notification_") for action in trigger["actions"])
            if mails and trigger["active"] is (issue == "off"):
                new("PUT", f"/api/v2/triggers/{trigger['id']}.json", {"trigger": {"active": issue == "on"}})
    elif act in ("robot", "robot-off"):
        tags = "additional_tags" if act == "robot" else "remove_tags"
        new(
            "PUT",
            f"/api/v2/tickets/update_many.json?ids={ticket_of(issue)}",
            {"ticket": {tags: ["auto-triaged"]}},
        )
    elif act == "new-answers":
        comment = {"body": "We have sent you a new one.", "public": True}
        new("PUT", f"/api/v2/tickets/{ticket_of(issue)}.json", {"ticket": {"comment": comment}})
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:3]) if len(sys.argv) == 3 else sys.exit(__doc__)
