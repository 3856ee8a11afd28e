"""Attachments of the sample desk: small real files made from their token alone, so that no byte need be kept."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from ticketferry_emulators.zendesk.seed.dice import HOST, Dice, WireRecord, api_url, attachment_id

__all__ = ["FileKind", "attachment", "content", "token_of"]

_TOKEN = re.compile(r"^(?P<kind>png|pdf|txt|empty|csv)(?P<number>\d+)x(?P<index>\d+)x[0-9a-f]{12}$")


class FileKind(NamedTuple):
    """A kind of file and the media type it is served with."""

    name: str
    media_type: str


KINDS = {
    kind.name: kind
    for kind in (
        FileKind("png", "image/png"),
        FileKind("pdf", "application/pdf"),
        FileKind("txt", "text/plain"),
        FileKind("csv", "text/csv"),
        FileKind("empty", "application/octet-stream"),
    )
}
_SIDE = 16


def token_of(kind: str, number: int, index: int) -> str:
    """Return the token of an attachment; it says the kind, and so the bytes."""
    digest = hashlib.sha256(f"{kind}:{number}:{index}".encode()).hexdigest()[:12]
    return f"{kind}{number}x{index}x{digest}"


def content(token: str) -> bytes:
    """Return the bytes behind a token; KeyError when no such token was ever given."""
    match = _TOKEN.match(token)
    if match is None or token_of(match["kind"], int(match["number"]), int(match["index"])) != token:
        raise KeyError(token)
    dice = Dice("file", token)
    return _MAKERS[match["kind"]](dice)


def attachment(kind: str, number: int, index: int, name: str, *, inline: bool = False) -> WireRecord:
    """Return the attachment record of a ticket's index-th file [OAS AttachmentObject]."""
    token = token_of(kind, number, index)
    image = kind == "png"
    url = f"{HOST}/attachments/token/{token}/?name={quote(name)}"
    return {
        "url": api_url(f"attachments/{attachment_id(number, index)}"),
        "id": attachment_id(number, index),
        "file_name": name,
        "content_url": url,
        "mapped_content_url": url,
        "content_type": KINDS[kind].media_type,
        "size": len(content(token)),
        "width": _SIDE if image else None,
        "height": _SIDE if image else None,
        "inline": inline,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }


def _png(dice: Dice) -> bytes:
    """Return a 16 x 16 picture of two colours; its pixels are stored, not squeezed, so no zlib version changes them."""
    ink = bytes((dice.below(256), dice.below(256), dice.below(256)))
    paper = bytes((dice.below(256), dice.below(256), dice.below(256)))
    rows = b"".join(
        b"\0" + b"".join(ink if dice.chance(0.5) else paper for _ in range(_SIDE)) for _ in range(_SIDE)
    )
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows
    stored += struct.pack(">I", zlib.adler32(rows))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", stored), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _pdf(dice: Dice) -> bytes:
    """Return a one-page PDF with an empty page."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {dice.between(200, 600)} 842] >>".encode(),
    ]
    out = b"%PDF-1.4\n"
    offsets = []
    for index, part in enumerate(parts, 1):
        offsets.append(len(out))
        out += f"{index} 0 obj\n".encode() + part + b"\nendobj\n"
    table = b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    size = len(parts) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 {size}\n0000000000 65535 f \n".encode() + table + trailer.encode()


def _text(dice: Dice) -> bytes:
    lines = [
        f"2026-10-{dice.between(1, 30):02d} {dice.pick(('INFO', 'WARN', 'FEHLER: Größe überschritten'))}"
        for _ in range(dice.between(3, 40))
    ]
    return "\r\n".join(lines).encode()


def _csv(dice: Dice) -> bytes:
    rows = [f"{index};{dice.below(1000)},{dice.below(100):02d}" for index in range(dice.between(5, 30))]
    return ("\ufeffitem;amount\n" + "\n".join(rows) + "\n").encode()


_MAKERS: dict[str, Callable[[Dice], bytes]] = {
    "png": _png,
    "pdf": _pdf,
    "txt": _text,
    "csv": _csv,
    "empty": lambda _: b"",
}
