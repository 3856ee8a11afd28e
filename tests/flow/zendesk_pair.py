"""Two emulated Zendesk accounts and a project between them: the sample desk, and an empty one that is filled."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.flow.beginnings import Beginnings
from tests.flow.desks import free_port

from ticketferry.mapping.shipped import shipped
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

__all__ = ["Pair", "account_of", "pair"]


def write_project(
    root: Path, source: str, target: str, *, workers: int = 4, target_options: str = ""
) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    client = "client_id: {id}, client_secret: env:ZENDESK_CLIENT_SECRET"
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: zendesk, key: acme, base_url: '{source}', {client.format(id=os.environ['ZENDESK_CLIENT_ID'])}}}\n"
        f"target: {{connector: zendesk, key: globex, base_url: '{target}', "
        f"{client.format(id=os.environ['ZENDESK_CLIENT_ID'])}{target_options}}}\n"
        f"mapping: mapping.yaml\nworkers: {workers}\n"
    )
    shutil.copyfile(shipped()["zendesk_to_zendesk"], root / "mapping.yaml")
    return root


class Pair:
    """Both accounts on one virtual clock; the target can be made anew at the same address."""

    def __init__(self, stack: ExitStack, tickets: int) -> None:
        self.clock = ManualClock()
        self.beginnings = Beginnings(stack)
        self.source: Any = stack.enter_context(
            ZendeskEmulator(clock=self.clock, tickets=tickets, plan=None).serve()
        )
        stack.enter_context(mock.patch.dict(os.environ, self.source.credentials))
        self._port = free_port()
        self._target_stack = ExitStack()
        stack.callback(self._close)
        self.target: Any = None
        self.new_target()

    def _close(self) -> None:
        self._target_stack.close()

    def new_target(self, **options: Any) -> Any:
        """Serve an empty account at the same address."""
        self._target_stack.close()
        self._target_stack = ExitStack()
        options = {"plan": None, "bulk_users": True, **options}
        options.setdefault("data", empty_desk())
        emulator = ZendeskEmulator(clock=self.clock, **options)
        self.target = self._target_stack.enter_context(emulator.serve(port=self._port))
        return self.target

    def project(self, root: Path, *, workers: int = 4, target_options: str = ", bulk_users: true") -> Path:
        return write_project(
            root, self.source.base_url, self.target.base_url, workers=workers, target_options=target_options
        )

    def healthy(self) -> None:
        """Assert what holds after every run: nothing unknown was asked, nothing crashed, nobody was told, no thread held the clock."""
        assert self.clock.stalls == 0
        for emulator in (self.source, self.target):
            unknown = [f"{entry.method} {entry.path}" for entry in emulator.unserved]
            assert not unknown, unknown
            assert not emulator.crashes, emulator.crashes
        assert not self.target.notifications, self.target.state.mails
        assert not [entry for entry in self.source.ledger.writes() if "/oauth/" not in entry.path]


@contextmanager
def pair(tickets: int = 40) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(stack, tickets)


def account_of(emulator: Any) -> dict[str, Any]:
    """Return what an account holds by source ref, without ids and times that it gives itself: comparable between runs."""
    state = emulator.state
    with state.lock:
        state.catch_up()
        users = {row["id"]: row for row in state.lists["users"].values() if row["active"]}
        names = {id_: str(row["external_id"] or row["email"] or row["name"]) for id_, row in users.items()}
        found: dict[str, Any] = {}
        for number, head in sorted(state.heads.items()):
            if head.status == "deleted":
                continue
            case = state.case(number)
            assert case.ticket["external_id"] not in found, "a ticket is there twice"
            found[case.ticket["external_id"]] = {
                "status": case.ticket["status"],
                "subject": case.ticket["subject"],
                "requester": names.get(case.ticket["requester_id"]),
                "tags": case.ticket["tags"],
                "fields": sorted((row["id"], repr(row["value"])) for row in case.ticket["custom_fields"]),
                "created": case.ticket["created_at"],
                "updated": case.ticket["updated_at"],
                "comments": [
                    (
                        audit["created_at"],
                        names.get(event["author_id"]),
                        event["public"],
                        event["plain_body"][:200] if "ticketferry" not in event["plain_body"] else "ours",
                        [(file["file_name"], file["size"]) for file in event["attachments"]],
                    )
                    for audit in case.audits
                    for event in audit["events"]
                    if event["type"] == "Comment"
                ],
            }
        organizations = sorted(
            (
                row["name"],
                row["shared_tickets"],
                len(
                    [
                        m
                        for m in state.lists["organization_memberships"].values()
                        if m["organization_id"] == row["id"]
                    ]
                ),
            )
            for row in state.lists["organizations"].values()
        )
        return {"tickets": found, "people": sorted(names.values()), "organizations": organizations}
