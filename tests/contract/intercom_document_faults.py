"""Intercom's OpenAPI document (2.15) as a check of answers and requests, with its known faults mended and listed by name."""

import copy
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema import Draft4Validator, ValidationError


class SchemaFault(NamedTuple):
    """Where the document and its own examples, or the vendor's answers, disagree about members of a schema."""

    name: str
    schema: str
    members: tuple[str, ...]
    reason: str
    instead: dict[str, Any] | None = None
    """What stands there in truth; None: the same, or null."""


FAULTS = (
    SchemaFault(
        "figures of what never happened", "conversation_statistics",
        (
            "time_to_assignment", "time_to_admin_reply", "time_to_first_close", "time_to_last_close", "median_time_to_reply",
            "first_contact_reply_at", "first_assignment_at", "first_admin_reply_at", "first_close_at", "last_assignment_at",
            "last_assignment_admin_reply_at", "last_contact_reply_at", "last_admin_reply_at", "last_close_at", "last_closed_by_id",
        ),
        "null where it never happened; the document's examples have no statistics at all, the vendor's answers do",
    ),
    SchemaFault(
        "attributes of companies are not texts alone", "company", ("custom_attributes",),
        "the property's own example has a boolean and numbers", {"type": "object"},
    ),
)  # fmt: skip
"""Each is needed by some answer of the stand-in, or goes."""


@lru_cache(maxsize=4)
def document(shared: Path, *, without: str | None = None) -> dict[str, Any]:
    """Return the document with `nullable` written as JSON Schema has it and the known faults mended, but for one."""
    found = copy.deepcopy(_read(shared))
    schemas = found["components"]["schemas"]
    for fault in FAULTS:
        if fault.name == without:
            continue
        members = schemas[fault.schema]["properties"]
        for member in fault.members:
            members[member] = copy.deepcopy(fault.instead) or {**members[member], "nullable": True}
    _mend_nulls(found)
    return found


@lru_cache(maxsize=1)
def _read(shared: Path) -> dict[str, Any]:
    text = (shared / "specs" / "intercom.openapi.yaml").read_text("utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _mend_nulls(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _mend_nulls(item)
        return
    if not isinstance(node, dict):
        return
    for value in node.values():
        _mend_nulls(value)
    if node.pop("nullable", False) is True:
        plain = dict(node)
        node.clear()
        node["anyOf"] = [{"type": "null"}, plain]


def operation_of(shared: Path, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """Return template and operation of a call; a literal path comes before one with a parameter."""
    paths = document(shared)["paths"]
    named = [
        template
        for template, methods in paths.items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{[^}]+\}", r"[^/]+", template), path)
    ]
    if not named:
        return None
    template = min(named, key=lambda one: one.count("{"))
    return template, paths[template][method.lower()]


def _errors(shared: Path, schema: dict[str, Any], instance: Any, without: str | None) -> Iterator[str]:
    root = {"allOf": [schema], "components": document(shared, without=without)["components"]}
    for error in _leaves(Draft4Validator(root).iter_errors(instance)):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Yield what is wrong inside of the branches of `anyOf` and `oneOf`, not that none of them fits."""
    for error in errors:
        inner = [one for one in error.context or () if "is not of type 'null'" not in one.message]
        yield from _leaves(inner) if inner else (error,)


def answer_complaints(
    shared: Path, method: str, path: str, status: int, body: bytes, *, without: str | None = None
) -> list[str]:
    """Return what the document says against an answer; an operation or a status that it does not know is a complaint."""
    found = operation_of(shared, method, path)
    if found is None:
        return [f"{method} {path} is no operation of the document"]
    template, _ = found
    operation = document(shared, without=without)["paths"][template][method.lower()]
    answer = operation["responses"].get(str(status))
    if answer is None:
        return [f"{status} is not documented"]
    content = answer.get("content", {}).get("application/json", {})
    return list(_errors(shared, content.get("schema", {}), json.loads(body), without)) if body else []


def request_complaints(shared: Path, method: str, path: str, body: Any) -> list[str]:
    """Return what the document says against the body of a request."""
    found = operation_of(shared, method, path)
    if found is None:
        return [f"{method} {path} is no operation of the document"]
    wanted = found[1].get("requestBody")
    if wanted is None:
        return [] if body is None else ["a body where none is asked for"]
    return list(_errors(shared, wanted["content"]["application/json"]["schema"], body, None))
