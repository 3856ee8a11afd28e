"""The name of a phase that somebody typed, held against those of the mapping."""

from collections.abc import Collection

from ticketferry.errors import UsageError
from ticketferry.mapping.near import near
from ticketferry.project.project import Project

__all__ = ["refuse_phase", "refuse_phase_of"]


def refuse_phase(project: Project, phase: str) -> None:
    """Raise UsageError for a phase that the project's mapping has not, with the one that was meant where one is near."""
    refuse_phase_of(phase, [rule.name for rule in project.mapping().rules.phases])


def refuse_phase_of(phase: str, known: Collection[str]) -> None:
    """Raise UsageError for a phase that is not among `known`, with the one that was meant where one is near."""
    if phase in known:
        return
    meant = near(phase, known)
    hint = f"; did you mean {meant}?" if meant else ""
    raise UsageError(
        f"the mapping has no phase {phase!r}{hint}", remedy=f"Its phases: {', '.join(known) or 'none'}."
    )
