"""Looking up writes whose answer was lost: by our mark, or by what nobody else can have made; after all jobs have ended."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson

from ticketferry.sdk import Attempt, Operation, WriteResult
from ticketferry.sdk.outcomes import by_mark
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.jobs import JobRunner
from ticketferry_zendesk.notes import bears_mark
from ticketferry_zendesk.provenance import KEY, UPDATE
from ticketferry_zendesk.redaction import blackened
from ticketferry_zendesk.sightings import SIGHTED, Sightings, taken
from ticketferry_zendesk.wire import Row, moment

__all__ = ["ZendeskFinder"]

_MANY = 100


class ZendeskFinder:
    """Tells of operations whether they were done. A job that still works could do one after the question: it is waited for first."""

    def __init__(
        self,
        client: ZendeskClient,
        jobs: JobRunner,
        sightings: Sightings,
        attempts: Mapping[str, Attempt] | None = None,
    ) -> None:
        self._client = client
        self._jobs = jobs
        self._sightings = sightings
        self._attempts = attempts or {}

    def find(self, operations: Sequence[Operation]) -> Sequence[WriteResult]:
        """Return `done` with the slots, `absent`, or `rejected` for what is a stranger's; `unknown` while a job could still do it."""
        if not operations:
            return []
        settled = self._jobs.settle()
        found = self._find(operations)
        if settled:
            return found
        return [WriteResult(one.key, "unknown") if one.status == "absent" else one for one in found]

    def _find(self, operations: Sequence[Operation]) -> Sequence[WriteResult]:
        shown = {
            "user.create": ("/users/show_many", "users"),
            "user.create_many": ("/users/show_many", "users"),
            "organization.create": ("/organizations/show_many", "organizations"),
        }
        listed = shown.get(operations[0].endpoint)
        if listed is not None:
            return self._marked(operations, *listed)
        if operations[0].endpoint in SIGHTED:
            return [
                self._sightings.since(operation, self._attempts.get(operation.key))
                for operation in operations
            ]
        if operations[0].endpoint in ("membership.create", "identity.add"):
            return [self._link(operation) for operation in operations]
        if operations[0].endpoint == "ticket.update":
            return [self._update(operation) for operation in operations]
        if operations[0].endpoint == "comment.redact_closed":
            return [self._redaction(operation) for operation in operations]
        found = self._finders[operations[0].endpoint]
        return [by_mark(operation, found(operation), code="ZD-TWICE") for operation in operations]

    @property
    def _finders(self) -> Mapping[str, Callable[[Operation], list[str]]]:
        return {
            "ticket.import": self._tickets,
            "ticket.import_closed": self._tickets,
            "ticket.import_archived": self._tickets,
            "comment.add": self._comments,
        }

    def _link(self, operation: Operation) -> WriteResult:
        """Tell whose a membership or an address is that is there: the desk holds one of each, so that it is ours if it came since.

        What was there before is a stranger's, and would be taken away with ours.
        """
        rows = (self._memberships if operation.endpoint == "membership.create" else self._identities)(
            operation
        )
        if not rows:
            return WriteResult(operation.key, "absent")
        attempt = self._attempts.get(operation.key)
        made = moment(rows[0].get("created_at"))
        if attempt is None or self._client.clock.within(made, attempt, open_end=True):
            return by_mark(operation, [str(row["id"]) for row in rows], code="ZD-TWICE")
        word = operation.endpoint.partition(".")[0]
        error = taken(
            operation,
            f"a {word} is there since {rows[0].get('created_at')} (number {rows[0]['id']}), and the plan did not say so: nothing is bound to it",
        )
        return WriteResult(operation.key, "rejected", error=error)

    def _marked(self, operations: Sequence[Operation], path: str, key: str) -> list[WriteResult]:
        names = {operation.key: str(_body(operation).get("external_id", "")) for operation in operations}
        there: dict[str, list[Row]] = {}
        marks = list(names.values())
        for start in range(0, len(marks), _MANY):
            asked = {"external_ids": ",".join(marks[start : start + _MANY])}
            for row in self._client.objects(path, key, asked, endpoint=f"{key}.show_many"):
                there.setdefault(str(row.get("external_id") or "").casefold(), []).append(row)
        return [
            by_mark(
                operation,
                [
                    str(row["id"])
                    for row in there.get(names[operation.key].casefold(), [])
                    if bears_mark(row, _body(operation))
                ],
                code="ZD-TWICE",
            )
            for operation in operations
        ]

    def _tickets(self, operation: Operation) -> list[str]:
        """Ask for tickets by their external id, which is not unique; archived ones are in no list, only in the search."""
        mark = str(_body(operation)["external_id"])
        rows = list(
            self._client.every(
                "/tickets", "tickets", endpoint="tickets.by_external_id", params={"external_id": mark}
            )
        )
        if not rows and operation.endpoint == "ticket.import_archived":
            query: dict[str, str | int] = {"query": f'type:ticket external_id:"{mark}"'}
            rows = self._client.objects("/search", "results", query, endpoint="search")
        old = str(operation.params.get("replaces") or "")
        return [
            str(row["id"])
            for row in rows
            if row.get("external_id") == mark and row.get("status") != "deleted" and str(row["id"]) != old
        ]

    def _redaction(self, operation: Operation) -> WriteResult:
        """Look whether the words and files are gone: sent a second time, the text would no longer be the comment's."""
        body = cast("dict[str, Any]", operation.body)
        rows = self._client.every(
            f"/tickets/{body['ticket_id']}/comments", "comments", endpoint="tickets.comments", params={"include_inline_images": "true"}
        )  # fmt: skip
        comment = next((row for row in rows if str(row.get("id")) == str(operation.params["comment"])), {})
        files = {
            file.get("content_url") for file in comment.get("attachments") or () if isinstance(file, dict)
        }
        page = body.get("html_body")
        done = bool(comment) and not files & set(body.get("external_attachment_urls") or ())
        done = done and (page is None or comment.get("html_body") == blackened(page))
        return WriteResult(operation.key, "done" if done else "absent")

    def _audits(self, operation: Operation) -> Iterator[Row]:
        path = f"/tickets/{operation.params['id']}/audits"
        return self._client.every(path, "audits", endpoint="tickets.audits")

    def _update(self, operation: Operation) -> WriteResult:
        """Ask for the newest update of ours: one that was taken back since is to be done again."""
        wanted = _custom(_body(operation).get("metadata")).get(UPDATE)
        ours = [row for row in self._audits(operation) if UPDATE in _custom(row.get("metadata"))]
        newest = max(ours, key=lambda row: int(row["id"]), default={})
        done = wanted is not None and _custom(newest.get("metadata")).get(UPDATE) == wanted
        return WriteResult(operation.key, "done" if done else "absent")

    def _comments(self, operation: Operation) -> list[str]:
        wanted = _told_in(_body(operation).get("metadata"))
        return [
            str(event["id"])
            for audit in self._audits(operation)
            if wanted is not None and _told_in(audit.get("metadata")) == wanted
            for event in audit.get("events") or ()
            if isinstance(event, dict) and event.get("type") == "Comment"
        ]

    def _memberships(self, operation: Operation) -> list[Row]:
        body = _body(operation)
        path = f"/users/{body['user_id']}/organization_memberships"
        rows = self._client.every(path, "organization_memberships", endpoint="users.organization_memberships")
        return [row for row in rows if str(row.get("organization_id")) == str(body["organization_id"])]

    def _identities(self, operation: Operation) -> list[Row]:
        body = _body(operation)
        rows = self._client.every(
            f"/users/{operation.params['id']}/identities", "identities", endpoint="users.identities"
        )
        return [
            row
            for row in rows
            if row.get("type") == body["type"]
            and str(row.get("value")).casefold() == str(body["value"]).casefold()
        ]


def _body(operation: Operation) -> dict[str, Any]:
    """Return the object of a request: alone it stands under its kind, in a batch as it is."""
    body = cast("dict[str, Any]", operation.body)
    kind = {"comment": "ticket"}.get(noun := operation.endpoint.partition(".")[0], noun)
    return cast("dict[str, Any]", body.get(kind, body))


def _custom(metadata: object) -> Mapping[str, object]:
    custom = metadata.get("custom") if isinstance(metadata, Mapping) else None
    return custom if isinstance(custom, Mapping) else {}


def _told_in(metadata: object) -> tuple[str, object] | None:
    """Return ref and part of the comment that an audit's metadata names."""
    text = _custom(metadata).get(KEY)
    try:
        told = orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return None
    return (str(told["ref"]), told.get("part")) if isinstance(told, dict) and "ref" in told else None
