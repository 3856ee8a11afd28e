"""What a site defines: projects with their issue types, fields, workflows, request types; read once, named by name."""

from collections.abc import Mapping
from typing import Any

from ticketferry.sdk import (
    Catalog,
    ConfigError,
    FieldDef,
    FieldOption,
    FormDef,
    Json,
    Named,
    ProjectDef,
    RejectedError,
    StatusDef,
    TypeDef,
    WorkflowDef,
)

from .admin_pages import admin_pages
from .client import JsmClient
from .forms import FORM_FIELD, FORM_ID
from .option_contexts import read_option_contexts
from .options import JsmOptions
from .priorities import read_priorities
from .screens import read_screens
from .today import NAMES
from .wire import API, DESK_API, NEUTRAL_TYPES, STAGES, kind_of_field
from .workflow_reader import WorkflowReader

__all__ = ["read_catalog", "service_desks"]

_SPECIAL = {
    "vp-origin": "request_type",
    "sd-customer-organizations": "organizations",
    "sd-request-participants": "participants",
}
_SIZE = 200
_WITH_OPTIONS = ("select", "multiselect", "cascading")


def service_desks(client: JsmClient, options: JsmOptions) -> dict[str, dict[str, Any]]:
    """Return project key -> service desk of the projects that take part. Raises ConfigError for one that is not there."""
    rows = client.desk_rows(f"{DESK_API}/servicedesk", endpoint="desk.list")
    found = {str(row["projectKey"]): row for row in rows}
    missing = [key for key in options.projects if key not in found]
    if missing:
        msg = f"no service project {', '.join(missing)} (there are: {', '.join(sorted(found)) or 'none'})"
        raise ConfigError(
            msg,
            where=options.where(),
            remedy="Correct `service_desks` in migration.yaml (or `projects` there), or add the account to the role Service Desk Team.",
        )
    return {key: found[key] for key in options.projects or sorted(found)}


def read_catalog(client: JsmClient, options: JsmOptions, desk: str, *, whole: bool = True) -> Catalog:
    """Read everything that mappings name and that compiling needs.

    `whole`: also what only a site that is read as a source needs: the fields of request types, contexts of fields.
    """
    return _Reader(client, options, desk, whole).read()


class _Reader:
    def __init__(self, client: JsmClient, options: JsmOptions, desk: str, whole: bool) -> None:
        self.client = client
        self.options = options
        self.desk = desk
        self.whole = whole
        self.statuses: dict[str, str] = {}
        self.categories: dict[str, str] = {}
        self.options_of: dict[str, dict[str, FieldOption]] = {}
        self.keys: dict[str, str] = {}

    def read(self) -> Catalog:
        desks = service_desks(self.client, self.options)
        me = self.client.myself()
        statuses = self._statuses()
        fields = self._fields()
        self.workflows = WorkflowReader(self.client, self.keys)
        self.priorities = read_priorities(self.client)
        projects, used = [], set[str]()
        for key, row in desks.items():
            project = self._project(key, str(row["id"]))
            projects.append(project)
            used.update(type_.get("workflow", "") for type_ in project["types"])
        self._common(projects)
        forms = [form for key, row in desks.items() for form in self._forms(key, str(row["id"]), projects)]
        contexts = self._contexts(fields) if self.whole else {}
        for field in fields:
            options = list(self.options_of.get(field["id"], {}).values())
            if options:
                field["options"] = options
        resolutions = list(self.client.every(f"{API}/resolution/search", endpoint="resolution.search"))
        links = self.client.get(f"{API}/issueLinkType", endpoint="link_type.list")["issueLinkTypes"]
        names = sorted(
            {type_["name"]: type_["id"] for project in projects for type_ in project["types"]}.items()
        )
        found: Catalog = {
            "desk": self.desk,
            "product": "jsm",
            "url": self.options.base_url,
            "statuses": statuses,
            "workflows": [row for row in self.workflows.every() if row["id"] in used],
            "priorities": list(self.priorities.named.values()),
            "resolutions": [_named(row) for row in resolutions],
            "types": [{"id": id_, "name": name} for name, id_ in names],
            "fields": fields,
            "forms": forms,
            "projects": projects,
            "link_types": [_named(row) for row in links],
            "native": {
                **self._native(me, resolutions),
                **({"contexts": contexts} if contexts else {}),
                **({NAMES: self._names(projects, resolutions)} if self.whole else {}),
                **({} if self.whole else self._places(projects, fields)),
            },
        }
        if not self.whole:
            found["admin"] = admin_pages(self.options.base_url.rstrip("/"))
        return found

    def _native(self, me: Mapping[str, Any], resolutions: list[Any]) -> dict[str, Json]:
        meta = self.client.get(f"{API}/attachment/meta", endpoint="attachment.meta") or {}
        resolution = next((str(row["name"]) for row in resolutions if row.get("isDefault")), None)
        return {
            "own_account": str(me.get("accountId", "")),
            "time_zone": str(me.get("timeZone") or "UTC"),
            "special_fields": dict(self.special),
            "field_types": dict(self.type_keys),
            "default_priority": self.priorities.default,
            "default_resolution": resolution,
            "upload_limit": int(meta.get("uploadLimit") or 0),
        }

    def _places(self, projects: list[ProjectDef], fields: list[FieldDef]) -> dict[str, Json]:
        asked = {
            row["id"]: [type_["id"] for type_ in row["types"]]
            for row in projects
            if not row.get("own_fields")
        }
        screens = read_screens(self.client, asked)
        contexts = read_option_contexts(self.client, fields, projects)
        return {key: found for key, found in (("screens", screens), ("option_contexts", contexts)) if found}

    def _names(self, projects: list[ProjectDef], resolutions: list[Any]) -> dict[str, Json]:
        """Return kind -> id -> name of all that issues name beside an id; of statuses the category too."""
        return {
            "status": dict(self.statuses),
            "category": dict(self.categories),
            "issuetype": {type_["id"]: type_["name"] for project in projects for type_ in project["types"]},
            "priority": {row["id"]: row["name"] for row in self.priorities.named.values()},
            "resolution": {str(row["id"]): str(row["name"]) for row in resolutions},
            "security": {
                row["id"]: row["name"] for project in projects for row in project.get("security", [])
            },
            "components": {
                row["id"]: row["name"] for project in projects for row in project.get("components", [])
            },
            "project": {project["id"]: project["key"] for project in projects},
        }

    def _statuses(self) -> list[StatusDef]:
        rows = self.client.get(f"{API}/status", endpoint="status.list", group="catalog")
        self.statuses = {str(row["id"]): str(row["name"]) for row in rows}
        self.categories = {
            str(row["id"]): str((row.get("statusCategory") or {}).get("key", "")) for row in rows
        }
        result: list[StatusDef] = []
        for row in rows:
            if any(str(row["name"]) == known["name"] for known in result):
                continue  # team-managed projects have statuses of their own, often of the same names
            category = str((row.get("statusCategory") or {}).get("key", ""))
            result.append(
                {
                    "id": str(row["id"]),
                    "name": str(row["name"]),
                    "stage": STAGES.get(category, "in_progress"),
                    "category": category,
                }
            )
        return result

    def _fields(self) -> list[FieldDef]:
        """Read custom fields; one whose name another has too is told apart by its id."""
        rows = [row for _, row in self.client.fields() if row.get("custom")]
        rows.sort(key=lambda row: (str(row["name"]), int(str(row["id"]).rpartition("_")[2] or 0)))
        self.special: dict[str, Json] = {}
        self.type_keys: dict[str, Json] = {}
        result: list[FieldDef] = []
        taken: set[str] = set()
        for row in rows:
            id_, name = str(row["id"]), str(row["name"])
            custom = str((row.get("schema") or {}).get("custom", ""))
            self.type_keys[id_] = custom
            kind = kind_of_field(custom)
            key = name if name not in taken else f"{name} ({id_})"
            taken.add(name)
            self.keys[id_] = key
            if kind in _SPECIAL:
                self.special.setdefault(_SPECIAL[kind], id_)
            result.append(
                {
                    "id": id_,
                    "key": key,
                    "name": name,
                    "type": NEUTRAL_TYPES.get(kind, kind or "unknown"),
                    "of": "ticket",
                }
            )
        if self.whole:
            key = FORM_FIELD if FORM_FIELD not in taken else f"{FORM_FIELD} ({FORM_ID})"
            result.append({"id": FORM_ID, "key": key, "name": FORM_FIELD, "type": "textarea", "of": "ticket"})
        return result

    def _contexts(self, fields: list[FieldDef]) -> dict[str, Json]:
        """Read where each field with options has which of them, and note options that are off: old tickets still hold those.

        Only an administrator may read contexts; without them the options of the create screens stand alone.
        """
        result: dict[str, Json] = {}
        for field in fields:
            if field["type"] not in _WITH_OPTIONS:
                continue
            path = f"{API}/field/{field['id']}/context"
            try:
                rows = list(self.client.every(path, endpoint="field.contexts"))
                result[field["key"]] = [self._context(path, field["id"], row) for row in rows]
            except RejectedError as error:
                if error.status not in (401, 403, 404):
                    raise
        return result

    def _context(self, path: str, field: str, row: Mapping[str, Any]) -> Json:
        names: dict[str, str] = {}
        values: list[Json] = []
        for item in self.client.every(f"{path}/{row['id']}/option", endpoint="field.options"):
            id_, value = str(item["id"]), str(item["value"])
            names[id_] = value
            values.append(value)
            if item.get("disabled") and id_ not in self.options_of.get(field, {}):
                option: FieldOption = {"id": id_, "value": value, "name": value, "active": False}
                parent = names.get(str(item.get("optionId", "")))
                if parent is not None:
                    option["parent"] = parent
                self.options_of.setdefault(field, {})[id_] = option
        return {"name": str(row.get("name", "")), "options": values}

    # ---- projects

    def _project(self, key: str, desk_id: str) -> ProjectDef:
        row = self.client.get(f"{API}/project/{key}", endpoint="project.get")
        id_ = str(row["id"])
        schemes = self.client.get(
            f"{API}/workflowscheme/project", endpoint="workflow_scheme.get", params={"projectId": id_}
        )
        scheme: dict[str, Any] = next(
            (item["workflowScheme"] for item in (schemes or {}).get("values", [])), {}
        )
        mapped = scheme.get("issueTypeMappings") or {}
        own = row.get("simplified") is True or row.get("style") == "next-gen"
        types: list[TypeDef] = []
        rows = self.client.every(
            f"{API}/issue/createmeta/{key}/issuetypes",
            endpoint="createmeta.types",
            rows="issueTypes",
            size=_SIZE,
        )
        for item in rows:
            if item.get("subtask"):
                continue
            if own:
                workflow = self.workflows.of_type(id_, str(item["id"]))
            else:
                name = str(mapped.get(str(item["id"]), scheme.get("defaultWorkflow", "")))
                workflow = self.workflows.named(name)
            types.append(self._type(key, item, workflow))
        levels = self._levels(key)
        apart: ProjectDef = {"id": id_, "key": key, "name": str(row.get("name", key))}
        if own:
            apart["own_fields"] = True
        return {
            **apart,
            "desk_id": desk_id,
            "types": types,
            "security": levels,
            "components": [_named(item) for item in row.get("components") or []],
            # Whoever has a licence can read a service project's issues unless it is private: in doubt it is open.
            "open": row.get("isPrivate") is not True,
        }

    def _levels(self, key: str) -> list[Named]:
        found = self.client.show(f"{API}/project/{key}/securitylevel", endpoint="project.levels") or {}
        return [_named(item) for item in found.get("levels") or []]

    def _type(self, project: str, row: Mapping[str, Any], workflow: WorkflowDef | None) -> TypeDef:
        path = f"{API}/issue/createmeta/{project}/issuetypes/{row['id']}"
        fields: list[str] = []
        required: list[str] = []
        allowed: dict[str, list[str]] = {}
        for item in self.client.every(path, endpoint="createmeta.fields", rows="fields", size=_SIZE):
            id_ = str(item.get("fieldId") or item.get("key"))
            key = self.keys.get(id_, id_)
            fields.append(key)
            if item.get("required") and not item.get("hasDefaultValue"):
                required.append(key)
            values = item.get("allowedValues")
            if id_ == "priority":
                allowed[key] = self.priorities.learn(values, item.get("defaultValue"))
            elif id_ in self.keys and isinstance(values, list):
                allowed[key] = self._options(id_, values)
        made: TypeDef = {
            "id": str(row["id"]),
            "name": str(row["name"]),
            "workflow": workflow["id"] if workflow else "",
            "fields": fields,
            "required": [*required, *self.workflows.asked(workflow, but=required)],
        }
        if any(allowed.values()):
            made["allowed"] = {key: ids for key, ids in allowed.items() if ids}
        return made

    def _common(self, projects: list[ProjectDef]) -> None:
        """Leave `allowed` only where it says something: where a type takes fewer choices than there are."""
        every = {self.keys[field]: set(options) for field, options in self.options_of.items()}
        every["priority"] = {row["id"] for row in self.priorities.named.values()}
        for project in projects:
            for type_ in project["types"]:
                fewer = {
                    key: ids
                    for key, ids in type_.pop("allowed", {}).items()
                    if set(ids) < every.get(key, set())
                }
                if fewer:
                    type_["allowed"] = fewer

    def _options(self, field: str, allowed: Any, parent: str | None = None) -> list[str]:
        """Note the options of a field; return their ids, children behind their parent."""
        ids: list[str] = []
        for item in allowed if isinstance(allowed, list) else []:
            if not isinstance(item, Mapping) or "value" not in item:
                continue
            value = str(item["value"])
            option: FieldOption = {"id": str(item["id"]), "value": value, "name": value}
            if parent is not None:
                option["parent"] = parent
            self.options_of.setdefault(field, {})[option["id"]] = option
            ids += [option["id"], *self._options(field, item.get("children"), value)]
        return ids

    def _forms(self, key: str, desk_id: str, projects: list[ProjectDef]) -> list[FormDef]:
        types = {
            type_["id"]: type_["name"]
            for project in projects
            if project["key"] == key
            for type_ in project["types"]
        }
        path = f"{DESK_API}/servicedesk/{desk_id}/requesttype"
        rows = list(self.client.desk_rows(path, endpoint="request_type.list"))
        forms: list[FormDef] = []
        for row in rows:
            form: FormDef = {
                "id": str(row["id"]),
                "name": str(row["name"]),
                "project": key,
                "type": types.get(str(row.get("issueTypeId", "")), ""),
            }
            if self.whole:
                shown = self.client.get(f"{path}/{row['id']}/field", endpoint="request_type.fields") or {}
                names = [str(item["fieldId"]) for item in shown.get("requestTypeFields") or []]
                form["fields"] = [self.keys.get(name, name) for name in names]
            forms.append(form)
        return forms


def _named(row: Mapping[str, Any]) -> Named:
    return {"id": str(row["id"]), "name": str(row["name"])}
