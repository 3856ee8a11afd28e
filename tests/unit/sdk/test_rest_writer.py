"""Operations as requests: method, path and slots as declared; refusals are results, answers that prove nothing are not."""

from types import SimpleNamespace

import pytest

from ticketferry.sdk import Endpoint, Kind, Operation, Ref, RejectedError, UnknownOutcomeError
from ticketferry.sdk.rest.files import streamed
from ticketferry.sdk.rest.writer import RestWriter

ROOT = Ref("acme", Kind.TICKET, "7")
ENDPOINTS = (
    Endpoint("thing.make", "POST", "/things", "write"),
    Endpoint("thing.name", "PUT", "/things/{id}/name", "write", gives=()),
    Endpoint("thing.drop", "DELETE", "/things/{id}", "write", gives=()),
    Endpoint("thing.odd", "POST", "/odd", "write", gives=("part",)),
)


class Client:
    """Notes what is sent, and answers as it was told."""

    def __init__(self, answer):
        self.answer = answer
        self.sent = []

    def write(self, method, path, *, endpoint, group, json):
        self.sent.append((method, path, json))
        if isinstance(self.answer, Exception):
            raise self.answer
        return SimpleNamespace(body=self.answer)


def operation(endpoint, body=None, **params):
    return Operation(f"{ROOT}/{endpoint}", ROOT, endpoint, params, body, ROOT)


def writer(answer, prepare=None, slots=None):
    client = Client(answer)
    return client, RestWriter(lambda: client, ENDPOINTS, "X-REFUSED", prepare or {}, slots or {})


def test_an_operation_is_sent_as_its_endpoint_says():
    client, made = writer({"id": 12})
    (result,) = made.write([operation("thing.make", {"name": "a"})])
    assert (result.status, result.gives) == ("done", {"id": "12"})
    made.write([operation("thing.name", {"name": "b"}, id="a/b c?")])
    assert client.sent == [
        ("POST", "/things", {"name": "a"}),
        ("PUT", "/things/a%2Fb%20c%3F/name", {"name": "b"}),
    ]


def test_a_refusal_is_a_result_and_a_deletion_of_what_is_gone_is_done():
    _, made = writer(RejectedError("no", status=422, remedy="do"))
    (result,) = made.write([operation("thing.make")])
    assert (result.status, result.error.code, result.error.remedy) == ("rejected", "X-REFUSED", "do")
    assert made.write([operation("thing.drop", id="1")])[0].status == "rejected"
    _, made = writer(RejectedError("gone", status=404))
    assert made.write([operation("thing.drop", id="1")])[0].status == "done"
    assert made.write([operation("thing.name", id="1")])[0].status == "rejected"


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"id": None}])
def test_an_answer_without_the_slot_proves_nothing(answer):
    _, made = writer(answer)
    with pytest.raises(UnknownOutcomeError):
        made.write([operation("thing.make")])


def test_a_target_may_say_what_it_sends_and_how_a_slot_is_read():
    odd = {"parts": [{"n": 3}]}
    client, made = writer(
        odd,
        {
            "thing.odd": lambda one: (
                None
                if one.body is None
                else Operation(one.key, ROOT, one.endpoint, {}, {"sent": one.body}, ROOT)
            )
        },
        {"thing.odd": lambda _, answer: answer["parts"][0]["n"]},
    )
    assert made.write([operation("thing.odd", 1)])[0].gives == {"part": "3"}
    assert client.sent == [("POST", "/odd", {"sent": 1})]
    (result,) = made.write([operation("thing.odd")])
    assert (result.status, result.gives, len(client.sent)) == ("done", {}, 1)


def test_a_file_is_read_from_a_new_address_where_the_old_one_has_ended():
    def download(url):
        if url == "old":
            raise RejectedError("expired", status=403)
        yield from (b"a", b"b")

    file = {"ref": "acme:attachment:1", "name": "a.txt", "url": "old"}
    assert b"".join(streamed(file, download, lambda _: "new")) == b"ab"
    assert b"".join(streamed({**file, "url": "new"}, download, lambda _: pytest.fail("asked"))) == b"ab"
    for fresh in (None, "", "old"):
        with pytest.raises(RejectedError, match="expired"):
            b"".join(streamed(file, download, lambda _, fresh=fresh: fresh))
    for gone in ({**file, "state": "missing"}, {"ref": file["ref"], "name": "a"}):
        with pytest.raises(RejectedError, match="are gone"):
            b"".join(streamed(gone, download, lambda _: "new"))
