"""Writes to the set-up, each after a look at what stands there: a second time does no harm, and what people use is not taken away."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ticketferry.sdk import Endpoint, Operation, RejectedError, WriteResult
from ticketferry.sdk.outcomes import body_of

from .client import JsmClient, refused
from .definitions import is_there, slots_of_definition, users_of
from .endpoints import ENDPOINTS
from .name_keys import name_key
from .wire import API

__all__ = ["WRITTEN", "SetUpWriter"]

_ENDS = ("component.delete", "field.trash", "option.delete")
WRITTEN = frozenset(endpoint.name for endpoint in ENDPOINTS if endpoint.group == "setup")
_Request = Callable[[Endpoint, Operation], tuple[Any, Any]]


class SetUpWriter:
    """Sends operations of the set-up. `request` sends one as it stands."""

    def __init__(self, client: JsmClient, request: _Request) -> None:
        self._client = client
        self._request = request

    def send(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Send one operation. Raises RejectedError where Jira refuses."""
        if endpoint.name in _ENDS:
            return self._end(endpoint, operation)
        known = self.known(operation)
        if known is not None:
            return WriteResult(operation.key, "done", known)
        answer, _ = self._request(endpoint, operation)
        gives = self._gives(operation, answer if isinstance(answer, Mapping) else {})
        return WriteResult(operation.key, "done" if gives is not None else "unknown", gives or {})

    def known(self, operation: Operation) -> dict[str, str] | None:
        """Return what a write would give whose outcome stands there already; None where it has to be sent."""
        match operation.endpoint:
            case "field.add_context":
                # Whether a new field has a context by itself is documented nowhere.
                contexts = self.contexts(str(operation.params["field"]))
                return {"context": str(contexts[0]["id"])} if contexts else None
            case "field.add_options":
                path = f"{API}/field/{operation.params['field']}/context/{operation.params['context']}/option"
                rows = self._client.every(path, endpoint="field.options")
                there = {name_key("option", str(row.get("value", ""))) for row in rows}
                wanted = {name_key("option", str(row["value"])) for row in body_of(operation)["options"]}
                return {} if wanted <= there else None
            case "field.put_on_screen":
                path = f"{API}/screens/{operation.params['screen']}/tabs/{operation.params['tab']}/fields"
                fields = self._client.get(path, endpoint="screen.fields", group="catalog") or []
                id_ = str(body_of(operation)["fieldId"])
                return {"field": id_} if any(str(row.get("id")) == id_ for row in fields) else None
        return None

    def contexts(self, field: str) -> Sequence[Mapping[str, Any]]:
        """Return the contexts of a field."""
        return list(self._client.every(f"{API}/field/{field}/context", endpoint="field.contexts"))

    def _gives(self, operation: Operation, answer: Mapping[str, Any]) -> dict[str, str] | None:
        match operation.endpoint:
            case "field.add_options":
                return {}
            case "field.add_context":
                return {"context": str(answer["id"])} if answer.get("id") else None
            case "field.put_on_screen":
                return {"field": str(body_of(operation)["fieldId"])}
        made = (answer.get("options") or [{}])[0] if operation.endpoint == "option.create" else answer
        return slots_of_definition(operation, made) or None

    def _end(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        if not is_there(self._client, operation):
            return WriteResult(operation.key, "done")
        users = users_of(self._client, operation)
        if users:
            return _in_use(operation, users)
        try:
            self._request(endpoint, operation)
        except RejectedError as error:
            if error.status != 404:
                raise
        return WriteResult(operation.key, "done")


def _in_use(operation: Operation, users: Sequence[str]) -> WriteResult:
    """Leave what requests bear that this migration did not make, or that people kept."""
    more = "" if len(users) < 4 else f" and {len(users) - 3} more"
    return refused(
        operation,
        f"{', '.join(users[:3])}{more} {'bear' if len(users) > 1 else 'bears'} it: it stays",
        remedy="Take it off these requests and run the rollback again, or keep it.",
        code="JSM-IN-USE",
    )
