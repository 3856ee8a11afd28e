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
_WITH_OPTIONS = ("select", "multiselect", "cascading")


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
        self.options_of: dict[str, dict[str, FieldOption]] = {}
        self.keys: dict[str, str] = {}
        self.screens: dict[str, list[str]] = {}
        self.own_workflows: list[WorkflowDef] = []

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
        workflows += self.own_workflows
        forms = [form for key, row in desks.items() for form in self._forms(key, str(row["id"]), projects)]
        contexts = self._contexts(fields) if self.whole else {}
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
            "native": {
                **self._native(me, priorities, resolutions),
                **({"contexts": contexts} if contexts else {}),
            },
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
                rows = list(self.client.pages(path, endpoint="field.contexts"))
                result[field["key"]] = [self._context(path, field["id"], row) for row in rows]
            except RejectedError as error:
                if error.status not in (401, 403, 404):
                    raise
        return result

    def _context(self, path: str, field: str, row: Mapping[str, Any]) -> Json:
        names: dict[str, str] = {}
        values: list[Json] = []
        for item in self.client.pages(f"{path}/{row['id']}/option", endpoint="field.options"):
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

    def _own_workflow(self, project: str, type_: str) -> WorkflowDef | None:
        """Read the workflow of an issue type of a team-managed project: no list shows it [P POST /workflows]."""
        body = {"projectAndIssueTypes": [{"projectId": project, "issueTypeId": type_}]}
        found = self.client.ask(f"{API}/workflows", body, endpoint="workflow.read", group="catalog") or {}
        names = {str(row["statusReference"]): str(row["name"]) for row in found.get("statuses") or []}
        for row in found.get("workflows") or []:
            made = self._from_references(row, names)
            known = next((item for item in self.own_workflows if item["id"] == made["id"]), None)
            if known is None:
                self.own_workflows.append(made)
            return known or made
        return None

    def _from_references(self, row: Mapping[str, Any], names: Mapping[str, str]) -> WorkflowDef:
        transitions: list[TransitionDef] = []
        initial = ""
        for item in row.get("transitions") or []:
            target = names.get(str(item.get("toStatusReference", "")), "")
            if item.get("type") == "INITIAL":
                initial = target
                continue
            if not target:
                continue
            made: TransitionDef = {"id": str(item["id"]), "name": str(item["name"]), "to": target}
            links = item.get("links") or []
            sources = [names[ref] for link in links if (ref := str(link.get("fromStatusReference"))) in names]
            if sources:
                made["sources"] = sources
            screen = ((item.get("transitionScreen") or {}).get("parameters") or {}).get("screenId")
            fields = self._screen({"id": screen} if screen else None)
            if fields:
                made["fields"] = fields
            transitions.append(made)
        return {
            "id": str(row["id"]),
            "name": str(row["name"]),
            "initial": initial,
            "statuses": [names.get(str(item["statusReference"]), "") for item in row.get("statuses") or []],
            "transitions": transitions,
        }

    def _screen(self, screen: Any) -> list[str]:
        id_ = str(screen.get("id", "")) if isinstance(screen, Mapping) else ""
        if not id_:
            return []
        if id_ not in self.screens:
            path = f"{API}/screens/{id_}/tabs"
            try:
                tabs = self.client.get(path, endpoint="screen.tabs", group="catalog") or []
            except RejectedError as error:
                if error.status != 404:
                    raise
                tabs = []  # a team-managed project's own screen stands in no list
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
        own = row.get("simplified") is True or row.get("style") == "next-gen"
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
            if own:
                workflow = self._own_workflow(id_, str(item["id"]))
            else:
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
        rows = [row for page in self.client.desk_pages(path, endpoint="request_type.list") for row in page]
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
