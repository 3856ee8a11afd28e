"""An issue on its way to a neutral ticket: what is read, and what has been read of it so far."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ticketferry.sdk import Record

from .site_index import JiraCatalogIndex

__all__ = ["IssueReading"]


class IssueReading(NamedTuple):
    """`fields`: the issue's; `head`: the ticket, `trace`: where its leaves went, `at`: its place in a trace (`ticket[10001]`)."""

    site: JiraCatalogIndex
    head: Record
    fields: Mapping[str, Any]
    trace: dict[str, str]
    at: str
