"""The verdict: criteria that are either met, to be looked at, or unmet; the worst one is the verdict."""

from ticketferry.acceptance.judge import AcceptanceState
from ticketferry.report.blocks import Criterion, ReportVerdict
from ticketferry.report.data import ReportData

__all__ = ["verdict"]

_BEFORE = {
    "met": ("Ready", "Everything that is checked here holds."),
    "look": (
        "Ready, once these were looked at",
        "Nothing forbids it; the points marked “look” need somebody's eyes first.",
    ),
    "unmet": (
        "Not ready",
        "The points marked “unmet” must be mended or decided before anything is written.",
    ),
}
_AFTER = {
    "met": ("Applied", "The plan was written, and everything that is checked here holds."),
    "look": (
        "Applied; look at these",
        "The plan was written; the points marked “look” need somebody's eyes.",
    ),
    "unmet": ("Applied, and not all is well", "The plan was written; the points marked “unmet” do not hold."),
}
_OVER = {
    "undone": ("Taken back", "The plan was applied and taken back again: nothing of it is to be signed."),
    "superseded": ("Superseded", "A later plan took its place: this one can no longer be applied."),
}


def verdict(data: ReportData) -> ReportVerdict:
    """Judge a plan and, where they are there, its apply and its read-back."""
    criteria = [
        *_accepted(data),
        *_inputs(data),
        *_complete(data),
        *_records(data),
        *_values(data),
        *_people(data),
        *_done(data),
    ]
    states = {item.state for item in criteria}
    state = "unmet" if "unmet" in states else "look" if "look" in states else "met"
    if data.state in _OVER:
        return ReportVerdict("unmet" if state == "unmet" else "look", *_OVER[data.state], criteria)
    return ReportVerdict(state, *(_AFTER if data.state == "applied" else _BEFORE)[state], criteria)


_STATES = {
    AcceptanceState.MET: "met",
    AcceptanceState.WAIVED: "look",
    AcceptanceState.OPEN: "look",
    AcceptanceState.UNMET: "unmet",
}


def _accepted(data: ReportData) -> list[Criterion]:
    result = []
    for item in data.acceptance:
        found = "not known yet" if item.found is None else f"{item.found:,}"
        words = f"{item.name}: {found} {item.words}; {item.most.text} at the most ({item.where})"
        waiver = item.waiver
        if waiver is not None:
            over = "accepted" if not item.expired else "accepted before, but no longer,"
            words += (
                f"; {over} up to {waiver.most.text} by {waiver.by} until {waiver.until}: {waiver.because}"
            )
        result.append(Criterion(_STATES[item.state], words))
    return result


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _inputs(data: ReportData) -> list[Criterion]:
    if data.stale:
        return [
            Criterion(
                "unmet",
                f"{', '.join(data.stale)} changed since the plan was made: it will be refused; plan again",
                "inputs",
            )
        ]
    return [
        Criterion("met", "snapshots, mapping and decisions are those that the plan was made with", "inputs")
    ]


def _complete(data: ReportData) -> list[Criterion]:
    completeness = data.survey.completeness if data.survey is not None else None
    if completeness is None:
        return []
    unknown, differs = completeness.numbers.unknown, completeness.totals.differs
    result = []
    if unknown:
        words = f"{_count(unknown, 'ticket number is', 'ticket numbers are')} unexplained"
        result.append(Criterion("unmet", words, "completeness"))
    elif completeness.numbers.used:
        result.append(
            Criterion("met", "every ticket number is here, or has a reason not to be", "completeness")
        )
    if differs:
        words = f"{_count(differs, 'count differs', 'counts differ')} between the old desk and the snapshot"
        result.append(Criterion("look", words, "completeness"))
    elif completeness.totals.asked:
        result.append(Criterion("met", "the old desk's own counts are those of the snapshot", "completeness"))
    if hidden := completeness.numbers.classes.get("invisible", 0):
        words = f"{_count(hidden, 'ticket is', 'tickets are')} hidden from the credentials and not moved"
        result.append(Criterion("look", words, "completeness"))
    return result


def _records(data: ReportData) -> list[Criterion]:
    view = data.overview
    causes = view.causes
    blocked = sum(cause.records for cause in causes.blockers)
    rejected = sum(cause.records for cause in causes.rejects)
    conflicts = sum(cause.records for cause in causes.conflicts)
    gone = sum(cause.records for cause in causes.gone)
    unphased = view.figures.get("tickets in no phase", 0)
    result = [
        Criterion("unmet", f"{_count(blocked, 'record is', 'records are')} blocked", "exceptions")
        if blocked
        else Criterion(
            "unmet", "what is rejected forbids an apply until the mapping decides it", "exceptions"
        )
        if causes.forbidding
        else Criterion("met", "nothing blocks the plan"),
        Criterion(
            "look",
            f"{_count(rejected, 'record is', 'records are')} rejected and will not be moved",
            "exceptions",
        )
        if rejected
        else Criterion("met", "no record is rejected"),
    ]
    if data.quarantine:
        open_ = len({one.ref for one in data.quarantine if not one.waived})
        waived = len({one.ref for one in data.quarantine}) - open_
        words = f"{_count(open_, 'record is', 'records are')} in quarantine, neither mended nor waived"
        if not open_:
            words = f"{_count(waived, 'record is', 'records are')} in quarantine and left out knowingly"
        result.append(Criterion("unmet" if open_ else "look", words, "quarantine"))
    if conflicts:
        result.append(
            Criterion(
                "look",
                f"{_count(conflicts, 'record is', 'records are')} in conflict and left alone",
                "exceptions",
            )
        )
    if gone:
        result.append(
            Criterion(
                "look",
                f"{_count(gone, 'record', 'records')} that we made is not in the target any more",
                "exceptions",
            )
        )
    if unphased:
        result.append(
            Criterion("look", f"{_count(unphased, 'ticket is', 'tickets are')} in no phase", "completeness")
        )
    return result


def _values(data: ReportData) -> list[Criterion]:
    view = data.overview
    result = []
    if data.leaves is not None:
        same = data.leaves == view.leaves
        words = f"{data.leaves:,} values counted at extraction, {view.leaves:,} have a disposition"
        result.append(Criterion("met" if same else "unmet", words, "completeness"))
    lost = view.dispositions.get("unsupported", 0) - view.leaves_of_rejects
    result.append(
        Criterion(
            "look", f"{_count(lost, 'value', 'values')} cannot be held by the target, each named", "losses"
        )
        if lost
        else Criterion("met", "no value is impossible in the target")
    )
    moved = sum(item.count for item in view.collapses)
    if moved:
        result.append(
            Criterion(
                "look",
                f"{_count(moved, 'ticket changes', 'tickets change')} meaning: statuses fall together",
                "changes",
            )
        )
    return result


def _people(data: ReportData) -> list[Criterion]:
    view = data.overview
    result = [
        Criterion(
            "unmet",
            f"{_count(view.newly_visible, 'ticket', 'tickets')} would be seen by more people than today",
            "visibility",
        )
        if view.newly_visible
        else Criterion("met", "no ticket becomes visible to more people than today")
    ]
    if data.guards is not None:
        open_ = [state for state in data.guards if not state.proved]
        result.append(
            Criterion(
                "unmet",
                f"{_count(len(open_), 'guard', 'guards')} against notifying people not proved",
                "safety",
            )
            if open_
            else Criterion(
                "met", f"all {len(data.guards)} guards against notifying people are proved", "safety"
            )
        )
    elif view.guards and data.applied is None:
        words = f"{_count(len(view.guards), 'guard', 'guards')} must hold before anything is written; preflight was not read here"
        result.append(Criterion("look", words, "safety"))
    elif not view.guards:
        result.append(Criterion("met", "no write of this plan can notify anybody"))
    if data.ledger is not None and data.ledger.writes:
        result.append(
            Criterion("unmet", f"{data.ledger.writes:,} requests wrote to a desk while planning", "inputs")
        )
    return result


def _done(data: ReportData) -> list[Criterion]:
    result = []
    if data.applied is not None:
        done = data.applied
        if done.failed:
            result.append(Criterion("unmet", f"{_count(done.failed, 'write', 'writes')} failed", "applied"))
        if done.left:
            result.append(
                Criterion("look", f"{_count(done.left, 'write was', 'writes were')} not sent yet", "applied")
            )
        if not done.failed and not done.left:
            result.append(Criterion("met", "every write of the plan was done", "applied"))
    if data.state == "undone":
        result.append(Criterion("look", "the plan was taken back since", "rollback"))
    if data.verified is not None:
        bad = sum(count for sign, count in data.verified.counts.items() if sign != "=")
        result.append(
            Criterion(
                "unmet",
                f"{_count(bad, 'record is', 'records are')} not as planned when read back",
                "verified",
            )
            if bad
            else Criterion(
                "met", f"{data.verified.counts['=']:,} records read back, all as planned", "verified"
            )
        )
        seen = data.verified.witnessed
        if seen is not None and not seen.why_not:
            differences = _count(len(seen.errors), "difference", "differences")
            result.append(
                Criterion("unmet", f"the witness saw {differences} that no rule explains", "witnessed")
                if seen.errors
                else Criterion("met", f"the witness agrees on {seen.tickets:,} tickets", "witnessed")
            )
    return result
