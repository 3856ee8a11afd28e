"""The steps of a runbook: before, on each weekend, after; each with its time, who, command, expected result, gate and way back. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ticketferry.report.runbook_facts import PhaseFacts, RunbookFacts, RunbookPart, RunbookStep
from ticketferry.report.tables import when
from ticketferry.schema.counting import counted

__all__ = ["Evening", "evenings", "hours", "parts_of"]

OWNER, ADMIN, LEAD, DESK, CHANNELS = (
    "Owner",
    "Administrator",
    "Agents' lead",
    "Desk administrator",
    "Mail and web",
)
"""Roles: who signs, who types, who speaks for the agents, who switches the new desk, who moves the channels."""


def hours(seconds: float | None) -> str:
    """Return a span as people plan with it: `45 min`, `3 h 20`; `not known yet` for None."""
    if seconds is None:
        return "not known yet"
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"


def day(at: date) -> str:
    """Return a day: `Fri 4 Dec 2026`."""
    return f"{at:%a} {at.day} {at:%b %Y}"


def parts_of(facts: RunbookFacts) -> list[RunbookPart]:
    """Return all steps in their order."""
    first = min(phase.day for phase in facts.phases)
    last = max(phase.day for phase in facts.phases)
    return [
        RunbookPart("decide", "Decide", _scope(facts), list(_decide(facts, first))),
        RunbookPart("prepare", "Prepare, map and build", _reading(facts), list(_prepare(facts, first))),
        RunbookPart("rehearse", "Rehearse and sign", _signing(facts), list(_rehearse(facts, first))),
        *_weekends(facts),
        RunbookPart("hypercare", "The four weeks after", _after_lead(facts), list(_after(facts, last))),
        RunbookPart(
            "close", "Close", "What ends the migration, and what is kept of it.", list(_close(facts, last))
        ),
    ]


def _scope(facts: RunbookFacts) -> str:
    planned = ", ".join(
        f"{phase.name} ({'not planned yet' if phase.tickets is None else f'{phase.tickets:,} tickets'})"
        for phase in facts.phases
    )
    words = f"{facts.tickets:,} tickets of {facts.source} ({facts.source_where}) go to {facts.target} ({facts.target_where}) in {counted(len(facts.phases), 'phase')}: {planned}."
    if facts.unphased:
        words += f" {facts.unphased:,} tickets are in no phase: decide about them first."
    return words


def _decide(facts: RunbookFacts, first: date) -> Iterator[RunbookStep]:
    at = day(first - timedelta(days=56))
    things = ", ".join(f"{count:,} × {name}" for name, count in facts.not_moved.items())
    yield RunbookStep(
        at, OWNER, "Agree on what moves, by which phase, and who rebuilds what does not move.", "ticketferry inventory",
        f"Not moved: {things}." if things else "What the old desk holds beside tickets is listed by the next extract.",
        "Scope agreed",
    )  # fmt: skip
    criteria = "; ".join(f"{name} at most {most}" for name, most in facts.criteria)
    yield RunbookStep(
        at, OWNER, "Say in numbers what may be lost, and who decides go or no-go.", "ticketferry accept",
        criteria or "There is no acceptance.yaml yet: write one, else nothing is judged.", "Criteria agreed",
    )  # fmt: skip
    written = {name: evening.writing for name, evening in evenings(facts).items()}
    freezes = ", ".join(f"{name} {day(at_)} {at_:%H:%M}" for name, at_ in written.items())
    yield RunbookStep(
        at, OWNER, f"Keep these evenings free of releases and campaigns: {freezes}.", gate="Dates agreed"
    )


def _reading(facts: RunbookFacts) -> str:
    return f"The old desk was read last {when(facts.source_read) or 'never'}; mapping {facts.mapping} ({facts.digest[:4] or 'not read'})."


def _prepare(facts: RunbookFacts, first: date) -> Iterator[RunbookStep]:
    last = max(phase.day for phase in facts.phases)
    yield RunbookStep(
        day(first - timedelta(days=42)), ADMIN,
        f"Credentials of both desks: read-only for {facts.source}, and none that ends before {day(last + timedelta(days=30))}.",
        "ticketferry check", "exit 0; nothing blocks",
    )  # fmt: skip
    yield RunbookStep(
        day(first - timedelta(days=40)), ADMIN, "Read both desks; keep what the old one was like.", "ticketferry extract",
        f"0 numbers unexplained; the last one here took {hours(facts.took['extract'])}" if "extract" in facts.took else "0 numbers unexplained",
    )  # fmt: skip
    yield RunbookStep(
        day(first - timedelta(days=40)),
        ADMIN,
        "The baseline that the weeks after are held against.",
        "ticketferry kpi baseline",
    )
    yield RunbookStep(
        day(first - timedelta(days=28)), OWNER, "Read the mapping as a document with whoever answers for it; from here on it is frozen, and so are the fields, statuses and forms of both desks.",
        "ticketferry mapping doc", "Every status and every loss is named", "Mapping signed",
        "A change after this is a new plan and a new signature.",
    )  # fmt: skip
    yield RunbookStep(
        day(first - timedelta(days=21)), DESK, f"Build in {facts.target} what no plan makes.", "ticketferry preflight",
        "Nothing is listed under “to make in the new desk”",
    )  # fmt: skip


def _signing(facts: RunbookFacts) -> str:
    if facts.rehearsed:
        return facts.rehearsed
    return "No rehearsal was made in this folder yet."


def _rehearse(facts: RunbookFacts, first: date) -> Iterator[RunbookStep]:
    if "rehearse" in facts.commands:
        yield RunbookStep(
            day(first - timedelta(days=14)), ADMIN, "Run all phases on stand-ins made of the own snapshots: no desk is touched.", "ticketferry rehearse",
            "0 failures, 0 notifications; hours as in this book",
        )  # fmt: skip
    golden = f" ({', '.join(facts.golden[:6])})" if facts.golden else ""
    yield RunbookStep(
        day(first - timedelta(days=7)), LEAD, f"Look at the golden tickets{golden} and a drawn sample, before and after.", f"ticketferry audit sample {_plan(facts.phases[0])} --size auto --seed {first:%Y%m%d}",
        "No defect, or each one understood", "Sample accepted",
    )  # fmt: skip
    yield RunbookStep(
        day(first - timedelta(days=7)),
        LEAD,
        "Send the letters to customers and agents (below).",
        gate="Letters sent",
    )
    for phase in facts.phases:
        signed = (
            f"{phase.plan} was approved by {phase.approved_by}"
            if phase.approved_by
            else "nobody has approved it yet"
        )
        against = f" Against it: {'; '.join(phase.open_causes)}." if phase.open_causes else ""
        yield RunbookStep(
            day(phase.day - timedelta(days=2)), OWNER, f"Approve the plan of {phase.name}, with room for what comes until then.",
            f"ticketferry approve {_plan(phase)} --by NAME --growth 2%", f"{signed}.{against}", f"{phase.name} approved",
        )  # fmt: skip


def _undo(phase: PhaseFacts) -> str:
    """Say how the evening's plan is taken back, and what was applied of the phase before it."""
    earlier = f", then {phase.undo}" if phase.applied else ""
    return f"ticketferry rollback PLAN --apply{earlier}"


def _plan(phase: PhaseFacts) -> str:
    return phase.plan or f"PLAN-OF-{phase.name.upper()}"


class _Clock:
    """The hours of a weekend, one step after the other; a step whose length is not known takes half an hour at the least."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def then(self, seconds: float | None) -> str:
        shown = f"{self.now:%a} {self.now.day} {self.now:%b} {self.now:%H:%M}"
        minutes = 30 if seconds is None else max(5, -(-seconds // 300) * 5)
        self.now += timedelta(minutes=minutes)
        return shown


@dataclass(frozen=True, slots=True)
class Evening:
    """When a phase is silenced, written and its old desk frozen, in the hours of the page."""

    silence: datetime
    writing: datetime
    frozen: datetime


def _weekends(facts: RunbookFacts) -> Iterator[RunbookPart]:
    written = evenings(facts)
    for number, phase in enumerate(facts.phases):
        yield _weekend(facts, phase, written[phase.name], number == 0)


def evenings(facts: RunbookFacts) -> dict[str, Evening]:
    """Return by phase when it is written and when its old desk is frozen: at the hour asked for, or once the phase before it is through."""
    found: dict[str, Evening] = {}
    free: datetime | None = None
    for phase in facts.phases:
        begin = datetime.combine(phase.day, time.fromisoformat(facts.start))
        before = _Clock(begin)
        deque(_before(facts, phase, before), maxlen=0)
        lead = before.now - begin
        if free is not None:
            begin = max(begin, free + lead)
        clock = _Clock(begin)
        deque(_write(facts, phase, clock, opening=False), maxlen=0)
        frozen = clock.now
        deque(_own(facts, phase, clock), maxlen=0)
        free = clock.now
        found[phase.name] = Evening(begin - lead, begin, frozen)
    return found


def _weekend(facts: RunbookFacts, phase: PhaseFacts, evening: Evening, opening: bool) -> RunbookPart:
    clock = _Clock(evening.silence)
    size = (
        "not planned yet"
        if phase.tickets is None
        else f"{phase.tickets:,} tickets, {phase.operations:,} writes in {phase.requests:,} requests"
    )
    lead = f"{phase.where or 'All tickets that no phase before takes'}: {size}. The apply takes {hours(phase.seconds)}"
    lead += f", held back by {phase.held_by}" if phase.held_by else ""
    lead += f"; the rehearsal took {hours(phase.rehearsed)}." if phase.rehearsed is not None else "."
    lead += f" From {evening.writing:%H:%M} on {phase.window}." if phase.window else ""
    steps = [
        *_before(facts, phase, clock),
        *_write(facts, phase, clock, opening),
        *_own(facts, phase, clock),
    ]
    return RunbookPart(f"phase-{phase.name}", f"{day(phase.day)}: {phase.name}", lead, steps)


def _before(facts: RunbookFacts, phase: PhaseFacts, clock: _Clock) -> Iterator[RunbookStep]:
    for switch in facts.switches:
        proof = (
            "read by preflight"
            if switch.reads
            else f"then: ticketferry preflight confirm {switch.code} --by NAME"
        )
        yield RunbookStep(
            clock.then(300), DESK, f"Silence: {switch.title}. {switch.remedy}", "ticketferry preflight",
            f"ok  {switch.code} ({proof}); now: {switch.holds}", back="Switched back by the cut-over, in the reverse order.",
        )  # fmt: skip
    yield RunbookStep(
        clock.then(600), DESK, "All silent?", "ticketferry preflight", "exit 0", f"{phase.name}: new desk is silent",
        "Without it apply refuses to write (exit 3).",
    )  # fmt: skip
    took = facts.took
    yield RunbookStep(
        clock.then(took.get("extract")),
        ADMIN,
        "Read what changed in both desks.",
        "ticketferry extract",
        "0 unexplained",
    )
    yield RunbookStep(
        clock.then(took.get("plan")), ADMIN, "The plan of the evening.", f"ticketferry plan --phase {phase.name}",
        f"Its name is PLAN below ({phase.plan or 'none yet'} was looked at before)" + ("; signed: the approval covers it" if facts.approval else ""),
        back="Where the approval lapsed, it says why: read, approve again, or stop here.",
    )  # fmt: skip


def _write(facts: RunbookFacts, phase: PhaseFacts, clock: _Clock, opening: bool) -> Iterator[RunbookStep]:
    yield RunbookStep(
        clock.then(900), ADMIN, "Twenty tickets first, watched for ten minutes.", "ticketferry apply PLAN --canary 20 --watch 10m",
        "nothing was changed, and every guard holds", f"{phase.name}: the first twenty are right" if opening else "",
        "ticketferry rollback PLAN --apply",
    )  # fmt: skip
    files = (
        f" {counted(phase.import_files, 'file')} go to the vendor's importer on the way (exit 3 until they are imported)."
        if phase.import_files
        else ""
    )
    yield RunbookStep(
        clock.then(phase.seconds), ADMIN, f"The rest.{files} Interrupted, the same command goes on.", "ticketferry apply PLAN",
        "failed 0", back="ticketferry errors PLAN; ticketferry rollback PLAN --apply",
    )  # fmt: skip
    yield RunbookStep(
        clock.then(facts.took.get("verify")), ADMIN, "Read it all back, field by field, with the witness.", "ticketferry verify PLAN",
        "+ 0  * 0  ! 0; witness 0 errors", f"{phase.name}: verified", _undo(phase),
    )  # fmt: skip
    yield RunbookStep(
        clock.then(600),
        ADMIN,
        "Key figures before and after.",
        "ticketferry kpi parity",
        "Every difference has its reason",
    )


def _own(facts: RunbookFacts, phase: PhaseFacts, clock: _Clock) -> Iterator[RunbookStep]:
    command = f"ticketferry cutover {phase.name}"
    yield RunbookStep(
        clock.then(900), LEAD, f"Freeze {facts.source} for the tickets of {phase.name}: agents out of it, macros and automations that change tickets off.",
        f"{command} --confirm freeze --by NAME", "From here on no agent changes anything; who does is named", f"{phase.name}: old desk frozen",
        "Let them in again; nothing was switched yet.",
    )  # fmt: skip
    wait = f" {facts.lag}: it waits for that." if facts.lag else ""
    yield RunbookStep(
        clock.then(1800),
        ADMIN,
        f"Deltas until two are empty, verify, witness, criteria.{wait}",
        command,
        "exit 3 at the next gate",
    )
    if phase.name == facts.switching:
        inbound = ", ".join(facts.addresses) or ", ".join(
            f"{name} ({count:,} tickets)" for name, count in list(facts.channels.items())[:6]
        )
        yield RunbookStep(
            clock.then(1800), CHANNELS, f"Switch the channels: {inbound or 'forwarding, web form, chat'}; forwarding, SPF, DKIM and DMARC for mail.",
            f"{command} --confirm channels --by NAME", "Mail to each address makes a ticket in the new desk", "Channels switched",
            "Point the forwarding back to the old desk: it works for as long as the old desk is not closed.",
        )  # fmt: skip
        yield RunbookStep(
            clock.then(900), CHANNELS, "Test mail in: the command says the words for the subject, and finds the ticket by reading.", command,
            "test mail arrived",
        )  # fmt: skip
        yield RunbookStep(
            clock.then(600), LEAD, "Test mail out: answer it in the new desk; did the sender get it?", f"{command} --confirm mail-out --by NAME",
            "The answer arrived, from the right address", "Mail works both ways",
        )  # fmt: skip
    else:
        switching = facts.phase(facts.switching)
        earlier = (
            switching is not None
            and switching.day <= phase.day
            and facts.phases.index(switching) < facts.phases.index(phase)
        )
        words = (
            f"The channels were switched with {facts.switching}."
            if earlier
            else f"The channels stay with the old desk until {facts.switching}."
        )
        yield RunbookStep(
            clock.then(300), OWNER, words, f"{command} --skip channels --by NAME --because 'with {facts.switching}'", gate="Agreed",
        )  # fmt: skip
    for switch in reversed(facts.switches):
        yield RunbookStep(
            clock.then(300), DESK, f"Switch on again what was silenced: {switch.title}.",
            command if switch.reads else f"{command} --confirm {switch.code} --by NAME",
            "seen on, by reading" if switch.reads else "kept with the name",
        )  # fmt: skip
    monday = phase.day + timedelta(days=(7 - phase.day.weekday()) % 7 or 7)
    yield RunbookStep(
        f"{day(monday)} 05:00 at the latest", OWNER, f"Go or no-go for {phase.name}: the criteria, what is left in the old desk, the gates above.",
        f"{command} --confirm go --by NAME", f"{phase.name} is cut over: the new desk owns its tickets", "GO / NO-GO",
        f"No: the deltas first, as status names them, then {_undo(phase)}; channels back. After people have worked in it: {facts.fallback(phase.name)}",
    )  # fmt: skip


def _after_lead(facts: RunbookFacts) -> str:
    phases = ", ".join(phase.name for phase in facts.phases)
    return f"For {phases}: what still arrives in the old desk is brought over as comments; nothing there overwrites the new desk any more."


def _after(facts: RunbookFacts, last: date) -> Iterator[RunbookStep]:
    for phase in facts.phases:
        yield RunbookStep(
            f"from {day(phase.day + timedelta(days=3))}, twice a day", ADMIN, f"Stragglers of {phase.name}.", f"ticketferry stragglers {phase.name}",
            "exit 0, or 2 with the plan that brings them over",
        )  # fmt: skip
    yield RunbookStep(
        f"daily until {day(last + timedelta(days=28))}", LEAD, "How the new desk does, against what the old one was.", "ticketferry health",
        "within every bound",
    )  # fmt: skip
    yield RunbookStep(
        f"until {day(last + timedelta(days=14))}",
        ADMIN,
        "Failed records to zero.",
        "ticketferry errors",
        "0 failed",
        "Errors at zero",
    )


def _close(facts: RunbookFacts, last: date) -> Iterator[RunbookStep]:
    end = last + timedelta(days=30)
    yield RunbookStep(
        day(end),
        ADMIN,
        "The last look at everything.",
        "ticketferry verify",
        "= all, + 0, ! 0",
        "All verified",
    )
    for phase in facts.phases:
        for plan in phase.plans:
            which = f": {plan}" if len(phase.plans) > 1 else ""
            yield RunbookStep(
                day(end),
                ADMIN,
                f"What the auditor keeps of {phase.name}{which}.",
                f"ticketferry pack {plan}",
                "SHA256SUMS match",
            )
    yield RunbookStep(
        day(end + timedelta(days=30)), OWNER, f"Close {facts.source}, with an export by its own means and the day noted on which it deletes.",
        "", "From here on there is no fallback", "Old desk closed", "None.",
    )  # fmt: skip
