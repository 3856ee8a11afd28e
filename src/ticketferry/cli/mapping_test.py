"""`ticketferry mapping test`: the mapping file's own tests."""

from pathlib import Path

import click

from ticketferry.cli.app import App, catalog_option, examples, json_option, mapping_option, pass_app
from ticketferry.cli.layout import counted, number
from ticketferry.errors import Exit

__all__ = ["test"]


@click.command(
    short_help="Run the file's own tests.",
    epilog=examples("ticketferry mapping test", 'ticketferry mapping test "HR is never readable by all"'),
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@catalog_option
@mapping_option
@json_option
@pass_app
def test(app: App, names: tuple[str, ...], catalog: Path | None, mapping_file: Path) -> Exit:
    """Map the tickets under `tests:` in the mapping and hold what the new desk will hold of them against what is expected there. Talks to no
    desk. Exit code 2 where one fails.
    """
    from ticketferry.project.mapping_tests import run_elsewhere, run_mapping_tests

    console = app.console
    if catalog is not None:
        from ticketferry.project.definitions_file import read_definitions

        done = run_elsewhere(mapping_file, read_definitions(catalog), names)
    else:
        with app.project() as project:
            done = run_mapping_tests(project, names)
    failed = [item for item in done if not item.passed]
    if console.json:
        console.result(
            {
                "passed": len(done) - len(failed), "failed": len(failed),
                "tests": [
                    {"name": item.name, "where": item.where, "passed": item.passed, "unasked": item.unasked, "differences": [row._asdict() for row in item.differences]}
                    for item in done
                ],
            }
        )  # fmt: skip
    for item in failed:
        console.text(f"{item.name}  {item.where}", "failed  ", " " * 8)
        for row in item.differences:
            by = f"  by {row.by}" if row.by else ""
            console.text(f"{row.what}: {row.expected} expected, {row.found} found{by}", " " * 8, " " * 10)
    if failed:
        console.out()
    if why := next((item.unasked for item in done if item.unasked), ""):
        console.text(
            f"Held against what the mapping asks for: the new desk was not asked what it will hold, {why}. Run them where both desks were extracted too."
        )
    if not done:
        console.text(
            "the mapping has no tests yet; docs/mapping.md, *Tests of its own*, shows how they are written"
        )
        return Exit.OK
    words = (
        f"{number(len(failed))} of {counted(len(done), 'test')} failed"
        if failed
        else f"{counted(len(done), 'test')} passed"
    )
    console.out(words)
    return Exit.DIFFERENCES if failed else Exit.OK
