"""Issues as a target reads them: every part with our mark beside it, and messages that were split put together again."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.sdk import Kind, Wire

from . import marks
from .issue_reader import IssueParts, IssueReader
from .wire import properties_of

__all__ = ["TargetIssues"]


class TargetIssues(IssueReader):
    """Reads issues that we made."""

    def wanted(self) -> dict[str, Any]:
        """Return what is asked for."""
        return {"fields": ["*all", *self.extras.unread()], "properties": list(marks.ISSUE_PROPERTIES)}

    def whole(self, issue: dict[str, Any], parts: IssueParts, histories: Mapping[str, Any]) -> list[Wire]:  # noqa: ARG002 -- ours tell no history
        """Make the wires of an issue."""
        told = properties_of(issue.get("properties")).get(marks.PARTS)
        told = told if isinstance(told, Mapping) else {}
        of_description, grouped = _grouped(parts.comments)
        beside: dict[str, Any] = {}
        if told.get("watchers"):
            beside["watchers"] = self.extras.watchers(parts.root.id)
        if of_description:
            beside["continued"] = of_description
        files = _by_id(told.get("files"))
        for comment in grouped:
            mark = properties_of(comment.get("properties")).get(marks.COMMENT) or {}
            files |= _by_id(mark.get("files"))
        return [
            self.own(issue, parts, **beside),
            *self.comments(parts, grouped),
            *self.beside(Kind.ATTACHMENT, parts, parts.files, files),
            *self.beside(Kind.WORKLOG, parts, parts.worklogs, _by_id(told.get("worklogs"))),
        ]


def _by_id(rows: object) -> dict[str, Mapping[str, Any]]:
    return (
        {str(row["id"]): row for row in rows if isinstance(row, Mapping) and "id" in row}
        if isinstance(rows, list)
        else {}
    )


def _grouped(comments: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the further parts of the description, and the comments, each with its own further parts under `continued`."""
    heads: dict[str, dict[str, Any]] = {}
    whole: list[dict[str, Any]] = []
    further: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for comment in comments:
        mark = properties_of(comment.get("properties")).get(marks.COMMENT)
        mark = mark if isinstance(mark, Mapping) else {}
        number = int((mark.get("part") or [1])[0])
        if mark.get("of") == "description":
            further.setdefault("", []).append((number, comment))
        elif mark.get("part") and number > 1 and mark.get("ref") in heads:
            further.setdefault(str(mark["ref"]), []).append((number, comment))
        else:
            if mark.get("ref"):
                heads.setdefault(str(mark["ref"]), comment)
            whole.append(comment)
    result = []
    for comment in whole:
        ref = (properties_of(comment.get("properties")).get(marks.COMMENT) or {}).get("ref")
        rows = further.get(str(ref)) if ref and heads.get(str(ref)) is comment else None
        result.append({**comment, "continued": _ordered(rows)} if rows else comment)
    return _ordered(further.get("", [])), result


def _ordered(rows: Sequence[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [comment for _, comment in sorted(rows, key=lambda row: row[0])]
