"""Jinja2 expressions of a mapping, in a sandbox that cannot change anything and cannot run away.

Only what stands in `_ALLOWED` can be written. Values are looked up by key alone, so that nothing of Python shows; each step of a
rendering costs of a budget that is counted, not timed: the same record gives the same text on every machine.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta, nodes

from ticketferry.mapping.constant_steps import constant_steps
from ticketferry.mapping.expression_sandbox import LOCALE, MAX_LOOP, MAX_OUTPUT, SPENT, environment

__all__ = ["ExpressionError", "check", "compile_template", "names_in", "render"]

MAX_SOURCE = 8_000
MAX_DEPTH = 40
"""Brackets, and steps of an expression within each other."""
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.NSRef, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict,
    nodes.Pair, nodes.Keyword, nodes.Operand, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem,
    nodes.Slice, nodes.Concat, nodes.Compare, nodes.BinExpr, nodes.UnaryExpr, nodes.If, nodes.For,
)  # fmt: skip
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class ExpressionError(ValueError):
    """An expression that cannot be read, asks for what is not there, or runs past its bounds."""


def check(source: str, known: Iterable[str] | None = None) -> str | None:
    """Say what is wrong with an expression, or None. `known`: the names that it may ask for; None: any."""
    try:
        compile_template(source)
        _try_constants(source)
    except ExpressionError as error:
        return str(error)
    if known is not None:
        names = sorted(known)
        for name in sorted(meta.find_undeclared_variables(environment().parse(source)) - {*names, "range"}):
            near = get_close_matches(name, names, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(names)}"
            return f"`{name}` is nothing that this expression can ask for: {hint}"
    return None


def _try_constants(source: str) -> None:
    """Evaluate, within the bounds, each step that depends on no value: what fails there fails for every record. Raises ExpressionError."""
    for tree in constant_steps(_tree(source)):
        _concatenated(tree.set_environment(environment()))
        try:
            render(environment().from_string(tree), {})
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
        tree = environment().parse(source)
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
        return environment().from_string(tree)
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
    token, before = SPENT.set([0]), LOCALE.set(locale)
    try:
        shared = template.new_context({**environment().globals, **values}, shared=True)
        return "".join(_within(template.root_render_func(shared)))
    except (
        TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError, MemoryError,
    ) as error:  # fmt: skip
        raise ExpressionError(_said(error)) from error
    finally:
        SPENT.reset(token)
        LOCALE.reset(before)


def _within(parts: Iterator[str]) -> Iterator[str]:
    size = 0
    for count, part in enumerate(parts):
        size += len(part)
        if size > MAX_OUTPUT or count > MAX_LOOP * 4:
            raise ExpressionError(f"gives more than {MAX_OUTPUT:,} characters")
        yield part
