"""A target's catalog with what a plan makes in it, and without."""

from collections.abc import Mapping
from typing import Any, cast

from ticketferry.schema.catalog import Catalog, FieldDef, FieldOption, Named, StatusDef, TypeDef
from ticketferry.schema.records import Record
from ticketferry.sdk.definitions import planned_id

__all__ = ["augmented", "without"]


def augmented(target: Catalog, definitions: list[Record]) -> Catalog:
    """Return the target's catalog as it will be with the definitions; their ids are symbolic (`sdk.definitions`)."""
    if not definitions:
        return target
    fields: list[dict[str, Any]] = [dict(row) for row in target.get("fields", ())]
    statuses = list(target.get("statuses", ()))
    projects: list[Any] = [{**row} for row in target.get("projects", ())]
    for record in definitions:
        id_ = planned_id(record["ref"])
        if record["what"] == "status":
            statuses.append(StatusDef(id=id_, name=record["name"], stage=record["stage"], active=True))
        elif record["what"] == "component":
            for project in projects:
                if project["key"] == record["project"]:
                    made_one = Named(id=id_, name=record["name"])
                    project["components"] = [*cast("list[Named]", project.get("components", [])), made_one]
        elif record["what"] == "field":
            made = FieldDef(
                id=id_, key=record["name"], name=record["name"], type=record["type"], of=record.get("of", "ticket"),
                required=False, active=True,
            )  # fmt: skip
            if record.get("options"):
                made["options"] = [cast("FieldOption", dict(option)) for option in record["options"]]
            fields.append(cast("dict[str, Any]", made))
            for project in projects:
                if project["key"] in record.get("projects", ()):
                    project["types"] = [_taking(type_, record["name"]) for type_ in project.get("types", ())]
        else:
            for row in fields:
                if _is_of(row, record) and row.get("of", "ticket") == "ticket":
                    option = FieldOption(id=id_, value=record["value"], name=record["name"])
                    row["options"] = [*cast("list[FieldOption]", row.get("options", [])), option]
                    for project in projects:
                        if project["key"] in record.get("projects", ()):
                            types = project.get("types", ())
                            project["types"] = [_allowing(type_, row["key"], id_) for type_ in types]
    return _with(target, fields=fields, statuses=statuses, projects=projects)


def without(target: Catalog, definitions: list[Record]) -> Catalog:
    """Return the target's catalog as it was before these definitions were made there."""
    if not definitions:
        return target
    named = {
        (record["what"], record.get("field", record.get("project", "")), record["name"])
        for record in definitions
    }
    fields: list[Any] = []
    gone: dict[str, set[str]] = {}
    for row in target.get("fields", ()):
        if ("field", "", row["name"]) in named:
            continue
        made_of = {
            record["name"] for record in definitions if record["what"] == "option" and _is_of(row, record)
        }
        options = [o for o in row.get("options", ()) if o["name"] not in made_of]
        if made_of:
            gone[row["key"]] = {str(o.get("id")) for o in row.get("options", ()) if o["name"] in made_of}
        bare = {key: value for key, value in row.items() if key != "options"}
        fields.append({**bare, **({"options": options} if options else {})} if "options" in row else row)
    statuses = [row for row in target.get("statuses", ()) if ("status", "", row["name"]) not in named]
    projects: list[Any] = []
    for project in target.get("projects", ()):
        left: dict[str, Any] = {**project}
        if "components" in project:
            left["components"] = [
                each
                for each in project["components"]
                if ("component", project["key"], each["name"]) not in named
            ]
        if "types" in project:
            made = {name for what, _, name in named if what == "field"}
            every = {row["key"]: {str(o.get("id")) for o in row.get("options", ())} for row in fields}
            left["types"] = [_but(type_, made, gone, every) for type_ in project["types"]]
        projects.append(left)
    return _with(target, fields=fields, statuses=statuses, projects=projects)


def _with(target: Catalog, **tables: list[Any]) -> Catalog:
    """Return a catalog with other tables; one that it has not and that would be empty stays away."""
    return cast("Catalog", {**target, **{key: rows for key, rows in tables.items() if rows or key in target}})


def _is_of(row: Mapping[str, Any], record: Record) -> bool:
    """Tell whether an option goes to a field: named by its key where tickets live in projects, since fields may share a name there."""
    return bool(row["key" if "projects" in record else "name"] == record["field"])


def _allowing(type_: TypeDef, field: str, option: str) -> TypeDef:
    """Return a type that takes one choice more, where it says which it takes."""
    allowed = type_.get("allowed", {})
    if field not in allowed:
        return type_
    return {**type_, "allowed": {**allowed, field: [*allowed[field], option]}}


def _taking(type_: TypeDef, field: str) -> TypeDef:
    return {**type_, "fields": [*type_["fields"], field]} if "fields" in type_ else type_


def _but(
    type_: TypeDef, fields: set[str], options: Mapping[str, set[str]], every: Mapping[str, set[str]]
) -> TypeDef:
    """Return a type without fields and options that were made; `every`: the options that a field has else."""
    left: dict[str, Any] = {**type_}
    if "fields" in left:
        left["fields"] = [key for key in left["fields"] if key not in fields]
    if "allowed" in left:
        kept = {
            key: [id_ for id_ in ids if id_ not in options.get(key, ())]
            for key, ids in left["allowed"].items()
            if key not in fields
        }
        # It says something only where a type takes fewer choices than there are.
        left["allowed"] = {
            key: ids for key, ids in kept.items() if key not in options or set(ids) != every.get(key)
        }
        if not left["allowed"]:
            del left["allowed"]
    return cast("TypeDef", left)
