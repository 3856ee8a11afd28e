"""Refusals in the vendor's one envelope [OAS error]."""

from __future__ import annotations

from typing import Any

from ticketferry_emulators.kit.app import Answer, Refused

__all__ = ["body_of", "error_list", "invalid", "missing", "no_contact", "no_resource", "refused"]


def error_list(code: str, message: str, field: str | None = None) -> dict[str, Any]:
    """Return the envelope with one error; the server puts the request's id in."""
    error = {"code": code, "message": message}
    if field is not None:
        error["field"] = field
    return {"type": "error.list", "request_id": None, "errors": [error]}


def refused(status: int, code: str, message: str, field: str | None = None) -> Refused:
    """Refuse with a status and one error."""
    return Refused(Answer(status, error_list(code, message, field)))


def invalid(message: str, field: str | None = None) -> Refused:
    """A parameter that is wrong."""
    return refused(400, "parameter_invalid", message, field)


def missing(message: str, field: str | None = None) -> Refused:
    """A parameter that is not there."""
    return refused(400, "parameter_not_found", message, field)


def no_resource(message: str = "Resource Not Found", code: str = "not_found") -> Refused:
    """No such record."""
    return refused(404, code, message)


def no_contact() -> Refused:
    """No such contact, or one that was merged into another."""
    return no_resource("User Not Found")


def body_of(value: Any) -> dict[str, Any]:
    """Return a body, or a part of one, that must be an object; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refused(400, "bad_request", "The request body must be an object")
    return value
