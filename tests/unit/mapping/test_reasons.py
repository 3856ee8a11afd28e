"""Who decided that something is left out, and when, stand beside the reason and go wherever the reason goes; and all mistakes of a file are told."""

import pytest
from jsonschema import Draft202012Validator
from tests.unit.mapping.desks import case, engine

from ticketferry.errors import MappingError
from ticketferry.mapping.json_schema import mapping_schema
from ticketferry.mapping.loader import loads

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\nroute: [{when: always, project: SUP, issue_type: Task}]\n"
FIELD = "fields:\n  - {from: fields.card_number, drop: true, because: PCI, by: CISO, date: 2026-11-12}\n"
CLEAN = "clean: [{id: t, when: {tag: x}, do: skip, because: tests, by: Ann}]\n"


def problems(text: str) -> list[str]:
    with pytest.raises(MappingError) as caught:
        loads(text)
    return list(caught.value.problems)


def test_who_decided_and_when_become_part_of_the_reason() -> None:
    rules = loads(
        HEAD + FIELD + CLEAN + "attachments: {over: drop, max: 1MB, because: small, date: 2026-01-02}\n"
    ).rules
    assert rules.fields[0].because == "PCI (CISO, 2026-11-12)"
    assert rules.clean[0].because == "tests (Ann)"
    assert rules.attachments.because == "small (2026-01-02)"
    assert loads(HEAD + FIELD).digest != loads(HEAD + FIELD.replace("by: CISO, ", "")).digest
    mapped = engine(base=HEAD + CLEAN + "status: {'*': Resolved}\n").case(case(tags=["x"]))
    assert "tests (Ann)" in mapped.because


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("because: PCI, by", "by", "they go with `because`"),
        ("2026-11-12", "12 Nov", "`12 Nov` is no day"),
        ("by: CISO", "by: [CISO]", "`by` beside `because` is a text"),
        ("by: CISO", "bye: CISO", "unknown key `bye`: did you mean `by`?"),
    ],
)
def test_what_is_wrong_there_has_its_place(old: str, new: str, said: str) -> None:
    found = problems(HEAD + FIELD.replace(old, new))
    assert any(said in line and line.startswith("mapping.yaml:6:") for line in found), found


def test_editors_know_the_words() -> None:
    check = Draft202012Validator(mapping_schema())
    row = {"from": "fields.a", "drop": True, "because": "x", "by": "Ann", "date": "2026-01-02"}
    told = {"version": 1, "source": "a", "target": "b", "fields": [row], "text": {"quoted_replies": {"collapse": True}},
            "phases": [{"name": "old", "where": "always", "history": {"changes": "summary"}}]}  # fmt: skip
    assert list(check.iter_errors(told)) == []
    assert list(check.iter_errors(told | {"history": {"changes": "summary"}})), "only a phase knows that word"


def test_a_mistake_hides_no_other() -> None:
    text = (
        HEAD + "route: []\nstatus: {open: {by: chanel, values: {a: B}}}\nattachments: {max: 250 XB}\n"
        "fields:\n  - {from: felds.a, to: A, as: {when: always}}\n  - {from: fields.b, to: B, tz: Mars/North}\n"
        "  - {from: fields.c, to: C, regex: {find: '(', to: x}}\n  - {from: fields.d, to: D, expr: '{{ x'}\n"
        "phases: [{name: 'a b', where: {no_such: 1}}]\nclean: [{id: a, when: always, redact: {patterns: []}, because: x}]\n"
    )
    found = problems(text)
    for said in (
        "`route` stands here twice", "`chanel` is nothing", "`250 XB` is not a size", "`felds.a` is nothing that a ticket has: did you mean `fields.a`?",
        "`{…}` is not known here: 'text'", "`Mars/North` is no time zone", "not a regular expression", "not an expression", "`a b` is no name for a phase",
        "`no_such` is nothing", "an empty list is nothing here",
    ):  # fmt: skip
        assert any(said in line for line in found), (said, found)
    assert all(line.startswith("mapping.yaml:") for line in found)
    assert len({line.split(":")[1] for line in found}) > 7, "each at its own line"


@pytest.mark.parametrize(
    "rules",
    [
        "history: {changes: drop, because: WHY}",
        "links: {unmigrated: drop, because: WHY}",
        "text: {signatures: drop, because: WHY}",
    ],
)
def test_what_is_dropped_wants_its_reason(rules: str) -> None:
    assert loads(f"{HEAD}{rules}\n")
    assert any(
        "needs `because`" in line for line in problems(f"{HEAD}{rules.replace(', because: WHY', '')}\n")
    )
