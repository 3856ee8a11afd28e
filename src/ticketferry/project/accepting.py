"""A plan of the folder held against its acceptance.yaml. Talks to no desk."""

from ticketferry.acceptance.criteria import load_acceptance
from ticketferry.acceptance.judge import JudgedCriterion, judge, of_audit, of_plan, of_verify
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.show import Overview
from ticketferry.project.auditing import last_audit
from ticketferry.project.project import Project
from ticketferry.project.quarantine import quarantined
from ticketferry.project.verification import last_verified
from ticketferry.project.viewing import view_plan
from ticketferry.verify.verifier import Verified

__all__ = ["judge_plan", "judge_verify"]


def judge_plan(
    project: Project, plan: PlanFile, view: Overview | None = None, verified: Verified | None = None
) -> list[JudgedCriterion] | None:
    """Hold a plan against the criteria, and its last read-back where there is one; None where the folder has no acceptance.yaml.

    Raises ConfigError with every problem of the file.
    """
    acceptance = load_acceptance(project.home)
    if acceptance is None:
        return None
    waived = len({one.ref for one in quarantined(project) if one.waived})
    counts = of_plan(view or view_plan(project, plan).overview, waived)
    read_back = verified or last_verified(project, plan.id)
    if read_back is not None:
        counts |= of_verify(read_back)
    audited = last_audit(project, plan)
    if audited is not None:
        counts |= of_audit(audited)
    return judge(acceptance, counts, project.now().date())


def judge_verify(project: Project, verified: Verified) -> list[JudgedCriterion]:
    """Hold a read-back against the criteria that it can tell; none where it compared nothing, or the folder has no acceptance.yaml."""
    acceptance = load_acceptance(project.home)
    if acceptance is None or not verified.counts.total():
        return []
    counts = of_verify(verified)
    judged = judge(acceptance, counts, project.now().date())
    return [item for item in judged if item.name in counts]
