"""An edited ticket: what moved is written as updates (`delta: append`), or the ticket is imported anew (`delta: reimport`).

What Zendesk cannot change is told and left as it is: the words of a comment, a comment that was internal, most of a closed ticket.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from ticketferry.sdk import (
    Change,
    Compiled,
    From,
    Record,
    Session,
    Severity,
    Template,
    id_template,
    parse_ref,
    short_hash,
    slim,
)
from ticketferry.sdk.body import to_text
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.compile_case import TicketInputs
from ticketferry_zendesk.compile_closed import ClosedTicket
from ticketferry_zendesk.compile_reimport import compile_reimport
from ticketferry_zendesk.compile_ticket import ImportHead
from ticketferry_zendesk.message import tree_of
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.provenance import KEY, UPDATE, tidy
from ticketferry_zendesk.redaction import BLACK, blacked_out
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.standing import by_origin, hangs_on, parts_of
from ticketferry_zendesk.translate_own import NAMED

__all__ = ["compile_update"]

_REOPENED = frozenset({STAGES[name].value for name in ("pending", "hold", "solved")})
_PARTS = ("comments", "attachments", "worklogs")
_SILENT = frozenset({"ref", "origin", "native", "number", "url", "events", "sla", "side_conversations"})


def compile_update(
    change: Change, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Compiled:
    """Compile what `change.fields` names."""
    desired, current = change.desired, change.current
    assert desired is not None
    assert current is not None
    case = TicketInputs(desired, site, session, options)
    # A number that incidents and follow-ups name would be that of a deleted copy.
    held = NAMED in (current.get("native") or {})
    anew = options.delta == "reimport"
    if anew and not held:
        return compile_reimport(change, case, current, options, held=held)
    if current.get("stage") == "closed":
        closed = ClosedTicket(change, case, current)
        if closed.compile(held=held, reimport=anew) and anew:
            return compile_reimport(
                change, TicketInputs(desired, site, session, options), current, options, held=held
            )
        return case.lane.compiled(closed.expected)
    if anew:
        case.lane.find(
            "ZD-HELD", Severity.INFO, "ref",
            "incidents or follow-ups name the ticket by its number: it is updated (as by `delta: append`), not imported anew",
        )  # fmt: skip
    return _Append(change, case, current, options).compile()


class _Append:
    def __init__(self, change: Change, case: TicketInputs, current: Record, options: ZendeskOptions) -> None:
        self.change = change
        self.case = case
        self.lane = case.lane
        self.head = case.head
        self.current = current
        self.before = by_origin(current, "comments")
        case.thread.there = {
            str(part["origin"]): str(part["url"])
            for part in current.get("attachments", [])
            if part.get("origin") and part.get("url")
        }
        # The record as it stands, compiled the same way: what undoing writes.
        former = {
            key: value for key, value in current.items() if key not in (*_SILENT, "comments", "attachments")
        }
        former["ref"] = str(case.lane.root)
        self.former = TicketInputs(former, case.site, case.session, options)
        self.expected_comments: list[Record] = []
        self.mark_entries: list[dict[str, Any]] = []
        self._spoken = False

    def compile(self) -> Compiled:
        known = frozenset(item["ref"] for item in self.case.comments)
        self.case.thread.fates()
        loose = self.case.thread.of(None, known)
        first = self.case.comments[0]["ref"] if self.case.comments else None
        for comment in self.case.comments:
            extra = loose if comment["ref"] == first else []
            if comment["ref"] in self.before:
                self._standing(comment, self.before[comment["ref"]], extra, known)
            else:
                self._new(comment, extra, known)
        self._gone(known)
        self._files()
        self._follows()
        self._fields()
        expected = {**self.head.expected, "comments": self.expected_comments, **self.case.thread.expected}
        return self.lane.compiled(expected)

    def _cannot(self, where: str, what: str, severity: Severity = Severity.LOSS, remedy: str = "") -> None:
        self.lane.find("ZD-FIXED", severity, where, f"{what}: it stays as it is in Zendesk", remedy)

    # ---- comments

    def _new(self, comment: Record, extra: list[str], known: frozenset[str]) -> None:
        """Add a comment as an update: its author is its own, its time stands in words over it and in the audit's metadata."""
        ref = parse_ref(comment["ref"])
        self._spoken = True
        when = str(comment.get("created", ""))
        line = comment.get("header") or (f"{when.replace('T', ' ').removesuffix('Z')} UTC" if when else "")
        said = self.case.thread.say({**comment, "header": line}, extra, known)
        said.expected.pop("header", None)
        if when:
            said.entry["created"] = [None, when]
        self.mark_entries.append(said.entry)
        self.expected_comments.append(said.expected)
        self.lane.find(
            "ZD-APPEND", Severity.REPAIR, f"comments[{ref.id}].created",
            "new comments are added as updates: Zendesk dates them by when they are added, their own time stands in the text",
        )  # fmt: skip
        bodies = said.bodies(comment, None, self.case.site)
        for number, (body, draft) in enumerate(zip(bodies, said.drafts, strict=True), 1):
            told = slim(
                {
                    "ref": comment["ref"],
                    "created": comment.get("created"),
                    "header": draft.header,
                    "anonymous": said.entry.get("anonymous"),
                }
            )
            if len(bodies) > 1:
                told["part"] = number
            subject = ref if number == 1 else self.lane.part(ref.kind, f"{ref.id}/{number}")
            self.lane.add(
                "comment.add",
                f"{subject}/create",
                params={"id": From(self.lane.root)},
                body={"ticket": {"comment": body, "metadata": {"custom": {KEY: tidy(told)}}}},
                subject=subject,
            )

    def _standing(self, comment: Record, there: Record, extra: list[str], known: frozenset[str]) -> None:
        ref, entry = parse_ref(comment["ref"]), f"comments[{comment['ref']}]"
        said = self.case.thread.say(comment, extra, known, upload=False)
        wanted = said.expected
        if entry not in self.change.fields:
            self.expected_comments.append(wanted)
            return
        path, kept = f"comments[{ref.id}]", {**there, "ref": comment["ref"]}
        kept.pop("origin", None)
        id_ = parse_ref(there["ref"]).id if parse_ref(there["ref"]).desk == self.case.site.desk else None
        params: dict[str, Template] = {"id": From(self.lane.root), "comment": id_ or From(ref)}
        if there.get("public") is True and wanted["public"] is not True:
            for number, (own, _) in enumerate(parts_of(there, params["comment"]), 1):
                key = f"{ref}/hide" + (f"/{number}" if number > 1 else "")
                self.lane.edit("comment.hide", key, params={**params, "comment": own}, subject=ref)
        elif there.get("public") is not True and wanted["public"] is True:
            self._cannot(path, "an internal comment cannot be made public")
            wanted["public"] = False
        if there.get("body") != wanted.get("body") and not self._redact(ref, params, there, wanted):
            hides = wanted.get("redacted") and not there.get("redacted") and wanted["public"] is True
            self._cannot(
                path,
                "the words of a comment cannot be changed",
                Severity.BLOCKER if hides else Severity.LOSS,
                "Redact it in Zendesk by hand." if hides else "",
            )
            for key in ("body", "redacted"):
                wanted.pop(key, None)
                if key in kept:
                    wanted[key] = kept[key]
        for key in ("author", "created"):
            if there.get(key) != wanted.get(key):
                self._cannot(f"{path}.{key}", f"the {key} of a comment cannot be changed")
                wanted.pop(key, None)
                if key in there:
                    wanted[key] = there[key]
        # What has no place in Zendesk is told anew by the mark.
        self.mark_entries.append({"ref": comment["ref"], "record": said.entry.get("record", {})})
        self.expected_comments.append(wanted)

    def _redact(self, ref: Any, params: dict[str, Template], there: Record, wanted: Record) -> bool:
        """Black out the words that the source has blacked out since; False where that is not all that changed."""
        old, new = to_text(tree_of(there.get("body"))), to_text(tree_of(wanted.get("body")))
        if BLACK not in new:
            return False
        gone = blacked_out(old, new)
        if gone is None:
            return False
        told: list[tuple[Template, str]] = []
        for words in dict.fromkeys(gone):
            found = [own for own, text in parts_of(there, params["comment"], old) if words in text]
            if not words.strip() or "\n" in words or not found:
                return False
            told += [(own, words) for own in found]
        for number, (own, words) in enumerate(told):
            self.lane.edit(
                "comment.redact",
                f"{ref}/redact/{number}",
                params={**params, "comment": own},
                body={"text": words},
                subject=ref,
            )
        return bool(told)

    def _gone(self, known: frozenset[str]) -> None:
        for ref, part in self.before.items():
            if ref in known or not part.get("origin"):
                continue
            self.expected_comments.append(part)
            if f"comments[{ref}]" in self.change.fields:
                self._cannot(
                    f"comments[{parse_ref(ref).id}]",
                    "a comment that the source has no longer cannot be taken away",
                    Severity.BLOCKER if part.get("public") is True else Severity.LOSS,
                    "Redact it in Zendesk by hand.",
                )

    # ---- files

    def _files(self) -> None:
        """Redact files that the source has no longer; those that came later to an old comment cannot be added to it."""
        there = {part["origin"]: part for part in self.current.get("attachments", []) if part.get("origin")}
        wanted = {part["ref"]: part for part in self.case.thread.expected.get("attachments", [])}
        new = {ref for entry in self.mark_entries for _, ref, _ in _files_of(entry)}
        for ref in [ref for ref in wanted if ref not in there and ref not in new]:
            self._cannot(
                f"attachments[{parse_ref(ref).id}]", "a file cannot be added to a comment that is there"
            )
            self.case.thread.expected["attachments"].remove(wanted.pop(ref))
        for ref, part in there.items():
            if ref in wanted:
                continue
            if f"attachments[{ref}]" not in self.change.fields:
                self.case.thread.expected.setdefault("attachments", []).append(part)
                continue
            owner = next((item for item in self.current.get("comments", []) if hangs_on(part, item)), None)
            if owner is None or parse_ref(part["ref"]).desk not in (self.case.site.desk, self.lane.root.desk):
                self._cannot(
                    f"attachments[{parse_ref(ref).id}]", "a file cannot be taken away", Severity.BLOCKER
                )
                self.case.thread.expected.setdefault("attachments", []).append(part)
                continue
            own = parse_ref(part["ref"])
            params: dict[str, Template] = {
                "id": From(self.lane.root),
                "comment": parse_ref(owner["ref"]).id,
                "attachment": own.id if own.desk == self.case.site.desk else From(own),
            }
            self.lane.edit("attachment.redact", f"{ref}/redact", params=params, subject=parse_ref(ref))

    # ---- fields

    def _follows(self) -> None:
        """Keep in the mark which ticket this one follows: only an import can say so, and that one may have come in a later phase."""
        kept = self.head.mark.get("links", [])
        for index, link in enumerate(self.case.desired.get("links", [])):
            if link["type"] != "follow_up" or link.get("inward") or not link.get("to") or link in kept:
                continue
            kept = [*kept, link]
            self.head.mark["links"] = kept
            if f"links[follow_up:{link['to']}:0]" in self.change.fields:
                self.lane.kept(f"links[{index}]", by="provenance comment")
                self.lane.find(
                    "ZD-FOLLOWS", Severity.REPAIR, f"links[{index}]",
                    "only an import can say which ticket one follows: it stands in the internal comment",
                    "Bring the older ticket in the same phase or an earlier one.",
                )  # fmt: skip

    def _fields(self) -> None:
        """Write the fields that moved, and the mark anew in an internal comment, in one update."""
        moved = {
            entry
            for entry in self.change.fields
            if not entry.startswith(tuple(f"{name}[" for name in _PARTS))
        }
        self._taken_on(moved)
        ticket, back = self.head.moved(self.former.head, {_group(entry) for entry in moved})
        for key, row in _removed(self.head, self.former.head):
            if key in ticket:
                ticket[key] = [*cast("list[Template]", ticket[key] or []), row]
        for key, row in _removed(self.former.head, self.head):
            if key in back:
                back[key] = [*cast("list[Template]", back[key] or []), row]
        self._as_it_was(ticket)
        if ticket.get("status") in ("solved", "closed") and not self.current.get("assignee"):
            # A setting of the account gives a ticket that is solved without a word on it to whom solves it: to the migration.
            ticket.setdefault("assignee_id", None)
        if ticket.get("status") == "solved" and self.head.expected.get("type") == "problem":
            self._with_incidents()
        self._one_way(ticket, back)
        if "external_id" in ticket:
            del ticket["external_id"], back["external_id"]
        if "tags" in ticket:
            ticket["tags"] = self._tags(moved)
        custom = self._custom(moved)
        if custom:
            ticket["custom_fields"] = [
                {"id": id_template(id_, slot="number", as_int=True), "value": new}
                for id_, (new, _) in custom.items()
            ]
            back["custom_fields"] = [
                {"id": id_template(id_, slot="number", as_int=True), "value": old}
                for id_, (_, old) in custom.items()
            ]
        self._not_later(moved)
        if not moved and not self.mark_entries:
            return
        self.head.mark["comments"] = self.mark_entries
        known = {str(row[0]) for row in self.current.get("provenance", {}).get("events", ())}
        fresh = [row for row in self.case.events if str(row[0]) not in known]
        stamp = self._stamp()
        ticket["comment"] = self.case.mark_comment(
            "Updated by ticketferry", fresh, None, key=f".{len(fresh)}-{stamp}"
        )
        self.former.head.mark["comments"] = []
        back["comment"] = self.former.mark_comment("Taken back by ticketferry", [], None)
        if self.former.lane.operations:
            del back["comment"]  # too large for a comment: the file would have to be uploaded first
        ticket["metadata"] = {"custom": {UPDATE: stamp}}
        back["metadata"] = {"custom": {UPDATE: f"undo {stamp}"}}
        self.lane.edit(
            "ticket.update",
            f"{self.lane.root}/edit",
            params={"id": From(self.lane.root)},
            body={"ticket": ticket},
        )
        last = self.lane.operations[-1]
        self.lane.operations[-1] = replace(last, params={**last.params, "undo": {"ticket": back}})

    def _one_way(self, ticket: dict[str, Template], back: dict[str, Template]) -> None:
        """Leave out what Zendesk does not do: take a priority away, make a ticket New again; and expect what it does, Open for an
        assigned one [support 4408894213018, native rules of tickets].
        """
        expected, new = self.head.expected, self.current.get("stage") == "new"
        if "priority" in ticket:
            if ticket["priority"] is None and self.current.get("priority"):
                self._cannot("priority", "a priority that is set cannot be taken away")
                del ticket["priority"], back["priority"]
                expected["priority"] = self.current["priority"]
            elif back["priority"] is None:
                del back["priority"]
        if ticket.get("status") == "new" and not new:
            self._cannot("status", "a ticket that was not New any more cannot be New again")
            for key in ("status", "custom_status_id"):
                ticket.pop(key, None)
                back.pop(key, None)
            for key in ("status", "stage"):
                expected.pop(key, None)
                if key in self.current:
                    expected[key] = self.current[key]
        if (
            new
            and ticket.get("assignee_id", self.current.get("assignee"))
            and ticket.get("status", "new") == "new"
        ):
            # Any update of an assigned New ticket makes it Open.
            ticket.pop("custom_status_id", None)
            ticket["status"] = "open"
            expected |= {"status": "open", "stage": STAGES["open"].value}
            back["status"] = "open"
        if new and "status" in back:
            back.pop("custom_status_id", None)
            back["status"] = "open"

    def _with_incidents(self) -> None:
        """Tell that Zendesk solves the incidents of a problem with it, each with the problem's last comment [RECALL]."""
        if (
            NAMED in (self.current.get("native") or {})
            and self.current.get("stage") != STAGES["solved"].value
        ):
            self.lane.find(
                "ZD-INCIDENTS", Severity.DOUBT, "status",
                "Zendesk solves the incidents of a problem that is solved, by itself and with its last comment",
                "Bring the incidents' own changes in the same plan, and look at those that the old desk holds open.",
            )  # fmt: skip

    def _as_it_was(self, ticket: dict[str, Template]) -> None:
        """Give a ticket its status back that a customer's comment makes Open [support 4408894213018]; what moved is written anyway."""
        if not self._spoken or "status" in ticket or self.current.get("stage") not in _REOPENED:
            return
        former = self.former.head.body
        ticket |= {key: former[key] for key in ("status", "custom_status_id") if key in former}

    def _taken_on(self, moved: set[str]) -> None:
        """Leave the group of a ticket alone that somebody took on in Zendesk: another group would take it from them."""
        if "group" not in moved or "assignee" in moved:
            return
        if self.current.get("assignee") in (None, self.head.expected.get("assignee")):
            return
        moved.discard("group")
        self._cannot("group", "somebody took the ticket on, and another group would take it from them")
        self.head.expected.pop("group", None)
        if self.current.get("group"):
            self.head.expected["group"] = self.current["group"]

    def _tags(self, moved: set[str]) -> list[Template]:
        """Return all tags, which Zendesk replaces together with the fields they stand for: those that did not move stay as they are."""
        site, wanted = self.case.site, self.head.expected.get("fields", {})
        fields = {
            key: value
            for key, value in self.current.get("fields", {}).items()
            if f'fields["{key}"]' not in moved
        }
        fields |= {key: value for key, value in wanted.items() if f'fields["{key}"]' in moved}
        ours = [
            tag
            for key, value in fields.items()
            if (known := site.field(key)) is not None
            for tag in site.tags_of(known, value)
        ]
        own = [tag for tag in self.head.mark.get("tags", []) if tag not in site.owner_of or tag in ours]
        return list(dict.fromkeys([*own, *ours]))

    def _stamp(self) -> str:
        return short_hash((sorted(self.change.fields), self.case.desired))

    def _custom(self, moved: set[str]) -> dict[str, tuple[Template, Template]]:
        found: dict[str, tuple[Template, Template]] = {}
        for entry in sorted(moved):
            if not entry.startswith('fields["'):
                continue
            known = self.case.site.field(entry[8:-2])
            if known is not None:
                found[known["id"]] = (
                    self.head.custom.get(known["id"]),
                    self.former.head.custom.get(known["id"]),
                )
        return found

    def _not_later(self, moved: set[str]) -> None:
        """Tell what only an import can set; who submitted a ticket our mark says."""
        if "created" in moved and self.current.get("created") != self.head.expected.get("created"):
            self._cannot("created", "`created` can be set by an import only")
            self.head.expected.pop("created", None)
            if "created" in self.current:
                self.head.expected["created"] = self.current["created"]


def _removed(wanted: ImportHead, there: ImportHead) -> Iterator[tuple[str, Template]]:
    """Yield whom an update takes out by name: people who are no longer followers or CCs."""
    for key in ("followers", "email_ccs"):
        kept = {str(row["user_id"]) for row in cast("list[dict[str, Template]]", wanted.body.get(key) or [])}
        for row in cast("list[dict[str, Template]]", there.body.get(key) or []):
            if str(row["user_id"]) not in kept:
                yield key, {**row, "action": "delete"}


def _group(entry: str) -> str:
    return "links" if entry.startswith("links[") else entry


def _files_of(entry: dict[str, Any]) -> list[tuple[Any, str, Record]]:
    return [(row["id"], row["ref"], row["record"]) for row in entry.get("files", [])]
