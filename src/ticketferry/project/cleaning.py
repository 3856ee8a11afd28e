"""What the section `clean` takes, counted over the source's tickets before anything else runs."""

from dataclasses import dataclass, field

from ticketferry.desired.cases import assemble
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import WorkspaceError
from ticketferry.mapping.cleaning import Cleaning
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.work import Setup
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.progress import Progress, quiet
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import EXITS
from ticketferry.schema.refs import Kind

__all__ = ["CleanPreview", "CleanRow", "clean_preview"]

SAMPLES = 5


@dataclass(slots=True)
class CleanRow:
    """What one rule does today. `holds`: tickets that its condition holds for; `takes`: those that it decides, or takes something out of;
    `lifted`: those of them for which another rule overrides it; `places`: values that it takes something out of.
    """

    id: str
    do: str
    where: str
    because: str
    holds: int = 0
    takes: int = 0
    lifted: int = 0
    places: int = 0
    samples: list[str] = field(default_factory=list)
    """Number and subject of tickets that it takes; of redactions the number alone, and where."""


@dataclass(slots=True)
class CleanPreview:
    """All rules in order. `gone`: tickets that left the desk (deleted, spam, …), of which no rule is asked."""

    tickets: int = 0
    gone: int = 0
    stay: int = 0
    """Tickets that a rule leaves behind."""
    changed: int = 0
    """Tickets that a rule takes something out of, or mends."""
    repaired: int = 0
    rows: list[CleanRow] = field(default_factory=list)


def clean_preview(folder: MigrationFolder, progress: Progress = quiet) -> CleanPreview:
    """Ask all rules of all tickets of the source's newest snapshot. Reads nothing of the target; writes nothing.

    Raises MappingError where the mapping cannot be read, WorkspaceError where the source was not extracted.
    """
    mapping = folder.mapping()
    snapshots = folder.snapshots("source")
    latest = snapshots.latest()
    if latest is None or not latest.catalog:
        raise WorkspaceError(
            "the extract of the source desk was interrupted",
            remedy="Run `ticketferry extract` again; it goes on.",
        )
    lookups = SnapshotLookups(
        snapshots, latest.number, None, ours=lambda _: False, takes_part=lambda _: False
    )
    target = Catalog(desk=folder.config.target.key, product=mapping.rules.target)
    features = folder.config.target.connector.features
    setup = Setup(mapping, snapshots.catalog(latest.catalog), target, features, lookups, latest.began)
    cleaning = Cleaning(setup)
    found = CleanPreview()
    rows: dict[str, CleanRow] = {}
    for index, rule in enumerate(mapping.rules.clean):
        do = rule.do or ("merge" if rule.merge else "redact")
        rows[rule.id] = CleanRow(rule.id, do, mapping.at("clean", index), rule.because or "")
    found.rows = list(rows.values())
    total = snapshots.count(Kind.TICKET, latest.number)
    for number, (ref, stored) in enumerate(snapshots.roots(Kind.TICKET, latest.number), 1):
        if number % 1_000 == 0:
            progress("tickets", number, total)
        case = assemble(ref, stored, snapshots.content)
        if case is None:
            continue
        if case.get("stage") in _GONE:
            found.gone += 1
            continue
        found.tickets += 1
        subject = Subject(case, lookups)
        name = f"#{case.get('number') or ref.id}"
        verdict = cleaning.verdict(subject)
        for id_ in verdict.holds:
            rows[id_].holds += 1
            rows[id_].lifted += id_ in verdict.lifted
        if verdict.decided is not None:
            row = rows[verdict.decided]
            row.takes += 1
            if len(row.samples) < SAMPLES:
                row.samples.append(f"{name} {case.get('subject') or ''}".strip())
            if cleaning.stays(subject) is not None:
                found.stay += 1
                continue
        cleaned = cleaning.clean(case, subject)
        found.changed += bool(cleaned.changed)
        by_rule: dict[str, list[str]] = {}
        for path, by in cleaned.changed.items():
            by_rule.setdefault(by.partition(" ")[0].removeprefix("clean."), []).append(path)
        found.repaired += "text.repair" in by_rule
        for id_, paths in by_rule.items():
            if id_ in rows:
                rows[id_].takes += 1
                rows[id_].places += len(paths)
                if len(rows[id_].samples) < SAMPLES:
                    rows[id_].samples.append(f"{name} {', '.join(paths[:3])}")
    progress("tickets", total, total)
    return found


_GONE = frozenset(stage.value for stage in EXITS)
