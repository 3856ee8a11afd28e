"""`ticketferry cutover`: the scripted last hour of a phase."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, yes_option
from ticketferry.cli.console import Console
from ticketferry.cli.layout import when
from ticketferry.errors import Exit, UsageError

if TYPE_CHECKING:
    from ticketferry.project.cut_over import CutOver
    from ticketferry.project.cut_over_steps import CutOverWaits, StepToDo

__all__ = ["cutover"]

DELTAS = "deltas"
"""The step that writes: `ticketferry.project.cut_over_steps`, which is loaded when the command runs."""


@click.command(
    epilog=examples(
        "ticketferry cutover open --show",
        "ticketferry cutover open --confirm freeze --by 'M. Ito'",
        "ticketferry cutover open --yes",
        "ticketferry cutover pilot --skip channels --by 'M. Ito' \\\n      --because 'with the phase open'",
        "ticketferry cutover open --confirm go --by 'M. Ito'",
    )
)
@click.argument("phase", metavar="PHASE")
@click.option(
    "--confirm", "confirmed", metavar="STEP", help="Keep that a person says that this step is done."
)
@click.option("--skip", "skipped", metavar="STEP", help="Keep that a person leaves this step out.")
@click.option("--by", default="", metavar="NAME", help="Who.")
@click.option("--because", default="", metavar="WHY", help="Why a step is left out.")
@click.option("--show", is_flag=True, help="Only show how far it is; talk to no desk.")
@yes_option
@json_option
@pass_app
def cutover(
    app: App,
    phase: str,
    confirmed: str | None,
    skipped: str | None,
    by: str,
    because: str,
    show: bool,
    yes: bool,
) -> Exit:
    """Go through the last hour of a phase, step by step: the old desk frozen, deltas until two are empty, read back, witness, criteria, the new
    desk read, channels switched, test mail both ways, silenced things switched on again, go.

    Each step is kept with who and when; interrupted anywhere, the same command goes on. It stops where a step waits for a person (exit code 3)
    or where something is not as it should be (exit code 2), with the reason and the next command. Afterwards the new desk owns the phase's
    tickets: `stragglers` finds what still arrives in the old one.
    """
    from ticketferry.project.cut_over import CutOver, cut_over_of
    from ticketferry.project.cut_over_steps import steps_of
    from ticketferry.project.cutting_over import confirm_step, cut_over_phase, skip_step
    from ticketferry.project.environment_workspace import refuse_untyped
    from ticketferry.project.phase_names import refuse_phase

    console = app.console
    if confirmed and skipped:
        raise UsageError("--confirm and --skip are two things", remedy="Say one of them.")
    with app.project(counts=not show) as project:
        waits = None
        refuse_phase(project, phase)
        if confirmed or skipped or not show:
            refuse_untyped(project.config, typed=project.typed, command=f"cutover {phase}")
        if confirmed:
            confirm_step(project, phase, confirmed, by=by)
        if skipped:
            skip_step(project, phase, skipped, by=by, because=because)
        due = next(
            (
                s.name
                for s in steps_of(project, cut_over_of(project, phase) or CutOver(phase, ""))
                if not s.done
            ),
            "",
        )
        if not show and due == DELTAS and confirmed and not yes and not console.asks:
            show = True  # what was confirmed is kept; to write takes a word of its own
        if not show:
            _may_write(console, due, yes)
            with console.progress() as progress:
                waits = cut_over_phase(project, phase, by=by, progress=progress)
        kept = cut_over_of(project, phase)
        steps = steps_of(project, kept or CutOver(phase, ""))
    code = _exit(waits, kept, show)
    if console.json:
        console.result(
            {
                "phase": phase, "cut_over": kept is not None and kept.owns, "since": kept.ended if kept is not None else "",
                "steps": [{"step": step.name, "title": step.title, "done": step.done} for step in steps], "waits": waits, "exit": int(code),
            }
        )  # fmt: skip
    _print(console, phase, steps, kept, waits)
    return code


def _exit(waits: "CutOverWaits | None", kept: "CutOver | None", show: bool) -> Exit:
    if show:
        return Exit.OK if kept is not None and kept.owns else Exit.WAITING
    if waits is None:
        return Exit.OK
    return Exit.WAITING if waits.asks else Exit.DIFFERENCES


def _may_write(console: Console, due: str, yes: bool) -> None:
    """Ask before deltas are written, where they are due."""
    if due != DELTAS or yes:
        return
    if not console.asks:
        raise UsageError(
            "nobody is there to ask whether deltas may be written",
            remedy="Nothing was written. Say --yes: without a terminal, and with --json, it is needed.",
        )
    if not console.confirm("The next step writes what changed in the old desk into the new one. Go on?"):
        raise click.Abort


def _print(
    console: Console,
    phase: str,
    steps: "list[StepToDo]",
    kept: "CutOver | None",
    waits: "CutOverWaits | None",
) -> None:
    console.out(
        f"{phase}: cut-over" + (f", ended {when(kept.ended)}" if kept is not None and kept.ended else "")
    )
    console.out()
    due = next((step.name for step in steps if step.done is None), "")
    for step in steps:
        sign = "    " if step.done is None else "left" if step.done.skipped else "ok  "
        sign = "next" if step.name == due else sign
        head = f"{sign}  {step.name:<{_widest(steps)}}  "
        if step.done is None:
            console.text(step.title, head, " " * len(head))
            continue
        who = f", {step.done.by}" if step.done.by else ""
        console.text(f"{step.done.words}  ({when(step.done.at)}{who})", head, " " * len(head))
    if waits is not None:
        console.out()
        console.text(waits.reason, f"{waits.step}: ")
        for line in waits.details:
            console.text(line, "  ", "    ")
        console.text(waits.command, "Next    ", " " * 8)
        if waits.otherwise is not None:
            when_, command = waits.otherwise
            console.text(f"or, {when_}:", " " * 8)
            console.text(command, " " * 8, " " * 10)
    elif kept is not None and kept.owns:
        console.out()
        console.out(f"Next    ticketferry stragglers {phase}     what still arrives in the old desk")


def _widest(steps: "list[StepToDo]") -> int:
    return max(len(step.name) for step in steps)
