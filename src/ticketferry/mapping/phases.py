"""Which phase a ticket belongs to: the first whose `where` takes it. Needs no target and no decision on people."""

from datetime import datetime

from ticketferry.mapping.condition_values import NameSource, Subject
from ticketferry.mapping.conditions import Check, compile_condition
from ticketferry.mapping.loader import MappingFile
from ticketferry.schema.records import Record

__all__ = ["Phases"]


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
