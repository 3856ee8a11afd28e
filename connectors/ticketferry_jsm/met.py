"""People whom issues name and no list of the site shows: looked up in bulk, else made from the user objects in which they were met.

Lists leave out deactivated, deleted and anonymised accounts, customers of other desks, and whatever the reading account may not browse.
What such people wrote is theirs all the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ticketferry.sdk import Kind, RejectedError, Wire

from .issue_reader import wire_of
from .wire import person_id

__all__ = ["Met", "named_in"]

_HOLDERS = frozenset({"reporter", "assignee", "creator", "author", "updateAuthor"})
"""Keys under which a user object stands even where it has no account id: an account that was anonymised, or never one."""
_MOVED = (("from", "fromString", "tmpFromAccountId"), ("to", "toString", "tmpToAccountId"))
_PEOPLE = frozenset({"assignee", "reporter", "creator"})
_LOOKED_UP = 100


class Met:
    """Remembers whom the lists gave, and gives the others."""

    def __init__(self, desk: str, look_up: Callable[[Sequence[str]], Iterable[Any]]) -> None:
        self._desk = desk
        self._look_up = look_up
        self._known: set[str] = set()

    def listed(self, ids: Iterable[str]) -> None:
        """Note whom a list of the site gave."""
        self._known.update(ids)

    def wires(self, read: Iterable[Wire], given: set[str]) -> list[Wire]:
        """Return the people whom these wires name and whom neither a list nor this reading (`given`, added to) has given yet."""
        new: dict[str, dict[str, Any]] = {}
        for wire in read:
            for id_, user in named_in(wire.body):
                if id_ not in self._known and id_ not in given and len(user) > len(new.get(id_, ())):
                    new[id_] = user
        accounts = sorted(id_ for id_, user in new.items() if user.get("accountId") == id_)
        for start in range(0, len(accounts), _LOOKED_UP):
            try:
                for row in self._look_up(accounts[start : start + _LOOKED_UP]):
                    new[str(row["accountId"])] = dict(row)
            except RejectedError as error:
                if error.status not in (400, 403, 404):
                    raise  # nobody of them can be looked up: their own objects tell what is known
        given.update(new)
        return [wire_of(self._desk, Kind.PERSON, id_, new[id_], met=True) for id_ in sorted(new)]


def named_in(body: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id of everybody whom a record names, with what it says of them: user objects, mentions, entries of the history."""
    stack: list[tuple[str, Any]] = [("", body)]
    while stack:
        key, value = stack.pop()
        if isinstance(value, list):
            stack.extend((key, item) for item in value)
        elif isinstance(value, Mapping):
            id_ = person_id(value) if key in _HOLDERS or value.get("accountId") else None
            if id_:
                kept = {
                    name: item
                    for name, item in value.items()
                    if name != "avatarUrls" and not isinstance(item, list)
                }
                yield id_, kept
                continue
            if value.get("type") == "mention" and isinstance(value.get("attrs"), Mapping):
                yield from _mentioned(value["attrs"])
                continue
            if "fieldtype" in value or "fieldId" in value:
                yield from _moved(value)
            stack.extend(value.items())


def _mentioned(attrs: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    id_, text = attrs.get("id"), str(attrs.get("text") or "").lstrip("@").strip()
    if isinstance(id_, str) and id_ and not id_.startswith("{"):
        yield id_, {"accountId": id_, **({"displayName": text} if text else {})}


def _moved(item: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for side, words, tmp in _MOVED:
        id_ = item.get(tmp) or (item.get(side) if item.get("fieldId") in _PEOPLE else None)
        if isinstance(id_, str) and id_ and "," not in id_:
            name = item.get(words)
            yield id_, {"accountId": id_, **({"displayName": str(name)} if name else {})}
