"""Placeholders that were written: for whom each stands, and how many tickets and words stand under it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from ticketferry.desired.cases import assemble
from ticketferry.people.stand_in import behind, nobody_of
from ticketferry.project.project import Project
from ticketferry.project.reassigning import NOBODY, PLACEHOLDER
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.ticket_records import ticket_parts

__all__ = ["WrittenPlaceholder", "written_placeholders"]


@dataclass(frozen=True, slots=True)
class WrittenPlaceholder:
    """One account. `name`: as `people reassign` takes it (`placeholder:7`); `ref`: of the source; `account`: in the target; `because`: the rule.

    `asked`: tickets in the target that it asks in; `assigned`, `words`: tickets assigned to whom it stands for, and their comments; `moved`: whom a
    plan has put in its place since, empty where none has.
    """

    name: str
    ref: str
    person: str
    account: str
    email: str
    because: str
    asked: int
    assigned: int
    words: int
    moved: str


def written_placeholders(
    project: Project, progress: Callable[[str, int, int | None], None] = lambda *_: None
) -> list[WrittenPlaceholder]:
    """Return the placeholders that plans made and that stand in the target, those with most tickets and words first."""
    planning = project.planning()
    source, number, idmap = planning.source, planning.inputs.source_snapshot, project.idmap
    found: dict[str, tuple[str, Record, str]] = {}
    for ref, id_, how in idmap.accounts(planning.inputs.idmap):
        if parse_ref(ref).kind is not Kind.PERSON or how == "matched":
            continue
        record = planning.source_record(parse_ref(ref))
        if behind(ref) is not None:
            found[ref] = (
                id_,
                record or {},
                "people.placeholder: for somebody in doubt, or whom the old desk does not name",
            )
            continue
        rule = planning.engine.placeholder_rule(record) if record is not None else ""
        if rule:
            found[ref] = id_, record or {}, rule
    if not found:
        return []
    counts = _counted(project, number, progress)
    moved = project.standing_log.reassigned()
    rows = []
    nobody = nobody_of(source.desk)
    for ref, (id_, record, because) in found.items():
        whom = behind(ref) or ref
        row = planning.target.row(Kind.PERSON, id_, planning.inputs.target_snapshot)
        there = (
            assemble(row.root, planning.target.root(row.root, planning.inputs.target_snapshot))
            if row
            else None
        )
        rows.append(
            WrittenPlaceholder(
                PLACEHOLDER + (NOBODY if ref == nobody else parse_ref(whom).id),
                ref,
                str(record.get("name") or ""),
                f"{planning.target.desk}:person:{id_}",
                str((there or {}).get("email") or ""),
                because,
                counts["requester", whom],
                counts["assignee", whom],
                counts["author", whom],
                moved.get(ref, ""),
            )
        )
    return sorted(rows, key=lambda row: (bool(row.moved), -(row.asked + row.words), row.ref))


def _counted(
    project: Project, number: int, progress: Callable[[str, int, int | None], None]
) -> Counter[tuple[str, str]]:
    """Count, in the tickets that are in the target, who asks, who is assigned and whose words there are; nobody asks under the stand-in of nobody."""
    snapshots = project.snapshots("source")
    nobody = behind(nobody_of(snapshots.desk)) or ""
    counts: Counter[tuple[str, str]] = Counter()
    for done, (root, records) in enumerate(ticket_parts(snapshots, number), 1):
        if done % 1_000 == 0:
            progress("tickets", done, None)
        if project.idmap.get(str(root)) is None:
            continue
        for record in records:
            if record["ref"] == str(root):
                counts["requester", str(record.get("requester") or nobody)] += 1
                counts["assignee", str(record.get("assignee") or "")] += 1
            elif record.get("author") and parse_ref(record["ref"]).kind is Kind.COMMENT:
                counts["author", str(record["author"])] += 1
    return counts
