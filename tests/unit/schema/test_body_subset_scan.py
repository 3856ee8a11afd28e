import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.schema.body_trees import TREES

from ticketferry.schema.body_subset import _parsed, parse, write_html
from ticketferry.schema.body_subset_scan import scan


@given(TREES)
@settings(max_examples=examples(300), deadline=None)
def test_what_we_wrote_is_scanned_and_never_needs_the_parser(tree):
    html = write_html(tree)
    assert scan(html) == tree
    if html:
        assert _parsed(html) == tree


PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<strong>", "</strong>", "<em>", "</em>", "<u>", "</u>", "<sub>", "</sub>", "<sup>",
        "</sup>", "<br>", '<a href="x">', "</a>", '<img src="" alt="">', '<span data-person="">', "</span>", "<pre>", "</pre>", "<hr>", "<h7>",
        "<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", '<td colspan="0">', '<ol start="007">', "</ol>", "<blockquote>", "</blockquote>",
        "a", " ", "\n", "&amp;", "&lt;", "&nbsp;", "&", ">", "<", '"', "\x00", "\ud800", "<P>", "<p >", "<!-- -->", "<h1>", "</h1>",
    ]
)  # fmt: skip


def read(html):
    try:
        return _parsed(html)
    except ValueError:
        return "refused"


@given(
    tree=TREES,
    pieces=st.lists(PIECES, max_size=4),
    places=st.lists(st.integers(0, 10_000), min_size=4, max_size=4),
)
@settings(max_examples=examples(600), deadline=None)
def test_a_text_that_was_tampered_with_reads_as_the_parser_reads_it(tree, pieces, places):
    html = write_html(tree)
    for piece, place in zip(pieces, places, strict=False):
        at = place % (len(html) + 1)
        html = html[:at] + piece + html[at:] if place % 2 else html[:at] + html[at + len(piece) :]
    scanned = scan(html)
    if scanned is not None and html:
        assert scanned == read(html)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=examples(600), deadline=None)
def test_any_sequence_of_tags_reads_as_the_parser_reads_it(html):
    scanned = scan(html)
    if scanned is not None and html:
        assert scanned == read(html)


@pytest.mark.parametrize(
    "html",
    ["<p>a</p>b", "a<p></p>", "<p>a<p>b</p></p>", "<ul></ul>", "<ul><p></p></ul>", "<p><strong>a<strong>b</strong></strong></p>", "<p>a", "<li></li>"],
)  # fmt: skip
def test_what_the_parser_refuses_is_not_scanned(html):
    assert scan(html) is None


def test_a_person_may_nest_marks_in_any_order():
    assert scan("<p><em><strong>a</strong></em></p>") == parse("<p><strong><em>a</em></strong></p>")


def test_a_tree_is_remembered_and_a_long_one_is_not():
    html, long = "<p>again</p>", f"<p>{'x' * 9_000}</p>"
    assert parse(html) is parse(html)
    assert parse(long) is not parse(long)
    assert parse(long) == parse(long)
