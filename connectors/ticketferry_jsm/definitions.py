"""Entries of the set-up that a plan makes: what their creation gives, how they are read again, who else uses them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.sdk import Kind, Operation, Ref, Wire

from .client import JsmClient
from .wire import API, kind_of_field

__all__ = ["fetch_definitions", "is_there", "options_of", "slots_of_definition", "users_of"]

_MANY = 100
_CHOICES = ("select", "multiselect")


def slots_of_definition(operation: Operation, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the slots of an entry as Jira shows it; nothing where it tells no id."""
    if not row.get("id"):
        return {}
    number, what = str(row["id"]), operation.endpoint.partition(".")[0]
    if what == "option":
        place = f"{operation.params['field']}/{operation.params['context']}"
        return {"id": f"option/{place}/{number}", "number": number, "value": str(row.get("value"))}
    gives = {"id": f"{what}/{number}", "number": number}
    return gives | ({"name": str(row.get("name"))} if what == "component" else {})


def fetch_definitions(client: JsmClient, refs: Sequence[Ref]) -> list[Wire]:
    """Read entries by the names that their creation gave; what is gone is left out."""
    found: list[Wire] = []
    fields: dict[str, Any] = {}
    if any(ref.id.startswith("field/") for ref in refs):
        fields = {str(row["id"]): row for _, row in client.fields()}
    for ref in refs:
        what, _, number = ref.id.partition("/")
        match what:
            case "field":
                row = _field(client, fields.get(number))
            case "option":
                row = _option(client, *number.split("/"))
            case _:
                row = _component(client, number)
        if row is not None:
            found.append(Wire(Ref(ref.desk, Kind.DEFINITION, ref.id), {**row, "definition": what}, None))
    return found


def _component(client: JsmClient, number: str) -> dict[str, Any] | None:
    return client.show(f"{API}/component/{number}", endpoint="setup.component")


def options_of(client: JsmClient, field: str, context: str) -> list[Any]:
    """Return the options of a context, those that are off as well; nothing where field or context are gone."""
    path = f"{API}/field/{field}/context/{context}/option"
    return list(client.every(path, endpoint="field.options", absent=(404,)))


def _option(client: JsmClient, field: str, context: str, number: str) -> dict[str, Any] | None:
    for row in options_of(client, field, context):
        if str(row["id"]) == number:
            return {"id": number, "value": row.get("value"), "field": field, "context": context}
    return None


def _field(client: JsmClient, row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a field with the screens that show it and the options of its first context."""
    if row is None:
        return None
    path = f"{API}/field/{row['id']}"
    screens = [str(each["id"]) for each in client.every(f"{path}/screens", endpoint="setup.screens")]
    found = {
        "id": row["id"],
        "name": row.get("name"),
        "schema": row.get("schema"),
        "screens": sorted(screens),
    }
    if kind_of_field(str((row.get("schema") or {}).get("custom", ""))) in _CHOICES:
        contexts = list(client.every(f"{path}/context", endpoint="field.contexts"))
        inner = f"{path}/context/{contexts[0]['id']}/option" if contexts else ""
        rows = client.every(inner, endpoint="field.options") if inner else ()
        found["options"] = [str(option["value"]) for option in rows if not option.get("disabled")]
    return found


def is_there(client: JsmClient, operation: Operation) -> bool:
    """Tell whether what an operation would take away is there still: a search for what is gone is refused."""
    if "component" in operation.params:
        return _component(client, str(operation.params["component"])) is not None
    field, option = str(operation.params["field"]), operation.params.get("option")
    if option is not None:
        return _option(client, field, str(operation.params["context"]), str(option)) is not None
    return any(row["id"] == field for _, row in client.fields())


def users_of(client: JsmClient, operation: Operation) -> list[str]:
    """Return the keys of requests that bear what is about to be taken away, at most a hundred.

    The search index lags behind, and may still show what a rollback has just deleted: each hit is read by its id as well.
    """
    component, field = operation.params.get("component"), str(operation.params.get("field") or "")
    option = str(operation.params.get("option") or "")
    clause = f"cf[{field.rpartition('_')[2]}]"
    jql = (
        f"component = {component}"
        if component
        else f"{clause} = {option}"
        if option
        else f"{clause} is not EMPTY"
    )
    rows = client.search(jql, _MANY).get("issues", [])
    ids = [str(row["id"]) for row in rows]
    issues = client.issues(ids, [field or "components"]) if ids else []
    return [str(row["key"]) for row in issues if _bears(row["fields"], str(component or ""), field, option)]


def _bears(fields: Mapping[str, Any], component: str, field: str, option: str) -> bool:
    if option:
        value = fields.get(field)
        chosen = value if isinstance(value, list) else [value]
        return any(isinstance(item, Mapping) and str(item.get("id")) == option for item in chosen)
    if field:
        return fields.get(field) not in (None, "", [])
    return any(str(item.get("id")) == component for item in fields.get("components") or [])
