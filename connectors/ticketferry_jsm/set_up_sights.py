"""Entries of the set-up that bear no mark of ours: what bears their name before we make them, and which one a lost request has made.

What stands in a description is read by agents in Jira's own screens, for ever, so that no entry says whose it is. One is ours by what nobody
else's is: it was not there when we looked right before, it equals all that was asked for, and it is the only one of which that is true.
Jira tells of none when it was made.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from ticketferry.sdk import Attempt, Finding, Operation, Severity, Sight, WriteResult
from ticketferry.sdk.outcomes import body_of

from .client import JsmClient
from .definitions import options_of, slots_of_definition
from .name_keys import name_key
from .wire import API

__all__ = ["SET_UP", "SetUpSights"]

_REMEDY: Final = (
    "Extract the target again and plan anew: the plan takes what is there, or says what to decide. If nobody else made it, it is what is left of a"
    " request whose answer was lost: delete it in Jira, then run the same command again."
)
_WORDS: Final[Mapping[str, str]] = {
    "component.create": "component",
    "field.create": "custom field",
    "option.create": "option",
}
SET_UP: Final = frozenset(_WORDS)


class SetUpSights:
    """Looks at the set-up before and after a creation."""

    def __init__(self, client: JsmClient) -> None:
        self._client = client

    def before(self, batch: Sequence[Operation]) -> dict[str, Sight]:
        """Return for each operation the entries of its name, by number; `taken` where one bears it."""
        found: dict[str, Sight] = {}
        for operation in batch:
            rows = self._alike(operation)
            note = orjson.dumps(sorted(str(row["id"]) for row in rows)).decode()
            found[operation.key] = Sight(note, self._taken(operation, rows) if rows else None)
        return found

    def since(self, operation: Operation, attempt: Attempt | None) -> WriteResult:
        """Tell what became of a creation whose answer was lost: `done` where exactly one entry can be ours, `rejected` for a stranger's."""
        rows = self._alike(operation)
        if not rows:
            return WriteResult(operation.key, "absent")
        known = set(orjson.loads(attempt.sight)) if attempt is not None and attempt.sight else None
        fresh = [row for row in rows if known is not None and str(row["id"]) not in known]
        ours = [row for row in fresh if _is_as_asked(operation, row)]
        if len(ours) == len(rows) == 1:
            return WriteResult(operation.key, "done", slots_of_definition(operation, ours[0]))
        if known is not None and not fresh:
            return WriteResult(operation.key, "absent")
        return WriteResult(operation.key, "rejected", error=self._taken(operation, rows))

    def _alike(self, operation: Operation) -> list[Mapping[str, Any]]:
        """Return the entries that nobody could tell from the one that is asked for."""
        body = body_of(operation)
        if operation.endpoint == "option.create":
            options = options_of(
                self._client, str(operation.params["field"]), str(operation.params["context"])
            )
            own = name_key("option", _name(operation))
            return [row for row in options if name_key("option", str(row.get("value", ""))) == own]
        wanted = name_key("field", _name(operation))
        if operation.endpoint == "field.create":
            rows: Iterable[Mapping[str, Any]] = [row for _, row in self._client.fields() if row.get("custom")]
        else:
            rows = self._client.every(
                f"{API}/project/{body['project']}/component", endpoint="setup.components"
            )
        return [row for row in rows if name_key("field", str(row.get("name", ""))) == wanted]

    def _taken(self, operation: Operation, rows: Sequence[Mapping[str, Any]]) -> Finding:
        told = " and ".join(
            f"{row.get('name', row.get('value'))!r} (number {row.get('id')}{_off(row)})" for row in rows
        )
        message = (
            f"{_WORDS[operation.endpoint]} {told} {'are' if len(rows) > 1 else 'is'} there already, and the plan did not say so:"
            " nothing is bound to it"
        )
        return Finding("JSM-TAKEN", Severity.DOUBT, operation.subject, operation.endpoint, message, _REMEDY)


def _is_as_asked(operation: Operation, row: Mapping[str, Any]) -> bool:
    if operation.endpoint == "option.create":
        return bool(row.get("value") == _name(operation))
    body = body_of(operation)
    alike = operation.endpoint != "field.create" or (row.get("schema") or {}).get("custom") == body["type"]
    return bool(alike and row.get("name") == body["name"])


def _off(row: Mapping[str, Any]) -> str:
    """Tell of an option that is off, which no list of choices shows."""
    return ", disabled: enable it in the field's context" if row.get("disabled") else ""


def _name(operation: Operation) -> str:
    body = body_of(operation)
    return str(body["options"][0]["value"] if "options" in body else body["name"])
