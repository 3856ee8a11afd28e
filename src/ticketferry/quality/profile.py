"""What a source desk holds, and what is wrong with it: its snapshot, streamed, with memory that does not grow with the tickets."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ticketferry.desired.cases import assemble
from ticketferry.kpi.histories import Terms
from ticketferry.quality.check import DeskFacts, number_of
from ticketferry.quality.inspection import Inspection
from ticketferry.quality.moved import MovedView
from ticketferry.quality.result import FieldProfile, Profile
from ticketferry.quality.side_by_side import look_at, look_side_by_side
from ticketferry.quality.ticket_counts import TicketCounts
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.store.snapshots import Snapshots

__all__ = ["FieldProfile", "Profile", "profile"]


def profile(
    snapshots: Snapshots,
    snapshot: int,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
    view: MovedView | None = None,
) -> Profile:
    """Count everything in a snapshot and say what is wrong with it. `view`: what a mapping leaves of it.

    Raises WorkspaceError for an unknown snapshot.
    """
    info = snapshots.info(snapshot)
    result = Profile(snapshots.desk, snapshot, info.digest, mapped=view is not None and not view.whole)
    catalog: Catalog = (
        snapshots.catalog(info.catalog) if info.catalog else Catalog(desk=snapshots.desk, product="")
    )
    stages: dict[str, str] = {}
    for status in catalog.get("statuses", ()):
        for name in (status["name"], status["id"]):
            stages.setdefault(str(name).casefold(), str(status["stage"]))
    groups: dict[str, str] = {}
    facts = DeskFacts(
        catalog, int(info.began.timestamp()), Terms(stages, {}, groups), groups, mapped=result.mapped
    )
    if view is not None:
        facts.target_status, facts.dropped, facts.named = view.target_status, view.dropped, view.named
    for record in _records(snapshots, Kind.GROUP, snapshot, result):
        result.groups += 1
        groups[record["ref"]] = str(record.get("name", record["ref"]))
    _people(snapshots, snapshot, result, facts)
    _organizations(snapshots, snapshot, result, facts)
    inspection = Inspection(facts)
    counts = TicketCounts(groups)
    if view is not None and not view.whole:
        look_at(snapshots, snapshot, counts, inspection, progress, view.case)
    else:
        look_side_by_side(snapshots, snapshot, counts, inspection, progress)
    counts.close(result, catalog)
    lost = result.without_root
    result.quality = inspection.close(lambda: _records(snapshots, Kind.PERSON, snapshot, result))
    result.without_root = lost
    result.languages = inspection.languages
    result.findings = _findings(snapshots)
    result.leaves = snapshots.leaves((Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION, Kind.GROUP), snapshot)
    return result


def _records(snapshots: Snapshots, kind: Kind, snapshot: int, result: Profile) -> Iterator[Record]:
    for ref, rows in snapshots.roots(kind, snapshot):
        record = assemble(ref, rows)
        if record is None:
            result.without_root += len(rows)
        else:
            yield record


def _people(snapshots: Snapshots, snapshot: int, result: Profile, facts: DeskFacts) -> None:
    roles: dict[str, Counter[str]] = {}
    known: dict[str, str] = {}
    total = with_mail = 0
    for person in _records(snapshots, Kind.PERSON, snapshot, result):
        total += 1
        with_mail += bool(person.get("email"))
        role, state = str(person.get("role", "end_user")), str(person.get("state", "active"))
        roles.setdefault(role, Counter())[state] += 1
        facts.people.add(number_of(person["ref"]))
        if role != "end_user":
            known[person["ref"]] = role
            if state != "active":
                facts.inactive_agents.add(person["ref"])
    facts.terms.roles = known
    result.people = {
        "total": total,
        "with_email": with_mail,
        "by_role_and_state": {role: dict(sorted(states.items())) for role, states in sorted(roles.items())},
    }


def _organizations(snapshots: Snapshots, snapshot: int, result: Profile, facts: DeskFacts) -> None:
    total = sharing = with_domain = 0
    for organization in _records(snapshots, Kind.ORGANIZATION, snapshot, result):
        total += 1
        sharing += bool(organization.get("shared_tickets"))
        with_domain += bool(organization.get("domains"))
        facts.organizations.add(number_of(organization["ref"]))
    result.organizations = {"total": total, "sharing_tickets": sharing, "with_domain": with_domain}


def _findings(snapshots: Snapshots) -> list[dict[str, Any]]:
    heaps: dict[tuple[str, str], list[Any]] = {}
    for finding in snapshots.findings.all():
        heap = heaps.setdefault((finding.code, finding.severity.value), [0, 0, finding])
        heap[0] += 1
        heap[1] += finding.count
    return [
        {
            "code": code,
            "severity": severity,
            "records": records,
            "count": count,
            "message": first.message,
            "example": str(first.subject or ""),
            "remedy": first.remedy,
        }
        for (code, severity), (records, count, first) in sorted(
            heaps.items(), key=lambda item: (-item[1][1], item[0])
        )
    ]
