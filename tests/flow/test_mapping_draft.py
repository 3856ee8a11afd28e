"""A first mapping on the sample desks: what is found, what is left open; and the same on a laptop that has the definitions alone."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.mapping.drafting.meaning import letters
from ticketferry.project import Project, stages
from ticketferry.project.definitions_file import newest_catalog
from ticketferry.schema.refs import Kind
from ticketferry.store.ticket_records import ticket_records


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(40) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drafted") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    return root


def test_every_field_of_the_sample_desk_with_an_equal_or_punctuation_apart_name_is_found(
    folder: Path,
) -> None:
    text = Terminal(folder)("mapping", "draft", "-o", "-").stdout
    with Project.load(folder) as project:
        source, target = newest_catalog(project, "source"), newest_catalog(project, "target")
    theirs = {
        letters(row["name"]): row["name"] for row in target["fields"] if row.get("of", "ticket") == "ticket"
    }
    looked = 0
    for row in source["fields"]:
        there = theirs.get(letters(row["name"]))
        if row.get("of", "ticket") == "ticket" and there is not None:
            looked += 1
            told = [line for line in text.splitlines() if f"fields.{row['key']}" in line]
            block = text[text.index(told[0]) :][: len(told[0]) + 200]
            assert there in block, (row["name"], there)
    assert looked >= 5


def test_a_draft_is_checked_at_once_and_only_its_open_places_stop_it(folder: Path) -> None:
    terminal = Terminal(folder)
    before = (folder / "mapping.yaml").read_bytes()
    told = json.loads(terminal("mapping", "draft", "-o", "first.yaml", "--json").stdout)
    (folder / "mapping.yaml").write_bytes((folder / "first.yaml").read_bytes())
    try:
        checked = json.loads(
            terminal("mapping", "check", "--json", code=1 if told["undecided"] else 0).stdout
        )
    finally:
        (folder / "mapping.yaml").write_bytes(before)
    assert checked["problems"] == []
    stops = [row["code"] for row in checked["findings"] if row["severity"] == "blocker"]
    assert stops == ["S207"] * told["undecided"]


def test_the_definitions_alone_are_enough_to_draft_check_and_test_and_name_nobody(
    folder: Path, tmp_path: Path
) -> None:
    Terminal(folder)("export", "catalog", "-o", str(tmp_path / "catalogs.json"))
    text = (tmp_path / "catalogs.json").read_text(encoding="utf-8")
    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        number = snapshots.latest().number  # type: ignore[union-attr]
        people = [row.records[0] for _, rows in snapshots.roots(Kind.PERSON, number) for row in rows]
    told = [str(one[key]) for one in people for key in ("name", "email", "phone") if one.get(key)]
    assert len(told) > 20
    assert not [one for one in told if f'"{one}"' in text]
    assert "@" not in re.sub(r"[a-z]+@[a-z]+\.test", "", text)
    laptop = Terminal(tmp_path)
    drafted = laptop("mapping", "draft", "--catalog", "catalogs.json").stdout
    assert "ticketferry mapping check --catalog catalogs.json -m mapping.yaml" in drafted
    here = Terminal(folder)("mapping", "draft", "-o", "-").stdout
    there = (tmp_path / "mapping.yaml").read_text(encoding="utf-8")
    plain = [line for line in here.splitlines() if not re.match(r"  # (Agents:|agents:|  |No account)", line)]
    assert there.splitlines() == plain
    (tmp_path / "ready.yaml").write_bytes((folder / "mapping.yaml").read_bytes())
    checked = json.loads(
        laptop("mapping", "check", "--catalog", "catalogs.json", "-m", "ready.yaml", "--json").stdout
    )
    assert (checked["good"], checked["compared_with_desks"]) == (True, True)
    tests = (
        "tests:\n  - name: HR is private\n    given: {group: HR-cases, status: open, requester: ann@x.example}\n"
        "    expect: {project: HR, security: HR only, newly_visible: 0}\n"
        "  - name: wrong\n    given: {status: hold}\n    expect: {status: Resolved}\n"
    )
    with (tmp_path / "ready.yaml").open("a", encoding="utf-8") as file:
        file.write(tests)
    done = json.loads(
        laptop("mapping", "test", "--catalog", "catalogs.json", "-m", "ready.yaml", "--json", code=2).stdout
    )
    assert (done["passed"], done["failed"]) == (1, 1)
    with (tmp_path / "ready.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {name: of a ticket, given: {ticket: 1}, expect: {project: HR}}\n")
    shown = laptop("mapping", "check", "--catalog", "catalogs.json", "-m", "ready.yaml").stdout
    assert (
        "1 test of it cannot run: `ticketferry mapping test --catalog catalogs.json -m ready.yaml` says why."
        in " ".join(shown.split())
    )


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "[]",
        '{"form": "ticketferry definitions", "version": 9}',
        '{"form": "ticketferry definitions", "version": 1}',
    ],
)
def test_a_file_that_holds_no_definitions_is_refused_with_the_way_to_make_one(
    tmp_path: Path, damage: str
) -> None:
    (tmp_path / "bad.json").write_text(damage, encoding="utf-8")
    failed = Terminal(tmp_path).failing("mapping", "draft", "--catalog", "bad.json")
    assert failed.exit_code == 1
    assert "export catalog" in failed.stderr


def test_what_a_mapping_lacks_is_added_and_nothing_of_it_changes(folder: Path) -> None:
    mapping = folder / "mine.yaml"
    text = (
        (folder / "mapping.yaml")
        .read_text(encoding="utf-8")
        .replace('  "custom:Parked": Pending vendor\n', "")
        .replace('  "*": fail\n', "")
    )
    mapping.write_text(text, encoding="utf-8")
    mapping.chmod(0o640)
    told = json.loads(Terminal(folder)("mapping", "draft", "--into", "mine.yaml", "--json").stdout)
    after = mapping.read_text(encoding="utf-8")
    left = iter(after.splitlines())
    assert all(line in left for line in text.splitlines())
    assert told["decided"] >= 1 or "custom:Parked" in after
    assert mapping.stat().st_mode & 0o777 == 0o640
    assert (
        json.loads(Terminal(folder)("mapping", "draft", "--into", "mine.yaml", "--json").stdout)["decided"]
        == 0
    )


def test_the_mapping_in_words_counts_every_ticket_once_and_is_there_without_a_folder(
    folder: Path, tmp_path: Path
) -> None:
    Terminal(folder)("mapping", "doc", "-o", str(tmp_path / "words.html"))
    page = (tmp_path / "words.html").read_text(encoding="utf-8")
    assert "<h1>The mapping in words</h1>" in page
    text = Terminal(folder)("mapping", "doc", "--markdown").stdout
    routes = text.split("**Routes**")[1].split("##")[0]
    with Project.load(folder) as project:
        total = len(list(project.snapshots("source").ids(Kind.TICKET, 1)))
    assert (
        sum(
            int(row.split(" | ")[1])
            for row in routes.splitlines()
            if "mapping" not in row and row.count(" | ") > 5 and "Tickets" not in row
        )
        <= total
    )
    assert "fall together in Pending vendor" in text
    Terminal(folder)("export", "catalog", "-o", str(tmp_path / "catalogs.json"))
    (tmp_path / "m.yaml").write_bytes((folder / "mapping.yaml").read_bytes())
    there = Terminal(tmp_path)(
        "mapping", "doc", "--catalog", "catalogs.json", "-m", "m.yaml", "--markdown"
    ).stdout
    assert "fall together in Pending vendor" in there


@pytest.mark.parametrize("output", ["sheets", "acme.xlsx"])
def test_what_was_decided_in_a_spreadsheet_stands_in_the_mapping_and_is_checked(
    folder: Path, output: str
) -> None:
    terminal = Terminal(folder)
    kept = (folder / "mapping.yaml").read_bytes()
    told = json.loads(terminal("mapping", "sheet", "export", "-o", output, "--json").stdout)
    assert told["rows"]["status"] >= 8
    assert terminal.failing("mapping", "sheet", "export", "-o", output).exit_code == 1
    if output.endswith(".xlsx"):
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.load_workbook(folder / output)
        for row in book["status"].iter_rows(min_row=2):
            if row[1].value == "new":
                row[8].value = "In progress"
        book.save(folder / output)
    else:
        path = folder / output / "status.csv"
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        for row in rows:
            row[8] = "In progress" if row[1] == "new" else row[8]
        # As a German spreadsheet saves it.
        path.write_bytes("\r\n".join(";".join(row) for row in rows).encode("utf-16"))
    try:
        dry = json.loads(terminal("mapping", "sheet", "import", output, "--dry-run", "--json").stdout)
        assert (dry["written"], (folder / "mapping.yaml").read_bytes()) == (0, kept)
        done = json.loads(terminal("mapping", "sheet", "import", output, "--json").stdout)
        assert done["written"] == 1
        after = (folder / "mapping.yaml").read_text(encoding="utf-8")
        assert after == kept.decode().replace("  new: Waiting for triage\n", "  new: In progress\n")
        terminal("mapping", "check")
    finally:
        (folder / "mapping.yaml").write_bytes(kept)


def test_a_check_says_for_editors_and_for_people_what_is_undecided_and_how_many_tickets_wait(
    folder: Path,
) -> None:
    terminal = Terminal(folder)
    kept = (folder / "mapping.yaml").read_text(encoding="utf-8")
    (folder / "mapping.yaml").write_text(
        kept.replace("  pending: Waiting for customer\n", "").replace('  "*": fail\n', ""), encoding="utf-8"
    )
    try:
        shown = terminal("mapping", "check", code=1).stdout
        told = json.loads(terminal("mapping", "check", "--json", code=1).stdout)
        log = json.loads(terminal("mapping", "check", "--sarif", code=1).stdout)
        with Project.load(folder) as project:
            records = ticket_records(project.snapshots("source"), 1)
            waiting = sum(ticket.record.get("status") == "pending" for ticket in records if not ticket.gone)
    finally:
        (folder / "mapping.yaml").write_text(kept, encoding="utf-8")
    assert waiting
    assert f"1 status undecided: {waiting} ticket" in shown
    assert told["undecided"] == [{"what": "status", "names": ["pending"], "tickets": waiting}]
    (message,) = [row for row in told["messages"] if row["code"] == "S201"]
    line = kept.splitlines()[message["line"] - 1]
    assert line.startswith("status:")
    (result,) = [row for row in log["runs"][0]["results"] if row["ruleId"] == "S201"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == message["line"]
