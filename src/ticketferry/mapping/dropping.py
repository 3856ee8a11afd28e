"""What a mapping drops is taken out of a record before any rule reads it: nothing can then carry it by another way."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.conditions import ALWAYS, Check
from ticketferry.mapping.counted_words import figures_of
from ticketferry.mapping.dropped_values import (
    Left,
    _texts,
    aliased,
    drop_fate,
    drop_list,
    drop_part,
    keep_events,
    put_value,
    sources_of,
    take_values,
    without_native,
    without_tags,
    words_of,
)
from ticketferry.mapping.files_left import FilesLeft
from ticketferry.mapping.links import is_issue
from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.work import Setup
from ticketferry.schema.body import Inline
from ticketferry.schema.body_rewrite import rewrite
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.records import Record

__all__ = [
    "Dropping",
]


_OF_COMMENTS = frozenset({"privacy", "redacted", "removed"})
"""Events that tell what a comment said, or to whom."""


class Dropping:
    """The rules that drop something of a ticket, compiled once."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        rules = setup.rules
        self._fields = [
            (self._check(rule, index), sources_of(rule), _fate(setup, rule, index))
            for index, rule in enumerate(rules.fields)
            if rule.drop
        ]
        self._named = frozenset(name for rule in rules.fields for name in rule.source)
        self._rest = next(
            (
                (self._check(rule, index), _fate(setup, rule, index))
                for index, rule in enumerate(rules.fields)
                if rule.rest == "drop"
            ),
            None,
        )
        self._tag = without_tags(setup)
        self._ccs = [
            (key, drop_fate(setup, f"people.{key}", rules.people.because, "people", key))
            for key in ("ccs", "followers")
            if getattr(rules.people, key) == "drop"
        ]
        links = rules.links
        self._remote = (
            drop_fate(setup, "links.remote", links.because, "links", "remote")
            if links.remote == "drop"
            else None
        )
        self._jira = (
            drop_fate(setup, "links.jira", links.because, "links", "jira") if links.jira == "drop" else None
        )
        self._keeps_issues = links.jira == "keep"
        self._unmigrated = (
            drop_fate(setup, "links.unmigrated", links.because, "links", "unmigrated")
            if links.unmigrated == "drop"
            else None
        )
        said = rules.comments
        self._kinds = {
            kind: drop_fate(setup, f"comments.{kind}", said.because, "comments", kind)
            for kind, drops in (("system", said.system == "drop"), ("voice", said.voice.as_ == "drop"))
            if drops
        }
        self._talks = (
            drop_fate(setup, "comments.side_conversations", said.because, "comments", "side_conversations")
            if said.side_conversations.as_ == "drop"
            else None
        )
        self._figures = figures_of(setup.lookups)
        left_out = rules.organizations.drop
        self._left_out = (
            (
                setup.condition(left_out.when, ("organizations", "drop", "when"), "organization"),
                drop_fate(setup, "organizations.drop", left_out.because, "organizations", "drop"),
            )
            if left_out is not None
            else None
        )
        files = rules.attachments
        self._over = (
            drop_fate(setup, "attachments.over", files.because, "attachments", "over")
            if files.over == "drop" and files.max
            else None
        )
        self._files_left = FilesLeft(setup)
        self._by_kind = {
            path: drop_fate(setup, ".".join(path), files.because, *path)
            for path, drops in (
                (
                    ("attachments", "older_than"),
                    files.older_than is not None and files.older_than.do == "drop",
                ),
                (("attachments", "malware"), files.malware == "drop"),
            )
            if drops
        }
        self._changes = (
            drop_fate(setup, "history.changes", rules.history.because, "history", "changes")
            if rules.history.changes == "drop"
            else None
        )

    def _check(self, rule: FieldRule, index: int) -> Check:
        return ALWAYS if rule.when is None else self._setup.condition(rule.when, ("fields", index, "when"))

    def take(self, whole: Record, subject: Subject) -> Left:
        """Take out what the rules drop. Pure: `whole` stays as it is; conditions are asked of the whole ticket."""
        head = f"ticket[{whole['ref'].split(':', 2)[2]}]"
        case, fates = without_native(self._setup, whole, "ticket")
        left = Left(case, fates, {})
        gone: dict[str, MapFate] = {}
        for check, names, by in self._fields:
            if check(subject):
                for name in names:
                    gone.setdefault(name, by)
        others = self._rest[1] if self._rest is not None and self._rest[0](subject) else None
        if others is not None:
            for key in whole.get("fields") or ():
                if f"fields.{key}" not in self._named:
                    gone.setdefault(f"fields.{key}", others)
        fate = self._of_organization(whole)
        if fate is not None:
            gone.setdefault("organization", fate)
        called = aliased(gone)
        values = take_values(left, whole, head, gone)
        for event in whole.get("events") or ():
            rule = self._rule_of(event.get("field"), called, others)
            if rule is not None and str(event.get("field")).startswith("fields."):
                # What a field held before stood in the tags then: their history tells it still.
                for side in ("before", "after"):
                    for text in _texts(event.get(side)):
                        values.setdefault(text, rule)
        tags = self._take_tags(left, whole, head, gone, values)
        for key, rule in self._ccs:
            if whole.get(key):
                case.pop(key, None)
                drop_list(left, head, key, whole[key], rule)
            called = {**aliased({key: rule}), **called}
        self._take_links(left, whole, head)
        self._take_comments(left)
        self._take_files(left)
        self._take_events(left, called, tags, others)
        return left

    def _of_organization(self, whole: Record) -> MapFate | None:
        """Return the rule that leaves a ticket's organization behind: its name goes nowhere then."""
        ref = whole.get("organization")
        record = self._setup.lookups.record(ref) if ref and self._left_out is not None else None
        if record is None or self._left_out is None:
            return None
        check, fate = self._left_out
        subject = Subject(record, self._setup.lookups, self._figures(record["ref"]))
        return fate if check(subject) else None

    def _take_tags(
        self, left: Left, whole: Record, head: str, gone: Mapping[str, MapFate], values: Mapping[str, MapFate]
    ) -> Mapping[str, MapFate]:
        """Take out tags that a rule drops, and those that are nothing but the value of a dropped field; returns them by name."""
        lost = dict(values)
        for name, fate in gone.items():
            for value in self._setup.option_names.get(name.removeprefix("fields."), ()):
                if name.startswith("fields."):
                    lost.setdefault(value, fate)
        tag_fates: dict[str, MapFate] = dict(lost)
        kept: list[str] = []
        tags = whole.get("tags") or ()
        if "tags" in gone:
            return tag_fates | dict.fromkeys(map(str, tags), gone["tags"])
        for index, tag in enumerate(tags):
            by = lost.get(tag) or self._tag(tag)
            if by is None:
                kept.append(tag)
                continue
            tag_fates[tag] = by
            left.fates[f"{head}.tags[{index}]"] = by
        if len(kept) < len(tags):
            left.lists[f"{head}.tags"] = list(tags)
            put_value(left.record, "tags", kept)
        return tag_fates

    def _take_links(self, left: Left, whole: Record, head: str) -> None:
        links = whole.get("links") or ()
        kept = []
        for index, link in enumerate(links):
            fate: MapFate | None = None
            if not link.get("to") and (self._jira or self._keeps_issues) and is_issue(link):
                fate = self._jira
            elif link.get("url") and not link.get("to"):
                fate = self._remote
            elif link.get("to") and self._unmigrated and not self._setup.lookups.in_scope(link["to"]):
                fate = self._unmigrated
            if fate is None:
                kept.append(link)
            else:
                left.fates[f"{head}.links[{index}]"] = fate
        if len(kept) < len(links):
            left.lists[f"{head}.links"] = list(links)
            put_value(left.record, "links", kept)

    def _take_comments(self, left: Left) -> None:
        if self._talks is not None:
            for talk in left.record.pop("side_conversations", None) or ():
                drop_part(left, "side_conversation", talk, self._talks)
        comments = left.record.get("comments")
        if not comments or not self._kinds:
            return
        dropped = {
            comment["ref"]: self._kinds[comment["kind"]]
            for comment in comments
            if comment.get("kind") in self._kinds
        }
        if not dropped:
            return
        for comment in comments:
            if comment["ref"] in dropped:
                drop_part(left, "comment", comment, dropped[comment["ref"]])
        put_value(left.record, "comments", [item for item in comments if item["ref"] not in dropped])
        for name, kind in (("attachments", "attachment"), ("events", "event")):
            items = left.record.get(name)
            if items:
                gone = [
                    item
                    for item in items
                    if item.get("comment") in dropped
                    and (kind != "event" or item.get("type") in _OF_COMMENTS)
                ]
                for item in gone:
                    drop_part(left, kind, item, dropped[item["comment"]])
                put_value(left.record, name, [item for item in items if item not in gone])

    def _take_files(self, left: Left) -> None:
        """Take out files that are too large, too old or have malware, where such are dropped, and their pictures in texts."""
        files = left.record.get("attachments")
        if not files or (self._over is None and not self._by_kind):
            return
        fates = self._fates_of_files(left.record, files)
        dropped = {file["ref"]: file for file in files if file["ref"] in fates}
        if not dropped:
            return
        for file in dropped.values():
            drop_part(left, "attachment", file, fates[file["ref"]])
        put_value(left.record, "attachments", [file for file in files if file["ref"] not in dropped])

        def unseen(node: Inline) -> Inline | None:
            return None if node[0] == "img" and node[2] in dropped else node

        for holder in (left.record, *left.record.get("comments", ())):
            body = holder.get("body")
            if body and any(ref in body.get("html", "") for ref in dropped):
                html = write_html(rewrite(parse(body["html"]), unseen))
                changed = {**{k: v for k, v in body.items() if k != "original"}, "html": html}
                if holder is left.record:
                    left.record["body"] = changed
                else:
                    rows = left.record["comments"]
                    left.record["comments"] = [
                        {**row, "body": changed} if row["ref"] == holder["ref"] else row for row in rows
                    ]
        named = {
            str(value): fates[ref]
            for ref, file in dropped.items()
            for value in (ref, file.get("name"))
            if value
        }
        events = left.record.get("events") or ()
        for event in events:
            by = named.get(str(event.get("before"))) or named.get(str(event.get("after")))
            if event.get("field") == "attachment" and by is not None:
                drop_part(left, "event", event, by)
        keep_events(left, events)

    def _fates_of_files(self, case: Record, files: Sequence[Record]) -> dict[str, MapFate]:
        fates: dict[str, MapFate] = {}
        if self._by_kind:
            for ref, why in self._files_left.of(case).items():
                if why.word in self._by_kind:
                    fates[ref] = self._by_kind[why.word]
        if self._over is not None:
            largest = self._setup.rules.attachments.max
            for file in files:
                if (file.get("size") or 0) > largest:
                    fates.setdefault(file["ref"], self._over)
        return fates

    def _take_events(
        self, left: Left, names: Mapping[str, MapFate], tags: Mapping[str, MapFate], others: MapFate | None
    ) -> None:
        """`names`: what an event calls its field -> the rule that drops it; `others`: that of the fields which no rule names."""
        events = left.record.get("events")
        if not events:
            return
        if self._changes is not None:
            for event in events:
                drop_part(left, "event", event, self._changes)
            del left.record["events"]
            return
        kept: list[Record] = []
        for event in events:
            field = event.get("field")
            fate = self._rule_of(field, names, others)
            if fate is not None:
                drop_part(left, "event", event, fate)
            elif field == "tags":
                kept += self._tag_event(left, event, tags)
            else:
                kept.append(event)
        if len(kept) < len(events) or any(a is not b for a, b in zip(kept, events, strict=False)):
            put_value(left.record, "events", kept)

    def _rule_of(self, field: Any, names: Mapping[str, MapFate], others: MapFate | None) -> MapFate | None:
        """Return the rule that drops what an event calls `field`."""
        if not isinstance(field, str):
            return None
        unnamed = field.startswith("fields.") and field not in self._named
        return names.get(field) or (others if unnamed else None)

    def _tag_event(self, left: Left, event: Record, tags: Mapping[str, MapFate]) -> list[Record]:
        """Return the event without the dropped tags; nothing where it told of nothing else."""
        out = dict(event)
        lost: MapFate | None = None
        head = f"event[{event['ref'].split(':', 2)[2]}]"
        for side in ("before", "after"):
            value = event.get(side)
            words = value.split() if isinstance(value, str) else value
            if not isinstance(words, list):
                continue
            kept = []
            for index, word in enumerate(words):
                by = tags.get(word) or (self._tag(word) if isinstance(word, str) else None)
                if by is None:
                    kept.append(word)
                    continue
                lost = by
                left.fates[f"{head}.{side}[{index}]"] = by
            if len(kept) < len(words):
                left.lists[f"{head}.{side}"] = words
                put_value(out, side, " ".join(kept) if isinstance(value, str) else kept)
        if lost is None:
            return [event]
        if words_of(out.get("before")) == words_of(out.get("after")):
            drop_part(left, "event", event, lost)
            return []
        if out.pop("native", None) is not None:
            left.fates[f"{head}.native"] = lost
        return [out]


def _fate(setup: Setup, rule: FieldRule, index: int) -> MapFate:
    short = "+".join(name.removeprefix("fields.") for name in rule.source) or "rest"
    return drop_fate(setup, f"fields[{index}] {short}", rule.because, "fields", index)
