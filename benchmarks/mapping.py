"""How long a consultant waits after an edit of the mapping: check, one ticket explained, one ticket planned, and the watch, on N realistic tickets.

The desks are those of `scale.py` and the mapping is the worked one of two projects. Each command is a process of its own, start and all, as a
person types it; the watch is one process that stays. Every edit is done several times, back and forth, and the median is told.

python benchmarks/mapping.py --tickets 5000
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import _figures
import scale_stages

EXAMPLE = Path(__file__).parents[1] / "samples" / "mapping_examples" / "two-projects"
SECRETS = {**scale_stages.SECRETS, "ACME_VIP_ORG": "Umbrella Shop"}


class Edit(NamedTuple):
    """What is written in the place of what, and back the next time."""

    name: str
    old: str
    new: str
    wide: bool = False
    """Whether every ticket has to be mapped to tell what comes of it."""


EDITS = (
    Edit("a value", "high: High,", "high: Highest,"),
    Edit("a condition", "{when: {brand: Billing}, project", "{when: {brand: Globex}, project"),
    Edit("a condition that counts comments", 'comments: "<= 1"', 'comments: "<= 2"', wide=True),
    Edit("what every ticket becomes", "    to: Resolved", "    to: Closed", wide=True),
)
REJECTS = ("low: Low,", "low: reject,")
"""What makes the mapping one that rejects tickets by a word of its own."""
OF_REJECTING = (
    Edit("a value, where the mapping rejects another", "high: High,", "high: Highest,"),
    Edit("what is rejected", "low: reject,", "low: {to: reject, when: {fields.outcome: fixed}, else: Low},"),
)
COMMANDS = {
    "check": ("mapping", "check"),
    "explain one ticket": ("mapping", "explain", "ticket:{ticket}"),
    "plan one ticket": ("plan", "--offline", "--only", "ticket:{ticket}"),
}
_Row = dict[str, Any]


def make(root: Path, tickets: int) -> None:
    """Read the stand-ins' set-up and take the tickets in, in a process of its own."""
    program = (
        f"import pathlib, scale_stages\nroot = pathlib.Path({str(root)!r})\nscale_stages.set_up(root, 0)\n"
        f"from ticketferry.project import Project\nwith Project.load(root) as project:\n"
        f"    scale_stages.add_tickets(project, range({tickets}), {tickets})\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parent, env=os.environ | SECRETS
    )
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
    (root / "acceptance.yaml").write_text("version: 1\ncriteria: {rejected: 0}\n")


def edited(root: Path, edit: Edit) -> None:
    """Write the edit into the mapping, or take it back where it is there."""
    path = root / "mapping.yaml"
    text = path.read_text("utf-8")
    before, after = (edit.old, edit.new) if edit.old in text else (edit.new, edit.old)
    if text.count(before) != 1:
        raise SystemExit(f"the mapping has {text.count(before)} places for the edit of {edit.name}")
    path.write_text(text.replace(before, after), "utf-8")


def ran(root: Path, environment: dict[str, str], *words: str) -> tuple[float, float]:
    """Run a command of ticketferry; return wall and processor seconds."""
    before, began = _used(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "ticketferry", "-C", str(root), *words], env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    wall = time.perf_counter() - began
    if done.returncode not in (0, 2):
        raise SystemExit(f"ticketferry {' '.join(words)} ended with {done.returncode}: {done.stderr}")
    return wall, _used() - before


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def of_commands(root: Path, tickets: int, times: int, environment: dict[str, str]) -> Iterator[_Row]:
    """Measure each command after each edit that asks it for something else."""
    ticket = str(100_000 + tickets // 2)
    for name, words in COMMANDS.items():
        command = tuple(word.format(ticket=ticket) for word in words)
        ran(root, environment, *command)
        for edit in EDITS if name == "check" else EDITS[:1]:
            seen = []
            for _ in range(times):
                edited(root, edit)
                seen.append(ran(root, environment, *command))
            yield _row(f"{name}, after an edit of {edit.name}", tickets, seen)
    edited(root, Edit("", *REJECTS))
    yield _row(
        "check, the first one of a mapping that rejects a value",
        tickets,
        [ran(root, environment, *COMMANDS["check"])],
    )
    for edit in OF_REJECTING:
        seen = []
        for _ in range(times):
            edited(root, edit)
            seen.append(ran(root, environment, *COMMANDS["check"]))
        yield _row(f"check, after an edit of {edit.name}", tickets, seen)
        if edit.old not in (root / "mapping.yaml").read_text("utf-8"):
            edited(root, edit)
    edited(root, Edit("", *REJECTS))


def of_watch(root: Path, tickets: int, times: int, environment: dict[str, str]) -> Iterator[_Row]:
    """Measure what the watch says after each edit: soon, and when every ticket that the edit can touch was looked at."""
    answer = subprocess.run(
        [sys.executable, __file__, "--watch", str(root), "--times", str(times)], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    for told in json.loads(answer.stdout):
        for which in ("first answer", "whole answer"):
            yield _row(f"watch, {which} to an edit of {told['edit']}", tickets, told[which])


def watched(root: Path, times: int) -> list[dict[str, Any]]:
    """Edit and ask the watch in this process."""
    from ticketferry.project import Project
    from ticketferry.project.mapping_watch import MappingWatch

    told = []
    with Project.load(root) as project:
        watching = MappingWatch(project)
        for edit in EDITS:
            first, whole = [], []
            for _ in range(times):
                edited(root, edit)
                if not watching.saved():
                    raise SystemExit("the watch did not see an edit")
                began, before = time.perf_counter(), time.process_time()
                for number, answer in enumerate(watching.answers()):
                    if answer.error or not answer.checked.good:
                        raise SystemExit(f"after an edit of {edit.name} the mapping does not hold")
                    seen = (time.perf_counter() - began, time.process_time() - before)
                    if number == 0:
                        first.append(seen)
                    if edit.wide and whole:
                        break  # once is enough: all tickets are mapped twice
                else:
                    whole.append(seen)
            told.append({"edit": edit.name, "first answer": first, "whole answer": whole})
        watching.close()
    return told


def _row(what: str, tickets: int, seen: list[tuple[float, float]]) -> _Row:
    walls, used = zip(*seen, strict=True)
    return {"what": what, "tickets": tickets, "wall": statistics.median(walls), "cpu": statistics.median(used), "slowest": max(walls)}  # fmt: skip


def table(rows: list[_Row], times: int) -> str:
    """Write the figures."""
    lines = [
        f"medians of {times}; a command with the start of its process",
        "",
        "| what | tickets | CPU s | wall s | slowest wall s |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['what']} | {row['tickets']:,} | {row['cpu']:.2f} | {row['wall']:.2f} | {row['slowest']:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="a folder with such tickets that was made already")
    parser.add_argument("--watch", type=Path, help=argparse.SUPPRESS)
    _figures.add_options(parser)
    options = parser.parse_args()
    if options.watch is not None:
        print(json.dumps(watched(options.watch, options.times)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "mapping"
        if options.folder is not None:
            shutil.copytree(options.folder, root)
            shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
        else:
            root.mkdir()
            make(root, options.tickets)
        # What Python compiles once stays compiled for whoever installed the program.
        environment = {**os.environ, **SECRETS, "PYTHONPYCACHEPREFIX": str(Path(temporary) / "compiled")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        rows = [
            *of_commands(root, options.tickets, options.times, environment),
            *of_watch(root, options.tickets, options.times, environment),
        ]
    _figures.tell("mapping", table(rows, options.times), {"rows": rows, "times": options.times}, options)


if __name__ == "__main__":
    main()
