"""What still arrives in the old desk after a phase's cut-over, found by reading: new tickets, new words on moved ones, other changes of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from ticketferry.desired.cases import assemble
from ticketferry.errors import ConfigError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Scope
from ticketferry.project.cut_over import cut_over_of
from ticketferry.project.cut_over_deltas import seen_until
from ticketferry.project.extraction import extract
from ticketferry.project.phase_names import refuse_phase
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.schema.vectors import PART_LISTS, moved, part_key, vector
from ticketferry.sdk.contract import Outcome
from ticketferry.store.snapshots import Snapshots

__all__ = ["Straggler", "Stragglers", "changes_since", "find_stragglers"]


@dataclass(frozen=True, slots=True)
class Straggler:
    """A ticket that something happened to. `new`: it was not there before; `parts`: comments, files and work logs that came;
    `fields`: what else changed or went; `by`: who did it, as far as the desk tells; `agents`: those of them who work in that desk.
    """

    ref: str
    number: str
    title: str
    phase: str
    new: bool
    parts: Mapping[str, int]
    fields: tuple[str, ...]
    by: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    last: str = ""

    @property
    def comments(self) -> int:
        """Return how many comments came."""
        return self.parts.get("comments", 0)


@dataclass(slots=True)
class Stragglers:
    """All of a phase. `since`: when the old desk was read that is compared with; `read`: when it was read last; `by_cut_over`: whether
    that is the cut-over, else the last plan that was applied; `seen`: up to when the reading tells all (ISO 8601), `lag`: why not up to its
    begin, in the desk's words, "" where it does.
    """

    phase: str
    since: str
    read: str
    by_cut_over: bool
    seen: str = ""
    lag: str = ""
    tickets: list[Straggler] = field(default_factory=list)

    @property
    def new(self) -> int:
        """Return how many tickets are new."""
        return sum(one.new for one in self.tickets)

    @property
    def commented(self) -> int:
        """Return how many moved tickets got comments."""
        return sum(bool(one.comments) and not one.new for one in self.tickets)

    @property
    def changed(self) -> int:
        """Return how many moved tickets changed otherwise, and got no comment."""
        return sum(not one.new and not one.comments for one in self.tickets)

    @property
    def command(self) -> str:
        """Return what brings them over."""
        return f"ticketferry plan --phase {self.phase}"


def find_stragglers(
    project: Project, phase: str, *, read: bool = True, progress: Progress = quiet
) -> Stragglers:
    """Read what changed in the old desk (unless `read` is False) and say what of it the new desk does not have. Writes to no desk.

    Raises UsageError for a phase that the mapping has not, ConfigError where nothing of it was applied yet.
    """
    refuse_phase(project, phase)
    kept = cut_over_of(project, phase)
    base = max(kept.source_snapshot if kept is not None else 0, _brought(project, phase))
    if not base:
        raise ConfigError(
            f"nothing of {phase} was applied yet: all of it is still in the old desk",
            where=str(project.root),
            remedy=f"Plan it: `ticketferry plan --phase {phase}`.",
        )
    if read:
        extract(project, ("source",), totals=False, progress=progress)
    source = project.snapshots("source")
    latest = source.latest()
    assert latest is not None
    seen, lag = seen_until(project)
    found = Stragglers(
        phase,
        source.info(base).began.isoformat(),
        latest.began.isoformat(),
        kept is not None and bool(kept.source_snapshot),
        seen.isoformat(),
        lag,
    )
    planning = project.planning()
    for one in changes_since(source, base, latest.number):
        there = project.idmap.get(one.ref) is not None
        record = planning.source_record(parse_ref(one.ref))
        if record is None or planning.phase_of(record) != phase:
            continue
        if there or planning.case(record).outcome is not Outcome.SKIP:
            found.tickets.append(replace(one, phase=phase, new=not there))
    return found


def changes_since(desk: Snapshots, before: int, now: int) -> Iterator[Straggler]:
    """Yield the tickets of a desk that are not in snapshot `now` as they were in `before`, in order of their ids."""
    people: dict[str, tuple[str, bool]] = {}
    for ref in desk.changed_roots(Kind.TICKET, before, now):
        old, new = (assemble(ref, desk.root(ref, number)) for number in (before, now))
        if new is None:
            if old is not None:
                yield Straggler(str(ref), _number(old, ref), _title(old), "", False, {}, ("deleted",))
            continue
        entries = moved(vector(old) if old is not None else {}, vector(new))
        known = vector(old) if old is not None else {}
        parts = Counter(
            kind
            for entry in entries
            if (kind := entry.partition("[")[0]) in PART_LISTS and entry not in known
        )
        fields = sorted(
            entry
            for entry in entries - {"updated"}
            if entry.partition("[")[0] not in PART_LISTS or entry in known
        )
        if not fields and not parts:
            continue
        doers = dict.fromkeys(_doers(old, new))
        named = {ref_: _person(desk, now, ref_, people) for ref_ in doers}
        yield Straggler(
            str(ref),
            _number(new, ref),
            _title(new),
            "",
            old is None,
            dict(parts),
            tuple(fields),
            tuple(name for name, _ in named.values()),
            tuple(name for name, agent in named.values() if agent),
            str(new.get("updated", "")),
        )


def _brought(project: Project, phase: str) -> int:
    """Return the reading of the old desk that the newest plan of the phase brought over: applied, or with nothing to write."""
    for row in reversed(project.plan_rows()):
        if (
            row["kind"] != "apply"
            or row["phase"] not in ("", phase)
            or row["state"] not in ("applied", "planned")
        ):
            continue
        with closing(project.plan(row["id"])) as plan:
            whole = not Scope.of(plan.header).narrowed
            if whole and (row["state"] == "applied" or _empty(project, plan, phase)):
                return int(plan.header["inputs"]["source_snapshot"])
    return 0


def _empty(project: Project, plan: PlanFile, phase: str) -> bool:
    """Tell whether a plan that was never applied says that all of the phase is there as it should be."""
    return not plan.count() and not plan.blockers() and bool(project.idmap.count_by_phase().get(phase))


def _doers(old: Record | None, new: Record) -> Iterator[str]:
    """Yield who wrote the parts and made the changes that came."""
    for name in (*PART_LISTS, "events"):
        known = {part_key(part) for part in (old or {}).get(name, ()) if part.get("ref")}
        for part in new.get(name, ()):
            if not part.get("ref") or part_key(part) not in known:
                doer = part.get("author") or part.get("actor")
                if doer:
                    yield str(doer)


def _person(desk: Snapshots, snapshot: int, ref: str, known: dict[str, tuple[str, bool]]) -> tuple[str, bool]:
    if ref not in known:
        parsed = parse_ref(ref)
        record = assemble(parsed, desk.root(parsed, snapshot)) if parsed.kind is Kind.PERSON else None
        name = str(record.get("name") or record.get("email") or ref) if record is not None else ref
        known[ref] = (name, record is not None and record.get("role") not in (None, "end_user"))
    return known[ref]


def _number(record: Record, ref: Ref) -> str:
    return str(record.get("number") or ref.id)


def _title(record: Record) -> str:
    return str(record.get("subject") or "")
