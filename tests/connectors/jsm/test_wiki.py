import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.schema.body_trees import INLINES, TREES

from ticketferry.schema.body import CODE, normalise, unfolded, walk
from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_rewrite import rewrite
from ticketferry.schema.body_subset import parse, write_html
from ticketferry_jsm.file_text import FILE_LIMIT, file_drafts
from ticketferry_jsm.wiki import LOSSES, to_wiki
from ticketferry_jsm.wiki_read import from_wiki
from ticketferry_jsm.wiki_text import escaped, units

NAMES = {
    "acme:attachment:55": "plan (1).png",
    "acme:attachment:56": "offer.pdf",
    "acme:attachment:57": "a|b!.png",
}
REFS = {name: ref for ref, name in NAMES.items()}


def wiki(html, **how):
    text, losses = to_wiki(parse(html), **{"files": NAMES.get} | how)
    return text, [loss.code for loss in losses]


def read(text, **how):
    return from_wiki(text, **{"files": REFS.get} | how)


def texts(tree):
    """Every character of text in reading order; breaks and borders of blocks are form, not text."""
    for block in tree:
        if block[0] in ("p", "h"):
            for node in block[-1]:
                if node[0] == "img":
                    shown = not node[2] or "!" not in NAMES.get(node[2], "!")
                    yield node[1] if shown else f"[image: {node[1]}]" if node[1] else "[image]"
                elif node[0] != "br":
                    yield node[1]
        elif block[0] == "pre":
            yield block[2].replace("\n", "")
        elif block[0] in ("ul", "ol"):
            for item in block[-1]:
                yield from texts(item)
        elif block[0] == "quote":
            yield from texts(block[1])
        elif block[0] == "table":
            for row in block[1]:
                for cell in row:
                    yield from texts(cell[3])


def text_of(tree):
    return "".join(texts(tree))


@given(tree=TREES)
@settings(max_examples=examples(500), deadline=None)
def test_the_text_of_any_body_survives_writing_and_reading_exactly(tree):
    text, losses = to_wiki(tree, files=NAMES.get)
    assert text_of(read(text)) == text_of(unfolded(tree))
    assert {loss.code for loss in losses} <= set(LOSSES)
    assert all(loss.where.startswith("block ") and loss.count > 0 for loss in losses)


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"{}[]*_-+^~?!|#\\&:;()@%/. \t", "h1.", "bq. ", "{{", "}}", "\\\\", ":)", ":D", ";-)", "(/)", "(i)", "{code}", "{quote}",
                "{noformat}", "----", "--", "---", "||", "* ", "# ", "- ", "&amp;", "&#92;", "[~accountid:x]", "!a.png!", "[a|b]", "{*}", "word",
                "https://x.example/a_b-c?d=1&e=~f", "http://", "ß", "😀👩‍👩‍👧", "שלום", "\u200b", "\u202e", "\u00a0", "\u3000", "C:\\new\\(x)",
            ]
        ),
        st.text(max_size=4),
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(text=PIECES)
@settings(max_examples=examples(500), deadline=None)
def test_no_text_changes_its_meaning_wherever_it_stands(text):
    text = text.replace("\n", " ")
    for wrap in (
        lambda node: [("p", (node,))],
        lambda node: [("p", (("t", "x", 1, None), node, ("t", "y", 0, ("https://x.example", ""))))],
        lambda node: [("h", 2, (node,))],
        lambda node: [("ul", ((("p", (node,)),), (("ol", 1, ((("p", (node,)),),)),)))],
        lambda node: [("table", (((True, 1, 1, (("p", (node,)),)), (False, 1, 1, (("p", (node,)),))),))],
        lambda node: [("quote", (("p", (node, ("br",), node)),))],
        lambda node: [("p", (node, ("br",), ("br",), node))],
        lambda node: [("p", (("t", text, 0, ("https://x.example", "")),))],
        lambda node: [("pre", "", text)],
    ):
        tree = normalise(wrap(("t", text, 0, None)))
        if not text_of(tree).strip():
            continue
        markup, losses = to_wiki(tree, files=NAMES.get)
        if not losses:
            assert read(markup) == tree


@given(line=INLINES, marks=st.integers(0, 127))
@settings(max_examples=examples(400), deadline=None)
def test_emphasis_comes_back_as_it_was_but_for_white_space_at_its_edge(line, marks):
    def words(node):
        if node[0] == "br" or (node[0] == "t" and not node[1].isspace()):
            return ("t", node[1], node[2] | marks, None) if node[0] == "t" else node
        return None

    tree = rewrite(normalise([("p", line)]), words)
    shown = read(to_wiki(tree, files=NAMES.get)[0])

    def letters(body):
        return [
            (char, node[2] & 127)
            for node in walk(body)
            if node[0] == "t"
            for char in node[1]
            if not char.isspace()
        ]

    assert letters(shown) == letters(tree)


HOLDS = """<h2>Title</h2><p>a <strong>bold</strong> in<em>tra</em>word <u>u</u><s>s</s><code>co de</code> H<sub>2</sub>O x<sup>2</sup><br>next
 <a href="https://x.example/a_b">link [1] | {x}</a> and <strong>all <em>to<code>gether</code></em></strong></p><p></p>
<ul><li><p>a</p><ol><li><p>b</p></li><li><p>c<br>d</p><ul><li><p>e</p></li></ul></li></ol></li><li><ul><li><p>x</p></li></ul></li></ul>
<blockquote><p>q</p><ul><li><p>in</p></li></ul><p>r</p></blockquote><hr><pre data-language="sql">select *
  from x -- {y} |

where 1</pre><pre>plain

text </pre><table><tr><th><p>k</p></th><th><p>a|b</p></th></tr><tr><td><p></p></td><td><ul><li><p>v</p></li><li><p>w</p></li></ul></td></tr></table>
<p><img data-ref="acme:attachment:55" alt="The plan"> and <a href="https://y.example"><img src="https://z.example/1.png" alt=""></a></p>
<p><img data-ref="acme:attachment:56" alt=""></p><ol><li><p>one</p><pre>code

in item</pre></li><li><p>two</p></li></ol><p><br></p><p>x<br><br>y<br></p>""".replace("\n ", " ").replace(
    ">\n<", "><"
)


def test_what_markup_can_hold_comes_back_as_the_same_tree():
    html = HOLDS.replace("<li><ul><li><p>x</p></li></ul></li></ul>", "</ul>")
    text, losses = wiki(html)
    assert losses == []
    assert read(text) == parse(html)


@pytest.mark.parametrize(
    ("html", "markup"),
    [
        ("<p>a <strong>bold</strong>, word</p>", "a *bold*, word"),
        ("<p><strong>bold</strong> word</p>", "*bold* word"),
        ("<p>in<strong>tra</strong>word</p>", "in{*}tra{*}word"),
        ("<p><strong>a <em>b</em></strong></p>", "{*}a {_}b{_}{*}"),
        ("<p><strong>a </strong>b</p>", "{*}a{*} b"),
        ("<h3>t</h3>", "h3. t"),
        ("<p>h1. no heading</p>", "h1&#46; no heading"),
        ("<p>see h1. there</p>", "see h1. there"),
        ("<p># 1</p>", "\\# 1"),
        ("<p>a # 1</p>", "a # 1"),
        ("<p>a*b_c{d}[e]|f!g^h~i+j</p>", "a\\*b\\_c\\{d\\}\\[e\\]\\|f\\!g\\^h\\~i\\+j"),
        ("<p>well-known -x- -- y</p>", "well-known \\-x\\- \\-\\- y"),
        ("<p>C:\\Users\\new</p>", "C:\\Users\\new"),
        ("<p>\\\\server\\*</p>", "&#92;\\server&#92;\\*"),
        ("<p>done :) (i) :D (x)</p>", "done :\\) \\(i) &#58;D \\(x)"),
        ("<p>&amp;lt; a &amp; b</p>", "&amp;lt; a & b"),
        ("<p>https://x.example/a_b-c?d=1 ok?</p>", "https://x.example/a_b-c?d=1 ok?"),
        ('<p><a href="https://x.example/a_b">https://x.example/a_b</a></p>', "[https://x.example/a_b]"),
        ('<p><a href="https://x.example">a|b]</a></p>', "[a\\|b\\]|https://x.example]"),
        ('<p><a href="mailto:a@x.example">a@x.example</a></p>', "[a@x.example|mailto:a@x.example]"),
        ('<ul><li><p>a</p><ol><li><p>b</p></li></ol></li><li><p>c</p></li></ul>', "* a\n*# b\n* c"),
        ("<table><tr><th><p>k</p></th><td><p>a|b</p></td></tr><tr><td><p></p></td></tr></table>", "|| k| a\\|b|\n|  |"),
        ('<p><img data-ref="acme:attachment:55" alt=""></p>', "!plan (1).png!"),
        ('<p><img data-ref="acme:attachment:55" alt="the plan"></p>', "!plan (1).png|alt=the plan!"),
        ('<p><img data-ref="acme:attachment:56" alt=""></p>', "[^offer.pdf]"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "{quote}\na\n\nb\n{quote}"),
        ('<pre data-language="java">a</pre>', "{code:java}\na\n{code}"),
        ("<pre>a</pre>", "{noformat}\na\n{noformat}"),
        ("<p>a<br>b</p>", "a\nb"),
        ("<p>a<br><br>b</p>", "a\\\\ \\\\ b"),
        ("<p>x</p><hr><p></p>", "x\n\n----\n\n\\\\"),
    ],
)  # fmt: skip
def test_markup_is_what_jira_documents(html, markup):
    text, losses = wiki(html)
    assert (text, losses) == (markup, [])
    assert read(text) == parse(html.replace(" </strong>", "</strong> "))


@pytest.mark.parametrize(
    ("html", "markup", "code"),
    [
        ("<ul><li><h2>t</h2></li></ul>", "* *t*", "WIKI-HEADING"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "* a\\\\ b", "WIKI-ITEM"),
        ("<ul><li><p>a</p><ul><li><p>b</p></li></ul><p>c</p></li></ul>", "* a\n** b\n* c", "WIKI-ITEM"),
        ("<ul><li><hr></li></ul>", "* \\\\", "WIKI-RULE"),
        ("<ul><li><blockquote><p>a</p></blockquote></li></ul>", "* a", "WIKI-QUOTE"),
        ("<ul><li><table><tr><td><p>a</p></td></tr></table></li></ul>", "** a", "WIKI-TABLE"),
        ("<blockquote><blockquote><p>a</p></blockquote></blockquote>", "{quote}\na\n{quote}", "WIKI-QUOTE-NESTED"),
        ('<ol start="3"><li><p>a</p></li></ol>', "# a", "WIKI-START"),
        ('<table><tr><td colspan="2"><p>a</p></td></tr><tr><td><p>b</p></td><td><p>c</p></td></tr></table>', "| a|  |\n| b| c|", "WIKI-SPAN"),
        ('<table><tr><td rowspan="2"><p>a</p></td><td><p>b</p></td></tr><tr><td><p>c</p></td></tr></table>', "| a| b|\n|  | c|", "WIKI-SPAN"),
        ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", "|\na\nb\n|", "WIKI-CELL"),
        ("<table><tr><td><pre>a|b</pre></td></tr></table>", "| {{a\\|b}}|", "WIKI-CODE-CELL"),
        ("<table><tr><td><ul><li><pre>a|b</pre></li></ul></td></tr></table>", "|\n* {{a\\|b}}\n|", "WIKI-CODE-CELL"),
        ("<pre>a {code} b</pre>", "{noformat}\na {\n{noformat}\n{noformat}\ncode} b\n{noformat}", "WIKI-CODE"),
        ('<pre data-language="a|b}">x</pre>', "{noformat}\nx\n{noformat}", "WIKI-LANGUAGE"),
        ('<p><img data-ref="acme:attachment:57" alt="x"></p>', "\\[image: x\\]", "WIKI-IMAGE"),
        ('<p><img data-ref="acme:attachment:99" alt=""></p>', "\\[image\\]", "WIKI-IMAGE"),
        ('<p><img data-ref="acme:attachment:55" alt="a!b"></p>', "!plan (1).png!\\\\ a\\!b", "WIKI-ALT"),
        ('<p>a<img data-ref="acme:attachment:55" alt="">b</p>', "a\\\\ !plan (1).png!\\\\ b", "WIKI-IMAGE-INLINE"),
        ('<p><a href="https://x.example"><img data-ref="acme:attachment:56" alt=""></a></p>', "[^offer.pdf]", "WIKI-IMAGE-LINK"),
        ('<p><a href="https://x.example/[a]|b c">x</a></p>', "[x|https://x.example/%5Ba%5D%7Cb%20c]", "WIKI-ADDRESS"),
        ('<p><a href="javascript:alert(1)">x</a></p>', "x", "WIKI-URL"),
        ('<p>a<a href="https://x.example"> </a>b</p>', "a b", "WIKI-LINK"),
        ('<p><a data-ticket="acme:ticket:1">x</a></p>', "x", "WIKI-TICKET"),
        ("<p>a <u>b </u>c</p>", "a {+}b{+} c", "WIKI-MARKS"),
    ],
)  # fmt: skip
def test_what_markup_cannot_hold_is_kept_in_the_nearest_form_and_told(html, markup, code):
    text, losses = wiki(html)
    assert text == markup
    assert set(losses) == {code}
    assert text_of(read(text)) == text_of(parse(html))


def test_nobody_is_mentioned_unless_asked_for():
    html = '<p>Hi <strong><span data-person="acme:person:7">@Ann_B</span></strong>!</p>'
    assert wiki(html) == ("Hi {*}@Ann\\_B{*}\\!", [])
    text, losses = wiki(html, mention=lambda ref, text: "5b10:a-c")
    assert (text, losses) == ("Hi [~accountid:5b10:a-c]\\!", ["WIKI-MENTION-MARKS"])
    assert wiki(html, mention=lambda ref, text: None)[1] == ["WIKI-MENTION"]
    assert wiki(html, mention=lambda ref, text: "x]y")[1] == ["WIKI-MENTION"]
    tree = from_wiki(text, files=REFS.get, person={"5b10:a-c": ("acme:person:7", "@Ann_B")}.get)
    assert write_html(tree) == '<p>Hi <span data-person="acme:person:7">@Ann_B</span>!</p>'


def test_a_link_to_a_ticket_takes_the_address_that_the_caller_gives():
    html = '<p><a data-ticket="acme:ticket:1" href="https://old.example/1">#1</a></p>'
    assert wiki(html)[0] == "[#1|https://old.example/1]"
    assert (
        wiki(html, link=lambda ref, href: f"https://new.example/{ref[-1]}")[0] == "[#1|https://new.example/1]"
    )


def test_any_depth_is_written():
    for tag in ("blockquote", "ul><li", "ol><li", "table><tr><td"):
        tree, _ = from_html(f"<{tag}>" * 500 + "deep")
        assert "deep" in to_wiki(tree, files=NAMES.get)[0]


def test_code_keeps_every_character():
    text = "\n  {x} *a* |b| \\\\ [c] !d! &amp;\t\n\n"
    tree = (("pre", "", text), ("pre", "c++", text))
    markup, losses = to_wiki(tree, files=NAMES.get)
    assert losses == []
    assert read(markup) == tree
    assert text in markup


@given(st.text(alphabet="{}[]|*_-+^~?!#\\ \nabh1.quotecdenfrm:&;", max_size=60))
@settings(max_examples=examples(400), deadline=None)
def test_the_reader_takes_any_text(text):
    tree = read(text)
    assert parse(write_html(tree)) == tree


def test_plain_words_cost_nothing_and_code_marks_are_read():
    assert escaped("Plain words, 12 of them.") == "Plain words, 12 of them."
    tree = (("p", (("t", "a", 0, None), ("t", "x}y", CODE, None), ("t", "b", 0, None))),)
    assert to_wiki(tree, files=NAMES.get)[0] == "a{{x\\}y}}b"
    assert read("a{{x\\}y}}b") == tree


def test_addresses_as_long_as_a_body_become_text_so_that_each_part_fits_into_its_field():
    href = "https://x.example/?" + "a" * 40_000
    tree = parse("".join(f'<p><a href="{href}{number}">word{number}</a></p>' for number in range(3)))
    parts = file_drafts(tree, frozenset(), header="Ann · 2021")
    assert len(parts) > 3
    assert all(units(part.wiki) <= FILE_LIMIT for part in parts)
    assert "WIKI-ADDRESS-LONG" in {loss.code for part in parts for loss in part.losses}
    whole = "".join("".join(text_of(part.tree).split()) for part in parts)
    assert all(f"word{number}({href}{number})" in whole for number in range(3))


def test_a_long_text_goes_into_parts_that_hold_all_of_it_and_a_link_that_fits_stays_one():
    href = "https://x.example/?" + "b" * 5_000
    tree = parse(f'<p><a href="{href}">here</a></p>' + "<p>😀* {x}</p>" * 8_000)
    parts = file_drafts(tree, frozenset())
    assert all(units(part.wiki) <= FILE_LIMIT for part in parts)
    assert "".join("".join(text_of(part.tree).split()) for part in parts) == "".join(text_of(tree).split())
    assert f"[here|{href}]" in parts[0].wiki
    assert "WIKI-ADDRESS-LONG" not in {loss.code for part in parts for loss in part.losses}
