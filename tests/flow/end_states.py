"""What a stand-in holds and was sent, told without the ids and times that it gives itself: comparable between two runs.

Shares no code with the product. A record that the run made is called by what stands in it, its own ids and those of others left out; so two
that are alike stand twice, one that is missing is missed, and a reference to the wrong one shows. `spread` gives each kind of record numbers
of its own first, so that a number says by itself what it is.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["EndState", "spread"]

LEFT_OUT = frozenset({"counters", "jobs", "uploads", "moments", "reporting", "files", "trash"})
"""Sections that tell how it came, not what there is: used-up numbers, jobs, files that nobody hung on anything."""
IDS = ("id", "key", "media_id", "encoded_id")
KINDS = {
    "jsm": ("issue", "comment", "change", "attachment", "link", "remote_link", "worklog", "customer", "organization", "temporary"),
    "zendesk": ("tickets", "users", "identities", "organizations", "organization_memberships", "groups", "group_memberships"),
    "intercom": ("thread", "part", "note", "tag", "file", "message", "number"),
}  # fmt: skip
SPOKEN = ("comment", "note")
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
_NAME = re.compile(r"<[0-9a-f]{12}>")
_TOKEN = re.compile(r"/token/[0-9a-f]+")
_DAYS = timedelta(days=40).total_seconds()


def spread(emulator: Any) -> None:
    """Let the ids of each kind of record begin at another large number."""
    state = emulator.state
    numbers = state.numbers if emulator.name == "zendesk" else state.counters
    for place, kind in enumerate(KINDS[emulator.name], start=1):
        numbers[kind] = 7_000_000_000 + place * 10_000_000


class EndState:
    """`records`: what there is beside `before` (a dump of the stand-in), counted; `writes`: what was sent and done, each thing once;
    `mails`: what people were told. `since`: when the run began, in epoch seconds.
    """

    def __init__(self, emulator: Any, before: dict[str, Any], since: float) -> None:
        self._since = since
        dump = json.loads(json.dumps(emulator.dump(), default=str))
        old = json.loads(json.dumps(before, default=str))
        known = set(_ids(old))
        self._names: dict[str, str] = {}
        new = [row for row in _identified(dump) if not {str(row.get(name)) for name in IDS} & known]
        self._words = re.compile(r"(?!)")
        given = {
            str(row[name]): row
            for row in new
            for name in IDS
            if row.get(name) and _is_unusual(str(row[name])) and str(row[name]) not in known
        }
        self._words = _any_of(given)
        self._names = dict.fromkeys(given, "?")
        self._names = {id_: f"<{_digest(self._plain(row))}>" for id_, row in given.items()}
        self.records: Counter[str] = Counter()
        for section, rows in dump.items():
            if section in LEFT_OUT:
                continue
            was = old.get(section)
            for key, row in rows.items() if isinstance(rows, dict) else enumerate(rows):
                if isinstance(was, dict) and was.get(key) == row:
                    continue
                self.records[f"{section} {self.told(row)}"] += 1
        self.writes = {
            line
            for entry in emulator.ledger.writes(committed=True)
            if "/oauth/" not in entry.path
            for line in self._sent(entry)
        }
        self.mails = emulator.notifications

    def told(self, value: Any) -> str:
        """A value without what the stand-in gave, as a text."""
        return json.dumps(self._plain(value), sort_keys=True, ensure_ascii=False)

    def _sent(self, entry: Any) -> Iterator[str]:
        """One line for each thing that a request was about."""
        about = (
            f"{entry.operation} {self._plain(entry.path)} {self._plain([list(pair) for pair in entry.query])}"
        )
        body = entry.json
        files = [(one.field, one.name, one.sha256) for one in entry.uploads]
        lists = [rows for rows in body.values() if isinstance(rows, list)] if isinstance(body, dict) else []
        if len(lists) == 1 and len(body) == 1 and not files:
            for item in lists[0]:
                yield f"{about} {self.told(item)}"
        else:
            yield f"{about} {self.told(body)} {files}"

    def _plain(self, value: Any) -> Any:
        if isinstance(value, dict):
            # An issue's number is a part of its key, and a file that was sent twice has two tokens.
            found = {
                self._text(str(key)): len(item) if key == "uploads" else self._plain(item)
                for key, item in value.items()
                if key != "number" or "key" not in value
            }
            return {**found, "parts": _once(found["parts"])} if "parts" in found else found
        if isinstance(value, list):
            plain = [self._plain(item) for item in value]
            # Whom a desk has, and which files: sorted by the numbers that they were given.
            return (
                sorted(plain)
                if all(isinstance(item, str) and _NAME.fullmatch(item) for item in plain)
                else plain
            )
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            if self._since - 1 <= value < self._since + _DAYS:
                return "now"
            return self._names.get(str(value), value)
        return self._text(value)

    def _text(self, text: str) -> str:
        found = self._words.sub(lambda match: self._names[match.group()], text)
        return _MOMENT.sub(self._moment, _TOKEN.sub("/token/-", found))

    def _moment(self, match: re.Match[str]) -> str:
        at = datetime.fromisoformat(match.group()).astimezone(UTC).timestamp()
        return "now" if self._since - 1 <= at < self._since + _DAYS else match.group()

    def differs(self, unbroken: "EndState") -> list[str]:
        """Say in lines what is there twice or too much, what is missing, what was written that the unbroken run does not write, and mails."""
        return [
            *(f"too much ({count}): {row[:600]}" for row, count in (self.records - unbroken.records).items()),
            *(f"missing ({count}): {row[:600]}" for row, count in (unbroken.records - self.records).items()),
            *(f"unplanned: {line[-500:]}" for line in sorted(self.writes - unbroken.writes)),
            *([f"{self.mails} mails"] if self.mails else []),
        ]


def _is_unusual(id_: str) -> bool:
    """Tell whether an id cannot be a word or number of somebody's: the key of an issue, or a long one."""
    return len(id_) > 5 or re.fullmatch(r"[A-Z]+-[0-9]+", id_) is not None


def _once(parts: Any) -> Any:
    """Leave out parts of a conversation that say once more what stands there: to assign again changes nothing, and shows all the same."""
    if not isinstance(parts, list):
        return parts
    kept: list[Any] = []
    for part in parts:
        if isinstance(part, dict) and part.get("part_type") not in SPOKEN and part in kept:
            continue
        kept.append(part)
    return kept


def _identified(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if any(name in value for name in IDS):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _identified(item)


def _ids(dump: Any) -> Iterator[str]:
    for row in _identified(dump):
        for name in IDS:
            if row.get(name):
                yield str(row[name])


def _any_of(ids: Any) -> re.Pattern[str]:
    if not ids:
        return re.compile(r"(?!)")
    longest = sorted(map(re.escape, ids), key=len, reverse=True)
    return re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(longest)})(?![0-9A-Za-z])")


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
