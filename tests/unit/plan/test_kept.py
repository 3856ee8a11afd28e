"""What a plan keeps of all its records is what its rows say, and a screen of the whole plan goes through none of them."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from tests.statements import recorded
from tests.unit.report.plan_files import ENDPOINTS, GUARDS, example

from ticketferry.errors import StalePlanError
from ticketferry.plan.estimate import estimate
from ticketferry.plan.file.changes import tickets_by_phase
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.sums import keep_sums, verify_sums
from ticketferry.plan.show import as_json, overview
from ticketferry.sdk.features import Limits


def looked_at(path):
    with closing(PlanFile(path)) as plan:
        return (
            as_json(overview(plan, ENDPOINTS, GUARDS)),
            estimate(plan, Limits()).as_json(),
            tickets_by_phase(plan),
            plan.count(),
            [str(finding) for finding in plan.blockers()],
        )


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "p-01.plan"
    example(path).close()
    keep_sums(path)
    return path


def test_what_is_kept_is_what_the_rows_say(path, tmp_path):
    shutil.copy(path, older := tmp_path / "older.plan")
    with closing(sqlite3.connect(older, isolation_level=None)) as connection:
        connection.execute("DROP TABLE kept")
    of_kept, of_rows = looked_at(path), looked_at(older)
    of_rows[0]["id"] = of_kept[0]["id"]
    assert of_kept == of_rows
    assert of_kept[0]["causes"]["rejects"]
    assert of_kept[0]["classes"]


def test_an_overview_goes_through_no_row_of_the_plan(path):
    with recorded() as seen:
        looked_at(path)
    assert seen.texts
    assert seen.scans() == []


def test_a_screen_that_was_tampered_with_is_noticed_before_an_apply(path):
    with closing(PlanFile(path)) as plan:
        verify_sums(plan)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE kept SET value = '0' WHERE name = 'count_changes'")
    with closing(PlanFile(path)) as plan, pytest.raises(StalePlanError, match="not as it was saved"):
        verify_sums(plan)
