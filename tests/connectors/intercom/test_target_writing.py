"""What a target does beside the contract: who speaks, what stays internal, lost answers behind a lagging search, requests as planned."""

from dataclasses import replace

import pytest
from tests.connectors.intercom import test_target_contract as contract

from ticketferry.sdk import FatalError, Outcome, Session, Severity
from ticketferry.testing.driver import Driver
from ticketferry.testing.hostile import MemoryBlobs
from ticketferry_emulators.kit.faults import Fault
from ticketferry_intercom.endpoints import ENDPOINTS

CUSTOMER = {
    "ref": "acme:person:2",
    "name": "Kim",
    "email": "kim@x.example",
    "role": "end_user",
    "state": "active",
}
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


def ticket(*comments, **more):
    return {
        "ref": "acme:ticket:7", "number": "7", "subject": "It burns", "status": "Open", "requester": "acme:person:2",
        "created": "2024-03-01T10:00:00Z", "comments": list(comments), **more,
    }  # fmt: skip


def said(number, author=2, *, public=True, html="<p>hello</p>", at="2024-03-01T10:00:00Z", **more):
    return {
        "ref": f"acme:comment:{number}", "ticket": "acme:ticket:7", "author": f"acme:person:{author}", "public": public,
        "body": {"html": html}, "created": at, **more,
    }  # fmt: skip


class Desk:
    """A target on an empty workspace, and an apply for it."""

    def __init__(self, folder):
        self.suite = contract.TestIntercomTarget()
        self.suite.running = []
        self.session = Session(desk="new", origin="acme", workspace="w", blobs=MemoryBlobs())
        self.target = self.suite.make_target(folder, self.session)
        self.state = self.suite.emulator.state
        self.driver = Driver(
            self.target, self.suite.connector, self.session, self.suite.accounts(self.target)
        )

    def write(self, record, people=(CUSTOMER,)):
        compiled = [self.driver.compile(Outcome.CREATE, each) for each in (*people, record)]
        self.driver.apply([operation for each in compiled for operation in each.operations])
        return compiled[-1]

    @property
    def conversation(self):
        return self.state.conversations[self.driver.slots["acme:ticket:7"]["id"]]

    def close(self):
        self.target.close()
        for emulator, serving in self.suite.running:
            serving.__exit__(None, None, None)
            assert emulator.crashes == []


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_each_speaks_for_themselves_and_notes_stay_among_teammates(desk):
    record = ticket(
        said(1, opening=True), said(2, author=1, at="2024-03-01T11:00:00Z"), said(3, author=1, public=False, at="2024-03-01T12:00:00Z"),
        said(4, public=False, at="2024-03-01T13:00:00Z"), said(5, at="2024-03-01T14:00:00Z"),
    )  # fmt: skip
    desk.write(record)
    spoken = [part for part in desk.conversation.parts if part.body and "ticketferry" not in part.body]
    assert [(part.part_type == "note", part.author.type) for part in spoken] == [
        (False, "admin"), (True, "admin"), (True, "admin"), (False, "user"),
    ]  # fmt: skip
    assert [part.created_at for part in spoken] == [1709290800, 1709294400, 1709298000, 1709301600]
    seen = desk.driver.read("acme:ticket:7")
    assert [row["author"] for row in seen["comments"]] == [f"acme:person:{n}" for n in (2, 1, 1, 2, 2)]
    assert [row["public"] for row in seen["comments"]] == [True, True, False, False, True]
    assert desk.state.notifications == 0


def test_where_a_teammate_asks_the_contact_that_was_named_starts_the_conversation(desk):
    desk.write(ticket(said(1, author=1, opening=True), requester="acme:person:1"))
    assert desk.conversation.contacts[0] == contract.STAND_IN
    assert desk.driver.read("acme:ticket:7")["requester"] == "acme:person:1"


def test_without_that_contact_the_ticket_is_rejected_and_nothing_is_made(desk):
    desk.target.options = desk.target.options.model_copy(update={"stand_in": ""})
    compiled = desk.driver.compile(
        Outcome.CREATE, ticket(said(1, author=1, opening=True), requester="acme:person:1")
    )
    (result,) = desk.driver.send([compiled.operations[0]])
    assert result.status == "rejected"
    assert "stand_in" in result.error.remedy
    assert not desk.state.conversations


def test_nobody_asks_is_refused_in_the_plan(desk):
    record = ticket(said(1, opening=True))
    del record["requester"]
    compiled = desk.driver.compile(Outcome.CREATE, record)
    assert compiled.refused
    assert not compiled.operations


def test_an_internal_first_message_is_a_note_and_the_subject_starts_the_conversation(desk):
    compiled = desk.write(ticket(said(1, public=False, html="<p>secret</p>", opening=True)))
    assert "secret" not in desk.conversation.source.body
    assert "It burns" in desk.conversation.source.body
    assert [part.part_type for part in desk.conversation.parts if "secret" in (part.body or "")] == ["note"]
    assert "INTERCOM-OPENING" in {finding.code for finding in compiled.findings}
    assert [row["public"] for row in desk.driver.read("acme:ticket:7")["comments"]] == [False]


def test_two_messages_of_one_second_and_the_same_words_are_two_and_each_is_found(desk):
    desk.write(ticket(said(1, opening=True), said(2, author=1), said(3, author=1)))
    assert desk.driver.slots["acme:comment:2"]["id"] != desk.driver.slots["acme:comment:3"]["id"]
    operations = desk.driver.compile(
        Outcome.CREATE, ticket(said(1, opening=True), said(2, author=1), said(3, author=1))
    ).operations
    replies = [operation for operation in operations if operation.endpoint == "comment.reply"]
    found = [desk.driver.find([operation], {})[0].gives["id"] for operation in replies]
    assert found == [desk.driver.slots[f"acme:comment:{n}"]["id"] for n in (2, 3)]


def test_a_conversation_whose_answer_was_lost_is_found_once_the_search_has_caught_up(desk):
    desk.write(CUSTOMER, ())
    desk.state.unsettled.search_lag = 120.0
    compiled = desk.driver.compile(Outcome.CREATE, ticket(said(1, opening=True)))
    begun = desk.driver.resolved(compiled.operations[0])
    gives = desk.target.write(BY_NAME["conversation.create"], [begun])[0].gives
    assert desk.target.find([begun], {})[0].status == "absent", "absence counts only after settle_seconds"
    desk.suite.emulator.clock.advance(desk.target.limits.settle_seconds)
    assert desk.target.find([begun], {})[0].gives == gives
    other = replace(begun, lane=begun.lane._replace(id="8"), subject=begun.subject._replace(id="8"))
    desk.driver.slots["acme:ticket:7"] = dict(gives)
    desk.driver.apply(compiled.operations[1:2])
    desk.suite.emulator.clock.advance(200)
    assert desk.target.find([other], {})[0].status == "absent", "it bears the mark of another ticket"


def test_a_note_that_comes_out_public_stops_the_run(desk, monkeypatch):
    desk.write(ticket(said(1, opening=True)))
    operations = desk.driver.compile(
        Outcome.CREATE, ticket(said(1, opening=True), said(9, author=1, public=False))
    ).operations
    note = desk.driver.resolved(
        next(operation for operation in operations if operation.endpoint == "comment.note")
    )
    write = desk.target.client.write

    def as_reply(*args, json=None, **more):
        return write(*args, json={**json, "message_type": "comment"}, **more)

    monkeypatch.setattr(desk.target.client, "write", as_reply)
    with pytest.raises(FatalError, match="internal note came out"):
        desk.target.write(BY_NAME["comment.note"], [note])


def test_the_mark_of_another_workspace_is_none(desk):
    desk.write(ticket(said(1, opening=True), external_id="E-1"))
    desk.target.session = replace(desk.session, workspace="another")
    assert "external_id" not in desk.driver.read("acme:ticket:7")


def test_a_text_that_a_person_changed_is_theirs(desk):
    desk.write(ticket(said(1, opening=True), said(2, author=1, html="<p>one<br>two</p>")))
    part = next(
        part
        for part in desk.conversation.parts
        if "two" in (part.body or "") and "ticketferry" not in part.body
    )
    assert desk.driver.read("acme:ticket:7")["comments"][1]["body"]["html"] == "<p>one<br>two</p>"
    part.body = "<p>mine</p>"
    assert desk.driver.read("acme:ticket:7")["comments"][1]["body"]["html"] == "<p>mine</p>"


def test_check_asks_for_the_attribute_of_our_mark(desk):
    codes = {finding.code: finding.severity.value for finding in desk.target.check()}
    assert codes["INTERCOM-ATTRIBUTE"] == "info"
    desk.target.options = desk.target.options.model_copy(update={"mark_attribute": "not_there"})
    codes = {finding.code: finding.severity.value for finding in desk.target.check()}
    assert codes["INTERCOM-ATTRIBUTE"] == "blocker"


def test_a_company_with_an_id_of_its_own_is_never_one_that_is_there(desk):
    company = {"ref": "acme:organization:10", "name": "Globex", "external_id": "globex"}
    first = desk.driver.compile(Outcome.CREATE, company).operations[0]
    assert desk.driver.send([first])[0].status == "done"
    assert desk.driver.find([first], {})[0].status == "done"
    result = desk.driver.send([replace(first, subject=first.subject._replace(id="11"))])[0]
    assert (result.status, result.error.code) == ("rejected", "INTERCOM-REFUSED")


def test_a_ticket_of_which_customers_saw_nothing_starts_from_the_contact_that_was_named(desk):
    """A conversation shows its subject to whoever starts it: the requester of an internal ticket must not be that."""
    record = ticket(said(1, author=1, public=False, html="<p>secret</p>", opening=True), public=False)
    desk.write(record)
    assert desk.conversation.contacts == [contract.STAND_IN]
    seen = desk.driver.read("acme:ticket:7")
    assert (seen["requester"], seen["public"]) == ("acme:person:2", False)


def test_without_that_contact_such_a_ticket_is_refused_in_the_plan(desk):
    desk.target.options = desk.target.options.model_copy(update={"stand_in": ""})
    for more in ({"public": False}, {}):
        compiled = desk.driver.compile(Outcome.CREATE, ticket(said(1, author=1, public=False), **more))
        assert "`stand_in`" in compiled.refused
        assert not compiled.operations
    assert not desk.driver.compile(Outcome.CREATE, ticket(said(1))).refused


def test_a_customers_internal_words_bear_their_name_and_read_back_without_it(desk):
    texts = ("<p>mine</p>", "<p>one<br>two</p>", "<p><strong>Written by me:</strong></p>")
    notes = [
        said(n, public=False, html=html, at=f"2024-03-01T1{n}:00:00Z") for n, html in enumerate(texts, 2)
    ]
    desk.write(ticket(said(1, opening=True), *notes))
    shown = [
        part.body
        for part in desk.conversation.parts
        if part.part_type == "note" and part.body.startswith("<p><b>Written by Kim:</b></p>")
    ]
    assert len(shown) == 3
    seen = desk.driver.read("acme:ticket:7")["comments"]
    assert [row["body"]["html"] for row in seen[1:]] == list(texts)
    assert {row["author"] for row in seen} == {"acme:person:2"}


def test_what_a_file_and_a_company_do_not_tell_is_not_made_up_by_the_desk(desk):
    blob = next(iter(desk.session.blobs.files))
    file = {
        "ref": "acme:attachment:5",
        "ticket": "acme:ticket:7",
        "comment": "acme:comment:2",
        "name": "call",
        "sha256": blob,
    }
    desk.write(ticket(said(1, opening=True), said(2, author=1), attachments=[file]))
    (held,) = desk.driver.read("acme:ticket:7")["attachments"]
    assert "media_type" not in held
    company = {"ref": "acme:organization:10", "name": "Globex"}
    desk.driver.apply(desk.driver.compile(Outcome.CREATE, company).operations)
    assert "created" not in desk.driver.read("acme:organization:10")


def test_check_looks_for_the_contact_that_stands_in(desk):
    def told(**options):
        desk.target.options = desk.target.options.model_copy(update=options)
        return next(finding for finding in desk.target.check() if finding.code == "INTERCOM-STAND-IN")

    assert told().severity is Severity.INFO
    assert "The desk" in told().message
    missing = told(stand_in="6501dddddddddddddddddddd")
    assert (missing.severity, "there is no contact" in missing.message, "`stand_in`" in missing.remedy) == (
        Severity.BLOCKER,
        True,
        True,
    )
    assert told(stand_in="").severity is Severity.DOUBT


def test_check_names_each_list_that_the_token_may_not_read_and_writes_nothing(desk):
    for operation in ("listAllCompanies", "listTeams", "searchTickets"):
        desk.suite.emulator.faults.add(Fault("status_before", operation, nth=1, status=403))
    before = len(desk.suite.emulator.ledger.writes())
    found = [finding for finding in desk.target.check() if finding.code == "INTERCOM-RIGHT"]
    assert {(finding.message.split(":")[0], finding.severity) for finding in found} == {
        ("POST /companies/list", Severity.BLOCKER), ("GET /teams", Severity.BLOCKER), ("POST /tickets/search", Severity.DOUBT),
    }  # fmt: skip
    assert all("permission" in finding.remedy for finding in found)
    assert len(desk.suite.emulator.ledger.writes()) == before


def test_what_was_deleted_there_is_known_at_the_next_reading(desk):
    desk.write(ticket(said(1, opening=True)))
    id_ = desk.conversation.id
    desk.target.client.write("DELETE", f"/conversations/{id_}", endpoint="conversation.delete", group="write")
    assert [
        (wire.ref.id, wire.gone) for page in desk.target.read("deleted", None) for wire in page.records
    ] == [(id_, True)]


def test_a_bot_that_answers_stops_the_run_at_once_and_an_old_answer_does_not(desk):
    """The guard was confirmed and does not hold: each further conversation would be answered, and its customer mailed."""
    desk.state.automation.welcome_workflow = True
    with pytest.raises(FatalError, match="a bot answered in conversation") as caught:
        desk.write(ticket(said(1, opening=True), said(2, author=1)))
    assert "INTERCOM-GUARD-WORKFLOWS" in caught.value.remedy
    desk.state.automation.welcome_workflow = False
    desk.suite.emulator.clock.advance(150)
    talk = next(iter(desk.state.conversations))
    desk.driver.slots.setdefault("acme:ticket:7", {"id": talk})
    operations = desk.driver.compile(
        Outcome.CREATE, ticket(said(1, opening=True), said(2, author=1))
    ).operations
    reply = next(operation for operation in operations if operation.endpoint == "comment.reply")
    assert desk.driver.send([reply])[0].status == "done"
