import re

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.schema.body_trees import TREES

from ticketferry.schema.body import MAX_LEVEL, normalise
from ticketferry.schema.body_html import LOSSES, from_html
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.body_text import to_text


def html(text, **how):
    return write_html(from_html(text, **how)[0])


def codes(text, **how):
    return {loss.code for loss in from_html(text, **how)[1]}


@pytest.mark.parametrize(
    ("vendor", "neutral"),
    [
        ("hi", "<p>hi</p>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<div>a</div><div><br></div><div>b<br></div>", "<p>a</p><p></p><p>b</p>"),
        ("<p> a \n\t b<br> c </p>  <p>\n</p>", "<p>a b<br>c</p>"),
        ("<p>a<b> b</b> <i> c</i></p>", "<p>a<strong> b</strong> <em>c</em></p>"),
        ("a&nbsp;&nbsp;b &amp;lt; &euro;&#x1F600;", "<p>a\u00a0\u00a0b &amp;lt; €😀</p>"),
        ("<b><p>x <i>y</i></p></b>z", "<p><strong>x </strong><strong><em>y</em></strong></p><p>z</p>"),
        ("<pre>\n a\r\n  <b>b</b><br>c</pre>", "<pre> a\n  b\nc</pre>"),
        ('<pre><code class="language-py">x</code></pre>', '<pre data-language="py">x</pre>'),
        ("<ul><li>a<ul><li>b</ul><ol start=3 ><li>c</ol></ul>", '<ul><li><p>a</p><ul><li><p>b</p></li></ul><ol start="3"><li><p>c</p></li></ol></li></ul>'),
        ("<ul><li>a</li><ul><li>b</li></ul>stray</ul>", "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>stray</p></li></ul>"),
        ("<li>a<li>b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
        ("<table>x<tr><th>a<td colspan=2 rowspan=0>b</table>", '<p>x</p><table><tr><th><p>a</p></th><td colspan="2"><p>b</p></td></tr></table>'),
        ("<table><tr><td>a<table><tr><td>b<td>c</table></table>", "<p>a</p><table><tr><td><p>b</p></td><td><p>c</p></td></tr></table>"),
        ("<h1>a<div>b</div></h1>c", "<h1>a</h1><h1>b</h1><p>c</p>"),
        ("<p class=MsoNormal>x<o:p>&nbsp;</o:p></p>", "<p>x\u00a0</p>"),
        ("<q>x</q>", "<p>“x”</p>"),
        ("Ann <ann@example.com> wrote", "<p>Ann &lt;ann@example.com&gt; wrote</p>"),
        ('<div class="gmail_quote">On Monday, Bo wrote:<blockquote>hi</blockquote></div>', "<p>On Monday, Bo wrote:</p><blockquote><p>hi</p></blockquote>"),
        ("<span style='font-weight:bold;text-decoration:underline'>x</span>", "<p><strong><u>x</u></strong></p>"),
        ("<b style='font-weight:normal'>x</b>", "<p>x</p>"),
        ("<div style='white-space: pre-wrap'>a\n  b</div>c  d", "<p>a<br>  b</p><p>c d</p>"),
        ("H<sub>2</sub>O <a href=' https://x.example/?a=1&amp;b '>l<br>m</a>", '<p>H<sub>2</sub>O <a href="https://x.example/?a=1&amp;b">l</a><br><a href="https://x.example/?a=1&amp;b">m</a></p>'),
        ("<img class=emoji alt='😀' src=https://cdn.example/1.png>", "<p>😀</p>"),
        ("a\x00b&#1;c&#0;", "<p>abc\ufffd</p>"),
        ("", ""), (" \n", ""), ("<p></p>", ""), ("<!-- only -->", ""), ("<br>", "<p></p>"), ("<hr>", "<hr>"),
    ],
)  # fmt: skip
def test_vendor_html_reads_as_a_browser_shows_it(vendor, neutral):
    assert html(vendor) == neutral


def test_losses_of_one_kind_are_one_row_with_a_count_and_the_first_place():
    text = "<div>" + "<span style='color:red;font-family:x'>a</span>" * 1000 + "</div>"
    tree, losses = from_html(text)
    assert tree == (("p", (("t", "a" * 1000, 0, None),)),)
    assert [(loss.code, loss.count) for loss in losses] == [("BODY-STYLE", 1000), ("BODY-STYLE", 1000)]
    assert losses[0].where == "/html/body/div/span[1]"
    assert losses[0].message == f"{LOSSES['BODY-STYLE']}: text colour"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "JaVaScRiPt:x",
        "&#106;avascript:x",
        "data:text/html,x",
        "vbscript:x",
        "\x01javascript:x",
        "file:///etc/passwd",
    ],
)
def test_unsafe_addresses_are_refused_and_told_and_their_words_kept(href):
    tree, losses = from_html(f'<p><a href="{href}">words</a></p>')
    assert write_html(tree) == "<p>words</p>"
    assert [loss.code for loss in losses if loss.code == "BODY-URL"] == ["BODY-URL"]


def test_images_become_attachments_addresses_or_their_description():
    known = {"https://acme.example/token/1": "acme:attachment:55", "cid:2": "acme:attachment:56"}
    text = (
        "<img src=https://acme.example/token/1 alt='a  b'><a href=https://x.example><img src=cid:2></a><img src=//y.example/z.png>"
        "<img src='data:image/png;base64,AAAA' alt=plan><img src=cid:9><img width=1 height=1 src=https://t.example/p.gif>"
    )
    assert html(text, image=known.get) == (
        '<p><img data-ref="acme:attachment:55" alt="a b"><a href="https://x.example">'
        '<img data-ref="acme:attachment:56" alt=""></a><img src="https://y.example/z.png" alt="">[image: plan][image]</p>'
    )
    assert codes(text, image=known.get) == {"BODY-IMAGE", "BODY-PIXEL"}


def test_a_stranger_cannot_mention_people_or_name_our_records():
    text = "<p><span data-person='acme:person:7'>@Ann</span><a data-ticket='acme:ticket:1' href=/1>t</a><img data-ref='acme:attachment:1' alt=i></p>"
    assert html(text) == '<p>@Ann<a href="/1">t</a>[image: i]</p>'
    assert html(text, subset=True) == write_html(parse(write_html(from_html(text, subset=True)[0])))
    assert "data-person" in html(text, subset=True)
    assert "data-ticket" in html(text, subset=True)
    assert "data-ref" in html(text, subset=True)


@pytest.mark.parametrize(
    "tag", ["b", "div", "blockquote", "ul><li", "table><tr><td", "span", "font", "x-y", "h1", "a href=x"]
)
@pytest.mark.parametrize("closed", [True, False])
def test_nesting_of_any_depth_keeps_the_text_and_says_so(tag, closed):
    ends = "".join(f"</{part}>" for part in reversed(re.findall(r"[\w-]+", tag.split(" ")[0])))
    tree, losses = from_html(
        "before " + f"<{tag}>" * 10_000 + "deep" + (ends * 10_000 if closed else "") + " after<p>last"
    )
    for word in ("before", "deep", "after", "last"):
        assert word in to_text(tree)
    assert ("BODY-LINK" if tag.startswith("a ") else "BODY-DEPTH") in {
        loss.code for loss in losses
    }  # links never nest
    assert normalise(tree) == tree
    assert write_html(tree).count("<blockquote>") <= MAX_LEVEL


def test_dangerous_and_foreign_content_is_told():
    text = (
        "<style>p{}</style><script>x</script><iframe src=https://v.example/1></iframe><form><input type=checkbox checked>yes<input value=v>"
        "<select><option>o</select></form><dl><dt>t<dd>d</dl><svg><text>s</text></svg><a href=#top>top</a><ol type=a><li>i</ol><your name>"
        "<table role=presentation><tr><td>l</table>"
    )
    tree, _ = from_html(text)
    assert codes(text) == {
        "BODY-STYLE", "BODY-SCRIPT", "BODY-EMBED", "BODY-FORM", "BODY-DEFINITION", "BODY-ANCHOR", "BODY-LIST-STYLE", "BODY-UNKNOWN", "BODY-LAYOUT",
    }  # fmt: skip
    assert "https://v.example/1" in to_text(tree)
    assert "☑ yes" in to_text(tree)


@pytest.mark.parametrize("text", ["hello <a href='https://x", "hello <!-- never closed", "hello <b"])
def test_text_that_ends_within_a_tag_is_kept_and_told(text):
    tree, losses = from_html(text)
    assert to_text(tree).startswith("hello ")
    assert len(to_text(tree)) > len("hello ")
    assert [loss.code for loss in losses] == ["BODY-TRUNCATED"]


def test_a_comment_of_64_kb_is_read_whole():
    text = "<p>שלום 😀 <b>x</p>\r\n" * 3000
    tree, _ = from_html(text)
    assert len(tree) == 3000
    items, losses = from_html("<p>para<li>item" * 3000)
    assert not losses
    assert to_text(items).count("para") == 3000
    words = from_html("<i>a</i>b " * 40_000)[0]
    assert len(words[0][1]) == 80_000


PIECES = st.sampled_from([
    "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<div>", "</div>", "<ul>", "<li>", "</li>", "</ul>", "<table>", "<tr>", "<td>", "</td>", "</tr>",
    "</table>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<br>", "<hr>", "<img src=x>", "<a href=https://x.example>", "</a>", "<h2>", "</h2>",
    "<span style='color:red'>", "</span>", "<ol>", "</ol>", "<th>", "<dl>", "<dd>", "<dt>", "<center>", "<font size=1>", "text", "wörter ", " ", "\n",
    "&amp;", "&lt;", "&#0;", "&#1;", "<caption>", "<thead>", "<col>", "<code>", "</code>", "<sub>", "<sup>", "<q>", "<o:p>", "<form>", "<select>", "<!---->",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=examples(400), deadline=None)
def test_any_soup_of_tags_gives_a_canonical_tree_that_stores_exactly(soup):
    tree, _ = from_html(soup)
    assert normalise(tree) == tree
    assert parse(write_html(tree)) == tree
    again, _ = from_html(write_html(tree), subset=True)
    assert write_html(from_html(write_html(again), subset=True)[0]) == write_html(again)


@given(
    st.lists(PIECES.filter(lambda piece: not piece.startswith(("<img", "<q", "&#"))), max_size=30).map(
        "".join
    )
)
@settings(max_examples=examples(200), deadline=None)
def test_no_word_is_lost_that_a_browser_parser_keeps(soup):
    expected = re.sub(r"<[^>]*>", "", nh3.clean(soup, tags=set())).replace("&amp;", "&").replace("&lt;", "<")
    got = re.sub(r"<[^>]*>", "", write_html(from_html(soup)[0])).replace("&amp;", "&").replace("&lt;", "<")
    assert sorted(re.sub(r"\s|\ufffd", "", got)) == sorted(re.sub(r"\s|\ufffd", "", expected))


@given(st.text())
@settings(max_examples=examples(200), deadline=None)
def test_no_text_raises(text):
    tree, _ = from_html(text)
    assert parse(write_html(tree)) == tree


@given(TREES)
@settings(max_examples=examples(150), deadline=None)
def test_what_is_written_passes_a_sanitiser_unchanged_in_its_words(tree):
    written = write_html(tree)
    cleaned = nh3.clean(written)
    assert re.sub(r"<[^>]*>|\s", "", cleaned).replace("&nbsp;", "") == re.sub(
        r"<[^>]*>|\s", "", written
    ).replace("\u00a0", "")
