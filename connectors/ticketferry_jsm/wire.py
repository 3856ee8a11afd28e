"""Names, times and small shapes of Jira's wire format."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

__all__ = [
    "API",
    "DESK_API",
    "FIELDS_ALL",
    "INTERNAL",
    "NEUTRAL_TYPES",
    "PUBLIC_PROPERTY",
    "STAGES",
    "account_kind",
    "jira_time",
    "kind_of_field",
    "neutral_time",
    "number",
    "person_id",
    "properties_of",
]

API = "/rest/api/3"
DESK_API = "/rest/servicedeskapi"
FIELDS_ALL = ("*all", "-comment", "-worklog")
PUBLIC_PROPERTY = "sd.public.comment"
INTERNAL = {"internal": True}
"""Value of PUBLIC_PROPERTY that keeps customers out; without it a comment is public [OAS, field-proven]."""

NEUTRAL_TYPES: Mapping[str, str] = {
    "textfield": "text",
    "readonlyfield": "text",
    "textarea": "textarea",
    "float": "decimal",
    "datepicker": "date",
    "datetime": "datetime",
    "select": "select",
    "radiobuttons": "select",
    "multiselect": "multiselect",
    "multicheckboxes": "multiselect",
    "cascadingselect": "cascading",
    "labels": "labels",
    "url": "url",
    "userpicker": "user",
    "multiuserpicker": "users",
}
"""Last part of a custom field's type key -> neutral field type; others keep their own name."""

STAGES: Mapping[str, str] = {
    "new": "new",
    "indeterminate": "in_progress",
    "done": "resolved",
    "TODO": "new",
    "IN_PROGRESS": "in_progress",
    "DONE": "resolved",
    "undefined": "in_progress",
}
"""Status category, in either of Jira's vocabularies -> stage."""


def neutral_time(value: object) -> str | None:
    """Return a time as records hold it: UTC, `2024-01-02T03:04:05Z`, with milliseconds where they are not zero.

    Takes what Jira writes: ISO with any offset (`2022-05-17T04:06:55.076-0700`), epoch seconds or milliseconds (the bulk
    change log), and the service desk's date object. None for anything else.
    """
    if isinstance(value, Mapping):
        return neutral_time(value.get("epochMillis") or value.get("iso8601"))
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        at = datetime.fromtimestamp(value / 1000 if value > 100_000_000_000 else value, UTC)
    elif isinstance(value, str) and value:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    else:
        return None
    millis = round(at.microsecond / 1000)
    text = at.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{millis:03d}Z" if 0 < millis < 1000 else f"{text}Z"


def jira_time(value: str) -> str | None:
    """Return a neutral time as Jira takes it: `2024-01-02T03:04:05.000+0000`; None where it is no time."""
    text = neutral_time(value)
    if text is None:
        return None
    plain = text.removesuffix("Z")
    return f"{plain}+0000" if "." in plain else f"{plain}.000+0000"


def number(value: float) -> int | float:
    """Return a whole number as int: Jira answers 5.0 where 5 was written."""
    return int(value) if float(value).is_integer() else float(value)


def kind_of_field(custom: str) -> str:
    """Return the last part of a custom field's type key: `select` of `com.atlassian…customfieldtypes:select`."""
    return custom.rpartition(":")[2]


def account_kind(user: Mapping[str, Any]) -> str:
    """Return `agent`, `customer` or `app`; the service desk's own users have no type, their ids tell [DOC]."""
    known = {"atlassian": "agent", "customer": "customer", "app": "app"}.get(str(user.get("accountType", "")))
    if known is not None:
        return known
    return "customer" if str(user.get("accountId") or "qm:").startswith("qm:") else "agent"


def person_id(user: object) -> str | None:
    """Return under which id somebody is known: the account's, else one made from what is said of a person without an account.

    Whoever has neither account nor name nor address is nobody.
    """
    if not isinstance(user, Mapping):
        return None
    if user.get("accountId"):
        return str(user["accountId"])
    told = [str(user[key]) for key in ("emailAddress", "name", "key", "displayName") if user.get(key)]
    return f"unnamed-{blake2b(told[0].encode(), digest_size=8).hexdigest()}" if told else None


def properties_of(rows: object) -> dict[str, Any]:
    """Return entity properties as a dict, from the list that comments have or the object that issues have."""
    if isinstance(rows, Mapping):
        return dict(rows)
    if not isinstance(rows, Iterable) or isinstance(rows, str):
        return {}
    return {str(row["key"]): row.get("value") for row in rows if isinstance(row, Mapping) and "key" in row}
