"""`ticketferry preflight`: what is looked at before a plan is applied."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import when
from ticketferry.cli.preflight_screen import preflight_json, print_preflight
from ticketferry.errors import Exit, UsageError

if TYPE_CHECKING:
    from ticketferry.project.preflight import Reader

__all__ = ["preflight"]


class _PlanFirst(click.Group):
    """Takes `preflight PLAN` beside `preflight confirm …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read a first word that is no sub-command, and no value of an option, as a plan's name."""
        valued = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in parameter.opts
        }
        words = [
            position
            for position, word in enumerate(args)
            if not word.startswith("-") and (position == 0 or args[position - 1] not in valued)
        ]
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
        "ticketferry preflight --dns",
        'ticketferry preflight confirm JSM-GUARD-CUSTOMERS --by "M. Ito"',
    ),
)
@click.option("--plan", "plan_id", hidden=True)
@click.option("--dns", is_flag=True, help="Ask DNS for the mail records of the support addresses too.")
@click.option(
    "--nameserver",
    metavar="ADDRESS",
    default="",
    help="Ask this name server (ADDRESS or ADDRESS:PORT), not the machine's own; with --dns.",
)
@json_option
@click.pass_context
def preflight(context: click.Context, plan_id: str | None, dns: bool, nameserver: str) -> Exit | None:
    """Look at all that an apply depends on: that nobody would be notified, rights, names, seats, limits, rules, SLA, access, credentials.

    With a PLAN its planned writes are held against the rules of the new desk: which would react, and how often.
    Without one it also lists what somebody has to make in the new desk before a plan can be made, with the page where that is done.
    What no API shows a person confirms. Reads only. Exit code 3 where something is not proved, failed, or has to be made.
    """
    if context.invoked_subcommand is not None:
        return None
    from ticketferry.project.preflight import look
    from ticketferry.project.viewing import open_plan

    if nameserver and not dns:
        raise UsageError("--nameserver says whom to ask with --dns", remedy="Add --dns.")
    app = context.ensure_object(App)
    console = app.console
    with app.project() as project:
        found = look(project, open_plan(project, plan_id) if plan_id else None, beside=_dns(dns, nameserver))
    if console.json:
        console.result(preflight_json(found))
    print_preflight(console, found)
    return Exit.OK if found.good else Exit.WAITING


def _dns(asked: bool, nameserver: str) -> "Reader | None":
    if not asked:
        return None
    from ticketferry.project.mail_records import mail_items

    return mail_items(nameserver)


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
    from ticketferry.project.environment_workspace import refuse_untyped

    with app.project() as project:
        refuse_untyped(project.config, typed=project.typed, command=f"preflight confirm {code}")
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
