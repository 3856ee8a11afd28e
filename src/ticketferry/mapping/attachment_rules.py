"""Rules for the files of a ticket: which go along, and on which message each hangs."""

from ticketferry.mapping.files_left import FilesLeft, LeftFile
from ticketferry.mapping.people_rules import PeopleRules
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.work import Setup, Work, keep, to
from ticketferry.schema.records import Record
from ticketferry.sdk.features import Feature

__all__ = ["UNHAD", "AttachmentRules", "beside", "own_comment"]

UNHAD = frozenset({"missing", "redacted", "malware"})
"""States of an attachment whose bytes nobody can have: there is nothing to fetch."""


class AttachmentRules:
    """The compiled section `attachments`."""

    def __init__(self, setup: Setup, people: PeopleRules) -> None:
        self._setup = setup
        self._rules = setup.rules.attachments
        self._people = people
        self._internal = setup.any or setup.has(Feature.PUBLIC_AND_INTERNAL)
        self._left = FilesLeft(setup)
        self._blocked = tuple(f".{ending}" for ending in setup.rules.attachments.block)

    def static_fates(self) -> None:
        """Note what becomes of the leaves of every file."""
        setup, fates = self._setup, self._setup.fates
        everything = setup.any
        for key in ("name", "media_type", "size", "sha256", "inline", "url", "state", "comment"):
            fates[f"attachment[].{key}"] = to(f"attachments[].{key}", "attachments")
        if everything:
            fates["attachment[].public"] = to("attachments[].public", "attachments")
        for key in ("created", "author"):
            if everything or setup.has(Feature.COMMENT_TIME if key == "created" else Feature.COMMENT_AUTHOR):
                fates[f"attachment[].{key}"] = to(f"attachments[].{key}", "attachments")

    def write(self, work: Work) -> None:
        """Give a ticket its files, each where the comment went that it hangs on."""
        written = {comment["ref"] for comment in work.desired.get("comments", ())}
        description = work.opened
        own = own_comment(work)
        lost = bool(work.case.get("body")) and "body" not in work.desired and own not in written
        rules = self._rules
        self._left_out(work)
        left = self._left.of(work.case)
        for attachment in work.case.get("attachments") or ():
            id_ = attachment["ref"].split(":", 2)[2]
            head = f"attachment[{id_}]"
            comment = attachment.get("comment")
            if (comment is None and lost) or (
                comment is not None and comment not in written and comment != description
            ):
                self._follow(work, head, attachment)
                continue
            why = left.get(attachment["ref"])
            if why is not None:
                self._leave(work, head, attachment, why)
                continue
            size = attachment.get("size") or 0
            name = attachment.get("name", "")
            if rules.max and size > rules.max:
                self._over(work, head, attachment, f"{name} has {size:,} bytes, allowed are {rules.max:,}")
                continue
            if self._blocked and name.lower().endswith(self._blocked):
                beside(work, head, attachment, self._setup.by("attachments.block", "attachments", "block"))
                work.findings.add("A008", head, f"{name} is of a blocked kind", "Look at attachments.block.")
                continue
            if attachment.get("state") in UNHAD and not self._setup.any:
                beside(work, head, attachment, f"attachments: {attachment['state']}")
                work.findings.add("A009", head, f"{name} cannot be had ({attachment['state']})")
                continue
            if self._hidden(attachment) and not self._setup.has(Feature.DESCRIPTION):
                if not self._internal:
                    beside(work, head, attachment, "comments.internal")
                    work.findings.add(
                        "C301", "attachments", f"{name} is for agents only; the target has no place for such"
                    )
                    continue
                among = self._among_agents(work, head, attachment, written)
                self._keep_attachment(work, head, id_, among, written)
                continue
            self._keep_attachment(work, head, id_, attachment, written)

    def _hidden(self, attachment: Record) -> bool:
        """Tell whether the target has to be told that a file hangs on no message and only agents see it."""
        return attachment.get("comment") is None and attachment.get("public") is False and not self._setup.any

    def _left_out(self, work: Work) -> None:
        """Tell of the files that are dropped: they are not in the ticket any more that rules read."""
        rules = self._rules
        older = rules.older_than is not None and rules.older_than.do == "drop"
        if not (rules.over == "drop" or rules.malware == "drop" or older):
            return
        left = self._left.of(work.whole)
        for attachment in work.whole.get("attachments") or ():
            size = attachment.get("size") or 0
            head = f"attachment[{attachment['ref'].split(':', 2)[2]}]"
            if head not in work.dropped:
                continue
            why = left.get(attachment["ref"])
            if why is not None and why.do == "drop":
                work.findings.add(
                    why.code, head, f"{why.message}: it is dropped", f"Look at {'.'.join(why.word)}."
                )
            elif rules.over == "drop" and size > rules.max:
                message = f"a file of {size:,} bytes is dropped, allowed are {rules.max:,}"
                work.findings.add("A007", head, message, "Raise attachments.max where the target takes it.")

    def _leave(self, work: Work, head: str, attachment: Record, why: LeftFile) -> None:
        """Keep what is known of a file beside the ticket, or reject the ticket."""
        word = ".".join(why.word)
        if why.do in REFUSING:
            work.refuse(why.code, head, why.message, f"Look at the file in the old desk, then at {word}.")
            return
        beside(work, head, attachment, self._setup.by(word, *why.word))
        work.findings.add(why.code, head, why.message, f"Look at {word}.")

    def _follow(self, work: Work, head: str, attachment: Record) -> None:
        """An attachment goes where its comment went: an internal comment's file must not surface on the ticket."""
        beside(work, head, attachment, "attachments: its comment is kept beside")
        work.findings.add("A009", head, f"{attachment.get('name')} belongs to a comment that is kept beside")

    def _over(self, work: Work, head: str, attachment: Record, message: str) -> None:
        beside(work, head, attachment, self._setup.by("attachments.over", "attachments", "over"))
        work.findings.add("A007", head, message, "Raise attachments.max where the target takes it.")

    def _among_agents(self, work: Work, head: str, attachment: Record, written: set[str]) -> Record:
        """Hang a file that only agents see on an internal comment: where files hang on comments, the first one is public."""
        ref = f"{work.case['ref'].split(':', 1)[0]}:comment:{work.id}.files"
        if ref not in written:
            written.add(ref)
            comment: Record = {"ref": ref, "ticket": work.case["ref"], "public": False}
            if attachment.get("created"):
                comment["created"] = attachment["created"]
            author = self._people.author(work, attachment["author"]) if attachment.get("author") else None
            if author is not None:
                comment["author"] = author
            work.desired.setdefault("comments", []).append(comment)
        work.fates[f"{head}.public"] = to(f"comments[{work.id}.files].public", "attachments")
        return {**attachment, "comment": ref}

    def _keep_attachment(
        self, work: Work, head: str, id_: str, attachment: Record, written: set[str]
    ) -> None:
        here = f"attachments[{id_}]"
        out: Record = {"ref": attachment["ref"], "ticket": work.case["ref"]}
        for key, value in attachment.items():
            fate = self._setup.fates.get(f"attachment[].{key}")
            if key in ("ref", "ticket", "native", "comment", "author") or fate is None or fate.action != "to":
                continue
            out[key] = value
            work.fates[f"{head}.{key}"] = to(f"{here}.{key}", "attachments")
        if self._hidden(attachment) and "public" not in out:
            out["public"] = False
            work.fates[f"{head}.public"] = to(f"{here}.public", "attachments")
        author = attachment.get("author")
        if author and "attachment[].author" in self._setup.fates:
            stand_in = self._people.stand_in(work, author)
            if stand_in is None:
                work.fates[f"{head}.author"] = keep("attachments: no account for the author")
            else:
                out["author"] = stand_in
                by, changed = self._people.fate_of(author)
                work.fates[f"{head}.author"] = to(f"{here}.author", by, transformed=changed)
        elif author:
            work.people[author] = self._people.text(author)
        comment = attachment.get("comment")
        if comment is None:
            own = own_comment(work)
            if own in written:
                out["comment"] = own
        elif comment in written:
            out["comment"] = comment
            work.fates[f"{head}.comment"] = to(f"{here}.comment", "attachments")
        else:
            work.fates[f"{head}.comment"] = to("body", "opening message")
        work.desired.setdefault("attachments", []).append(out)


def own_comment(work: Work) -> str:
    """Return the ref of the comment that a description becomes where it cannot be one."""
    return f"{work.case['ref'].split(':', 1)[0]}:comment:{work.id}.body"


def beside(work: Work, head: str, part: Record, by: str) -> None:
    """Keep every leaf of a part beside the ticket."""
    for key in part:
        work.fates[f"{head}.{key}"] = keep(by)
