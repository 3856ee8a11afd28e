"""A migration's folder opened: desks, databases, mapping and everything that planning reads."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import ConfigError, RejectedError, WorkspaceError
from ticketferry.extract.snapshot import output_version
from ticketferry.mapping.definitions import augmented, missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.groups import TargetGroups
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.plan.definition import PlanFile
from ticketferry.plan.materials import EVERYTHING, Inputs, PlanContext, Scope
from ticketferry.plan.participation import TicketScope
from ticketferry.project.config import Config, DeskConfig, load_config
from ticketferry.project.desk_refusals import desk_refuses
from ticketferry.project.directory import OpenDirectory, directory_findings, open_directory
from ticketferry.project.identity import HeldDesks, refuse_readdressed
from ticketferry.registry import open_source, open_target
from ticketferry.schema.records import SCHEMA_VERSION
from ticketferry.schema.refs import ROOTS, Kind, Ref, parse_ref
from ticketferry.sdk.contract import Finding, Source, Target
from ticketferry.sdk.features import Feature
from ticketferry.sdk.forecast import Meter
from ticketferry.sdk.pacing import Clock, SystemClock
from ticketferry.sdk.session import RequestNote, Session
from ticketferry.store.blobs import Blobs
from ticketferry.store.database import writable
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import Journal
from ticketferry.store.quarantine import Quarantine
from ticketferry.store.run_log import RunLog
from ticketferry.store.snapshots import SnapshotInfo, Snapshots
from ticketferry.store.workspace import Workspace, backups

__all__ = ["Project", "refuse_lost"]


@dataclass
class Project:
    """One migration: a folder with migration.yaml, the mapping and the workspace.

    The same object serves the command line, a script and a notebook. Nothing is opened before it is needed; `close` gives
    everything back. `clock` is the one clock of waiting and journal times.
    """

    config: Config
    clock: Clock = field(default_factory=SystemClock)
    note: Callable[[RequestNote], None] | None = None
    _workspace: Workspace | None = None
    _snapshots: dict[str, Snapshots] = field(default_factory=dict)
    _held: HeldDesks = field(default_factory=HeldDesks)

    @classmethod
    def load(cls, root: Path | str = ".", *, clock: Clock | None = None) -> "Project":
        """Read a migration's folder. Raises ConfigError with every problem of migration.yaml."""
        return cls(load_config(Path(root).resolve()), clock or SystemClock())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all databases."""
        for snapshots in self._snapshots.values():
            snapshots.close()
        self._snapshots.clear()
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None

    @property
    def root(self) -> Path:
        """Return the folder."""
        return self.config.root

    @property
    def readonly(self) -> bool:
        """Tell whether the folder can only be read: a copy on a medium for reading, or one of somebody else."""
        path = self.root / "workspace.db"
        return path.exists() and not writable(path)

    def now(self) -> datetime:
        """Return the clock's time."""
        return datetime.fromtimestamp(self.clock.time(), UTC)

    # ---- databases ---------------------------------------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace:
        """Return workspace.db, made at the first use. Raises WorkspaceError where it was there and is lost."""
        if self._workspace is None:
            refuse_lost(self.root)
            self._workspace = Workspace(self.root / "workspace.db", now=self.now)
        return self._workspace

    @property
    def idmap(self) -> IdMap:
        """Return the id map."""
        return IdMap(self.workspace)

    @property
    def blobs(self) -> Blobs:
        """Return the store of attachment bytes."""
        return Blobs(self.root / "blobs")

    def snapshots(self, role: str, *, make: bool = False) -> Snapshots:
        """Return source.db or target.db. Raises WorkspaceError where it was never extracted and `make` is not set."""
        known = self._snapshots.get(role)
        if known is None:
            path = self.root / f"{role}.db"
            if not path.exists() and not make:
                raise WorkspaceError(
                    f"the {role} desk was never extracted",
                    where=str(path),
                    remedy="Run `ticketferry extract` first.",
                )
            known = Snapshots(path, self.desk(role).key)
            self._snapshots[role] = known
        return known

    def budgets_told(self) -> dict[str, float]:
        """Return the units of the target's budgets by name, as the desk told them when it was read last. No part of any plan."""
        return {name: float(units) for name, units in self.workspace.notes("budget:").items()}

    def latency_told(self) -> float | None:
        """Return the seconds that the target took to answer a write in the newest apply; None where none has measured it."""
        told = self.workspace.notes("latency").get("")
        return float(told) if told else None

    def forget_snapshots(self, role: str) -> None:
        """Take source.db or target.db away: it can be made anew, and the next extract reads the desk whole."""
        known = self._snapshots.pop(role, None)
        if known is not None:
            known.close()
        for path in self.root.glob(f"{role}.db*"):
            path.unlink()

    def refuse_unread(self, role: str) -> None:
        """Raise WorkspaceError where a desk was never extracted to the end."""
        if self.snapshots(role).latest() is None:
            raise self._unread(role)

    def _unread(self, role: str) -> WorkspaceError:
        return WorkspaceError(
            f"the extract of the {role} desk was interrupted",
            where=self.desk(role).where or self.desk(role).key,
            remedy="Run `ticketferry extract` again; it goes on.",
        )

    # ---- desks -------------------------------------------------------------------------------------------------------

    def desk(self, role: str) -> DeskConfig:
        """Return the description of `source` or `target`."""
        return self.config.source if role == "source" else self.config.target

    def session(self, role: str, log: RunLog | Meter | None = None) -> Session:
        """Return what the core lends to a connector."""
        note = log.note if log is not None else self.note
        extra = {"note": note} if note is not None else {}
        return Session(
            desk=self.desk(role).key,
            # Marks of this migration are looked for in its target only: a source is read whole, as its own people left it.
            origin=self.config.source.key if role == "target" else "",
            workspace=self.workspace.id,
            clock=self.clock,
            blobs=self.blobs,
            share=self.config.share,
            keep=self.desk(role).keep_secret,
            **extra,
        )

    @contextmanager
    def open_source(self, log: RunLog | Meter | None = None, *, offline: bool = False) -> Iterator[Source]:
        """Open the source desk for reading. Raises WorkspaceError where another desk answers than the folder's."""
        desk = self.config.source
        source = open_source(desk.connector, desk.options(offline=offline), self.session("source", log))
        try:
            if not offline:
                self._held.hold(self, "source", source)
            yield source
        except RejectedError as error:
            raise desk_refuses(error, desk.where) from error
        finally:
            source.close()

    @contextmanager
    def open_target(self, log: RunLog | Meter | None = None, *, offline: bool = False) -> Iterator[Target]:
        """Open the target desk. Raises WorkspaceError where another desk answers than the folder's."""
        desk = self.config.target
        target = open_target(desk.connector, desk.options(offline=offline), self.session("target", log))
        try:
            if not offline:
                self._held.hold(self, "target", target)
            yield target
        except RejectedError as error:
            raise desk_refuses(error, desk.where) from error
        finally:
            target.close()

    # ---- mapping and planning ------------------------------------------------------------------------------------------

    def mapping(self) -> MappingFile:
        """Read the mapping file. Raises MappingError with every problem."""
        if not self.config.mapping.exists():
            raise ConfigError(
                f"there is no mapping {self.config.mapping.name}",
                where=self.config.document.at(("mapping",)),
                remedy="Write one: `ticketferry mapping draft`, or copy one of `ticketferry mapping list`.",
            )
        return load(self.config.mapping)

    def materials(
        self,
        scope: Scope = EVERYTHING,
        *,
        inputs: Inputs | None = None,
        chosen: frozenset[str] | None = None,
        left_out: Collection[str] = (),
    ) -> PlanContext:
        """Open all that planning reads. `inputs`: as a plan noted them, to render it again; else the newest snapshots.

        `left_out`: the tickets that this plan turned out not to bring.
        """
        refuse_readdressed(self)
        source, target = self.snapshots("source"), self.snapshots("target")
        numbers = (inputs.source_snapshot, inputs.target_snapshot) if inputs else (None, None)
        here = source.info(numbers[0]) if numbers[0] else source.latest()
        there = target.info(numbers[1]) if numbers[1] else target.latest()
        for role, info in (("source", here), ("target", there)):
            if info is None:
                raise self._unread(role)
        assert here is not None
        assert there is not None
        mapping = self.mapping()
        idmap = self.idmap
        upto = inputs.idmap if inputs else idmap.sequence()
        directory = self._directory(mapping, here, there, upto)
        source_catalog, read_catalog = source.catalog(here.catalog), target.catalog(there.catalog)
        features = self.config.target.connector.features
        definitions = missing_definitions(mapping, source_catalog, read_catalog, features)
        target_catalog = augmented(read_catalog, definitions)
        participation = TicketScope(scope, chosen)
        participation.leave_out(left_out)
        lookups = SnapshotLookups(
            source,
            here.number,
            directory,
            ours=lambda ref: idmap.how(ref, upto) in ("created", "adopted"),
            takes_part=participation.takes_part,
            bound=lambda ref: idmap.how(ref, upto) is not None,
            group=TargetGroups(mapping.rules.groups, target_catalog).account,
        )
        desk = self.config.target
        ways = {way.name: way.features for way in desk.connector.ways}
        engine = Engine(mapping, source_catalog, target_catalog, features, lookups, here.began, ways)
        options = desk.options(offline=True)
        compiler = open_target(desk.connector, options, self.session("target"))
        found = Inputs(
            source=here.digest,
            target=there.digest,
            mapping=engine.digest,
            people=directory.digest(),
            schema=str(SCHEMA_VERSION),
            connectors=" ".join(
                filter(
                    None,
                    (
                        output_version(self.config.source.connector),
                        output_version(desk.connector),
                        options.shape(),
                    ),
                )
            ),
            catalog=there.catalog,
            source_snapshot=here.number,
            target_snapshot=there.number,
            idmap=upto,
        )
        materials = PlanContext(
            source=source,
            target=target,
            inputs=found,
            engine=engine,
            compiler=compiler,
            target_catalog=target_catalog,
            source_catalog=source_catalog,
            features=features,
            idmap=idmap,
            bodies=self.config.source.connector.bodies,
            account=lookups.account,
            one_with=directory.one_with,
            drawn_into=directory.drawn_into,
            participation=participation,
            held=Quarantine(source).roots(here.number) | Quarantine(target).roots(there.number),
            definitions={record["ref"]: record for record in definitions},
            read_catalog=read_catalog,
            conflicts=mapping.rules.conflicts.default
            if "conflicts" in mapping.rules.model_fields_set
            else "hold",
            winners=mapping.rules.conflicts.fields,
            blockers=self._root_blockers(here, there),
        )
        participation.materials = materials
        return materials

    def desk_blockers(self) -> list[Finding]:
        """Return what was found of a whole desk while it was read, and forbids every plan."""
        return [
            finding
            for role in ("source", "target")
            for finding, wire in self.snapshots(role).blockers()
            if finding.subject is None and not wire
        ]

    def _root_blockers(self, here: SnapshotInfo, there: SnapshotInfo) -> dict[str, list[Finding]]:
        """Return what was found to forbid the plan of single roots, by source ref."""
        found: dict[str, list[Finding]] = {}
        for role, info in (("source", here), ("target", there)):
            snapshots = self.snapshots(role)
            for finding, wire in snapshots.blockers():
                root = _root_of(snapshots, info.number, finding, wire)
                if root is not None and root.desk == self.config.target.key:
                    source = self.idmap.source_of(root.kind.value, root.id)
                    root = parse_ref(source) if source else None
                if root is not None:
                    found.setdefault(str(root), []).append(replace(finding, subject=root))
        return found

    def directory_findings(self) -> list[Finding]:
        """Return what was doubtful when accounts of the target were matched, for the newest snapshots."""
        source, target = self.snapshots("source"), self.snapshots("target")
        here, there = source.latest(), target.latest()
        if here is None or there is None:
            return []
        return directory_findings(self.directory(here, there))

    def directory(self, here: SnapshotInfo, there: SnapshotInfo) -> OpenDirectory:
        """Return who is one with whom and whose account stands for whom, of two snapshots as the mapping and the id map are now."""
        return self._directory(self.mapping(), here, there, self.idmap.sequence())

    def _directory(
        self, mapping: MappingFile, here: SnapshotInfo, there: SnapshotInfo, upto: int
    ) -> OpenDirectory:
        refuse_readdressed(self)
        features = self.config.target.connector.features
        return open_directory(
            self.root,
            mapping,
            self.snapshots("source"),
            here,
            self.snapshots("target"),
            there,
            self.idmap,
            upto,
            open_sharing=not features & {Feature.SHARING, Feature.ANY_NAME},
            draws=Feature.SHARING in features,
        )

    def opener(self, scope: Scope) -> Callable[[], PlanContext]:
        """Return a picklable opener of materials, for planning in several processes."""
        return partial(open_materials, str(self.root), scope)

    # ---- plans and runs --------------------------------------------------------------------------------------------------

    def plan_path(self, id_: str) -> Path:
        """Return where a plan is kept."""
        return self.root / "plans" / f"{id_}.plan"

    def plan(self, id_: str) -> PlanFile:
        """Open a plan by its name. Raises WorkspaceError for an unknown one."""
        return PlanFile(self.plan_path(id_))

    def plan_rows(self) -> list[dict[str, Any]]:
        """Return all plans with their state, oldest first."""
        return [
            dict(zip(("id", "kind", "phase", "digest", "made", "state", "undoes"), row, strict=True))
            for row in self.workspace.database.rows(
                "SELECT id, kind, phase, digest, made, state, undoes FROM plan ORDER BY length(id), id"
            )
        ]

    def next_plan_id(self) -> str:
        """Return the name of the next plan: p-01, p-02 and so on."""
        row = self.workspace.database.one("SELECT count(*) FROM plan")
        number = int(row[0]) + 1 if row else 1
        while self.plan_path(f"p-{number:02d}").exists():
            number += 1
        return f"p-{number:02d}"

    def journal(self, plan: str, run: str) -> Journal:
        """Return the journal of a plan for a run."""
        return Journal(self.workspace, self.idmap, plan, run)

    @contextmanager
    def run(self, command: str, plan: str = "") -> Iterator[tuple[str, RunLog]]:
        """Open a run with its log; how it ended is kept."""
        row = self.workspace.database.one("SELECT count(*) FROM run")
        id_ = f"r-{(int(row[0]) if row else 0) + 1:03d}"
        began = self.now().isoformat()
        self.workspace.commit(
            lambda connection: connection.execute(
                "INSERT INTO run(id, command, plan, began, state) VALUES (?, ?, ?, ?, 'running')",
                (id_, command, plan, began),
            )
        )
        log = RunLog(self.root / "runs" / f"{id_}.log.jsonl", self.now)
        log.event("begin", command=command, plan=plan)
        state = "broken"
        try:
            with self._held.once_a_run():
                yield id_, log
            state = "ended"
        except BaseException as error:
            state = type(error).__name__
            raise
        finally:
            log.event("end", state=state)
            log.close()
            ended = self.now().isoformat()
            self.workspace.commit(
                lambda connection: connection.execute(
                    "UPDATE run SET ended = ?, state = ? WHERE id = ?", (ended, state, id_)
                )
            )

    def applied_plans(self, ids: Sequence[str] = ()) -> list[str]:
        """Return the plans that were applied, wholly or in part, and not taken back."""
        return [
            row["id"]
            for row in self.plan_rows()
            if row["state"] in ("applied", "applying", "awaiting_import") and (not ids or row["id"] in ids)
        ]


def refuse_lost(root: Path) -> None:
    """Raise WorkspaceError where workspace.db is gone from a folder that has plans: nobody would know what was written."""
    if (root / "workspace.db").exists() or not any((root / "plans").glob("*.plan")):
        return
    kept = backups(root)
    steps = [
        "Put it back: without it nobody knows which records of the target are ours, and they would be made again."
    ]
    if kept:
        steps.append(f"The newest copy, made before an apply:  cp backups/{kept[-1].name} workspace.db")
    steps.append(
        "Where nothing was ever applied from here, or all of it is to be forgotten, take away plans/ too:"
    )
    steps.append(
        "what carries the mark of the lost workspace in the target then stops the next plan, by name."
    )
    raise WorkspaceError(
        "workspace.db is lost: the folder has plans, but neither its id map nor its journal",
        where=str(root / "workspace.db"),
        remedy="\n  ".join(steps),
    )


def _root_of(snapshots: Snapshots, snapshot: int, finding: Finding, wire: str) -> Ref | None:
    """Return the root that a finding is about: its subject, or the root of the record whose reading found it."""
    subject = finding.subject
    if subject is not None and subject.kind in ROOTS:
        return subject
    kind, _, id_ = (wire or (f"{subject.kind.value}:{subject.id}" if subject else "")).partition(":")
    row = snapshots.row(Kind(kind), id_, snapshot) if kind else None
    return row.root if row is not None else None


def open_materials(root: str, scope: Scope) -> PlanContext:
    """Open a project's materials in a process of its own."""
    return Project.load(root).materials(scope)
