"""Refusals in the vendor's own words: four envelopes, all in use [REC, PROBE, OAS examples]."""

from __future__ import annotations

from collections.abc import Sequence

from ticketferry_emulators.kit.app import Answer, Refused

__all__ = [
    "collision",
    "detailed",
    "forbidden",
    "invalid",
    "listed",
    "not_found",
    "plain",
    "rejected",
    "spoken",
    "titled",
    "too_many_jobs",
    "too_many_values",
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


def rejected(place: str, description: str, error: str = "InvalidValue") -> Refused:
    """A record that is not valid, first envelope with details by field [OAS, ISSUE]."""
    details = {place: [{"description": description, "error": error}]}
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return Refused(Answer(422, body))


def collision(what: str) -> Refused:
    """Two requests met; one of them has to come again [DOC safe_update, ISSUE zendesk_api_client_rb]."""
    return detailed(
        409, f"{what}Conflict", "The record was changed by another request; please try again later"
    )


def too_many_values(what: str, most: int = 100) -> Refused:
    """More records than one call takes [REC]."""
    return detailed(400, "TooManyValues", f"{what} cannot specify more than {most} values")


def too_many_jobs(kind: str, current: Sequence[str]) -> Refused:
    """As many jobs as an account may have are queued or working [DOC rate limits]."""
    name = "".join(kind.split()) + "Job"
    text = f"Too many {name} jobs are currently queued or running. Try again later."
    body = {"error": "TooManyJobs", "description": text, "current_job_ids": list(current)}
    return Refused(Answer(429, body, {"Retry-After": "10"}))


def spoken(answer: Answer) -> str:
    """Return what a refusal says, in one line, as rows of a job's results give it."""
    body = answer.body
    if not isinstance(body, dict):
        return f"status {answer.status}"
    details = body.get("details")
    if isinstance(details, dict):
        return " ".join(str(row["description"]) for rows in details.values() for row in rows)
    return str(body.get("description") or body.get("error"))
