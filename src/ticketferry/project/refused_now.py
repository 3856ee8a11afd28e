"""How many tickets of the source's newest snapshot the mapping rejects, rule by rule."""

from collections.abc import Iterator

from ticketferry.desired.cases import assemble_records
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.history.timeline import fold
from ticketferry.mapping.condition_tally import ConditionTally
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.refusals import RefusalTally, may_refuse
from ticketferry.mapping.work import Setup
from ticketferry.project.folder import MigrationFolder
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding
from ticketferry.store.ticket_records import ticket_parts, ticket_records

__all__ = ["refused_now"]


def refused_now(
    folder: MigrationFolder, mapping: MappingFile, source: Catalog, target: Catalog
) -> list[Finding]:
    """Ask the rules that can reject a ticket of every ticket; nothing is read where no rule can."""
    snapshots = folder.snapshots("source")
    latest = snapshots.latest()
    if latest is None or not may_refuse(mapping.rules, source):
        return []
    lookups = SnapshotLookups(
        snapshots, latest.number, None, ours=lambda _: False, takes_part=lambda _: False
    )
    features = folder.config.target.connector.features
    setup = Setup(mapping, source, target, features, lookups, latest.began)
    conditions = ConditionTally(setup, lookups, latest.began)
    alone = conditions.asking(conditions.questions).needs == "own"

    def tickets() -> Iterator[Record]:
        if alone:
            for row in ticket_records(snapshots, latest.number):
                yield row.record
            return
        for root, records in ticket_parts(snapshots, latest.number):
            record = assemble_records(root, records)
            if record is not None:
                yield fold(record)

    tally = RefusalTally(setup)
    for record in tickets():
        tally.ask(record)
    return tally.findings()
