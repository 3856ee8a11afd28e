"""`ticketferry init`: a new migration's folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import clean

if TYPE_CHECKING:
    from ticketferry.project.init import FolderMade
    from ticketferry.sdk.contract import Connector
    from ticketferry.sdk.options import SignIn

__all__ = ["init"]


@click.command(
    epilog=examples(
        "ticketferry init acme",
        "ticketferry init acme --source zendesk --target jsm \\",
        "    --set source.subdomain=acme --set target.email=me@acme.com",
        "ticketferry init files --source neutral --target neutral \\",
        "    --set source.folder=/data/old --set target.folder=/data/new",
    )
)
@click.argument("name", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--source", metavar="CONNECTOR", help="The old desk's product (see `ticketferry connectors`).")
@click.option("--target", metavar="CONNECTOR", help="The new desk's product.")
@click.option("--source-key", metavar="KEY", help="Short name of the old desk; else NAME.")
@click.option("--target-key", metavar="KEY", help="Short name of the new desk; else that of its product.")
@click.option(
    "--set", "sets", multiple=True, metavar="ROLE.OPTION=VALUE",
    help="An option of a desk, as in source.subdomain=acme; secrets as env:NAME.",
)  # fmt: skip
@click.option(
    "--sign-in", "sign_in", multiple=True, metavar="ROLE=WAY",
    help="How to sign in, as in source=oauth or target=token.",
)  # fmt: skip
@json_option
@pass_app
def init(
    app: App,
    name: Path,
    source: str | None,
    target: str | None,
    source_key: str | None,
    target_key: str | None,
    sets: tuple[str, ...],
    sign_in: tuple[str, ...],
) -> None:
    """Make the folder NAME with a commented migration.yaml, a mapping where a ready one fits, and a .gitignore.

    On a terminal it asks for what no option says. Nothing is ever overwritten.
    """
    from ticketferry.project.init import default_key, make_folder, sign_in_of
    from ticketferry.registry import connector

    values: dict[str, dict[str, str]] = {"source": {}, "target": {}}
    for text in sets:
        role, option, value = _split(text)
        values[role][option] = value
    chosen = {
        "source": connector(source or _ask_connector(app, "source", "zendesk")),
        "target": connector(target or _ask_connector(app, "target", "jsm")),
    }
    keys = {
        "source": source_key or default_key(name.resolve().name),
        "target": target_key or default_key(chosen["target"].name),
    }
    if keys["source"] == keys["target"] and target_key is None:
        keys["target"] = f"{keys['target']}-new"[:30]
    ways = {}
    for text in sign_in:
        role, equals, way = text.partition("=")
        if role not in chosen or not equals:
            raise click.UsageError(f"--sign-in {text}: write it as source=WAY or target=WAY")
        ways[role] = sign_in_of(chosen[role], way, role)
    for role, product in chosen.items():
        if role not in ways and (meant := _meant(product, values[role])) is not None:
            ways[role] = meant
    if app.console.asks:
        _ask_options(app, chosen, values, ways)
    made = make_folder(
        name, {role: (chosen[role], keys[role]) for role in ("source", "target")}, values, ways
    )
    if app.console.json:
        app.console.result(made)
    _print(app, made)


def _split(text: str) -> tuple[str, str, str]:
    path, equals, value = text.partition("=")
    role, dot, option = path.partition(".")
    if not equals or not dot or role not in ("source", "target") or not option:
        raise click.UsageError(f"--set {text}: write it as source.OPTION=VALUE or target.OPTION=VALUE")
    return role, option, value


def _ask_connector(app: App, role: str, default: str) -> str:
    from ticketferry.registry import Broken, connectors

    names = [
        name
        for name, connector in connectors().items()
        if not isinstance(connector, Broken) and role in connector.roles
    ]
    if not app.console.asks:
        raise click.UsageError(f"say which product the {role} desk is: --{role} {'|'.join(names)}")
    which = "The old desk" if role == "source" else "The new desk"
    answer: str = click.prompt(
        f"{which} is", type=click.Choice(names), default=default if default in names else None, err=True
    )
    return answer


def _ask_options(
    app: App,
    chosen: "Mapping[str, Connector]",
    values: dict[str, dict[str, str]],
    ways: "dict[str, SignIn]",
) -> None:
    from ticketferry.project.init import asked_for, wrong

    for role, connector in chosen.items():
        given = values[role]
        app.console.note(f"\n{role} ({connector.title})")
        if connector.options.address and not given.keys() & {*connector.options.address}:
            app.console.note(_ADDRESS, "  ")
            while True:
                placed = connector.options.placed(_prompt("address", ""))
                fault = wrong(connector, {**given, **placed}, tuple(placed))
                if not fault:
                    break
                app.console.note(fault, "  ")
            given.update(placed)
        if role not in ways and connector.options.sign_ins and not given.keys() & _signing(connector):
            for way in connector.options.sign_ins:
                app.console.note(f"{way.name}: {way.title}", "  ")
            names = [way.name for way in connector.options.sign_ins]
            answer = click.prompt("  sign in by", type=click.Choice(names), default=names[0], err=True)
            ways[role] = connector.options.sign_ins[names.index(answer)]
        for item in asked_for(connector, role, ways.get(role)):
            if item.name in given:
                continue
            app.console.note(item.help if item.required else f"{item.help} Enter leaves it empty.", "  ")
            while True:
                answer = _prompt(item.name, item.default, needed=item.required)
                fault = wrong(connector, {**given, item.name: answer}, (item.name,))
                if not fault:
                    break
                app.console.note(fault, "  ")
            if answer:
                given[item.name] = answer


_ADDRESS = "Where the desk is: the address in the browser (https://…), or its first part alone."


def _meant(connector: "Connector", given: "Mapping[str, str]") -> "SignIn | None":
    """Return the way of signing in that the given options belong to: the first that needs all of them; an e-mail is of no OAuth client."""
    names = given.keys() & _signing(connector)
    return next((way for way in connector.options.sign_ins if names and names <= {*way.needs}), None)


def _signing(connector: "Connector") -> set[str]:
    return {name for way in connector.options.sign_ins for name in way.needs}


def _prompt(name: str, default: str, *, needed: bool = True) -> str:
    """Ask for one value; where it is needed, until there is one."""
    answer: str = click.prompt(
        f"  {clean(name)}", default=default or (None if needed else ""), show_default=bool(default), err=True
    )
    return answer.strip()


def _print(app: App, made: "FolderMade") -> None:
    console = app.console
    console.out(f"Made {made.folder}")
    for name in made.written:
        extra = f" (from the ready mapping {made.mapping})" if name == "mapping.yaml" else ""
        console.out(f"  wrote  {name}{extra}")
    for name in made.kept:
        console.out(f"  kept   {name}, which was there")
    if made.empty:
        console.out("", "Fill in, in migration.yaml")
        console.out(*(f"  {name}" for name in made.empty))
    if made.secrets:
        console.out("", "Set in your shell; secrets never stand in a file")
        console.table([(f"export {name}=…", text) for name, text in made.secrets], "lw")
    console.out("", "Next")
    if made.folder.resolve() != app.folder:
        console.out(f"  cd {made.folder}")
    console.out("  ticketferry check          rights, limits, what is missing; reads only")
    if not made.mapping and "mapping.yaml" not in made.kept:
        console.out("  ticketferry extract        then: ticketferry mapping draft")
