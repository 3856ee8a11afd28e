"""A second workspace to migrate to: the sample's set-up under other ids, its teammates, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence

from ticketferry_emulators.intercom.models.records import DataAttribute
from ticketferry_emulators.intercom.models.state import SampleWorkspace
from ticketferry_emulators.intercom.seed import set_up

__all__ = ["empty_desk"]

_SHIFT = 50_000


def empty_desk(conversation_attributes: Sequence[str] = ("ticketferry_origin",)) -> SampleWorkspace:
    """Return a workspace with the sample's teammates, teams, tags, attributes and ticket types, in the EU and in UTC.

    No id is the sample's, so a migration has to match by name and address. `conversation_attributes` are what somebody has made
    by hand before a migration, for which the API has no call.
    """
    found = SampleWorkspace(
        code="globex99", name="Globex", region="EU", zone="Etc/UTC", first=1, admins=set_up.admins(), teams=set_up.teams(),
        tags=set_up.tags(), attributes=set_up.attributes(), ticket_states=set_up.ticket_states(),
        ticket_types=set_up.ticket_types(),
    )  # fmt: skip
    for admin in found.admins:
        admin.id += _SHIFT
    for team in found.teams:
        team.id += _SHIFT
        team.admin_ids = [number + _SHIFT for number in team.admin_ids]
    for tag in found.tags:
        tag.id = _moved(tag.id)
    for state in found.ticket_states:
        state.id = _moved(state.id)
    for kind in found.ticket_types:
        kind.id = _moved(kind.id)
        kind.states = [_moved(identifier) for identifier in kind.states]
        for attribute in kind.attributes:
            attribute.id = _moved(attribute.id)
            attribute.items = {f"o-{key}": label for key, label in attribute.items.items()}
    for row in found.attributes:
        row.id = None if row.id is None else row.id + _SHIFT
    found.attributes += [
        DataAttribute(12_900 + _SHIFT + place, "conversation", name, "string", name)
        for place, name in enumerate(conversation_attributes)
    ]
    return found


def _moved(identifier: str) -> str:
    return str(int(identifier) + _SHIFT)
