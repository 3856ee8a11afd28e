"""`ticketferry schema mapping --names`: proposals out of what was read of both desks."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from tests.flow.migrations import MAPPING, write_desk, write_project

from ticketferry.cli import cli
from ticketferry.project import Project, stages


def test_the_names_of_both_desks_come_from_the_last_extract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_desk(tmp_path / "source", 2)
    named = tmp_path / "source" / "desk.json"
    desk = json.loads(named.read_text())
    desk["catalog"]["fields"] = [{"id": "1", "key": "serial", "name": "Serial", "type": "text"}]
    named.write_text(json.dumps(desk))
    write_project(tmp_path / "p", tmp_path / "source", tmp_path / "target", mapping=MAPPING)
    monkeypatch.chdir(tmp_path / "p")
    unread = CliRunner().invoke(cli, ["schema", "mapping", "--names"])
    assert unread.exit_code != 0
    with Project.load(tmp_path / "p") as project:
        stages.extract(project)
        plan = stages.make_plan(project)
        plan.close()
    shown = CliRunner().invoke(cli, ["schema", "mapping", "--names"])
    schema = json.loads(shown.stdout)
    Draft202012Validator.check_schema(schema)
    assert '"fields.serial"' in shown.stdout
    assert schema["$id"] == "ticketferry:mapping:1"


def test_only_a_mapping_has_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = CliRunner().invoke(cli, ["schema", "ticket", "--names"])
    assert wrong.exit_code == 64
    assert "goes with `schema mapping`" in wrong.output + wrong.stderr
