"""A migration as a library: its folder, its desks, its runs."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from ticketferry.errors import AuthError, FatalError, FerryError, RejectedError
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import EVERYTHING, Inputs, Scope
from ticketferry.project.event_hooks import FACTS
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.identity import HeldDesks, readdressed
from ticketferry.project.planning import open_planning
from ticketferry.project.run_events import tell_broken, tell_ended
from ticketferry.project.telling import EventTeller, HookFault
from ticketferry.ranges import HERE, Executor
from ticketferry.registry import open_source, open_target
from ticketferry.sdk.contract import Source, Target
from ticketferry.sdk.forecast import Meter
from ticketferry.sdk.pacing import LimitShare
from ticketferry.store.event_log import EventLog
from ticketferry.store.run_log import RunLog

__all__ = [
    "Project",
    "desk_refuses",
]


@dataclass
class Project(MigrationFolder):
    """One migration: the same object serves the command line, a script and a notebook."""

    typed: bool = True
    """Whether somebody named the environment for this very call: a script does by `environment=`, a person by `--env`."""
    hook_faults: list[HookFault] = field(default_factory=list)
    """Hooks of `on_event` that were not told, or ended badly; known once the project is closed."""
    _held: HeldDesks = field(default_factory=HeldDesks)
    _teller: EventTeller | None = None

    def close(self) -> None:
        """Wait until hooks were told of events, each at most its timeout, then close all databases."""
        try:
            if self._teller is not None:
                self.hook_faults += self._teller.close()
        finally:
            self._teller = None
            super().close()

    # ---- events ----------------------------------------------------------------------------------------------------------

    def tell(self, event: str, key: str, words: str, *, since: str = "", **facts: str | int) -> None:
        """Tell the hooks of `on_event` that something happened, once for its `key`; returns at once. `words`: without anything of a ticket or
        a person. `since`: when it happened, where it may be of before the hooks were there: such is not told.
        """
        if not any(hook.wants(event) for hook in self.config.hooks) or self.readonly:
            return
        if self._teller is None:
            self._teller = EventTeller(self.config.hooks, self.home, EventLog(self.workspace))
        if since and since < self._teller.since:
            return
        told = self.event_facts(event, key, words)
        self._teller.tell(told | ({"at": since} if since else {}) | facts)

    def event_facts(self, event: str, key: str, words: str) -> dict[str, str | int]:
        """Return what hooks are told of an event, by name (`FACTS`)."""
        here = self.config.environment
        desks = f"{self.config.source.key} -> {self.config.target.key}"
        told: dict[str, str | int] = dict.fromkeys(FACTS, "")
        return told | {
            "failed": 0,
            "id": f"{self.workspace.id}:{key}",
            "event": event,
            "at": self.now().isoformat(),
            "desks": desks,
            "environment": here.name if here is not None else "",
            "text": f"{desks}{f' ({here.banner})' if here is not None else ''}: {words}",
        }

    @contextmanager
    def open_source(
        self,
        log: RunLog | Meter | None = None,
        *,
        offline: bool = False,
        role: Literal["source", "target"] = "source",
    ) -> Iterator[Source]:
        """Open the source desk for reading, or the target as a desk of its own, with all that its own people have there.

        Raises WorkspaceError where another desk answers than the folder's.
        """
        desk = self.desk(role)
        session = replace(self.session(role, log), origin="")
        source = open_source(desk.connector, desk.options(offline=offline), session)
        try:
            if not offline:
                self._held.hold(self, role, source)
            yield source
        except RejectedError as error:
            raise desk_refuses(error, desk.where) from error
        finally:
            source.close()

    @contextmanager
    def open_target(
        self,
        log: RunLog | Meter | None = None,
        *,
        offline: bool = False,
        share: float | LimitShare | None = None,
    ) -> Iterator[Target]:
        """Open the target desk. Raises WorkspaceError where another desk answers than the folder's.

        `share`: the part of its rate limits that may be used, where it is not that of migration.yaml.
        """
        desk = self.config.target
        session = self.session("target", log)
        if share is not None:
            session = replace(session, share=share)
        target = open_target(desk.connector, desk.options(offline=offline), session)
        try:
            if not offline:
                self._held.hold(self, "target", target)
            yield target
        except RejectedError as error:
            raise desk_refuses(error, desk.where) from error
        finally:
            target.close()

    def hold_readdressed(self, log: RunLog) -> None:
        """Ask a desk whose address was changed since it answered last who it is: a snapshot belongs to the desk that was read.

        Raises WorkspaceError where another one answers, else what asking raises.
        """
        for role in ("source", "target"):
            if readdressed(self, role) is not None:
                opener = self.open_source if role == "source" else self.open_target
                with opener(log):
                    pass

    # ---- planning ------------------------------------------------------------------------------------------------------

    def planning(
        self,
        scope: Scope = EVERYTHING,
        *,
        inputs: Inputs | None = None,
        chosen: frozenset[str] | None = None,
        left_out: Collection[str] = (),
        way: str | None = None,
    ) -> PlanContext:
        """Open all that planning reads, as `open_planning` says."""
        return open_planning(self, scope, inputs=inputs, chosen=chosen, left_out=left_out, way=way)

    def planning_of(self, plan: PlanFile) -> PlanContext:
        """Open what a plan was made from: snapshots and id map as of then, the mapping as it is now."""
        scope = Scope.of(plan.header)
        return open_planning(
            self,
            scope,
            inputs=Inputs.of(plan.header),
            chosen=plan.tickets() if scope.narrowed else None,
            left_out=plan.header.get("left_out", ()),
            owned=plan.header.get("owned", ()),
        )

    def opener(self, scope: Scope, executor: Executor = HERE) -> Callable[[], PlanContext]:
        """Return a picklable opener of what planning reads, for the processes of an executor."""
        return partial(_open_apart, self.loader(executor), scope)

    def loader(self, executor: Executor) -> Callable[[], "Project"]:
        """Return a picklable opener of this folder, for the processes of an executor, which only read it."""
        here = self.config.environment
        return partial(
            Project.load,
            str(self.home),
            environment=here.name if here is not None else None,
            frozen=executor.elsewhere,
        )

    # ---- runs ------------------------------------------------------------------------------------------------------------

    @contextmanager
    def run(self, command: str, plan: str = "") -> Iterator[tuple[str, RunLog]]:
        """Open a run with its log; how it ended is kept."""
        id_ = self.runs.begin(command, plan, self.now().isoformat())
        log = RunLog(self.root / "runs" / f"{id_}.log.jsonl", self.now)
        log.event("begin", command=command, plan=plan)
        state = "broken"
        try:
            with self._held.once_a_run():
                yield id_, log
            state = "ended"
        except BaseException as error:
            state = type(error).__name__
            tell_broken(self, error, run=id_, command=command, plan=plan)
            raise
        finally:
            log.event("end", state=state)
            log.close()
            self.runs.end(id_, state, self.now().isoformat())
        tell_ended(self, run=id_, command=command, plan=plan)


def _open_apart(load: Callable[[], Project], scope: Scope) -> PlanContext:
    """Open what planning reads in a process of its own."""
    return load().planning(scope)


def desk_refuses(error: RejectedError, desk: str) -> FerryError:
    """Return what a refusal means that no record explains: AuthError for 401 and 403, else FatalError, each with a next step.

    `desk`: its address. The words of the desk stay in the message; the status tells what to do [RFC 9110, 15.5].
    """
    where = error.where or desk
    if not error.status:
        return FatalError(
            error.message, where=where, remedy=error.remedy or "Run the command again; it goes on."
        )
    message = f"the desk refuses what this command needs ({error.status}): {error.message}"
    if error.status in (401, 403):
        return AuthError(
            message,
            where=where,
            remedy=error.remedy
            or "The account or its token lacks the right to this, or the desk lets in certain addresses only (allow-list, VPN)."
            f"\n  Give the right in the desk, or use another account: `ticketferry check` names what is needed at {desk}.",
        )
    if error.status == 402:
        remedy = "The account's subscription does not cover this, or it is unpaid or at its end: its owner sees to it in the desk."
    elif error.status in (404, 410):
        remedy = "Check the address in migration.yaml: there is no such thing at this desk, or the account may not see it."
    else:
        remedy = "Is a proxy or a firewall between here and the desk? Ask who keeps it to let these requests through."
    return FatalError(
        message, where=where, remedy=error.remedy or f"{remedy}\n  Then run the command again; it goes on."
    )
