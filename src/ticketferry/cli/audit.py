"""`ticketferry audit`: tickets that a person looks at, and what they say of all."""

from pathlib import Path

import click

from ticketferry.cli.app import MOST, App, examples, json_option, pass_app, plan_argument
from ticketferry.cli.layout import counted, fit, number
from ticketferry.cli.shares import ShareType
from ticketferry.errors import Exit

__all__ = ["audit"]


@click.group(
    epilog=examples("ticketferry audit sample p-07", "ticketferry audit judge p-07 --by 'Ada Byron'")
)
def audit() -> None:
    """Tickets drawn for a person to look at in both desks, and what the defects found say of all of them."""


class _SizeType(click.ParamType[int]):
    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if value == "auto":
            return 0
        text = str(value)
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= MOST:
            self.fail(f"{text!r} is no size; write a number, or auto", param, ctx)
        return int(text)


@audit.command(
    short_help="Draw tickets and lay them out side by side.",
    epilog=examples(
        "ticketferry audit sample",
        "ticketferry audit sample p-07 --seed 'drawn on 12 Nov' --share 0.5%",
        "ticketferry audit sample p-07 --size 50 --golden 1042 --golden 20177",
    ),
)
@plan_argument(required=False, metavar="[PLAN]")
@click.option(
    "--size", type=_SizeType(), default="auto", show_default=True, metavar="N", help="Tickets drawn at random; auto: as many as --share needs."
)  # fmt: skip
@click.option(
    "--seed", default="", metavar="TEXT", help="What the draw depends on; else the digest of the plan."
)
@click.option("--share", type=ShareType(), default="1%", show_default=True, help="No defect among those drawn shall mean at most so many of all.")  # fmt: skip
@click.option(
    "--confidence", type=ShareType(), default="95%", show_default=True, help="How sure that shall be."
)
@click.option("--each", type=click.IntRange(0, 100), default=1, show_default=True, metavar="N", help="Examples of each kind of change and finding besides.")  # fmt: skip
@click.option("--golden", multiple=True, metavar="TICKET", help="A ticket that has to be among them; may be repeated.")  # fmt: skip
@json_option
@pass_app
def sample(
    app: App, plan_id: str | None, size: int, seed: str, share: float, confidence: float, each: int, golden: tuple[str, ...]
) -> None:  # fmt: skip
    """Draw tickets of a plan by a seed, so that anybody can repeat the draw, and lay each out as a reader sees it in the old and in the new
    desk: audits/PLAN/tickets.html to read, worksheet.csv to fill in. Talks to no desk; the files hold personal data.
    """
    from ticketferry.project.auditing import PAGE, SHEET, draw_sample, open_audited

    console = app.console
    if not 0.5 <= confidence < 1:
        raise click.BadParameter("a confidence lies between 50% and 99.99%", param_hint="--confidence")
    with app.project() as project, console.progress() as progress:
        opened = open_audited(project, plan_id)
        drawn = draw_sample(
            project, opened, seed=seed, size=size or None, share=share, confidence=confidence, each=each, golden=golden,
            progress=progress,
        )  # fmt: skip
    made = drawn.sample
    if console.json:
        console.result(
            {
                "plan": made.plan, "seed": made.seed, "population": made.population, "random": made.random, "tickets": dict(made.tickets),
                "confidence": made.confidence, "bound_without_defects": drawn.bound, "folder": str(drawn.folder),
            }
        )  # fmt: skip
    console.text(
        f"{counted(len(made.tickets), 'ticket')} of {number(made.population)} that {made.plan} writes: {number(made.random)} at random,"
        f" {number(len(made.tickets) - made.random)} as examples of their kind"
    )
    console.text(
        f"no defect among those at random means: at most {number(drawn.bound)} of {number(made.population)} are defective"
        f" ({made.confidence * 100:.4g} % confidence)"
    )
    folder = app.seen(drawn.folder)
    console.out(f"read      {folder / PAGE}", f"fill in   {folder / SHEET}")
    console.text("they hold personal data: keep them as you keep the desk itself", "note      ")
    console.out("", f"Next    ticketferry audit judge {made.plan} --by NAME")


@audit.command(
    short_help="Count what auditors wrote, and what it says of all.",
    epilog=examples("ticketferry audit judge p-07 --by 'Ada Byron'", "ticketferry audit judge --by Ada --sheet filled.csv --json"),
)  # fmt: skip
@plan_argument(required=False, metavar="[PLAN]")
@click.option("--by", default="", metavar="NAME", help="Who looked.")
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Else audits/PLAN/worksheet.csv.")  # fmt: skip
@json_option
@pass_app
def judge(app: App, plan_id: str | None, by: str, sheet: Path | None) -> Exit:
    """Read the worksheet, as any spreadsheet saves it, and compute how many tickets may be defective. Kept with name and time; the criteria
    `sample_defects` and `sample_bound` of acceptance.yaml are held against it. Exit code 3 while a ticket waits for its verdict, 2 where one has a defect.
    """
    from ticketferry.project.auditing import judge_sample, open_audited

    console = app.console
    with app.project() as project:
        found = judge_sample(project, open_audited(project, plan_id), by=by, sheet=sheet)
    code = Exit.WAITING if found.open else Exit.DIFFERENCES if found.defects else Exit.OK
    if console.json:
        console.result(
            {
                "plan": found.plan, "by": found.by, "at": found.at, "population": found.population, "looked_at": found.looked_at,
                "open": found.open, "defects": dict(found.defects), "bound": found.bound, "confidence": found.confidence,
            }
        )  # fmt: skip
        return code
    for ticket, words in found.defects.items():
        console.text(fit(words, 200), f"DEFECT    {ticket}  ", " " * 10)
    console.text(
        f"{number(found.looked_at)} of {number(found.looked_at + found.open)} tickets looked at by {found.by},"
        f" {counted(len(found.defects), 'defect')}"
    )
    console.text(
        f"at most {number(found.bound)} of {number(found.population)} tickets are defective ({found.confidence * 100:.4g} % confidence)"
    )
    if found.open:
        console.text(
            f"{counted(found.open, 'ticket')} without a verdict; of those drawn at random each counts as a defect until somebody looked",
            "note      ",
        )
    return code
