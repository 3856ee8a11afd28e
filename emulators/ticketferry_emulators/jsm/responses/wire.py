"""How records look on the wire: users, issues, comments and the rest, with times in the caller's time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry_emulators.jsm.models.records import (
    ChangelogEntry,
    Issue,
    IssueLink,
    JiraAttachment,
    JiraComment,
    JiraStatus,
    Worklog,
)
from ticketferry_emulators.jsm.responses.field_values import show_value
from ticketferry_emulators.jsm.responses.viewer import AVATARS, Viewer

__all__ = ["CATEGORIES", "View"]

CATEGORIES: dict[str, tuple[int, str, str, str]] = {
    "new": (2, "blue-gray", "To Do", "TODO"),
    "indeterminate": (4, "yellow", "In Progress", "IN_PROGRESS"),
    "done": (3, "green", "Done", "DONE"),
}
_SIZES = (("w", 5 * 8 * 3600), ("d", 8 * 3600), ("h", 3600), ("m", 60))


class View(Viewer):
    """The records of the site as one caller sees them."""

    # --- catalog

    def category(self, key: str) -> dict[str, Any]:
        """Return a status category."""
        number, colour, name, _ = CATEGORIES[key]
        return {
            "self": f"{self.base}/rest/api/3/statuscategory/{number}",
            "id": number,
            "key": key,
            "colorName": colour,
            "name": name,
        }

    def status(self, status: JiraStatus) -> dict[str, Any]:
        """Return a status."""
        return {
            "self": f"{self.base}/rest/api/3/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(status.category),
        }

    def issue_type(self, type_id: str) -> dict[str, Any]:
        """Return an issue type."""
        kind = self.state.types[type_id]
        return {
            "self": f"{self.base}/rest/api/3/issuetype/{kind.id}",
            "id": kind.id,
            "description": "",
            "iconUrl": f"{self.base}/images/icons/issuetypes/{kind.id}.svg",
            "name": kind.name,
            "subtask": kind.subtask,
            "hierarchyLevel": -1 if kind.subtask else 0,
        }

    def project(self, project_id: str) -> dict[str, Any]:
        """Return a project as it stands in issues and lists."""
        project = self.state.projects[project_id]
        return {
            "self": f"{self.base}/rest/api/3/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "service_desk",
            "simplified": project.team_managed,
            "avatarUrls": AVATARS,
        }

    # --- issues

    def issue(
        self,
        issue: Issue,
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        properties: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Return an issue with the wanted fields (None: the id alone, as search does by default)."""
        data: dict[str, Any] = {
            "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
            "id": issue.id,
            "self": f"{self.base}/rest/api/3/issue/{issue.id}",
        }
        if fields is not None and list(fields) != ["id"]:
            data["key"] = issue.key
            data["fields"] = self._selected(issue, fields)
        if properties:
            wanted = issue.properties if "*all" in properties else dict.fromkeys(properties)
            data["properties"] = {p: issue.properties[p] for p in wanted if p in issue.properties}
        if "changelog" in expand:
            latest = issue.changes[-40:][::-1]
            data["changelog"] = {
                "startAt": 0,
                "maxResults": len(latest),
                "total": len(issue.changes),
                "histories": [self.change(change) for change in latest],
            }
        if "names" in expand:
            data["names"] = {name: self.state.fields[name].name for name in data.get("fields", {})}
        return data

    def _selected(self, issue: Issue, wanted: Sequence[str]) -> dict[str, Any]:
        names = [name.strip() for item in wanted for name in item.split(",") if name.strip()]
        shown: set[str] = set()
        excluded = {name.removeprefix("-") for name in names if name.startswith("-")}
        everything = list(self.state.fields)
        if not names or "*all" in names or all(name.startswith("-") for name in names):
            shown = set(everything)
        elif "*navigable" in names:
            shown = set(everything) - {"comment", "worklog", "attachment"}
        shown |= {name for name in names if name in everything}
        return {name: self._field(issue, name) for name in everything if name in shown - excluded}

    def _field(self, issue: Issue, name: str) -> Any:
        if name in issue.shown:
            return issue.shown[name]
        computed: dict[str, Any] = {
            "project": lambda: self.project(issue.project),
            "issuetype": lambda: self.issue_type(issue.type),
            "status": lambda: self.status(self.state.statuses[issue.status]),
            "created": lambda: self.time(issue.created),
            "updated": lambda: self.time(issue.updated),
            "resolutiondate": lambda: self.time(issue.resolved),
            "statuscategorychangedate": lambda: self.time(issue.category_changed),
            "creator": lambda: self.user(issue.creator),
            "issuelinks": lambda: self.links(issue),
            "attachment": lambda: [self.attachment(self.state.attachments[a]) for a in issue.attachments],
            "comment": lambda: self.comment_block(issue),
            "worklog": lambda: self.worklog_block(issue, 0, 20),
            "subtasks": list,
            "timespent": lambda: sum(w.seconds for w in issue.worklogs) or None,
            "votes": lambda: {
                "self": f"{self.base}/rest/api/3/issue/{issue.key}/votes",
                "votes": 0,
                "hasVoted": False,
            },
            "watches": lambda: {
                "self": f"{self.base}/rest/api/3/issue/{issue.key}/watchers",
                "watchCount": len(issue.watchers),
                "isWatching": self.account.id in issue.watchers,
            },
        }
        if name in computed:
            return computed[name]()
        return show_value(self, issue, self.state.fields[name])

    def comment_block(self, issue: Issue) -> dict[str, Any]:
        """Return the comments as they stand in an issue's fields."""
        comments = [self.comment(issue, comment) for comment in issue.comments[:100]]
        return {
            "comments": comments,
            "self": f"{self.base}/rest/api/3/issue/{issue.id}/comment",
            "maxResults": len(comments),
            "total": len(issue.comments),
            "startAt": 0,
        }

    def comment(self, issue: Issue, comment: JiraComment, expand: Sequence[str] = ()) -> dict[str, Any]:
        """Return a comment; `properties` when expanded."""
        data: dict[str, Any] = {
            "self": f"{self.base}/rest/api/3/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "body": comment.body,
            "updateAuthor": self.user(comment.editor),
            "created": self.time(comment.created),
            "updated": self.time(comment.updated),
            "jsdPublic": not comment.internal,
        }
        if comment.visibility:
            data["visibility"] = comment.visibility
        if "properties" in expand:
            data["properties"] = [{"key": k, "value": v} for k, v in comment.properties.items()]
        return data

    def worklog(self, issue: Issue, worklog: Worklog) -> dict[str, Any]:
        """Return a work log."""
        data = {
            "self": f"{self.base}/rest/api/3/issue/{issue.id}/worklog/{worklog.id}",
            "author": self.user(worklog.author),
            "updateAuthor": self.user(worklog.author),
            "created": self.time(worklog.created),
            "updated": self.time(worklog.updated),
            "started": self.time(worklog.started),
            "timeSpent": _duration(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
            "id": worklog.id,
            "issueId": issue.id,
        }
        if worklog.comment is not None:
            data["comment"] = worklog.comment
        return data

    def worklog_block(self, issue: Issue, start: int, size: int) -> dict[str, Any]:
        """Return a page of work logs."""
        page = issue.worklogs[start : start + size]
        return {
            "startAt": start,
            "maxResults": size,
            "total": len(issue.worklogs),
            "worklogs": [self.worklog(issue, worklog) for worklog in page],
        }

    def attachment(self, attachment: JiraAttachment, *, number: bool = False) -> dict[str, Any]:
        """Return an attachment; the single-attachment call writes the id as a number."""
        data: dict[str, Any] = {
            "self": f"{self.base}/rest/api/3/attachment/{attachment.id}",
            "id": int(attachment.id) if number else attachment.id,
            "filename": attachment.name,
            "author": self.user(attachment.author),
            "created": self.time(attachment.created),
            "size": attachment.size,
            "mimeType": attachment.media_type,
            "content": f"{self.base}/rest/api/3/attachment/content/{attachment.id}",
        }
        if attachment.media_type.startswith("image/"):
            data["thumbnail"] = f"{self.base}/rest/api/3/attachment/thumbnail/{attachment.id}"
        return data

    def change(self, change: ChangelogEntry) -> dict[str, Any]:
        """Return an entry of the history."""
        return {
            "id": change.id,
            "author": self.user(change.author),
            "created": self.time(change.created),
            "items": change.items,
        }

    def link_type(self, type_id: str) -> dict[str, Any]:
        """Return a link type."""
        kind = self.state.link_types[type_id]
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.base}/rest/api/3/issueLinkType/{kind.id}",
        }

    def linked(self, issue_id: str) -> dict[str, Any]:
        """Return an issue as the other end of a link."""
        issue = self.state.issues[issue_id]
        fields = {name: self._field(issue, name) for name in ("summary", "status", "priority", "issuetype")}
        url = f"{self.base}/rest/api/3/issue/{issue.id}"
        return {"id": issue.id, "key": issue.key, "self": url, "fields": fields}

    def link(self, link: IssueLink) -> dict[str, Any]:
        """Return a link with both ends."""
        return {
            "id": link.id,
            "self": f"{self.base}/rest/api/3/issueLink/{link.id}",
            "type": self.link_type(link.type),
            "inwardIssue": self.linked(link.inward),
            "outwardIssue": self.linked(link.outward),
        }

    def links(self, issue: Issue) -> list[dict[str, Any]]:
        """Return an issue's links: the posted inward issue has `outwardIssue` (the outward wording), and vice versa."""
        shown: list[dict[str, Any]] = []
        for link in self.state.links_of(issue):
            other = (
                ("outwardIssue", link.outward) if link.inward == issue.id else ("inwardIssue", link.inward)
            )
            data = {
                "id": link.id,
                "self": f"{self.base}/rest/api/3/issueLink/{link.id}",
                "type": self.link_type(link.type),
                other[0]: self.linked(other[1]),
            }
            shown.append(data)
        return shown

    # --- pages

    def page(self, path: str, values: Sequence[Any], start: int, size: int, total: int) -> dict[str, Any]:
        """Return a page in the `startAt/maxResults/total/isLast/values` form."""
        data: dict[str, Any] = {
            "self": f"{self.base}{path}?startAt={start}&maxResults={size}",
            "maxResults": size,
            "startAt": start,
            "total": total,
            "isLast": start + len(values) >= total,
            "values": list(values),
        }
        if not data["isLast"]:
            data["nextPage"] = f"{self.base}{path}?startAt={start + len(values)}&maxResults={size}"
        return data

    def desk_page(
        self, path: str, values: Sequence[Any], start: int, limit: int, *, last: bool
    ) -> dict[str, Any]:
        """Return a page in the form of the service desk API."""
        links: Mapping[str, str] = {
            "base": self.base,
            "context": "",
            "self": f"{self.base}{path}?start={start}&limit={limit}",
        }
        if not last:
            links = {**links, "next": f"{self.base}{path}?start={start + len(values)}&limit={limit}"}
        return {
            "_expands": [],
            "size": len(values),
            "start": start,
            "limit": limit,
            "isLastPage": last,
            "_links": links,
            "values": list(values),
        }


def _duration(seconds: int) -> str:
    parts: list[str] = []
    for unit, size in _SIZES:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"
