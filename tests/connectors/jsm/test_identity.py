"""Which site answers: by its cloud id, at its own address and at the gateway alike."""

from contextlib import ExitStack

import pytest

from ticketferry.sdk import RejectedError, Session
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.source import JsmSource


@pytest.fixture
def source():
    """Open sources that are closed afterwards."""
    with ExitStack() as stack:

        def open_(emulator, **options):
            found = _source(emulator, **options)
            stack.callback(found.close)
            return found

        yield open_


def _source(emulator, **options):
    given = emulator.credentials
    options.setdefault("email", given["JIRA_EMAIL"])
    options.setdefault("token", given["JIRA_TOKEN"])
    return JsmSource(
        JsmOptions.model_validate({"base_url": emulator.base_url, **options}),
        Session("jira", clock=emulator.clock),
    )


@pytest.fixture
def jira():
    with JsmEmulator(clock=ManualClock()).serve() as emulator:
        yield emulator


def test_the_gateway_and_the_site_name_the_same_id(jira, source):
    by_site = source(jira).identity()
    scoped = source(
        jira,
        token=jira.doorkeeper.credentials["JIRA_SCOPED_TOKEN"],
        cloud_id=by_site.id,
        gateway=jira.origin_url("gateway"),
    )
    assert by_site.id
    assert scoped.identity() == by_site
    assert scoped.check()


def test_the_gateway_knows_no_other_site(jira, source):
    stranger = source(
        jira,
        token=jira.doorkeeper.credentials["JIRA_SCOPED_TOKEN"],
        cloud_id="99999999-2222-4333-8444-555555555555",
        gateway=jira.origin_url("gateway"),
    )
    with pytest.raises(RejectedError):
        stranger.catalog()


@pytest.mark.parametrize(
    "written",
    ["HTTP://LOCALHOST:8802//", "http://localhost:8802", " http://localhost:8802/ ", "Http://LocalHost:8802"],
)
def test_an_address_may_be_written_in_any_letters(written):
    said = JsmOptions(base_url=written, email="me@acme.example", token="x" * 8)
    assert said.base_url.lower() == "http://localhost:8802"
    assert said.base_url.startswith("http://")
