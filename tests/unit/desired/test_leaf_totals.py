"""Totals by shapes give the sums that going through every leaf gives, whatever stands in records, traces and fates."""

import zlib
from collections import Counter

import orjson
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.desired.test_dispositions import json

from ticketferry.desired.dispositions import Fates, settle, sums
from ticketferry.desired.leaf_totals import LeafTotals
from ticketferry.mapping.result import MapFate
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Disposition, Fate, Translated, Wire
from ticketferry.sdk.places import head_of
from ticketferry.sdk.trace import count_leaves, finish
from ticketferry.store.snapshots import StoredRow
from ticketferry.store.traces import LeafCount

IDS = ["1", "2", "a.b", "[", "x]y", '"', "*", "30001"]
ids = st.sampled_from(IDS)
bodies = st.fixed_dictionaries({}, optional=dict.fromkeys(("text", "tags", "who", "rest", "more"), json))
heads = st.sampled_from(
    ["ticket[]", "comment[]", *(f"{kind}[{id_}]" for kind in ("ticket", "comment") for id_ in IDS)]
)
rests = st.sampled_from(
    ["", ".subject", ".tags", ".fields", ".native", ".fields.x", '.native["rest.a"]', ".tags[0]"]
)
wanted = st.sampled_from(
    ["subject", "", "tags", 'fields["X"]', "comments[]", *(f"comments[{id_}]{rest}" for id_ in IDS for rest in ("", ".body"))]
)  # fmt: skip
mappings = st.dictionaries(
    st.builds("{}{}".format, heads, rests),
    st.builds(MapFate, st.sampled_from(["to", "to", "keep", "drop"]), wanted, st.booleans(), st.sampled_from(["m:1", "m:2"])),
    max_size=8,
)  # fmt: skip
compiled = st.lists(
    st.builds(Fate, wanted.filter(bool) | st.just("provenance"), st.sampled_from(Disposition), st.sampled_from(["slot", "other"])),
    max_size=6,
)  # fmt: skip
roots = st.tuples(
    ids,
    bodies,
    st.dictionaries(
        st.sampled_from(["text", "tags", "tags[]", "who", "rest", "rest.a", "more[0]"]),
        st.sampled_from(["=said elsewhere", "TICKET.subject", "TICKET.tags", "COMMENT.fields.x", "COMMENT.nowhere", "COMMENT"]),
        max_size=5,
    ),
    mappings,
    compiled,
    st.none() | st.tuples(st.sampled_from(Disposition), st.just("whole")),
    st.booleans(),
)  # fmt: skip


class Kept:
    """Traces and shapes as a snapshot keeps them: one number for all that are equal but for ids."""

    def __init__(self):
        self.shapes = {}
        self.traces = {}

    def row(self, id_, body, trace):
        records = [
            {"ref": f"acme:ticket:{id_}", "subject": body.get("text"), "tags": body.get("tags")},
            {"ref": f"acme:comment:{id_}", "fields": {"x": body.get("who")}},
        ]
        names = {"TICKET": f"ticket[{id_}]", "COMMENT": f"comment[{id_}]"}
        places = {
            path: to if to[0] == "=" else to.replace(word := to.partition(".")[0], names[word])
            for path, to in trace.items()
        }
        done = finish(Translated(records, places), Wire(Ref("acme", Kind.TICKET, id_), body, None))
        of = [head_of(record) for record in done.records]
        shape = []
        for (pattern, place), count in (done.shape or {}).items():
            number = next((n for n, head in enumerate(of) if place[: len(head)] == head), -1)
            rest = place if number < 0 else place[len(of[number]) :]
            shape.append(LeafCount(pattern, number, rest, count))
        number = self.shapes.setdefault(tuple(sorted(shape)), len(self.shapes))
        packed = zlib.compress(orjson.dumps(body))
        leaves = count_leaves(body)
        row = StoredRow(
            Kind.TICKET, id_, Ref("acme", Kind.TICKET, id_), False, leaves, b"", "", packed, list(done.records), 1, number
        )  # fmt: skip
        self.traces[id(row)] = done.trace
        return row

    def leaf_totals(self):
        shapes = {number: shape for shape, number in self.shapes.items()}
        return LeafTotals(self.trace, shapes.__getitem__, {})

    def trace(self, row):
        return self.traces[id(row)]


@given(st.lists(roots, min_size=1, max_size=6))
@example(
    [
        ("1", {"who": "x"}, {"who": "COMMENT.fields.x"}, {"comment[1]": MapFate("to", "comments[1]", False, "m:1")},
         [Fate("comments[1]", Disposition.CARRIED, "slot")], None, False),
        ("2", {"who": "x"}, {"who": "COMMENT.fields.x"}, {"comment[2]": MapFate("to", "comments[2]", False, "m:1")},
         [Fate("comments[1]", Disposition.CARRIED, "slot")], None, False),
    ]
)  # fmt: skip
@example(
    [
        (id_, {"text": "x"}, {"text": "TICKET.subject"}, {f"ticket[{id_}].subject": MapFate("to", "subject", changed, "m:1")},
         [Fate("subject", Disposition.CARRIED, "slot")], None, False)
        for id_, changed in (("1", True), ("2", False))
    ]
)  # fmt: skip
@example(
    [
        (id_, {"tags": tags}, {"tags": "TICKET.tags"},
         {f"ticket[{id_}].tags": MapFate("to", "tags", False, "m:1"), f"ticket[{id_}].tags[0]": MapFate("drop", "", False, "m:2")},
         [Fate("tags", Disposition.CARRIED, "slot")], None, True)
        for id_, tags in (("1", ["a", "b"]), ("2", ["b", "c"]))
    ]
)  # fmt: skip
def test_sums_by_shape_are_those_of_every_leaf_also_when_the_same_shapes_come_again(desk):
    kept = Kept()
    rows = [kept.row(id_, body, trace) for id_, body, trace, *_ in desk]
    leaf_totals = kept.leaf_totals()
    for _ in range(2):
        for row, (_, body, _, mapping, ends, whole, by_value) in zip(rows, desk, strict=True):
            tags = body.get("tags")
            lists = {f"ticket[{row.id}].tags": tags} if by_value and isinstance(tags, list) else {}
            fates = Fates(mapping, ends, whole, lists)
            assert leaf_totals.sums([row, *rows], fates) == sums([row, *rows], kept.trace, fates, {})


def test_rows_that_are_alike_are_worked_out_once_and_not_gone_through(monkeypatch):
    kept = Kept()
    rows = [
        kept.row(str(n), {"text": "x", "who": "y", "rest": {"a": n}}, {"text": "TICKET.subject"})
        for n in range(50)
    ]
    leaf_totals = kept.leaf_totals()
    monkeypatch.setattr("ticketferry.desired.leaf_totals.settle", lambda *_: 1 / 0)
    totals = Counter()
    for row in rows:
        fates = Fates(
            {f"ticket[{row.id}].subject": MapFate("to", "subject", True, "m:1"), "ticket[]": MapFate("keep", "", False, "rest")},
            [Fate("subject", Disposition.CARRIED, "summary"), Fate("provenance", Disposition.KEPT, "property")],
        )  # fmt: skip
        found, impossible = leaf_totals.sums([row], fates)
        totals.update(found)
        assert not impossible
    assert sum(totals.values()) == 150
    assert len(leaf_totals._known) == 1


def test_items_whose_values_decide_are_looked_at_and_nothing_else_is_gone_through(monkeypatch):
    kept = Kept()
    rows = [
        kept.row(str(n), {"text": "x", "tags": ["a", f"b{n}", "a"], "who": {"deep": [n]}}, {"tags[]": "TICKET.tags"})
        for n in range(1, 20)
    ]  # fmt: skip
    leaf_totals = kept.leaf_totals()
    monkeypatch.setattr("ticketferry.desired.leaf_totals.settle", lambda *_: 1 / 0)
    for row in rows:
        fates = Fates(
            {f"ticket[{row.id}].tags": MapFate("to", "tags", False, "m:1"), f"ticket[{row.id}].tags[1]": MapFate("drop", "", False, "m:2"),
             "ticket[]": MapFate("keep", "", False, "rest")},
            [Fate("tags", Disposition.CARRIED, "labels"), Fate("provenance", Disposition.KEPT, "property")],
            lists={f"ticket[{row.id}].tags": ["a", f"b{row.id}", "a"]},
        )  # fmt: skip
        found, impossible = leaf_totals.sums([row], fates)
        assert not impossible
        assert {(key.pattern, key.by): count for key, count in found.items()} == {
            ("tags[]", "labels"): 2, ("tags[]", "m:2"): 1, ("text", "property"): 1, ("who.deep[]", "property"): 1
        }  # fmt: skip
    assert len(leaf_totals._known) == 1


def test_a_value_that_nothing_takes_is_listed_leaf_by_leaf():
    kept = Kept()
    row = kept.row("1", {"text": "x", "rest": ["a", "b"]}, {"text": "TICKET.subject"})
    fates = Fates(
        {"ticket[].subject": MapFate("to", "subject", False, "m:1")},
        [Fate("subject", Disposition.CARRIED, "summary")],
    )
    _, impossible = kept.leaf_totals().sums([row], fates)
    assert [end.path for end in impossible] == ["rest[0]", "rest[1]"]
    assert impossible == [
        end for end in settle(row, kept.trace(row), fates, frozenset()) if end.by != "summary"
    ]
