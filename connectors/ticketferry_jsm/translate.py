"""Jira's wire records as neutral records. Pure: what our own marks say is put back in its place."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ticketferry.sdk import (
    LINKS_BESIDE,
    SHARED_BESIDE,
    Finding,
    Kind,
    Record,
    Ref,
    Severity,
    Translated,
    Wire,
    derived,
    parse_ref,
)
from ticketferry.sdk.body import Loss, from_text
from ticketferry.sdk.codec import FieldRow, ReadContext, read_fields
from ticketferry.sdk.marks import READ_BACK, of_other_workspace, put_back, read_back
from ticketferry.sdk.messages import html_record, joined, strip_header

from . import marks
from .adf_read import from_adf
from .body import read, without_group
from .compile_definitions import definition_record
from .forms import FORMS, read_forms
from .history import translate_history
from .issue_reading import IssueReading
from .part_rows import COMMENT, FILE, TIMES, WORKLOG, some
from .request_facts import add_facts, lacking
from .site_index import JiraCatalogIndex
from .tracing import ADDRESS, STRAY
from .translate_fields import custom_fields, names, shared, shared_beside
from .translate_links import links, links_beside, own_links, own_watchers
from .translate_people import translate_membership, translate_organization, translate_person
from .wire import properties_of

__all__ = ["PARTS_THERE", "translate_wire"]

PARTS_THERE = "parts"
"""Key in the native part of what we wrote in several parts: the numbers of those that are there."""
_NOW = "its name of today, by its id"
_DERIVED = "=repeated by another part of the record"
_FILED = "=the names by which texts show files"


class _Reader:
    """Translates for one desk. `workspace`: whose marks are ours."""

    def __init__(self, site: JiraCatalogIndex, origin: str, workspace: str) -> None:
        self.site = site
        self.origin = origin
        self.workspace = workspace
        self.lost: list[Loss] = []

    def ref(self, kind: Kind, id_: object) -> str:
        return str(Ref(self.site.desk, kind, str(id_)))

    def fields(
        self, rows: Sequence[FieldRow], body: Mapping[str, Any], record: Record, trace: dict[str, str], at: str, path: str = ""
    ) -> None:  # fmt: skip
        """Put in what rows read. `path`: where `body` stands."""
        read, places = read_fields(rows, body, ReadContext(self.site.desk), at, path)
        record |= read
        trace |= places

    def tickets(self, rows: object) -> dict[str, tuple[str, str]]:
        """Return address -> (ticket ref, old address) of the links that we rewrote."""
        found: dict[str, tuple[str, str]] = {}
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, list) and len(row) == 3:
                found[f"{self.site.browse}{row[0]}"] = (str(row[1]), str(row[2]))
        return found

    def body(self, document: Any, mark: Mapping[str, Any]) -> Any:
        """Return the tree of a document; of one of ours without the line over it and the files below it."""
        if not self.origin:
            return self.theirs(document, mark)
        media = {
            str(row[0]): str(row[1])
            for row in mark.get("media") or ()
            if isinstance(row, list) and len(row) == 2
        }
        if mark.get("group"):
            document = without_group(document)
        tree = read(document, media=media, tickets=self.tickets(mark.get("tickets")))
        return strip_header(tree, str(mark["header"])) if mark.get("header") else tree

    def theirs(self, document: Any, mark: Mapping[str, Any]) -> Any:
        """Return the tree of a document of the site's own people; what a body cannot hold is noted."""
        if isinstance(document, str):
            return from_text(document)  # an older interface, or an app, that knows no documents
        if not isinstance(document, Mapping):
            return ()
        media = {str(id_): self.ref(Kind.ATTACHMENT, file) for id_, file in _mark(mark.get("media")).items()}
        tree, losses = from_adf(
            document,
            media=lambda attrs: media.get(str(attrs.get("id", ""))),
            person=lambda account: self.ref(Kind.PERSON, account),
        )
        self.lost.extend(losses)
        return tree

    def told(self, own: Ref, at: str) -> list[Finding]:
        """Return findings of what bodies could not hold."""
        return [
            Finding(
                f"JSM-{loss.code}",
                Severity.LOSS,
                own,
                f"{at}{loss.where.removeprefix('$')}",
                loss.message,
                "",
                loss.count,
            )
            for loss in self.lost
        ]

    def parts_there(self, mark: Mapping[str, Any], rows: object) -> Record:
        """Return which parts of a text of ours are there (1 is the first), where it has or had several: people may have deleted some."""
        numbers = [int((mark.get("part") or [1])[0])]
        for row in rows if isinstance(rows, list) else []:
            own = _mark(properties_of(row.get("properties")).get(marks.COMMENT))
            numbers.append(int((own.get("part") or [len(numbers) + 1])[0]))
        return {"native": {PARTS_THERE: sorted(numbers)}} if mark.get("part") or len(numbers) > 1 else {}

    def continued(self, body: Any, mark: Mapping[str, Any], rows: object) -> dict[str, str] | None:
        """Put a body and its further parts (comments of ours) together."""
        trees = [self.body(body, mark)]
        for row in rows if isinstance(rows, list) else []:
            own = _mark(properties_of(row.get("properties")).get(marks.COMMENT))
            trees.append(self.body(row.get("body"), own))
        return html_record(joined(trees) if len(trees) > 1 else trees[0])


def _of_body(record: Record, path: str, at: str) -> dict[str, str]:
    """Return the trace of a text and its further parts."""
    to = f"{at}.body" if record.get("body") else "=a text without content"
    return {path: to, "continued": _DERIVED, "continued[].body": to}


def _mark(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def translate_wire(wire: Wire, site: JiraCatalogIndex, origin: str, workspace: str) -> Translated:
    """Translate one wire record of any kind."""
    body = cast("dict[str, Any]", wire.body if isinstance(wire.body, Mapping) else {})
    if not origin:
        # Read as a source: what an earlier migration left there is the desk's own by now.
        given = properties_of(body.get("properties"))
        body = {key: value for key, value in body.items() if key != "properties"}
        if forms := {key: given[key] for key in FORMS if key in given}:
            body["properties"] = forms
    reader = _Reader(site, origin, workspace)
    match wire.ref.kind:
        case Kind.TICKET:
            body, moved = ({**body}, []) if origin else site.today.rename(body, site.special("request_type"))
            done = _ticket(reader, body)
            return Translated(
                done.records, {**done.trace, **dict.fromkeys(map(derived, moved), _NOW)}, done.findings
            )
        case Kind.COMMENT:
            return _comment(reader, body, wire)
        case Kind.ATTACHMENT:
            return _attachment(reader, body, wire)
        case Kind.WORKLOG:
            return _worklog(reader, body, wire)
        case Kind.EVENT:
            return translate_history(wire, body, site)
        case Kind.PERSON:
            return translate_person(site, body, source=not origin)
        case Kind.DEFINITION:
            return Translated((definition_record(str(wire.ref), body, site),), dict.fromkeys(body, READ_BACK))
        case Kind.ORGANIZATION:
            return translate_organization(site, body)
        case Kind.MEMBERSHIP:
            return translate_membership(site, body, wire)
    return Translated((), {})


# ---- tickets


def _marked(mark: Mapping[str, Any], desk: str, id_: str) -> Ref:
    """Return the source record that a mark names: it must not be made again; the issue itself where the mark is damaged."""
    text = mark.get("ref")
    try:
        return parse_ref(str(text))
    except (ValueError, KeyError):
        return Ref(desk, Kind.TICKET, id_)


def _ticket(reader: _Reader, body: dict[str, Any]) -> Translated:
    site, fields = reader.site, _mark(body.get("fields"))
    properties = properties_of(body.get("properties"))
    mark = marks.unpack(properties)
    findings: list[Finding] = []
    if mark is not None and mark.get("workspace") != reader.workspace:
        number, theirs = body.get("key"), mark.get("workspace")
        findings.append(
            of_other_workspace(
                _marked(mark, site.desk, str(body["id"])), "JSM-MARK-OTHER", f"{number} {marks.SOURCE}", f"the issue {number}",
                theirs, reader.workspace, "two migrations are kept in different projects",
            )
        )  # fmt: skip
        mark = None
    head: Record = {
        "ref": reader.ref(Kind.TICKET, body["id"]),
        "number": body.get("key"),
        "url": f"{site.browse}{body.get('key')}",
    }
    at = f"ticket[{body['id']}]"
    trace = {
        "id": f"{at}.ref",
        "key": f"{at}.number",
        **dict.fromkeys(STRAY, ADDRESS),
    }
    issue = IssueReading(site, head, fields, trace, at)
    names(issue)
    custom_fields(issue, people=mark is None)
    parts = _mark(properties.get(marks.PARTS)) if mark is not None else {"media": body.get("media")}
    head["body"] = reader.continued(fields.get("description"), parts, body.get("continued"))
    trace |= _of_body(head, "fields.description", at)
    approvals: list[Record] = []
    if mark is None:
        reader.fields(TIMES, fields, head, trace, at, "fields.")
        if answers := read_forms(properties):
            head["fields"] = {**head["fields"], site.forms_key: answers}
        head["links"] = links(issue)
        approvals = add_facts(issue, body)
        own = Ref(site.desk, Kind.TICKET, str(body["id"]))
        findings += [
            *lacking(own, body),
            *shared(site, own, fields),
            *reader.told(own, "fields.description"),
        ]
    else:
        ours = marks.labels_of(reader.origin, str(mark.get("number", "")))
        before = {**head}
        head["tags"] = [tag for tag in head.get("tags", ()) if tag not in ours]
        put_back(head, mark)
        reader.fields(some(TIMES, mark.get("native", ())), fields, head, trace, at, "fields.")
        head["links"] = own_links(fields, parts)
        if beside := links_beside(fields, parts):
            head["native"] = {**head.get("native", {}), LINKS_BESIDE: beside}
        if shares := shared_beside(site, fields):
            head["native"] = {**head.get("native", {}), SHARED_BESIDE: shares}
        head |= own_watchers(site, body, parts)
        head |= reader.parts_there({}, body.get("continued"))
        head["origin"] = mark["ref"]
        trace |= {"properties": _DERIVED, "fields.issuelinks": _DERIVED, "watchers": _DERIVED}
        trace = read_back(trace, at, before, head)
    trace["media"] = _FILED
    return Translated((head, *approvals), trace, tuple(findings))


# ---- parts


def _comment(reader: _Reader, body: dict[str, Any], wire: Wire) -> Translated:
    mark = _mark(properties_of(body.get("properties")).get(marks.COMMENT))
    if not reader.origin:
        mark = {"media": body.get("media")}
    at = f"comment[{body['id']}]"
    # Meant for a role or a group of the company, whatever the portal makes of it: in doubt the less visible.
    restricted = not reader.origin and bool(body.get("visibility"))
    record: Record = {
        "ref": str(wire.ref),
        "ticket": str(wire.root) if wire.root else None,
        "public": body.get("jsdPublic") is True and not restricted,
        "body": reader.continued(body.get("body"), mark, body.get("continued")),
    }
    trace = {"id": f"{at}.ref", "jsdPublic": f"{at}.public", **_of_body(record, "body", at)}
    if mark.get("ref"):
        before = {**record}
        put_back(record, mark)
        record["origin"] = mark["ref"]
        record["header"] = None if mark.get("part") else mark.get("header")
        record |= reader.parts_there(mark, body.get("continued"))
        trace["properties"] = _DERIVED
        # A comment of an import file has its author and time from Jira itself.
        reader.fields(some(COMMENT, mark.get("native", ())), body, record, trace, at)
        trace = read_back(trace, at, before, record)
    else:
        reader.fields(COMMENT, body, record, trace, at)
        if record.get("updated") == record.get("created"):
            record.pop("updated", None)
            trace["updated"] = "=it was never edited"
        editor = body.get("updateAuthor")
        if isinstance(editor, Mapping) and editor == body.get("author"):
            trace["updateAuthor"] = "=the author"
    trace["media"] = _FILED
    findings = reader.told(wire.root or wire.ref, f"comment {body['id']} ")
    if restricted:
        trace[derived("jsdPublic")] = "in doubt the less visible"
        whom = " ".join(str(_mark(body["visibility"]).get(key) or "") for key in ("type", "value")).strip()
        findings.append(
            Finding(
                "JSM-RESTRICTED", Severity.DOUBT, wire.root or wire.ref, f"comment {body['id']} visibility",
                f"a comment is restricted to the {whom}: it counts as internal, and every agent will see it",
                "Leave the ticket out, or take its words out in Jira, where not every agent may see them.",
            )
        )  # fmt: skip
    return Translated((record,), trace, tuple(findings))


def _attachment(reader: _Reader, body: dict[str, Any], wire: Wire) -> Translated:
    mark = _mark(body.get("mark"))
    at = f"attachment[{body['id']}]"
    record: Record = {
        "ref": str(wire.ref),
        "ticket": str(wire.root) if wire.root else None,
        "name": body.get("filename") or f"attachment-{body['id']}",
    }
    trace = {"id": f"{at}.ref", "filename": f"{at}.name", "size": f"{at}.size", "content": f"{at}.url"}
    record["url"] = body.get("content")
    if mark:
        before = {**record}
        own = _mark(mark.get("record"))
        record |= own
        reader.fields(some(FILE, own.keys() & {"size"}), body, record, trace, at)
        record["origin"] = mark.get("ref")
        trace |= {"mark": _DERIVED, "size": f"{at}.size" if record.get("size") else READ_BACK}
        trace = read_back(trace, at, before, record)
    else:
        reader.fields(FILE, body, record, trace, at)
    return Translated((record,), trace)


def _worklog(reader: _Reader, body: dict[str, Any], wire: Wire) -> Translated:
    mark = _mark(body.get("mark"))
    at = f"worklog[{body['id']}]"
    seconds = int(body.get("timeSpentSeconds") or 0)
    record: Record = {
        "ref": str(wire.ref),
        "ticket": str(wire.root) if wire.root else None,
        "seconds": seconds,
        "body": html_record(reader.body(body.get("comment"), {})),
    }
    trace = {
        "id": f"{at}.ref",
        "timeSpentSeconds": f"{at}.seconds",
        **_of_body(record, "comment", at),
    }
    reader.fields(some(WORKLOG, ("started",)) if mark else WORKLOG, body, record, trace, at)
    if mark:
        before = {**record}
        record |= _mark(mark.get("record"))
        if seconds != mark.get("written"):
            record["seconds"] = seconds
        record["origin"] = mark.get("ref")
        trace["mark"] = _DERIVED
        trace = read_back(trace, at, before, record)
    return Translated((record,), trace, tuple(reader.told(wire.root or wire.ref, f"work log {body['id']} ")))
