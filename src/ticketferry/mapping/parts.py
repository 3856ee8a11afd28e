"""Rules for what hangs on a ticket: comments, events, work logs, side conversations."""

from collections.abc import Sequence
from typing import Any

from ticketferry.history.timeline import opening, pack_events
from ticketferry.mapping.attachment_rules import AttachmentRules, beside, own_comment
from ticketferry.mapping.history_terms import HistoryTerms
from ticketferry.mapping.opening_line import NOBODY_NAMED, below, nobody_named, opening_line
from ticketferry.mapping.people_rules import PeopleRules
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.talks import in_time, outsider, talk_line
from ticketferry.mapping.text import TextRules
from ticketferry.mapping.times import clamped
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.schema.records import Record
from ticketferry.sdk.features import REST, Feature

__all__ = ["PartRules"]


class PartRules:
    """The compiled sections `comments` and `history`, and `attachments`."""

    def __init__(self, setup: Setup, people: PeopleRules, text: TextRules) -> None:
        self._setup = setup
        self._rules = setup.rules
        self._people = people
        self._text = text
        self._terms = HistoryTerms(setup, people) if setup.way != REST else None
        self._internal = setup.any or setup.has(Feature.PUBLIC_AND_INTERNAL)
        self._attachments = AttachmentRules(setup, people)
        self._static_fates()
        self._attachments.static_fates()

    def _static_fates(self) -> None:
        setup, fates = self._setup, self._setup.fates
        everything = setup.any
        for kind in ("comment", "event", "attachment", "worklog", "side_conversation", "ticket"):
            fates[f"{kind}[]"] = keep(f"{kind}: no place in the target")
        changes = self._rules.history.changes
        by = setup.by("history.changes", "history", "changes")
        if changes == "drop":
            fates["event[]"] = MapFate("drop", "", False, by)
        elif changes == "auto" and (everything or setup.has(Feature.HISTORY)):
            fates["event[]"] = to("events[]", by)
        else:
            fates["event[]"] = keep(by, "provenance.events")
        if everything or setup.has(Feature.WORKLOGS):
            fates["worklog[]"] = to("worklogs[]", "work logs")
        talks = self._rules.comments.side_conversations.as_ == "internal_comment"
        if everything and not talks:
            fates["side_conversation[]"] = to("side_conversations[]", "side conversations")
        for kind in ("comment", "event", "attachment", "worklog", "side_conversation"):
            fates[f"{kind}[].ref"] = (
                fates[f"{kind}[]"]
                if kind in ("event", "side_conversation")
                else to(f"{kind}s[].ref", "identity")
            )
            fates[f"{kind}[].ticket"] = to("ref", "identity")
        if changes == "drop":
            fates["event[].ticket"] = fates["event[]"]
        elif fates["event[]"].action == "keep":
            fates["event[].ticket"] = keep(by, "provenance.ref")
        if fates["worklog[]"].action == "keep":
            fates["worklog[].ref"] = fates["worklog[].ticket"] = fates["worklog[]"]
        if not everything or talks:
            fates["side_conversation[].ticket"] = fates["side_conversation[]"]

    def rules(self) -> Sequence[Rule]:
        """The rules for cases, in order."""
        talks = self._rules.comments.side_conversations.as_ == "internal_comment"
        beside = (self._talks,) if talks and self._internal else ()
        return (self._body, self._comments, *beside, self._attachments.write, self._events, self._logs)

    def _body(self, work: Work) -> None:
        """Put the ticket's own description where the target keeps it."""
        body = work.case.get("body")
        if not body:
            return
        public = work.case.get("public") is not False
        new, changed = self._text.body(work, body, public=public, of=work.case)
        if self._setup.any or (self._setup.has(Feature.DESCRIPTION) and public):
            message = {
                "author": work.case.get("requester"),
                "created": work.case.get("created"),
                "public": True,
            }
            line = (
                "" if self._setup.any else opening_line(self._setup, self._people, self._text, work, message)
            )
            work.desired["body"] = self._slim(below(line, new))
            by = "text.header" if line else changed or "same"
            work.fate("body", to("body", by, transformed=bool(changed or line)))
            return
        comment: Record = {
            "ref": own_comment(work), "ticket": work.case["ref"], "public": public, "body": self._slim(new),
        }  # fmt: skip
        if not self._setup.has(Feature.DESCRIPTION):
            comment["opening"] = True
        if work.case.get("created"):
            comment["created"] = work.case["created"]
        if work.desired.get("requester"):
            comment["author"] = work.desired["requester"]
        if not public and not self._internal:
            work.fate("body", keep("comments.internal"))
            work.findings.add(
                "C301",
                f"{work.head}.body",
                "a description that nobody outside may see; the target has public comments only",
            )
            return
        alone = self._setup.has(Feature.COMMENT_AUTHOR) and "author" not in comment
        if self._text.headers or alone:
            requester = work.case.get("requester")
            name = self._people.text(requester) if requester else NOBODY_NAMED
            comment["header"] = self._text.header(work, comment, name)
        work.desired["comments"] = [comment]
        work.fate(
            "body",
            to(
                f"comments[{work.id}.body].body",
                changed or "opening message",
                transformed=bool(changed),
            ),
        )

    def _slim(self, body: dict[str, Any]) -> dict[str, Any]:
        # The verbatim original stays in the snapshot: a target reads the html, and a file takes both.
        return body if self._setup.any else {"html": body.get("html", "")}

    def _comments(self, work: Work) -> None:
        first = opening(work.case)
        for comment in work.case.get("comments") or ():
            id_ = comment["ref"].split(":", 2)[2]
            head = f"comment[{id_}]"
            public = comment.get("public") is True and self._rules.comments.public == "public"
            if not public and not self._internal:
                beside(work, head, comment, "comments.internal")
                work.findings.add("C301", "comments", "internal comments: the target has public ones only")
                continue
            is_first = first is not None and comment["ref"] == first["ref"]
            if is_first and not public and self._setup.has(Feature.DESCRIPTION):
                work.findings.add(
                    "C303", "comments", "the opening message is internal and does not become the description"
                )
            if (
                is_first and public and self._setup.has(Feature.DESCRIPTION)
                and not self._setup.any and "body" not in work.desired and comment.get("body")
            ):  # fmt: skip
                self._as_description(work, head, comment)
            else:
                self._as_comment(work, head, id_, comment, public=public, is_first=is_first)

    def _as_description(self, work: Work, head: str, comment: Record) -> None:
        new, changed = self._text.body(work, comment["body"], public=True, of=comment)
        line = opening_line(self._setup, self._people, self._text, work, comment)
        work.desired["body"] = self._slim(below(line, new))
        work.opened = comment["ref"]
        by = "opening message"
        for key in comment:
            work.fates[f"{head}.{key}"] = keep(by)
        work.fates[f"{head}.body"] = to(
            "body", "text.header" if line else changed or by, transformed=bool(changed or line)
        )
        work.fates[f"{head}.public"] = to("body", by)
        work.fates[f"{head}.opening"] = to("body", by)
        work.fates[f"{head}.ticket"] = to("ref", "identity")
        author = comment.get("author")
        if author and author == work.case.get("requester") and "requester" in work.desired:
            work.fates[f"{head}.author"] = to("requester", by)
        elif author:
            work.people[author] = self._people.text(author)

    def _as_comment(
        self,
        work: Work,
        head: str,
        id_: str,
        comment: Record,
        *,
        public: bool,
        is_first: bool,
        outside: str = "",
    ) -> Record:
        here = f"comments[{id_}]"
        out: Record = {"ref": comment["ref"], "ticket": work.case["ref"], "public": public}
        work.fates[f"{head}.public"] = to(
            f"{here}.public", "comments.public", transformed=public is not (comment.get("public") is True)
        )
        author = comment.get("author")
        name = ""
        if author:
            name = self._author(work, head, here, out, author)
        body = comment.get("body")
        if body:
            new, changed = self._text.body(work, body, public=public, of=comment)
            out["body"] = self._slim(new)
            work.fates[f"{head}.body"] = to(f"{here}.body", changed or "same", transformed=bool(changed))
        if self._setup.any:
            keys: tuple[str, ...] = (
                "kind",
                "channel",
                "header",
                "redacted",
                "created",
                "updated",
                "fields",
                "opening",
            )
        else:
            keys = ("created", "header", "redacted")
            if is_first and not self._setup.has(Feature.DESCRIPTION):
                out["opening"] = True
                work.fates[f"{head}.opening"] = to(f"{here}.opening", "opening message")
        for key in keys:
            if comment.get(key) is not None:
                out[key] = comment[key]
                work.fates[f"{head}.{key}"] = to(f"{here}.{key}", "same")
        if out.get("created") and not self._setup.any and self._setup.has(Feature.COMMENT_TIME):
            instead = clamped(self._setup, work, out["created"])
            if instead is not None:
                out["provenance"] = {**out.get("provenance", {}), "created": out["created"]}
                out["created"] = instead
                work.fates[f"{head}.created"] = keep("time", f"{here}.provenance.created")
        if not author and not self._setup.any:
            name = outside or NOBODY_NAMED
            if not outside:
                nobody_named(work)
        # A target that sets authors shows a comment without one as its importing account's own words.
        alone = not self._setup.any and self._setup.has(Feature.COMMENT_AUTHOR) and "author" not in out
        if alone or (self._text.headers and (name or comment.get("created"))):
            out["header"] = self._text.header(work, comment, name)
            if comment.get("header"):
                work.fates[f"{head}.header"] = keep("text.header")
        work.desired.setdefault("comments", []).append(out)
        return out

    def _talks(self, work: Work) -> None:
        """Write what was said to third parties as internal comments, each below a line that tells with whom and about what."""
        by = self._setup.by("comments.side_conversations", "comments", "side_conversations")
        for talk in work.case.get("side_conversations") or ():
            head = f"side_conversation[{talk['ref'].split(':', 2)[2]}]"
            for index, message in enumerate(talk.get("messages") or ()):
                here = f"{head}.messages[{index}]"
                id_ = message["ref"].split(":", 2)[2]
                outside = outsider(message)
                out = self._as_comment(
                    work, here, id_, message, public=False, is_first=False, outside=outside
                )
                work.desired["comments"].pop()
                author = message.get("author")
                record = self._setup.lookups.record(author) if author else None
                known = (record or {}).get("name") or (self._people.text(author) if author else "")
                line = self._text.header(work, message, known or outside or NOBODY_NAMED)
                out["header"] = talk_line(talk, line)
                work.fates[f"{here}.ref"] = to(f"comments[{id_}].ref", "identity")
                if message.get("body"):
                    work.fates[f"{here}.body"] = to(f"comments[{id_}].body", by, transformed=True)
                for key, value in message.items():
                    if f"{here}.{key}" not in work.fates:
                        work.fates[f"{here}.{key}"] = keep(by)
                        work.kept[f"{here}.{key}"] = value
                in_time(work.desired.setdefault("comments", []), out)
            work.fates[f"{head}.messages"] = to("comments[]", by, transformed=True)

    def _author(self, work: Work, head: str, here: str, out: Record, author: str) -> str:
        _, choice = self._people.who(author)
        text = self._people.text(author)
        if choice.kind == "placeholder" and self._rules.comments.author_without_account == "header":
            stand_in = None
            work.people[author] = text
        else:
            header = self._rules.comments.author_without_account == "header"
            stand_in = (self._people.stand_in if header else self._people.author)(work, author)
        if stand_in is None:
            work.fates[f"{head}.author"] = keep("comments.author_without_account")
            work.findings.add("C302", "comments", f"no account for the author {text}")
            return choice.name or text
        out["author"] = stand_in
        by, changed = self._people.fate_of(author)
        work.fates[f"{head}.author"] = to(f"{here}.author", by, transformed=changed)
        record = self._setup.lookups.record(author)
        return (record or {}).get("name") or text

    def _events(self, work: Work) -> None:
        events = work.case.get("events")
        if not events:
            return
        fate = self._setup.fates["event[]"]
        if fate.action == "to":
            work.desired["events"] = [self._event(work, event) for event in events]
        elif fate.action == "keep":
            work.kept["events"] = pack_events(events)
            if self._setup.has(Feature.PROFILES):
                self._name_actors(work, events)

    def _name_actors(self, work: Work, events: Sequence[Record]) -> None:
        """Put down by name who did something or was named in it: people read the history beside a ticket."""
        for event in events:
            for value in (event.get("actor"), event.get("before"), event.get("after")):
                if isinstance(value, str) and value.split(":", 2)[1:2] == ["person"]:
                    work.people.setdefault(value, self._people.text(value))

    def _event(self, work: Work, event: Record) -> Record:
        out = dict(event)
        head = f"event[{event['ref'].split(':', 2)[2]}]"
        if event.get("actor"):
            stand_in = self._people.stand_in(work, event["actor"])
            if stand_in is None:
                del out["actor"]
                work.fates[f"{head}.actor"] = keep("history: no account for the actor")
            else:
                out["actor"] = stand_in
        if not self._setup.any and out.pop("native", None) is not None:
            work.fates[f"{head}.native"] = keep("history")
        if self._terms is None:
            return out
        turned = self._terms.event(work, out)
        by = self._setup.by("history.changes", "history", "changes")
        for key in turned:
            if key not in ("ref", "ticket"):
                here = f"events[{head[6:-1]}].{key}"
                work.fates[f"{head}.{key}"] = to(here, by, transformed=turned[key] != event[key])
        return turned

    def _logs(self, work: Work) -> None:
        logs = work.case.get("worklogs")
        if logs and self._setup.fates["worklog[]"].action == "to":
            work.desired["worklogs"] = [self._log(work, log) for log in logs]
        conversations = work.case.get("side_conversations")
        if conversations and self._setup.fates["side_conversation[]"].action == "to":
            work.desired["side_conversations"] = list(conversations)

    def _log(self, work: Work, log: Record) -> Record:
        out = {key: value for key, value in log.items() if key != "native" or self._setup.any}
        head = f"worklog[{log['ref'].split(':', 2)[2]}]"
        if "native" in log and "native" not in out:
            work.fates[f"{head}.native"] = keep("work logs")
        if log.get("author"):
            stand_in = self._people.author(work, log["author"])
            if stand_in is None:
                del out["author"]
                work.fates[f"{head}.author"] = keep("work logs: no account for the author")
            else:
                out["author"] = stand_in
        if log.get("body"):
            new, changed = self._text.body(work, log["body"], public=False)
            out["body"] = self._slim(new)
            if changed:
                work.fates[f"{head}.body"] = to(
                    f"worklogs[{head[8:-1]}].body", self._setup.by("text", "text"), transformed=True
                )
        return out
