"""Who is who in both desks, for people who read a ticket of a plan."""

from ticketferry.people.match import describe
from ticketferry.plan.context import PlanContext
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.snapshots import Snapshots

__all__ = ["ReaderNames"]


class ReaderNames:
    """Names of people, organizations and groups as of the snapshots that a plan was made from."""

    def __init__(self, planning: PlanContext) -> None:
        self._planning = planning

    def old(self, ref: str) -> str:
        """Return who a ref is in the old desk: name and address, else the ref."""
        named = self.record(self._planning.source, ref, self._planning.inputs.source_snapshot)
        return describe(named).removesuffix(f" {ref}") if named is not None else ref

    def new(self, ref: str) -> str:
        """Return whose account stands for a ref in the new desk; who it is in the old one, where the account is made by the plan."""
        account = getattr(self._planning.account(ref), "ref", None)
        found = (
            self.record(self._planning.target, str(account), self._planning.inputs.target_snapshot)
            if account
            else None
        )
        return describe(found).removesuffix(f" {account}") if found is not None else self.old(ref)

    @staticmethod
    def record(held: Snapshots, ref: str, number: int) -> Record | None:
        """Return what a snapshot holds of a record by itself; None where it holds nothing."""
        parsed = parse_ref(ref)
        return ReaderNames.row(held, parsed.kind, parsed.id, number)

    @staticmethod
    def row(held: Snapshots, kind: Kind, id_: str, number: int) -> Record | None:
        """Return the same by kind and id."""
        row = held.row(kind, id_, number)
        return row.records[0] if row is not None and row.records else None
