"""How old a plan is, and what it saw of the new desk: told always, and above a day asked for."""

from dataclasses import dataclass
from datetime import datetime

from ticketferry.errors import WaitingError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.project import Project

__all__ = ["OLD_SECONDS", "Ages", "ages_of", "refuse_old"]

OLD_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Ages:
    """Seconds since a plan was made, or last worked on where it is begun, and since the new desk was read for it."""

    plan: float
    target: float
    begun: bool = False

    @property
    def old(self) -> bool:
        """Tell whether a person should say that it may be written all the same."""
        return self.plan > OLD_SECONDS or (self.target > OLD_SECONDS and not self.begun)


def ages_of(project: Project, plan: PlanFile) -> Ages:
    """Return the ages of a plan of this folder."""
    now = project.now()
    row = next(item for item in project.plan_rows() if item["id"] == plan.id)
    made = datetime.fromisoformat(row["made"])
    worked = project.journal(plan.id, "").latest()
    inputs, snapshots = plan.header["inputs"], project.snapshots("target")
    latest = snapshots.latest()
    same = latest is not None and latest.digest == inputs["target"]
    read = (latest if latest is not None and same else snapshots.info(int(inputs["target_snapshot"]))).began
    return Ages(
        (now - max(made, worked or made)).total_seconds(), (now - read).total_seconds(), worked is not None
    )


def refuse_old(project: Project, plan: PlanFile) -> None:
    """Raise WaitingError where a plan, or what it saw of the new desk, is older than a day."""
    ages = ages_of(project, plan)
    if not ages.old:
        return
    what = (
        f"it was last worked on {_age(ages.plan)} ago"
        if ages.begun
        else f"it was made {_age(ages.plan)} ago, and the new desk was read {_age(ages.target)} ago"
    )
    raise WaitingError(
        f"{plan.id} is old: {what}",
        where=plan.id,
        remedy="Make a new plan: `ticketferry plan`. Or say --allow-old: the desk may have moved on.",
    )


def _age(seconds: float) -> str:
    hours = round(seconds / 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours < 48 else f"{round(hours / 24)} days"
