"""Jobs: taken at once, worked on over the clock, with results of every recorded shape, forgotten after a day."""

import httpx
import pytest
from tests.connectors.zendesk.emulated import done, served, ticket

from ticketferry_emulators.kit.faults import Fault

MANY = "/api/v2/imports/tickets/create_many"


@pytest.fixture
def pair():
    with served(tickets=30, plan=None) as found:
        yield found


def batch(count, **changes):
    return {"tickets": [ticket(external_id=f"e{index}", **changes) for index in range(count)]}


def take(client, count=5, **changes):
    answer = client.post(MANY, json=batch(count, **changes))
    assert answer.status_code == 200
    return answer.json()["job_status"]["id"]


def status(client, job):
    return client.get(f"/api/v2/job_statuses/{job}").json()["job_status"]


def test_a_job_goes_from_queued_over_working_to_completed(pair):
    emulator, client = pair
    job = take(client)
    assert job.startswith("V3-")
    first = status(client, job)
    assert (first["status"], first["progress"], first["results"], first["message"], first["total"]) == (
        "queued", None, None, None, 5,
    )  # fmt: skip
    emulator.clock.advance(1.12)
    second = status(client, job)
    assert (second["status"], second["progress"], second["results"]) == ("working", 2, None)
    assert second["message"] == "Importing ticket #2"
    emulator.clock.advance(1)
    third = status(client, job)
    assert (third["status"], third["progress"]) == ("completed", 5)
    assert third["message"].startswith("Completed at 20")
    assert third["url"].endswith(f"/api/v2/job_statuses/{job}.json")


def test_items_are_committed_one_by_one_and_not_before_their_time(pair):
    emulator, client = pair
    take(client)
    seen = []
    for _ in range(9):
        seen.append(client.get("/api/v2/tickets/count").json()["count"]["value"])
        emulator.clock.advance(0.201 if len(seen) <= 5 else 0.05)
    grown = [number - seen[0] for number in seen]
    assert grown == [0, 0, 0, 0, 0, 0, 1, 2, 3]


def test_ids_of_created_tickets_are_not_in_the_order_of_the_request(pair):
    emulator, client = pair
    rows = done(emulator, client, client.post(MANY, json=batch(5)))["results"]
    assert [row["index"] for row in rows] == [0, 1, 2, 3, 4]
    assert [row["id"] for row in rows] == [31, 35, 34, 33, 32]
    for row in rows:
        assert (
            client.get(f"/api/v2/tickets/{row['id']}").json()["ticket"]["external_id"] == f"e{row['index']}"
        )
        assert row["account_id"] == emulator.state.account_id


def test_an_item_that_fails_stands_in_the_results_of_a_completed_job(pair):
    emulator, client = pair
    body = batch(3)
    body["tickets"][1]["requester_id"] = 7
    job = done(emulator, client, client.post(MANY, json=body))
    assert job["status"] == "completed"
    failed = {"index": 1, "error": "TicketImportFailed", "details": "Requester: is invalid"}
    assert job["results"][1] == failed


def test_organizations_come_without_an_index_and_clashes_as_recorded(pair):
    emulator, client = pair
    rows = [{"name": "New one"}, {"name": "INITECH"}, {"name": "New two"}]
    job = done(
        emulator, client, client.post("/api/v2/organizations/create_many", json={"organizations": rows})
    )
    assert [sorted(row) for row in job["results"]] == [
        ["id", "status"],
        ["details", "error", "index"],
        ["id", "status"],
    ]
    ids = [job["results"][0]["id"], job["results"][2]["id"]]
    changes = [{"id": ids[0], "notes": "x"}, {"id": ids[1], "name": "New one"}]
    job = done(
        emulator, client, client.put("/api/v2/organizations/update_many", json={"organizations": changes})
    )
    assert job["results"] == [
        {"action": "update", "id": ids[0], "status": "Updated", "success": True},
        {"index": 1, "error": "OrganizationUpdateFailed", "id": ids[1], "details": "Name: New one has already been taken"},
    ]  # fmt: skip
    gone = done(emulator, client, client.delete(f"/api/v2/organizations/destroy_many?ids={ids[0]},{ids[1]}"))
    assert gone["results"][1] == {"action": "delete", "id": ids[1], "status": "Deleted", "success": True}


def test_permanent_deletions_have_one_object_as_results_and_deletions_call_themselves_updates(pair):
    emulator, client = pair
    rows = done(emulator, client, client.post(MANY, json=batch(2)))["results"]
    ids = ",".join(str(row["id"]) for row in rows)
    deleted = done(emulator, client, client.delete(f"/api/v2/tickets/destroy_many?ids={ids}"))
    assert deleted["job_type"] == "Bulk Update Ticket"
    assert done(emulator, client, client.delete(f"/api/v2/deleted_tickets/destroy_many?ids={ids}"))[
        "results"
    ] == {"success": True}
    again = done(emulator, client, client.delete(f"/api/v2/deleted_tickets/destroy_many?ids={ids}"))
    assert again["results"] == {"success": False}


def test_results_are_forgotten_after_one_day(pair):
    emulator, client = pair
    job = take(client)
    emulator.clock.advance(86_400)
    assert status(client, job)["status"] == "completed"
    emulator.clock.advance(10)
    answer = client.get(f"/api/v2/job_statuses/{job}.json")
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "RecordNotFound", "description": "Not found"},
    )
    assert client.get("/api/v2/job_statuses").json()["job_statuses"] == []


def test_thirty_jobs_may_be_open_and_the_next_is_refused_with_their_ids(pair):
    emulator, client = pair
    jobs = []
    for count in range(30):
        answer = client.post(MANY, json=batch(1))
        header = answer.headers["zendesk-ratelimit-inflight-jobs"]
        assert header == f"total=30; remaining={29 - count}; resets=60"
        jobs.append(answer.json()["job_status"]["id"])
    refused = client.post(MANY, json=batch(1))
    assert (refused.status_code, refused.json()["error"]) == (429, "TooManyJobs")
    assert refused.json()["current_job_ids"] == jobs
    assert int(refused.headers["retry-after"]) > 0
    emulator.clock.advance(2)
    assert client.post(MANY, json=batch(1)).status_code == 200


def test_many_jobs_can_be_shown_at_once(pair):
    _, client = pair
    jobs = [take(client, 1) for _ in range(3)]
    shown = client.get("/api/v2/job_statuses/show_many", params={"ids": ",".join([*jobs, "V3-none"])}).json()
    assert [job["id"] for job in shown["job_statuses"]] == jobs
    listed = client.get("/api/v2/job_statuses").json()["job_statuses"]
    assert [job["id"] for job in listed] == jobs[::-1]


def test_a_job_can_break_and_keeps_what_it_did(pair):
    emulator, client = pair
    emulator.state.jobs.break_next(after=2, message="killed")
    job = done(emulator, client, client.post(MANY, json=batch(5)))
    assert (job["status"], job["progress"], job["message"]) == ("failed", 2, "killed")
    made = client.get("/api/v2/tickets/show_many", params={"external_ids": "e0,e1,e2,e3,e4"}).json()[
        "tickets"
    ]
    assert sorted(row["external_id"] for row in made) == ["e0", "e4"]


def test_a_job_whose_answer_was_lost_runs_all_the_same(pair):
    emulator, client = pair
    emulator.faults.add(Fault("drop_after", match="TicketBulkImport"))
    with pytest.raises(httpx.TransportError):
        client.post(MANY, json=batch(2))
    [job] = client.get("/api/v2/job_statuses").json()["job_statuses"]
    emulator.clock.advance(5)
    assert status(client, job["id"])["status"] == "completed"
    made = client.get("/api/v2/tickets/show_many", params={"external_ids": "e0,e1"}).json()["tickets"]
    assert len(made) == 2
    emulator.faults.clear()
    emulator.faults.add(Fault("drop_before", match="TicketBulkImport"))
    with pytest.raises(httpx.TransportError):
        client.post(MANY, json=batch(2))
    assert len(client.get("/api/v2/job_statuses").json()["job_statuses"]) == 1


def test_more_than_a_hundred_at_once_are_refused(pair):
    _, client = pair
    answer = client.post(MANY, json=batch(101))
    assert (answer.status_code, answer.json()["error"]) == (400, "TooManyValues")
    assert client.post(MANY, json={"tickets": []}).status_code == 400


def test_the_same_requests_at_the_same_times_give_the_same_desk():
    dumps = []
    for _ in range(2):
        with served(tickets=5, plan=None, account_id=7) as (emulator, client):
            take(client, 4)
            emulator.clock.advance(0.03)
            take(client, 4)
            emulator.clock.advance(30)
            dumps.append(emulator.dump())
    assert dumps[0] == dumps[1]
