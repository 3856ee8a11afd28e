"""Secrets that this process knows, taken out of whatever a desk or a gateway echoes before it is stored or shown."""

import base64
import html
import json
import threading
from urllib.parse import quote, quote_plus

__all__ = ["REDACTED", "redact", "redact_bytes", "remember", "remember_authorization"]

REDACTED = "[secret]"
SHORTEST = 12
"""A shorter text could not be told from ordinary words, which must not vanish from a customer's history; the tokens and client secrets of
all vendors are longer (24 signs and more)."""


class _Known:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.secrets: set[str] = set()
        self.headers: set[str] = set()
        self.forms: tuple[str, ...] = ()
        self.raw: tuple[bytes, ...] = ()


_KNOWN = _Known()


def remember(secret: str) -> None:
    """Take a secret in: from now on it is taken out in every form in which it can be sent."""
    with _KNOWN.lock:
        if len(secret) < SHORTEST or secret in _KNOWN.secrets:
            return
        _KNOWN.secrets.add(secret)
        forms = {form for known in _KNOWN.secrets for form in _forms(known)}
        # The longest first: a form may be a part of another one.
        _KNOWN.forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        _KNOWN.raw = tuple(form.encode("utf-8", "surrogatepass") for form in _KNOWN.forms)


def remember_authorization(value: str) -> None:
    """Take the secrets of an `Authorization` header in: the token, or the pair of name and secret and the secret of it."""
    if value in _KNOWN.headers:
        return
    scheme, _, rest = value.strip().partition(" ")
    remember(rest.strip() or scheme)
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(rest.strip()).decode("utf-8", "replace")
        except ValueError:
            pair = ""
        remember(pair)
        remember(pair.rpartition(":")[2])
    with _KNOWN.lock:
        _KNOWN.headers.add(value)


def redact(text: str) -> str:
    """Return a text without any known secret."""
    for form in _KNOWN.forms:
        if form in text:
            text = text.replace(form, REDACTED)
    return text


def redact_bytes(data: bytes) -> bytes:
    """Return bytes without any known secret."""
    for form in _KNOWN.raw:
        if form in data:
            data = data.replace(form, REDACTED.encode())
    return data


def _forms(secret: str) -> set[str]:
    """Return a secret as it is, and as URLs, JSON, HTML and base64 (at any place of a longer text) write it."""
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret)}
    forms |= {form.replace("%", "%25") for form in (quote(secret, safe=""),)}
    forms |= {_lower(form) for form in (quote(secret, safe=""), quote_plus(secret))}
    for plain in (True, False):
        escaped = json.dumps(secret, ensure_ascii=plain)[1:-1]
        forms |= {escaped, escaped.replace("/", "\\/")}
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data).decode()
        first = (0, 2, 3)[before]
        inner = coded[first : (before + len(data)) * 8 // 6]
        if len(inner) >= SHORTEST:
            forms |= {inner, inner.replace("+", "-").replace("/", "_"), quote(inner, safe="")}
    return {form for form in forms if len(form) >= SHORTEST}


def _lower(form: str) -> str:
    """Write the escapes of a URL with small letters, as some servers do."""
    parts = form.split("%")
    return parts[0] + "".join("%" + part[:2].lower() + part[2:] for part in parts[1:])
