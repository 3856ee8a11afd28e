"""Spans of a body replaced: across marks, in code, in tables, in the addresses behind words."""

import re

import pytest

from ticketferry.schema.body_spans import replace_spans, replaced
from ticketferry.schema.body_subset import parse, write_html


def secret(text: str) -> list[tuple[int, int, str]]:
    return [(*match.span(), "X") for match in re.finditer("s-?e-?c", text)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>a sec b</p>", "<p>a X b</p>"),
        ("<p>a <strong>s</strong>e<em>c</em> b</p>", "<p>a <strong>X</strong> b</p>"),
        ("<p>sec<strong>sec</strong></p>", "<p>X<strong>X</strong></p>"),
        ("<p>s</p><p>ec</p>", "<p>s</p><p>ec</p>"),
        ("<p>s<br>ec</p>", "<p>s<br>ec</p>"),
        ('<p><a href="https://x.example/sec">here</a></p>', "<p>here</p>"),
        ('<p><a href="https://x.example/">sec</a> b</p>', "<p>X b</p>"),
        ('<p><img src="https://x.example/sec.png" alt="sec"></p>', "<p>X</p>"),
        (
            '<p><img data-ref="acme:attachment:5" alt="sec.png"></p>',
            '<p><img data-ref="acme:attachment:5" alt="X.png"></p>',
        ),
        ("<pre>a\nsec</pre>", "<pre>a\nX</pre>"),
        ("<h2>sec</h2>", "<h2>X</h2>"),
        ("<table><tr><td><p>sec</p></td></tr></table>", "<table><tr><td><p>X</p></td></tr></table>"),
        (
            "<blockquote><ul><li><p>sec</p></li></ul></blockquote>",
            "<blockquote><ul><li><p>X</p></li></ul></blockquote>",
        ),
        ('<ol start="3"><li><p>sec</p></li></ol>', '<ol start="3"><li><p>X</p></li></ol>'),
        ('<p><span data-person="acme:person:7">@sec</span></p>', "<p>@X</p>"),
    ],
)
def test_spans_are_replaced_wherever_they_stand(before, after):
    assert write_html(replace_spans(parse(before), secret)) == write_html(parse(after))


def test_what_holds_nothing_is_the_same_object():
    tree = parse("<p>plain <strong>text</strong></p><ul><li><p>x</p></li></ul>")
    assert replace_spans(tree, secret) is tree
    text = "plain"
    assert replaced(text, secret) is text
