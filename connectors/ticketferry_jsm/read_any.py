"""Values of custom fields of any type, as text and lists that a mapping can use; people are references."""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import Json, Kind, Ref

from .body import plain
from .site_index import JiraCatalogIndex
from .wire import number

__all__ = ["NAMING", "read_any", "read_people"]

NAMING = ("value", "name", "title", "label", "key", "objectId", "id")
"""Keys by which groups, versions, teams, assets, services and options are named, the best first [P IssueBean, field docs]."""
_ELSEWHERE = frozenset(
    {
        "vp-origin", "sd-customer-organizations", "sd-request-participants", "sd-sla-field", "sd-request-feedback",
        "sd-request-feedback-date", "sd-approvals", "gh-epic-link",
    }
)  # fmt: skip
"""Types that are read as parts of the ticket."""
_TECHNICAL = frozenset({"gh-lexo-rank", "devsummarycf", "devsummary"})
"""Types whose values mean something to the product alone."""


def read_any(site: JiraCatalogIndex, kind: str, value: Any) -> Json:
    """Read a value by its shape; None where it says nothing, or is read elsewhere."""
    if kind in _ELSEWHERE or kind in _TECHNICAL:
        return None
    return _shown(site, value)


def read_people(site: JiraCatalogIndex, value: Any) -> list[Json]:
    """Return references to the accounts that a value names."""
    rows = value if isinstance(value, list) else [value]
    return [
        str(Ref(site.desk, Kind.PERSON, str(row["accountId"])))
        for row in rows
        if isinstance(row, Mapping) and row.get("accountId")
    ]


def _shown(site: JiraCatalogIndex, value: Any) -> Json:
    if isinstance(value, list):
        return [shown for shown in (_shown(site, item) for item in value) if shown not in (None, "", [])]
    if isinstance(value, Mapping):
        if value.get("accountId"):
            return read_people(site, value)[0]
        if value.get("type") == "doc":
            return plain(value)
        told = next((value[key] for key in NAMING if value.get(key)), None)
        return str(told) if isinstance(told, str | int) else None
    if isinstance(value, float):
        return number(value)
    return value if isinstance(value, str | int) else None
