"""Tickets that an earlier plan brought and that are deleted in the old desk since: nothing deletes them in the new one, and each is told."""

from collections.abc import Iterator

from ticketferry.plan.inputs import Scope
from ticketferry.project.folder import MigrationFolder
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.ended_records import ended_ids

__all__ = ["deleted_tickets"]

_SAID = "deleted in the old desk, but an earlier plan brought it: it stays in the target as it is"
_REMEDY = "Delete it in the target by hand, or take the plan back that brought it."


def deleted_tickets(folder: MigrationFolder, scope: Scope) -> Iterator[Finding]:
    """Yield a finding for each ticket of a plan's scope that the newest snapshot of the source lacks and that stands in the target's.

    A desk that keeps what was deleted shows it as a ticket, and the plan of the ticket tells the same.
    """
    source, target = folder.snapshots("source"), folder.snapshots("target")
    here, there = source.latest(), target.latest()
    if here is None or there is None:
        return
    for id_ in ended_ids(source.database, Kind.TICKET, here.number):
        ref = Ref(folder.config.source.key, Kind.TICKET, id_)
        text = str(ref)
        stands = folder.idmap.get(text)
        if stands is None or (scope.only and text not in scope.only):
            continue
        if scope.phase is not None and folder.idmap.phase(text) != scope.phase:
            continue
        if target.row(Kind.TICKET, stands, there.number) is not None:
            yield Finding("TF-STAYS", Severity.DOUBT, ref, "", _SAID, _REMEDY)
