import json
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples

from ticketferry.schema.body import normalise
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.body_text import to_text
from ticketferry_jsm.adf import to_adf
from ticketferry_jsm.adf_read import from_adf
from ticketferry_jsm.adf_vocabulary import MARKS, NODES

SHARED = Path(os.environ.get("TICKETFERRY_SHARED", Path(__file__).resolve().parents[4] / "shared"))
SCHEMA = SHARED / "specs" / "adf-full.schema.json"
BAD = SHARED / "fixtures" / "jira-recorded" / "adf-unsupported-content.json"


def read(*content, **how):
    tree, losses = from_adf(
        {"version": 1, "type": "doc", "content": list(content)}, **{"media": lambda attrs: None} | how
    )
    assert parse(write_html(tree)) == tree
    return write_html(tree), {loss.code: (loss.where, loss.count) for loss in losses}


def text(value, *marks):
    return {"type": "text", "text": value, "marks": list(marks)}


def p(*content):
    return {"type": "paragraph", "content": list(content)}


FILE = {"type": "media", "attrs": {"type": "file", "id": "uuid-1", "collection": "", "alt": "plan"}}


@pytest.mark.parametrize(
    ("node", "html", "code"),
    [
        (p(text("a", {"type": "strong"}, {"type": "subsup", "attrs": {"type": "sup"}})), "<p><strong><sup>a</sup></strong></p>", None),
        (p(text("a", {"type": "textColor", "attrs": {"color": "#ff0000"}})), "<p>a</p>", "ADF-STYLE"),
        (p(text("a\nb")), "<p>a<br>b</p>", None),
        ({"type": "paragraph", "marks": [{"type": "alignment", "attrs": {"align": "end"}}], "content": [text("a")]}, "<p>a</p>", "ADF-STYLE"),
        (p({"type": "mention", "attrs": {"id": "5b", "text": "@Ann"}}), "<p>@Ann</p>", "ADF-MENTION"),
        (p({"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}}), "<p>😄</p>", None),
        (p({"type": "emoji", "attrs": {"shortName": ":party-parrot:"}}), "<p>:party-parrot:</p>", "ADF-EMOJI"),
        (p({"type": "date", "attrs": {"timestamp": "1667347200000"}}), "<p>2022-11-02</p>", "ADF-DATE"),
        (p({"type": "date", "attrs": {"timestamp": "soon"}}), "<p>soon</p>", "ADF-DATE"),
        (p({"type": "status", "attrs": {"text": "DONE", "color": "green"}}), "<p><strong>DONE</strong></p>", "ADF-STATUS"),
        (p({"type": "inlineCard", "attrs": {"url": "https://x.example"}}), '<p><a href="https://x.example">https://x.example</a></p>', "ADF-CARD"),
        ({"type": "blockCard", "attrs": {"data": {"url": "https://x.example"}}}, '<p><a href="https://x.example">https://x.example</a></p>', "ADF-CARD"),
        ({"type": "embedCard", "attrs": {"url": "/x", "layout": "wide"}}, '<p><a href="/x">/x</a></p>', "ADF-CARD"),
        (p({"type": "placeholder", "attrs": {"text": "type here"}}), "<p>type here</p>", "ADF-STYLE"),
        (p({"type": "inlineExtension", "attrs": {"extensionKey": "jql", "extensionType": "x"}}), "<p>[jql]</p>", "ADF-EXTENSION"),
        (p({"type": "mediaInline", "attrs": {"id": "uuid-9", "collection": ""}}), "<p>[image]</p>", "ADF-MEDIA"),
        ({"type": "panel", "attrs": {"panelType": "warning"}, "content": [p(text("a"))]}, "<blockquote><p>a</p></blockquote>", "ADF-PANEL"),
        ({"type": "expand", "attrs": {"title": "More"}, "content": [p(text("a"))]}, "<p><strong>More</strong></p><p>a</p>", "ADF-EXPAND"),
        ({"type": "nestedExpand", "attrs": {}, "content": [p(text("a"))]}, "<p>a</p>", "ADF-EXPAND"),
        ({"type": "taskList", "attrs": {"localId": ""}, "content": [
            {"type": "taskItem", "attrs": {"localId": "", "state": "DONE"}, "content": [text("a")]},
            {"type": "taskList", "attrs": {"localId": ""}, "content": [{"type": "blockTaskItem", "attrs": {"state": "TODO"}, "content": [p(text("b"))]}]}]},
         "<ul><li><p>☑ a</p><ul><li><p>☐ b</p></li></ul></li></ul>", "ADF-TASK"),
        ({"type": "decisionList", "attrs": {"localId": ""}, "content": [{"type": "decisionItem", "attrs": {}, "content": [text("a")]}]},
         "<ul><li><p>a</p></li></ul>", "ADF-DECISION"),
        ({"type": "layoutSection", "content": [{"type": "layoutColumn", "attrs": {"width": 50}, "content": [p(text("a"))]},
                                               {"type": "layoutColumn", "attrs": {"width": 50}, "content": [p(text("b"))]}]}, "<p>a</p><p>b</p>", "ADF-LAYOUT"),
        ({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [FILE, {"type": "caption", "content": [text("c")]}]},
         "<p>[image: plan]</p><p>c</p>", "ADF-MEDIA"),
        ({"type": "mediaGroup", "content": [FILE, FILE]}, "<p>[image: plan]</p><p>[image: plan]</p>", "ADF-MEDIA"),
        ({"type": "extension", "attrs": {"extensionKey": "toc", "extensionType": "x", "text": "Contents"}}, "<p>Contents</p>", "ADF-EXTENSION"),
        ({"type": "bodiedExtension", "attrs": {"extensionKey": "e", "extensionType": "x"}, "content": [p(text("a"))]}, "<p>a</p>", "ADF-EXTENSION"),
        ({"type": "syncBlock", "attrs": {"resourceId": "r", "localId": ""}}, "<p>[r]</p>", "ADF-EXTENSION"),
        ({"type": "bodiedSyncBlock", "attrs": {}, "content": [p(text("a"))]}, "<p>a</p>", "ADF-EXTENSION"),
        ({"type": "table", "attrs": {"isNumberColumnEnabled": True}, "content": [{"type": "tableRow", "content": [
            {"type": "tableHeader", "attrs": {"colspan": 2, "background": "#fff"}, "content": [p(text("a"))]}, {"type": "tableCell", "content": []}]}]},
         '<table><tr><th colspan="2"><p>a</p></th><td><p></p></td></tr></table>', "ADF-STYLE"),
        ({"type": "codBlock", "content": [text("a")]}, "<p>a</p>", "ADF-UNKNOWN"),
        ({"type": "thing", "attrs": {"text": "a"}}, "<p>a</p>", "ADF-UNKNOWN"),
        (text("bare"), "<p>bare</p>", None),
        (p({"type": "bulletList", "content": [{"type": "listItem", "content": [p(text("a"))]}]}), "<p>a</p>", None),
        (p({"type": "team-mention", "attrs": {"text": "@all"}}), "<p>@all</p>", "ADF-UNKNOWN"),
        ({"type": "bulletList", "content": [p(text("a"))]}, "<ul><li><p>a</p></li></ul>", "ADF-INVALID"),
        ("bare string", "<p>bare string</p>", "ADF-INVALID"),
        ({"type": "codeBlock", "attrs": {"language": 1}, "content": [text("a")]}, "<pre>a</pre>", None),
    ],
)  # fmt: skip
def test_every_construct_is_read_into_the_closest_one_and_its_loss_told(node, html, code):
    written, losses = read(node)
    assert written == html
    if code is None:
        assert losses == {}
    else:
        assert losses[code][0].startswith("$.content[0]")


def test_files_and_people_that_are_known_become_references():
    html, losses = read(
        {"type": "mediaSingle", "marks": [{"type": "link", "attrs": {"href": "/x"}}], "content": [FILE]},
        p({"type": "mention", "attrs": {"id": "5b", "text": "@Ann"}}),
        media=lambda attrs: {"uuid-1": "acme:attachment:55"}.get(attrs["id"]),
        person={"5b": "acme:person:7"}.get,
    )
    assert html == (
        '<p><a href="/x"><img data-ref="acme:attachment:55" alt="plan"></a></p><p><span data-person="acme:person:7">@Ann</span></p>'
    )
    assert losses == {}


def test_a_loss_names_the_first_json_path_and_counts():
    red = text("a", {"type": "textColor", "attrs": {"color": "#ff0000"}})
    _, losses = read(p(text("x"), red), p(red, red))
    assert losses["ADF-STYLE"] == ("$.content[0].content[1]", 3)


@pytest.mark.skipif(not BAD.exists(), reason="the recorded documents are not there (set TICKETFERRY_SHARED)")
def test_a_recorded_document_full_of_errors_is_read_with_all_its_text():
    doc = json.loads(BAD.read_text())
    tree, losses = from_adf(doc, media=lambda attrs: None)
    shown = to_text(tree)
    for words in ("Invalid code block", "Block extension demo", "@all", "Some text and invalid"):
        assert words in shown
    assert {"ADF-UNKNOWN", "ADF-EXTENSION", "ADF-STYLE"} <= {loss.code for loss in losses}
    assert all(loss.where.startswith("$.") for loss in losses)


def test_nesting_of_any_depth_is_read():
    node = p(text("deep"))
    for kind in [
        "blockquote",
        "panel",
        "bulletList",
        "listItem",
        "table",
        "tableRow",
        "tableCell",
        "taskList",
        "x",
    ] * 1000:
        node = {"type": kind, "content": [node]}
    html, losses = read(node)
    assert "deep" in html
    assert "ADF-DEPTH" in losses


@pytest.mark.parametrize(
    "doc",
    [
        {},
        {"content": None},
        {"content": "x"},
        {"content": [None, 3, [], {"type": 4}]},
        {"content": [{"type": "paragraph", "content": {}}]},
    ],
)
def test_what_is_no_document_does_not_raise(doc):
    tree, _ = from_adf(doc, media=lambda attrs: None)
    assert normalise(tree) == tree


def instances(schema):
    """Make documents from the schema itself, so that no node or mark of it is forgotten."""
    definitions = schema["definitions"]
    dice = random.Random(7)

    def make(part, depth):
        if "$ref" in part:
            return make(definitions[part["$ref"].removeprefix("#/definitions/")], depth)
        if "anyOf" in part:
            return make(dice.choice(part["anyOf"]), depth)
        if "allOf" in part:
            merged = {}
            for each in part["allOf"]:
                made = make(each, depth)
                merged |= made if isinstance(made, dict) else {}
            return merged
        if "enum" in part:
            return dice.choice(part["enum"])
        match part.get("type"):
            case "object":
                required = part.get("required", [])
                return {
                    key: make(value, depth + 1)
                    for key, value in part.get("properties", {}).items()
                    if key in required
                    or (key in ("content", "marks", "attrs") and depth < 9)
                    or dice.random() < 0.3
                }
            case "array":
                if isinstance(part.get("items"), list):
                    return [make(each, depth + 1) for each in part["items"]]
                least = part.get("minItems", 0)
                count = least if depth > 9 else max(least, dice.randint(0, min(part.get("maxItems", 2), 2)))
                return [make(part["items"], depth + 1) for _ in range(count)] if "items" in part else []
            case "string":
                return "#ff0000" if "pattern" in part else "word"
            case "number":
                return 1
            case "boolean":
                return True
        return {"url": "https://x.example"}

    for name in definitions:
        for _ in range(8):
            if name.endswith("_mark"):
                yield {"content": [p({"type": "text", "text": "a", "marks": [make(definitions[name], 2)]})]}
            elif name.endswith("_node") and name != "doc_node":
                yield {"content": [make(definitions[name], 2)]}
    for _ in range(100):
        yield make({"$ref": "#/definitions/doc_node"}, 0)


@pytest.mark.skipif(not SCHEMA.exists(), reason="the ADF schema is not there (set TICKETFERRY_SHARED)")
def test_documents_drawn_from_the_schema_hold_no_unknown_node_or_mark_and_settle_after_one_trip():
    seen = set()
    for doc in instances(json.loads(SCHEMA.read_text())):
        seen |= set(re.findall(r'"type": "(\w+)"', json.dumps(doc)))
        tree, losses = from_adf(doc, media=lambda attrs: "acme:attachment:1")
        assert not {"ADF-UNKNOWN"} & {loss.code for loss in losses}
        assert parse(write_html(tree)) == tree
        once, _ = to_adf(tree, media=lambda ref: "uuid")
        again, _ = from_adf(once, media=lambda attrs: "acme:attachment:1")
        assert to_adf(again, media=lambda ref: "uuid")[0] == once
    assert len(seen) > 60 - 3  # 43 nodes and 17 marks, `doc` and types of attributes among them


@pytest.mark.skipif(not SCHEMA.exists(), reason="the ADF schema is not there (set TICKETFERRY_SHARED)")
def test_no_node_and_no_mark_of_the_schema_is_unhandled():
    definitions = json.loads(SCHEMA.read_text())["definitions"]
    kinds = {
        name: part["properties"]["type"]["enum"][0]
        for name, part in definitions.items()
        if "enum" in part.get("properties", {}).get("type", {})
    }
    marks = {kind for name, kind in kinds.items() if name.endswith("_mark")}
    nodes = {kind for name, kind in kinds.items() if not name.endswith("_mark")}
    assert (len(nodes), len(marks)) == (43, 17)
    assert (nodes, marks) == (set(NODES), set(MARKS))
    attrs = {
        "text": "word",
        "url": "https://x.example",
        "level": 1,
        "panelType": "info",
        "timestamp": "1667347200000",
    }
    for kind in sorted(nodes - {"doc"}):
        node = {
            "type": kind,
            "attrs": {**attrs, "shortName": ":x:", "state": "TODO"},
            "content": [p(text("inner"))],
        }
        if kind in ("text", "hardBreak"):
            node = {"type": kind, "text": "word"}
        for wrapped in (
            node,
            p(node),
            {"type": "bulletList", "content": [{"type": "listItem", "content": [node]}]},
        ):
            tree, losses = from_adf({"content": [wrapped]}, media=lambda attrs: "acme:attachment:1")
            codes = {loss.code for loss in losses}
            assert "ADF-UNKNOWN" not in codes, kind
            assert tree, kind
            if wrapped is node and NODES[kind][1] and kind not in ("blockTaskItem", "taskItem", "emoji"):
                assert NODES[kind][1] in codes, kind
    for kind in sorted(marks):
        mark = {"type": kind, "attrs": {"href": "https://x.example", "type": "sup", "color": "#fff"}}
        tree, losses = from_adf({"content": [p(text("a", mark))]}, media=lambda attrs: None)
        told = [(loss.code, loss.where) for loss in losses]
        if MARKS[kind]:
            assert told == []
            assert tree != (("p", (("t", "a", 0, None),)),)
        else:
            assert told == [("ADF-STYLE", "$.content[0].content[0]")]
            assert tree == (("p", (("t", "a", 0, None),)),)


def test_unknown_marks_unsafe_addresses_and_titles_of_links_are_told():
    html, losses = read(
        p(text("a", {"type": "shiny"})),
        p(text("b", {"type": "link", "attrs": {"href": "java\tscript:alert(1)", "title": "T"}})),
        p({"type": "inlineCard", "attrs": {"url": "javascript:x"}}),
        {"type": "mediaSingle", "attrs": {"layout": "wide", "width": 40}, "content": [{"type": "media", "attrs": {"type": "external", "url": "data:x"}}]},
    )  # fmt: skip
    assert html == "<p>a</p><p>b</p><p>javascript:x</p><p>[image]</p>"
    assert losses["ADF-UNKNOWN"] == ("$.content[0].content[0]", 1)
    assert losses["ADF-URL"][0] == "$.content[3].content[0]"  # the last of three addresses
    assert losses["ADF-TITLE"] == ("$.content[1].content[0]", 1)
    assert losses["ADF-STYLE"][0] == "$.content[3]"


KINDS = [*NODES, "x", ""]


@st.composite
def documents(draw):
    """Any nodes within any nodes, each with a word of its own wherever ADF has a place for text."""
    words = []

    def word():
        words.append(f"w{len(words)}w")
        return words[-1]

    def node(depth):
        made = {"type": draw(st.sampled_from(KINDS))}
        where = draw(st.integers(0, 7))
        if where & 1 or made["type"] == "text":
            made["text"] = word()
        if where & 2 and made["type"] in (
            "mention",
            "status",
            "placeholder",
            "extension",
            "inlineExtension",
            "emoji",
            "x",
        ):
            made["attrs"] = {"text": word()}
        elif where & 2 and made["type"] in ("expand", "nestedExpand"):
            made["attrs"] = {"title": word()}
        elif where & 2 and made["type"] in ("media", "mediaInline"):
            made["attrs"] = {"alt": word()}
        if where & 4 and depth < 5:
            made["content"] = [node(depth + 1) for _ in range(draw(st.integers(0, 3)))]
        return made

    content = [node(0) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.sampled_from([0, 0, 0, 31, 60, 120]))):
        content = [
            {
                "type": draw(
                    st.sampled_from(["blockquote", "bulletList", "taskList", "table", "paragraph", "x"])
                ),
                "content": content,
            }
        ]
    return {"content": content}, words


def test_both_texts_of_an_unknown_node_within_a_line_are_read():
    line = {"type": "paragraph", "content": [{"type": "x", "text": "inner", "attrs": {"text": "shown"}}]}
    tree, losses = from_adf({"content": [line]}, media=lambda attrs: None)
    shown = to_text(tree)
    assert (shown.count("inner"), shown.count("shown")) == (1, 1), shown
    assert losses


@given(documents())
@settings(max_examples=examples(400), deadline=None)
def test_no_text_is_lost_wherever_it_stands(made):
    document, words = made
    tree, _ = from_adf(document, media=lambda attrs: None)
    shown = to_text(tree)
    assert [word for word in words if word not in shown] == []
    assert all(shown.count(word) == 1 for word in words)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    [
                        "paragraph",
                        "text",
                        "table",
                        "tableRow",
                        "bulletList",
                        "listItem",
                        "mediaSingle",
                        "media",
                        "taskList",
                        "heading",
                        "x",
                    ]
                )
            },
            optional={"content": inner, "attrs": inner, "marks": inner, "text": inner},
        ),
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=examples(300), deadline=None)
def test_no_json_raises(value):
    tree, _ = from_adf({"content": [value]}, media=lambda attrs: None)
    assert parse(write_html(tree)) == tree


@pytest.mark.parametrize(
    "content", [text("only one"), "only one", [[text("only one")]], [text("only"), text(" one")]]
)
def test_content_that_is_no_array_of_nodes_keeps_its_words(content):
    html, _ = read(
        {"type": "paragraph", "content": content}, {"type": "blockquote", "content": p(text("quoted"))}
    )
    assert "only one" in html
    assert "quoted" in html


@pytest.mark.parametrize("value", [5, 5.5, 10**30])
def test_a_number_where_a_text_belongs_is_read_as_it_is_written(value):
    assert read(p(text(value)))[0] == f"<p>{value}</p>"
