"""Conditions, choices and plain values of a mapping as sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.model import Choice, Part
from ticketferry.mapping.sections.part import REFUSING, REJECT

__all__ = ["choice_words", "condition_words", "leftover_words", "plain_words", "spelt_out", "told"]

_COMPARED = {
    ">=": "at least",
    "<=": "at most",
    ">": "more than",
    "<": "less than",
    "=": "exactly",
    "!=": "not",
}
_NAMES = {
    "keep_in_provenance": "kept beside the ticket", "same_name": "to the field of the same name", "skip": "left behind",
    "archive": "left behind and written into files", "placeholder": "a placeholder account", "portal_only": "a portal account, without an invitation",
    "true": "yes", "false": "no",
}  # fmt: skip


def condition_words(condition: Any) -> str:
    """Return a condition as people say it: `brand is Billing and comments at most 1`."""
    if condition in (None, "always"):
        return "always"
    if not isinstance(condition, dict):
        return str(condition)
    return " and ".join(_entry(key, item) for key, item in condition.items())


def _entry(key: str, item: Any) -> str:
    if key in ("all", "any") and isinstance(item, list):
        joined = (" and " if key == "all" else " or ").join(condition_words(each) for each in item)
        return f"({joined})" if len(item) > 1 else joined
    if key == "not":
        return f"not ({condition_words(item)})"
    name, _, suffix = key.rpartition("_")
    if suffix in ("before", "after") and name:
        return f"{spelt_out(name)} {suffix} {_moment(item)}"
    return f"{spelt_out(key)} {_value(item)}"


def _value(item: Any) -> str:
    if isinstance(item, list):
        return "is one of " + ", ".join(str(each) for each in item)
    if isinstance(item, dict):
        return " and ".join(_test(word, value) for word, value in item.items())
    text = str(item)
    if text in ("present", "absent"):
        return "has a value" if text == "present" else "has no value"
    for sign, words in _COMPARED.items():
        if text.startswith(sign):
            return f"{words} {text[len(sign) :].strip()}"
    return f"is {text}"


def _test(word: str, value: Any) -> str:
    if word == "matches":
        return f"reads like {value}"
    if word in ("before", "after"):
        return f"{word} {_moment(value)}"
    if word == "not":
        return f"not ({_value(value)})"
    return f"{spelt_out(word)} {_value(value)}"


def _moment(value: Any) -> str:
    text = str(value)
    units = {"y": "year", "m": "month", "w": "week", "d": "day", "h": "hour"}
    if text[:1] == "-" and text[-1:] in units and text[1:-1].isdigit():
        count = int(text[1:-1])
        return f"{count} {units[text[-1]]}{'' if count == 1 else 's'} ago ({text})"
    return text


def told(name: str | None) -> str:
    """Return a name of the target, with the words that reject a ticket or leave it open said."""
    if name in REFUSING:
        return (
            "(the ticket is rejected, and no plan with it goes)"
            if name != REJECT
            else "(the ticket is rejected)"
        )
    return "(not decided yet)" if name == UNDECIDED else str(name)


def choice_words(choice: Choice | None) -> str:
    """Return what a choice gives, with the condition or the field that decides."""
    if choice is None:
        return ""
    words = told(choice.to)
    if choice.by is not None:
        rows = [f"{'others' if key == '*' else key} → {told(name)}" for key, name in choice.values.items()]
        if choice.missing is not None:
            rows.append(f"empty → {told(choice.missing)}")
        words = f"by {spelt_out(choice.by)}: {'; '.join(rows)}"
    if choice.when is not None:
        words = f"{words} where {condition_words(choice.when)}, else {told(choice.otherwise)}"
    return words + _rest(choice, {"to", "by", "values", "missing", "when", "otherwise"})


def _rest(part: Part, known: set[str]) -> str:
    return "".join(f"; {words}" for words in leftover_words(part, known))


def leftover_words(part: BaseModel, known: set[str]) -> Iterator[str]:
    """Yield what a part of the file says beside the words that the caller has said already: nothing is passed over."""
    for name, info in type(part).model_fields.items():
        if name in part.model_fields_set and name not in known:
            value = getattr(part, name)
            if value is not None:
                yield f"{spelt_out(info.alias or name)}: {plain_words(value)}"


def plain_words(value: Any) -> str:
    """Return any value of the file on one line."""
    if isinstance(value, Choice):
        return choice_words(value)
    if isinstance(value, BaseModel):
        return "; ".join(leftover_words(value, set())) or "as usual"
    if isinstance(value, Mapping):
        if value and all(isinstance(item, str) for item in value.values()):
            return "; ".join(
                f"{'others' if key == '*' else key} → {told(item)}" for key, item in value.items()
            )
        return "; ".join(f"{key}: {plain_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain_words(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _NAMES.get(str(value), str(value))


def spelt_out(key: str) -> str:
    """Return a key as a word: `fields.refund_reason` stays what the file says, `author_without_account` loses its signs."""
    return f"field {key[7:]}" if key.startswith("fields.") else key.replace("_", " ")
