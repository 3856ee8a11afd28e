"""The Tiny connector keeps the contract on both sides, on a stand-in."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from standin import TOKEN, Desk, served
from ticketferry_tiny import CONNECTOR
from ticketferry_tiny.options import TinyOptions
from ticketferry_tiny.source import TinySource
from ticketferry_tiny.target import TinyTarget

from ticketferry.sdk import AuthError, Kind, Session, Severity
from ticketferry.testing import SourceContract, TargetContract

HARD = ("🖨 <b>no tag</b>", "مرحبا\r\nשלום", "", "  two  spaces\n\n\nlines", "&amp; {{x}} 𠜎")


@pytest.fixture(autouse=True)
def stack(request):
    with ExitStack() as stack:
        if request.instance is not None:
            request.instance.stack = stack
        yield stack


def sample() -> Desk:
    desk = Desk()
    for number in range(3):
        desk.person(f"p{number}", HARD[number] or "nobody")
    for number, text in enumerate(HARD):
        _, ticket = desk.create(
            {}, {"subject": text, "status": "open", "tags": ["vip", "two words"], "person_id": "p1"}
        )
        for public in (True, False):
            desk.comment({}, {"text": text, "public": public, "person_id": f"p{number % 3}"}, ticket["id"])
    return desk


def options(address: str) -> TinyOptions:
    return TinyOptions(base_url=address, token=TOKEN)


class TestTinySource(SourceContract):
    connector = CONNECTOR

    def make_source(self, folder: Path) -> TinySource:
        self.desk = sample()
        return TinySource(options(self.stack.enter_context(served(self.desk))), Session("acme"))

    def other_source(self, folder: Path):
        yield TinySource(options(self.stack.enter_context(served(Desk("desk-2")))), Session("acme"))

    def change(self, source):
        ticket = next(iter(self.desk.tickets))
        self.desk.change({}, {"subject": "anders"}, "tickets", ticket)
        _, made = self.desk.comment({}, {"text": "one more", "public": True}, ticket)
        return [(Kind.TICKET, ticket), (Kind.COMMENT, made["id"])]

    def remove_part(self, source):
        comment = next(iter(self.desk.comments.values()))
        self.desk.delete({}, {}, "comments", comment["id"])
        return (Kind.TICKET, comment["ticket_id"]), (Kind.COMMENT, comment["id"])


class TestTinyTarget(TargetContract):
    connector = CONNECTOR

    def make_target(self, folder: Path, session: Session) -> TinyTarget:
        return TinyTarget(options(self.stack.enter_context(served(Desk()))), session)

    def accounts(self, target):
        """Tiny makes no people: whoever is named is there."""
        return {f"acme:person:{number}": {"id": f"p{number}"} for number in range(1, 5)}

    def fit(self, record):
        if "subject" in record:
            record["status"] = "open"
        return record


def test_a_desk_that_would_mail_is_a_blocker(stack):
    desk = Desk()
    desk.mails = True
    target = TinyTarget(options(stack.enter_context(served(desk))), Session("new", origin="acme"))
    guard = {finding.code: finding.severity for finding in target.check()}["TINY-G-MAIL"]
    assert guard is Severity.BLOCKER
    target.close()


def test_a_wrong_token_is_told(stack):
    address = stack.enter_context(served(Desk()))
    source = TinySource(TinyOptions(base_url=address, token="wrong"), Session("acme"))
    with pytest.raises(AuthError):
        source.check()
    source.close()
