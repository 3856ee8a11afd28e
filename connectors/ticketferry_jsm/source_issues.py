"""Issues as a source reads them: with their history, links outside, ratings in words, and which text shows which file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ticketferry.sdk import Kind, Ref, Wire

from . import marks
from .file_sight import sighted
from .forms import FORMS
from .issue_reader import IssueParts, IssueReader
from .wire import neutral_time

__all__ = ["SourceIssues"]


class SourceIssues(IssueReader):
    """Reads issues whoever made them: marks of another migration are the site's own."""

    def wanted(self) -> dict[str, Any]:
        """Return what is asked for. At most 40 changes come embedded; what counts is their total."""
        return {"fields": ["*all"], "expand": ["changelog"], "properties": [*FORMS, *marks.SOURCE_KEYS[:2]]}

    def histories(self, ids: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
        """Read the history of several issues together."""
        return self.extras.histories(ids)

    def whole(self, issue: dict[str, Any], parts: IssueParts, histories: Mapping[str, Any]) -> list[Wire]:
        """Make the wires of an issue; of one that shows fewer comments than it counts, that it is unread."""
        history = self.extras.checked(issue, histories.get(str(issue["id"]), []))
        own = [
            self._beside(self.own(issue, parts), issue, history),
            *self.comments(parts, parts.comments),
            *self.beside(Kind.ATTACHMENT, parts, parts.files, {}),
            *self.beside(Kind.WORKLOG, parts, parts.worklogs, {}),
        ]
        own = self._with_media(own, issue)
        if parts.lacks.get("comment"):
            told = f"Jira counts {parts.lacks['comment']} comments more than it shows"
            return [Wire(parts.root, None, None, unread=told)]
        return [*own, *self._events(parts.root, history[0])]

    def _beside(self, wire: Wire, issue: dict[str, Any], history: tuple[list[dict[str, Any]], int]) -> Wire:
        """Add to an issue's own wire what stands in no field of it."""
        body = dict(cast("Mapping[str, Any]", wire.body))
        body.pop("changelog", None)
        body["fields"] = self.extras.still(dict(body["fields"]))
        beside = {
            "remotelinks": self.extras.remote_links(wire.ref.id),
            "feedback": self.extras.feedback(issue),
        }
        body |= {key: value for key, value in beside.items() if value}
        if history[1]:
            body["lacks"] = {**body.get("lacks", {}), "changelog": history[1]}
        return replace(wire, body=body)

    def _with_media(self, own: list[Wire], issue: Mapping[str, Any]) -> list[Wire]:
        """Note beside each text which attachments it shows, and beside each of those who sees it."""
        fields = issue.get("fields") or {}
        texts: list[Any] = [fields.get("description")]
        texts += [cast("Any", wire.body)["body"] for wire in own if wire.ref.kind is Kind.COMMENT]
        files = fields.get("attachment") or []
        media = self.extras.media(texts, files) if files else {}
        own = sighted(own, media)
        if not media:
            return own
        return [
            replace(wire, body=cast("Any", {**cast("dict[str, Any]", wire.body), "media": media}))
            if wire.ref.kind in (Kind.TICKET, Kind.COMMENT)
            else wire
            for wire in own
        ]

    def _events(self, root: Ref, history: Sequence[dict[str, Any]]) -> Iterator[Wire]:
        for row in history:
            at = neutral_time(row.get("created"))
            yield self.wire(Kind.EVENT, row["id"], row, root=root, updated=at)
