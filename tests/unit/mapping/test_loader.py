import os
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.mapping.desks import BASE, mapping

from ticketferry.errors import ConfigError, MappingError
from ticketferry.mapping import loader
from ticketferry.mapping.loader import load, loads
from ticketferry.mapping.loader_checks import OF_MIGRATION
from ticketferry.mapping.model import Rules
from ticketferry.mapping.shipped import shipped
from ticketferry.project import config

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"


def problems(text: str | bytes, **more) -> list[str]:
    with pytest.raises(MappingError) as caught:
        loads(text, **more)
    return list(caught.value.problems)


def test_every_problem_is_named_with_its_place_and_not_only_the_first():
    found = problems(
        "version: 1\nsorce: x\nsource: z\ntarget: y\nstatus: {open: {too: A}}\nfields:\n  - {from: fields.x, drop: true}\n"
    )
    assert "mapping.yaml:2:1: unknown key `sorce`: did you mean `source`?" in found
    assert "mapping.yaml:5:17: unknown key `too`: did you mean `to`?" in found
    assert any(row.startswith("mapping.yaml:5:10: `to` is missing") for row in found)
    assert any(row.startswith("mapping.yaml:7:5: `drop` needs `because`") for row in found)


def test_a_key_of_migration_yaml_is_told_as_that():
    """A consultant typed `service_desks` into mapping.yaml and was given a list of keys, without `extends`."""
    for key in ("service_desks", "on_event"):
        assert problems(HEAD + f"{key}: [SUP]\n") == [
            f"mapping.yaml:4:1: `{key}` stands in migration.yaml, not in the mapping"
        ]
    assert set(config._TOP) - OF_MIGRATION == {"version", "source", "target"}, (
        "a new key wants its words here"
    )
    assert not OF_MIGRATION & set(Rules.model_fields)
    (unlike,) = problems(HEAD + "zzz: 3\n")
    assert "unknown key `zzz`: here stand accept, attachments, " in unlike
    assert ", extends, fields, " in unlike
    (like,) = problems(HEAD + "extend: [house.yaml]\n")
    assert like.endswith("unknown key `extend`: did you mean `extends`?")
    (below,) = problems(HEAD + "route: [{when: always, project: SUP, issue_type: Case, pace: 3}]\n")
    assert "unknown key `pace`: here stand " in below
    assert "extends" not in below


def test_a_file_that_says_nothing_of_the_order_has_the_digest_that_it_had():
    assert loads(HEAD).digest == loads(HEAD + "order: {serial_keys: false}\n").digest
    assert loads(HEAD).digest != loads(HEAD + "order: {by: created}\n").digest


def test_duplicate_keys_are_refused_with_both_places():
    assert problems(HEAD + "status: {open: A, open: B}\n") == [
        "mapping.yaml:4:19: `open` stands here twice, first in line 4"
    ]


def test_yes_no_times_dates_and_sizes_are_read_as_they_stand():
    rules = loads(
        HEAD
        + 'status: {no: off, "12:30": yes}\nattachments: {max: 250MB}\nfields: [{set: {Born: 2019-01-01}}]\nvars: {a: 010}\n'
    ).rules
    assert rules.status["no"].to == "off"
    assert rules.status["12:30"].to == "yes"
    assert rules.attachments.max == 250_000_000
    assert rules.fields[0].set == {"Born": "2019-01-01"}
    assert rules.vars == {"a": "010"}


def test_variables_come_from_the_file_and_the_environment_in_keys_and_values():
    text = HEAD + "vars: {zone: Europe/Berlin, vip: {env: VIP}}\nbrands: {'${vip}': {label: '${vip}-x'}}\n"
    assert loads(text, environment={"VIP": "gold"}).rules.brands["gold"].label == "gold-x"
    assert "the environment has no VIP" in problems(text, environment={})[0]
    assert "did you mean `${zone}`" in problems(HEAD + "vars: {zone: a}\nbrands: {A: {label: '${zon}'}}\n")[0]


def test_a_variable_cannot_bring_in_new_structure():
    text = HEAD + "vars: {x: {env: X}}\nbrands: {A: {label: '${x}'}}\n"
    assert (
        loads(text, environment={"X": "a}\nstatus: {b: c}"}).rules.brands["A"].label == "a}\nstatus: {b: c}"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"), (b"# only a comment\n", "the file is empty"), (b"\xff\xfe\x00", "not UTF-8"),
        (b"a\x00b", "binary data"), ("a: [1", "not YAML"), ("a: b: c", "not YAML"), ("- a\n- b", "`key: value` lines"),
        ("a: 1\n---\nb: 2", "a second document"), ("a: !!python/object:os.system x", "the YAML tag"), ("a: *b", "names no anchor"),
        ("a: &x [*x]", "stands inside"), ("[" * 5000, "nested more than"), ("{" * 5000, "nested more than"),
        ("? [a]\n: b", "a key must be a text"), ("a: \ud800", "not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_mapping_is_one_sentence_with_its_place(text, said):
    found = problems(text)
    assert said in found[0]
    assert found[0].startswith("mapping.yaml:")


def test_anchors_that_multiply_are_stopped_before_memory_is():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "once anchors are filled in" in problems("\n".join(lines))[0]


def test_an_anchor_is_filled_in_and_faults_stand_where_it_was_written():
    rules = loads(HEAD + "status: {a: &x {to: T, resolution: R}, b: *x}\n").rules
    assert rules.status["b"] == rules.status["a"]


def test_drops_and_skips_want_their_reason():
    for line in ("clean: [{id: a, when: always, do: skip}]", "fields: [{rest: drop}]", "attachments: {over: drop}",
                 "links: {unmigrated: drop}", "people: {ccs: drop}", "history: {changes: drop}"):  # fmt: skip
        assert "because" in problems(HEAD + line)[0]


def test_patterns_expressions_zones_and_conditions_are_checked_before_anything_runs():
    found = problems(
        HEAD
        + "fields:\n  - {from: fields.a, to: A, regex: {find: '(', to: x}}\n  - {from: fields.a, to: A, regex: {find: 'a', to: '\\2'}}\n"
        "  - {from: fields.a, to: A, expr: '{{ a'}\n  - {from: fields.a, to: A, tz: Berlin}\n  - {from: fields.a, to: A, expr: \"{% set a = 1 %}\"}\n"
        "phases: [{name: a, where: {statu: x}}, {name: b, where: {created_after: soon}}, {name: c, where: {subject_before: -2y}}]\n"
    )
    text = "\n".join(found)
    for said in ("not a regular expression", "not a replacement", "not an expression", "no time zone", "`assign` is not allowed",
                 "did you mean `status`?", "`soon` is no date", "`subject` is not a time"):  # fmt: skip
        assert said in text
    assert [int(row.split(":")[1]) for row in found] == sorted(int(row.split(":")[1]) for row in found)


def test_a_mapping_reads_no_file_outside_its_folder(tmp_path):
    for name in ("/etc/passwd", "../agents.csv", "a/../../b.csv"):
        assert "leaves the folder" in problems(HEAD + f"people: {{agents: {name}}}\n", folder=tmp_path)[0]


def test_the_agents_file_is_part_of_the_digest_and_its_faults_have_lines(tmp_path):
    text = HEAD + "people: {agents: agents.csv}\n"
    (tmp_path / "agents.csv").write_text(
        "source,target\nOld@acme.example,new@acme.example\n", encoding="utf-8"
    )
    first = loads(text, folder=tmp_path)
    assert first.agents == {"old@acme.example": "new@acme.example"}
    (tmp_path / "agents.csv").write_text(
        "source,target\nold@acme.example,other@acme.example\n", encoding="utf-8"
    )
    assert loads(text, folder=tmp_path).digest != first.digest
    (tmp_path / "agents.csv").write_text(
        "source,target\na@x.example,b\n\nA@X.example,c\nx\n00QA,d\n00Qa,e\n", encoding="utf-8"
    )
    assert problems(text, folder=tmp_path) == [
        "agents.csv:4:1: A@X.example stands here twice, with two targets", "agents.csv:5:1: both `source` and `target` are wanted",
    ]  # fmt: skip


def test_the_digest_follows_the_content_and_not_the_spelling():
    assert mapping("\n# a comment\n").digest == mapping().digest
    assert loads(BASE.replace("status:", "'status':")).digest == mapping().digest
    assert mapping("tags: {case: lower}\n").digest != mapping().digest


def test_a_file_that_is_not_there_or_is_a_folder_is_a_clear_error(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read"):
            load(path)


@given(st.binary(max_size=300))
def test_random_bytes_never_raise_anything_else(raw):
    with suppress(ConfigError):
        loads(raw)


_KEYS = st.sampled_from(["version", "source", "status", "fields", "people", "route", "when", "to", "from", "values", "phases", "*",
                         "tags", "drop", "text", "clean", "do", "id", "any", "not", "links", "vars", "attachments", "max", "x"])  # fmt: skip
_SCALARS = st.sampled_from(
    [
        "1",
        "always",
        "fail",
        "skip",
        "~",
        "",
        "true",
        ">= 1",
        "-2y",
        "{{ x",
        "${v}",
        "'",
        "fields.a",
        "\u202e🙂",
    ]
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(_KEYS, _TREES, max_size=8))
def test_random_yaml_of_the_mapping_s_own_words_never_raises_anything_else(tree):
    import yaml

    for text in (yaml.safe_dump(tree, allow_unicode=True), HEAD + yaml.safe_dump(tree, allow_unicode=True)):
        found: list[str] = []
        try:
            loads(text, environment={})
        except MappingError as error:
            found.extend(error.problems)
        assert all(row.startswith("mapping.yaml:") for row in found)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link out"])
def test_the_agents_file_is_a_plain_file_of_the_folder(tmp_path, kind):
    folder = tmp_path / "m"
    folder.mkdir()
    file = folder / "agents.csv"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        (tmp_path / "elsewhere.csv").write_text("source,target\na,b\n")
        file.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(MappingError) as error:
        loads(HEAD + "people: {agents: agents.csv}\n", "mapping.yaml", folder)
    said = " ".join(map(str, error.value.problems))
    assert "is no plain file" in said or "leaves the folder" in said


@pytest.mark.parametrize("name", sorted(shipped()))
def test_what_a_ready_mapping_says_of_agents_in_a_comment_can_be_switched_on(name, tmp_path):
    text, switched = re.subn(r"(?m)^  # (agents: .*)$", r"  \1", shipped()[name].read_text(encoding="utf-8"))
    assert switched <= 1
    (tmp_path / "agents.csv").write_text(
        "source,target\nold@acme.example,new@globex.example\n", encoding="utf-8"
    )
    found = loads(text.encode(), f"{name}.yaml", tmp_path)
    assert dict(found.agents) == ({"old@acme.example": "new@globex.example"} if switched else {})


def test_a_file_of_its_own_bytes_alone_is_read_once_and_any_other_byte_makes_it_another(tmp_path):
    file = tmp_path / "mapping.yaml"
    file.write_text(HEAD)
    first = load(file)
    assert load(file) is first
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mapping.yaml").write_text(HEAD)
    assert load(tmp_path / "other" / "mapping.yaml") is first, "nothing in it depends on the folder"
    other = tmp_path / "other.yaml"
    other.write_text(HEAD)
    assert load(other).at("version").startswith("other.yaml:"), "its name stands in what is told"
    file.write_text(HEAD.replace("target: jsm", "target: neutral"))
    assert load(file).rules.target == "neutral"
    file.write_text(HEAD + "nonsense: 1\n")
    with pytest.raises(MappingError, match="nonsense"):
        load(file)


@pytest.mark.parametrize(
    ("more", "change"),
    [
        ("people: {agents: agents.csv}", "a file"),
        ("people: {duplicates: decisions.csv}", "a file"),
        ("fields: [{from: fields.x, to: X, values_file: agents.csv}]", "a file"),
        ("extends: below.yaml", "a file"),
        ("vars: {where: {env: TF_TEST_WHERE}}", "the environment"),
    ],
)
def test_what_a_mapping_takes_from_elsewhere_is_read_each_time(tmp_path, monkeypatch, more, change):
    file = tmp_path / "mapping.yaml"
    file.write_text(HEAD + more + "\n")
    (tmp_path / "agents.csv").write_text("source,target\nann@x.example,a1\n")
    (tmp_path / "below.yaml").write_text("version: 1\nsource: zendesk\ntarget: jsm\n")
    monkeypatch.setenv("TF_TEST_WHERE", "here")
    first = load(file)
    assert load(file) is not first
    (tmp_path / "agents.csv").write_text("source,target\nann@x.example,a2\n")
    (tmp_path / "below.yaml").write_text("version: 1\nsource: zendesk\ntarget: jsm\nstatus: {open: A}\n")
    monkeypatch.setenv("TF_TEST_WHERE", "there")
    again = load(file)
    assert again.digest != first.digest or "duplicates" in more, change


def test_few_mappings_are_held(tmp_path):
    file = tmp_path / "mapping.yaml"
    for number in range(3 * loader.MOST_HELD):
        file.write_text(HEAD + f"# {number}\n")
        load(file)
    assert len(loader._HELD) == loader.MOST_HELD
    file.write_text(HEAD + "#" * loader.MOST_HELD_BYTES)
    assert load(file) is not load(file)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("order: {serial_keys: maybe}", "`true` or `false` is wanted here, not `maybe`"),
        ("phases: [{name: a, where: always, limit: -1}]", "or more is wanted here, not `-1`"),
    ],
)
def test_what_a_value_may_be_is_said_in_the_words_of_the_file(line: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        loads(f"version: 1\nsource: zendesk\ntarget: neutral\n{line}\n")
