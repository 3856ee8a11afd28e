"""Issues that stand in the site more than once for one source ticket, told by the labels that an import file and a plan's writes set.

The shared label lists all of ours, 5,000 ids a request [OAS: the greatest number of items is returned where only `id` or `key` is
asked for]; only those that nobody knows are looked at. A label alone proves nothing, since people clone issues with their labels: what
an importer made was made at the very time at which its twin was, and what a plan wrote twice bears our mark and the same creator.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ticketferry.sdk import CopyOf

from . import marks
from .client import JsmClient
from .wire import properties_of

__all__ = ["find_copies"]

_PAGE = 5_000
_CHUNK = 100
"""Issues that one bulkfetch takes, and labels that one search asks for."""


def find_copies(
    client: JsmClient, projects: Sequence[str], origin: str, known: Callable[[str], bool]
) -> Iterator[CopyOf]:
    """Yield the issues that are copies of one that `known` tells of by its id; a request for 5,000 issues, and some for each 100 copies."""
    keys = ", ".join(f'"{key}"' for key in projects)
    ours = f'project in ({keys}) AND labels = "{marks.label(origin)}" ORDER BY created ASC'
    strange = list(dict.fromkeys(id_ for id_ in _ids(client, ours) if not known(id_)))
    by_label: dict[str, list[Mapping[str, Any]]] = {}
    prefix = f"{marks.label(origin)}-"
    for part in _parts(strange):
        for issue in _fetch(client, part):
            for label in issue["fields"].get("labels") or ():
                if str(label).startswith(prefix):
                    by_label.setdefault(str(label), []).append(issue)
    for labels in _parts(sorted(by_label)):
        quoted = ", ".join(f'"{label}"' for label in labels)
        bound = [
            id_
            for id_ in _ids(client, f"project in ({keys}) AND labels in ({quoted}) ORDER BY created ASC")
            if known(id_)
        ]
        for part in _parts(bound):
            for first in _fetch(client, part):
                for label in first["fields"].get("labels") or ():
                    for second in by_label.get(str(label), ()):
                        if _is_twin(first, second):
                            yield CopyOf(str(second["id"]), str(second["key"]), str(first["id"]))


def _is_twin(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    one, other = (marks.unpack(properties_of(issue.get("properties"))) for issue in (first, second))
    mine, its = first["fields"], second["fields"]
    if other is not None:
        return (
            one is not None
            and other.get("ref") == one.get("ref")
            and (mine.get("creator") or {}).get("accountId") == (its.get("creator") or {}).get("accountId")
        )
    return bool(its.get("created")) and its.get("created") == mine.get("created")


def _parts(items: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield list(items[start : start + _CHUNK])


def _ids(client: JsmClient, jql: str) -> Iterator[str]:
    for row in client.rows(client.searched(jql, endpoint="search.jql", size=_PAGE)):
        yield str(row["id"])


def _fetch(client: JsmClient, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    return client.issues(ids, ["labels", "created", "creator"], marks.SOURCE_KEYS)
