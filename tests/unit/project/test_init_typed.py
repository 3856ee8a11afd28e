"""What is typed into `init`: nonsense is refused in a sentence, and whatever is written can be read again."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ticketferry.cli import cli
from ticketferry.project.config import load_config

NONSENSE = [
    "", "   ", "🙂", "a b", "-1", "../..", "http://", "https://user:pw@x.example", "javascript:alert(1)", "x" * 3000, "\x1b[31m",
    "{{ 7*7 }}", "yes: [", "\u202eabc", "https://acme.zendesk.com/agent/tickets/1", "http://[::1", "ftp://x", "#", "&a *a", "env:",
    "env:A B", "keyring:", "null", "yes", "1e999", "0x10", "2026-01-01", "true", "http://x:99999", "a\nb: c", "no",
]  # fmt: skip
PLACES = [
    "source.subdomain", "source.base_url", "source.email", "source.token", "target.base_url", "target.cloud_id", "target.email",
]  # fmt: skip


def made(folder: Path, *more: str) -> "tuple[int, str]":
    given = {item.partition("=")[0] for item in more}
    usual = [] if given & {"source.base_url", "source.subdomain"} else ["--set", "source.subdomain=acme"]
    usual += [] if "target.base_url" in given else ["--set", "target.base_url=https://acme.atlassian.net"]
    run = CliRunner().invoke(
        cli, ["init", str(folder), "--source", "zendesk", "--target", "jsm", *usual, *more]
    )
    return run.exit_code, run.output


@pytest.mark.parametrize("typed", NONSENSE)
@pytest.mark.parametrize("place", PLACES)
def test_nonsense_is_refused_or_written_so_that_it_is_read(tmp_path: Path, place: str, typed: str) -> None:
    code, told = made(tmp_path / "acme", "--set", f"{place}={typed}")
    assert "did not foresee" not in told
    assert not {"\x1b", "\u202e"} & {*told}
    file = tmp_path / "acme" / "migration.yaml"
    assert file.exists() is (code == 0)
    if code:
        assert "next:" in told
        return
    load_config(tmp_path / "acme")
    text = file.read_text(encoding="utf-8")
    assert not {"\x1b", "\u202e"} & {*text}
    assert "user:pw@" not in text


@pytest.mark.parametrize("key", ["null", "true", "yes", "no", "on", "off", "y", "n"])
def test_a_key_that_yaml_takes_for_something_else_stays_a_key(tmp_path: Path, key: str) -> None:
    code, told = made(tmp_path / "acme", "--source-key", key)
    assert code == 0, told
    assert load_config(tmp_path / "acme").source.key == key
