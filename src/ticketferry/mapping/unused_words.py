"""Words that came to the mapping language later: where a file does not use one, its digest is what it was before."""

from typing import Any

__all__ = ["without_unused"]

_LATER: dict[tuple[str, ...], Any] = {
    ("people", "rewrite_email"): {},
    ("people", "customers", "invite"): "never",
}
"""Where a word stands -> its value where it is not used; `*`: under every name, or in every item."""


def without_unused(told: dict[str, Any]) -> dict[str, Any]:
    """Take the words that are not used out of a mapping as JSON; returns it."""
    for path, unused in _LATER.items():
        _take_out(told, path, unused)
    return told


def _take_out(item: Any, path: tuple[str, ...], unused: Any) -> None:
    step, rest = path[0], path[1:]
    if step == "*":
        for inner in item.values() if isinstance(item, dict) else item or ():
            _take_out(inner, rest, unused)
    elif not isinstance(item, dict) or step not in item:
        return
    elif rest:
        _take_out(item[step], rest, unused)
    elif item[step] == unused:
        del item[step]
