"""Small migrations on files for the flow tests: a hostile source desk, a project folder, and the target's state by origin."""

import json
from hashlib import sha256
from pathlib import Path

from ticketferry.project import Project, stages

DESK = "acme"
MAPPING = """version: 1
source: neutral
target: neutral
route: [{when: always, project: main, issue_type: Case}]
status: {new: New, open: Open, pending: Waiting, solved: Done, closed: Closed, "*": fail}
priority: {urgent: Highest, high: High, normal: Medium, low: Low, none: {default: Medium}}
fields:
  - {from: fields.serial, to: Serial no., regex: {find: '^SN (\\d+)$', to: 'SN-\\1'}, on_miss: keep}
  - {from: fields.card, drop: true, because: "PCI"}
  - {rest: keep_in_provenance}
exits: {deleted: skip, spam: skip, suspended: skip}
phases:
  - {name: pilot, where: {priority: urgent}}
  - {name: rest, where: always}
"""


class SourceDesk:
    """Writes a neutral desk line by line; `put` again changes a record, as a live desk does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "files").mkdir(parents=True, exist_ok=True)
        (folder / "desk.json").write_text(
            json.dumps({"schema_version": 1, "product": "neutral", "catalog": {}})
        )

    def put(self, kind: str, id_: object, record: dict, root: tuple[str, object] | None = None) -> None:
        line: dict = {
            "id": str(id_),
            "updated": "2024-01-01T00:00:00Z",
            "record": {"ref": f"{DESK}:{kind}:{id_}", **record},
        }
        if root is not None:
            line["root"] = {"kind": root[0], "id": str(root[1])}
        with (self.folder / f"{kind}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def file(self, data: bytes) -> str:
        checksum = sha256(data).hexdigest()
        (self.folder / "files" / checksum).write_bytes(data)
        return checksum

    def ticket(self, number: int, tickets: int, /, **changes: object) -> None:
        base: dict = {
            "number": str(number),
            "subject": f"Ticket {number} שלום 😀\u202e",
            "status": ["new", "open", "pending", "solved", "closed"][number % 5],
            "stage": ["new", "in_progress", "pending_customer", "resolved", "closed"][number % 5],
            "priority": ["urgent", "high", "normal", "low"][number % 4],
            "requester": f"{DESK}:person:{2 + number % 4}",
            "assignee": f"{DESK}:person:1",
            "group": f"{DESK}:group:1",
            "tags": ["a b", "c", "Ünïcode"],
            "fields": {
                "serial": f"SN {number:06d}" if number % 2 else "odd",
                "card": "4111",
                "note": "kept beside",
            },
            "created": "2024-01-01T00:00:00Z",
            "updated": "2024-01-02T00:00:00Z",
            "links": [{"type": "relates", "to": f"{DESK}:ticket:{number % tickets + 1}"}],
        }
        self.put("ticket", number, {**base, **changes})

    def comment(self, id_: int, ticket: int, html: str, *, public: bool = True, **changes: object) -> None:
        record = {
            "ticket": f"{DESK}:ticket:{ticket}",
            "author": f"{DESK}:person:{2 + ticket % 4}",
            "public": public,
            "body": {"html": html},
            "created": f"2024-01-01T00:{id_ % 60:02d}:00Z",
            **changes,
        }
        self.put("comment", id_, record, ("ticket", ticket))


def write_desk(folder: Path, tickets: int = 6) -> SourceDesk:
    desk = SourceDesk(folder)
    desk.put("organization", 1, {"name": "Globex", "domains": ["globex.example"], "shared_tickets": True})
    desk.put("organization", 2, {"name": "Nobody's"})
    desk.put("group", 1, {"name": "Billing"})
    for number in range(1, 6):
        person = {
            "name": f"Person {number} 😀",
            "role": "agent" if number == 1 else "end_user",
            "state": "active",
            "email": f"P{number}@X.example",
            "organizations": [f"{DESK}:organization:1"],
        }
        desk.put("person", number, person)
    checksum = desk.file(b"hello\r\n\x00")
    empty = desk.file(b"")
    comment = 0
    for number in range(1, tickets + 1):
        desk.ticket(number, tickets)
        for turn in range(3):
            comment += 1
            html = f"<p>hello {turn} 😀 <strong>עברית</strong></p>" if turn else "<p>first</p>"
            desk.comment(comment, number, html, public=turn != 1, **({"opening": True} if turn == 0 else {}))
        event = {
            "ticket": f"{DESK}:ticket:{number}",
            "time": "2024-01-01T00:00:05Z",
            "type": "changed",
            "field": "status",
            "before": "new",
            "after": "open",
            "actor": f"{DESK}:person:1",
        }
        desk.put("event", number, event, ("ticket", number))
        for copy, (name, sum_, size) in enumerate((("a.txt", checksum, 8), ("a.txt", empty, 0))):
            attachment = {
                "ticket": f"{DESK}:ticket:{number}",
                "comment": f"{DESK}:comment:{comment}",
                "name": name,
                "media_type": "text/plain",
                "size": size,
                "sha256": sum_,
            }
            desk.put("attachment", number * 10 + copy, attachment, ("ticket", number))
    return desk


def write_project(
    root: Path, source: Path, target: Path, *, mapping: str = MAPPING, workers: int = 1, extra: str = ""
) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: neutral, key: {DESK}, folder: '{source}'}}\n"
        f"target: {{connector: neutral, key: dest, folder: '{target}'{extra}}}\n"
        f"mapping: mapping.yaml\nworkers: {workers}\n"
    )
    (root / "mapping.yaml").write_text(mapping)
    return root


def migrate(root: Path) -> None:
    """Extract, plan and apply everything."""
    with Project.load(root) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project))


def by_origin(folder: Path) -> dict:
    """Return a target's live records with every reference to a record in source terms, so that two runs can be compared."""
    records: dict[tuple[str, str], dict] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for raw in path.read_bytes().splitlines():
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            key = (path.stem, line["id"])
            records.pop(key, None)
            if not line.get("gone"):
                records[key] = line["record"]
    names = {
        f"{kind}:{id_}": str(record.get("origin") or f"{kind}:{id_}?")
        for (kind, id_), record in records.items()
    }

    def turn(value: object) -> object:
        if isinstance(value, str):
            return names.get(value.removeprefix("dest:"), value) if value.startswith("dest:") else value
        if isinstance(value, list):
            return [turn(item) for item in value]
        if isinstance(value, dict):
            return {key: turn(item) for key, item in value.items()}
        return value

    found: dict = {}
    for (kind, _), record in records.items():
        slim = {key: turn(item) for key, item in record.items() if key not in ("ref", "provenance")}
        kept = {key: item for key, item in (record.get("provenance") or {}).items() if key != "workspace"}
        name = str(record.get("origin") or f"{kind} {json.dumps(slim, sort_keys=True)}")
        assert name not in found, f"{name} is there twice"
        found[name] = {**slim, "provenance": kept}
    return dict(sorted(found.items()))
