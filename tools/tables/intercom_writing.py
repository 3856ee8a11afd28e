"""What becomes of each neutral field in Intercom: computed by the compiler from full records, for docs/limits.md.

Each row compiles a specimen twice, once with the field altered or taken away: what differs in the requests is where the field is
written. A field of which the compiler says that Intercom has a place for it, and that changes no request, shows as `not written`,
which a test refuses.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from ticketferry.sdk import (
    Catalog,
    Change,
    Compiled,
    Disposition,
    Operation,
    Outcome,
    Record,
    Session,
    specimen,
)
from ticketferry_intercom.compile_case import compile_case
from ticketferry_intercom.compile_root import compile_root
from ticketferry_intercom.options import IntercomOptions

__all__ = ["NOT_WRITTEN", "SPECIMENS", "IntercomRow", "markdown", "rows"]

_NOTE = "our note"
NOT_WRITTEN: Final = "not written"
"""Never in the table: the compiler would say that Intercom holds what no request writes. A test looks for it."""
_DATA: Final = ("person", "organization")
_CATALOG: Catalog = {
    "desk": "ic",
    "product": "intercom",
    "statuses": [{"id": "closed", "name": "Closed", "stage": "closed", "category": "conversation"}],
    "fields": [{"id": of, "key": "tier", "name": "tier", "of": of, "type": "text"} for of in _DATA],
}
_OPTIONS: Final = IntercomOptions(page_size=50, attributes=("text",), stand_in="6501cccccccccccccccccccc")
_TICKET: Final = specimen.SPECIMENS["ticket"]
_FIRST: Final = {**_TICKET["comments"][0], "opening": True}
_SAID: Final = {**_TICKET["comments"][0], "ref": "acme:comment:2", "author": specimen.AGENT}

SPECIMENS: Final[Mapping[str, Record]] = {
    "ticket": {
        **_TICKET,
        "body": {"html": "<p>It burns</p>"},
        "due": specimen.LATER,
        "security": "Secret",
        "status": "Closed",
        "fields": {"text": "SN-1", "other": "x"},
        "comments": [_SAID, _FIRST],
        "attachments": [{**_TICKET["attachments"][0], "comment": "acme:comment:2"}],
    },
    "person": {**specimen.SPECIMENS["person"], "fields": {"tier": "gold", "other": "x"}},
    "organization": {**specimen.SPECIMENS["organization"], "fields": {"tier": "gold", "other": "x"}},
}
"""A record of each kind with every field that the neutral schema has."""

_OTHER: Final[Mapping[str, Any]] = {
    **specimen.OTHER, "created": "2021-01-01T00:00:00Z", "requester": "acme:person:9", "comments[].author": "acme:person:9", "comments[].created": "2021-02-04T00:00:00Z",
    "attachments[].comment": "acme:comment:1", "attachments[].ticket": "acme:ticket:12",
}  # fmt: skip
_CASES: Final[tuple[tuple[str, str, Callable[[Record], None]], ...]] = (
    ("attachments[] (without bytes)", "attachments[1]", lambda record: record["attachments"][0].update(sha256=None)),
    ("requester (of whose ticket customers saw nothing)", "requester", lambda record: record.update(public=False)),
    ("comments[].body (of the first message)", "comments[1].body", lambda record: record["comments"][1].update(body={"html": "<p>x</p>"})),
)  # fmt: skip
"""Row -> path of the fate, what makes it. Each is compared with the whole specimen."""
_UNWRITTEN: Final = {
    "account": "contacts are customers",
    "attachments[].size": "the bytes' own",
    "attachments[].state": "what has bytes is uploaded",
    "attachments[].ticket": "by where it stands",
    "comments[].ticket": "by where it stands",
}
"""Why nothing is written of a field that is there all the same."""
_PARTS: Final = ("comments", "attachments", "events", "worklogs", "side_conversations", "identities")


class IntercomRow(NamedTuple):
    """One neutral field: what becomes of it, and where it is written."""

    path: str
    disposition: Disposition
    where: str


def rows(kind: str) -> Iterator[IntercomRow]:
    """Yield what becomes of each field of a kind of record."""
    full = SPECIMENS[kind]
    whole = _compiled(kind, full)
    for path, altered in _altered(full):
        yield _row(path, path, whole, whole, _compiled(kind, altered))
    for label, path, change in _CASES if kind == "ticket" else ():
        record = deepcopy(full)
        change(record)
        done = _compiled(kind, record)
        yield _row(label, path, done, whole, done)


def _compiled(kind: str, record: Record) -> Compiled:
    session = Session(desk="ic", origin="acme", workspace="w")
    change = Change(Outcome.CREATE, record, None)
    if kind == "ticket":
        return compile_case(change, _CATALOG, session, _OPTIONS)
    return compile_root(change, _CATALOG, session)


def _altered(full: Record) -> Iterator[tuple[str, Record]]:
    """Yield each path with the record that lacks it, or has another value there."""
    for key, value in full.items():
        inner = value if key == "fields" else value[0] if key in _PARTS else None
        for name in inner or ():
            path = f"{key}.{name}" if key == "fields" else f"{key}[].{name}"
            record = deepcopy(full)
            specimen.alter(record[key] if key == "fields" else record[key][0], name, path, _OTHER)
            yield path, record
        if inner is None:
            record = deepcopy(full)
            specimen.alter(record, key, key, _OTHER)
            yield key, record


def _row(label: str, path: str, told: Compiled, one: Compiled, other: Compiled) -> IntercomRow:
    disposition, by = _fate(told, path)
    before, after = _written(one), _written(other)
    moved = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    places = [f"`{name}`" for name in moved if name != _NOTE]
    where = by
    if disposition in (Disposition.CARRIED, Disposition.TRANSFORMED):
        where = (
            ", ".join(places)
            or _UNWRITTEN.get(label)
            or (by if disposition is Disposition.TRANSFORMED else NOT_WRITTEN)
        )
    elif disposition is Disposition.KEPT:
        where = _NOTE if _NOTE in moved else _UNWRITTEN.get(label) or f"{NOT_WRITTEN} beside"
    return IntercomRow(label, disposition, where)


def _fate(compiled: Compiled, path: str) -> tuple[Disposition, str]:
    """Return the fate of a path: its own, else of what it stands in; of several the last."""
    found = {fate.path: fate for fate in compiled.fates}
    found |= {re.sub(r'^fields\["(.*)"\]$', r"fields.\1", name): fate for name, fate in found.items()}
    name = path
    while name:
        if name in found:
            return found[name].disposition, found[name].by
        plain = re.sub(r"\[\d+\]", "[]", name)
        name = (
            plain
            if plain != name
            else name.rpartition(".")[0]
            if "." in name
            else name.removesuffix("[]")
            if "[]" in name
            else ""
        )
    return Disposition.UNSUPPORTED, "nothing says what becomes of it"


def _written(compiled: Compiled) -> dict[str, str]:
    """Return every key of every request with what is written there."""
    found: dict[str, str] = {}
    for operation in compiled.operations:
        for name, value in _keys(operation):
            found[name] = found.get(name, "") + repr(value)
    return found


def _keys(operation: Operation) -> Iterator[tuple[str, Any]]:
    noun, _, verb = operation.endpoint.partition(".")
    body: Any = operation.body
    if "mark" in body:
        yield _NOTE, body
    elif verb in ("assign", "state", "tag", "join", "participant") or noun == "tag":
        yield {"join": "companies", "participant": "participants"}.get(verb, verb), body
    else:
        head = "message: " if noun == "comment" else ""
        yield from ((f"{head}{key}", value) for key, value in body.items())
        if noun == "comment":
            yield "note or reply", operation.endpoint


def markdown() -> str:
    """Return a table for each kind of record."""
    lines: list[str] = []
    for kind in SPECIMENS:
        lines += [*([""] if lines else []), f"| {kind} | | written to |", "|---|---|---|"]
        for row in rows(kind):
            name, space, hint = row.path.partition(" (")
            told = f" ({hint}" if space else ""
            lines.append(f"| `{name}`{told} | {specimen.TABLE_WORDS[row.disposition]} | {row.where} |")
    return "\n".join(lines)
