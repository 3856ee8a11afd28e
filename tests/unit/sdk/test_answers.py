"""Only what the vendor's document names says what became of a write; a gateway's word says nothing."""

import httpx
import pytest
import respx

from ticketferry.errors import AuthError, FatalError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk.answers import Answers, by_envelope
from ticketferry.sdk.http import HttpClient
from ticketferry.sdk.pacing import Pacer
from ticketferry.sdk.session import Session
from ticketferry_emulators.kit.clock import ManualClock

DESK = "https://desk.example"
DONE, REFUSED = frozenset({201}), frozenset({400, 404, 422})


def classify(response):
    if response.status_code == 401:
        raise AuthError("not accepted")
    if response.status_code >= 400:
        raise RejectedError("refused", status=response.status_code)


@pytest.fixture
def client():
    clock = ManualClock()
    found = HttpClient(
        DESK,
        Session("acme", clock=clock),
        headers=lambda: {"Authorization": "Bearer x"},
        classify=classify,
        pacer=Pacer(clock),
        writes={"t.create": Answers(DONE, REFUSED)},
    )
    yield found
    found.close()


def write(client, answer, method="POST"):
    with respx.mock(assert_all_mocked=True) as router:
        route = router.route().mock(return_value=answer)
        try:
            return client.write(method, "/t", endpoint="t.create", json={})
        finally:
            assert route.call_count == 1


def test_the_documented_success_is_one(client):
    assert write(client, httpx.Response(201, json={"id": 1})).status_code == 201


@pytest.mark.parametrize("status", sorted(REFUSED))
def test_a_documented_refusal_is_one(client, status):
    with pytest.raises(RejectedError):
        write(client, httpx.Response(status, json={"error": "no"}))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "status", [200, 202, 203, 204, 206, 207, 402, 403, 405, 406, 408, 409, 410, 412, 413, 417, 418, 421, 423, 425, 431, 451, 499, 500, 502, 599]
)  # fmt: skip
def test_a_status_that_the_document_does_not_name_says_nothing_of_what_became_of_the_write(
    client, status, method
):
    with pytest.raises(UnknownOutcomeError) as caught:
        write(client, httpx.Response(status, json={}), method)
    assert (caught.value.status, caught.value.where) == (status, f"{method} /t")


@pytest.mark.parametrize("status", sorted(DONE | REFUSED))
@pytest.mark.parametrize(
    "page",
    [
        {"html": "<html>Sign in</html>"},
        {"content": b"  <!DOCTYPE html>", "headers": {"content-type": "application/json"}},
    ],
    ids=["declared", "undeclared"],
)
def test_a_page_of_html_is_no_answer_of_the_desk(client, status, page):
    with pytest.raises(UnknownOutcomeError, match="HTML"):
        write(client, httpx.Response(status, **page))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_write_that_is_sent_elsewhere_stops_the_run_and_names_where(client, status, method):
    location = "https://u:p@sso.example/login?SAMLRequest=secret"
    with pytest.raises(FatalError) as caught:
        write(client, httpx.Response(status, headers={"Location": location}), method)
    assert "https://sso.example/login" in caught.value.message
    assert "secret" not in str(caught.value)
    assert "u:p" not in str(caught.value)
    assert caught.value.where == f"{method} /t"


@pytest.mark.parametrize("location", ["", "http://[", "/new"])
def test_a_redirect_is_told_whatever_it_points_to(client, location):
    with pytest.raises(FatalError, match="points to"):
        write(client, httpx.Response(302, headers={"Location": location} if location else {}))


def test_refused_credentials_stop_the_run_whatever_the_document_names(client):
    with pytest.raises(AuthError):
        write(client, httpx.Response(401, json={}))


def envelope(status, body):
    request = httpx.Request("POST", f"{DESK}/things")
    judge = by_envelope(
        "Desk",
        lambda told: [(row["code"], row["text"]) for row in told["errors"]],
        later="slow",
        remedy="Mend.",
    )
    return judge(httpx.Response(status, content=body, request=request))


def test_an_envelope_is_read_and_what_is_none_says_so():
    envelope(204, b"")
    told = b'{"errors": [{"code": "bad", "text": "no  such\\nthing"}, {"code": "", "text": "more"}]}'
    with pytest.raises(RejectedError, match="bad: no such thing; more") as caught:
        envelope(422, told)
    assert (caught.value.status, caught.value.where) == (422, "POST /things")
    with pytest.raises(AuthError, match="Desk does not accept the token: bad") as wrong:
        envelope(401, told)
    assert wrong.value.remedy == "Mend."
    with pytest.raises(RetryableError, match="slow: wait"):
        envelope(400, b'{"errors": [{"code": "slow", "text": "wait"}]}')
    with pytest.raises(RejectedError, match="Desk answered 503 without a reason"):
        envelope(503, b"<html>")
