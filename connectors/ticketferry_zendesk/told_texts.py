"""Words of a message as a body: HTML with what it lost, plain text where there is none; with their trace."""

from collections.abc import Callable
from html import unescape
from typing import Any

from ticketferry.sdk import Finding, Ref, Severity, derived
from ticketferry.sdk.body import from_html, from_text, write_html

__all__ = ["AS_TEXT", "html_body", "is_blank", "says_something", "text_body"]

AS_TEXT = "the text in the neutral subset"
"""Derivation of a body out of a vendor's text."""


def is_blank(html: Any) -> bool:
    """Tell whether a message has no HTML of its own."""
    return not isinstance(html, str) or not html.strip()


def says_something(text: str, html: Any) -> bool:
    """Tell whether a plain text is a message of its own: the only one there is, or it has words where the HTML beside it shows none."""
    return bool(text if is_blank(html) else unescape(text).strip())


def html_body(
    of: Ref, html: Any, path: str, place: str, trace: dict[str, str], findings: list[Finding], image: Callable[[str], str | None],
    weight: Callable[[str], Severity],
) -> dict[str, Any] | None:  # fmt: skip
    """Return the body that an HTML text at `path` makes, for `place`; None where it says nothing. `weight`: how much a loss of a code matters."""
    if is_blank(html):
        return None
    tree, losses = from_html(html, image=image)
    trace[path] = "=a message without content"
    findings += [
        Finding(loss.code.replace("BODY", "ZD-BODY", 1), weight(loss.code), of, f"{path} {loss.where}", loss.message, count=loss.count)
        for loss in losses
    ]  # fmt: skip
    if not tree:
        return None
    trace |= {path: place, derived(path): AS_TEXT}
    return {"html": write_html(tree), "format": "html"}


def text_body(text: str, place: str, trace: dict[str, str], *paths: str) -> dict[str, Any] | None:
    """Return the body that a plain text makes, which stands at some paths; None where it has no words."""
    tree = from_text(text)
    if not tree:
        return None
    for path in paths:
        trace |= {path: place, derived(path): AS_TEXT}
    return {"html": write_html(tree), "format": "text"}
