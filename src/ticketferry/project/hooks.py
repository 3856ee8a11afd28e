"""What migration.yaml tells of events, and one event told for a try: nothing of it counts as having happened."""

from typing import NamedTuple

from ticketferry.errors import UsageError
from ticketferry.project.event_hooks import EVENTS, EventHook
from ticketferry.project.hook_calls import call_hook
from ticketferry.project.project import Project

__all__ = ["HookTry", "try_hooks"]


class HookTry(NamedTuple):
    """A hook that was called for a try. `fault`: what went wrong, empty where nothing did."""

    hook: EventHook
    fault: str


def try_hooks(project: Project, event: str) -> list[HookTry]:
    """Call every hook that wants an event, one after the other, with words that say that it is a try.

    Raises UsageError for an event that there is not, and where no hook wants it.
    """
    if event not in EVENTS:
        raise UsageError(f"there is no event {event!r}", remedy=f"There are {', '.join(EVENTS)}.")
    wanting = [hook for hook in project.config.hooks if hook.wants(event)]
    if not wanting:
        raise UsageError(
            f"no hook wants to be told of {event}",
            remedy="`ticketferry hooks` lists those of migration.yaml.",
        )
    facts = project.event_facts(event, "try", f"a try of the hooks for {event}; nothing happened")
    return [HookTry(hook, call_hook(hook, facts, project.home)) for hook in wanting]
