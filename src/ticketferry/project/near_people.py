"""Near matches of the newest snapshot: worked out, counted, and put into the decisions file."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from ticketferry.desired.cases import assemble
from ticketferry.mapping.loader import MappingFile
from ticketferry.people.decisions import Decision, Decisions, write_decisions
from ticketferry.people.directory import Directory
from ticketferry.people.offered import BY, OfferLog
from ticketferry.plan.context import PlanContext
from ticketferry.project.directory import decisions_of, never_of, people_of, suggestions_of
from ticketferry.project.near_accounts import AccountOffers, BothDesks, offer_accounts, offer_organizations
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.store.near_pairs import KeptPair, NearPairs
from ticketferry.store.snapshots import SnapshotInfo, Snapshots

__all__ = ["NEEDED", "NearMatches", "near_matches", "near_pairs_file"]

NEEDED = "pip install 'ticketferry[people]'"
_PACKAGES = ("splink", "duckdb", "pyarrow", "phonenumbers", "anyascii")
_SAMPLES = 10


@dataclass(frozen=True, slots=True)
class NearMatches:
    """What near matching found. `people` were compared in `compared` pairs; those that are in no band are separate.

    `joined`, `asked`: lines of the decisions file by the tool, that join by themselves and that wait for a person; `taken_out`: pairs that
    stay separate since somebody deleted their line; `further`: pairs of people who have a line already; `samples`: the first of each band.
    """

    people: int
    compared: int
    automatic: int
    review: int
    separate: int
    joined: int
    asked: int
    taken_out: int
    further: int
    samples: tuple[KeptPair, ...]
    there: AccountOffers
    """Accounts of the new desk that nobody has, and who of the old one may be meant."""


def near_pairs_file(root: Path) -> Path:
    """Return the file in which pairs stand with their reasons after `people --write`."""
    return root / "people" / "near" / "pairs.db"


def near_matches(
    root: Path,
    mapping: MappingFile,
    source: Snapshots,
    here: SnapshotInfo,
    directory: Directory,
    planning: PlanContext,
    *,
    write: bool,
) -> NearMatches | None:
    """Compare the people of a snapshot with each other, and those without an account with the accounts of the new desk that are nobody's; `write`: put the tool's lines into the decisions file, and the pairs with their reasons beside.

    Lines that a person wrote or edited stay. Returns None where the packages of near matching are not installed; the suggestions by exact
    keys are written all the same.
    """
    path, decisions = decisions_of(mapping, root)
    exact = suggestions_of(source, here, directory)
    log = OfferLog.beside(path)
    theirs = [ref for ref, row in decisions.rows.items() if not log.wrote(row)]
    if any(find_spec(package) is None for package in _PACKAGES):
        if write:
            standing = {ref: row for ref, row in decisions.rows.items() if log.wrote(row)}
            write_decisions(path, _together(exact, standing, decisions, log), theirs)
        return None
    from ticketferry.people.linkage.engine import link
    from ticketferry.people.linkage.offers import offer

    def tell(ref: str) -> tuple[str, str]:
        row = source.row(Kind.PERSON, parse_ref(ref).id, here.number)
        record = row.records[0] if row is not None and row.records else {}
        return str(record.get("name") or ""), str(record.get("email") or "")

    own = {ref for ref, row in decisions.rows.items() if log.wrote(row)}
    joined = [(ref, survivor) for ref, survivor in directory.tables.joined_by_keys() if ref not in own]
    joined += [(ref, chosen) for ref, chosen in _decided(decisions, source.desk) if ref not in own]
    never = never_of(mapping)

    def alone(ref: str) -> bool:
        record = assemble(parse_ref(ref), source.root(parse_ref(ref), here.number))
        return record is not None and never.person(record)

    people = people_of(source, here.number)
    if never:
        # A line of the tool's that says otherwise is older than the rule.
        joined = [pair for pair in joined if not any(map(alone, pair))]
        people = (left for person in people if (left := never.without(person)) is not None)
    with tempfile.TemporaryDirectory(prefix="ticketferry-near-") as folder:
        linkage = link(
            people,
            Path(folder),
            region=mapping.rules.people.phone_region,
            joined=joined,
        )
        try:
            pairs = linkage.pairs
            today = datetime.now(UTC).date().isoformat()
            offered = offer(pairs(), linkage.clusters, decisions, log, tell, today)
            if never:
                offered.rows = {
                    ref: row for ref, row in offered.rows.items() if not (alone(ref) or alone(row.suggestion))
                }
            kept = (
                KeptPair(
                    pair.band,
                    pair.one,
                    pair.other,
                    pair.score,
                    pair.tie,
                    pair.never,
                    pair.prior,
                    pair.reasons,
                )
                for pair in pairs()
            )
            offered.rows.update(_organizations(source, here, decisions, log, today))
            there = _accounts(planning, directory, decisions, log, offered.rows, mapping, Path(folder), today)
            lines = offered.joined, offered.asked
            offered.rows |= there.rows
            if write:
                write_decisions(path, _together(exact, offered.rows, decisions, log), theirs)
                log.write(offered.rows.values())
                NearPairs.write(near_pairs_file(root), kept)
                samples = _samples(iter(_written(root)))
            else:
                samples = _samples(kept)
            counts = linkage.counts
        finally:
            linkage.tables.close()
    return NearMatches(
        linkage.people, linkage.compared, counts["automatic"], counts["review"], linkage.compared - counts.total(),
        *lines, offered.taken_out, offered.further, samples, there,
    )  # fmt: skip


def _accounts(
    planning: PlanContext,
    directory: Directory,
    decisions: Decisions,
    log: OfferLog,
    lined: Mapping[str, Decision],
    mapping: MappingFile,
    folder: Path,
    today: str,
) -> AccountOffers:
    """Return lines for those who may have an account in the new desk, people and organizations."""
    inputs, idmap, never = planning.inputs, planning.idmap, never_of(mapping)

    def tell(text: str) -> tuple[str, str]:
        ref = parse_ref(text)
        side, number = (
            (planning.source, inputs.source_snapshot)
            if ref.desk == planning.source.desk
            else (planning.target, inputs.target_snapshot)
        )
        row = side.row(ref.kind, ref.id, number)
        record = row.records[0] if row is not None and row.records else {}
        address = record.get("email") or ", ".join(record.get("domains") or ())
        return str(record.get("name") or ""), str(address)

    def desks(kind: Kind) -> BothDesks:
        return BothDesks(
            directory.tables,
            planning.source.desk,
            lambda ref: idmap.get(ref, upto=inputs.idmap) is not None,
            lambda id_: idmap.source_of(kind.value, id_, inputs.idmap) is not None,
            tell,
        )

    def here(kind: Kind) -> Iterator[Record]:
        return people_of(planning.source, inputs.source_snapshot, kind)

    def there(kind: Kind) -> Iterator[Record]:
        return people_of(planning.target, inputs.target_snapshot, kind)

    people = (left for person in here(Kind.PERSON) if (left := never.without(person)) is not None)
    offers = offer_accounts(
        people, there(Kind.PERSON), desks(Kind.PERSON), decisions, log, lined, folder,
        region=mapping.rules.people.phone_region, today=today,
    )  # fmt: skip
    organizations = offer_organizations(
        here(Kind.ORGANIZATION), there(Kind.ORGANIZATION), desks(Kind.ORGANIZATION), decisions, log, lined, today
    )  # fmt: skip
    offers.rows.update(organizations)
    return offers


def _organizations(
    source: Snapshots, here: SnapshotInfo, decisions: Decisions, log: OfferLog, today: str
) -> Iterator[tuple[str, Decision]]:
    """Yield an open line for each organization that may be one with an older one and that nobody has decided about."""
    from ticketferry.people.linkage.organizations import like_organizations

    for one, other, why in like_organizations(people_of(source, here.number, Kind.ORGANIZATION)):
        ref, head = other["ref"], one["ref"]
        before = decisions.rows.get(ref)
        own = before is not None and log.wrote(before)
        if (before is not None and not own) or log.taken_out(decisions, ref, head):
            continue
        when = before.when if before is not None and before.suggestion == head else today
        domains, shown = (", ".join(record.get("domains") or ()) for record in (other, one))
        yield ref, Decision(
            ref, str(other.get("name") or ""), domains, head, "", why, BY, f"{one.get('name') or ''} ({shown})" if shown else str(one.get("name") or ""), "", when
        )  # fmt: skip


def _written(root: Path) -> Iterator[KeptPair]:
    pairs = NearPairs(near_pairs_file(root))
    try:
        for band in ("automatic", "review"):
            yield from pairs.first(band, _SAMPLES)
    finally:
        pairs.close()


def _samples(pairs: Iterator[KeptPair]) -> tuple[KeptPair, ...]:
    """Return the first pairs of each band."""
    shown: dict[str, list[KeptPair]] = {"automatic": [], "review": []}
    for pair in pairs:
        if len(shown[pair.band]) < _SAMPLES:
            shown[pair.band].append(pair)
        elif pair.band == "review":
            break
    return (*shown["automatic"], *shown["review"])


def _decided(decisions: Decisions, desk: str) -> Iterator[tuple[str, str]]:
    """Yield people of the source whom somebody decided to be one."""
    for row in decisions.rows.values():
        chosen = row.chosen()
        if chosen and parse_ref(row.ref).kind is Kind.PERSON and parse_ref(chosen).desk == desk:
            yield row.ref, chosen


def _together(
    exact: Callable[[], Iterator[Decision]], offered: dict[str, Decision], decisions: Decisions, log: OfferLog
) -> list[Decision]:
    """Return all lines in the order of their refs: what a person wrote, then the tool's, then what exact keys suggest beside."""

    def end(ref: str) -> str:
        seen = {ref}
        while (row := offered.get(ref)) is not None and row.suggestion not in seen:
            ref = row.suggestion
            seen.add(ref)
        return ref

    rows = dict(offered)
    for row in exact():
        # Two lines about one pair would lead in a circle, and what a person took out is not asked again.
        if (
            row.ref not in rows
            and end(row.suggestion) != end(row.ref)
            and not log.taken_out(decisions, row.ref, row.suggestion)
        ):
            rows[row.ref] = row
    rows.update((ref, row) for ref, row in decisions.rows.items() if not log.wrote(row))
    return [rows[ref] for ref in sorted(rows)]
