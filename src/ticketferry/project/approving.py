"""Approvals of a folder's plans: given by name, kept in workspace.db, lapsed where a later plan goes beyond them. Talks to no desk."""

from dataclasses import asdict, dataclass, replace

import orjson

from ticketferry.acceptance.envelope import Approval, approve, lapses
from ticketferry.acceptance.judge import accepted
from ticketferry.errors import StalePlanError, UsageError, WaitingError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.show import Overview
from ticketferry.project.accepting import judge_plan
from ticketferry.project.environment_workspace import refuse_untyped
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.project import Project
from ticketferry.project.viewing import view_plan

__all__ = ["Covered", "approvals", "approve_plan", "covering", "refuse_unapproved", "revoke"]

_NOTE = "approval:"


@dataclass(frozen=True, slots=True)
class Covered:
    """Whether a plan is approved. `approval`: the one that covers it, else the newest; `reasons`: why that one does not."""

    approval: Approval | None
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Tell whether it is."""
        return self.approval is not None and not self.reasons


def approvals(folder: MigrationFolder) -> list[Approval]:
    """Return all approvals, oldest first, those that were revoked too."""
    kept = [orjson.loads(text) for text in folder.workspace.notes(_NOTE).values()]
    return sorted((Approval(**{**row, "codes": tuple(row["codes"])}) for row in kept), key=lambda row: row.at)


def approve_plan(
    project: Project, plan: PlanFile, *, by: str, growth: float = 0.0, because: str = ""
) -> Approval:
    """Approve a plan, and later ones that differ by at most `growth` (0 to 1) and bring no finding of a new kind.

    Raises UsageError without a name, StalePlanError for a plan that can no longer be applied, WaitingError where something forbids it.
    """
    if not by.strip():
        raise UsageError("an approval needs a name", remedy="Say who approves: --by NAME.")
    refuse_untyped(project.config, typed=project.typed, command=f"approve {plan.id}")
    state = next((str(row["state"]) for row in project.plan_rows() if row["id"] == plan.id), "")
    if state in ("superseded", "undone"):
        raise StalePlanError(f"{plan.id} is {state}", remedy="Approve a newer plan: `ticketferry plan list`.")
    view = view_plan(project, plan).overview
    if view.causes.forbidding:
        raise WaitingError(
            f"findings forbid an apply of {plan.id}",
            remedy=f"`ticketferry plan show {plan.id} --findings` names them; mend them, then plan again.",
        )
    if not _accepted(project, plan, view):
        raise WaitingError(
            f"{plan.id} does not hold what acceptance.yaml asks for",
            remedy=f"`ticketferry accept {plan.id}` says which criteria; mend them, or let somebody accept more in that file.",
        )
    given = approve(
        view, plan.header, by=by.strip(), at=project.now().isoformat(), growth=growth, because=because
    )
    _keep(project, given)
    return given


def revoke(project: Project, plan: str, *, by: str) -> Approval:
    """Take an approval back. Raises UsageError without a name, and where there is none that holds."""
    if not by.strip():
        raise UsageError("who takes an approval back says their name", remedy="Say who: --by NAME.")
    refuse_untyped(project.config, typed=project.typed, command=f"approve {plan} --revoke")
    for given in approvals(project):
        if given.plan == plan and not given.revoked:
            taken = replace(given, revoked=project.now().isoformat(), revoked_by=by.strip())
            _keep(project, taken)
            return taken
    raise UsageError(
        f"{plan} is not approved",
        remedy="Approved: "
        + (", ".join(row.plan for row in approvals(project) if not row.revoked) or "none."),
    )


def covering(project: Project, plan: PlanFile, view: Overview | None = None) -> Covered:
    """Tell which approval covers a plan."""
    held = [row for row in approvals(project) if not row.revoked]
    if not held:
        return Covered(None)
    shown = view or view_plan(project, plan).overview
    if not _accepted(project, plan, shown):
        return Covered(held[-1], ("it does not hold what acceptance.yaml asks for",))
    judged = [(row, tuple(lapses(row, shown, plan.header))) for row in reversed(held)]
    approval, reasons = next((item for item in judged if not item[1]), judged[0])
    return Covered(approval, reasons)


def refuse_unapproved(project: Project, plan: PlanFile) -> None:
    """Raise WaitingError where migration.yaml wants an approval and none covers the plan; what takes a plan back needs none."""
    if not project.config.approval or plan.header["kind"] != "apply":
        return
    covered = covering(project, plan)
    if covered.holds:
        return
    why = ""
    if covered.approval is not None:
        why = (
            f"; the approval of {covered.approval.plan} by {covered.approval.by} does not cover it:\n  "
            + "\n  ".join(covered.reasons)
        )
    raise WaitingError(
        f"{plan.id} is not approved, and migration.yaml wants that{why}",
        where=plan.id,
        remedy=f"Let somebody read it and say: ticketferry approve {plan.id} --by NAME",
    )


def _accepted(project: Project, plan: PlanFile, view: Overview) -> bool:
    judged = judge_plan(project, plan, view)
    return judged is None or accepted(judged)


def _keep(project: Project, given: Approval) -> None:
    project.workspace.note(f"{_NOTE}{given.plan}", orjson.dumps(asdict(given)).decode())
