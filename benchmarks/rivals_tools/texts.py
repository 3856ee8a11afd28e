"""HTML comments to ADF: by packages that others wrote, by Atlassian's parser of wiki markup, and by ours; the words and links that are left."""

import json
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from adf import RICH, comments, ref_of
from rivals_tools.environments import HERE, ROOT, node_folder

__all__ = ["texts", "texts_table"]

_WORD = re.compile(r"\w+")
_WIKI = ROOT / ".venv" / "oracles" / "wikimarkup"
"""Where `make oracles` puts Atlassian's parser."""


class _Reader(HTMLParser):
    """The words and links of HTML, read by the standard library."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: Counter[str] = Counter()
        self.links: Counter[str] = Counter()

    def handle_data(self, data: str) -> None:
        self.words.update(_WORD.findall(data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.update(value for name, value in attrs if name == "href" and value)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.get("content") or ():
            yield from _nodes(child)


def kept(html: list[str], documents: list[Any]) -> tuple[float, float]:
    """Return the shares of words and of links of the HTML that stand in the documents."""
    words = links = 0
    all_words = all_links = 0
    for text, document in zip(html, documents, strict=True):
        reader = _Reader()
        reader.feed(text)
        found: Counter[str] = Counter()
        targets: Counter[str] = Counter()
        for node in _nodes(document):
            found.update(_WORD.findall(node.get("text") or ""))
            targets.update({
                mark["attrs"]["href"]: 1 for mark in node.get("marks") or () if mark.get("type") == "link"
            })  # fmt: skip
        words += (reader.words & found).total()
        links += (reader.links & targets).total()
        all_words += reader.words.total()
        all_links += reader.links.total()
    return words / all_words, links / all_links


def _ours(html: list[str]) -> dict[str, Any]:
    """Our converter as a migration calls it: HTML to a stored body, and that to a document."""
    from ticketferry.schema.body_html import from_html
    from ticketferry.schema.body_subset import parse, write_html
    from ticketferry_jsm.adf import to_adf

    def convert(text: str) -> Any:
        return to_adf(parse(write_html(from_html(text, image=ref_of)[0])), media=lambda ref: ref)[0]

    rounds = []
    documents: list[Any] = []
    for _ in range(4):
        began = time.process_time()
        documents = [convert(text) for text in html]
        rounds.append(time.process_time() - began)
    return {"seconds": statistics.median(rounds[1:]), "documents": documents}


def _node(tool: str, folder: Path, given: list[str]) -> dict[str, Any]:
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [node, str(HERE / "convert.mjs"), tool, str(folder)], input=json.dumps(given), capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"{tool}: {done.stderr[-2_000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def texts(count: int) -> list[dict[str, Any]]:
    """Convert the same comments by each tool that is installed; return their figures."""
    from ticketferry.schema.body_html import from_html
    from ticketferry_jsm.wiki import to_wiki

    html = comments(RICH, count)
    rows = [_row("ticketferry", html, _ours(html))]
    folder = node_folder()
    if folder is None:
        print("converters in JavaScript: not installed (--install)", flush=True)
    else:
        for name, tool in {
            "turndown, marklassian": "marklassian", "turndown, md-to-adf": "md-to-adf",
            "html-to-adf-converter": "html-to-adf-converter",
        }.items():  # fmt: skip
            rows.append(_row(name, html, _node(tool, folder, html)))
    if (_WIKI / ".installed").is_file():
        wiki = [to_wiki(from_html(text, image=ref_of)[0], files=lambda ref: f"{ref}.png")[0] for text in html]
        rows.append(
            _row("Atlassian's wiki transformer, of our wiki markup", html, _node("wiki", _WIKI, wiki))
        )
    else:
        print("Atlassian's parser of wiki markup: not installed (make oracles)", flush=True)
    return rows


def _row(name: str, html: list[str], answer: dict[str, Any]) -> dict[str, Any]:
    words, links = kept(html, answer["documents"])
    row = {"tool": name, "comments": len(html), "cpu": answer["seconds"], "words": words, "links": links}
    print(row, flush=True)
    return row


def texts_table(rows: list[dict[str, Any]]) -> str:
    """Return the figures as a table."""
    lines = [
        "| HTML to ADF | comments | comments a CPU second | words kept | links kept |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['tool']} | {row['comments']:,} | {row['comments'] / row['cpu']:,.0f} | {row['words']:.1%} | {row['links']:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)
