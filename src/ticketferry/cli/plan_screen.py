"""The screen of a plan: one page on which every count adds up, and whose last lines are commands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, duration, fit, number, residues, table, width, wrap
from ticketferry.plan.estimate import ApplyEstimate
from ticketferry.plan.file.causes import Cause
from ticketferry.plan.show import Overview, Parts, TicketOrder

__all__ = [
    "MOST_LINES",
    "overview_json",
    "print_overview",
    "short",
]

_T = TypeVar("_T")
MOST_LINES = 6
"""Lines of one list on the screen; the rest is counted in the last line."""
_PLURALS = {"ticket": "tickets", "person": "people", "organization": "organizations", "group": "groups"}
_HEADS = ("create", "update", "match", "unchanged", "conflict", "reject", "skip", "gone")
_SHORT = {"unchanged": "same"}


def print_overview(
    console: Console,
    view: Overview,
    estimate: ApplyEstimate | None = None,
    *,
    fresh: bool = False,
    state: str = "",
) -> None:
    """Print a plan. `fresh`: it was made just now, so say that neither desk was written to; `state`: as it is kept."""
    _heading(console, view, fresh=fresh)
    _outcomes(console, view)
    if view.kind != "rollback":
        _flows(console, view)
    _look_first(console, view)
    _values(console, view)
    _ways(console, view, estimate)
    _writes(console, view, estimate)
    _guards(console, view)
    _next(console, view, state)


def _heading(console: Console, view: Overview, *, fresh: bool) -> None:
    what = (
        f"takes back {view.figures.get('undoes', '')}".strip()
        if view.kind == "rollback"
        else (view.phase or "all")
    )
    console.text(
        f"Plan {view.id}  {what}  {view.source.get('where') or view.source.get('key', '')} ->"
        f" {view.target.get('where') or view.target.get('key', '')}"
        + (f"  {view.target['environment']}" if view.target.get("environment") else ""),
        "",
        "     ",
    )
    phase, only, limit = [*view.scope, None, None, None][:3]
    for old, new in view.reassign:
        console.text(f"moves what was written from {old} to {new}")
    if view.people:
        of = f"tickets of the phase {phase}" if phase else "tickets"
        console.text(
            f"the people, organizations and groups that the {of} need, before them: no ticket is written"
        )
    if (only and not view.reassign) or limit is not None:
        part = f"only {len(only)} tickets that were named" if only else f"only the first {limit} tickets"
        console.out(part + (f" of the phase {phase}" if phase else ""))
    inputs = view.inputs
    words = (
        f"old desk as of s-{inputs.get('source_snapshot', '?')}, new desk as of t-{inputs.get('target_snapshot', '?')},"
        f" mapping {str(inputs.get('mapping', ''))[:4]}, digest {view.digest[:4]}-{view.digest[4:8]}."
    )
    console.text(words + (" Neither desk was written to." if fresh else ""))
    if view.quarantine:
        held = len(view.quarantine)
        console.text(
            f"{number(held)} record{'s are' if held != 1 else ' is'} in quarantine: they could not be read or planned, and stay"
            " behind until each is mended or waived: ticketferry quarantine",
            "QUARANTINE  ",
            " " * 12,
        )
    console.out()


def _outcomes(console: Console, view: Overview) -> None:
    shown = [name for name in _HEADS if name in ("create", "update", "unchanged") or any(
        counts.get(name) for counts in view.outcomes.values()
    )]  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for kind, counts in view.outcomes.items():
        total = sum(counts.values())
        rows.append((_PLURALS.get(kind, kind), total, "=", *(counts.get(name, 0) for name in shown)))
    rows.extend(
        (f"  {part.name}", part.planned, "=", *(_part_cell(part.by_outcome, name) for name in shown))
        for part in view.parts
        if part.planned or part.source
    )
    header = ("", "in all", "", *(_SHORT.get(name, name) for name in shown))
    rows = [tuple(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) for row in rows]
    console.out(*_stretched(rows, header, console.columns))
    for part in view.parts:
        if part.name == "comments" and part.planned:
            console.text(
                f"{number(part.internal)} of the {number(part.planned)} comments are internal, and stay so",
                "  ",
            )
            _messages(console, part)
    if any(part.by_outcome.get("update") for part in view.parts):
        console.text(
            "parts of a ticket stand under what becomes of the ticket; Writes has what is sent", "  "
        )
    for name in ("tickets in other phases", "tickets in no phase", "rows without a root"):
        if view.figures.get(name):
            console.text(f"{number(view.figures[name])} {name}: no part of this plan", "  ")
    console.out()


def _messages(console: Console, part: Parts) -> None:
    """Say why the old desk has another number of messages than there are comments."""
    left = part.source - (part.planned - part.made)
    words = []
    if left:
        words.append(f"{number(left)} open a ticket and stand in its description, or are left out by rule")
    if part.made:
        words.append(
            f"{number(part.made)} comments more are descriptions of tickets, or hold files that only agents see"
        )
    if words:
        console.text(f"the old desk has {counted(part.source, 'message')}: {'; '.join(words)}", "  ")


def _part_cell(by_outcome: Mapping[str, int], name: str) -> object:
    count = by_outcome.get(name, 0)
    return "-" if name in ("skip", "reject", "gone", "match") and not count else count


def _stretched(rows: Sequence[Sequence[object]], header: Sequence[str], most: int) -> list[str]:
    narrow = table(rows, "lr" + "l" + "r" * (len(header) - 3), header=header, indent=0, most=most)
    longest = max((width(line) for line in narrow), default=0)
    columns = len(header)
    gap = 2 + max(0, min(2, (most - longest) // max(1, columns)))
    return table(rows, "lr" + "l" + "r" * (columns - 3), header=header, indent=0, gap=gap, most=most)


def _flows(console: Console, view: Overview) -> None:
    if not view.statuses:
        return
    console.text("(= means the same, ~ another meaning)", "What becomes of them" + " " * 12, " " * 2)
    shown, rest = _first(view.statuses)
    left = [
        (flow.before or "(none)", number(flow.count), flow.mark, flow.after or "(none)") for flow in shown
    ]
    if rest:
        left.append((f"{len(rest)} others", number(sum(flow.count for flow in rest)), "", ""))
    routes, others = _first(view.routes)
    right = [(name, number(count)) for name, count in routes]
    if others:
        right.append((f"{len(others)} others", number(sum(count for _, count in others))))
    most = console.columns - 30 if right else console.columns
    first = table(left, "lrll", indent=2, most=most)
    half = max(width(line) for line in first) + 3
    right = [(fit(name, console.columns - half - 10), count) for name, count in right]
    second = table(right, "lr", indent=0, most=console.columns - half)
    for line in range(max(len(first), len(second))):
        one = first[line] if line < len(first) else ""
        other = second[line] if line < len(second) else ""
        console.out((one + " " * max(1, half - width(one)) + other).rstrip())
    for collapse in view.collapses:
        console.text(
            f"~ {counted(collapse.tickets, 'ticket')}: {' and '.join(collapse.befores)} fall together as {collapse.after},"
            f" {number(collapse.count)} with another meaning"
            + (f"  {collapse.place}" if collapse.place else "")
            + (f"  {collapse.code}" if collapse.code else ""),
            "  ",
            "    ",
        )
    console.out()


def _look_first(console: Console, view: Overview) -> None:
    causes = view.causes
    groups: tuple[tuple[str, Sequence[Cause]], ...] = (
        ("BLOCKER", causes.blockers),
        ("rejected", causes.rejects),
        ("in conflict", causes.conflicts),
        ("gone", causes.gone),
        ("lose something", causes.losses),
        ("in doubt", causes.doubts),
        ("kept as they are" if view.kind == "rollback" else "skipped", causes.skips),
    )
    lines: list[str] = []
    for name, causes_found in groups:
        alike = _alike(causes_found)
        first, rest = _first(alike)
        for cause in first:
            place = "  ".join(text for text in (cause.code, cause.place) if text)
            lines += wrap(
                f"{cause.message}" + (f"  {place}" if place else ""),
                f"{number(cause.records):>7} {_verb(name, cause.records):<16} ",
                " " * 25,
                console.columns,
            )
            if cause.remedy and name in ("BLOCKER", "rejected", "in conflict"):
                lines += wrap(cause.remedy, " " * 25, None, console.columns)
        if rest:
            total = sum(cause.records for cause in rest)
            lines += wrap(
                f"for {len(rest)} more {'reason' if len(rest) == 1 else 'reasons'}:"
                f" ticketferry plan show {view.id} --findings",
                f"{number(total):>7} {_verb(name, total):<16} ",
                " " * 25,
                console.columns,
            )
    if view.kind != "rollback":
        words = "ticket becomes" if view.newly_visible == 1 else "tickets become"
        lines.append(f"{number(view.newly_visible):>7} {words} visible to more people than today")
    if lines:
        console.out("Look at these first", *lines, "")


def _first(rows: Sequence[_T]) -> tuple[Sequence[_T], Sequence[_T]]:
    """Return what is shown of a list and the rest; a last one is shown rather than counted, it takes the same line."""
    most = len(rows) if len(rows) == MOST_LINES + 1 else MOST_LINES
    return rows[:most], rows[most:]


def _verb(heading: str, count: int) -> str:
    return "loses something" if heading == "lose something" and count == 1 else heading


def _alike(causes: Sequence[Cause]) -> list[Cause]:
    """Put causes of one code and place on one line: the messages differ by the record's name only."""
    by_words: dict[tuple[str, ...], Cause] = {}
    for cause in causes:
        key = (cause.code, cause.place) if cause.code else (cause.message,)
        known = by_words.get(key)
        if known is None:
            by_words[key] = cause
            continue
        by_words[key] = replace(
            known, records=known.records + cause.records, wordings=known.wordings + cause.wordings
        )
    return [
        replace(cause, message=f"{cause.message} (and {number(cause.wordings - 1)} alike)")
        if cause.wordings > 1
        else cause
        for cause in by_words.values()
    ]


def _values(console: Console, view: Overview) -> None:
    if not view.leaves:
        return
    shares = view.dispositions
    words = (
        f"{number(view.leaves)} = {number(shares['carried'])} carried + {number(shares['transformed'])} transformed"
        f" + {number(shares['kept_in_provenance'])} kept beside + {number(shares['dropped_by_rule'])} dropped by rule"
        f" + {number(shares['unsupported'])} impossible"
    )
    console.text(words, "Values  ")
    console.out()


def _ways(console: Console, view: Overview, estimate: ApplyEstimate | None) -> None:
    for way in view.ways:
        files = estimate.import_files if estimate is not None else 0
        words = f"{way.name}: {counted(way.tickets, 'ticket')} in {number(files)} {'file' if files == 1 else 'files'} that an administrator imports"
        if estimate is not None and estimate.import_seconds:
            words += f", {duration(estimate.import_seconds)} for the importer"
        console.text(words, "Way     ")
        console.text(
            f"{way.title}. It assumes {len(way.assumes)} things of an importer that nobody documents:",
            "        ",
        )
        console.text(f"ticketferry plan show {view.id} --ways", "        ")
    if view.ways:
        console.out()


def _order_words(order: TicketOrder) -> Iterator[str]:
    names = {"created": "by when the old desk made them", "number": "by their numbers"}
    yield f"tickets {names.get(order.by, 'by the ids of the old desk')}"
    if order.one_by_one:
        yield f"{counted(order.one_by_one, 'ticket')} created one by one, which is slower, and without a first one of each kind"
    if order.behind:
        yield f"{counted(order.behind, 'ticket')} behind all others whatever their turn: the new desk makes such tickets last"


def _writes(console: Console, view: Overview, estimate: ApplyEstimate | None) -> None:
    if not view.operations:
        gone = sum(outcomes.get("gone", 0) for outcomes in view.outcomes.values())
        if gone and view.kind != "rollback":
            gone_words = (
                f"none, but {counted(gone, 'record')} that earlier plans brought {'is' if gone == 1 else 'are'} gone from the new desk, and"
                " nothing is written in their place: put back there what somebody deleted by mistake, then plan again"
            )
            console.text(gone_words, "Writes  ")
            console.out()
        else:
            console.out("Writes  none: the new desk is as the plan wants it", "")
        return
    words = ", ".join(f"{number(row.operations)} {row.name}" for row in view.endpoints)
    console.text(f"{number(view.operations)} = {words}", "Writes  ")
    for row in view.endpoints:
        if row.further:
            goes = "goes" if row.further == 1 else "go"
            console.text(
                f"{number(row.further)} {row.name} of these {goes} on with a text that is too long for one comment",
                "        ",
            )
    if view.order is not None:
        console.text("; ".join(_order_words(view.order)), "Order   ")
    if estimate is not None:
        console.text(
            f"{duration(estimate.seconds)} at least, {counted(estimate.requests, 'request')}; held back by"
            f" {estimate.held_by}: {estimate.words}",
            "Time    ",
        )
    stays = residues((row.operations, row.residue) for row in view.endpoints)
    for position, (count, residue) in enumerate(stays):
        console.text(f"{number(count)} x {residue}", "Stays   " if not position else "        ")
    if stays:
        console.text("(for ever, also after a rollback)", "        ")
    never = [row for row in view.endpoints if row.never_repeated]
    if never:
        console.text(
            ", ".join(f"{number(row.operations)} {row.name}" for row in never)
            + ": if the answer is lost, the record stops there and is listed",
            "Note    ",
        )
    console.out()


def _guards(console: Console, view: Overview) -> None:
    if not view.guards:
        return
    head, command = "Must hold, so that nobody is notified", f"ticketferry preflight {view.id}"
    one = f"{head}        {command}"
    console.out(*([one] if len(one) <= console.columns else [head, f"  {command}"]))
    for guard in view.guards:
        who = "a person confirms" if guard.proof == "person" else "read from the desk"
        console.text(f"{guard.title} ({who}) {guard.code}", "  ", "    ")
    console.out()


def _next(console: Console, view: Overview, state: str) -> None:
    if state in ("undone", "superseded"):
        return
    if view.causes.forbidding:
        what = "the blockers" if view.causes.blockers else "what is rejected"
        console.text(f"mend {what} above, then: ticketferry plan", "Next    ")
        console.text(f"{view.id} cannot be applied as it is", "        ")
        return
    lines: list[tuple[str, str]] = []
    if state == "applied":
        lines.append((f"ticketferry verify {view.id}", "reads it all back, field by field"))
    elif view.kind == "rollback":
        lines.append((f"ticketferry apply {view.id}", "takes it back"))
    elif not view.operations:
        lines.append(("ticketferry status", "where am I, what next"))
    else:
        example = next((row.example for row in view.classes if row.outcome in ("create", "update")), "")
        if example:
            lines.append(
                (f"ticketferry plan show {view.id} {short(example)}", "one record, before and after")
            )
        lines.append((f"ticketferry apply {view.id} --canary 20", "twenty tickets first"))
    if view.leaves and view.leaves != view.dispositions.get("carried"):
        lines.insert(0, (f"ticketferry plan losses {view.id}", "what does not arrive as it was"))
    longest = max(len(command) for command, _ in lines)
    for position, (command, why) in enumerate(lines):
        head = "      " if position else "Next  "
        if longest + 32 <= console.columns:
            console.text(why, f"{head}{command:<{longest}}  ")
        else:  # a command is never cut: somebody copies it
            console.out(head + command)
            console.text(why, " " * 8)


def short(ref: str) -> str:
    """Leave the desk out of a reference."""
    return ref.split(":", 1)[1] if ref.count(":") >= 2 else ref


def overview_json(view: Overview, estimate: ApplyEstimate | None) -> dict[str, Any]:
    """Return the facts of the screen as plain data."""
    from ticketferry.plan.show import as_json

    figures: dict[str, Any] = as_json(view)
    figures["estimate"] = estimate.as_json() if estimate is not None else None
    return figures
