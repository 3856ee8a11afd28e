"""A mark as one line of text that survives every editor: JSON of plain letters, with values that are known only during apply.

Nothing in it is markup, a placeholder of a template or two spaces in a row, so that a note of any product keeps it letter by letter.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ticketferry.sdk.contract import From, Join, Template

__all__ = ["KEY", "newest", "packed", "unpacked"]

KEY = "ticketferry"
"""First key of a mark; its value is the version of its form."""
_OPEN, _CLOSE = "\uf8f0", "\uf8f1"
"""Stand around the number of a symbolic value until it is known: signs for private use, taken out of texts."""
_SLOT = re.compile(r"\\uf8f0(\d+)\\uf8f1")
_MARKUP = re.compile(r"[<>&]|  |\{(?=[{%])")


def packed(mark: Mapping[str, Any]) -> Template:
    """Return a mark as text; `From` may stand in it wherever a text may."""
    values: list[From] = []

    def plain(value: Any) -> Any:
        if isinstance(value, From):
            values.append(value)
            return f"{_OPEN}{len(values) - 1}{_CLOSE}"
        if isinstance(value, str):
            return value.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
        if isinstance(value, Mapping):
            return {plain(str(key)): plain(item) for key, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list | tuple) else value

    text = json.dumps(plain({KEY: 1, **mark}), separators=(",", ":"))
    text = _MARKUP.sub(lambda found: "".join(f"\\u{ord(sign):04x}" for sign in found[0]), text)
    parts: list[str | From] = []
    for number, piece in enumerate(_SLOT.split(text)):
        parts.append(values[int(piece)] if number % 2 else piece)
    return Join(tuple(parts)) if values else text


def unpacked(text: str) -> dict[str, Any] | None:
    """Return the mark that stands in a text, whatever stands around it; None where none does, or somebody has damaged it."""
    begin = text.find(f'{{"{KEY}":')
    if begin < 0:
        return None
    try:
        mark, _ = json.JSONDecoder().raw_decode(text[begin:])
    except ValueError:
        return None
    return mark if mark.get(KEY) == 1 and isinstance(mark.get("ref"), str) else None


def newest(texts: Iterable[tuple[str, str]], workspace: str) -> tuple[str, dict[str, Any]]:
    """Return id and mark of the newest note of a workspace, an empty mark where there is none. `texts`: ids, which count up, and notes."""
    newest_mark: tuple[str, dict[str, Any]] = ("", {})
    for id_, text in texts:
        mark = unpacked(text)
        if mark and mark.get("workspace", "") == workspace and int(id_) >= int(newest_mark[0] or 0):
            newest_mark = id_, mark
    return newest_mark
