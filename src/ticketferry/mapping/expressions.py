"""Jinja2 expressions of a mapping, in a sandbox that cannot change anything and cannot run away.

Only what stands in `_ALLOWED` can be written. Values are looked up by key alone, so that nothing of Python shows; each step of a
rendering costs of a budget that is counted, not timed: the same record gives the same text on every machine.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, cast
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ticketferry.mapping.constant_steps import constant_steps
from ticketferry.mapping.locales import time_in

__all__ = ["ExpressionError", "check", "compile_template", "names_in", "render"]

MAX_OUTPUT = 32_000
"""Characters that one expression may give, and that one of its steps may make."""
MAX_SOURCE = 8_000
MAX_DEPTH = 40
"""Brackets, and steps of an expression within each other."""
MAX_LOOP = 10_000
"""Rounds of all loops of one rendering, and entries of one range."""
MAX_NUMBER = 10**12
"""Largest number that may be multiplied."""
MAX_RESULT = 10**18
BUDGET = 100_000
"""What one rendering may cost: one for each step, and one for each item or 32 characters that it takes in."""

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.NSRef, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict,
    nodes.Pair, nodes.Keyword, nodes.Operand, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Concat, nodes.Compare, nodes.BinExpr, nodes.UnaryExpr, nodes.If, nodes.For,
)  # fmt: skip
FILTERS = frozenset({
    "abs", "capitalize", "default", "d", "dictsort", "e", "escape", "first", "float", "groupby", "int", "items",
    "join", "last", "length", "count", "list", "local", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "trim", "truncate",
    "unique", "upper", "wordcount",
})  # fmt: skip
"""Filters that a mapping may use; the others of Jinja2 can make texts of any size, or show what Python is made of."""
_PLAIN = (str, int, float, bool)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_SPENT: ContextVar[list[int] | None] = ContextVar("spent", default=None)
_LOCALE: ContextVar[str] = ContextVar("locale", default="")
_FORM = "%Y-%m-%d %H:%M"


class ExpressionError(ValueError):
    """An expression that cannot be read, asks for what is not there, or runs past its bounds."""


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value) // 32
    if isinstance(value, list | tuple | dict):
        return len(value)
    return 0


def _spend(amount: int) -> None:
    spent = _SPENT.get()
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
    return time_in(moment, _LOCALE.get()) if _LOCALE.get() and not form else moment.strftime(form or _FORM)


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
def _environment() -> ImmutableSandboxedEnvironment:
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


def check(source: str, known: Iterable[str] | None = None) -> str | None:
    """Say what is wrong with an expression, or None. `known`: the names that it may ask for; None: any."""
    try:
        compile_template(source)
        _try_constants(source)
    except ExpressionError as error:
        return str(error)
    if known is not None:
        names = sorted(known)
        for name in sorted(meta.find_undeclared_variables(_environment().parse(source)) - {*names, "range"}):
            near = get_close_matches(name, names, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(names)}"
            return f"`{name}` is nothing that this expression can ask for: {hint}"
    return None


def _try_constants(source: str) -> None:
    """Evaluate, within the bounds, each step that depends on no value: what fails there fails for every record. Raises ExpressionError."""
    for tree in constant_steps(_tree(source)):
        _concatenated(tree.set_environment(_environment()))
        try:
            render(_environment().from_string(tree), {})
        except ExpressionError as error:
            raise ExpressionError(f"fails for every record: {error}") from None


def _tree(source: str) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise ExpressionError(f"an expression longer than {MAX_SOURCE:,} characters")
    depth = 0
    for sign in source:
        depth += (sign in "([{") - (sign in ")]}")
        if depth > MAX_DEPTH:
            raise ExpressionError(f"brackets more than {MAX_DEPTH} deep")
    try:
        tree = _environment().parse(source)
    except TemplateSyntaxError as error:
        raise ExpressionError(f"not an expression: {error.message}") from None
    except (TemplateError, RecursionError, OverflowError, MemoryError, ValueError) as error:
        raise ExpressionError(f"not an expression: {_said(error)}") from None
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH * 4):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            break
        for node in level:
            if not isinstance(node, _ALLOWED):
                raise ExpressionError(f"`{type(node).__name__.lower()}` is not allowed in a mapping")
    if level:
        raise ExpressionError("steps too deep within each other")
    loops = list(tree.find_all(nodes.For))
    if any(loop.recursive for loop in loops) or any(list(loop.find_all(nodes.For)) for loop in loops):
        raise ExpressionError("a loop within a loop is not allowed in a mapping")
    return tree


@lru_cache(maxsize=512)
def _parsed(source: str) -> frozenset[str]:
    tree = _tree(source)
    undeclared = set(meta.find_undeclared_variables(tree))
    whole: dict[str, int] = {}
    for name in tree.find_all(nodes.Name):
        whole[name.name] = whole.get(name.name, 0) + 1
    parts: list[tuple[nodes.Expr, object]] = [(part.node, part.attr) for part in tree.find_all(nodes.Getattr)]
    parts += [
        (part.node, part.arg.value)
        for part in tree.find_all(nodes.Getitem)
        if isinstance(part.arg, nodes.Const)
    ]
    for of, key in parts:
        if isinstance(of, nodes.Name) and isinstance(key, str) and of.name in undeclared:
            undeclared.add(f"{of.name}.{key}")
            whole[of.name] -= 1
    return frozenset(name for name in undeclared if "." in name or whole.get(name, 0) > 0)


def names_in(source: str) -> frozenset[str]:
    """Return what an expression reads of its values: `subject`, and of what holds more the part that it names (`fields.city`).

    Raises ExpressionError.
    """
    return _parsed(source)


@lru_cache(maxsize=512)
def compile_template(source: str) -> Template:
    """Compile an expression once. Raises ExpressionError with the reason."""
    tree = _tree(source)
    _concatenated(tree)
    try:
        return _environment().from_string(tree)
    except (TemplateError, SyntaxError, RecursionError, OverflowError, MemoryError, ValueError) as error:
        raise ExpressionError(f"not an expression: {_said(error)}") from None


def _concatenated(node: nodes.Node) -> None:
    """Let `~` count and be bounded like every other step."""
    for name, value in node.iter_fields():
        if isinstance(value, nodes.Node):
            _concatenated(value)
            if isinstance(value, nodes.Concat):
                setattr(node, name, _joined(value))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, nodes.Node):
                    _concatenated(item)
                    if isinstance(item, nodes.Concat):
                        value[index] = _joined(item)


def _joined(node: nodes.Concat) -> nodes.Filter:
    line = node.lineno
    return nodes.Filter(nodes.List(node.nodes, lineno=line), "_concat", [], [], None, None, lineno=line)


def _said(error: BaseException) -> str:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return _ADDRESS.sub("", first)[:200]


def render(template: Template, values: Mapping[str, Any], locale: str = "") -> str:
    """Evaluate within the bounds; `locale`: whose times `local` writes. Raises ExpressionError."""
    token, before = _SPENT.set([0]), _LOCALE.set(locale)
    try:
        shared = template.new_context({**_environment().globals, **values}, shared=True)
        return "".join(_within(template.root_render_func(shared)))
    except (
        TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, MemoryError,
    ) as error:  # fmt: skip
        raise ExpressionError(_said(error)) from error
    finally:
        _SPENT.reset(token)
        _LOCALE.reset(before)


def _within(parts: Iterator[str]) -> Iterator[str]:
    size = 0
    for count, part in enumerate(parts):
        size += len(part)
        if size > MAX_OUTPUT or count > MAX_LOOP * 4:
            raise ExpressionError(f"gives more than {MAX_OUTPUT:,} characters")
        yield part
