"""What the documents say exists: commands with their options, files, the sample desk; and the first screen fits."""

import re
import shlex
from pathlib import Path

import click
import pytest

from ticketferry.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "samples" / "quickstart" / "README.md",
    *sorted((ROOT / "samples" / "mapping_examples").rglob("README.md")),
]
COMMAND = re.compile(r"(?:^|[`\s])ticketferry ((?:[a-z][\w-]*)(?: [^\n`|]*)?)")


def commands() -> list[tuple[str, str]]:
    """Return (document, words) of every command line that stands in a code block or between backticks."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) + re.findall(
            r"^ {4}\S.*$", text, re.MULTILINE
        )
        blocks += re.findall(r"`(ticketferry [^`\n]+)`", text)
        for block in blocks:
            for line in block.splitlines():
                found += [(path.name, match) for match in COMMAND.findall(line) if " -> " not in line]
    return sorted(set(found))


@pytest.mark.parametrize(("document", "line"), commands())
def test_a_command_in_a_document_exists_with_its_options(document, line):
    words = shlex.split(re.split(r"\s{2,}|…|&&|#", line)[0], comments=True)
    command: click.Command = cli
    context = click.Context(cli, info_name="ticketferry")
    while words and isinstance(command, click.Group):
        inner = command.get_command(context, words[0])
        if inner is None:
            break
        command, words = inner, words[1:]
    assert command is not cli, f"{document}: there is no command `{line}`"
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in options, (
                f"{document}: `{line}` has an option that does not exist"
            )


def test_the_documents_name_many_commands():
    assert len(commands()) > 25


def test_the_first_screen_of_the_readme_fits_a_terminal():
    first = (ROOT / "README.md").read_text("utf-8").split("## What it does that counts")[0]
    assert all(len(line) <= 80 for line in first.splitlines())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document):
    text = document.read_text("utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"
    for target in re.findall(r"\b((?:docs|samples)/[\w./-]+\.(?:md|yaml))\b", text):
        assert (ROOT / target).exists(), f"{document.name} names {target}"


def test_the_sample_desk_is_what_the_generator_makes(tmp_path):
    from ticketferry_emulators.zendesk.seed.desk import generate, save

    save(generate(), tmp_path / "desk")
    kept = ROOT / "samples" / "quickstart" / "desk"
    made = {
        path.relative_to(tmp_path / "desk"): path.read_bytes()
        for path in (tmp_path / "desk").rglob("*")
        if path.is_file()
    }
    here = {path.relative_to(kept): path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    assert made.keys() == here.keys()
    assert [str(name) for name in made if made[name] != here[name]] == []


def test_the_quick_start_uses_the_shipped_mapping():
    from ticketferry.mapping.shipped import shipped

    ours = (ROOT / "samples" / "quickstart" / "migration" / "mapping.yaml").read_text("utf-8")
    assert ours == shipped()["zendesk_to_jsm"].read_text("utf-8")
