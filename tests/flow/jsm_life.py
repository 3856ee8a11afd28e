"""A service site with some life in it: requests of three projects, made through the emulated site's own API by its people.

What no API does stands in the state itself: who of the customers wrote a comment, approvals, ratings, addresses that are hidden.
"""

import itertools
from typing import Any

import httpx

from ticketferry.testing.hostile import FILES
from ticketferry_emulators.jsm import JsmEmulator

__all__ = ["Life"]

PNG = next(data for data in FILES.values() if data.startswith(b"\x89PNG"))
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
RTL = "مرحبا \u202bשלום\u202c 👩\u200d👩\u200d👧"
AGENTS = ("ada", "bruno", "esra", "ana.silva", "ben.okoro", "chloe.martin", "emi.tanaka")
"""First three: nobody of that address in Zendesk (one hides it); the others work in both."""
CUSTOMERS = (
    ("ann@shop.example", "Ann Ångström"),
    ("BO@Shop.example", "Bo"),
    ("cy@port.example", "Cy שלום"),
    ("dee@port.example", "Dee"),
    ("eve@mail.example", "Eve"),
)
_PATHS = (
    (),
    (("11", None),),
    (("11", None), ("21", None)),
    (("11", None), ("31", None)),
    (("11", None), ("21", None), ("51", None)),
    (("11", None), ("61", "Done")),
    (("11", None), ("61", "Won't Do"), ("71", None)),
    (("91", "Duplicate"),),
)
"""Ways through the workflow of service requests: transitions with the resolution that their screen asks for."""


def text(value: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": value, **({"marks": list(marks)} if marks else {})}


def paragraph(*inline: Any) -> dict[str, Any]:
    return {
        "type": "paragraph",
        "content": [text(item) if isinstance(item, str) else item for item in inline],
    }


def doc(*blocks: Any) -> dict[str, Any]:
    content = [paragraph(block) if isinstance(block, str) else block for block in blocks]
    return {"type": "doc", "version": 1, "content": content}


class Life:
    """Makes requests on a served site; `keys` holds those that there are, in order."""

    def __init__(self, jira: JsmEmulator) -> None:
        self.jira, self.state = jira, jira.state
        self.fields = {known.name: known.id for known in self.state.fields.values()}
        for name in AGENTS:
            self.state.tokens[f"{name}@acme.example"] = f"token-of-{name}"
        self.keys: list[str] = []
        self._bot = httpx.Client(
            base_url=jira.base_url, auth=tuple(jira.credentials.values()), timeout=20, verify=False
        )
        self._own = {
            name: httpx.Client(
                base_url=jira.base_url,
                auth=(f"{name}@acme.example", f"token-of-{name}"),
                timeout=20,
                verify=False,
            )
            for name in AGENTS
        }
        self.customers: list[str] = []
        self._texts = itertools.count(1)

    def close(self) -> None:
        for client in (self._bot, *self._own.values()):
            client.close()

    def call(self, method: str, path: str, body: Any = None, by: str | None = None, **more: Any) -> Any:
        client = self._own[by] if by else self._bot
        url = path if path.startswith("/rest") else f"/rest/api/3/{path}"
        answer = client.request(method, url, **({"json": body} if body is not None else {}), **more)
        assert answer.status_code < 300, (method, url, answer.status_code, answer.text[:500])
        self.jira.clock.advance(7)
        return answer.json() if answer.content else None

    def account(self, name: str) -> str:
        return next(a.id for a in self.state.accounts.values() if a.email == f"{name}@acme.example")

    def people(self) -> None:
        """Customers, one of whom hides the address and one who is gone; two organizations."""
        for email, name in CUSTOMERS:
            body = {"displayName": name, "email": email}
            self.customers.append(self.call("POST", "/rest/servicedeskapi/customer", body)["accountId"])
        self.state.accounts[self.customers[3]].hidden_email = True
        self.organizations = [
            self.call("POST", "/rest/servicedeskapi/organization", {"name": name})["id"]
            for name in ("Shop & Söhne", "Port")
        ]
        for number, members in enumerate((self.customers[:2], self.customers[2:4])):
            path = f"/rest/servicedeskapi/organization/{self.organizations[number]}/user"
            self.call("POST", path, {"accountIds": members})
        for desk in ("1", "2", "3"):
            path = f"/rest/servicedeskapi/servicedesk/{desk}"
            self.call("POST", f"{path}/customer", {"accountIds": self.customers})
            for organization in self.organizations:
                self.call("POST", f"{path}/organization", {"organizationId": int(organization)})

    # ---- steps

    def comment(
        self, key: str, *blocks: Any, by: str | int = "ana.silva", public: bool = True, media: Any = False
    ) -> str:
        """An agent's comment by the API; a customer's (a number) is put under their name."""
        shown = list(blocks)
        if media:
            file = media if media is not True else self.upload(key, "shot.png", PNG, "image/png")
            image = {"type": "media", "attrs": {"type": "file", "id": file.media, "collection": ""}}
            shown.append({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [image]})
        body: dict[str, Any] = {"body": doc(*shown)}
        if not public:
            body["properties"] = INTERNAL
        id_ = self.call("POST", f"issue/{key}/comment", body, by if isinstance(by, str) else None)["id"]
        if isinstance(by, int):
            _, comment = self.state.comment(id_)
            comment.author = comment.editor = self.customers[by]
        return str(id_)

    def upload(self, key: str, name: str, data: bytes, kind: str = "text/plain") -> Any:
        headers = {"X-Atlassian-Token": "no-check"}
        row = self.call(
            "POST", f"issue/{key}/attachments", files={"file": (name, data, kind)}, headers=headers
        )
        return self.state.attachments[row[0]["id"]]

    def issue(self, project: str, kind: str, form: str | None, **values: Any) -> str:
        values = {"project": {"key": project}, "issuetype": {"name": kind}, **values}
        key = str(self.call("POST", "issue", {"fields": values})["key"])
        if form is not None:
            desk = self.state.desk(f"projectKey:{project}")
            number = next(row.id for row in desk.request_types if row.name == form)
            self.call("PUT", f"issue/{key}", {"fields": {self.fields["Request Type"]: number}})
        self.keys.append(key)
        return key

    def move(self, key: str, path: Any, by: str = "ana.silva") -> None:
        for number, resolution in path:
            fields = {"fields": {"resolution": {"name": resolution}}} if resolution else {}
            self.call("POST", f"issue/{key}/transitions", {"transition": {"id": number}, **fields}, by)

    # ---- the site

    def fill(self, requests: int = 20) -> "Life":
        """Everybody, at least five requests: with twenty one for every way through the workflow, and the ones that show what is rare."""
        self.people()
        for number in range(requests):
            self._request(number)
        self._rare()
        self._links()
        self.jira.clock.advance(600)
        return self

    def _request(self, number: int) -> None:
        f = self.fields
        project, form = (("SUP", "Emailed request"), ("SUP", "Portal request"), ("BILL", "Invoice question"))[
            number % 3
        ]
        key = self.issue(
            project,
            "Service request",
            form,
            summary=f"Request {number} {RTL if number % 4 == 0 else 'über alles'}",
            description=doc(f"The first words of request {number} 🔥", RTL),
            reporter={"accountId": self.customers[number % 5]},
            priority={"id": str(number % 5 + 1)},
            labels=["vip", f"batch-{number % 2}"][: number % 3],
            **({"assignee": {"accountId": self.account(AGENTS[number % len(AGENTS)])}} if number % 4 else {}),
            **({"components": [{"name": "Website"}]} if project == "SUP" and number % 2 else {}),
            **({f["Refund amount"]: 12.5 + number} if number % 3 == 0 else {}),
            **({f["Steps to reproduce"]: doc("one", "two")} if number % 5 == 0 else {}),
            **({f["Organizations"]: [int(self.organizations[0])]} if number % 5 < 2 else {}),
            **(
                {f["Request participants"]: [{"accountId": self.customers[(number + 1) % 5]}]}
                if number % 3 == 1
                else {}
            ),
        )
        for turn in range(number % 4 + 1):
            self.comment(
                key, f"question {turn} of {number}, look at #12 or {{{{ticket.id}}}}", by=(number + turn) % 5
            )
            self.comment(
                key, f"answer {turn} of {number}", by=AGENTS[(number + turn) % len(AGENTS)], media=turn == 1
            )
            self.comment(
                key, f"among us {turn} of {number}: he is in arrears", by=AGENTS[(number + turn + 1) % len(AGENTS)],
                public=False, media=turn == 2,
            )  # fmt: skip
        if number % 4 == 0:
            self.upload(key, "bill.txt", f"bill of {number}".encode())
            self.upload(key, "bill.txt", b"")
        if number % 3 == 0:
            log = {
                "timeSpentSeconds": 120 + 60 * number,
                "started": "2026-01-02T03:04:05.000+0000",
                "comment": doc("looked"),
            }
            self.call("POST", f"issue/{key}/worklog", log, "ben.okoro")
        self.move(key, _PATHS[number % len(_PATHS)])

    def _rare(self) -> None:
        """A level, an outage with its problem, an app's comment, a task, everything that a document may hold."""
        secret = self.issue(
            "HR", "Service request", "Ask HR", summary="Personnel matter", security={"id": "10020"},
            reporter={"accountId": self.account("ana.silva")}, description=doc("my salary"),
            assignee={"accountId": self.account("ben.okoro")},
        )  # fmt: skip
        self.comment(secret, "only among the few", public=False)
        outage = self.issue(
            "SUP", "Incident", "Report an outage", summary="All down", description=doc("nothing works"),
            reporter={"accountId": self.customers[0]}, **{self.fields["Affected regions"]: [{"value": "EMEA"}]},
        )  # fmt: skip
        problem = self.issue(
            "SUP", "Problem", None, summary="The switch", reporter={"accountId": self.account("ada")}
        )
        task = self.issue(
            "BILL", "Task", None, summary="Dunning run", duedate="2026-12-24", description=doc("all of them")
        )
        self.outage, self.problem, self.task, self.secret = outage, problem, task, secret
        said = self.comment(outage, "closed by a rule")
        robot = next(a.id for a in self.state.accounts.values() if a.kind == "app")
        self.state.comment(said)[1].author = robot
        issue = self.state.issue(outage)
        issue.feedback = {"type": "csat", "rating": 4, "comment": {"body": "quick!"}}
        issue.approvals.append(
            {"id": "7", "name": "Manager", "decision": "approved", "created": issue.created, "completed": issue.created + 60,
             "approvers": [(self.account("ana.silva"), "approved")]}
        )  # fmt: skip
        mention = {"type": "mention", "attrs": {"id": self.account("ana.silva"), "text": "@Ana Silva"}}
        row = {"type": "tableRow", "content": [{"type": "tableCell", "content": [paragraph("cell")]}]}
        self.comment(
            outage,
            paragraph("see ", mention, " and ", text("that", {"type": "strong"})),
            {"type": "codeBlock", "content": [text("if a < b:\n    {{x}}")]},
            {"type": "panel", "attrs": {"panelType": "info"}, "content": [paragraph("in a panel")]},
            {"type": "table", "content": [row]},
            {"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph("one")]}]},
        )
        self.comment(outage, "z" * 32_000, public=False)
        self.comment(outage, f"it is like {self.jira.base_url}/browse/{self.keys[0]}")
        noted = self.upload(outage, "rack.png", PNG + b"rack", "image/png")
        self.comment(outage, "seen by us", public=False, media=noted)
        self.comment(outage, "and seen by all", media=noted)
        self.upload(outage, "root-cause.txt", b"not for customers")
        own = self.upload(outage, "from-the-customer.txt", b"mine")
        own.author = self.customers[0]
        remote = {"object": {"url": "https://x.example/1", "title": "The order"}}
        self.call("POST", f"issue/{outage}/remotelink", remote)
        former = next(a.id for a in self.state.accounts.values() if a.name == "Nils Former")
        _, old = self.state.comment(self.comment(outage, "I was here once"))
        old.author = old.editor = former
        self.state.accounts[self.customers[4]].active = False

    def _links(self) -> None:
        for kind, inward, outward in (
            ("Problem/Incident", self.problem, self.outage),
            ("Blocks", self.keys[0], self.keys[1]),
            ("Duplicate", self.keys[2], self.keys[3]),
            ("Relates", self.task, self.keys[4]),
        ):
            body = {"type": {"name": kind}, "inwardIssue": {"key": inward}, "outwardIssue": {"key": outward}}
            self.call("POST", "issueLink", body)
