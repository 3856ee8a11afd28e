"""What `check` says before anything is read: who, which rights, until when, how fast, what nobody sees."""

import re

import httpx
import pytest
import respx
from tests.connectors.zendesk.reading import drain, reading, source_on

from ticketferry.sdk import Session, Severity
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.source import ZendeskSource

API = "https://acme.zendesk.com/api/v2"
CURRENT = f"{API}/oauth/tokens/current"
ADMIN = {"id": 1, "name": "Ann", "email": "ann@acme.example", "role": "admin"}


@pytest.fixture(scope="module")
def desk():
    with reading(ManualClock(), tickets=60) as pair:
        yield pair


def codes(findings):
    return {finding.code: finding for finding in findings}


def test_a_token_of_the_scope_read_is_told_as_one_that_only_reads(desk):
    found = codes(desk[0].check())
    assert "ZD-WRITE-001" not in found
    assert "(read)" in found["ZD-WRITE-002"].message
    assert re.search(r"holds (29|30) minutes", found["ZD-TOKEN-001"].message)


@pytest.mark.parametrize("scope", ["read write", "read tickets:write", "read impersonate"])
def test_a_token_that_could_write_is_told_without_writing(desk, scope):
    source = source_on(
        desk[1], client_id="ticketferry_sample", client_secret="sample-client-secret-0001", scope=scope
    )
    finding = codes(source.check())["ZD-WRITE-001"]
    source.close()
    assert finding.severity is Severity.DOUBT
    assert scope.split()[1] in finding.message
    assert not [
        entry
        for entry in desk[1].ledger.entries()
        if entry.method != "GET" and "/oauth/tokens" not in entry.path
    ]


def test_an_api_token_may_do_what_its_owner_may(desk):
    given = desk[1].credentials
    source = source_on(desk[1], email=given["ZENDESK_EMAIL"], token=given["ZENDESK_TOKEN"])
    found = codes(source.check())
    source.close()
    assert "no scopes" in found["ZD-WRITE-001"].message
    assert "2027-04-30" in found["ZD-TOKEN-001"].message
    assert re.search(r"in \d+ days", found["ZD-TOKEN-001"].message)


def test_the_plans_rate_and_the_hidden_groups_are_told(desk):
    found = codes(desk[0].check())
    assert found["ZD-RATE-001"].count == 700
    assert "HR-cases" in found["ZD-GROUP-001"].message
    assert not [one for one in found.values() if one.severity is Severity.BLOCKER]


def answered(me=ADMIN, current=None, **refused):
    """An account that answers everything but what is refused: path -> status."""
    respx.get(f"{API}/users/me").respond(json={"user": me})
    respx.get(CURRENT).mock(return_value=current or httpx.Response(404, json={"error": "RecordNotFound"}))
    for path, status in refused.items():
        respx.get(url__regex=re.escape(f"{API}/{path}") + r"(\?.*)?$").respond(
            status, json={"error": "Forbidden"}
        )
    respx.get(f"{API}/incremental/tickets/cursor").respond(
        json={"tickets": [], "after_cursor": "x", "end_of_stream": True}
    )
    respx.get(f"{API}/groups").respond(json={"groups": [], "meta": {"has_more": False}})
    respx.route(method="GET").respond(json={"count": 0}, headers={"ratelimit-limit": "400"})
    source = ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b"), Session("acme", clock=ManualClock())
    )
    try:
        return codes(source.check())
    finally:
        source.close()


@respx.mock
@pytest.mark.parametrize("path", ["users", "organizations", "group_memberships", "ticket_fields"])
def test_a_list_that_is_needed_and_refused_blocks_and_names_what_is_lost(path):
    found = answered(**{path: 403})
    assert found["ZD-RIGHT-001"].severity is Severity.BLOCKER
    assert f"/{path} is refused" in found["ZD-RIGHT-001"].message


@respx.mock
@pytest.mark.parametrize(("status", "severity"), [(403, Severity.LOSS), (404, Severity.INFO)])
def test_a_list_that_can_be_missed_is_told_by_why_it_is_missing(status, severity):
    found = answered(ticket_forms=status)
    assert found["ZD-RIGHT-002"].severity is severity
    assert "ZD-RIGHT-001" not in found


@respx.mock
@pytest.mark.parametrize(("me", "said"), [
    ({"ticket_restriction": "groups"}, "restricted to `groups`"),
    ({"separation": {"scope": "brand", "brand_id": 7}}, "only the brand 7"),
    ({"role": "agent", "restricted_agent": True}, "private groups"),
])  # fmt: skip
def test_who_does_not_see_everything_blocks(me, said):
    finding = answered(me={**ADMIN, **me})["ZD-INVISIBLE-001"]
    assert finding.severity is Severity.BLOCKER
    assert said in finding.message


@respx.mock
@pytest.mark.parametrize(("token", "write", "ends"), [
    ({"scopes": ["read"], "expires_at": "2030-01-01T00:00:00Z"}, "ZD-WRITE-002", "2030-01-01T00:00:00Z"),
    ({"scopes": ["read", "write"], "expires_at": None}, "ZD-WRITE-001", "not known"),
    ({"scopes": "read"}, "ZD-WRITE-001", "not known"),
    (None, "ZD-WRITE-001", "not known"),
])  # fmt: skip
def test_what_the_account_says_of_a_bearer_token_is_told_and_no_more(token, write, ends):
    current = httpx.Response(200, json={"token": token}) if token else None
    found = answered(current=current)
    assert write in found
    assert ends in found["ZD-TOKEN-001"].message


# ---- refresh tokens --------------------------------------------------------------------------------------------------


class Keyring:
    """A place of the core's where a secret can be kept, or not."""

    def __init__(self, *, writable):
        self.writable, self.held = writable, {}

    def keep(self, name, value):
        if self.writable:
            self.held[name] = value
        return self.writable


def refreshed(emulator, token, keyring):
    given = emulator.credentials
    options = CONNECTOR.options(
        base_url=emulator.base_url, client_id=given["ZENDESK_CLIENT_ID"], client_secret=given["ZENDESK_CLIENT_SECRET"],
        refresh_token=token, history="thorough",
    )  # fmt: skip
    return ZendeskSource(options, Session("acme", clock=emulator.clock, keep=keyring.keep))


def first_refresh_token(emulator):
    given = emulator.credentials
    body = {"grant_type": "client_credentials", "scope": "read", "client_id": given["ZENDESK_CLIENT_ID"],
            "client_secret": given["ZENDESK_CLIENT_SECRET"]}  # fmt: skip
    return httpx.post(f"{emulator.base_url}/oauth/tokens", json=body).json()["refresh_token"]


def test_a_rotating_refresh_token_lasts_over_many_expiries_and_a_second_command():
    with reading(ManualClock(), tickets=40, plan=None) as (_, emulator):
        keyring = Keyring(writable=True)
        keyring.held["refresh_token"] = first_refresh_token(emulator)
        seen = {keyring.held["refresh_token"]}
        for _ in range(3):
            source = refreshed(emulator, keyring.held["refresh_token"], keyring)
            for _ in range(4):
                drain(source, "organizations")
                emulator.clock.advance(1_900)
                assert keyring.held["refresh_token"] not in seen
                seen.add(keyring.held["refresh_token"])
            assert "ZD-TOKEN-002" in {one.code for one in source.check() if one.severity is Severity.INFO}
            seen.add(keyring.held["refresh_token"])
            source.close()


def test_a_refresh_token_that_cannot_be_kept_is_told_with_the_way_out():
    with reading(ManualClock(), tickets=20, plan=None) as (_, emulator):
        source = refreshed(emulator, first_refresh_token(emulator), Keyring(writable=False))
        finding = codes(source.check())["ZD-TOKEN-002"]
        source.close()
        assert finding.severity is Severity.DOUBT
        assert "keyring:" in finding.remedy


@respx.mock
def test_the_new_refresh_token_is_kept_before_the_access_token_is_used():
    order = []
    respx.post("https://acme.zendesk.com/oauth/tokens").respond(
        json={"access_token": "a", "refresh_token": "new", "expires_in": 1800}
    )

    def count(request):
        order.append("used")
        return httpx.Response(200, json={"count": 1})

    respx.get(f"{API}/tickets/count").mock(side_effect=count)
    options = CONNECTOR.options(subdomain="acme", client_id="c", client_secret="s", refresh_token="old")
    keep = lambda name, value: order.append((name, value)) or True  # noqa: E731
    source = ZendeskSource(options, Session("acme", clock=ManualClock(), keep=keep))
    assert source.count("tickets") == 1
    source.close()
    assert order == [("refresh_token", "new"), "used"]
