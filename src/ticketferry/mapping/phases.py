"""Which phase a ticket belongs to: the first whose `where` takes it; and what a phase says for itself. Needs no target and no decision on people."""

from dataclasses import replace
from datetime import datetime

from ticketferry.mapping.condition_values import NameSource, Subject
from ticketferry.mapping.conditions import Check, compile_condition
from ticketferry.mapping.loader import MappingFile
from ticketferry.schema.records import Record

__all__ = ["Phases", "mappings_of_phases"]


class Phases:
    """The phases of a mapping, compiled. `now` is the time that relative dates count from: the snapshot's."""

    def __init__(self, mapping: MappingFile, lookups: NameSource, now: datetime) -> None:
        self._lookups = lookups
        self._checks: list[tuple[Check, str]] = [
            (
                compile_condition(phase.where, now, lambda _path, _message: None, ("phases", index, "where")),
                phase.name,
            )
            for index, phase in enumerate(mapping.rules.phases)
        ]

    def of(self, case: Record) -> str | None:
        """Return the phase of a ticket that was folded; None where no phase takes it."""
        subject = Subject(case, self._lookups)
        return next((name for check, name in self._checks if check(subject)), None)


def mappings_of_phases(mapping: MappingFile) -> dict[str, MappingFile]:
    """Return the mapping as it stands for each phase that says something else about history; its words stand where the phase says them."""
    rules = mapping.rules
    plain = [phase.model_copy(update={"history": None}) for phase in rules.phases]
    found: dict[str, MappingFile] = {}
    for index, phase in enumerate(rules.phases):
        if phase.history is None:
            continue
        because = phase.history.because or rules.history.because
        history = rules.history.model_copy(update={"changes": phase.history.changes, "because": because})
        places = dict(mapping.document.places)
        place = places.get(("phases", index, "history", "changes"))
        if place is not None:
            places["history", "changes"] = place
        found[phase.name] = replace(
            mapping,
            rules=rules.model_copy(update={"history": history, "phases": plain}),
            document=replace(mapping.document, places=places),
        )
    return found
