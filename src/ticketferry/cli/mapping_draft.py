"""`ticketferry mapping draft`: a first mapping, or what one that is there still lacks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, catalog_option, examples, json_option, pass_app
from ticketferry.cli.layout import counted, number
from ticketferry.errors import ConfigError

if TYPE_CHECKING:
    from ticketferry.mapping.drafting.document import Draft

__all__ = ["draft"]


@click.command(
    short_help="Write a first mapping; `?` where it cannot decide.",
    epilog=examples(
        "ticketferry mapping draft",
        "ticketferry mapping draft -o draft.yaml",
        "ticketferry mapping draft --into mapping.yaml",
        "ticketferry mapping draft --catalog catalogs.json -o -",
    ),
)
@click.option(
    "-o", "--output", metavar="FILE", help="Else the file that migration.yaml names; `-` is stdout."
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Add what this mapping lacks; no line of it changes.",
)
@catalog_option
@json_option
@pass_app
def draft(app: App, output: str | None, into: Path | None, catalog: Path | None) -> None:
    """Write a first mapping from what both desks define: a proposal for each status, priority, field, option, group, form, brand and
    agent, with its use, a score and the reason. `?` stands where a person must decide. Never overwrites.
    """
    if into is not None:
        _add(app, into, catalog)
        return
    path = Path(output) if output else Path("mapping.yaml")
    made = _drafted(app, catalog)
    if catalog is None and not output:
        with app.project() as project:
            path = project.config.mapping
    if output == "-":
        app.console.stream([made.text])
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(made.text)
    except FileExistsError:
        raise ConfigError(
            f"{path.name} is there already; nothing was written",
            where=str(path),
            remedy="Name another file (`mapping draft -o draft.yaml`), or add what it lacks: `mapping draft --into FILE`.",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}", remedy="Name another file: -o FILE."
        ) from error
    if app.console.json:
        app.console.result({"path": path, "undecided": made.undecided})
    sure = sum(entry.decision.sure for entry in made.entries() if not entry.off)
    unsure = sum(
        not entry.decision.sure and not entry.decision.open for entry in made.entries() if not entry.off
    )
    app.console.out(f"wrote {path}; {counted(made.undecided, 'place')} wait for you, marked `?`")
    app.console.out(f"{number(sure)} proposals are sure, {number(unsure)} say `not sure` and why")
    app.console.out("", f"Next    read every line, then: ticketferry mapping check{_with(catalog, path)}")


def _with(catalog: Path | None, path: Path) -> str:
    return "" if catalog is None else f" --catalog {catalog} -m {path}"


def _drafted(app: App, catalog: Path | None) -> "Draft":
    from ticketferry.project.drafting import draft_mapping, drafted

    if catalog is not None:
        from ticketferry.project.definitions_file import read_definitions

        return drafted(read_definitions(catalog))
    with app.project() as project:
        return draft_mapping(project)


def _add(app: App, path: Path, catalog: Path | None) -> None:
    from ticketferry.project.definitions_file import definitions_of, read_definitions
    from ticketferry.project.drafting import added_to
    from ticketferry.project.text_files import replace_text

    if catalog is not None:
        definitions = read_definitions(catalog)
    else:
        with app.project() as project:
            definitions = definitions_of(project)
    added = added_to(path, definitions)
    if added.decided or added.proposed or added.gone:
        replace_text(path, added.text)
    if app.console.json:
        app.console.result(
            {"path": path, "decided": added.decided, "proposed": added.proposed, "gone": added.gone}
        )
    app.console.text(
        f"{path.name}: {counted(added.decided, 'line')} for what was not decided, {counted(added.proposed, 'proposal')} as"
        f" comments, {counted(added.gone, 'name')} marked that a desk does not have"
    )
    app.console.out("", f"Next    ticketferry mapping check{_with(catalog, path)}")
