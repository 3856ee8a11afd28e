"""The one condition language of `when` and `where`, compiled into closures over a record."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, TypeAlias

from ticketferry.mapping.condition_values import (
    ASKED,
    TIMES,
    Accessor,
    Complain,
    Subject,
    SubjectKind,
    accessor,
)
from ticketferry.mapping.patterns import Pattern, PatternError, compile_pattern
from ticketferry.mapping.yaml_document import Path

__all__ = [
    "ALWAYS",
    "LEAP",
    "Check",
    "compile_condition",
    "parse_time",
    "text_of",
]


Check: TypeAlias = Callable[[Subject], bool]

_COMPARE = re.compile(r"(>=|<=|!=|>|<|=)\s*(-?\d+(?:\.\d+)?)\Z")
_RELATIVE = re.compile(r"([+-])(\d{1,5})([ymwdh])\Z")
_LONGEST_MATCH = 20_000
LEAP = timedelta(days=5)
"""By so much a bound that counts months back can leap when the snapshot's time moves by a moment."""
_LIFETIME = timedelta(days=36_500)
_NUMBERS = frozenset({
    "number", "comments", "attachments", "events", "followers", "ccs", "links", "worklogs", "tag", "tags", "components", "domain",
    "tickets", "users",
})  # fmt: skip
"""Fields that compare with a number: numbers, and how many there are of what is a list."""

_COUNTS = frozenset({"comments", "attachments", "events", "links", "worklogs", "tickets", "users"})
_WHOLE = re.compile(r"\d+(?:\.0+)?")
_WORDS = ("present", "absent")
_OF_SOMEBODY = frozenset(
    {"requester", "assignee", "submitter", "organization", "group", "due", "followers", "ccs"}
)
"""Fields that no catalog tells the values of, and of which a condition often asks whether there is any."""


def ALWAYS(_subject: Subject) -> bool:  # a constant that happens to be a function  # noqa: N802 -- a constant that is called
    """Hold for every record."""
    return True


def text_of(value: Any) -> str:
    """A value as mappings write it: true, false, numbers without a needless `.0`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse_time(text: str, now: datetime) -> datetime | None:
    """Read a date, a time or a distance from `now` (`-2y`, `-18m`, `-30d`); None for anything else. A time without zone is UTC."""
    relative = _RELATIVE.match(text.strip())
    try:
        if relative is None:
            moment = datetime.fromisoformat(text.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        amount = int(relative[2]) * (-1 if relative[1] == "-" else 1)
        if relative[3] in "ym":
            months = now.year * 12 + now.month - 1 + amount * (12 if relative[3] == "y" else 1)
            year, month = divmod(months, 12)
            return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
        return now + timedelta(**{{"w": "weeks", "d": "days", "h": "hours"}[relative[3]]: amount})
    except (ValueError, OverflowError):
        return None


def compile_condition(
    data: Any, now: datetime, complain: Complain, path: Path = (), kind: SubjectKind = "ticket"
) -> Check:
    """Compile a condition as written in the file; what is wrong with it goes to `complain`, with its path."""
    if data == "always":
        return ALWAYS
    if not isinstance(data, dict) or not data:
        complain(path, "a condition is `always` or `{field: value, …}`")
        return ALWAYS
    checks = [_entry(key, item, now, complain, (*path, key), kind) for key, item in data.items()]
    if len(checks) == 1:
        return checks[0]
    return lambda subject: all(check(subject) for check in checks)


def _entry(key: str, item: Any, now: datetime, complain: Complain, path: Path, kind: SubjectKind) -> Check:
    if key in ("all", "any"):
        if not isinstance(item, list) or not item:
            complain(path, f"`{key}` takes a list of conditions")
            return ALWAYS
        parts = [
            compile_condition(part, now, complain, (*path, index), kind) for index, part in enumerate(item)
        ]
        if key == "all":
            return lambda subject: all(part(subject) for part in parts)
        return lambda subject: any(part(subject) for part in parts)
    if key == "not":
        inner = compile_condition(item, now, complain, path, kind)
        return lambda subject: not inner(subject)
    name, _, suffix = key.rpartition("_")
    if suffix in ("before", "after") and name in ASKED[kind]:
        if name not in TIMES:
            complain(path, f"`{name}` is not a time: `_{suffix}` goes with {', '.join(sorted(TIMES))}")
            return ALWAYS
        return _time_test(ASKED[kind][name], suffix, item, now, complain, path)
    value = accessor(key, complain, path, kind)
    return ALWAYS if value is None else _test(value, item, now, complain, path)


def _test(value: Accessor, item: Any, now: datetime, complain: Complain, path: Path) -> Check:
    if isinstance(item, dict):
        if not item:
            complain(path, "an empty test")
            return ALWAYS
        checks = [_verb(verb, value, operand, now, complain, (*path, verb)) for verb, operand in item.items()]
        return lambda subject: all(check(subject) for check in checks)
    if isinstance(item, list):
        if not item:
            complain(path, "an empty list: no value can be one of it")
        for index, part in enumerate(item):
            _refuse_never(part, complain, path, (*path, index))
        wanted = frozenset(
            _scalar(part, complain, (*path, index)).casefold() for index, part in enumerate(item)
        )
        return lambda subject: _is_one_of(value(subject), wanted)
    text = _scalar(item, complain, path)
    _refuse_never(text, complain, path)
    if text == "present":
        return lambda subject: value(subject) not in (None, "", [], {})
    if text == "absent":
        return lambda subject: value(subject) in (None, "", [], {})
    compare = _COMPARE.match(text.strip())
    if compare is not None:
        key = str(path[-1]) if path else ""
        if path and key not in _NUMBERS and not key.startswith("fields.") and key != "not":
            complain(path, f"`{key}` is no number: `{text}` cannot be compared with it")
        return _comparison(value, compare[1], float(compare[2]))
    only = frozenset({text.casefold()})
    return lambda subject: _is_one_of(value(subject), only)


def _refuse_never(item: Any, complain: Complain, path: Path, at: Path | None = None) -> None:
    """Complain of a value that the field can never have: no number where it counts, no time, a word that is nearly `present`."""
    key = next((step for step in reversed(path) if isinstance(step, str) and step != "not"), "")
    text = item.strip() if isinstance(item, str) else ""
    where = path if at is None else at
    if not text or text in _WORDS or (at is None and text[:1] in "<>=!"):
        return
    if key in _COUNTS and not _WHOLE.fullmatch(text):
        complain(where, f'`{text}` is no number of {key}: write a number, or a comparison such as `">= 2"`')
    elif key in TIMES:
        complain(where, f"`{key}` is a time and never just `{text}`: write `{{before: …}}` or `{{after: …}}`")
    elif text.casefold() in _WORDS:
        complain(where, f"`{text}`: write `{text.casefold()}`, in small letters")
    elif key in _OF_SOMEBODY and get_close_matches(text.casefold(), _WORDS, 1, 0.75):
        complain(where, f"`{text}`: did you mean `{get_close_matches(text.casefold(), _WORDS, 1, 0.75)[0]}`?")


def _scalar(item: Any, complain: Complain, path: Path) -> str:
    if not isinstance(item, str):
        complain(path, "a plain value is wanted here (for empty fields write `absent`)")
        return ""
    plain = item.strip()
    alone = not path or isinstance(path[-1], str)
    if (
        path
        and path[-1] not in ("matches", "before", "after")
        and plain[:1] in ("<", ">", "=", "!")
        and plain
    ):
        if not alone:
            complain(path, f'`{item}` stands in a list of values: a comparison stands alone, as `">= 2"`')
        elif _COMPARE.match(plain) is None:
            complain(
                path, f'`{item}` is no comparison: write `">= 2"` with one of >= <= > < = != and a number'
            )
    return item


def _is_one_of(values: Any, wanted: frozenset[str]) -> bool:
    if values is None:
        return False
    if isinstance(values, list):
        return any(text_of(part).casefold() in wanted for part in values)
    return text_of(values).casefold() in wanted


def _comparison(value: Accessor, sign: str, bound: float) -> Check:
    def check(subject: Subject) -> bool:
        held = value(subject)
        if isinstance(held, list):
            held = len(held)
        try:
            number = float(held)
        except (TypeError, ValueError):
            return sign == "!="
        return {
            ">=": number >= bound, "<=": number <= bound, ">": number > bound,
            "<": number < bound, "=": number == bound, "!=": number != bound,
        }[sign]  # fmt: skip

    return check


def _verb(verb: str, value: Accessor, operand: Any, now: datetime, complain: Complain, path: Path) -> Check:
    if verb == "matches":
        try:
            pattern = compile_pattern(_scalar(operand, complain, path), ignore_case=True)
        except PatternError as error:
            complain(path, f"not a regular expression: {error}")
            return ALWAYS
        return lambda subject: _matches(value(subject), pattern)
    if verb in ("before", "after"):
        key = next((step for step in reversed(path[:-1]) if step != "not"), "")
        if isinstance(key, str) and key and key not in TIMES and not key.startswith("fields."):
            complain(path, f"`{key}` is not a time: `{verb}` goes with {', '.join(sorted(TIMES))}")
        return _time_test(value, verb, operand, now, complain, path)
    if verb == "not":
        inner = _test(value, operand, now, complain, path)
        return lambda subject: not inner(subject)
    complain(
        path, f"`{verb}` is no test: use a value, a list, present, absent, matches, before, after or not"
    )
    return ALWAYS


def _matches(values: Any, pattern: Pattern) -> bool:
    if values is None:
        return False
    parts = values if isinstance(values, list) else [values]
    return any(pattern.found(text_of(part)[:_LONGEST_MATCH]) for part in parts)


def _time_test(
    value: Accessor, sign: str, operand: Any, now: datetime, complain: Complain, path: Path
) -> Check:
    bound = parse_time(_scalar(operand, complain, path), now)
    if bound is None:
        complain(path, f"`{operand}` is no date: write 2024-01-31, or -2y, -18m, -30d before the snapshot")
        return ALWAYS
    moment: datetime = bound
    moves = _RELATIVE.match(str(operand)) is not None

    def check(subject: Subject) -> bool:
        held = value(subject)
        time = parse_time(held, now) if isinstance(held, str) else None
        if time is None:
            return False
        if _RELATIVE.match(str(held)):
            subject.lookups.holds_until(now)
        elif moves and moment <= time < moment + _LIFETIME:
            # The bound moves with the snapshot's time and passes this one some day: months of unlike length make it leap.
            subject.lookups.holds_until(now + (time - moment) - LEAP)
        return time < moment if sign == "before" else time >= moment

    return check
