import json
import os
from pathlib import Path

import jsonschema
import marklas
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.schema.body_trees import RAW_TREES, TREES

from ticketferry.schema.body import CODE, EM, STRIKE, STRONG, normalise, unfolded
from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_subset import parse, write_html
from ticketferry_emulators.jsm.models.adf import text_length
from ticketferry_jsm.adf import to_adf, write_adf
from ticketferry_jsm.adf_read import from_adf
from ticketferry_jsm.body import draft, draft_long, fitting, read

SHARED = Path(os.environ.get("TICKETFERRY_SHARED", Path(__file__).resolve().parents[4] / "shared"))
SCHEMA = SHARED / "specs" / "adf-full.schema.json"
needs_schema = pytest.mark.skipif(
    not SCHEMA.exists(), reason="the ADF schema is not there (set TICKETFERRY_SHARED)"
)


@pytest.fixture(scope="module")
def valid():
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text()))

    def check(doc):
        assert [error.message[:300] for error in validator.iter_errors(doc)] == []

    return check


def media(ref):
    return None if ref.endswith(":none") else f"uuid-of-{ref}"


def attachment(attrs):
    return str(attrs["id"]).removeprefix("uuid-of-")


def words(value):
    """All text below, white space aside: ADF texts, media descriptions."""
    if isinstance(value, list):
        return "".join(map(words, value))
    own = value.get("text", "") + value.get("attrs", {}).get("alt", "")
    return "".join(own.split()) + words(value.get("content", []))


def words_of(tree):
    out = ""
    for block in tree:
        if block[0] in ("p", "h"):
            for node in block[-1]:
                missing = node[0] == "img" and node[2].endswith(":none")
                text = "" if node[0] == "br" else node[1]
                out += (f"[image: {text}]" if text else "[image]") if missing else text
        elif block[0] == "pre":
            out += block[2]
        elif block[0] in ("ul", "ol"):
            out += "".join(map(words_of, block[-1]))
        elif block[0] == "quote":
            out += words_of(block[1])
        elif block[0] == "table":
            out += "".join(words_of(cell[3]) for row in block[1] for cell in row)
    return "".join(out.split())


def adf(html, **how):
    doc, losses = to_adf(parse(html), **{"media": media} | how)
    return doc["content"], [loss.code for loss in losses]


@needs_schema
@given(tree=TREES.map(unfolded))
@settings(max_examples=examples(60, most=25), deadline=None)
def test_any_body_gives_valid_adf_with_all_its_words_and_is_stable_after_one_trip(valid, tree):
    doc, _ = to_adf(tree, media=media)
    valid(doc)
    assert words(doc) == words_of(tree)
    again, losses = from_adf(doc, media=attachment)
    assert losses == []
    assert to_adf(again, media=media)[0] == doc
    assert parse(write_html(again)) == again


@given(tree=TREES.map(unfolded))
@settings(max_examples=examples(300), deadline=None)
def test_a_second_trip_changes_nothing(tree):
    doc, _ = to_adf(tree, media=media)
    again, losses = from_adf(doc, media=attachment)
    assert losses == []
    assert words(doc) == words_of(tree)
    assert to_adf(again, media=media)[0] == doc


@needs_schema
def test_a_fold_is_an_expand_that_is_read_as_its_title_and_its_blocks(valid):
    html = (
        "<p>own</p><details><summary>On 3 Nov Ann wrote: &lt;b&gt;</summary><h2>a</h2><blockquote><p>b</p></blockquote><hr>"
        "<table><tr><td><p>c</p></td></tr></table><ul><li><p>d</p></li></ul><pre>e</pre></details>"
        "<details><summary></summary><p></p></details>"
    )
    doc, losses = to_adf(parse(html), media=media)
    valid(doc)
    assert losses == []
    assert [node["type"] for node in doc["content"]] == ["paragraph", "expand", "expand"]
    assert doc["content"][1]["attrs"] == {"title": "On 3 Nov Ann wrote: <b>"}
    assert [node["type"] for node in doc["content"][1]["content"]] == [
        "heading", "blockquote", "rule", "table", "bulletList", "codeBlock",
    ]  # fmt: skip
    again, told = from_adf(doc, media=attachment)
    assert again == unfolded(parse(html))
    assert [loss.code for loss in told] == ["ADF-EXPAND"]
    assert draft(parse(html), set()).tree == unfolded(parse(html))


def test_what_both_can_hold_comes_back_as_the_same_tree():
    tree = parse(
        '<h2>T</h2><p>a <strong><em>b</em></strong><br><u>c</u><s>d</s><code>e</code><sub>f</sub><a href="https://x.example">g</a></p><p></p>'
        '<ul><li><p>a</p><ol start="3"><li><p>b</p></li></ol></li></ul><blockquote><p>q</p><pre data-language="sql">select\n1</pre></blockquote>'
        '<hr><table><tr><th colspan="2"><p>k</p></th></tr><tr><td><h3>v</h3></td><td><p></p></td></tr></table>'
        '<p><img data-ref="acme:attachment:55" alt="plan"></p><p><a href="https://y.example"><img src="https://z.example/1.png" alt=""></a></p>'
    )
    doc, losses = to_adf(tree, media=media)
    assert losses == []
    assert from_adf(doc, media=attachment) == (tree, [])


def test_symbolic_media_ids_and_addresses_pass_through_untouched():
    symbol = {"$from": ["acme:attachment:55", "media_id"]}
    joined = {"$join": ["https://site.example/browse/", {"$from": ["acme:ticket:12", "key"]}]}
    content, losses = adf(
        '<p><img data-ref="acme:attachment:55" alt="a"></p><p><a data-ticket="acme:ticket:12" href="https://old.example/12">#12</a></p>',
        media=lambda ref: symbol,
        link=lambda ticket, href: joined,
    )
    assert losses == []
    assert content[0]["content"][0]["attrs"] == {"type": "file", "id": symbol, "collection": "", "alt": "a"}
    assert content[0]["content"][0]["attrs"]["id"] is symbol
    assert content[1]["content"][0]["marks"] == [{"type": "link", "attrs": {"href": joined}}]


def test_nobody_is_mentioned_unless_asked_for():
    html = '<p>Hi <span data-person="acme:person:7">@Ann</span>!</p>'
    content, losses = adf(html)
    assert content == [{"type": "paragraph", "content": [{"type": "text", "text": "Hi @Ann!"}]}]
    assert losses == []
    content, _ = adf(html, mention=lambda ref, text: f"id-of-{ref}")
    assert content[0]["content"][1] == {
        "type": "mention",
        "attrs": {"id": "id-of-acme:person:7", "text": "@Ann"},
    }


@pytest.mark.parametrize(
    ("html", "types", "code"),
    [
        ("<blockquote><h2>t</h2></blockquote>", ["blockquote", "paragraph"], "ADF-HEADING"),
        ("<ul><li><h2>t</h2></li></ul>", ["bulletList", "listItem", "paragraph"], "ADF-HEADING"),
        ("<blockquote><p>a</p><table><tr><td><p>b</p></td></tr></table><p>c</p></blockquote>",
         ["blockquote", "paragraph", "table", "tableRow", "tableCell", "paragraph", "blockquote", "paragraph"], "ADF-QUOTE-SPLIT"),
        ("<ul><li><table><tr><td><p>b</p></td><td><p>c</p></td></tr></table></li></ul>",
         ["bulletList", "listItem", "paragraph", "bulletList", "listItem", "paragraph", "paragraph"], "ADF-TABLE-NESTED"),
        ("<table><tr><td><table><tr><td><p>b</p></td></tr></table></td></tr></table>",
         ["table", "tableRow", "tableCell", "bulletList", "listItem", "paragraph"], "ADF-TABLE-NESTED"),
        ("<blockquote><blockquote><p>a</p></blockquote></blockquote>", ["blockquote", "paragraph"], "ADF-QUOTE-NESTED"),
        ("<ul><li><blockquote><p>a</p></blockquote></li></ul>", ["bulletList", "listItem", "paragraph"], "ADF-QUOTE-LIST"),
        ("<ul><li><hr></li></ul>", ["bulletList", "listItem", "paragraph"], "ADF-RULE"),
        ('<p>a<img data-ref="acme:attachment:1" alt="">b</p>', ["paragraph", "mediaSingle", "media", "paragraph"], "ADF-IMAGE-INLINE"),
        ('<h1>a<br><img data-ref="acme:attachment:none" alt="x"></h1>', ["heading", "hardBreak"], "ADF-IMAGE"),
        ("<p><strong><code>x</code></strong></p>", ["paragraph"], "ADF-MARKS"),
        ('<p><a data-ticket="acme:ticket:1">x</a></p>', ["paragraph"], "ADF-TICKET"),
    ],
)  # fmt: skip
def test_what_adf_forbids_is_kept_in_the_nearest_form_and_told(html, types, code):
    content, losses = adf(html)

    def kinds(nodes):
        for node in nodes:
            if node["type"] != "text":
                yield node["type"]
            yield from kinds(node.get("content", []))

    assert list(kinds(content)) == types
    assert losses == [code]


def test_losses_name_the_block_and_are_summed():
    tree = parse("<p>x</p>" + "<p><strong><code>x</code></strong><br><em><code>y</code></em></p>" * 5)
    losses = to_adf(tree, media=media)[1]
    assert [(loss.code, loss.where, loss.count) for loss in losses] == [("ADF-MARKS", "block 2", 10)]


def test_an_empty_body_is_a_document_without_content():
    assert to_adf((), media=media) == ({"version": 1, "type": "doc", "content": []}, [])


def test_a_bold_heading_in_a_quote_is_one_text():
    content, _ = adf("<blockquote><h1>a<strong>b</strong></h1></blockquote>")
    assert content[0]["content"][0]["content"] == [
        {"type": "text", "text": "ab", "marks": [{"type": "strong"}]}
    ]


def test_html_of_any_depth_becomes_valid_adf_without_recursion_trouble():
    for tag in ("blockquote", "ul><li", "div", "table><tr><td"):
        tree, _ = from_html(f"<{tag}>" * 10_000 + "deep")
        doc, _ = to_adf(tree, media=media)
        assert "deep" in words(doc)


@given(tree=TREES, times=st.integers(1, 300))
@example(tree=(), times=1_500)
@settings(max_examples=examples(8), deadline=None)
def test_a_body_over_the_limit_goes_into_numbered_parts_that_jira_takes_and_that_hold_all_of_it(tree, times):
    item = ("p", (("t", "😀", 0, None),))
    for _ in range(20):
        item = ("ul", ((item,),))
    long = normalise(
        [*tree * min(times, 200), *[item] * times, ("p", (("t", "words 😀 " * times, 0, None),))]
    )
    parts = draft_long(long, frozenset(), header="Ann wrote")
    assert all(text_length(part.document) <= 32_767 for part in parts)
    if len(parts) > 1:
        assert [part.header for part in parts] == [
            f"Ann wrote ({n}/{len(parts)})" for n in range(1, len(parts) + 1)
        ]
    shown = "".join(words(part.document["content"][1:]) for part in parts)
    missing = to_adf(long, media=lambda ref: None)[0]
    assert shown == words(missing)


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            "<p> </p> <h2> </h2> <ul><li> </li></ul> <ol start='0'><li> </li></ol> <blockquote> </blockquote> <hr> <br> <strong> </strong>"
            " <em> </em> <code> </code> <sub> </sub> <sup> </sup> <a\u00a0href='https://x.example/'> </a> <a\u00a0href='javascript:a()'>"
            " <a\u00a0data-ticket='acme:ticket:1'\u00a0href=''> <pre> <pre\u00a0data-language='a&#10;b'> </pre> &#10; &#1; &#11; &amp; &nbsp;"
            " <img\u00a0data-ref='acme:attachment:1'\u00a0alt='x'> <span\u00a0data-person='acme:person:7'>@A</span>"
            " <table><tr><td> <td\u00a0rowspan='2'> </td></tr></table> tf-ticket:acme:ticket:1".replace("'", '"').split(" ")
        ).map(lambda piece: piece.replace("\u00a0", " ")),
        st.text(max_size=4),
        st.just("\n"),
    ),
    max_size=14,
).map("".join)  # fmt: skip
"""Texts that may be bodies in the stored form, written by somebody else."""


def parsed(html):
    """The tree of a text; the one of none where it is outside of the subset."""
    try:
        return parse(html)
    except ValueError:
        return ()


READABLE = st.one_of(TREES, RAW_TREES.map(write_html).map(parsed), PIECES.map(parsed))
"""Every tree that a stored body may give, also those that are not canonical."""


@given(tree=READABLE, header=st.sampled_from(["", "Ann wrote", "a\u0085b <x>"]), links=st.booleans())
@example(tree=parsed("<p>one\ntwo</p><p>ok</p>"), header="", links=True)
@example(tree=parsed("<table><tr><td rowspan='2'><p>a</p></td></tr></table>"), header="H", links=True)
@example(tree=parsed("<ul><li><ul><li><p>a</p></li></ul></li></ul><p>b</p>"), header="", links=True)
@settings(max_examples=examples(400), deadline=None)
def test_what_a_draft_says_of_reading_it_is_what_reading_it_gives(tree, header, links):
    files = frozenset({"acme:attachment:55", "acme:attachment:1"})
    found = draft(tree, files, header=header, tickets_known=links)
    back = read(
        found.document,
        media={f"tf-media:{ref}": ref for ref in files},
        tickets={f"tf-ticket:{ref}": (ref, href) for ref, href in found.tickets.items()},
    )
    if header:
        assert back[0] == ("p", (("t", header, 2, None),))
        back = back[1:]
    nothing = found.tree == () and not header  # Jira takes no document without a block
    assert back == ((("p", ()),) if nothing else found.tree)


def test_what_people_write_every_day_is_not_read_back():
    html = (
        '<h2>Your order</h2><p>Hi Sam,<br>see <a href="https://x.example/?a=1&amp;b=2">this <strong>page</strong></a>&nbsp;\U0001f600'
        ' or H<sub>2</sub>O</p><ul><li><p>one</p><ol start="3"><li><p>x</p></li></ol></li></ul><blockquote><p>was</p><ul><li><p>it</p></li></ul>'
        '</blockquote><pre data-language="sql">select 1;\n\tfrom t</pre><hr><table><tr><th><p>a</p></th><td><p>b</p></td></tr></table><p></p>'
    ).replace("&nbsp;", "\u00a0")
    assert write_html(parse(html)) == html
    assert write_adf(parse(html), media=lambda ref: None).unsure == []


@given(tree=st.one_of(TREES, READABLE))
@settings(max_examples=examples(60), deadline=None)
def test_a_stored_text_is_half_as_long_as_its_tree_at_the_least(tree):
    assert fitting(tree, 2 * len(write_html(tree)) + 100) == [tree]


MARKDOWN = """# Title

A *word* and a **bold** one, `code` and ~~gone~~, [link](https://x.example/?a=1&b=2).

- one
- two
    1. inner
    2. second

> quoted text

```python
print("x < y")
```

---

| k | v |
| - | - |
| a | b |
"""
SAME_IN_HTML = """<h1>Title</h1><p>A <i>word</i> and a <b>bold</b> one, <code>code</code> and <del>gone</del>,
<a href="https://x.example/?a=1&amp;b=2">link</a>.</p><ul><li>one<li>two<ol><li>inner<li>second</ol></ul><blockquote>quoted text</blockquote>
<pre><code class="language-python">print("x &lt; y")</code></pre><hr><table><tr><th>k<th>v<tr><td>a<td>b</table>"""


def bare(node):
    """A node without what only decorates it: local ids, default attributes, the order of marks."""
    out = {key: value for key, value in node.items() if key not in ("attrs", "content", "marks")}
    attrs = {
        key: value
        for key, value in node.get("attrs", {}).items()
        if (key, value) not in (("colspan", 1), ("rowspan", 1), ("order", 1))
        and key in ("level", "href", "language", "order", "colspan", "rowspan")
    }
    if attrs:
        out["attrs"] = attrs
    if node.get("content"):
        out["content"] = [bare(child) for child in node["content"]]
    if node.get("marks"):
        out["marks"] = sorted((bare(mark) for mark in node["marks"]), key=str)
    return out


def test_html_and_markdown_of_the_same_text_give_the_same_document_as_an_independent_converter():
    tree, losses = from_html(SAME_IN_HTML)
    ours, lost = to_adf(tree, media=media)
    assert losses == lost == []
    theirs = marklas.to_adf(MARKDOWN)
    assert bare(ours) == bare(theirs)


def test_an_independent_reader_finds_the_same_constructs():
    tree = parse(
        f'<p>a <strong>b</strong></p><ol start="2"><li><p>x</p></li></ol><pre data-language="sql">s</pre><h{3}>h</h{3}>'
    )
    markdown = marklas.to_md(to_adf(tree, media=media)[0])
    for part in ("a **b**", "2. x", "```sql\ns\n```", "### h"):
        assert part in markdown


WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon"]), min_size=1, max_size=3).map(
    " ".join
)
SHARED_LINES = st.lists(
    st.tuples(
        st.just("t"),
        WORDS,
        st.sampled_from([0, STRONG, EM, STRIKE, CODE, STRONG | EM]),
        st.sampled_from([None, None, ("https://x.example/a", "")]),
    ),
    min_size=1,
    max_size=3,
).map(
    lambda runs: tuple(
        node for run in runs for node in (("t", "plain ", 0, None), run, ("t", " plain", 0, None))
    )
)
SHARED_LEAVES = st.one_of(
    st.tuples(st.just("p"), SHARED_LINES),
    st.tuples(st.just("h"), st.integers(1, 6), SHARED_LINES),
    st.tuples(st.just("pre"), st.sampled_from(["python", "sql"]), WORDS),
)
SHARED_ITEM = st.tuples(st.tuples(st.just("p"), SHARED_LINES))
SHARED_BODIES = st.lists(
    st.one_of(
        SHARED_LEAVES,
        st.tuples(st.just("ul"), st.lists(SHARED_ITEM, min_size=1, max_size=3).map(tuple)),
        st.tuples(st.just("ol"), st.integers(1, 9), st.lists(SHARED_ITEM, min_size=1, max_size=3).map(tuple)),
        st.tuples(st.just("quote"), st.tuples(st.tuples(st.just("p"), SHARED_LINES))),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip


@given(SHARED_BODIES)
@settings(max_examples=examples(150), deadline=None)
def test_an_independent_converter_carries_what_both_know_to_markdown_and_back(blocks):
    apart = []
    for block in blocks:
        apart += [block, ("p", (("t", "between", 0, None),))]  # Markdown joins neighbouring lists and quotes
    ours, losses = to_adf(normalise(apart), media=media)
    assert losses == []
    assert bare(marklas.to_adf(marklas.to_md(ours))) == bare(ours)
