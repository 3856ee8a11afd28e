"""The last rehearsal as the report shows it."""

from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.rehearsal import Rehearsal, RehearsedPhase, last_rehearsal
from ticketferry.report.data import RehearsedReport
from ticketferry.schema.counting import counted

__all__ = ["rehearsed_report"]


def rehearsed_report(folder: MigrationFolder, plan: PlanFile) -> RehearsedReport | None:
    """Return what the report of a plan shows of the last rehearsal; None where nothing was rehearsed."""
    found = last_rehearsal(folder)
    if found is None:
        return None
    steps: list[tuple[str, ...]] = [
        ("both desks", step.name, _time(step.seconds), "", f"{step.count:,}", "", "", "")
        for step in found.extract
    ]
    steps += [row for part in found.all_parts for row in _steps(part)]
    mails: dict[str, int] = {}
    for part in found.all_parts:
        for words, count in part.notified.items():
            mails[words] = mails.get(words, 0) + count
    return RehearsedReport(
        facts=_facts(found, plan),
        steps=steps,
        failures=[(one.stage, one.code, f"{one.count:,}", f"{one.message} ({one.sample})" if one.sample else one.message,
                   f"{one.place} {one.remedy}".strip()) for one in found.failures],
        mails=[(words, f"{count:,}") for words, count in sorted(mails.items(), key=lambda item: -item[1])],
        assumed=found.assumed,
    )  # fmt: skip


def _facts(found: Rehearsal, plan: PlanFile) -> list[tuple[str, str]]:
    same = found.inputs.get("mapping") == plan.header["inputs"]["mapping"]
    rows = [
        ("Rehearsal", f"{found.id}, begun {found.began[:16]}, of {counted(found.tickets, 'ticket')}"),
        ("Mapping", "the one of this plan" if same else "another one than that of this plan"),
        ("Answers", f"{found.latency * 1000:,.0f} ms, {'measured' if found.measured else 'assumed'}"),
        ("Simulated time", _time(found.seconds)),
        ("Failures", f"{sum(one.count for one in found.failures):,}"),
        ("Mails to people", f"{found.mails:,}"),
        ("Newly visible tickets", f"{found.newly_visible:,}"),
    ]
    if found.sample is not None:
        rows.append(("Sample", counted(found.sample, "ticket")))
    if found.faults is not None:
        rows.append(("Faults", f"seed {found.faults}, {counted(found.faults_met, 'request')} made to fail"))
    if found.as_before is not None:
        rows.append(
            (
                "After the rollback",
                "as before" if found.as_before else f"not as before: {', '.join(found.left)}",
            )
        )
    if found.parity:
        rows.append(
            ("Key figures", f"{found.parity['equal']:,} of {found.parity['tickets']:,} tickets keep all")
        )
    return rows


def _steps(part: RehearsedPhase) -> list[tuple[str, ...]]:
    return [
        (
            part.name or "everything",
            step.name,
            _time(step.seconds),
            _time(step.estimated) if step.estimated is not None else "",
            f"{step.count:,}",
            *(
                (f"{part.performed:,}", f"{part.failed:,}", f"{part.mails:,}")
                if step.name == "apply"
                else ("", "", "")
            ),
        )
        for step in part.steps
    ]


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
