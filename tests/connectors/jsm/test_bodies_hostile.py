"""What no sane mail holds, through all converters: nothing raises, nothing is lost, and twice the input is twice the work."""

import json
import os
import sys
from pathlib import Path

import jsonschema
import pytest

from ticketferry.schema.body import normalise
from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.body_text import from_text, split, text_length, to_text
from ticketferry_jsm.adf import to_adf
from ticketferry_jsm.adf_read import from_adf
from ticketferry_jsm.file_text import file_drafts
from ticketferry_jsm.wiki import to_wiki
from ticketferry_jsm.wiki_read import from_wiki
from ticketferry_jsm.wiki_text import units

SHARED = Path(os.environ.get("TICKETFERRY_SHARED", Path(__file__).resolve().parents[4] / "shared"))
SCHEMA = SHARED / "specs" / "adf-full.schema.json"

GROWING = {
    "text": lambda n: "<p>" + "word " * n,
    "text in one word": lambda n: "x" * n,
    "paragraphs": lambda n: "<p>a</p>" * n,
    "breaks": lambda n: "a<br>" * n,
    "breaks alone": lambda n: "<br>" * n,
    "bold words": lambda n: "<b>a</b> b " * n,
    "marks that alternate": lambda n: "<b>a<i>b</i></b><i>c</i> " * n,
    "white space that is marked": lambda n: "<u> </u><s> </s>" * n + "a",
    "unclosed paragraphs": lambda n: "<p>a" * n,
    "unclosed emphasis": lambda n: "<b>a" * n,
    "unclosed blocks": lambda n: "<div>a" * n,
    "unclosed lists": lambda n: "<ul><li>a" * n,
    "unclosed quotes": lambda n: "<blockquote>a" * n,
    "unclosed tables": lambda n: "<table><tr><td>a" * n,
    "items": lambda n: "<ul>" + "<li>a" * n,
    "paragraphs of one item": lambda n: "<ul><li>" + "<p>a</p>" * n,
    "lists of one item": lambda n: "<ul><li>a" + "<ul><li>b</ul>c" * n,
    "rows": lambda n: "<table>" + "<tr><td>a<td>b" * n,
    "cells": lambda n: "<table><tr>" + "<td>a" * n,
    "spans": lambda n: "<table><tr>" + "<td colspan=1000 rowspan=1000>a" * n + "<tr><td>b" * n,
    "paragraphs of one cell": lambda n: "<table><tr><td>" + "<p>a</p>" * n + "<td>b",
    "headings in quotes": lambda n: "<blockquote><h2>a</h2>" * 3 + "<h3>b</h3>" * n,
    "tables in lists": lambda n: "<ul><li><table><tr><td>a<td>b</table>" * 2 + "<li><table><tr><td>a<td>b</table>" * n,
    "links": lambda n: '<a href="https://x.example/">a</a> ' * n,
    "empty links": lambda n: '<a href="https://x.example/"></a>' * n + "a",
    "long links": lambda n: f'<a href="https://x.example/{"y" * n}">a</a>',
    "images": lambda n: '<img src="https://x.example/a.png" alt="a">' * n,
    "open angle brackets": lambda n: "a < " * n,
    "comments": lambda n: "a<!-- b -->" * n,
    "ampersands": lambda n: "&" * n,
    "characters of markup": lambda n: "{[*_-+^~?!|#\\ h1. ((:) " * n,
    "backslashes": lambda n: "\\" * n,
    "ends of code": lambda n: "<pre>" + "{code}" * n,
    "items without a list": lambda n: "<li>a" * n,
    "cells without a row": lambda n: "<table>" + "<td>a" * n,
    "lists within a list": lambda n: "<ul><li>a" + "<ul><li>b</ul>" * n + "</ul>",
    "emphasis in a heading in a quote": lambda n: "<blockquote><h1>" + "<b>a</b>b" * n,
    "emphasis of code": lambda n: "<b><code>a</code></b><i><code>a</code></i>" * n,
    "addresses in text": lambda n: "https://x.example/a_b. " * n,
    "colons of an address": lambda n: "https://" + "x:" * n,
}  # fmt: skip


def through_everything(html):
    tree, _ = from_html(html)
    stored = write_html(tree)
    assert parse(stored) == tree
    document, _ = to_adf(tree, media=lambda ref: ref)
    again, losses = from_adf(document, media=lambda attrs: str(attrs["id"]))
    assert losses == []
    markup, _ = to_wiki(tree, files=lambda ref: None)
    shown = from_wiki(markup, files=lambda name: None)
    split(tree, 200)
    return tree, document, again, markup, shown


def letters(tree):
    return "".join(char for char in to_text(tree) if char.isalnum())


def calls(work, *given):
    """How many functions are called: a measure of work that no other process disturbs."""
    count = 0

    def count_one(frame, event, arg):
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(count_one)
    try:
        work(*given)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_input_is_twice_the_work(name):
    make = GROWING[name]
    small, large = calls(through_everything, make(800)), calls(through_everything, make(1_600))
    assert large <= 2.2 * small + 100, (small, large)


@pytest.mark.parametrize("name", GROWING)
def test_nothing_of_a_hostile_body_is_lost(name):
    tree, _, again, _, shown = through_everything(GROWING[name](200))
    kept = letters(tree)
    assert kept or name in ("breaks alone", "ampersands", "backslashes")
    if "image" not in name:
        # Beside words the text of a body shows list signs and addresses: both must be as many as they were, or moved, not gone.
        assert sorted(letters(again)) == sorted(kept) or "table" in name or "span" in name or "quote" in name
    wanted = [char for char in kept if char == "a"]
    assert letters(again).count("a") >= len(wanted) - 200 * ("links" in name)
    assert letters(shown).count("a") >= len(wanted) - 200 * ("links" in name)


@pytest.mark.skipif(not SCHEMA.exists(), reason="the ADF schema is not there (set TICKETFERRY_SHARED)")
def test_hostile_bodies_are_valid_adf():
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text()))
    for name, make in GROWING.items():
        assert [
            error.message[:200] for error in validator.iter_errors(through_everything(make(12))[1])
        ] == [], name


@pytest.mark.parametrize("size", [64_000, 1_000_000])
def test_long_texts_keep_every_character_and_go_into_parts(size):
    text = ("Grüße 😀 שלום *{x}* \\\\ " * (size // 20))[:size]
    tree = from_text(text)
    document, losses = to_adf(tree, media=lambda ref: None)
    assert losses == []
    assert to_text(from_adf(document, media=lambda attrs: None)[0]) == text
    markup, losses = to_wiki(tree, files=lambda ref: None)
    assert losses == []
    assert to_text(from_wiki(markup, files=lambda name: None)) == text
    parts = file_drafts(tree, frozenset())
    assert all(units(part.wiki) <= 32_767 for part in parts)
    # Each part but the first begins with its number.
    read = [from_wiki(part.wiki, files=lambda name: None)[number > 0 :] for number, part in enumerate(parts)]
    assert "".join(map(to_text, read)) == text
    pieces = split(tree, 32_000)
    assert all(text_length(piece) <= 32_000 for piece in pieces)
    assert "".join(map(to_text, pieces)) == text


@pytest.mark.parametrize(
    "tag",
    ["blockquote", "ul><li", "ol><li", "table><tr><td", "div", "b", "span style='color:red'", "p", "font"],
)
def test_two_hundred_levels_of_nesting_keep_what_lies_at_the_bottom(tag):
    tree, document, again, markup, shown = through_everything(f"<{tag}>x" * 200 + "bottom")
    for text in (to_text(tree), json.dumps(document), to_text(again), markup, to_text(shown)):
        assert "bottom" in text
        assert text.count("x") >= 200


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x01\x02b", "a\ud800b", "a\u200bb", "a\u202eb", "a\ufeffb", "a\u2028b", "a\x85b", "a\x0bb", "a\r\nb", "a\rb", "a\tb", "a\u00a0b"]
)  # fmt: skip
def test_odd_characters_are_cleaned_once_and_then_stay(text):
    tree = normalise([("p", (("t", text, 0, None),)), ("pre", "", text)])
    assert parse(write_html(tree)) == tree
    document, _ = to_adf(tree, media=lambda ref: None)
    assert from_adf(document, media=lambda attrs: None)[0] == tree
    assert from_wiki(to_wiki(tree, files=lambda ref: None)[0], files=lambda name: None) == tree
    json.dumps(document).encode()


def test_scripts_reach_no_desk():
    for href in (
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        " java\tscript:x",
        "data:text/html,x",
        "vbscript:x",
        "\x01javascript:x",
    ):
        tree = normalise([("p", (("t", "word", 0, (href, "")), ("img", "", "", href, None)))])
        document, losses = to_adf(tree, media=lambda ref: None)
        assert "href" not in json.dumps(document)
        assert '"url"' not in json.dumps(document)
        assert {loss.code for loss in losses} == {"ADF-URL"}
        markup, losses = to_wiki(tree, files=lambda ref: None)
        assert markup == "word\\[image\\]"
        assert {loss.code for loss in losses} == {"WIKI-URL", "WIKI-IMAGE"}
