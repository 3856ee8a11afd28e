"""What a job's results say of each item, in every shape that was recorded [REC zenpy, OAS]."""

import pytest

from ticketferry_zendesk.job_results import ItemResult, loose_ids, verdicts


def job(results, status="completed", message=None):
    return {"id": "V3-1", "status": status, "results": results, "message": message}


def test_creations_are_matched_by_index_whatever_the_order_of_ids():
    rows = [{"index": at, "id": 4018 + shift, "account_id": 1} for at, shift in enumerate((0, 4, 3, 2, 1))]
    assert [verdict.id for verdict in verdicts(job(rows[::-1]), 5)] == [
        "4018",
        "4022",
        "4021",
        "4020",
        "4019",
    ]


def test_a_failure_in_a_completed_job_concerns_its_item_only():
    rows = [
        {"index": 0, "id": 7, "account_id": 1},
        {
            "index": 1,
            "error": "OrganizationUpdateFailed",
            "id": 9,
            "details": "Name: X has already been taken",
        },
    ]
    assert verdicts(job(rows), 2) == [
        ItemResult("done", "7"),
        ItemResult("failed", "", "OrganizationUpdateFailed: Name: X has already been taken"),
    ]


def test_successes_without_an_index_are_unknown_until_the_records_are_asked():
    found = job([{"status": "Created", "id": 5}, {"status": "Created", "id": 6}])
    assert verdicts(found, 2) == [ItemResult("unknown"), ItemResult("unknown")]
    assert loose_ids(found) == ["5", "6"]


def test_changes_and_deletions_are_matched_by_id():
    rows = [
        {"action": "delete", "id": 8, "status": "Deleted", "success": True},
        {"action": "delete", "id": 7, "success": False, "error": "RecordNotFound", "details": "Not found"},
    ]
    assert verdicts(job(rows), 2, ["7", "8"]) == [
        ItemResult("failed", "", "RecordNotFound: Not found"),
        ItemResult("done", "8"),
    ]


def test_a_permanent_deletion_answers_for_all_at_once():
    assert verdicts(job({"success": True}), 3, ["1", "2", "3"]) == [ItemResult("done")] * 3
    assert {verdict.state for verdict in verdicts(job({"success": False}), 2, ["1", "2"])} == {"failed"}


@pytest.mark.parametrize("results", [None, "gone", 3])
def test_results_that_are_not_there_leave_everything_unknown(results):
    assert verdicts(job(results), 2) == [ItemResult("unknown")] * 2


def test_a_job_that_failed_half_way_speaks_of_what_it_did():
    found = job([{"index": 1, "id": 5}], "failed", "The job was stopped")
    assert verdicts(found, 3) == [ItemResult("unknown"), ItemResult("done", "5"), ItemResult("unknown")]


def test_failures_without_an_index_concern_the_rest_only_where_their_number_fits():
    rows = [{"index": 0, "id": 1}, {"error": "UserCreateFailed", "details": "Email: x is taken"}]
    assert [verdict.state for verdict in verdicts(job(rows), 2)] == ["done", "failed"]
    assert [verdict.state for verdict in verdicts(job(rows), 3)] == ["done", "unknown", "unknown"]


def test_rows_that_make_no_sense_decide_nothing():
    rows = [None, "x", {"index": True, "id": 4}, {"index": 99, "id": 5}, {"index": -1, "id": 6}]
    assert verdicts(job(rows), 2) == [ItemResult("unknown")] * 2
