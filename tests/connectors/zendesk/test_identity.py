"""Which account answers: by its id, and by the subdomain in its own addresses where it does not tell the id."""

import pytest
from tests.connectors.zendesk.reading import source_on

from ticketferry.sdk import AuthError
from ticketferry_emulators.kit.app import Answer, Route
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator
from ticketferry_emulators.zendesk import app as served


@pytest.fixture
def silent(monkeypatch):
    """Let an account answer 404 where it would tell its id, as an endpoint that no document names may do one day."""
    routes = [
        Route(route.method, route.path, lambda *_: Answer(404, {"error": "InvalidEndpoint"}), "ShowAccount", "setup")
        if route.operation == "ShowAccount"
        else route
        for route in served.ROUTES
    ]  # fmt: skip
    monkeypatch.setattr(served, "ROUTES", routes)


def emulator(**options):
    return ZendeskEmulator(ManualClock(), tickets=3, plan=None, **options)


def identity(emulator, **options):
    source = source_on(emulator, **options)
    try:
        return source.identity()
    finally:
        source.close()


def test_an_account_is_told_by_its_id():
    with emulator().serve() as one, emulator(account_id=7).serve() as two:
        assert identity(one).id == str(one.state.account_id)
        assert identity(two).id == "7"
        assert identity(one).place == "acme.zendesk.example"


@pytest.mark.usefixtures("silent")
def test_without_an_id_the_subdomain_in_its_own_addresses_tells_it():
    with emulator().serve() as one:
        found = identity(one)
        assert (found.id, found.place) == ("", "acme.zendesk.example")


@pytest.mark.usefixtures("silent")
def test_nobody_s_credentials_tell_nothing():
    with emulator().serve() as one, pytest.raises(AuthError):
        identity(one, email="nobody@acme.example", token="wrong")
