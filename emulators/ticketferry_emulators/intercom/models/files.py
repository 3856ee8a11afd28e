"""Files: bytes behind tokens, and the signed links that lead to them for a while."""

from __future__ import annotations

import hashlib
import hmac
import re

from ticketferry_emulators.intercom.models.records import StoredFile

__all__ = ["DOWNLOADS", "FileStore", "picture"]

DOWNLOADS = "https://downloads.intercomcdn.com/i/o"
"""How a stored body names an image; answers have a signed link in its place."""
_STORED = re.compile(re.escape(DOWNLOADS) + r"/([0-9a-f]{24})/([\w.-]+)")
_SLOT = 300
"""Seconds within which a link stays the same."""


class FileStore:
    """All files of a workspace by token."""

    def __init__(self, secret: str) -> None:
        self.blobs: dict[str, bytes] = {}
        self._secret = secret.encode()

    def put(self, token: str, content: bytes) -> None:
        """Keep bytes under a token."""
        self.blobs[token] = content

    def link(self, origin: str, token: str, name: str, now: float, life: float) -> str:
        """Return a signed link; within a few minutes of the clock it is the same."""
        expires = int((now // _SLOT) * _SLOT + life)
        return f"{origin}/i/o/{token}/{name}?expires={expires}&signature={self.signature(token, expires)}"

    def signature(self, token: str, expires: int) -> str:
        """Return what a link to a token is signed with."""
        return hmac.new(self._secret, f"{token}:{expires}".encode(), hashlib.sha256).hexdigest()[:40]

    def linked(self, body: str | None, origin: str, now: float, life: float) -> str | None:
        """Return a body with signed links to its images."""
        if body is None or DOWNLOADS not in body:
            return body
        return _STORED.sub(
            lambda match: self.link(origin, match[1], match[2], now, life).replace("&", "&amp;"), body
        )


def picture(file: StoredFile) -> str:
    """Return the HTML of an inline image as bodies are stored."""
    name = re.sub(r"[^\w.-]+", "_", file.name)
    return f'<img src="{DOWNLOADS}/{file.token}/{name}">'
