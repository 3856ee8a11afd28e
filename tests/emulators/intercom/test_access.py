"""Who may ask, in which version, how often, and how refusals look."""

import httpx
import pytest
from tests.emulators.intercom.workspaces import client, workspace

from ticketferry_emulators.kit.faults import Fault


@pytest.fixture(scope="module")
def desk():
    with workspace(tickets=8) as one:
        yield one


def test_a_token_works_in_its_region_alone(desk):
    assert desk.get("/me")["app"]["region"] == "US"
    with client(desk.emulator, "other_region") as elsewhere:
        refusal = elsewhere.get("/me")
    assert refusal.status_code == 401
    assert refusal.json()["errors"] == [{"code": "unauthorized", "message": "Access Token Invalid"}]


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic {token}", "{token}"])
def test_without_its_bearer_token_nothing_is_told(desk, header):
    headers = {"Authorization": header.format(token=desk.state.token)} if header else {}
    assert httpx.get(f"{desk.emulator.base_url}/me", headers=headers).status_code == 401


def test_another_version_is_not_played_and_an_unknown_one_is_refused(desk):
    def status(**headers):
        return desk.client.get("/me", headers=headers).status_code

    assert desk.client.get("/me").headers["Intercom-Version"] == "2.15"
    assert status(**{"Intercom-Version": "2.16"}) == 501
    assert status(**{"Intercom-Version": "9.9"}) == 400
    del desk.client.headers["Intercom-Version"]
    assert status() == 200
    desk.state.configured_version = "2.11"
    assert status() == 501  # without a header the version that the app is configured for answers
    desk.state.configured_version = "2.15"
    desk.client.headers["Intercom-Version"] = "2.15"


def test_what_is_not_served_is_said_in_the_stand_ins_own_words(desk):
    answer = desk.client.get("/articles")
    assert answer.status_code == 501
    assert "does not serve GET /articles" in answer.json()["error"]
    assert desk.client.get("/admins/activity_logs").status_code == 501


def test_a_broken_body_and_one_that_is_no_object_are_refused(desk):
    broken = desk.client.post(
        "/conversations/search", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    assert broken.json()["type"] == "error.list"
    assert desk.code("POST", "/conversations/search", [1]) == "bad_request"


def test_a_minutes_allowance_is_dealt_out_in_ten_seconds():
    with workspace(tickets=4, per_minute=1_000) as desk:
        first = desk.client.get("/me")
        assert first.headers["X-RateLimit-Limit"] == "167"
        assert first.headers["X-RateLimit-Remaining"] == "166"
        for _ in range(166):
            desk.get("/me")
        refused = desk.client.get("/me")
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["code"] == "rate_limit_exceeded"
        assert refused.json()["errors"][0]["message"] == "Exceeded rate limit of 167 in 10_seconds"
        wait = int(refused.headers["X-RateLimit-Reset"]) - desk.emulator.clock.time()
        assert 0 < wait <= 10
        desk.emulator.clock.advance(wait)
        desk.get("/me")


def test_faults_speak_the_vendors_form(desk):
    desk.emulator.faults.add(
        Fault("rate_limited", "identifyAdmin"), Fault("status_before", "identifyAdmin", nth=2)
    )
    limited = desk.client.get("/me")
    assert limited.status_code == 429
    assert int(limited.headers["X-RateLimit-Reset"]) > desk.emulator.clock.time()
    assert desk.client.get("/me").json()["errors"][0]["code"] == "server_error"
    desk.get("/me")
