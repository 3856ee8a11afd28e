"""An edited ticket: what moved is written as updates (`delta: append`), or the ticket is imported anew (`delta: reimport`).

What Zendesk cannot change is told and left as it is: the words of a comment, a comment that was internal, most of a closed ticket.
"""

from typing import Any

from ticketferry.sdk import (
    Change,
    Compiled,
    From,
    Record,
    Session,
    Severity,
    Template,
    parse_ref,
    slim,
)
from ticketferry.sdk.body import to_text
from ticketferry.sdk.messages import tree_of
from ticketferry_zendesk.compile_case import TicketInputs
from ticketferry_zendesk.compile_closed import ClosedTicket
from ticketferry_zendesk.compile_field_update import FieldUpdate
from ticketferry_zendesk.compile_reimport import compile_reimport
from ticketferry_zendesk.current_ticket import by_origin, hangs_on, parts_of
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.provenance import KEY, tidy
from ticketferry_zendesk.redaction import BLACK, blacked_out
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.translate_own import NAMED

__all__ = ["compile_update"]


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


class _Append(FieldUpdate):
    def __init__(self, change: Change, case: TicketInputs, current: Record, options: ZendeskOptions) -> None:
        super().__init__(change, case, current, options)
        self.before = by_origin(current, "comments")
        case.thread.there = {
            str(part["origin"]): str(part["url"])
            for part in current.get("attachments", [])
            if part.get("origin") and part.get("url")
        }
        self.expected_comments: list[Record] = []

    def compile(self) -> Compiled:
        known = frozenset(item["ref"] for item in self.case.comments)
        self.case.thread.fates()
        loose = self.case.thread.of(None, known)
        first = self.case.comments[0]["ref"] if self.case.comments else None
        for comment in self.case.comments:
            extra = loose if comment["ref"] == first else []
            if comment["ref"] in self.before:
                self._standing(comment, self.before[comment["ref"]], extra, known)
            elif "id" not in self.change.slots.get(
                comment["ref"], {}
            ):  # one that was written, or counts as written, never comes twice
                self._new(comment, extra, known)
        self._gone(known)
        self._files()
        self.follows()
        self.fields()
        expected = {**self.head.expected, "comments": self.expected_comments, **self.case.thread.expected}
        return self.lane.compiled(expected)

    # ---- comments

    def _new(self, comment: Record, extra: list[str], known: frozenset[str]) -> None:
        """Add a comment as an update: its author is its own, its time stands in words over it and in the audit's metadata."""
        ref = parse_ref(comment["ref"])
        self.spoken = True
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
            self.cannot(path, "an internal comment cannot be made public")
            wanted["public"] = False
        if there.get("body") != wanted.get("body") and not self._redact(ref, params, there, wanted):
            hides = wanted.get("redacted") and not there.get("redacted") and wanted["public"] is True
            self.cannot(
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
                self.cannot(f"{path}.{key}", f"the {key} of a comment cannot be changed")
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
                self.cannot(
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
            self.cannot(
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
                self.cannot(
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


def _files_of(entry: dict[str, Any]) -> list[tuple[Any, str, Record]]:
    return [(row["id"], row["ref"], row["record"]) for row in entry.get("files", [])]
