"""Lists of a Jira site's set-up that are refused, empty or malformed: every ticket would lose that value."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.answers import answering
from tests.connectors.jsm.emulated_site import Site, site
from tests.connectors.jsm.reading import source

from ticketferry.extract.snapshot import extract
from ticketferry.sdk import FatalError, RejectedError, RetryableError
from ticketferry.store.snapshots import Snapshots
from ticketferry_emulators.kit.messages import Answer
from ticketferry_jsm import CONNECTOR


@pytest.fixture
def jira() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def answers(jira: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    return answering(monkeypatch, jira.emulator)


def extracted(jira: Site, folder: Path) -> Any:
    snapshots, found = Snapshots(folder / "source.db", "old"), source(jira)
    try:
        return extract(found, CONNECTOR, snapshots, jira.emulator.clock)
    finally:
        found.close()
        snapshots.close()


LISTS = [
    ("/rest/api/3/status", [], "statuses"),
    ("/rest/api/3/resolution/search", {"values": [], "isLast": True, "total": 0}, "resolutions"),
    ("/rest/api/3/issueLinkType", {"issueLinkTypes": []}, "link types"),
]


@pytest.mark.parametrize(("path", "nothing", "name"), LISTS)
def test_a_list_that_was_there_before_and_is_empty_now_stops_the_extract(
    jira: Site, answers: dict[str, list[Any]], tmp_path: Path, path: str, nothing: Any, name: str
) -> None:
    jira.issue()
    extracted(jira, tmp_path)
    answers[path] = [Answer(200, nothing)]
    with pytest.raises(FatalError, match=f"none of its .*{name}"):
        extracted(jira, tmp_path)
    answers.clear()
    assert extracted(jira, tmp_path).quarantine == []


@pytest.mark.parametrize(("path", "nothing", "name"), LISTS)
def test_a_list_that_is_refused_or_malformed_is_an_error_and_no_empty_list(
    jira: Site, answers: dict[str, list[Any]], tmp_path: Path, path: str, nothing: Any, name: str
) -> None:
    assert nothing is not None, name
    answers[path] = [403]
    with pytest.raises(RejectedError):
        extracted(jira, tmp_path)
    answers[path] = [Answer(200, {"something": "else"})]
    with pytest.raises(RetryableError, match="the answer"):
        extracted(jira, tmp_path)
