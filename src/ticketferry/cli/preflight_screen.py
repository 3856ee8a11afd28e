"""The screen of a preflight: guards first, then the items, those that somebody has to do something about before the others."""

from typing import TYPE_CHECKING, Any

from ticketferry.cli.console import Console
from ticketferry.sdk.preflight import CHECKS, PreflightItem, PreflightResult

if TYPE_CHECKING:
    from ticketferry.apply.preflight import GuardState
    from ticketferry.project.preflight import Preflight

__all__ = ["preflight_json", "print_preflight"]

_SIGNS = {
    PreflightResult.PROVED: "ok      ",
    PreflightResult.FAILED: "FAILED  ",
    PreflightResult.UNKNOWN: "?       ",
    PreflightResult.PERSON: "person  ",
}
_INDENT = " " * 8
_ROWS = 8
"""Lines of one item on the screen; `--json` has all."""
_ORDER = (PreflightResult.FAILED, PreflightResult.PERSON, PreflightResult.UNKNOWN, PreflightResult.PROVED)


def preflight_json(found: "Preflight") -> dict[str, Any]:
    """Return everything, for programs. `good`: nothing has to be waited for; `proved`: every guard is."""
    return {
        "plan": found.plan,
        "good": found.good,
        "proved": not found.open_guards,
        "by_hand": found.by_hand,
        "guards": [
            {
                "code": state.guard.code,
                "title": state.guard.title,
                "proof": state.guard.proof,
                "proved": state.proved,
                "evidence": state.evidence,
                "remedy": state.guard.remedy,
                "endpoints": state.endpoints,
            }
            for state in found.guards
        ],
        "items": [
            {
                "code": item.code,
                "title": item.title or CHECKS[item.code].title,
                "stage": CHECKS[item.code].stage,
                "result": item.result.value,
                "evidence": item.evidence,
                "remedy": item.remedy,
                "page": item.page,
                "rows": item.rows,
                "figures": dict(item.figures),
            }
            for item in found.items
        ],
        "requests": found.requests,
        "writes": found.writes,
    }


def print_preflight(console: Console, found: "Preflight") -> None:
    """Print it at the width of the screen."""
    if found.by_hand:
        console.out("To make in the new desk, or to name otherwise in the mapping, before a plan can be made")
        for lacking in found.by_hand:
            console.text(f"{lacking.where}: {lacking.message}  [{lacking.code}]", "  ", "    ")
            console.text(lacking.remedy, "    ")
        console.out()
    console.out("So that nobody is notified")
    if not found.guards:
        console.out("No write of the new desk could notify anybody.")
    for state in found.guards:
        _guard(console, state)
    console.out("", "Everything else")
    for result in _ORDER:
        for item in found.items:
            if item.result is result:
                _item(console, item)
    _end(console, found)


def _guard(console: Console, state: "GuardState") -> None:
    console.text(
        f"{state.guard.title}  {state.guard.code}", "ok      " if state.proved else "OPEN    ", _INDENT
    )
    console.text(state.evidence, _INDENT)
    if state.proved:
        return
    console.text(state.guard.remedy, _INDENT)
    console.text(f"needed by {', '.join(state.endpoints) or 'the last step of the migration'}", _INDENT)
    if state.guard.proof == "person":
        console.text(f"then: ticketferry preflight confirm {state.guard.code} --by NAME", _INDENT)


def _item(console: Console, item: PreflightItem) -> None:
    check = CHECKS[item.code]
    later = "" if check.stage == "apply" else ", before the cut-over"
    console.text(f"{item.title or check.title}{later}  {item.code}", _SIGNS[item.result], _INDENT)
    console.text(item.evidence, _INDENT)
    for row in item.rows[:_ROWS]:
        console.text(row, _INDENT + "- ", _INDENT + "  ")
    if len(item.rows) > _ROWS:
        console.text(f"and {len(item.rows) - _ROWS:,} more: --json has all", _INDENT + "- ")
    if item.result is not PreflightResult.PROVED:
        if item.remedy:
            console.text(item.remedy, _INDENT)
        if item.page:
            console.text(item.page, _INDENT)


def _end(console: Console, found: "Preflight") -> None:
    open_ = found.open_guards
    console.out()
    if open_:
        waits = "`apply` waits for them" if found.plan else "plans that need them wait for them"
        console.text(f"{len(open_)} of {len(found.guards)} are open; {waits}.")
    elif found.guards:
        console.out(f"All {len(found.guards)} hold.")
    counts = {result: sum(item.result is result for item in found.items) for result in _ORDER}
    told = ", ".join(f"{count} {_result(result, count)}" for result, count in counts.items() if count)
    console.text(f"Of {len(found.items)} other items: {told}.")
    console.text(f"reads only: {found.requests:,} requests, {found.writes:,} writes")


def _result(result: PreflightResult, count: int) -> str:
    """Agree with the count: `1 needs a person`, `4 need a person`."""
    return "need a person" if result is PreflightResult.PERSON and count != 1 else result.value
