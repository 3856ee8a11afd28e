"""`ticketferry phase`: how far each phase is, and what a person says of it."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number, when

if TYPE_CHECKING:
    from ticketferry.project.phase_states import PhaseState

__all__ = ["phase"]


@click.command(
    epilog=examples(
        "ticketferry phase",
        "ticketferry phase pilot",
        "ticketferry phase pilot cut-over --by 'Ada Byron'",
        "ticketferry phase pilot rolled-back --by Grace --because 'gate failed'",
    )
)
@click.argument("name", required=False, metavar="[PHASE]")
@click.argument("state", required=False, metavar="[STATE]")
@click.option("--by", default="", metavar="NAME", help="Who says it.")
@click.option("--because", default="", metavar="WHY", help="Wanted where not everything is verified.")
@json_option
@pass_app
def phase(app: App, name: str | None, state: str | None, by: str, because: str) -> None:
    """How far each phase is; with STATE, what a person says of one: cut-over (from then on the new desk owns its tickets, and late changes
    of the old one add comments and overwrite nothing), done, or rolled-back (the cut-over is called off). Talks to no desk.
    """
    from ticketferry.project.phase_names import refuse_phase_of
    from ticketferry.project.phase_states import phase_states, record_transition

    console = app.console
    with app.project() as project:
        if name is not None and state is not None:
            found = [record_transition(project, name, state, by=by, because=because)]
        else:
            every = phase_states(project)
            if name is not None:
                refuse_phase_of(name, [one.name for one in every])
            found = [one for one in every if name in (None, one.name)]
        entries = (
            [entry for entry in project.phase_log.rows() if name in (None, entry.phase)]
            if (project.root / "workspace.db").exists()
            else []
        )
    if console.json:
        console.result({"phases": found, "history": [entry._asdict() for entry in entries]})
        return
    _print(console, found)
    if name is not None and entries:
        console.out("", "When and by whom")
        for entry in entries:
            said = ": ".join(filter(None, (entry.by, entry.because)))
            head = f"  {when(entry.at)}  {entry.state:<16}"
            console.text("  ".join(filter(None, (entry.plan, said))), head, " " * len(head))


def _print(console: Console, phases: "list[PhaseState]") -> None:
    rows = [
        (
            one.name,
            "-" if one.tickets is None else number(one.tickets),
            one.state,
            one.plan or "-",
            number(one.applied),
            number(one.verified),
            ": ".join(filter(None, (when(one.since) if one.since else "", one.by))) or "-",
        )
        for one in phases
    ]
    heads = ("phase", "tickets", "state", "plan", "applied", "verified", "since, by")
    console.table(rows, "lrllrrl", header=heads, indent=0)
