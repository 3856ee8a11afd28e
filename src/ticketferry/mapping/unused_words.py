"""Words that came to the mapping language later: where a file does not use one, its digest is what it was before."""

from typing import Any

__all__ = ["without_unused"]

_LATER: dict[tuple[str, ...], Any] = {
    ("links", "jira"): None,
    ("new_values",): "default",
    ("order",): {"by": None, "serial_keys": False},
    ("phases", "*", "history"): None,
    ("conflicts", "after_cut_over"): None,
    ("people", "fields"): [],
    ("organizations", "fields"): [],
    ("tags", "to_fields"): "keep",
    ("links", "other_phase"): "mend",
    ("provenance", "marker"): None,
    ("provenance", "number", "key"): False,
    ("route", "*", "component"): None,
    ("channel", "by"): None,
    ("channel", "missing"): None,
    **{("status", "*", word): unused for word, unused in (("by", None), ("values", {}), ("missing", None))},
    ("people", "rewrite_email"): {},
    ("people", "never_merge"): None,
    ("people", "survivor"): None,
    ("groups", "*", "assign"): None,
    ("organizations", "several"): "all",
    ("organizations", "survivor"): None,
    ("tags", "keep_if_used"): None,
    ("text", "links", "help_center"): "keep",
    ("text", "signatures"): "keep",
    ("text", "quoted_replies"): "keep",
    ("text", "tracking_pixels"): "keep",
    ("text", "language"): None,
    ("text", "header", "locale"): None,
    ("text", "because"): None,
    ("comments", "side_conversations"): {"as": "keep"},
    ("attachments", "inline"): "rehost",
    ("attachments", "older_than"): None,
    ("attachments", "malware"): "link",
    ("attachments", "way"): "rest",
    ("history", "comments"): "replay",
    ("history", "dates"): "auto",
    ("people", "customers", "invite"): "never",
}
"""Where a word stands -> its value where it is not used; `*`: under every name, or in every item."""


def without_unused(told: dict[str, Any]) -> dict[str, Any]:
    """Take the words that are not used out of a mapping as JSON; returns it."""
    for path, unused in _LATER.items():
        _take_out(told, path, unused)
    for section in ("type", "form", "priority"):
        told[section] = {key: _plain(choice, "default") for key, choice in told[section].items()}
    for rule in told["route"]:
        for key in ("project", "issue_type", "security"):
            rule[key] = _plain(rule[key], "")
        rule["request_type"] = _by_value(rule["request_type"])
    for rule in told["status"].values():
        rule["resolution"] = _by_value(rule["resolution"])
    if told["channel"] is not None:
        told["channel"]["values"] = {key: _plain(each, "") for key, each in told["channel"]["values"].items()}
    return told


def _plain(choice: Any, word: str) -> Any:
    """Return a rule for a name as it stood where only names could: below `word`, or by itself."""
    if choice is None or choice["when"] is not None or choice["by"] is not None:
        return choice
    return {word: choice["to"]} if word else choice["to"]


def _by_value(choice: Any) -> Any:
    """Return a rule for a name as it stood where a name or another field could decide, and no condition."""
    if choice is None or choice["when"] is not None:
        return choice
    return {"name": choice["to"], **{key: choice[key] for key in ("by", "values", "missing")}}


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
