"""A sample desk made from a number and a seed: the same bytes on every machine, any number of tickets as a stream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import click
import orjson

from ticketferry_emulators.zendesk.seed import files, people, stories
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.catalog import catalog
from ticketferry_emulators.zendesk.seed.dice import BEGINS, BLOCK, HOST, Dice, WireRecord, api_url, stamp
from ticketferry_emulators.zendesk.seed.rules import RULES, settings

__all__ = ["SampleDesk", "TicketWithAudits", "WireRecord", "generate", "load", "main", "save"]

_FACTS = ("host", "account_id", "first_number")
_CASES = (
    "tickets",
    "audits",
    "satisfaction_ratings",
    "deleted_tickets",
    "side_conversations",
    "conversations",
)
_SMALL = 250
"""Tickets up to which a desk's are kept in memory, packed: some 4 kB each."""


@dataclass(frozen=True, slots=True)
class SampleDesk:
    """A desk in the vendor's own form.

    `lists` gives a fresh iterator of records by kind (users, organizations, groups, ticket_fields, …); `cases` gives the
    tickets in order of number, each with its audits; `blob` gives the bytes behind an attachment's token and raises
    KeyError for an unknown one; `settings` is the account's. No list is held longer than its reader holds it. Records may
    be shared between readers: copy one before changing it.
    """

    tickets: int
    lists: Mapping[str, Callable[[], Iterator[WireRecord]]]
    cases: Callable[[], Iterator[TicketWithAudits]]
    blob: Callable[[str], bytes]
    settings: WireRecord
    host: str = HOST
    """What addresses in bodies begin with."""
    account_id: int = 10_001
    first_number: int = 0
    """Where ids of a kind begin that the desk has no record of."""


def generate(tickets: int = 214, seed: int = 1) -> SampleDesk:
    """Return a desk of so many ticket numbers; `seed` changes what is said, not which stories there are."""
    if tickets < 0:
        raise ValueError(f"a desk cannot have {tickets} tickets")
    lists: dict[str, Callable[[], Iterator[WireRecord]]] = {}
    beside = {"suspended_tickets": _suspended(), "jira_links": _jira_links(tickets)}
    for kind, rows in {**catalog(), **RULES, **beside}.items():
        lists[kind] = lambda rows=rows: iter(rows)  # type: ignore[misc]
    for kind in people.records(tickets):
        lists[kind] = lambda kind=kind: people.records(tickets)[kind]  # type: ignore[misc]
    tell = _told_again if tickets <= _SMALL else stories.case
    return SampleDesk(
        tickets=tickets,
        lists=lists,
        cases=lambda: (tell(number, tickets, seed) for number in range(1, tickets + 1)),
        blob=files.content,
        settings=settings(),
    )


def _told_again(number: int, tickets: int, seed: int) -> TicketWithAudits:
    """Return a ticket as its story tells it, from memory where it was told before: one process makes many small desks."""
    parts = orjson.loads(_told(number, tickets, seed))
    return TicketWithAudits(*parts)


@lru_cache(maxsize=4 * _SMALL)
def _told(number: int, tickets: int, seed: int) -> bytes:
    return orjson.dumps(tuple(stories.case(number, tickets, seed)))


def _jira_links(tickets: int) -> list[WireRecord]:
    """Return links with Jira issues: two of one ticket in each block, as engineers work on a problem for long [REC TestJIRALink]."""
    rows = []
    for index in range(2 * ((tickets - stories.LINKED) // BLOCK + 1)):
        number = stories.LINKED + index // 2 * BLOCK
        made = stamp(BEGINS + 86_400 + index)
        rows.append({
            "id": 880_001 + index, "ticket_id": str(number), "issue_id": str(10_042 + index), "issue_key": f"NET-{42 + index}",
            "url": f"{HOST}/api/services/jira/links/{880_001 + index}", "created_at": made, "updated_at": made,
        })  # fmt: skip
    return rows


def _suspended() -> list[WireRecord]:
    """Return the queue of suspended mails: they never became tickets."""
    causes = (("Detected as spam", 0), ("Automated response mail", 4), ("Sender is not allowed", 15))
    rows = []
    for index in range(6):
        dice = Dice("suspended", index)
        cause, cause_id = causes[index % len(causes)]
        made = stamp(BEGINS + index * 8_640_000)
        sender = f"bulk{index}@lottery.example"
        source = {
            "from": {"address": sender, "name": "Bulk"},
            "rel": None,
            "to": {"address": "support@acme.example", "name": "Acme"},
        }
        rows.append(
            {
                "url": api_url(f"suspended_tickets/{71_001 + index}"),
                "id": 71_001 + index,
                "author": {"id": None, "name": "Bulk", "email": sender},
                "subject": dice.pick(("Win!", "Out of office", "Re:")),
                "content": "Dear winner,\r\nclick here.",
                "cause": cause,
                "cause_id": cause_id,
                "message_id": f"<{index}@lottery.example>",
                "ticket_id": None,
                "recipient": "support@acme.example",
                "created_at": made,
                "updated_at": made,
                "via": {"channel": "email", "source": source},
                "attachments": [],
                "error_messages": None,
                "brand_id": 27_001,
            }
        )
    return rows


def save(desk: SampleDesk, folder: Path) -> dict[str, int]:
    """Write a desk as files and return the number of records by kind.

    Layout: ``settings.json``; ``desk.json`` for another desk than the sample, its host and numbers; ``KIND.jsonl`` for each list; ``tickets.jsonl``, ``audits.jsonl``,
    ``satisfaction_ratings.jsonl``, ``deleted_tickets.jsonl``, ``side_conversations.jsonl`` and ``conversations.jsonl`` (where there are any) in order of ticket number; ``blobs/TOKEN`` for each
    attachment. Existing files are replaced.
    """
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_bytes(_line(desk.settings))
    if desk.host != HOST:
        (folder / "desk.json").write_bytes(_line({name: getattr(desk, name) for name in _FACTS}))
    counts = {}
    for kind, rows in desk.lists.items():
        with (folder / f"{kind}.jsonl").open("wb") as out:
            counts[kind] = sum(1 for row in rows() if out.write(_line(row)))
    counts |= dict.fromkeys((*_CASES, "blobs"), 0)
    outs = {kind: (folder / f"{kind}.jsonl").open("wb") for kind in _CASES}
    try:
        for case in desk.cases():
            rows_of: dict[str, list[WireRecord]] = {
                "tickets": [case.ticket],
                "audits": case.audits,
                "satisfaction_ratings": [case.rating] if case.rating else [],
                "deleted_tickets": [case.deletion] if case.deletion else [],
                "side_conversations": list(case.sides),
                "conversations": [{"ticket_id": case.ticket["id"], **row} for row in case.talk],
            }
            for kind, records in rows_of.items():
                outs[kind].writelines(map(_line, records))
                counts[kind] += len(records)
            for token in tokens(case):
                (folder / "blobs" / token).write_bytes(desk.blob(token))
                counts["blobs"] += 1
    finally:
        for out in outs.values():
            out.close()
    if not counts["conversations"]:
        del counts["conversations"]
        (folder / "conversations.jsonl").unlink()
    return counts


def tokens(case: TicketWithAudits) -> Iterator[str]:
    """Yield the tokens of a case's attachments."""
    for audit in case.audits:
        for event in audit["events"]:
            for attachment in event.get("attachments", ()):
                if "/token/" in attachment["content_url"]:
                    yield attachment["content_url"].split("/token/")[1].split("/")[0]


def load(folder: Path) -> SampleDesk:
    """Read back what :func:`save` wrote; files are read as they are needed. FileNotFoundError when it is none."""
    account: WireRecord = json.loads((folder / "settings.json").read_bytes())
    named = folder / "desk.json"
    facts: WireRecord = json.loads(named.read_bytes()) if named.is_file() else {}
    kinds = sorted(path.stem for path in folder.glob("*.jsonl") if path.stem not in _CASES)

    def blob(token: str) -> bytes:
        path = folder / "blobs" / token
        if path.parent != folder / "blobs" or not token.isalnum() or not path.is_file():
            raise KeyError(token)
        return path.read_bytes()

    return SampleDesk(
        tickets=sum(1 for _ in _rows(folder / "tickets.jsonl")),
        lists={kind: lambda kind=kind: _rows(folder / f"{kind}.jsonl") for kind in kinds},  # type: ignore[misc]
        cases=lambda: _load_cases(folder),
        blob=blob,
        settings=account,
        **facts,
    )


def _load_cases(folder: Path) -> Iterator[TicketWithAudits]:
    ratings = {row["ticket_id"]: row for row in _rows(folder / "satisfaction_ratings.jsonl")}
    deletions = {row["id"]: row for row in _rows(folder / "deleted_tickets.jsonl")}
    sides: dict[int, list[WireRecord]] = {}
    if (folder / "side_conversations.jsonl").exists():
        for row in _rows(folder / "side_conversations.jsonl"):
            sides.setdefault(row["ticket_id"], []).append(row)
    talks: dict[int, list[WireRecord]] = {}
    if (folder / "conversations.jsonl").exists():
        for row in _rows(folder / "conversations.jsonl"):
            talks.setdefault(row.pop("ticket_id"), []).append(row)
    audits = groupby(_rows(folder / "audits.jsonl"), key=lambda row: row["ticket_id"])
    for ticket in _rows(folder / "tickets.jsonl"):
        number, rows = next(audits, (None, iter(())))
        if number != ticket["id"]:
            raise ValueError(f"{folder}: audits of ticket {number} where those of {ticket['id']} should be")
        yield TicketWithAudits(
            ticket, list(rows), ratings.get(number), deletions.get(number), sides.get(ticket["id"], []),
            talk=talks.get(ticket["id"], []),
        )  # fmt: skip


def _rows(path: Path) -> Iterator[WireRecord]:
    with path.open("rb") as lines:
        yield from map(orjson.loads, lines)


def _line(record: WireRecord) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


@click.command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to."
)
@click.option(
    "--tickets", type=click.IntRange(min=0), default=214, show_default=True, help="Ticket numbers to make."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other words.")
def main(out: Path, tickets: int, seed: int) -> None:
    """Write a sample desk as JSON Lines and files."""
    for kind, count in save(generate(tickets, seed), out).items():
        click.echo(f"{count:>9,}  {kind}")


if __name__ == "__main__":
    main()
