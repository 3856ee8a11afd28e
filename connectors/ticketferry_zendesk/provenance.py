"""Our mark on a ticket: one internal comment at the end of its thread, for people above and for reading back below.

Zendesk's comments have no properties, so that our own can be told apart by this one only: it lists the source refs of all comments
in their order. It is written also where a mapping keeps nothing beside and there is no history, and is short then.

    header      where the ticket comes from
    table       the history of its fields, which no import can carry [DOC ticket_import], in time order
    code block  {"ticketferry":1, "ref", "workspace", "comments": [...], "record": {...}, "exact": {...}, "unset": [...],
                "links": [...], "provenance": {...}}

What does not fit into one comment stands whole in one attached JSON file; the comment then says so. The mark of the ticket itself is
its external id.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from ticketferry.sdk import From, Join, Json, Record, Template, parse_ref
from ticketferry.sdk.body import STRONG, Block, Inline, Tree, from_html, write_html
from ticketferry_zendesk.message import LIMIT, safe, unsafe

__all__ = [
    "BORN_ASSIGNEE",
    "BORN_GROUP",
    "BORN_NEW",
    "FILE",
    "KEY",
    "ROOM",
    "UPDATE",
    "beside",
    "comment_html",
    "event_rows",
    "file_name",
    "find_mark",
    "load",
    "pack",
    "text_of",
    "tidy",
]

KEY = "ticketferry"
UPDATE = f"{KEY}_update"
"""Key of an audit's metadata that tells an update of ours: sent twice, it would leave its comment twice, and nothing closed takes it."""
BORN_ASSIGNEE = "born_assignee"
"""In `unset`: the record has no assignee, and the one that the ticket was made with is Zendesk's: the only member of its group, or who
solved it [support 4408894213018]."""
BORN_NEW = "born_new"
"""Key of the mark: the status that was written to a ticket that nobody has taken on, which an assignee of Zendesk's makes Open."""
BORN_GROUP = "born_group"
"""In `unset`: the record has no group, and the one that the ticket was made with is its organization's."""
FILE = "provenance"
"""What the ref of the attached file adds to the ticket's."""
ROOM = 20_000_000
"""Bytes of the attached file: what is larger is not written, and told."""
_BEGIN = f'"{KEY}":'
_ODD = re.compile(r"[^ -~]")
_ID = "\x01tf\x02"
"""Stands around a slot in a mark until it is known: signs that nobody types."""
_SLOT = re.compile(r"\\u0001tf\\u0002(.*?)\\u0001tf\\u0002")
"""The same as JSON writes it."""


def _sign(found: re.Match[str]) -> str:
    sign = found[0]
    if sign.isprintable():
        return sign
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))


def tidy(value: Any) -> str:
    """Return a value as JSON that survives an HTML page: nothing that is not printed, no two spaces in a row, no placeholder."""
    text = orjson.dumps(_marked(value), option=orjson.OPT_SORT_KEYS).decode()
    text = _ODD.sub(_sign, text).replace("  ", " \\u0020")
    return text.replace("{{", "{\\u007b").replace("{%", "{\\u0025")


def _marked(value: Any) -> Any:
    """Replace symbolic values by a sign that is found again in the text."""
    if isinstance(value, From):
        return f"{_ID}{value.slot} {value.ref}{_ID}"
    if isinstance(value, Mapping):
        return {str(key): _marked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(item) for item in value]
    return value


def text_of(text: str) -> Template:
    """Return text with its symbolic values."""
    parts: list[str | From] = []
    at = 0
    for found in _SLOT.finditer(text):
        slot, _, ref = found[1].partition(" ")
        parts += [text[at : found.start()], From(parse_ref(ref.replace("&amp;", "&")), slot)]
        at = found.end()
    return Join((*parts, text[at:])) if parts else text


def file_name(mark: str) -> str:
    """Return the name of the attached file."""
    return f"ticketferry-{mark}.json"


def comment_html(
    mark: Mapping[str, Any], head: str, events: Sequence[Sequence[str]]
) -> tuple[str, str | None]:
    """Return the comment's HTML and the text of the attached file, None where the comment holds all.

    `events`: rows of the table (when, who, what, before, after). Symbolic values stand in both: see :func:`text_of`.
    """
    text = tidy(mark)
    top = _html([("p", (("t", head, STRONG, None),))])
    table = _html(_table(events)) if events else ""
    whole = top + table + _html([("pre", "", text)])
    # Numbers that are not known yet are shorter than the refs that stand for them.
    if len(whole.encode()) <= LIMIT:
        return whole, None
    stub = tidy({KEY: 1, **{key: mark[key] for key in ("ref", "workspace") if key in mark}, "attached": True})
    note = _html([("p", (("t", "The whole history stands in the attached file.", 0, None),))])
    end = _html([("pre", "", stub)])
    small = top + table + end
    return (small if len(small.encode()) <= LIMIT else top + note + end), text


def _html(tree: Sequence[Block]) -> str:
    return safe(write_html(tree))


def _table(rows: Sequence[Sequence[str]]) -> Tree:
    def cell(text: str, *, head: bool = False) -> tuple[bool, int, int, tuple[Block, ...]]:
        line: tuple[Inline, ...] = (("t", text, 0, None),) if text else ()
        return (head, 1, 1, (("p", line),))

    names = ("When", "Who", "What", "Before", "After")
    return (
        (
            "table",
            (
                tuple(cell(name, head=True) for name in names),
                *(tuple(cell(text) for text in row) for row in rows),
            ),
        ),
    )


def find_mark(html: object) -> dict[str, Any] | None:
    """Return the mark that the HTML of a comment holds; None where it holds none, or one that somebody has damaged."""
    if not isinstance(html, str) or KEY not in html:
        return None
    tree, _ = from_html(unsafe(html))
    for block in tree:
        if block[0] == "pre" and _BEGIN in block[2]:
            return load(block[2])
    return None


def load(text: str | bytes) -> dict[str, Any] | None:
    """Read a mark; None for anything else."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    ours = isinstance(found, dict) and found.get(KEY) == 1 and isinstance(found.get("ref"), str)
    return found if ours else None


def beside(desired: Record, native: frozenset[str]) -> Record:
    """Return what of a record has no place of its own in Zendesk."""
    return {
        key: value for key, value in desired.items() if key not in native and value not in (None, "", [], {})
    }


def event_rows(desired: Record, packed: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Return the history as rows of the table, from packed events (columns: id, time, type, field, before, after, actor, …)."""
    people = cast("Mapping[str, Any]", desired.get("provenance", {}).get("people", {}))
    rows = []
    for event in packed:
        when, kind, field, before, after, actor = (*event, *([None] * 7))[1:7]
        rule = event[8] if len(event) > 8 else None
        who = f"rule: {rule}" if rule else _said(actor, people)
        rows.append(
            [
                str(when or "").replace("T", " ").removesuffix("Z"),
                who,
                f"{kind}: {field}" if field else str(kind or ""),
                _said(before, people),
                _said(after, people),
            ]
        )
    return rows


def _said(value: Json, people: Mapping[str, Any]) -> str:
    """Return a value as people read it; a person by name where it is known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_said(item, people) for item in value)
    if isinstance(value, str):
        if value in people:
            return str(people[value])
        parts = value.split(":", 2)
        if len(parts) == 3 and parts[1] in (
            "person",
            "group",
            "organization",
            "ticket",
            "comment",
            "attachment",
        ):
            return f"{parts[1]} {parts[2]}"
        return " ".join(value.split())
    return orjson.dumps(value).decode()


def pack(events: Sequence[Record]) -> Iterator[list[Any]]:
    """Pack events that came as records, as the core packs those that a mapping keeps beside."""
    columns = ("time", "type", "field", "before", "after", "actor", "comment", "rule", "native")
    for event in events:
        row = [parse_ref(event["ref"]).id, *(event.get(column) for column in columns)]
        while row and row[-1] is None:
            row.pop()
        yield row
