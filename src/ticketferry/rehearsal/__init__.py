"""A migration played before it happens: both desks as stand-ins made of the project's own snapshots, under a simulated clock."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from ticketferry.errors import ConfigError, InterruptedRunError
from ticketferry.plan.estimate import ASSUMED_LATENCY
from ticketferry.project import Project
from ticketferry.project.kpi import compare_figures
from ticketferry.project.measuring import latency_of
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.rehearsal import FOLDER, Rehearsal, keep_rehearsal, next_rehearsal
from ticketferry.registry import rebuilt_emulator
from ticketferry.rehearsal import failing
from ticketferry.rehearsal.breaking import arm
from ticketferry.rehearsal.comparing import differences
from ticketferry.rehearsal.folder import clear_earlier, secrets_set, write_folder
from ticketferry.rehearsal.measuring import Measuring
from ticketferry.rehearsal.playing import Play
from ticketferry.rehearsal.sampling import draw_sample
from ticketferry.rehearsal.told import told_source, told_target
from ticketferry.rehearsal.transport import StandInTransport
from ticketferry.schema.refs import Kind
from ticketferry.store.lock import hold
from ticketferry_emulators.kit.app import Emulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.told import Assumed

__all__ = ["CHANGED", "rehearse"]

CHANGED = 0.01
"""Share of the tickets that people of the old desk change before the delta."""
_HOSTS = {"source": "source.invalid", "target": "target.invalid"}


@dataclass(frozen=True, slots=True)
class _Stage:
    """Both stand-ins, put up: what reaches them, and what they had to assume."""

    stand_ins: Mapping[str, Emulator]
    reached: Mapping[str, Mapping[str, Any]]
    live: Any
    assumed: Mapping[str, Assumed]


def rehearse(
    project: Project,
    *,
    phases: Sequence[str] = (),
    sample: int | None = None,
    faults: int | None = None,
    delta: bool = True,
    rollback: bool = True,
    latency: float | None = None,
    progress: Progress = quiet,
) -> Rehearsal:
    """Play a migration on stand-ins and keep what was found. No desk is asked; the project's own workspace is read only.

    `phases`: names of those to play, all where empty. `sample`: about so many tickets. `faults`: a seed; requests fail, and all must end as
    without. `latency`: seconds of an answer; None: as measured, else 0.3. Raises UnsupportedError for a desk without a stand-in,
    WorkspaceError where one was never extracted or somebody rehearses here already, ConfigError for an unknown phase or a sample of
    nothing, InterruptedRunError for Ctrl-C.
    """
    mapping = project.mapping()
    names = [rule.name for rule in mapping.rules.phases]
    for name in phases:
        if name not in names:
            raise ConfigError(
                f"the mapping has no phase {name!r}", remedy=f"Its phases: {', '.join(names) or 'none'}."
            )
    with _alone(project):
        chosen = draw_sample(project, sample) if sample is not None else None
        clock = ManualClock(start=project.clock.time())
        known = latency_of(project)
        told = known.seconds if known is not None else None
        seconds = latency if latency is not None else told if told is not None else ASSUMED_LATENCY
        found = Rehearsal(
            next_rehearsal(project), project.now().isoformat(), source=_title(project, "source"), target=_title(project, "target"),
            sample=len(chosen) if chosen is not None else None, faults=faults, latency=seconds, measured=latency is None and told is not None,
            inputs={
                "mapping": mapping.digest,
                **{role: latest.digest for role in _HOSTS if (latest := project.snapshots(role).latest()) is not None},
            },
        )  # fmt: skip
        stage = _put_up(project, clock, chosen)
        wishes = _Wishes(phases, names, faults, delta, rollback)
        return _played(project, found, stage, clock, chosen, wishes, progress)


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Let nobody else rehearse here meanwhile, and leave nothing of a rehearsal that is stopped. Raises InterruptedRunError for Ctrl-C."""
    with hold(project.root / FOLDER, "rehearse"):
        try:
            yield
        except (KeyboardInterrupt, InterruptedRunError) as stop:
            clear_earlier(project)
            raise InterruptedRunError(
                "the rehearsal was stopped: it has no result",
                remedy="Neither desk nor the workspace was touched. `ticketferry rehearse` begins anew; `--sample N` takes less time.",
            ) from stop


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What of a migration is played: names of phases that were asked for, of all that the mapping has, and the rest as in `rehearse`."""

    asked: Sequence[str]
    names: Sequence[str]
    faults: int | None
    delta: bool
    rollback: bool


def _played(
    project: Project,
    found: Rehearsal,
    stage: _Stage,
    clock: ManualClock,
    chosen: frozenset[str] | None,
    wishes: _Wishes,
    progress: Progress,
) -> Rehearsal:
    """Play on stand-ins that are put up, in a folder of its own; keep the result and return it."""
    clear_earlier(project)
    root = write_folder(project, found.id, stage.reached)
    with ExitStack() as stack:
        stack.callback(gc.unfreeze)
        stack.enter_context(secrets_set(project, stage.reached))
        for role, stand_in in stage.stand_ins.items():
            stack.enter_context(stand_in.called(_HOSTS[role]))
            stand_in.latency = found.latency
        own = stack.enter_context(Project.load(root, clock=clock))
        own.transport = StandInTransport({_HOSTS[role]: one for role, one in stage.stand_ins.items()})
        target = stage.stand_ins["target"]
        play = Play(own, target, Measuring(clock, stage.stand_ins), found.latency, progress)
        play.extract(found)
        found.tickets = _tickets(own)
        for code in _held(project):
            own.workspace.confirm(code, "the rehearsal")
        found.assumed = [*_ages(project), *_sentences(stage.assumed), *differences(project, own, chosen)]
        before = target.dump() if wishes.rollback else {}
        if wishes.faults is not None:
            arm(stage.stand_ins, wishes.faults)
        wanted = [name for name in wishes.names if not wishes.asked or name in wishes.asked] or [""]
        for name in wanted:
            gc.freeze()  # both desks lie in memory: what is there to stay is not looked through again and again
            found.phases.append(play.phase(name))
        found.end_state = play.end_state()
        if wishes.delta and play.applied:
            found.changes = stage.live(stage.stand_ins["source"], *_some(own))
            clock.advance(120)
            found.delta = play.delta(found.changes, wishes.asked)
        found.parity = _parity(own)
        found.faults_met = sum(sum(one.faults.fired().values()) for one in stage.stand_ins.values())
        if wishes.rollback and play.applied:
            for one in stage.stand_ins.values():
                one.faults.clear()
            found.residue = play.residue()
            found.rollback = play.rollback()
            found.left = _left(before, target.dump(), getattr(target, "residue_sections", ()))
            found.as_before = not found.left
        last = found.all_parts[-1]
        for role, one in stage.stand_ins.items():
            last.failures += failing.of_stand_in(role, one)
    found.ended = project.now().isoformat()
    keep_rehearsal(project, found)
    return found


def _title(project: Project, role: str) -> str:
    desk = project.desk(role)
    return f"{desk.connector.title} {desk.key}"


def _put_up(project: Project, clock: ManualClock, chosen: frozenset[str] | None) -> _Stage:
    stand_ins: dict[str, Emulator] = {}
    reached: dict[str, dict[str, Any]] = {}
    assumed = {role: Assumed() for role in _HOSTS}
    live: Any = None
    for role, told in (("source", told_source(project, chosen)), ("target", told_target(project))):
        module = rebuilt_emulator(project.desk(role).connector)
        try:
            stand_ins[role], reached[role] = module.rebuilt(told, clock, assumed[role])
        except ValueError as error:
            raise ConfigError(
                f"the {role} desk cannot be put up: {error}", remedy="Run `ticketferry extract` again."
            ) from error
        reached[role]["base_url"] = f"http://{_HOSTS[role]}:1"
        if role == "source":
            live = module.work_on
    return _Stage(stand_ins, reached, live, assumed)


def _held(project: Project) -> Iterator[str]:
    """Yield the guards of which a person has said that they hold."""
    for guard in project.config.target.connector.guards:
        if guard.proof == "person" and project.workspace.confirmed(guard.code) is not None:
            yield guard.code


def _ages(project: Project) -> Iterator[str]:
    """Yield what is old of that which was read: it is rehearsed as it was then."""
    for role in _HOSTS:
        latest = project.snapshots(role).latest()
        days = (project.now() - latest.began).days if latest is not None else 0
        if days:
            yield f"{role}: it was read {days} days ago: what changed since is not rehearsed; `ticketferry extract` reads it"


def _sentences(assumed: Mapping[str, Assumed]) -> list[str]:
    return [f"{role}: {text}" for role, one in assumed.items() for text in one.sentences()]


def _tickets(own: Project) -> int:
    snapshots = own.snapshots("source")
    latest = snapshots.latest()
    return sum(1 for _ in snapshots.ids(Kind.TICKET, latest.number)) if latest is not None else 0


def _some(own: Project) -> tuple[list[str], int]:
    """Return tickets that came over, those that lie far apart first, and in how many people go on working: one in a hundred, and at least one."""
    here = [ref.rpartition(":")[2] for ref in own.idmap.applied_refs() if ":ticket:" in ref]
    wanted = max(1, round(len(here) * CHANGED))
    step = max(1, len(here) // wanted)
    return [id_ for first in range(step) for id_ in here[first::step]], wanted


def _parity(own: Project) -> dict[str, Any]:
    compared = compare_figures(own)
    side = compared.read if compared.read is not None else compared.mapped
    return {
        "tickets": side.tickets,
        "equal": side.equal,
        "causes": {cause: lost.tickets for cause, lost in side.causes.items()},
    }


def _left(before: Mapping[str, Any], after: Mapping[str, Any], sections: Sequence[str]) -> list[str]:
    """Return what the target holds otherwise than before, but for what the vendor never gives back: parts of its state by their names."""
    names = (before.keys() | after.keys()) - set(sections)
    return sorted(name for name in names if before.get(name) != after.get(name))
