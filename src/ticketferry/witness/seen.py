"""What the witness sees of one side of a ticket, and a difference that it found between both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ticketferry.sdk.witness import Facts, Names, Wire, Witness, WitnessFile, WitnessText

__all__ = ["Bytes", "Difference", "Seen", "look"]

Bytes = Callable[[WitnessFile], str | None]
"""SHA-256 of a file's bytes; None where they cannot be had."""


class Difference(NamedTuple):
    """What the witness saw. `what`: `leak`, `text`, `author`, `file`, `requester`, `created`, `solved`, `number`, `dropped`, `subject`, `twice`.

    `rule`: the rule of the mapping that explains it; "" makes it an error.
    """

    what: str
    where: str
    message: str
    rule: str = ""


@dataclass(slots=True)
class Seen:
    """One side of a ticket as its connector's witness told it."""

    texts: Sequence[WitnessText]
    files: Sequence[WitnessFile]
    facts: Facts
    wires: Sequence[Wire] = field(repr=False)


def look(witness: Witness, wires: Sequence[Wire], names: Names) -> Seen:
    """Let a connector's witness read a ticket."""
    return Seen(witness.texts(wires), witness.files(wires), witness.facts(wires, names), wires)
