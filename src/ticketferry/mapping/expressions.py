"""Jinja2 expressions of a mapping, in a sandbox that cannot change anything and cannot run away."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["ExpressionError", "check", "compile_template", "names_in", "render"]

MAX_OUTPUT = 32_000
"""Characters that one expression may give."""
MAX_SOURCE = 8_000
MAX_LOOP = 10_000
"""Rounds of all loops of one rendering, and entries of one range."""
MAX_NUMBER = 10**12

_REFUSED = (
    nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.Macro, nodes.CallBlock, nodes.Block,
    nodes.Assign, nodes.AssignBlock,
)  # fmt: skip
FILTERS = frozenset({
    "abs", "attr", "capitalize", "default", "d", "dictsort", "e", "escape", "first", "float", "groupby", "int", "items",
    "join", "last", "length", "count", "list", "local", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "trim", "truncate",
    "unique", "upper", "wordcount",
})  # fmt: skip
"""Filters that a mapping may use; the others of Jinja2 can make texts of any size."""


class ExpressionError(ValueError):
    """An expression that cannot be read, asks for what is not there, or runs past its bounds."""


class _Bounded(ImmutableSandboxedEnvironment):
    """Arithmetic, loops and repetition within bounds: `'a' * 10**9` must not take the machine."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
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
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        # str.format, ljust, zfill, replace … can all make huge texts; filters of the closed list suffice.
        return bool(getattr(obj, "mapping_safe", False)) or type(obj).__name__ in ("LoopContext", "Cycler")


def _bounded_range(*bounds: int) -> range:
    made = range(*(int(bound) for bound in bounds))
    if len(made) > MAX_LOOP:
        raise SecurityError(f"a range of more than {MAX_LOOP:,}")
    return made


_bounded_range.mapping_safe = True  # type: ignore[attr-defined]  # read by is_safe_callable


def _local(value: Any, zone: str = "UTC", form: str = "%Y-%m-%d %H:%M") -> str:
    """Show a time in a zone: `{{ at | local('Europe/Berlin') }}`."""
    if not value:
        return ""
    return datetime.fromisoformat(str(value)).astimezone(ZoneInfo(zone)).strftime(form)


def _replace(value: Any, old: str, new: str) -> str:
    text = str(value)
    if old == "" or (text.count(old) * len(new) > MAX_OUTPUT):
        raise SecurityError("a replacement that grows past the bound")
    return text.replace(old, new)


def _join(value: Any, sign: str = "", attribute: str | None = None) -> str:
    parts: list[str] = []
    size = 0
    for item in value:
        part = str(item if attribute is None else item[attribute])
        size += len(part) + len(sign)
        if size > MAX_OUTPUT:
            raise SecurityError(f"a text longer than {MAX_OUTPUT:,} characters")
        parts.append(part)
    return sign.join(parts)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    made = _Bounded(undefined=StrictUndefined, autoescape=False, extensions=[])
    made.filters |= {"local": _local, "replace": _replace, "join": _join}
    made.filters = {name: made.filters[name] for name in sorted(FILTERS)}
    made.globals = {"range": _bounded_range}
    return made


def check(source: str) -> str | None:
    """Say what is wrong with an expression, or None."""
    if len(source) > MAX_SOURCE:
        return f"an expression longer than {MAX_SOURCE:,} characters"
    try:
        tree = _environment().parse(source)
        for refused in tree.find_all(_REFUSED):
            return f"`{type(refused).__name__.lower()}` is not allowed in a mapping"
        loops = list(tree.find_all(nodes.For))
        if any(loop.recursive for loop in loops) or any(list(loop.find_all(nodes.For)) for loop in loops):
            return "a loop within a loop is not allowed in a mapping"
        _environment().from_string(source)
    except TemplateSyntaxError as error:
        return f"not an expression: {error.message}"
    except (TemplateError, RecursionError, OverflowError, MemoryError) as error:
        return f"not an expression: {error}"
    return None


def names_in(source: str) -> frozenset[str]:
    """Return what an expression reads of its values: `subject`, and of what holds more the part that it names (`fields.city`).

    Raises ExpressionError.
    """
    tree = compile_template(source).environment.parse(source)
    found = set(meta.find_undeclared_variables(tree))
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
        if isinstance(of, nodes.Name) and isinstance(key, str) and of.name in found:
            found.add(f"{of.name}.{key}")
            whole[of.name] -= 1
    return frozenset(name for name in found if "." in name or whole.get(name, 0) > 0)


@lru_cache(maxsize=512)
def compile_template(source: str) -> Template:
    """Compile an expression once. Raises ExpressionError with the reason."""
    fault = check(source)
    if fault:
        raise ExpressionError(fault)
    return _environment().from_string(source)


def render(template: Template, values: Mapping[str, Any]) -> str:
    """Evaluate within the bounds. Raises ExpressionError."""
    try:
        return "".join(_bounded(template.generate(**values)))
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ExpressionError(said) from error


def _bounded(parts: Iterator[str]) -> Iterator[str]:
    size = 0
    for count, part in enumerate(parts):
        size += len(part)
        if size > MAX_OUTPUT or count > MAX_LOOP * 4:
            raise ExpressionError(f"gives more than {MAX_OUTPUT:,} characters")
        yield part
