"""The import way as a user has it: what the command line says at each step, in eighty columns, and how it exits."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import pytest
from tests.flow.desks import write_project
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.zendesk import ZendeskEmulator


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[tuple[Terminal, JsmEmulator]]:
    with ExitStack() as stack:
        zendesk = stack.enter_context(ZendeskEmulator(tickets=12).serve())
        jira = JsmEmulator()
        jira.state.index_lag = jira.state.fresh_seconds = 0.0
        stack.enter_context(jira.serve())
        credentials = {**zendesk.credentials, **jira.credentials}
        stack.enter_context(mock.patch.dict(os.environ, {**credentials, "COLUMNS": "80"}))
        root = write_project(tmp_path / "mig", zendesk.base_url, jira.base_url, credentials)
        mapping, config = root / "mapping.yaml", root / "migration.yaml"
        mapping.write_text(mapping.read_text() + "\nway: import-file\n")
        config.write_text(config.read_text().replace("env:JIRA_TOKEN", "env:JIRA_TOKEN, import_issues: 6"))
        yield Terminal(root), jira
        assert not jira.crashes
        assert not jira.notifications
        assert not jira.state.leaks()


def fits(text: str) -> str:
    assert [line for line in text.splitlines() if width(line) > 80] == []
    return text


def test_a_user_is_led_through_the_import_step_by_step(at_work: tuple[Terminal, JsmEmulator]) -> None:
    user, jira = at_work
    user("-q", "extract")
    both = fits(user("plan", "--compare-ways", "--offline").stdout)
    assert {"rest", "import-file"} <= {line.split()[0] for line in both.splitlines() if line.strip()}
    ways = json.loads(user("plan", "--compare-ways", "--offline", "--json").stdout)["ways"]
    rest, file = (row["values"] for row in ways)
    assert sum(rest.values()) == sum(file.values())
    assert file["carried"] > 2 * rest["carried"]
    assert "No plan was made" in user("plan", "list").stdout
    screen = fits(user("plan").stdout)
    assert "import-file: 12 tickets in 2 files that an administrator imports" in " ".join(screen.split())
    assert all(f"JI-{number:02d}" in fits(user("plan", "show", "--ways").stdout) for number in range(1, 11))
    fits(user("plan", "show", "--estimate").stdout)
    early = user("apply", "p-01", "--yes", code=3)
    assert "could still notify people" in early.stderr
    assert early.stdout == "", "an open guard is told before the table of writes"
    for code in ("JSM-GUARD-CUSTOMERS", "JSM-GUARD-AUTOMATION"):
        user("preflight", "confirm", code, "--by", "a tester")
    waits = user("apply", "p-01", "--yes", code=3)
    text = " ".join(fits(waits.stderr).split())
    assert "p-01 waits for 2 files to be imported" in text
    assert "External System Import" in text
    assert "ticketferry apply p-01` again" in text
    assert "handed out, to be imported" in fits(waits.stdout)
    assert "imports/p-01" in " ".join(fits(user("status", code=2).stdout).split())
    absent = " ".join(fits(user("apply", "p-01", "--yes", "--imported", code=3).stderr).split())
    assert "Nothing of import-0001.json, import-0002.json is in the new desk" in absent
    assert "No new file is needed" in absent
    folder = user.folder / "imports" / "p-01"
    for _ in range(2):
        jira.import_file((folder / "import-0001.json").read_bytes())
    waits = user("apply", "p-01", "--yes", code=3)
    assert "import-0001.json" not in waits.stderr
    assert "came by a file, were found and bound" in fits(waits.stdout)
    jira.import_file((folder / "import-0002.json").read_bytes())
    done = json.loads(user("apply", "p-01", "--yes", "--json").stdout)
    assert (done["exit"], done["figures"]["waiting"]) == (0, [])
    estimate = user("plan", "show", "p-01", "--estimate").stdout
    assert "measured" in estimate
    assert "nothing was measured yet" not in estimate, "it has written many times by now"
    told = fits(user("errors", "p-01").stdout)
    assert "TF-COPY" in told
    assert "is a copy of" in told
    assert "--copies" in told
    assert "is a copy of" in fits(user("verify", "p-01", code=2).stdout)
    copies = fits(user("rollback", "p-01", "--copies").stdout)
    assert "Deleting what p-01 brought more than once" in copies
    user("apply", "p-02", "--yes")
    assert len(jira.state.issues) == 12
    assert "none: the new desk is as the plan wants it" in user("plan", "--exit-code").stdout


def test_a_way_that_the_target_does_not_have_is_told_at_its_place(tmp_path: Path) -> None:
    from tests.unit.cli.terminal import MAPPING, make_terminal

    user = make_terminal(
        tmp_path, mapping=MAPPING.replace("where: always}", "where: always, way: import-file}")
    )
    user("-q", "extract")
    said = user.failing("plan")
    assert "mapping.yaml:14:33: neutral takes no file to import" in said.stderr
