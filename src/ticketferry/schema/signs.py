"""Signs that steer a terminal, a spreadsheet or the direction of writing, made visible: texts are written by strangers."""

import re

__all__ = ["FORMULA", "json_safe", "unformulated", "visible"]

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters (C0 but for tab and line feed, DEL, C1), line separators, marks and overrides of direction, single surrogates."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that a spreadsheet runs as a formula; the wide forms count where East Asian writing is set [OWASP CSV Injection]."""


def visible(text: str) -> str:
    r"""Write steering signs as escapes that a person can read: `\x1b`, `\u202e`."""
    return _STEERING.sub(_escape, text)


def unformulated(cell: str) -> str:
    """Return a cell with a sign before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def json_safe(dumped: str) -> str:
    r"""Write the steering signs that JSON leaves raw as its own escapes, `\u009b`; the value stays the same."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", dumped)


def _escape(sign: "re.Match[str]") -> str:
    code = ord(sign[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
