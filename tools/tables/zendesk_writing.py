"""What becomes of each neutral field in Zendesk: computed by the compiler from full records, for docs/limits.md.

Each row compiles a specimen twice, once with the field altered or taken away: what differs in the requests is where the field is
written. A field of which the compiler says that Zendesk has a place for it, and that changes no request, shows as `not written`,
which a test refuses.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from ticketferry.sdk import (
    Blob,
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
from ticketferry_zendesk.compile import compile_change
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.provenance import find_mark
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.ticket_rows import TICKET

__all__ = ["NOT_WRITTEN", "SPECIMENS", "WriteRow", "markdown", "rows"]

_FIELDS: Final[Mapping[str, Any]] = {
    "text": "SN-1", "textarea": "one\ntwo", "regexp": "12-34", "checkbox": True, "integer": 3, "decimal": 12.5, "date": "2021-02-03",
    "select": "a_tag", "multiselect": ["b_tag", "c_tag"],
}  # fmt: skip
"""Type of a custom field -> a value."""
_BESIDE, _NOTES = "provenance comment", "last line of the notes"


def _catalog() -> Catalog:
    """An account with one of each."""
    options: Any = {
        "select": [{"value": "a_tag", "name": "A"}],
        "multiselect": [{"value": "b_tag", "name": "B"}, {"value": "c_tag", "name": "C"}],
    }
    fields: Any = [
        {"id": str(100 + number), "key": kind, "name": kind, "type": kind, "of": "ticket", "active": True, "options": options.get(kind, [])}
        for number, kind in enumerate((*_FIELDS, "lookup", "card"))
    ]  # fmt: skip
    fields += [
        {"id": str(200 + number), "key": "tier", "name": "tier", "type": "text", "of": of}
        for number, of in enumerate(("person", "organization"))
    ]
    stages = {
        "new": "new",
        "open": "assigned",
        "pending": "pending_customer",
        "hold": "on_hold",
        "solved": "resolved",
        "closed": "closed",
    }
    statuses: Any = [
        {"id": name, "name": name, "stage": stage, "category": name} for name, stage in stages.items()
    ]
    return {
        "desk": "zd",
        "product": "zendesk",
        "url": "https://zd.example",
        "statuses": [
            *statuses,
            {"id": "900", "name": "custom:Waiting", "stage": "on_hold", "category": "hold"},
        ],
        "fields": fields,
        "forms": [{"id": "31", "name": "Default"}],
        "brands": [{"id": "41", "name": "Acme"}],
        "groups": [{"id": "51", "name": "Tier 1"}],
    }


_TICKET: Final = specimen.SPECIMENS["ticket"]
_SAID: Final = {**_TICKET["comments"][0], "opening": True}
_NOTED: Final = {
    "ref": "acme:comment:2",
    "author": specimen.AGENT,
    "public": False,
    "body": {"html": "<p>noted</p>"},
    "created": specimen.LATER,
}


def _samples() -> Record:
    """A value for each row of a field that the neutral specimen has not."""
    rows = (row for row in TICKET if row.target is not None and row.fits is None)
    return {row.neutral: row.type.sample for row in rows if row.neutral not in _TICKET}


SPECIMENS: Final[Mapping[str, Record]] = {
    **specimen.SPECIMENS,
    "ticket": {
        **_TICKET, **_samples(), "stage": "on_hold", "status": "custom:Waiting", "priority": "high", "type": "incident", "form": "Default",
        "security": "Secret", "provenance": {"ref": _TICKET["ref"], "kept": {"native.x": "y"}}, "fields": dict(_FIELDS), "comments": [_SAID, _NOTED],
        "attachments": [{**_TICKET["attachments"][0], "comment": "acme:comment:2"}],
        "links": [
            {"type": "problem", "to": "acme:ticket:2", "inward": True},
            {"type": "follow_up", "to": "acme:ticket:3"},
            {"type": "relates", "to": "acme:ticket:4"},
            {"type": "remote", "url": "https://x.example", "title": "Order"},
        ],
    },
    "person": {
        **specimen.SPECIMENS["person"],
        "identities": [
            {"type": "email", "value": "ann@y.example", "primary": False, "verified": True, "created": specimen.THEN, "updated": specimen.LATER},
            {"type": "phone", "value": "+4930123456"},
            {"type": "messaging", "value": "8d21"},
        ],
        "organizations": [specimen.ORGANIZATION, "acme:organization:4"],
    },
}  # fmt: skip
"""A record of each kind with every field that the neutral schema has but those of which a ticket can have one form only: see `_CASES`."""


def _with(**more: Any) -> Callable[[Record], None]:
    return lambda record: record.update(more)


def _comment(**more: Any) -> Callable[[Record], None]:
    return lambda record: record["comments"][0].update(more)


def _file(**more: Any) -> Callable[[Record], None]:
    return lambda record: record["attachments"][0].update(more)


def _field(name: str, value: Any) -> Callable[[Record], None]:
    return lambda record: record["fields"].update({name: value})


_CASES: Final[tuple[tuple[str, str, Callable[[Record], None]], ...]] = (
    ("body (of a source that keeps it apart)", "body", _with(body={"html": "<p>It burns</p>"})),
    ("status (one of Zendesk's own)", "status", _with(status="open")),
    ("status (that the account lacks)", "status", _with(status="Nowhere")),
    *((f"{row.neutral} ({words})", row.neutral, _with(**keys)) for row in TICKET for words, keys in row.cases.items()),
    ("tags (with spaces, capitals or quotes)", "tags[0]", _with(tags=["VIP's gold"])),
    ("fields (that the account lacks or has switched off)", "fields.none such", _field("none such", "x")),
    ("fields (a lookup of another record)", "fields.lookup", _field("lookup", "1")),
    ("fields (a card number)", "fields.card", _field("card", "4242424242424242")),
    ("fields (a value that is no option)", "fields.select", _field("select", "nowhere")),
    ("comments[].body (with placeholders)", "comments[1].body", _comment(body={"html": "<p>{{x}}</p>"})),
    ("comments[].body (more than 64 kB)", "comments[1].body", _comment(body={"html": f"<p>{'word ' * 20_000}</p>"})),
    ("comments[].body (without words)", "comments[1].body", _comment(body={"html": "<p></p>"})),
    ("comments[].created (with parts of a second)", "comments[1].created", _comment(created="2021-02-03T04:05:06.789Z")),
    ("attachments[].name (with a path or quotes)", "attachments[1].name", _file(name='C:\\x\\"a".txt')),
    ("attachments[] (without bytes)", "attachments[1]", _file(sha256=None)),
    ("attachments[] (larger than `largest_file`)", "attachments[1]", _file(size=60_000_000)),
)  # fmt: skip
"""Row -> path of the fate, what makes it. Each is compared with the specimen without the value."""

_OTHER: Final[Mapping[str, Any]] = {
    **specimen.OTHER, "comments[].created": "2021-02-04T00:00:00Z", "identities[].type": "twitter", "identities[].value": "ann@z.example",
}  # fmt: skip
_REFS: Final = {"person": "acme:person:99", "organization": "acme:organization:99"}

_PARTS = ("comments", "attachments", "events", "worklogs", "identities")


class WriteRow(NamedTuple):
    """One neutral field: what becomes of it, and where it is written."""

    path: str
    disposition: Disposition
    where: str


def _compiled(record: Record) -> Compiled:
    site = ZendeskCatalogIndex(_catalog(), "acme")
    session = Session(desk="zd", origin="acme", workspace="w")
    options = ZendeskOptions(subdomain="zd", bulk_users=True)
    return compile_change(Change(Outcome.CREATE, record, None), site, session, options)


def rows(kind: str) -> Iterator[WriteRow]:
    """Yield what becomes of each field of a kind of record."""
    full = SPECIMENS[kind]
    whole = _compiled(full)
    for path, altered in _altered(kind, full):
        disposition, by = _fate(whole, path)
        yield WriteRow(path, disposition, _said(disposition, by, _places(whole, _compiled(altered)), path))
    if kind != "ticket":
        return
    for label, path, change in _CASES:
        record = deepcopy(full)
        change(record)
        done = _compiled(record)
        disposition, by = _fate(done, path)
        base = whole
        if path in record and path not in full:
            base = _compiled({key: value for key, value in record.items() if key != path})
        yield WriteRow(label, disposition, _said(disposition, by, _places(done, base), label))


def _altered(kind: str, full: Record) -> Iterator[tuple[str, Record]]:
    """Yield each path with the record that lacks it, or has another value there."""
    for key, value in full.items():
        if key in _PARTS:
            for inner in value[0]:
                path = f"{key}[].{inner}"
                record = deepcopy(full)
                specimen.alter(record[key][0], inner, path, _OTHER)
                yield path, record
            for number in range(1, len(value) if key == "identities" else 0):
                record = deepcopy(full)
                del record[key][number]
                yield f"{key}[] ({value[number]['type']})", record
        elif key == "fields":
            for inner in value:
                record = deepcopy(full)
                del record["fields"][inner]
                yield f"fields.{inner}" if kind == "ticket" else "fields", record
        elif key == "links":
            for number, link in enumerate(value):
                record = deepcopy(full)
                del record["links"][number]
                yield f"links[] ({link['type'].replace('_', '-')})", record
        elif key == "organizations":
            for number in range(2):
                record = deepcopy(full)
                del record[key][number]
                yield f"{key}[] ({'first' if number == 0 else 'further'})", record
        else:
            record = deepcopy(full)
            if key == "ref":
                record[key] = _REFS.get(kind, _OTHER["ref"])
            else:
                specimen.alter(record, key, key, _OTHER)
            yield key, record


def _fate(compiled: Compiled, path: str) -> tuple[Disposition, str]:
    """Return the fate of a path: its own, else of what it stands in; of several the last, a concrete one before a pattern."""
    exact = {fate.path: fate for fate in compiled.fates}
    found = {_pattern(fate.path): fate for fate in compiled.fates} | exact
    name = path.partition(" (")[0]
    link = _LINKS.get(path)
    if link is not None:
        name = link
    while True:
        if name in found:
            return found[name].disposition, found[name].by
        shorter = _above(name)
        if not shorter or shorter == name:
            return Disposition.UNSUPPORTED, "nothing says what becomes of it"
        name = shorter


_LINKS: Final = {
    f"links[] ({link['type'].replace('_', '-')})": f"links[{number}]"
    for number, link in enumerate(SPECIMENS["ticket"]["links"])
}


def _above(name: str) -> str:
    """`comments[1].body` -> `comments[].body` -> `comments[]` -> `comments`."""
    plain = _pattern(name)
    if plain != name:
        return plain
    return name.rpartition(".")[0] if "." in name else name.removesuffix("[]")


def _pattern(path: str) -> str:
    head, bracket, rest = path.partition("[")
    return f"{head}[]{rest.partition(']')[2]}" if bracket else path


def _places(one: Compiled, other: Compiled) -> tuple[str, ...]:
    """Return the keys of requests whose values are not the same in both, in order."""
    before, after = _written(one), _written(other)
    return tuple(name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name))


def _written(compiled: Compiled) -> dict[str, str]:
    """Return every key of every request with what is written there."""
    found: dict[str, str] = {}
    for operation in compiled.operations:
        for name, value in _keys(operation):
            found[name] = found.get(name, "") + repr(value)
    return found


def _keys(operation: Operation) -> Iterator[tuple[str, Any]]:
    noun = operation.endpoint.partition(".")[0]
    body: Any = operation.body
    if isinstance(body, Blob):
        yield "upload: name", operation.params["filename"]
        yield "upload: bytes", body.sha256
        yield "upload: type", body.media_type
        return
    if noun == "membership":
        yield "organization_memberships", body
        return
    for key, value in body.items():
        if key == "comments":
            yield from _comment_keys(value)
        elif key == "custom_fields":
            for row in value:
                yield key, row
        elif key == "notes":
            text, _, line = str(value).partition("\u2014 imported")
            yield key, text
            yield _NOTES, line
        else:
            yield key, value


def _comment_keys(comments: Any) -> Iterator[tuple[str, Any]]:
    for comment in comments:
        html = _text(comment.get("html_body"))
        if find_mark(html) is not None:
            yield _BESIDE, html
            continue
        for key, value in comment.items():
            yield f"comments[].{key}", value


def _text(template: Any) -> str:
    """Return a text with its symbolic values as words."""
    if isinstance(template, str):
        return template
    return "".join(part if isinstance(part, str) else str(part.ref) for part in template.parts)


_HELD: Final = (Disposition.CARRIED, Disposition.KEPT)
_UNWRITTEN: Final = {
    "account": "it is end users that are made",
    "attachments[].state": "what has bytes is uploaded",
    "attachments[].size": "the bytes' own",
    "comments[].opening": "the first comment is the opening one",
    **{f"{part}[].ticket": "by where it stands" for part in ("comments", "attachments", "events")},
}
"""Why nothing is written of a field that is there all the same."""
NOT_WRITTEN: Final = "not written"
"""Never in the table: the compiler would say that Zendesk holds what no request writes. A test looks for it."""


def _said(disposition: Disposition, by: str, moved: tuple[str, ...], path: str) -> str:
    if disposition is Disposition.UNSUPPORTED:
        return by
    if not moved:
        return _UNWRITTEN.get(path) or (NOT_WRITTEN if disposition in _HELD else by)
    beside = [name for name in moved if name in (_BESIDE, _NOTES)]
    places = [name for name in moved if name not in (_BESIDE, _NOTES)]
    if disposition is Disposition.KEPT:
        return ", ".join(beside) or f"{NOT_WRITTEN} beside"
    return ", ".join(f"`{name}`" for name in places) or _UNWRITTEN.get(path) or ", ".join(beside)


def markdown() -> str:
    """Return a table for each kind of record."""
    lines: list[str] = []
    for kind in SPECIMENS:
        lines += [*([""] if lines else []), f"| {kind} | | written to |", "|---|---|---|"]
        lines += [
            f"| `{path}`{hint} | {specimen.TABLE_WORDS[row.disposition]} | {row.where} |"
            for row in rows(kind)
            for path, hint in [_shown(row.path)]
        ]
    return "\n".join(lines)


def _shown(path: str) -> tuple[str, str]:
    name, space, hint = path.partition(" (")
    return name, f" ({hint}" if space else ""
