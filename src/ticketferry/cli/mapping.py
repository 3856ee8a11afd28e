"""`ticketferry mapping`: check, draft and list mapping files."""

import json
from pathlib import Path

import click

from ticketferry.cli.app import App, catalog_option, examples, json_option, mapping_option, pass_app
from ticketferry.cli.layout import number
from ticketferry.cli.mapping_diff import diff
from ticketferry.cli.mapping_doc import doc
from ticketferry.cli.mapping_draft import draft
from ticketferry.cli.mapping_explain import explain
from ticketferry.cli.mapping_sheet import sheet
from ticketferry.cli.mapping_test import test
from ticketferry.cli.mapping_watch import watch
from ticketferry.errors import Exit

__all__ = ["mapping"]


@click.group(
    epilog=examples("ticketferry mapping draft", "ticketferry mapping check", "ticketferry mapping list")
)
def mapping() -> None:
    """Check the mapping against both desks, write a first one, list ready ones."""


mapping.add_command(diff)
mapping.add_command(doc)
mapping.add_command(draft)
mapping.add_command(explain)
mapping.add_command(sheet)
mapping.add_command(test)
mapping.add_command(watch)


@mapping.command(
    short_help="Say everything that does not hold, with its place.",
    epilog=examples(
        "ticketferry mapping check",
        "ticketferry mapping check --json",
        "ticketferry mapping check --sarif > mapping.sarif",
        "ticketferry mapping check --catalog catalogs.json -m acme.yaml",
    ),
)
@click.option("--sarif", is_flag=True, help="SARIF 2.1.0 on stdout, for editors and CI.")
@catalog_option
@mapping_option
@json_option
@pass_app
def check(app: App, catalog: Path | None, mapping_file: Path, sarif: bool) -> Exit:
    """Read the mapping and say everything that does not hold, with file:line:column. Talks to no desk.

    Exit code 1 where a plan could not be made with it.
    """
    from ticketferry.project.mapping_files import check_elsewhere, check_mapping
    from ticketferry.project.mapping_tests import tests_unable, tests_unable_elsewhere

    console = app.console
    unable: list[str] = []
    if catalog is not None:
        from ticketferry.project.definitions_file import read_definitions

        definitions = read_definitions(catalog)
        checked = check_elsewhere(mapping_file, definitions)
        if checked.compared:
            unable = tests_unable_elsewhere(mapping_file, definitions)
    else:
        with app.project() as project:
            checked = check_mapping(project)
            if checked.compared:
                unable = tests_unable(project)
    if sarif:
        from ticketferry.project.sarif import sarif_of

        console.stream([json.dumps(sarif_of(checked), ensure_ascii=False, indent=2) + "\n"])
        return Exit.OK if checked.good else Exit.ERROR
    if console.json:
        from ticketferry.project.sarif import messages_of

        console.result(
            {
                "good": checked.good,
                "messages": [message._asdict() for message in messages_of(checked)],
                "undecided": [
                    {"what": row.what, "names": row.names, "tickets": row.tickets}
                    for row in checked.undecided
                ],
                "path": checked.path,
                "digest": checked.digest,
                "phases": checked.phases,
                "problems": checked.problems,
                "compared_with_desks": checked.compared,
                "findings": checked.findings,
                "tests_unable": unable,
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
    for names in checked.undecided:
        console.text(names.words)
    if checked.undecided:
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
        console.out(
            "",
            f"Next    ticketferry {'plan' if catalog is None else f'mapping test --catalog {catalog} -m {mapping_file}'}",
        )
    else:
        console.out("Mend what is marked blocker, then check again.")
    if unable:
        command = "mapping test" if catalog is None else f"mapping test --catalog {catalog} -m {mapping_file}"
        console.text(f"{_counted(len(unable), 'test')} of it cannot run: `ticketferry {command}` says why.")
    return Exit.OK if checked.good else Exit.ERROR


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
