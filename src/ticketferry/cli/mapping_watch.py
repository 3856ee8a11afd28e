"""`ticketferry mapping watch`: what each save of the mapping does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number
from ticketferry.cli.mapping_diff import print_kinds

if TYPE_CHECKING:
    from ticketferry.project.mapping_watch import MappingWatch, SavedMapping

__all__ = ["watch"]

_PAUSE = 0.15
"""Seconds between two looks at the file."""


@click.command(
    short_help="Check at each save, and show what it changes.",
    epilog=examples("ticketferry mapping watch", "ticketferry mapping watch --once --json"),
)
@click.option("--once", is_flag=True, help="Tell of the first save, then stop.")
@json_option
@pass_app
def watch(app: App, once: bool) -> None:
    """Look at the mapping while you edit it. At each save: what does not hold, and how many tickets of the last extract come out otherwise than
    with the last version that held. Talks to no desk; Ctrl-C ends it.
    """
    from ticketferry.project.mapping_watch import MappingWatch

    console = app.console
    with app.project() as project:
        watching = MappingWatch(project)
        console.note(
            f"watching {project.config.mapping.name}, {counted(watching.tickets, 'ticket')}; Ctrl-C ends it"
        )
        try:
            for _ in _saves(project.clock.sleep, watching):
                for answer in watching.answers():
                    _tell(console, answer)
                if once:
                    return
        except KeyboardInterrupt:
            console.note("ended")
        finally:
            watching.close()


def _saves(sleep: "object", watching: "MappingWatch") -> Iterator[None]:
    while True:
        if watching.saved():
            yield
        sleep(_PAUSE)  # type: ignore[operator]


def _tell(console: Console, answer: "SavedMapping") -> None:
    checked, found = answer.checked, answer.difference
    if console.json:
        console.result(
            {
                "good": checked.good and not answer.error, "problems": checked.problems, "findings": checked.findings, "error": answer.error,
                "undecided": [{"what": row.what, "names": row.names, "tickets": row.tickets} for row in checked.undecided],
                "tickets": answer.touched, "looked_at": answer.looked, "stopped": answer.stopped, "seconds": round(answer.seconds, 3),
                "changes": [{**row.change._asdict(), "records": row.records, "samples": row.samples} for row in found.rows()] if found else [],
            }
        )  # fmt: skip
        return
    console.out("")
    words = answer.error or ("holds" if checked.good else "does not hold")
    console.text(f"{checked.path.name} {words}   {answer.seconds:.2f} s")
    for problem in checked.problems:
        console.text(problem, "  ", "    ")
    for finding in checked.findings:
        if finding.severity.value == "blocker":
            console.text(f"{finding.where}: {finding.message}  [{finding.code}]", "  ", "    ")
    for row in checked.undecided:
        console.text(row.words, "  ")
    if found is None:
        return
    changed = sum(found.touched.values())
    if answer.whole:
        console.text(f"{number(changed)} of {counted(answer.touched, 'ticket')} that it can touch change")
    else:
        rest = "stopped: the file was saved again" if answer.stopped else _rest(answer)
        console.text(
            f"{number(changed)} change so far, of {number(answer.looked)} of {counted(answer.touched, 'ticket')}; {rest}"
        )
    print_kinds(console, found)


def _rest(answer: "SavedMapping") -> str:
    seconds = answer.seconds / answer.looked * (answer.touched - answer.looked)
    return f"the rest follows in about {max(round(seconds), 1):,} s"
