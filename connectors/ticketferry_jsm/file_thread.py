"""A thread for the import file: comments with their authors and times, and over REST what the file has no word for.

The file cannot say that a comment is internal, nor carry properties, so each comment is found again after the import, by its time:
within one issue no two comments of the file have the same one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ticketferry.sdk import From, Lane, Record, Ref, Template
from ticketferry.sdk.body import Tree, to_text
from ticketferry.sdk.messages import header_line, named_files, strip_header, tree_of

from .body import DocumentDraft, bound
from .compile_thread import JiraThread
from .file_text import FileDraft, file_drafts
from .lane import QUIET, issue_of
from .wire import INTERNAL, PUBLIC_PROPERTY, jira_time, neutral_time

__all__ = ["FileThread", "millis", "moment"]


def millis(text: str | None) -> int | None:
    """Return a time as milliseconds since 1970; None where it is none."""
    found = neutral_time(text) if text else None
    return round(datetime.fromisoformat(found).timestamp() * 1000) if found else None


def moment(at: int) -> str:
    """Return milliseconds as Jira takes a time."""
    whole = datetime.fromtimestamp(at // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}+0000"


@dataclass
class FileThread(JiraThread):
    """Compiles the parts of one ticket for the import file.

    `unmarked`: times of the issue's comments that carry no mark of ours, with their texts (an update binds those that are the
    file's and writes the others over REST); None: the issue is still to be imported. `lines` are the comments for the file,
    `hidden` the operations that make the internal ones internal: they come before everything else.
    """

    unmarked: Mapping[int, Tree] | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    hidden: Lane = field(init=False)
    _moments: dict[str, list[int]] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)
    _writing: Record = field(default_factory=dict)
    _bound: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hidden = Lane(self.lane.root)

    # ---- texts

    def description(
        self, drafts: Sequence[DocumentDraft], *, write: bool = True, group: bool = False
    ) -> None:
        """As over REST; the further parts of a long one are comments of the requester, at the time of the ticket."""
        desired = self.desired
        self._writing = {
            "ref": f"{self.lane.root}",
            "author": desired.get("requester"),
            "created": desired.get("created"),
        }
        self._place(self._writing, max(0, len(drafts) - 1))
        super().description(drafts, write=write, group=group)

    def _is_completed(self, description: DocumentDraft) -> bool:
        is_new = self.unmarked is None
        return super()._is_completed(description) or (
            is_new and isinstance(description, FileDraft) and description.late
        )

    def drafts_of(self, comment: Record) -> list[DocumentDraft]:
        """Write one comment's text; the line over it only where Jira does not show author and time itself."""
        tree = tree_of(comment.get("body"))
        shown = set(named_files(tree))
        group = [ref for ref in self._of(comment["ref"]) if ref not in shown]
        header = header_line(comment.get("header", ""))
        if self._is_native(comment):
            header = ""
        drafts = file_drafts(tree, frozenset(self.files), header=header, group=group)
        self._place(comment, len(drafts))
        return [*drafts]

    def _is_native(self, comment: Record) -> bool:
        """Tell whether Jira itself shows who wrote the comment and when."""
        at = millis(comment.get("created"))
        if not comment.get("author") or at is None:
            return False
        if self.unmarked is None or self.new is None or comment["ref"] not in self.new:
            return True
        return at in self.unmarked

    def _place(self, comment: Record, count: int) -> None:
        """Give each part of a comment a time of its own, the comment's where it is free."""
        if comment["ref"] in self._moments:
            return
        at = millis(comment.get("created"))
        if at is None:
            at = max(self._used, default=millis(self.desired.get("created")) or 0) + 1
        row = self._moments[comment["ref"]] = []
        for _ in range(count):
            while at in self._used:
                at += 1
            self._used.add(at)
            row.append(at)

    def _is_other(self, at: int, part: DocumentDraft) -> bool:
        """Tell whether the imported comment of a time says other words: its file is of an older plan, and the source went on since."""
        if self.unmarked is None:
            return False
        there = strip_header(self.unmarked[at], part.header) if part.header else self.unmarked[at]
        return "".join(to_text(there).split()) != "".join(to_text(part.tree).split())

    def strays(self) -> list[int]:
        """Return the times of unmarked comments that nothing was bound to."""
        return sorted(self.unmarked.keys() - self._bound) if self.unmarked else []

    # ---- comments

    def comments(self) -> None:
        """Compile the comments in their order."""
        super().comments()
        self.lane.carried("comments[].author", "comments[].created", by="comment (import file)")

    def _write_comment(self, comment: Record) -> None:
        self._writing = comment
        super()._write_comment(comment)

    def _binds(self, at: int) -> bool:
        return self.unmarked is None or at in self.unmarked

    def _first_mark(self, comment: Record, record: Record, rows: Sequence[Template]) -> dict[str, Any]:
        mark = super()._first_mark(comment, record, rows)
        at = self._moments[comment["ref"]][0]
        if not self._binds(at):
            return mark
        native = ["author"] if comment.get("author") else []
        if (
            jira_time(comment.get("created", "")) == moment(at)
            and neutral_time(comment["created"]) == comment["created"]
        ):
            native.append("created")
        mark["record"] = {key: value for key, value in mark["record"].items() if key not in native}
        if native:
            mark["native"] = native
        return mark

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
        number = int((mark.get("part") or [1])[0]) - (2 if mark.get("of") else 1)
        at = self._moments[self._writing["ref"]][number]
        if over or not self._binds(at):
            super()._comment(key, subject, part, mark, public=public, over=over)
            return
        assert isinstance(part, FileDraft)
        author = self._writing.get("author")
        self.lines.append(
            {
                "body": part.wiki,
                "author": From.of(author) if author else self.site.own_account,
                "created": moment(at),
            }
        )
        params: dict[str, Template] = {**issue_of(self.lane), "at": str(at)}
        if not public:
            self.hidden.add(
                "comment.hide", f"{subject}/hide", params=params, body=dict(INTERNAL), subject=subject
            )
        self.lane.add("comment.mark", f"{subject}/mark", params=params, body=dict(mark), subject=subject)
        self._bound.add(at)
        if part.late or self._is_other(at, part):
            properties: list[Template] = [] if public else [{"key": PUBLIC_PROPERTY, "value": dict(INTERNAL)}]
            body: dict[str, Template] = {"body": bound(part, self.site.browse)}
            if properties:
                body["properties"] = properties
            self.lane.edit(
                "comment.edit",
                f"{subject}/complete",
                params={**issue_of(self.lane), **QUIET, "comment": From(subject)},
                body=body,
            )
