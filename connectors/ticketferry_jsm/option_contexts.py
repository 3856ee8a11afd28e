"""Which context of a field has the options of a project: where a new option has to be added."""

from collections.abc import Iterable

from ticketferry.sdk import FieldDef, Json, ProjectDef, RejectedError

from .client import JsmClient
from .wire import API

__all__ = ["read_option_contexts"]

_CHOICES = ("select", "multiselect")
_MANY = 200


def read_option_contexts(
    client: JsmClient, fields: Iterable[FieldDef], projects: Iterable[ProjectDef]
) -> dict[str, Json]:
    """Return field id -> project id -> context, of fields with choices that some ticket of the projects can have.

    Only an administrator may read them; without the right there are none, and a plan that needs one says so.
    """
    shown = {key for project in projects for type_ in project["types"] for key in type_.get("fields", ())}
    found: dict[str, Json] = {}
    try:
        for field in fields:
            if field["type"] in _CHOICES and field["key"] in shown:
                found[field["id"]] = _of_projects(client, field["id"], projects)
    except RejectedError as error:
        if error.status not in (401, 403, 404):
            raise
        return {}
    return found


def _of_projects(client: JsmClient, field: str, projects: Iterable[ProjectDef]) -> Json:
    path = f"{API}/field/{field}/context"
    rows = list(client.every(path, endpoint="field.contexts"))
    if len(rows) == 1 and rows[0].get("isGlobalContext"):
        return {project["id"]: str(rows[0]["id"]) for project in projects}
    asked = [
        {"projectId": project["id"], "issueTypeId": type_["id"]}
        for project in projects
        for type_ in project["types"]
    ]
    contexts: dict[str, Json] = {}
    for start in range(0, len(asked), _MANY):
        answer = client.question(
            f"{path}/mapping?maxResults={_MANY}",
            {"mappings": asked[start : start + _MANY]},
            endpoint="setup.context_mapping",
        )
        for row in answer.get("values") or []:
            if row.get("contextId"):
                contexts.setdefault(str(row["projectId"]), str(row["contextId"]))
    return contexts
