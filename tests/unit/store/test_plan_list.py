"""The names of plans: none is given twice, whatever was lost."""

from datetime import UTC, datetime
from pathlib import Path

from ticketferry.store.plan_list import PlanList
from ticketferry.store.workspace import Workspace


def test_a_new_plan_never_gets_the_name_of_one_that_is_noted(tmp_path: Path) -> None:
    """A process was killed before it noted p-02, so that p-03 came next; then the files of all plans were lost."""
    workspace = Workspace(tmp_path / "workspace.db", now=lambda: datetime(2026, 11, 30, tzinfo=UTC))
    plans = PlanList(workspace)
    assert plans.highest() == 0
    for name in ("p-01", "p-03", "p-100", "p-99"):
        plans.add(name, "apply", "", "d", "", "")
    assert plans.highest() == 100
    workspace.close()
