"""Bodies for products that keep few tags: no word is lost on the way, and what somebody changed is told from what an editor did."""

import pytest
from hypothesis import given

from ticketferry.sdk.body import from_html, parse, to_text
from ticketferry.sdk.few_tags import alike, is_one_paragraph, one_line, plain, reduced, words
from ticketferry.testing.records import cases

RICH = (
    '<h4>Title</h4><p><u>under</u> <strong>bold</strong> <a href="https://x.example" data-ticket="acme:ticket:1">link</a> '
    '<img data-ref="acme:attachment:1" alt="pixel"> <span data-person="acme:person:1">@Ada</span></p>'
    '<blockquote><p>quoted</p></blockquote><table><tr><th colspan="1" rowspan="1"><p>a</p></th><td colspan="1" rowspan="1"><p>b</p></td></tr>'
    '</table><hr><ul><li><p>one</p></li></ul><pre data-language="">x = 1\n</pre>'
)  # fmt: skip


def test_what_is_not_kept_becomes_words():
    html = reduced(RICH, "Ada · today")
    for tag in ("<h4", "<u>", "<blockquote", "<table", "<hr", "<img", "<span", "data-"):
        assert tag not in html
    for kept in (
        "<h2>Title</h2>",
        "<strong>bold</strong>",
        '<a href="https://x.example">',
        "<li>",
        "<pre>x = 1",
    ):
        assert kept in html
    text = words(html)
    for word in ("Ada · today", "under", "[pixel]", "@Ada", "quoted", "a | b", "one"):
        assert word in text
    assert html.startswith("<p><strong>Ada · today</strong></p>")


@given(cases())
def test_no_word_of_any_text_is_lost(case):
    for comment in case["comments"]:
        html = comment.get("body", {}).get("html", "")
        shown = words(reduced(html))
        for word in to_text(parse(html)).replace("|", " ").split():
            assert word.strip("[]()>-*") in shown or word.startswith("[image"), word


@pytest.mark.parametrize(
    ("html", "one"),
    [
        ("<p>a &lt;b&gt; c</p>", True),
        ("<p>a<br>b</p>", False),
        ("<p>a</p><p>b</p>", False),
        ("<p>a  b</p>", False),
        ("<p> a</p>", False),
        ("<p><strong>a</strong></p>", False),
        ("", False),
    ],
)
def test_only_words_in_one_paragraph_read_the_same_on_every_way(html, one):
    assert is_one_paragraph(html) is one
    if one:
        assert words(reduced(html)) == " ".join(plain(html).split())


def test_an_editors_markup_says_the_same_and_another_word_does_not():
    assert words("<p>a  b</p>\n<p>c</p>") == words("<div>a <b>b</b><br>c</div>")
    assert words("<p>a b</p>") != words("<p>a c</p>")
    assert plain("<p>a<br>b</p>") == "a\nb"
    assert from_html(reduced("<p>a &lt;b&gt;</p>"))[0] == parse("<p>a &lt;b&gt;</p>")


def test_values_are_alike_but_for_cases_and_spaces():
    assert alike("  Kim@X.example", "kim@x.EXAMPLE")
    assert alike(["VIP", "two words"], ["two  words", "vip"])
    assert not alike(["vip"], ["vip", "new"])
    assert alike(None, "")
    assert not alike("a", "b")


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("<p>It <b>burns</b></p>\n<p>now</p>", "It burns now"),
        ("a < b\n  & c", "a < b & c"),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_title_is_one_line_with_markup_or_without(title, line):
    assert one_line(title) == line


def test_a_fold_stands_open_below_its_title() -> None:
    html = (
        "<p>a</p><details><summary>On 3 Nov Ann wrote:</summary><blockquote><p>b</p></blockquote></details>"
    )
    assert reduced(html) == "<p>a</p><p><strong>On 3 Nov Ann wrote:</strong></p><p>b</p>"
