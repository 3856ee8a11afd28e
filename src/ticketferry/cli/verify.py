"""`ticketferry verify`: the new desk read back."""

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import click

from ticketferry.cli.app import MOST, App, examples, executor_option, json_option, pass_app, plan_argument
from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number, plural
from ticketferry.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ticketferry.verify.verifier import Verified, VerifyLine
    from ticketferry.verify.witnessing import Witnessed

__all__ = ["verify"]

WORDS = {
    "=": "the same",
    "+": "only in the source",
    "-": "only in the target: our mark, and unknown to the id map, or a copy",
    "*": "differ",
    "!": "could not be compared",
}


@click.command(epilog=examples("ticketferry verify p-07", "ticketferry verify --lines > verify.txt"))
@plan_argument("plans", required=False, many=True, metavar="[PLAN]...")
@click.option("--lines", is_flag=True, help="A line for every record, not only for those that differ.")
@click.option("--no-content", is_flag=True, help="Do not compare the bytes of files.")
@click.option(
    "--witness/--no-witness", default=True, help="Let the independent witness look.  [default: witness]"
)
@click.option(
    "--sample",
    type=click.IntRange(0, MOST),
    help="Tickets that the witness looks at; 0: all.  [default: 400]",
)
@click.option("--seed", type=int, default=0, help="Chooses other tickets for the witness.")
@executor_option
@json_option
@pass_app
def verify(
    app: App,
    plans: tuple[str, ...],
    lines: bool,
    no_content: bool,
    witness: bool,
    sample: int | None,
    seed: int,
    executor: str,
) -> Exit:
    """Read the new desk back and compare it, field by field, with what the applied plans say should be there.

    A line for what is not the same: `+` only in the source, `-` only in the target, `*` differs, `!` error.

    The witness compares both desks by their own records, sharing no code with what made the plan: every message in a place
    as visible as before, no internal word in public, files by checksum, requester, times and number. It looks at tickets
    chosen by chance, and at every ticket with a finding or a difference. `~`: a rule of the mapping explains it. `?`: what it
    does not judge, since no record tells it or a rule asks what it does not read; no rule explains that.

    Exit code 2 where something is not as it should be and acceptance.yaml, where there is one, does not allow it; 3 where
    a plan that is named writes, and there is nothing of it to compare.
    """
    from ticketferry.acceptance.criteria import load_acceptance
    from ticketferry.acceptance.judge import accepted, covers
    from ticketferry.cli.accept import acceptance_json, print_verdict
    from ticketferry.project import stages
    from ticketferry.project.accepting import judge_verify
    from ticketferry.project.executors import open_executor
    from ticketferry.project.viewing import open_plan
    from ticketferry.verify.witnessing import SAMPLE

    console = app.console
    with app.project(counts=True) as project:
        load_acceptance(project.home)
        states = {str(row["id"]): str(row["state"]) for row in project.plan_rows()}
        writing: list[str] = []
        for plan in plans:
            with closing(open_plan(project, plan)) as opened:
                if opened.endpoint_counts():
                    writing.append(opened.id)
        with console.progress() as progress:
            verified = stages.verify(
                project,
                plans,
                contents=not no_content,
                witness=witness,
                sample=None if sample == 0 else sample or SAMPLE,
                seed=seed,
                executor=open_executor(executor, project),
                every_line=(lambda line: _line(console, line)) if lines else _nothing,
                progress=progress,
            )
        judged = judge_verify(project, verified)
    if console.json:
        console.result(
            {
                "same": verified.same,
                **({"acceptance": acceptance_json(judged)} if judged else {}),
                "counts": {sign: verified.counts[sign] for sign in WORDS},
                "kinds": dict(sorted(verified.kinds.items())),
                "values": verified.values,
                "files": verified.files,
                "lines": [_as_json(line) for line in verified.lines],
                "left": [_as_json(line) for line in verified.left],
                "witness": _told(verified.witnessed),
            }
        )
    waiting = {} if lines else _not_begun(verified.lines)
    if not lines:
        for line in verified.lines:
            if line.message not in waiting:
                _line(console, line)
        for message, refs in waiting.items():
            kinds = Counter(ref.split(":", 2)[1] for ref in refs)
            records = ", ".join(
                f"{number(count)} {plural(kind, count)}" for kind, count in kinds.most_common()
            )
            console.text(f"{records}  {message}", "! ", "    ")
    for line in verified.left:
        _line(console, line)
        console.text(line.message, "    ")
    _print(console, verified, plans, [f"{plan}: {_silent(states.get(plan, ''))}" for plan in writing])
    if judged:
        console.out()
        print_verdict(console, judged)
    if writing and not sum(verified.counts.values()):
        return Exit.WAITING  # nobody may take silence for a proof
    return (
        Exit.OK
        if verified.same or (judged and accepted(judged) and covers(verified, judged))
        else Exit.DIFFERENCES
    )


def _not_begun(lines: "Sequence[VerifyLine]", *, least: int = 2) -> dict[str, list[str]]:
    """Return the records that a canary or an interruption left out, by plan: a line for each would bury the others."""
    from ticketferry.verify.unfinished import NOT_BEGUN

    refs_by_message: dict[str, list[str]] = {}
    for line in lines:
        if line.sign == "!" and line.message.startswith(f"{NOT_BEGUN}; "):
            refs_by_message.setdefault(line.message, []).append(line.ref)
    return {message: refs for message, refs in refs_by_message.items() if len(refs) >= least}


def _as_json(line: "VerifyLine") -> dict[str, object]:
    return {**line._asdict(), "values": [value._asdict() for value in line.values]}


def _told(seen: "Witnessed | None") -> dict[str, object] | None:
    if seen is None:
        return None
    return {
        "silent": seen.silent,
        "tickets": seen.tickets,
        "of": seen.of,
        "seed": seen.seed,
        "texts": seen.texts,
        "files": seen.files,
        "errors": [difference._asdict() for difference in seen.errors],
        "explained": [difference._asdict() for difference in seen.explained],
        "not_judged": seen.unjudged,
        "why_not": seen.why_not,
    }


def _nothing(_: "VerifyLine") -> None:
    return None


def _line(console: Console, line: "VerifyLine") -> None:
    shown_fields = {value.key.partition("].")[0].rstrip("]") for value in line.values}
    plain = [name for name in line.fields if name.partition("].")[0].rstrip("]") not in shown_fields]
    why = ", ".join(plain) or line.message
    target = f" -> {line.target}" if line.target else ""
    console.text(f"{line.ref}{target}" + (f"  {why}" if why else ""), f"{line.sign} ", "    ")
    for value in line.values:
        before = "(not known any more)" if value.wanted is None else value.wanted or "(nothing)"
        console.text(f"{value.key}: {before} -> {value.now or '(nothing)'}", "    ", "      ")


def _silent(state: str) -> str:
    """Say why nothing of a plan that writes can be compared."""
    return {
        "applied": "all that it wrote was written by later plans since: verify those",
        "undone": "it was taken back",
    }.get(state, "not applied")


def _print(
    console: Console, verified: "Verified", plans: tuple[str, ...], silent_plans: "Sequence[str]"
) -> None:
    total = sum(verified.counts.values())
    if verified.lines or verified.left:
        console.out()
    if not total:
        console.text("Nothing to compare: " + ("; ".join(silent_plans) or "no plan was applied"))
        return
    console.table([(sign, verified.counts[sign], words) for sign, words in WORDS.items()], "lrl", indent=0)
    kinds = [f"{number(count)} {plural(kind, count)}" for kind, count in verified.kinds.most_common()]
    console.text(
        f"{counted(total, 'record')} ({', '.join(kinds)}), {counted(verified.values, 'value')} and {counted(verified.files, 'file')} compared"
    )
    if verified.witnessed is not None:
        _witness(console, verified.witnessed)
    console.out()
    silent = verified.witnessed is None or verified.witnessed.silent
    if verified.same:
        about = f" {plans[0]}" if len(plans) == 1 else ""
        console.out(f"Next    ticketferry report{about}     for an audit")
        console.out(f"        ticketferry status{' ' * len(about)}     where am I, what next")
    elif (
        silent
        and verified.lines
        and _not_begun(verified.lines, least=1).keys() >= {line.message for line in verified.lines}
    ):
        console.out("Next    ticketferry status     what is not begun yet, and the command that goes on")
    else:
        console.out("Next    ticketferry explain RECORD     what was planned for one of them")
        lost = verified.counts["+"]
        if lost < total - verified.counts["="] or not silent:
            console.out("        ticketferry plan               what would make them equal again")
        if lost:
            console.text(
                f"{counted(lost, 'record')} only in the source: nothing is written in the place of what is gone from the new desk; put it back"
                " there where somebody deleted it by mistake",
                "        ",
            )


def _witness(console: Console, seen: "Witnessed") -> None:
    console.out()
    if seen.why_not:
        console.text(f"No witness: {seen.why_not}")
        return
    for difference in seen.errors:
        console.text(
            f"{difference.ref} -> {difference.target}  {difference.what}, {difference.where}: {difference.message}",
            "! ",
            "    ",
        )
    for difference in seen.explained:
        console.text(
            f"{difference.ref} -> {difference.target}  {difference.rule}: {difference.message}", "~ ", "    "
        )
    for what, times in seen.unjudged.items():
        console.text(f"{counted(times, 'time')} not judged: {what}", "? ", "    ")
    console.text(
        f"Witness: {number(seen.tickets)} of {counted(seen.of, 'ticket')}, {counted(seen.texts, 'text')}, {counted(seen.files, 'file')}:"
        f" {counted(len(seen.errors), 'error')}, {counted(len(seen.explained), 'difference')} explained by rules,"
        f" {number(sum(seen.unjudged.values()))} not judged"
    )
