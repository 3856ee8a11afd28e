"""Marks in limited space: the largest values go, whole, until the rest fits."""

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.contract import Disposition
from ticketferry.sdk.lane import Lane
from ticketferry.sdk.room import Droppable, kept_values, made_to_fit, told_of


def fitted(kept, room):
    lane = Lane(parse_ref("acme:person:1"))

    def pack():
        text = repr(kept)
        return text if len(text) <= room else None

    found = made_to_fit(
        pack, lambda: kept_values(kept), lambda value: len(repr(value)), told_of(lane, "X-ROOM", "the notes")
    )
    return found, lane


def test_the_largest_go_first_and_each_is_told_with_its_size():
    kept = {"a": "x" * 2_000, "b": "y" * 10, "c": "z" * 3_000}
    found, lane = fitted(kept, 100)
    assert found == repr({"b": "y" * 10})
    assert [(row.where, row.message) for row in lane.findings] == [
        ("c", "3,002 characters do not fit into the notes"),
        ("a", "2,002 characters do not fit into the notes"),
    ]
    assert {fate.disposition for fate in lane.fates} == {Disposition.UNSUPPORTED}


def test_nothing_goes_where_all_fits_and_nothing_comes_of_a_mark_that_cannot_shrink():
    kept = {"a": 1}
    found, lane = fitted(kept, 100)
    assert (found, lane.findings, kept) == (repr({"a": 1}), [], {"a": 1})
    assert fitted({}, 1)[0] is None


def test_values_of_several_objects_compete_by_their_size():
    inner = {"deep": "x" * 50}
    outer = {"flat": "y" * 20}
    gone = []
    rows = [Droppable(inner, "deep", "provenance.kept.deep"), Droppable(outer, "flat", "flat")]
    packs = iter([None, "fits"])
    made_to_fit(lambda: next(packs), lambda: rows, len, lambda row, size: gone.append((row.path, size)))
    assert (gone, inner, outer) == ([("provenance.kept.deep", 50)], {}, {"flat": "y" * 20})
