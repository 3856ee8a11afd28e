"""Plan files written straight to disk, so that views are tested without planning."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import pack_json
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.plan.inputs import Inputs
from ticketferry.schema.records import canonical
from ticketferry.sdk.contract import Endpoint, Repeat
from ticketferry.sdk.features import Guard

INPUTS = Inputs("src1", "dst1", "map1", "ppl1", "1", "zd:1:1 jsm:1:1", "cat1", 14, 9, 0)
ENDPOINTS = (
    Endpoint("user.create", "POST", "/users", "write", batch=100, job=True, repeat=Repeat.FIND),
    Endpoint(
        "issue.create",
        "POST",
        "/issue",
        "write",
        batch=50,
        guards=("NOTIFY-1",),
        residue="an issue number is used up",
    ),
    Endpoint("comment.add", "POST", "/issue/{id}/comment", "write", guards=("NOTIFY-1", "NOTIFY-2")),
    Endpoint("issue.edit", "PUT", "/issue/{id}", "write", gives=(), repeat=Repeat.NEVER),
)
GUARDS = (
    Guard("NOTIFY-1", "the notification scheme is empty", "read", "Empty it."),
    Guard("NOTIFY-2", "customer notifications are off", "person", "Look and confirm."),
)


@dataclass
class Draft:
    changes: list[tuple] = field(default_factory=list)
    operations: list[tuple] = field(default_factory=list)
    sums: list[tuple] = field(default_factory=list)
    impossible: list[tuple] = field(default_factory=list)
    findings: list[tuple] = field(default_factory=list)
    header: dict = field(default_factory=dict)

    def ticket(
        self, number, outcome="create", *, status=("Open", "Waiting"), route=("SUP", "Incident", ""), title="",
        because="", comments=(1, 1), internal=0, visible=(), class_=None,
    ):  # fmt: skip
        root = f"acme:ticket:{number}"
        facts = {
            "number": str(number), "status": list(status), "route": list(route), "comments": list(comments),
            "internal": internal, "attachments": [1, 1], "events": 3, "links": 0, "stage": "assigned",
        }  # fmt: skip
        if visible:
            facts["newly_visible"] = list(visible)
        aside = outcome in ("skip", "reject", "gone")
        class_ = class_ or (
            f"{outcome}: {because}"
            if aside
            else f"{status[0]} -> {status[1]} · {' / '.join(p for p in route if p)}"
        )
        self.changes.append(
            (root, "ticket", outcome, "open", title or f"Subject {number}", because, "", class_, facts)
        )
        return root

    def person(self, id_, outcome="match", role="end_user", target="u1"):
        root = f"acme:person:{id_}"
        facts = {"role": role, "state": "active", "email": f"p{id_}@example.org"}
        self.changes.append(
            (root, "person", outcome, "", f"Person {id_}", "", target, f"{outcome}: nothing to write", facts)
        )
        return root

    def write(self, root, endpoint, *, body=None, expect=None, params=None):
        self.operations.append((root, endpoint, body, expect, params or {}))

    def finding(self, code, severity, subject, place, message, remedy="", count=1):
        self.findings.append((code, severity, subject, place, message, remedy, count))

    def save(self, path: Path) -> PlanFile:
        writer = PlanWriter(path)
        connection = writer._connection  # rows as no planner makes them
        _changes(connection, self.changes)
        self._operations(connection)
        writer.sums.update({tuple(key): count for *key, count in self.sums})
        connection.executemany("INSERT INTO impossible VALUES (?, ?, ?, ?, ?)", self.impossible)
        writer.findings.update({tuple(key): count for *key, count in self.findings})
        writer.finish(
            {
                "kind": "apply",
                "phase": "open",
                "scope": [None, [], None],
                "source": {"key": "acme", "where": "acme.example.com"},
                "target": {"key": "jira", "where": "jira.example.net"},
                "figures": {},
                **self.header,
            },
            INPUTS,
            {endpoint.name: endpoint for endpoint in ENDPOINTS},
        )
        writer.close()
        return PlanFile(path)

    def _operations(self, connection: sqlite3.Connection) -> None:
        last: dict[str, int] = {}
        rows = []
        for seq, (root, endpoint, body, expect, params) in enumerate(self.operations, 1):
            text = canonical(params).decode()
            rows.append(
                [
                    seq,
                    f"{root}/{endpoint}@{seq}",
                    root,
                    root,
                    endpoint,
                    root,
                    last.get(root),
                    0,
                    0,
                    expect,
                    sha256(text.encode()).hexdigest()[:32],
                    text,
                    pack_json(body if body is not None else {"n": seq}),
                ]
            )
            last[root] = seq
        for seq in last.values():
            rows[seq - 1][7] = 1
        connection.executemany(f"INSERT INTO operation VALUES ({', '.join('?' * 13)})", rows)


def _changes(connection: sqlite3.Connection, changes: Iterable[tuple]) -> None:
    connection.executemany(
        "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, '[]', '{}', 'in', ?, ?, ?, '[]', ?)",
        (
            (seq, root, kind, outcome, phase, title, because, target, class_, orjson.dumps(facts).decode())
            for seq, (root, kind, outcome, phase, title, because, target, class_, facts) in enumerate(
                changes, 1
            )
        ),
    )


def example(path: Path) -> PlanFile:
    """A small plan with one of everything."""
    draft = Draft(header={"figures": {"newly visible": 1, "tickets in other phases": 4}})
    draft.person(1, "match")
    draft.person(2, "create", role="agent")
    draft.write("acme:person:2", "user.create")
    for number in range(10, 17):
        root = draft.ticket(number, status=("Open", "Waiting"))
        draft.write(root, "issue.create")
        draft.write(root, "comment.add")
    for number in (20, 21):
        root = draft.ticket(
            number, status=("New", "Waiting"), visible=("organization shares",) if number == 20 else ()
        )
        draft.write(root, "issue.create")
    root = draft.ticket(
        30, "update", status=("Pending", "On hold"), comments=(4, 4), internal=2, class_="update: subject"
    )
    draft.write(root, "issue.edit", expect="seen:abc")
    draft.ticket(40, "reject", because='required field "Product" is empty', title="<script>alert(1)</script>")
    draft.ticket(41, "reject", because='required field "Product" is empty', title="مرحبا بالعالم")
    draft.ticket(
        42, "conflict", because="changed in both desks since our last write; the record is left alone"
    )
    draft.ticket(50, "skip", because="spam-test")
    for number in (40, 41):
        draft.finding(
            "F103",
            "blocker",
            f"acme:ticket:{number}",
            "mapping.yaml:53:5",
            'required field "Product" is empty',
            "Give a default.",
        )
        draft.finding(
            "TF-REJECT",
            "doubt",
            f"acme:ticket:{number}",
            "",
            'required field "Product" is empty',
            "Mend the mapping.",
        )
    draft.finding(
        "TF-CONFLICT",
        "doubt",
        "acme:ticket:42",
        "subject",
        "changed in both desks since our last write; the record is left alone",
    )
    draft.finding("S204", "loss", "", "mapping.yaml:16:3", "New and Open both become Waiting", count=1)
    for number in range(10, 14):
        draft.finding(
            "A007", "loss", f"acme:ticket:{number}", f"attachments[{number}]", "larger than 250 MB", "", 2
        )
    draft.finding("F210", "info", "acme:ticket:10", "fields.serial", "a pattern did not match")
    draft.sums += [
        ("ticket", "subject", "carried", "issue.summary", 100),
        ("ticket", "status", "transformed", "status at mapping.yaml:14:3", 12),
        ("ticket", "via.source", "kept_in_provenance", "provenance", 9),
        ("ticket", "fields.card", "dropped_by_rule", "PCI", 3),
        ("comment", "attachments[]", "unsupported", "A007 over 250 MB", 2),
    ]
    draft.impossible += [
        ("acme:ticket:10", "comment", "7", "attachments[0]", "A007 over 250 MB"),
        ("acme:ticket:11", "comment", "8", "attachments[0]", "A007 over 250 MB"),
    ]
    return draft.save(path)
