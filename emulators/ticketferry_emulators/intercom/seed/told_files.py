"""Files of a workspace that somebody has read: tokens for their addresses, bytes from what was fetched, as they are asked for."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ticketferry_emulators.intercom.models.files import DOWNLOADS
from ticketferry_emulators.intercom.models.records import StoredFile
from ticketferry_emulators.kit.told import ToldDesk

__all__ = ["ToldBytes", "ToldFiles"]

_IMAGE = re.compile(r"""(<img\b[^>]*?\bsrc=)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
_OWN_TOKEN = re.compile(r"/i/o/([0-9a-f]{24})/")
_OWN_HOSTS = (".intercomcdn.com", ".intercom-attachments-1.com", ".intercom-attachments.com")


class ToldBytes(dict[str, bytes]):
    """Token -> bytes. What was told is read when it is wanted; what is put in stays."""

    def __init__(self, told: ToldDesk) -> None:
        super().__init__()
        self._told = told
        self.sources: dict[str, tuple[str, int]] = {}
        """Token -> the attachment's id and its size, as the desk told it."""

    def get(self, token: str, default: Any = None) -> Any:
        """Return the bytes, some of the size that the desk told for one that was not fetched, `default` for no file."""
        if token in self:
            return super().__getitem__(token)
        if token not in self.sources:
            return default
        id_, size = self.sources[token]
        content = self._told.content(id_)
        return content if content is not None else token.encode().ljust(size, b"\n")[: size or None]


class ToldFiles:
    """Makes files of a workspace out of the addresses that stand in its records."""

    def __init__(self, told: ToldDesk) -> None:
        options: Mapping[str, Any] = told.facts.get("options") or {}
        own = options.get("file_hosts") or ()
        hosts = own.replace(",", " ").split() if isinstance(own, str) else own
        self._hosts = {str(host) for host in hosts} | {urlsplit(told.url).hostname or ""}
        self._told = told
        self.bytes = ToldBytes(told)
        self.missing = 0

    def stored(self, row: Mapping[str, Any], id_: str) -> StoredFile:
        """Return a file that hangs on a message. `id_`: the attachment's id where the files are kept."""
        address, size = str(row.get("url") or ""), int(row.get("filesize") or 0)
        width, height = row.get("width"), row.get("height")
        return StoredFile(
            self._token(address, id_, size), str(row.get("name") or ""), str(row.get("content_type") or "application/octet-stream"), size,
            width, height if width is not None else None, str(row.get("type") or "upload"),
        )  # fmt: skip

    def body(self, text: Any, id_: str) -> Any:
        """Return a body with its images named as the workspace stores them. `id_`: of the message, whose images are numbered."""
        if not isinstance(text, str) or "<img" not in text.lower():
            return text
        known: dict[str, str] = {}

        def named(match: re.Match[str]) -> str:
            address = html.unescape(match[3])
            if not self._ours(address):
                return match[0]
            if address not in known:
                known[address] = self._token(address, f"{id_}-image{len(known)}", 0)
            name = re.sub(r"[^\w.-]+", "_", urlsplit(address).path.rsplit("/", 1)[-1]) or "image"
            return f"{match[1]}{match[2]}{DOWNLOADS}/{known[address]}/{name}{match[2]}"

        return _IMAGE.sub(named, text)

    def _ours(self, address: str) -> bool:
        host = urlsplit(address).hostname or ""
        return host.endswith(_OWN_HOSTS) or host in self._hosts

    def _token(self, address: str, id_: str, size: int) -> str:
        path = urlsplit(address).path
        known = _OWN_TOKEN.search(path)
        token = known[1] if known else hashlib.sha256(f"{id_} {path}".encode()).hexdigest()[:24]
        if token not in self.bytes.sources or self._told.fetched(id_):
            self.bytes.sources[token] = (id_, size)
        self.missing += not self._told.fetched(id_)
        return token
