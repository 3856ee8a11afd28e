"""Files for the vendor's importer: handed out once, the same bytes after any accident, and only what is missing in a second one."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ticketferry.apply.import_files import MANIFEST, ImportFiles, Waiting, withdraw
from ticketferry.plan.file.rows import OpRow
from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Operation, WriteResult
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import Journal
from ticketferry.store.workspace import Workspace


def row(number: int) -> OpRow:
    root = f"acme:ticket:{number}"
    params = json.dumps({"number": str(number)})
    return OpRow(
        number, f"{root}/file", root, root, "issue.import", root, None, True, 1, None, "d", params, None
    )


ROWS = [row(number) for number in range(1, 6)]


class Desk:
    """Knows of the records that its importer has imported; `there` is filled by the test, which is the administrator."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.anchors: list[str] = []
        self.numbered = 100

    def anchor(self) -> str:
        return str(self.numbered)

    def find(self, heads: Sequence[Operation], last: dict[str, str]) -> list[WriteResult]:
        self.anchors.append(last["anchor"])
        return [
            WriteResult(head.key, "done", {"id": f"9{head.params['number']}"})
            if head.params["number"] in self.there
            else WriteResult(head.key, "absent")
            for head in heads
        ]

    def assemble(self, heads: Sequence[Operation], body: Callable[[Operation], Any]) -> Iterator[bytes]:
        yield b"["
        for head in heads:
            yield json.dumps(body(head)).encode() + b"\n"
        yield b"]"

    def import_steps(self, files: Sequence[str]) -> list[str]:
        return [f"Import {name}." for name in files]

    def import_limits(self) -> list[str]:
        return ["Watchers are written afterwards."]


class World:
    """One plan's importing, begun anew with each `work` as each run does."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "workspace.db", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
        self.idmap = IdMap(self.workspace)
        self.journal = Journal(self.workspace, self.idmap, "p-01", "r-1")
        self.folder = folder / "imports" / "p-01"
        self.desk = Desk()
        self.waits: set[int] = set()
        """Rows whose values are not known yet."""

    def _ready(self, found: OpRow, *, whole: bool) -> Operation | None:
        if found.seq in self.waits:
            return None
        body = {"summary": f"ticket {found.seq} 😀"} if whole else None
        ref = parse_ref(found.root)
        return Operation(found.key, ref, found.endpoint, json.loads(found.params), body, ref)

    def work(
        self,
        rows: Sequence[OpRow] = ROWS,
        *,
        finished: bool = False,
        wanted: Callable[[OpRow], bool] = lambda _: True,
    ) -> tuple[int, list[Waiting]]:
        plan = SimpleNamespace(id="p-01", digest="abc")
        importing = ImportFiles(self.folder, plan, self.desk, self.journal, self._ready, finished=finished)
        states = self.journal.states([found.seq for found in rows])
        return importing.work("tickets-01", rows, states, wanted), importing.waiting

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.glob("tickets*"))}

    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / MANIFEST).read_bytes())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.workspace.close()


def test_a_batch_becomes_one_file_with_what_a_person_has_to_know(world: World) -> None:
    bound, waiting = world.work()
    assert bound == 0
    assert waiting == [Waiting("tickets-01.json", 5)]
    assert list(world.files()) == ["tickets-01.json"]
    manifest = world.manifest()
    assert manifest["anchor"] == "100"
    assert manifest["steps"] == ["Import tickets-01.json."]
    entry = manifest["files"]["tickets-01.json"]
    assert (entry["records"], entry["first"], entry["last"]) == (5, "1", "5")
    assert entry["bytes"] == len(world.files()["tickets-01.json"])
    modes = {path.stat().st_mode & 0o077 for path in (world.folder, *world.folder.iterdir())}
    assert modes == {0}, "what customers wrote is for nobody else on this machine"


def test_it_is_noted_that_a_file_is_handed_out_before_it_is_there(world: World) -> None:
    seen: list[tuple[str, int]] = []
    world.journal.on_point = lambda name: seen.append((name, len(list(world.folder.glob("tickets*.json")))))
    world.work()
    assert seen.index(("after job", 0)) < seen.index(("before file", 0)) < seen.index(("after file", 1))


def test_a_second_run_hands_nothing_out_anew_and_counts_from_the_first_number(world: World) -> None:
    world.work()
    before, world.desk.numbered = world.files(), 250
    assert world.work() == (0, [Waiting("tickets-01.json", 5)])
    assert world.files() == before
    assert world.manifest()["anchor"] == "100"
    assert set(world.desk.anchors) == {"100"}, "what was there before the file is not taken for the file's"


@pytest.mark.parametrize("damage", ["gone", "cut off", "no manifest"])
def test_a_file_that_is_not_as_it_was_written_is_written_again_to_the_byte(world: World, damage: str) -> None:
    world.work()
    before = world.files()
    path = world.folder / "tickets-01.json"
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:20])
    if damage == "no manifest":
        (world.folder / MANIFEST).write_text('{"files": {"tick')
    world.work()
    assert world.files() == before


def test_what_was_imported_is_bound_and_what_is_missing_is_named_and_not_imported_a_second_time(
    world: World,
) -> None:
    world.work()
    before = world.files()
    world.desk.there = {"1", "2", "4"}
    bound, waiting = world.work()
    assert bound == 3
    assert waiting == [Waiting("tickets-01.json", 5, 3, ("3", "5"))]
    assert waiting[0].partial
    assert world.idmap.get("acme:ticket:4") == "94"
    assert world.idmap.get("acme:ticket:3") is None
    assert world.files() == before
    assert world.work() == (0, [Waiting("tickets-01.json", 5, 3, ("3", "5"))]), "the count does not forget"


def test_when_the_importer_is_through_only_what_is_missing_goes_into_a_second_file(world: World) -> None:
    world.work()
    world.desk.there = {"1", "2", "4"}
    bound, waiting = world.work(finished=True)
    assert bound == 3
    assert waiting == [Waiting("tickets-01-2.json", 2)]
    second = world.files()["tickets-01-2.json"].decode()
    assert [number for number in range(1, 6) if f"ticket {number} " in second] == [3, 5]
    world.desk.there = {"1", "2", "3", "4", "5"}
    assert world.work() == (2, [])


def test_a_file_of_which_nothing_is_there_is_not_taken_for_finished(world: World) -> None:
    """`--imported` before anything was imported would make every ticket twice."""
    world.work()
    assert world.work(finished=True) == (0, [Waiting("tickets-01.json", 5)])
    assert list(world.files()) == ["tickets-01.json"]


def test_what_may_not_go_yet_or_waits_for_a_value_is_in_no_file(world: World) -> None:
    world.waits = {5}
    _, waiting = world.work(wanted=lambda found: found.seq != 2)
    assert waiting == [Waiting("tickets-01.json", 3)]
    world.waits = set()
    world.desk.there = {"1", "3", "4"}
    _, waiting = world.work()
    assert waiting == [Waiting("tickets-01-2.json", 2)]


def test_nothing_to_hand_out_makes_no_folder(world: World) -> None:
    assert world.work(wanted=lambda _: False) == (0, [])
    assert not world.folder.exists()


def test_the_files_of_a_plan_that_is_not_gone_on_with_are_taken_away(world: World) -> None:
    world.work()
    withdraw(world.folder)
    assert [path.name for path in world.folder.iterdir()] == [MANIFEST]
    withdraw(world.folder / "never there")
