"""Writes: one operation, or a batch as a job, as one request; its answer as results; one bad record never raises."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, cast

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
    UnknownOutcomeError,
    WriteResult,
    one_by_one,
)
from ticketferry.sdk.outcomes import rejected
from ticketferry.sdk.rest.client import Parsed
from ticketferry_zendesk.client import ZendeskClient, warning_of
from ticketferry_zendesk.definitions import DEFINED, gives_of_definition
from ticketferry_zendesk.jobs import JobRunner, warned
from ticketferry_zendesk.name_keys import name_key
from ticketferry_zendesk.notes import bears_mark
from ticketferry_zendesk.pace import user_pace
from ticketferry_zendesk.sightings import SIGHTED, Sightings
from ticketferry_zendesk.wire import Row, moment

__all__ = ["ZendeskSender", "refused"]

_LIFE = timedelta(minutes=60)
"""How long an upload's token holds where the answer does not say [DOC uploads]."""
_IMPORTS = frozenset({"ticket.import", "ticket.import_closed", "ticket.import_archived"})
_LISTED = {
    "organization.create": ("organization", "organizations"),
    "user.create_many": ("user", "users"),
    "membership.create": ("membership", "organization_memberships"),
}
_TAKEN = "Extract the target again and plan anew: the plan matches it or says what to decide (`ticketferry people`)."
_NO_BULK = "Zendesk makes no users in bulk for this account: its support enables that on request"
_NO_BULK_REMEDY = (
    "Ask for it, or take `bulk_users` out of migration.yaml and plan anew: one user a second is made then."
)
_ELSEWHERE = "already being used by another user"


def _elsewhere(operation: Operation) -> WriteResult:
    """Go on without an address that another account has: people who were merged in the source may be two in Zendesk still."""
    identity = cast("dict[str, Any]", operation.body)["identity"]
    finding = Finding(
        "ZD-TAKEN", Severity.DOUBT, operation.subject, operation.endpoint,
        f"{identity['value']} belongs to another account and is not added", "Merge the two accounts in Zendesk, if they are one person.",
    )  # fmt: skip
    return WriteResult(operation.key, "done", {"existed": "yes"}, error=finding)


def _named(row: Row) -> str:
    """Return what an account that is in the way is known by."""
    known = (("email", ""), ("name", ""), ("external_id", "external id "))
    return ", ".join(f"{word}{row[key]}" for key, word in known if row.get(key))


refused = partial(rejected, code="ZD-REFUSED")
"""Return a rejection."""


def _in_the_way(operation: Operation, other: Row) -> WriteResult:
    name = cast("dict[str, Any]", operation.body)["user"].get("name")
    return refused(
        operation, f"an account {_named(other)} is there already (number {other.get('id')}): {name!r} is not made",
        remedy=_TAKEN, code="ZD-TAKEN",
    )  # fmt: skip


class ZendeskSender:
    """Sends resolved operations."""

    def __init__(self, client: ZendeskClient, session: Session) -> None:
        self.client = client
        self.session = session
        self.jobs = JobRunner(client, session)
        self.sightings = Sightings(client, client.clock)
        self._pace = user_pace(session.clock)

    def send(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Send a batch of one endpoint."""
        if endpoint.job:
            return self._job(endpoint, batch)
        return one_by_one(batch, lambda operation: self._one(endpoint, operation))

    # ---- jobs

    def _job(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        fit = batch
        early: dict[str, WriteResult] = {}
        if endpoint.name == "organization.create":
            early = self._taken(batch)
            fit = [operation for operation in batch if operation.key not in early]
        if not fit:
            return [early[operation.key] for operation in batch]
        if early:
            # A batch is answered as one: the names that are taken are told, the others are sent by themselves.
            rest = self._alone(endpoint, fit)
            return [early.get(operation.key) or rest[operation.key] for operation in batch]
        noun, names, request = self._request(endpoint, batch)
        try:
            return self.jobs.send(noun, batch, names, request)
        except RejectedError as error:
            if endpoint.name == "user.create_many" and error.status == 403:
                return [refused(operation, _NO_BULK, remedy=_NO_BULK_REMEDY) for operation in batch]
            if len(batch) == 1:
                return [refused(batch[0], error.message, remedy=error.remedy)]
            # The request as a whole was refused and nothing was done: each record answers for itself.
            rest = self._alone(endpoint, batch)
            return [rest[operation.key] for operation in batch]

    def _alone(self, endpoint: Endpoint, batch: Sequence[Operation]) -> dict[str, WriteResult]:
        def send(operation: Operation) -> WriteResult:
            answer = self._job(endpoint, [operation])
            while isinstance(answer, Job):
                try:
                    results = self.jobs.poll(answer)
                except (RetryableError, RejectedError) as error:
                    # The job goes on although nobody can ask for it.
                    raise UnknownOutcomeError(error.message, where=error.where, status=200) from error
                if results is not None:
                    answer = results
                else:
                    self.session.clock.sleep(1.0)
            return answer[0]

        return {result.key: result for result in one_by_one(batch, send)}

    def _request(
        self, endpoint: Endpoint, batch: Sequence[Operation]
    ) -> tuple[str, list[str], Callable[[], Parsed]]:
        bodies = [cast("dict[str, Any]", operation.body) for operation in batch]
        params: dict[str, str | int] = {}
        json: Any = None
        if endpoint.name in _IMPORTS:
            noun, names, json = "ticket", [str(body["external_id"]) for body in bodies], {"tickets": bodies}
            if endpoint.name == "ticket.import_archived":
                params["archive_immediately"] = "true"
        elif endpoint.name in _LISTED:
            noun, key = _LISTED[endpoint.name]
            names, json = [str(body.get("external_id") or "") for body in bodies], {key: bodies}
        elif endpoint.name == "ticket.update_closed":
            noun, names, json = "update", [str(body["id"]) for body in bodies], {"tickets": bodies}
        else:
            noun, names = "delete", [str(operation.params["id"]) for operation in batch]
            params["ids"] = ",".join(names)

        def request() -> Parsed:
            return self.client.write(
                endpoint.method,
                endpoint.path,
                endpoint=endpoint.name,
                group=endpoint.group,
                params=params,
                json=json,
            )

        return noun, names, request

    def _taken(self, batch: Sequence[Operation]) -> dict[str, WriteResult]:
        """Look organizations up by external id and name before they are made: no request of this kind updates one by its name."""
        found: dict[str, WriteResult] = {}
        for operation in batch:
            body = cast("dict[str, Any]", operation.body)
            name = str(body.get("name", ""))
            own = str(body.get("external_id", ""))
            rows = [
                *self._search({"external_id": own}),
                *(
                    row
                    for row in self._search({"name": name})
                    if name_key("organization", str(row.get("name") or "")) == name_key("organization", name)
                ),
            ]
            ours = next((row for row in rows if bears_mark(row, body)), None)
            if ours is not None:
                found[operation.key] = WriteResult(operation.key, "done", {"id": str(ours["id"])})
            elif rows:
                other = rows[0]
                found[operation.key] = refused(
                    operation, f"an organization {_named(other)} is there already (number {other['id']}): {name!r} is not made",
                    remedy=_TAKEN, code="ZD-TAKEN",
                )  # fmt: skip
        return found

    def _search(self, params: Mapping[str, str]) -> list[Row]:
        path, endpoint = "/organizations/search", "organizations.search"
        return self.client.objects(path, "organizations", params, endpoint=endpoint)

    # ---- one by one

    def _one(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        try:
            match endpoint.name:
                case "upload.add":
                    return self._upload(endpoint, operation)
                case "user.create":
                    return self._user(endpoint, operation)
                case "comment.add":
                    return self._comment(endpoint, operation)
                case "ticket.restore":
                    return self._restore(endpoint, operation)
            answer, response = self._send(endpoint, operation)
        except RejectedError as error:
            if error.status == 404 and endpoint.method == "DELETE":
                return WriteResult(operation.key, "done")
            if endpoint.name in SIGHTED and error.status in (409, 422):
                theirs = self.sightings.refusal(operation)
                if theirs is not None:
                    return WriteResult(operation.key, "rejected", error=theirs)
            if endpoint.name == "user.create" and error.status in (409, 422):
                # Somebody was quicker, or the search lagged behind.
                rows = self._like(cast("dict[str, Any]", operation.body)["user"])
                if rows:
                    return _in_the_way(operation, rows[0])
            if endpoint.name == "identity.add" and _ELSEWHERE in error.message:
                return _elsewhere(operation)
            return refused(operation, error.message, remedy=error.remedy)
        if endpoint.name == "field.add_option" and response.status_code == 200:
            # "if the ticket field option already exists in the database"; a new one is answered with 201 [OAS].
            return WriteResult(operation.key, "rejected", error=self.sightings.refusal(operation))
        result = WriteResult(operation.key, "done", self._gives(endpoint, operation, answer))
        return warned(result, warning_of(response))

    def _send(self, endpoint: Endpoint, operation: Operation) -> Parsed:
        path = endpoint.path.format_map({key: str(value) for key, value in operation.params.items()})
        if endpoint.name in ("user.update", "organization.update", "organization.domains"):
            self._pace.wait(str(operation.params["id"]))
        return self.client.write(
            endpoint.method, path, endpoint=endpoint.name, group=endpoint.group, json=operation.body
        )

    def _gives(self, endpoint: Endpoint, operation: Operation, answer: Any) -> dict[str, str]:
        if "id" not in endpoint.gives or not isinstance(answer, Mapping):
            return {}
        if endpoint.name in DEFINED:
            return gives_of_definition(endpoint.name, answer, operation)
        inner = answer.get(endpoint.name.partition(".")[0])
        return {"id": str(inner["id"])} if isinstance(inner, Mapping) and inner.get("id") else {}

    def _user(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Make a person. Whoever is there by address or external id is told before, and refused by the endpoint: the search lags behind.

        `create_or_update` would write over a stranger's account and give it to ours [OAS CreateOrUpdateUser].
        """
        body = cast("dict[str, Any]", operation.body)["user"]
        rows = self._like(body)
        ours = next((row for row in rows if bears_mark(row, body)), None)
        if ours is not None:
            return WriteResult(operation.key, "done", {"id": str(ours["id"])})
        if rows:
            return _in_the_way(operation, rows[0])
        answer, response = self.client.write(
            "POST", endpoint.path, endpoint=endpoint.name, group="user.create", json=operation.body
        )
        user = answer.get("user") if isinstance(answer, Mapping) else None
        if not isinstance(user, Mapping) or not user.get("id"):
            return WriteResult(operation.key, "unknown")
        result = WriteResult(operation.key, "done", {"id": str(user["id"])})
        return warned(result, warning_of(response))

    def _like(self, body: Mapping[str, Any]) -> list[Row]:
        """Return the accounts that the request would update: of the same external id, of the same address."""
        own, email = str(body.get("external_id") or ""), str(body.get("email") or "")
        rows = self._users("/users/show_many", {"external_ids": own}, "users.show_many") if own else []
        if email:
            rows += [
                row
                for row in self._users("/users/search", {"query": f'email:"{email}"'}, "users.search")
                if name_key("user", str(row.get("email") or "")) == name_key("user", email)
            ]
        return [row for row in rows if row.get("active") is not False]

    def _users(self, path: str, params: Mapping[str, str], endpoint: str) -> list[Row]:
        return self.client.objects(path, "users", params, endpoint=endpoint)

    def _upload(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        stream, kind = self._content(operation)
        with stream:
            answer, response = self.client.write(
                "POST",
                endpoint.path,
                endpoint=endpoint.name,
                group=endpoint.group,
                params={"filename": str(operation.params["filename"])},
                content=stream,
                headers={"Content-Type": kind},
            )
        upload = answer.get("upload") if isinstance(answer, Mapping) else None
        file = upload.get("attachment") if isinstance(upload, Mapping) else None
        if not isinstance(upload, Mapping) or not isinstance(file, Mapping):
            return WriteResult(operation.key, "unknown")
        gives = {
            "token": str(upload.get("token")),
            "id": str(file.get("id")),
            "url": str(file.get("content_url") or ""),
        }
        now = datetime.fromtimestamp(self.session.clock.time(), UTC)
        expires = moment(upload.get("expires_at")) or now + _LIFE
        result = WriteResult(operation.key, "done", gives, expires=expires)
        return warned(result, warning_of(response))

    def _content(self, operation: Operation) -> tuple[BinaryIO, str]:
        body = operation.body
        if isinstance(body, Blob):
            try:
                return self.session.blobs.open(body.sha256), body.media_type
            except FileNotFoundError as error:
                raise RejectedError(
                    f"the workspace does not hold the bytes of {body.name!r}",
                    where=operation.key,
                    remedy="Extract again.",
                ) from error
        text = cast("dict[str, Any]", body)
        return BytesIO(str(text["text"]).encode()), str(text["media_type"])

    def _comment(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        answer, response = self._send(endpoint, operation)
        audit = answer.get("audit") if isinstance(answer, Mapping) else None
        events = audit.get("events") if isinstance(audit, Mapping) else None
        made = next(
            (row for row in events or () if isinstance(row, Mapping) and row.get("type") == "Comment"), None
        )
        if made is None:
            return WriteResult(operation.key, "unknown")
        result = WriteResult(operation.key, "done", {"id": str(made["id"])})
        return warned(result, warning_of(response))

    def _restore(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        id_ = str(operation.params["id"])
        try:
            self._send(endpoint, operation)
        except RejectedError:
            # Restored already, by a request whose answer was lost.
            if not self._shows_ticket(id_):
                raise
        return WriteResult(operation.key, "done", {"id": id_})

    def _shows_ticket(self, id_: str) -> bool:
        try:
            row = self.client.get(f"/tickets/{id_}", endpoint="tickets.show").get("ticket")
        except (RejectedError, RetryableError):
            return False
        return isinstance(row, dict) and row.get("status") != "deleted"
