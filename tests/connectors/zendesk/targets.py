"""A target on an empty emulated account, and records as a mapping gives them."""

from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ticketferry.sdk import Kind, Outcome, Session, parse_ref
from ticketferry.testing.comparing import differences
from ticketferry.testing.driver import Driver
from ticketferry.testing.hostile import MemoryBlobs
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.target import ZendeskTarget

AGENT, CUSTOMER, ORGANIZATION, GROUP = (
    "acme:person:1",
    "acme:person:2",
    "acme:organization:10",
    "acme:group:20",
)
_STATUSES = {"Resolved": "solved", "Highest": "urgent"}
_PRIORITIES = {"Medium": "normal"}


def fitted(record):
    """The record with names that the account has, as a mapping would give it."""
    ref = parse_ref(record["ref"])
    if ref.kind is Kind.GROUP or record["ref"] == AGENT:
        return None
    if ref.kind is Kind.PERSON:
        # One account for one address: the mapping makes one person of two that share it.
        record = {key: value for key, value in record.items() if key not in ("groups", "role")}
        record["account"] = "customer"
        if ref.id == "3":
            record["email"] = "third@elsewhere.example"
        return record
    if ref.kind is Kind.ORGANIZATION:
        return record
    record["status"] = _STATUSES.get(record.get("status", "New"), record.get("status", "New").lower())
    if "priority" in record:
        record["priority"] = _PRIORITIES.get(record["priority"], "high")
    record["provenance"] = {"ref": record["ref"], "kept": {"ticket[1].x": "y"}}
    return record


def staff(emulator):
    """An agent who may be assigned tickets, and a group of theirs."""
    state = emulator.state
    for row in state.lists["group_memberships"].values():
        user = state.lists["users"][row["user_id"]]
        if user["active"] and not user["suspended"] and user["role"] == "agent" and user["role_type"] != 1:
            return {AGENT: {"id": str(user["id"])}, GROUP: {"id": str(row["group_id"])}}
    raise AssertionError("the account has no agent")


@dataclass
class Migration:
    emulator: ZendeskEmulator
    target: ZendeskTarget
    driver: Driver
    blobs: MemoryBlobs

    @property
    def state(self) -> Any:
        return self.emulator.state

    def people(self):
        """Make the customer and the organization that tickets name."""
        records = (
            {"ref": ORGANIZATION, "name": "Müller & Söhne"},
            {"ref": CUSTOMER, "name": "מרים", "email": "m@customers.example", "account": "customer", "organizations": [ORGANIZATION]},
        )  # fmt: skip
        for record in records:
            self.create(record)

    def create(self, record):
        compiled = self.driver.compile(Outcome.CREATE, record)
        return compiled, self.driver.apply(compiled.operations)

    def update(self, record, *fields):
        compiled = self.driver.compile(Outcome.UPDATE, record, self.driver.read(record["ref"]), fields)
        return compiled, self.driver.apply(compiled.operations)

    def case(self, ref):
        """The emulator's own record of a ticket, with its audits."""
        return self.state.case(int(self.driver.slots[ref]["id"]))

    def comments(self, ref):
        """The comment events of a ticket as the emulator has them."""
        return [
            event
            for audit in self.case(ref).audits
            for event in audit["events"]
            if event["type"] == "Comment"
        ]

    def check(self, compiled, ref):
        """Compare what was expected with what is read."""
        seen = self.driver.read(ref)
        assert seen is not None
        found = differences(compiled.expected, seen)
        assert found == {}, found
        return seen

    def file(self, number, data, name, comment=None, **more):
        """An attachment whose bytes the workspace has."""
        digest = sha256(data).hexdigest()
        self.blobs.files[digest] = data
        record = {
            "ref": f"acme:attachment:{number}", "name": name, "size": len(data), "sha256": digest, "state": "stored",
            "media_type": "text/plain", **more,
        }  # fmt: skip
        return record | ({"comment": comment} if comment else {})


@contextmanager
def migration(*, plan=None, options=None, triggers=False, **emulator_options):
    """An empty account with a target on it; nobody may be told of anything."""
    clock = ManualClock()
    emulator = ZendeskEmulator(clock, data=empty_desk(triggers=triggers), plan=plan, **emulator_options)
    blobs = MemoryBlobs()
    with emulator.serve():
        target = target_on(emulator, clock, blobs, **(options or {}))
        try:
            driver = Driver(target, CONNECTOR, target.session, staff(emulator))
            yield Migration(emulator, target, driver, blobs)
        finally:
            target.close()
    assert emulator.crashes == []
    assert [(entry.method, entry.path) for entry in emulator.unserved] == []


def target_on(emulator, clock, blobs, *, workspace="ws-1", **options):
    """Another target on the same account."""
    who = emulator.credentials
    session = Session(desk="new", origin="acme", workspace=workspace, blobs=blobs, clock=clock)
    given = {"client_id": who["ZENDESK_CLIENT_ID"], "client_secret": who["ZENDESK_CLIENT_SECRET"]}
    return ZendeskTarget(ZendeskOptions(base_url=emulator.base_url, **given, **options), session)
