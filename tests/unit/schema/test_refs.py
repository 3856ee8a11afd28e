"""References: written and read again they are the same, whatever an id looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.schema.refs import PARTS, ROOTS, Kind, Ref, parse_ref


@given(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), st.sampled_from(Kind), st.text(min_size=1))
def test_a_reference_is_read_as_it_was_written(desk, kind, id_):
    ref = Ref(desk, kind, id_)
    assert parse_ref(str(ref)) == ref


@pytest.mark.parametrize(
    "text", ["", "acme", "acme:ticket", "acme:ticket:", ":ticket:1", "acme:tickets:1", "ticket:1"]
)
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(ValueError):
        parse_ref(text)


def test_every_kind_is_a_root_or_a_part_of_one():
    assert set(ROOTS) | set(PARTS) == set(Kind)
    assert not set(ROOTS) & set(PARTS)
    assert set(PARTS.values()) <= set(ROOTS)
