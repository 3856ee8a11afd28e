"""Connectors are found through entry points; one that is broken does not take the others with it."""

from importlib.metadata import EntryPoint

import pytest

from ticketferry import registry
from ticketferry.errors import ConfigError, UnsupportedError
from ticketferry.registry import Broken, connector, connectors, emulator, open_source, open_target
from ticketferry.sdk.contract import Connector
from ticketferry.sdk.options import Options
from ticketferry.sdk.session import Session

READER = Connector("reader", "Reads only", Options, frozenset(), f"{__name__}:Desk")


class Desk:
    def __init__(self, options, session) -> None:
        self.options, self.session = options, session


@pytest.fixture
def installed(monkeypatch):
    points = [
        EntryPoint("zz", "ticketferry_neutral:CONNECTOR", registry.GROUP),
        EntryPoint("gone", "no_such_package_at_all:CONNECTOR", registry.GROUP),
        EntryPoint("odd", "ticketferry.errors:Exit", registry.GROUP),
        EntryPoint("blank", "ticketferry.errors:NOTHING", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else [])


def test_the_built_in_connectors_are_there():
    found = connectors()
    assert {"jsm", "neutral", "zendesk"} <= set(found)
    assert list(found) == sorted(found)
    assert all(isinstance(found[name], Connector) for name in ("jsm", "neutral", "zendesk"))
    assert connector("neutral").name == "neutral"


def test_a_broken_plug_in_is_listed_with_its_cause_and_the_others_work_on(installed):
    found = connectors()
    assert list(found) == ["blank", "gone", "odd", "zz"]
    assert isinstance(found["zz"], Connector)
    assert "ModuleNotFoundError" in found["gone"].error
    assert "not a ticketferry.sdk.Connector" in found["odd"].error
    assert isinstance(found["blank"], Broken)


def test_asking_for_a_broken_or_missing_connector_says_what_to_do(installed):
    with pytest.raises(ConfigError, match=r"cannot be loaded .ModuleNotFoundError") as caught:
        connector("gone")
    assert "Install it again" in caught.value.remedy
    with pytest.raises(ConfigError, match="no connector 'zendes'") as caught:
        connector("zendes")
    assert "blank, gone, odd, zz" in caught.value.remedy


def test_no_connector_at_all_is_said(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: [])
    assert connectors() == {}
    with pytest.raises(ConfigError) as caught:
        connector("x")
    assert "none" in caught.value.remedy


def test_a_desk_is_opened_by_its_import_path():
    found = Connector(
        "both",
        "Both",
        Options,
        frozenset(),
        "ticketferry.sdk.session:Session",
        "ticketferry.sdk.session:Session",
    )
    session = Session("acme")
    for open_ in (open_source, open_target):
        opened = open_(found, Options(), session)
        assert (opened.desk, opened.origin) == (Options(), session)


def test_a_connector_that_only_reads_is_no_target_and_has_no_emulator():
    with pytest.raises(UnsupportedError, match="source only"):
        open_target(READER, Options(), Session("acme"))
    with pytest.raises(UnsupportedError, match="no emulator"):
        emulator(READER)


@pytest.mark.parametrize("name", ["jsm", "zendesk"])
def test_the_vendors_have_emulators(name):
    assert isinstance(emulator(connector(name)), type)
