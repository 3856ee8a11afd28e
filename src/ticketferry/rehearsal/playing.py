"""The stages of a migration played on the stand-ins, each measured, each failure kept: what stops one stage does not end the rehearsal."""

from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from ticketferry.errors import FerryError, InterruptedRunError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project import Project, stages
from ticketferry.project.archive import ARCHIVE, confirm_archive
from ticketferry.project.importing import imports_of
from ticketferry.project.progress import Progress
from ticketferry.project.rehearsal import Rehearsal, RehearsedPhase
from ticketferry.project.viewing import view_plan
from ticketferry.rehearsal import failing
from ticketferry.rehearsal.measuring import Measuring
from ticketferry.schema.records import canonical
from ticketferry_emulators.kit.app import Emulator

__all__ = ["Play"]

_BY = "the rehearsal"
_IMPORTS = 20
"""Files that are handed over and over to the importer before the play gives up."""


@dataclass
class Play:
    """Plays on `project`, a rehearsal's own folder; `target` is its stand-in, `latency` what its answers take."""

    project: Project
    target: Emulator
    measuring: Measuring
    latency: float
    progress: Progress
    applied: list[str] = field(default_factory=list)

    def extract(self, into: Rehearsal) -> None:
        """Read both desks whole. Raises what an extract raises: without it there is nothing to play."""
        with self.measuring.step("extract", into.extract):
            stages.extract(self.project, progress=self.progress)

    def phase(self, name: str) -> RehearsedPhase:
        """Plan, apply and verify a phase; everything for an empty name."""
        part = RehearsedPhase(name)
        told = self._told()
        with self._kept(part, "plan"):
            with self.measuring.step("plan", part.steps):
                plan = stages.make_plan(self.project, _scope(name), progress=self.progress)
            self._planned(part, plan)
            self._apply(part, plan, "apply")
        with self._kept(part, "verify"):
            self._verify(part)
        self._mailed(part, told)
        return part

    def delta(self, changes: int, phases: Sequence[str]) -> RehearsedPhase:
        """Read what changed in the old desk, and bring it over: for `phases` alone, or for everything where there are none."""
        part = RehearsedPhase("delta")
        told = self._told()
        with self._kept(part, "delta"):
            with self.measuring.step("extract", part.steps):
                stages.extract(self.project, roles=("source",), progress=self.progress)
            for name in phases or [""]:
                with self.measuring.step("plan", part.steps):
                    plan = stages.make_plan(self.project, _scope(name), progress=self.progress)
                self._planned(part, plan)
                self._apply(part, plan, "delta")
        part.tickets = changes
        with self._kept(part, "verify"):
            self._verify(part)
        self._mailed(part, told)
        return part

    def rollback(self) -> RehearsedPhase:
        """Take everything back, the newest plan first."""
        part = RehearsedPhase("rollback", tickets=len(self.applied))
        told = self._told()
        for id_ in reversed(self.applied):
            with self._kept(part, "rollback"):
                with self.measuring.step(f"plan {id_}", part.steps):
                    undo = stages.plan_rollback(self.project, id_, progress=self.progress)
                part.operations += undo.count()
                with self.measuring.step(f"apply {undo.id}", part.steps):
                    figures = stages.apply(
                        self.project,
                        undo,
                        allow_notify=self._endpoints(undo),
                        progress=self.progress,
                        fail=False,
                    )
                part.performed += figures.performed
                part.failed += figures.failed
                part.failures += failing.of_apply(self.project, undo, "rollback")
        self._mailed(part, told)
        return part

    def residue(self) -> list[str]:
        """Return what no rollback takes back, in words with counts."""
        counts: Counter[str] = Counter()
        with self.project.open_target(offline=True) as target:
            words = {endpoint.name: endpoint.residue for endpoint in target.endpoints if endpoint.residue}
        for id_ in self.applied:
            for name, count in self.project.plan(id_).endpoint_counts().items():
                if name in words:
                    counts[words[name]] += count
        return [f"{count:,} x {what}" for what, count in sorted(counts.items())]

    def end_state(self) -> str:
        """Return a digest of what was written and read back, by source record: ids and times of the target are not in it."""
        digest = blake2b(digest_size=16)
        for ref in self.project.idmap.applied_refs():
            last = self.project.idmap.applied(ref)
            assert last is not None
            digest.update(canonical({"ref": ref, "wanted": dict(last.wanted), "seen": dict(last.seen)}))
        return digest.hexdigest()

    # ---- one plan ----------------------------------------------------------------------------------------------------

    def _planned(self, part: RehearsedPhase, plan: PlanFile) -> None:
        part.tickets = sum(
            count for name, count in plan.outcomes().get("ticket", {}).items() if name in ("create", "update")
        )
        part.operations += plan.count()
        part.dispositions = {name.value: count for name, count in plan.dispositions().items()}
        part.leaves = sum(part.dispositions.values())
        part.newly_visible = int(plan.header.get("figures", {}).get("newly visible", 0))
        part.failures += failing.of_plan(plan)

    def _apply(self, part: RehearsedPhase, plan: PlanFile, stage: str) -> None:
        states = stages.preflight(self.project, plan)
        for state in states:
            if state.guard is ARCHIVE:
                confirm_archive(self.project, _BY)
        part.failures += failing.of_guards([state for state in states if state.guard is not ARCHIVE])
        self.project.workspace.note("latency", f"{self.latency:.4f}")
        view = view_plan(self.project, plan, played=True)
        estimated = view.estimate.seconds if view.estimate is not None else 0.0
        with self.measuring.step("apply", part.steps, estimated):
            figures = self._perform(plan, imported=False)
            for _ in range(_IMPORTS):
                if not figures.waiting:
                    break
                self._import(plan, [item.file for item in figures.waiting])
                figures = self._perform(plan, imported=True)
        self.applied.append(plan.id)
        part.performed += figures.performed
        part.failed += figures.failed
        part.failures += failing.of_apply(self.project, plan, stage)

    def _perform(self, plan: PlanFile, *, imported: bool) -> Any:
        return stages.apply(
            self.project, plan, allow_notify=self._endpoints(plan), allow_visible=True, allow_old=True, imported=imported,
            progress=self.progress, fail=False,
        )  # fmt: skip

    def _import(self, plan: PlanFile, files: Sequence[str]) -> None:
        """Do what an administrator does with the files."""
        take = getattr(self.target, "import_file", None)
        assert take is not None, "only a target whose stand-in has an importer hands out files"
        for name in files:
            take((imports_of(self.project, plan.id) / name).read_bytes())
        self.measuring.clock.advance(60)

    def _endpoints(self, plan: PlanFile) -> list[str]:
        """Return every write of a plan: guards that are open were noted as failures, and the play goes on to see who would be told."""
        return list(plan.endpoint_counts())

    def _verify(self, part: RehearsedPhase) -> None:
        with self.measuring.step("verify", part.steps):
            verified = stages.verify(self.project, witness=True, sample=None, progress=self.progress)
        part.verified = dict(verified.counts)
        seen = verified.witnessed
        if seen is not None:
            part.witnessed = {
                "tickets": seen.tickets, "texts": seen.texts, "files": seen.files, "errors": len(seen.errors),
                "explained": len(seen.explained),
            }  # fmt: skip
        part.failures += failing.of_verify(verified)

    # ---- beside

    @contextmanager
    def _kept(self, part: RehearsedPhase, stage: str) -> Any:
        """Keep what stops a stage as a failure, but for whoever stops it by hand."""
        try:
            yield
        except InterruptedRunError:
            raise
        except FerryError as error:
            part.failures.append(failing.of_error(stage, error))

    def _told(self) -> int:
        return len(_mails(self.target))

    def _mailed(self, part: RehearsedPhase, before: int) -> None:
        part.notified = dict(sorted(Counter(_words(mail) for mail in _mails(self.target)[before:]).items()))


def _scope(phase: str) -> Scope:
    return Scope(phase=phase) if phase else EVERYTHING


def _mails(target: Emulator) -> Sequence[Any]:
    return list(getattr(target.state, "mails", ()))


def _words(mail: Any) -> str:
    """Say what a mail is about, not to whom: names of events and triggers, no address."""
    for name in ("event", "reason", "kind", "rule", "trigger", "subject"):
        value = getattr(mail, name, None)
        if isinstance(value, str) and value:
            return value
    return type(mail).__name__
