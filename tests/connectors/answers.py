"""Puts other answers in the place of an emulator's own: what an unwell desk, a gateway or a broken proxy says."""

from typing import Any

import pytest

from ticketferry_emulators.kit.messages import Answer

__all__ = ["answering"]


def answering(monkeypatch: pytest.MonkeyPatch, emulator: Any, base: str = "") -> dict[str, list[Any]]:
    """Return a dictionary to fill: path (behind `base`) -> answers, one for each time it is asked for; the last one goes on for ever.

    An answer is an Answer, a status, a function of the call and of what gives its true answer, or None for the truth.
    """
    planned: dict[str, list[Any]] = {}
    real = type(emulator)._handled

    def handled(self: Any, route: Any, call: Any, entry: Any) -> Answer:
        waiting = planned.get(call.path.removeprefix(base))
        answer = None
        if waiting:
            answer = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        if answer is None:
            return real(self, route, call, entry)
        if callable(answer):
            return answer(call, lambda: real(self, route, call, entry))
        return (
            answer if isinstance(answer, Answer) else Answer(answer, {"error": "no", "errorMessages": ["no"]})
        )

    monkeypatch.setattr(type(emulator), "_handled", handled)
    return planned
