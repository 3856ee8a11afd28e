"""Custom fields and tags of a ticket, which say the same thing twice: kept in step as the product does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from ticketferry_emulators.zendesk.exceptions import rejected
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["checked", "normal_tags", "settle", "tags_of"]

_NUMBER = {"integer": re.compile(r"-?\d+\Z"), "decimal": re.compile(r"-?\d+(\.\d+)?\Z")}


def normal_tags(tags: object) -> list[str]:
    """Return tags as the product keeps them: lower case, blanks part one tag from the next [RECALL]; each once."""
    if isinstance(tags, str):
        tags = [tags]
    if not isinstance(tags, list):
        raise rejected("tags", "Tags: is invalid")
    return list(dict.fromkeys(word for tag in tags for word in str(tag).lower().split()))


def checked(field: WireRecord, value: object) -> object:
    """Return a value as its field keeps it; raises Refused (422) for one that the field does not take."""
    kind, title = field["type"], field["title"]
    if value is None or (isinstance(value, str | list) and not value):
        return False if kind == "checkbox" else None
    if kind == "checkbox":
        return value in (True, 1, "1", "true")
    if kind == "multiselect":
        wanted = value if isinstance(value, list) else [value]
        options = {row["value"] for row in field.get("custom_field_options", ())}
        if any(tag not in options for tag in wanted):
            raise rejected("base", f"{title}: {value} is not a valid option")
        return list(dict.fromkeys(wanted))
    if isinstance(value, bool | list | dict):
        raise rejected("base", f"{title}: is invalid")
    text = str(value)
    if kind == "tagger" and text not in {row["value"] for row in field.get("custom_field_options", ())}:
        raise rejected("base", f"{title}: {text} is not a valid option")
    if kind in _NUMBER and not _NUMBER[kind].match(text):
        raise rejected("base", f"{title}: {text} is not a number")
    if kind == "date":
        return _date(title, text)
    if kind == "regexp" and not _fits(field["regexp_for_validation"], text):
        raise rejected("base", f"{title}: is invalid")
    if kind == "partialcreditcard":
        return text if len(text) <= 4 else "X" * (len(text) - 4) + text[-4:]
    return text


def _date(title: str, text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise rejected("base", f"{title}: {text} is not a date") from None


def _fits(pattern: str | None, text: str) -> bool:
    """Match as Ruby does, whose `z` anchor is the very end."""
    return pattern is None or re.search(pattern.replace(r"\z", r"\Z"), text) is not None


def tags_of(field: WireRecord, value: object) -> list[str]:
    """Return the tags that a value puts on its ticket."""
    if field["type"] == "tagger":
        return [value] if isinstance(value, str) else []
    if field["type"] == "multiselect":
        return [str(tag) for tag in value] if isinstance(value, list) else []
    if field["type"] == "checkbox" and value is True and field.get("tag"):
        return [field["tag"]]
    return []


def settle(
    fields: Mapping[int, WireRecord], values: dict[int, object], tags: Iterable[str], sent: Mapping[int, object]
) -> list[str]:  # fmt: skip
    """Bring `values` and `tags` in step, change `values`, and return the tags, sorted [support 4408881943194].

    `sent` are the fields that the request itself sets: they win over tags. Otherwise the tags decide: one that belongs to
    an option selects it, of two for one drop-down the last is kept, and a value whose tag is gone is cleared.
    """
    kept = dict.fromkeys(tags)
    for number, field in fields.items():
        known = _known(field)
        if not known:
            continue
        if number in sent:
            values[number] = sent[number]
        else:
            values[number] = _chosen(field, values.get(number), [tag for tag in kept if tag in known])
        wanted = tags_of(field, values[number])
        for tag in known:
            if tag in kept and tag not in wanted:
                del kept[tag]
        kept |= dict.fromkeys(wanted)
    values.update(sent)
    return sorted(kept)


def _known(field: WireRecord) -> set[str]:
    if field["type"] in ("tagger", "multiselect"):
        return {row["value"] for row in field.get("custom_field_options", ())}
    return {field["tag"]} if field["type"] == "checkbox" and field.get("tag") else set()


def _chosen(field: WireRecord, before: object, present: list[str]) -> object:
    if field["type"] == "checkbox":
        return True if present else (False if before is True else before)
    if field["type"] == "multiselect":
        if isinstance(before, list) and set(before) == set(present):
            return before
        return present or None
    return present[-1] if present else None
