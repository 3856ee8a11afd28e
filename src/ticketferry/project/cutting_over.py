"""The scripted last hour of a phase: step after step, each kept, until one waits; killed anywhere, the same call goes on."""

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from ticketferry.acceptance.criteria import FILE, load_acceptance
from ticketferry.acceptance.judge import AcceptanceState, accepted, covers
from ticketferry.errors import UsageError, WaitingError
from ticketferry.project import cut_over_steps as names
from ticketferry.project.accepting import judge_plan, judge_verify
from ticketferry.project.cut_over import CutOver, CutOverStep, cut_over_of, keep_cut_over
from ticketferry.project.cut_over_deltas import Deltas, applied_of, seen_until, still_frozen
from ticketferry.project.cut_over_steps import CutOverWaits, StepToDo, steps_of
from ticketferry.project.extraction import extract
from ticketferry.project.health import NEW_DESK, read_new_desk
from ticketferry.project.phase_names import refuse_phase
from ticketferry.project.phase_states import record_transition
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.project.stages import preflight
from ticketferry.project.verifying import verify
from ticketferry.schema.counting import counted
from ticketferry.schema.refs import Kind
from ticketferry.store.lock import hold
from ticketferry.store.phase_log import CUT_OVER

__all__ = ["confirm_step", "cut_over_phase", "skip_step"]

Outcome = CutOverStep | CutOverWaits


def cut_over_phase(
    project: Project,
    phase: str,
    *,
    by: str = "",
    progress: Progress = quiet,
    told: Callable[[CutOverStep], None] = lambda _: None,
) -> CutOverWaits | None:
    """Go on with the cut-over of a phase until a step waits, and say why; None: it is cut over. `by`: who runs it; `told` is called with each
    step that was taken.

    No other command writes meanwhile, while it waits for the old desk neither. Raises UsageError for a phase that the mapping has not, and what
    reading, planning and applying raise: the same call goes on.
    """
    with hold(project.root, f"cutover {phase}", steps=True):
        runner = _Runner(project, _begun(project, phase), by, progress)
        while True:
            step = next((step for step in steps_of(project, runner.cut_over) if step.done is None), None)
            if step is None:
                return None
            outcome = runner.take(step)
            if isinstance(outcome, CutOverWaits):
                project.tell(
                    "waiting", f"cutover:{phase}:{runner.cut_over.began}:{step.name}",
                    f"the cut-over of {phase} waits at its step {step.name}", command="cutover", phase=phase, state=step.name,
                )  # fmt: skip
                return outcome
            runner.keep(runner.cut_over.done(outcome))
            told(outcome)


def confirm_step(project: Project, phase: str, name: str, *, by: str) -> CutOverStep | None:
    """Keep that a person says that a step is done. Freezing anew begins again behind it, while the phase is not cut over.

    None: it is `go`, which `cut_over_phase` takes after its last look. Raises UsageError without a name, for a step that nobody confirms or
    whose turn it is not.
    """
    with hold(project.root, f"cutover {phase}", steps=True):
        return _confirm(project, phase, name, by)


def _confirm(project: Project, phase: str, name: str, by: str) -> CutOverStep | None:
    kept = _begun(project, phase)
    step = _of(project, kept, name, by)
    turn = next((one for one in steps_of(project, kept) if one.done is None), None)
    if kept.ended:
        raise UsageError(
            f"{phase} is cut over since {kept.ended[:16]}", remedy="`ticketferry fallback` goes back."
        )
    if not step.by_person and name != names.MAIL_IN:
        raise UsageError(
            f"{name} is not confirmed by a person: it is read", remedy=f"Go on: ticketferry cutover {phase}"
        )
    if name != names.FREEZE and (turn is None or turn.name != name):
        first = turn.name if turn is not None else "nothing"
        raise UsageError(
            f"{name} is not due: {first} comes first", remedy=f"Go on: ticketferry cutover {phase}"
        )
    at = project.now().isoformat()
    done = CutOverStep(name, at, by.strip(), f"confirmed: {step.title}")
    if name == names.FREEZE:
        if not applied_of(project, phase):
            words = f"{done.words}; nothing of {phase} was applied yet: the first delta brings all of it"
            done = replace(done, words=words)
        latest = project.snapshots("source").latest()
        fresh = CutOver(phase, kept.began).knows(before=latest.number if latest is not None else 0)
        keep_cut_over(project, fresh.done(done))
        return done
    if name == names.GO:
        keep_cut_over(project, kept.knows(go=by.strip()))
        return None
    if step.guard is not None:
        project.workspace.end_confirmations(step.guard.code)
    keep_cut_over(project, kept.done(done))
    return done


def skip_step(project: Project, phase: str, name: str, *, by: str, because: str) -> CutOverStep:
    """Keep that a person leaves a step out. Raises UsageError without name or reason, and for a step that is never left out or not due."""
    with hold(project.root, f"cutover {phase}", steps=True):
        return _skip(project, phase, name, by, because)


def _skip(project: Project, phase: str, name: str, by: str, because: str) -> CutOverStep:
    kept = _begun(project, phase)
    step = _of(project, kept, name, by)
    if not because.strip():
        raise UsageError(f"to leave {name} out takes a reason", remedy='Say why: --because "…".')
    if not step.may_skip or (name == names.CRITERIA and load_acceptance(project.home) is not None):
        raise UsageError(
            f"{name} is never left out", remedy=f"Mend what it waits for: ticketferry cutover {phase}"
        )
    if kept.ended:
        raise UsageError(f"{phase} is cut over since {kept.ended[:16]}")
    done = CutOverStep(name, project.now().isoformat(), by.strip(), because.strip(), skipped=True)
    keep_cut_over(project, kept.done(done))
    return done


def _begun(project: Project, phase: str) -> CutOver:
    refuse_phase(project, phase)
    kept = cut_over_of(project, phase)
    if kept is not None and not kept.fallen_back:
        return kept
    return CutOver(phase, project.now().isoformat())


def _of(project: Project, kept: CutOver, name: str, by: str) -> StepToDo:
    if not by.strip():
        raise UsageError("a gate asks for a name", remedy="Say who: --by NAME.")
    steps = {step.name.casefold(): step for step in steps_of(project, kept)}
    if name.casefold() not in steps:
        raise UsageError(
            f"a cut-over has no step {name!r}",
            remedy=f"Its steps: {', '.join(step.name for step in steps.values())}.",
        )
    return steps[name.casefold()]


@dataclass
class _Runner:
    """Takes one step after the other."""

    project: Project
    cut_over: CutOver
    by: str
    progress: Progress

    @property
    def phase(self) -> str:
        return self.cut_over.phase

    @property
    def command(self) -> str:
        return f"ticketferry cutover {self.phase}"

    def keep(self, cut_over: CutOver) -> None:
        self.cut_over = cut_over
        keep_cut_over(self.project, cut_over)

    def take(self, step: StepToDo) -> Outcome:
        if step.guard is not None:
            return self._switch(step)
        ways: dict[str, Callable[[StepToDo], Outcome]] = {
            names.DELTAS: self._deltas,
            names.VERIFY: self._verify,
            names.WITNESS: self._witness,
            names.CRITERIA: self._criteria,
            names.BASELINE: self._baseline,
            names.MAIL_IN: self._mail_in,
            names.GO: self._go,
        }
        return ways.get(step.name, self._asks)(step)

    def _done(self, step: StepToDo, words: str) -> CutOverStep:
        return CutOverStep(step.name, self.project.now().isoformat(), self.by, words)

    def _asks(self, step: StepToDo) -> CutOverWaits:
        skip = f", or --skip {step.name} --by NAME --because WHY" if step.may_skip else ""
        return CutOverWaits(
            step.name,
            f"a person confirms that {step.title}{skip}",
            f"{self.command} --confirm {step.name} --by NAME",
            asks=True,
        )

    def _deltas(self, step: StepToDo) -> Outcome:
        found = Deltas(self.project, self.cut_over, self.keep, self.progress).run()
        if isinstance(found, CutOverWaits):
            return found
        return self._done(step, found)

    def _plans(self) -> list[str]:
        return applied_of(self.project, self.phase)

    def _verify(self, step: StepToDo) -> Outcome:
        plans = self._plans()
        verified = verify(self.project, plans, witness=True, progress=self.progress)
        seen = verified.witnessed
        judged = judge_verify(self.project, verified)
        different = sum(count for sign, count in verified.counts.items() if sign != "=")
        total = sum(verified.counts.values())
        self.keep(
            self.cut_over.knows(
                witness={"errors": len(seen.errors), "tickets": seen.tickets, "why_not": seen.why_not}
                if seen is not None
                else None
            )
        )
        allowed = bool(judged) and accepted(judged) and covers(verified, judged)
        if different and not allowed:
            return CutOverWaits(
                step.name,
                f"{different:,} of {counted(total, 'record')} differ from what was written",
                f"ticketferry verify {' '.join(plans)}",
                details=tuple(
                    f"{line.sign} {line.ref} {', '.join(line.fields) or line.message}"
                    for line in verified.lines[:5]
                ),
            )
        more = f", {different:,} differ within acceptance.yaml" if different else ""
        return self._done(step, f"{counted(total, 'record')} of {', '.join(plans)} read back{more}")

    def _witness(self, step: StepToDo) -> Outcome:
        seen = self.cut_over.facts.get("witness") or {
            "errors": 0,
            "tickets": 0,
            "why_not": "it was not asked",
        }
        if seen["why_not"]:
            return self._done(step, f"no witness: {seen['why_not']}")
        most = load_acceptance(self.project.home)
        bound = most.criteria.get("witness") if most is not None else None
        if seen["errors"] and (bound is None or seen["errors"] > bound.of(seen["tickets"])):
            return CutOverWaits(
                step.name,
                f"{counted(seen['errors'], 'difference')} that no rule explains, in {counted(seen['tickets'], 'ticket')}",
                f"ticketferry verify {' '.join(self._plans())}; then {self.command} --confirm freeze --by NAME",
            )
        return self._done(
            step,
            f"{counted(seen['tickets'], 'ticket')} by both desks' own records, {counted(seen['errors'], 'error')}",
        )

    def _criteria(self, step: StepToDo) -> Outcome:
        plans = [
            row["id"]
            for row in self.project.plan_rows()
            if row["phase"] in ("", self.phase) and row["kind"] == "apply"
        ]
        with closing(self.project.plan(plans[-1])) as plan:
            judged = judge_plan(self.project, plan)
        if judged is None:
            return CutOverWaits(
                step.name,
                f"there is no {FILE}, so that nobody said what may be lost",
                f"{self.command} --skip criteria --by NAME --because WHY",
                asks=True,
            )
        unmet = [item for item in judged if item.state is AcceptanceState.UNMET]
        if unmet:
            told = tuple(
                f"{item.name}: {item.found} {item.words}, at most {item.most.text}" for item in unmet
            )
            return CutOverWaits(step.name, f"{len(unmet)} of {len(judged):,} criteria unmet", f"ticketferry accept {plans[-1]}", details=told)  # fmt: skip
        waived = sum(item.state is AcceptanceState.WAIVED for item in judged)
        return self._done(
            step,
            f"{len(judged):,} criteria of {plans[-1]}: none unmet, {waived} waived",
        )

    def _baseline(self, step: StepToDo) -> Outcome:
        read_new_desk(self.project, moved=True, progress=self.progress)
        latest = self.project.snapshots(NEW_DESK).latest()
        assert latest is not None
        self.keep(replace(self.cut_over, new_desk_snapshot=latest.number))
        tickets = self.project.snapshots(NEW_DESK).count(Kind.TICKET, latest.number)
        return self._done(step, f"{counted(tickets, 'ticket')} of the new desk, reading {latest.number}")

    def _mail_in(self, step: StepToDo) -> Outcome:
        channels = self.cut_over.steps.get(names.CHANNELS)
        if channels is not None and channels.skipped:
            return replace(self._done(step, "the channels were not switched"), skipped=True)
        token = self.cut_over.facts.get("mail")
        if token is None:
            token = f"test {secrets.token_hex(3)}"
            self.keep(self.cut_over.knows(mail=token))
        else:
            read_new_desk(self.project, progress=self.progress)
            arrived = self._arrived(str(token))
            if arrived:
                return self._done(step, f"“{token}” arrived as {arrived}")
        return CutOverWaits(
            step.name,
            f"send a mail to each address that was switched, with “{token}” in the subject; it is looked for in the new desk",
            self.command,
            asks=True,
            otherwise=("where it cannot be seen", f"{self.command} --confirm mail-in --by NAME"),
        )

    def _arrived(self, token: str) -> str:
        """Return the number of a ticket that was born in the new desk with these words in its subject; empty where there is none."""
        desk = self.project.snapshots(NEW_DESK)
        latest = desk.latest()
        if latest is None:
            return ""
        for ref in desk.changed_roots(Kind.TICKET, self.cut_over.new_desk_snapshot, latest.number):
            row = desk.row(Kind.TICKET, ref.id, latest.number)
            own = row.records[0] if row is not None and row.records else {}
            if (
                token in str(own.get("subject", ""))
                and self.project.idmap.source_of("ticket", ref.id) is None
            ):
                return str(own.get("number") or ref.id)
        return ""

    def _switch(self, step: StepToDo) -> Outcome:
        assert step.guard is not None
        if step.by_person:
            return self._asks(step)
        state = next((one for one in preflight(self.project) if one.guard.code == step.guard.code), None)
        if state is not None and not state.proved and state.evidence != "the desk did not say":
            return self._done(step, f"seen by reading: {state.evidence}")
        seen = state.evidence if state is not None else "no write needs it"
        return CutOverWaits(
            step.name,
            f"still silent: {seen}. Switch it on again in the new desk",
            self.command,
            asks=True,
            otherwise=(
                "where it stays off",
                f"{self.command} --skip {step.name} --by NAME --because WHY",
            ),
        )

    def _go(self, step: StepToDo) -> Outcome:
        who = self.cut_over.facts.get("go")
        if not who:
            return self._asks(step)
        extract(self.project, ("source",), totals=False, progress=self.progress)
        moving = still_frozen(self.project, self.cut_over, self.command)
        if moving is not None:
            self.keep(self.cut_over.knows(go=""))
            return moving
        if not self.cut_over.owns:
            try:
                record_transition(
                    self.project,
                    self.phase,
                    CUT_OVER,
                    by=str(who),
                    because="every step of its cut-over was taken",
                )
            except WaitingError as error:
                self.keep(self.cut_over.knows(go=""))
                return CutOverWaits(step.name, error.message, error.remedy)
            self.cut_over = cut_over_of(self.project, self.phase) or self.cut_over
        seen, lag = seen_until(self.project)
        later = f" ({lag}); `ticketferry stragglers {self.phase}` finds what came later" if lag else ""
        words = f"the new desk owns the phase's tickets; the old one was seen up to {seen:%Y-%m-%d %H:%M:%S} UTC{later}"
        return CutOverStep(step.name, self.cut_over.ended, str(who), words)
