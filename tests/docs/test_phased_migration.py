"""docs/phased-migration.md, typed line by line on stand-ins: each command ends as the document says, and says what is quoted."""

import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path
from unittest import mock

import pytest
from tests.flow.desks import desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "phased"
DOCUMENT = ROOT / "docs" / "phased-migration.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, str]]:
    """Every command of the document, and every quoted line, in order."""
    return [
        (kind, line)
        for kind, block in BLOCK.findall(DOCUMENT.read_text("utf-8"))
        for line in block.splitlines()
        if line.strip()
    ]


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.slow
def test_three_weekends_are_typed_as_they_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "phased"
    shutil.copytree(SAMPLE, folder)
    with desks(80) as pair, mock.patch("ticketferry.project.folder.SystemClock", return_value=pair.clock):
        monkeypatch.setenv("OLD_DESK", pair.zendesk.base_url)
        monkeypatch.setenv("NEW_DESK", pair.jira.base_url)
        file = folder / "migration.yaml"
        text = file.read_text("utf-8").replace("http://127.0.0.1:8801", pair.zendesk.base_url)
        file.write_text(text.replace("http://127.0.0.1:8802", pair.jira.base_url), "utf-8")
        people = runpy.run_path(str(folder / "people.py"))["main"]
        said, commands = "", 0
        for kind, line in steps():
            if kind == "text":
                assert plain(line) in plain(said), f"{line!r} is not said: {said}"
                continue
            command, _, remark = line.partition("  #")
            words = shlex.split(command)
            if words[0] == "ticketferry":
                result = Terminal(folder).any(*words[1:])
                ends = [int(code) for code in re.findall(r"\d+", remark)] or [0]
                assert result.exit_code in ends, f"{line}\n{result.stdout}\n{result.stderr}"
                said = result.stdout + result.stderr
                assert all(width(row) <= 80 for row in result.stdout.splitlines()), said
                commands += 1
            elif words[0] == "python":
                pair.clock.sleep(60)  # the search of the new desk lags
                people(*words[2:])
                pair.clock.sleep(180)
            else:
                subprocess.run(["bash", "-c", command], cwd=folder, check=True)
        assert commands > 40
        assert not pair.jira.notifications
        numbers = [
            label
            for issue in pair.jira.state.issues.values()
            for label in issue.values.get("labels", ())
            if label.startswith("zd-")
        ]
        assert len(numbers) == len(set(numbers)), "a ticket is there twice"
