"""Every person and organization of the source beside the account of the target that stands for it: what a person reviews."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ticketferry.desired.cases import assemble
from ticketferry.mapping.result import Mapped
from ticketferry.plan.context import PlanContext
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Outcome
from ticketferry.store.ticket_records import ticket_counts

__all__ = ["COLUMNS", "Reviewed", "end_of", "reviewed"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One record of the source and what stands for it. Texts are empty where there is nothing to say."""

    kind: str
    ref: str
    name: str
    email: str
    """Address of a person, domains of an organization."""
    role: str
    state: str
    verified: str
    """Of the address: `yes`, `no`, or empty where the desk does not say."""
    shared: str
    """Of an organization: whether its members see each other's tickets. Of a person: the organizations, each with that."""
    tickets: int
    """Tickets that they ask in, in the whole snapshot."""
    end: str
    """`match`, `create`, `placeholder`, `one with another`, `waits`, `nobody`."""
    how: str
    """What the account was found by, or why there is none."""
    account: str
    """Ref in the target."""
    account_name: str
    account_email: str
    account_verified: str
    account_shared: str
    seen_by_more: str
    """Why more people than today see what goes there."""


COLUMNS = tuple(Reviewed.__slots__)


def reviewed(
    planning: PlanContext, progress: Callable[[str, int, int | None], None] = lambda *_: None
) -> Iterator[Reviewed]:
    """Yield all organizations, then all people of the source snapshot, in the order of their ids."""
    tickets = ticket_counts(planning.source, planning.inputs.source_snapshot)
    named = _Named(planning)
    done = 0
    for kind, map_ in (
        (Kind.ORGANIZATION, planning.engine.organization),
        (Kind.PERSON, planning.engine.person),
    ):
        total = planning.source.count(kind, planning.inputs.source_snapshot)
        for ref, rows in planning.source.roots(kind, planning.inputs.source_snapshot):
            record = planning.source_record(ref, rows)
            if record is None:
                continue
            done += 1
            if done % 1_000 == 0:
                progress("people", done, total)
            yield _row(planning, named, kind, record, map_(record), tickets)


class _Named:
    """Names of organizations of both desks, each with whether its members see each other's tickets."""

    def __init__(self, planning: PlanContext) -> None:
        self._known: dict[str, str] = {}
        for snapshots, number in (
            (planning.source, planning.inputs.source_snapshot), (planning.target, planning.inputs.target_snapshot),
        ):  # fmt: skip
            for ref, rows in snapshots.roots(Kind.ORGANIZATION, number):
                record = assemble(ref, rows)
                if record is not None:
                    self._known[str(ref)] = f"{record.get('name', '')} ({_shared(record) or 'not said'})"

    def of(self, record: Record) -> str:
        """Return the organizations of a person."""
        return "; ".join(self._known.get(ref, ref) for ref in record.get("organizations") or ())


def _row(
    planning: PlanContext, named: _Named, kind: Kind, record: Record, mapped: Mapped, tickets: Counter[str]
) -> Reviewed:
    ref, organization = record["ref"], kind is Kind.ORGANIZATION
    end, how = end_of(mapped)
    stands = planning.directory.survivor(ref) if planning.directory is not None else ref
    id_ = planning.idmap.get(ref, upto=planning.inputs.idmap)
    if stands != ref:  # what they had before somebody was put in their place is nobody's any more
        there = parse_ref(stands).desk == planning.target.desk
        id_ = parse_ref(stands).id if there else planning.idmap.get(stands, upto=planning.inputs.idmap)
    if id_ is None and mapped.outcome is Outcome.MATCH:
        account = planning.account(ref)
        id_ = parse_ref(str(getattr(account, "ref", ""))).id if account is not None else None
    target_record: Record = {}
    if id_ is not None:
        row = planning.target.row(kind, id_, planning.inputs.target_snapshot)
        target_record = (
            (
                row.records[0]
                if organization
                else assemble(row.root, planning.target.root(row.root, planning.inputs.target_snapshot)) or {}
            )
            if row is not None and row.records
            else {"ref": f"{planning.target.desk}:{kind.value}:{id_}"}
        )
        if end == "create":
            end, how = "created", "an earlier plan"
    elif mapped.outcome is Outcome.CREATE and mapped.record is not None:
        target_record = {"name": mapped.record.get("name"), "email": mapped.record.get("email")}
    return Reviewed(
        kind.value,
        ref,
        str(record.get("name") or ""),
        _address(record),
        "" if organization else str(record.get("role") or "end_user"),
        "" if organization else str(record.get("state") or "active"),
        _verified(record),
        _shared(record) if organization else named.of(record),
        tickets.get(ref, 0),
        end,
        how,
        str(target_record.get("ref") or ""),
        str(target_record.get("name") or ""),
        _address(target_record),
        _verified(target_record),
        _shared(target_record) if organization else named.of(target_record),
        "; ".join(mapped.newly_visible) or "; ".join(planning.engine.shown(ref)),
    )


def end_of(mapped: Mapped) -> tuple[str, str]:
    """Return what becomes of a record, in a word, and why."""
    if mapped.outcome is Outcome.MATCH:
        return "match", mapped.because
    if mapped.outcome is Outcome.CREATE:
        placeholder = (mapped.record or {}).get("account") == "placeholder"
        return ("placeholder", mapped.because) if placeholder else ("create", mapped.because)
    if mapped.because.startswith("one with "):
        return "one with another", "the survivor stands for them"
    if mapped.because.startswith("waits"):
        return "waits", mapped.because
    return "nobody", mapped.because


def _address(record: Record) -> str:
    return str(record.get("email") or "") or ", ".join(record.get("domains") or ())


def _verified(record: Record) -> str:
    flags = [
        item.get("verified")
        for item in record.get("identities") or ()
        if item.get("type") == "email" and item.get("value") == record.get("email")
    ]
    known = [value for value in flags if value is not None]
    return ("yes" if any(known) else "no") if known else ""


def _shared(record: Record) -> str:
    value = record.get("shared_tickets")
    return "" if value is None else "shared" if value else "not shared"
