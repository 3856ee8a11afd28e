"""What a site calls its things today: an issue that nobody changed since holds the names of then, beside ids that stay. Pure."""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import Catalog

__all__ = ["NAMES", "Today"]

NAMES = "names"
"""Key of a catalog's `native`: kind of thing -> id -> name, for what other lists of the catalog hold without ids or once a name."""
_OF_FIELDS = ("status", "issuetype", "priority", "resolution", "security")


class Today:
    """The names of a catalog by id; one that it lacks (deleted, a sub-task's type) stays as the issue says it."""

    def __init__(self, catalog: Catalog) -> None:
        told: Any = catalog.get("native", {}).get(NAMES)
        self._told: Mapping[str, Mapping[str, str]] = told if isinstance(told, Mapping) else {}
        self._options = {
            str(option.get("id")): option["value"]
            for field in catalog.get("fields", [])
            for option in field.get("options", ())
        }
        self._forms = {form["id"]: form["name"] for form in catalog.get("forms", [])}
        self._links = {row["id"]: row["name"] for row in catalog.get("link_types", [])}

    def rename(self, body: Mapping[str, Any], form_field: str | None) -> tuple[dict[str, Any], list[str]]:
        """Return an issue under the names of today, and the paths at which it says another. `form_field`: the request type's."""
        fields = body.get("fields")
        if not self._told or not isinstance(fields, Mapping):
            return dict(body), []
        moved: list[str] = []
        now = {key: self._value(key, value, f"fields.{key}", moved) for key, value in fields.items()}
        form = fields.get(form_field) if form_field else None
        if isinstance(form, Mapping):
            path = f"fields.{form_field}.requestType"
            now[str(form_field)] = {
                **form,
                "requestType": _called(form.get("requestType"), self._forms, path, moved),
            }
        found = {**body, "fields": now}
        key, project = str(body.get("key", "")), now.get("project")
        if "fields.project.key" in moved and isinstance(project, Mapping) and "-" in key:
            moved.append("key")
            found["key"] = f"{project['key']}-{key.rpartition('-')[2]}"
        return found, moved

    def _value(self, key: str, value: Any, path: str, moved: list[str]) -> Any:
        if key in _OF_FIELDS:
            row = _called(value, self._of(key), path, moved)
            return self._in_its_category(row) if key == "status" else row
        if key == "project":
            return _called(value, self._of(key), path, moved, "key")
        if key == "components" and isinstance(value, list):
            return [_called(row, self._of(key), f"{path}[{index}]", moved) for index, row in enumerate(value)]
        if key == "issuelinks" and isinstance(value, list):
            return [
                {**row, "type": _called(row.get("type"), self._links, f"{path}[{index}].type", moved)}
                if isinstance(row, Mapping)
                else row
                for index, row in enumerate(value)
            ]
        if key.startswith("customfield_"):
            return self._chosen(value, path, moved)
        return value

    def _chosen(self, value: Any, path: str, moved: list[str]) -> Any:
        if isinstance(value, list):
            return [self._chosen(item, f"{path}[{index}]", moved) for index, item in enumerate(value)]
        if not isinstance(value, Mapping) or "value" not in value:
            return value
        row = _called(value, self._options, path, moved, "value")
        child = row.get("child")
        return {**row, "child": self._chosen(child, f"{path}.child", moved)} if child else row

    def _in_its_category(self, status: Any) -> Any:
        category = self._of("category").get(str(status.get("id"))) if isinstance(status, Mapping) else None
        if not category or not isinstance(status.get("statusCategory"), Mapping):
            return status
        return {**status, "statusCategory": {**status["statusCategory"], "key": category}}

    def _of(self, kind: str) -> Mapping[str, str]:
        return self._told.get(kind) or {}


def _called(row: Any, names: Mapping[str, str], path: str, moved: list[str], key: str = "name") -> Any:
    """Return a thing under its name of today, where its id has one."""
    if not isinstance(row, Mapping) or not row.get(key):
        return row
    name = names.get(str(row.get("id")))
    if not name or name == row[key]:
        return row
    moved.append(f"{path}.{key}")
    return {**row, key: name}
