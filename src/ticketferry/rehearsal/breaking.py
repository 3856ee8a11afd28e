"""Seeded faults for a rehearsal: requests that are lost before or after they were worked on, errors, limits, slow and broken answers."""

import random
from collections.abc import Mapping

from ticketferry_emulators.kit.app import Emulator
from ticketferry_emulators.kit.faults import Fault, FaultKind

__all__ = ["arm"]

_KINDS: tuple[FaultKind, ...] = (
    "drop_before", "drop_after", "status_before", "status_after", "rate_limited", "slow", "truncate_body",
)  # fmt: skip
_FAULTS = 400
_APART = (7, 60)
"""How many requests lie between one fault and the next."""


def arm(stand_ins: Mapping[str, Emulator], seed: int) -> None:
    """Arm faults of all kinds at the target, by a seed: the same seed, the same faults at the same requests."""
    dice = random.Random(seed)  # noqa: S311 -- no secret: a seed that a person names
    nth = 0
    for _ in range(_FAULTS):
        nth += dice.randint(*_APART)
        kind = dice.choice(_KINDS)
        status = dice.choice((500, 502, 503)) if kind.startswith("status") else 503
        seconds = 30.0 if kind == "slow" else 0.0
        stand_ins["target"].faults.add(Fault(kind, nth=nth, status=status, seconds=seconds))
