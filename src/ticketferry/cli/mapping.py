"""`ticketferry mapping`: check, draft and list mapping files."""

from pathlib import Path

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import number
from ticketferry.cli.mapping_diff import diff
from ticketferry.cli.mapping_test import test
from ticketferry.errors import ConfigError, Exit

__all__ = ["mapping"]


@click.group(
    epilog=examples("ticketferry mapping draft", "ticketferry mapping check", "ticketferry mapping list")
)
def mapping() -> None:
    """Check the mapping against both desks, write a first one, list ready ones."""


mapping.add_command(diff)
mapping.add_command(test)


@mapping.command(
    short_help="Say everything that does not hold, with its place.",
    epilog=examples("ticketferry mapping check", "ticketferry mapping check --json"),
)
@json_option
@pass_app
def check(app: App) -> Exit:
    """Read the mapping and say everything that does not hold, with file:line:column. Talks to no desk.

    Exit code 1 where a plan could not be made with it.
    """
    from ticketferry.project.mapping_files import check_mapping

    console = app.console
    with app.project() as project:
        checked = check_mapping(project)
    if console.json:
        console.result(
            {
                "good": checked.good,
                "path": checked.path,
                "digest": checked.digest,
                "phases": checked.phases,
                "problems": checked.problems,
                "compared_with_desks": checked.compared,
                "findings": checked.findings,
                "conditions": [
                    {"where": row.where, "takes": row.takes, "reached": row.reached, "tickets": row.total}
                    for row in checked.conditions
                ],
            }
        )
    for problem in checked.problems:
        console.text(problem, "", "  ")
    for finding in checked.findings:
        console.text(
            f"{finding.where}: {finding.severity.value}: {finding.message}  [{finding.code}]", "", "  "
        )
        if finding.remedy:
            console.text(finding.remedy, "  ")
    if checked.problems or checked.findings:
        console.out()
    if checked.conditions:
        console.out("Tickets that each condition holds for now")
        for row in checked.conditions:
            first = (
                "" if row.reached is None or row.reached == row.takes else f", {number(row.reached)} first"
            )
            what = ".".join(str(step) for step in row.path)
            console.text(f"{number(row.takes)} of {number(row.total)}{first}  {what} {row.where}", "", "  ")
        console.out()
    if checked.problems:
        console.out(
            f"{_counted(len(checked.problems), 'problem')}: {checked.path.name} cannot be used. Mend them, then check again."
        )
    elif not checked.compared:
        console.text(
            f"{checked.path.name} can be read. It was not compared with the desks: run `ticketferry extract` first."
        )
    elif checked.good:
        words = _counted(len(checked.findings), "remark") if checked.findings else "nothing to remark"
        console.text(
            f"{checked.path.name} holds against both desks, {words}. Phases: {', '.join(checked.phases) or 'none'}"
        )
        console.out("", "Next    ticketferry plan")
    else:
        console.out("Mend what is marked blocker, then check again.")
    return Exit.OK if checked.good else Exit.ERROR


@mapping.command(
    short_help="Write a first mapping; `?` where it cannot decide.",
    epilog=examples(
        "ticketferry mapping draft",
        "ticketferry mapping draft -o draft.yaml",
        "ticketferry mapping draft -o -",
    ),
)
@click.option(
    "-o", "--output", metavar="FILE", help="Else the file that migration.yaml names; `-` is stdout."
)
@json_option
@pass_app
def draft(app: App, output: str | None) -> None:
    """Write a first mapping from what both desks define; `?` stands where a person must decide. Never overwrites."""
    from ticketferry.project.mapping_files import draft_mapping

    with app.project() as project:
        text, undecided = draft_mapping(project)
        path = Path(output) if output else project.config.mapping
    if output == "-":
        app.console.stream([text])
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(
            f"{path.name} is there already; nothing was written",
            where=str(path),
            remedy="Name another file: `ticketferry mapping draft -o draft.yaml`.",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}", remedy="Name another file: -o FILE."
        ) from error
    if app.console.json:
        app.console.result({"path": path, "undecided": undecided})
    app.console.out(f"wrote {path}; {number(undecided)} places wait for you, marked `?`")
    app.console.out("", "Next    read every line, then: ticketferry mapping check")


def _counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


@mapping.command(
    "list", short_help="The ready mappings, to copy one.", epilog=examples("ticketferry mapping list")
)
@json_option
@pass_app
def list_(app: App) -> None:
    """The ready mappings that come with ticketferry; copy one and change it."""
    from ticketferry.project.mapping_files import ready_mappings

    ready = ready_mappings()
    if app.console.json:
        app.console.result({"mappings": ready})
    for item in ready:
        app.console.text(f"{item.name}  {item.source} -> {item.target}", "", "  ")
        app.console.text(item.path, "  ")
