"""The contract that every target keeps, on an empty workspace of the stand-in."""

from types import MappingProxyType

import pytest

from ticketferry.sdk import Kind, parse_ref
from ticketferry.testing import TargetContract
from ticketferry_emulators.intercom import IntercomEmulator, empty_desk
from ticketferry_emulators.intercom.models.records import Contact
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_intercom import CONNECTOR
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.target import IntercomTarget

STAND_IN = "6501cccccccccccccccccccc"
"""Asks where the requester is a teammate."""


class TestIntercomTarget(TargetContract):
    connector = CONNECTOR
    examples = 8
    otherwise = MappingProxyType({})
    """Behaviour that no document settles -> the other way it may be."""

    @pytest.fixture(autouse=True)
    def served(self):
        self.running = []
        yield
        for emulator, serving in self.running:
            serving.__exit__(None, None, None)
            assert emulator.crashes == []

    def make_target(self, folder, session):
        data = empty_desk()
        data.contacts.append(
            Contact(
                STAND_IN,
                "user",
                "desk@new.example",
                "The desk",
                created_at=1_600_000_000,
                updated_at=1_600_000_000,
            )
        )
        emulator = IntercomEmulator(ManualClock(), data=data, quiet=True, per_minute=None)
        # The suite reads at once what it wrote: that searches lag is tried by itself.
        emulator.state.unsettled.search_lag = emulator.state.unsettled.contact_search_lag = 0
        for name, value in self.otherwise.items():
            setattr(emulator.state.unsettled, name, value)
        serving = emulator.serve()
        serving.__enter__()
        self.running.append((emulator, serving))
        self.emulator = emulator
        options = IntercomOptions(
            base_url=emulator.base_url,
            token=emulator.state.token,
            file_hosts=("127.0.0.1",),
            stand_in=STAND_IN,
        )
        return IntercomTarget(options, session)

    def fit(self, record):
        kind = parse_ref(record["ref"]).kind
        if kind is Kind.GROUP or record.get("role") == "agent":
            return None
        if record["ref"] == "acme:person:3":
            # Intercom takes an address once, whatever its case.
            record["email"] = "emoji@mueller.example"
        return record

    def accounts(self, target):
        state = self.emulator.state
        return {
            "acme:person:1": {"id": str(next(admin.id for admin in state.admins.values() if admin.active))},
            "acme:group:20": {"id": str(next(iter(state.teams)))},
        }


class TestIntercomTargetOtherwise(TestIntercomTarget):
    """The contract holds as well where the workspace does the other of what no document settles."""

    examples = 3
    otherwise = MappingProxyType({
        "early_dates": "clamped", "company_found_as": "record", "redacted_body": "", "parts_by_date": True, "attributes_make_parts": False,
        "attributes_touch": False, "teammates_named": "teammates", "admin_reply_reopens": False, "archived_contacts_listed": True,
    })  # fmt: skip
