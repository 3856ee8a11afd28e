"""What a site defines: projects with their issue types, fields, workflows, request types; read once, named by name."""

from collections.abc import Mapping
from typing import Any, cast

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
    TransitionDef,
    TypeDef,
    WorkflowDef,
)

from .client import JsmClient
from .options import JsmOptions
from .wire import API, DESK_API, NEUTRAL_TYPES, STAGES, kind_of_field

__all__ = ["read_catalog", "service_desks"]

_SPECIAL = {
    "vp-origin": "request_type",
    "sd-customer-organizations": "organizations",
    "sd-request-participants": "participants",
}
_SIZE = 200


def service_desks(client: JsmClient, options: JsmOptions) -> dict[str, dict[str, Any]]:
    """Return project key -> service desk of the projects that take part. Raises ConfigError for one that is not there."""
    rows = [
        row for page in client.desk_pages(f"{DESK_API}/servicedesk", endpoint="desk.list") for row in page
    ]
    found = {str(row["projectKey"]): row for row in rows}
    missing = [key for key in options.projects if key not in found]
    if missing:
        msg = f"no service project {', '.join(missing)} (there are: {', '.join(sorted(found)) or 'none'})"
        raise ConfigError(
            msg,
            where=options.where(),
            remedy="Correct `projects`, or add the account to the role Service Desk Team.",
        )
    return {key: found[key] for key in options.projects or sorted(found)}


def read_catalog(client: JsmClient, options: JsmOptions, desk: str) -> Catalog:
    """Read everything that mappings name and that compiling needs."""
    return _Reader(client, options, desk).read()


class _Reader:
    def __init__(self, client: JsmClient, options: JsmOptions, desk: str) -> None:
        self.client = client
        self.options = options
        self.desk = desk
        self.statuses: dict[str, str] = {}
        self.options_of: dict[str, dict[str, FieldOption]] = {}
        self.keys: dict[str, str] = {}
        self.screens: dict[str, list[str]] = {}

    def read(self) -> Catalog:
        desks = service_desks(self.client, self.options)
        me = self.client.myself()
        statuses = self._statuses()
        fields = self._fields()
        workflows = self._workflows()
        by_name = {row["name"]: row for row in workflows}
        projects, used = [], set[str]()
        for key, row in desks.items():
            project = self._project(key, str(row["id"]), by_name)
            projects.append(project)
            used.update(type_.get("workflow", "") for type_ in project["types"])
        forms = [form for key, row in desks.items() for form in self._forms(key, str(row["id"]), projects)]
        for field in fields:
            options = list(self.options_of.get(field["id"], {}).values())
            if options:
                field["options"] = options
        priorities = list(self.client.pages(f"{API}/priority/search", endpoint="priority.search"))
        resolutions = list(self.client.pages(f"{API}/resolution/search", endpoint="resolution.search"))
        links = self.client.get(f"{API}/issueLinkType", endpoint="link_type.list")["issueLinkTypes"]
        names = sorted(
            {type_["name"]: type_["id"] for project in projects for type_ in project["types"]}.items()
        )
        return {
            "desk": self.desk,
            "product": "jsm",
            "url": self.options.base_url,
            "statuses": statuses,
            "workflows": [row for row in workflows if row["id"] in used],
            "priorities": [_named(row) for row in priorities],
            "resolutions": [_named(row) for row in resolutions],
            "types": [{"id": id_, "name": name} for name, id_ in names],
            "fields": fields,
            "forms": forms,
            "projects": projects,
            "link_types": [_named(row) for row in links],
            "native": self._native(me, priorities, resolutions),
        }

    def _native(
        self, me: Mapping[str, Any], priorities: list[Any], resolutions: list[Any]
    ) -> dict[str, Json]:
        meta = self.client.get(f"{API}/attachment/meta", endpoint="attachment.meta") or {}
        default = next((str(row["name"]) for row in priorities if row.get("isDefault")), None)
        resolution = next((str(row["name"]) for row in resolutions if row.get("isDefault")), None)
        return {
            "own_account": str(me.get("accountId", "")),
            "time_zone": str(me.get("timeZone") or "UTC"),
            "special_fields": dict(self.special),
            "field_types": dict(self.type_keys),
            "default_priority": default,
            "default_resolution": resolution,
            "upload_limit": int(meta.get("uploadLimit") or 0),
        }

    def _statuses(self) -> list[StatusDef]:
        rows = self.client.get(f"{API}/status", endpoint="status.list", group="catalog")
        self.statuses = {str(row["id"]): str(row["name"]) for row in rows}
        result: list[StatusDef] = []
        for row in rows:
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
        rows = [
            row
            for row in self.client.get(f"{API}/field", endpoint="field.list", group="catalog")
            if row.get("custom")
        ]
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
        return result

    # ---- workflows

    def _workflows(self) -> list[WorkflowDef]:
        rows = self.client.pages(
            f"{API}/workflow/search",
            endpoint="workflow.search",
            params={"expand": "transitions,statuses"},
            size=50,
        )
        return [self._workflow(row) for row in rows]

    def _workflow(self, row: Mapping[str, Any]) -> WorkflowDef:
        name = str(row["id"]["name"])
        transitions: list[TransitionDef] = []
        initial = ""
        for item in row.get("transitions") or []:
            target = self.statuses.get(str(item.get("to", "")), "")
            if item.get("type") == "initial":
                initial = target
                continue
            if not target:
                continue
            made: TransitionDef = {"id": str(item["id"]), "name": str(item["name"]), "to": target}
            sources = [self.statuses[str(id_)] for id_ in item.get("from") or [] if str(id_) in self.statuses]
            if sources:
                made["sources"] = sources
            fields = self._screen(item.get("screen"))
            if fields:
                made["fields"] = fields
            transitions.append(made)
        statuses = [str(item.get("name", "")) for item in row.get("statuses") or []]
        return {
            "id": str(row["id"].get("entityId") or name),
            "name": name,
            "initial": initial,
            "statuses": statuses,
            "transitions": transitions,
        }

    def _screen(self, screen: Any) -> list[str]:
        id_ = str(screen.get("id", "")) if isinstance(screen, Mapping) else ""
        if not id_:
            return []
        if id_ not in self.screens:
            path = f"{API}/screens/{id_}/tabs"
            tabs = self.client.get(path, endpoint="screen.tabs", group="catalog") or []
            fields: list[str] = []
            for tab in tabs:
                rows = (
                    self.client.get(f"{path}/{tab['id']}/fields", endpoint="screen.fields", group="catalog")
                    or []
                )
                fields.extend(self.keys.get(str(row["id"]), str(row["id"])) for row in rows)
            self.screens[id_] = fields
        return self.screens[id_]

    # ---- projects

    def _project(self, key: str, desk_id: str, workflows: Mapping[str, WorkflowDef]) -> ProjectDef:
        row = self.client.get(f"{API}/project/{key}", endpoint="project.get")
        id_ = str(row["id"])
        schemes = self.client.get(
            f"{API}/workflowscheme/project", endpoint="workflow_scheme.get", params={"projectId": id_}
        )
        scheme: dict[str, Any] = next(
            (item["workflowScheme"] for item in (schemes or {}).get("values", [])), {}
        )
        mapped = scheme.get("issueTypeMappings") or {}
        types: list[TypeDef] = []
        rows = self.client.pages(
            f"{API}/issue/createmeta/{key}/issuetypes",
            endpoint="createmeta.types",
            rows="issueTypes",
            size=_SIZE,
        )
        for item in rows:
            if item.get("subtask"):
                continue
            name = str(mapped.get(str(item["id"]), scheme.get("defaultWorkflow", "")))
            workflow = workflows.get(name)
            types.append(self._type(key, item, workflow["id"] if workflow else ""))
        levels = self._levels(key)
        return {
            "id": id_,
            "key": key,
            "name": str(row.get("name", key)),
            "desk_id": desk_id,
            "types": types,
            "security": levels,
            "components": [_named(item) for item in row.get("components") or []],
            # Whoever has a licence can read a service project's issues unless it is private: in doubt it is open.
            "open": row.get("isPrivate") is not True,
        }

    def _levels(self, key: str) -> list[Named]:
        try:
            found = self.client.get(f"{API}/project/{key}/securitylevel", endpoint="project.levels")
        except RejectedError as error:
            if error.status == 404:
                return []
            raise
        return [_named(item) for item in found.get("levels") or []]

    def _type(self, project: str, row: Mapping[str, Any], workflow: str) -> TypeDef:
        path = f"{API}/issue/createmeta/{project}/issuetypes/{row['id']}"
        fields: list[str] = []
        required: list[str] = []
        for item in self.client.pages(path, endpoint="createmeta.fields", rows="fields", size=_SIZE):
            id_ = str(item.get("fieldId") or item.get("key"))
            key = self.keys.get(id_, id_)
            fields.append(key)
            if item.get("required") and not item.get("hasDefaultValue"):
                required.append(key)
            if id_ in self.keys:
                self._options(id_, item.get("allowedValues"))
        return {
            "id": str(row["id"]),
            "name": str(row["name"]),
            "workflow": workflow,
            "fields": fields,
            "required": required,
        }

    def _options(self, field: str, allowed: Any, parent: str | None = None) -> None:
        for item in allowed if isinstance(allowed, list) else []:
            if not isinstance(item, Mapping) or "value" not in item:
                continue
            value = str(item["value"])
            option: FieldOption = {"id": str(item["id"]), "value": value, "name": value}
            if parent is not None:
                option["parent"] = parent
            self.options_of.setdefault(field, {})[option["id"]] = option
            self._options(field, item.get("children"), value)

    def _forms(self, key: str, desk_id: str, projects: list[ProjectDef]) -> list[FormDef]:
        types = {
            type_["id"]: type_["name"]
            for project in projects
            if project["key"] == key
            for type_ in project["types"]
        }
        path = f"{DESK_API}/servicedesk/{desk_id}/requesttype"
        return [
            cast(
                "FormDef",
                {
                    "id": str(row["id"]),
                    "name": str(row["name"]),
                    "project": key,
                    "type": types.get(str(row.get("issueTypeId", "")), ""),
                },
            )
            for page in self.client.desk_pages(path, endpoint="request_type.list")
            for row in page
        ]


def _named(row: Mapping[str, Any]) -> Named:
    return {"id": str(row["id"]), "name": str(row["name"])}
