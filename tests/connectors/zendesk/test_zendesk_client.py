"""Requests: credentials and their renewal, limits, retries, paging."""

import base64

import httpx
import pytest
import respx

from ticketferry.sdk import AuthError, FatalError, RejectedError, RetryableError, Session
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.options import ZendeskOptions

HOST = "https://acme.zendesk.com"
TOKENS = f"{HOST}/oauth/tokens"
COUNT = f"{HOST}/api/v2/tickets/count"


def client_with(share=1.0, clock=None, **options):
    session = Session("acme", clock=clock or ManualClock(), share=share)
    return ZendeskClient(ZendeskOptions(subdomain="acme", **options), session)


@pytest.fixture
def client():
    made = client_with(email="ana@acme.example", token="t0ken")
    yield made
    made.close()


@pytest.fixture
def oauth():
    clock = ManualClock()
    made = client_with(clock=clock, client_id="id", client_secret="secret")
    made.machine = clock
    yield made
    made.close()


def count(client):
    return client.count("/tickets/count", endpoint="tickets.count")


def token(name, seconds=1800, **more):
    return httpx.Response(200, json={"access_token": name, "expires_in": seconds, **more})


@respx.mock
def test_an_api_token_goes_with_the_address_of_its_owner(client):
    route = respx.get(COUNT).respond(json={"count": {"value": 3}})
    assert count(client) == 3
    sent = route.calls.last.request.headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent) == b"ana@acme.example/token:t0ken"


@respx.mock
def test_without_credentials_nothing_is_sent():
    client = client_with()
    with pytest.raises(AuthError, match="no credentials"):
        count(client)
    client.close()


@respx.mock
def test_a_token_is_renewed_before_it_ends_and_not_sooner(oauth):
    asked = respx.post(TOKENS).mock(side_effect=[token("one"), token("two")])
    route = respx.get(COUNT).respond(json={"count": {"value": 3}})
    count(oauth)
    count(oauth)
    assert asked.call_count == 1
    oauth.machine.advance(1790)
    count(oauth)
    assert asked.call_count == 2
    assert route.calls.last.request.headers["authorization"] == "Bearer two"


@respx.mock
def test_a_client_that_was_closed_takes_a_new_token_when_the_old_one_ends(oauth):
    respx.post(TOKENS).mock(side_effect=[token("one"), token("two")])
    route = respx.get(COUNT).respond(json={"count": {"value": 3}})
    count(oauth)
    oauth.close()
    oauth.machine.advance(1790)
    assert count(oauth) == 3
    assert route.calls.last.request.headers["authorization"] == "Bearer two"


@respx.mock
def test_a_refused_token_is_renewed_once_and_the_request_repeated(oauth):
    asked = respx.post(TOKENS).mock(side_effect=[token("one"), token("two")])
    respx.get(COUNT).mock(side_effect=[
        httpx.Response(200, json={"count": {"value": 3}}), httpx.Response(401, json={"error": "expired"}),
        httpx.Response(200, json={"count": {"value": 4}}),
    ])  # fmt: skip
    assert [count(oauth), count(oauth)] == [3, 4]
    assert asked.call_count == 2


@respx.mock
def test_a_new_token_that_is_refused_ends_in_an_error_and_not_in_a_loop(oauth):
    asked = respx.post(TOKENS).mock(return_value=token("one"))
    route = respx.get(COUNT).respond(401, json={"error": "Couldn't authenticate you"})
    with pytest.raises(AuthError):
        count(oauth)
    assert (asked.call_count, route.call_count) == (1, 1)


@respx.mock
def test_a_refresh_token_is_rotated():
    clock = ManualClock()
    client = client_with(clock=clock, client_id="id", client_secret="s", refresh_token="first")
    asked = respx.post(TOKENS).mock(
        side_effect=[token("a", refresh_token="second"), token("b", refresh_token="third")]
    )
    respx.get(COUNT).respond(json={"count": {"value": 3}})
    count(client)
    clock.advance(1800)
    count(client)
    assert [b'"first"' in asked.calls[0].request.content, b'"second"' in asked.calls[1].request.content] == [
        True,
        True,
    ]
    client.close()


@respx.mock
def test_a_refresh_token_is_never_sent_twice_when_no_answer_came():
    client = client_with(client_id="id", client_secret="s", refresh_token="first")
    asked = respx.post(TOKENS).mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(AuthError, match="used up"):
        count(client)
    assert asked.call_count == 1
    client.close()


@respx.mock
def test_a_refused_client_says_what_to_check(oauth):
    respx.post(TOKENS).respond(
        401, json={"error": "invalid_client", "error_description": "Client authentication failed"}
    )
    with pytest.raises(AuthError, match="Client authentication failed") as error:
        count(oauth)
    assert "client_secret" in error.value.remedy


def test_no_secret_shows_in_the_options():
    text = repr(ZendeskOptions(subdomain="acme", email="a@b.example", token="t0ken", client_secret="s3cret"))
    assert "t0ken" not in text
    assert "s3cret" not in text


@pytest.mark.parametrize("options", [
    {}, {"subdomain": "a", "base_url": "https://x"}, {"subdomain": "acme.zendesk.com"}, {"base_url": "ftp://x"}, {"base_url": "https://u:p@x"},
    {"subdomain": "a", "page_size": 0}, {"subdomain": "a", "parallel": 65}, {"subdomain": "a", "history": "none"}, {"subdomain": "a", "x": 1},
])  # fmt: skip
def test_wrong_options_are_refused(options):
    with pytest.raises(ValueError, match=r"validation error"):
        ZendeskOptions(**options)


@respx.mock
@pytest.mark.parametrize("refused", [
    httpx.Response(429, headers={"retry-after": "17"}, json={"errors": [{"code": "TooManyRequests"}]}),
    httpx.Response(503, headers={"retry-after": "17"}, json={"error": "DatabaseTimeout"}),
])  # fmt: skip
def test_retry_after_is_obeyed(refused):
    clock = ManualClock()
    client = client_with(clock=clock, bearer="b")
    respx.get(COUNT).mock(side_effect=[refused, httpx.Response(200, json={"count": {"value": 1}})])
    before = clock.time()
    assert count(client) == 1
    assert clock.time() - before == pytest.approx(17, abs=0.1)
    client.close()


@respx.mock
@pytest.mark.parametrize("headers", [
    {"ratelimit-limit": "100", "ratelimit-remaining": "30", "ratelimit-reset": "40"},
    {"x-rate-limit": "100", "x-rate-limit-remaining": "30", "rate-limit-reset": "40"},
    {"zendesk-ratelimit-tickets-index": "total=100; remaining=30; resets=40"},
    {"Zendesk-Rate-Limit-Tickets-Index": "total=100; remaining=29; resets=40"},
])  # fmt: skip
def test_the_live_desks_share_of_a_budget_is_left_alone(headers):
    clock = ManualClock()
    client = client_with(share=0.7, clock=clock, bearer="b")
    respx.get(COUNT).respond(json={"count": {"value": 1}}, headers=headers)
    before = clock.time()
    count(client)
    assert clock.time() == before
    count(client)
    assert clock.time() - before == pytest.approx(41, abs=0.1)  # told in whole seconds
    client.close()


@respx.mock
def test_an_answer_that_is_cut_off_is_asked_for_again_and_then_given_up(client):
    route = respx.get(COUNT).mock(
        side_effect=[httpx.Response(200, content=b'{"count": {"val'), httpx.Response(200, json={"count": 5})]
    )
    assert count(client) == 5
    assert route.call_count == 2
    respx.get(COUNT).mock(return_value=httpx.Response(200, content=b"<html>"))
    with pytest.raises(RetryableError, match="no JSON"):
        count(client)


@respx.mock
def test_an_account_that_has_moved_is_not_followed(client):
    respx.get(COUNT).respond(301, headers={"location": "https://evil.example/"})
    with pytest.raises(FatalError, match=r"evil\.example"):
        count(client)


@respx.mock
def test_lists_are_followed_on_our_own_host_whatever_address_they_name(client):
    route = respx.get(f"{HOST}/api/v2/groups").mock(side_effect=[
        httpx.Response(200, json={"groups": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "c1"},
                                  "links": {"next": "https://z3n-other.zendesk.com/api/v2/groups?page[after]=c1"}}),
        httpx.Response(200, json={"groups": [{"id": 2}], "meta": {"has_more": False, "after_cursor": "c2"}}),
    ])  # fmt: skip
    assert [row["id"] for row in client.every("/groups", "groups", endpoint="g")] == [1, 2]
    assert route.calls.last.request.url.params["page[after]"] == "c1"


@respx.mock
def test_a_list_without_cursors_is_read_by_page_numbers(client):
    respx.get(f"{HOST}/api/v2/x").mock(side_effect=[
        httpx.Response(200, json={"x": [{"id": 1}], "next_page": "https://other/x?page=2", "count": 2}),
        httpx.Response(200, json={"x": [{"id": 2}], "next_page": None, "count": 2}),
    ])  # fmt: skip
    assert [row["id"] for row in client.every("/x", "x", endpoint="x")] == [1, 2]


@respx.mock
def test_a_list_that_goes_in_circles_is_left(client):
    respx.get(f"{HOST}/api/v2/x").respond(json={"x": [], "meta": {"has_more": True, "after_cursor": "c"}})
    with pytest.raises(FatalError, match="again and again"):
        list(client.every("/x", "x", endpoint="x"))


@respx.mock
def test_a_time_export_ends_at_end_of_stream_only_and_never_starts_in_the_last_minute(client):
    route = respx.get(f"{HOST}/api/v2/incremental/organizations").respond(
        json={
            "organizations": [{"id": 1}],
            "count": 1,
            "end_time": 5,
            "next_page": "x",
            "end_of_stream": False,
        }
    )
    listed = client.exported_by_time("/incremental/organizations", "organizations")
    page = client.page(listed, 5)
    assert (page.following, page.last) == (6, False)
    with pytest.raises(
        FatalError, match="later than this machine's clock"
    ):  # it would ask for the same page for ever
        client.page(listed, 2_000_000_000)
    route.respond(json={"organizations": [], "end_time": 5, "next_page": "x", "end_of_stream": True})
    client.page(listed, 2_000_000_000)
    assert int(route.calls.last.request.url.params["start_time"]) == 1_795_000_000 - 61


@respx.mock
def test_a_file_elsewhere_is_fetched_without_credentials_and_our_own_from_our_host(client):
    respx.get("https://cdn.example/a.png").respond(content=b"cdn")
    own = respx.get(f"{HOST}/attachments/token/t/").respond(
        302, headers={"location": "https://cdn.example/a.png"}
    )
    assert b"".join(client.file("https://z3n-other.zendesk.com/attachments/token/t/?name=a.png")) == b"cdn"
    assert "authorization" in own.calls.last.request.headers
    assert "authorization" not in respx.calls.last.request.headers
    assert b"".join(client.file("https://cdn.example/a.png")) == b"cdn"
    assert "authorization" not in respx.calls.last.request.headers


@respx.mock
def test_a_token_that_ends_before_a_download_is_renewed(oauth):
    respx.post(TOKENS).mock(side_effect=[token("one"), token("two")])
    respx.get(COUNT).respond(json={"count": 1})
    count(oauth)
    respx.get(f"{HOST}/attachments/a").mock(
        side_effect=[httpx.Response(401), httpx.Response(200, content=b"x")]
    )
    assert b"".join(oauth.file(f"{HOST}/attachments/a")) == b"x"


@respx.mock
def test_a_file_that_is_gone_or_has_to_wait_is_told_apart(client):
    respx.get(f"{HOST}/attachments/a").mock(
        side_effect=[httpx.Response(404), httpx.Response(429, headers={"retry-after": "5"})]
    )
    with pytest.raises(RejectedError):
        list(client.file(f"{HOST}/attachments/a"))
    with pytest.raises(RetryableError):
        list(client.file(f"{HOST}/attachments/a"))
