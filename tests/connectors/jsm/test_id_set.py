"""Issue ids as bits: what goes in comes out, in order, also through text."""

from hypothesis import given
from hypothesis import strategies as st

from ticketferry_jsm.id_set import IdSet

IDS = st.sets(st.integers(0, 100_000), max_size=200)


@given(IDS, IDS)
def test_it_is_a_set_of_numbers(ours, theirs):
    one, other = IdSet(ours), IdSet.unpack(IdSet(theirs).pack())
    assert list(one) == sorted(ours)
    assert list(other) == sorted(theirs)
    assert list(one.without(other)) == sorted(ours - theirs)
    assert all(id_ in one for id_ in ours)
    assert all(id_ not in one for id_ in theirs - ours)
    assert one.highest == max(ours, default=-1)


def test_a_million_ids_of_one_project_are_a_short_text():
    assert len(IdSet(range(10_000, 1_010_000)).pack()) < 2_000
    assert list(IdSet.unpack("")) == []
