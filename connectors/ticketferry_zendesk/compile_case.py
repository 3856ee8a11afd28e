"""A ticket as a lane: its files, then one import with all that is on it, the provenance comment last."""

from collections.abc import Iterator, Sequence
from typing import Any

from ticketferry.sdk import (
    Change,
    Compiled,
    Disposition,
    Expected,
    Fate,
    From,
    Kind,
    Lane,
    Record,
    Ref,
    Session,
    Severity,
    Template,
    id_template,
    parse_ref,
    short_hash,
)
from ticketferry_zendesk.compile_thread import (
    MOST_COMMENTS,
    WrittenComment,
    ZendeskThread,
    by_time,
)
from ticketferry_zendesk.compile_ticket import ImportHead, compile_head
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.provenance import FILE, ROOM, comment_html, event_rows, file_name, pack, text_of
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.wire import is_before_1970, to_the_second

__all__ = ["TicketInputs", "compile_case", "expected_case"]

_SHED = ("provenance", "more")
"""What is left out of a mark that is too large, in this order; without the entries of its comments nothing could be read back."""


class TicketInputs:
    """Everything that both a new ticket and an edited one are made from."""

    def __init__(
        self, desired: Record, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
    ) -> None:
        self.site = site
        self.session = session
        self.lane = Lane(parse_ref(desired["ref"]))
        self.desired = _with_opening(desired, self.lane)
        self.comments = by_time(self.desired.get("comments", []))
        self.thread = ZendeskThread(self.desired, site, self.lane, options.largest_file)
        self.thread.survey()
        self.head = compile_head(self.desired, site, self.lane, workspace=session.workspace)
        self.events = self._history()

    def _history(self) -> Sequence[Sequence[Any]]:
        """Return the steps that no import can carry: those that the mapping keeps beside, or that came as they are."""
        events = self.desired.get("events")
        self.lane.kept("events[]", by="provenance comment (table and JSON)")
        if events:
            packed = list(pack(events))
            self.head.mark["provenance"] = {**self.head.mark.get("provenance", {}), "events": packed}
            self.head.expected["provenance"] = self.head.mark["provenance"]
            return packed
        found: Sequence[Sequence[Any]] = self.head.mark.get("provenance", {}).get("events", ())
        return found

    def say_all(self, comments: Sequence[Record], *, upload: bool = True) -> list[WrittenComment]:
        """Compile comments in order; what hangs on the ticket itself hangs on the first."""
        # Files of comments that are not written hang on the first one as well: their bytes come along.
        known = frozenset(comment["ref"] for comment in comments)
        loose = self.thread.of(None, known)
        first = comments[0]["ref"] if comments else None
        self.thread.fates()
        return [
            self.thread.say(comment, loose if comment["ref"] == first else (), known, upload=upload)
            for comment in comments
        ]

    def _fitting(self) -> Sequence[Record]:
        """Return the comments that a ticket has room for, long ones counted by their parts; the rest goes into the mark."""
        room, fit = MOST_COMMENTS, 0
        for comment in self.comments:
            room -= self.thread.parts(comment)
            if room < 0:
                break
            fit += 1
        left = self.comments[fit:]
        if left:
            self.lane.kept(*_paths(left), by="provenance comment (file)")
            self.lane.find(
                "ZD-COMMENTS",
                Severity.REPAIR,
                "comments",
                "a ticket holds 5,000 comments: the rest stands in the attached file",
                count=len(left),
            )
        return self.comments[:fit]

    def expected(self, said: Sequence[WrittenComment]) -> Record:
        """Return what reading will give."""
        order = {comment["ref"]: number for number, comment in enumerate(self.desired.get("comments", []))}
        comments = sorted((one.expected for one in said), key=lambda item: order.get(item["ref"], 0))
        return {**self.head.expected, "comments": comments, **self.thread.expected}

    def tell_of_triggers(self) -> None:
        """Tell who acts on the ticket later, where anything can."""
        if not self.head.closed:
            self.lane.find(
                "ZD-TRIGGERS", Severity.INFO, "status",
                "importing runs no trigger; the account's triggers and automations act on the ticket from its first later update on",
                "Let them pass by the tag or the external id of imported tickets (`tf-…`) where they should not.",
            )  # fmt: skip

    def mark_comment(
        self, head: str, events: Sequence[Sequence[Any]], when: str | None, *, key: str = ""
    ) -> dict[str, Template]:
        """Return the provenance comment; what does not fit goes into a file that is uploaded before."""
        lane = self.lane
        html, attached = self.provenance(head, events)
        comment: dict[str, Template] = {"html_body": text_of(html), "public": False}
        if when:
            comment["created_at"] = when
        if attached is None:
            return comment
        ref = Ref(lane.root.desk, Kind.ATTACHMENT, f"{lane.root.id}.{FILE}{key}")
        body: Template = {"text": text_of(attached), "media_type": "application/json"}
        name = file_name(self.session.mark(lane.root.id))
        lane.add("upload.add", f"{ref}/create", params={"filename": name}, body=body, subject=ref)
        comment["uploads"] = [From(ref, "token")]
        return comment

    def provenance(self, head: str, events: Sequence[Sequence[Any]]) -> tuple[str, str | None]:
        """Return the HTML of the provenance comment and the text of its file, None where it needs none; tell what does not fit."""
        lane, mark = self.lane, self.head.mark
        html, attached = comment_html(mark, head, event_rows(self.desired, events))
        if attached is None:
            return html, None
        size = len(attached.encode())
        if size > ROOM:
            heavy = next((key for key in _SHED if mark.get(key)), None)
            if heavy is None:
                lane.find(
                    "ZD-PROVENANCE", Severity.BLOCKER, "comments", f"{size:,} bytes are too many to tell its comments apart by",
                    "Leave the ticket out of the migration, or split it in the source.",
                )  # fmt: skip
                return html, None
            paths = ("provenance",) if heavy == "provenance" else tuple(_paths(mark[heavy]))
            for path in paths:
                lane.fates.append(Fate(path, Disposition.UNSUPPORTED, "ZD-PROVENANCE"))
            lane.find(
                "ZD-PROVENANCE", Severity.LOSS, paths[0].partition("[")[0],
                f"{size:,} bytes are too many to be kept beside the ticket", "Drop or map what is large; the snapshot still holds it.",
                count=len(paths),
            )  # fmt: skip
            if heavy == "provenance":
                self.head.expected.pop("provenance", None)
            mark.pop(heavy)
            return self.provenance(head, events if heavy != "provenance" else ())
        lane.find(
            "ZD-PROVENANCE-FILE",
            Severity.INFO,
            "provenance",
            "what is kept beside the ticket stands in an attached file",
        )
        return html, attached

    def say_thread(self, *, upload: bool = True) -> list[tuple[Record, WrittenComment, str | None]]:
        """Compile the comments that fit, each with the time that the import gives it, and enter them in the mark."""
        lane, head = self.lane, self.head
        written = self._fitting()
        thread: list[tuple[Record, WrittenComment, str | None]] = []
        born = head.body.get("created_at")
        when = born if isinstance(born, str) else None
        for comment, one in zip(written, self.say_all(written, upload=upload), strict=True):
            when = to_the_second(comment.get("created")) or when
            thread.append((comment, one, when))
            if when == comment.get("created"):
                continue
            one.entry["created"] = [when, comment.get("created")]
            if comment.get("created"):
                path = f"comments[{parse_ref(comment['ref']).id}].created"
                lane.transformed(path, "whole seconds; as it was in the provenance comment")
                if is_before_1970(comment["created"]):
                    lane.find(
                        "ZD-TIME", Severity.REPAIR, path, f"{comment['created']} is before 1970: {when} stands there",
                    )  # fmt: skip
        head.mark["comments"] = [one.entry for _, one, _ in thread]
        if len(written) < len(self.comments):
            head.mark["more"] = self.comments[len(written) :]
        return thread

    def import_all(
        self, endpoint: str, key: str, params: dict[str, Template] | None = None
    ) -> list[WrittenComment]:
        """Add the import of the whole ticket; `params` go with it."""
        lane, head = self.lane, self.head
        thread = self.say_thread()
        bodies = [body for comment, one, when in thread for body in one.bodies(comment, when, self.site)]
        times = (
            thread[-1][2] if thread else head.body.get("created_at"),
            head.body.get("updated_at"),
            head.body.get("solved_at"),
        )
        last = max((str(time) for time in times if time), default=None)
        bodies.append(self.mark_comment(title_of(self), self.events, last))
        ticket: dict[str, Template] = {
            **{name: value for name, value in head.body.items() if value is not None},
            "external_id": self.session.mark(lane.root.id),
            "comments": list(bodies),
        }
        if head.custom:
            ticket["custom_fields"] = [
                {"id": id_template(id_, slot="number", as_int=True), "value": value}
                for id_, value in sorted(head.custom.items())
            ]
        lane.add(endpoint, key, params=params, body=ticket)
        return [one for _, one, _ in thread]


def expected_case(
    desired: Record, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Expected:
    """Say what reading gives of a ticket that was imported."""
    case = TicketInputs(desired, site, session, options)
    said = [one for _, one, _ in case.say_thread(upload=False)]
    case.provenance(title_of(case), case.events)
    case.tell_of_triggers()
    return case.lane.expected(case.expected(said))


def compile_case(
    change: Change, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Compiled:
    """Compile a new ticket."""
    desired = change.desired
    assert desired is not None
    case = TicketInputs(desired, site, session, options)
    said = case.import_all(endpoint_for(case.head, options), f"{case.lane.root}/create")
    case.tell_of_triggers()
    return case.lane.compiled(case.expected(said))


def endpoint_for(head: ImportHead, options: ZendeskOptions) -> str:
    """Return which import takes the ticket: closed ones come last, since nothing can be changed on them any more."""
    if not head.closed:
        return "ticket.import"
    return "ticket.import_archived" if options.archive else "ticket.import_closed"


def title_of(case: TicketInputs) -> str:
    desired, mark = case.desired, case.head.mark
    beside = mark.get("provenance", {})
    number = desired.get("number") or beside.get("number") or case.lane.root.id
    address = desired.get("url") or beside.get("url")
    made = str(desired.get("created") or beside.get("created") or "").replace("T", " ").removesuffix("Z")
    return (
        f"Imported from {case.lane.root.desk}: ticket {number}"
        + (f" of {made}" if made else "")
        + (f", {address}" if address else "")
    )


def _with_opening(desired: Record, lane: Lane) -> Record:
    """Return the record with its description as the first comment: Zendesk keeps none apart."""
    body = desired.get("body")
    if not body:
        return desired
    lane.transformed("body", "the first comment")
    first: Record = {
        "ref": str(lane.part(Kind.COMMENT, f"{lane.root.id}.body")),
        "public": desired.get("public") is not False,
        "opening": True,
        "body": body,
    }
    for key, name in (("created", "created"), ("author", "requester")):
        if desired.get(name):
            first[key] = desired[name]
    return {**desired, "comments": [first, *desired.get("comments", [])]}


def _paths(comments: Sequence[Record]) -> Iterator[str]:
    return (f"comments[{parse_ref(item['ref']).id}]" for item in comments)


def reimport_key(case: TicketInputs) -> str:
    """Return a key for importing the ticket anew: another one for each state of it."""
    return f"{case.lane.root}/reimport@{short_hash(case.desired)}"
