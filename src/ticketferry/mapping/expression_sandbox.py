"""Where expressions run: few filters, each step counted and bounded, nothing of Python in sight."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, cast
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ticketferry.mapping.locales import time_in

__all__ = ["BUDGET", "FILTERS", "LOCALE", "MAX_LOOP", "MAX_OUTPUT", "SPENT", "environment"]

MAX_OUTPUT = 32_000
"""Characters that one expression may give, and that one of its steps may make."""
MAX_LOOP = 10_000
"""Rounds of all loops of one rendering, and entries of one range."""
MAX_NUMBER = 10**12
"""Largest number that may be multiplied."""
MAX_RESULT = 10**18
BUDGET = 100_000
"""What one rendering may cost: one for each step, and one for each item or 32 characters that it takes in."""

FILTERS = frozenset({
    "abs", "capitalize", "default", "d", "dictsort", "e", "escape", "first", "float", "groupby", "int", "items",
    "join", "last", "length", "count", "list", "local", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "trim", "truncate",
    "unique", "upper", "wordcount",
})  # fmt: skip
"""Filters that a mapping may use; the others of Jinja2 can make texts of any size, or show what Python is made of."""
_PLAIN = (str, int, float, bool)
SPENT: ContextVar[list[int] | None] = ContextVar("spent", default=None)
"""What the rendering that is going on has cost so far."""
LOCALE: ContextVar[str] = ContextVar("locale", default="")
"""Whose times `local` writes."""
_FORM = "%Y-%m-%d %H:%M"


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) // 32
    if isinstance(value, list | tuple | dict):
        return len(value)
    return 0


def _spend(amount: int) -> None:
    spent = SPENT.get()
    if spent is not None:
        spent[0] += amount
        if spent[0] > BUDGET:
            raise SecurityError("the expression takes too many steps")


def _bounded(value: Any) -> Any:
    """Return a step's result, a lazy one as a list; refuse what is too large."""
    if isinstance(value, Iterator):
        value = list(islice(value, MAX_LOOP + 1))
    if isinstance(value, str) and len(value) > MAX_OUTPUT:
        raise SecurityError(f"a text longer than {MAX_OUTPUT:,} characters")
    if isinstance(value, list | tuple | dict) and len(value) > MAX_LOOP:
        raise SecurityError(f"a list of more than {MAX_LOOP:,}")
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > MAX_RESULT:
        raise SecurityError("a number of more than 18 digits")
    return value


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a filter or a test cost what it takes in, and bound what it gives."""
    # Jinja2 marks functions that want the context first; the mark goes over with the wrapping.
    first = int(hasattr(function, "jinja_pass_arg"))

    @wraps(function)
    def counted(*values: Any, **more: Any) -> Any:
        given = values[first:]
        _spend(1 + sum(map(_size, (*given, *more.values()))))
        return _bounded(function(*values, **more))

    return counted


class _Bounded(ImmutableSandboxedEnvironment):
    """Arithmetic, loops and repetition within bounds: `'a' * 10**9` must not take the machine."""

    intercepted_binops = frozenset({"*", "**", "+", "-", "/", "//", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        _spend(1 + _size(left) + _size(right))
        if operator == "**":
            raise SecurityError("`**` is not allowed in a mapping")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("text formatting with % is not allowed in a mapping")
        if operator == "*":
            for one, other in ((left, right), (right, left)):
                if isinstance(one, str | list | tuple) and isinstance(other, int):
                    if len(one) * other > MAX_OUTPUT:
                        raise SecurityError(f"a repetition longer than {MAX_OUTPUT:,} characters")
                elif isinstance(one, int | float) and abs(one) > MAX_NUMBER:
                    raise SecurityError("a number past 10**12")
        texts = operator == "+" and isinstance(left, str | list) and isinstance(right, str | list)
        if texts and len(left) + len(right) > MAX_OUTPUT:
            raise SecurityError(f"a text longer than {MAX_OUTPUT:,} characters")
        return _bounded(super().call_binop(context, operator, left, right))

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look up a key or a place; of Python's own attributes nothing is there."""
        _spend(1)
        if type(obj).__name__ == "LoopContext":
            return super().getattr(obj, argument) if argument in _LOOP else self.undefined(name=str(argument))
        if isinstance(obj, Undefined):
            return obj[argument]
        try:
            if isinstance(obj, Mapping):
                return obj[argument]
            if isinstance(obj, str | list | tuple) and isinstance(argument, int | slice):
                return obj[argument]
        except (LookupError, TypeError):
            pass
        if isinstance(argument, str) and argument in FILTERS:
            raise SecurityError(f"`.{argument}` is nothing here: write `| {argument}`")
        return self.undefined(name=str(argument)[:80])

    def is_safe_callable(self, obj: Any) -> bool:
        return bool(getattr(obj, "mapping_safe", False))

    def call(self, _context: Any, obj: Any, *values: Any, **more: Any) -> Any:
        _spend(1)
        if isinstance(obj, Undefined) or not self.is_safe_callable(obj):
            raise SecurityError("nothing can be called here but `range`; filters stand behind `|`")
        return obj(*values, **more)


_LOOP = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})


def _bounded_range(*bounds: int) -> range:
    made = range(*(int(bound) for bound in bounds))
    if len(made) > MAX_LOOP:
        raise SecurityError(f"a range of more than {MAX_LOOP:,}")
    _spend(len(made))
    return made


_bounded_range.mapping_safe = True  # type: ignore[attr-defined]  # read by is_safe_callable


def _local(value: Any, zone: str = "UTC", form: str = "") -> str:
    """Show a time in a zone: `{{ at | local('Europe/Berlin') }}`; without a form as the locale has it."""
    if not value:
        return ""
    if len(form) > 100 or re.search(r"%[^a-zA-Z%]", form):
        raise SecurityError("a form of a time is made of `%Y %m %d %H %M %S` and plain signs")
    moment = datetime.fromisoformat(str(value)).astimezone(ZoneInfo(zone))
    return time_in(moment, LOCALE.get()) if LOCALE.get() and not form else moment.strftime(form or _FORM)


def _replace(value: Any, old: str, new: str) -> str:
    text = str(value)
    if old == "" or (text.count(old) * len(new) > MAX_OUTPUT):
        raise SecurityError("a replacement that grows past the bound")
    return text.replace(old, new)


def _join(value: Any, sign: str = "", attribute: str | None = None) -> str:
    parts: list[str] = []
    size = 0
    for item in value:
        part = _text(item if attribute is None else item[attribute])
        size += len(part) + len(sign)
        if size > MAX_OUTPUT:
            raise SecurityError(f"a text longer than {MAX_OUTPUT:,} characters")
        parts.append(part)
    return str(sign).join(parts)


def _round(value: Any, precision: Any = 0, method: str = "common") -> float:
    if not isinstance(precision, int) or abs(precision) > 15 or method not in ("common", "ceil", "floor"):
        raise SecurityError("`round` takes 0 to 15 digits, and `ceil` or `floor`")
    number = float(_bounded(value))
    if method == "common":
        return round(number, precision)
    step: float = 10.0**precision
    return (math.ceil if method == "ceil" else math.floor)(number * step) / step


def _text(value: Any) -> str:
    """Show a value; what is no plain value or list of such has no words of its own."""
    if value is None or isinstance(value, _PLAIN):
        return str(value)
    if isinstance(value, Undefined):
        return str(value)  # raises with the name
    _spend(_size(value))
    if isinstance(value, list | tuple | range):
        return "[" + ", ".join(_quoted(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(key)}: {_quoted(item)}" for key, item in value.items()) + "}"
    raise SecurityError("this is no text: end it with `| join(', ')`, or with a key of it")


def _quoted(value: Any) -> str:
    return repr(value) if isinstance(value, str) else _text(value)


def _finalize(value: Any) -> str:
    _spend(1)
    text = _text(value)
    if len(text) > MAX_OUTPUT:
        raise SecurityError(f"gives more than {MAX_OUTPUT:,} characters")
    return text


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Return the environment of all expressions."""
    made = _Bounded(
        undefined=StrictUndefined, autoescape=False, extensions=[], optimized=False, finalize=_finalize
    )
    own: dict[str, Callable[..., Any]] = {
        "local": _local,
        "replace": _replace,
        "join": _join,
        "round": _round,
        "string": _text,
    }
    theirs: dict[str, Any] = dict(made.filters)
    made.filters = {name: _counted((theirs | own)[name]) for name in sorted(FILTERS)}
    made.filters["_concat"] = _counted(_join)
    made.tests = {name: _counted(cast("Any", test)) for name, test in made.tests.items()}
    made.globals = {"range": _bounded_range}
    return made
