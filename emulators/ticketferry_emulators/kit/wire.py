"""What a request and an answer are on the wire: forms, headers, bytes, and a connection that has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from email.utils import formatdate
from pathlib import PurePosixPath
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from ticketferry_emulators.kit.messages import Answer, Call, Upload

__all__ = [
    "FORMS",
    "ConnectionCutError",
    "dated",
    "encoded",
    "form_here",
    "read_form",
    "send_answer",
    "until_gone",
]

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
"""How the content type of a form begins."""


async def read_form(scope: Scope, body: bytes) -> tuple[dict[str, str], list[Upload]]:
    """Parse a form out of the body that has been read already; a broken one has no files."""
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if not kind.decode("latin-1").startswith(FORMS):
        return {}, []
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        chunk = b"" if sent else body
        sent = True
        return {"type": "http.request", "body": chunk, "more_body": False}

    texts: dict[str, str] = {}
    files: list[Upload] = []
    try:
        async with Request(scope, receive).form(max_files=1000, max_part_size=1 << 30) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    media_type = value.content_type or "application/octet-stream"
                    content = await value.read()
                    files.append(Upload(name, PurePosixPath(value.filename or "").name, media_type, content))
                else:
                    texts[name] = value
    except (MultiPartException, ValueError):
        return {}, []
    except Exception as error:
        if type(error).__name__ != "HTTPException":
            raise
        return {}, []
    return texts, files


class ConnectionCutError(Exception):
    """The connection of a request that goes by a call was cut: `begun`, in the middle of its answer."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("in the middle of the answer" if begun else "without an answer")
        self.begun = begun


def form_here(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], list[Upload]]:
    """Parse the form of a request that goes by a call; header names in lower case."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return asyncio.run(read_form({"type": "http", "headers": raw}, body))


async def until_gone(receive: Receive) -> None:
    """Wait for the end of a connection that was cut: only then does uvicorn send nothing for an unanswered request."""
    while (await receive())["type"] != "http.disconnect":
        continue


def dated(answer: Answer, call: Call) -> Answer:
    """Return the answer with the date of the stand-in's clock, where it names none."""
    headers = {"Date": formatdate(call.time, usegmt=True), **answer.headers}
    return Answer(answer.status, answer.body, headers, answer.committed)


def encoded(answer: Answer, method: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and the body of an answer as they are sent."""
    body, kind = answer.encoded()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if kind is not None:
        headers["content-type"] = kind
    if answer.status not in (204, 304):
        headers["content-length"] = str(len(body))
    raw = [(name.encode("latin-1"), value.encode("utf-8")) for name, value in headers.items()]
    return raw, b"" if method == "HEAD" or answer.status in (204, 304) else body


async def send_answer(
    send: Send,
    answer: Answer,
    *,
    method: str,
    truncate: bool = False,
    note: Callable[[int], None] = lambda _: None,
) -> None:
    """Send an answer. `note` is told the bytes of its body before they go out: whoever has the answer finds them noted."""
    raw, body = encoded(answer, method)
    whole = not (truncate and len(body) > 1)
    sent = body if whole else body[: len(body) // 2]
    note(len(sent))
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": sent, **({} if whole else {"more_body": True})})
