"""The catalog as compile and translate ask it: by name, without regard to case where people type it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from ticketferry.sdk import Catalog, FieldDef, FormDef, Named, ProjectDef, TypeDef, WorkflowDef
from ticketferry.sdk.catalog_index import CatalogIndex
from ticketferry.sdk.naming import named

from .forms import FORM_FIELD, FORM_ID
from .today import Today

__all__ = ["JiraCatalogIndex"]


class JiraCatalogIndex(CatalogIndex):
    """An index over one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.browse = f"{catalog.get('url', '')}/browse/"

    def project(self, name: str) -> ProjectDef | None:
        """Find a project by key or name."""
        for project in self.catalog.get("projects", []):
            if project["key"] == name:
                return project
        return cast("ProjectDef | None", self.entry("projects", name))

    def type(self, project: ProjectDef, name: str | None) -> TypeDef | None:
        """Find an issue type of a project by name; without a name the project's first."""
        types = project.get("types", [])
        if name is None:
            return types[0] if types else None
        return named(types, name)

    def workflow(self, type_: TypeDef) -> WorkflowDef | None:
        """Return the workflow of an issue type."""
        return self._workflows.get(type_.get("workflow", ""))

    def key_in(self, field: FieldDef, fields: Mapping[str, Any]) -> str:
        """Return the name of a field in an issue of these fields: the plain name where no other field of the same name has a value there.

        Projects that a team manages have fields of their own, often under names that others use as well.
        """
        if field["key"] == field["name"]:
            return field["key"]
        twins = self._by_name.get(field["name"], ())
        return (
            field["name"]
            if all(row["id"] == field["id"] or fields.get(row["id"]) in (None, "", []) for row in twins)
            else field["key"]
        )

    def special(self, name: str) -> str | None:
        """Return the id of one of the desk's own fields: `request_type`, `organizations`, `participants`."""
        found = self.native.get("special_fields", {}).get(name)
        return str(found) if found else None

    def fields_of(self, kind: str) -> Sequence[str]:
        """Return the ids of the custom fields whose type the neutral schema does not know, `sd-sla-field` say."""
        return self._of_kind.get(kind, ())

    def title_of(self, id_: str) -> str:
        """Return a custom field's title."""
        found = self._by_id.get(id_)
        return found["name"] if found is not None else id_

    def form(self, project: ProjectDef, name: str) -> FormDef | None:
        """Find a request type of a project."""
        return named(
            [form for form in self.catalog.get("forms", []) if form.get("project") == project["key"]], name
        )

    def security(self, project: ProjectDef, name: str) -> Named | None:
        """Find a security level of a project."""
        return named(project.get("security"), name)

    def component(self, project: ProjectDef, name: str) -> Named | None:
        """Find a component of a project."""
        return named(project.get("components"), name)

    def type_key(self, field_id: str) -> str | None:
        """Return the whole type key of a custom field (`com.atlassian…customfieldtypes:select`), as import files name it."""
        found = self.native.get("field_types", {}).get(field_id)
        return str(found) if found else None

    def screens_of(self, project_id: str) -> list[tuple[str, str]]:
        """Return the screens of a project's tickets, each with the tab for new fields; none where they could not be read."""
        rows = self.native.get("screens", {}).get(project_id) or []
        return [(str(screen), str(tab)) for screen, tab in rows]

    def option_contexts(self, field_id: str, project_ids: Iterable[str]) -> list[str]:
        """Return the contexts of a field for projects, each once; none where one of them has none, or they could not be read."""
        known = self.native.get("option_contexts", {}).get(field_id) or {}
        found = [str(known.get(id_) or "") for id_ in project_ids]
        return sorted(set(found), key=int) if found and all(found) else []

    def admin_page(self, kind: str, project: str) -> str:
        """Return where an administrator makes a kind of entry by hand."""
        page = self.catalog.get("admin", {}).get(kind, "")
        return page.replace("{project}", project) or f"{project}: project settings"

    def is_named_once(self, name: str) -> bool:
        """Tell whether exactly one custom field has this name: an import file names fields, not ids."""
        return self._names[name.casefold()] == 1

    @cached_property
    def forms_key(self) -> str:
        """Return under which key the answers of forms stand: another field may bear the name."""
        found = self._by_id.get(FORM_ID)
        return found["key"] if found is not None else FORM_FIELD

    @cached_property
    def today(self) -> Today:
        """What the site calls its things now."""
        return Today(self.catalog)

    @property
    def own_account(self) -> str:
        """Account that the migration acts as."""
        return str(self.native.get("own_account", ""))

    @cached_property
    def done(self) -> frozenset[str]:
        """Names of the statuses that end a ticket."""
        return frozenset(
            row["name"] for row in self.catalog.get("statuses", []) if row["stage"] in ("resolved", "closed")
        )

    @cached_property
    def default_resolution(self) -> str | None:
        """Name of the resolution to set where a screen asks for one and the mapping gives none."""
        rows = self.catalog.get("resolutions", [])
        known = self.native.get("default_resolution")
        if known:
            return str(known)
        return self.spelt("resolutions", "Done") or (rows[0]["name"] if rows else None)

    @property
    def default_priority(self) -> str | None:
        """Name of the priority that a new issue gets by itself."""
        found = self.native.get("default_priority")
        return str(found) if found else None

    @property
    def desks(self) -> Mapping[str, str]:
        """Project key -> id of its service desk, for all projects that take part."""
        return {
            project["key"]: project["desk_id"]
            for project in self.catalog.get("projects", [])
            if project.get("desk_id")
        }

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(row["name"].casefold() for row in self.catalog.get("fields", []))

    @cached_property
    def _by_name(self) -> dict[str, list[FieldDef]]:
        found: dict[str, list[FieldDef]] = {}
        for row in self.catalog.get("fields", []):
            found.setdefault(row["name"], []).append(row)
        return found

    @cached_property
    def _workflows(self) -> dict[str, WorkflowDef]:
        return {row["id"]: row for row in self.catalog.get("workflows", [])}

    @cached_property
    def _of_kind(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.catalog.get("fields", []):
            found.setdefault(row["type"], []).append(row["id"])
        return found
