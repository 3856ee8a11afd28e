"""A migration's folder opened: its configuration, its databases, its mapping, its plans. No desk is asked."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ticketferry.errors import ConfigError, WorkspaceError
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.config import Config, DeskConfig, load_config
from ticketferry.project.environment_workspace import hold_environment, refuse_unmoved
from ticketferry.project.purged import purges
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.forecast import Meter
from ticketferry.sdk.pacing import Clock, SystemClock
from ticketferry.sdk.session import RequestNote, Session, Transport
from ticketferry.store.blobs import Blobs
from ticketferry.store.database import writable
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import Journal
from ticketferry.store.phase_log import PhaseLog
from ticketferry.store.plan_list import PlanList
from ticketferry.store.run_list import RunList
from ticketferry.store.run_log import RunLog
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.standing import StandingLog
from ticketferry.store.workspace import Workspace, backups

__all__ = ["MigrationFolder", "refuse_lost"]

DECISIONS = Path("decisions") / "people.csv"
"""Where decisions on people stand where the mapping names no file: those of an environment's own folder, else the migration's."""


@dataclass
class MigrationFolder:
    """A folder with migration.yaml, the mapping and the workspace.

    Nothing is opened before it is needed; `close` gives everything back. `clock` is the one clock of waiting and journal times.
    `frozen`: another process holds the folder, maybe of another machine; it is read only, and nothing in it changes meanwhile.
    `transport`: what requests go through in the place of the network.
    """

    config: Config
    clock: Clock = field(default_factory=SystemClock)
    note: Callable[[RequestNote], None] | None = None
    frozen: bool = False
    transport: Transport | None = None
    _workspace: Workspace | None = None
    _snapshots: dict[str, Snapshots] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        root: Path | str = ".",
        *,
        environment: str | None = None,
        clock: Clock | None = None,
        frozen: bool = False,
    ) -> Self:
        """Read a migration's folder. `environment`: which of those that migration.yaml names, where it names any.

        Raises ConfigError with every problem of migration.yaml, UsageError where no environment was named and one is wanted.
        """
        config = load_config(Path(root).resolve(), environment)
        if not frozen:
            with suppress(OSError):  # a medium for reading: what is there can be read
                config.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(config, clock or SystemClock(), frozen=frozen)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all databases."""
        self.close_snapshots()
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None

    def close_snapshots(self) -> None:
        """Close source.db and target.db, which are opened again when they are needed."""
        for snapshots in self._snapshots.values():
            snapshots.close()
        self._snapshots.clear()

    @property
    def root(self) -> Path:
        """Return the folder of the workspace: that of the migration, or of the environment within it."""
        return self.config.root

    @property
    def home(self) -> Path:
        """Return the migration's folder, with migration.yaml and what else people write."""
        return self.config.home

    @property
    def readonly(self) -> bool:
        """Tell whether the folder can only be read: a copy on a medium for reading, or one of somebody else."""
        path = self.root / "workspace.db"
        return self.frozen or (path.exists() and not writable(path))

    def settle(self) -> None:
        """Bring all that was written into the databases' own files, for those who read the folder as it is."""
        for database in (self.workspace.database, *(one.database for one in self._snapshots.values())):
            database.settle()

    def now(self) -> datetime:
        """Return the clock's time."""
        return datetime.fromtimestamp(self.clock.time(), UTC)

    # ---- databases ---------------------------------------------------------------------------------------------------

    @property
    def workspace(self) -> Workspace:
        """Return workspace.db, made at the first use. Raises WorkspaceError where it was there and is lost."""
        if self._workspace is None:
            refuse_lost(self.root)
            refuse_unmoved(self.config)
            self._workspace = Workspace(self.root / "workspace.db", now=self.now, frozen=self.frozen)
            hold_environment(self._workspace, self.config, readonly=self.readonly)
        return self._workspace

    @property
    def idmap(self) -> IdMap:
        """Return the id map."""
        return IdMap(self.workspace)

    @property
    def plans(self) -> PlanList:
        """Return the list of plans."""
        return PlanList(self.workspace)

    @property
    def runs(self) -> RunList:
        """Return the list of runs."""
        return RunList(self.workspace)

    @property
    def phase_log(self) -> PhaseLog:
        """Return the states that the phases were in."""
        return PhaseLog(self.workspace)

    @property
    def standing_log(self) -> StandingLog:
        """Return under whom people were written, and whom a plan put in somebody's place."""
        return StandingLog(self.workspace)

    @property
    def blobs(self) -> Blobs:
        """Return the store of attachment bytes."""
        return Blobs(self.root / "blobs")

    def snapshots(self, role: str, *, make: bool = False) -> Snapshots:
        """Return source.db, target.db or, by another name, what was read of the target for another end. Raises WorkspaceError where it was never extracted and `make` is not set."""
        known = self._snapshots.get(role)
        if known is None:
            path = self.root / f"{role}.db"
            if not path.exists() and not make:
                raise WorkspaceError(
                    f"the {role} desk was never extracted",
                    where=str(path),
                    remedy="Run `ticketferry extract` first.",
                )
            known = Snapshots(path, self.desk(role).key, frozen=self.frozen)
            self._snapshots[role] = known
        return known

    def budgets_told(self) -> dict[str, float]:
        """Return the units of the target's budgets by name, as the desk told them when it was read last. No part of any plan."""
        return {name: float(units) for name, units in self.workspace.notes("budget:").items()}

    def reads_told(self, name: str) -> int:
        """Return how many requests reading the target's `set-up` or its `guards` took last; 0 where none has counted them."""
        return int(self.workspace.notes("reads:").get(name, 0))

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
            raise self.unread(role)

    def unread(self, role: str) -> WorkspaceError:
        """Return the error that says that a desk was never extracted to the end."""
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
            transport=self.transport,
            **extra,
        )

    # ---- mapping and plans ---------------------------------------------------------------------------------------------

    def mapping(self) -> MappingFile:
        """Read the mapping file. Raises MappingError with every problem."""
        if not self.config.mapping.exists():
            raise ConfigError(
                f"there is no mapping {self.config.mapping.name}",
                where=self.config.document.at(("mapping",)),
                remedy="Write one: `ticketferry mapping draft`, or copy one of `ticketferry mapping list`.",
            )
        mapping = load(self.config.mapping)
        own = self.root / DECISIONS
        if mapping.decisions is None and self.config.environment is not None and not own.exists():
            return replace(mapping, decisions=self.home / DECISIONS)
        return mapping

    def desk_blockers(self) -> list[Finding]:
        """Return what was found of a whole desk while it was read, and forbids every plan."""
        return [
            finding
            for role in ("source", "target")
            for finding, wire in self.snapshots(role).findings.blockers()
            if finding.subject is None and not wire
        ]

    def plan_path(self, id_: str) -> Path:
        """Return where a plan is kept."""
        return self.root / "plans" / f"{id_}.plan"

    def plan(self, id_: str) -> PlanFile:
        """Open a plan by its name. Raises WorkspaceError for an unknown one, and for one that was taken away."""
        path = self.plan_path(id_)
        if not path.exists() and id_ in {row["id"] for row in self.plan_rows()}:
            raise self._taken_away(id_, path)
        return PlanFile(path)

    def _taken_away(self, id_: str, path: Path) -> WorkspaceError:
        took = [purged for purged in purges(self.workspace) if "plans" in purged.parts]
        if took:
            return WorkspaceError(
                f"the file of {id_} was taken away: `workspace purge`, {took[-1].by}, {took[-1].at[:16]}",
                where=str(path),
                remedy="Nothing of it can be gone on with, verified or taken back here; a copy of the folder of before can.",
            )
        return WorkspaceError(
            f"the file of {id_} is not there any more",
            where=str(path),
            remedy="`ticketferry workspace prune` takes away plans whose place a later one took; others belong into plans/: put a copy back.",
        )

    def plan_rows(self) -> list[dict[str, Any]]:
        """Return all plans with their state, oldest first."""
        return self.plans.rows()

    def register(self, plan: PlanFile) -> None:
        """Put a plan that was just made into the list."""
        about = plan.header
        made = self.now().isoformat()
        self.plans.add(
            plan.id, about["kind"], about.get("phase", ""), plan.digest, made, about.get("undoes", "")
        )

    def next_plan_id(self) -> str:
        """Return a name for a new plan that no plan has, nor any file: one that was never noted, or whose file is lost, keeps its name."""
        taken = {row["id"] for row in self.plans.rows()}
        number = len(taken) + 1
        while f"p-{number:02d}" in taken or self.plan_path(f"p-{number:02d}").exists():
            number += 1
        return f"p-{number:02d}"

    def journal(self, plan: str, run: str) -> Journal:
        """Return the journal of a plan for a run."""
        return Journal(self.workspace, self.idmap, plan, run)

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
