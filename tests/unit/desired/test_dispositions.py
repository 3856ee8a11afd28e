"""Every leaf ends in exactly one of five dispositions, and the sums are those of the leaves."""

import zlib
from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.desired.dispositions import Fates, settle, sums
from ticketferry.mapping.result import MapFate
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Disposition, Fate, Translated, Wire
from ticketferry.sdk.trace import count_leaves, derived, finish
from ticketferry.store.snapshots import StoredRow

json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c.d", "e[", "f"]), inner, max_size=4)
    ),
    max_leaves=15,
)
objects = st.dictionaries(st.sampled_from(["a", "b", "c.d", "e[", "f"]), json, max_size=5)
traces = st.dictionaries(
    st.sampled_from(["a", "b", "b.a", "a[]", "a[0]", "f", '["c.d"]']),
    st.sampled_from(["=derived", "ticket[1].subject", "ticket[1].fields.x", "ticket[1].nowhere"]),
    max_size=4,
)
mappings = st.dictionaries(
    st.sampled_from(["ticket[].subject", "ticket[].fields", "ticket[].native", "ticket[1].fields.x"]),
    st.builds(
        MapFate,
        st.sampled_from(["to", "keep", "drop"]),
        st.sampled_from(["subject", "", 'fields["X"]']),
        st.booleans(),
        st.just("m:1"),
    ),
)
compiled = st.lists(
    st.builds(
        Fate,
        st.sampled_from(["subject", "provenance", "fields", "fields[]"]),
        st.sampled_from(Disposition),
        st.just("slot"),
    ),
    max_size=4,
)
REF = Ref("acme", Kind.TICKET, "1")


def row_of(body, trace, number=1):
    record = {"ref": str(REF), "subject": "x", "fields": {"x": body.get("a")}}
    done = finish(Translated([record], trace), Wire(REF, body, None))
    packed = zlib.compress(orjson.dumps(body))
    return StoredRow(
        Kind.TICKET, "1", REF, False, count_leaves(body), b"", "", packed, list(done.records), number
    ), done.trace


@given(
    objects, traces, mappings, compiled, st.none() | st.tuples(st.sampled_from(Disposition), st.just("whole"))
)
def test_every_leaf_has_exactly_one_end_and_the_sums_are_those_of_the_leaves(
    body, trace, mapping, ends, whole
):
    row, full = row_of(body, trace)
    fates = Fates(mapping, ends, whole)
    found = list(settle(row, full, fates, frozenset()))
    assert len(found) == len({end.path for end in found}) == count_leaves(body) == row.leaves
    total, impossible = sums([row], lambda _: full, fates, {})
    assert sum(total.values()) == row.leaves
    assert Counter(end.disposition for end in found) == {
        name: count
        for name in Disposition
        if (count := sum(n for key, n in total.items() if key.disposition is name))
    }
    assert impossible == [end for end in found if end.disposition is Disposition.UNSUPPORTED]
    if whole is not None:
        # What a rule drops stays dropped by it, also where the record as a whole cannot come.
        dropped = {Disposition.DROPPED} if whole[0] is Disposition.UNSUPPORTED else set()
        assert {end.disposition for end in found if end.by == "whole"} <= {whole[0]}
        assert {end.disposition for end in found} <= {whole[0], *dropped}


@pytest.mark.parametrize(
    ("fate", "ends", "disposition", "by"),
    [
        (MapFate("to", "subject", False, "m:1"), [Fate("subject", Disposition.CARRIED, "summary")], Disposition.CARRIED, "summary"),
        (MapFate("to", "subject", True, "m:1"), [Fate("subject", Disposition.CARRIED, "summary")], Disposition.TRANSFORMED, "m:1"),
        (MapFate("to", "subject", True, "m:1"), [Fate("subject", Disposition.UNSUPPORTED, "X-1")], Disposition.UNSUPPORTED, "X-1"),
        (MapFate("keep", "", False, "m:1"), [Fate("provenance", Disposition.CARRIED, "p")], Disposition.KEPT, "m:1"),
        (MapFate("keep", "", False, "m:1"), [Fate("provenance", Disposition.KEPT, "p")], Disposition.KEPT, "p"),
        (MapFate("drop", "", False, "m:1"), [], Disposition.DROPPED, "m:1"),
        (MapFate("to", "subject", False, "m:1"), [], Disposition.UNSUPPORTED, "the target connector writes nothing for subject"),
        (None, [], Disposition.UNSUPPORTED, "no rule of the mapping covers it"),
    ],
)  # fmt: skip
def test_the_end_of_a_leaf_follows_trace_mapping_and_compilation(fate, ends, disposition, by):
    row, full = row_of({"s": "x"}, {"s": "ticket[1].subject"})
    fates = Fates({} if fate is None else {"ticket[].subject": fate}, ends)
    (found,) = settle(row, full, fates, frozenset())
    assert (found.disposition, found.by) == (disposition, by)


def test_a_leaf_that_is_not_where_its_trace_says_is_unsupported_whatever_becomes_of_the_place():
    row, _ = row_of({"name": "x", "other": "y", "id": 7}, {})
    claims = {"name": "ticket[1].subject", "other": "ticket[1].subject", "id": "ticket[1].nowhere"}
    fates = Fates(
        {"ticket[]": MapFate("to", "subject", False, "m:1")},
        [Fate("subject", Disposition.CARRIED, "summary")],
    )
    ends = {end.path: end for end in settle(row, claims, fates, frozenset())}
    assert ends["name"].disposition is Disposition.CARRIED
    assert ends["other"].disposition is ends["id"].disposition is Disposition.UNSUPPORTED
    assert "does not stand at ticket[].nowhere" in ends["id"].by
    named = {**claims, derived("other"): "the subject of the other"}
    ends = {end.path: end for end in settle(row, named, fates, frozenset())}
    assert ends["other"].disposition is Disposition.CARRIED, "a named derivation gives the value"


def test_what_a_trace_derives_is_dropped_by_rule_and_what_it_forgets_is_said():
    row, _ = row_of({"a": 1, "b": 2}, {})
    ends = list(settle(row, {"a": "=repeats b"}, Fates({}, []), frozenset()))
    assert [(end.disposition, end.by) for end in ends] == [
        (Disposition.DROPPED, "repeats b"),
        (Disposition.UNSUPPORTED, "not translated"),
    ]
    untraced = StoredRow(row.kind, row.id, row.root, False, 2, b"", "", row.packed, row.records, None)
    total, impossible = sums([untraced], lambda _: {}, Fates({}, []), {})
    assert (sum(total.values()), len(impossible)) == (2, 2)


def test_an_item_of_a_list_is_told_by_what_it_is_before_by_how_another_ends() -> None:
    """A dropped tag whose end is another tag: what arrives is not counted as dropped, nor the other way round."""
    fates = Fates(
        {"ticket[1].tags": MapFate("to", "labels", False, "tags"), "ticket[1].tags[0]": MapFate("drop", "", False, "drop")},
        [Fate("labels", Disposition.CARRIED, "labels")],
        lists={"ticket[1].tags": ["priority:high", "high"]},
    )  # fmt: skip
    assert fates.of("ticket[1].tags", "high")[1] is Disposition.CARRIED
    assert fates.of("ticket[1].tags", "priority:high")[1] is Disposition.DROPPED


def test_an_item_is_found_by_the_id_in_its_reference() -> None:
    """Ids of Jira have colons of their own."""
    fates = Fates(
        {"ticket[1].ccs[1]": MapFate("drop", "", False, "people.ccs")},
        [],
        lists={"ticket[1].ccs": ["d:person:7", "d:person:557058:ab", {"to": "d:ticket:9", "type": "x"}]},
    )
    assert fates.of("ticket[1].ccs", "557058:ab")[1] is Disposition.DROPPED
    assert fates.of("ticket[1].ccs", 7)[1] is Disposition.UNSUPPORTED


def test_a_list_of_which_one_item_is_dropped_is_settled_in_time_in_proportion_to_it() -> None:
    """Counted by the looks at items: a list of 20,000 tags is looked through once, not once for each of them."""
    looks = 0

    class Tag(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            nonlocal looks
            looks += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    tags = [f"tag_{number}" for number in range(2_000)]
    fates = Fates(
        {"ticket[1].tags": MapFate("to", "labels", False, "tags")},
        [Fate("labels", Disposition.CARRIED, "labels")],
        lists={"ticket[1].tags": [Tag(tag) for tag in tags]},
    )
    assert {fates.of("ticket[1].tags", tag)[1] for tag in tags} == {Disposition.CARRIED}
    assert looks < 10 * len(tags)
