"""Moves tickets that were written from one person, organization or placeholder to another: a plan like any other."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from ticketferry.errors import UsageError
from ticketferry.people.keys import email_key, emails_of, side_of, target_keys
from ticketferry.people.named import key_of
from ticketferry.people.stand_in import behind, nobody_of, stand_in_for
from ticketferry.people.written import SEPARATE
from ticketferry.plan.diff import PEOPLE
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project.directory import people_of
from ticketferry.project.extraction import extract_target
from ticketferry.project.planning import directory_of
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.stages import make_plan
from ticketferry.ranges import HERE, Executor
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Outcome, Severity
from ticketferry.store.lock import hold
from ticketferry.store.snapshots import SnapshotInfo
from ticketferry.store.ticket_records import ticket_records, tickets_naming

__all__ = [
    "NOBODY",
    "PLACEHOLDER",
    "Reassignment",
    "moved_fields",
    "plan_reassign",
    "reassignment",
    "written_tickets",
]

PLACEHOLDER, NOBODY, ACCOUNT = "placeholder:", "nobody", "account:"
_HOW = (
    "Write a person of the old desk (`person:7`, their e-mail), a placeholder (`placeholder:7`, `placeholder:nobody`), or an account of the new desk"
    " (`account:ann@acme.com`)."
)


class Reassignment(NamedTuple):
    """Whose tickets go to whom. `old`: a ref of the source, maybe of a stand-in; `new`: a ref of either desk, or `SEPARATE`."""

    old: str
    new: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Names:
    """Reads what people write for a person against both desks' newest snapshots."""

    project: Project
    here: SnapshotInfo
    there: SnapshotInfo

    def old(self, text: str) -> str:
        """Return the ref of whom tickets name, or of the placeholder under which they stand."""
        own = self.project.config.source.key
        if not text.startswith(PLACEHOLDER):
            return str(self._source(text) or self._unknown(text))
        name = text.removeprefix(PLACEHOLDER)
        if name == NOBODY:
            found = nobody_of(own)
        else:
            person = str(self._source(name) or self._unknown(text))
            stand_in = stand_in_for(person)
            found = stand_in if self.project.idmap.get(stand_in) is not None else person
        if self.project.idmap.get(found) is None:
            raise UsageError(
                f"{text} has no placeholder in the new desk",
                remedy="`ticketferry people placeholders` lists those that were written.",
            )
        return found

    def new(self, text: str, old: str) -> str:
        """Return who is to stand for `old`."""
        if text == SEPARATE:
            return SEPARATE
        if not text.startswith((ACCOUNT, f"{self.project.config.target.key}:")):
            found = self._source(text)
            if found is not None:
                self._refuse_sides(old, found)
                return str(found)
        return self._account(text.removeprefix(ACCOUNT), old)

    def _source(self, text: str) -> Ref | None:
        snapshots = self.project.snapshots("source")
        if "@" in text and ":" not in text:
            key = email_key(text)
            found = [
                record["ref"] for record in people_of(snapshots, self.here.number) if key in emails_of(record)
            ]
            if len(found) > 1:
                raise UsageError(
                    f"{text} is the address of {len(found)} people of the old desk: {', '.join(found[:5])}",
                    remedy="Name one of them by its ref.",
                )
            return parse_ref(found[0]) if found else None
        parts = text.split(":")
        if parts[0] == snapshots.desk:
            parts = parts[1:]
        kind, id_ = (Kind.PERSON.value, parts[0]) if len(parts) == 1 else (parts[0], ":".join(parts[1:]))
        if kind not in (Kind.PERSON.value, Kind.ORGANIZATION.value):
            return None
        row = snapshots.row(Kind(kind), id_, self.here.number)
        return Ref(snapshots.desk, Kind(kind), id_) if row is not None else None

    def _unknown(self, text: str) -> Ref:
        raise UsageError(f"the old desk has nobody whom {text!r} names", remedy=_HOW)

    def _refuse_sides(self, old: str, new: Ref) -> None:
        if parse_ref(old).kind is not new.kind:
            raise UsageError(f"{old} and {new} are not of one kind")
        one, other = self._record(behind(old) or old), self._record(str(new))
        if (
            new.kind is Kind.PERSON
            and one
            and other
            and side_of(one) != side_of(other)
            and behind(old) is None
        ):
            raise UsageError(
                f"an agent and an end user are never one: {old} and {new}",
                remedy="Where it has to be so all the same, name the account: --to account:E-MAIL.",
            )

    def _record(self, ref: str) -> Record | None:
        row = self.project.snapshots("source").row(parse_ref(ref).kind, parse_ref(ref).id, self.here.number)
        return row.records[0] if row is not None and row.records else None

    def _account(self, text: str, old: str) -> str:
        """Return the ref of an account of the target, or of whom of the source it stands for."""
        if parse_ref(old).kind is not Kind.PERSON:
            raise UsageError(
                f"{text!r} is no organization of the old desk",
                remedy="Tickets of an organization go to another one of the old desk: --to organization:3.",
            )
        target = self.project.config.target.key
        wanted = key_of(text.split(":", 2)[2] if text.startswith(f"{target}:person:") else text)
        found = [
            record
            for record in people_of(self.project.snapshots("target"), self.there.number)
            if wanted in target_keys(record, organization=False)
        ]
        if len(found) != 1:
            many = f"{len(found)} accounts" if found else "no account"
            raise UsageError(f"{text!r} names {many} of the new desk", remedy=_HOW)
        (record,) = found
        state = str(record.get("state") or "active")
        if state != "active":
            raise UsageError(f"the account {record['ref']} is {state}: nothing can be moved to it")
        directory = directory_of(self.project, self.here, self.there)
        try:
            held = self.project.idmap.source_of(Kind.PERSON.value, parse_ref(record["ref"]).id)
            held = held or directory.tables.holder(record["ref"])
        finally:
            directory.close()
        if held is not None and behind(held) is not None:
            raise UsageError(f"the account {record['ref']} is a placeholder itself ({held})")
        return held if held is not None else str(record["ref"])


def _names(project: Project) -> _Names:
    source, target = project.snapshots("source").latest(), project.snapshots("target").latest()
    if source is None or target is None:
        raise project.unread("source" if source is None else "target")
    return _Names(project, source, target)


def reassignment(
    project: Project, old: str, new: str, *, offline: bool = True, progress: Progress = quiet
) -> Reassignment:
    """Read whose tickets are to go to whom, and which were written. Raises UsageError for whom neither desk has, and for what is so already.

    Unless `offline` the target is read again for an account that its snapshot does not have.
    """
    names = _names(project)
    one = names.old(old)
    try:
        other = names.new(new, one)
    except UsageError:
        if offline:
            raise
        with hold(project.root, "people reassign"), project.run("people reassign") as (_, log):
            extract_target(project, log, progress)
        other = _names(project).new(new, one)
    noted = project.standing_log
    now = noted.reassigned().get(one) or noted.standing().get(one)
    if other == one:
        raise UsageError(f"{new} is {one} itself", remedy=f"To let them stand alone again: --to {SEPARATE}.")
    if other == now:
        raise UsageError(f"the tickets of {one} stand under {other} already")
    if other == SEPARATE and (now is None or now == SEPARATE):
        raise UsageError(
            f"{one} stands alone already",
            remedy="Whoever was matched with an account of the new desk can be given another one: --to account:E-MAIL.",
        )
    return Reassignment(one, other, written_tickets(project, one, names.here.number))


def written_tickets(project: Project, ref: str, snapshot: int) -> tuple[str, ...]:
    """Return the tickets in the target that name somebody of the source, or that stand under a stand-in, by the newest snapshot."""
    snapshots, idmap = project.snapshots("source"), project.idmap
    if ref == nobody_of(snapshots.desk):
        found = [
            f"{snapshots.desk}:ticket:{ticket.id}"
            for ticket in ticket_records(snapshots, snapshot)
            if not ticket.record.get("requester")
        ]
    else:
        found = [ticket for ticket, _ in tickets_naming(snapshots, snapshot, {behind(ref) or ref})]
    return tuple(ticket for ticket in found if idmap.get(ticket) is not None)


def plan_reassign(
    project: Project,
    moved: Reassignment,
    *,
    offline: bool = False,
    executor: Executor = HERE,
    progress: Progress = quiet,
) -> PlanFile:
    """Plan it: the tickets that name `old`, as they are with `new` in that place. Nothing is written before the plan is applied."""
    scope = Scope(only=moved.tickets, reassign=((moved.old, moved.new),))
    return make_plan(project, scope, offline=offline, executor=executor, progress=progress)


def moved_fields(plan: PlanFile) -> tuple[dict[str, int], dict[str, int]]:
    """Return what a plan moves (field of tickets -> tickets) and what stays since the new desk cannot change it (words -> how often)."""
    fields: Counter[str] = Counter()
    for change in plan.changes("outcome = ?", (Outcome.UPDATE.value,)):
        if parse_ref(change.root).kind is Kind.TICKET:
            fields.update({field.partition("[")[0] for field in change.fields} & {*PEOPLE, "comments"})
    stays: Counter[str] = Counter()
    for item in plan.findings():
        if item.severity is Severity.LOSS and "cannot be changed" in item.message:
            stays[item.message] += item.count
    return dict(sorted(fields.items())), dict(sorted(stays.items()))
