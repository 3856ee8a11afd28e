"""Hypothesis strategies for neutral records: any text that a person can type, any time, any number of parts."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from hypothesis import strategies as st

from ticketferry.schema.records import Record
from ticketferry.testing.hostile import FILES

__all__ = ["bodies", "cases", "comments", "names", "texts", "times"]

_CONTROL = [chr(number) for number in (*range(32), 127)]


def texts(max_size: int = 60) -> st.SearchStrategy[str]:
    """One line of text in any script, with emoji and right-to-left runs, without control characters; never blank."""
    letters = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters=_CONTROL)
    special = st.sampled_from(
        ["🦀", "👩‍👩‍👧‍👦", "שלום", "مرحبا", "𠜎", "<b>", "&amp;", '"', "{{x}}", "{code}", "#123", "  "]
    )
    return (
        st.lists(st.one_of(special, st.text(letters, max_size=12)), min_size=1, max_size=6)
        .map(lambda parts: " ".join("".join(parts).split())[:max_size].strip())
        .filter(bool)
    )


def names() -> st.SearchStrategy[str]:
    """Names of tags and the like, spaces included."""
    return texts(30)


def times() -> st.SearchStrategy[str]:
    """Times to the second, so that two are often the same."""
    start, end = datetime(2015, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    seconds = st.one_of(st.integers(0, int((end - start).total_seconds())), st.just(1_000_000))
    return seconds.map(
        lambda value: datetime.fromtimestamp(start.timestamp() + value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Bodies in the neutral subset: paragraphs, a list, a quote, code."""
    words = texts().map(lambda text: escape(text, quote=False))
    block = st.one_of(
        words.map(lambda text: f"<p>{text}</p>"),
        words.map(lambda text: f"<p><strong>{text}</strong></p>"),
        words.map(lambda text: f"<ul><li><p>{text}</p></li></ul>"),
        words.map(lambda text: f"<blockquote><p>{text}</p></blockquote>"),
        words.map(lambda text: f'<pre data-language="">{text}</pre>'),
    )
    return st.lists(block, min_size=1, max_size=4).map(lambda blocks: {"html": "".join(blocks)})


@st.composite
def comments(draw: st.DrawFn, number: int, ticket: str, people: int = 4) -> Record:
    """One comment of a ticket, by one of the hostile people `acme:person:1` to `people`."""
    return {
        "ref": f"acme:comment:{number}",
        "ticket": ticket,
        "author": f"acme:person:{draw(st.integers(1, people))}",
        "public": draw(st.booleans()),
        "body": draw(bodies()),
        "created": draw(times()),
    }


@st.composite
def cases(draw: st.DrawFn, number: int = 500) -> Record:
    """One case of the desk `acme`, with comments and attachments; its people are those of `hostile_records`."""
    ticket = f"acme:ticket:{number}"
    created = draw(times())
    record: Record = {
        "ref": ticket,
        "number": str(number),
        "subject": draw(texts()),
        "status": draw(st.sampled_from(["New", "Open", "Resolved"])),
        "requester": f"acme:person:{draw(st.integers(1, 4))}",
        "tags": sorted(set(draw(st.lists(names(), max_size=4)))),
        "created": created,
        "updated": created,
        "comments": [draw(comments(number * 10 + each, ticket)) for each in range(draw(st.integers(0, 4)))],
    }
    record["stage"] = {"New": "new", "Open": "in_progress", "Resolved": "resolved"}[record["status"]]
    record["comments"].sort(key=lambda comment: (comment["created"], comment["ref"]))
    if record["comments"]:
        record["comments"][0]["opening"] = True
        record["attachments"] = [
            {
                "ref": f"acme:attachment:{number * 10 + each}",
                "ticket": ticket,
                "comment": record["comments"][0]["ref"],
                "name": "same name.txt",
                "media_type": "text/plain",
                "size": len(FILES[checksum]),
                "sha256": checksum,
                "state": "stored",
            }
            for each, checksum in enumerate(draw(st.lists(st.sampled_from(sorted(FILES)), max_size=2)))
        ]
    return record
