"""Writes a neutral desk of any size, the same for the same arguments: people, tickets with a life, comments, files, links.

Everything streams: a desk of a million tickets needs no more memory than one of ten.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

import orjson

from ticketferry.schema.records import SCHEMA_VERSION, Record
from ticketferry.schema.refs import PARTS, Kind
from ticketferry.testing.hostile import FILES, hostile_records

__all__ = ["sample_catalog", "write_sample"]

_PART_LISTS = {
    "comments": Kind.COMMENT,
    "events": Kind.EVENT,
    "attachments": Kind.ATTACHMENT,
    "worklogs": Kind.WORKLOG,
    "side_conversations": Kind.SIDE_CONVERSATION,
}
_FIRST = 1_000
"""Numbers below belong to the hostile records."""
_START = datetime(2021, 1, 4, 8, 0, tzinfo=UTC)
_LIVES = (
    (("New",), 1),
    (("New", "Open"), 2),
    (("New", "Open", "Pending"), 2),
    (("New", "Open", "On hold"), 1),
    (("New", "Open", "Resolved"), 4),
    (("New", "Open", "Pending", "Open", "Resolved"), 3),
    (("New", "Open", "Resolved", "Open", "Resolved", "Closed"), 3),
    (("New", "Open", "Resolved", "Closed"), 8),
)
_STAGES = {
    "New": "new",
    "Open": "in_progress",
    "Pending": "pending_customer",
    "On hold": "on_hold",
    "Resolved": "resolved",
    "Closed": "closed",
}
_WORDS = (
    "invoice", "printer", "login", "slow", "refund", "order", "delivery", "broken", "screen", "update", "server", "password", "mail", "calendar", "export", "import",
    "Rechnung", "Drucker", "Anmeldung", "langsam", "Lieferung", "dépannage", "facture", "écran", "注文", "配送", "请求", "счёт", "ошибка",
)  # fmt: skip
_PRIORITIES = ("Low", "Medium", "High", "Urgent")
_TYPES = ("Question", "Incident", "Problem", "Task")
_CHANNELS = ("email", "web", "chat", "voice", "api")
_REASONS = ("broken", "late", "other")


def sample_catalog() -> dict[str, Any]:
    """Return the catalog of the sample desk, without the keys `desk` and `product` that a reader sets."""

    def named(names: tuple[str, ...]) -> list[dict[str, str]]:
        return [{"id": str(number), "name": name} for number, name in enumerate(names, 1)]

    return {
        "statuses": [
            {"id": str(number), "name": name, "stage": stage}
            for number, (name, stage) in enumerate(_STAGES.items(), 1)
        ],
        "priorities": named(_PRIORITIES),
        "types": named(_TYPES),
        "brands": named(("Acme", "Globex")),
        "forms": named(("Default", "Outage")),
        "link_types": named(("relates", "follow_up", "remote")),
        "groups": [
            {"id": "20", "name": "2nd level / פיתוח", "restricted": True},
            *named(("Support", "Billing")),
        ],
        "fields": [
            {
                "id": "1",
                "key": "refund_reason",
                "name": "Refund reason",
                "type": "select",
                "of": "ticket",
                "options": [{"value": value, "name": value.title()} for value in _REASONS],
            },
            {"id": "2", "key": "serial", "name": "Serial no.", "type": "text", "of": "ticket"},
        ],
    }


def write_sample(
    folder: Path, tickets: int = 100, *, seed: int = 0, desk: str = "acme", hostile: bool = True
) -> dict[str, int]:
    """Write a desk with `tickets` tickets (and the hostile ones besides, unless told otherwise) and return kind -> records.

    `folder` is made; it must not hold a desk yet (FileExistsError).
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "desk.json").exists():
        raise FileExistsError(f"there is a desk in {folder}")
    (folder / "files").mkdir(exist_ok=True)
    about = {"schema_version": SCHEMA_VERSION, "product": "neutral", "key": desk, "catalog": sample_catalog()}
    (folder / "desk.json").write_bytes(orjson.dumps(about, option=orjson.OPT_INDENT_2))
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        files: dict[Kind, BinaryIO] = {}

        def put(kind: Kind, record: Record, root: str | None = None) -> None:
            if kind not in files:
                files[kind] = stack.enter_context((folder / f"{kind.value}.jsonl").open("wb"))
            line: dict[str, Any] = {
                "id": record["ref"].split(":", 2)[2],
                "updated": record.get("updated"),
                "record": record,
            }
            if root is not None:
                line["root"] = {"kind": PARTS[kind].value, "id": root}
            files[kind].write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            counts[kind.value] += 1

        if hostile:
            for checksum, data in FILES.items():
                (folder / "files" / checksum).write_bytes(data)
            for record in hostile_records(desk):
                _put_root(put, record)
        maker = _Maker(desk, Random(seed), tickets, folder / "files")
        for record in maker.roots():
            _put_root(put, record)
        for number in range(tickets):
            _put_root(put, maker.case(number))
    return dict(sorted(counts.items()))


def _put_root(put: Callable[..., None], record: Record) -> None:
    _, kind_text, id_ = record["ref"].split(":", 2)
    put(Kind(kind_text), {key: value for key, value in record.items() if key not in _PART_LISTS})
    for name, kind in _PART_LISTS.items():
        for part in record.get(name, ()):
            put(kind, part, id_)


class _Maker:
    """Makes records one after the other from one seeded generator."""

    def __init__(self, desk: str, dice: Random, tickets: int, files: Path) -> None:
        self._desk = desk
        self._dice = dice
        self._files = files
        self._tickets = tickets
        self.organizations = max(1, tickets // 50)
        self.agents = min(40, max(2, tickets // 20))
        self.customers = max(3, tickets // 4)
        self._numbers: Counter[str] = Counter()

    def roots(self) -> Iterator[Record]:
        """Yield organizations, groups and people."""
        stamp = {"created": _text(_START), "updated": _text(_START)}
        for number in range(self.organizations):
            yield {
                "ref": self._ref("organization", number),
                "name": f"Customer {number + 1} Ltd",
                "domains": [f"customer{number + 1}.example"],
                **stamp,
            }
        for number, name in enumerate(("Support", "Billing")):
            yield {"ref": self._ref("group", number), "name": name, **stamp}
        for number in range(self.agents):
            yield {
                "ref": self._ref("person", number),
                "name": f"Agent {number + 1}",
                "role": "agent",
                "state": "active",
                "email": f"agent{number + 1}@desk.example",
                "groups": [self._ref("group", number % 2)],
                **stamp,
            }
        for number in range(self.customers):
            organization = number % self.organizations
            yield {
                "ref": self._ref("person", self.agents + number),
                "name": f"Customer {number + 1} {self._dice.choice(_WORDS).title()}",
                "role": "end_user",
                "state": "active",
                "email": f"person{number + 1}@customer{organization + 1}.example",
                "organizations": [self._ref("organization", organization)],
                **stamp,
            }

    def _ref(self, kind: str, number: int) -> str:
        return f"{self._desk}:{kind}:{_FIRST + number}"

    def _next(self, kind: str) -> str:
        self._numbers[kind] += 1
        return self._ref(kind, self._numbers[kind])

    def case(self, number: int) -> Record:
        """Make one case; its status is where its history ends."""
        dice = self._dice
        ref = self._ref("ticket", number)
        life = dice.choices([life for life, _ in _LIVES], [weight for _, weight in _LIVES])[0]
        customer = dice.randrange(self.customers)
        agent = dice.randrange(self.agents)
        requester, assignee = self._ref("person", self.agents + customer), self._ref("person", agent)
        now = _START + timedelta(minutes=number * 7 + dice.randrange(7))
        record: Record = {
            "ref": ref,
            "number": ref.split(":", 2)[2],
            "subject": f"{self._words(3)} #{number + 1}",
            "status": life[-1],
            "stage": _STAGES[life[-1]],
            "priority": dice.choice(_PRIORITIES),
            "type": dice.choice(_TYPES),
            "channel": dice.choice(_CHANNELS),
            "brand": dice.choice(("Acme", "Globex")),
            "form": "Default",
            "requester": requester,
            "submitter": requester,
            "organization": self._ref("organization", customer % self.organizations),
            "group": self._ref("group", agent % 2),
            "tags": sorted(dice.sample(("vip", "two words", "beta", "rechnung"), dice.randrange(3))),
            "fields": {"refund_reason": dice.choice(_REASONS), "serial": f"SN-{dice.randrange(10**6):06d}"},
            "created": _text(now),
            "events": [],
            "comments": [self._comment(ref, requester, now, opening=True)],
        }
        self._event(record, now, requester, "created")
        for before, after in pairwise(life):
            now += timedelta(seconds=dice.randrange(1, 200_000))
            self._event(record, now, assignee, "changed", field="status", before=before, after=after)
            if dice.random() < 0.7:
                author = requester if after == "Open" and before != "New" else assignee
                record["comments"].append(self._comment(ref, author, now))
            if after == "Resolved":
                record["solved"] = _text(now)
        if len(life) > 1:
            record["assignee"] = assignee
        record["updated"] = _text(now)
        self._extras(record, number, assignee, now)
        return record

    def _comment(self, ticket: str, author: str, at: datetime, *, opening: bool = False) -> Record:
        internal = not opening and self._dice.random() < 0.25
        record: Record = {
            "ref": self._next("comment"),
            "ticket": ticket,
            "author": author,
            "public": not internal,
            "body": {"html": f"<p>{self._words(12)}</p><p>{self._words(5)}</p>"},
            "created": _text(at),
        }
        return {**record, "opening": True} if opening else record

    def _event(self, record: Record, at: datetime, actor: str, type_: str, **more: object) -> None:
        event = {
            "ref": self._next("event"),
            "ticket": record["ref"],
            "time": _text(at),
            "type": type_,
            "actor": actor,
            **more,
        }
        record["events"].append(event)

    def _extras(self, record: Record, number: int, assignee: str, at: datetime) -> None:
        dice = self._dice
        if dice.random() < 0.15:
            record["attachments"] = [self._attachment(record)]
        if dice.random() < 0.1:
            worklog = {
                "ref": self._next("worklog"),
                "ticket": record["ref"],
                "author": assignee,
                "started": _text(at),
            }
            record["worklogs"] = [{**worklog, "seconds": dice.randrange(60, 7_200)}]
        if number and dice.random() < 0.05:
            record["links"] = [{"type": "relates", "to": self._ref("ticket", dice.randrange(number))}]
        if record["stage"] == "closed" and dice.random() < 0.2:
            record["satisfaction"] = {"score": dice.choice(("good", "bad")), "created": _text(at)}

    def _attachment(self, record: Record) -> Record:
        data = f"log file of day {self._dice.randrange(50)}\r\n".encode() * 20
        checksum = sha256(data).hexdigest()
        path = self._files / checksum
        if not path.exists():
            path.write_bytes(data)
        return {
            "ref": self._next("attachment"),
            "ticket": record["ref"],
            "comment": record["comments"][0]["ref"],
            "name": "log.txt",
            "media_type": "text/plain",
            "size": len(data),
            "sha256": checksum,
            "state": "stored",
        }

    def _words(self, count: int) -> str:
        return " ".join(self._dice.choices(_WORDS, k=count))


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
