"""A profile of many tickets: a snapshot with eight parts a ticket is made, then read, counted and checked in one pass; time and memory.

python benchmarks/profile.py --tickets 100000
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import _figures

from ticketferry.quality.profile import profile
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Translated, Wire
from ticketferry.store.snapshots import Snapshots

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = (
    "please printer does not work since the update of last week and we have to send our invoices today can you help me with this it shows an"
    " error on the screen after the login page thank you for your answer I have tried to start it again the customer number is on the form"
)
WORDS = TEXT.split()
STATUSES = (
    ("new", "new"),
    ("open", "in_progress"),
    ("pending", "pending_customer"),
    ("solved", "resolved"),
    ("closed", "closed"),
)
PEOPLE_A_TICKET = 5
BATCH = 2_000


def _text(chance: random.Random, words: int) -> str:
    text = " ".join(chance.choices(WORDS, k=words))
    signature = "<p>Ann Example<br>+49 30 1234567<br>ann@mail.example</p>" if chance.random() < 0.3 else ""
    return f"<p>{text}</p>{signature}"


def _ticket(number: int, people: int, chance: random.Random) -> Iterator[tuple[Kind, str, dict[str, Any]]]:
    """Make a ticket with three messages and five events: eight parts."""
    at = NOW - timedelta(minutes=chance.randrange(60 * 24 * 900))
    status, stage = STATUSES[min(4, int(chance.expovariate(0.5)))] if chance.random() < 0.3 else STATUSES[4]
    ref = f"acme:ticket:{number}"
    yield Kind.TICKET, str(number), {
        "number": str(number), "subject": " ".join(chance.choices(WORDS, k=6)), "status": status, "stage": stage, "group": f"acme:group:{number % 20}",
        "requester": f"acme:person:{chance.randrange(people)}", "assignee": "acme:person:0", "created": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "tags": [f"tag{chance.randrange(400)}", f"tag{chance.randrange(400)}"], "fields": {"reason": f"r{number % 7}", "serial": f"S{number:08}"},
        "priority": "normal", "channel": "email", "brand": "Acme",
    }  # fmt: skip
    for part in range(3):
        at += timedelta(minutes=chance.randrange(600))
        yield Kind.COMMENT, f"{number}0{part}", {
            "ticket": ref, "author": "acme:person:0" if part == 1 else f"acme:person:{chance.randrange(people)}", "public": part != 2,
            "opening": part == 0, "created": f"{at:%Y-%m-%dT%H:%M:%SZ}", "body": {"html": _text(chance, 60)},
        }  # fmt: skip
    steps = (
        ("group", None, "acme:group:1"),
        ("assignee", None, "acme:person:0"),
        ("status", "new", "open"),
        ("status", "open", "solved"),
        ("priority", "low", "normal"),
    )
    for part, (field, before, after) in enumerate(steps):
        at += timedelta(minutes=chance.randrange(300))
        yield Kind.EVENT, f"{number}1{part}", {
            "ticket": ref, "type": "changed", "actor": "acme:person:0", "time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "field": field, "before": before, "after": after,
        }  # fmt: skip


def _fill(path: Path, tickets: int) -> None:
    snapshots = Snapshots(path, "acme")
    snapshot = snapshots.begin(NOW, "1")
    chance = random.Random(1)
    people = max(1, tickets // PEOPLE_A_TICKET)
    rows: list[Any] = []

    def put(kind: Kind, id_: str, record: dict[str, Any], root: Ref | None = None) -> None:
        ref = Ref("acme", kind, id_)
        wire = Wire(ref, {"id": id_, **record}, NOW, root=root)
        trace = {key: f"{kind.value}[].{'ref' if key == 'id' else key}" for key in ("id", *record)}
        rows.append((wire, Translated([{"ref": str(ref), **record}], trace), len(record)))
        if len(rows) >= BATCH:
            snapshots.writer.store(snapshot, "all", rows, "more")
            rows.clear()

    for number in range(people):
        role = "agent" if number == 0 else "end_user"
        put(
            Kind.PERSON,
            str(number),
            {"name": f"Person {number}", "email": f"p{number}@mail.example", "role": role, "state": "active"},
        )
    for number in range(20):
        put(Kind.GROUP, str(number), {"name": f"Group {number}"})
    for number in range(1, tickets + 1):
        root = Ref("acme", Kind.TICKET, str(number))
        for kind, id_, record in _ticket(number, people, chance):
            put(kind, id_, record, None if kind is Kind.TICKET else root)
    snapshots.writer.store(snapshot, "all", rows, "end", last=True)
    statuses = [{"id": name, "name": name, "stage": stage} for name, stage in STATUSES]
    snapshots.store_catalog(snapshot, {"desk": "acme", "product": "x", "statuses": statuses})  # type: ignore[typeddict-item]
    snapshots.finish(snapshot, NOW)
    snapshots.close()


def _measure(path: Path) -> None:
    snapshots = Snapshots(path, "acme", readonly=True)
    wall, cpu = time.monotonic(), time.process_time()
    found = profile(snapshots, 1)
    parts = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "tickets": found.tickets,
                "events and messages": found.events + found.comments["total"],
                "findings": {row.code: row.count for row in found.quality},
                "wall s": round(time.monotonic() - wall, 1),
                "processor s": round(time.process_time() - cpu, 1),
                "processor s of the parts' processes": round(parts.ru_utime + parts.ru_stime, 1),
                "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "peak MB of the largest of them": round(parts.ru_maxrss / 1024),
            }
        )
    )


def main() -> None:
    """Make the snapshot, then profile it in a process of its own, so that memory is the profile's alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--of", type=Path, help="a snapshot that was made already")
    _figures.add_options(parser)
    chosen = parser.parse_args()
    if chosen.of is not None:
        _measure(chosen.of)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.db"
        _fill(path, chosen.tickets)
        answer = subprocess.run(
            [sys.executable, __file__, "--of", os.fspath(path)], check=True, stdout=subprocess.PIPE
        )
    figures = json.loads(answer.stdout)
    text = ["| | |", "|---|---|", *(f"| {name} | {figure} |" for name, figure in figures.items())]
    _figures.tell("profile", "\n".join(text), figures, chosen)


if __name__ == "__main__":
    main()
