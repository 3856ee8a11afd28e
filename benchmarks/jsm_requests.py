"""Requests of a whole migration of the sample desk into the emulated Jira, beside the least that its data needs by way one.

python benchmarks/jsm_requests.py               # 200 tickets
python benchmarks/jsm_requests.py --tickets 1000
"""

import argparse
import os
import socket
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from math import ceil
from pathlib import Path
from typing import Any
from unittest import mock

import _figures

BATCH, PEOPLE, PAGE, COMMENTS = 50, 50, 100, 1_000
"""New issues a request, accounts a request, issues a reading, comments a reading [P, S]."""


def least(site: Mapping[str, Any], request_type: str) -> dict[str, tuple[int, str]]:
    """Return what a site's data needs at the least, by its parts: (requests, formula). `site`: a dump of the emulator after the run."""
    issues = list(site["issues"].values())
    comments = sum(len(issue["comments"]) for issue in issues)
    hops = sum(
        item.get("fieldId") == "status"
        for issue in issues
        for change in issue["changes"]
        for item in change["items"]
    )
    shown = sum(bool(issue["values"].get(request_type)) for issue in issues)
    completed = sum(
        any(item.get("fieldId") == "description" for change in issue["changes"] for item in change["items"])
        for issue in issues
    )
    parts = sum("ticketferry.parts" in issue["properties"] for issue in issues)
    files = len(site["attachments"])
    customers = len(site["customers"])
    desks = [desk for desk in site["desks"].values() if desk["customers"]]
    organizations = list(site["organizations"].values())
    placed = sum(len(desk["organizations"]) for desk in site["desks"].values())
    return {
        "issue.create": (ceil(len(issues) / BATCH), f"{len(issues):,} issues / {BATCH}"),
        "comment.create": (comments, f"{comments:,} comments"),
        "attachment.add": (2 * files, f"{files:,} files x (1 + 1 to learn their media id)"),
        "issue.transition": (hops, f"{hops:,} transitions"),
        "issue.edit": (completed, f"{completed:,} descriptions that show files or tickets"),
        "issue.set_property": (parts, f"{parts:,} issues with files, links or work logs"),
        "issue.link": (len(site["links"]), f"{len(site['links']):,} links"),
        "worklog.add": (sum(len(issue["worklogs"]) for issue in issues), "work logs"),
        "remote_link": (sum(len(issue["remote_links"]) for issue in issues), "remote links"),
        "issue.request_type": (shown, f"{shown:,} requests shown on the portal"),
        "customer": (
            3 * customers,
            f"{customers:,} customers x (1 look whether the address is in use + 1 + 1 for the mark)",
        ),
        "desk": (
            sum(ceil(len(desk["customers"]) / PEOPLE) for desk in desks),
            f"customers of each desk / {PEOPLE}",
        ),
        "organization": (
            2 * len(organizations)
            + placed
            + sum(ceil(len(row["members"]) / PEOPLE) for row in organizations),
            f"{len(organizations):,} organizations x 2, {placed} places on desks, members / {PEOPLE}",
        ),
        "read back": (
            ceil(len(issues) / PAGE) + ceil(comments / COMMENTS) + ceil(customers / PAGE),
            f"issues / {PAGE} + comments / {COMMENTS} + customers / {PAGE}",
        ),
    }


GUARDS = frozenset(
    {"desk.list", "project.get", "project.notification_scheme", "preference.get", "mypermissions"}
)
"""Operations that read again, before each kind of write, whether anybody would be mailed: as many however many tickets there are."""


def counted(entries: list[Any]) -> tuple[int, Counter[str]]:
    """Return how many requests read set-up and guards (they do not grow with the data), and the others by operation."""
    first = next((number for number, entry in enumerate(entries) if entry.write), len(entries))
    rest = Counter(entry.operation for entry in entries[first:])
    again = sum(rest.pop(name, 0) for name in GUARDS)
    return first + again, rest


def migrate(tickets: int) -> tuple[dict[str, tuple[int, str]], int, Counter[str]]:
    """Run a migration; return the least, the requests for the set-up, and the requests after it."""
    from ticketferry.mapping.shipped import shipped
    from ticketferry.project import Project, stages
    from ticketferry_emulators.jsm import JsmEmulator
    from ticketferry_emulators.kit.clock import ManualClock
    from ticketferry_emulators.zendesk import ZendeskEmulator

    clock = ManualClock()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        zendesk = stack.enter_context(ZendeskEmulator(clock=clock, tickets=tickets).serve())
        jira: Any = stack.enter_context(JsmEmulator(clock=clock).serve(port=port))
        signed = {**zendesk.credentials, **jira.credentials}
        stack.enter_context(mock.patch.dict(os.environ, signed))
        (folder / "migration.yaml").write_text(
            "version: 1\n"
            f"source: {{connector: zendesk, key: acme, base_url: '{zendesk.base_url}', email: {signed['ZENDESK_EMAIL']},"
            " token: env:ZENDESK_TOKEN}\n"
            f"target: {{connector: jsm, key: jira, base_url: '{jira.base_url}', email: {signed['JIRA_EMAIL']}, token: env:JIRA_TOKEN}}\n"
            "mapping: mapping.yaml\nworkers: 4\n"
        )
        (folder / "mapping.yaml").write_text(shipped()["zendesk_to_jsm"].read_text())
        with Project.load(folder, clock=clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            for state in stages.preflight(project, plan):
                if not state.proved and state.guard.proof == "person":
                    project.workspace.confirm(state.guard.code, "a benchmark")
            jira.ledger.clear()
            stages.apply(project, plan)
        field = next(id_ for id_, known in jira.state.fields.items() if known.name == "Request Type")
        fixed, rest = counted(list(jira.ledger))
        return least(jira.dump(), field), fixed, rest


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, default=200)
    _figures.add_options(parser)
    options = parser.parse_args()
    wanted, fixed, rest = migrate(options.tickets)
    total, sent = sum(count for count, _ in wanted.values()), sum(rest.values())
    text = [
        f"{options.tickets:,} tickets of the sample desk",
        "",
        "| requests | for | |",
        "|---|---|---|",
        *(f"| {count:,} | {name} | {words} |" for name, (count, words) in wanted.items()),
        f"| {total:,} | the least for the data | |",
        f"| {sent:,} | sent | {100 * (sent / total - 1):+.1f} % |",
        f"| {fixed:,} | rights, set-up and guards, whatever the data | |",
        *(f"| {count:,} | sent: {name} | |" for name, count in rest.most_common()),
    ]
    figures = {
        "tickets": options.tickets,
        "least": wanted,
        "fixed": fixed,
        "sent": dict(rest),
        "over": sent / total - 1,
    }
    _figures.tell("jsm", "\n".join(text), figures, options)


if __name__ == "__main__":
    main()
