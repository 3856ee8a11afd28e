"""Refusals in the vendor's own words: four envelopes, all in use [REC, PROBE, OAS examples]."""

from __future__ import annotations

from ticketferry.emulation.app import Answer, Refused

__all__ = [
    "detailed",
    "forbidden",
    "invalid",
    "listed",
    "not_found",
    "plain",
    "titled",
    "unauthorized",
]


def detailed(status: int, error: str, description: str) -> Refused:
    """First envelope: an error code and its description."""
    return Refused(Answer(status, {"error": error, "description": description}))


def titled(status: int, title: str, message: str) -> Refused:
    """Second envelope: an error object with title and message."""
    return Refused(Answer(status, {"error": {"title": title, "message": message}}))


def listed(status: int, code: str, title: str, detail: str) -> Refused:
    """Third envelope: a list of errors."""
    return Refused(Answer(status, {"errors": [{"code": code, "title": title, "detail": detail}]}))


def plain(status: int, error: str) -> Refused:
    """Fourth envelope: the bare message."""
    return Refused(Answer(status, {"error": error}))


def not_found() -> Refused:
    """No such record, or one the account may not see [REC]."""
    return detailed(404, "RecordNotFound", "Not found")


def invalid(parameter: str) -> Refused:
    """A query parameter that cannot be read."""
    return detailed(400, "InvalidValue", f"The value of parameter {parameter} is invalid")


def unauthorized() -> Refused:
    """No credentials or wrong ones."""
    return plain(401, "Couldn't authenticate you")


def forbidden() -> Refused:
    """Not for this role or scope."""
    return titled(
        403,
        "Forbidden",
        "You do not have access to this page. Please contact the account owner of this help desk.",
    )
