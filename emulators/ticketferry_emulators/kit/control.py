"""The routes of a stand-alone emulator beside the product's own: its state, ledger, clock and faults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from ticketferry_emulators.kit.clock import EmulatorClock
from ticketferry_emulators.kit.faults import Fault, Faults
from ticketferry_emulators.kit.ledger import Entry, Ledger
from ticketferry_emulators.kit.messages import Answer, Call

__all__ = ["Controlled", "control_answer"]


class Controlled(Protocol):
    """What the routes show and change of a stand-in."""

    ledger: Ledger
    faults: Faults

    @property
    def unserved(self) -> Sequence[Entry]:
        """What no route serves."""
        ...

    @property
    def clock(self) -> EmulatorClock:
        """Its clock."""
        ...

    def dump(self) -> dict[str, Any]:
        """Return the whole state."""
        ...


def control_answer(emulator: Controlled, call: Call) -> Answer:
    """Answer the routes under `/_emulator/`: state, ledger, clock, faults."""
    what = (call.method, call.path.removeprefix("/_emulator/"))
    if what == ("GET", "state"):
        return Answer(200, _plain(emulator.dump()))
    if what == ("GET", "ledger"):
        return Answer(200, {"entries": [_plain(entry.as_dict()) for entry in emulator.ledger]})
    if what == ("GET", "unserved"):
        return Answer(200, {"entries": [_plain(entry.as_dict()) for entry in emulator.unserved]})
    if what == ("GET", "clock"):
        return Answer(200, {"time": emulator.clock.time(), "now": emulator.clock.now().isoformat()})
    try:
        data = call.json
        if what == ("POST", "clock"):
            emulator.clock.advance(float(data["advance"]))
            return Answer(200, {"time": emulator.clock.time(), "now": emulator.clock.now().isoformat()})
        if what == ("POST", "faults"):
            emulator.faults.add(*(Fault(**fault) for fault in data["faults"]))
            return Answer(204)
        if what == ("DELETE", "faults"):
            emulator.faults.clear()
            return Answer(204)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        return Answer(400, {"error": f"{type(error).__name__}: {error}"})
    return Answer(404, {"error": f"no control route {call.method} {call.path}"})


def _plain(value: Any) -> Any:
    """Make sure that dumps with sets, tuples or large numbers can be sent."""
    return json.loads(json.dumps(value, default=str))
