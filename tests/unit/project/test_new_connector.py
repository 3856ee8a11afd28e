"""Laying out a connector: what it is called, what is left alone, and that nothing of the sample's name stays."""

import pytest
from click.testing import CliRunner

from ticketferry.cli import cli
from ticketferry.project.new_connector import lay_out, template


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*words):
    return CliRunner().invoke(cli, ["connector", "new", *words])


def test_every_file_of_the_sample_is_there_under_the_new_name(tmp_path):
    files = {
        file.relative_to(tmp_path / "ticketferry-acmedesk").as_posix()
        for file in lay_out("acmedesk", tmp_path)
    }
    wanted = {
        "pyproject.toml",
        "src/ticketferry_acmedesk/target.py",
        "src/ticketferry_acmedesk/py.typed",
        "tests/test_acmedesk.py",
        "tests/standin.py",
    }
    assert wanted <= files
    assert not any("cache" in name or "tiny" in name for name in files)
    assert 'acmedesk = "ticketferry_acmedesk:CONNECTOR"' in (
        tmp_path / "ticketferry-acmedesk" / "pyproject.toml"
    ).read_text("utf-8")
    assert "class AcmedeskTarget(AcmedeskSource):" in (
        tmp_path / "ticketferry-acmedesk/src/ticketferry_acmedesk/target.py"
    ).read_text("utf-8")
    assert (template() / "src" / "ticketferry_tiny" / "target.py").is_file(), "the sample itself stays"


@pytest.mark.parametrize("name", ["Fresh", "9desk", "fresh-desk", "../up", "a", "", "zendesk"])
def test_a_name_that_is_none_or_is_taken_is_refused_and_nothing_is_written(here, name):
    assert new(name, "--rest").exit_code == 64
    assert list(here.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(here):
    (here / "ticketferry-acmedesk").mkdir()
    told = new("acmedesk", "--rest")
    assert told.exit_code == 1
    assert "already" in told.output
    assert list((here / "ticketferry-acmedesk").iterdir()) == []


def test_the_kind_of_layout_is_said(here):
    assert new("acmedesk").exit_code == 64
    assert list(here.iterdir()) == []
