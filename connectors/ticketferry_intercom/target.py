"""Intercom as a desk to write: operations as requests, one by one, and what became of those whose answer was lost."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

from ticketferry import sdk
from ticketferry.sdk.few_tags import plain, words
from ticketferry.sdk.rest.writer import Preparing, RestWriter
from ticketferry_intercom import checks
from ticketferry_intercom.client import Filters, Row, listing, search
from ticketferry_intercom.compile_case import compile_case, expected_case
from ticketferry_intercom.compile_root import compile_root, expected_root
from ticketferry_intercom.endpoints import ENDPOINTS
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.own import read_case, read_root
from ticketferry_intercom.source import IntercomSource
from ticketferry_intercom.undo import undo
from ticketferry_intercom.wire import some

__all__ = ["IntercomTarget"]

_SPEECH = ("comment.reply", "comment.note", "conversation.mark")


class IntercomTarget(IntercomSource):
    """A workspace that is written. `read` gives people, companies, and the conversations that bear our mark."""

    def __init__(self, options: IntercomOptions, session: sdk.Session) -> None:
        super().__init__(options, session)
        self._tags: dict[str, str] = {}

    # ---- reading

    def check(self) -> Sequence[sdk.Finding]:
        """Read rights, and ask for the attributes that are filled."""
        return [*super().check(), *checks.writing(self.client, self.options)]

    def streams(self) -> Sequence[str]:
        """Return the streams: what we write are conversations."""
        return [name for name in super().streams() if name != "tickets"]

    def filters(self, what: str) -> Filters:
        """Narrow the search to what bears a mark of ours."""
        return (
            [(f"custom_attributes.{self.options.mark_attribute}", "^", self.session.mark(""))] if what == "conversations" else ()
        )  # fmt: skip

    def count(self, stream: str) -> int | None:  # noqa: ARG002 -- a target is not counted
        """Return None: what is counted is a source."""
        return None

    def translate(self, wire: sdk.Wire, catalog: sdk.Catalog) -> sdk.Translated:
        """Turn a wire into neutral records; ours as they were written. Pure."""
        done = super().translate(wire, catalog)
        if wire.gone or not done.records:
            return done
        if wire.ref.kind is not sdk.Kind.TICKET:
            return read_root(wire, done, self.session)
        return read_case(wire, done, self.session.workspace, self.options.stand_in)

    # ---- planning

    @property
    def endpoints(self) -> Sequence[sdk.Endpoint]:
        """Every write that exists."""
        return ENDPOINTS

    def expected(self, desired: sdk.Record, catalog: sdk.Catalog, way: str = "rest") -> sdk.Expected:  # noqa: ARG002 -- there is one way
        """Say what reading gives where a record was written. Pure."""
        if sdk.parse_ref(desired["ref"]).kind is sdk.Kind.TICKET:
            return expected_case(desired, catalog, self.session, self.options)
        return expected_root(desired, catalog, self.session)

    def compile(self, change: sdk.Change, catalog: sdk.Catalog) -> sdk.Compiled:
        """Turn a change into operations. Pure."""
        if change.desired is not None and sdk.parse_ref(change.desired["ref"]).kind is sdk.Kind.TICKET:
            return compile_case(change, catalog, self.session, self.options)
        return compile_root(change, catalog, self.session)

    def undo(self, done: Sequence[tuple[sdk.Operation, sdk.WriteResult]], before: sdk.Record | None) -> sdk.Compiled:  # fmt: skip
        """Return the inverse operations of a lane. Pure."""
        return undo(done, before)

    def poll(self, job: sdk.Job) -> Sequence[sdk.WriteResult] | None:
        """Raise UnsupportedError: nothing works by jobs."""
        raise sdk.UnsupportedError(f"there is no job {job.id}: writes are answered at once")

    # ---- writing

    def write(self, endpoint: sdk.Endpoint, batch: Sequence[sdk.Operation]) -> Sequence[sdk.WriteResult] | sdk.Job:  # fmt: skip
        """Send operations one by one; what is refused is rejected by itself."""
        del endpoint  # each operation names it
        return self._writer.write(batch)

    @cached_property
    def _writer(self) -> RestWriter:
        prepare: Mapping[str, Preparing] = {
            "company.create": self._new_company, "contact.note": self._note, "conversation.create": self._begin,
            "conversation.participant": self._participant, "comment.reply": self._speak, "comment.note": self._speak,
            "conversation.mark": self._speak, "conversation.tag": self._tagged, "conversation.untag": self._tagged,
            "conversation.assign": self._by_me, "conversation.state": self._by_me,
        }  # fmt: skip
        speech = dict.fromkeys(_SPEECH, self._new_part)
        return RestWriter(
            lambda: self.client, ENDPOINTS, "INTERCOM-REFUSED", prepare,
            {**speech, "conversation.create": lambda _, answer: answer.get("conversation_id"), "contact.note": lambda _, answer: answer.get("id")},
        )  # fmt: skip

    def prepared(self, operation: sdk.Operation) -> sdk.Operation | None:
        """Return a resolved operation as it is sent: whether a contact or a teammate speaks is known only when the account is."""
        return self._writer.prepared(operation)

    @cached_property
    def _me(self) -> str:
        """Id of the teammate of the token: who does what nobody else has to have done."""
        return str(self.client.get("/me", endpoint="check.me")["id"])

    def _by_me(self, operation: sdk.Operation) -> sdk.Operation:
        return replace(operation, body={"admin_id": self._me, **_body(operation)})

    def _note(self, operation: sdk.Operation) -> sdk.Operation:
        return replace(operation, body={"admin_id": self._me, "body": _mark_html(operation)})

    def _new_company(self, operation: sdk.Operation) -> sdk.Operation:
        """Refuse an id that is taken: the desk would change the company that bears it. One of ours may be there."""
        id_ = str(_body(operation)["company_id"])
        if id_ != self.session.mark(operation.subject.id) and self._company(id_) is not None:
            raise sdk.RejectedError(f"a company with the id {id_!r} is there", remedy="Match it, then plan again.", status=409)  # fmt: skip
        return operation

    def _company(self, company_id: str) -> Row | None:
        """Look a company up by the id of its maker: the answer is the company, or a list of it."""
        try:
            found = self.client.get("/companies", {"company_id": company_id}, endpoint="companies.by_id")
        except sdk.RejectedError as error:
            if error.status == 404:
                return None
            raise
        rows = found["data"] if isinstance(found.get("data"), list) else [found]
        return next((row for row in rows if row.get("company_id") == company_id), None)

    def _begin(self, operation: sdk.Operation) -> sdk.Operation:
        body = _body(operation)
        return replace(operation, body={**body, "from": {"type": "contact", "id": self._asks(str(body["from"]))}})  # fmt: skip

    def _asks(self, id_: str) -> str:
        """Return the contact that a conversation starts from: a teammate cannot start one."""
        if _is_teammate(id_) and not self.options.stand_in:
            remedy = "Name a contact that stands for teammates who ask, by its id, in the option `stand_in`."
            raise sdk.RejectedError("a conversation starts from a contact, and the requester is a teammate", remedy=remedy)  # fmt: skip
        return self.options.stand_in if _is_teammate(id_) else id_

    def _participant(self, operation: sdk.Operation) -> sdk.Operation | None:
        """Let a contact take part before it speaks; a teammate speaks without that, and nothing is sent."""
        contact = str(_body(operation)["contact"])
        body: sdk.Template = {"admin_id": self._me, "customer": {"intercom_user_id": contact}}
        return None if _is_teammate(contact) else replace(operation, body=body)

    def _speak(self, operation: sdk.Operation) -> sdk.Operation:
        body, author, text = _body(operation), self._author(operation), self._text(operation)
        kind = "comment" if operation.endpoint == "comment.reply" else "note"
        message: Row = {
            "message_type": kind, "type": "admin", "admin_id": author, "body": text, "skip_notifications": True,
        }  # fmt: skip
        if not _is_teammate(author):
            message = {"message_type": kind, "type": "user", "intercom_user_id": author, "body": plain(text)}
        message |= {"created_at": body["created_at"]} if "created_at" in body else {}
        if body.get("files"):
            message["attachment_files"] = [self._file(blob) for blob in body["files"]]
        return replace(operation, body=message)

    def _author(self, operation: sdk.Operation) -> str:
        """Return who speaks. Notes are teammates': a customer's stands under the teammate of the token, and so does ours."""
        author = str(_body(operation).get("author") or self._me)
        return author if operation.endpoint == "comment.reply" or _is_teammate(author) else self._me

    @staticmethod
    def _text(operation: sdk.Operation) -> str:
        return (_mark_html(operation) if operation.endpoint == "conversation.mark" else str(_body(operation)["body"]))  # fmt: skip

    def _file(self, blob: sdk.Blob) -> Row:
        try:
            with self.session.blobs.open(blob.sha256) as stream:
                return {"content_type": blob.media_type, "name": blob.name, "data": b64encode(stream.read()).decode()}  # fmt: skip
        except FileNotFoundError as error:
            raise sdk.RejectedError(
                f"the workspace does not hold the bytes of {blob.name!r}", remedy="Extract again."
            ) from error

    def _tagged(self, operation: sdk.Operation) -> sdk.Operation:
        """Name a tag by its id: names know no case."""
        name = str(_body(operation)["name"]).casefold()
        if name not in self._tags:
            rows = self.client.rows(listing("/tags", "data", endpoint="tags"))
            self._tags.update({str(row["name"]).casefold(): str(row["id"]) for row in rows})
        if name not in self._tags:
            raise sdk.RejectedError(f"there is no tag {name!r}", remedy="Plan again: it is made then.")
        on: dict[str, sdk.Template] = ({"id": self._tags[name]} if operation.endpoint == "conversation.tag" else {})  # fmt: skip
        return replace(operation, params={**operation.params, "tag": self._tags[name]}, body={**on, "admin_id": self._me})  # fmt: skip

    def _new_part(self, operation: sdk.Operation, answer: Row) -> str | None:
        """Return the part that was just made: the newest like it. A note that came out as anything else stops the run at once."""
        made = _alike(operation, answer)
        if (
            made
            and _body(operation)["message_type"] == "note"
            and made[-1].get("part_type") not in ("note", "note_and_reopen")
        ):
            told = f"an internal note came out as {made[-1].get('part_type')!r} in conversation {operation.params['id']}"
            raise sdk.FatalError(told, remedy="Redact it in the inbox at once: customers may read it. Then report this.")  # fmt: skip
        return str(made[-1]["id"]) if made else None

    # ---- looking up

    def find(self, operations: Sequence[sdk.Operation], last: Mapping[str, str]) -> Sequence[sdk.WriteResult]:
        """Tell which operations were done: people and companies by their ids, messages in their conversation, a conversation by its
        mark, or by who said what in which second. Searches lag, so absence counts after a while only (`Limits.settle_seconds`).
        """
        return [self._find(operation, last) for operation in operations]

    def _find(self, operation: sdk.Operation, last: Mapping[str, str]) -> sdk.WriteResult:
        body, id_ = _body(operation), str(operation.params.get("id", ""))
        row: Row | None
        match operation.endpoint:
            case "company.create":
                row = self._company(str(body["company_id"]))
                ids = [str(row["id"])] if row else []
            case "contact.create":
                row = self.client.one(
                    f"/contacts/find_by_external_id/{quote(str(body['external_id']), safe='')}", endpoint="contacts.by_id",
                )  # fmt: skip
                ids = [str(row["id"])] if row else []
            case "contact.note":
                rows = self.client.rows(listing(f"/contacts/{id_}/notes", "data", endpoint="contacts.notes"))
                ids = [str(row["id"]) for row in rows if words(str(row.get("body"))) == words(_mark_html(operation))]  # fmt: skip
            case "conversation.create":
                ids = self._begun(operation, last)
            case _:
                sent, nth = self._speak(operation), int(str(operation.params.get("nth", 0)))
                made = _alike(sent, self.client.one(f"/conversations/{id_}", endpoint="conversations.show"))
                ids = [str(part["id"]) for part in made[nth : nth + 1]]
        if not ids:
            return sdk.WriteResult(operation.key, "absent")
        told = f"{', '.join(ids)} all look like {operation.subject}"
        twice = sdk.Finding(
            "INTERCOM-TWICE", sdk.Severity.DOUBT, operation.subject, operation.key, told,
            "Look at them, and take out what is too much.",
        )  # fmt: skip
        return sdk.WriteResult(operation.key, "done", {_slot(operation): ids[0]}, error=twice if len(ids) > 1 else None)  # fmt: skip

    def _begun(self, operation: sdk.Operation, last: Mapping[str, str]) -> list[str]:
        """Return the conversations that may be the one of an operation: a mark of another record rules one out."""
        body, mark, attribute = (_body(operation), self.session.mark(operation.lane.id), self.options.mark_attribute)  # fmt: skip
        queries: list[Filters] = [[(f"custom_attributes.{attribute}", "=", mark)]]
        if "created_at" in body:
            queries.append([("contact_ids", "=", self._asks(str(body["from"]))), ("created_at", "=", body["created_at"])])  # fmt: skip
        found = {
            str(row["id"])
            for query in queries
            for row in self.client.rows(
                search("conversations", query, endpoint="conversations.find", size=20)
            )
        }
        rows = [
            self.client.one(f"/conversations/{id_}", endpoint="conversations.show")
            for id_ in sorted(found | set(last.values()))
        ]
        return [
            str(row["id"])
            for row in rows
            if row is not None and some(row.get("custom_attributes")).get(attribute) in (None, "", mark)
            and row.get("created_at") == body.get("created_at", row.get("created_at"))
            and words(str(some(row.get("source")).get("body"))) == " ".join(str(body["body"]).split())
        ]  # fmt: skip


def _body(operation: sdk.Operation) -> dict[str, Any]:
    return cast("dict[str, Any]", operation.body)


def _alike(operation: sdk.Operation, conversation: Row | None) -> list[Row]:
    """Return the parts that may be what an operation said, as it was sent, in their order: of its author, its second and its words."""
    parts = some(some(conversation).get("conversation_parts")).get("conversation_parts") or ()
    body = _body(operation)
    author, text = str(body.get("admin_id") or body.get("intercom_user_id")), str(body["body"])
    said = words(text) if "admin_id" in body else " ".join(text.split())
    return [
        row
        for row in sorted(parts, key=lambda row: int(row["id"]))
        if str(some(row.get("author")).get("id")) == author
        and row.get("created_at") == body.get("created_at", row.get("created_at"))
        and words(str(row.get("body") or "")) == said
    ]


def _slot(operation: sdk.Operation) -> str:
    return {"contact.note": "note", "conversation.mark": "mark"}.get(operation.endpoint, "id")


def _mark_html(operation: sdk.Operation) -> str:
    body = _body(operation)
    return f"<p><b>ticketferry: moved from {body['about']}</b></p><p>{body['mark']}</p>"


def _is_teammate(id_: str) -> bool:
    """Tell a teammate's number from a contact's 24 hexadecimal digits [OAS]."""
    return id_.isdecimal() and len(id_) < 24
