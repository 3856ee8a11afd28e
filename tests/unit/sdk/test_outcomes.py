"""What targets and sources share of a write's outcome, and of the statuses that answers come with."""

import httpx
import pytest
import respx

from ticketferry.errors import AuthError, RejectedError, UnknownOutcomeError, UnsupportedError
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.answers import by_status
from ticketferry.sdk.contract import Endpoint, From, Operation, Severity, Wire, WriteResult
from ticketferry.sdk.credentials import Credentials
from ticketferry.sdk.options import SecretStr
from ticketferry.sdk.outcomes import (
    by_mark,
    deleting,
    edited_back,
    inverse,
    noted,
    rejected,
    residue,
    taken_back,
)
from ticketferry.sdk.rest.client import RestClient, RestList
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.rest.source import RestSource
from ticketferry.sdk.rest.streams import RestStream, by_row
from ticketferry.sdk.rest.writing import send
from ticketferry.sdk.session import Session
from ticketferry_emulators.kit.clock import ManualClock

DESK = "https://desk.example"
TICKET = Ref("acme", Kind.TICKET, "7")
CREATE = Endpoint("ticket.create", "POST", "/tickets", "write")
UPDATE = Endpoint("ticket.update", "PUT", "/tickets/{id}", "write", gives=())
DELETE = Endpoint("ticket.delete", "DELETE", "/tickets/{id}", "write", gives=())


def operation(endpoint: Endpoint, **params) -> Operation:
    return Operation(f"{TICKET}/{endpoint.name}", TICKET, endpoint.name, params, {"a": 1}, TICKET)


@pytest.fixture
def client():
    made = RestClient(
        Session("acme", clock=ManualClock()),
        Credentials(bearer=SecretStr("s")),
        lambda: DESK,
        classify=by_status("Acme"),
    )
    yield made
    made.close()


def sent(client, endpoint, answer, **params):
    with respx.mock() as router:
        router.route().mock(return_value=answer)
        return send(client, endpoint, operation(endpoint, **params), code="A-NO", id_at="ticket.id")


def test_a_write_that_is_done_gives_the_id_of_what_was_made(client):
    assert dict(sent(client, CREATE, httpx.Response(201, json={"ticket": {"id": 12}})).gives) == {"id": "12"}
    assert sent(client, UPDATE, httpx.Response(200, json={}), id="12").status == "done"


def test_an_answer_without_the_id_that_was_made_proves_nothing(client):
    for body in ({"ticket": {}}, {"ticket": None}, [], None):
        assert sent(client, CREATE, httpx.Response(201, json=body)).status == "unknown"


def test_a_refusal_is_told_with_its_place_and_a_deletion_of_what_is_gone_is_done(client):
    told = sent(client, UPDATE, httpx.Response(404, text="no such ticket"), id="12")
    assert (told.status, told.error.code, told.error.where) == ("rejected", "A-NO", "/tickets/12")
    assert told.error.message == "no such ticket"
    assert sent(client, DELETE, httpx.Response(404), id="12").status == "done"
    assert sent(client, DELETE, httpx.Response(403, text="no"), id="12").status == "rejected"


def test_a_gateways_word_is_no_refusal(client):
    with pytest.raises(UnknownOutcomeError):
        sent(client, UPDATE, httpx.Response(502, text="<html>"), id="12")


def test_a_status_that_is_no_success_is_an_error_with_what_the_answer_says(client):
    with respx.mock() as router:
        router.get(f"{DESK}/a").respond(403, text=" not  yours " + "x" * 5_000)
        with pytest.raises(RejectedError) as caught:
            client.get("/a", endpoint="a")
        assert (caught.value.status, caught.value.where) == (403, "GET /a")
        assert caught.value.message.startswith("not yours x")
        assert len(caught.value.message) == 500
        router.get(f"{DESK}/b").respond(401)
        with pytest.raises(AuthError, match="Acme does not accept"):
            client.get("/b", endpoint="b")


def test_marks_prove_a_creation_by_one_record_and_leave_a_doubt_with_two():
    one = operation(CREATE)
    assert by_mark(one, [], code="A-TWICE").status == "absent"
    assert dict(by_mark(one, ["5"], code="A-TWICE").gives) == {"id": "5"}
    twice = by_mark(one, ["5", "6"], code="A-TWICE")
    assert (twice.status, dict(twice.gives), twice.error.severity) == ("done", {"id": "5"}, Severity.DOUBT)
    assert "5, 6" in twice.error.message


def test_what_takes_a_write_back_has_a_key_of_its_own_in_the_same_lane():
    one = operation(CREATE)
    back = [inverse(one, "ticket.delete", {"id": "5"}), inverse(one, "ticket.delete", {"id": "5"}, step="/2")]
    assert len({one.key, *(other.key for other in back)}) == 3
    assert {other.lane for other in back} == {one.lane}
    assert residue(one, "stays", code="A-STAYS").severity is Severity.LOSS
    assert rejected(one, "no", code="A-NO", remedy="mend").error.remedy == "mend"


def test_an_edit_is_taken_back_by_what_the_plan_saw_and_not_by_a_guess():
    edit = operation(UPDATE, id="12", undo={"subject": "before"})
    (back,) = edited_back(edit)
    assert (back.endpoint, back.body, dict(back.params)) == (UPDATE.name, {"subject": "before"}, {"id": "12"})
    assert edited_back(operation(UPDATE, id="12")) == []


class Rows(RestSource):
    """A source of one stream."""

    def declared(self):
        rows = RestList(RestRequest("/rows"), "rows", "rows")
        return {
            "rows": RestStream(
                "rows", by_row(lambda row: Wire(Ref("acme", Kind.TICKET, row["id"]), row, None)), (rows,)
            )
        }


def test_a_source_reads_what_it_declares_and_refuses_the_rest(client):
    source = Rows(client, client.session)
    assert source.streams() == ("rows",)
    assert source.count("rows") is None
    with respx.mock() as router:
        router.get(f"{DESK}/rows").respond(json={"rows": [{"id": "1"}]})
        (page,) = source.read("rows", None)
    assert [wire.ref.id for wire in page.records] == ["1"]
    with pytest.raises(UnsupportedError, match="no stream 'other'"):
        source.read("other", None)
    with pytest.raises(UnsupportedError, match="no files"):
        source.content({"ref": "acme:attachment:1", "name": "a.png"})
    source.close()
    source.close()


def test_what_a_lane_did_is_taken_back_newest_first_and_what_was_not_done_is_left_alone():
    note = Endpoint("note.add", "POST", "/notes", "write")
    lane = [operation(CREATE), operation(note), operation(DELETE), operation(UPDATE, id="7", undo={"a": 0})]
    status = {"ticket.delete": "unknown"}
    done = [
        (
            item,
            WriteResult(
                item.key,
                status.get(item.endpoint, "done"),
                {"id": "12"} if item.endpoint == "ticket.create" else {},
            ),
        )
        for item in lane
    ]
    inverses = {
        "ticket.create": deleting("ticket.delete"),
        "ticket.delete": deleting("ticket.restore"),
        "ticket.update": lambda item, _: [*edited_back(item), residue(item, "it shows", code="A-STAYS")],
    }
    operations, findings = taken_back(done, inverses)
    assert [(step.endpoint, dict(step.params), step.body) for step in operations] == [
        ("ticket.update", {"id": "7"}, {"a": 0}), ("ticket.delete", {"id": "12"}, None),
    ]  # fmt: skip
    assert [(row.code, row.where) for row in findings] == [("A-STAYS", "ticket.update")]


def test_what_was_there_before_a_creation_stays_and_one_without_a_number_is_named_by_its_record():
    undo = deleting("member.delete", "member", code="A-STAYS", keeps={"group": "in", "none": "absent"})
    made = operation(CREATE, **{"in": "3"})
    (step,) = undo(made, WriteResult(made.key, "done"))
    assert (step.endpoint, dict(step.params)) == ("member.delete", {"member": From(TICKET), "group": "3"})
    (told,) = undo(made, WriteResult(made.key, "done", {"id": "9", "existed": "yes"}))
    assert (told.code, told.message) == ("A-STAYS", "it was there before: it stays")


def test_what_the_plan_noted_is_written_by_another_endpoint():
    linked = operation(CREATE, id="7", undo={"other": "8"})
    (step,) = noted("link.delete")(linked, WriteResult(linked.key, "done"))
    assert (step.key, step.endpoint, dict(step.params), step.body) == (
        f"{linked.key}/undo", "link.delete", {"id": "7"}, {"other": "8"},
    )  # fmt: skip
    assert noted("link.delete")(operation(CREATE), WriteResult("k", "done")) == []
