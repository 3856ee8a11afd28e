"""The contract that every source keeps, on the emulator."""

import pytest
from tests.connectors.zendesk.reading import source_on

from ticketferry.sdk import Kind
from ticketferry.testing import SourceContract
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator
from ticketferry_zendesk import CONNECTOR


class TestZendeskSource(SourceContract):
    connector = CONNECTOR
    most_pages = 4

    @pytest.fixture(autouse=True)
    def served(self):
        self.emulator = ZendeskEmulator(ManualClock(), tickets=75, plan=None)
        with self.emulator.serve():
            yield
        assert self.emulator.crashes == []

    def make_source(self, folder):
        return source_on(self.emulator, page_size=30)

    def noting_source(self, folder, note):
        return source_on(self.emulator, page_size=30, note=note)

    def other_source(self, folder):
        with ZendeskEmulator(ManualClock(), tickets=75, plan=None).serve() as other:
            yield source_on(other, page_size=30)

    def change(self, source):
        state, clock = self.emulator.state, self.emulator.clock
        number = next(number for number, head in state.heads.items() if head.status == "open")
        clock.advance(100)
        state.touch_ticket(number, priority="low" if state.heads[number].priority != "low" else "high")
        clock.advance(100)
        return [(Kind.TICKET, str(number)), (Kind.EVENT, str(state.case(number).audits[-1]["id"]))]

    def remove(self, source):
        state, clock = self.emulator.state, self.emulator.clock
        number = next(number for number, head in state.heads.items() if head.status == "open")
        clock.advance(100)
        state.delete_ticket(number)
        clock.advance(100)
        return Kind.TICKET, str(number)
