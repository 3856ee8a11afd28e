"""The guide to the mapping file: each of its examples is read as a mapping, and every key of the language has one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml

from ticketferry.errors import MappingError
from ticketferry.mapping.loader import load
from ticketferry.mapping.model import Rules
from ticketferry.mapping.reference import sections
from ticketferry.mapping.sections.part import Part

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SHOWN = [block for block in BLOCKS if "…" in re.sub(r"#.*", "", block)]
"""Excerpts with something left out, and what is refused: to read, not to copy."""
WHOLE = [block for block in BLOCKS if block not in SHOWN]
BASE = {"version": "1", "source": "zendesk", "target": "jsm"}
FILES = {
    "agents.csv": "source,target\n", "decisions/people.csv": "ref,name,email,suggestion,decision,why,by,other,score,when\n",
    "values/areas.csv": "source,target\nNorth,North\n", "house/zendesk_to_jsm.yaml": "tags: {case: lower}\nphases: [{name: pilot, where: always}]\n",
}  # fmt: skip


def mapping_of(block: str) -> dict[str, Any]:
    data = yaml.load(block, Loader=yaml.BaseLoader)
    assert isinstance(data, dict)
    data = {**BASE, **data}
    if data["target"] == "jsm":
        data.setdefault("route", [{"when": "always", "project": "SUP", "issue_type": "Task"}])
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.split("\n", 1)[0][:40])
def test_an_example_of_the_guide_is_a_mapping(block: str, folder: Path) -> None:
    (folder / "mapping.yaml").write_text(yaml.safe_dump(mapping_of(block), allow_unicode=True), "utf-8")
    try:
        load(folder / "mapping.yaml", {"ACME_VIP_ORG": "Umbrella Shop"})
    except MappingError as error:
        pytest.fail("\n".join(map(str, error.problems)))


def test_most_examples_can_be_copied_as_they_are() -> None:
    assert len(SHOWN) <= 3
    assert len(WHOLE) > 15


def used(model: type[Part], data: Any) -> Iterator[tuple[type[Part], str]]:
    """Yield (part of the language, key) for everything that data says."""
    if not isinstance(data, dict):
        return
    names = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    for key, value in data.items():
        if key in names:
            yield model, key
            yield from _below(names[key], value)


def _below(annotation: Any, value: Any) -> Iterator[tuple[type[Part], str]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield from used(annotation, value)
    elif get_origin(annotation) is list and isinstance(value, list):
        for each in value:
            yield from _below(get_args(annotation)[0], each)
    elif get_origin(annotation) is dict and isinstance(value, dict):
        for each in value.values():
            yield from _below(get_args(annotation)[1], each)
    else:
        for argument in get_args(annotation):
            yield from _below(argument, value)


def test_every_key_of_the_language_stands_in_an_example() -> None:
    shown = {pair for block in WHOLE for pair in used(Rules, mapping_of(block))}
    lacking = [
        f"{title}: {info.alias or name}"
        for title, model in sections()
        for name, info in model.model_fields.items()
        if (model, info.alias or name) not in shown
    ]
    assert lacking == []
