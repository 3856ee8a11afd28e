"""An emulated site with a target on it, and records as a mapping gives them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from ticketferry.sdk import Compiled, Outcome, Record, Session
from ticketferry.testing.comparing import differences
from ticketferry.testing.driver import Done, Driver
from ticketferry.testing.hostile import FILES, MemoryBlobs
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.target import JsmTarget

PNG = next(data for data in FILES.values() if data.startswith(b"\x89PNG"))
CUSTOMER, AGENT, ORGANIZATION = "acme:person:2", "acme:person:1", "acme:organization:10"


@dataclass
class Migration:
    emulator: JsmEmulator
    target: JsmTarget
    driver: Driver
    blobs: MemoryBlobs

    @property
    def state(self) -> Any:
        return self.emulator.state

    def people(self) -> None:
        """Make the customer and the organization that tickets name."""
        organization = {"ref": ORGANIZATION, "name": "Müller & Söhne"}
        customer = {
            "ref": CUSTOMER,
            "name": "מרים",
            "email": "m@customers.example",
            "account": "customer",
            "organizations": [ORGANIZATION],
        }
        compiled = [self.driver.compile(Outcome.CREATE, record) for record in (organization, customer)]
        self.driver.apply([operation for each in compiled for operation in each.operations])

    def create(self, record: Record) -> tuple[Compiled, list[Done]]:
        compiled = self.driver.compile(Outcome.CREATE, record)
        return compiled, self.driver.apply(compiled.operations)

    def issue(self, ref: str) -> Any:
        """The emulator's own record of an issue."""
        return self.state.issues[self.driver.slots[ref]["id"]]

    def check(self, compiled: Compiled, ref: str) -> Record:
        """Compare what was expected with what is read."""
        seen = self.driver.read(ref)
        assert seen is not None
        assert compiled.expected is not None
        assert differences(compiled.expected, seen) == {}
        return seen

    def file(self, number: int, data: bytes, name: str, comment: str | None = None, **more: Any) -> Record:
        """An attachment whose bytes the workspace has."""
        digest = sha256(data).hexdigest()
        self.blobs.files[digest] = data
        record = {
            "ref": f"acme:attachment:{number}",
            "name": name,
            "size": len(data),
            "sha256": digest,
            "state": "stored",
            **more,
        }
        return record | ({"comment": comment} if comment else {})


@contextmanager
def migration(seed: str = "support", *, fresh: float = -0.01) -> Iterator[Migration]:
    clock = ManualClock()
    emulator = JsmEmulator(clock=clock, seed=seed)
    emulator.state.fresh_seconds = fresh
    emulator.state.index_lag = 0.0
    blobs = MemoryBlobs()
    session = Session(desk="new", origin="acme", workspace="ws-1", blobs=blobs, clock=clock)
    with emulator.serve():
        who = emulator.credentials
        options = JsmOptions(
            base_url=emulator.base_url, email=who["JIRA_EMAIL"], token=SecretStr(who["JIRA_TOKEN"])
        )
        target = JsmTarget(options, session)
        agent = next(a.id for a in emulator.state.accounts.values() if a.agent and not a.admin)
        driver = Driver(target, CONNECTOR, session, {AGENT: {"id": agent}})
        yield Migration(emulator, target, driver, blobs)
        target.close()
    assert emulator.unserved == []
    assert emulator.crashes == []


def ticket(number: int = 1, **more: Any) -> Record:
    """A desired ticket."""
    return {
        "ref": f"acme:ticket:{number}",
        "project": "SUP",
        "type": "Service request",
        "subject": "Printer on fire",
        "status": "Waiting for support",
        "provenance": {
            "ref": f"acme:ticket:{number}",
            "number": str(number),
            "created": "2024-01-02T03:04:05Z",
        },
        **more,
    }


def comment(number: int, html: str, *, public: bool = True, **more: Any) -> Record:
    """A desired comment."""
    return {
        "ref": f"acme:comment:{number}",
        "author": CUSTOMER,
        "public": public,
        "created": f"2024-01-02T03:04:{number % 60:02d}Z",
        "header": f"Mírïam 🦀 · 2024-01-02 03:04:{number % 60:02d}",
        **({"body": {"html": html}} if html else {}),
        **more,
    }
