"""An edited ticket that is closed in Zendesk: words and files are blacked out; tags, subject and priority are written; no more.

Zendesk refuses everything else on it [support 4408894213018, native rules of tickets], and takes what it takes by two requests only:
one of the Agent Workspace for redactions [OAS RedactTicketCommentInAgentWorkspace], one for many tickets [DOC tags, limitations].
"""

from dataclasses import replace
from typing import Any

from ticketferry.sdk import Change, From, Kind, Record, Ref, Severity, Template, parse_ref
from ticketferry.sdk.body import to_text
from ticketferry.sdk.messages import tree_of
from ticketferry_zendesk.compile_case import TicketInputs
from ticketferry_zendesk.current_ticket import by_origin, hangs_on, hidden_since
from ticketferry_zendesk.redaction import BLACK, blackened, marked
from ticketferry_zendesk.translate_own import HTML, OF_REQUESTER

__all__ = ["ClosedTicket"]


class ClosedTicket:
    """Compiles what a closed ticket still takes. The internal comment of the import cannot be renewed: it tells of the state before."""

    def __init__(self, change: Change, case: TicketInputs, current: Record) -> None:
        self._change = change
        self._case = case
        self._lane = case.lane
        self._current = current
        self._left = set(change.fields)
        self.expected: Record = dict(current)

    def compile(self, *, held: bool, reimport: bool) -> bool:
        """Add operations and findings; return whether words stay in public that the source has hidden. `held`: others name the ticket."""
        self._redactions()
        self._fields()
        if (self._current.get("native") or {}).get(OF_REQUESTER):
            # It was written without one, and stands in its requester's: only the mark, which cannot be renewed, does not say so.
            self._left.discard("organization")
        desired = self._change.desired
        assert desired is not None
        hidden = hidden_since(replace(self._change, fields=frozenset(self._left)), self._current, desired)
        if self._left:
            because = ", and others name it as their problem or source" if held else ""
            names = ", ".join(sorted({entry.partition("[")[0] for entry in self._left}))
            self._lane.find(
                "ZD-CLOSED", Severity.BLOCKER if hidden else Severity.LOSS, "status",
                f"the ticket is closed in Zendesk, which takes redactions, tags, subject and priority only{because}: {names} as before",
                "" if (held and not hidden) or reimport else "Use `delta: reimport` for it.", count=len(self._left),
            )  # fmt: skip
        return hidden

    # ---- words and files

    def _redactions(self) -> None:
        """Black out, comment by comment, the words and the files that the source shows no longer."""
        wanted = {item["ref"]: item for item in self._case.comments}
        gone = self._gone_files()
        comments: list[Record] = []
        for ref, there in by_origin(self._current, "comments").items():
            now = wanted.get(ref)
            pages = [(str(id_), str(html)) for id_, html in (there.get("native") or {}).get(HTML) or ()]
            files = [part for part in gone if hangs_on(part, there)]
            black = self._words(now, there, pages) if now and f"comments[{ref}]" in self._left else None
            if pages:
                self._add(parse_ref(ref), pages, black, files)
            if black is None or now is None:
                comments.append(there)
                continue
            after = {**there, "body": self._as_read(there, now), "redacted": True}
            comments.append(after)
            if _alike(after, now):
                self._left.discard(f"comments[{ref}]")
        if comments:
            self.expected["comments"] = comments

    def _words(self, now: Record, there: Record, pages: list[tuple[str, str]]) -> list[str] | None:
        old, new = to_text(tree_of(there.get("body"))), to_text(tree_of(now.get("body")))
        if old == new or BLACK not in new or not pages:
            return None
        return marked([html for _, html in pages], old, new)

    def _as_read(self, there: Record, now: Record) -> dict[str, str]:
        """Return the body as reading will give it: what stands there, with the signs black and all else as it was."""
        old, new = to_text(tree_of(there.get("body"))), to_text(tree_of(now.get("body")))
        (html,) = marked([there["body"]["html"]], old, new) or [there["body"]["html"]]
        return {"html": blackened(html)}

    def _gone_files(self) -> list[Record]:
        desired = self._case.desired
        kept = {item["ref"] for item in desired.get("attachments", []) if item.get("state") != "redacted"}
        comments = self._current.get("comments", [])
        return [
            part
            for ref, part in by_origin(self._current, "attachments").items()
            if ref not in kept
            and f"attachments[{ref}]" in self._left
            and part.get("url")
            and any(hangs_on(part, comment) for comment in comments)
        ]

    def _add(
        self, ref: Ref, pages: list[tuple[str, str]], black: list[str] | None, files: list[Record]
    ) -> None:
        for number, (id_, html) in enumerate(pages):
            body: dict[str, Template] = {}
            if black is not None and black[number] != html:
                body["html_body"] = black[number]
            if number == 0 and files:
                body["external_attachment_urls"] = [str(part["url"]) for part in files]
            if not body:
                continue
            body["ticket_id"] = From(self._lane.root, as_int=True)
            self._lane.edit(
                "comment.redact_closed",
                f"{ref}/redact-closed/{number}",
                params={"comment": id_},
                body=body,
                subject=ref if ref.kind is Kind.COMMENT else self._lane.root,
            )
        if files:
            out = [part["ref"] for part in files]
            left = [part for part in self.expected.get("attachments", []) if part["ref"] not in out]
            self.expected["attachments"] = left
            self._left -= {f"attachments[{part.get('origin') or part['ref']}]" for part in files}

    # ---- fields

    def _fields(self) -> None:
        site, head = self._case.site, self._case.head
        ticket: dict[str, Template] = {}
        back: dict[str, Template] = {}
        if "subject" in self._left:
            ticket["subject"], back["subject"] = head.body["subject"], str(self._current.get("subject", ""))
            # The mark that would give back line breaks cannot be renewed.
            self.expected["subject"] = head.body["subject"]
        if "priority" in self._left and head.body.get("priority"):
            ticket["priority"] = self.expected["priority"] = head.body["priority"]
            if self._current.get("priority"):
                back["priority"] = self._current["priority"]
        if "tags" in self._left:
            ours = [
                tag
                for key, value in self._current.get("fields", {}).items()
                if (known := site.field(key)) is not None
                for tag in site.tags_of(known, value)
            ]
            before = [str(tag) for tag in self._current.get("tags", [])]
            own = [tag for tag in head.mark.get("tags", []) if tag not in site.owner_of or tag in ours]
            ticket["tags"] = list(dict.fromkeys([*own, *ours]))
            back["tags"] = list(dict.fromkeys([*before, *ours]))
            self.expected["tags"] = [tag for tag in own if tag not in site.owner_of or tag in before]
        if not ticket:
            return
        self._left -= ticket.keys()
        number: dict[str, Any] = {"id": From(self._lane.root, as_int=True)}
        params: dict[str, Template] = {"id": From(self._lane.root), "undo": {**number, **back}}
        self._lane.edit(
            "ticket.update_closed", f"{self._lane.root}/edit-closed", params=params, body={**number, **ticket}
        )


def _alike(there: Record, now: Record) -> bool:
    """Tell whether a redacted comment is now as the source has it."""
    return (
        (there.get("public") is True) is (now.get("public") is True)
        and there.get("author") == now.get("author")
        and to_text(tree_of(there.get("body"))) == to_text(tree_of(now.get("body")))
    )
