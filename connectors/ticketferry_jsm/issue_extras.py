"""What a source reads of issues beside their fields: history, links to addresses outside, and what a customer said of a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.sdk import RejectedError, RetryableError
from ticketferry.sdk.asked_once import AskedOnce
from ticketferry.sdk.rest.client import RestList
from ticketferry.sdk.rest.paginators import CursorPages
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.shapes import holding, within

from .client import EXPERIMENTAL, JsmClient
from .file_sight import files_in
from .options import JsmOptions
from .send import media_id
from .wire import API, DESK_API

__all__ = ["IssueExtras"]

_HISTORIES_A_REQUEST = 10_000
_VOLATILE = ("elapsedTime", "remainingTime")
"""Parts of a running SLA cycle that differ at each reading: begin and goal say the same."""


class IssueExtras:
    """Asks in bulk where Jira has a call for many issues, and one by one only where an issue's own fields tell that there is something."""

    def __init__(self, client: JsmClient, options: JsmOptions) -> None:
        self.client = client
        self.session = client.session
        self.options = options

    @AskedOnce
    def _kinds(self) -> dict[str, list[str]]:
        """Last part of a custom type -> ids of its fields; read once."""
        found: dict[str, list[str]] = {}
        for kind, row in self.client.fields():
            if kind:
                found.setdefault(kind, []).append(str(row["id"]))
        return found

    # ---- fields

    def unread(self) -> list[str]:
        """Return the fields that a target never needs and that differ at each reading."""
        return [f"-{id_}" for id_ in sorted(self._kinds.get("sd-sla-field", []))]

    def still(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return an issue's fields without what ticks in running SLA cycles, so that an unchanged issue reads the same twice."""
        for id_ in self._kinds.get("sd-sla-field", []):
            value = fields.get(id_)
            cycle = value.get("ongoingCycle") if isinstance(value, Mapping) else None
            if isinstance(value, Mapping) and isinstance(cycle, Mapping):
                kept = {name: item for name, item in cycle.items() if name not in _VOLATILE}
                fields[id_] = {**value, "ongoingCycle": kept}
        return fields

    # ---- beside the fields

    def feedback(self, issue: Mapping[str, Any]) -> Any:
        """Return what the customer said with a rating: the issue shows the number alone, so only rated issues are asked.

        None where nothing was said. The call is experimental; a refusal leaves the number.
        """
        fields = issue.get("fields") or {}
        if not any(fields.get(id_) for id_ in self._kinds.get("sd-request-feedback", [])):
            return None
        try:
            path = f"{DESK_API}/request/{issue['id']}/feedback"
            return self.client.get(path, endpoint="request.feedback", headers=EXPERIMENTAL)
        except RejectedError:
            return None

    def remote_links(self, issue: str) -> list[Any]:
        """Return the links to addresses outside of Jira: one request an issue, there is no other way."""
        if not self.options.remote_links:
            return []
        path = f"{API}/issue/{issue}/remotelink"
        return list(self.client.get(path, endpoint="remote_link.list") or [])

    def watchers(self, issue: str) -> list[Any]:
        """Return who watches an issue, as user objects [P getIssueWatchers]: an issue's own fields tell their number alone."""
        path = f"{API}/issue/{issue}/watchers"
        return list(self.client.get(path, endpoint="watcher.list", group="issue.read").get("watchers") or [])

    def media(self, texts: Sequence[Any], files: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Return the attachments that texts show: media id -> attachment id.

        A text names a file by an id of the media store; only the address that a file's content redirects to tells which file
        that is. So files are asked for only where a text shows one, those of the names that the texts give first.
        """
        wanted = {id_: alt for text in texts for id_, alt in files_in(text)}
        names = set(wanted.values())
        found: dict[str, str] = {}
        for file in sorted(files, key=lambda row: row.get("filename") not in names):
            if wanted.keys() <= found.keys():
                break
            try:
                media = media_id(self.client, str(file["id"]))
            except (RejectedError, RetryableError):
                continue
            if media in wanted:
                found[media] = str(file["id"])
        return found

    # ---- history

    def histories(self, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return issue id -> its history, oldest first. One request for all the issues [P POST /changelog/bulkfetch], more where it is long."""
        found: dict[str, dict[str, dict[str, Any]]] = {id_: {} for id_ in ids}
        body = {"issueIdsOrKeys": list(ids), "maxResults": _HISTORIES_A_REQUEST}
        listed = RestList(
            RestRequest(f"{API}/changelog/bulkfetch", json=body, method="POST"),
            "issueChangeLogs", "changelog.bulkfetch", CursorPages("nextPageToken", "nextPageToken"), "changelog",
            within(holding("issueChangeLogs"), "issueChangeLogs", "issueId", ids),
        )  # fmt: skip
        for log in self.client.rows(listed) if ids else ():
            rows = found.setdefault(str(log["issueId"]), {})
            rows.update((str(row["id"]), row) for row in log.get("changeHistories") or [])
        return {id_: _by_number(rows.values()) for id_, rows in found.items()}

    def whole_history(self, issue: str) -> list[dict[str, Any]]:
        """Return the history of one issue by its own list."""
        rows = self.client.every(f"{API}/issue/{issue}/changelog", endpoint="issue.changelog")
        return _by_number({str(row["id"]): row for row in rows}.values())

    def checked(
        self, issue: Mapping[str, Any], rows: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], int]:
        """Return a history that is as long as the issue itself says, asking for it alone where the bulk was short; and how much lacks."""
        block = issue.get("changelog")
        total = int(block.get("total") or 0) if isinstance(block, Mapping) else 0
        if len(rows) >= total:
            return rows, 0
        try:
            alone = self.whole_history(str(issue["id"]))
        except (RejectedError, RetryableError):
            alone = []
        best = max(rows, alone, key=len)
        return best, max(0, total - len(best))


def _by_number(rows: Any) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (len(str(row["id"])), str(row["id"])))
