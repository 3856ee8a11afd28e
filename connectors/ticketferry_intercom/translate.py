"""Conversations and tickets as neutral tickets with their messages, files and history. Pure."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ticketferry.sdk import Catalog, Finding, Kind, Record, Severity, Translated, Wire, join_path, parse_ref
from ticketferry.sdk.few_tags import is_marked_up, one_line
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry.sdk.traced_texts import TracedTexts
from ticketferry.sdk.values import from_unix, nobody
from ticketferry_intercom.client import Row
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate_people import times, translate_person, translate_row
from ticketferry_intercom.wire import TICKET, item_labels

__all__ = ["CONTACTS", "STAGES", "authors", "translate", "visible"]

CONTACTS = frozenset({"user", "lead", "contact"})
"""Types of authors who are customers: they write nothing that only agents read."""
STAGES = {"submitted": "new", "waiting_on_customer": "pending_customer"}
STAGES |= {"in_progress": "in_progress", "resolved": "resolved"}
"""Category of a ticket's state -> stage."""
_PUBLIC = frozenset({"comment", "quick_reply"})
_INTERNAL = frozenset({"note", "note_and_reopen"})
_ASSIGNED = ("assignment", "away_mode_assignment", "default_assignment")
_BOTH = ("assign_and_reopen", "assign_and_unsnooze")
_STAGED = ("open", "close", "snoozed", "unsnoozed", "timer_unsnooze", "note_and_reopen")
_CHANGED = {**dict.fromkeys((*_ASSIGNED, *_BOTH), "assignee"), **dict.fromkeys(_STAGED, "stage")}
"""Kind of part -> what it changed; other kinds are told by their own word: `part_type` is free text [OAS]."""
_OWN_HOSTS = (".intercomcdn.com", ".intercom-attachments-1.com", ".intercom-attachments.com")
_WHO = "who it is stands in the person's own record"
_KIND = "the kind of the record"
_TITLE, _DESCRIPTION = "_default_title_", "_default_description_"
_FILE = {"name": "name", "url": "url", "content_type": "media_type", "filesize": "size"}
_RATING = {"rating": "score", "remark": "comment", "created_at": "created"}
_LISTS = ("contacts", "tags", "teammates", "linked_objects")
_KINDS = ("type", "tags.tags[].type", "contacts.contacts[].type", "linked_objects.data[].type")
_LENGTHS = ("linked_objects.total_count", "linked_objects.has_more")
_SIDES = (("assignee", Kind.PERSON, "admin_assignee_id"), ("group", Kind.GROUP, "team_assignee_id"))


def visible(part: Row, options: IntercomOptions) -> bool:
    """Tell whether customers read the text of a part: what they wrote, replies, and kinds that a person said are shown."""
    kind = str(part.get("part_type"))
    if str(object_at(part, "author").get("type")) in CONTACTS:
        return True
    return kind in _PUBLIC or (kind in options.visible and kind not in _INTERNAL)


def authors(body: Row) -> Iterator[Row]:
    """Yield whoever said or did something in a case, as it names them there."""
    parts = [
        row for name in ("conversation_parts", "ticket_parts") for row in objects_at(body, f"{name}.{name}")
    ]
    for row in [object_at(body, "source"), *parts]:
        author = object_at(row, "author")
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


class _Case(TracedTexts):
    """A conversation or a ticket."""

    def __init__(self, body: Row, ref: str, options: IntercomOptions) -> None:
        hosts = (*options.file_hosts, urlsplit(options.base_url).hostname)
        super().__init__(ref.split(":", 1)[0], {"ref": ref}, lambda url: _is_ours(url, hosts))
        self.body, self.options = body, options
        self.is_ticket = body.get("type") == "ticket"
        self.letter = TICKET if self.is_ticket else ""
        self.numbered = "the number behind a letter" if self.is_ticket else ""
        name = "ticket_parts" if self.is_ticket else "conversation_parts"
        self.list, self.at_parts = name, f"{name}.{name}"
        self.parts = objects_at(body, self.at_parts)

    def translated(self) -> Translated:
        self._common()
        if self.is_ticket:
            self._as_ticket()
        else:
            self._as_conversation()
        for index, part in enumerate(self.parts):
            self._part(part, f"{self.at_parts}[{index}]")
        total = object_at(self.body, self.list).get("total_count")
        lacking = total - len(self.parts) if isinstance(total, int) else 0
        if lacking > 0:
            told = f"{lacking} of {total} parts are older than the 500 that Intercom gives: read them there"
            self._lost("PARTS", told, lacking)
        for loss in self.losses:
            self._lost(loss.code, loss.message, loss.count)
        return self.done()

    def _lost(self, code: str, message: str, count: int) -> None:
        where = parse_ref(self.case["ref"])
        self.findings.append(Finding(f"INTERCOM-{code}", Severity.LOSS, where, self.list, message, "", count))

    def _common(self) -> None:
        body = self.body
        self.at("id", "ref", self.numbered)
        self.dropped("the kind of a list", *(f"{name}.type" for name in (*_LISTS, self.list)))
        self.dropped(_KIND, *_KINDS)
        self.dropped("how long the list is", *_LENGTHS, f"{self.list}.total_count")
        times(self, body)
        self.dropped("nobody took words away", "source.redacted", f"{self.at_parts}[].redacted")
        contacts = [row["id"] for row in objects_at(body, "contacts.contacts") if row.get("id")]
        refs = [self.ref(Kind.PERSON, id_) for id_ in contacts]
        self.put("requester", refs[:1] and refs[0], "contacts.contacts[0].id")
        self.put("ccs", refs[1:], "contacts.contacts[].id")
        self.dropped(_WHO, "contacts.contacts[].external_id")
        for key, kind, path in _SIDES:
            self.link(key, kind, body.get(path), path)
            self.dropped("nobody", path)
        tags = [str(row["name"]) for row in objects_at(body, "tags.tags") if row.get("name")]
        self.put("tags", tags, "tags.tags[].name")
        links = [row for row in objects_at(body, "linked_objects.data") if row.get("id")]
        told = [{"type": "relates", "to": self._linked(row)} for row in links]
        self.put("links", told, "linked_objects.data[].id", "the other ticket")

    def _linked(self, row: Row) -> str:
        return self.ref(Kind.TICKET, f"{TICKET if row.get('type') == 'ticket' else ''}{row['id']}")

    def _as_conversation(self) -> None:
        body, source = self.body, object_at(self.body, "source")
        self.put("number", str(body["id"]), "id")
        self.put("type", "conversation", "type")
        title = one_line(body.get("title"))
        subject, path = (title, "title") if title else (one_line(source.get("subject")), "source.subject")
        self.put("subject", subject, path, "its words without markup")
        state = str(body.get("state") or ("open" if body.get("open") else "closed"))
        self.put("status", state.capitalize(), "state", "the state's name")
        self.put("stage", self._stage(state), "open", "what the state and the last words mean")
        self.copy({"priority": "priority"}, body)
        self.copy({"type": "channel"}, source, "source.")
        self.link("organization", Kind.ORGANIZATION, object_at(body, "company").get("id"), "company.id")
        if state == "closed":
            closed = object_at(body, "statistics").get("last_close_at")
            self.put("solved", from_unix(closed), "statistics.last_close_at")
        self._rating(object_at(body, "conversation_rating"))
        self.put(
            "handled_by", self._handled_by(), "ai_agent_participated", "who answered: people, bots, or both"
        )
        self.fields(body.get("custom_attributes"), "custom_attributes")
        self.link("submitter", Kind.PERSON, object_at(source, "author").get("id"), "source.author.id")
        if source.get("body") or source.get("attachments"):
            self._message(f"{body['id']}-source", source, "source", public=True)
            self.record |= {"opening": True, "created": self.case.get("created")}

    def _rating(self, rating: Row) -> None:
        if isinstance(rating.get("rating"), int):
            at, score = from_unix(rating.get("created_at")), str(rating["rating"])
            told = {"score": score, "comment": rating.get("remark"), "created": at}
            self.record["satisfaction"] = told
            for name, key in _RATING.items():
                if told[key]:
                    self.at(f"conversation_rating.{name}", f"satisfaction.{key}")
            self.dropped(_WHO, "conversation_rating.contact")

    def _as_ticket(self) -> None:
        body, at = self.body, "ticket_attributes"
        number, id_ = body.get("ticket_id"), f"{self.letter}{body['id']}"
        self.put("number", f"#{number}" if number else "", "ticket_id", "the number as people read it")
        self.put("type", body.get("category"), "category")
        kind, state = object_at(body, "ticket_type"), object_at(body, "ticket_state")
        self.put("form", kind.get("name"), "ticket_type.name")
        label = state.get("internal_label") or state.get("category")
        self.put("status", label, "ticket_state.internal_label")
        stage = STAGES.get(str(state.get("category")), "in_progress")
        by = "the stage of the state; a ticket that is not open is closed"
        self.put("stage", stage if body.get("open") is not False else "closed", "ticket_state.category", by)
        self.dropped(
            "it stands in the catalog, and a ticket repeats all of it", "ticket_type", "ticket_state"
        )
        self.record["public"] = body.get("is_shared") is not False
        self.at("is_shared", "public")
        self.link("organization", Kind.ORGANIZATION, body.get("company_id"), "company_id")
        values = object_at(body, at)
        self.put("subject", one_line(values.get(_TITLE)), join_path(at, _TITLE), "its words without markup")
        self.fields({name: value for name, value in values.items() if name not in (_TITLE, _DESCRIPTION)}, at)
        for name, label in item_labels(kind, values).items():
            self.record["fields"][name] = label
            self.at(join_path(at, name), join_path("fields", name), "the label of the item that the id names")
        told = values.get(_DESCRIPTION)
        if isinstance(told, str):
            made = self.text(told, id_, marked_up=is_marked_up(told))
            self.put("body", made, join_path(at, _DESCRIPTION), "the words that describe it")
        for place, value in enumerate(values.values()):
            rows = [object_at(row) for row in (value if isinstance(value, list) else [value])]
            self.files([row for row in rows if row.get("url")], f"{id_}-attribute{place}", _FILE)

    def _stage(self, state: str) -> str:
        if state != "open":
            return "on_hold" if state == "snoozed" else "closed"
        spoken = [row for row in self.parts if row.get("body") and visible(row, self.options)]
        answers = [row for row in spoken if object_at(row, "author").get("type") == "admin"]
        if answers and spoken[-1] is answers[-1] and not self.body.get("waiting_since"):
            return "pending_customer"
        if answers:
            return "in_progress"
        return "new" if nobody(self.body.get("admin_assignee_id")) else "assigned"

    def _handled_by(self) -> str:
        said = [object_at(self.body, "source"), *(row for row in self.parts if row.get("body"))]
        kinds = {str(object_at(row, "author").get("type")) for row in said}
        people = bool(kinds & {"admin", "team"})
        if self.body.get("ai_agent_participated") is True:
            return "hybrid" if people else "ai_agent"
        return "automation" if "bot" in kinds and not people else "human"

    def _part(self, part: Row, at: str) -> None:
        kind, id_ = str(part.get("part_type")), f"{self.letter}{part.get('id')}"
        spoken = kind in _PUBLIC or kind in _INTERNAL or bool(part.get("body") or part.get("attachments"))
        time = from_unix(part.get("created_at")) or self.case.get("created") or "1970-01-01T00:00:00Z"
        if spoken:
            public = self.case.get("public") is not False and visible(part, self.options)
            self._message(id_, part, at, public=public)
            self.record["created"] = time
            self.at(f"{at}.id", "ref", self.numbered)
            self.at(f"{at}.created_at", "created")
        self.dropped(_KIND, f"{at}.type")
        self.dropped("the state at that time, whose changes are steps of the history", f"{at}.state")
        self.dropped("when it was last touched", f"{at}.updated_at", f"{at}.notified_at")
        if kind in _PUBLIC or kind == "note":
            self.dropped("whether it is a reply or a note", f"{at}.part_type")
            return
        step = {"ref": self.ref(Kind.EVENT, id_), "ticket": self.case["ref"], "time": time, "type": kind}
        event = self.begin(step)
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
        to, changed = object_at(part, "assigned_to"), object_at(part, "updated_attribute_data")
        label = object_at(changed, "attribute").get("label")
        if not nobody(to.get("id")):
            field, sort = ("group", Kind.GROUP) if to.get("type") == "team" else ("assignee", Kind.PERSON)
            self.link("after", sort, to["id"], f"{at}.assigned_to.id")
            self.dropped(_KIND, f"{at}.assigned_to.type")
        elif field == "stage":
            self.put("after", part.get("state"), f"{at}.state")
        elif part.get("ticket_state"):
            field = "status"
            self.put("before", part.get("previous_ticket_state"), f"{at}.previous_ticket_state")
            self.put("after", part["ticket_state"], f"{at}.ticket_state")
        elif label:
            field, path = str(label), f"{at}.updated_attribute_data"
            self.at(f"{path}.attribute.label", "field")
            self.put("after", object_at(changed, "value").get("label"), f"{path}.value.label")
        if field:
            event |= {"type": "changed", "field": field}

    def _author(self, row: Row, at: str, key: str) -> None:
        author, path = object_at(row, "author"), f"{at}.author.id"
        if not nobody(author.get("id")):
            self.record[key] = self.ref(Kind.PERSON, author["id"])
            self.trace.setdefault(path, self.head + key)
        self.dropped(
            _WHO, *(f"{at}.author.{name}" for name in ("id", "name", "email", "type", "from_ai_agent"))
        )
        if author.get("is_ai_answer") is not True:
            self.dropped("it is none of the AI agent's", f"{at}.author.is_ai_answer")

    def _message(self, id_: str, row: Row, at: str, *, public: bool) -> None:
        """Make the comment of a part or of the source, after its files: it is the record that goes on."""
        comment: Record = {"ref": self.ref(Kind.COMMENT, id_), "ticket": self.case["ref"], "public": public}
        files, path = objects_at(row, "attachments"), f"{at}.attachments"
        self.files(files, id_, _FILE, comment["ref"], path)
        self.dropped("the kind of a file", *(f"{path}[{index}].type" for index in range(len(files))))
        made = self.text(row.get("body"), id_, comment["ref"])
        self.begin(comment)
        self._author(row, at, "author")
        self.put("redacted", row.get("redacted") is True or None, f"{at}.redacted")
        self.put("body", made, f"{at}.body")
        self.dropped("a message without content", f"{at}.body")


def _is_ours(url: str, hosts: Any) -> bool:
    host = urlsplit(url).hostname or ""
    return host.endswith(_OWN_HOSTS) or host in hosts
