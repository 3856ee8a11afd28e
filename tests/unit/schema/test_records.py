"""Neutral records: checked at the edges, and equal records have equal bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from ticketferry.schema.records import MODELS, canonical, compact, digest, json_schema, kind_of, validate
from ticketferry.schema.refs import Kind

json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)
SMALLEST = {
    Kind.DEFINITION: {"what": "field", "name": "Product"},
    Kind.PERSON: {},
    Kind.ORGANIZATION: {"name": "Globex"},
    Kind.GROUP: {"name": "Billing"},
    Kind.TICKET: {},
    Kind.MEMBERSHIP: {"person": "acme:person:1"},
    Kind.IDENTITY: {"type": "email", "value": "a@x.example"},
    Kind.COMMENT: {"public": False},
    Kind.EVENT: {"time": "2024-01-01T00:00:00Z", "type": "changed"},
    Kind.ATTACHMENT: {"name": "a.txt"},
    Kind.WORKLOG: {"started": "2024-01-01T00:00:00Z", "seconds": 60},
    Kind.SIDE_CONVERSATION: {},
}


def turned(value):
    """Return an equal value whose keys come in the other order."""
    if isinstance(value, dict):
        return {key: turned(item) for key, item in reversed(value.items())}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(json)
def test_equal_values_have_equal_bytes_and_digests(value):
    assert canonical(turned(value)) == canonical(value)
    assert digest(turned(value)) == digest(value)
    assert len(digest(value, 6)) == 6


@given(json, json)
def test_other_values_have_other_digests(one, other):
    assert (digest(one) == digest(other)) is (canonical(one) == canonical(other))


@given(st.dictionaries(st.text(max_size=3), json, max_size=5))
def test_compacting_drops_what_says_nothing_and_nothing_else(record):
    slim = compact(record)
    assert compact(slim) == slim

    def check(value):
        if isinstance(value, dict):
            for item in value.values():
                assert item is not None
                assert item not in ("", [], {})
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    check(slim)


def test_false_and_zero_say_something():
    assert compact({"a": False, "b": 0, "c": {"d": None}, "e": [{"f": ""}, 0]}) == {
        "a": False,
        "b": 0,
        "e": [{}, 0],
    }


def test_every_kind_has_a_model_and_its_smallest_record_is_valid():
    assert set(MODELS) == set(SMALLEST) == set(Kind)
    for kind, record in SMALLEST.items():
        full = {"ref": f"acme:{kind.value}:1", **record}
        assert kind_of(full) is kind
        assert validate(full) == full


@pytest.mark.parametrize(
    "wrong",
    [
        {"subjekt": "typo"},
        {"tags": "a"},
        {"public": "yes"},
        {"handled_by": "robot"},
        {"comments": [{"ref": "x"}]},
    ],
)
def test_a_wrong_record_is_refused_with_its_place(wrong):
    with pytest.raises(ValidationError) as caught:
        validate({"ref": "acme:ticket:1", **wrong})
    assert caught.value.errors()[0]["loc"][0] == next(iter(wrong))


def test_the_published_schema_is_a_json_schema_of_every_kind():
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert {"Case", "Comment", "Organization", "Person"} <= set(schema["$defs"])
