"""`ticketferry preflight`: what must hold so that nobody is notified."""

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import when
from ticketferry.errors import Exit, UsageError

__all__ = ["preflight"]


class _PlanFirst(click.Group):
    """Takes `preflight PLAN` beside `preflight confirm …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read a first word that is no sub-command as a plan's name."""
        words = [position for position, word in enumerate(args) if not word.startswith("-")]
        if words and args[words[0]] not in self.commands and "--plan" not in args:
            args.insert(words[0], "--plan")
        return super().parse_args(ctx, args)


@click.group(
    cls=_PlanFirst,
    invoke_without_command=True,
    subcommand_metavar="[PLAN | confirm CODE --by NAME]",
    epilog=examples(
        "ticketferry preflight",
        "ticketferry preflight p-07",
        'ticketferry preflight confirm JSM-GUARD-CUSTOMERS --by "M. Ito"',
    ),
)
@click.option("--plan", "plan_id", hidden=True)
@json_option
@click.pass_context
def preflight(context: click.Context, plan_id: str | None) -> Exit | None:
    """Prove, by reading, that the writes of the new desk notify nobody; what no API shows a person confirms.

    With a PLAN: only what the writes of that plan need.
    Without one it also lists what somebody has to make in the new desk before a plan can be made, with the page where that is done.
    Exit code 3 where something is not proved or made.
    """
    if context.invoked_subcommand is not None:
        return None
    from ticketferry.project import stages
    from ticketferry.project.mapping_files import left_by_hand
    from ticketferry.project.viewing import open_plan

    app = context.ensure_object(App)
    console = app.console
    with app.project() as project:
        states = stages.preflight(project, open_plan(project, plan_id) if plan_id else None)
        # A plan is made only once its names are there.
        lacking = [] if plan_id else left_by_hand(project)
    open_ = [state for state in states if not state.proved]
    if console.json:
        console.result(
            {
                "proved": not open_,
                "by_hand": lacking,
                "guards": [
                    {
                        "code": state.guard.code,
                        "title": state.guard.title,
                        "proof": state.guard.proof,
                        "proved": state.proved,
                        "evidence": state.evidence,
                        "remedy": state.guard.remedy,
                        "endpoints": state.endpoints,
                    }
                    for state in states
                ],
            }
        )
    if lacking:
        console.out("To make in the new desk, or to name otherwise in the mapping, before a plan can be made")
        for item in lacking:
            console.text(f"{item.where}: {item.message}  [{item.code}]", "  ", "    ")
            console.text(item.remedy, "    ")
        console.out()
    if not states:
        console.out("No write of the new desk could notify anybody.")
    for state in states:
        console.text(
            f"{state.guard.title}  {state.guard.code}", "ok    " if state.proved else "OPEN  ", "      "
        )
        console.text(state.evidence, "      ")
        if not state.proved:
            console.text(state.guard.remedy, "      ")
            console.text(
                f"needed by {', '.join(state.endpoints) or 'the last step of the migration'}", "      "
            )
            if state.guard.proof == "person":
                console.text(f"then: ticketferry preflight confirm {state.guard.code} --by NAME", "      ")
    if open_:
        waits = "`apply` waits for them" if plan_id else "plans that need them wait for them"
        console.out("", f"{len(open_)} of {len(states)} are open; {waits}.")
    elif states:
        console.out("", f"All {len(states)} hold.")
    return Exit.WAITING if open_ or lacking else Exit.OK


@preflight.command(
    short_help="Keep that a person has looked (7 days).",
    epilog=examples('ticketferry preflight confirm JSM-GUARD-CUSTOMERS --by "M. Ito"'),
)
@click.argument("code", metavar="CODE")
@click.option("--by", required=True, metavar="NAME", help="Who looked.")
@json_option
@pass_app
def confirm(app: App, code: str, by: str) -> None:
    """Keep that a person has looked and that it holds; valid for 7 days, kept with the name."""
    if not by.strip():
        raise UsageError("--by needs a name", remedy="Say who looked: --by NAME.")
    from ticketferry.project.archive import ARCHIVE, archive_state, confirm_archive

    with app.project() as project:
        archive = archive_state(project)
        guards = {guard.code: guard for guard in project.config.target.connector.guards}
        if archive is not None:
            guards[ARCHIVE.code] = ARCHIVE
        guard = guards.get(code.upper())
        if guard is None:
            raise UsageError(
                f"there is no guard {code}",
                remedy=f"What is confirmed: {', '.join(sorted(guards)) or 'none'}.",
            )
        if guard.proof != "person":
            raise UsageError(
                f"{guard.code} is proved by reading, not by a person",
                remedy="Mend it in the desk, then run `ticketferry preflight`.",
            )
        if guard is ARCHIVE:
            until = confirm_archive(project, by.strip())
        else:
            until = project.workspace.confirm(guard.code, by.strip())
    if app.console.json:
        app.console.result({"code": guard.code, "by": by.strip(), "until": until})
    app.console.text(f"{guard.title}: confirmed by {by.strip()}, holds until {when(until)}")
