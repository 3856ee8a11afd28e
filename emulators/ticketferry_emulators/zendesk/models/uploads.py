"""Uploaded files: tokens that run out and are used up, and the bytes behind attachments."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from urllib.parse import quote

from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["StoredUpload", "Uploads"]

_FIRST = 19_000_000_000_000


@dataclass(slots=True)
class StoredUpload:
    """What one token stands for: all files that were chained to it."""

    token: str
    expires: float
    attachments: list[WireRecord] = field(default_factory=list)
    used: bool = False


class Uploads:
    """Uploads of one desk. `life` is the seconds a token is valid: 60 minutes documented, 3 days once recorded [DOC, REC]."""

    def __init__(self, host: str, *, life: float = 3_600.0) -> None:
        self.host = host
        self.life = life
        self.most_bytes = 50_000_000
        self.blobs: dict[str, bytes] = {}
        self.records: dict[int, WireRecord] = {}
        self._uploads: dict[str, StoredUpload] = {}
        self._given = 0

    def find(self, token: str, now: float) -> StoredUpload | None:
        """Return an upload that can still be used; None for an unknown, used-up or expired token."""
        upload = self._uploads.get(token)
        if upload is None or upload.used or upload.expires <= now:
            return None
        return upload

    def add(
        self, upload: StoredUpload | None, name: str, media_type: str, content: bytes, now: float
    ) -> StoredUpload:
        """Keep a file, chained to an upload where one is given."""
        self._given += 1
        if upload is None:
            token = hashlib.sha256(f"upload:{self.host}:{self._given}".encode()).hexdigest()[:24]
            upload = self._uploads[token] = StoredUpload(token, now + self.life)
        key = hashlib.sha256(f"blob:{self.host}:{self._given}".encode()).hexdigest()[:32]
        identifier = _FIRST + self._given
        address = f"{self.host}/attachments/token/{key}/?name={quote(name)}"
        width, height = _size(content) if media_type.startswith("image/") else (None, None)
        record: WireRecord = {
            "url": f"{self.host}/api/v2/attachments/{identifier}.json", "id": identifier, "file_name": name,
            "content_url": address, "mapped_content_url": address, "content_type": media_type, "size": len(content),
            "width": width, "height": height, "inline": False, "deleted": False, "malware_access_override": False,
            "malware_scan_result": "malware_not_found", "thumbnails": [],
        }  # fmt: skip
        upload.attachments.append(record)
        self.records[identifier] = record
        self.blobs[key] = content
        return upload

    def use(self, tokens: list[str], now: float) -> list[WireRecord] | None:
        """Return the files behind tokens and use these up; None, and nothing is used, when one of them is not valid."""
        found = [self.find(token, now) for token in tokens]
        if any(upload is None for upload in found):
            return None
        files: list[WireRecord] = []
        for upload in found:
            if upload is not None:
                upload.used = True
                files += upload.attachments
        return files

    def drop(self, token: str, now: float) -> bool:
        """Delete an upload that no comment has used; False when there is none."""
        if self.find(token, now) is None:
            return False
        for record in self._uploads.pop(token).attachments:
            del self.records[record["id"]]
            del self.blobs[record["content_url"].split("/token/")[1].split("/")[0]]
        return True

    def dump(self) -> WireRecord:
        """Return tokens and files as data, bytes by their digest."""
        return {
            "tokens": {
                upload.token: {
                    "expires": upload.expires,
                    "used": upload.used,
                    "files": [row["id"] for row in upload.attachments],
                }
                for upload in self._uploads.values()
            },
            "blobs": {
                key: hashlib.sha256(content).hexdigest() for key, content in sorted(self.blobs.items())
            },
        }


def _size(content: bytes) -> tuple[int | None, int | None]:
    """Return width and height of a PNG; other pictures are not measured here."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    return None, None
