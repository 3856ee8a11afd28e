"""Every construct of a body and what becomes of it in Jira: computed by the converters themselves, for docs/bodies.md."""

from collections.abc import Iterator, Mapping
from typing import Final

from ticketferry.sdk.body import Loss, parse
from ticketferry_jsm.adf import to_adf
from ticketferry_jsm.adf_vocabulary import MARKS, NODES
from ticketferry_jsm.wiki import to_wiki

__all__ = ["CONSTRUCTS", "marks_read", "nodes_read", "writing"]

_FILE: Final = "acme:attachment:55"
_NAMES: Final = {_FILE: "plan.png", "acme:attachment:56": "offer.pdf"}

CONSTRUCTS: Final = (
    ("paragraph", "<p>a</p>"),
    ("blank line", "<p></p>"),
    ("line break", "<p>a<br>b</p>"),
    ("heading", "<h2>a</h2>"),
    ("heading in a list", "<ul><li><h2>a</h2></li></ul>"),
    ("heading in a quote", "<blockquote><h2>a</h2></blockquote>"),
    ("strong", "<p><strong>a</strong></p>"),
    ("emphasis in a word", "<p>a<em>b</em>c</p>"),
    ("underline", "<p><u>a</u></p>"),
    ("strike-through", "<p><s>a</s></p>"),
    ("code", "<p><code>a</code></p>"),
    ("strong code", "<p><strong><code>a</code></strong></p>"),
    ("subscript, superscript", "<p><sub>a</sub> <sup>b</sup></p>"),
    ("link", '<p><a href="https://x.example">a</a></p>'),
    ("link to a ticket", '<p><a href="https://x.example/12" data-ticket="acme:ticket:12">a</a></p>'),
    ("mention", '<p><span data-person="acme:person:7">@Ann</span></p>'),
    ("image", f'<p><img data-ref="{_FILE}" alt="The plan"></p>'),
    ("image in a line", f'<p>a <img data-ref="{_FILE}" alt=""> b</p>'),
    ("image without a file", '<p><img data-ref="acme:attachment:9" alt="b"></p>'),
    ("file that is no image", '<p><img data-ref="acme:attachment:56" alt=""></p>'),
    ("list", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    ("numbered list", "<ol><li><p>a</p></li></ol>"),
    ("list that starts at 3", '<ol start="3"><li><p>a</p></li></ol>'),
    ("list in a list", "<ul><li><p>a</p><ol><li><p>b</p></li></ol></li></ul>"),
    ("two paragraphs in an item", "<ul><li><p>a</p><p>b</p></li></ul>"),
    ("quote", "<blockquote><p>a</p></blockquote>"),
    ("quote in a quote", "<blockquote><blockquote><p>a</p></blockquote></blockquote>"),
    ("quote in a list", "<ul><li><blockquote><p>a</p></blockquote></li></ul>"),
    ("fold", "<details><summary>a</summary><blockquote><p>b</p></blockquote></details>"),
    ("preformatted text", "<pre>a</pre>"),
    ("code of a language", '<pre data-language="sql">a</pre>'),
    ("code that holds {code}", "<pre>a{code}b</pre>"),
    ("rule", "<hr>"),
    ("rule in a list", "<ul><li><p>a</p><hr></li></ul>"),
    ("table", "<table><tr><th><p>a</p></th><td><p>b</p></td></tr></table>"),
    ("cell that spans", '<table><tr><td colspan="2"><p>a</p></td></tr><tr><td><p>b</p></td><td><p>c</p></td></tr></table>'),
    ("list in a cell", "<table><tr><td><ul><li><p>a</p></li></ul></td></tr></table>"),
    ("table in a table", "<table><tr><td><table><tr><td><p>a</p></td></tr></table></td></tr></table>"),
    ("table in a list", "<ul><li><table><tr><td><p>a</p></td></tr></table></li></ul>"),
    ("unsafe link", '<p><a href="javascript:x">a</a></p>'),
)  # fmt: skip
"""Name and stored form of each construct, and of each that does not stand where every format can hold it."""


def writing() -> Iterator[tuple[str, str, str, str, str]]:
    """Rows: construct, stored HTML, ADF, wiki markup, what is lost."""
    for name, html in CONSTRUCTS:
        tree = parse(html)
        document, adf_losses = to_adf(tree, media=lambda ref: ref if ref in _NAMES else None)
        markup, wiki_losses = to_wiki(tree, files=_NAMES.get)
        content = document["content"]
        shape = " ".join(map(_shape, content)) if isinstance(content, list) else ""
        yield name, html, shape, markup, _codes(adf_losses, wiki_losses)


def _codes(*losses: list[Loss]) -> str:
    return ", ".join(loss.code for each in losses for loss in each)


def _shape(node: Mapping[str, object]) -> str:
    """A node and what is in it, as `bulletList(listItem(paragraph(text)))`, marks behind a colon."""
    content, marks = node.get("content"), node.get("marks")
    kinds = [str(mark["type"]) for mark in marks] if isinstance(marks, list) else []
    inner = " ".join(map(_shape, content)) if isinstance(content, list) else ""
    return f"{node['type']}{''.join(f':{kind}' for kind in kinds)}{f'({inner})' if inner else ''}"


def nodes_read() -> Iterator[tuple[str, str, str]]:
    """Rows: node of ADF, what it becomes, the code told with it."""
    for node, (becomes, code) in NODES.items():
        yield node, becomes, code


def marks_read() -> Iterator[tuple[str, str, str]]:
    """Rows: mark of ADF, what it becomes, the code told with it."""
    for mark, becomes in MARKS.items():
        yield mark, becomes or "nothing", "" if becomes else "ADF-STYLE"
