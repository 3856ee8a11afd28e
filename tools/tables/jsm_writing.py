"""What becomes of each neutral field on each way into Jira: computed by the compiler from one full ticket, for docs/limits.md.

Each row compiles the specimen twice, once with the field altered or taken away: what differs in the operations is where the field is
written. A field of which the compiler says that Jira has a place for it, and that changes no operation, shows as `not written`, which a test refuses.
"""

from collections.abc import Iterator, Mapping
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
from ticketferry_jsm import marks
from ticketferry_jsm.compile import compile_change
from ticketferry_jsm.import_way import IMPORT_FILE
from ticketferry_jsm.issue_rows import ISSUE
from ticketferry_jsm.site_index import JiraCatalogIndex

__all__ = ["NOT_WRITTEN", "SPECIMENS", "JiraWayRow", "markdown", "rows"]

_FIELDS: Final[Mapping[str, tuple[str, Any]]] = {
    "text": ("textfield", "SN-1"), "textarea": ("textarea", "one\ntwo"), "select": ("select", "A"), "multiselect": ("multiselect", ["A", "B"]),
    "cascading": ("cascadingselect", ["A", "B"]), "decimal": ("float", 12.5), "date": ("datepicker", "2021-02-03"),
    "datetime": ("datetime", specimen.THEN), "labels": ("labels", ["a", "b"]), "url": ("url", "https://x.example"), "user": ("userpicker", specimen.AGENT),
}  # fmt: skip
"""Type of a custom field -> the end of Jira's name for it, a value."""
_SPECIAL: Final = {
    "customfield_1": "organizations",
    "customfield_2": "participants",
    "customfield_3": "request_type",
}
_SCREEN: Final = (
    "project", "issuetype", "description", "labels", "attachment", "issuelinks", *(row.target for row in ISSUE if row.target),
)  # fmt: skip


def _catalog() -> Catalog:
    """A site with one of each: what it defines allows all that Jira can hold."""
    kinds = list(_FIELDS)
    options: Any = [{"id": "1", "value": "A", "name": "A"}, {"id": "2", "value": "B", "name": "B"}]
    cascade: Any = [options[0], {"id": "3", "value": "B", "name": "B", "parent": "A"}]
    fields: Any = [
        {
            "id": f"customfield_{20 + number}", "key": kind, "name": kind, "type": kind, "of": "ticket",
            **({"options": cascade if kind == "cascading" else options} if "select" in kind or kind == "cascading" else {}),
        }
        for number, kind in enumerate(kinds)
    ]  # fmt: skip
    fields += [
        {"id": id_, "key": key, "name": key, "type": "special", "of": "ticket"}
        for id_, key in _SPECIAL.items()
    ]
    types: Any = [
        {
            "id": id_, "name": name, "workflow": "w", "fields": [*_SCREEN, *_SPECIAL.values(), *kinds],
            "required": ["summary"],
        }
        for id_, name in (("1", "Request"), ("2", "Task"))
    ]  # fmt: skip
    transition = {"name": "Close", "to": "Closed", "sources": ["Open"], "fields": ["resolution"]}
    return {
        "desk": "jira",
        "product": "jsm",
        "url": "https://jira.example",
        "statuses": [
            {"id": "1", "name": "Open", "stage": "new", "category": "new"},
            {"id": "2", "name": "Closed", "stage": "closed", "category": "done"},
        ],
        "workflows": [
            {
                "id": "w",
                "name": "w",
                "initial": "Open",
                "statuses": ["Open", "Closed"],
                "transitions": [{"id": "11", **transition}],  # type: ignore[typeddict-item]
            }
        ],
        "priorities": [{"id": "1", "name": "High"}, {"id": "3", "name": "Medium"}],
        "resolutions": [{"id": "1", "name": "Done"}, {"id": "2", "name": "Won't Do"}],
        "types": [{"id": "1", "name": "Request"}, {"id": "2", "name": "Task"}],
        "fields": fields,
        "forms": [
            {"id": "31", "name": "Get help", "project": "SUP", "type": "Request"},
            {"id": "32", "name": "Get more help", "project": "SUP", "type": "Request"},
        ],
        "projects": [
            {
                "id": "1", "key": "SUP", "name": "Support", "desk_id": "1", "types": types, "security": [{"id": "9", "name": "Secret"}],
                "components": [{"id": "5", "name": "Website"}], "open": True,
            },
            {"id": "2", "key": "HR", "name": "HR", "desk_id": "2", "types": types, "security": [], "components": [], "open": True},
        ],
        "link_types": [{"id": "1", "name": "Blocks"}],
        "native": {
            "own_account": "me", "time_zone": "UTC", "special_fields": {key: id_ for id_, key in _SPECIAL.items()},
            "field_types": {
                row["id"]: f"com.atlassian.jira.plugin.system.customfieldtypes:{_FIELDS[row['key']][0]}"
                for row in fields
                if row["key"] in _FIELDS
            },
            "default_priority": "Medium", "default_resolution": "Done", "upload_limit": 1_000_000_000,
        },
    }  # fmt: skip


def _samples() -> Record:
    """A value for each row of a field that the neutral specimen has not."""
    apart = {*specimen.SPECIMENS["ticket"], "security"}
    return {row.neutral: row.type.sample for row in ISSUE if row.target and row.neutral not in apart}


SPECIMENS: Final[Mapping[str, Record]] = {
    **specimen.SPECIMENS,
    "ticket": {
        **specimen.SPECIMENS["ticket"], **_samples(), "body": {"html": "<p>It burns</p>"},
        "fields": {kind: value for kind, (_, value) in _FIELDS.items()} | {"of no such name": "x"},
        "links": [
            {"type": "Blocks", "to": "acme:ticket:2", "inward": True},
            {"type": "remote", "url": "https://x.example", "title": "Order"},
        ],
    },
    "person": {**specimen.SPECIMENS["person"], "fields": {"plan": "gold"}},
}  # fmt: skip
"""A record of each kind with every field that the neutral schema has; `security` apart, which the import file must refuse."""

_OTHER: Final[Mapping[str, Any]] = {
    **specimen.OTHER, "project": "HR", "type": "Task", "number": "99", "email": "bo@x.example", "form": "Get more help",
}  # fmt: skip

_PARTS = ("comments", "attachments", "events", "worklogs")
_MARKS = {"issue.set_property", "comment.mark"}


class JiraWayRow(NamedTuple):
    """One neutral field: what becomes of it, and by which operations, on a way."""

    path: str
    disposition: Disposition
    where: str


def rows(kind: str, way: str) -> Iterator[JiraWayRow]:
    """Yield what becomes of each field of a kind of record on a way."""
    session = Session(desk="jira", origin="acme", workspace="w")
    site = JiraCatalogIndex(_catalog())

    def compiled(record: Record) -> Compiled:
        return compile_change(Change(Outcome.CREATE, record, None, frozenset(), {}, way), site, session)

    full = SPECIMENS[kind]
    whole = compiled(full)
    if kind == "ticket":
        yield _security(compiled)
    for path, altered in _altered(full):
        disposition, by = _fate(whole, path)
        moved = _differing(whole, compiled(altered))
        yield JiraWayRow(path, disposition, _said(disposition, by, moved, path))


def _security(compiled: Any) -> JiraWayRow:
    """The security level: what the file cannot say from the first moment is refused by that way."""
    done: Compiled = compiled({**SPECIMENS["ticket"], "security": "Secret"})
    if done.refused:
        return JiraWayRow("security", Disposition.UNSUPPORTED, "the ticket is rejected")
    disposition, by = _fate(done, "security")
    moved = _differing(done, compiled(SPECIMENS["ticket"]))
    return JiraWayRow("security", disposition, _said(disposition, by, moved, "security"))


def _altered(full: Record) -> Iterator[tuple[str, Record]]:
    """Yield each path with the record that lacks it."""
    for key, value in full.items():
        if key in _PARTS:
            for inner in value[0]:
                path = f"{key}[].{inner}"
                record = deepcopy(full)
                specimen.alter(record[key][0], inner, path, _OTHER)
                yield path, record
        elif key == "fields":
            for inner in value:
                record = deepcopy(full)
                del record["fields"][inner]
                yield f"fields.{inner}", record
        elif key == "links":
            for number, link in enumerate(value):
                record = deepcopy(full)
                del record["links"][number]
                yield f"links[] ({'to a ticket' if 'to' in link else 'to an address'})", record
        else:
            record = deepcopy(full)
            specimen.alter(record, key, key, _OTHER)
            yield key, record


def _fate(compiled: Compiled, path: str) -> tuple[Disposition, str]:
    """Return the fate of a path: its own, else of what it stands in; a concrete one before a pattern."""
    found = {_pattern(fate.path): fate for fate in compiled.fates}
    name = path.partition(" (")[0]
    while True:
        if name in found:
            return found[name].disposition, found[name].by
        shorter = name.rpartition(".")[0] if "." in name else name.removesuffix("[]")
        if not shorter or shorter == name:
            return Disposition.UNSUPPORTED, "nothing says what becomes of it"
        name = shorter


def _pattern(path: str) -> str:
    """`events[1].time` -> `events[].time`; `fields["of no such name"]` -> `fields.of no such name`."""
    head, bracket, rest = path.partition("[")
    if not bracket:
        return path
    inner, _, tail = rest.partition("]")
    return f"{head}.{inner[1:-1]}{tail}" if inner.startswith('"') else f"{head}[]{tail}"


def _differing(one: Compiled, other: Compiled) -> tuple[str, ...]:
    """Return the endpoints whose operations are not the same in both, in order."""
    before, after = [_seen(item) for item in one.operations], [_seen(item) for item in other.operations]
    moved = [row for row in before if row not in after] + [row for row in after if row not in before]
    return tuple(dict.fromkeys(endpoint for endpoint, _, _ in moved))


def _seen(operation: Operation) -> tuple[str, str, str]:
    """What is written, without the key."""
    return operation.endpoint, repr(operation.params), repr(operation.body)


_HELD: Final = (Disposition.CARRIED, Disposition.KEPT)
_UNWRITTEN: Final = {
    "account": "it is customers that are made",
    "comments[].header": "not needed: Jira itself shows author and time",
    **{
        f"{part}[].ticket": "by where it stands" for part in ("comments", "attachments", "events", "worklogs")
    },
}
"""Why nothing is written of a field that is there all the same."""
NOT_WRITTEN: Final = "not written"
"""Never in the table: the compiler would say that Jira holds what no operation writes. A test looks for it."""


def _said(disposition: Disposition, by: str, moved: tuple[str, ...], path: str) -> str:
    if not moved:
        return _UNWRITTEN.get(path) or (NOT_WRITTEN if disposition in _HELD else by)
    if disposition is Disposition.KEPT:
        return f"property `{marks.COMMENT if 'comment' in by else marks.PARTS if 'parts' in by or 'files' in by else marks.SOURCE}`"
    places = [name for name in moved if name not in _MARKS] or list(moved)
    return ", ".join(f"`{name}`" for name in places)


def markdown() -> str:
    """Return the tables: tickets with a pair of columns for each way, people and organizations with one, both ways being the same."""
    rest = {row.path: row for row in rows("ticket", "rest")}
    file = {row.path: row for row in rows("ticket", IMPORT_FILE)}
    lines = [
        "| ticket | way `rest` | written by | way `import-file` | written by |",
        "|---|---|---|---|---|",
    ]
    for path, row in rest.items():
        other = file[path]
        lines.append(
            f"| `{path}` | {specimen.TABLE_WORDS[row.disposition]} | {row.where} | {specimen.TABLE_WORDS[other.disposition]} | {other.where} |"
        )
    for kind in ("person", "organization"):
        lines += ["", f"| {kind} | | written by |", "|---|---|---|"]
        lines += [
            f"| `{row.path}` | {specimen.TABLE_WORDS[row.disposition]} | {row.where} |"
            for row in rows(kind, "rest")
        ]
    return "\n".join(lines)
