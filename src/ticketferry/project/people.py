"""Who is one with whom, which account of the target stands for whom, and what becomes of everybody else."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from ticketferry.people.directory import Directory
from ticketferry.plan.context import PlanContext
from ticketferry.project.directory import decisions_of
from ticketferry.project.near_people import NearMatches, near_matches
from ticketferry.project.people_rows import Reviewed, reviewed
from ticketferry.project.planning import directory_of
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding
from ticketferry.store.lock import hold

__all__ = ["Cluster", "PeopleFate", "PeopleReview", "review_people"]

LOOKED_AT = 200
MEMBERS = 50
"""Members that are named of each."""
CLUSTERS = 200
"""Clusters that a review lists; all are counted."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """People who are one: the survivor and the others, each as `name <e-mail> ref`."""

    survivor: str
    others: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class PeopleFate:
    """How many people of a role come to the same end, and why: `match`, `create`, `placeholder`, `one with another`, `nobody`."""

    role: str
    end: str
    because: str
    count: int
    example: str


@dataclass(slots=True)
class PeopleReview:
    """Counts add up: the sum of `fates` is `people`."""

    people: int
    organizations: int
    organizations_matched: int
    clusters: int
    merged: int
    """People who give up their place to a survivor."""
    listed: tuple[Cluster, ...]
    fates: tuple[PeopleFate, ...]
    findings: tuple[Finding, ...]
    decisions: Path
    decided: int
    open: int
    written: bool = False
    rows: tuple[Reviewed, ...] = ()
    """Every organization and person with the account that stands for it, where they were asked for."""
    ends: tuple[tuple[str, str, int, int], ...] = ()
    """Kind, end, records, tickets that they ask in."""
    near: NearMatches | None = None
    """People who may be one although no key says so; None where the packages for that are not installed."""
    looked_at: tuple[Reviewed, ...] = ()
    """The first of those whom somebody has to look at: who waits, and whose match shows more people what goes there."""


def review_people(
    project: Project,
    *,
    write: bool = False,
    rows: bool = False,
    progress: Callable[[str, int, int | None], None] = lambda *_: None,
) -> PeopleReview:
    """Work out the people of the newest snapshots. `write`: put suggestions into the decisions file; what was decided stays.

    `rows`: hold every row, for who wants them all at once; `people_rows.reviewed` streams them.
    """
    planning = project.planning()
    mapping = project.mapping()
    here = planning.source.info(planning.inputs.source_snapshot)
    target_info = planning.target.info(planning.inputs.target_snapshot)
    directory = directory_of(project, here, target_info)
    try:
        with hold(project.root, "people --write") if write else nullcontext():
            near = near_matches(
                project.root, mapping, planning.source, here, directory, planning, write=write
            )
        path, decisions = decisions_of(mapping, project.root)
        counts: Counter[tuple[str, str, str]] = Counter()
        records: Counter[tuple[str, str]] = Counter()
        tickets: Counter[tuple[str, str]] = Counter()
        examples: dict[tuple[str, str, str], str] = {}
        kept: list[Reviewed] = []
        looked_at: list[Reviewed] = []
        matched = 0
        for row in reviewed(planning, progress):
            records[row.kind, row.end] += 1
            tickets[row.kind, row.end] += row.tickets
            if rows:
                kept.append(row)
            if (row.end == "waits" or row.seen_by_more) and len(looked_at) < LOOKED_AT:
                looked_at.append(row)
            if row.kind == Kind.ORGANIZATION.value:
                matched += row.end == "match"
                continue
            key = (row.role, row.end, row.how)
            counts[key] += 1
            examples.setdefault(key, row.ref)
        merged, clusters = directory.merged()
        return PeopleReview(
            people=sum(counts.values()),
            organizations=planning.source.count(Kind.ORGANIZATION, here.number),
            organizations_matched=matched,
            clusters=clusters,
            merged=merged,
            listed=tuple(_clusters(directory, planning)),
            fates=tuple(
                PeopleFate(*key, count, examples[key])
                for key, count in sorted(counts.items(), key=lambda item: (item[0][1], -item[1], item[0]))
            ),
            findings=tuple(directory.findings()),
            decisions=path,
            decided=sum(1 for row in decisions.rows.values() if row.chosen() is not None),
            open=len(decisions.open()),
            written=write,
            near=near,
            rows=tuple(kept),
            ends=tuple((*key, count, tickets[key]) for key, count in sorted(records.items())),
            looked_at=tuple(looked_at),
        )
    finally:
        directory.close()


def _clusters(directory: Directory, planning: PlanContext) -> Iterator[Cluster]:
    for survivor, why, others in directory.clusters(CLUSTERS, MEMBERS):
        yield Cluster(_told(planning, survivor), tuple(_told(planning, ref) for ref in others), why)


def _told(planning: PlanContext, text: str) -> str:
    ref, inputs = parse_ref(text), planning.inputs
    row = (
        planning.source.row(Kind.PERSON, ref.id, inputs.source_snapshot)
        if ref.desk == planning.source.desk
        else planning.target.row(Kind.PERSON, ref.id, inputs.target_snapshot)
    )
    record = row.records[0] if row is not None and row.records else {}
    mail = f" <{record['email']}>" if record.get("email") else ""
    return f"{record.get('name', '')}{mail} {text}".strip()
