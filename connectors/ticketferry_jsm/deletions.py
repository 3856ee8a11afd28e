"""Issues that are there no longer: found by listing all ids, since Jira has no list of what was deleted.

Each reading lists the ids of all issues that take part (5,000 a request) and keeps them in its cursor. What the list before had
and this one lacks is asked for by id: the search index hides issues that can be read [field notes], and only what does not
answer there is gone. Ids that were given out between the two lists are asked for too: such an issue may have been read and
deleted in the time between. The list is made before issues are read, so whatever is read later stands in it or above it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from ticketferry.sdk import Cursor, Kind, Page, Ref, Session, Wire
from ticketferry.sdk.rest.streams import saved, state_of

from .client import JsmClient
from .id_set import IdSet

__all__ = ["Deletions"]

_LISTED = 5_000
_ASKED = 100
_BELOW = 5_000
"""Ids below the lowest that are asked for where the list before was empty: what was made and deleted since has an id near by."""


class Deletions:
    """Reads the stream of tombstones. `jql`: which issues take part; `ours`: tells the same of an issue that was read by id."""

    def __init__(
        self,
        client: JsmClient,
        session: Session,
        jql: Callable[[], str],
        ours: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        self.client = client
        self.session = session
        self._jql = jql
        self._ours = ours

    def read(self, cursor: Cursor | None) -> Iterator[Page]:
        """Give tombstones since the list of a cursor; nothing where there was none."""
        state = state_of(cursor)
        before = IdSet.unpack(str(state["ids"])) if state.get("ids") else None
        now = self._listed()
        gone: list[Wire] = []
        if before is not None:
            for part in _parts(self._candidates(before, now)):
                there = self._there(part)
                for id_ in part:
                    if id_ in there:
                        now.add(id_)
                    else:
                        ref = Ref(self.session.desk, Kind.TICKET, str(id_))
                        gone.append(Wire(ref, None, None, gone=True))
        yield Page(gone, saved({"ids": now.pack()}), last=True)

    def _listed(self) -> IdSet:
        jql = f"{self._jql()} ORDER BY created ASC"
        return IdSet(
            int(row["id"])
            for row in self.client.rows(self.client.searched(jql, endpoint="search.ids", size=_LISTED))
        )

    def _candidates(self, before: IdSet, now: IdSet) -> Iterable[int]:
        # A site has given out millions of ids before the first one of a project that was empty.
        first = before.highest + 1 or max(0, now.lowest - _BELOW)
        given = range(first, now.highest + 1)
        return chain(before.without(now), (id_ for id_ in given if id_ not in now))

    def _there(self, ids: Sequence[int]) -> set[int]:
        """Return which issues can be read by id and still take part; one that was moved away does not."""
        rows = self.client.issues(ids, ["project", "labels"])
        return {int(row["id"]) for row in rows if self._ours(row)}


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    part: list[int] = []
    for id_ in ids:
        part.append(id_)
        if len(part) == _ASKED:
            yield part
            part = []
    if part:
        yield part
