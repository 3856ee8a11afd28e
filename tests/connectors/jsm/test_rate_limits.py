"""Each reason of a 429 is obeyed where it counts: a quota holds everything, a burst its endpoints, an issue's limit that issue."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.connectors.jsm.emulated_site import Site, doc, site

from ticketferry.sdk import Session
from ticketferry_emulators.jsm.oauth import CLOUD_ID, OAUTH_CLIENT
from ticketferry_emulators.kit.faults import Fault
from ticketferry_jsm.client import JsmClient
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.source import JsmSource

API = "/rest/api/3"


@pytest.fixture
def jira() -> Iterator[Site]:
    with site() as found:
        yield found


def client_of(jira: Site, *, oauth: bool = False) -> JsmClient:
    who = jira.emulator.credentials
    signed: dict[str, Any] = {"email": who["JIRA_EMAIL"], "token": SecretStr(who["JIRA_TOKEN"])}
    if oauth:
        signed = {
            "client_id": OAUTH_CLIENT[0], "client_secret": SecretStr(OAUTH_CLIENT[1]),
            "gateway": jira.emulator.origin_url("gateway"), "auth_url": jira.emulator.origin_url("auth"),
        }  # fmt: skip
    options = JsmOptions(base_url=jira.emulator.base_url, **signed)
    return JsmClient(options, Session(desk="new", clock=jira.emulator.clock))


def took(jira: Site, act: Any) -> float:
    began = jira.emulator.clock.time()
    act()
    return float(jira.emulator.clock.time() - began)


def comment(client: JsmClient, issue: str) -> None:
    client.write("POST", f"{API}/issue/{issue}/comment", endpoint="comment.create", group="comment", issue=issue, json={"body": doc("x")})  # fmt: skip


def label(client: JsmClient, issue: str) -> None:
    client.write("PUT", f"{API}/issue/{issue}", endpoint="issue.edit", group="issue.edit", issue=issue, json={"fields": {"labels": ["a"]}})  # fmt: skip


def test_a_limit_of_one_issue_holds_that_issue_and_no_other(jira: Site) -> None:
    client = client_of(jira)
    one, other = (jira.state.issue(jira.issue()).id for _ in range(2))
    # Somebody else writes the issue too: our own count says nothing of it.
    for _ in range(20):
        jira.post(f"issue/{one}/comment", {"body": doc("theirs")}, 201)
    assert took(jira, lambda: comment(client, other)) == 0
    assert took(jira, lambda: comment(client, one)) >= 1
    reasons = {entry.status for entry in jira.emulator.ledger}
    assert 429 in reasons
    jira.emulator.clock.advance(40)
    client._issues.hold(one, 5.0)
    assert took(jira, lambda: label(client, other)) == 0, "another issue goes on"
    assert took(jira, lambda: label(client, one)) >= 5, "the same issue waits, whatever the endpoint"
    client.close()


def test_a_burst_limit_holds_its_group_only(jira: Site) -> None:
    client = client_of(jira)
    one, other = (jira.state.issue(jira.issue()).id for _ in range(2))
    jira.emulator.faults.add(Fault("rate_limited", match="comment.add", retry_after=9))
    assert took(jira, lambda: comment(client, one)) >= 9
    jira.emulator.faults.add(Fault("rate_limited", match="comment.add", retry_after=9))
    waits: list[float] = []
    real = jira.emulator.clock.sleep

    def first_label(seconds: float) -> None:
        """While the comment waits, an edit of another issue goes through at once."""
        if not waits:
            waits.append(0.0)
            waits.append(took(jira, lambda: label(client, other)))
        real(seconds)

    jira.emulator.clock.sleep = first_label
    comment(client, one)
    jira.emulator.clock.sleep = real
    assert waits[1] == 0
    client.close()


@pytest.mark.parametrize(
    ("name", "reason"), [("quota", "jira-quota-global-based"), ("tenant", "jira-quota-tenant-based")]
)
def test_a_quota_holds_everything_until_the_top_of_the_hour(jira: Site, name: str, reason: str) -> None:
    client = client_of(jira, oauth=True)
    seen: list[str] = []
    real = jira.emulator.limit_answer

    def noting(call: Any, refusal: Any) -> Any:
        answer = real(call, refusal)
        seen.append(answer.headers["RateLimit-Reason"])
        return answer

    jira.emulator.limit_answer = noting
    jira.emulator.quota(12, name)
    for _ in range(3):
        client.myself()
    left = 3_600 - jira.emulator.clock.time() % 3_600
    people = {"startAt": 0, "maxResults": 50}
    client.get(f"{API}/users/search", endpoint="user.list", params=people)
    assert jira.emulator.points[name].used > 12, "two points for each user of the page"
    assert took(jira, lambda: client.get(f"{API}/field", endpoint="field.list", group="catalog")) >= left - 1
    assert seen == [reason]
    client.close()


def test_the_quota_counts_for_oauth_only_and_is_told_in_headers(jira: Site) -> None:
    jira.emulator.quota(3)
    client = client_of(jira)
    assert took(jira, lambda: [client.myself() for _ in range(10)]) == 0
    client.close()
    token = jira.emulator.doorkeeper.token(
        {"grant_type": "client_credentials", "client_id": OAUTH_CLIENT[0], "client_secret": OAUTH_CLIENT[1]}
    ).body["access_token"]
    jira.emulator.quota(100)
    url = f"{jira.emulator.origin_url('gateway')}/ex/jira/{CLOUD_ID}{API}/myself"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.headers["beta-ratelimit-policy"] == '"global-app-quota";q=100;w=3600'
    assert answer.headers["beta-ratelimit"].endswith("r=99")
    assert int(answer.headers["x-ratelimit-remaining"]) < 100


def test_a_budget_of_units_is_read_from_the_headers_before_anything_is_tried(jira: Site) -> None:
    jira.emulator.cost(300_000)
    who = jira.emulator.credentials
    options = JsmOptions(
        base_url=jira.emulator.base_url, email=who["JIRA_EMAIL"], token=SecretStr(who["JIRA_TOKEN"])
    )
    source = JsmSource(options, Session(desk="old", clock=jira.emulator.clock))
    (pace,) = [finding for finding in source.check() if finding.code == "JSM-PACE"]
    assert "300,000 units an hour" in pace.message
    assert "about 2,000 tickets an hour" in pace.message
    assert "300000" not in str(source.catalog()), "a figure that may change is no part of a plan's inputs"
    (budget,) = source.limits.budgets
    assert budget.units == 300_000
    assert budget.per_operation == {"issue.create": 150.0}
    source.close()


def test_a_site_that_tells_no_budget_has_none(jira: Site) -> None:
    client = client_of(jira)
    client.myself()
    client.close()
    assert client.cost_units == 0


def test_a_spent_budget_holds_every_request_until_the_hour_is_over(jira: Site) -> None:
    jira.emulator.cost(10_000)
    client = client_of(jira)
    issue = jira.state.issue(jira.issue()).id
    jira.emulator.points["cost"].used = 10_000
    began = jira.emulator.clock.time()
    label(client, issue)
    client.close()
    assert jira.emulator.clock.time() >= (began // 3600 + 1) * 3600
    assert [entry.status for entry in jira.emulator.ledger].count(429) <= 2


def test_a_created_issue_costs_its_units(jira: Site) -> None:
    jira.emulator.cost(300_000)
    jira.issue()
    assert jira.emulator.points["cost"].used == 150
