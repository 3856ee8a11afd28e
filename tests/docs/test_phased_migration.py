"""The documents of phased migrations, typed line by line on stand-ins: each command ends as the document says, and says what is quoted."""

import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.flow.desks import desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def steps(document: str) -> list[tuple[str, str]]:
    """Every command of a document, and every quoted line, in order."""
    return [
        (kind, line)
        for kind, block in BLOCK.findall((ROOT / "docs" / document).read_text("utf-8"))
        for line in block.splitlines()
        if line.strip()
    ]


def plain(text: str) -> str:
    return " ".join(text.split())


class Weekends:
    """A folder with copies of a sample, and the stand-ins of both desks that its commands are typed against."""

    def __init__(self, folder: Path, sample: str, old: Any, new: Any, clock: ManualClock) -> None:
        self.folder, self.clock = folder, clock
        shutil.copytree(ROOT / "samples" / sample, folder)
        file = folder / "migration.yaml"
        text = file.read_text("utf-8").replace("http://127.0.0.1:8801", old.base_url)
        file.write_text(text.replace("http://127.0.0.1:8802", new.base_url), "utf-8")
        self.desks = {"OLD_DESK": old.base_url, "NEW_DESK": new.base_url}

    def type(self, document: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Type every command of a document, in order."""
        for name, url in self.desks.items():
            monkeypatch.setenv(name, url)
        people = runpy.run_path(str(self.folder / "people.py"))["main"]
        said, commands = "", 0
        with mock.patch("ticketferry.project.folder.SystemClock", return_value=self.clock):
            for kind, line in steps(document):
                if kind == "text":
                    assert plain(line) in plain(said), f"{line!r} is not said: {said}"
                    continue
                command, _, remark = line.partition("  #")
                words = shlex.split(command)
                if words[0] == "ticketferry":
                    said = self._command(words[1:], line, remark)
                    commands += 1
                elif words[0] == "python":
                    self.clock.sleep(60)  # the search of the new desk lags
                    people(*words[2:])
                    self.clock.sleep(180)
                else:
                    subprocess.run(["bash", "-c", command], cwd=self.folder, check=True)
        assert commands > 40

    def _command(self, words: list[str], line: str, remark: str) -> str:
        result = Terminal(self.folder).any(*words)
        ends = [int(code) for code in re.findall(r"\d+", remark)] or [0]
        assert result.exit_code in ends, f"{line}\n{result.stdout}\n{result.stderr}"
        wide = [row for row in result.stdout.splitlines() if width(row) > 80]
        assert all(len(row.split()) == 1 for row in wide), f"an address alone may be longer: {wide}"
        return result.stdout + result.stderr


@pytest.mark.slow
def test_three_weekends_are_typed_as_they_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with desks(80) as pair:
        weekends = Weekends(tmp_path / "phased", "phased", pair.zendesk, pair.jira, pair.clock)
        weekends.type("phased-migration.md", monkeypatch)
        assert not pair.jira.notifications
        numbers = [
            label
            for issue in pair.jira.state.issues.values()
            for label in issue.values.get("labels", ())
            if label.startswith("zd-")
        ]
        assert len(numbers) == len(set(numbers)), "a ticket is there twice"
        state = pair.zendesk.state
        answers = [
            event["public"]
            for audit in state.case(70).audits
            for event in audit["events"]
            if event.get("type") == "Comment" and "We have sent you a new one." in str(event)
        ]
        assert answers == [True], "what an agent of the new desk said is in the old one, once"


@pytest.mark.slow
def test_three_weekends_the_other_way_are_typed_as_they_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    jira = JsmEmulator(clock=clock, tickets=40)
    account = ZendeskEmulator(clock=clock, plan=None, data=empty_desk())
    with jira.serve(), account.serve():
        for name, value in {**jira.credentials, **account.credentials}.items():
            monkeypatch.setenv(name, value)
        clock.advance(600)  # the search of the old desk lags
        weekends = Weekends(tmp_path / "phased", "phased_back", jira, account, clock)
        weekends.type("phased-migration-back.md", monkeypatch)
        answered = [
            number
            for number, head in account.state.heads.items()
            if head.status != "deleted" and "jira-bill-3" in account.state.case(number).ticket["tags"]
        ]
        told = {mail[3] for mail in account.state.mails}
        assert told <= {*answered}, (
            "once the triggers are on again an agent's answer is mailed, and nothing else"
        )
        tags = [
            tag
            for number, head in account.state.heads.items()
            if head.status != "deleted"
            for tag in account.state.case(number).ticket["tags"]
            if tag.startswith("jira-")
        ]
        assert len(tags) == len(set(tags)) == 40, "each request is there once"
        answers = [
            issue.key
            for issue in jira.state.issues.values()
            for comment in issue.comments
            if "We have sent you a new one." in str(comment.body)
        ]
        assert answers == ["BILL-3"], "what an agent of the new desk said is in the old one, once"
