"""`ticketferry accept`: a plan against the criteria of acceptance.yaml."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, plan_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import number
from ticketferry.errors import ConfigError, Exit

if TYPE_CHECKING:
    from ticketferry.acceptance.judge import JudgedCriterion

__all__ = ["accept", "acceptance_json", "print_verdict"]


@click.command(epilog=examples("ticketferry accept", "ticketferry accept p-07 --json"))
@plan_argument(required=False, metavar="[PLAN]")
@json_option
@pass_app
def accept(app: App, plan_id: str | None) -> Exit:
    """Hold a plan, and its last read-back where there is one, against acceptance.yaml: the most that each kind of loss may be, and what a
    person accepted beyond it. Talks to no desk. Exit code 2 where a criterion is unmet.
    """
    from ticketferry.acceptance.criteria import FILE
    from ticketferry.acceptance.judge import accepted
    from ticketferry.project.accepting import judge_plan
    from ticketferry.project.viewing import open_plan

    with app.project() as project:
        opened = open_plan(project, plan_id)
        judged = judge_plan(project, opened)
        if judged is None:
            raise ConfigError(
                f"there is no {FILE} in {project.home}",
                remedy="Write one beside migration.yaml, as in\n"
                "  criteria: {rejected: 0, newly_visible: 0, impossible: 0.1%, differing: 0, witness: 0}\n"
                "docs/acceptance.md has all criteria, and how a person accepts more.",
            )
    if app.console.json:
        app.console.result(
            {"plan": opened.id, "accepted": accepted(judged), "criteria": acceptance_json(judged)}
        )
    rows = [
        [
            item.state.value,
            item.name,
            "-" if item.found is None else number(item.found),
            item.most.text,
            item.words,
        ]
        for item in judged
    ]
    app.console.table(rows, "llrrl", header=("", "criterion", "found", "most", ""), indent=0)
    app.console.out()
    print_verdict(app.console, judged)
    return Exit.OK if accepted(judged) else Exit.DIFFERENCES


def acceptance_json(judged: "Sequence[JudgedCriterion]") -> list[dict[str, object]]:
    """Return criteria as JSON objects."""
    return [
        {
            "criterion": item.name, "found": item.found, "most": item.most.text, "state": item.state.value, "where": item.where,
            "waiver": None if item.waiver is None else {
                "most": item.waiver.most.text, "because": item.waiver.because, "by": item.waiver.by, "until": item.waiver.until.isoformat(),
                "expired": item.expired,
            },
        }
        for item in judged
    ]  # fmt: skip


def print_verdict(console: Console, judged: "Sequence[JudgedCriterion]") -> None:
    """Print what is unmet or waived, and how many criteria hold."""
    from ticketferry.acceptance.judge import AcceptanceState

    unmet = [item for item in judged if item.state is AcceptanceState.UNMET]
    for item in unmet:
        over = ""
        if item.waiver is not None:
            over = f"; {item.waiver.by} accepted up to {item.waiver.most.text}, until {item.waiver.until}"
        console.text(
            f"{number(item.found or 0)} {item.words}; {item.most.text} at the most ({item.where}){over}",
            "UNMET     ",
            " " * 10,
        )
    for item in judged:
        if item.state is AcceptanceState.WAIVED and item.waiver is not None:
            console.text(
                f"{number(item.found or 0)} {item.words}; {item.waiver.by} accepts {item.waiver.most.text} until {item.waiver.until}:"
                f" {item.waiver.because}",
                "waived    ",
                " " * 10,
            )
    if not unmet:
        held = sum(item.state is not AcceptanceState.OPEN for item in judged)
        waiting = len(judged) - held
        more = f", {number(waiting)} once the new desk was read back or audited" if waiting else ""
        console.text(
            f"{number(held)} of {number(len(judged))} criteria of acceptance.yaml met or waived{more}",
            "accepted  ",
            " " * 10,
        )
    else:
        console.text(
            f"no: {number(len(unmet))} of {number(len(judged))} criteria unmet: ticketferry accept",
            "accepted  ",
        )
