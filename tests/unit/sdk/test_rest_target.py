"""Operations as requests: method, path and slots as declared; refusals are results, answers that prove nothing are not."""

from types import SimpleNamespace

import pytest

from ticketferry.sdk import (
    Endpoint,
    Job,
    Kind,
    Operation,
    Ref,
    RejectedError,
    UnknownOutcomeError,
    UnsupportedError,
)
from ticketferry.sdk.rest.files import streamed
from ticketferry.sdk.rest.target import RestTarget, WriteStep

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


class Target(RestTarget):
    """A target of four kinds of write."""

    endpoints = ENDPOINTS
    code = "X"

    def __init__(self, client, steps):
        self.client = client
        self.steps = steps


def target(answer, **steps):
    client = Client(answer)
    return client, Target(client, {f"thing.{name}": step for name, step in steps.items()})


def send(made, one):
    (result,) = made.write(next(end for end in ENDPOINTS if end.name == one.endpoint), [one])
    return result


def test_an_operation_is_sent_as_its_endpoint_says():
    client, made = target({"id": 12})
    result = send(made, operation("thing.make", {"name": "a"}))
    assert (result.status, result.gives) == ("done", {"id": "12"})
    send(made, operation("thing.name", {"name": "b"}, id="a/b c?"))
    assert client.sent == [
        ("POST", "/things", {"name": "a"}),
        ("PUT", "/things/a%2Fb%20c%3F/name", {"name": "b"}),
    ]


def test_a_refusal_is_a_result_and_a_deletion_of_what_is_gone_is_done():
    _, made = target(RejectedError("no", status=422, remedy="do"))
    result = send(made, operation("thing.make"))
    assert (result.status, result.error.code, result.error.remedy) == ("rejected", "X-REFUSED", "do")
    assert send(made, operation("thing.drop", id="1")).status == "rejected"
    _, made = target(RejectedError("gone", status=404))
    assert send(made, operation("thing.drop", id="1")).status == "done"
    assert send(made, operation("thing.name", id="1")).status == "rejected"


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"id": None}])
def test_an_answer_without_the_slot_proves_nothing(answer):
    _, made = target(answer)
    with pytest.raises(UnknownOutcomeError):
        send(made, operation("thing.make"))


def as_sent(one):
    return None if one.body is None else Operation(one.key, ROOT, one.endpoint, {}, {"sent": one.body}, ROOT)


def test_a_target_may_say_what_it_sends_and_how_a_slot_is_read():
    step = WriteStep(as_sent, lambda _, answer: answer["parts"][0]["n"])
    client, made = target({"parts": [{"n": 3}]}, odd=step)
    assert send(made, operation("thing.odd", 1)).gives == {"part": "3"}
    assert client.sent == [("POST", "/odd", {"sent": 1})]
    result = send(made, operation("thing.odd"))
    assert (result.status, result.gives, len(client.sent)) == ("done", {}, 1)


def test_what_was_made_is_found_by_the_step_and_given_under_the_slots_name():
    found = {"a": [], "b": ["7"], "c": ["7", "9"]}
    _, made = target({}, odd=WriteStep(found=lambda one, last: found[last[str(one.body)]]))
    rows = [operation("thing.odd", body) for body in (1, 2, 3)]
    absent, done, twice = made.find(rows, {"1": "a", "2": "b", "3": "c"})
    assert (absent.status, done.status, dict(done.gives)) == ("absent", "done", {"part": "7"})
    assert (twice.error.code, dict(twice.gives)) == ("X-TWICE", {"part": "7"})
    assert "7, 9" in twice.error.message
    with pytest.raises(KeyError):
        made.find([operation("thing.make")], {})
    with pytest.raises(UnsupportedError, match="no job 5"):
        made.poll(Job("5", "thing.make"))


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
