"""Tickets with their comments out of one served Zendesk stand-in, limits and latency off: by other people's extractors and by ours."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from rivals_tools.environments import CLIENTS, HERE, python_of

__all__ = ["extraction", "extraction_table", "serve"]

NOW = 1_795_000_000.0
"""The desk's present: after its last event."""
PRODUCT = "https://acme.zendesk.com"
"""The host that the tools ask; it is led to the stand-in."""
SINCE = "2000-01-01T00:00:00Z"
_STREAMS = ("tickets", "ticket_comments", "users")


def serve(tickets: int) -> None:
    """Serve a desk; each line of standard input is answered with what was asked since the last, as JSON; ends with the input."""
    from ticketferry_emulators.kit.clock import ManualClock
    from ticketferry_emulators.zendesk import ZendeskEmulator

    emulator = ZendeskEmulator(ManualClock(NOW), tickets=tickets, plan=None)
    with emulator.serve():
        print(json.dumps({"url": emulator.base_url, **emulator.credentials}), flush=True)
        for _ in sys.stdin:
            print(json.dumps({"requests": len(emulator.ledger), "crashes": emulator.crashes}), flush=True)
            emulator.ledger.clear()


def _token(desk: dict[str, str]) -> str:
    """Return an access token: API tokens cannot be made any more."""
    sent = {"grant_type": "client_credentials", "client_id": desk["ZENDESK_CLIENT_ID"], "scope": "read",
            "client_secret": desk["ZENDESK_CLIENT_SECRET"]}  # fmt: skip
    answer = httpx.post(f"{desk['url']}/oauth/tokens", json=sent)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


@contextmanager
def served(tickets: int) -> Iterator[tuple[dict[str, str], Callable[[], int]]]:
    """Serve a desk in a process of its own; give its address with credentials, and a function that counts the requests since its last call."""
    script = str(HERE.parent / "rivals.py")
    with subprocess.Popen(
        [sys.executable, script, "--serve", str(tickets)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        desk = json.loads(server.stdout.readline())
        desk["token"] = _token(desk)

        def asked() -> int:
            server.stdin.write("\n")
            server.stdin.flush()
            told = json.loads(server.stdout.readline())
            if told["crashes"]:
                sys.exit(f"the stand-in failed: {told['crashes'][0]}")
            return int(told["requests"])

        try:
            yield desk, asked
        finally:
            server.stdin.close()


def measured(command: list[str], folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Run a tool, its output in a file; return its processor time with that of its children, and its peak of memory. Ends where it fails."""
    out, err = folder / "out", folder / "err"
    with out.open("wb") as output, err.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=output, stderr=errors, cwd=folder, env={**os.environ, **environment}
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = err.read_text(errors="replace")[-2_000:] or out.read_text(errors="replace")[-2_000:]
        sys.exit(f"{command[1]} ended with {process.returncode}:\n{said}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}


def _records(folder: Path, read: Callable[[dict[str, Any]], str | None]) -> Counter[str]:
    """Count the records of an output of JSON lines by stream."""
    found: Counter[str] = Counter()
    with (folder / "out").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("{") and (stream := read(json.loads(line))) is not None:
                found[stream] += 1
    return found


def by_tap(desk: dict[str, str], folder: Path, *, whole: bool = False) -> dict[str, Any]:
    """Singer's tap-zendesk: tickets with their comments, and users; or the `whole` of what it can read here, with the audits of tickets."""
    config = {"start_date": SINCE, "subdomain": "acme", "access_token": desk["token"]}
    (folder / "config.json").write_text(json.dumps(config))
    hidden = [part for stream in _NOT_SERVED for part in ("--without", stream)]
    run = [
        python_of("tap-zendesk") or "",
        str(CLIENTS / "tap.py"),
        "tap_zendesk",
        PRODUCT,
        desk["url"],
        *hidden,
        "--",
    ]
    settings = ["--config", str(folder / "config.json")]
    found = subprocess.run([*run, *settings, "--discover"], capture_output=True, text=True, check=True)
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        for row in stream["metadata"]:
            row["metadata"]["selected"] = whole or stream["stream"] in _STREAMS
    (folder / "catalog.json").write_text(json.dumps(catalog))
    figures = measured([*run, *settings, "--catalog", str(folder / "catalog.json")], folder, {})
    counts = _records(folder, lambda line: line["stream"] if line["type"] == "RECORD" else None)
    return {**figures, "tickets": counts["tickets"], "comments": counts["ticket_comments"]}


_NOT_SERVED = ("talk_phone_numbers", "ticket_metric_events")
"""Streams whose places a tap tries while it finds out, and that the stand-in does not serve."""


def by_airbyte(desk: dict[str, str], folder: Path) -> dict[str, Any]:
    """Airbyte's source-zendesk-support: the same streams, messages to a file."""
    (folder / "config.json").write_text(json.dumps({
        "start_date": SINCE, "subdomain": "acme", "num_workers": 3,
        "credentials": {"credentials": "oauth2.0", "access_token": desk["token"]},
    }))  # fmt: skip
    (folder / "configured_catalog.json").write_text(json.dumps({"streams": [
        {
            "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
            "sync_mode": "full_refresh", "destination_sync_mode": "overwrite",
        }
        for name in _STREAMS
    ]}))  # fmt: skip
    script = [str(HERE / "read_by_airbyte.py"), str(CLIENTS), PRODUCT, desk["url"], str(folder)]
    figures = measured([python_of("airbyte") or "", *script], folder, {})
    counts = _records(folder, lambda line: line["record"]["stream"] if line["type"] == "RECORD" else None)
    return {**figures, "tickets": counts["tickets"], "comments": counts["ticket_comments"]}


def by_dlt(desk: dict[str, str], folder: Path) -> dict[str, Any]:
    """dlt's Zendesk source into a DuckDB file."""
    (folder / "credentials.json").write_text(json.dumps({"subdomain": "acme", "token": desk["token"]}))
    script = [str(HERE / "read_by_dlt.py"), str(CLIENTS), PRODUCT, desk["url"], str(folder)]
    figures = measured([python_of("dlt") or "", *script], folder, {"RUNTIME__DLTHUB_TELEMETRY": "false"})
    count = (
        "import duckdb, json, sys; d = duckdb.connect(sys.argv[1]); n = lambda q: d.execute(q).fetchone()[0];"
        'c = "SELECT count(*) FROM (SELECT unnest(from_json(child_events, \'[\\"JSON\\"]\')) AS e FROM desk.ticket_events)'
        " WHERE json_extract_string(e, '$.event_type') = 'Comment'\";"
        "print(json.dumps([n('SELECT count(*) FROM desk.tickets'), n(c)]))"
    )
    told = subprocess.run(
        [python_of("dlt") or "", "-c", count, str(folder / "rival.duckdb")],
        capture_output=True,
        text=True,
        check=True,
    )
    tickets, comments = json.loads(told.stdout)
    return {**figures, "tickets": tickets, "comments": comments}


def by_ours(desk: dict[str, str], folder: Path) -> dict[str, Any]:
    """`ticketferry extract`: tickets, comments, people and files' descriptions, and all there is of the history, translated, into a workspace."""
    (folder / "mapping.yaml").write_text(
        "version: 1\nsource: zendesk\ntarget: neutral\nphases: [{name: all, where: always}]\n"
    )
    (folder / "migration.yaml").write_text(
        f"version: 1\nsource: {{connector: zendesk, key: acme, base_url: '{desk['url']}', history: events,"
        " client_id: ticketferry_sample, client_secret: 'env:ZENDESK_CLIENT_SECRET'}\n"
        f"target: {{connector: neutral, key: dest, folder: '{folder / 'dst'}'}}\nmapping: mapping.yaml\n"
    )
    script = [str(HERE.parent / "zendesk_extract.py"), "--extract", str(folder)]
    secret = {"ZENDESK_CLIENT_SECRET": desk["ZENDESK_CLIENT_SECRET"]}
    figures = measured([sys.executable, *script], folder, secret)
    counts = json.loads((folder / "out").read_text().splitlines()[-1])
    return {**figures, "tickets": counts["ticket"], "comments": _comments(folder)}


def _comments(folder: Path) -> int:
    """Count the comments of a workspace that was extracted."""
    from ticketferry.project import Project
    from ticketferry.schema.records import kind_of
    from ticketferry.schema.refs import Kind

    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        tickets = snapshots.roots(Kind.TICKET, snapshots.latest().number)
        return sum(
            kind_of(record) is Kind.COMMENT for _, rows in tickets for row in rows for record in row.records
        )


TOOLS: dict[str, tuple[str | None, Callable[[dict[str, str], Path], dict[str, Any]]]] = {
    "ticketferry": (None, by_ours),
    "tap-zendesk": ("tap-zendesk", by_tap),
    "tap-zendesk, all it reads": ("tap-zendesk", partial(by_tap, whole=True)),
    "airbyte-source-zendesk-support": ("airbyte", by_airbyte),
    "dlt into DuckDB": ("dlt", by_dlt),
}


def extraction(tickets: int) -> list[dict[str, Any]]:
    """Let each tool that is installed read the same desk; return their figures."""
    rows = []
    with served(tickets) as (desk, asked):
        for name, (environment, read) in TOOLS.items():
            if environment is not None and python_of(environment) is None:
                print(f"{name}: not installed (--install)", flush=True)
                continue
            with tempfile.TemporaryDirectory() as folder:
                asked()
                rows.append({"tool": name, **read(desk, Path(folder)), "requests": asked()})
                print(rows[-1], flush=True)
    return rows


def extraction_table(rows: list[dict[str, Any]]) -> str:
    """Return the figures as a table."""
    lines = [
        "| extraction | tickets | comments | CPU s | tickets a CPU second | requests | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['tool']} | {row['tickets']:,} | {row['comments']:,} | {row['cpu']:.1f} | {row['tickets'] / row['cpu']:,.0f} |"
        f" {row['requests']:,} | {row['peak'] / 1e6:,.0f} |"
        for row in rows
    ]  # fmt: skip
    return "\n".join(lines)
