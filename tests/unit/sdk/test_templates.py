"""Symbolic values: saved as JSON and read again they are what they were, and filled in they are plain."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Blob, From, Join
from ticketferry.sdk.templates import decode, encode, needs, resolve, written

refs = st.builds(
    Ref,
    st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True),
    st.sampled_from(Kind),
    st.text(min_size=1, max_size=6),
)
froms = st.builds(From, refs, st.text(max_size=4), st.booleans())
joins = st.builds(Join, st.lists(st.text(max_size=4) | froms, max_size=4).map(tuple))
blobs = st.builds(Blob, st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
keys = (
    st.sampled_from(["$from", "$join", "$blob", "$", "$$", "$$from", "a", "$key:id:acme:ticket:1"])
    | st.text(max_size=3)
    | st.builds(From, refs, st.from_regex(r"[a-z_]{1,4}", fullmatch=True), st.just(value=False))
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
)
templates = st.recursive(
    scalars | froms | joins | blobs,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


def same(one, other) -> bool:
    """Compare with types: a From equals a plain tuple in Python."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@given(templates)
def test_a_template_that_was_saved_is_read_as_it_was(template):
    import orjson

    assert same(decode(orjson.loads(canonical(encode(template)))), template)


@given(templates)
@example(
    {
        "$odd": From(Ref("acme", Kind.TICKET, "1")),
        "b": "$",
        "a": [Join(("$5", From(Ref("acme", Kind.TICKET, "2"), "key")))],
    }
)
@example({"price": '"$', "of": Blob("ab", "$", "")})
@example(
    {
        "n": 1,
        "a": From(Ref("acme", Kind.TICKET, '"$')),
        "z": Join(("see ", From(Ref("acme", Kind.TICKET, "2")))),
    }
)
def test_a_template_written_in_one_walk_is_the_same_with_the_same_needs(template):
    data, found = written(template)
    assert data == canonical(encode(template))
    assert sorted(found) == sorted(needs(template))


@given(templates)
def test_filling_in_leaves_nothing_symbolic_but_bytes(template):
    def walk(value):
        assert not isinstance(value, (From, Join))
        if isinstance(value, dict):
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    filled = resolve(template, lambda ref, slot: "42")
    walk(filled)
    assert not list(needs(filled))


@given(templates)
def test_every_value_that_is_filled_in_was_announced_as_a_need(template):
    asked = set()

    def slot(ref, name):
        asked.add((ref, name))
        return "1"

    resolve(template, slot)
    assert asked == {(need.ref, need.slot) for need in needs(template)}


def test_a_literal_key_with_a_dollar_is_doubled():
    assert encode({"$from": 1, "x": {"$": 2}}) == {"$$from": 1, "x": {"$$": 2}}
    assert decode({"$$from": 1}) == {"$from": 1}


def test_a_key_that_is_to_come_is_saved_needed_and_filled_in():
    key = From(Ref("acme", Kind.DEFINITION, "field-why"), "field")
    template = {"fields": {key: [1], "summary": key}}
    assert encode(template) == {
        "fields": {"$key:field:acme:definition:field-why": [1], "summary": {"$from": ["acme:definition:field-why", "field"]}}
    }  # fmt: skip
    assert list(needs(template)) == [key, key]
    assert resolve(template, lambda ref, slot: f"{slot}_7") == {
        "fields": {"field_7": [1], "summary": "field_7"}
    }


def test_an_unknown_symbol_is_refused():
    with pytest.raises(ValueError, match=r"\$when"):
        decode({"$when": []})


def test_numbers_and_texts_are_filled_in_as_the_vendor_wants_them():
    ref = Ref("acme", Kind.ORGANIZATION, "9")
    template = {"id": From(ref, as_int=True), "text": From(ref), "see": Join(("#", From(ref), " שלום"))}
    assert resolve(template, lambda *_: "77") == {"id": 77, "text": "77", "see": "#77 שלום"}


def test_what_nothing_gave_is_the_callers_to_say():
    with pytest.raises(KeyError):
        resolve(From(Ref("acme", Kind.PERSON, "1")), lambda ref, slot: {}[slot])
