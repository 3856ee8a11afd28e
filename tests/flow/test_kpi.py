"""Key figures before and after a whole migration: those that the desk itself keeps, and what becomes of them."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.desks import Desks, confirm, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.kpi.compute import cases, terms_of
from ticketferry.kpi.histories import history_of
from ticketferry.kpi.measures import DEFINITIONS, measure
from ticketferry.project import Project, stages

HOURS = "kpi: {definition: zendesk, hours: {zone: Europe/Berlin, mon-fri: '9:00-17:00'}}\n"


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(120) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything moved."""
    root = tmp_path_factory.mktemp("kpi") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        stages.apply(project, plan)
        stages.extract(project)
    return root


SPANS = {
    "first_reply": "first_response",
    "first_resolution": "first_resolution",
    "full_resolution": "full_resolution",
    "agent_wait": "agent_wait",
    "requester_wait": "requester_wait",
    "on_hold": "on_hold",
}
COUNTS = ("replies", "reopens", "groups", "assignees")


def test_the_figures_by_zendesks_definition_are_those_that_the_desk_keeps_itself(folder: Path) -> None:
    """The desk's own metric sets are worked out from its audits by the stand-in, which shares no code with us."""
    compared: Counter[str] = Counter()
    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        info = snapshots.latest()
        assert info is not None
        terms = terms_of(snapshots, info.number)
        for case in cases(snapshots, info.number):
            history = history_of(case, terms)
            assert history is not None
            ours = measure(history, DEFINITIONS["zendesk"], int(info.began.timestamp()))
            # An agent's own opening and an AI agent's words are no reply by the vendor's pages; the stand-in counts them.
            spoken = history.opening == "customer" and not any(
                moment.value == "ai_agent" for moment in history.moments
            )
            for entry in case.get("sla", ()):
                name = entry["metric"]
                if name in SPANS and (spoken or name != "first_reply"):
                    seconds = getattr(ours, SPANS[name])
                    assert entry.get("calendar_minutes") == (None if seconds is None else seconds // 60), (
                        case["ref"],
                        name,
                    )
                elif name in COUNTS and (spoken or name != "replies"):
                    assert entry["count"] == getattr(ours, name), (case["ref"], name)
                else:
                    continue
                compared[name] += 1
    assert min(compared[name] for name in (*SPANS, *COUNTS)) > 50, compared


AI = "messages stand under another kind of author"
"""What an AI agent wrote stands under the importing account: Jira has no account that is one."""


def test_every_figure_survives_the_move_but_for_what_an_ai_agent_wrote(folder: Path) -> None:
    told = json.loads(Terminal(folder)("kpi", "parity", "--json", code=2).stdout)
    assert (told["mapped"]["causes"], told["merged"], told["undecided"]) == ({}, [], [])
    assert told["mapped"]["equal"] == told["mapped"]["tickets"] == told["read"]["tickets"] > 100
    assert told["read"]["missing"] == 0
    assert set(told["read"]["causes"]) == {AI}
    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        info = snapshots.latest()
        assert info is not None
        terms = terms_of(snapshots, info.number)
        spoke = sum(
            any(terms.who(comment.get("author")) == "ai_agent" for comment in case.get("comments", ()))
            for case in cases(snapshots, info.number)
        )
    assert told["read"]["tickets"] - told["read"]["equal"] == told["read"]["causes"][AI]["tickets"] == spoke


def test_statuses_that_fall_together_cost_the_waiting_times_and_are_named(folder: Path) -> None:
    path = folder / "mapping.yaml"
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(text.replace("Pending vendor", "Waiting for customer"), encoding="utf-8")
        answer = Terminal(folder)("kpi", "parity", "--json", code=2)
        shown = Terminal(folder)("kpi", "parity", code=2).stdout
    finally:
        path.write_text(text, encoding="utf-8")
    told = json.loads(answer.stdout)
    assert [group["to"] for group in told["merged"]] == ["Waiting for customer"]
    assert len(told["mapped"]["causes"]) == 1, told["mapped"]["causes"]
    (cause,) = told["mapped"]["causes"]
    assert "fall together in Waiting for customer" in cause
    assert told["mapped"]["causes"][cause]["figures"]["on_hold"] > 0
    assert "fall together in Waiting for customer" in " ".join(shown.split())


def test_a_comment_that_somebody_makes_internal_in_the_new_desk_is_named_with_its_ticket(
    pair: Desks, folder: Path
) -> None:
    issue, comment = next(
        (issue, comment)
        for issue in pair.jira.state.issues.values()
        for comment in issue.comments
        if not comment.internal
    )
    source = issue.properties["ticketferry.source"]["ref"]
    kept = comment.properties.pop("sd.public.comment", None)
    comment.properties["sd.public.comment"] = {"internal": True}
    try:
        with Project.load(folder, clock=pair.clock) as project:
            stages.extract(project)
        told = json.loads(Terminal(folder)("kpi", "parity", "--json", code=2).stdout)
    finally:
        comment.properties["sd.public.comment"] = kept or {"internal": False}
        with Project.load(folder, clock=pair.clock) as project:
            stages.extract(project)
    what = told["read"]["causes"]["messages are public on one side only, or missing"]
    assert {example["ref"] for example in what["examples"]} == {source}


def test_the_report_shows_figures_causes_and_the_open_tickets_of_each_month(
    folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    Terminal(folder)("report", "p-01", "-o", path)
    shown = " ".join(path.read_text(encoding="utf-8").split())
    section = shown[shown.index('<section id="kpi"') :]
    section = section[: section.index("</section>")]
    told = json.loads(Terminal(folder)("kpi", "--json").stdout)
    assert (
        f"{told['rows'][0]['resolved']:,} of {told['rows'][0]['tickets']:,} tickets are resolved" in section
    )
    assert AI in section
    assert "Open tickets at the end of each month" in section
    assert "equal to the second" in section


def test_screens_and_csv(folder: Path) -> None:
    config = folder / "migration.yaml"
    text = config.read_text(encoding="utf-8")
    try:
        config.write_text(text + HOURS, encoding="utf-8")
        terminal = Terminal(folder)
        whole = json.loads(terminal("kpi", "--json").stdout)
        for arguments in (("kpi",), ("kpi", "--by", "group"), ("kpi", "parity")):
            shown = terminal(*arguments).stdout
            assert shown
            assert all(width(line) <= 80 for line in shown.splitlines()), shown
        rows = list(csv.DictReader(io.StringIO(terminal("kpi", "--by", "month", "--csv").stdout)))
        config.write_text(text + HOURS.replace("9:00-17:00", "17:00-9:00"), encoding="utf-8")
        wrong = terminal("kpi", code=1)
    finally:
        config.write_text(text, encoding="utf-8")
    (row,) = whole["rows"]
    assert whole["definition"] == "zendesk"
    assert 0 < row["business"]["full_resolution"]["median"] < row["calendar"]["full_resolution"]["median"]
    assert sum(int(line["tickets"]) for line in rows) == row["tickets"]
    assert [line["value"] for line in rows] == sorted(line["value"] for line in rows)
    assert whole["backlog"][-1]["open"] == row["tickets"] - row["resolved"]
    assert "migration.yaml:" in wrong.output
    assert "no interval" in wrong.output


def test_a_picture_and_a_table_for_a_data_frame_are_written(folder: Path) -> None:
    import duckdb

    terminal = Terminal(folder)
    terminal("kpi", "--plot", "kpi.png")
    assert (folder / "kpi.png").read_bytes().startswith(b"\x89PNG")
    terminal("profile", "--parquet", "wrong.parquet")
    wrong = json.loads(terminal("profile", "--json").stdout)["quality"]
    rows = duckdb.sql(f"SELECT code, count FROM '{folder / 'wrong.parquet'}'").fetchall()
    assert rows == [(one["code"], one["count"]) for one in wrong]
    assert rows
