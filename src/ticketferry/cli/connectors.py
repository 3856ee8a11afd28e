"""`ticketferry connectors`: the products this installation can talk to."""

import re
from typing import TYPE_CHECKING, Any

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console

if TYPE_CHECKING:
    from ticketferry.registry import Broken
    from ticketferry.sdk.contract import Connector

__all__ = ["connectors"]

_MARKS = re.compile(r" ?\[[A-Z]{2,}[^\]]*\]")
"""Marks of sources in the help of an option (`[DOC oauth-migration]`): for whoever reads the code."""


@click.command(
    epilog=examples(
        "ticketferry connectors", "ticketferry connectors zendesk", "ticketferry connectors --json"
    )
)
@click.argument("name", required=False, metavar="[NAME]")
@json_option
@pass_app
def connectors(app: App, name: str | None) -> None:
    """List the connectors, or what one can do and which options it takes. Plug-ins are listed too, also broken ones."""
    from ticketferry.errors import ConfigError
    from ticketferry.registry import connectors as find_all

    installed = find_all()
    if name is not None and name not in installed:
        raise ConfigError(
            f"there is no connector {name!r}", remedy=f"Installed: {', '.join(installed) or 'none'}."
        )
    chosen = [installed[name]] if name is not None else list(installed.values())
    if app.console.json:
        app.console.result([_facts(item) for item in chosen])
        return
    if name is None:
        _list(app.console, [_facts(item) for item in chosen])
    else:
        _one(app.console, _facts(chosen[0]))


def _facts(item: "Connector | Broken") -> dict[str, Any]:
    from ticketferry.registry import Broken
    from ticketferry.sdk.options import secret_fields

    if isinstance(item, Broken):
        return {
            "name": item.name,
            "title": "",
            "roles": [],
            "features": [],
            "options": [],
            "error": item.error,
        }
    secrets = secret_fields(item.options)
    return {
        "name": item.name,
        "title": item.title,
        "roles": list(item.roles),
        "features": sorted(feature.value for feature in item.features),
        "emulator": item.emulator is not None,
        "guards": [{"code": guard.code, "title": guard.title, "proof": guard.proof} for guard in item.guards],
        "options": [
            {
                "name": key,
                "help": " ".join(str(info.description or "").split()),
                "required": info.is_required(),
                "secret": key in secrets,
                "default": None
                if info.is_required() or key in secrets
                else info.get_default(call_default_factory=True),
            }
            for key, info in item.options.model_fields.items()
        ],
    }


def _list(console: Console, rows: list[dict[str, Any]]) -> None:
    console.table(
        [
            (
                row["name"],
                ", ".join(row["roles"]) or "-",
                row.get("error") or row["title"] + (" (has an emulator)" if row.get("emulator") else ""),
            )
            for row in rows
        ],
        "llw",
        header=("name", "can be", "what"),
        indent=0,
    )
    console.out("", "Next    ticketferry connectors NAME     its options")


def _one(console: Console, row: dict[str, Any]) -> None:
    if row.get("error"):
        console.text(f"{row['name']} cannot be loaded: {row['error']}")
        return
    console.text(f"{row['name']}  {row['title']}; can be {' and '.join(row['roles'])}")
    console.out("", "Options in migration.yaml")
    for option in row["options"]:
        marks = [
            word
            for word, holds in (
                ("required", option["required"]),
                ("secret: env:NAME or keyring:service/user", option["secret"]),
            )
            if holds
        ]
        if option["default"] not in (None, "", [], ()):
            default = option["default"]
            marks.append(f"else {str(default).lower() if isinstance(default, bool) else default}")
        tail = f" ({', '.join(marks)})" if marks else ""
        console.text(option["name"] + tail, "  ", "      ")
        if option["help"]:
            console.text(_MARKS.sub("", option["help"]), "      ")
    if row["guards"]:
        console.out("", "What must hold so that nobody is notified")
        for guard in row["guards"]:
            who = "a person confirms" if guard["proof"] == "person" else "read from the desk"
            console.text(f"{guard['title']} ({who})  {guard['code']}", "  ", "      ")
