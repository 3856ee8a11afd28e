"""Those who were forgotten in a folder, as an extract holds them back."""

from ticketferry.extract.holding_back import HeldBack
from ticketferry.project.project import Project
from ticketferry.schema.forgotten import Forgotten
from ticketferry.store.forgotten_list import ForgottenList

__all__ = ["hand_on", "held_back_of", "note_met"]


def held_back_of(project: Project) -> HeldBack | None:
    """Return what an extract holds back; None where nobody was forgotten."""
    kept = ForgottenList(project.workspace)
    forgotten = kept.at_work()
    if not forgotten:
        return None
    erased = [entry for entry in kept.entries() if entry.texts == "erase"]
    digests = {digest: kind for entry in erased for digest, kind in entry.digests.items()}
    return HeldBack(forgotten, kept.with_keys(digests) if digests else Forgotten(b"", {}))


def hand_on(project: Project, other: Project) -> None:
    """Let another folder of the same desks hold back whom this one does."""
    ForgottenList(other.workspace).take(ForgottenList(project.workspace))


def note_met(project: Project, held_back: HeldBack | None) -> None:
    """Put on the list what an extract met of them."""
    if held_back is not None:
        ForgottenList(project.workspace).add(held_back.met)
