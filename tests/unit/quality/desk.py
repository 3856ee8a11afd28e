"""A small desk in a snapshot, made record by record, and a mapping for it: what the tests of a profile work on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.unit.mapping.desks import JIRA, JSM, field, named, statuses

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import NoLookups
from ticketferry.quality.check import Remedy
from ticketferry.quality.moved import MovedView
from ticketferry.quality.profile import Profile, profile
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Severity, Translated, Wire
from ticketferry.store.snapshots import Snapshots

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = """version: 1
source: zendesk
target: jsm
route:
  - {when: always, project: SUP, issue_type: Service request}
status:
  new: Waiting for triage
  open: Waiting for support
  working: In progress
  waiting: Waiting for customer
  parked: Pending vendor
  pending: Waiting for customer
  solved: Resolved
  closed: Closed
people:
  customers: {create: portal_only}
  placeholder: {name: "{{ name }}", email: "{{ id }}@placeholder.example"}
"""


def catalog() -> dict[str, Any]:
    return {
        "desk": "acme", "product": "zendesk", "url": "https://acme.zendesk.example",
        "statuses": statuses(
            ("new", "new", ""), ("open", "in_progress", ""), ("pending", "pending_customer", ""), ("solved", "resolved", ""),
            ("closed", "closed", ""),
        ),
        "fields": [field("reason", "select", ("late", "Late"), name="Reason")], "brands": named("Acme"), "forms": named("Default"),
    }  # fmt: skip


class SmallDesk:
    """Two people, a group, and three tickets that nothing is wrong with."""

    def __init__(self, path: Path) -> None:
        self.snapshots = Snapshots(path, "acme")
        self.number = self.snapshots.begin(NOW, "1")
        self.catalog = catalog()
        self.rows: dict[str, tuple[Wire, Translated, int]] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.person("1", name="Ann Customer", email="ann@acme.example")
        self.person("2", name="Bob Agent", role="agent")
        self.put(Kind.GROUP, "1", name="Tier 1")
        for number, status, stage in (
            ("1", "open", "in_progress"),
            ("2", "pending", "pending_customer"),
            ("3", "solved", "resolved"),
        ):
            self.ticket(number, status=status, stage=stage)
        self.ticket("4", status="closed", stage="closed", solved="2025-12-30T12:00:00Z")
        self.ticket("5", status="new", stage="new", created="2025-12-31T23:00:00Z", says=())

    def put(self, kind: Kind, id_: str, root: tuple[Kind, str] | None = None, **record: Any) -> None:
        ref = Ref("acme", kind, id_)
        wire = Wire(ref, {"id": id_}, NOW, root=Ref("acme", *root) if root else None)
        self.rows[str(ref)] = (
            wire,
            Translated([{"ref": str(ref), **record}], {"id": f"{kind.value}[].ref"}),
            1,
        )

    def person(self, id_: str, **record: Any) -> None:
        row = {"role": "end_user", "state": "active", **record}
        self.people[f"acme:person:{id_}"] = {"ref": f"acme:person:{id_}", **row}
        self.put(Kind.PERSON, id_, **row)

    def ticket(
        self,
        id_: str,
        says: tuple[tuple[str, str, str], ...] | None = None,
        events: tuple[dict[str, Any], ...] = (),
        **record: Any,
    ) -> None:
        """`says`: (who, when, text) of each message; by default a customer asks and an agent answers at once."""
        created = record.get("created", "2025-12-30T10:00:00Z")
        whole = {
            "number": id_, "subject": f"Question {id_} about the printer", "status": "open", "stage": "in_progress", "requester": "acme:person:1",
            "group": "acme:group:1", "brand": "Acme", "form": "Default", "fields": {"reason": "late"}, "created": created, **record,
        }  # fmt: skip
        if whole["stage"] != "new":
            whole.setdefault("assignee", "acme:person:2")
        self.put(Kind.TICKET, id_, **{key: value for key, value in whole.items() if value is not None})
        if says is None:
            says = (
                ("1", created, f"My printer {id_} does not print at all since {id_}{id_}"),
                ("2", "2025-12-31T12:00:00Z", "Sorry. Please switch it off and on."),
            )
        elif not says and whole["stage"] == "new":
            says = (("1", created, f"My printer {id_} is new and does not print"),)
        for number, (who, when, text) in enumerate(says):
            self.put(
                Kind.COMMENT, f"{id_}0{number}", (Kind.TICKET, id_), ticket=f"acme:ticket:{id_}", author=f"acme:person:{who.rstrip('-')}",
                public=not who.endswith("-"), opening=number == 0, created=when, body={"html": f"<p>{text}</p>"},
            )  # fmt: skip
        for number, event in enumerate(events):
            self.put(
                Kind.EVENT, f"{id_}0{number}", (Kind.TICKET, id_), ticket=f"acme:ticket:{id_}", **{"type": "changed", "actor": "acme:person:2", **event}
            )  # fmt: skip

    def file(self, ticket: str, id_: str, **record: Any) -> None:
        self.put(Kind.ATTACHMENT, id_, (Kind.TICKET, ticket), ticket=f"acme:ticket:{ticket}", **record)

    def finish(self) -> None:
        self.snapshots.writer.store(self.number, "all", list(self.rows.values()), "end", last=True)
        self.snapshots.store_catalog(self.number, self.catalog)
        self.snapshots.finish(self.number, NOW)

    def record(self, ref: str) -> dict[str, Any] | None:
        return self.people.get(ref)

    def profile(self, mapping: str | None = None, *, mapped: bool = False) -> Profile:
        """Look at the desk; with a mapping as it leaves the desk (`mapped`), or with its words in the remedies."""
        if mapping is None:
            return profile(self.snapshots, self.number)
        lookups = NoLookups()
        lookups.record = self.record  # type: ignore[method-assign]
        lookups.ticket = lambda number: ref if (ref := f"acme:ticket:{number}") in self.rows else None  # type: ignore[method-assign]
        lookups.in_scope = lambda ref: ref in self.rows  # type: ignore[method-assign]
        engine = Engine(loads(mapping), self.catalog, JIRA, JSM, lookups, NOW)
        return profile(self.snapshots, self.number, view=MovedView(engine, self.catalog, whole=not mapped))


@contextmanager
def small_desk(path: Path) -> Iterator[SmallDesk]:
    desk = SmallDesk(path)
    try:
        yield desk
    finally:
        desk.snapshots.close()


def blockers(mapping: str, source: dict[str, Any]) -> list[str]:
    """Return what keeps a mapping from being used, as `mapping check` says it; raises MappingError where it cannot be read."""
    return [
        f"{item.where} {item.message}"
        for item in lint(loads(mapping), source, JIRA, JSM)
        if item.severity is Severity.BLOCKER
    ]


def pasted(mapping: str, remedy: Remedy) -> str:
    """Put a remedy's lines below its section, as somebody does in an editor: in place of what stands there for the same keys."""
    lines = mapping.rstrip("\n").split("\n")
    head = f"{remedy.section}:"
    if head not in lines:
        return "\n".join([*lines, head, *(f"  {line}" for line in remedy.lines), ""])
    at = lines.index(head) + 1
    keys = {line.partition(":")[0].strip('"') for line in remedy.lines} if remedy.replaces else set()
    end = next((number for number in range(at, len(lines)) if not lines[number].startswith(" ")), len(lines))
    stay = [line for line in lines[at:end] if line.strip().partition(":")[0].strip('"') not in keys]
    return "\n".join([*lines[:at], *stay, *(f"  {line}" for line in remedy.lines), *lines[end:], ""])
