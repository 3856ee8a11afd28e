"""Tickets on their way into conversations: the first message by the requester, replies and notes in time order, a note of ours at the end. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from ticketferry import sdk
from ticketferry.sdk.few_tags import is_one_paragraph, plain, reduced
from ticketferry.sdk.lane import short_hash
from ticketferry.sdk.mark_text import packed
from ticketferry.sdk.values import from_unix, media_type, to_unix
from ticketferry_intercom.client import Row
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.own import EXACT, NATIVE
from ticketferry_intercom.wire import some

__all__ = ["CLOSED", "compile_case", "expected_case"]

CLOSED = frozenset({"resolved", "closed", "deleted", "merged", "spam", "suspended"})
"""Stages of a conversation that is closed; all others are open: a snooze ends in the future, which nobody recorded."""
_FILES = 10
"""Files of one message [OAS]."""
_TOLD = ("ref", "ticket", "author", "public", "body", "created", "header")
_OF_FILE = ("name", "media_type", "inline", "created", "author", "public", "size")
_SIDES = (("assignee", "admin"), ("group", "team"))


def expected_case(desired: sdk.Record, catalog: sdk.Catalog, session: sdk.Session, options: IntercomOptions) -> sdk.Expected:  # fmt: skip
    """Say what reading a conversation gives where a ticket was written."""
    case = _Case(sdk.Change(sdk.Outcome.UNCHANGED, desired, None), catalog, session, options)
    return case.lane.expected(case.expected, refused=case.refused)


def compile_case(change: sdk.Change, catalog: sdk.Catalog, session: sdk.Session, options: IntercomOptions) -> sdk.Compiled:  # fmt: skip
    """Compile a ticket: one to make, or what moved of one that is there."""
    if change.outcome is sdk.Outcome.MATCH:
        return sdk.Compiled((), {"ref": (change.desired or {})["ref"]})
    case = _Case(change, catalog, session, options)
    if change.outcome is sdk.Outcome.UPDATE:
        case.update()
    elif not case.refused:
        case.create()
    return case.lane.compiled(case.expected, refused=case.refused)


class _Case:
    def __init__(self, change: sdk.Change, catalog: sdk.Catalog, session: sdk.Session, options: IntercomOptions) -> None:  # fmt: skip
        self.change, self.session, self.options = change, session, options
        self.desired: sdk.Record = change.desired or {}
        self.current: sdk.Record = change.current or {}
        self.lane = sdk.Lane(sdk.parse_ref(self.desired["ref"]))
        self.tags_there = {str(name).casefold() for name in some(some(catalog.get("native")).get("tags")).values()}  # fmt: skip
        self.comments: list[sdk.Record] = list(self.desired.get("comments", ()))
        self.refused = ("" if self.desired.get("requester") else "a conversation starts from a contact, and nobody asks")  # fmt: skip
        born = next((row["created"] for row in (self.desired, *self.comments) if row.get("created")), None)
        self.born = to_unix(born) if born else None
        stages = {row["name"]: row["stage"] for row in catalog.get("statuses", ())}
        self.closed = (self.desired.get("stage") or stages.get(self.desired.get("status", ""))) in CLOSED
        self.was_closed = (self.current.get("stage") or stages.get(self.current.get("status", ""))) in CLOSED
        self.before = {_source_of(row): row for row in self.current.get("comments", ())}
        self.source = self._first()
        """The message that the conversation starts with: the requester's own public words. Else its subject does."""
        self.rows: list[list[Any]] = []
        """What our note says of each message: its number, and who, when and what exactly."""
        self.alike: Counter[str] = Counter()
        self._account()

    def _first(self) -> sdk.Record | None:
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
        self.files: dict[str, list[sdk.Record]] = {row["ref"]: [] for row in self.comments}
        for file in desired.get("attachments", ()):
            place = file.get("comment") or (self.comments[0]["ref"] if self.comments else "")
            if file.get("sha256") and place in self.files:
                self.files[place].append({**file, "comment": place})
            else:
                told = f"{file.get('name')}: no bytes are there, or no message that it hangs on"
                lane.lost(f"attachments[{sdk.parse_ref(file['ref']).id}]", "INTERCOM-FILE", told, "Extract it again.")  # fmt: skip
        given = desired.get("fields", {}).items()
        self.fields = {name: item for name, item in given if name in self.options.attributes and type(item) in (str, int)}  # fmt: skip
        comments = [sdk.slim({**row, "body": sdk.slim({"html": some(row.get("body")).get("html")})}) for row in self.comments]  # fmt: skip
        files = [file for files in self.files.values() for file in files]
        self.expected: sdk.Record = sdk.slim({**desired, "comments": comments, "attachments": files, "native": None})  # fmt: skip
        self.beside = {key: value for key, value in desired.items() if key not in NATIVE}
        lane.kept("ref", "fields", "comments[]", "attachments[]", *sorted(self.beside), by="our note")
        lane.carried(*sorted(NATIVE - {"ref", "fields", "comments", "attachments", "stage", "status"}), by="conversation")  # fmt: skip
        lane.carried(*(f'fields["{name}"]' for name in self.fields), by="conversation attribute")
        lane.carried(*(f"comments[].{key}" for key in ("author", "public", "created")), by="message")
        lane.carried(*(f"attachments[].{key}" for key in ("name", "media_type", "size", "comment", "sha256")), by="file")  # fmt: skip
        lane.transformed("comments[].body", "in the tags that replies keep, the first as plain text; exactly in our note")  # fmt: skip
        lane.transformed("comments[].header", "a line over the text")
        for key in ("status", "stage"):
            lane.transformed(key, "open or closed; exactly in our note")
        if self.closed:
            told = "a conversation is closed at the time of the migration; when it was, our note tells"
            lane.find("INTERCOM-CLOSED", sdk.Severity.INFO, "solved", told)
        if self.source is None and self.comments and not self.refused:
            told = "the first message is not the requester's own public words: the conversation starts with its subject"
            lane.find("INTERCOM-OPENING", sdk.Severity.INFO, "comments", told)

    # ---- writing

    def create(self) -> None:
        """Write everything."""
        desired = self.desired
        said = self.source and plain(reduced(self.source["body"]["html"], self.source.get("header", "")))
        body: dict[str, sdk.Template] = {"from": _of(desired["requester"]), "body": (said or "").strip() or self._title()}  # fmt: skip
        self._put("create", "conversation.create", body | ({"created_at": self.born} if self.born else {}), {})  # fmt: skip
        keys = {"subject", "organization", *(f'fields["{name}"]' for name in self.fields)}
        self._put("head", "conversation.update", self._head(keys))
        asked = {desired["requester"]}
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
        asked = {desired["requester"], *(row.get("author") for row in before.values() if row["public"])}
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

    def _stays(self, before: Mapping[str, sdk.Record], held: Mapping[str, sdk.Record]) -> None:
        """Tell of what moved in messages that are there: Intercom edits and deletes none, so they stay as they are."""
        stays = [ref for ref in before if f"comments[{ref}]" in self.change.fields]
        for ref in stays:
            self.lane.lost(
                f"comments[{sdk.parse_ref(ref).id}]", "INTERCOM-EDIT", "a message that is there can be neither changed nor hidden by this API: it stays",
                "Where customers must not read it any more, redact it in the inbox.",
            )  # fmt: skip
        rows = {row["ref"]: row for row in self.expected.get("comments", ())} | {ref: before[ref] for ref in stays}  # fmt: skip
        self.expected["comments"] = list(rows.values())
        files = {file["ref"]: file for file in self.expected.get("attachments", ())}
        self.expected["attachments"] = [*files.values(), *(row for ref, row in held.items() if ref not in files)]  # fmt: skip

    def _is_source(self, comment: sdk.Record) -> bool:
        return self.source is not None and comment["ref"] == self.source["ref"]

    def _title(self) -> str:
        return " ".join(str(self.desired.get("subject", "")).split()) or "(no subject)"

    def _head(self, keys: Collection[str]) -> dict[str, sdk.Template]:
        """Return the values of the head that are written; with a new one the mark, by which a search finds the conversation."""
        new = self.change.outcome is not sdk.Outcome.UPDATE
        named = sorted(key[8:-2] for key in keys if key.startswith('fields["'))
        attributes: dict[str, sdk.Template] = {name: self.fields.get(name) for name in named if name in self.options.attributes}  # fmt: skip
        if new:
            attributes[self.options.mark_attribute] = self.session.mark(self.lane.root.id)
        organization = self.desired.get("organization")
        body: dict[str, sdk.Template] = {"custom_attributes": attributes} if attributes else {}
        if "subject" in keys:
            body["title"] = self._title()
        if "organization" in keys and (organization or not new):
            body["company_id"] = _of(organization) if organization else None
        return body

    @staticmethod
    def _tags(record: sdk.Record) -> dict[str, str]:
        return {str(tag).casefold(): str(tag) for tag in reversed(record.get("tags", []))}

    def _assign(self, keys: Collection[str]) -> None:
        for key, kind in _SIDES:
            if key in keys:
                who: sdk.Template = _of(self.desired[key]) if self.desired.get(key) else "0"
                self._put(key, "conversation.assign", {"message_type": "assignment", "type": kind, "assignee_id": who})  # fmt: skip

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
        self, what: str, endpoint: str, body: sdk.Template, params: Mapping[str, sdk.Template] | None = None, subject: sdk.Ref | None = None
    ) -> None:  # fmt: skip
        edit = f"@{short_hash(body)}" if self.change.outcome is sdk.Outcome.UPDATE else ""
        where = {"id": sdk.From(self.lane.root)} if params is None else params
        self.lane.add(endpoint, f"{subject or self.lane.root}/{what}{edit}", params=where, body=body, subject=subject)  # fmt: skip

    # ---- messages

    def _reply(self, comment: sdk.Record, asked: set[Any]) -> None:
        author, ref, files = comment.get("author"), sdk.parse_ref(comment["ref"]), self.files[comment["ref"]]
        if author and comment["public"] and author not in asked:
            asked.add(author)
            self._put(f"participant-{sdk.parse_ref(author).id}", "conversation.participant", {"contact": _of(author)})  # fmt: skip
        html = reduced(some(comment.get("body")).get("html", ""), comment.get("header", ""))
        self._message(comment, ref, html, files[:_FILES])
        self.rows.append([sdk.From(ref), self._row(comment, files[:_FILES])])
        self._files_of(comment, files[_FILES:])

    def _files_of(self, comment: sdk.Record, files: list[sdk.Record]) -> None:
        """Write files in messages of their own: the first message of a conversation takes none, any other ten."""
        for begin in range(0, len(files), _FILES):
            some_files = files[begin : begin + _FILES]
            ref = sdk.parse_ref(some_files[0]["ref"])
            self._message(comment, ref, "", some_files)
            self.rows.append([sdk.From(ref), _further(comment, some_files)])

    def _message(self, comment: sdk.Record, subject: sdk.Ref, html: str, files: list[sdk.Record]) -> None:
        """Say something. `nth`: how many messages of the same person, second and words go before it, by which each is found again."""
        names = " ".join(f"[{file['name']}]" for file in files).translate({38: "&amp;", 60: "&lt;", 62: "&gt;"})  # fmt: skip
        body: dict[str, sdk.Template] = {"body": html or reduced(f"<p>{names or '(empty)'}</p>")}
        if comment.get("author"):
            body["author"] = _of(comment["author"])
        if comment.get("created"):
            body["created_at"] = max(to_unix(comment["created"]), self.born or 0)
        endpoint = "comment.reply" if comment["public"] else "comment.note"
        same = short_hash((endpoint, sorted(body.items())))
        params: dict[str, sdk.Template] = {"id": sdk.From(self.lane.root), "nth": self.alike[same]}
        self.alike[same] += 1
        if files:
            body["files"] = [sdk.Blob(file["sha256"], file["name"], media_type(file.get("media_type"))) for file in files]  # fmt: skip
        self._put("create", endpoint, body, params, subject)

    def _row(self, comment: sdk.Record, files: list[sdk.Record]) -> Row:
        """Return what our note says of a message: who and when exactly, and the text where the way changes its form."""
        html, header = some(comment.get("body")).get("html", ""), comment.get("header", "")
        at = to_unix(comment["created"]) if comment.get("created") and self.born else 0
        shown = self.born if self._is_source(comment) else max(at, self.born or 0)
        row = sdk.slim({
            "ref": comment["ref"], "author": comment.get("author"), "created": comment.get("created"), "header": header,
            "sent": from_unix(shown) if at and shown != at else None, "files": [_file_row(file) for file in files],
            "more": {key: value for key, value in comment.items() if key not in _TOLD},
        })  # fmt: skip
        same = is_one_paragraph(html) and not header and not self._is_source(comment)
        return row if same else {**row, "html": html}

    def _known(self, comment: sdk.Record, before: sdk.Record) -> None:
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
                self.rows.append([given, _further(comment, chunk)])

    def _mark(self) -> None:
        desired = self.desired
        mark = {
            "ref": str(self.lane.root), "workspace": self.session.workspace, "closed": self.closed, "record": self.beside,
            "source": self._row(self.source, []) if self.source else {}, "attribute": self.options.mark_attribute,
            "exact": {key: desired[key] for key in EXACT if desired.get(key)}, "parts": self.rows,
            "fields": {name: value for name, value in desired.get("fields", {}).items() if name not in self.fields},
        }  # fmt: skip
        self._put("mark", "conversation.mark", {"about": str(self.lane.root), "mark": packed(mark)})


def _of(ref: str) -> sdk.From:
    return sdk.From(sdk.parse_ref(ref))


def _source_of(row: sdk.Record) -> str:
    return str(row.get("origin") or row["ref"])


def _further(comment: sdk.Record, files: list[sdk.Record]) -> Row:
    """Return what our note says of a message that only brings further files of a comment."""
    return {"of": comment["ref"], "files": [_file_row(file) for file in files]}


def _file_row(file: sdk.Record) -> Row:
    return {"origin": file["ref"], **{key: file[key] for key in _OF_FILE if key in file}}
