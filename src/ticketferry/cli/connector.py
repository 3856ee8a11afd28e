"""`ticketferry connector new`: a connector of your own, laid out."""

from pathlib import Path

import click

from ticketferry.cli.app import App, examples, pass_app

__all__ = ["connector"]


@click.group(epilog=examples("ticketferry connector new freshdesk --rest"))
def connector() -> None:
    """Begin a connector for a product that ticketferry does not know yet."""


@connector.command("new", epilog=examples("ticketferry connector new freshdesk --rest"))
@click.argument("name")
@click.option("--rest", is_flag=True, help="For a product with a REST API: the only layout there is.")
@pass_app
def new(app: App, name: str, rest: bool) -> None:
    """Lay out the distribution ticketferry-NAME here.

    It holds a source, a target, a stand-in of the product and tests, and keeps the contract as it is: change it piece by piece until it
    speaks your product's language.
    """
    from ticketferry.project.new_connector import lay_out
    from ticketferry.registry import connectors

    if not rest:
        raise click.UsageError("say --rest: it is the only layout there is")
    files = lay_out(name, Path.cwd(), connectors())
    root = files[0].parent
    app.console.out(f"{len(files)} files in {root.name}")
    app.console.out("")
    app.console.out(f"Next    cd {root.name} && pip install -e '.[testing]' && pytest")
    app.console.out("        docs/connectors.md walks through it")
