"""The contract that every source keeps, on the stand-in."""

import pytest

from ticketferry.sdk import Kind, Session
from ticketferry.testing import SourceContract
from ticketferry_emulators.intercom import IntercomEmulator, empty_desk
from ticketferry_emulators.intercom.models.records import ConversationPart, Party
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_intercom import CONNECTOR
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.source import IntercomSource


def source_on(emulator, session=None, **options):
    given = IntercomOptions(
        base_url=emulator.base_url, token=emulator.state.token, file_hosts=("127.0.0.1",), **options
    )
    return IntercomSource(given, session or Session("acme", clock=emulator.clock))


class TestIntercomSource(SourceContract):
    connector = CONNECTOR
    most_pages = 4
    most_roots = 20

    @pytest.fixture(autouse=True)
    def served(self):
        self.emulator = IntercomEmulator(ManualClock(), tickets=60)
        with self.emulator.serve():
            yield
        assert self.emulator.crashes == []

    def make_source(self, folder):
        return source_on(self.emulator, campaigns=True, page_size=20)

    def conversation(self):
        return next(
            row for row in self.emulator.state.conversations.values() if row.state == "open" and row.parts
        )

    def change(self, source):
        state, talk = self.emulator.state, self.conversation()
        self.emulator.clock.advance(2_000)
        with state.lock:
            author = Party("admin", str(next(iter(state.admins.values())).id), "Joe", "joe@desk.example")
            talk.parts.append(
                ConversationPart(state.next_id("part"), "note", author, state.now(), "<p>one more</p>")
            )
            state.touch(talk)
        self.emulator.clock.advance(2_000)
        return [(Kind.TICKET, talk.id)]

    def other_source(self, folder):
        with IntercomEmulator(ManualClock(), data=empty_desk()).serve() as other:
            yield source_on(other, campaigns=True)

    def remove(self, source):
        state, talk = self.emulator.state, self.conversation()
        self.emulator.clock.advance(2_000)
        answer = source.client.write(
            "DELETE", f"/conversations/{talk.id}", endpoint="conversation.delete", group="write"
        )
        assert answer.body["deleted"]
        assert talk.id not in state.conversations
        return (Kind.TICKET, talk.id)
