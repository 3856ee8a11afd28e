"""A served JSM emulator with a client whose every answer is held against Atlassian's OpenAPI documents."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock

ROOT = Path(__file__).resolve().parents[3]


def doc(*lines: str) -> dict[str, Any]:
    """A document of one paragraph a line."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": content}


INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


@lru_cache
def documents() -> Any:
    """The documents, or None where they are absent."""
    folder = Path(os.environ.get("TICKETFERRY_SHARED") or ROOT.parent / "shared") / "specs"
    if not folder.is_dir():
        return None
    from tests.contract.jsm_document_faults import Documents

    return Documents(folder)


class Site:
    """The emulator and short ways to call it."""

    def __init__(self, emulator: JsmEmulator, client: httpx.Client) -> None:
        self.emulator, self.client = emulator, client
        self.state = emulator.state
        self.fields = {known.name: known.id for known in self.state.fields.values()}

    def call(self, method: str, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        """Call `path` under /rest/api/3 (or whole, with a leading /rest) and return its JSON."""
        url = path if path.startswith("/rest") else f"/rest/api/3/{path}"
        if body is not None:
            more["json"] = body
        answer = self.client.request(method, url, **more)
        expected = (status,) if status is not None else (200, 201, 204)
        assert answer.status_code in expected, (answer.status_code, answer.text[:500])
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer

    def get(self, path: str, status: int | None = None, **more: Any) -> Any:
        return self.call("GET", path, None, status, **more)

    def post(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        return self.call("POST", path, body, status, **more)

    def put(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        return self.call("PUT", path, body, status, **more)

    def delete(self, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        return self.call("DELETE", path, body, status, **more)

    def issue(self, project: str = "SUP", kind: str = "Service request", **fields: Any) -> str:
        """Create an issue, let it settle, return its key."""
        fields = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": "Broken"} | fields
        key = self.post("issue", {"fields": fields}, 201)["key"]
        self.emulator.clock.advance(1)
        return str(key)

    def request(self, reporter: str, **fields: Any) -> str:
        """Create an issue with a request type and a customer as reporter."""
        key = self.issue(reporter={"accountId": reporter}, **fields)
        self.put(f"issue/{key}", {"fields": {self.fields["Request Type"]: "31"}}, 204)
        return key

    def customer(self, email: str = "ann@shop.example") -> str:
        """Create a portal customer and return the account id."""
        answer = self.post("/rest/servicedeskapi/customer", {"displayName": "Ann", "email": email}, 201)
        return str(answer["accountId"])

    def agent(self, email: str = "ada@acme.example") -> str:
        """Return an agent's account id."""
        return next(account.id for account in self.state.accounts.values() if account.email == email)

    def upload(self, key: str, name: str = "a.txt", content: bytes = b"abc", kind: str = "text/plain") -> Any:
        """Attach a file and return what the answer says of it."""
        files = {"file": (name, content, kind)}
        return self.post(f"issue/{key}/attachments", files=files, headers={"X-Atlassian-Token": "no-check"})[
            0
        ]


@contextmanager
def site(seed: str = "support", *, known: Any = None) -> Iterator[Site]:
    """Serve a site; on leaving, nothing unserved, no crash, no complaint of the documents."""
    emulator = JsmEmulator(ManualClock(), seed)
    found: list[str] = []
    known = known or documents()

    def hold(response: httpx.Response) -> None:
        response.read()
        if known is not None:
            path = response.request.url.path
            found.extend(f"{response.request.method} {path}: {text}" for text in known.complaints(response))

    with emulator.serve():
        auth = (emulator.credentials["JIRA_EMAIL"], emulator.credentials["JIRA_TOKEN"])
        hooks = {"response": [hold]}
        with httpx.Client(
            base_url=emulator.base_url, auth=auth, event_hooks=hooks, timeout=20, verify=False
        ) as client:
            yield Site(emulator, client)
    assert emulator.crashes == [], emulator.crashes[0]
    assert [(entry.method, entry.path) for entry in emulator.unserved] == []
    assert found == [], "\n".join(found)
