"""A mapping made of others: what wins, what is added, what is taken out, and where each value stands."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.errors import MappingError
from ticketferry.mapping.extending import merged
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.mapping.yaml_document import Document, read

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"
BASE = (
    HEAD
    + """status: {open: Waiting for support, pending: Waiting for customer, solved: {to: Resolved, resolution: Done}, "*": fail}
priority: {urgent: Highest, high: High}
route:
  - {when: always, project: SUP, issue_type: Task}
fields:
  - {from: fields.a, to: A}
  - {from: fields.b, to: B}
tags: {drop: [x, y], rename: {"+1": like}}
clean:
  - {id: spam, when: {tag: spam}, do: skip, because: spam}
  - {id: old, when: {updated_before: -7y}, do: skip, because: retention}
phases:
  - {name: pilot, where: {group: A}}
  - {name: rest, where: always}
vars: {label: acme}
brands: {Acme: {label: "${label}"}}
"""
)


def made(folder: Path, text: str, **files: str) -> MappingFile:
    for name, content in {"base": BASE, **files}.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "mapping.yaml").write_text(text, encoding="utf-8")
    return load(folder / "mapping.yaml")


def problems(folder: Path, text: str, **files: str) -> list[str]:
    with pytest.raises(MappingError) as caught:
        made(folder, text, **files)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_that_only_extends_is_the_other_one(tmp_path: Path) -> None:
    alone = load((tmp_path / "x.yaml", (tmp_path / "x.yaml").write_text(BASE))[0])
    whole = made(tmp_path, "extends: base.yaml\n")
    assert whole.rules == alone.rules
    assert whole.digest == alone.digest


def test_tables_merge_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    rules = made(
        tmp_path, "extends: [base.yaml]\nstatus: {open: In progress}\nfields: [{from: fields.c, to: C}]\n"
    ).rules
    assert {name: rule.to for name, rule in rules.status.items()} == {
        "open": "In progress", "pending": "Waiting for customer", "solved": "Resolved", "*": "fail",
    }  # fmt: skip
    assert [rule.to for rule in rules.fields] == ["C"]
    assert [phase.name for phase in rules.phases] == ["pilot", "rest"]


def test_plus_adds_to_a_list(tmp_path: Path) -> None:
    rules = made(
        tmp_path, "extends: base.yaml\n+fields: [{from: fields.c, to: C}]\ntags: {+drop: [z]}\n"
    ).rules
    assert [rule.to for rule in rules.fields] == ["A", "B", "C"]
    assert rules.tags.drop == ["x", "y", "z"]


def test_tilde_takes_a_key_out_and_names_take_items_out(tmp_path: Path) -> None:
    rules = made(
        tmp_path,
        "extends: base.yaml\n~priority:\nstatus: {~pending: }\n~clean: [spam]\n~phases: [pilot]\ntags: {~drop: [x]}\n",
    ).rules
    assert rules.priority == {}
    assert "pending" not in rules.status
    assert [rule.id for rule in rules.clean] == ["old"]
    assert [phase.name for phase in rules.phases] == ["rest"]
    assert rules.tags.drop == ["y"]


def test_a_list_can_lose_and_win_items_at_once(tmp_path: Path) -> None:
    rules = made(
        tmp_path,
        "extends: base.yaml\n~phases: [pilot]\n+phases: [{name: last, where: always}]\n~fields:\n+fields: [{from: fields.c, to: C}]\n",
    ).rules
    assert [phase.name for phase in rules.phases] == ["rest", "last"]
    assert [rule.to for rule in rules.fields] == ["C"]


def test_a_key_of_a_table_may_begin_with_a_sign(tmp_path: Path) -> None:
    assert made(tmp_path, 'extends: base.yaml\ntags: {rename: {"+2": liked, "~x": y}}\n').rules.tags.rename == {
        "+1": "like", "+2": "liked", "~x": "y",
    }  # fmt: skip


def test_the_later_file_wins_and_files_extend_files(tmp_path: Path) -> None:
    house = "extends: [words.yaml]\nstatus: {open: House}\n"
    words = "status: {open: Words, pending: Words, hold: Words}\n"
    last = "status: {pending: Last}\n"
    rules = made(
        tmp_path,
        "extends: [base.yaml, house/own.yaml, last.yaml]\n",
        house__own=house,
        house__words=words,
        last=last,
    ).rules
    assert {name: rule.to for name, rule in rules.status.items()} == {
        "open": "House", "pending": "Last", "hold": "Words", "solved": "Resolved", "*": "fail",
    }  # fmt: skip


def test_a_variable_of_the_last_file_reaches_the_first(tmp_path: Path) -> None:
    assert (
        made(tmp_path, "extends: base.yaml\nvars: {label: globex}\n").rules.brands["Acme"].label == "globex"
    )


def test_each_value_is_named_with_its_own_file(tmp_path: Path) -> None:
    mapping = made(
        tmp_path, "extends: base.yaml\nstatus:\n  open: In progress\n+fields:\n  - {from: fields.c, to: C}\n"
    )
    assert mapping.at("status", "open") == "mapping.yaml:3:3"
    assert mapping.at("status", "pending") == "base.yaml:4:37"
    assert mapping.at("fields", 1) == "base.yaml:10:5"
    assert mapping.at("fields", 2) == "mapping.yaml:5:5"
    assert mapping.at("fields", 2, "to").startswith("mapping.yaml:5:")


def test_a_fault_is_named_with_the_file_in_which_it_stands(tmp_path: Path) -> None:
    broken = BASE.replace("to: B}", "too: B}")
    found = problems(tmp_path, "extends: broken.yaml\nstatsu: {open: X}\n", broken=broken)
    assert any(row.startswith("broken.yaml:10:") and "did you mean `to`" in row for row in found), found
    assert any(row.startswith("mapping.yaml:2:1: unknown key `statsu`") for row in found), found
    assert "not YAML" in problems(tmp_path, "extends: torn.yaml\n", torn="a: [")[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("extends: nowhere.yaml\n", "No such file"),
        ("extends: ../base.yaml\n", "leaves the folder"),
        ("extends: /etc/passwd\n", "leaves the folder"),
        ("extends: mapping.yaml\n", "extends this file itself"),
        ("extends: [a.yaml]\n", "extends this file itself"),
        ("extends: {a: b}\n", "takes a file or a list"),
        ("extends: [[a]]\n", "takes names of files"),
        ("extends: base.yaml\n+status: {open: X}\n", "adds to a list, and `status` is none"),
        ("extends: base.yaml\n~status: [open]\n", "takes items out of a list"),
        ("extends: base.yaml\n~clean: [spamm]\n", "has `spamm` here"),
        ("extends: base.yaml\nstatus: {~pendin: }\n", "has `pendin` here: did you mean `~pending`?"),
        (
            'extends: base.yaml\nstatus:\n  ~"pending":\n',
            'quotes stand around all of it, as in `"~pending":`',
        ),
        ("extends: base.yaml\n+links: [x]\n", "none has `links`: write `links`"),
        (BASE + "+fields: [{from: fields.c, to: C}]\n", "none has `fields`"),
    ],
)
def test_what_does_not_go_is_told(tmp_path: Path, text: str, words: str) -> None:
    found = problems(tmp_path, text, a="extends: b.yaml\n", b="extends: a.yaml\n")
    assert any(words in row for row in found), found
    assert all(row.split(":")[0].endswith(".yaml") for row in found), found


WORDS = st.text("ab+~", min_size=1, max_size=2)
TREES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)  # fmt: skip


def document(name: str, data: Any) -> Document:
    import json

    return read(json.dumps(data), name)


@given(st.dictionaries(WORDS, TREES, max_size=4), st.dictionaries(WORDS, TREES, max_size=4))
def test_every_value_has_a_place_and_what_is_above_wins(below: dict[str, Any], above: dict[str, Any]) -> None:
    out = merged(document("below.yaml", below), document("above.yaml", above))
    for key, value in above.items():
        plain = not isinstance(value, dict | list)
        if plain and key[1:] not in below and not any(f"{sign}{key}" in above for sign in "+~"):
            assert out.data[key] == value
            assert out.at((key,)).startswith("above.yaml:")
    stack: list[tuple[Any, tuple[Any, ...]]] = [(out.data, ())]
    while stack:
        value, path = stack.pop()
        assert path in out.places
        for step, item in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            stack.append((item, (*path, step)))


@given(st.dictionaries(st.text("ab", min_size=1), TREES, max_size=4))
def test_a_file_on_itself_is_itself(data: dict[str, Any]) -> None:
    assert merged(document("a.yaml", {}), document("b.yaml", data)).data == data
    assert merged(document("a.yaml", data), document("b.yaml", {})).data == data
