"""The reference of mapping keys, written from the model: what docs/mapping.md shows cannot drift."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from ticketferry.mapping.model import Part, Rules

__all__ = ["reference", "sections"]


def reference() -> str:
    """Return the reference as Markdown: a table for every section, in the order of the file."""
    lines: list[str] = []
    for title, model in sections():
        lines += [
            "",
            f"### {title}",
            "",
            (model.__doc__ or "").strip(),
            "",
            "| key | takes | without it | meaning |",
            "|---|---|---|---|",
        ]
        for name, info in model.model_fields.items():
            default = "wanted" if info.is_required() else _default(info.default)
            meaning = " ".join((info.description or "").split()).replace("|", "\\|")
            lines.append(f"| `{info.alias or name}` | {_type(info.annotation)} | {default} | {meaning} |")
    return "\n".join(lines[1:]) + "\n"


def sections() -> Iterator[tuple[str, type[Part]]]:
    """Yield every part of the language once, with its title, in the order of the file."""
    seen: set[type[Part]] = set()
    stack: list[tuple[str, type[Part]]] = [("The file", Rules)]
    while stack:
        title, model = stack.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield title, model
        inner: list[tuple[str, type[Part]]] = []
        for name, info in model.model_fields.items():
            path = info.alias or name
            for part in _parts(info.annotation):
                shown = f"`{path}`" if model is Rules else f"{title[:-1]}.{path}`"
                inner.append((shown, part))
        stack = inner + stack


def _parts(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " · ".join(f"`{argument}`" for argument in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"name: {_type(arguments[1])}"
    if arguments:
        return " or ".join(_type(argument) for argument in arguments if argument is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return f"text (for `{annotation.short}`) or section" if annotation.short else "section"
    return {str: "text", int: "number", Any: "condition"}.get(annotation, "text")


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined or value in ({}, [], ""):
        return "–"
    if isinstance(value, Part):
        return "as below"
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`"
