"""Conversations and tickets as neutral tickets with their messages, files and history. Pure."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from ticketferry.sdk import Catalog, Finding, Kind, Record, Severity, Translated, Wire, join_path, parse_ref
from ticketferry.sdk.body import Loss, from_html, from_text, to_text, write_html
from ticketferry.sdk.traced import TracedRecords
from ticketferry.sdk.values import from_unix
from ticketferry_intercom.client import Row
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate_people import times, translate_person, translate_row
from ticketferry_intercom.wire import TICKET, item_labels, nobody, some

__all__ = ["CONTACTS", "STAGES", "authors", "translate", "visible"]

CONTACTS = frozenset({"user", "lead", "contact"})
"""Types of authors who are customers: they write nothing that only agents read."""
STAGES = {
    "submitted": "new", "in_progress": "in_progress", "waiting_on_customer": "pending_customer", "resolved": "resolved",
}  # fmt: skip
"""Category of a ticket's state -> stage."""
_PUBLIC = frozenset({"comment", "quick_reply"})
_INTERNAL = frozenset({"note", "note_and_reopen"})
_CHANGED = {
    **dict.fromkeys(("assignment", "assign_and_reopen", "away_mode_assignment", "default_assignment", "assign_and_unsnooze"), "assignee"),
    **dict.fromkeys(("open", "close", "snoozed", "unsnoozed", "timer_unsnooze", "note_and_reopen"), "stage"),
}  # fmt: skip
"""Kind of part -> what it changed; other kinds are told by their own word: `part_type` is free text [OAS]."""
_OWN_HOSTS = (".intercomcdn.com", ".intercom-attachments-1.com", ".intercom-attachments.com")
_WHO = "who it is stands in the person's own record"
_KIND = "the kind of the record"
_TITLE, _DESCRIPTION = "_default_title_", "_default_description_"


def visible(part: Row, options: IntercomOptions) -> bool:
    """Tell whether customers read the text of a part: what they wrote, replies, and kinds that a person said are shown."""
    kind = str(part.get("part_type"))
    if str(some(part.get("author")).get("type")) in CONTACTS:
        return True
    return kind in _PUBLIC or (kind in options.visible and kind not in _INTERNAL)


def authors(body: Row) -> Iterator[Row]:
    """Yield whoever said or did something in a case, as it names them there."""
    rows = [body.get("source")]
    for name in ("conversation_parts", "ticket_parts"):
        rows += some(body.get(name)).get(name) or ()
    for row in rows:
        author = some(some(row).get("author"))
        if not nobody(author.get("id")):
            yield author


def translate(wire: Wire, catalog: Catalog, options: IntercomOptions) -> Translated:
    """Turn one wire record into neutral records."""
    if wire.gone or not isinstance(wire.body, dict):
        return Translated((), {})
    if wire.ref.kind is Kind.PERSON:
        return translate_person(wire, catalog)
    if wire.ref.kind is not Kind.TICKET:
        return translate_row(wire)
    return _Case(wire.body, str(wire.ref), options).translated()


class _Case(TracedRecords):
    """A conversation or a ticket."""

    def __init__(self, body: Row, ref: str, options: IntercomOptions) -> None:
        super().__init__(ref.split(":", 1)[0], {"ref": ref})
        self.body = body
        self.options = options
        self.is_ticket = body.get("type") == "ticket"
        self.letter = TICKET if self.is_ticket else ""
        self.numbered = "the number behind a letter" if self.is_ticket else ""
        self.case = self.record
        self.list = "ticket_parts" if self.is_ticket else "conversation_parts"
        self.parts: list[Row] = [some(row) for row in some(body.get(self.list)).get(self.list) or ()]
        self.losses: list[Loss] = []

    def translated(self) -> Translated:
        self._common()
        if self.is_ticket:
            self._as_ticket()
        else:
            self._as_conversation()
        for index, part in enumerate(self.parts):
            self._part(part, f"{self.list}.{self.list}[{index}]")
        total = some(self.body.get(self.list)).get("total_count")
        if isinstance(total, int) and total > len(self.parts):
            lacking = total - len(self.parts)
            self._lost(
                "INTERCOM-PARTS", f"{lacking} of {total} parts are older than the 500 that Intercom gives: read them there",
                lacking,
            )  # fmt: skip
        for loss in self.losses:
            self._lost(f"INTERCOM-{loss.code}", loss.message, loss.count)
        return self.done()

    def _lost(self, code: str, message: str, count: int) -> None:
        self.findings.append(Finding(code, Severity.LOSS, parse_ref(self.case["ref"]), self.list, message, "", count))  # fmt: skip

    # ---- the head

    def _common(self) -> None:
        body = self.body
        self.at("id", "ref", self.numbered)
        self.dropped(
            "the kind of a list", *(f"{name}.type" for name in ("contacts", "tags", "teammates", "linked_objects", self.list)),
        )  # fmt: skip
        self.dropped(_KIND, "type", "tags.tags[].type", "contacts.contacts[].type", "linked_objects.data[].type")  # fmt: skip
        self.dropped(
            "how long the list is", *(f"linked_objects.{key}" for key in ("total_count", "has_more")), f"{self.list}.total_count",
        )  # fmt: skip
        times(self, body)
        self.dropped("nobody took words away", *(f"{at}.redacted" for at in ("source", f"{self.list}.{self.list}[]")))  # fmt: skip
        refs = [self.ref(Kind.PERSON, row["id"]) for row in _rows(body, "contacts.contacts") if row.get("id")]
        self.put("requester", refs[:1] and refs[0], "contacts.contacts[0].id")
        self.put("ccs", refs[1:], "contacts.contacts[].id")
        self.dropped(_WHO, "contacts.contacts[].external_id")
        for key, name, kind in (("assignee", "admin", Kind.PERSON), ("group", "team", Kind.GROUP)):
            id_ = body.get(f"{name}_assignee_id")
            if not nobody(id_):
                self.put(key, self.ref(kind, id_), f"{name}_assignee_id")
            self.dropped("nobody", f"{name}_assignee_id")
        self.put(
            "tags", [str(row["name"]) for row in _rows(body, "tags.tags") if row.get("name")], "tags.tags[].name",
        )  # fmt: skip
        links = [
            {
                "type": "relates",
                "to": self.ref(Kind.TICKET, f"{TICKET if row.get('type') == 'ticket' else ''}{row['id']}"),
            }
            for row in _rows(body, "linked_objects.data")
            if row.get("id")
        ]
        self.put("links", links, "linked_objects.data[].id", "the other ticket")

    def _as_conversation(self) -> None:
        body, source = self.body, some(self.body.get("source"))
        self.put("number", str(body["id"]), "id")
        self.put("type", "conversation", "type")
        title, subject = _words(body.get("title")), _words(source.get("subject"))
        self.put("subject", title or subject, "title" if title else "source.subject", "its words without markup")  # fmt: skip
        state = str(body.get("state") or ("open" if body.get("open") else "closed"))
        self.put("status", state.capitalize(), "state", "the state's name")
        self.put("stage", self._stage(state), "open", "what the state and the last words mean")
        self.copy({"priority": "priority"}, body)
        self.copy({"type": "channel"}, source, "source.")
        if not nobody(some(body.get("company")).get("id")):
            self.put("organization", self.ref(Kind.ORGANIZATION, body["company"]["id"]), "company.id")
        if state == "closed":
            self.put("solved", from_unix(some(body.get("statistics")).get("last_close_at")), "statistics.last_close_at")  # fmt: skip
        self._rating(some(body.get("conversation_rating")))
        self.put("handled_by", self._handled_by(), "ai_agent_participated", "who answered: people, bots, or both")  # fmt: skip
        self.fields(body.get("custom_attributes"), "custom_attributes")
        if not nobody(some(source.get("author")).get("id")):
            self.put("submitter", self.ref(Kind.PERSON, source["author"]["id"]), "source.author.id")
        if source.get("body") or source.get("attachments"):
            self._message(f"{body['id']}-source", source, "source", public=True)
            self.record |= {"opening": True, "created": self.case.get("created")}

    def _rating(self, rating: Row) -> None:
        if isinstance(rating.get("rating"), int):
            told = {
                "score": str(rating["rating"]), "comment": rating.get("remark"), "created": from_unix(rating.get("created_at")),
            }  # fmt: skip
            self.record["satisfaction"] = told
            for name, key in (("rating", "score"), ("remark", "comment"), ("created_at", "created")):
                if told[key]:
                    self.at(f"conversation_rating.{name}", f"satisfaction.{key}")
            self.dropped(_WHO, "conversation_rating.contact")

    def _as_ticket(self) -> None:
        body, at = self.body, "ticket_attributes"
        number, ref = body.get("ticket_id"), self.case["ref"]
        self.put("number", f"#{number}" if number else "", "ticket_id", "the number as people read it")
        self.put("type", body.get("category"), "category")
        kind, state = some(body.get("ticket_type")), some(body.get("ticket_state"))
        self.put("form", kind.get("name"), "ticket_type.name")
        self.put("status", state.get("internal_label") or state.get("category"), "ticket_state.internal_label")  # fmt: skip
        stage = (STAGES.get(str(state.get("category")), "in_progress") if body.get("open") is not False else "closed")  # fmt: skip
        self.put(
            "stage", stage, "ticket_state.category", "the stage of the state; a ticket that is not open is closed",
        )  # fmt: skip
        self.dropped("it stands in the catalog, and a ticket repeats all of it", "ticket_type", "ticket_state")  # fmt: skip
        self.record["public"] = body.get("is_shared") is not False
        self.at("is_shared", "public")
        if not nobody(body.get("company_id")):
            self.put("organization", self.ref(Kind.ORGANIZATION, body["company_id"]), "company_id")
        values = some(body.get(at))
        self.put("subject", _words(values.get(_TITLE)), join_path(at, _TITLE), "its words without markup")
        self.fields({name: value for name, value in values.items() if name not in (_TITLE, _DESCRIPTION)}, at)
        for name, label in item_labels(kind, values).items():
            self.record["fields"][name] = label
            self.at(join_path(at, name), join_path("fields", name), "the label of the item that the id names")
        told = values.get(_DESCRIPTION)
        if isinstance(told, str):
            made = self._body(told, f"{self.letter}{body['id']}", {}, marked_up=_is_html(told))
            self.put("body", made, join_path(at, _DESCRIPTION), "the words that describe it")
        for number, value in enumerate(values.values()):
            rows = [some(row) for row in (value if isinstance(value, list) else [value])]
            self._files([row for row in rows if row.get("url")], f"{ref.rsplit(':', 1)[1]}-attribute{number}", "")  # fmt: skip

    def _stage(self, state: str) -> str:
        if state != "open":
            return "on_hold" if state == "snoozed" else "closed"
        spoken = [row for row in self.parts if row.get("body") and visible(row, self.options)]
        answers = [row for row in spoken if some(row.get("author")).get("type") == "admin"]
        if answers and spoken[-1] is answers[-1] and not self.body.get("waiting_since"):
            return "pending_customer"
        if answers:
            return "in_progress"
        return "new" if nobody(self.body.get("admin_assignee_id")) else "assigned"

    def _handled_by(self) -> str:
        said = [some(self.body.get("source")), *(row for row in self.parts if row.get("body"))]
        kinds = {str(some(row.get("author")).get("type")) for row in said}
        people = bool(kinds & {"admin", "team"})
        if self.body.get("ai_agent_participated") is True:
            return "hybrid" if people else "ai_agent"
        return "automation" if "bot" in kinds and not people else "human"

    # ---- messages and history

    def _part(self, part: Row, at: str) -> None:
        kind, id_ = str(part.get("part_type")), f"{self.letter}{part.get('id')}"
        spoken = kind in _PUBLIC or kind in _INTERNAL or bool(part.get("body") or part.get("attachments"))
        time = from_unix(part.get("created_at")) or self.case.get("created") or "1970-01-01T00:00:00Z"
        if spoken:
            self._message(id_, part, at, public=self.case.get("public") is not False and visible(part, self.options))  # fmt: skip
            self.record["created"] = time
            self.at(f"{at}.id", "ref", self.numbered)
            self.at(f"{at}.created_at", "created")
        self.dropped(_KIND, f"{at}.type")
        self.dropped("the state at that time, whose changes are steps of the history", f"{at}.state")
        self.dropped("when it was last touched", f"{at}.updated_at", f"{at}.notified_at")
        if kind in _PUBLIC or kind == "note":
            self.dropped("whether it is a reply or a note", f"{at}.part_type")
            return
        event = self.begin({"ref": self.ref(Kind.EVENT, id_), "ticket": self.case["ref"], "time": time, "type": kind})  # fmt: skip
        if spoken:
            event["comment"] = self.ref(Kind.COMMENT, id_)
        else:
            self.at(f"{at}.id", "ref", self.numbered)
            self.at(f"{at}.created_at", "time")
        self._author(part, at, "actor")
        self._change(part, at, kind)
        if event["type"] == kind:
            self.at(f"{at}.part_type", "type")
        else:
            self.at(f"{at}.part_type", "field", "what a part of this kind changes")

    def _change(self, part: Row, at: str, kind: str) -> None:
        """Say what a step of the history changed, where it tells."""
        event, field = self.record, _CHANGED.get(kind, "")
        to, changed = some(part.get("assigned_to")), some(part.get("updated_attribute_data"))
        label = some(changed.get("attribute")).get("label")
        if not nobody(to.get("id")):
            team = to.get("type") == "team"
            field = "group" if team else "assignee"
            self.put("after", self.ref(Kind.GROUP if team else Kind.PERSON, to["id"]), f"{at}.assigned_to.id")
            self.dropped(_KIND, f"{at}.assigned_to.type")
        elif field == "stage":
            self.put("after", part.get("state"), f"{at}.state")
        elif part.get("ticket_state"):
            field = "status"
            self.put("before", part.get("previous_ticket_state"), f"{at}.previous_ticket_state")
            self.put("after", part["ticket_state"], f"{at}.ticket_state")
        elif label:
            field = str(label)
            self.at(f"{at}.updated_attribute_data.attribute.label", "field")
            self.put("after", some(changed.get("value")).get("label"), f"{at}.updated_attribute_data.value.label")  # fmt: skip
        if field:
            event |= {"type": "changed", "field": field}

    def _author(self, row: Row, at: str, key: str) -> None:
        author = some(row.get("author"))
        if not nobody(author.get("id")):
            self.record[key] = self.ref(Kind.PERSON, author["id"])
            if f"{at}.author.id" not in self.trace:
                self.at(f"{at}.author.id", key)
        self.dropped(_WHO, *(f"{at}.author.{name}" for name in ("id", "name", "email", "type", "from_ai_agent")))  # fmt: skip
        if author.get("is_ai_answer") is not True:
            self.dropped("it is none of the AI agent's", f"{at}.author.is_ai_answer")

    def _message(self, id_: str, row: Row, at: str, *, public: bool) -> None:
        """Make the comment of a part or of the source, after its files: it is the record that goes on."""
        comment: Record = {"ref": self.ref(Kind.COMMENT, id_), "ticket": self.case["ref"], "public": public}
        images: dict[str, str] = {}
        text = row.get("body")
        made = self._body(text, id_, images) if isinstance(text, str) else None
        self._files(_rows(row, "attachments"), id_, comment["ref"], f"{at}.attachments")
        for url, ref in images.items():
            name = unquote(urlsplit(url).path.rsplit("/", 1)[-1]) or "image"
            self._file(ref.split(":", 2)[2], name, comment["ref"]).update({"url": url, "inline": True})
        self.begin(comment)
        self._author(row, at, "author")
        self.put("redacted", row.get("redacted") is True or None, f"{at}.redacted")
        self.put("body", made, f"{at}.body")
        self.dropped("a message without content", f"{at}.body")

    def _body(self, text: str, id_: str, images: dict[str, str], *, marked_up: bool = True) -> Record | None:
        def image(url: str) -> str | None:
            if self._is_ours(url):
                return images.setdefault(url, self.ref(Kind.ATTACHMENT, f"{id_}-image{len(images)}"))
            return None

        tree, losses = from_html(text, image=image) if marked_up else (from_text(text), [])
        self.losses += losses
        html = write_html(tree)
        return {"html": html, "format": "html" if marked_up else "text", "original": text} if html else None

    def _is_ours(self, url: str) -> bool:
        """Tell whether an image lies with the desk: who fetches another one of a mail is told to whoever sent it."""
        host = urlsplit(url).hostname or ""
        return host.endswith(_OWN_HOSTS) or host in (
            *self.options.file_hosts, urlsplit(self.options.base_url).hostname,
        )  # fmt: skip

    def _files(self, rows: list[Row], id_: str, comment: str, at: str = "") -> None:
        for index, row in enumerate(rows):
            self._file(f"{id_}-{index}", str(row.get("name") or f"file-{index + 1}"), comment)
            for name, key in (("name", "name"), ("url", "url"), ("content_type", "media_type"), ("filesize", "size")):  # fmt: skip
                if row.get(name):
                    self.record[key] = row[name]
                    if at:
                        self.at(f"{at}[{index}].{name}", key)
            self.dropped("the kind of a file", f"{at}[{index}].type")

    def _file(self, id_: str, name: str, comment: str) -> Record:
        record = {"ref": self.ref(Kind.ATTACHMENT, id_), "ticket": self.case["ref"], "name": name}
        return self.begin({**record, "comment": comment} if comment else record)


def _rows(body: Row, path: str) -> list[Row]:
    """Return the objects of a list at a dotted path."""
    value: Any = body
    for step in path.split("."):
        value = some(value).get(step)
    return [some(row) for row in value] if isinstance(value, list) else []


def _words(value: Any) -> str:
    """Return what a title says: it may hold markup [OAS]."""
    if not isinstance(value, str):
        return ""
    return " ".join((to_text(from_html(value)[0]) if _is_html(value) else value).split())


def _is_html(text: str) -> bool:
    return "</" in text or "<br" in text or "<p>" in text
