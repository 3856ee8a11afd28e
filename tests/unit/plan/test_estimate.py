"""The estimate: its figures can be worked out by hand from the plan, and its words say which of them holds it back."""

import pytest
from tests.unit.report.plan_files import Draft, example

from ticketferry.plan.estimate import estimate
from ticketferry.sdk.contract import Endpoint
from ticketferry.sdk.features import Budget, Limits


@pytest.fixture
def plan(tmp_path):
    draft = Draft()
    for number in range(120):
        root = draft.ticket(number)
        draft.write(root, "issue.create")
        draft.write(root, "comment.add")
    for number in range(200, 210):
        draft.write(draft.ticket(number, "update"), "issue.edit", expect="seen:00")
    found = draft.save(tmp_path / "p-01.plan")
    yield found
    found.close()


def test_requests_are_batches_checks_and_read_backs(plan):
    found = estimate(plan, Limits(fetch_batch=50))
    assert found.operations == 250
    assert found.writes == 3 + 120 + 10
    assert (found.checks, found.read_backs, found.polls) == (10, 3, 0)
    assert found.requests == 133 + 13
    assert found.by_endpoint["issue.create"] == (120, 3)


def test_jobs_are_asked_for_at_least_once(plan):
    jobs = [Endpoint("issue.create", "POST", "/issue/bulk", "issue", job=True)]
    assert estimate(plan, Limits(), endpoints=jobs).polls == 3


def test_files_are_no_requests_and_the_importer_takes_its_time(plan):
    files = [
        Endpoint("issue.create", "FILE", "import", "import", file=True),
        Endpoint("comment.add", "PUT", "/comment", "comment", reads=2),
    ]
    found = estimate(plan, Limits(fetch_batch=50), endpoints=files, imports_per_hour=240, played=True)
    assert (found.import_files, found.import_tickets, found.import_seconds) == (3, 120, 1800)
    assert found.writes == 120 + 10
    assert found.looks == 120 // 50 + 1 + 120 * 2
    assert found.seconds == pytest.approx(1800 + found.order.seconds)
    assert found.order.seconds >= max(way.seconds for way in found.ways)


def test_slow_answers_hold_it_back_when_the_rate_is_high(plan):
    found = estimate(plan, Limits(write_rate=1000, read_rate=1000), latency=0.2, workers=2, played=True)
    assert found.held_by == "answers x workers"
    # 12 more requests stand before and after, and what has to be read first is read by the worker that writes.
    assert max(way.seconds for way in found.ways) == pytest.approx(146 * 0.2 / 2)
    assert found.seconds == found.order.seconds == pytest.approx(16.8, rel=0.001)
    assert "146 requests x 200 ms (measured) / 2 workers = 10.0 requests a second" in found.words


def test_a_low_rate_holds_it_back_and_the_share_makes_it_lower(plan):
    found = estimate(plan, Limits(write_rate=2), latency=0.01, workers=64, share=0.5)
    assert found.held_by == "rate of writes"
    assert found.seconds == pytest.approx(133)
    assert found.words == "133 writes / 2 a second allowed x share 0.5"


def test_a_record_with_many_steps_holds_it_back_whatever_the_workers(tmp_path):
    draft = Draft()
    root = draft.ticket(1)
    for _ in range(500):
        draft.write(root, "comment.add")
    found = estimate(draft.save(tmp_path / "p-02.plan"), Limits(), latency=0.1, workers=64, played=True)
    assert found.held_by == "longest lane"
    assert max(way.seconds for way in found.ways) == pytest.approx(50)
    assert found.seconds == found.order.seconds == pytest.approx(50 + 12 * 0.1)


def test_an_unmeasured_latency_is_said_to_be_assumed(plan):
    assert "assumed, nothing was measured" in estimate(plan, Limits()).words


def test_an_empty_plan_takes_nothing(tmp_path):
    found = estimate(Draft().save(tmp_path / "p-03.plan"), Limits(write_rate=5, read_rate=5))
    assert (found.requests, found.seconds, found.held_by) == (0, 0, "nothing")


def test_the_estimate_is_plain_json(tmp_path):
    found = estimate(example(tmp_path / "p-04.plan"), Limits(write_rate=1)).as_json()
    assert found["requests"] == found["writes"] + sum(found["reads"].values())
    assert found["hours"] == pytest.approx(found["seconds"] / 3600, abs=0.001)


def test_an_endpoint_that_the_desk_takes_slowly_holds_it_back(plan):
    """Users of a Zendesk account are made one a second, whatever else it takes."""
    found = estimate(
        plan, Limits(write_rate=1000, endpoint_rates={"issue.create": 0.5, "nothing.of.it": 0.001}), share=0.5
    )
    requests = found.by_endpoint["issue.create"][1]
    assert found.seconds == requests / 0.25
    assert "issue.create" in found.held_by
    assert "0.5 a second" in found.words


def test_a_desk_that_counts_cost_holds_it_back_by_its_units(tmp_path):
    """2,000 issues of 150 units take an hour at 300,000 units, however many travel in one request."""
    draft = Draft()
    for number in range(2_000):
        draft.write(draft.ticket(number), "issue.create")
    plan = draft.save(tmp_path / "p-05.plan")
    limits = Limits(
        write_rate=1000, fetch_batch=100_000,
        budgets=(Budget("cost", per_operation={"issue.create": 150.0}),),
    )  # fmt: skip
    assert estimate(plan, limits).held_by != "budget cost"
    found = estimate(plan, limits, told={"cost": 300_000.0})
    assert found.held_by == "budget cost"
    assert found.seconds == pytest.approx(3600, rel=0.01)
    assert "about 2,000 issue.create an hour" in found.words
    half = estimate(plan, limits, told={"cost": 300_000.0}, share=0.5)
    assert half.seconds == pytest.approx(2 * found.seconds)


def test_what_is_read_back_record_by_record_and_looked_at_before_is_counted(plan):
    limits = Limits(fetch_batch=50, read_back={"ticket": 2}, side_by_side=10)
    plain = estimate(plan, Limits(fetch_batch=50), latency=1.0, workers=64, played=True)
    found = estimate(plan, limits, latency=1.0, workers=64, played=True)
    assert found.read_backs == 3 + 2 * 130
    # 130 tickets, ten at once, two requests each after those of three batches.
    assert found.order.seconds - plain.order.seconds == 3 + 13 * 2
    one = {"latency": 1.0, "workers": 1, "played": True}
    sighted = estimate(plan, Limits(fetch_batch=50), sighted={"issue.create"}, **one)
    assert sighted.order.seconds - estimate(plan, Limits(fetch_batch=50), **one).order.seconds == 3


def test_a_plan_that_fits_into_an_accounts_window_is_not_held_back_by_it(plan):
    limits = Limits(fetch_batch=50, write_rate=1.0, budgets=(Budget("account", seconds=60.0, assumed=400.0),))
    found = estimate(plan, limits, latency=0.01, workers=8, played=True)
    assert found.seconds == found.order.seconds < 5
    small = estimate(plan, limits, latency=0.01, workers=8, told={"account": 50.0}, played=True)
    assert small.seconds > 120, "133 writes by 50 a minute end in the third"


def test_jobs_are_asked_for_until_the_desk_is_through_with_them(plan):
    jobs = [Endpoint("issue.create", "POST", "/issue/bulk", "issue", job=True)]
    found = estimate(plan, Limits(job_seconds=(1.0, 0.05)), latency=0.5, endpoints=jobs)
    # 50, 50 and 20 records take 3.5, 3.5 and 2 s: of 40 on average, asked at 0.5, 3 and 5.5 s.
    assert found.polls == 3 * 2
