"""A ticket by way of Jira's import file: an issue in the file, then over REST what the file cannot hold, the request type last.

Until the request type is set the issue has no portal page [DOC jirakb 1157182061], and it is set only after every internal comment
was made internal and read back as internal.
"""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    Finding,
    From,
    Json,
    Kind,
    Lane,
    Record,
    Session,
    Severity,
    Template,
    needs,
    parse_ref,
    slim,
)
from ticketferry.sdk.body import Tree, from_text, to_text
from ticketferry.sdk.messages import tree_of

from . import marks
from .body import draft
from .compile_case import IssueInputs, show
from .compile_definitions import component_name
from .compile_ticket import compile_head
from .compile_update import compile_update
from .compile_watchers import list_watchers
from .file_head import FileHeadWriter
from .file_history import FileHistory, carried_paths, file_history
from .file_text import FileDraft, read_wiki, write_wiki
from .file_thread import FileThread, millis
from .head import IssueHead
from .lane import QUIET, issue_of
from .provenance import seal
from .site_index import JiraCatalogIndex
from .wire import INTERNAL, jira_time, neutral_time

__all__ = ["compile_import", "compile_import_update", "expected_import"]

_BY_FILE = frozenset(
    {
        "project",
        "issuetype",
        "summary",
        "priority",
        "reporter",
        "assignee",
        "labels",
        "components",
        "resolution",
        "security",
    }
)
"""System fields that Atlassian's description of the format names [DOC import-data-from-json]; every other one is set by an edit."""


class _FileCase(IssueInputs):
    """A ticket for the file, or one that came by it and is edited; `unmarked` as in FileThread."""

    def __init__(
        self,
        desired: Record,
        site: JiraCatalogIndex,
        session: Session,
        new: frozenset[str] | None = None,
        edited: Mapping[str, str] | None = None,
        unmarked: Mapping[int, Tree] | None = None,
    ) -> None:
        self.history: FileHistory = file_history(desired.get("events", []), site)
        self.created = _exact(desired.get("created"))
        apart = {"events", *(("created",) if self.created else ())}
        self.desired = _with_events({key: desired[key] for key in desired if key not in apart}, self.history)
        self.site = site
        self.lane = Lane(parse_ref(desired["ref"]))
        self.thread = FileThread(
            {**self.desired, "created": desired.get("created")}, site, self.lane, new, edited or {}, unmarked=unmarked
        )  # fmt: skip
        self.files = self.thread.survey()
        writers: list[FileHeadWriter] = []

        def writer_of(*parts: Any) -> FileHeadWriter:
            writers.append(FileHeadWriter(*parts))
            return writers[0]

        self.head = compile_head(
            self.desired, site, self.lane, session.origin, session.workspace, self.files, writer_of
        )
        self.refusals: list[tuple[str, str, str, str]] = []
        if self.head is not None:
            writers[0].check()
            self.refusals = writers[0].refusals
            if desired.get("key"):
                self.head.expected["number"] = desired["key"]
            if self.created:
                self.head.mark["native"] = ["created"]
                self.head.expected["created"] = desired["created"]
            seal(self.head, self.lane)
        self._fates()

    def _fates(self) -> None:
        if self.created:
            self.lane.carried("created", by="created (import file)")
        self.lane.carried("followers", by="watchers (import file)")
        self.lane.kept("events[]", by=f"property {marks.SOURCE}")
        self.lane.carried(*carried_paths(self.history), by="history (import file)")

    def refuse(self) -> str:
        """Tell why the file must not name the ticket, and return the first reason; an empty text where it may."""
        for code, path, message, remedy in self.refusals:
            self.lane.find(code, Severity.DOUBT, path, message, remedy)
        return self.refusals[0][2] if self.refusals else ""

    def issue(self, head: IssueHead) -> tuple[dict[str, Template], dict[str, Template]]:
        """Return the issue as the file has it, and the fields that an edit sets afterwards."""
        expected = head.expected
        late: dict[str, Template] = {}
        custom: list[Template] = []
        for field_id, value in head.fields.items():
            known = self.site.field_by_id(field_id)
            if known is not None:
                back = expected.get("fields", {}).get(known["key"])
                written = self._custom(field_id, known["name"], known["type"], back)
                if written is None or [*needs(value)]:
                    late[field_id] = value
                else:
                    custom.append(written)
            elif field_id not in _BY_FILE:
                late[field_id] = value
        first = head.description[0] if head.description else None
        body: dict[str, Any] = {
            "key": self.desired.get("key"),
            "externalId": str(self.lane.root),
            "issueType": head.type["name"],
            "summary": head.fields["summary"],
            "description": first.wiki if isinstance(first, FileDraft) else None,
            "status": expected.get("status"),
            "resolution": expected.get("resolution"),
            "priority": expected.get("priority"),
            "reporter": _account(head.fields.get("reporter")),
            "assignee": _account(head.fields.get("assignee")),
            "created": self.created,
            "updated": jira_time(self.desired.get("updated") or ""),
            "labels": head.fields["labels"],
            "watchers": [From.of(ref) for ref in dict.fromkeys(self.desired.get("followers", []))],
            "components": [
                component_name(self.site, head.project, name) for name in expected.get("components", [])
            ],
            "history": self.history.entries,
            "customFieldValues": custom,
            "comments": self.thread.lines if isinstance(self.thread, FileThread) else [],
        }
        return slim(body), late

    def _custom(self, field_id: str, name: str, kind: str, back: Json) -> Template:
        """Return a custom field's value for the file; None where the file cannot say it without doubt."""
        key = self.site.type_key(field_id)
        if key is None or back is None or not self.site.is_named_once(name):
            return None
        value = _file_value(kind, back)
        written: dict[str, Any] = {"fieldName": name, "fieldType": key, "value": value}
        return None if value is None else written


def _exact(created: object) -> str | None:
    """Return the creation time for the file where reading it back gives the same text."""
    text = str(created) if created else ""
    return jira_time(text) if text and neutral_time(text) == text else None


def _with_events(desired: Record, history: FileHistory) -> Record:
    """Keep beside what the file does not say of the events."""
    if not history.beside:
        return desired
    return {**desired, "provenance": {**desired.get("provenance", {}), "events": history.beside}}


def _account(value: Template) -> Template:
    return value.get("id") if isinstance(value, dict) else None


def _file_value(kind: str, back: Json) -> Json:
    """Return a value in one of the shapes that are described [DOC import-data-from-json]: text, list of texts, parent and child."""
    match kind:
        case "text" | "url" | "select":
            return back
        case "multiselect":
            return back
        case "decimal":
            return str(back)
        case "cascading" if isinstance(back, list):
            return {"" if level == 0 else str(level): text for level, text in enumerate(back)}
        case "textarea":
            wiki, _ = write_wiki(from_text(str(back)))
            return wiki if to_text(draft(read_wiki(wiki), frozenset()).tree) == back else None
    return None


def expected_import(desired: Record, site: JiraCatalogIndex, session: Session) -> Expected:
    """Say what reading gives of a ticket that was imported and bound."""
    case = _FileCase(desired, site, session, new=frozenset())
    if case.head is None:
        return case.lane.expected(None)
    return case.unwritten(case.head, case.refuse())


def compile_import(change: Change, site: JiraCatalogIndex, session: Session) -> Compiled:
    """Compile a ticket that is to be imported."""
    desired = change.desired
    assert desired is not None
    case = _FileCase(desired, site, session)
    head, lane, thread = case.head, case.lane, case.thread
    assert isinstance(thread, FileThread)
    if head is None:
        return lane.compiled(None)
    thread.description(head.description, group=bool(head.below))
    thread.comments()
    thread.worklogs()
    thread.links()
    list_watchers(desired, thread.rows, thread.expected)
    thread.parts()
    show(lane, head, site)
    after, lane.operations = lane.operations, []
    refused = case.refuse()
    if refused:
        return lane.compiled(case.expected(head), refused=refused)
    body, late = case.issue(head)
    number = str(head.mark["number"])
    params: dict[str, Template] = {
        "project": head.project["key"],
        "name": head.project["name"],
        "label": marks.label(session.origin, number),
        "number": number,
        "history": len(case.history.entries),
        "users": _users(body),
        **({"key": desired["key"]} if desired.get("key") else {}),
    }
    lane.add("import.issue", f"{lane.root}/import", params=params, body=body)
    lane.operations += thread.hidden.operations
    bind: dict[str, Template] = {"properties": [*head.properties]}
    if late:
        bind["fields"] = late
    lane.add("issue.edit", f"{lane.root}/bind", params={**issue_of(lane), **QUIET}, body=bind)
    lane.operations += after
    return lane.compiled(case.expected(head))


def _users(body: Template) -> list[Template]:
    """Return everybody whom an issue of the file names, once."""
    found: dict[From, None] = dict.fromkeys(needs(body))
    return [*found]


def compile_import_update(change: Change, site: JiraCatalogIndex, session: Session) -> Compiled:
    """Compile what moved of an issue that came by the file: over REST, as every other one. Comments of the file that no run has
    bound yet are bound first.
    """
    current = change.current or {}
    rows = [part for part in current.get("comments", []) if not part.get("origin")]
    times = ((millis(part.get("created")), part) for part in rows)
    unmarked = {at: tree_of(part.get("body")) for at, part in times if at is not None}
    made: list[_FileCase] = []

    def case_of(
        desired: Record,
        site: JiraCatalogIndex,
        session: Session,
        new: frozenset[str],
        edited: Mapping[str, str],
    ) -> IssueInputs:
        made.append(_FileCase(desired, site, session, new, edited, unmarked))
        return made[0]

    compiled = compile_update(change, site, session, case_of)
    thread = made[0].thread
    assert isinstance(thread, FileThread)
    findings = (*compiled.findings, *_hide_strays(made[0], current))
    return Compiled(
        (*thread.hidden.operations, *compiled.operations), compiled.expected, compiled.fates, findings
    )


def _hide_strays(case: _FileCase, current: Record) -> list[Finding]:
    """Hide comments of an issue that is not on the portal yet and that this plan does not know.

    They came by the file of an older plan, and the source has taken them back or made them shorter since; nobody can tell whether they
    were internal. What people wrote there themselves is hidden with them: in doubt the less visible.
    """
    thread, lane = case.thread, case.lane
    assert isinstance(thread, FileThread)
    shows = case.head is not None and case.head.form is not None and not current.get("form")
    wanted = {comment["ref"] for comment in case.desired.get("comments", [])}
    known = {millis(part.get("created")) for part in current.get("comments", []) if part["ref"] in wanted}
    strays = [at for at in thread.strays() if at not in known] if shows else []
    for at in strays:
        subject = lane.part(Kind.COMMENT, f"{lane.root.id}.stray/{at}")
        params: dict[str, Template] = {**issue_of(lane), "at": str(at)}
        thread.hidden.add(
            "comment.hide", f"{subject}/hide", params=params, body=dict(INTERNAL), subject=subject
        )
    if not strays:
        return []
    return [
        Finding(
            "JSM-STRAY", Severity.DOUBT, lane.root, "comments",
            f"{len(strays)} comments of the imported issue are none of the source's any more: they are made internal",
            "Look at them in Jira, and delete what came by the file.", len(strays),
        )
    ]  # fmt: skip
