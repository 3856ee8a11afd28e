"""What an answer to a write proves: done, refused, sent elsewhere, or nothing at all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from ticketferry.errors import AuthError, FatalError, RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk.operations import Endpoint

__all__ = ["Answers", "by_envelope", "by_status", "documented", "judge_write", "refuse_redirect"]

_SAID = 500
"""Characters of an answer that an error quotes."""
_ELSEWHERE = (401, 429)
"""Credentials and pace: judged by the client for every request alike."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The statuses that the vendor's document gives to one write.

    `done`: it was done as asked. `refused`: nothing was done. A status in neither, and a page of HTML under any status, is the word
    of something between here and the desk: the write may have been done, and has to be looked up.
    """

    done: frozenset[int] = frozenset({200, 201, 204})
    refused: frozenset[int] = frozenset({400, 403, 404, 409, 410, 413, 422})


def documented(endpoints: Iterable[Endpoint]) -> Mapping[str, Answers]:
    """Return what answers prove by endpoint, as the rows of those say that name `statuses`."""
    return {
        endpoint.name: Answers(
            frozenset(status for status in endpoint.statuses if status < 300),
            frozenset(status for status in endpoint.statuses if status >= 300),
        )
        for endpoint in endpoints
        if endpoint.statuses
    }


def judge_write(response: httpx.Response, answers: Answers) -> bool:
    """Tell whether a write was done; False where the answer refuses it, in words that the vendor's dialect gives a meaning.

    Raises FatalError for a redirect, UnknownOutcomeError for an answer that proves nothing.
    """
    status = response.status_code
    refuse_redirect(response)
    if status in _ELSEWHERE:
        return False
    if _is_page(response):
        raise UnknownOutcomeError(
            f"a page of HTML answered a write ({status})", where=_where(response), status=status
        )
    if status in answers.done:
        return True
    if status in answers.refused:
        return False
    raise UnknownOutcomeError(f"the desk answered {status} to a write", where=_where(response), status=status)


def by_status(product: str) -> Callable[[httpx.Response], None]:
    """Return a `classify` that goes by the status alone: AuthError for 401, RejectedError for every other 4xx, with what the answer says.

    A vendor whose envelopes tell more (a code, a field, a rate limit under another status than 429) has a `classify` of its own.
    """

    def classify(response: httpx.Response) -> None:
        status = response.status_code
        if status < 400:
            return
        words = " ".join(response.text.split())[:_SAID]
        if status == 401:
            raise AuthError(
                f"{product} does not accept the credentials: {words}",
                where=_where(response),
                remedy="Check the secret that migration.yaml names and its rights.",
            )
        raise RejectedError(words or f"{product} answered {status}", where=_where(response), status=status)

    return classify


def by_envelope(
    product: str, errors_of: Callable[[Any], Iterable[tuple[str, str]]], *, later: str = "", remedy: str = ""
) -> Callable[[httpx.Response], None]:
    """Return a `classify` for a vendor whose refusals have one envelope: `told` takes code and message of each error off a parsed body.

    AuthError for 401, with `remedy`; RetryableError where an error has the code `later`; RejectedError for all others.
    """

    def classify(response: httpx.Response) -> None:
        status = response.status_code
        if status < 400:
            return
        try:
            errors = [*errors_of(response.json())]
        except ValueError:
            errors = []
        words = "; ".join(f"{code}: {message}".strip(": ") for code, message in errors)
        message = (" ".join(words.split()) or f"{product} answered {status} without a reason")[:_SAID]
        where = _where(response)
        if status == 401:
            raise AuthError(f"{product} does not accept the token: {message}", where=where, remedy=remedy)
        if later and any(code == later for code, _ in errors):
            raise RetryableError(message, where=where)
        raise RejectedError(message, where=where, status=status, body=errors)

    return classify


def refuse_redirect(response: httpx.Response) -> None:
    """Raise FatalError for a 3xx, naming where it points: the place that answers is not the desk's API any more."""
    if not 300 <= response.status_code < 400:
        return
    raise FatalError(
        f"the desk answered {response.status_code} and points to {_target(response)}",
        where=_where(response),
        remedy="Did the desk get another address, or does a sign-in stand before it? Set its address in migration.yaml to the one"
        " that answers itself.",
    )


def _target(response: httpx.Response) -> str:
    """Return where a redirect points, without the query: sign-in pages are given secrets there."""
    location = response.headers.get("location", "")
    if not location:
        return "no address"
    try:
        parts = urlsplit(str(response.url.join(location)))
    except (ValueError, httpx.InvalidURL):
        return repr(location[:200])
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _is_page(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml") or response.content[:64].lstrip()[:1] == b"<"


def _where(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.path}"
