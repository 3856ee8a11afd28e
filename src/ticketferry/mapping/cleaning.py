"""The section `clean` and the repair of texts at work: who stays behind, and what is taken out of a ticket before any rule reads it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.conditions import Check
from ticketferry.mapping.model import CleanRule
from ticketferry.mapping.patterns import Pattern, compile_pattern
from ticketferry.mapping.repairing import repaired
from ticketferry.mapping.result import MapFate, fate_of
from ticketferry.mapping.work import Setup, Work
from ticketferry.schema.body_spans import Spans, replace_spans, replaced
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.personal_data import KINDS_OF_DATA, spots
from ticketferry.schema.records import Record
from ticketferry.sdk.trace import join_path

__all__ = ["ARCHIVED", "REDACTED", "CleanVerdict", "Cleaned", "Cleaning", "Stays"]

REDACTED = "clean."
"""How the rule of a leaf begins that something was taken out of."""
ARCHIVED = "archived to "
"""How the reason of a ticket begins that goes into an archive; the folder and a colon follow."""

_PLACES: Mapping[str, Mapping[str, str]] = {
    "ticket": {
        "subject": "subject", "body": "comments", "fields": "fields", "satisfaction": "fields", "external_id": "fields", "tags": "tags",
        "links": "beside", "native": "beside", "url": "beside",
    },
    "comment": {"body": "comments", "header": "comments", "fields": "fields", "native": "beside"},
    "event": {"before": "history", "after": "history", "rule": "history", "native": "beside"},
    "attachment": {"name": "files", "url": "files", "native": "beside"},
    "worklog": {"body": "comments", "native": "beside"},
    "side_conversation": {"subject": "comments", "participants": "comments", "messages": "comments", "native": "beside"},
}  # fmt: skip
"""Kind of record -> key -> the word of `in` that it belongs to. Other keys hold names, times and references, nobody's words."""
_PARTS = {
    "comments": "comment", "events": "event", "attachments": "attachment", "worklogs": "worklog",
    "side_conversations": "side_conversation",
}  # fmt: skip
_REFS: Mapping[str, frozenset[str]] = {
    "links": frozenset({"type", "to"}), "messages": frozenset({"ref", "origin", "ticket", "author", "created", "updated"}),
}  # fmt: skip
"""Keys of such items that hold no words."""
_WORDS = frozenset({"subject", "comments", "fields", "files"})
"""Where a repair looks: what people wrote."""
_FEWEST_DIGITS = 12
_NONE: frozenset[str] = frozenset()


class Stays(NamedTuple):
    """Why a ticket is left behind: the rule as people read it, and its reason."""

    by: str
    because: str


class CleanVerdict(NamedTuple):
    """What rules say of a ticket, by their ids: whose condition holds, which of all are overridden, which one decides whether it goes."""

    holds: tuple[str, ...]
    lifted: frozenset[str]
    decided: str | None


class Cleaned(NamedTuple):
    """A ticket with what rules took out of it, which leaves they changed (concrete path -> rule), and lists of which items were."""

    record: Record
    changed: dict[str, str]
    lists: dict[str, list[Any]]


class _Redaction(NamedTuple):
    rule: CleanRule
    check: Check
    by: str
    places: frozenset[str]
    kinds: tuple[str, ...]
    patterns: tuple[Pattern, ...]

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Return what is taken out of a text, in order; what overlaps is one."""
        found = [(spot.start, spot.end) for spot in spots(text, self.kinds)] if self.kinds else []
        for pattern in self.patterns:
            found += pattern.spans(text)
        out: list[tuple[int, int, str]] = []
        assert self.rule.redact is not None
        for start, end in sorted(found):
            if out and start < out[-1][1]:
                out[-1] = (out[-1][0], max(end, out[-1][1]), out[-1][2])
            elif end > start:
                out.append((start, end, self.rule.redact.with_))
        return out


class Cleaning:
    """The compiled section."""

    def __init__(self, setup: Setup) -> None:
        self._lookups = setup.lookups
        self._rules: list[tuple[CleanRule, Check, str]] = []
        self._redactions: list[_Redaction] = []
        for index, rule in enumerate(setup.rules.clean):
            check = setup.condition(rule.when, ("clean", index, "when"))
            by = setup.by(f"clean.{rule.id}", "clean", index)
            if rule.redact is None:
                self._rules.append((rule, self._repeats(rule, check) if rule.merge else check, by))
                continue
            own = [pattern for pattern in rule.redact.patterns if pattern not in KINDS_OF_DATA]
            kinds = tuple(pattern for pattern in rule.redact.patterns if pattern in KINDS_OF_DATA)
            compiled = tuple(compile_pattern(pattern) for pattern in own)
            self._redactions.append(_Redaction(rule, check, by, frozenset(rule.redact.in_), kinds, compiled))
        self._overrides = [
            (frozenset(rule.overrides), check) for rule, check, _ in self._rules if rule.overrides
        ]
        self._merges = any(rule.merge for rule, _, _ in self._rules)
        self._merged = setup.rules.exits.merged.do
        self._repair = setup.by("text.repair", "text", "repair") if setup.rules.text.repair else None

    def stays(self, subject: Subject) -> Stays | None:
        """Return by which rule a ticket stays behind: the first that matches and is not overridden decides."""
        decided = self._decided(subject)
        if decided is None:
            return None
        rule, by = decided
        because = rule.because or ""
        if rule.merge:
            kept = rule.merge[str(subject.record["number"])]
            if self._merged is None:
                return None
            said = f"merged into #{kept}: {because}"
            return Stays(by, f"{ARCHIVED}archive: {said}" if self._merged == "archive" else said)
        if rule.do == "archive":
            return Stays(by, f"{ARCHIVED}{rule.to or 'archive'}: {because}")
        return Stays(by, because) if rule.do == "skip" else None

    def _decided(self, subject: Subject) -> tuple[CleanRule, str] | None:
        lifted = self._lifted(subject) if self._overrides else frozenset()
        for rule, check, by in self._rules:
            if rule.id not in lifted and check(subject):
                return rule, by
        return None

    def _repeats(self, rule: CleanRule, check: Check) -> Check:
        """Return the check of a rule that merges: the ticket is named, and the one that stays is moved or there already."""

        def repeats(subject: Subject) -> bool:
            kept = self._kept(rule, subject)
            return (
                kept is not None
                and kept != subject.record["ref"]
                and self._lookups.in_scope(kept)
                and check(subject)
            )

        return repeats

    def _kept(self, rule: CleanRule, subject: Subject) -> str | None:
        kept = rule.merge.get(str(subject.record.get("number") or ""))
        return None if kept is None else self._lookups.ticket(kept)

    def verdict(self, subject: Subject) -> CleanVerdict:
        """Return what every rule says, for people who want to know before anything runs."""
        lifted = self._lifted(subject)
        deciding = [rule.id for rule, check, _ in self._rules if check(subject)]
        taking = [one.rule.id for one in self._redactions if one.check(subject)]
        return CleanVerdict(
            (*deciding, *taking), lifted, next((id_ for id_ in deciding if id_ not in lifted), None)
        )

    def _lifted(self, subject: Subject) -> frozenset[str]:
        return frozenset().union(*(ids for ids, check in self._overrides if check(subject)))

    def clean(self, case: Record, subject: Subject) -> Cleaned:
        """Repair and redact a ticket. Pure: `case` stays as it is; conditions are asked of the ticket as the desk has it."""
        decided = self._decided(subject) if self._merges else None
        if decided is not None and decided[0].merge:
            case = {**case, "merged_into": self._kept(decided[0], subject)}
        cleaned = Cleaned(case, {}, {})
        if self._repair is not None:
            cleaned = _Walk(repaired, _repaired_body, _WORDS, self._repair).over(cleaned)
        if self._redactions:
            lifted = self._lifted(subject)
            for one in self._redactions:
                if one.rule.id not in lifted and one.check(subject):
                    because = f"{one.by}: {one.rule.because}"
                    cleaned = _Walk(_text_by(one.spans), _body_by(one.spans), one.places, because).over(
                        cleaned
                    )
        return cleaned

    def settle(self, work: Work, cleaned: Cleaned) -> None:
        """Say of every leaf that was changed, wherever it goes now, that a rule changed it."""
        for path, items in cleaned.lists.items():
            work.lists.setdefault(path, items)
        for path, by in cleaned.changed.items():
            fate = fate_of(work.fates, path)
            if fate is not None and fate.action != "drop":
                work.fates[path] = MapFate(fate.action, fate.to, True, by)


def _text_by(spans: Spans) -> Callable[[str], str]:
    return lambda text: replaced(text, spans)


def _body_by(spans: Spans) -> Callable[[str], str]:
    def change(html: str) -> str:
        tree = parse(html)
        new = replace_spans(tree, spans)
        return html if new is tree else write_html(new)

    return change


def _repaired_body(html: str) -> str:
    if html.isascii() and "&" not in html:
        return html
    tree = parse(html)

    def whole(text: str) -> list[tuple[int, int, str]]:
        new = repaired(text)
        return [] if new is text or new == text else [(0, len(text), new)]

    new = replace_spans(tree, whole)
    return html if new is tree else write_html(new)


class _Walk:
    """One change over every text of a case that lies in the `places` (none: everywhere)."""

    def __init__(
        self, text: Callable[[str], str], html: Callable[[str], str], places: frozenset[str], by: str
    ) -> None:
        self._text = text
        self._html = html
        self._places = places
        self._by = by
        self._changed: dict[str, str] = {}
        self._lists: dict[str, list[Any]] = {}

    def over(self, cleaned: Cleaned) -> Cleaned:
        """Return the case changed, with what was changed before."""
        case = cleaned.record
        out = self._record("ticket", case)
        for name, kind in _PARTS.items():
            parts = case.get(name)
            if parts:
                new = [self._record(kind, part) for part in parts]
                if any(a is not b for a, b in zip(new, parts, strict=True)):
                    out = {**out, name: new}
        return Cleaned(out, {**cleaned.changed, **self._changed}, {**self._lists, **cleaned.lists})

    def _record(self, kind: str, record: Record) -> Record:
        out = record
        for key, place in _PLACES[kind].items():
            value = record.get(key)
            if value is None or (self._places and place not in self._places):
                continue
            head = f"{kind}[{record['ref'].split(':', 2)[2]}]"
            new = (
                self._body(f"{head}.{key}", value)
                if key == "body"
                else self._value(f"{head}.{key}", value, _REFS.get(key, _NONE))
            )
            if new is not value:
                out = {**out, key: new}
        return out

    def _body(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        html = body.get("html", "")
        new = self._html(html)
        original = body.get("original")
        if new == html and (original is None or self._text(original) == original):
            return body
        self._changed[path] = self._by
        # The verbatim original would tell what was taken out.
        return {
            **{key: value for key, value in body.items() if key not in ("original", "format")},
            "html": new,
        }

    def _value(self, path: str, value: Any, leaves_out: frozenset[str] = _NONE) -> Any:
        if isinstance(value, str):
            new = self._text(value)
            if new != value:
                self._changed[path] = self._by
                return new
            return value
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int) and len(str(abs(value))) >= _FEWEST_DIGITS:
            text = str(value)
            if self._text(text) != text:
                self._changed[path] = self._by
                return self._text(text)
            return value
        if isinstance(value, dict):
            if "html" in value and set(value) <= {"html", "format", "original"}:
                return self._body(path, value)
            pairs = {
                key: item if key in leaves_out else self._value(join_path(path, key), item)
                for key, item in value.items()
            }
            return pairs if any(pairs[key] is not item for key, item in value.items()) else value
        if isinstance(value, list):
            items = [self._value(f"{path}[{index}]", item, leaves_out) for index, item in enumerate(value)]
            if all(a is b for a, b in zip(items, value, strict=True)):
                return value
            if any(isinstance(item, str) for item in value):
                self._lists[path] = list(value)
            return items
        return value
