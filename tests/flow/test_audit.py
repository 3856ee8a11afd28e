"""An auditor draws tickets, looks at both desks and says what it means: repeatable, and nothing passes as looked at that was not."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(40) as found, mock.patch("ticketferry.project.folder.SystemClock", return_value=found.clock):
        yield found


@pytest.fixture
def folder(pair: Desks, tmp_path: Path) -> Path:
    root = tmp_path / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        stages.make_plan(project)
    return root


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "audits" / "p-01" / "worksheet.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(folder: Path, rows: list[dict[str, str]], verdicts: dict[str, tuple[str, str]]) -> None:
    """As a spreadsheet saves it: UTF-16, parted by tabs."""
    with (folder / "audits" / "p-01" / "worksheet.csv").open("w", encoding="utf-16", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t")
        writer.writeheader()
        for row in rows:
            row["verdict"], row["defect"] = verdicts.get(row["ticket"], ("ok", ""))
            writer.writerow(row)


def test_a_sample_is_drawn_judged_and_held_against_the_criteria(folder: Path) -> None:
    shown = Terminal(folder)("audit", "sample", "--size", "12", "--golden", "7")
    assert all(width(line) <= 80 for line in shown.stdout.splitlines()), shown.stdout
    page = (folder / "audits" / "p-01" / "tickets.html").read_text()
    rows = rows_of(folder)
    at_random = [row for row in rows if row["why"] == "at random"]
    assert len(at_random) == 12
    assert any(row["number"] == "7" for row in rows)
    for row in rows:
        assert row["ticket"] in page
    once = {path.name: path.read_bytes() for path in (folder / "audits" / "p-01").iterdir()}
    Terminal(folder)("audit", "sample", "--size", "12", "--golden", "7")
    assert {path.name: path.read_bytes() for path in (folder / "audits" / "p-01").iterdir()} == once
    Terminal(folder)("audit", "sample", "--size", "12", "--seed", "another")
    assert {row["ticket"] for row in rows_of(folder)} != {row["ticket"] for row in rows}

    Terminal(folder)("audit", "sample", "--size", "12", "--golden", "7")
    (folder / "acceptance.yaml").write_text("criteria: {sample_defects: 0, sample_bound: 90%}\n")
    assert "once the new desk was read back or audited" in " ".join(Terminal(folder)("accept").stdout.split())
    assert Terminal(folder)("audit", "judge", "--by", "Ada", code=3).stdout.count("without a verdict") == 1
    assert "UNMET" in Terminal(folder)("accept", code=2).stdout

    bad = at_random[3]["ticket"]
    fill(folder, rows, {bad: ("defect", "the second comment is shown to the customer")})
    judged = Terminal(folder)("audit", "judge", "p-01", "--by", "Ada", code=2).stdout
    assert bad in judged
    assert "the second comment is shown to the customer" in judged
    told = json.loads(Terminal(folder)("accept", "--json", code=2).stdout)
    assert {item["criterion"]: (item["found"], item["state"]) for item in told["criteria"]}[
        "sample_defects"
    ] == (1, "unmet")
    refused = Terminal(folder)("audit", "sample", "--size", "12", code=64)
    assert "somebody has written into" in refused.stderr

    fill(folder, rows, {})
    Terminal(folder)("audit", "judge", "--by", "Grace")
    judged_by = [
        row["by"]
        for row in json.loads(Terminal(folder)("log", "--json").stdout)["entries"]
        if row["what"] == "audit" and row["by"]
    ]
    assert judged_by == ["Ada", "Ada", "Grace"], "a later judgement takes none away"
    assert "UNMET" not in Terminal(folder)("accept").stdout
    packed = json.loads(Terminal(folder)("pack", "p-01", "-o", str(folder / "a.zip"), "--json").stdout)
    assert {"audit.json", "log.json"} <= packed["files"].keys()
    assert not [name for name in packed["files"] if name.startswith("audit/")]


def test_a_pack_holds_the_sheets_that_were_judged_and_none_that_were_drawn_later(folder: Path) -> None:
    Terminal(folder)("audit", "sample", "--size", "2", "--each", "0", "--seed", "one")
    fill(folder, rows_of(folder), {})
    Terminal(folder)("audit", "judge", "--by", "Ada")

    def packed(name: str) -> set[str]:
        told = Terminal(folder)("pack", "p-01", "-o", name, "--personal-data", "--json").stdout
        return {file for file in json.loads(told)["files"] if file.startswith("audit/")}

    assert packed("a.zip") == {"audit/worksheet.csv", "audit/tickets.html"}
    (folder / "audits" / "p-01" / "worksheet.csv").unlink()
    Terminal(folder)("audit", "sample", "--size", "3", "--each", "0", "--seed", "another")
    assert packed("b.zip") == set()


def test_a_golden_ticket_is_looked_at_whatever_is_drawn(folder: Path) -> None:
    Terminal(folder)("audit", "sample", "--size", "1", "--each", "0")
    (drawn,) = rows_of(folder)
    other = "7" if drawn["number"] != "7" else "9"
    Terminal(folder)("audit", "sample", "--size", "1", "--each", "0", "--golden", other)
    assert [(row["number"], row["why"]) for row in rows_of(folder)] == [
        (drawn["number"], "at random"),
        (other, "golden"),
    ]


def test_the_log_says_who_did_what_and_when_and_which_run_never_ended(folder: Path, pair: Desks) -> None:
    Terminal(folder)("audit", "sample", "--size", "1", "--each", "0")
    Terminal(folder)("audit", "judge", "--by", "Ada", code=3)
    Terminal(folder)("approve", "p-01", "--by", "Grace", "--growth", "2%", "--because", "CAB 12 Nov")
    Terminal(folder)("approve", "p-01", "--revoke", "--by", "Hopper")
    with Project.load(folder, clock=pair.clock) as project:
        project.workspace.confirm("JSM-GUARD-X", "Kim")
        project.runs.begin("apply", "p-01", project.now().isoformat())
    entries = json.loads(Terminal(folder)("log", "--json").stdout)["entries"]
    assert [row["at"] for row in entries] == sorted(row["at"] for row in entries)
    told = {(row["what"], row["by"], row["about"]): row["words"] for row in entries}
    assert next(row["words"] for row in entries if row["what"] == "audit" and not row["by"]).startswith(
        "1 ticket drawn by the seed "
    )
    assert told["audit", "Ada", "p-01"].startswith("0 tickets looked at, 0 defects, at most ")
    assert told["approve", "Grace", "p-01"] == "growth 2 %: CAB 12 Nov"
    assert told["approve", "Hopper", "p-01"] == "the approval of Grace was taken back"
    assert told["confirm", "Kim", "JSM-GUARD-X"].startswith("holds until ")
    assert "runs, or was killed" in told["apply", "", "p-01"]
    assert {
        row["about"] for row in json.loads(Terminal(folder)("log", "p-01", "--json").stdout)["entries"]
    } == {"p-01"}
    screen = Terminal(folder)("log").stdout
    assert all(width(line) <= 80 for line in screen.splitlines()), screen
    assert "Nothing was done since then." in Terminal(folder)("log", "--since", "2999-01-01").stdout


def test_a_sheet_of_what_was_planned_otherwise_is_refused(folder: Path) -> None:
    mapping = folder / "mapping.yaml"
    mapping.write_text(mapping.read_text() + "\n# another word\n")
    Terminal(folder)("audit", "sample", "--size", "2")  # a comment changes nothing
    mapping.write_text(
        mapping.read_text().replace("text:", "text:\n  repair: true", 1)
        if "\ntext:" in mapping.read_text()
        else mapping.read_text() + "\ntext: {repair: true}\n"
    )
    refused = Terminal(folder)("audit", "sample", "--size", "2", "--seed", "x", code=1)
    assert "since p-01 was made another is the mapping" in refused.stderr


def test_the_sheet_shows_what_the_new_desk_will_hold_and_not_what_was_asked_for(folder: Path) -> None:
    """A stranger: the right side shows `Hardware, Router::R2` for a list that has no such option, and the plan writes none of it."""
    mapping = folder / "mapping.yaml"
    text = mapping.read_text()
    rest = "  - {rest: keep_in_provenance}\n"
    assert rest in text
    mapping.write_text(text.replace(rest, "  - {from: fields.product, to: Product}\n" + rest))
    Terminal(folder)("plan", "--offline")
    with Project.load(folder) as project:
        plan = project.plan("p-02")
        lost = sorted({finding.subject for finding in plan.findings("code = 'JSM-VALUE'")}, key=str)
        plan.close()
    assert lost
    Terminal(folder)("audit", "sample", "p-02", "--size", "1", "--each", "0", "--golden", str(lost[0]))
    page = (folder / "audits" / "p-02" / "tickets.html").read_text()
    assert "<td>field product</td>" in page
    assert "<td>field Product</td>" not in page


@pytest.mark.parametrize("name", ["workspace.db", "mapping.yaml", "plans/p-01.plan", "./migration.yaml"])
def test_no_output_takes_the_place_of_what_the_migration_is_made_of(folder: Path, name: str) -> None:
    before = (folder / name).read_bytes()
    refused = Terminal(folder)("export", "idmap", "-o", name, code=64)
    assert "belongs to this migration" in " ".join(refused.stderr.split())
    assert (folder / name).read_bytes() == before
    Terminal(folder)("export", "idmap", "-o", "mine.csv")
    Terminal(folder)("export", "idmap", "-o", "mine.csv")


def test_an_audit_needs_a_name_and_a_sample(folder: Path) -> None:
    assert "an audit needs a name" in Terminal(folder)("audit", "judge", code=64).stderr
    assert "no sample of p-01 was drawn" in Terminal(folder)("audit", "judge", "--by", "Ada", code=64).stderr
    assert "write a number, or auto" in Terminal(folder)("audit", "sample", "--size", "-3", code=64).stderr
