"""What `windows:` does to an apply: outside of them it is refused, within one it begins no write in the last minute."""

from datetime import datetime

from ticketferry.errors import WaitingError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.project import Project
from ticketferry.project.windows import MARGIN

__all__ = ["close_at"]


def close_at(project: Project, plan: PlanFile, until: datetime | None = None) -> datetime | None:
    """Return when an apply of a plan begins no write any more: at `until`, or a minute before the window ends; None for never.

    Raises WaitingError outside of the windows, naming the next. What takes a plan back is bound by none: it is wanted when something
    has gone wrong, and that keeps to no hours.
    """
    windows = project.config.windows
    if windows is None or plan.header["kind"] != "apply":
        return until
    now = project.now()
    here = windows.current(now)
    if here is not None and here.end - MARGIN > now:
        end = here.end - MARGIN
        return end if until is None else min(until, end)
    upcoming = next((span for span in windows.from_now(now) if span.begin > now), None)
    when = (
        f"the next one is open {windows.shown(upcoming.begin)} - {windows.shown(upcoming.end)}"
        if upcoming
        else "none is open within a year"
    )
    raise WaitingError(
        f"no window is open ({windows.shown(now)} there), and migration.yaml lets writes happen in one alone: {when}",
        where=project.config.document.at(("windows",)),
        remedy=f"Nothing was written. Run it then: ticketferry apply {plan.id}. A rollback is bound by no window.",
    )
