"""Atlassian's error bodies: the platform's collection, the service desk's message, the bulk operations' list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticketferry_emulators.kit.app import Answer, Call, Refused

__all__ = [
    "BAD_PAYLOAD",
    "NO_ISSUE",
    "TOO_LONG",
    "bulk_refused",
    "collection",
    "desk_refused",
    "field_refused",
    "missing",
    "no_issue",
    "number_of",
    "object_of",
    "off_screen",
    "opted_in",
    "refused",
]

BAD_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."
NO_ISSUE = "Issue does not exist or you do not have permission to see it."
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."


def collection(*messages: str, errors: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return an ErrorCollection as the platform API sends it."""
    return {"errorMessages": list(messages), "errors": dict(errors or {})}


def refused(status: int, *messages: str, errors: Mapping[str, str] | None = None) -> Refused:
    """Refuse in the platform's form."""
    return Refused(Answer(status, collection(*messages, errors=errors)))


def field_refused(field: str, message: str) -> Refused:
    """Refuse a field's value: 400 with the field's id as key."""
    return refused(400, errors={field: message})


def off_screen(field: str) -> str:
    """Return the message for a field that the screen does not have."""
    return f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."


def missing(what: str) -> Refused:
    """Refuse with 404 and one message."""
    return refused(404, what)


def no_issue() -> Refused:
    """Refuse an issue that is not there, is not there yet, or must not be seen."""
    return refused(404, NO_ISSUE)


def desk_refused(status: int, message: str, key: str = "sd.error", *parameters: str) -> Refused:
    """Refuse in the service desk API's form."""
    body = {"errorMessage": message, "i18nErrorMessage": {"i18nKey": key, "parameters": list(parameters)}}
    return Refused(Answer(status, body))


def object_of(value: Any) -> dict[str, Any]:
    """Return a part of a body that must be an object; nothing is an empty one, anything else is refused."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refused(400, BAD_PAYLOAD)
    return value


def number_of(value: Any, default: int) -> int:
    """Return a part of a body that must be a whole number, not negative."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise refused(400, BAD_PAYLOAD)
    return value


def bulk_refused(status: int, message: str) -> Refused:
    """Refuse in the bulk operations' form."""
    return Refused(Answer(status, {"errors": [{"message": message}]}))


def opted_in(call: Call) -> None:
    """Refuse an experimental call without its header: 412."""
    if call.headers.get("x-experimentalapi", "").lower() != "opt-in":
        raise desk_refused(
            412,
            "This API is experimental. Experimental APIs are not guaranteed to be stable; set the header "
            "'X-ExperimentalApi: opt-in' to opt into using it.",
            "sd.api.experimental",
        )
