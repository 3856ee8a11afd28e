"""What hangs on a ticket: files, comments, work logs, links; each as operations, each with the mark that reading needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticketferry.sdk import From, Kind, Lane, Record, Ref, Severity, Template, parse_ref, slim
from ticketferry.sdk.case_files import FileRules, blob_of, by_comment, file_name, fitting_files, named_file
from ticketferry.sdk.messages import header_line, html_record, joined, named_files, tree_of

from . import marks
from .body import DocumentDraft, bound, draft_long
from .compile_links import write_links
from .compile_worklogs import write_worklogs
from .lane import QUIET, issue_of, told
from .site_index import JiraCatalogIndex
from .translate import PARTS_THERE
from .wire import INTERNAL, PUBLIC_PROPERTY

__all__ = ["JiraThread"]

_COMMENTS = 5_000
FILES = FileRules(
    "JSM-FILE", "JSM-FILE-NAME", larger="is larger than the {:,} bytes that Jira takes", most=2_000,
    beyond="is beyond the {:,} files that an issue holds",
)  # fmt: skip
_SET_APART = frozenset({"ref", "ticket", "public", "body", "header", "native", "provenance", "origin"})


@dataclass(slots=True)
class JiraThread:
    """Compiles the parts of one ticket. `new`: parts (by ref) that are to be written; None: all of them. `edited`: comments
    (ref -> comment id) to be written over.

    Files are uploaded before the first text that shows them. `rows` collects what the issue's property `ticketferry.parts`
    must say; it is written whole, whatever part is new.
    """

    desired: Record
    site: JiraCatalogIndex
    lane: Lane
    new: frozenset[str] | None = None
    edited: Mapping[str, str] = field(default_factory=dict)
    files: dict[str, Record] = field(default_factory=dict)
    current: Mapping[str, Record] = field(default_factory=dict)
    """Our comments (by source ref) as they stand in Jira, for an update."""
    rows: dict[str, list[Any]] = field(default_factory=dict)
    expected: Record = field(default_factory=dict)
    _uploaded: set[str] = field(default_factory=set)
    _grouped: dict[str | None, list[str]] | None = None
    _names: dict[str, int] = field(default_factory=dict)

    def survey(self) -> frozenset[str]:
        """Decide which files can be uploaded; return their refs."""
        rules = FILES._replace(largest=int(self.site.native.get("upload_limit") or 0))
        self.files = fitting_files(self.desired.get("attachments", []), self.lane, rules)
        self.lane.carried(
            *(f"attachments[].{key}" for key in ("name", "media_type", "size", "sha256")), by="attachment"
        )
        self.lane.carried("attachments[].public", by="shown by no text")
        self.lane.kept("attachments[]", by="property (files)")
        self.lane.derived("attachments[].url", "the file has an address of its own in Jira")
        self.lane.derived("attachments[].state", "the bytes are there")
        return frozenset(self.files)

    # ---- files

    def _upload(self, refs: Sequence[str]) -> None:
        for ref in refs:
            if ref in self._uploaded:
                continue
            self._uploaded.add(ref)
            item = self.files[ref]
            # Equal names are told apart by their order when an upload's answer is lost.
            name = file_name(item["name"])
            nth = self._names.setdefault(name, 0)
            self._names[name] = nth + 1
            if self.new is not None and ref not in self.new:
                continue
            params: dict[str, Template] = {**issue_of(self.lane), "nth": str(nth)}
            blob = blob_of(item)
            self.lane.add("attachment.add", f"{ref}/create", params=params, body=blob, subject=parse_ref(ref))

    def _file_rows(self, refs: Sequence[str]) -> list[Template]:
        rows: list[Template] = []
        for ref in refs:
            told = named_file(self.files[ref], self.lane, FILES)
            record = {key: value for key, value in told.items() if key not in ("ref", "name")}
            rows.append({"id": From.of(ref), "ref": ref, "record": record})
            self.expected.setdefault("attachments", []).append(told)
        return rows

    def _of(self, comment: str | None) -> list[str]:
        """Return the files of a comment; those of no written comment belong to the description."""
        if self._grouped is None:
            self._grouped = by_comment(self.files, {item["ref"] for item in self.desired.get("comments", [])})
        return self._grouped.get(comment, [])

    # ---- the description

    def description(
        self, drafts: Sequence[DocumentDraft], *, write: bool = True, group: bool = False
    ) -> None:
        """Upload the ticket's own files; then write the description again where it shows some, or links to tickets.

        `group`: it ends with files that stand below the text.
        """
        own = self._of(None)
        shown = [ref for part in drafts[:1] for ref in part.media]
        self._upload([*own, *(ref for ref in shown if ref not in own)])
        rows = self._file_rows(own)
        if rows:
            self.rows["files"] = rows
        if not drafts:
            return
        first = drafts[0]
        self.rows |= self._references(first)
        if group:
            self.rows["group"] = [True]
        if self._is_completed(first) and write:
            body: Template = {"fields": {"description": bound(first, self.site.browse)}}
            self.lane.add(
                "issue.edit",
                f"{self.lane.root}/description",
                params={**issue_of(self.lane), **QUIET},
                body=body,
            )
        for number, part in enumerate(drafts[1:], 2):
            self._upload(part.media)
            if write:
                mark = {
                    "ref": str(self.lane.root),
                    "of": "description",
                    "part": [number, len(drafts)],
                    "header": part.header,
                }
                subject = self.lane.part(Kind.COMMENT, f"{self.lane.root.id}.description/{number}")
                self._comment(
                    f"{self.lane.root}/description/{number}",
                    subject,
                    part,
                    {**mark, **self._references(part)},
                    public=True,
                )

    def _is_completed(self, description: DocumentDraft) -> bool:
        """Tell whether a new issue's description is written a second time: what it names was not there the first time."""
        return bool(description.media or description.tickets)

    def _references(self, part: DocumentDraft) -> dict[str, list[Any]]:
        rows: dict[str, list[Any]] = {}
        if part.media:
            rows["media"] = [[From(parse_ref(ref), "media_id"), ref] for ref in part.media]
        if part.tickets:
            rows["tickets"] = [[From(parse_ref(ref), "key"), ref, href] for ref, href in part.tickets.items()]
        return rows

    # ---- comments

    def comments(self) -> None:
        """Write the comments in their order, each after its files."""
        every = self.desired.get("comments", [])
        self.lane.kept("comments[]", by=f"property {marks.COMMENT}")
        self.lane.carried("comments[].body", "comments[].public", "comments[].header", by="comment")
        if len(every) > _COMMENTS:
            self.lane.lost(
                "comments[]",
                "JSM-COMMENTS",
                f"an issue holds {_COMMENTS:,} comments",
                count=len(every) - _COMMENTS,
            )
        for comment in every[:_COMMENTS]:
            self._write_comment(comment)

    def drafts_of(self, comment: Record) -> list[DocumentDraft]:
        """Write one comment's text."""
        tree = tree_of(comment.get("body"))
        own = self._of(comment["ref"])
        shown = set(named_files(tree)) if own else frozenset[str]()
        return draft_long(
            tree,
            self.files.keys(),
            header=header_line(comment.get("header", "")),
            group=[ref for ref in own if ref not in shown],
            html=(comment.get("body") or {}).get("html", ""),
        )

    def _write_comment(self, comment: Record) -> None:
        ref = parse_ref(comment["ref"])
        drafts = self.drafts_of(comment)
        told(self.lane, f"comments[{ref.id}].body", drafts)
        for part in drafts:
            self._upload(part.media)
        own = self._of(comment["ref"])
        self._upload(own)
        rows = self._file_rows(own)
        body = html_record(joined(part.tree for part in drafts))
        record = _record_of(comment)
        self.expected.setdefault("comments", []).append(
            slim({"ref": comment["ref"], "public": comment.get("public", False), "body": body, **record})
        )
        if self.new is not None and comment["ref"] not in self.new and comment["ref"] not in self.edited:
            return
        standing = self._standing(comment, len(drafts)) if comment["ref"] in self.edited else frozenset[int]()
        if standing is None:
            return
        public = comment.get("public") is True
        there = self.current.get(comment["ref"], comment)
        if public and comment["ref"] in self.edited and there.get("public") is False:
            # Somebody hid it in Jira: new words of the source do not show it again.
            public = self.expected["comments"][-1]["public"] = False
            where = f"comments[{ref.id}]"
            self.lane.find("JSM-HIDDEN", Severity.DOUBT, where, "it was hidden in Jira: its new text stays internal", "Show it in Jira by hand.")  # fmt: skip
        for number in self._order(comment, drafts, standing):
            part = drafts[number - 1]
            mark: dict[str, Any] = {"ref": comment["ref"], "header": part.header, **self._references(part)}
            if len(drafts) > 1:
                mark["part"] = [number, len(drafts)]
            if number == 1:
                mark |= self._first_mark(comment, record, rows)
            if number == len(drafts) and part.document["content"][-1].get("type") == "mediaGroup":
                mark["group"] = True
            subject = ref if number == 1 else Ref(ref.desk, ref.kind, f"{ref.id}/{number}")
            key = f"{ref}/create" if number == 1 else f"{ref}/create/{number}"
            self._comment(key, subject, part, slim(mark), public=public, over=number in standing)

    def _order(self, comment: Record, drafts: Sequence[DocumentDraft], standing: frozenset[int]) -> list[int]:
        """Return the numbers of a comment's parts in the order to write them.

        Jira deletes a file that no text of the issue shows any more [field notes]: the part that a file moves to is written
        before the one that it leaves. New parts come first where some are written over, for the same reason.
        """
        numbers = list(range(1, len(drafts) + 1))
        if not standing:
            return numbers
        there = self.current.get(comment["ref"], comment)
        before = self.drafts_of({**there, "ref": comment["ref"]})
        shown = {ref: number for number, part in enumerate(before, 1) for ref in part.media}
        waits: dict[int, set[int]] = {number: set() for number in numbers}
        for number, part in enumerate(drafts, 1):
            for ref in part.media:
                if ref in shown and shown[ref] != number and shown[ref] in waits:
                    waits[shown[ref]].add(number)
        order: list[int] = []
        left = sorted(numbers, key=lambda number: (number in standing, number))
        while left:
            ready = next((number for number in left if waits[number] <= set(order)), left[0])
            left.remove(ready)
            order.append(ready)
        return order

    def _standing(self, comment: Record, count: int) -> frozenset[int] | None:
        """Return which parts of a comment stand in Jira, to be written over; None, and told, where there are more than `count`.

        Which ones there are is told by their own marks: people may have made the text shorter, or deleted a part. A part that
        was passed over would stay as visible as it was.
        """
        there = self.current.get(comment["ref"], comment)
        if comment["ref"] in self.current:
            standing = frozenset((there.get("native") or {}).get(PARTS_THERE) or (1,))
        else:
            standing = frozenset(range(1, count + 1))
        if max(standing) <= count:
            return standing
        hides = there.get("public") is True and comment.get("public") is not True
        self.lane.find(
            "JSM-FIXED", Severity.BLOCKER if hides else Severity.LOSS, f"comments[{parse_ref(comment['ref']).id}]",
            "writing a comment over in fewer parts is not done"
            + (": it would stay public" if hides else ": it stays as it is in Jira"),
            "Hide it in Jira by hand." if hides else "Edit it in Jira by hand.",
        )  # fmt: skip
        if comment["ref"] in self.current:
            self.expected["comments"][-1] = {**there, "ref": comment["ref"]}
        return None

    def _first_mark(self, comment: Record, record: Record, rows: Sequence[Template]) -> dict[str, Any]:
        mark: dict[str, Any] = {"record": record, "files": list(rows)}
        provenance = self.provenance_of(comment)
        if provenance:
            mark["provenance"] = provenance
        return mark

    def provenance_of(self, comment: Record) -> Any:
        """Return what is kept beside a comment; None, and told, where it does not fit into the comment's property."""
        provenance = comment.get("provenance")
        if not provenance:
            return None
        record = _record_of(comment)
        size = marks.size_of({"record": record, "provenance": provenance}) + 300 * len(
            self._of(comment["ref"])
        )
        if size <= marks.PIECE:
            return provenance
        path = f"comments[{parse_ref(comment['ref']).id}].provenance"
        self.lane.lost(path, "JSM-PROVENANCE", f"{size:,} characters do not fit into the comment's property")
        return None

    def _comment(
        self,
        key: str,
        subject: Ref,
        part: DocumentDraft,
        mark: Mapping[str, Any],
        *,
        public: bool,
        over: bool = False,
    ) -> None:
        text = bound(part, self.site.browse)
        properties: list[Template] = [] if public else [{"key": PUBLIC_PROPERTY, "value": dict(INTERNAL)}]
        properties.append({"key": marks.COMMENT, "value": dict(mark)})
        # The further parts of a comment are filed under refs of their own.
        there: Template = self.edited.get(str(subject), From(subject)) if over else None
        if there is not None:
            if public:
                properties.append({"key": PUBLIC_PROPERTY, "value": {"internal": False}})
            params: dict[str, Template] = {**issue_of(self.lane), **QUIET, "comment": there}
            self.lane.edit(
                "comment.edit",
                f"{subject}/edit",
                params=params,
                body={"body": text, "properties": properties},
            )
            return
        body: Template = {"body": text, "properties": properties}
        self.lane.add("comment.create", key, params=issue_of(self.lane), body=body, subject=subject)

    # ---- work logs

    def worklogs(self) -> None:
        """Write the work logs."""
        write_worklogs(self.desired, self.lane, self.rows, self.expected, self.new)

    # ---- links

    def links(self, fields: frozenset[str] | None = None) -> None:
        """Link the issue; `fields`: only the links that these entries of the vector name."""
        write_links(self.desired, self.site, self.lane, self.rows, self.expected, fields)

    def fitting_parts(self) -> dict[str, list[Any]] | None:
        """Return what the issue's property of parts says; None, and told, where it is too much for one."""
        rows = dict(sorted(self.rows.items()))
        size = sum(len(repr(item)) for items in rows.values() for item in items)
        if size > marks.PIECE:
            self.lane.find(
                "JSM-PARTS", Severity.DOUBT, "attachments", "more files, links and work logs than one property can list",
                "They are written; reading them back later cannot tell all of them from those of others.",
            )  # fmt: skip
            return None
        return rows

    def parts(self, *, always: bool = False) -> None:
        """Write the property that tells the target ids of files, links and work logs; `always`: also where there are none."""
        rows = self.fitting_parts() if self.rows or always else None
        if rows is None:
            return
        body: Template = {key: list(items) for key, items in rows.items()}
        params: dict[str, Template] = {**issue_of(self.lane), "property": marks.PARTS}
        self.lane.edit("issue.set_property", f"{self.lane.root}/parts", params=params, body=body)


def _record_of(comment: Record) -> Record:
    """Return what of a comment stands in its property alone."""
    return slim({key: value for key, value in comment.items() if key not in _SET_APART})
