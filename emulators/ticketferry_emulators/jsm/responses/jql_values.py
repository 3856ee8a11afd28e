"""Fields of JQL: what each one's values are, which operators it takes, and what is not served [JQL fields reference]."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ticketferry_emulators.jsm.exceptions import refused
from ticketferry_emulators.jsm.models import adf
from ticketferry_emulators.jsm.models.records import Issue, JiraAccount, Option
from ticketferry_emulators.jsm.models.search_index import Indexed
from ticketferry_emulators.jsm.models.state import SiteState
from ticketferry_emulators.jsm.responses.wire import CATEGORIES
from ticketferry_emulators.kit.app import NotServed

__all__ = ["ORDERS", "Known", "Operand", "Searched", "Test", "field_named"]

Test = Callable[[Indexed], bool]

_NAMES = {
    "project": "project", "labels": "labels", "label": "labels", "key": "key", "issuekey": "key", "issue": "key", "id": "key",
    "created": "created", "createddate": "created", "updated": "updated", "updateddate": "updated",
    "resolved": "resolved", "resolutiondate": "resolved", "due": "due", "duedate": "due",
    "statuscategorychangeddate": "moved", "status": "status", "statuscategory": "category", "type": "type",
    "issuetype": "type", "priority": "priority", "resolution": "resolution", "assignee": "assignee", "reporter": "reporter",
    "creator": "creator", "text": "text", "summary": "summary", "description": "description", "comment": "comment",
    "component": "component", "components": "component",
}  # fmt: skip
_OTHERS = frozenset(
    [
        "affectedversion",
        "approvals",
        "approver",
        "attachments",
        "category",
        "environment",
        "filter",
        "fixversion",
        "hierarchylevel",
        "issuelink",
        "issuelinktype",
        "lastviewed",
        "level",
        "originalestimate",
        "parent",
        "remainingestimate",
        "request",
        "savedfilter",
        "searchrequest",
        "securitylevel",
        "sprint",
        "timeestimate",
        "timeoriginalestimate",
        "timespent",
        "voter",
        "votes",
        "watcher",
        "watchers",
        "worklogauthor",
        "worklogcomment",
        "worklogdate",
        "workratio",
        "projecttype",
        "organizations",
        "reporter.organization",
        "request-channel-type",
        "request-last-activity-time",
    ]
)
"""Fields that Jira has and that are not indexed here."""
_PEOPLE = ("assignee", "reporter", "creator")
_TIMES = ("created", "updated", "resolved", "moved", "due")
_TEXTS = ("text", "summary", "description", "comment")
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: bool(a > b), ">=": lambda a, b: bool(a >= b), "<": lambda a, b: bool(a < b), "<=": lambda a, b: bool(a <= b),
}  # fmt: skip
_FORMS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_PERIOD = re.compile(r"([+-]?)((?:\d+[wdhm]\s*)+)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
ORDERS: Mapping[str, Callable[[Indexed], Any]] = {
    "key": lambda entry: entry.key, "id": lambda entry: entry.id, "created": lambda entry: entry.created,
    "updated": lambda entry: entry.updated, "resolved": lambda entry: entry.resolved, "due": lambda entry: entry.due,
    "moved": lambda entry: entry.moved,
}  # fmt: skip
"""What issues can be ordered by here."""


class Operand(NamedTuple):
    """What a field is held against: a text, a function with its arguments, or EMPTY (None)."""

    text: str | None
    arguments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """The site that a query is asked of, and who asks."""

    state: SiteState
    caller: JiraAccount

    @property
    def zone(self) -> ZoneInfo:
        """The caller's time zone, in which times without one are read."""
        return ZoneInfo(self.caller.zone)

    def issue(self, value: str) -> int:
        """Return the id of the issue that a key or id names; refuses one that is not there."""
        issue = self.state.issue(value)
        if issue is None:
            raise refused(400, f"An issue with key '{value}' does not exist for field 'key'.")
        return int(issue.id)


@dataclass(frozen=True, slots=True)
class Known:
    """A field as a query names it."""

    name: str
    said: str
    searched: Searched

    def compare(self, sign: str, values: list[Operand]) -> Test:
        """Return the test for `sign`: any of the values for `=`, none of them for `!=`; an empty field is equal to EMPTY alone."""
        if self.name in _TEXTS:
            return self._words(sign, values)
        if sign in ("~", "!~") or (sign in _SIGNS and self.name not in (*_TIMES, "key")):
            raise refused(400, f"The operator '{sign}' is not supported by the '{self.said}' field.")
        if sign in _SIGNS:
            if self.name == "key":
                return self._after_key(sign, str(values[0].text))
            return self._after(sign, values[0])
        wanted, empty = self._meant(values)
        equal = sign == "="
        read = self._read

        def test(entry: Indexed) -> bool:
            here = read(entry)
            if not here:
                optional = self.name in _OPTIONAL or self.name.startswith("customfield_")
                return empty if equal else not empty and not optional
            return (not wanted.isdisjoint(here)) is equal

        return test

    def _read(self, entry: Indexed) -> frozenset[Any]:
        """Return what the field holds; nothing where it is empty."""
        if self.name == "labels":
            return entry.labels
        if self.name == "component":
            return entry.components
        if self.name.startswith("customfield_"):
            return entry.custom.get(self.name, frozenset())
        value = getattr(entry, _ATTRIBUTES.get(self.name, self.name))
        if self.name == "due" and value is not None:
            value = _day(value, self.searched.zone)
        return frozenset(()) if value is None else frozenset((value,))

    def _meant(self, values: list[Operand]) -> tuple[set[Any], bool]:
        """Return what the values stand for, and whether EMPTY is among them."""
        wanted: set[Any] = set()
        empty = False
        for value in values:
            if value.text is None or (self.name == "resolution" and value.text.casefold() == "unresolved"):
                empty = True
            else:
                wanted |= self._ids(value)
        return wanted, empty

    def _ids(self, value: Operand) -> set[Any]:
        state, text = self.searched.state, str(value.text)
        if self.name in _TIMES:
            return {self._instant(value)}
        if value.arguments is not None:
            if self.name in _PEOPLE and text.casefold() == "currentuser":
                return {self.searched.caller.id}
            raise NotServed(f"the function {text}() of JQL")
        if self.name == "labels":
            return {text}
        if self.name == "component":
            rows = [row for project in state.projects.values() for row in project.components]
            return self._some(
                {row.id for row in rows if text.casefold() in (row.id, row.name.casefold())}, text
            )
        if self.name.startswith("customfield_"):
            choices = state.fields[self.name].options
            if not choices:
                raise NotServed(f"values of the field {self.said} of JQL")
            return self._some({row.id for row in choices if text in (row.id, row.value)}, text)
        if self.name == "key":
            return {self.searched.issue(text)}
        if self.name == "project":
            project = state.project(text) or next(
                (row for row in state.projects.values() if row.name == text), None
            )
            return self._some({project.id} if project else set(), text)
        if self.name in ("status", "category"):
            return self._some(_statuses(state, self.name, text), text)
        if self.name == "type":
            found = {
                row.id for row in state.types.values() if text.casefold() in (row.id, row.name.casefold())
            }
            return self._some(found, text)
        if self.name in ("priority", "resolution"):
            options: list[Option] = state.priorities if self.name == "priority" else state.resolutions
            return self._some(
                {row.id for row in options if text.casefold() in (row.id, row.value.casefold())}, text
            )
        folded = text.casefold()
        people = {
            row.id
            for row in state.accounts.values()
            if text == row.id or folded in (row.name.casefold(), row.email.casefold() if row.email else None)
        }
        return self._some(people, text)

    def _some(self, found: set[str], text: str) -> set[str]:
        if not found:
            raise refused(400, f"The value '{text}' does not exist for the field '{self.said}'.")
        return found

    # --- times and keys

    def _after(self, sign: str, value: Operand) -> Test:
        if value.text is None:
            raise refused(400, f"The operator '{sign}' does not support the value 'EMPTY'.")
        test, instant, read = _SIGNS[sign], self._instant(value), self._read
        return lambda entry: any(test(at, instant) for at in read(entry))

    def _after_key(self, sign: str, text: str) -> Test:
        test = _SIGNS[sign]
        if text.isdigit():
            return lambda entry: test(entry.id, int(text))
        found = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)-(\d+)", text)
        if found is None:
            raise refused(400, f"The issue key '{text}' for field 'key' is invalid.")
        key, number = found[1].upper(), int(found[2])
        return lambda entry: entry.key[0] == key and test(entry.key[1], number)

    def _instant(self, value: Operand) -> float:
        text, zone = str(value.text).strip(), self.searched.zone
        now = datetime.fromtimestamp(self.searched.state.clock.time(), zone)
        if value.arguments is not None:
            return _function(text, value.arguments, now)
        if _PERIOD.fullmatch(text):
            return (now + _period(text)).timestamp()
        if re.fullmatch(r"\d{10,}", text):
            return int(text) / 1000
        for form in _FORMS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=zone).timestamp()
            except ValueError:
                continue
        raise refused(
            400,
            f"Date value '{text}' for field '{self.said}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
        )

    # --- texts

    def _words(self, sign: str, values: list[Operand]) -> Test:
        state, name = self.searched.state, self.name
        if values[0].text is None and name == "description":
            filled = sign == "!="
            return lambda entry: bool(_said(state.issues[str(entry.id)], name)) is filled
        if sign not in ("~", "!~"):
            raise refused(400, f"The operator '{sign}' is not supported by the '{self.said}' field.")
        words = _needles(str(values[0].text))
        wanted = sign == "~"

        def test(entry: Indexed) -> bool:
            text = " ".join(_split(_said(state.issues[str(entry.id)], name)))
            return all(needle.search(text) for needle in words) is wanted

        return test


_ATTRIBUTES = {"key": "id", "category": "status"}
_OPTIONAL = frozenset(
    {"resolved", "due", "assignee", "reporter", "priority", "resolution", "labels", "component"}
)
"""Fields that can be empty: `!=` does not find issues without a value [JQL operators reference]."""


def field_named(searched: Searched, text: str, *, ordered: bool = False) -> Known:
    """Return the field of a name; 400 where the site has none such, NotServed for one that is not indexed here."""
    name = text.casefold()
    if ordered and name == "id":
        return Known("id", text, searched)
    if name in _NAMES:
        return Known(_NAMES[name], text, searched)
    fields = searched.state.fields.values()
    numbered = re.fullmatch(r"cf\[(\d+)\]", name)
    if numbered and f"customfield_{numbered[1]}" in searched.state.fields:
        return Known(f"customfield_{numbered[1]}", text, searched)
    if name in _OTHERS or any(name in (row.id, row.name.casefold()) for row in fields):
        raise NotServed(f"the field {text} of JQL")
    raise refused(400, f"Field '{text}' does not exist or you do not have permission to view it.")


def _statuses(state: SiteState, name: str, value: str) -> set[str]:
    """Return the ids of the statuses that a name, an id, or the name of a category stands for."""
    text = value.casefold()
    if name == "status":
        return {id_ for id_, status in state.statuses.items() if text in (id_, status.name.casefold())}
    keys = {
        key for key, (_, _, title, other) in CATEGORIES.items() if text in (key, title.casefold(), other.casefold())
    }  # fmt: skip
    return {id_ for id_, status in state.statuses.items() if status.category in keys}


def _day(text: str, zone: ZoneInfo) -> float:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=zone).timestamp()


def _period(text: str) -> timedelta:
    """Return what `-5d` or `4w 2d` stands for."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise refused(400, f"The period '{text}' is invalid.")
    parts: Iterable[tuple[str, str]] = re.findall(r"(\d+)([wdhm])", found[2])
    whole = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    return -whole if found[1] == "-" else whole


def _function(name: str, arguments: tuple[str, ...], now: datetime) -> float:
    """Return the moment that a function stands for; `startOfDay(-1d)` is that of yesterday."""
    folded = name.casefold()
    if folded == "now" and not arguments:
        return now.timestamp()
    if folded not in ("startofday", "startofweek", "startofmonth", "startofyear"):
        raise NotServed(f"the function {name}() of JQL")
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if folded == "startofweek":
        start -= timedelta(days=(start.weekday() + 1) % 7)
    elif folded == "startofmonth":
        start = start.replace(day=1)
    elif folded == "startofyear":
        start = start.replace(month=1, day=1)
    return (start + _period(arguments[0]) if arguments else start).timestamp()


def _said(issue: Issue, name: str) -> str:
    """Return the words of an issue that a search by `name` goes through; of the live issue, not of the index."""
    if name in ("summary", "description"):
        return adf.plain_text(issue.values.get(name))
    comments = [adf.plain_text(comment.body) for comment in issue.comments]
    if name == "comment":
        return "\n".join(comments)
    texts = [
        value for value in issue.values.values() if isinstance(value, dict) and value.get("type") == "doc"
    ]
    return "\n".join([str(issue.values.get("summary") or ""), *map(adf.plain_text, texts), *comments])


def _split(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _needles(text: str) -> list[re.Pattern[str]]:
    """Return what must all be found: words, beginnings of words (`ab*`), and phrases in quotes [JQL text search]."""
    if re.search(r"[~?^{}\[\]]|\b(?:AND|OR|NOT)\b", text):
        raise NotServed(f"the text search {text} of JQL")
    found = []
    for phrase, word in re.findall(r'"([^"]*)"|(\S+)', text):
        inner = r"\s".join(re.escape(part) for part in _split(phrase or word))
        if inner:
            found.append(re.compile(rf"\b{inner}" + ("" if word.endswith("*") else r"\b")))
    return found
