"""Entries of the set-up that bear no mark of ours: what bears their name before we make them, and which one a lost request has made.

An entry of the set-up has no place for a mark that only we read: what stands in a description is read by agents, in Zendesk's own screens,
for ever. So it is ours by what nobody else's is: it was not there when we looked right before, it equals all that was asked for, the desk
made it while our request was on its way (`created_at`), our account made it where the desk tells (`creator_user_id` of a field), and it is
the only one of which all that is true.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import orjson

from ticketferry.sdk import Attempt, Finding, Operation, Severity, Sight, WriteResult
from ticketferry.sdk.desk_clock import DeskClock
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.definitions import slots_of_definition
from ticketferry_zendesk.name_keys import name_key
from ticketferry_zendesk.wire import Row, moment

__all__ = ["SIGHTED", "Sightings", "taken"]

TAKEN_REMEDY: Final = (
    "Extract the target again and plan anew: the plan takes what is there, or says what to decide. If nobody else made it, it is what is left of a"
    " request whose answer was lost: delete it in Zendesk, then run the same command again."
)


class _Kind(NamedTuple):
    """What is compared of one kind of entry. `names`: keys by which people and mappings tell entries apart, each by itself."""

    word: str
    inner: str
    names: tuple[str, ...]
    equal: tuple[str, ...]
    dated: bool = True


_KINDS: Final[Mapping[str, _Kind]] = {
    "field.create": _Kind("ticket field", "ticket_field", ("title",), ("title", "type", "active")),
    "field.add_option": _Kind("option", "custom_field_option", ("name", "value"), ("name", "value"), dated=False),
    "status.create": _Kind(
        "custom status", "custom_status", ("agent_label",), ("agent_label", "status_category", "active")
    ),
    "group.create": _Kind("group", "group", ("name",), ("name", "is_public", "description")),
}  # fmt: skip
"""Options have no `created_at` [OAS CustomFieldOptionObject]: of them the look before alone tells which are new."""

SIGHTED: Final = frozenset(_KINDS)


def taken(operation: Operation, message: str, remedy: str = TAKEN_REMEDY) -> Finding:
    """Return why a record fails whose place somebody else has."""
    return Finding("ZD-TAKEN", Severity.DOUBT, operation.subject, operation.endpoint, message, remedy)


class Sightings:
    """Looks at the set-up before and after a creation. `clock`: the account's."""

    def __init__(self, client: ZendeskClient, clock: DeskClock) -> None:
        self._client = client
        self._clock = clock
        self._me: str | None = None

    def before(self, batch: Sequence[Operation]) -> dict[str, Sight]:
        """Return for each operation the entries of its name, by number; `taken` where one that is in use has it."""
        lists: dict[str, list[Row]] = {}
        found: dict[str, Sight] = {}
        for operation in batch:
            rows = self._alike(operation, lists)
            used = [row for row in rows if row.get("active") is not False and not row.get("deleted")]
            note = orjson.dumps(sorted(int(row["id"]) for row in rows)).decode()
            found[operation.key] = Sight(note, self._named(operation, used) if used else None)
        return found

    def refusal(self, operation: Operation) -> Finding | None:
        """Return whose entry made the desk refuse a creation; None where none bears the name."""
        rows = self._alike(operation, {})
        return self._named(operation, rows) if rows else None

    def since(self, operation: Operation, attempt: Attempt | None) -> WriteResult:
        """Tell what became of a creation whose answer was lost: `done` where exactly one entry can be ours, `rejected` for a stranger's."""
        kind = _KINDS[operation.endpoint]
        rows = [row for row in self._alike(operation, {}) if not row.get("deleted")]
        if attempt is None or not attempt.sight:
            used = [row for row in rows if row.get("active") is not False]
            found = WriteResult(operation.key, "rejected", error=self._named(operation, used))
            return found if used else WriteResult(operation.key, "absent")
        known = set(orjson.loads(attempt.sight))
        fresh = [row for row in rows if int(row["id"]) not in known]
        ours = [row for row in fresh if self._ours(kind, operation, row, attempt)]
        if len(ours) == 1:
            return WriteResult(operation.key, "done", _slots(operation, ours[0]))
        if not fresh:
            return WriteResult(operation.key, "absent")
        return WriteResult(operation.key, "rejected", error=self._named(operation, ours or fresh))

    def _ours(self, kind: _Kind, operation: Operation, row: Row, attempt: Attempt) -> bool:
        if not _equal(kind, _wanted(operation), row):
            return False
        if kind.dated and not self._clock.within(moment(row.get("created_at")), attempt):
            return False
        creator = str(row.get("creator_user_id") or "")
        return creator in ("", "-1") or creator == self._own()

    def _own(self) -> str:
        """Return the account that we act as. A field that an app made has -1 for its creator: that says nothing [OAS TicketFieldObject]."""
        if self._me is None:
            me = self._client.get("/users/me", endpoint="users.me").get("user") or {}
            self._me = str(me.get("id") or "")
        return self._me

    def _alike(self, operation: Operation, lists: dict[str, list[Row]]) -> list[Row]:
        """Return the entries that bear one of the names that are asked for, by what Zendesk and the mapping compare."""
        kind, wanted = _KINDS[operation.endpoint], _wanted(operation)
        place = f"{operation.endpoint} {operation.params.get('field', '')}"
        if place not in lists:
            lists[place] = self._read(operation)
        return [
            row
            for row in lists[place]
            if any(_folded(kind, row.get(key)) == _folded(kind, wanted[key]) for key in kind.names)
        ]

    def _read(self, operation: Operation) -> list[Row]:
        every: Mapping[str, Callable[[], list[Row]]] = {
            "field.create": lambda: self._list("/ticket_fields", "ticket_fields", "setup.ticket_fields"),
            "status.create": lambda: self._list("/custom_statuses", "custom_statuses", "setup.custom_statuses"),
            "group.create": lambda: self._list("/groups", "groups", "list.groups"),
            "field.add_option": lambda: self._options(str(operation.params["field"])),
        }  # fmt: skip
        return every[operation.endpoint]()

    def _list(self, path: str, key: str, endpoint: str) -> list[Row]:
        return list(self._client.every(path, key, endpoint=endpoint))

    def _options(self, field: str) -> list[Row]:
        shown = self._client.show(f"/ticket_fields/{field}", endpoint="setup.ticket_field") or {}
        row = shown.get("ticket_field")
        return list(row.get("custom_field_options") or ()) if isinstance(row, dict) else []

    def _named(self, operation: Operation, rows: Sequence[Row]) -> Finding:
        kind = _KINDS[operation.endpoint]
        told = " and ".join(
            f"{row.get(kind.names[0])!r} (number {row.get('id')}{', made ' + str(row['created_at']) if row.get('created_at') else ''})"
            for row in rows
        )
        there = "are" if len(rows) > 1 else "is"
        return taken(
            operation,
            f"{kind.word} {told} {there} there already, and the plan did not say so: nothing is bound to it",
        )


def _folded(kind: _Kind, name: object) -> str:
    """Return what a mapping tells entries apart by; of groups what the plan does."""
    text = str(name or "")
    return name_key("group", text) if kind.word == "group" else text.casefold()


def _wanted(operation: Operation) -> dict[str, Any]:
    body = cast("dict[str, Any]", operation.body)
    return cast("dict[str, Any]", body[_KINDS[operation.endpoint].inner])


def _equal(kind: _Kind, wanted: Mapping[str, Any], row: Row) -> bool:
    if any(key in wanted and row.get(key) != wanted[key] for key in kind.equal):
        return False
    options = wanted.get("custom_field_options")
    return options is None or _pairs(options) == _pairs(row.get("custom_field_options") or ())


def _pairs(options: Sequence[Mapping[str, Any]]) -> list[tuple[Any, Any]]:
    return sorted((option.get("name"), option.get("value")) for option in options)


def _slots(operation: Operation, row: Row) -> dict[str, str]:
    if operation.endpoint == "group.create":
        return {"id": str(row["id"])}
    return slots_of_definition(operation.endpoint, row, operation)
