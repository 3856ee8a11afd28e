"""A ticket as a lane of operations: make the issue, add what hangs on it, walk it to its status, link it, show it."""

from collections.abc import Mapping, Sequence

from ticketferry.sdk import Change, Compiled, Expected, Lane, Record, Session, Template, parse_ref

from .body import draft
from .compile_thread import JiraThread
from .compile_ticket import compile_head
from .compile_watchers import list_watchers, watchers_fate, write_watchers
from .demands import check_hops, check_new
from .head import IssueHead
from .lane import QUIET, issue_of
from .paths import Hop
from .provenance import seal
from .site_index import JiraCatalogIndex

__all__ = ["IssueInputs", "compile_case", "expected_case", "show", "walk"]


class IssueInputs:
    """Everything that both a new issue and an edited one are made from."""

    def __init__(
        self,
        desired: Record,
        site: JiraCatalogIndex,
        session: Session,
        new: frozenset[str] | None = None,
        edited: Mapping[str, str] | None = None,
    ) -> None:
        self.desired = desired
        self.site = site
        self.lane = Lane(parse_ref(desired["ref"]))
        self.thread = JiraThread(desired, site, self.lane, new, edited or {})
        self.files = self.thread.survey()
        self.head = compile_head(desired, site, self.lane, session.origin, session.workspace, self.files)
        if self.head is not None:
            seal(self.head, self.lane)

    def expected(self, head: IssueHead) -> Record:
        """Return what reading will give."""
        return {**head.expected, **self.thread.expected}

    def unwritten(self, head: IssueHead, refused: str = "") -> Expected:
        """Say what reading gives of a ticket of which no part is written (`new` is empty)."""
        thread = self.thread
        thread.description(head.description, write=False, group=bool(head.below))
        thread.comments()
        for comment in self.desired.get("comments", []):
            thread.provenance_of(comment)
        thread.worklogs()
        thread.links(frozenset())
        list_watchers(self.desired, thread.rows, thread.expected)
        thread.fitting_parts()
        return self.lane.expected(self.expected(head), refused=refused)

    def unmade(self) -> None:
        """Account for a ticket that has no place."""
        for key in self.desired:
            self.lane.lost(key, "JSM-ROUTE", "the ticket cannot be made")


def expected_case(desired: Record, site: JiraCatalogIndex, session: Session) -> Expected:
    """Say what reading gives of a ticket."""
    case = IssueInputs(desired, site, session, new=frozenset())
    head, lane = case.head, case.lane
    if head is None:
        case.unmade()
        return lane.expected(None)
    check_new(head, site, lane)
    check_hops(head, site, lane, head.hops)
    watchers_fate(lane)
    return case.unwritten(head)


def compile_case(change: Change, site: JiraCatalogIndex, session: Session) -> Compiled:
    """Compile a new ticket."""
    desired = change.desired
    assert desired is not None
    case = IssueInputs(desired, site, session)
    head, lane, thread = case.head, case.lane, case.thread
    if head is None:
        case.unmade()
        return lane.compiled(None)
    check_new(head, site, lane)
    check_hops(head, site, lane, head.hops)
    _create(case, head)
    thread.description(head.description, group=bool(head.below))
    thread.comments()
    thread.worklogs()
    walk(lane, head, head.hops)
    thread.links()
    list_watchers(desired, thread.rows, thread.expected)
    thread.parts()
    show(lane, head, site)
    write_watchers(desired, lane)
    return lane.compiled(case.expected(head))


def _create(case: IssueInputs, head: IssueHead) -> None:
    fields: dict[str, Template] = dict(head.fields)
    if head.says:
        first = head.description[0]
        document = first.document
        if first.media or first.tickets:
            # Files are not there yet and other tickets may come later: the text stands now, an edit completes it.
            document = draft(first.tree, frozenset(), tickets_known=False).document
        fields["description"] = document
    properties: list[Template] = [*head.properties]
    case.lane.add(
        "issue.create", f"{case.lane.root}/create", body={"fields": fields, "properties": properties}
    )


def walk(lane: Lane, head: IssueHead, hops: Sequence[Hop], resolution: bool = True) -> None:
    """Take the issue through its transitions, one operation a hop, with the resolution where the screen has it."""
    for number, hop in enumerate(hops, 1):
        body: dict[str, Template] = {"transition": {"id": hop.id}}
        fields: dict[str, Template] = {**head.hop_fields.get(hop.id, {})}
        name = head.hop_resolution.get(hop.id)
        if name is not None:
            fields["resolution"] = {"name": name}
        if fields:
            body["fields"] = fields
        params: dict[str, Template] = {**issue_of(lane)}
        if not hop.directed:
            params["verify"] = "status"
        lane.add(
            "issue.transition",
            f"{lane.root}/transition/{number}-{hop.id}",
            params=params,
            body=body,
            expect=f"status:{hop.source}",
        )
    if resolution and head.resolution is not None:
        body = {"fields": {"resolution": {"name": head.resolution}}}
        lane.edit("issue.edit", f"{lane.root}/resolution", params={**issue_of(lane), **QUIET}, body=body)


def show(lane: Lane, head: IssueHead, site: JiraCatalogIndex) -> None:
    """Give the issue its request type: only now the customer sees it on the portal."""
    field = site.special("request_type")
    if head.form is not None and field is not None:
        body: Template = {"fields": {field: head.form}}
        lane.add(
            "issue.request_type", f"{lane.root}/request_type", params={**issue_of(lane), **QUIET}, body=body
        )
