"""`ticketferry mapping explain`: one record in both desks, side by side."""

from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import App, examples, json_option, pass_app, record_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, fit, number, width, wrap
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from ticketferry.mapping.before_after import ComparedValue
    from ticketferry.project.explain_values import ExplainedValues

__all__ = ["explain"]

_NAME, _CELL, _LINES = 18, 29, 6
_WORDS = {"kept": "(kept beside)", "dropped": "(dropped)"}


@click.command(
    short_help="One ticket in both desks, side by side.",
    epilog=examples(
        "ticketferry mapping explain 1042",
        "ticketferry mapping explain ticket:1042 --whole",
        "ticketferry mapping explain person:5 --json",
        "ticketferry mapping explain --golden",
    ),
)
@record_argument(required=False)
@click.option("--golden", is_flag=True, help="Each ticket that the mapping names under `golden`.")
@click.option("--whole", is_flag=True, help="What stays as it is too, and texts in full length.")
@json_option
@pass_app
def explain(app: App, record: str | None, golden: bool, whole: bool) -> Exit:
    """Show what the mapping changes in one ticket (person, organization): each value in the old desk beside the one in the new desk, and
    below it the rule with its line. Where the new desk will hold something else than the mapping asks for, that and the reason stand there too.
    `ticketferry explain` follows every leaf of the vendor's record, and shows the writes.
    """
    from ticketferry.project.explain_values import explain_golden, explain_values

    if (record is None) != golden:
        raise click.UsageError("name one record, or say --golden for those that the mapping names")
    console = app.console
    with app.project() as project:
        found, missing = (
            explain_golden(project) if record is None else ([explain_values(project, record)], [])
        )
    if console.json:
        console.result(found[0] if record is not None else {"golden": found, "missing": missing})
        return Exit.OK
    for number_, one in enumerate(found):
        if number_:
            console.out("", "")
        _ticket(console, one, whole=whole)
    for item in missing:
        console.text(f"{item.where}: {item.message}. {item.remedy}")
    if not found and not missing:
        console.text("the mapping names no golden tickets: `golden: [1042, 20177]`")
    return Exit.DIFFERENCES if missing else Exit.OK


def _ticket(console: Console, found: "ExplainedValues", *, whole: bool) -> None:
    console.text(f"{found.root}  {found.title}", "", "  ")
    facts = [
        found.outcome,
        f"phase {found.phase}" if found.phase else "",
        found.way if found.way != "rest" else "",
    ]
    console.out("  " + "  ".join(filter(None, facts)))
    if found.plan:
        console.text(_standing(found), "  ", "  ")
    rejected = found.outcome == "rejected"
    if found.because:
        console.text(f"{found.because}{_places(found) if rejected else ''}", "  because ")
    for reason in found.newly_visible:
        console.text(reason, "  MORE PEOPLE SEE IT: ")
    if rejected and not whole:
        console.out("", "No value of it goes. --whole shows them.")
        _findings(console, found)
        return
    console.out("", f"{'':<{_NAME}}  {'old desk':<{_CELL}}  new desk")
    kept = []
    for value in found.values:
        if not whole and value.kind == "same":
            continue
        if not whole and value.kind == "kept" and "." not in value.what:
            kept.append(value.what)
            continue
        _row(console, value, whole=whole)
    if kept:
        console.text(", ".join(kept), "kept beside         ", " " * 20)
    left = found.kinds["same"]
    if left and not whole:
        console.out(
            "",
            f"{counted(left, 'value')} {'stays' if left == 1 else 'stay'} as {'it is' if left == 1 else 'they are'}: --whole",
        )
    _findings(console, found)


def _standing(found: "ExplainedValues") -> str:
    """Say that a record is in the new desk already, and what the next plan does with it: what stands below is what the mapping says of it now."""
    names = ", ".join(f"{name} {value}" for name, value in found.there.items())
    does = {
        "update": f"the next plan changes {', '.join(found.moved)}",
        "unchanged": "the next plan changes nothing",
    }
    does["gone"] = "it was not there when the new desk was read last: `ticketferry extract target` reads it"
    what = does.get(found.next, f"the next plan: {found.next}")
    return f"in the new desk since {found.plan}{f' ({names})' if names else ''}; {what}"


def _places(found: "ExplainedValues") -> str:
    """Return where the mapping says what rejects a record: the places of the findings that told why."""
    told = [str(item["place"]) for item in found.findings if str(item["message"]) in found.because]
    places = [place for place in dict.fromkeys(told) if place]
    return f" ({', '.join(places)})" if places else ""


def _findings(console: Console, found: "ExplainedValues") -> None:
    for item in found.findings:
        console.text(
            f"{item['message']}  [{item['code']}]  {item['place']}", f"{item['severity']:<8} ", " " * 9
        )


def _row(console: Console, value: "ComparedValue", *, whole: bool) -> None:
    most = 10_000 if whole else _LINES
    after = value.after or _WORDS.get(value.kind, "")
    cells = [_cell(value.what, most, _NAME), _cell(value.before, most), _cell(after, most)]
    for depth in range(max(len(cell) for cell in cells)):
        name, before, then = (cell[depth] if depth < len(cell) else "" for cell in cells)
        console.out(f"{_padded(name, _NAME)}  {_padded(before, _CELL)}  {then}".rstrip())
    if value.held:
        held = "nothing of it" if value.held == "nothing" else value.held
        console.text(f"the new desk will hold {held}: {value.held_because}", " " * 20, " " * 22)
    if value.rule and value.kind != "same":
        console.text(value.rule, " " * 20, " " * 22)


def _cell(text: str, most: int, columns: int = _CELL) -> list[str]:
    """Break a value into lines of its part of the screen; words that are longer are cut at its edge."""
    lines: list[str] = []
    for line in wrap(" ".join(text.split()), most=columns):
        rest = line
        while width(rest) > columns and len(lines) <= most:
            piece = rest[: max(1, len(fit(rest, columns)) - 1)]
            lines.append(piece)
            rest = rest[len(piece) :]
        lines.append(rest)
    if len(lines) > most:
        left = sum(map(len, lines[most:]))
        return [*lines[: most - 1], fit(f"… {number(left)} more signs", columns)]
    return lines or [""]


def _padded(text: str, to: int) -> str:
    return text + " " * max(0, to - width(text))
