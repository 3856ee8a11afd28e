"""A workspace that is served, and a client that knows what answer it wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.kit.clock import ManualClock

ALL = {"field": "updated_at", "operator": ">", "value": 1}


class Workspace:
    """A client of a served workspace; every call names the status that it wants."""

    def __init__(self, emulator: IntercomEmulator, client: httpx.Client) -> None:
        self.emulator = emulator
        self.client = client

    @property
    def state(self) -> WorkspaceState:
        return self.emulator.state

    def call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:400]}"
        assert not self.emulator.crashes
        return answer.json() if answer.content else None

    def get(self, path: str, status: int = 200) -> Any:
        return self.call("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.call("POST", path, body, status)

    def put(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.call("PUT", path, body, status)

    def delete(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.call("DELETE", path, body, status)

    def code(self, method: str, path: str, body: Any = None, status: int = 400) -> str:
        """Return the code of a refusal."""
        refusal = self.call(method, path, body, status)
        assert refusal["type"] == "error.list"
        assert refusal["request_id"]
        return refusal["errors"][0]["code"]

    def search(self, kind: str, query: Any = None, **more: Any) -> Any:
        return self.post(f"/{kind}/search", {"query": query or ALL, **more})

    def found(self, kind: str, query: Any = None, **more: Any) -> list[str]:
        """Return the ids of a search of one page."""
        answer = self.search(kind, query, pagination={"per_page": 150}, **more)
        rows = answer["data"] if kind == "contacts" else answer[kind]
        assert answer["total_count"] >= len(rows)
        return [row["id"] for row in rows]


@contextmanager
def workspace(**options: Any) -> Iterator[Workspace]:
    """Serve a workspace on a clock that stands still."""
    emulator = IntercomEmulator(ManualClock(), **options)
    with emulator.serve(), client(emulator) as made:
        yield Workspace(emulator, made)


def client(emulator: IntercomEmulator, origin: str = "api") -> httpx.Client:
    headers = {"Authorization": f"Bearer {emulator.state.token}", "Intercom-Version": "2.15"}
    return httpx.Client(base_url=emulator.origin_url(origin), headers=headers, verify=False)
