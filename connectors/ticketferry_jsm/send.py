"""Writes: one operation (or one batch of new issues) as one request, its answer as results; one bad record never raises."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ticketferry.sdk import (
    Blob,
    Endpoint,
    FatalError,
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
from .client import JsmClient, errors_in
from .marks import SOURCE
from .name_keys import name_key
from .wire import API, DESK_API, PUBLIC_PROPERTY, account_kind, neutral_time

__all__ = ["Sender", "media_id", "refused"]

_QUERY = frozenset({"notifyUsers", "adjustEstimate", "accountId"})
_FRESH = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Waits before a new issue is believed to be missing: Jira may answer 404 for some 30 s [field notes]."""
_OLD = 300.0
"""An organization that is older than this when it is answered was there before us."""
_LOST = 30 * 86_400.0
"""An organization that is older than this is none whose answer a run of ours has lost."""
_TOGETHER = frozenset({"customer.add_to_desk", "organization.add_user"})
"""Endpoints that take a list of accounts."""
_ELSEWHERE = "customer accounts in customer service management"
"""What a site says that has Customer Service Management only [LZ-07]; no API tells it beforehand."""
_MEDIA = re.compile(r"/file/([0-9A-Za-z-]+)/")
_EXPERIMENTAL = frozenset(
    {"customer.remove_from_desk", "organization.remove_user", "organization.remove_from_desk"}
)


def refused(
    operation: Operation, message: str, *, where: str = "", remedy: str = "", code: str = "JSM-REFUSED"
) -> WriteResult:
    """Return a rejection."""
    finding = Finding(code, Severity.DOUBT, operation.subject, where or operation.endpoint, message, remedy)
    return WriteResult(operation.key, "rejected", error=finding)


def media_id(client: JsmClient, attachment: str) -> str | None:
    """Return the Media Services id of an attachment: only the address that its content redirects to shows it."""
    found = _MEDIA.search(
        client.redirect_of(f"{API}/attachment/content/{attachment}", endpoint="attachment.content")
    )
    return found[1] if found else None


class Sender:
    """Sends resolved operations."""

    def __init__(self, client: JsmClient, session: Session) -> None:
        self.client = client
        self.session = session
        self._lock = threading.Lock()
        self._bulk = BulkDelete(client)
        self._desks: dict[str, set[str]] = {}
        self._there: dict[str, list[str]] | None = None

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
            bodies: list[Any] = [operation.body for operation in group]
            accounts = list(dict.fromkeys(id_ for body in bodies for id_ in body["accountIds"]))
            try:
                self._request(endpoint, replace(group[0], body={"accountIds": accounts}))
            except RejectedError:
                results.update((operation.key, self._one(endpoint, operation)) for operation in group)
            else:
                results.update((operation.key, WriteResult(operation.key, "done")) for operation in group)
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
                return self._customer(endpoint, operation)
            if endpoint.name == "organization.create":
                return self._organization(endpoint, operation)
            if endpoint.name in ("link.delete", "remote_link.delete"):
                return self._unlink(endpoint, operation)
            was_there = endpoint.name == "organization.add_to_desk" and self._on_desk(operation)
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
        return WriteResult(operation.key, "done", gives)

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
            row = self.client.get(
                f"{API}/issue/{body['issue']}",
                endpoint="issue.get",
                group="issue.read",
                params={"fields": "issuelinks"},
            )
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
                row = self.client.get(
                    f"{API}/issue/{issue}",
                    endpoint="issue.get",
                    group="issue.read",
                    params={"fields": "status"},
                )
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
                pages = self.client.desk_pages(
                    f"{DESK_API}/servicedesk/{desk}/organization", endpoint="desk_organization.list"
                )
                self._desks[desk] = {str(row["id"]) for page in pages for row in page}
            id_ = str((operation.body or {}).get("organizationId", ""))  # type: ignore[union-attr]
            there = id_ in self._desks[desk]
            self._desks[desk].add(id_)
            return there

    # ---- organizations

    def _organization(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Make an organization. Jira answers a name in use with the organization that bears it, whose members would see our tickets."""
        name = str((operation.body or {}).get("name", ""))  # type: ignore[union-attr]
        with self._lock:
            there = self._organizations()
            known = {id_ for ids in there.values() for id_ in ids}
            for id_ in there.get(name_key("organization", name), ()):
                if self.bears_mark(operation, f"{DESK_API}/organization/{id_}/property/{SOURCE}"):
                    return WriteResult(operation.key, "done", {"id": id_})
                return self._taken(operation, f"an organization {name!r} is there already (number {id_})")
            answer, _ = self._request(endpoint, operation)
            if not isinstance(answer, Mapping) or "id" not in answer:
                return WriteResult(operation.key, "unknown")
            id_ = str(answer["id"])
            if id_ in known or self._was_there(answer):
                return self._taken(
                    operation, f"Jira answered with an organization that was there before (number {id_})"
                )
            there.setdefault(name_key("organization", name), []).append(id_)
            return WriteResult(operation.key, "done", {"id": id_})

    def _organizations(self) -> dict[str, list[str]]:
        """Return the organizations of the site by what Jira compares of their names; read once, and kept up by what is made."""
        if self._there is None:
            self._there = {}
            for page in self.client.desk_pages(f"{DESK_API}/organization", endpoint="organization.list"):
                for row in page:
                    key = name_key("organization", str(row.get("name", "")))
                    self._there.setdefault(key, []).append(str(row["id"]))
        return self._there

    def lost_organization(self, operation: Operation) -> WriteResult:
        """Tell what became of a new organization whose answer was lost: ours bears our mark, or nothing yet that anybody could see."""
        name = str((operation.body or {}).get("name", ""))  # type: ignore[union-attr]
        with self._lock:
            self._there = None
            found = self._organizations().get(name_key("organization", name), [])
        for id_ in found:
            if self.bears_mark(operation, f"{DESK_API}/organization/{id_}/property/{SOURCE}"):
                return WriteResult(operation.key, "done", {"id": id_})
        for id_ in found:
            row = self.client.get(f"{DESK_API}/organization/{id_}", endpoint="organization.get")
            pages = self.client.desk_pages(
                f"{DESK_API}/organization/{id_}/user", endpoint="organization_user.list"
            )
            empty = not any(page for page in pages)
            if empty and not self._was_there(row, _LOST):
                # The name was free when we looked before the request, and its members would be ours to add.
                return WriteResult(operation.key, "done", {"id": id_})
        if found:
            return self._taken(operation, f"an organization {name!r} is there already (number {found[0]})")
        return WriteResult(operation.key, "absent")

    def bears_mark(self, operation: Operation, path: str, params: Mapping[str, str] | None = None) -> bool:
        """Tell whether the property at `path` holds our mark for the operation's record."""
        try:
            row = self.client.get(path, endpoint="property.get", params=params)
        except RejectedError as error:
            if error.status == 404:
                return False
            raise
        value = row.get("value") if isinstance(row, Mapping) else None
        return isinstance(value, Mapping) and value.get("ref") == str(operation.subject)

    def _taken(self, operation: Operation, message: str) -> WriteResult:
        return refused(
            operation,
            f"{message}: it is not ours and nothing is bound to it",
            remedy="Extract the target and plan anew: the plan names it, with the lines to decide by.",
            code="JSM-TAKEN",
        )

    def _was_there(self, answer: Any, old: float = _OLD) -> bool:
        """Tell whether an organization that creating gave is an old one: a name that exists gives the one that has it."""
        made = (answer.get("created") or {}).get("epochMillis") if isinstance(answer, Mapping) else None
        return neutral_time(made) is not None and self.session.clock.time() - float(made or 0) / 1000 > old

    # ---- customers

    def _customer(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        try:
            answer, _ = self._request(endpoint, operation)
        except RejectedError as error:
            if _ELSEWHERE in error.message.casefold():
                # It would refuse each of them alike: nobody is made, and no ticket goes without its requester.
                raise FatalError(
                    f"the site takes no portal customers: {error.message}",
                    where=f"{endpoint.method} {endpoint.path}",
                    remedy="Its customers live in Customer Service Management: let Atlassian allow customers of service projects, or"
                    " match people to accounts that exist (people.customers in the mapping).",
                ) from error
            if error.status != 409:
                return refused(
                    operation,
                    error.message,
                    remedy="Give the person a placeholder in the mapping, or match them.",
                )
            found = self.customer(str((operation.body or {}).get("email", "")))  # type: ignore[union-attr]
            if found is not None and self.is_our_account(operation, str(found["accountId"])):
                return WriteResult(operation.key, "done", {"id": str(found["accountId"])})
            shown = f" ({found.get('displayName')}, {found['accountId']})" if found else ""
            return refused(
                operation, f"an account with this e-mail address exists{shown}, and the plan did not say so: nothing is bound to it",
                remedy="Decide in the decisions file: the account's ref or `leave`. Or match the person in people.agents by the account's id.",
                code="JSM-TAKEN",
            )  # fmt: skip
        if not isinstance(answer, Mapping) or "accountId" not in answer:
            return WriteResult(operation.key, "unknown")
        return WriteResult(operation.key, "done", {"id": str(answer["accountId"])})

    def is_our_account(self, operation: Operation, account: str) -> bool:
        """Tell whether an account bears our mark for the operation's person."""
        return self.bears_mark(operation, f"{API}/user/properties/{SOURCE}", {"accountId": account})

    def lost_customer(self, operation: Operation) -> WriteResult:
        """Tell what became of a new customer whose answer was lost: ours bears our mark, or is a customer of that very name."""
        body: Mapping[str, Any] = operation.body if isinstance(operation.body, Mapping) else {}
        found = self.customer(str(body.get("email", "")))
        if found is None:
            return WriteResult(operation.key, "absent")
        id_ = str(found["accountId"])
        fresh = account_kind(found) == "customer" and found.get("displayName") == body.get("displayName")
        if fresh or self.is_our_account(operation, id_):
            return WriteResult(operation.key, "done", {"id": id_})
        # Asking Jira again tells for sure: an address in use is refused.
        return WriteResult(operation.key, "absent")

    def customer(self, email: str) -> Mapping[str, Any] | None:
        """Find an account by its e-mail; an Atlassian account wins over a portal one.

        An account that hides its address is not taken: the search finds beginnings of addresses too, and may mean another person.
        """
        rows = (
            self.client.get(
                f"{API}/user/search", endpoint="user.search", params={"query": email, "maxResults": 50}
            )
            or []
        )
        wanted = name_key("user", email)
        exact = [row for row in rows if name_key("user", str(row.get("emailAddress") or "")) == wanted]
        exact.sort(key=lambda row: (account_kind(row) != "agent", str(row["accountId"])))
        return exact[0] if exact else None


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
