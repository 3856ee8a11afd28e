"""Which tickets a mapping leaves behind: those that left the life cycle, and those that `clean` lets stay."""

from ticketferry.mapping.cleaning import ARCHIVED, Cleaning
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.work import Setup
from ticketferry.schema.lifecycle import Stage

__all__ = ["left_behind"]


def left_behind(setup: Setup, cleaning: Cleaning, subject: Subject) -> tuple[str, str] | None:
    """Return by which rule a ticket stays behind, and why; None where it goes."""
    case, exits = subject.record, setup.rules.exits
    stage = case.get("stage")
    if stage in (Stage.DELETED, Stage.SPAM, Stage.SUSPENDED):
        return _left(setup, str(stage), getattr(exits, str(stage)))
    if (stage == Stage.MERGED or case.get("merged_into")) and exits.merged.do is not None:
        return _left(setup, "merged", exits.merged.do)
    return cleaning.stays(subject)


def _left(setup: Setup, exit_: str, do: str) -> tuple[str, str]:
    by = setup.by(f"exits.{exit_}", "exits", exit_)
    return by, f"{ARCHIVED}archive: exits.{exit_}" if do == "archive" else f"exits.{exit_}: skip"
