import pytest

from ticketferry.mapping.yaml_edit import YamlEdit

TEXT = """# head
a: {x: 1, y: "two"}   # flow
b:
  - one   # first
  - {k: v}
c:
  deep:
    d: 'it''s'
    "*": last

e: |
  a block
"""


def edited(*edits: tuple[str, ...]) -> str:
    edit = YamlEdit(TEXT)
    for name, *rest in edits:
        assert getattr(edit, name)(*rest) is not False
    return edit.result()


def test_nothing_changes_where_nothing_is_edited() -> None:
    assert YamlEdit(TEXT).result() == TEXT


def test_values_are_replaced_and_all_else_stays() -> None:
    edit = YamlEdit(TEXT)
    assert edit.replace(("a", "y"), "three")
    assert edit.replace(("c", "deep", "d"), '"new"')
    assert edit.replace(("b", 1, "k"), "w")
    assert edit.result() == TEXT.replace('"two"', "three").replace("'it''s'", '"new"').replace(
        "{k: v}", "{k: w}"
    )


def test_blocks_and_absent_places_are_not_replaced() -> None:
    edit = YamlEdit(TEXT)
    assert not edit.replace(("c",), "x")
    assert not edit.replace(("e",), "x")
    assert not edit.replace(("nowhere", 1), "x")
    assert edit.result() == TEXT


def test_entries_go_to_the_end_of_their_table_and_before_the_star() -> None:
    edit = YamlEdit(TEXT)
    assert edit.add_key(("a",), "z", "3")
    assert edit.add_key(("c", "deep"), "f", "g", "why")
    text = edit.result()
    assert 'a: {x: 1, y: "two", z: 3}   # flow' in text
    assert '    f: g  # why\n    "*": last\n' in text


@pytest.mark.parametrize(
    "text", ["a:\n  b: 1", "a:\n  b: 1  # end", "a:\n  b: 1\n\n# far\n", "a:\n  b: 1\nc: 2\n"]
)
def test_the_end_of_a_table_is_found_before_what_follows_it(text: str) -> None:
    edit = YamlEdit(text)
    assert edit.add_key(("a",), "n", "2")
    assert edit.result().startswith(text.splitlines()[0] + "\n" + text.splitlines()[1] + "\n  n: 2\n")
