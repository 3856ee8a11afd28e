"""How many rich comments a second become ADF, and wiki markup: vendor HTML to body to either, on one core of processor time.

What a plan does with a comment is "stored body to a plan's draft": the neutral body read from the snapshot, split where it is long,
written as a document with placeholders, and read back for what the target will show. "stored body to ADF" and "… to wiki" are the
converters alone. What extract does before is "HTML to body" and "body to stored HTML"; "as the pipeline does it" is all of it in one go.

python benchmarks/adf.py                    # prints a table
python benchmarks/adf.py --row figures.csv  # and appends a row: benchmark, comments, bytes, then comments a second of each stage
"""

import argparse
import csv
import re
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

import _figures

from ticketferry.schema.body_html import from_html
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.sdk.messages import html_record, tree_of
from ticketferry_jsm.adf import to_adf
from ticketferry_jsm.adf_read import from_adf
from ticketferry_jsm.body import draft_long
from ticketferry_jsm.wiki import to_wiki

REMEMBERED = 256
"""Texts whose trees `parse` remembers for a moment; fewer than these would be read once in all rounds."""
RICH = """<div class="zd-comment" dir="auto"><p dir="auto">Hi {name},</p><p dir="auto">thank you for getting back to us about order <b>#{number}</b>.
We have looked into it and found that the <i>parcel</i> was returned to our depot in <a href="https://maps.example.com/?q={number}">Leipzig</a>,
since the address was incomplete.</p><ul dir="auto"><li>Please check the house number &amp; the postal code</li>
<li>Then open <a href="https://help.example.com/hc/en-us/articles/{number}">this article</a> and follow steps <strong>2 to 4</strong></li>
<li>Send us a picture of the label</li></ul><p dir="auto"><img src="https://acme.example.com/attachments/token/{number}/?name=label.png" alt="label"><br>
The carrier told us: <em>&ldquo;no such recipient&rdquo;</em>.&nbsp;If you run the tool, use <code>track --order {number}</code> and tell us what it says.</p>
<blockquote><p>Where is my parcel? I have been waiting for <span style="color:#ff0000">two weeks</span> now.</p></blockquote>
<p dir="auto">Kind regards,<br>{agent}<br>Customer Care &middot; <a href="mailto:care@example.com">care@example.com</a></p></div>"""
PLAIN = "<p>Hi {name},</p><p>your order {number} has left our warehouse today and will reach you within two days.</p><p>{agent}</p>"


def comments(template: str, count: int) -> list[str]:
    return [
        template.format(name=f"Sam {n % 97}", agent=f"Kim {n % 13}", number=100_000 + n) for n in range(count)
    ]


def drain(results: Iterable[object]) -> None:
    """Take every result and hold none, as a stream does."""
    deque(results, maxlen=0)


def rate(work: Callable[[], object], count: int, rounds: int) -> float:
    """Items a second of processor time: the median of some rounds, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return count / statistics.median(times)


def ref_of(source: str) -> str | None:
    return "acme:attachment:" + source.split("/")[5] if "/attachments/token/" in source else None


def symbol(ref: str) -> object:
    return {"$from": [ref, "media_id"]}


def images(text: str) -> frozenset[str]:
    """The attachments that a comment shows."""
    return frozenset(re.findall(r"acme:attachment:\d+", text))


def name_of(ref: str) -> str:
    return f"label-{ref.rpartition(':')[2]}.png"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=3_000, help="comments a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--row", type=Path, help="append a row of figures to this CSV file")
    _figures.add_options(parser)
    options = parser.parse_args()
    if options.count <= REMEMBERED:
        parser.error(f"so few texts are remembered by the converter: more than {REMEMBERED}")
    count = options.count
    rich, plain = comments(RICH, count), comments(PLAIN, count)
    size = sum(len(text.encode()) for text in rich) // count

    streams: dict[str, Callable[[], object]] = {
        "HTML to ADF, rich": lambda: drain(
            to_adf(from_html(text, image=ref_of)[0], media=symbol) for text in rich
        ),
        "HTML to ADF, as the pipeline does it": lambda: drain(
            to_adf(parse(write_html(from_html(text, image=ref_of)[0])), media=symbol) for text in rich
        ),
        "HTML to wiki, rich": lambda: drain(
            to_wiki(from_html(text, image=ref_of)[0], files=name_of) for text in rich
        ),
        "HTML to wiki, as the pipeline does it": lambda: drain(
            to_wiki(parse(write_html(from_html(text, image=ref_of)[0])), files=name_of) for text in rich
        ),
        "HTML to ADF, plain": lambda: drain(
            to_adf(from_html(text, image=ref_of)[0], media=symbol) for text in plain
        ),
        "HTML to body": lambda: drain(from_html(text, image=ref_of) for text in rich),
    }
    figures = {name: rate(work, count, options.rounds) for name, work in streams.items()}
    trees = [from_html(text, image=ref_of)[0] for text in rich]
    stored = [write_html(tree) for tree in trees]
    docs = [to_adf(tree, media=lambda ref: ref)[0] for tree in trees]
    stages: dict[str, Callable[[], object]] = {
        "stored body to a plan's draft": lambda: drain(
            [html_record(part.tree) for part in draft_long(tree_of({"html": text}), images(text), html=text)]
            for text in stored
        ),
        "stored body to ADF": lambda: drain(to_adf(parse(text), media=symbol) for text in stored),
        "stored body to wiki": lambda: drain(to_wiki(parse(text), files=name_of) for text in stored),
        "body to ADF": lambda: drain(to_adf(tree, media=symbol) for tree in trees),
        "body to wiki": lambda: drain(to_wiki(tree, files=name_of) for tree in trees),
        "body to stored HTML": lambda: drain(write_html(tree) for tree in trees),
        "stored HTML to body": lambda: drain(parse(text) for text in stored),
        "ADF to body": lambda: drain(from_adf(doc, media=lambda attrs: str(attrs["id"])) for doc in docs),
    }
    figures |= {name: rate(work, count, options.rounds) for name, work in stages.items()}
    text = [
        f"{count:,} rich comments of {size:,} bytes, median of {options.rounds} rounds, a second of one core",
        "",
        "| | comments/s |",
        "|---|---|",
        *(f"| {name} | {figure:,.0f} |" for name, figure in figures.items()),
    ]
    _figures.tell("adf", "\n".join(text), figures, options)
    if options.row:
        new = not options.row.exists()
        with options.row.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["benchmark", "comments", "bytes", *figures])
            writer.writerow(["adf", count, size, *(round(figure) for figure in figures.values())])


if __name__ == "__main__":
    main()
