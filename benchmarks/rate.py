"""Does an apply use the rate that the new desk allows, and is its time what the plan's estimate says? On stand-ins that enforce the documented limits.

python benchmarks/rate.py --tickets 800 --write

Nothing goes over a socket; answers take 300 ms of a simulated clock. The rate is that of the limit that governs: requests as the stand-in's ledger holds
them, of those that the limit counts, in the middle of the time in which they were sent, against what the limit lets through in that time.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import _figures

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.flow.test_intercom import STAND_IN, workspace_for

from ticketferry.mapping.shipped import shipped
from ticketferry.project import Project, stages
from ticketferry.project.archive import ARCHIVE, confirm_archive
from ticketferry.project.viewing import view_plan
from ticketferry.rehearsal.transport import StandInTransport
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.ledger import Entry
from ticketferry_emulators.zendesk import ZendeskEmulator, empty_desk

HOSTS = ("source.invalid", "target.invalid")


class Governing(NamedTuple):
    """A limit of the new desk, and which requests it counts."""

    words: str
    count: int
    seconds: float
    counts: Callable[[Entry], bool]


class Way(NamedTuple):
    """A target, how migration.yaml names it, the mapping, and its limit."""

    stand_in: Any
    described: str
    mapping: str
    limit: Governing


def into_jira(clock: ManualClock, _source: Any) -> Way:
    limit = Governing(
        "POST of one endpoint: 100 a second", 100, 1.0, lambda entry: entry.operation == "comment.add"
    )
    jira = JsmEmulator(clock=clock)
    told = f"connector: jsm, key: jira, email: {jira.credentials['JIRA_EMAIL']}, token: env:JIRA_TOKEN"
    return Way(jira, told, "zendesk_to_jsm", limit)


def into_zendesk(clock: ManualClock, _source: Any) -> Way:
    limit = Governing(
        "the account's requests on plan Team: 200 a minute",
        200,
        60.0,
        lambda entry: "/oauth/" not in entry.path,
    )
    zendesk = ZendeskEmulator(clock=clock, plan="team", bulk_users=True, data=empty_desk())
    told = (
        "connector: zendesk, key: globex, client_id: "
        f"{zendesk.credentials['ZENDESK_CLIENT_ID']}, client_secret: env:ZENDESK_CLIENT_SECRET, bulk_users: true"
    )
    return Way(zendesk, told, "zendesk_to_zendesk", limit)


def into_intercom(clock: ManualClock, source: Any) -> Way:
    limit = Governing("an app's requests at 1,000 a minute: 167 in 10 seconds", 167, 10.0, lambda _: True)
    intercom = IntercomEmulator(clock, data=workspace_for(source), quiet=True, per_minute=1_000)
    told = f"connector: intercom, key: inbox, token: env:INTERCOM_TOKEN, stand_in: '{STAND_IN}', file_hosts: [target.invalid]"
    return Way(intercom, told, "zendesk_to_intercom", limit)


WAYS = {"jsm": into_jira, "zendesk": into_zendesk, "intercom": into_intercom}


def confirm(project: Project, plan: Any) -> None:
    for state in stages.preflight(project, plan):
        if state.guard is ARCHIVE:
            confirm_archive(project, "the benchmark")
        elif not state.proved and state.guard.proof == "person":
            project.workspace.confirm(state.guard.code, "the benchmark")


def used(entries: Sequence[Entry], limit: Governing) -> tuple[float, float]:
    """Return how much of the limit was used in the middle half of the time in which its requests were sent, 0 to 1, and that time in seconds.

    Whole windows are counted, as the limit counts them.
    """
    sent = sorted(
        int(entry.time // limit.seconds) for entry in entries if entry.status != 429 and limit.counts(entry)
    )
    quarter = len(sent) // 4
    first, last = sent[quarter] + 1, sent[-quarter - 1] - 1
    if last < first:
        raise SystemExit(
            f"too few requests to tell: {len(sent)} in {sent[-1] - sent[0] + 1} windows; take more tickets"
        )
    inside = sum(first <= window <= last for window in sent)
    return inside / ((last - first + 1) * limit.count), (last - first + 1) * limit.seconds


def run(name: str, tickets: int, workers: int, latency: float) -> dict[str, Any]:
    clock = ManualClock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = ZendeskEmulator(clock=clock, tickets=tickets, plan=None)
        way = WAYS[name](clock, source)
        stand_ins = dict(zip(HOSTS, (source, way.stand_in), strict=True))
        for host, one in stand_ins.items():
            stack.enter_context(one.called(host))
        given = {**source.credentials, **way.stand_in.credentials}
        os.environ.update(given)
        (folder / "migration.yaml").write_text(
            "version: 1\n"
            f"source: {{connector: zendesk, key: acme, base_url: '{source.base_url}', email: {given['ZENDESK_EMAIL']}, token: env:ZENDESK_TOKEN}}\n"
            f"target: {{{way.described}, base_url: '{way.stand_in.base_url}'}}\n"
            f"mapping: mapping.yaml\nworkers: {workers or 'auto'}\n"
        )
        shutil.copyfile(shipped()[way.mapping], folder / "mapping.yaml")
        project = stack.enter_context(Project.load(folder, clock=clock))
        project.transport = StandInTransport(stand_ins)
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        way.stand_in.latency = latency
        project.workspace.note("latency", f"{latency}")
        estimated = view_plan(project, plan, played=True).estimate
        assert estimated is not None
        before, began = len(list(way.stand_in.ledger.entries())), clock.time()
        figures = stages.apply(project, plan, fail=False, allow_visible=True)
        entries = list(way.stand_in.ledger.entries())[before:]
        share, seconds = used(entries, way.limit)
        took = clock.time() - began
        return {
            "into": name, "limit": way.limit.words, "tickets": tickets, "writes": figures.performed, "failed": figures.failed,
            "requests": len(entries), "refused 429": sum(entry.status == 429 for entry in entries), "workers": workers or "auto",
            "answers ms": round(latency * 1000), "used": round(share, 3), "over s": seconds, "applied s": round(took, 1),
            "estimated s": round(estimated.seconds, 1), "off": round(estimated.seconds / took - 1, 3), "stalls": clock.stalls,
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=800)
    parser.add_argument("--into", choices=WAYS, action="append")
    parser.add_argument("--workers", type=int, action="append", help="0: auto")
    parser.add_argument("--latency", type=float, action="append")
    _figures.add_options(parser)
    asked = parser.parse_args()
    rows = [
        run(name, asked.tickets, workers, latency)
        for name in asked.into or WAYS
        for workers in asked.workers or [0]
        for latency in asked.latency or [0.3]
    ]
    heads = [name for name in rows[0] if name != "stalls"]
    table = [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(_cell(name, row[name]) for name in heads)} |" for row in rows),
    ]
    _figures.tell("rate", "\n".join(table), rows, asked)


def _cell(name: str, value: Any) -> str:
    if name in ("used", "off"):
        return f"{value:+.1%}" if name == "off" else f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
