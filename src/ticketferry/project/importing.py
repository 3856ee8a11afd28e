"""A plan that waits for a person to import its files: where they are, what that person does, and in which words the run says so."""

from pathlib import Path
from typing import cast

from ticketferry.apply.applier import ApplyResult
from ticketferry.apply.import_files import Waiting
from ticketferry.errors import WaitingError
from ticketferry.project.project import Project
from ticketferry.schema.counting import counted
from ticketferry.sdk.contract import FileTarget, Target

__all__ = ["AWAITING", "imports_of", "steps_of", "waiting_for_import"]

AWAITING = "awaiting_import"
"""State of a plan whose files a person has to import."""


def imports_of(project: Project, plan: str) -> Path:
    """Return the folder of a plan's files for the vendor's importer."""
    return project.root / "imports" / plan


def steps_of(target: Target, figures: ApplyResult) -> list[str]:
    """Say what a person does with the files that wait; one of which a part is there must not be imported again."""
    whole = [item.file for item in figures.waiting if not item.partial]
    return list(cast("FileTarget", target).import_steps(whole)) if whole else []


def waiting_for_import(
    project: Project, plan: str, figures: ApplyResult, *, imported: bool = False
) -> WaitingError:
    """Return the error of an apply that cannot go on before a person has imported files. `imported`: a person said that all were."""
    rows = [f"{item.file}  {counted(item.records, 'ticket')}, {_found(item)}" for item in figures.waiting]
    steps = list(figures.steps)
    if any(item.partial for item in figures.waiting):
        steps.append(
            "Of a file that is there in part, wait until the importer has finished; if tickets are still missing then,"
            f" `ticketferry apply {plan} --imported` writes them into a new file. Do not import the old one again."
        )
    if imported and (absent := [item.file for item in figures.waiting if not item.partial]):
        steps.append(
            f"Nothing of {', '.join(absent)} is in the new desk, though --imported says that the importer is through: look at its report."
            " No new file is needed, and this one can be given to it."
        )
    steps.append(f"Then run `ticketferry apply {plan}` again: it finds what was imported and goes on.")
    count = len(rows)
    return WaitingError(
        f"{plan} waits for {count} file{'s' if count != 1 else ''} to be imported:\n    "
        + "\n    ".join(rows),
        where=str(imports_of(project, plan).relative_to(project.root)),
        remedy="\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)),
    )


def _found(item: Waiting) -> str:
    if not item.partial:
        return "none of them there"
    missing = item.records - item.found
    more = f" and {missing - len(item.missing):,} more" if missing > len(item.missing) else ""
    return f"{item.found:,} there, missing: {', '.join(item.missing)}{more}"
