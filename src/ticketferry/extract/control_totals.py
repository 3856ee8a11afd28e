"""Asks a desk about itself: its own counts are held against the snapshot, and every number without a ticket gets a reason."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from ticketferry.errors import RejectedError, UnsupportedError
from ticketferry.extract.completeness import CLASSES, NAMED, Counted, Numbers
from ticketferry.schema.lifecycle import Stage
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.survey import Absence, ControlTotal, Survey
from ticketferry.store.snapshots import Snapshots
from ticketferry.store.surveys import LATE_CLASS, Cell, Run, Surveys, split_number
from ticketferry.store.ticket_records import TicketRecord, month_of, ticket_records

__all__ = ["ASKED", "asked_about", "check_numbers", "check_totals"]

Progress = Callable[[str, int, int | None], None]
ASKED = 1_000
"""Numbers that a connector is asked for at a time."""
SLACK = timedelta(minutes=10)
"""A desk counts by an index that lags behind: what changed so shortly before reading began may be counted either way."""
THIN, FEW = 20, 10_000
"""Where more numbers are missing than THIN times those in use and FEW, they are no sequence that counts from 1."""
PORTION = 1_000
GAP, HIDDEN, THINNED, FOUND, LATE = "TF-GAP-001", "TF-GAP-002", "TF-GAP-003", "TF-GAP-004", "TF-GAP-005"
ARCHIVED = "TF-GAP-006"
TOTAL, UNTOLD = "TF-TOTAL-001", "TF-TOTAL-002"
_NOT_COUNTED = frozenset({Stage.DELETED, Stage.SPAM, Stage.SUSPENDED})
_BY_STAGE = {stage.value: stage.value for stage in (*_NOT_COUNTED, Stage.MERGED)}


# ---- control totals ------------------------------------------------------------------------------------------------


class _Tally:
    """Tickets of a snapshot by stage and month, and by month those that were worked on since a time."""

    def __init__(self, rows: Iterable[TicketRecord], since: datetime) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.moved: Counter[str] = Counter()
        for ticket in rows:
            month = month_of(str(ticket.record.get("created", "")))
            self.counts[_stage(ticket), month] += 1
            if _time(ticket.updated or str(ticket.record.get("updated", ""))) >= since:
                self.moved[month] += 1

    def count(self, stage: str, month: str) -> int:
        wanted = set(stage.split("+")) if stage else None
        return sum(
            count
            for (at, when), count in self.counts.items()
            if (at in wanted if wanted is not None else at not in _NOT_COUNTED) and month in ("", when)
        )

    def allowed(self, month: str) -> int:
        return self.moved[month] if month else sum(self.moved.values())


def _stage(ticket: TicketRecord) -> str:
    stage = str(ticket.record.get("stage") or "")
    return Stage.DELETED.value if ticket.gone and stage not in _BY_STAGE else stage


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def check_totals(
    survey: Survey,
    snapshots: Snapshots,
    snapshot: int,
    began: datetime,
    *,
    again: Callable[[], None] | None,
    lag: str = "",
    progress: Progress = lambda *_: None,
) -> Counted:
    """Hold the desk's own counts against the snapshot's. A difference is a finding that names stage, month and both figures.

    People work while a desk is read. Where figures differ, `again` reads what changed meanwhile, so that every ticket that
    moved between reading and counting has a time after `began`; a cell may then differ by as many tickets as were worked
    on in its month, and no more. `lag`: what the desk's lists leave out because it is too new, in words.

    Month by month is asked only where something moved: not where each month came out equal the last time, the snapshot still holds what
    it held then in each of them, and the desk's totals over all months, stage by stage, are the snapshot's.
    """
    result = Counted(lag=lag)
    since = began - SLACK
    tally = _Tally(ticket_records(snapshots, snapshot), since)
    known = _still_equal(Surveys(snapshots).cells(), tally)
    totals: list[ControlTotal] = []
    try:
        for total in _asked(survey, tally, known):
            totals.append(total)
            progress("control totals", len(totals), None)
    except (RejectedError, UnsupportedError) as error:
        result.refused = error.message
    cells = _cells(totals, tally)
    told = {(cell.stage, cell.month) for cell in cells}
    known = [] if result.refused else [cell for cell in known if (cell.stage, cell.month) not in told]
    if again is not None and any(cell.verdict == "differs" for cell in cells):
        again()
        result.again = True
        cells = _cells(totals, _Tally(ticket_records(snapshots, snapshot), since))
    surveys = Surveys(snapshots)
    before = {_difference(cell) for cell in surveys.cells()}
    result.stays = sum(1 for cell in cells if cell.verdict == "differs" and _difference(cell) in before)
    standing = [*cells, *known]
    surveys.store_cells(standing)
    verdicts = Counter(cell.verdict for cell in cells)
    result.asked, result.unasked = len(cells), len(known)
    for name in ("equal", "moved", "differs", "estimate"):
        setattr(result, name, verdicts[name])
    result.desk, result.here = sum(cell.desk for cell in standing), sum(cell.here for cell in standing)
    snapshots.findings.forget_codes((TOTAL, UNTOLD))
    snapshots.findings.keep(snapshot, list(_total_findings(cells, result.refused)))
    return result


def _asked(survey: Survey, tally: _Tally, known: list[Cell]) -> Iterator[ControlTotal]:
    """Yield what the desk counts; of months only the first one, where all are `known` and all that the desk told is the snapshot's.

    Where that is not so, all is asked, and `known` is emptied.
    """
    agree = 0
    for total in survey.totals():
        yield total
        if total.count != tally.count(total.stage, total.month):
            known.clear()
        elif not total.month:
            agree += 1
        elif known and agree > 1:
            return
    known.clear()


def _still_equal(before: Iterable[Cell], tally: _Tally) -> list[Cell]:
    """Return the months of the last check where all of them were equal and the snapshot holds in each what it held then, else nothing."""
    months = [cell for cell in before if cell.month]
    same = all(
        cell.verdict == "equal" and cell.here == tally.count(cell.stage, cell.month) for cell in months
    )
    return months if same else []


def _cells(totals: Iterable[ControlTotal], tally: _Tally) -> list[Cell]:
    cells = []
    for total in totals:
        here = tally.count(total.stage, total.month)
        allowed = tally.allowed(total.month)
        verdict = "moved" if abs(total.count - here) <= allowed else "differs"
        if not total.exact:
            verdict = "estimate"
        if total.count == here:
            verdict = "equal"
        cells.append(Cell(total.stage, total.month, total.count, here, allowed, verdict, total.where))
    return cells


def _difference(cell: Cell) -> tuple[str, str, str, int]:
    return (cell.verdict, cell.stage, cell.month, cell.desk - cell.here)


def _total_findings(cells: Sequence[Cell], refused: str) -> Iterator[Finding]:
    for cell in cells:
        if cell.verdict != "differs":
            continue
        stage = cell.stage.replace("_", " ") or "any stage"
        month = f"created in {cell.month}" if cell.month else "of any month"
        worked = f", and {cell.allowed:,} of them were worked on meanwhile" if cell.allowed else ""
        yield Finding(
            TOTAL,
            Severity.DOUBT,
            None,
            f"{cell.stage or '*'} {cell.month or '*'}",
            f"tickets {month}, {stage}: the desk counts {cell.desk:,}, the snapshot holds {cell.here:,}{worked}",
            "Run `ticketferry extract source` again; if it stays, compare the list in the old desk with `ticketferry profile`.",
        )
    if refused:
        yield Finding(
            UNTOLD,
            Severity.DOUBT,
            None,
            "totals",
            f"the desk does not tell all control totals: {refused}",
            "Completeness rests on the others and on ticket numbers. `ticketferry check source` says which rights are missing.",
        )


# ---- numbers -------------------------------------------------------------------------------------------------------


def asked_about(used: int, highest: int) -> int:
    """Return how many numbers between 1 and `highest` a desk is asked about when `used` of them have a ticket."""
    missing = max(0, highest - used)
    return 0 if missing > THIN * used + FEW else missing


def check_numbers(
    survey: Survey,
    snapshots: Snapshots,
    snapshot: int,
    *,
    read: Callable[[Sequence[str]], Collection[str]],
    held: Collection[str] = frozenset(),
    progress: Progress = lambda *_: None,
) -> Numbers:
    """Class every number from 1 to the highest that no ticket of the snapshot has.

    `read` is given numbers that the desk says are there; it reads those tickets into the snapshot and returns the numbers
    that came. What stays away although two extracts in a row were told that it is there counts as unknown, but for what `read`
    put into `held`: numbers of tickets that are in quarantine.
    """
    surveys = Surveys(snapshots)
    result = Numbers()
    _note_used(surveys, snapshots, snapshot, result)
    runs, result.thin = surveys.sequences(thin=THIN, few=FEW)
    try:
        _ask(survey, surveys, snapshot, runs, result, read, held, progress)
    except (RejectedError, UnsupportedError) as error:
        result.refused = error.message
    if result.found:
        _note_used(surveys, snapshots, snapshot, result)
        runs, result.thin = surveys.sequences(thin=THIN, few=FEW)
    _add_up(surveys, runs, result)
    snapshots.findings.forget_codes((GAP, HIDDEN, THINNED, FOUND, LATE, ARCHIVED))
    snapshots.findings.keep(snapshot, list(_gap_findings(result)))
    return result


def _note_used(surveys: Surveys, snapshots: Snapshots, snapshot: int, result: Numbers) -> None:
    surveys.begin_numbers()
    result.tickets = result.doubled = noted = 0
    rows = ticket_records(snapshots, snapshot)
    while part := list(islice(rows, PORTION)):
        result.tickets += len(part)
        numbers = [
            (*number, _BY_STAGE.get(_stage(ticket), ""))
            for ticket in part
            if (number := split_number(str(ticket.record.get("number", "")))) is not None
        ]
        noted = surveys.note_numbers(numbers)
        result.doubled += len(numbers) - noted
    surveys.forget_found()


def _ask(
    survey: Survey,
    surveys: Surveys,
    snapshot: int,
    runs: Sequence[Run],
    result: Numbers,
    read: Callable[[Sequence[str]], Collection[str]],
    held: Collection[str],
    progress: Progress,
) -> None:
    missing = (
        (gap.prefix, number)
        for run in runs
        for gap in surveys.gaps(run.prefix, run.high, archived=True)
        for number in range(gap.first, gap.last + 1)
    )
    while part := list(islice(missing, ASKED)):
        names = {f"{prefix}{number}": (prefix, number) for prefix, number in part}
        reasons = survey.explain_absent(list(names))
        unexplained = [name for name in names if name not in reasons]
        came = set(read(unexplained)) & set(unexplained) if unexplained else set()
        result.found += len(came)
        stayed = [names[name] for name in unexplained if name not in came]
        before = surveys.late_before(stayed, snapshot) - {names[name] for name in unexplained if name in held}
        surveys.explain(
            snapshot,
            [
                *((*names[name], Absence(reasons[name]).value) for name in names if name in reasons),
                *((*key, Absence.UNKNOWN.value if key in before else LATE_CLASS) for key in stayed),
            ],
        )
        result.asked += len(part)
        progress("gaps in the numbers", result.asked, None)


def _add_up(surveys: Surveys, runs: Sequence[Run], result: Numbers) -> None:
    """Sum up the numbers. What was not asked for, since the desk refused, has no reason and counts as unknown."""
    used = Counter(surveys.used(runs))
    absent = Counter(surveys.reasons(runs))
    result.unnumbered = result.tickets - result.doubled - sum(used.values())
    result.here = used.pop("", 0)
    result.late = absent.pop(LATE_CLASS, 0)
    absent.pop(Absence.UNKNOWN.value, 0)
    result.classes = {name: count for name in CLASSES if (count := used[name] + absent[name])}
    result.used = sum(run.high for run in runs)
    result.sequences = len(runs)
    result.unknown = result.used - result.here - sum(result.classes.values()) - result.late
    result.examples = list(islice(_unexplained(surveys, runs), NAMED)) if result.unknown else []


def _unexplained(surveys: Surveys, runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        late = None
        for gap in surveys.gaps(run.prefix, run.high):
            if late is None:
                late = surveys.late(run.prefix)
            for number in range(gap.first, gap.last + 1):
                if number not in late:
                    yield f"{run.prefix}{number}"


def _gap_findings(numbers: Numbers) -> Iterator[Finding]:
    again = "Run `ticketferry extract source` again."
    if numbers.unknown:
        why = f" ({numbers.refused})" if numbers.refused else ""
        words = f"no ticket has these numbers, and nobody can say why{why}: {', '.join(numbers.examples)}"
        remedy = f"Look them up in the old desk: a ticket may be hidden from these credentials. {again}"
        yield Finding(GAP, Severity.DOUBT, None, "numbers", words, remedy, numbers.unknown)
    if hidden := numbers.classes.get(Absence.INVISIBLE.value):
        words = "tickets are there and these credentials may not see them: they are not moved"
        remedy = f"Give the credentials the right to see all tickets (`ticketferry check source`). {again}"
        yield Finding(HIDDEN, Severity.DOUBT, None, "numbers", words, remedy, hidden)
    if archived := numbers.classes.get(Absence.PURGED_OR_ARCHIVED.value):
        words = "nothing answers to these numbers: their tickets were deleted for good, or lie in the desk's archive"
        remedy = (
            f"An administrator looks into the archive; what shall move is put back from there first. {again} Then"
            " `ticketferry preflight confirm TF-ARCHIVE --by NAME`: the last step of the migration waits for it."
        )
        yield Finding(ARCHIVED, Severity.DOUBT, None, "numbers", words, remedy, archived)
    if numbers.thin:
        words = (
            f"the numbers are no sequence that counts from 1, so gaps tell nothing: {', '.join(numbers.thin)}"
        )
        yield Finding(THINNED, Severity.INFO, None, "numbers", words, "", len(numbers.thin))
    if numbers.found:
        words = "tickets were in no list of the desk and were read by their number"
        yield Finding(FOUND, Severity.INFO, None, "numbers", words, "", numbers.found)
    if numbers.late:
        words = (
            "tickets are there and were not read: they came while the desk was read, or its lists hide them"
        )
        yield Finding(LATE, Severity.INFO, None, "numbers", words, again, numbers.late)
