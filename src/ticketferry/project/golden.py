"""Tickets that a mapping wants looked at every time (`golden`): by their numbers in the source's newest snapshot."""

from ticketferry.mapping.codes import finding
from ticketferry.mapping.loader import MappingFile
from ticketferry.project.folder import MigrationFolder
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding

__all__ = ["golden_tickets"]


def golden_tickets(folder: MigrationFolder, mapping: MappingFile) -> tuple[list[str], list[Finding]]:
    """Return the refs in the order of the file, and a finding for each number that no ticket or several bear. Nothing is read from a desk."""
    snapshots = folder.snapshots("source")
    latest = snapshots.latest()
    refs: list[str] = []
    missing: list[Finding] = []
    for index, number in enumerate(mapping.rules.golden if latest is not None else ()):
        assert latest is not None
        rows = snapshots.numbered(number, latest.number)
        if len(rows) == 1:
            refs.append(str(Ref(snapshots.desk, Kind.TICKET, rows[0].id)))
        else:
            said = (
                f"{len(rows)} tickets of the source have the number" if rows else "the source has no ticket"
            )
            remedy = "Correct the number, or take it out of `golden`."
            missing.append(finding("S206", None, mapping.at("golden", index), f"{said} `{number}`", remedy))
    return refs, missing
