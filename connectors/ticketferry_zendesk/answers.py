"""What Zendesk says when it refuses: four envelopes, plain text and nothing at all, as errors by what to do next."""

from typing import Any

import orjson

from ticketferry.sdk import Answer, AuthError, RejectedError, RetryableError, refuse_redirect

__all__ = ["classify", "refusal"]

_LONGEST = 500


def classify(response: Answer) -> None:
    """Raise AuthError, RejectedError or RetryableError for an answer that is no success, FatalError for a redirect; else return.

    409 is a collision of two writes or "try again later", 429 a rate limit: both prove that nothing was done [REC]. 403 is a matter of plan, role
    or scope and stays a RejectedError: `check` names the remedy.
    """
    status = response.status_code
    if status < 300:
        return
    refuse_redirect(response)
    where = f"{response.request.method} {response.request.url.path}"
    message = refusal(response)
    if status == 401:
        raise AuthError(
            f"Zendesk does not accept the credentials: {message}",
            where=f"{response.request.method} {response.request.url.copy_with(query=None)}",
            remedy="Check the secret that migration.yaml names: it may be mistyped, revoked or expired (API tokens end on 2027-04-30).",
        )
    if status in (409, 429):
        raise RetryableError(message, where=where)
    raise RejectedError(message, where=where, status=status, body=_json(response))


def refusal(response: Answer) -> str:
    """Return in one line what the answer says, from whichever envelope it stands in [PROBE, REC, OAS examples]."""
    body = _json(response)
    text = _told(body) if isinstance(body, dict) else ""
    if not text and not isinstance(body, dict | list):
        text = " ".join(response.text.split())
        text = "" if text.startswith("<") else text
    return (text or f"the desk answered {response.status_code} without a reason")[:_LONGEST]


def _told(body: dict[str, Any]) -> str:
    error, rows = body.get("error"), body.get("errors")
    parts: list[str] = []
    if isinstance(error, dict):
        parts += [_text(error.get("title")), _text(error.get("message"))]
    elif error:
        parts += [_text(error), _text(body.get("description") or body.get("error_description"))]
    if isinstance(rows, list):
        for row in rows:
            if isinstance(row, dict):
                parts += [_text(row.get("code")), _text(row.get("detail") or row.get("title"))]
            else:
                parts.append(_text(row))
    parts += _details(body.get("details"))
    return ": ".join(dict.fromkeys(part for part in parts if part))


def _details(details: Any) -> list[str]:
    """Every key of `details` counts: the fault may stand under any field or under `base`."""
    if not isinstance(details, dict):
        return [_text(details)]
    found = []
    for field, faults in details.items():
        for fault in faults if isinstance(faults, list) else [faults]:
            said = (
                _text(fault.get("description") or fault.get("error"))
                if isinstance(fault, dict)
                else _text(fault)
            )
            found.append(f"{field}: {said}")
    return found


def _text(value: Any) -> str:
    return (
        " ".join(str(value).split())
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else ""
    )


def _json(response: Answer) -> Any:
    try:
        return orjson.loads(response.content) if response.content else None
    except orjson.JSONDecodeError:
        return None
