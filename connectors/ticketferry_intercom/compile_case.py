"""Tickets on their way into conversations: the first message by the requester, replies and notes in time order, a note of ours at the end. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from ticketferry import sdk
from ticketferry.sdk import Catalog, Change, Compiled, Expected, Record, Session, Template
from ticketferry.sdk.few_tags import plain, reduced, words
from ticketferry.sdk.lane import short_hash
from ticketferry.sdk.mark_text import packed
from ticketferry.sdk.shapes import object_at
from ticketferry.sdk.thread_notes import further_row, message_row, without_words
from ticketferry.sdk.values import from_unix, media_type, to_unix
from ticketferry_intercom.client import Row
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.own import EXACT, NATIVE

__all__ = ["compile_case", "expected_case", "is_closed"]

_CLOSED = frozenset({"resolved", "closed", "deleted", "merged", "spam", "suspended"})
"""Stages of a conversation that is closed; all others are open: a snooze ends in the future, which nobody recorded."""
_FILES = 10
"""Files of one message [OAS]."""
_SIDES = (("assignee", "admin"), ("group", "team"))
_BY = {
    "conversation": sorted(NATIVE - {"ref", "fields", "comments", "attachments", "stage", "status"}),
    "message": [f"comments[].{key}" for key in ("author", "public", "created")],
    "file": [f"attachments[].{key}" for key in ("name", "media_type", "size", "comment", "sha256")],
}
_MADE_INTO = {
    "comments[].body": "in the tags that replies keep, the first as plain text; exactly in our note",
    "comments[].header": "a line over the text",
    "status": "open or closed; exactly in our note",
    "stage": "open or closed; exactly in our note",
}
_NOBODY = "a conversation starts from a contact, and nobody asks"
_HIDDEN = "customers never saw it, and a conversation shows its subject to whoever starts it: name another contact in `stand_in`"


def is_closed(record: Mapping[str, Any], stages: Mapping[str, str]) -> bool:
    """Tell whether a ticket is a closed conversation. `stages`: status -> stage, where the record names none."""
    return (record.get("stage") or stages.get(record.get("status", ""))) in _CLOSED


def expected_case(desired: Record, catalog: Catalog, session: Session, options: IntercomOptions) -> Expected:
    """Say what reading a conversation gives where a ticket was written."""
    case = _Case(Change(sdk.Outcome.UNCHANGED, desired, None), catalog, session, options)
    return case.lane.expected(case.expected, refused=case.refused)


def compile_case(change: Change, catalog: Catalog, session: Session, options: IntercomOptions) -> Compiled:
    """Compile a ticket: one to make, or what moved of one that is there."""
    if change.outcome is sdk.Outcome.MATCH:
        return Compiled((), {"ref": (change.desired or {})["ref"]})
    case = _Case(change, catalog, session, options)
    if change.outcome is sdk.Outcome.UPDATE:
        case.update()
    elif not case.refused:
        case.create()
    return case.lane.compiled(case.expected, refused=case.refused)


class _Case:
    def __init__(self, change: Change, catalog: Catalog, session: Session, options: IntercomOptions) -> None:
        self.change, self.session, self.options = change, session, options
        self.desired: Record = change.desired or {}
        self.current: Record = change.current or {}
        self.lane = sdk.Lane(sdk.parse_ref(self.desired["ref"]))
        self.tags_there = {str(name).casefold() for name in object_at(catalog, "native.tags").values()}
        self.comments: list[Record] = list(self.desired.get("comments", ()))
        self.hidden = _is_hidden(self.desired)
        self.refused = "" if self.desired.get("requester") else _NOBODY
        if self.hidden and not options.stand_in:
            self.refused = _HIDDEN
        born = next((row["created"] for row in (self.desired, *self.comments) if row.get("created")), None)
        self.born = to_unix(born) if born else None
        stages = {row["name"]: row["stage"] for row in catalog.get("statuses", ())}
        self.closed, self.was_closed = (is_closed(row, stages) for row in (self.desired, self.current))
        self.before = {_source_of(row): row for row in self.current.get("comments", ())}
        self.source = self._first()
        """The message that the conversation starts with: the requester's own public words. Else its subject does."""
        self.rows: list[list[Any]] = []
        """What our note says of each message: its number, and who, when and what exactly."""
        self.alike: Counter[str] = Counter()
        self._account()

    def _first(self) -> Record | None:
        first = next((row for row in self.comments if row.get("opening")), next(iter(self.comments), None))
        if first is None or (first["ref"] in self.before and first["ref"] in self.change.slots):
            return None
        if first["ref"] in self.before:
            first = {**self.before[first["ref"]], "ref": first["ref"]}
        asks = first.get("author") == self.desired.get("requester")
        return first if first["public"] and first.get("body") and asks else None

    def _account(self) -> None:
        """Say what becomes of each path, and what reading will give."""
        desired, lane = self.desired, self.lane
        self.files: dict[str, list[Record]] = {row["ref"]: [] for row in self.comments}
        for file in desired.get("attachments", ()):
            place = file.get("comment") or (self.comments[0]["ref"] if self.comments else "")
            if file.get("sha256") and place in self.files:
                self.files[place].append({**file, "comment": place})
            else:
                at = f"attachments[{sdk.parse_ref(file['ref']).id}]"
                told = f"{file.get('name')}: no bytes are there, or no message that it hangs on"
                lane.lost(at, "INTERCOM-FILE", told, "Extract it again.")
        given, kept = desired.get("fields", {}).items(), self.options.attributes
        self.fields = {name: item for name, item in given if name in kept and type(item) in (str, int)}
        files = [file for files in self.files.values() for file in files]
        shown = {"comments": [_shown(row) for row in self.comments], "attachments": files, "native": None}
        self.expected: Record = sdk.slim({**desired, **shown})
        self.beside = {key: value for key, value in desired.items() if key not in NATIVE}
        lane.kept("ref", "fields", "comments[]", "attachments[]", *sorted(self.beside), by="our note")
        lane.derived("attachments[].url", "the file itself is there")
        lane.carried(*(f'fields["{name}"]' for name in self.fields), by="conversation attribute")
        for by, paths in _BY.items():
            lane.carried(*paths, by=by)
        for path, by in _MADE_INTO.items():
            lane.transformed(path, by)
        if self.closed:
            told = "a conversation is closed at the time of the migration; when it was, our note tells"
            lane.find("INTERCOM-CLOSED", sdk.Severity.INFO, "solved", told)
        if self.source is None and self.comments and not self.refused:
            told = "the first message is not the requester's own public words: the conversation starts with its subject"
            lane.find("INTERCOM-OPENING", sdk.Severity.INFO, "comments", told)

    def create(self) -> None:
        """Write everything."""
        desired, first = self.desired, self.source
        said = plain(reduced(first["body"]["html"], first.get("header", ""))).strip() if first else ""
        asks: Template = self.options.stand_in if self.hidden else sdk.From.of(desired["requester"])
        body: dict[str, Template] = {"from": asks, "body": said or self._title()}
        if self.born:
            body["created_at"] = self.born
        self._put("create", "conversation.create", body, {})
        keys = {"subject", "organization", *(f'fields["{name}"]' for name in self.fields)}
        self._put("head", "conversation.update", self._head(keys))
        asked = set() if self.hidden else {desired["requester"]}
        for comment in self.comments:
            if self._is_source(comment):
                self._files_of(comment, self.files[comment["ref"]])
            else:
                self._reply(comment, asked)
        for tag in self._tags(desired).values():
            self._tag(tag)
        self._assign({key for key, _ in _SIDES if desired.get(key)})
        self._mark()
        self._state(reopen=False)

    def update(self) -> None:
        """Write what moved, and a new note of ours: the newest counts."""
        moved, desired, current = self.change.fields, self.desired, self.current
        head = self._head(moved)
        if head:
            self._put("head", "conversation.update", head)
        before, held = self.before, {_source_of(row): row for row in current.get("attachments", ())}
        asked = {row.get("author") for row in before.values() if row["public"]}
        asked |= set() if _is_hidden(current) else {desired["requester"]}
        spoken = False
        for comment in self.comments:
            fresh = [file for file in self.files[comment["ref"]] if file["ref"] not in held]
            if comment["ref"] not in before:
                self._reply(comment, asked)
            else:
                self._known(comment, before[comment["ref"]])
                self._files_of(comment, fresh)
            spoken = spoken or comment["ref"] not in before or bool(fresh)
        self._stays(before, held)
        if "tags" in moved:
            there, wanted = self._tags(current), self._tags(desired)
            for key in sorted(wanted.keys() - there.keys()):
                self._tag(wanted[key])
            for key in sorted(there.keys() - wanted.keys()):
                self._put(f"untag-{key}", "conversation.untag", {"name": there[key]})
        self._assign(moved)
        if moved:
            self._mark()
        if spoken or moved & {"stage", "status"}:
            self._state(reopen=self.was_closed)

    def _stays(self, before: Mapping[str, Record], held: Mapping[str, Record]) -> None:
        """Tell of what moved in messages that are there: Intercom edits and deletes none, so they stay as they are."""
        stays = [ref for ref in before if f"comments[{ref}]" in self.change.fields]
        told = "a message that is there can be neither changed nor hidden by this API: it stays"
        remedy = "Where customers must not read it any more, redact it in the inbox."
        for ref in stays:
            self.lane.lost(f"comments[{sdk.parse_ref(ref).id}]", "INTERCOM-EDIT", told, remedy)
        rows = {row["ref"]: row for row in self.expected.get("comments", ())}
        rows |= {ref: before[ref] for ref in stays}
        self.expected["comments"] = list(rows.values())
        files = {file["ref"]: file for file in self.expected.get("attachments", ())}
        left = [row for ref, row in held.items() if ref not in files]
        self.expected["attachments"] = [*files.values(), *left]

    def _is_source(self, comment: Record) -> bool:
        return self.source is not None and comment["ref"] == self.source["ref"]

    def _title(self) -> str:
        return " ".join(str(self.desired.get("subject", "")).split()) or "(no subject)"

    def _head(self, keys: Collection[str]) -> dict[str, Template]:
        """Return the values of the head that are written; with a new one the mark, by which a search finds the conversation."""
        new = self.change.outcome is not sdk.Outcome.UPDATE
        named = sorted(key[8:-2] for key in keys if key.startswith('fields["'))
        attributes: dict[str, Template] = {
            name: self.fields.get(name) for name in named if name in self.options.attributes
        }
        if new:
            attributes[self.options.mark_attribute] = self.session.mark(self.lane.root.id)
        organization = self.desired.get("organization")
        body: dict[str, Template] = {"custom_attributes": attributes} if attributes else {}
        if "subject" in keys:
            body["title"] = self._title()
        if "organization" in keys and (organization or not new):
            body["company_id"] = sdk.From.of(organization) if organization else None
        return body

    @staticmethod
    def _tags(record: Record) -> dict[str, str]:
        return {str(tag).casefold(): str(tag) for tag in reversed(record.get("tags", []))}

    def _assign(self, keys: Collection[str]) -> None:
        for key, kind in _SIDES:
            if key in keys:
                who: Template = sdk.From.of(self.desired[key]) if self.desired.get(key) else "0"
                body = {"message_type": "assignment", "type": kind, "assignee_id": who}
                self._put(key, "conversation.assign", body)

    def _tag(self, tag: str) -> None:
        if tag.casefold() not in self.tags_there:
            self._put(f"new-tag-{tag}", "tag.create", {"name": tag}, {})
        self._put(f"tag-{tag}", "conversation.tag", {"name": tag})

    def _state(self, *, reopen: bool) -> None:
        if self.closed:
            self._put("close", "conversation.state", {"message_type": "close", "type": "admin"})
        elif reopen:
            self._put("open", "conversation.state", {"message_type": "open"})

    def _put(
        self, what: str, endpoint: str, body: Any, params: Any = None, subject: sdk.Ref | None = None
    ) -> None:
        edit = f"@{short_hash(body)}" if self.change.outcome is sdk.Outcome.UPDATE else ""
        at = {"id": sdk.From(self.lane.root)} if params is None else params
        key = f"{subject or self.lane.root}/{what}{edit}"
        self.lane.add(endpoint, key, params=at, body=body, subject=subject)

    def _reply(self, comment: Record, asked: set[Any]) -> None:
        author, ref, files = comment.get("author"), sdk.parse_ref(comment["ref"]), self.files[comment["ref"]]
        if author and comment["public"] and author not in asked:
            asked.add(author)
            what = f"participant-{sdk.parse_ref(author).id}"
            self._put(what, "conversation.participant", {"contact": sdk.From.of(author)})
        html = reduced(object_at(comment, "body").get("html", ""), comment.get("header", ""))
        self._message(comment, ref, html, files[:_FILES])
        self.rows.append([sdk.From(ref), self._row(comment, files[:_FILES])])
        self._files_of(comment, files[_FILES:])

    def _files_of(self, comment: Record, files: list[Record]) -> None:
        """Write files in messages of their own: the first message of a conversation takes none, any other ten."""
        for begin in range(0, len(files), _FILES):
            some = files[begin : begin + _FILES]
            ref = sdk.parse_ref(some[0]["ref"])
            self._message(comment, ref, "", some)
            self.rows.append([sdk.From(ref), further_row(comment, some)])

    def _message(self, comment: Record, subject: sdk.Ref, html: str, files: list[Record]) -> None:
        """Say something. `nth`: how many messages of the same person, second and words go before it, by which each is found again."""
        body: dict[str, Template] = {"body": html if words(html) else without_words(files)}
        if comment.get("author"):
            body["author"] = sdk.From.of(comment["author"])
        if comment.get("created"):
            body["created_at"] = max(to_unix(comment["created"]), self.born or 0)
        endpoint = "comment.reply" if comment["public"] else "comment.note"
        same = short_hash((endpoint, sorted(body.items())))
        params: dict[str, Template] = {"id": sdk.From(self.lane.root), "nth": self.alike[same]}
        self.alike[same] += 1
        if files:
            body["files"] = [
                sdk.Blob(file["sha256"], file["name"], media_type(file.get("media_type"))) for file in files
            ]
        self._put("create", endpoint, body, params, subject)

    def _row(self, comment: Record, files: list[Record]) -> Row:
        """Return what our note says of a message: who and when exactly, and the text where the way changes its form."""
        at = to_unix(comment["created"]) if comment.get("created") and self.born else 0
        first = self._is_source(comment)
        shown = self.born if first else max(at, self.born or 0)
        return message_row(comment, files, sent=from_unix(shown) if at and shown != at else None, whole=first)

    def _known(self, comment: Record, before: Record) -> None:
        """Take a message that is there into the note, by the number that it was given."""
        slots, files, ref = self.change.slots, self.files[comment["ref"]], comment["ref"]
        held = {**before, "ref": ref} if f"comments[{ref}]" in self.change.fields else comment
        id_ = slots.get(ref, {}).get("id")
        if id_:
            self.rows.append([id_, self._row(held, files[:_FILES])])
        rest = files[_FILES:] if id_ else files
        for begin in range(0, len(rest), _FILES):
            chunk = rest[begin : begin + _FILES]
            if given := slots.get(chunk[0]["ref"], {}).get("id"):
                self.rows.append([given, further_row(comment, chunk)])

    def _mark(self) -> None:
        desired = self.desired
        fields = {name: item for name, item in desired.get("fields", {}).items() if name not in self.fields}
        mark = {
            "ref": str(self.lane.root),
            "workspace": self.session.workspace,
            "closed": self.closed,
            "record": self.beside,
            "source": self._row(self.source, []) if self.source else {},
            "attribute": self.options.mark_attribute,
            "exact": {key: desired[key] for key in EXACT if desired.get(key)},
            "parts": self.rows,
            "fields": fields,
        }
        self._put("mark", "conversation.mark", {"about": str(self.lane.root), "mark": packed(mark)})


def _shown(comment: Record) -> Record:
    html = object_at(comment, "body").get("html")
    return sdk.slim({**comment, "body": {"html": html} if html else None})


def _is_hidden(ticket: Record) -> bool:
    """Tell whether customers see nothing of a ticket."""
    comments = ticket.get("comments", ())
    return ticket.get("public") is False or (bool(comments) and not any(row["public"] for row in comments))


def _source_of(row: Record) -> str:
    return str(row.get("origin") or row["ref"])
