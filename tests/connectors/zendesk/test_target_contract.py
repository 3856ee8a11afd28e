"""The contract that every target keeps, on an empty emulated account."""

import pytest
from tests.connectors.zendesk.targets import fitted, staff

from ticketferry.sdk import Session
from ticketferry.testing.hostile import MemoryBlobs
from ticketferry.testing.target_contract import TargetContract
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.target import ZendeskTarget


class TestZendeskTarget(TargetContract):
    connector = CONNECTOR
    examples = 8

    @pytest.fixture(autouse=True)
    def _account(self):
        self._open = []
        yield
        for emulator, served in reversed(self._open):
            served.__exit__(None, None, None)
            assert emulator.unserved == []
            assert emulator.crashes == []
            assert emulator.notifications == 0

    @pytest.fixture
    def session(self):
        return Session(
            desk="new", origin="acme", workspace="contract", blobs=MemoryBlobs(), clock=ManualClock()
        )

    def make_target(self, folder, session):
        emulator = ZendeskEmulator(session.clock, data=empty_desk(triggers=False), plan=None)
        served = emulator.serve()
        served.__enter__()
        self._open.append((emulator, served))
        who = emulator.credentials
        options = ZendeskOptions(
            base_url=emulator.base_url,
            client_id=who["ZENDESK_CLIENT_ID"],
            client_secret=who["ZENDESK_CLIENT_SECRET"],
        )
        return ZendeskTarget(options, session)

    def fit(self, record):
        return fitted(record)

    def accounts(self, target):
        return staff(self._open[-1][0])

    def test_our_tickets_are_read_by_their_streams(self, driver, monkeypatch):
        """The same as for every target, a minute later: exports leave the newest minute out."""
        created = self.created

        def later(driver, records=None):
            made = created(driver, records)
            driver.session.clock.advance(61)
            return made

        monkeypatch.setattr(self, "created", later)
        super().test_our_tickets_are_read_by_their_streams(driver)
