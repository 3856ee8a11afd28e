"""The contract suite on the emulator: what every target keeps."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ticketferry.sdk import Kind, Record, Session, Target, parse_ref
from ticketferry.testing.hostile import MemoryBlobs
from ticketferry.testing.target_contract import TargetContract
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.target import JsmTarget

_STATUSES = {
    "New": "Waiting for triage",
    "Open": "Waiting for support",
    "Pending": "Waiting for customer",
    "Hold": "Pending vendor",
    "Resolved": "Resolved",
    "Solved": "Resolved",
    "Closed": "Closed",
}
_LINKS = {
    "relates": "Relates",
    "follow_up": "Blocks",
    "problem": "Problem/Incident",
    "incident": "Problem/Incident",
}
_AGENT = "acme:person:1"
_PRIORITIES = {"Highest", "High", "Medium", "Low", "Lowest"}


def fitted(record: Record) -> Record | None:
    """The record with names that the emulated site has, as a mapping would give it."""
    ref = parse_ref(record["ref"])
    if ref.kind is Kind.GROUP or record["ref"] == _AGENT:
        return None
    if ref.kind is Kind.ORGANIZATION:
        return record
    if ref.kind is Kind.PERSON:
        known = {key: record[key] for key in ("ref", "name", "organizations", "created") if key in record}
        return {**known, "email": f"p{ref.id}@customers.example", "account": "customer"}
    return _ticket(record)


def _ticket(record: Record) -> Record:
    record |= {"project": "SUP", "type": "Service request", "form": "Emailed request"}
    record["status"] = _STATUSES.get(record.get("status", "New"), "In progress")
    record.pop("stage", None)
    if record.get("priority") not in _PRIORITIES:
        record.pop("priority", None)
    if record.get("assignee") not in (None, _AGENT):
        del record["assignee"]
    record["links"] = [
        {**link, "type": link["type"] if link["type"] == "remote" else _LINKS.get(link["type"], "Relates")}
        for link in record.get("links", [])
    ]
    for comment in record.get("comments", []):
        comment["header"] = f"{comment.get('author', 'somebody')} · {comment.get('created', '')}"
    record["provenance"] = {
        "ref": record["ref"],
        "number": record.get("number", ref_id(record)),
        "kept": {"ticket[1].x": "y"},
    }
    return record


def ref_id(record: Record) -> str:
    """The id part of a record's ref."""
    return parse_ref(record["ref"]).id


class TestJsmTarget(TargetContract):
    connector = CONNECTOR
    examples = 10

    @pytest.fixture(autouse=True)
    def _site(self, request: pytest.FixtureRequest) -> Iterator[None]:
        self._open: list[Any] = []
        yield
        for emulator, served in reversed(self._open):
            served.__exit__(None, None, None)
            assert emulator.unserved == []
            assert emulator.crashes == []
            # The suite's update makes a public comment internal: that it was seen before is no leak of ours.
            if (
                "update" not in request.node.name
                and "edit" not in request.node.name
                and "bad_item" not in request.node.name
            ):
                assert emulator.state.leaks() == []

    @pytest.fixture
    def session(self) -> Session:
        return Session(
            desk="new", origin="acme", workspace="contract", blobs=MemoryBlobs(), clock=ManualClock()
        )

    def make_target(self, folder: Path, session: Session) -> Target:
        emulator = JsmEmulator(clock=session.clock)
        # The suite reads at once; waiting for a fresh issue is the core's part.
        emulator.state.fresh_seconds, emulator.state.index_lag = -0.01, 0.0
        served = emulator.serve()
        served.__enter__()
        self._open.append((emulator, served))
        who = emulator.credentials
        options = JsmOptions(
            base_url=emulator.base_url, email=who["JIRA_EMAIL"], token=SecretStr(who["JIRA_TOKEN"])
        )
        return JsmTarget(options, session)

    def fit(self, record: Record) -> Record | None:
        return fitted(record)

    def accounts(self, target: Target) -> Mapping[str, Mapping[str, str]]:
        emulator = self._open[-1][0]
        agent = next(a.id for a in emulator.state.accounts.values() if a.agent and not a.admin)
        return {_AGENT: {"id": agent}}
