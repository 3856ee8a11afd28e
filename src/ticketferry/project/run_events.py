"""What hooks are told of runs and phases, in words that name no ticket and no person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketferry.errors import UsageError, WaitingError, WindowOverError
from ticketferry.project.windows import OpenSpan
from ticketferry.schema.counting import counted
from ticketferry.store.phase_log import PhaseEntry

__all__ = ["ApplyEvents", "Telling", "tell_broken", "tell_ended", "tell_phases"]

_WHOLE = ("extract", "plan", "verify")
"""Commands whose end is told as they end; an apply tells by itself what it did."""
_QUIET = ("check", "preflight", "watch", "probe", "settle")
"""Commands that somebody at the screen waits for."""
_PHASES = {
    "planned": "has a plan", "approved": "is approved", "applied": "is written", "verified": "was read back and is as planned",
    "cut-over": "is cut over: people work in the new desk", "done": "is done", "degraded": "has records that failed, differ or are missing",
    "rolled-back": "was taken back",
}  # fmt: skip


class Telling(Protocol):
    """Who tells the hooks: a project."""

    def tell(self, event: str, key: str, words: str, *, since: str = "", **facts: str | int) -> None:
        """Tell that something happened, once for its key."""
        ...


def _named(command: str, plan: str) -> str:
    return f"{command} {plan}".strip()


def tell_broken(teller: Telling, error: BaseException, *, run: str, command: str, plan: str) -> None:
    """Tell that a run did not come to its end. What the error says stays here: a desk's words may name people."""
    if command in _QUIET or isinstance(error, UsageError | GeneratorExit):
        return
    name = _named(command, plan)
    facts = {"run": run, "command": command, "plan": plan, "state": type(error).__name__}
    if isinstance(error, WindowOverError):
        return  # the apply knows which window it was
    if isinstance(error, WaitingError):
        teller.tell(
            "waiting",
            f"{run}:waiting",
            f"{name} waits for a person; `ticketferry status` says for what",
            **facts,
        )
        return
    why = "it was interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__
    teller.tell(
        "stopped",
        f"{run}:stopped",
        f"{name} did not come to its end ({why}); the same command goes on",
        **facts,
    )


def tell_ended(teller: Telling, *, run: str, command: str, plan: str) -> None:
    """Tell that a run came to its end."""
    if command in _WHOLE:
        facts = {"run": run, "command": command, "plan": plan}
        teller.tell("ended", f"{run}:ended", f"{_named(command, plan)} ended", **facts)


@dataclass
class ApplyEvents:
    """Tells what happens to one run of an apply."""

    teller: Telling
    run: str
    plan: str
    phase: str
    _pauses: int = 0

    def began(self, window: OpenSpan | None) -> None:
        """Tell that it begins to write, and that a window begins where it is the first to write in it."""
        if window is not None:
            begin = window.begin.isoformat()
            self._tell(
                "window_begins", f"window_begins:{begin}", f"a window begins: apply {self.plan} writes in it"
            )
        self._tell("began", f"{self.run}:began", f"apply {self.plan} writes")

    def window_over(self, until: datetime) -> None:
        """Tell that it stopped because its time was over."""
        words = f"apply {self.plan} stopped: its time is over; the same command goes on"
        self._tell("window_ends", f"window_ends:{self.plan}:{until.isoformat()}", words)

    def paused(self, paused: bool) -> None:
        """Tell that the desk takes no writes, or does again."""
        if paused:
            self._pauses += 1
            words = f"apply {self.plan} waits: the desk takes no writes; it is asked until it does"
        else:
            words = f"apply {self.plan} goes on: the desk takes writes again"
        event = "paused" if paused else "resumed"
        self._tell(event, f"{self.run}:{event}:{self._pauses}", words)

    def went_through(self, failed: int, files: int) -> None:
        """Tell how it ended: with so many records that failed, and so many files that a person imports."""
        if failed:
            words = f"apply {self.plan} went through, {counted(failed, 'write')} failed: `ticketferry errors {self.plan}`"
            self._tell("failed", f"{self.run}:failed", words, failed=failed)
        if files:
            words = f"apply {self.plan} waits for a person to import {counted(files, 'file')}"
            self._tell("waiting", f"{self.run}:files", words)
        if not failed and not files:
            self._tell("ended", f"{self.run}:ended", f"apply {self.plan} ended")

    def _tell(self, event: str, key: str, words: str, failed: int = 0) -> None:
        self.teller.tell(
            event, key, words, run=self.run, command="apply", plan=self.plan, phase=self.phase, failed=failed
        )


def tell_phases(teller: Telling, entries: list[PhaseEntry]) -> None:
    """Tell the states that phases came into; each once, by any command that sees it first."""
    for entry in entries:
        words = _PHASES.get(entry.state)
        if words is not None:
            event = f"phase_{entry.state.replace('-', '_')}"
            teller.tell(
                event, f"{event}:{entry.phase}:{entry.at}", f"phase {entry.phase} {words}", since=entry.at,
                phase=entry.phase, plan=entry.plan, state=entry.state,
            )  # fmt: skip
