"""Every leaf of a wire record has a name, and a trace finds each of them whatever its keys are called."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Translated, Wire
from ticketferry.sdk.trace import (
    count_leaves,
    derived,
    finish,
    join_path,
    leaves,
    located,
    lookup,
    parents,
    pattern_of,
)

AWKWARD = [
    'x["',
    '["',
    '"]',
    "a.b",
    "a[0]",
    "[]",
    "[3]",
    '"',
    "\\",
    '\\"',
    "]",
    "[",
    "",
    "$",
    "\\u005d",
    "x[",
    '["]',
    "\n",
    "😀",
    "ש",
]
keys = st.sampled_from(AWKWARD) | st.text(max_size=5)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
)
json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=25,
)
objects = st.dictionaries(keys, json, max_size=5)
REF = Ref("acme", Kind.TICKET, "7")


def wire(body) -> Wire:
    return Wire(REF, body, None)


@given(objects, st.data())
def test_what_a_walk_carries_down_from_a_trace_is_what_a_look_up_from_the_leaf_finds(body, data):
    every = list(leaves(body))
    names = {
        name
        for leaf in every
        for name in (leaf.path, leaf.pattern, *parents(leaf.path), *parents(leaf.pattern))
    }
    words = st.dictionaries(st.sampled_from(sorted(names)), st.sampled_from("xyz"), max_size=6)
    trace = data.draw(words) if names else {}
    assert [place for _, place in located(body, trace)] == [
        lookup(trace, leaf.path, leaf.pattern) for leaf in every
    ]


@given(json)
def test_leaves_are_counted_as_they_are_named(body):
    assert count_leaves(body) == len(list(leaves(body)))


@given(json)
def test_no_two_leaves_have_one_name(body):
    paths = [leaf.path for leaf in leaves(body)]
    assert len(set(paths)) == len(paths)


@given(objects)
@example({'["': {'["]': [{"a.b": 1}]}})
def test_after_a_translation_is_finished_every_leaf_is_found(body):
    done = finish(Translated([{"ref": str(REF)}], {}), wire(body))
    named = list(leaves(body))
    assert len(done.records[0].get("native", {})) == len(named)
    for leaf in named:
        assert lookup(done.trace, leaf.path, leaf.pattern) is not None
        assert done.records[0]["native"][leaf.path] == leaf.value


@given(objects, st.data())
@example({"a": {"x[": {"b": 1}}}, None)
def test_a_trace_covers_all_that_is_below_it(body, data):
    named = list(leaves(body))
    for leaf in named:
        for above in parents(leaf.path):
            assert lookup({above: "found"}, leaf.path, leaf.pattern) == "found"
        for above in parents(leaf.pattern):
            assert lookup({above: "found"}, leaf.path, leaf.pattern) == "found"
        top = next(iter(_top(body, leaf.path)))
        assert top in {leaf.path, *parents(leaf.path)}


def _top(body, path):
    """Yield the name of the key of `body` that `path` begins with."""
    for key, value in body.items():
        for inner in leaves({key: value}):
            if inner.path == path:
                yield next(iter(leaves({key: 1}))).path


@given(objects)
def test_what_a_trace_names_is_not_kept_a_second_time(body):
    named = list(leaves(body))
    half = named[::2]
    held = {"ref": str(REF), "fields": {leaf.path: leaf.value for leaf in half}}
    trace = {leaf.path: join_path("ticket[7].fields", leaf.path) for leaf in half}
    done = finish(Translated([held], trace), wire(body))
    kept = done.records[0].get("native", {})
    covered = {
        leaf.path for leaf in named if lookup({leaf.path: 1 for leaf in half}, leaf.path, leaf.pattern)
    }
    assert set(kept) == {leaf.path for leaf in named} - covered


def test_concrete_beats_pattern_and_the_nearest_beats_what_is_above():
    table = {"fields": "top", "fields[].value": "any", "fields[3].value": "third", "fields[3]": "whole third"}
    assert lookup(table, "fields[3].value") == "third"
    assert lookup(table, "fields[2].value") == "any"
    assert lookup(table, "fields[3].id") == "whole third"
    assert lookup(table, "fields[2].id") == "top"
    assert lookup(table, "subject") is None


def test_a_name_with_an_id_in_brackets_has_a_pattern():
    assert pattern_of("comment[789].body") == "comment[].body"
    assert (
        pattern_of('ticket[7].native["custom_fields[3\\u005d.value"]')
        == 'ticket[].native["custom_fields[3\\u005d.value"]'
    )


def test_empty_things_are_no_leaves_and_false_and_zero_are():
    body = {"a": None, "b": "", "c": [], "d": {}, "e": [None, "", {"x": []}], "f": False, "g": 0, "h": 0.0}
    assert [leaf.path for leaf in leaves(body)] == ["f", "g", "h"]
    assert count_leaves(body) == 3


def test_a_body_is_one_leaf_whatever_it_holds():
    adf = {"type": "doc", "content": [{"type": "text", "text": "hello"}]}
    body = {"comments": [{"body": adf}, {"body": adf}], "id": 7}
    bodies = frozenset({"comments[].body"})
    assert [leaf.path for leaf in leaves(body, bodies)] == ["comments[0].body", "comments[1].body", "id"]
    assert count_leaves(body, bodies) == 3
    record = {"ref": str(REF), "number": "7"}
    done = finish(Translated([record], {"id": "ticket[7].number"}), wire(body), bodies)
    assert done.records[0]["native"] == {"comments[0].body": adf, "comments[1].body": adf}


def test_a_scalar_as_a_whole_record_is_one_leaf():
    assert [tuple(leaf) for leaf in leaves("text")] == [("$", "$", "text")]
    assert list(leaves(None)) == []


def test_a_deep_record_is_walked_to_its_end():
    body = inner = {}
    for _ in range(3_000):
        inner["a"] = inner = {}
    inner["a"] = 1
    assert count_leaves(body) == 1
    assert next(leaves(body)).path.count("a") == 3_001


def test_a_translation_without_a_record_must_have_a_word_on_every_leaf():
    assert finish(Translated([], {"a": "=repeats the ticket"}), wire({"a": 1})).records == []
    with pytest.raises(ValueError, match=r"acme:ticket:7.*no word on b"):
        finish(Translated([], {"a": "=repeats"}), wire({"a": 1, "b": 2}))


def test_finishing_drops_what_says_nothing_and_leaves_the_connectors_record_alone():
    record = {"ref": str(REF), "subject": "", "tags": [], "fields": {"x": None, "y": 0}, "native": {"old": 1}}
    done = finish(Translated([record], {}), wire({"left": "over"}))
    assert done.records == [{"ref": str(REF), "fields": {"y": 0}, "native": {"old": 1, "left": "over"}}]
    assert record["native"] == {"old": 1}
    assert done.trace == {"left": "ticket[7].native.left"}


def finished(record, trace, body, bodies=frozenset()):
    return finish(Translated([{"ref": str(REF), **record}], trace), wire(body), bodies)


def test_a_trace_on_an_object_does_not_claim_what_is_nowhere():
    body = {"reporter": {"accountId": "a:1", "displayName": "Mia", "self": "https://x"}}
    done = finished({"requester": "acme:person:a:1"}, {"reporter": "ticket[7].requester"}, body)
    assert done.trace["reporter"] == "ticket[7].requester"
    assert lookup(done.trace, "reporter.accountId") == "ticket[7].requester"
    assert done.records[0]["native"] == {"reporter.displayName": "Mia", "reporter.self": "https://x"}
    (finding,) = done.findings
    assert (finding.code, finding.count) == ("TF-TRACE", 2)
    assert finding.where == "reporter.displayName (ticket[7].requester)"


def test_a_place_that_is_absent_keeps_the_value_beside():
    done = finished(
        {}, {"status": "ticket[7].status", "tags": "ticket[8].tags"}, {"status": "Open", "tags": ["a"]}
    )
    assert done.records[0]["native"] == {"status": "Open", "tags[0]": "a"}
    assert [item.code for item in done.findings] == ["TF-TRACE"]


@pytest.mark.parametrize(("value", "held"), [
    ("a  b\n", "a b"),
    (5.0, "5"),
    ("5", 5),
    ("0.50", 0.5),
    (True, "true"),
    (12, "acme:person:12"),
    ("qm:1:2", "acme:person:qm:1:2"),
    ("old:person:3", "new:person:3"),
    ("2026-01-02T03:04:05.076-0700", "2026-01-02T10:04:05.076Z"),
    (1_767_348_245, "2026-01-02T10:04:05Z"),
    (1_767_348_245_076, "2026-01-02T10:04:05.076Z"),
    ("b", ["a", "b"]),
    (12, [{"to": "acme:ticket:12"}]),
    ("\x85", [{"to": "acme:ticket:\x85"}]),
    (" a\u2003b", [{"to": "acme:ticket: a\u2003b"}]),
])  # fmt: skip
def test_a_value_stands_at_its_place_in_the_forms_that_every_reader_knows(value, held):
    done = finished({"fields": {"x": held}}, {"v": "ticket[7].fields.x"}, {"v": value})
    assert "native" not in done.records[0]
    assert done.findings == ()


@pytest.mark.parametrize(("value", "held"), [
    ("ab", "abc"), ("Mia", "acme:person:1"), (1, "acme:person:11"), (False, True), ("b", ["a", "c"]), ({"x": 1}["x"], [2]),
    ("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"), ("x", {"a": {"b": "y"}}),
])  # fmt: skip
def test_another_value_is_not_taken_for_it(value, held):
    done = finished({"fields": {"x": held}}, {"v": "ticket[7].fields.x"}, {"v": value})
    assert done.records[0]["native"] == {"v": value}


def test_a_named_derivation_stands_for_one_leaf_not_for_what_is_below_it():
    body = {"brand": {"id": 3, "logo": "x.png"}}
    trace = {
        "brand": "ticket[7].brand",
        derived("brand.id"): "the brand's name",
        derived("brand"): "nothing below",
    }
    done = finished({"brand": "Acme"}, trace, body)
    assert done.records[0]["native"] == {"brand.logo": "x.png"}
    absent = finished({}, trace, body)
    assert absent.records[0]["native"] == {"brand.id": 3, "brand.logo": "x.png"}, (
        "it gives what is there, not nothing"
    )


@given(objects)
def test_awkward_keys_are_found_at_their_places_again(body):
    named = list(leaves(body))
    done = finish(Translated([{"ref": str(REF)}], {}), wire(body))
    again = finish(done, wire(body))
    assert again.records == done.records
    assert again.trace == done.trace
    assert again.findings == ()
    assert len(named) == len(done.trace)
