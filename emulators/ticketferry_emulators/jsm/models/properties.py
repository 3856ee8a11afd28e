"""What Jira checks in entity properties before it stores them."""

from __future__ import annotations

from typing import Any

import orjson

from ticketferry_emulators.jsm.exceptions import refused

__all__ = ["check_properties", "check_property"]


def check_property(key: Any, value: Any) -> None:
    """Refuse a key over 255 characters or a value over 32,768 characters of JSON [DOC entity properties]."""
    if not isinstance(key, str) or not key or len(key) > 255:
        raise refused(400, "The property key must be between 1 and 255 characters long.")
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise refused(400, f"The value of the property {key} is not valid.") from None
    if len(text) > 32768:
        raise refused(400, f"The value of the property {key} is too long: the limit is 32768 characters.")


def check_properties(properties: Any) -> dict[str, Any]:
    """Return the properties that a create or edit brings."""
    if properties is None:
        return {}
    if not isinstance(properties, list) or any(not isinstance(item, dict) for item in properties):
        raise refused(400, errors={"properties": "Operation value must be an array of properties"})
    for item in properties:
        check_property(item.get("key"), item.get("value"))
    return {item["key"]: item.get("value") for item in properties}
