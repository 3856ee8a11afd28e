"""Who a Jira source signs in as: tokens of every kind, their scopes, their end, and what `check` says of each."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tests.connectors.jsm.emulated_site import Site, site
from tests.connectors.jsm.reading import of_kind, options, read, records, source

from ticketferry.sdk import AuthError, Kind, Session, Severity
from ticketferry_emulators.jsm.oauth import ALL_SCOPES, CLOUD_ID, FIRST_REFRESH, OAUTH_CLIENT
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.source import JsmSource


@pytest.fixture
def jira() -> Iterator[Site]:
    with site() as found:
        yield found


def oauth(jira: Site, **more: Any) -> JsmOptions:
    return options(
        jira, email="", token=None, client_id=OAUTH_CLIENT[0], client_secret=SecretStr(OAUTH_CLIENT[1]),
        gateway=jira.emulator.origin_url("gateway"), auth_url=jira.emulator.origin_url("auth"), **more,
    )  # fmt: skip


def opened(jira: Site, found: JsmOptions) -> JsmSource:
    return JsmSource(found, Session(desk="old", clock=jira.emulator.clock))


def test_a_token_with_scopes_goes_through_the_gateway_and_files_come_without_it(jira: Site) -> None:
    key = jira.issue()
    jira.upload(key, "a.txt", b"bytes")
    jira.emulator.clock.advance(60)
    scoped = SecretStr(jira.emulator.doorkeeper.credentials["JIRA_SCOPED_TOKEN"])
    found = opened(
        jira, options(jira, token=scoped, cloud_id=CLOUD_ID, gateway=jira.emulator.origin_url("gateway"))
    )
    wires, _ = read(found)
    made = records(found, wires)
    (file,) = of_kind(made, "attachment")
    assert b"".join(found.content(file)) == b"bytes"
    (head,) = of_kind(made, "ticket")
    assert head["url"] == f"{jira.emulator.base_url}/browse/{key}"
    by_code = {finding.code: finding for finding in found.check()}
    assert "through the gateway" in by_code["JSM-ACCOUNT"].message
    assert "JSM-SCOPE" not in by_code
    found.close()
    at_the_site = opened(jira, options(jira, token=scoped))
    with pytest.raises(AuthError, match="authenticated"):
        at_the_site.check()
    at_the_site.close()


def test_scopes_that_lack_are_named(jira: Site) -> None:
    jira.emulator.doorkeeper.scopes = ALL_SCOPES - {"manage:servicedesk-customer"}
    scoped = SecretStr(jira.emulator.doorkeeper.credentials["JIRA_SCOPED_TOKEN"])
    found = opened(
        jira, options(jira, token=scoped, cloud_id=CLOUD_ID, gateway=jira.emulator.origin_url("gateway"))
    )
    by_code = {finding.code: finding for finding in found.check()}
    assert by_code["JSM-SCOPE"].severity is Severity.BLOCKER
    assert "manage:servicedesk-customer (read customers and organizations)" in by_code["JSM-SCOPE"].message
    with pytest.raises(AuthError, match="scope"):
        read(found, "organizations")
    found.close()


def test_an_oauth_client_finds_its_site_and_renews_its_token(jira: Site) -> None:
    for _ in range(3):
        jira.issue()
    jira.emulator.clock.advance(60)
    found = opened(jira, oauth(jira))
    by_code = {finding.code: finding for finding in found.check()}
    assert "holds until" in by_code["JSM-TOKEN"].message
    assert "65,000 points an hour" in by_code["JSM-PACE"].message
    jira.emulator.clock.advance(2 * 3_600)
    wires, _ = read(found)
    assert sum(wire.ref.kind is Kind.TICKET for wire in wires) == 3
    tokens = [entry for entry in jira.emulator.ledger if entry.operation == "oauth.token"]
    assert len(tokens) == 2
    found.close()


def test_a_refresh_token_is_used_once_and_its_successor_after(jira: Site) -> None:
    jira.issue()
    jira.emulator.clock.advance(60)
    found = opened(jira, oauth(jira, refresh_token=SecretStr(FIRST_REFRESH)))
    by_code = {finding.code: finding for finding in found.check()}
    assert "was used up" in by_code["JSM-TOKEN"].message
    jira.emulator.clock.advance(2 * 3_600)
    assert read(found)[0]
    found.close()
    again = opened(jira, oauth(jira, refresh_token=SecretStr(FIRST_REFRESH)))
    with pytest.raises(AuthError, match="refresh token"):
        again.check()
    again.close()


def test_a_rotated_refresh_token_is_kept_for_the_next_command(jira: Site) -> None:
    jira.issue()
    jira.emulator.clock.advance(60)
    ring = {"refresh_token": FIRST_REFRESH}

    def keep(name: str, value: str) -> bool:
        ring[name] = value
        return True

    for _ in range(3):
        session = Session("jira", origin="jira", clock=jira.emulator.clock, keep=keep)
        found = JsmSource(oauth(jira, refresh_token=SecretStr(ring["refresh_token"])), session)
        by_code = {finding.code: finding for finding in found.check()}
        assert "put into the keyring" in by_code["JSM-TOKEN"].message
        assert by_code["JSM-TOKEN"].severity is Severity.INFO
        found.close()


def test_an_oauth_token_for_another_site_says_which(jira: Site) -> None:
    found = opened(jira, oauth(jira, base_url="https://other.example"))
    with pytest.raises(AuthError, match=jira.emulator.base_url):
        found.check()
    found.close()


def test_no_credentials_are_one_sentence(jira: Site) -> None:
    found = opened(jira, options(jira, email="", token=None))
    with pytest.raises(AuthError, match="no credentials"):
        found.check()
    found.close()


def test_a_clock_that_is_wrong_is_told(jira: Site) -> None:
    found = source(jira)
    assert "JSM-CLOCK" not in {finding.code for finding in found.check()}
    jira.state.clock = _Late(jira.emulator.clock)
    by_code = {finding.code: finding for finding in found.check()}
    assert "600 seconds" in by_code["JSM-CLOCK"].message
    found.close()


class _Late:
    def __init__(self, clock: Any) -> None:
        self._clock = clock

    def time(self) -> float:
        return float(self._clock.time() - 600)
