"""`ticketferry schema`: the neutral schema, the mapping and migration.yaml as JSON Schema."""

from typing import Any

import click

from ticketferry.cli.app import App, examples, pass_app

__all__ = ["schema"]


@click.command(
    epilog=examples(
        "ticketferry schema > neutral.schema.json",
        "ticketferry schema ticket",
        "ticketferry schema mapping > mapping.schema.json",
        "ticketferry schema mapping --names > mapping.schema.json",
        "ticketferry schema migration > migration.schema.json",
    )
)
@click.argument("kind", required=False, metavar="[KIND]")
@click.option(
    "--names", is_flag=True, help="Of the mapping: propose the names of both desks, as extract read them."
)
@pass_app
def schema(app: App, kind: str | None, names: bool) -> None:
    """Print the JSON Schema of all neutral records, of one KIND (ticket, person, …), of the catalog, of the mapping or of migration.yaml.

    `schema mapping` and `schema migration` are for editors: name the file in the first line of mapping.yaml,
    `# yaml-language-server: $schema=mapping.schema.json`. With --names it completes statuses, fields and all other names of both desks.
    """
    if names:
        app.console.result(_with_names(app, kind))
    else:
        app.console.result(_schema(kind))


def _with_names(app: App, kind: str | None) -> dict[str, Any]:
    from ticketferry.errors import UsageError
    from ticketferry.mapping.json_schema import mapping_schema
    from ticketferry.project.definitions_file import newest_catalog

    if kind != "mapping":
        raise UsageError(
            "--names goes with `schema mapping`", remedy="Write `ticketferry schema mapping --names`."
        )
    with app.project() as project:
        return mapping_schema(newest_catalog(project, "source"), newest_catalog(project, "target"))


def _schema(kind: str | None) -> dict[str, Any]:
    from ticketferry.errors import UsageError
    from ticketferry.schema.records import MODELS, SCHEMA_VERSION, adapter, json_schema
    from ticketferry.schema.refs import Kind

    if kind is None:
        return json_schema()
    if kind == "mapping":
        from ticketferry.mapping.json_schema import mapping_schema

        return mapping_schema()
    if kind == "migration":
        from ticketferry.project.migration_schema import migration_schema

        return migration_schema()
    if kind == "catalog":
        from pydantic import TypeAdapter

        from ticketferry.schema.catalog import Catalog

        return {"$id": f"ticketferry:neutral:{SCHEMA_VERSION}:catalog", **TypeAdapter(Catalog).json_schema()}
    if kind not in {item.value for item in MODELS}:
        raise UsageError(
            f"there is no kind {kind!r}",
            remedy=f"Kinds: {', '.join(item.value for item in MODELS)}, catalog, mapping, migration.",
        )
    return {"$id": f"ticketferry:neutral:{SCHEMA_VERSION}:{kind}", **adapter(Kind(kind)).json_schema()}
