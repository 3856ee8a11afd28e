"""Intercom as a desk to write: operations as requests, one by one, and what became of those whose answer was lost."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from ticketferry import sdk
from ticketferry.sdk import Kind, Operation, RejectedError
from ticketferry.sdk.asked_once import AskedOnce
from ticketferry.sdk.few_tags import plain, words
from ticketferry.sdk.outcomes import body_of
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem
from ticketferry.sdk.rest.target import RestTarget, WriteStep
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry.sdk.thread_notes import written_by
from ticketferry_intercom import checks, undo
from ticketferry_intercom.client import Filters, Row, listing, search
from ticketferry_intercom.compile_case import compile_case, expected_case
from ticketferry_intercom.compile_root import compile_root, expected_root
from ticketferry_intercom.endpoints import ENDPOINTS
from ticketferry_intercom.inspecting import items
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.own import read_case, read_root
from ticketferry_intercom.source import IntercomSource
from ticketferry_intercom.wire import is_teammate

__all__ = ["IntercomTarget"]

_NO_ASKER = "Name a contact that stands for teammates who ask, by its id, in the option `stand_in`."
_BOT = "Pause them all (INTERCOM-GUARD-WORKFLOWS), wait two minutes, then run the same command again: it goes on."
_JUST = 120.0
"""Seconds in which a bot's words are an answer to ours; what the old desk's bots said is written by teammates."""
_PARTS = "conversation_parts.conversation_parts"
_Last = Mapping[str, str]


class IntercomTarget(RestTarget, IntercomSource):
    """A workspace that is written. `read` gives people, companies, and the conversations that bear our mark."""

    endpoints = ENDPOINTS
    code = "INTERCOM"

    def __init__(self, options: IntercomOptions, session: sdk.Session) -> None:
        super().__init__(options, session)
        self._tags: dict[str, str] = {}
        says = WriteStep(self._speak, self._new_part, self._said)
        begun = WriteStep(self._begin, lambda _, answer: answer.get("conversation_id"), self._begun)
        noted = WriteStep(self._note, lambda _, answer: answer.get("id"), self._noted)
        tagged, by_me = WriteStep(self._tagged), WriteStep(self._by_me)
        self.steps = {
            **dict.fromkeys(("comment.reply", "comment.note", "conversation.mark"), says),
            **dict.fromkeys(("conversation.tag", "conversation.untag"), tagged),
            **dict.fromkeys(("conversation.assign", "conversation.state"), by_me),
            "company.create": WriteStep(self._new_company, found=lambda one, _: self._company(one)),
            "contact.create": WriteStep(found=lambda one, _: self._contact_of(one)),
            "contact.note": noted,
            "conversation.create": begun,
            "conversation.participant": WriteStep(self._participant),
        }

    def check(self) -> Sequence[sdk.Finding]:
        """Read rights, and ask for the attributes that are filled."""
        return [*super().check(), *checks.writing(self.client, self.options)]

    def inspect(self, planned: PlannedWrites | None) -> Iterable[PreflightItem]:
        """Judge seats; name what no API shows."""
        return items(self.client, planned)

    def streams(self) -> Sequence[str]:
        """Return the streams: what we write are conversations."""
        return [name for name in super().streams() if name != "tickets"]

    def filters(self, what: str) -> Filters:
        """Narrow the search to what bears a mark of ours."""
        mark = f"custom_attributes.{self.options.mark_attribute}", "^", self.session.mark("")
        return [mark] if what == "conversations" else ()

    def translate(self, wire: sdk.Wire, catalog: sdk.Catalog) -> sdk.Translated:
        """Turn a wire into neutral records; ours as they were written. Pure."""
        done = super().translate(wire, catalog)
        if wire.gone or not done.records:
            return done
        if wire.ref.kind is not Kind.TICKET:
            return read_root(wire, done, self.session)
        return read_case(wire, done, self.session.workspace, self.options.stand_in)

    def expected(self, desired: sdk.Record, catalog: sdk.Catalog, way: str = "rest") -> sdk.Expected:  # noqa: ARG002 -- there is one way
        """Say what reading gives where a record was written. Pure."""
        if sdk.parse_ref(desired["ref"]).kind is Kind.TICKET:
            return expected_case(desired, catalog, self.session, self.options)
        return expected_root(desired, catalog, self.session)

    def compile(self, change: sdk.Change, catalog: sdk.Catalog) -> sdk.Compiled:
        """Turn a change into operations. Pure."""
        if change.desired is not None and sdk.parse_ref(change.desired["ref"]).kind is Kind.TICKET:
            return compile_case(change, catalog, self.session, self.options)
        return compile_root(change, catalog, self.session)

    def undo(
        self, done: Sequence[tuple[Operation, sdk.WriteResult]], before: sdk.Record | None
    ) -> sdk.Compiled:
        """Return the inverse operations of a lane. Pure."""
        return undo.undo(done, before)

    @AskedOnce
    def _me(self) -> str:
        """Id of the teammate of the token: who does what nobody else has to have done."""
        return str(self.client.get("/me", endpoint="check.me")["id"])

    def _by_me(self, operation: Operation) -> Operation:
        return replace(operation, body={"admin_id": self._me, **body_of(operation)})

    def _note(self, operation: Operation) -> Operation:
        return replace(operation, body={"admin_id": self._me, "body": _text(operation)})

    def _new_company(self, operation: Operation) -> Operation:
        """Refuse an id that is taken: the desk would change the company that bears it. One of ours may be there."""
        id_ = str(body_of(operation)["company_id"])
        if id_ != self.session.mark(operation.subject.id) and self._company(operation):
            told = f"a company with the id {id_!r} is there"
            raise RejectedError(told, remedy="Match it, then plan again.", status=409)
        return operation

    def _begin(self, operation: Operation) -> Operation:
        body = body_of(operation)
        asks: sdk.Template = {"type": "contact", "id": self._asks(str(body["from"]))}
        return replace(operation, body={**body, "from": asks})

    def _asks(self, id_: str) -> str:
        """Return the contact that a conversation starts from: a teammate cannot start one."""
        if is_teammate(id_) and not self.options.stand_in:
            told = "a conversation starts from a contact, and the requester is a teammate"
            raise RejectedError(told, remedy=_NO_ASKER)
        return self.options.stand_in if is_teammate(id_) else id_

    def _participant(self, operation: Operation) -> Operation | None:
        """Let a contact take part before it speaks; a teammate speaks without that, and nothing is sent."""
        contact = str(body_of(operation)["contact"])
        body: sdk.Template = {"admin_id": self._me, "customer": {"intercom_user_id": contact}}
        return None if is_teammate(contact) else replace(operation, body=body)

    def _speak(self, operation: Operation) -> Operation:
        """Notes are teammates': a customer's stands under the teammate of the token, and a line says whose it is; so does ours."""
        body, text, public = body_of(operation), _text(operation), operation.endpoint == "comment.reply"
        author = str(body.get("author") or self._me)
        if not public and not is_teammate(author):
            name = (self._show(f"/contacts/{author}", "contacts.show") or {}).get("name") or author
            author, text = self._me, f"{written_by(str(name))}{text}"
        message: Row = {"message_type": "comment" if public else "note"}
        if is_teammate(author):
            message |= {"type": "admin", "admin_id": author, "body": text, "skip_notifications": True}
        else:
            message |= {"type": "user", "intercom_user_id": author, "body": plain(text)}
        if "created_at" in body:
            message["created_at"] = body["created_at"]
        if body.get("files"):
            message["attachment_files"] = [self._file(blob) for blob in body["files"]]
        return replace(operation, body=message)

    def _file(self, blob: sdk.Blob) -> Row:
        data = b64encode(self.bytes_of(blob)).decode()
        return {"content_type": blob.media_type, "name": blob.name, "data": data}

    def _tagged(self, operation: Operation) -> Operation:
        """Name a tag by its id: names know no case."""
        name = str(body_of(operation)["name"]).casefold()
        if name not in self._tags:
            rows = self.client.rows(listing("/tags", "data", endpoint="tags"))
            self._tags.update({str(row["name"]).casefold(): str(row["id"]) for row in rows})
        if name not in self._tags:
            raise RejectedError(f"there is no tag {name!r}", remedy="Plan again: it is made then.")
        tag = self._tags[name]
        on: dict[str, sdk.Template] = {"id": tag} if operation.endpoint == "conversation.tag" else {}
        params = {**operation.params, "tag": tag}
        return replace(operation, params=params, body={**on, "admin_id": self._me})

    def _new_part(self, operation: Operation, answer: Row) -> str | None:
        """Return the part that was just made, the newest like it. A note that came out as anything else, and a bot, stop the run at once."""
        made, parts = _alike(operation, answer), objects_at(answer, _PARTS)
        where, now = operation.params["id"], self.session.clock.time() + self.client.clock.ahead
        kind = made[-1].get("part_type") if made else "note"
        if body_of(operation)["message_type"] == "note" and kind not in ("note", "note_and_reopen"):
            told = f"an internal note came out as {kind!r} in conversation {where}"
            remedy = "Redact it in the inbox at once: customers may read it. Then report this."
            raise sdk.FatalError(told, remedy=remedy)
        spoken = [row for row in parts if row.get("body") and object_at(row, "author").get("type") == "bot"]
        if any((row.get("created_at") or 0) > now - _JUST for row in spoken):
            raise sdk.FatalError(f"a bot answered in conversation {where}: workflows or Fin run", remedy=_BOT)
        return str(made[-1]["id"]) if made else None

    def _company(self, operation: Operation) -> list[str]:
        """Look a company up by the id of its maker: the answer is the company, or a list of it."""
        company_id = str(body_of(operation)["company_id"])
        asked = {"company_id": company_id}
        found = self.client.show("/companies", asked, endpoint="companies.by_id") or {}
        rows = found["data"] if isinstance(found.get("data"), list) else [found]
        return [str(row["id"]) for row in rows if row.get("company_id") == company_id][:1]

    def _contact_of(self, operation: Operation) -> list[str]:
        id_ = quote(str(body_of(operation)["external_id"]), safe="")
        row = self._show(f"/contacts/find_by_external_id/{id_}", "contacts.by_id")
        return [str(row["id"])] if row else []

    def _noted(self, operation: Operation, _: _Last) -> list[str]:
        path, text = f"/contacts/{operation.params['id']}/notes", words(_text(operation))
        rows = self.client.rows(listing(path, "data", endpoint="contacts.notes"))
        return [str(row["id"]) for row in rows if words(str(row.get("body"))) == text]

    def _said(self, operation: Operation, _: _Last) -> list[str]:
        nth = int(str(operation.params.get("nth", 0)))
        talk = self._show(f"/conversations/{operation.params['id']}", "conversations.show")
        return [str(part["id"]) for part in _alike(self._speak(operation), talk)[nth : nth + 1]]

    def _begun(self, operation: Operation, last: _Last) -> list[str]:
        """Return the conversations that may be the one of an operation, by its mark, or by who said what in which second: a mark of
        another record rules one out.
        """
        body, attribute = body_of(operation), self.options.mark_attribute
        mark, found = self.session.mark(operation.lane.id), set(last.values())
        queries: list[Filters] = [[(f"custom_attributes.{attribute}", "=", mark)]]
        if "created_at" in body:
            asks = self._asks(str(body["from"]))
            queries.append([("contact_ids", "=", asks), ("created_at", "=", body["created_at"])])
        for query in queries:
            listed = search("conversations", query, endpoint="conversations.find", size=20)
            found |= {str(row["id"]) for row in self.client.rows(listed)}
        rows = [self._show(f"/conversations/{id_}", "conversations.show") for id_ in sorted(found)]
        text, free = " ".join(str(body["body"]).split()), (None, "", mark)
        return [
            str(row["id"])
            for row in rows
            if row is not None
            and object_at(row, "custom_attributes").get(attribute) in free
            and row.get("created_at") == body.get("created_at", row.get("created_at"))
            and words(str(object_at(row, "source").get("body"))) == text
        ]


def _text(operation: Operation) -> str:
    """Return what a message says; a note of ours, what it is about and its mark."""
    body = body_of(operation)
    if "mark" not in body:
        return str(body["body"])
    return f"<p><b>ticketferry: moved from {body['about']}</b></p><p>{body['mark']}</p>"


def _alike(operation: Operation, conversation: Row | None) -> list[Row]:
    """Return the parts that may be what an operation said, as it was sent, in their order: of its author, its second and its words."""
    body, parts = body_of(operation), objects_at(conversation, _PARTS)
    author, text = str(body.get("admin_id") or body.get("intercom_user_id")), str(body["body"])
    said = words(text) if "admin_id" in body else " ".join(text.split())
    return [
        row
        for row in sorted(parts, key=lambda row: int(row["id"]))
        if str(object_at(row, "author").get("id")) == author
        and row.get("created_at") == body.get("created_at", row.get("created_at"))
        and words(str(row.get("body") or "")) == said
    ]
