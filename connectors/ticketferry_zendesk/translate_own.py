"""Wire records of a target as neutral ones: what our marks say is put back in its place. Pure."""

from collections.abc import Mapping
from typing import Any, cast

from ticketferry.sdk import (
    Finding,
    Json,
    Kind,
    Record,
    Ref,
    Severity,
    Stage,
    Translated,
    Wire,
    join_path,
    parse_ref,
)
from ticketferry.sdk.body import Tree, to_text
from ticketferry.sdk.marks import READ_BACK, of_other_workspace, put_back, read_back
from ticketferry.sdk.messages import html_record, joined, strip_header
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.compile_definitions import definition_record
from ticketferry_zendesk.message import read, unsafe
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.notes import split_notes
from ticketferry_zendesk.own_reader import TOKEN
from ticketferry_zendesk.provenance import BORN_ASSIGNEE, BORN_GROUP, BORN_NEW, KEY
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.tracing import SYSTEM, ref
from ticketferry_zendesk.translate import translate
from ticketferry_zendesk.wire import Row, utc

__all__ = ["HTML", "NAMED", "OF_REQUESTER", "PARTS", "Own", "translate_own"]

_GONE = "=the record is there no more"
_NOT_COMPARED = ("updated", "submitter", "public", "channel", "handled_by", "satisfaction", "solved", "sla")
"""What Zendesk fills in or moves by itself: the mark says what the record held."""
PARTS = "parts"
"""Key of `native` in a message that stands in several comments: number and words of each."""
HTML = "html"
"""Key of `native` in a message of a closed ticket: number and HTML, as Zendesk shows it, of each comment that it stands in."""
OF_REQUESTER = "organization_of_requester"
"""In `native` of a ticket that was written without an organization: the desk has put it into its requester's."""
NAMED = "named_by_others"
"""Key of `native` in a ticket that incidents or follow-ups name by its number: they would lose it with the number."""
_FILLED = ("brand", "form", "organization", "group", "requester", "created")
"""What stands in a ticket although nobody said it: taken out where the mark says that it was not."""


class Own:
    """Translates for one target desk. `origin`: the source desk whose marks are ours; `workspace`: whose they must be."""

    def __init__(self, names: Names, site: ZendeskCatalogIndex, origin: str, workspace: str) -> None:
        self.names = names
        self.site = site
        self.url = site.url
        self.desk = site.desk
        self.origin = origin
        self.workspace = workspace
        self.where = site.where
        self.prefix = f"tf-{origin}-"

    def marked(self, external: object, kind: Kind) -> str | None:
        """Return the source ref that an external id of ours stands for."""
        if not isinstance(external, str) or not external.startswith(self.prefix) or external == self.prefix:
            return None
        return str(Ref(self.origin, kind, external[len(self.prefix) :]))

    def foreign(self, wire: Wire, workspace: object, origin: str | None) -> Finding | None:
        """Return a blocker for a mark of another workspace: the source record `origin` must not be made again."""
        if workspace == self.workspace:
            return None
        what = f"{wire.ref.kind.value} {wire.ref.id}"
        return of_other_workspace(
            parse_ref(origin) if origin else wire.ref, "ZD-MARK-OTHER", f"external_id of {what}", what, workspace, self.workspace,
            "another migration gives its source another key",
        )  # fmt: skip


def translate_own(wire: Wire, own: Own) -> Translated:
    """Translate one wire record of a target."""
    if wire.gone:
        # Nothing may be matched with what is no more; a source keeps its tombstones, since history names them.
        return Translated((), {join_path("", key).lstrip("."): _GONE for key in cast("Row", wire.body)})
    match wire.ref.kind:
        case Kind.TICKET:
            return _ticket(wire, own)
        case Kind.COMMENT:
            return _comment(wire, own)
        case Kind.PERSON | Kind.ORGANIZATION:
            return _account(wire, own)
        case Kind.DEFINITION:
            row = cast("Row", wire.body)
            return Translated(
                [definition_record(str(wire.ref), row)],
                {join_path("", key).lstrip("."): READ_BACK for key in row},
            )
        case Kind.GROUP:
            done = translate(wire, own.names, own.url)
            bare = _without(done.records[0], "created", "updated", "default", "deleted", "description")
            return Translated([bare], _read_back(done.trace, done.records[0], bare), done.findings)
    return translate(wire, own.names, own.url)


def _without(record: Record, *keys: str) -> Record:
    """Return a record without what says nothing, or only what the desk fills in."""
    return {
        key: value
        for key, value in record.items()
        if key not in keys or (key in ("description", "deleted") and value)
    }


# ---- tickets


def _ticket(wire: Wire, own: Own) -> Translated:
    body = cast("Row", wire.body)
    mark = body.get(KEY)
    row = {key: value for key, value in body.items() if key != KEY}
    done = translate(Wire(wire.ref, cast("Json", row), wire.updated, wire.gone), own.names, own.url)
    head: Record = {**done.records[0]}
    findings = [item for item in done.findings if item.severity is Severity.BLOCKER]
    origin = own.marked(row.get("external_id"), Kind.TICKET)
    if not isinstance(mark, dict) or origin is None:
        return done
    if mark.get("lost"):
        mark = {}
        findings.append(
            Finding(
                "ZD-MARK-LOST", Severity.DOUBT, wire.ref, "comments",
                "the internal comment that tells of the import is gone or damaged: comments cannot be told apart any more",
                "Restore it from the audit log, or leave the ticket as it is.",
            )
        )  # fmt: skip
    elif (other := own.foreign(wire, mark.get("workspace"), origin)) is not None:
        return Translated([head], {**done.trace, KEY: READ_BACK}, [*findings, other])
    elif Ref(own.origin, Kind.TICKET, "").desk != str(mark["ref"]).split(":", 1)[0]:
        return done
    head["fields"] = {own.site.renamed.get(key, key): value for key, value in head.get("fields", {}).items()}
    head["origin"] = mark.get("ref", origin)
    for key in _NOT_COMPARED:
        head.pop(key, None)
    head.pop("external_id", None)
    if head.get("organization") and "organization" in (mark.get("unset") or ()):
        head["native"] = {**head.get("native", {}), OF_REQUESTER: True}
    for key in mark.get("unset") or ():
        if key in _FILLED:
            head.pop(key, None)
    if BORN_GROUP in (mark.get("unset") or ()) and str(row.get("group_id")) == mark.get("born_group"):
        head.pop("group", None)
    by_itself = BORN_ASSIGNEE in (mark.get("unset") or ()) and "born_assignee" in mark
    if by_itself and str(row.get("assignee_id")) == mark["born_assignee"]:
        head.pop("assignee", None)
    if row.get("has_incidents") or row.get("followup_ids"):
        head["native"] = {**head.get("native", {}), NAMED: True}
    _restore(head, row, mark, own.site.owner_of)
    if by_itself and mark.get(BORN_NEW) and row.get("status") == mark.get("born_status") == "open":
        head |= {"status": mark[BORN_NEW], "stage": Stage.NEW.value}
    return Translated([head], {**_read_back(done.trace, done.records[0], head), KEY: READ_BACK}, findings)


def _read_back(trace: Mapping[str, str], before: Record, after: Record) -> dict[str, str]:
    _, kind, id_ = after["ref"].split(":", 2)
    return read_back(trace, f"{kind}[{id_}]", before, after)


def _restore(head: Record, row: Row, mark: Mapping[str, Any], owners: Mapping[str, str]) -> None:
    category = str(row.get("status"))
    stage = STAGES.get(category)
    if stage is not None:
        head["stage"] = stage.value if stage is not Stage.MERGED else Stage.CLOSED.value
    head.pop("merged_into", None)
    fields = {key: value for key, value in head.get("fields", {}).items() if value is not False}
    head["fields"] = fields
    written = [str(tag) for tag in mark.get("tags") or ()]
    # A tag that is the value of a field stands there for the field, unless the record had it as a tag of its own.
    # What Zendesk itself put there when the ticket was made, from its requester and organization, is nobody's edit.
    born = mark.get("born_tags") or ()
    head["tags"] = [
        tag for tag in head.get("tags", []) if tag in written or (tag not in owners and tag not in born)
    ]
    head["links"] = [*_native_links(head), *(dict(link) for link in mark.get("links") or ())]
    put_back(head, mark, unset=False)


def _native_links(head: Record) -> list[Record]:
    """Return the links that this ticket's own import made; what others say of it is theirs."""
    return [
        link
        for link in head.get("links", [])
        if (link["type"] == "problem" and link.get("inward"))
        or (link["type"] == "follow_up" and not link.get("inward"))
    ]


# ---- comments


def _comment(wire: Wire, own: Own) -> Translated:
    body = cast("dict[str, Any]", wire.body)
    event, mark = body["event"], body.get("mark") or {}
    events = [event, *(body.get("more") or ())]
    record: Record = {
        "ref": str(wire.ref),
        "ticket": str(wire.root) if wire.root else None,
        # A message in several comments is public while one of them is.
        "public": any(part.get("public") is True for part in events),
    }
    author = event.get("author_id") if event.get("author_id") is not None else body.get("by")
    if author not in (None, SYSTEM) and not mark.get("anonymous"):
        record["author"] = ref(own.desk, "person", author)
    created = utc(event.get("created_at")) or utc(body.get("time"))
    if created:
        record["created"] = created
    if mark.get("created"):
        written, exact = mark["created"]
        if written is None or created == written:
            record["created"] = exact
    files = _files(wire, record, body, mark, own)
    if not mark.get("blank"):
        record["body"] = _text(body, mark, own, files[1])
    if mark.get("ref"):
        record["origin"] = mark["ref"]
        put_back(record, mark)
        if mark.get("header") and not mark.get("parts"):
            record["header"] = mark["header"]
    if any(part.get("redacted") for part in events):
        record["redacted"] = True
    if len(events) > 1:
        record["native"] = {
            PARTS: [[str(part["id"]), _plain(part, own)] for part in events],
        }
    if body.get("closed"):
        # A redaction on a closed ticket sends the whole text back, to the letter.
        shown = [
            [str(part["id"]), part["html_body"]] for part in events if isinstance(part.get("html_body"), str)
        ]
        record["native"] = {**record.get("native", {}), HTML: shown}
    at = f"comment[{wire.ref.id}]"
    trace = dict.fromkeys(body, READ_BACK)
    if record.get("body"):
        trace |= {"event.html_body": f"{at}.body", "more[].html_body": f"{at}.body"}
    return Translated([{key: value for key, value in record.items() if value is not None}, *files[0]], trace)


def _plain(event: Row, own: Own) -> str:
    html = event.get("html_body")
    return to_text(read(html, own.where, image=lambda _: None)) if isinstance(html, str) else ""


def _text(
    body: dict[str, Any], mark: Mapping[str, Any], own: Own, shown: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the words of a comment, its further parts with it, without the lines that we put over them."""

    def image(source: str) -> str | None:
        found = TOKEN.search(source)
        return shown.get(found[1]) if found else None

    headers = mark.get("parts") or [mark.get("header", "")]
    trees: list[Tree] = []
    for number, event in enumerate([body["event"], *(body.get("more") or ())]):
        html = event.get("html_body")
        tree = read(html, own.where, image=image) if isinstance(html, str) else ()
        header = headers[number] if number < len(headers) else _counted(headers[0], number, body)
        trees.append(strip_header(tree, unsafe(header)) if header else tree)
    return html_record(joined(trees))


def _counted(first: str, number: int, body: dict[str, Any]) -> str:
    count = 1 + len(body.get("more") or ())
    return first.replace(f"(1/{count})", f"({number + 1}/{count})") if first else f"({number + 1}/{count})"


def _files(
    wire: Wire, comment: Record, body: dict[str, Any], mark: Mapping[str, Any], own: Own
) -> tuple[list[Record], dict[str, str]]:
    """Return the attachments, and token -> source ref of those that texts may show."""
    known = {str(row["id"]): row for row in mark.get("files") or () if isinstance(row, dict)}
    found: list[Record] = []
    shown: dict[str, str] = {**(body.get("shown") or {})}
    for event in (body["event"], *(body.get("more") or ())):
        for row in event.get("attachments") or ():
            if not isinstance(row, dict) or row.get("id") is None or row.get("deleted"):
                continue
            told = known.get(str(row["id"]), {})
            own_ref = ref(own.desk, "attachment", row["id"])
            file: Record = {
                "ref": own_ref,
                "ticket": comment["ticket"],
                "name": str(row.get("file_name") or row["id"]),
                "url": row.get("content_url"),
            }
            if told:
                file |= told.get("record") or {}
                file["origin"] = told["ref"]
                if told.get("sized"):
                    file["size"] = row.get("size")
            else:
                file |= {
                    "comment": str(wire.ref),
                    "size": row.get("size"),
                    "media_type": row.get("content_type"),
                }
                file |= {key: comment[key] for key in ("author", "created") if key in comment}
            found.append({key: value for key, value in file.items() if value is not None})
            for token in TOKEN.findall(str(row.get("content_url"))):
                shown[token] = str(told.get("ref") or own_ref)
    return found, shown


# ---- people and organizations


def _account(wire: Wire, own: Own) -> Translated:
    row = cast("Row", wire.body)
    done = translate(wire, own.names, own.url)
    record: Record = {**done.records[0]}
    findings = list(done.findings)
    notes, told = split_notes(row.get("notes"))
    origin = own.marked(row.get("external_id"), wire.ref.kind)
    by_notes = str(told["ref"]) if told and str(told["ref"]).split(":", 1)[0] == own.origin else None
    if wire.ref.kind is Kind.PERSON:
        staff = record.get("role") in ("agent", "admin", "ai_agent")
        record["account"] = "agent" if staff else "customer"
    if origin is None and by_notes is None:
        return Translated([record, *done.records[1:]], done.trace, findings)
    if told and (other := own.foreign(wire, told.get("workspace"), by_notes or origin)) is not None:
        return Translated([record, *done.records[1:]], done.trace, [*findings, other])
    record["origin"] = by_notes or origin
    if origin is not None:
        record.pop("external_id", None)
    record.pop("notes", None)
    if notes:
        record["notes"] = notes
    for key in ("created", "updated", "groups"):
        record.pop(key, None)
    for key in ("shared_tickets", "shared_comments"):
        if record.get(key) is False:
            del record[key]
    if "fields" in record:
        record["fields"] = {key: value for key, value in record["fields"].items() if value is not False}
    exact = (told or {}).get("exact") or {}
    if wire.ref.kind is Kind.PERSON:
        record.pop("role", None)
        if record.get("state") == "active":
            del record["state"]
        for key in ("locale", "time_zone"):
            record.pop(key, None)
    shown = {**record, "locale": row.get("locale"), "time_zone": row.get("time_zone")}
    for key, (written, value) in exact.items():
        if shown.get(key) == written:
            record[key] = value
        elif key in ("locale", "time_zone"):
            record[key] = shown.get(key)
    trace = _read_back(done.trace, done.records[0], record)
    return Translated([record, *done.records[1:]], trace, findings)
