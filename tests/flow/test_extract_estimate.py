"""What `extract --estimate` says is what `extract` then takes, by the desk's own ledger of requests and by its clock."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.flow.uneven_desks import LATENCY, jsm_site, served, write_folder, zendesk_account
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.extract.forecast import Taken
from ticketferry.project import Project, stages
from ticketferry.project.desks import estimate_desk
from ticketferry_emulators.jsm.oauth import CLOUD_ID, OAUTH_CLIENT
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_jsm import budget as jsm_budget
from ticketferry_jsm import forecast as jsm_forecast

WITHIN = 0.2


@dataclass
class Came:
    """What an extract took, as the desk saw it."""

    requests: int
    octets: int
    seconds: float
    files: int
    file_octets: int
    counted: dict[str, int]


def _estimated(root: Path, clock: ManualClock, **more: Any) -> Taken:
    with Project.load(root, clock=clock) as project:
        found = estimate_desk(project, "source", sample=True, **more).taken
    assert found is not None
    return found


def _extracted(root: Path, emulator: Any, clock: ManualClock, **more: Any) -> Came:
    """Do what the command does: ask for the counts, then read."""
    emulator.ledger.clear()
    begun = clock.time()
    with Project.load(root, clock=clock) as project:
        estimate_desk(project, "source")
        found = stages.extract(project, ("source",), fail=False, **more)["source"]
    seconds = clock.time() - begun
    entries = emulator.ledger.entries()
    return Came(
        len(entries),
        sum(entry.octets for entry in entries),
        seconds,
        found.files,
        found.file_bytes,
        emulator.ledger.counts(),
    )


def near(told: float, came: float) -> bool:
    return abs(told - came) <= WITHIN * came


def assert_near(told: Taken, came: Came) -> None:
    pairs = {
        "requests": (told.requests, came.requests),
        "bytes": (told.octets, came.octets),
        "seconds": (told.seconds, came.seconds),
        "files": (told.files, came.files),
        "bytes of files": (told.file_octets, came.file_octets),
    }
    assert {name: pair for name, pair in pairs.items() if not near(*pair)} == {}, pairs


Make = Callable[[int, ManualClock], Any]
MAKERS: dict[str, Make] = {"zendesk": zendesk_account, "jsm": jsm_site}


@contextmanager
def desk(
    root: Path, make: Make, tickets: int, *, options: str = "", more: str = ""
) -> Iterator[tuple[Any, ManualClock, Path]]:
    clock = ManualClock()
    with served(make(tickets, clock)) as emulator:
        yield emulator, clock, write_folder(root, emulator, options=options, more=more)
        assert clock.stalls == 0


@pytest.mark.parametrize("tickets", [8, 60, 300])
@pytest.mark.parametrize("vendor", sorted(MAKERS))
def test_an_estimate_is_within_a_fifth_of_what_the_extract_takes(
    tmp_path: Path, vendor: str, tickets: int
) -> None:
    """Requests, bytes, files and time; a desk that fits into the sample to the request and the byte."""
    with desk(tmp_path, MAKERS[vendor], tickets) as (emulator, clock, root):
        told = _estimated(root, clock)
        asked = emulator.ledger.entries()
        assert (told.spent.requests, told.spent.octets) == (len(asked), sum(entry.octets for entry in asked))
        came = _extracted(root, emulator, clock)
    assert_near(told, came)
    assert told.exact == (tickets == 8)
    if told.exact:
        assert (told.requests, told.octets) == (came.requests, came.octets)
        assert (told.files, told.file_octets) == (came.files, came.file_octets)


@pytest.mark.long(part=1)
@pytest.mark.parametrize(
    "options", [", page_size: 50", ", history: events", ", history: events, page_size: 60"]
)
def test_a_desk_of_many_pages_is_told_from_some_of_them(tmp_path: Path, options: str) -> None:
    with desk(tmp_path, zendesk_account, 240, options=options) as (emulator, clock, root):
        told = _estimated(root, clock)
        came = _extracted(root, emulator, clock)
    assert_near(told, came)
    assert not told.exact


def test_a_site_whose_ids_do_not_fit_on_one_page_is_told_from_its_ends_and_its_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of ids is cut short here, as that of a site of many thousands is."""
    monkeypatch.setattr(jsm_forecast, "_IDS", 100)
    monkeypatch.setattr(jsm_forecast, "_PAGE", 25)
    monkeypatch.setattr(jsm_forecast, "_MOST_FILES", 100)
    with desk(tmp_path, jsm_site, 240) as (emulator, clock, root):
        told = _estimated(root, clock)
        monkeypatch.undo()
        came = _extracted(root, emulator, clock)
    assert not told.exact
    assert near(told.files, came.files)
    assert near(told.octets - told.file_octets, came.octets - came.file_octets)


@pytest.mark.parametrize(
    ("plan", "tickets", "more"),
    [("essential", 8, ""), ("growth", 150, "pace: {share: 0.5}\n"), ("team", 150, "")],
)
def test_the_time_is_that_of_the_accounts_limits(tmp_path: Path, plan: str, tickets: int, more: str) -> None:
    """Answers come in a fifth of a second; what takes long is that the plan lets so few requests go in a minute."""

    def make(count: int, clock: ManualClock) -> Any:
        return zendesk_account(count, clock, plan=plan)

    with desk(tmp_path, make, tickets, more=more) as (emulator, clock, root):
        told = _estimated(root, clock)
        came = _extracted(root, emulator, clock)
    assert near(told.seconds, came.seconds), (told.seconds, came.seconds)
    assert came.seconds > 1.5 * came.requests * LATENCY / 4


def test_the_points_of_an_oauth_app_are_reckoned_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the time is not the requests, but what their answers hold: when the hour's points are spent, everything waits."""
    clock = ManualClock()
    site = jsm_site(60, clock)
    site.quota(150)
    monkeypatch.setattr(jsm_budget, "POINTS", 150)
    with served(site) as emulator:
        sign = (
            f"client_id: {OAUTH_CLIENT[0]}, client_secret: env:JIRA_SECRET, cloud_id: {CLOUD_ID},"
            f" gateway: '{emulator.origin_url('gateway')}', auth_url: '{emulator.origin_url('auth')}'"
        )
        with mock.patch.dict(os.environ, {"JIRA_SECRET": OAUTH_CLIENT[1]}):
            root = write_folder(tmp_path, emulator, sign=sign)
            told = _estimated(root, clock)
            clock.advance(3_600 - clock.time() % 3_600 + 1)
            came = _extracted(root, emulator, clock)
    assert came.seconds > 5 * 3_600
    assert near(told.seconds, came.seconds), (told.seconds, came.seconds)


def test_an_estimate_costs_no_more_on_a_larger_desk(tmp_path: Path) -> None:
    spent = []
    for tickets in (300, 900):
        with desk(tmp_path / str(tickets), jsm_site, tickets) as (_, clock, root):
            spent.append(_estimated(root, clock).spent.requests)
    assert spent[1] <= spent[0] + 10


@pytest.mark.parametrize("vendor", sorted(MAKERS))
def test_an_estimate_only_reads_and_keeps_nothing(tmp_path: Path, vendor: str) -> None:
    with desk(tmp_path, MAKERS[vendor], 8) as (emulator, clock, root):
        _estimated(root, clock)
        assert not emulator.ledger.writes()
        assert emulator.unserved == []
    kept = {path.name for path in root.iterdir()} - {"workspace.db", "workspace.db-wal", "workspace.db-shm"}
    assert kept == {"migration.yaml", "out"}


def test_what_an_extract_is_told_to_leave_out_is_not_in_its_estimate(tmp_path: Path) -> None:
    with desk(tmp_path, zendesk_account, 30) as (emulator, clock, root):
        told = _estimated(root, clock, files=False, totals=False)
        came = _extracted(root, emulator, clock, files=False, totals=False)
    assert near(told.requests, came.requests)
    assert near(told.octets, came.octets)
    assert (told.files, came.files) == (0, 0)
    assert "totals" not in {row.what for row in told.rows}


@pytest.mark.parametrize(
    ("vendor", "operation", "stream"),
    [
        ("zendesk", "SideConversationEventExport", "side_conversations"),
        ("zendesk", "IncrementalUserExportCursor", "people"),
        ("jsm", "desk_customer.list", "customers"),
    ],
)
def test_a_stream_that_the_credentials_do_not_get_is_named(
    tmp_path: Path, vendor: str, operation: str, stream: str
) -> None:
    with desk(tmp_path, MAKERS[vendor], 8) as (emulator, clock, root):
        emulator.faults.add(Fault("status_before", operation, times=None, status=403))
        told = _estimated(root, clock)
    assert set(told.unread) == {stream}
    assert told.requests > 50


def test_the_numbers_without_a_ticket_are_reckoned_with(tmp_path: Path) -> None:
    """Tickets that were deleted for good leave gaps, which an extract asks about."""
    with desk(tmp_path, jsm_site, 60) as (emulator, clock, root):
        with emulator.state.lock:
            gone = [issue for number, issue in enumerate(emulator.state.issues.values()) if number % 3 == 0]
            for issue in gone:
                emulator.state.delete_issue(issue)
        told = _estimated(root, clock)
        came = _extracted(root, emulator, clock)
    assert {row.what for row in told.rows} >= {"numbers"}
    assert_near(told, came)


def test_a_command_line_shows_what_it_will_take_on_80_columns_and_as_json(tmp_path: Path) -> None:
    with served(zendesk_account(40, None, plan=None), latency=0) as emulator:
        folder = Terminal(write_folder(tmp_path, emulator))
        shown = folder("extract", "--estimate").stdout
        told = json.loads(folder("extract", "source", "--estimate", "--json").stdout)["estimate"]["source"]
        emulator.ledger.clear()
        done = json.loads(folder("extract", "source", "--json", "--yes").stdout)["desks"]["source"]
        came = emulator.ledger.entries()
        again = folder("extract", "source", "--estimate").stdout
    wide = [line for line in (shown + again).splitlines() if width(line) > 80 and " " in line.strip()]
    assert wide == []
    words = " ".join(shown.split())
    for part in (
        "in all",
        "history",
        "totals",
        "inventory",
        f"{told['files']} files with",
        "to find out took",
    ):
        assert part in words
    assert near(told["requests"], len(came))
    assert near(told["bytes"], sum(entry.octets for entry in came))
    assert near(told["files"], done["files"])
    assert told["requests"] == sum(part["requests"] for part in told["parts"])
    assert told["asked"]["requests"] < told["requests"]
    assert "was read before; these figures are for reading all of it anew" in " ".join(again.split())
