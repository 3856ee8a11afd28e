"""What planning, a delta, verify and the screens cost on N realistic tickets, Zendesk to Jira: processor time and memory, stage by stage.

The set-up of both desks comes from the stand-ins once. The tickets are made and translated without a server; what an apply would leave
in target.db and in the id map is worked out from the plan's own operations, so that a delta finds a desk that was migrated. Verify reads
answers of a stand-in to which `--applied` tickets were really migrated, kept in a snapshot: no server and no request is in the figure.
With several sizes, how each stage grows is fitted.

With `--folder` the figures of each stage are added to a file there when it ends; the same command goes on behind the last of them.

python benchmarks/scale.py                                   # 1,000 tickets
python benchmarks/scale.py --tickets 1000 5000 20000 --write
python benchmarks/scale.py --tickets 1000000 --workers 2 --applied 0 --lean --folder /var/tmp/scale
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import _figures
import scale_stages
import yardstick

STAGES = (
    "start", "tickets", "plan", "plan again", "ledger", "status", "explain", "plan show", "settle", "plan migrated", "unchanged", "change",
    "delta", "status, migrated", "explain, migrated", "plan show, migrated", "delta, whole", "report",
)  # fmt: skip
"""`start` is what every stage pays to begin: Python, the imports, opening the folder."""
SAME = {"plan again": "plan", "unchanged": "plan migrated", "delta, whole": "delta"}
"""Plans that must have the digest of another one."""
SIZES = {
    "source.db": "source.db*",
    "target.db": "target.db*",
    "workspace.db": "workspace.db*",
    "answers": "answers/*",
    "plans": "plans/*",
}
"""What is told of the folder's size -> its files."""
_Row = dict[str, Any]


def stage_apart(root: Path, stage: str, tickets: int, workers: int) -> _Row:
    """Run a stage in a process of its own; the yard is measured before and after it, since what else a machine does changes both."""
    before = yardstick.seconds()
    began = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, __file__, "--stage", stage, "--root", str(root), "--tickets", str(tickets), "--workers", str(workers)],
        stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **scale_stages.SECRETS, "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    figures = json.loads(answer.stdout.splitlines()[-1])
    wall = time.perf_counter() - began
    yard = (before + yardstick.seconds()) / 2
    sizes = {name: sum(path.stat().st_size for path in root.glob(files)) for name, files in SIZES.items()}
    return {"stage": stage, "tickets": tickets, "wall": wall, "yard": yard, "sizes": sizes, **figures}


def measure(
    tickets: int, workers: int, folder: Path, *, lean: bool, without: Sequence[str], ledger: bool
) -> list[_Row]:
    """Run all stages on so many tickets, those that a former call did not end; return their figures."""
    book, root = folder / f"scale-{tickets}.jsonl", folder / f"scale-{tickets}"
    rows = [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []
    ended = {row["stage"] for row in rows}

    def run(stage: str) -> None:
        if stage not in ended:
            rows.append(stage_apart(root, stage, tickets, workers))
            with book.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
            print(f"{tickets:,} {stage}: {rows[-1]['wall']:.1f} s", file=sys.stderr, flush=True)

    if not rows:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        run("set up")
    for stage in STAGES:
        if stage in without or (stage == "ledger" and not ledger):
            continue
        if stage == "tickets" and tickets > scale_stages.PART:
            for part in range(-(-tickets // scale_stages.PART)):
                run(f"tickets {part}")
            continue
        run(stage)
        by_stage = {row["stage"]: row for row in rows}
        if (other := SAME.get(stage)) is not None and by_stage[stage]["digest"] != by_stage[other]["digest"]:
            raise SystemExit(f"the plans of `{stage}` and `{other}` differ")
        if lean and other is not None:
            (root / "plans" / f"{by_stage[other]['plan']}.plan").unlink(missing_ok=True)
    shutil.rmtree(root)
    return joined(rows)


def measure_applied(applied: int, folder: Path) -> list[_Row]:
    """Verify and plan to take back what was really migrated."""
    root = folder / "applied"
    root.mkdir()
    stage_apart(root, "set up", applied, 1)
    rows = [stage_apart(root, stage, applied, 1) for stage in ("verify", "rollback")]
    shutil.rmtree(root)
    return rows


def joined(rows: Sequence[_Row]) -> list[_Row]:
    """Put the parts of a stage together, and leave out what is no figure."""
    parts = [row for row in rows if row["stage"].startswith("tickets ")]
    if not parts:
        return [row for row in rows if row["stage"] != "set up"]
    whole = {**parts[-1], "stage": "tickets"}
    for name in ("tickets", "wall", "cpu", "wire bytes"):
        whole[name] = sum(row[name] for row in parts)
    whole["peak"] = max(row["peak"] for row in parts)
    whole["yard"] = sum(row["yard"] for row in parts) / len(parts)
    rest = [row for row in rows if row not in parts and row["stage"] not in ("set up", "start")]
    return [*(row for row in rows if row["stage"] == "start"), whole, *rest]


def table(rows: Sequence[_Row], workers: int) -> str:
    """Write the figures of all sizes."""
    yards = [row["yard"] * 1000 for row in rows]
    lines = [
        f"one yard {min(yards):.2f} to {max(yards):.2f} ms; {workers} worker{'s' if workers > 1 else ''}; processor time with the start of a process",
        "",
        "| stage | tickets | CPU s | wall s | ms a ticket | yards a ticket | peak MB | of a worker |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        each = row["cpu"] / max(1, row["tickets"])
        lines.append(
            f"| {row['stage']} | {row['tickets']:,} | {row['cpu']:.1f} | {row['wall']:.1f} | {each * 1000:.2f} |"
            f" {each / row['yard']:.1f} | {row['peak'] / 1e6:.0f} | {row['peak of a worker'] / 1e6:.0f} |"
        )
    lines.append("")
    for row in rows:
        if row["stage"] in ("tickets", "plan", "settle", "delta"):
            sizes = ", ".join(
                f"{name} {size / row['tickets']:,.0f}" for name, size in row["sizes"].items() if size
            )
            lines.append(f"Bytes a ticket after `{row['stage']}` of {row['tickets']:,}: {sizes}.")
        if "outcomes" in row and row["stage"] not in SAME:
            lines.append(f"`{row['stage']}` of {row['tickets']:,}: {row['outcomes']}.")
        if "leaves" in row:
            lines.append(
                f"`ledger` of {row['tickets']:,}: {row['leaves']:,} leaves, one by one, give the plan's {row['sums']:,} sums."
            )
        if "compared" in row:
            lines.append(f"`{row['stage']}` of {row['tickets']:,}: {row['compared']}.")
    return "\n".join(lines)


def fit(rows: Sequence[_Row]) -> list[_Row]:
    """Fit processor time = a × tickets^b for each stage, by least squares of the logarithms; `start` is taken off each first.

    b is 1 where a stage grows as the tickets do, 0 where it does not grow. What costs less than a tenth of a second has no b.
    """
    starts = {row["tickets"]: row["cpu"] for row in rows if row["stage"] == "start"}
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in rows:
        cost = row["cpu"] - starts.get(row["tickets"], 0.0)
        if row["stage"] != "start" and row["tickets"] in starts and cost > 0.1:
            points[row["stage"]].append((row["tickets"], cost))
    return [
        {"stage": stage, "exponent": _slope(found), "largest two": _slope(found[-2:]), "from": found[0][0], "to": found[-1][0]}
        for stage, found in points.items()
        if len({tickets for tickets, _ in found}) > 1
    ]  # fmt: skip


def _slope(points: Sequence[tuple[int, float]]) -> float:
    xs, ys = [math.log(tickets) for tickets, _ in points], [math.log(cost) for _, cost in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def fit_table(fits: Sequence[_Row]) -> str:
    """Write the fits; empty where there is one size only."""
    if not fits:
        return ""
    lines = ["", "| stage | from | to | exponent | between the largest two |", "|---|---|---|---|---|"]
    lines += [
        f"| {one['stage']} | {one['from']:,} | {one['to']:,} | {one['exponent']:.2f} | {one['largest two']:.2f} |"
        for one in fits
    ]
    return "\n".join(lines)


def kept(folder: Path) -> Iterator[_Row]:
    """Yield the figures that calls before left in a folder, by size."""
    for book in sorted(folder.glob("scale-*.jsonl"), key=lambda path: int(path.stem.split("-")[1])):
        yield from joined([json.loads(line) for line in book.read_text().splitlines()])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000])
    parser.add_argument(
        "--applied", type=int, default=100, help="tickets that are really migrated for the figure of verify"
    )
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work instead of a temporary folder")
    parser.add_argument("--lean", action="store_true", help="remove each plan that was made again the same")
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="STAGE", help=f"leave out: {'; '.join(STAGES)}"
    )
    parser.add_argument(
        "--ledger",
        action="store_true",
        help="also add up every leaf of every ticket, and compare with the plan",
    )
    parser.add_argument("--fit", action="store_true", help="measure nothing: print what stands in --folder")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    _figures.add_options(parser)
    options = parser.parse_args()
    if options.stage:
        figures: _Row = {}
        if options.stage == "set up":
            scale_stages.set_up(options.root, options.tickets[0] if options.root.name == "applied" else 0)
        else:
            figures = scale_stages.run_stage(options.root, options.stage, options.tickets[0], options.workers)
        print(json.dumps({**scale_stages.used(), **figures}))
        return
    rows: list[_Row] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.fit:
            rows = list(kept(folder))
        else:
            for tickets in options.tickets:
                rows += measure(
                    tickets,
                    options.workers,
                    folder,
                    lean=options.lean,
                    without=options.without,
                    ledger=options.ledger,
                )
            if options.applied:
                rows += measure_applied(options.applied, folder)
    fits = fit(rows)
    text = "\n".join([table(rows, options.workers), fit_table(fits)]).rstrip()
    _figures.tell(
        "growth" if options.fit else "scale",
        text,
        {"workers": options.workers, "rows": rows, "fit": fits},
        options,
    )


if __name__ == "__main__":
    main()
