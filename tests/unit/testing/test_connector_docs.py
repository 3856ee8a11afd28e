"""docs/connectors.md shows code that stands in the project, and names things that exist."""

import re
from pathlib import Path

import pytest

from ticketferry import sdk
from ticketferry.sdk.contract import Source, Target

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("path", "code"), BLOCKS, ids=[path for path, _ in BLOCKS])
def test_code_on_the_page_is_the_code_of_the_file(path, code):
    assert code.strip("\n") in (ROOT / path).read_text(encoding="utf-8")


def test_every_python_block_names_its_file():
    assert PAGE.count("```python") == len(BLOCKS) >= 5


def test_every_method_of_the_contract_has_a_row():
    rows = set(re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE))
    methods = {name for protocol in (Source, Target) for name in vars(protocol) if not name.startswith("_")}
    assert methods <= rows | {"translate"}


def test_outcomes_repeats_and_dispositions_are_explained():
    for member in (*sdk.Repeat, *sdk.Disposition):
        assert f"`{member.name}`" in PAGE
    for symbol in ("HttpClient", "Pacer", "SecretStr", "Options", "Feature"):
        assert symbol in PAGE
        assert hasattr(sdk, symbol)


def test_links_lead_to_files_and_headings():
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in headings
        else:
            assert (ROOT / "docs" / target).exists()
