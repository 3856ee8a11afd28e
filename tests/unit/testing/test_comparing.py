"""What the suites compare by is what the core compares by."""

import copy

import pytest
from hypothesis import given, settings

from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.testing import cases, hostile_records
from ticketferry.testing.comparing import assemble, differences, rebase, vector

vectors = pytest.importorskip("ticketferry.desired.vectors")
core_rebase = pytest.importorskip("ticketferry.desired.rebase")


@given(case=cases())
@settings(max_examples=50)
def test_vectors_are_the_cores(case):
    assert vector(case) == vectors.vector(case)


@pytest.mark.parametrize("record", hostile_records(), ids=lambda record: record["ref"])
def test_vectors_and_rebasing_of_hostile_records_are_the_cores(record):
    rich = {
        **record,
        "fields": {"a": [2, 1], "b": {"c": 1}},
        "sla": [{"x": 1}],
        "memberships": [],
        "provenance": {"k": 1, "people": {"a": "b"}, "requester": "c", "assignee": "d"},
    }
    assert vector(rich) == vectors.vector(rich)

    def source_of(kind, id_):
        return f"old:{kind}:{id_}0" if int(id_) % 2 else None

    before = copy.deepcopy(record)
    assert rebase(record, "acme", source_of) == core_rebase.rebase(record, "acme", source_of)
    assert record == before


def test_the_keys_that_say_nothing_are_the_cores():
    from ticketferry.testing import comparing

    assert comparing._VOLATILE == vectors.VOLATILE
    assert comparing._PART_VOLATILE == vectors._PART_VOLATILE
    assert set(comparing._PARTS) == set(vectors.PART_LISTS)
    assert comparing._SETS == vectors._SETS
    assert comparing._ASKED_BY == vectors._ASKED_BY


def test_a_person_is_put_together_with_memberships_and_addresses():
    root = parse_ref("acme:person:1")
    person = {
        "ref": str(root),
        "organizations": ["acme:organization:1"],
        "identities": [{"type": "email", "value": "a@x"}],
    }
    parts = [
        {"ref": "acme:membership:1", "person": str(root), "organization": "acme:organization:1"},
        {
            "ref": "acme:membership:2",
            "person": str(root),
            "organization": "acme:organization:2",
            "default": True,
        },
        {"ref": "acme:membership:3", "person": str(root), "group": "acme:group:9"},
        {"ref": "acme:identity:1", "person": str(root), "type": "email", "value": "a@x"},
        {"ref": "acme:identity:2", "person": str(root), "type": "phone", "value": "1"},
    ]
    whole = assemble(root, [*parts, person])
    assert whole["organizations"] == ["acme:organization:1", "acme:organization:2"]
    assert whole["groups"] == ["acme:group:9"]
    assert [row["value"] for row in whole["identities"]] == ["a@x", "1"]
    assert assemble(root, parts) is None
    assert root.kind is Kind.PERSON


def test_a_difference_is_named_with_both_sides():
    wanted = {"ref": "acme:ticket:1", "subject": "a", "tags": ["x", "y"], "fields": {"F": 1}}
    seen = {"ref": "new:ticket:7", "subject": "b" * 1_000, "tags": ["y", "x"], "number": "7"}
    found = differences(wanted, seen)
    assert sorted(found) == ['fields["F"]', "subject"]
    assert len(found["subject"][1]) < 500
    assert differences(wanted, None)["subject"] == ("'a'", "None")
