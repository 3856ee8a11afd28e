"""The demo as a user has it: one JSON object that adds up, one screen that fits, one report."""

import json
import shutil

import pytest

from ticketferry import demo
from ticketferry.errors import ConfigError


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return demo.run(tmp_path_factory.mktemp("demo") / "ferry-demo", tickets=40)


def test_the_figures_of_the_demo_hold_and_add_up(result):
    json.dumps(result)
    assert result["planned_writes"] == result["performed_writes"] > 300
    assert result["unplanned_writes"] == result["second_plan_changes"] == 0
    assert result["notifications_sent"] == result["newly_visible"] == 0
    check = result["verify"]
    assert check["same"] > 60
    assert (check["only_source"], check["only_target"], check["differs"], check["error"]) == (0, 0, 0, 0)
    shares = dict(result["dispositions"])
    leaves = shares.pop("leaves")
    assert len(shares) == 5
    assert sum(shares.values()) == leaves == result["leaves_extracted"]
    back = result["rollback"]
    assert back["reversed"] == result["performed_writes"]
    assert (back["kept"], back["errored"], back["target_equals_before"]) == (0, 0, True)
    assert {item["count"] for item in back["residue"]} > {0} or back["residue"]


def test_the_screen_of_the_demo_fits_eighty_columns_and_says_what_the_json_says(result):
    text = demo.screen({**result, "report": "ferry-demo/report.html"})
    assert all(len(line) <= 80 for line in text.splitlines())
    assert f"{result['performed_writes']:,} writes" in text
    assert "plan is empty" in text
    assert "desk as before" in text


def test_the_second_screen_tells_of_people_faults_and_figures(result):
    told = result["cleaning"]
    assert told["people"]["people"] == result["people"]
    assert len(told["findings"]) >= 10
    assert sum(bool(item["lines"]) for item in told["findings"]) >= 3
    figures = told["figures"]
    assert figures["mapped"]["equal"] == figures["mapped"]["tickets"] > 0
    read = figures["read"]
    assert read["tickets"] - read["equal"] == sum(read["causes"].values())
    text = demo.cleaning_screen(result)
    assert all(len(line) <= 80 for line in text.splitlines()), text
    pairs = told["people"]["pairs"]
    assert all(pair["why"] for pair in pairs)
    if told["people"]["near"]:
        assert pairs[0]["people"][0] in " ".join(text.split())
    for words in ("one with somebody else", "what mends each", "survive by the mapping's statuses"):
        assert words in " ".join(text.split())


def test_the_report_of_the_demo_stands_alone(result):
    from pathlib import Path

    page = Path(result["report"]).read_text("utf-8")
    assert len(page.encode()) < 15_000_000
    assert "<script src" not in page
    assert "<link " not in page


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        demo.run(tmp_path, tickets=5)
    assert (tmp_path / "letters.txt").read_text() == "mine"


def listing(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder that a demo made, and made anew as a copy: a copy of it is as good as itself."""
    root = tmp_path_factory.mktemp("made")
    demo.run(root / "first", tickets=1)
    shutil.copytree(root / "first", root / "again")
    demo.run(root / "again", tickets=1)
    return root / "again"


@pytest.mark.parametrize("own", ["new", "edited", "extra", "link", "here"])
def test_a_folder_that_the_demo_did_not_make_is_never_touched(made, tmp_path, monkeypatch, own):
    """A migration of somebody's own, whatever it has in common with a demo's folder, is left byte for byte."""
    folder = tmp_path / "acme"
    if own == "new":
        folder.mkdir()
        (folder / "migration.yaml").write_text("version: 1\n")
        (folder / "workspace.db").write_bytes(b"what cannot be made again")
    else:
        shutil.copytree(made, folder)
    if own == "edited":
        with (folder / "migration.yaml").open("a") as file:
            file.write("# ours by now\n")
    if own == "extra":
        (folder / "letters.txt").write_text("mine")
    asked = folder
    if own == "link":
        asked = tmp_path / "link"
        asked.symlink_to(folder, target_is_directory=True)
    if own == "here":
        monkeypatch.chdir(folder)
        asked = folder.relative_to(folder)
    before = listing(folder)
    with pytest.raises(ConfigError, match="left as it is"):
        demo.run(asked, tickets=1)
    assert listing(folder) == before
