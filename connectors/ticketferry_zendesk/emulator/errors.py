"""Refusals in the vendor's own words: four envelopes, all in use [REC, PROBE, OAS examples]."""

from __future__ import annotations

from collections.abc import Mapping

from ticketferry.emulation.app import Answer, Refused

__all__ = [
    "detailed",
    "forbidden",
    "invalid",
    "listed",
    "not_found",
    "plain",
    "record_invalid",
    "unauthorized",
]


def detailed(status: int, error: str, description: str) -> Refused:
    """First envelope: an error code and its description."""
    return Refused(Answer(status, {"error": error, "description": description}))


def record_invalid(details: Mapping[str, list[tuple[str, str]]]) -> Refused:
    """First envelope with details: (description, code) by field, status 422."""
    rows = {
        field: [{"description": description, "error": code} for description, code in faults]
        for field, faults in details.items()
    }
    return Refused(
        Answer(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": rows})
    )


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
