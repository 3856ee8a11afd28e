"""What became of writes whose answer was lost: told by our own marks, read by id and key; a search is only a second witness."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ticketferry.sdk import Attempt, Blob, Finding, Operation, RejectedError, Severity, WriteResult

from . import marks
from .client import JsmClient
from .send import JiraSender, is_internal, media_id
from .set_up_sights import SET_UP
from .wire import API, neutral_time, properties_of

__all__ = ["JiraFinder"]

_BACK = 500
_CHUNK = 100
_GAP = 2
"""Chunks without any issue after which the end of the numbers is believed."""


class JiraFinder:
    """Looks up operations, resolved, of one endpoint each."""

    def __init__(
        self,
        client: JsmClient,
        sender: JiraSender,
        origin: str,
        attempts: Mapping[str, Attempt] | None = None,
    ) -> None:
        self.client = client
        self._attempts = attempts or {}
        self._me: str | None = None
        self.sender = sender
        self.origin = origin

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> list[WriteResult]:
        """Return one result for each operation: done, absent, or unknown where the issue cannot be read yet.

        Raises RejectedError where Jira refuses to tell.
        """
        creates = [operation for operation in operations if operation.endpoint == "issue.create"]
        results = self._issues(creates, last) if creates else []
        by_endpoint: dict[str, Callable[[Operation], WriteResult]] = {
            "attachment.add": self._attachment,
            "comment.create": self._comment,
            "worklog.add": self._worklog,
            "issue.transition": self._transition,
            "customer.create": self._customer,
            "organization.create": self._organization,
            **dict.fromkeys(SET_UP, self._entry),
        }
        for operation in operations:
            if operation.endpoint == "issue.create":
                continue
            look = by_endpoint.get(operation.endpoint)
            try:
                results.append(look(operation) if look else WriteResult(operation.key, "absent"))
            except RejectedError as error:
                # A fresh issue may not be readable yet, and a right to read may be missing: neither tells that it was not done.
                if error.status != 404:
                    raise
                results.append(WriteResult(operation.key, "unknown"))
        return results

    def _customer(self, operation: Operation) -> WriteResult:
        return self.sender.newcomers.lost_customer(operation, self._attempts.get(operation.key))

    def _organization(self, operation: Operation) -> WriteResult:
        return self.sender.newcomers.lost_organization(operation, self._attempts.get(operation.key))

    def _entry(self, operation: Operation) -> WriteResult:
        return self.sender.sights.since(operation, self._attempts.get(operation.key))

    # ---- issues

    def _issues(self, operations: Sequence[Operation], last: Mapping[str, str]) -> list[WriteResult]:
        wanted = {str(operation.subject): operation for operation in operations}
        hits: dict[str, dict[str, str]] = {}
        doubles: dict[str, int] = {}

        def take(rows: Sequence[Mapping[str, Any]]) -> None:
            for row in rows:
                mark = marks.unpack(properties_of(row.get("properties")))
                ref = str(mark["ref"]) if mark else ""
                if ref not in wanted:
                    continue
                if ref in hits and hits[ref]["id"] != str(row["id"]):
                    doubles[ref] = doubles.get(ref, 1) + 1
                else:
                    hits[ref] = {"id": str(row["id"]), "key": str(row["key"])}

        for project in sorted({str(_project(operation)) for operation in operations}):
            self._by_number(project, last.get("key", ""), take)
        for operation in operations:
            self._by_label(operation, take)
        results = []
        for ref, operation in wanted.items():
            if ref not in hits:
                results.append(WriteResult(operation.key, "absent"))
                continue
            error = _several(operation, doubles[ref]) if ref in doubles else None
            results.append(WriteResult(operation.key, "done", hits[ref], error=error))
        return results

    def _by_number(
        self, project: str, last: str, take: Callable[[Sequence[Mapping[str, Any]]], None]
    ) -> None:
        """Read the numbers around and after the newest issue that we know of, until there are no more."""
        key, newest = self._newest(project)
        own = last.rpartition("-")
        if own[0] == key and own[2].isdigit():
            newest = int(own[2])
        for rows in self.client.onward(key, max(1, newest - _BACK), newest, self._fetch, _GAP):
            take(rows)

    def _newest(self, project: str) -> tuple[str, int]:
        """Return the project's key and the highest number that the search index knows."""
        rows = self.client.search(f"project = {project} ORDER BY key DESC", 1).get("issues", [])
        if rows:
            key, _, number = str(rows[0]["key"]).rpartition("-")
            return key, int(number)
        row = self.client.get(f"{API}/project/{project}", endpoint="project.get")
        return str(row["key"]), 0

    def _by_label(self, operation: Operation, take: Callable[[Sequence[Mapping[str, Any]]], None]) -> None:
        mark = _mark_of(operation)
        label = marks.label(self.origin, str(mark.get("number", operation.subject.id)))
        jql = f'project = {_project(operation)} AND labels = "{label}"'
        rows = self.client.search(jql, 5).get("issues", [])
        if rows:
            take(self._fetch([str(row["id"]) for row in rows]))

    def _fetch(self, keys: Sequence[str]) -> list[Mapping[str, Any]]:
        return self.client.issues(keys, ["status"], marks.SOURCE_KEYS)

    # ---- parts

    def _attachment(self, operation: Operation) -> WriteResult:
        blob = operation.body
        if not isinstance(blob, Blob):
            return WriteResult(operation.key, "absent")
        issue = str(operation.params["issue"])
        row = self.client.issue(issue, "attachment")
        rows = self._own(row["fields"].get("attachment") or [])
        same = [item for item in rows if item.get("filename") == blob.name]
        found = self._nth(operation, same)
        if found is None:
            return WriteResult(operation.key, "absent")
        media = media_id(self.client, str(found["id"]))
        if media is None:
            return WriteResult(operation.key, "unknown")
        return WriteResult(operation.key, "done", {"id": str(found["id"]), "media_id": media})

    def _own(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Leave out what other accounts put on the issue: a file or work log of an agent may look like ours."""
        if rows and self._me is None:
            self._me = str(self.client.myself().get("accountId", ""))
        return [row for row in rows if (row.get("author") or {}).get("accountId") in (None, self._me)]

    def _nth(self, operation: Operation, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the one that this operation made among equals: a lane writes them in order, the plan numbers them."""
        nth = int(str(operation.params.get("nth", "0")))
        ordered = sorted(rows, key=lambda row: int(row["id"]))
        return ordered[nth] if len(ordered) > nth else None

    def _comment(self, operation: Operation) -> WriteResult:
        body = operation.body if isinstance(operation.body, Mapping) else {}
        own = properties_of(body.get("properties")).get(marks.COMMENT) or {}
        path = f"{API}/issue/{operation.params['issue']}/comment"
        rows = self.client.every(
            path, endpoint="comment.list", rows="comments", params={"expand": "properties"}
        )
        hits = []
        for row in rows:
            mark = properties_of(row.get("properties")).get(marks.COMMENT) or {}
            if all(mark.get(key) == own.get(key) for key in ("ref", "part", "of")):
                hits.append(row)
        if not hits:
            return WriteResult(operation.key, "absent")
        gives = {"id": str(hits[0]["id"])}
        if is_internal(operation) and any(row.get("jsdPublic") is not False for row in hits):
            finding = Finding(
                "JSM-PUBLIC", Severity.BLOCKER, operation.subject, operation.endpoint, "an internal comment came out public",
                f"Delete comment {gives['id']} in Jira now.",
            )  # fmt: skip
            return WriteResult(operation.key, "done", gives, error=finding, compensate=True)
        return WriteResult(
            operation.key, "done", gives, error=_several(operation, len(hits)) if len(hits) > 1 else None
        )

    def _worklog(self, operation: Operation) -> WriteResult:
        body: Mapping[str, Any] = operation.body if isinstance(operation.body, Mapping) else {}
        path = f"{API}/issue/{operation.params['issue']}/worklog"
        rows = [
            row
            for row in self._own(
                list(self.client.every(path, endpoint="worklog.list", rows="worklogs", size=5_000))
            )
            if neutral_time(row.get("started")) == neutral_time(body.get("started"))
            and row.get("timeSpentSeconds") == body.get("timeSpentSeconds")
        ]
        found = self._nth(operation, rows)
        return (
            WriteResult(operation.key, "done", {"id": str(found["id"])})
            if found
            else WriteResult(operation.key, "absent")
        )

    def _transition(self, operation: Operation) -> WriteResult:
        status = self.sender.status_of(str(operation.params["issue"]))
        if status is None:
            return WriteResult(operation.key, "unknown")
        return WriteResult(
            operation.key, "absent" if status == (operation.expect or "").removeprefix("status:") else "done"
        )


def _project(operation: Operation) -> Any:
    body: Any = operation.body
    return body["fields"]["project"]["id"]


def _mark_of(operation: Operation) -> Mapping[str, Any]:
    body: Any = operation.body
    found = properties_of(body.get("properties")).get(marks.SOURCE)
    return found if isinstance(found, Mapping) else {}


def _several(operation: Operation, count: int) -> Finding:
    return Finding(
        "JSM-TWICE", Severity.DOUBT, operation.subject, operation.endpoint, f"found {count} times in Jira",
        "Delete the ones that are too many.", count,
    )  # fmt: skip
