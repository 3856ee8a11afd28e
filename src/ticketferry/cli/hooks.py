"""`ticketferry hooks`: what is told of events, and a try of it."""

import click

from ticketferry.cli.app import App, examples, json_option, pass_app
from ticketferry.cli.layout import counted
from ticketferry.errors import Exit

__all__ = ["hooks"]


@click.command(epilog=examples("ticketferry hooks", "ticketferry hooks --try failed"))
@click.option("--try", "tried", metavar="EVENT", help="Tell the hooks of an event, as if it had happened.")
@json_option
@pass_app
def hooks(app: App, tried: str | None) -> Exit:
    """The hooks of `on_event` in migration.yaml, and what each is told of. With --try they are called, and nothing else happens.

    Exit code 1 where a hook that was tried went wrong.
    """
    from ticketferry.project.event_hooks import EVENTS
    from ticketferry.project.hooks import try_hooks

    console = app.console
    with app.project() as project:
        all_ = project.config.hooks
        results = try_hooks(project, tried) if tried is not None else []
    bad = [one for one in results if one.fault]
    if console.json:
        console.result(
            {
                "events": EVENTS,
                "hooks": [
                    {"where": hook.place, "on": sorted(hook.on), "calls": hook.words, "timeout": hook.timeout}
                    for hook in all_
                ],
                "tried": [{"where": one.hook.place, "fault": one.fault} for one in results],
            }
        )
    elif tried is not None:
        for one in results:
            console.text(f"{one.hook.place}: {one.hook.words}: {one.fault or 'told'}", "", "  ")
    else:
        for hook in all_:
            console.text(f"{hook.place}: {', '.join(sorted(hook.on)) or 'every event'}", "", "  ")
            console.text(f"{hook.words}  at most {hook.timeout:.0f} s", "  ")
        if not all_:
            console.text("migration.yaml has no hooks: `on_event` says what is told of which event.")
        console.out("", f"{counted(len(EVENTS), 'event')} there are")
        width = max(map(len, EVENTS))
        for name, words in EVENTS.items():
            console.text(words, f"  {name:<{width}}  ", " " * (width + 4))
        if all_:
            console.out("", "Next    ticketferry hooks --try failed")
    return Exit.ERROR if bad else Exit.OK
