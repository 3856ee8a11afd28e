"""`ticketferry errors`: what failed, by cause."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, plan_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number, when

if TYPE_CHECKING:
    from ticketferry.store.skip_list import SkippedRecord

__all__ = ["errors"]

EXAMPLES = 8


@click.command(
    epilog=examples(
        "ticketferry errors", "ticketferry errors p-07 --code JSM-FIELD", "ticketferry errors p-07 --json"
    )
)
@plan_argument(required=False, metavar="[PLAN]")
@click.option("--code", metavar="CODE", help="Only what failed with this code.")
@json_option
@pass_app
def errors(app: App, plan_id: str | None, code: str | None) -> None:
    """What failed in a plan, or in all that are not finished: by cause, with the place to mend it and the records."""
    from ticketferry.cli.quarantine import print_quarantine
    from ticketferry.project.copies import CODE
    from ticketferry.project.problems import BLOCKED, not_sent, problems
    from ticketferry.project.quarantine import quarantined
    from ticketferry.project.skipping import skipped_of
    from ticketferry.project.viewing import open_plan

    console = app.console
    with app.project() as project:
        if plan_id is not None:
            open_plan(project, plan_id).close()
        causes = problems(project, plan_id) if (project.root / "workspace.db").exists() else []
        held = quarantined(project) if plan_id is None else []
        given_up = skipped_of(project, plan_id)
        waits = not_sent(project, {cause.plan for cause in causes}) if code in (None, BLOCKED) else 0
    if code is not None:
        causes = [cause for cause in causes if cause.code == code]
        given_up = [one for one in given_up if one.code == code]
    copies = [cause for cause in causes if cause.code == CODE]
    failed = [cause for cause in causes if cause.code not in (CODE, BLOCKED)]
    waiting = [cause for cause in causes if cause.code == BLOCKED]
    count = sum(cause.count for cause in failed)
    records = len({record for cause in failed for record in cause.records})
    if console.json:
        console.result(
            {
                "failed": count,
                "records": records,
                "not_sent": {
                    "writes": waits,
                    "records": len({ref for cause in waiting for ref in cause.records}),
                },
                "causes": causes,
                "quarantine": held,
                "skipped": [one._asdict() for one in given_up],
            }
        )
    if held:
        console.out(f"{number(len(held))} in quarantine: nothing of them is planned (ticketferry quarantine)")
        print_quarantine(console, held, EXAMPLES)
        console.out()
    _print_skipped(console, given_up)
    if not causes:
        console.out(f"Nothing failed in {plan_id}." if plan_id else "Nothing failed.")
        return
    summary = (
        f"{counted(count, 'write')} of {counted(records, 'record')} failed, {counted(len(failed), 'cause')}; each line counts its writes"
        if failed
        else "No write failed"
    )
    if waits:
        summary += (
            f"; {counted(waits, 'write')} not sent, waiting for one of them"
            if failed
            else f"; {counted(waits, 'write')} not sent yet"
        )
    if copies:
        twice = sum(cause.count for cause in copies)
        summary += f"; {counted(twice, 'ticket')} too many in the new desk, each the copy of one"
    console.text(summary)
    for cause in (*failed, *waiting, *copies):
        console.text(f"{cause.message}  [{cause.code}]", f"{number(cause.count):>6}  ", " " * 8)
        if cause.place:
            console.text(f"at {cause.place}, plan {cause.plan}; to mend: {cause.mended_in}", " " * 8)
        if cause.remedy:
            console.text(cause.remedy, " " * 8)
        more = f" and {number(len(cause.records) - EXAMPLES)} more" if len(cause.records) > EXAMPLES else ""
        console.text(", ".join(cause.records[:EXAMPLES]) + more, " " * 8)
        console.out()
    if not failed and not waiting:
        console.out(f"Next    ticketferry rollback {copies[0].plan} --copies     what deletes them")
        return
    plan = (*failed, *waiting)[0].plan
    worst = failed[0].code if failed else ""
    console.out("Next    mend the cause, then")
    console.out(f"        ticketferry apply {plan}     goes on with what is left")
    if worst:
        console.out(f"        ticketferry apply {plan} --retry-failed --code {worst}")
        console.out("        ticketferry plan           where mapping or old desk was changed")
        console.out("        or give it up, by name and with a reason:")
        console.out(f"        ticketferry apply {plan} --skip-failed --code {worst} \\")
        console.out("            --by NAME --because WHY")
    else:
        console.out("        ticketferry plan           where mapping or old desk was changed")


def _print_skipped(console: Console, given_up: "list[SkippedRecord]") -> None:
    """Name what people gave up: it is never silently gone."""
    if not given_up:
        return
    console.out(f"{counted(len(given_up), 'record')} skipped by a person after they had failed")
    for one in given_up[:EXAMPLES]:
        console.text(
            f"{one.ref}  [{one.code}] {one.message}; {one.by}, {when(one.at)}: {one.because}",
            " " * 8,
            " " * 10,
        )
    if len(given_up) > EXAMPLES:
        console.out(f"        and {number(len(given_up) - EXAMPLES)} more: --json")
    console.out()
