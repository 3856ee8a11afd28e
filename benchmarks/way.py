"""Time and peak memory of each stage on files, at two sizes: memory must not grow with the number of tickets.

python benchmarks/way.py                       # 1,000 and 4,000 tickets
python benchmarks/way.py --tickets 2000 20000
python benchmarks/way.py --write               # also puts the table into docs/benchmarks.md
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import _figures

STAGES = ("extract", "plan", "apply", "verify", "second plan")
MAPPING = """version: 1
source: neutral
target: neutral
phases: [{name: all, where: always}]
exits: {deleted: skip, spam: skip, suspended: skip}
"""


def _most_memory() -> int:
    """Return the kilobytes that this process took at the most: Linux gives to `ru_maxrss` what the process that started it had, too."""
    with suppress(OSError), Path("/proc/self/status").open() as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run_stage(root: str, stage: str) -> None:
    """Run one stage in this process and print its figures as JSON."""
    from ticketferry.project import Project, stages
    from ticketferry.ranges.processes import Processes

    with Project.load(root) as project:
        began = time.perf_counter()
        if stage == "extract":
            stages.extract(project)
        elif stage in ("plan", "second plan"):
            stages.make_plan(project, offline=stage == "plan", executor=Processes(2))
        elif stage == "apply":
            stages.apply(project, project.plan("p-01"))
        else:
            stages.verify(project, contents=False)
        seconds = time.perf_counter() - began
        sizes = {path.name: path.stat().st_size for path in project.root.rglob("*.db")}
    usage = [_most_memory(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
    print(
        json.dumps({"seconds": seconds, "peak": usage[0] * 1024, "children": usage[1] * 1024, "sizes": sizes})
    )


def measure(tickets: int) -> list[dict]:
    from ticketferry.testing import write_sample

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        counts = write_sample(base / "src", tickets, desk="acme", hostile=False)
        root = base / "mig"
        root.mkdir()
        (root / "mapping.yaml").write_text(MAPPING)
        (root / "migration.yaml").write_text(
            f"version: 1\nsource: {{connector: neutral, key: acme, folder: '{base / 'src'}'}}\n"
            f"target: {{connector: neutral, key: dest, folder: '{base / 'dst'}'}}\nmapping: mapping.yaml\n"
        )
        for stage in STAGES:
            answer = subprocess.run(
                [sys.executable, __file__, "--stage", stage, "--root", str(root)],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
            figures = json.loads(answer.stdout.splitlines()[-1])
            rows.append({"stage": stage, "tickets": tickets, "records": sum(counts.values()), **figures})
    return rows


def table(rows: list[dict]) -> str:
    lines = ["| stage | tickets | records | seconds | tickets/s | peak MB |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row['stage']} | {row['tickets']:,} | {row['records']:,} | {row['seconds']:.1f} |"
        f" {row['tickets'] / row['seconds']:,.0f} | {max(row['peak'], row['children']) / 1e6:,.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000, 4_000])
    _figures.add_options(parser)
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        run_stage(options.root, options.stage)
        return
    rows = [row for tickets in options.tickets for row in measure(tickets)]
    _figures.tell("way", table(rows), rows, options)


if __name__ == "__main__":
    main()
