"""Long messages in numbered parts, the line over a comment, names that people type, and the months of a desk."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.schema.body import EMPTY
from ticketferry.sdk.body import from_text, split, text_length
from ticketferry.sdk.catalogs import PerCatalog
from ticketferry.sdk.messages import (
    header_block,
    header_line,
    html_record,
    joined,
    numbered,
    strip_header,
    tree_of,
)
from ticketferry.sdk.naming import named
from ticketferry.sdk.survey import months
from ticketferry.testing.hostile import LONG
from ticketferry.testing.records import bodies


@settings(max_examples=examples(30), deadline=None)
@given(body=bodies(), header=st.sampled_from(["", "Ana, 2024-01-01"]), size=st.integers(32, 400))
def test_a_message_in_parts_is_the_same_when_it_is_put_together(body, header, size):
    tree = tree_of(body)
    parts = list(numbered(split(tree, size), header))
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    written = [(header_block(part.header), *part.tree) if part.header else part.tree for part in parts]
    back = [
        strip_header(each, part.header) if part.header else each
        for each, part in zip(written, parts, strict=True)
    ]
    assert joined(back) == joined([part.tree for part in parts])
    if len(parts) == 1:
        assert parts[0] == (tree, header, True)


def test_each_part_says_which_one_it_is_and_the_first_of_a_message_without_a_header_says_nothing():
    trees = split(from_text(LONG), 20_000)
    count = len(trees)
    assert count > 2
    assert [part.header for part in numbered(trees, "Ana")][:2] == [f"Ana (1/{count})", f"Ana (2/{count})"]
    assert [part.header for part in numbered(trees, "")][:2] == ["", f"(2/{count})"]


def test_a_line_over_a_comment_is_one_line_of_bounded_length():
    line = header_line("a\r\n b\u2028c " + "x" * 5_000)
    assert "\n" not in line
    assert len(line) == 1_000
    assert line.endswith("…")
    assert text_length((header_block(line),)) <= 1_001


def test_what_says_nothing_is_no_body():
    assert html_record(()) is None
    assert html_record((EMPTY, EMPTY)) is None
    assert html_record(from_text("a")) == {"html": "<p>a</p>"}
    assert tree_of(None) == () == tree_of({})


def test_a_name_is_found_as_it_is_written_before_any_case_of_letters():
    rows = [{"name": "open", "id": 1}, {"name": "Open", "id": 2}, {"name": "STRASSE", "id": 3}]
    assert named(rows, "Open")["id"] == 2
    assert named(rows, "OPEN")["id"] == 1
    assert named(rows, "straße")["id"] == 3
    assert named(rows, "none") is None
    assert named(None, "open") is None


@pytest.mark.parametrize(
    ("oldest", "now", "names"),
    [
        (datetime(2023, 11, 30, 23, 59, 59, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC), ["2023-11", "2023-12", "2024-01", "2024-02"]),
        (datetime(2024, 2, 29, tzinfo=UTC), datetime(2024, 2, 29, 1, tzinfo=UTC), ["2024-02"]),
        (datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC), []),
        (None, datetime(2024, 2, 1, tzinfo=UTC), []),
    ],
)  # fmt: skip
def test_months_go_from_the_oldest_ticket_to_now_without_a_gap(oldest, now, names):
    found = list(months(oldest, now.timestamp()))
    assert [month.name for month in found] == names
    assert all(one.end == other.begin for one, other in pairwise(found))


def test_what_is_made_of_a_catalog_is_made_once_for_each():
    made = []
    per = PerCatalog(lambda catalog: made.append(catalog["desk"]) or catalog["desk"])
    one, other = {"desk": "a"}, {"desk": "b"}
    assert [per(one), per(one), per(other), per(one)] == ["a", "a", "b", "a"]
    assert made == ["a", "b", "a"]
    assert per({"desk": "a"}) == "a"
    assert len(made) == 4, "another object may have another content later"
