"""Long tables of values in a file beside the mapping, as a spreadsheet writes it."""

from pathlib import Path

import pytest

from ticketferry.errors import MappingError
from ticketferry.mapping.loader import MappingFile, load

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"
RULE = HEAD + "fields:\n  - {from: fields.product, to: Product, values_file: values/product.csv%s}\n"


def made(folder: Path, table: str | bytes | None, more: str = "") -> MappingFile:
    (folder / "values").mkdir()
    if table is not None:
        raw = table if isinstance(table, bytes) else table.encode()
        (folder / "values" / "product.csv").write_bytes(raw)
    (folder / "mapping.yaml").write_text(RULE % more, encoding="utf-8")
    return load(folder / "mapping.yaml")


def test_the_table_is_read_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    table = '\ufeffSource,Target,notes\r\n"red, large","Red\nlarge",seen\r\n blue , Blue ,\r\n,,\r\n'.encode()
    mapping = made(tmp_path, table)
    assert mapping.rules.fields[0].values == {"red, large": "Red\nlarge", "blue": "Blue"}
    assert mapping.at("fields", 0, "values", "blue") == "values/product.csv:4:1"


def test_what_stands_in_the_rule_wins_and_the_others_may_be_refused(tmp_path: Path) -> None:
    mapping = made(tmp_path, "source,target\nred,Red\nblue,Blue\n", ', values: {red: Crimson, "*": fail}')
    assert mapping.rules.fields[0].values == {"red": "Crimson", "*": "fail", "blue": "Blue"}


def test_a_change_of_the_table_is_a_change_of_the_mapping(tmp_path: Path) -> None:
    before = made(tmp_path, "source,target\nred,Red\n").digest
    (tmp_path / "values" / "product.csv").write_text("source,target\nred,Crimson\n")
    assert load(tmp_path / "mapping.yaml").digest != before


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "cannot be read"),
        ("red,Red\n", "the first line must be `source,target`"),
        ("", "the first line must be `source,target`"),
        ("source,target\nred\n", "product.csv:2:1: both `source` and `target` are wanted"),
        ("source,target\nred,Red\nRED,Crimson\n", "product.csv:3:1: RED stands here twice, with two targets"),
        (b"source,target\n\xff,Red\n", "cannot be read"),
        ('source,target\n"red,Red\n', "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, table: str | bytes | None, words: str) -> None:
    with pytest.raises(MappingError) as caught:
        made(tmp_path, table)
    assert any(words in str(problem) for problem in caught.value.problems), caught.value.problems


def test_a_table_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(
        RULE.replace("values/product", "../product") % "", encoding="utf-8"
    )
    with pytest.raises(MappingError, match="leaves the folder"):
        load(tmp_path / "mapping.yaml")
