"""Everything that planning reads, opened from a migration's folder. No desk is asked."""

from collections import Counter
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from functools import cache, partial

from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import FerryError
from ticketferry.extract.snapshot import output_version
from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.groups import TargetGroups
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.result import Lookups
from ticketferry.people.directory import Directory
from ticketferry.people.offered import OfferLog
from ticketferry.people.written import SEPARATE, EarlierWrites
from ticketferry.plan.context import PlanContext
from ticketferry.plan.doors import RecordedIdMap, RecordedLookups, RecordedRefs, RecordedSnapshots
from ticketferry.plan.inputs import EVERYTHING, Beside, Inputs, Scope
from ticketferry.plan.recording import Recorder
from ticketferry.plan.root_mapper import RootMapper
from ticketferry.plan.ticket_scope import TicketScope
from ticketferry.project.conflict_file import ConflictDecisions, read_conflict_decisions
from ticketferry.project.cut_over import owned_phases, writes_back
from ticketferry.project.directory import decisions_of, open_directory
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.identity import refuse_readdressed
from ticketferry.project.new_values import with_held
from ticketferry.project.program import program_digest
from ticketferry.project.use_counts import use_counts_of
from ticketferry.registry import open_target
from ticketferry.schema.counting import counted
from ticketferry.schema.records import SCHEMA_VERSION, digest
from ticketferry.schema.refs import ROOTS, Json, Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Outcome, Severity
from ticketferry.sdk.features import Feature
from ticketferry.sdk.options import Options, secret_fields
from ticketferry.sdk.session import Session
from ticketferry.store.idmap import IdMap
from ticketferry.store.quarantine import Quarantine
from ticketferry.store.snapshots import SnapshotInfo, Snapshots
from ticketferry.store.ticket_records import tickets_naming

__all__ = ["directory_of", "doubtful_accounts", "open_planning"]

_NAMED = 5


def open_planning(
    folder: MigrationFolder,
    scope: Scope = EVERYTHING,
    *,
    inputs: Inputs | None = None,
    chosen: frozenset[str] | None = None,
    left_out: Collection[str] = (),
    way: str | None = None,
    owned: Collection[str] | None = None,
) -> PlanContext:
    """Open all that planning reads. `inputs`: as a plan noted them, to render it again; else the newest snapshots.

    `owned`: the phases that the new desk owned when the plan was made; None: those that it owns now.
    `chosen`: the tickets of a narrowed plan; `left_out`: those that it turned out not to bring; `way`: all tickets as if they went it.
    """
    refuse_readdressed(folder)
    source, target = folder.snapshots("source"), folder.snapshots("target")
    here = _snapshot_of(folder, "source", inputs.source_snapshot if inputs else 0)
    target_info = _snapshot_of(folder, "target", inputs.target_snapshot if inputs else 0)
    mapping = folder.mapping()
    decided = read_conflict_decisions(folder.root)
    idmap = folder.idmap
    upto = inputs.idmap if inputs else idmap.sequence()
    directory = _directory_of(folder, mapping, here, target_info, upto, scope)
    source_catalog, read_catalog = source.catalog(here.catalog), target.catalog(target_info.catalog)
    mapping = with_held(folder, mapping, source_catalog, here.number)
    features = folder.config.target.connector.features
    definitions = missing_definitions(mapping, source_catalog, read_catalog, features)
    target_catalog = augmented(read_catalog, definitions)
    owning = owned_phases(folder) if owned is None else frozenset(owned)
    recorder = Recorder()
    counts = use_counts_of(folder.root, mapping, source, here, directory)
    asked_source, asked_target = RecordedSnapshots(source, recorder), RecordedSnapshots(target, recorder)
    asked_idmap = RecordedIdMap(idmap, recorder)

    plain_lookups = SnapshotLookups(
        source,
        here.number,
        directory,
        ours=lambda ref: (
            idmap.how(ref, upto) in ("created", "adopted")
            and not _is_lost(ref, idmap, upto, target, target_info)
        ),
        bound=lambda ref: idmap.how(ref, upto) is not None,
        address=idmap.address,
        group=TargetGroups(mapping.rules.groups, target_catalog).account,
        counts=counts,
    )
    lookups = RecordedLookups(plain_lookups, recorder)
    desk = folder.config.target
    ways = {way.name: way.features for way in desk.connector.ways}

    def engine_of(lookups: Lookups) -> Engine:
        return Engine(mapping, source_catalog, target_catalog, features, lookups, here.began, ways)

    everywhere = engine_of(lookups)
    options = desk.options(offline=True)
    session = folder.session("target")
    compiler = open_target(desk.connector, options, session)
    current = Inputs(
        source=here.digest,
        target=target_info.digest,
        mapping=everywhere.digest,
        people=decided.with_people(directory.digest()),
        schema=str(SCHEMA_VERSION),
        connectors=" ".join(filter(None, _versions(folder, options.shape()))),
        catalog=target_info.catalog,
        source_snapshot=here.number,
        target_snapshot=target_info.number,
        idmap=upto,
    )
    held = Quarantine(source).roots(here.number) | Quarantine(target).roots(target_info.number)
    mapper = RootMapper(
        source=asked_source,
        inputs=current,
        engine=everywhere,
        compiler=compiler,
        target_catalog=target_catalog,
        idmap=asked_idmap,
        held=RecordedRefs(held, recorder),
        definitions={record["ref"]: record for record in definitions},
        way=way,
    )
    ticket_scope = TicketScope(mapper, scope, chosen, left_out, recorder)
    return PlanContext(
        source=asked_source,
        inputs=current,
        engine=engine_of(lookups.within(ticket_scope.takes_part)),
        compiler=compiler,
        target_catalog=target_catalog,
        idmap=asked_idmap,
        held=mapper.held,
        definitions=mapper.definitions,
        way=way,
        target=asked_target,
        source_catalog=source_catalog,
        features=features,
        bodies=folder.config.source.connector.bodies,
        account=lookups.account,
        one_with=recorder.unless_active(directory.one_with),
        drawn_into=recorder.unless_active(directory.drawn_into),
        ticket_scope=ticket_scope,
        read_catalog=read_catalog,
        conflicts=_who_wins(folder, mapping, here),
        winners=mapping.rules.conflicts.fields,
        decided=decided.winner,
        leaves=decided.leaves,
        owned=owning,
        reading_of=cache(partial(_reading_of, folder)),
        reassigns=bool(scope.reassign),
        own_people=any(
            stands != SEPARATE and parse_ref(stands).desk == target.desk
            for stands in (*folder.standing_log.reassigned().values(), *dict(scope.reassign).values())
        ),
        wrote=partial(_wrote, folder) if writes_back(folder) else _whole,
        blockers=RecordedRefs(_root_blockers(folder, here, target_info), recorder),
        recorder=recorder,
        directory=directory,
        ticket_of=lookups.ticket,
        beside=Beside(
            everything=lambda: _everything(
                folder,
                current,
                here.catalog,
                options,
                session,
                _who_wins(folder, mapping, here),
                owning,
                decided,
            ),
            now=here.began,
            directory=directory.tables.path,
            counts=counts,
        ),
    )


def _reading_of(folder: MigrationFolder, plan: str) -> int:
    """Return which reading of the source a plan was made from; 0 where its file is lost."""
    try:
        with closing(folder.plan(plan)) as file:
            return int(file.header["inputs"]["source_snapshot"])
    except FerryError:
        return 0


def _snapshot_of(folder: MigrationFolder, role: str, number: int) -> SnapshotInfo:
    """Return a snapshot by its number, or (0) the newest. Raises what the folder says of a desk that was not read."""
    snapshots = folder.snapshots(role)
    info = snapshots.info(number) if number else snapshots.latest()
    if info is None:
        raise folder.unread(role)
    return info


def _is_lost(ref: str, idmap: IdMap, upto: int, target: Snapshots, info: SnapshotInfo) -> bool:
    """Tell whether an account that we made is gone: then another one may stand for them."""
    kind, id_ = parse_ref(ref).kind, idmap.get(ref, upto=upto)
    if kind not in (Kind.PERSON, Kind.ORGANIZATION) or id_ is None:
        return False
    row = target.row(kind, id_, info.number)
    return row is None or row.gone


def _versions(folder: MigrationFolder, shape: str) -> tuple[str, str, str]:
    """Return what the output of a plan depends on beside its data: both connectors, and the target's options that change it."""
    source, target = folder.config.source.connector, folder.config.target.connector
    return output_version(source), output_version(target), shape


def _wrote(folder: MigrationFolder, plan: str, ref: str) -> frozenset[str] | None:
    """Return what a plan that writes back changed of a record of the old desk; None for one that it made."""
    try:
        with closing(folder.plan(plan)) as file:
            change = file.change(ref)
    except FerryError:
        return frozenset()
    return frozenset(change.fields) if change is not None and change.outcome is Outcome.UPDATE else None


def _whole(_plan: str, _ref: str) -> None:
    return None


def _who_wins(folder: MigrationFolder, mapping: MappingFile, source: SnapshotInfo) -> str:
    """Return who wins what both desks changed: as the mapping says, and from the day of the cut-over as it says for that; `hold` without a word."""
    conflicts, since = mapping.rules.conflicts, folder.config.health.since
    if "conflicts" not in mapping.rules.model_fields_set:
        return "hold"
    if conflicts.after_cut_over is not None and since is not None and source.began.date() >= since:
        return conflicts.after_cut_over
    return conflicts.default


def _everything(
    folder: MigrationFolder,
    inputs: Inputs,
    source_catalog: str,
    options: Options,
    session: Session,
    wins: str,
    owned: frozenset[str],
    decided: ConflictDecisions,
) -> str:
    """Return a digest of what every answer of a plan depends on, and none names."""
    source, target = folder.config.source, folder.config.target
    values = options.model_dump(mode="json", exclude=set(secret_fields(type(options))))
    parts: list[Json] = [
        program_digest(source.connector, target.connector), inputs.mapping, inputs.schema, inputs.connectors, inputs.catalog,
        source_catalog, source.connector.name, source.key, target.connector.name, target.key, session.workspace, session.origin,
        str(session.share), repr(sorted(values.items())), *([f"wins {wins}"] if wins != "hold" else []), *decided.told(),
        *(f"owned {phase}" for phase in sorted(owned)),
    ]  # fmt: skip
    return digest(parts).hex()


def _root_blockers(
    folder: MigrationFolder, source_info: SnapshotInfo, target_info: SnapshotInfo
) -> dict[str, list[Finding]]:
    """Return what was found to forbid the plan of single roots, by source ref."""
    blockers: dict[str, list[Finding]] = {}
    for role, info in (("source", source_info), ("target", target_info)):
        snapshots = folder.snapshots(role)
        for finding, wire in snapshots.findings.blockers():
            root = _root_of(snapshots, info.number, finding, wire)
            if root is not None and root.desk == folder.config.target.key:
                source = folder.idmap.source_of(root.kind.value, root.id)
                root = parse_ref(source) if source else None
            if root is not None:
                blockers.setdefault(str(root), []).append(replace(finding, subject=root))
    return blockers


def _root_of(snapshots: Snapshots, snapshot: int, finding: Finding, wire: str) -> Ref | None:
    """Return the root that a finding is about: its subject, or the root of the record whose reading found it."""
    subject = finding.subject
    if subject is not None and subject.kind in ROOTS:
        return subject
    kind, _, id_ = (wire or (f"{subject.kind.value}:{subject.id}" if subject else "")).partition(":")
    row = snapshots.row(Kind(kind), id_, snapshot) if kind else None
    return row.root if row is not None else None


def doubtful_accounts(folder: MigrationFolder) -> list[Finding]:
    """Return what was doubtful when accounts of the target were matched, and who may be one with somebody, for the newest snapshots."""
    source, target = folder.snapshots("source"), folder.snapshots("target")
    here, target_info = source.latest(), target.latest()
    if here is None or target_info is None:
        return []
    directory = directory_of(folder, here, target_info)
    return [*directory.findings(), *undecided_people(folder, directory)]


def undecided_people(folder: MigrationFolder, directory: Directory) -> list[Finding]:
    """Return a finding that counts the people and organizations that may be one with another and stay separate, since nobody has decided."""
    path, decisions = decisions_of(folder.mapping(), folder.root)
    log = OfferLog.beside(path)
    desk = folder.config.source.key
    waiting = {
        row.ref
        for row in decisions.open()
        if row.suggestion and parse_ref(row.ref).desk == desk
        and parse_ref(row.suggestion).desk == desk and directory.survivor(row.ref) == row.ref
    }  # fmt: skip
    for ref, other in directory.tables.suspected():
        apart = directory.survivor(ref) != directory.survivor(other)
        if apart and not decisions.rows.keys() & {ref, other} and not log.taken_out(decisions, ref, other):
            waiting.add(ref)
    there = [
        row.ref
        for row in decisions.open()
        if row.suggestion and parse_ref(row.ref).desk == desk != parse_ref(row.suggestion).desk
        and directory.account(row.ref) is None and folder.idmap.get(row.ref) is None
    ]  # fmt: skip
    found = [_near_accounts(there)] if there else []
    if not waiting:
        return found
    named = ", ".join(sorted(waiting)[:_NAMED]) + (", …" if len(waiting) > _NAMED else "")
    kinds = Counter(parse_ref(ref).kind.value for ref in waiting)
    told = " and ".join(counted(kinds[kind], kind) for kind in ("person", "organization") if kinds[kind])
    message = f"{told} may be one with another and stay separate, since nobody has decided: {named}"
    remedy = "Decide in the decisions file (`ticketferry people --write`): `accept` or `separate`."
    return [Finding("P324", Severity.DOUBT, None, "people.duplicates", message, remedy), *found]


def _near_accounts(refs: Collection[str]) -> Finding:
    """Return a finding that counts who may have an account in the target already and gets another one, since nobody has decided."""
    named = ", ".join(sorted(refs)[:_NAMED]) + (", …" if len(refs) > _NAMED else "")
    message = f"{counted(len(refs), 'record')} may stand in the new desk already and would get an account of their own, since nobody has decided: {named}"
    remedy = "Decide in the decisions file (`ticketferry people --write`): `accept` or `separate`."
    return Finding("P324", Severity.DOUBT, None, "people.match", message, remedy)


def directory_of(folder: MigrationFolder, source_info: SnapshotInfo, target_info: SnapshotInfo) -> Directory:
    """Return who is one with whom and whose account stands for whom, of two snapshots as the mapping and the id map are now."""
    return _directory_of(folder, folder.mapping(), source_info, target_info, folder.idmap.sequence())


def _directory_of(
    folder: MigrationFolder,
    mapping: MappingFile,
    source_info: SnapshotInfo,
    target_info: SnapshotInfo,
    upto: int,
    scope: Scope = EVERYTHING,
) -> Directory:
    refuse_readdressed(folder)
    features = folder.config.target.connector.features
    return open_directory(
        folder.root,
        mapping,
        folder.snapshots("source"),
        source_info,
        folder.snapshots("target"),
        target_info,
        folder.idmap,
        upto,
        written=_written(folder, source_info, upto, scope),
        open_sharing=not features & {Feature.SHARING, Feature.ANY_NAME},
        draws=Feature.SHARING in features,
    )


def _written(folder: MigrationFolder, source: SnapshotInfo, upto: int, scope: Scope) -> EarlierWrites:
    """Return under whom people were written, with whom a plan of `scope` puts in their place."""
    snapshots, log, idmap = folder.snapshots("source"), folder.standing_log, folder.idmap

    def named(refs: Collection[str]) -> set[str]:
        found: set[str] = set()
        for ticket, ref in tickets_naming(snapshots, source.number, refs):
            if ref not in found and idmap.get(ticket, upto=upto) is not None:
                found.add(ref)
        return found

    return EarlierWrites(
        {**log.reassigned(), **dict(scope.reassign)},
        log.standing(),
        lambda ref: idmap.get(ref, upto=upto),
        named,
    )
