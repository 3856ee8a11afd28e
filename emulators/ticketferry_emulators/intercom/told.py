"""A stand-in of a workspace that somebody has read: `rebuilt`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ticketferry_emulators.intercom.app import IntercomEmulator
from ticketferry_emulators.intercom.models.records import Party
from ticketferry_emulators.intercom.models.threads import add_part
from ticketferry_emulators.intercom.seed.told_files import ToldFiles
from ticketferry_emulators.intercom.seed.told_workspace import workspace_of
from ticketferry_emulators.kit.clock import EmulatorClock
from ticketferry_emulators.kit.told import Assumed, ToldDesk

__all__ = ["rebuilt", "work_on"]

_LOUD = {
    "INTERCOM-GUARD-WORKFLOWS": ("welcome_workflow", "a workflow greets whoever begins a conversation"),
    "INTERCOM-GUARD-MAIL": ("teammate_notifications", "teammates are mailed of what contacts write"),
    "INTERCOM-GUARD-CAMPAIGNS": ("created_campaign", "a campaign mails new contacts"),
    "INTERCOM-GUARD-SURVEYS": ("closing_survey", "closing asks the contact for a rating"),
}
_PER_MINUTE = 10_000


class ToldWorkspace(IntercomEmulator):
    """A workspace that was told. Tags that a plan made stay in it, as the plan says beforehand: other cases may bear them since."""

    residue_sections: ClassVar[tuple[str, ...]] = (*IntercomEmulator.residue_sections, "tags")


def rebuilt(told: ToldDesk, clock: EmulatorClock, assumed: Assumed) -> tuple[ToldWorkspace, dict[str, Any]]:
    """Return the stand-in, not served yet, and the connector's options that reach it, but for its address.

    Fact `quiet`: codes of guards that were found to hold; what the others are about runs. Raises ValueError for a workspace without a
    teammate, since nobody could sign in.
    """
    files = ToldFiles(told)
    data = workspace_of(told, files, assumed)
    if not any(admin.active for admin in data.admins):
        raise ValueError("the workspace has no teammate")
    stand_in = ToldWorkspace(clock, data=data, per_minute=_PER_MINUTE, quiet="quiet" not in told.facts)
    stand_in.state.files.blobs = files.bytes
    assumed.note(f"how much an app may ask is taken to be {_PER_MINUTE:,} requests a minute")
    if "quiet" in told.facts:
        for code, (name, words) in _LOUD.items():
            loud = code not in told.facts["quiet"]
            setattr(stand_in.state.automation, name, loud)
            if loud:
                assumed.note(f"nobody has said yet that this is switched off: {words}")
    else:
        assumed.note("workflows, campaigns and surveys of the old desk are not played: it is only read")
    for root in told.roots("ticket"):
        own = root.own("ticket")
        if own is not None and own.gone and not root.id.startswith("t"):
            stand_in.state.deleted[root.id] = stand_in.state.now()
    return stand_in, {"token": stand_in.state.token}


def work_on(stand_in: IntercomEmulator, tickets: Iterable[str], most: int) -> int:
    """Let a teammate answer in the first `most` conversations and tickets, by their ids; return in how many."""
    state, count = stand_in.state, 0
    admin = next(row for row in state.admins.values() if row.active)
    author = Party("admin", str(admin.id), admin.name, admin.email)
    with state.lock:
        for id_ in tickets:
            if count == most:
                break
            thread = state.tickets.get(id_[1:]) if id_.startswith("t") else state.conversations.get(id_)
            if thread is not None:
                add_part(state, thread, "comment", author, "<p>We have news for you.</p>")
                count += 1
    return count
