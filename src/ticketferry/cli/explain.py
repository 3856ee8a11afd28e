"""`ticketferry explain`: one record, value by value."""

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, record_argument

__all__ = ["explain"]


@click.command(
    epilog=examples(
        "ticketferry explain ticket:1042",
        "ticketferry explain person:5 --json",
        "ticketferry explain comment:88121 --operations",
    )
)
@record_argument()
@click.option("--operations", is_flag=True, help="The writes with their bodies.")
@click.option("--whole", is_flag=True, help="Texts in full length.")
@json_option
@pass_app
def explain(app: App, record: str, operations: bool, whole: bool) -> None:
    """What becomes of one record with the mapping of now: each value, where it goes, by which rule; findings; writes.

    RECORD is ticket:123, acme:ticket:123, person:5, comment:7, or a ticket's number. `=` carried, `~` transformed, `kept`
    beside the record, `drop` by a rule, `LOST` impossible in the new desk.
    """
    from ticketferry.cli import record_screen
    from ticketferry.project.explain import explain as read_record

    console = app.console
    with app.project() as project:
        explained = read_record(project, record)
    if console.json:
        console.result(explained)
        return
    console.text(f"{explained.root}  {explained.title}", "", "  ")
    facts = [
        explained.outcome,
        f"phase {explained.phase}" if explained.phase else "",
        f"in the new desk {', '.join(f'{name} {value}' for name, value in explained.slots.items())}"
        if explained.slots
        else "",
        f"written last by {explained.plan}" if explained.plan else "",
    ]
    console.text("  ".join(fact for fact in facts if fact), "  ")
    if explained.because:
        console.text(explained.because, "  because ")
    if explained.fields:
        console.text(", ".join(explained.fields), "  moved   ")
    for reason in explained.newly_visible:
        console.text(reason, "  MORE PEOPLE SEE IT: ")
    record_screen.print_leaves(
        console,
        explained.leaves,
        explained.dispositions,
        1_000_000 if whole else 200,
        rejected=explained.outcome == "reject",
    )
    record_screen.print_findings(
        console, explained.findings, explained.because if explained.outcome == "reject" else ""
    )
    record_screen.print_operations(console, explained.operations, bodies=operations)
