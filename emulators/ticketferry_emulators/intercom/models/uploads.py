"""Files that come with a message: as base64 in the body, or as addresses that the product fetches."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ticketferry_emulators.intercom.exceptions import invalid
from ticketferry_emulators.intercom.models.records import StoredFile
from ticketferry_emulators.intercom.models.state import WorkspaceState
from ticketferry_emulators.kit.app import NotServed

__all__ = ["checked_files", "files_of"]

_MOST = 10
_OURS = re.compile(r"/i/o/([0-9a-f]{24})/[^/]+")


def checked_files(
    state: WorkspaceState, sent: Mapping[str, Any], *, base64_too: bool
) -> list[tuple[str, str, bytes]]:
    """Return (name, content type, bytes) of what comes with a message; `base64_too` False where only addresses are taken."""
    rows: list[tuple[str, str, bytes]] = []
    if base64_too:
        rows += [_decoded(one) for one in _list(sent, "attachment_files")]
    return rows + [_fetched(state, one) for one in _list(sent, "attachment_urls")]


def files_of(state: WorkspaceState, rows: list[tuple[str, str, bytes]]) -> list[StoredFile]:
    """Keep the files of a message."""
    kept = []
    for name, kind, content in rows:
        number = state.next_id("file")
        token = hashlib.sha256(f"{state.code}:{number}".encode()).hexdigest()[:24]
        state.files.put(token, content)
        kept.append(StoredFile(token, name, kind, len(content)))
    return kept


def _list(sent: Mapping[str, Any], name: str) -> list[Any]:
    value = sent.get(name) or []
    if not isinstance(value, list):
        raise invalid(f"{name} must be an array", name)
    if len(value) > _MOST:
        raise invalid(f"{name} can have at most {_MOST} entries", name)
    return value


def _decoded(one: Any) -> tuple[str, str, bytes]:
    field = "attachment_files"
    if not isinstance(one, dict) or not all(
        isinstance(one.get(key), str) for key in ("name", "content_type", "data")
    ):
        raise invalid("A file needs name, content_type and data", field)
    try:
        return one["name"], one["content_type"], base64.b64decode(one["data"], validate=True)
    except ValueError:
        raise invalid("The data of a file must be base64", field) from None


def _fetched(state: WorkspaceState, address: Any) -> tuple[str, str, bytes]:
    """Fetch an address: of the workspace's own files alone, for the stand-in goes to no other host."""
    if not isinstance(address, str) or urlsplit(address).scheme not in ("http", "https"):
        raise invalid("attachment_urls must be addresses", "attachment_urls")
    own = _OURS.fullmatch(urlsplit(address).path)
    if (
        own is None
        or own[1] not in state.files.blobs
        or not address.startswith(state.origins.get("downloads", "\0"))
    ):
        raise NotServed(f"files from {urlsplit(address).netloc}")
    return address.rsplit("/", 1)[1].partition("?")[0], "application/octet-stream", state.files.blobs[own[1]]
