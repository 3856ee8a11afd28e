"""`ticketferry schema`: the neutral schema and the mapping as JSON Schema."""

from typing import Any

import click

from ticketferry.cli.app import App, examples, pass_app

__all__ = ["schema"]


@click.command(
    epilog=examples(
        "ticketferry schema > neutral.schema.json",
        "ticketferry schema ticket",
        "ticketferry schema mapping > mapping.schema.json",
    )
)
@click.argument("kind", required=False, metavar="[KIND]")
@pass_app
def schema(app: App, kind: str | None) -> None:
    """Print the JSON Schema of all neutral records, of one KIND (ticket, person, …), of the catalog or of the mapping.

    `schema mapping` is for editors: name the file in the first line of mapping.yaml,
    `# yaml-language-server: $schema=mapping.schema.json`.
    """
    app.console.result(_schema(kind))


def _schema(kind: str | None) -> dict[str, Any]:
    from ticketferry.errors import UsageError
    from ticketferry.schema.records import MODELS, SCHEMA_VERSION, adapter, json_schema
    from ticketferry.schema.refs import Kind

    if kind is None:
        return json_schema()
    if kind == "mapping":
        from ticketferry.mapping.model import Rules

        return {"$id": "ticketferry:mapping:1", **Rules.model_json_schema(by_alias=True)}
    if kind == "catalog":
        from pydantic import TypeAdapter

        from ticketferry.schema.catalog import Catalog

        return {"$id": f"ticketferry:neutral:{SCHEMA_VERSION}:catalog", **TypeAdapter(Catalog).json_schema()}
    if kind not in {item.value for item in MODELS}:
        raise UsageError(
            f"there is no kind {kind!r}",
            remedy=f"Kinds: {', '.join(item.value for item in MODELS)}, catalog, mapping.",
        )
    return {"$id": f"ticketferry:neutral:{SCHEMA_VERSION}:{kind}", **adapter(Kind(kind)).json_schema()}
