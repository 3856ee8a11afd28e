"""How what `--watch` saw is told."""

from typing import TYPE_CHECKING, Any

from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, fit

if TYPE_CHECKING:
    from ticketferry.project.watching import Watched

__all__ = ["print_watched", "watched_json"]

_SHOWN = 10


def watched_json(watched: "Watched") -> dict[str, Any]:
    """Return what was seen as plain data."""
    return {
        "looks": watched.looks, "seconds": watched.seconds, "records": watched.records, "half_written": watched.half, "quiet": watched.quiet,
        "changes": [
            {
                "ref": change.line.ref, "target": change.line.target, "message": change.line.message,
                "fields": [value._asdict() for value in change.line.values] or list(change.line.fields),
                "history": [
                    {"field": step.field, "actor": step.actor, "rule": step.rule, "at": step.at} for step in change.steps
                ],
            }
            for change in watched.changes
        ],
        "guards": [{"code": guard.code, "evidence": guard.evidence} for guard in watched.fallen],
    }  # fmt: skip


def print_watched(console: Console, watched: "Watched") -> None:
    """Print what was seen; each change with its field, and who did it by which rule where the desk tells."""
    span = f"{counted(watched.looks, 'look')} at {counted(watched.records, 'record')} in {duration(watched.seconds)}"
    if watched.half:
        span += f" ({counted(watched.half, 'record')} half written, waiting for others, not looked at)"
    if watched.quiet:
        console.text(f"{span}: nothing was changed, and every guard holds", "watch     ", " " * 10)
        return
    console.text(f"{span}; stopped:", "watch     ", " " * 10)
    for change in watched.changes[:_SHOWN]:
        line = change.line
        console.text(f"{line.target or line.ref}  {line.message}".rstrip(), "CHANGED   ", " " * 10)
        for value in line.values:
            console.text(fit(f"{value.key}: {value.wanted or '-'} -> {value.now or '-'}", 200), " " * 10)
        for step in change.steps:
            who = f" by {step.actor}" if step.actor else ""
            rule = f", rule {step.rule}" if step.rule else ""
            console.text(fit(f"its history: {step.at} {step.field}{who}{rule}", 200), " " * 10)
    if len(watched.changes) > _SHOWN:
        console.text(f"and {counted(len(watched.changes) - _SHOWN, 'record')} more", " " * 10)
    for guard in watched.fallen:
        console.text(f"{guard.code}: {guard.evidence}", "GUARD     ", " " * 10)
    console.out()
