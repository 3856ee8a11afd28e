"""Writes: one operation (or one batch of new issues) as one request, its answer as results; one bad record never raises."""

import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ticketferry.sdk import (
    Blob,
    Endpoint,
    Finding,
    Job,
    Operation,
    RejectedError,
    RetryableError,
    Session,
    Severity,
    WriteResult,
    one_by_one,
    pause,
)

from .bulk_delete import BulkDelete
from .client import JsmClient, errors_in, refused
from .newcomers import Newcomers
from .set_up_sights import SetUpSights
from .set_up_writes import WRITTEN, SetUpWriter
from .wire import API, DESK_API, PUBLIC_PROPERTY

__all__ = ["JiraSender", "media_id"]

_QUERY = frozenset({"notifyUsers", "adjustEstimate", "accountId"})
_FRESH = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Waits before a new issue is believed to be missing: Jira may answer 404 for some 30 s [field notes]."""
_TOGETHER = frozenset({"customer.add_to_desk", "organization.add_user"})
"""Endpoints that take a list of accounts."""
_MEDIA = re.compile(r"/file/([0-9A-Za-z-]+)/")
_EXPERIMENTAL = frozenset(
    {"customer.remove_from_desk", "organization.remove_user", "organization.remove_from_desk"}
)


def media_id(client: JsmClient, attachment: str) -> str | None:
    """Return the Media Services id of an attachment: only the address that its content redirects to shows it."""
    found = _MEDIA.search(
        client.redirect_of(f"{API}/attachment/content/{attachment}", endpoint="attachment.content")
    )
    return found[1] if found else None


class JiraSender:
    """Sends resolved operations."""

    def __init__(self, client: JsmClient, session: Session) -> None:
        self.client = client
        self.session = session
        self._lock = threading.Lock()
        self._bulk = BulkDelete(client)
        self._desks: dict[str, set[str]] = {}
        self._known_members: dict[str, frozenset[str]] = {}
        self.newcomers = Newcomers(client, session, self._request)
        self.sights = SetUpSights(client)
        self.set_up = SetUpWriter(client, self._request)

    def send(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Send a batch of one endpoint."""
        if endpoint.name == "issue.create":
            return self._create(endpoint, batch)
        if endpoint.name == "issue.delete":
            return self._bulk.send(endpoint, batch)
        if endpoint.name in _TOGETHER and len(batch) > 1:
            return self._together(endpoint, batch)
        return one_by_one(batch, lambda operation: self._one(endpoint, operation))

    def _together(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult]:
        """Send operations that go to the same place as one request with all their accounts; where that is refused, one by one."""
        places: dict[str, list[Operation]] = {}
        for operation in batch:
            places.setdefault(str(sorted(operation.params.items(), key=str)), []).append(operation)
        results: dict[str, WriteResult] = {}
        for group in places.values():
            known = self._members(group[0])
            bodies: list[Any] = [operation.body for operation in group]
            accounts = list(dict.fromkeys(id_ for body in bodies for id_ in body["accountIds"]))
            try:
                self._request(endpoint, replace(group[0], body={"accountIds": accounts}))
            except RejectedError:
                results.update((operation.key, self._one(endpoint, operation)) for operation in group)
            else:
                results.update((one.key, WriteResult(one.key, "done", _existed(one, known))) for one in group)
        return [results[operation.key] for operation in batch]

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a job's results; None: still working."""
        return self._bulk.poll(job)

    # ---- new issues

    def _create(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult]:
        updates = [operation.body for operation in batch]
        try:
            answer, _ = self.client.write(
                "POST",
                endpoint.path,
                endpoint=endpoint.name,
                group=endpoint.group,
                json={"issueUpdates": updates},
            )
        except RejectedError as error:
            rows = _failed(error.body)
            if len(rows) == len(batch):
                return [self._refusal(operation, rows[number]) for number, operation in enumerate(batch)]
            if len(batch) == 1:
                return [refused(batch[0], error.message, remedy=error.remedy)]
            # The request as a whole was refused and nothing was done: each record answers for itself.
            return one_by_one(batch, lambda operation: self._create(endpoint, [operation])[0])
        rows = _failed(answer)
        made = [operation for number, operation in enumerate(batch) if number not in rows]
        issues = answer.get("issues") or [] if isinstance(answer, Mapping) else []
        if len(issues) != len(made):
            return [WriteResult(operation.key, "unknown") for operation in batch]
        given = {operation.key: issue for operation, issue in zip(made, issues, strict=True)}
        return [
            WriteResult(
                operation.key,
                "done",
                {"id": str(given[operation.key]["id"]), "key": str(given[operation.key]["key"])},
            )
            if operation.key in given
            else self._refusal(operation, rows[number])
            for number, operation in enumerate(batch)
        ]

    def _refusal(self, operation: Operation, row: Mapping[str, Any]) -> WriteResult:
        errors = row.get("elementErrors")
        errors = errors if isinstance(errors, Mapping) else {}
        keys = ", ".join(sorted(errors.get("errors") or {}))
        text = errors_in(errors) or f"Jira answered {row.get('status')}"
        return refused(
            operation,
            text,
            where=keys,
            remedy="Mend the field named, in the mapping or in Jira, and plan again.",
        )

    # ---- everything else

    def _one(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        try:
            if endpoint.name == "attachment.add":
                return self._attach(endpoint, operation)
            if endpoint.name == "issue.transition":
                return self._transit(endpoint, operation)
            if endpoint.name == "customer.create":
                return self.newcomers.customer(endpoint, operation)
            if endpoint.name == "organization.create":
                return self.newcomers.organization(endpoint, operation)
            if endpoint.name in ("link.delete", "remote_link.delete"):
                return self._unlink(endpoint, operation)
            if endpoint.name in WRITTEN:
                return self.set_up.send(endpoint, operation)
            was_there = endpoint.name == "organization.add_to_desk" and self._on_desk(operation)
            known = self._members(operation)
            answer, _ = self._request(endpoint, operation)
        except RejectedError as error:
            if endpoint.method == "DELETE" and error.status == 404:
                return WriteResult(operation.key, "done")
            return refused(operation, error.message, remedy=error.remedy)
        if endpoint.name in ("comment.create", "comment.edit"):
            return self._comment(endpoint, operation, answer)
        gives: dict[str, str] = {}
        if endpoint.name == "organization.add_to_desk":
            id_ = str((operation.body or {}).get("organizationId", ""))  # type: ignore[union-attr]
            return WriteResult(
                operation.key, "done", {"on_desk": id_, **({"existed": "yes"} if was_there else {})}
            )
        if endpoint.gives:
            if not isinstance(answer, Mapping) or "id" not in answer:
                return WriteResult(operation.key, "unknown")
            gives["id"] = str(answer["id"])
        return WriteResult(operation.key, "done", gives or _existed(operation, known))

    def _members(self, operation: Operation) -> Collection[str]:
        """Return the members that an organization had before us, where the operation asks for a look; each list is read once."""
        if operation.endpoint != "organization.add_user" or "look" not in operation.params:
            return ()
        organization = str(operation.params["organization"])
        with self._lock:
            if organization not in self._known_members:
                rows = self.client.desk_rows(
                    f"{DESK_API}/organization/{organization}/user", endpoint="organization_user.list"
                )
                self._known_members[organization] = frozenset(str(row["accountId"]) for row in rows)
            return self._known_members[organization]

    def _request(self, endpoint: Endpoint, operation: Operation, *, files: Any = None) -> tuple[Any, Any]:
        params = {key: str(value) for key, value in operation.params.items() if isinstance(value, str | int)}
        path = endpoint.path.format_map(params)
        query: dict[str, str | int | Sequence[str | int]] = {
            key: value for key, value in params.items() if key in _QUERY
        }
        if endpoint.name == "customer.create":
            query["strictConflictStatusCode"] = "true"
        issue = params.get("issue", "")
        waits = iter(_FRESH)
        while True:
            try:
                return self.client.write(
                    endpoint.method,
                    path,
                    endpoint=endpoint.name,
                    group=endpoint.group,
                    issue=issue,
                    params=query or None,
                    json=None if files is not None else operation.body,
                    files=files,
                    experimental=endpoint.name in _EXPERIMENTAL,
                )
            except RejectedError as error:
                wait = next(waits, None)
                fresh = (
                    error.status == 404
                    and (issue or endpoint.name == "issue.link")
                    and endpoint.method != "DELETE"
                )
                if not fresh or wait is None:
                    raise
                pause(self.session.clock, wait, "Jira does not show fresh issues at once")

    def _attach(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        blob = operation.body
        if not isinstance(blob, Blob):
            return refused(operation, "the operation has no file")
        try:
            stream = self.session.blobs.open(blob.sha256)
        except FileNotFoundError:
            return refused(
                operation,
                f"the workspace has no bytes of {blob.name!r}",
                remedy="Run `ticketferry extract` again.",
            )
        with stream:
            answer, _ = self._request(
                endpoint, operation, files={"file": (blob.name, stream, blob.media_type)}
            )
        if not isinstance(answer, list) or not answer or "id" not in answer[0]:
            return WriteResult(operation.key, "unknown")
        id_ = str(answer[0]["id"])
        try:
            media = media_id(self.client, id_)
        except (RejectedError, RetryableError):
            media = None
        if media is None:
            # It is there; only its id for texts is not known yet. Asking what became of it finds both.
            return WriteResult(operation.key, "unknown")
        return WriteResult(operation.key, "done", {"id": id_, "media_id": media})

    def _comment(self, endpoint: Endpoint, operation: Operation, answer: Any) -> WriteResult:
        if not isinstance(answer, Mapping) or "id" not in answer:
            return WriteResult(operation.key, "unknown")
        gives = {"id": str(answer["id"])} if endpoint.gives else {}
        if not is_internal(operation) or answer.get("jsdPublic") is False:
            return WriteResult(operation.key, "done", gives)
        finding = Finding(
            "JSM-PUBLIC", Severity.BLOCKER, operation.subject, endpoint.name, "an internal comment came out public",
            "Look at the project's type: only service projects have internal comments.",
        )  # fmt: skip
        return WriteResult(operation.key, "done", {"id": str(answer["id"])}, error=finding, compensate=True)

    def _transit(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        wanted = (operation.expect or "").removeprefix("status:")
        if operation.params.get("verify") and wanted:
            found = self.status_of(str(operation.params["issue"]))
            if found != wanted:
                return refused(
                    operation,
                    f"the issue stands in {found!r}, the plan expects {wanted!r}",
                    remedy="Plan again.",
                )
        try:
            self._request(endpoint, operation)
        except RejectedError as error:
            found = self.status_of(str(operation.params["issue"])) if error.status == 400 else None
            note = (
                f" (the issue stands in {found!r}, the plan expects {wanted!r})"
                if found and found != wanted
                else ""
            )
            return refused(operation, error.message + note, remedy="Plan again, or mend the workflow.")
        return WriteResult(operation.key, "done")

    def _unlink(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Delete a link by its ends: posting one does not tell its id."""
        body: Any = operation.body
        if endpoint.name == "link.delete":
            row = self.client.issue(body["issue"], "issuelinks")
            side = "inwardIssue" if body["inward"] else "outwardIssue"
            found = [
                link["id"]
                for link in row["fields"].get("issuelinks") or []
                if link["type"]["id"] == body["type"]
                and str((link.get(side) or {}).get("id")) == str(body["other"])
            ]
        else:
            path = f"{API}/issue/{operation.params['issue']}/remotelink"
            rows = self.client.get(path, endpoint="remote_link.list")
            found = [link["id"] for link in rows or [] if link.get("globalId") == body["globalId"]]
        for id_ in found:
            inner = replace(operation, params={**operation.params, "link": str(id_)}, body=None)
            self._request(endpoint, inner)
        return WriteResult(operation.key, "done")

    def status_of(self, issue: str) -> str | None:
        """Return the name of the status that an issue stands in; None where it is not there."""
        waits = iter(_FRESH)
        while True:
            try:
                row = self.client.issue(issue, "status")
            except RejectedError as error:
                wait = next(waits, None)
                if error.status != 404 or wait is None:
                    return None
                pause(self.session.clock, wait, "Jira does not show fresh issues at once")
                continue
            return str(row["fields"]["status"]["name"])

    def _on_desk(self, operation: Operation) -> bool:
        """Tell whether a desk had the organization before us; each desk's list is read once."""
        desk = str(operation.params["desk"])
        with self._lock:
            if desk not in self._desks:
                rows = self.client.desk_rows(
                    f"{DESK_API}/servicedesk/{desk}/organization", endpoint="desk_organization.list"
                )
                self._desks[desk] = {str(row["id"]) for row in rows}
            id_ = str((operation.body or {}).get("organizationId", ""))  # type: ignore[union-attr]
            there = id_ in self._desks[desk]
            self._desks[desk].add(id_)
            return there


def _existed(operation: Operation, known: Collection[str]) -> dict[str, str]:
    """Return what is noted of an account that was a member before us: a rollback leaves it where it was."""
    body: Any = operation.body
    return {"existed": "yes"} if known and set(body["accountIds"]) <= set(known) else {}


def is_internal(operation: Operation) -> bool:
    """Tell whether a comment's operation keeps customers out."""
    body = operation.body if isinstance(operation.body, Mapping) else {}
    properties = body.get("properties")
    for row in properties if isinstance(properties, list) else []:
        if isinstance(row, Mapping) and row.get("key") == PUBLIC_PROPERTY:
            value = row.get("value")
            return isinstance(value, Mapping) and value.get("internal") is True
    return False


def _failed(body: Any) -> dict[int, Mapping[str, Any]]:
    rows = body.get("errors") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        return {}
    return {
        int(row["failedElementNumber"]): row
        for row in rows
        if isinstance(row, Mapping) and "failedElementNumber" in row
    }
