"""Time, requests and peak memory of extracting an emulated Zendesk desk through the real `extract`.

The emulator runs in a process of its own, without limits and latency: what is measured is the extracting process.

python benchmarks/zendesk_extract.py                     # 5,000 tickets
python benchmarks/zendesk_extract.py --tickets 105000    # with 500,000 comments
python benchmarks/zendesk_extract.py --write             # also puts the table into docs/benchmarks.md
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import _figures

NOW = 1_795_000_000.0
"""The emulated desk's present: after its last event, whatever the date of this machine."""
MOST_MEGABYTES = 500


def serve(tickets: int) -> None:
    """Serve a desk until standard input ends; print its address and what it holds."""
    from ticketferry_emulators.kit.clock import ManualClock
    from ticketferry_emulators.zendesk import ZendeskEmulator

    began = time.perf_counter()
    emulator = ZendeskEmulator(ManualClock(NOW), tickets=tickets, plan=None)
    with emulator.serve():
        print(json.dumps({
            "url": emulator.base_url, **emulator.credentials, "seconds": time.perf_counter() - began,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }), flush=True)  # fmt: skip
        sys.stdin.read()
    if emulator.crashes:
        print(emulator.crashes[0], file=sys.stderr)
        sys.exit(1)


def extract(root: str) -> None:
    """Extract in this process and print figures as JSON."""
    from ticketferry.project import Project, stages
    from ticketferry.schema.refs import Kind
    from ticketferry.sdk.pacing import SystemClock

    class Ahead(SystemClock):
        """The machine's clock, moved to the emulated desk's present."""

        ahead = NOW - time.time()

        def time(self) -> float:
            return super().time() + self.ahead

    with Project.load(root, clock=Ahead()) as project:
        began = time.perf_counter()
        stages.extract(project, ["source"], files=False)
        seconds = time.perf_counter() - began
        snapshots = project.snapshots("source")
        number = snapshots.latest().number
        counts = {kind.value: snapshots.count(kind, number) for kind in (Kind.TICKET, Kind.EVENT)}
        size = (project.root / "source.db").stat().st_size
        (log,) = (project.root / "runs").glob("*.log.jsonl")
        (ledger,) = (event for line in log.open() if (event := json.loads(line))["event"] == "requests")
        asked: Counter[str] = Counter()
        for row in ledger["requests"]:
            asked[row["endpoint"]] += row["count"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "size": size, "asked": dict(asked), **counts}))


def measure(tickets: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(tickets)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            desk = json.loads(server.stdout.readline())
            root = Path(folder)
            (root / "mapping.yaml").write_text(
                "version: 1\nsource: zendesk\ntarget: neutral\nphases: [{name: all, where: always}]\n"
            )
            (root / "migration.yaml").write_text(
                f"version: 1\nsource: {{connector: zendesk, key: acme, base_url: '{desk['url']}', history: events,"
                " client_id: ticketferry_sample, client_secret: 'env:ZENDESK_CLIENT_SECRET'}\n"
                f"target: {{connector: neutral, key: dest, folder: '{root / 'dst'}'}}\nmapping: mapping.yaml\n"
            )
            answer = subprocess.run(
                [sys.executable, __file__, "--extract", str(root)],
                stdout=subprocess.PIPE, text=True, check=True,
                env={**os.environ, "ZENDESK_CLIENT_SECRET": desk["ZENDESK_CLIENT_SECRET"]},
            )  # fmt: skip
        finally:
            server.stdin.close()
            server.wait()
        return {
            "tickets": tickets,
            "made": desk["seconds"],
            "server": desk["peak"],
            **json.loads(answer.stdout.splitlines()[-1]),
        }


def table(rows: list[dict]) -> str:
    lines = [
        "| tickets | audits | seconds | tickets/s | peak MB | requests for tickets | for events | others | source.db MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        asked = Counter(row["asked"])
        tickets, events = asked.pop("incremental.tickets"), asked.pop("incremental.ticket_events")
        lines.append(
            f"| {row['ticket']:,} | {row['event']:,} | {row['seconds']:,.0f} | {row['ticket'] / row['seconds']:,.0f} |"
            f" {row['peak'] / 1e6:,.0f} | {tickets:,} | {events:,} | {sum(asked.values()):,} | {row['size'] / 1e6:,.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, nargs="+", default=[5_000])
    _figures.add_options(parser)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--extract", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    if options.extract:
        extract(options.extract)
        return
    rows = [measure(tickets) for tickets in options.tickets]
    for row in rows:
        print(
            f"desk of {row['tickets']:,} made in {row['made']:.0f} s at {row['server'] / 1e6:,.0f} MB; others: {row['asked']}"
        )
    _figures.tell("zendesk", table(rows), rows, options)
    if any(row["peak"] > MOST_MEGABYTES * 1e6 for row in rows):
        sys.exit(f"more than {MOST_MEGABYTES} MB")


if __name__ == "__main__":
    main()
