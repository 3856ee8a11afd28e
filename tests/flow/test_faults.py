"""Whatever befalls a run at whatever place: the desk ends as after the unbroken one, nothing twice, nothing missing, nobody told.

`make test-long` runs 600 pairs of a boundary and a fault for each pair of desks, drawn by the seed; `make test` a few of one pair of desks.
"""

from contextlib import ExitStack

import pytest
from tests import rounds
from tests.flow.end_states import EndState
from tests.flow.fault_pairs import PAIRS, FaultPair
from tests.flow.fault_runs import Harness, chosen
from tests.flow.fault_table import RunFault

from ticketferry.project import Project, stages

MOST = 600 if rounds.WHOLE else 8
BODILESS = {"truncated body"}
"""An answer without a body cannot be cut off in it."""


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("name", PAIRS)
def test_a_run_that_a_fault_strikes_ends_as_the_unbroken_one(tmp_path, name, record_property):
    with ExitStack() as stack:
        harness = Harness(FaultPair(stack, tmp_path, name))
        assert len(harness.cases) > 500
        figures = harness.run(chosen(harness.cases, MOST, f"{rounds.SEED}/{name}"))
        record_property("outcomes", {fault: dict(found) for fault, found in figures.outcomes.items()})
        assert not figures.wrong, "\n".join([f"{len(figures.wrong)} of {figures.pairs}", *figures.wrong[:20]])
        assert figures.pairs == MOST
        assert {name for name, count in figures.idle.items() if count} <= BODILESS


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with ExitStack() as stack:
        yield FaultPair(stack, tmp_path_factory.mktemp("faults"), "neutral to zendesk")


def applied(pair, name):
    pair.fresh()
    with Project.load(pair.copy(name), clock=pair.clock) as project:
        stages.apply(project, project.plan(pair.plan), workers=1, allow_visible=pair.visible)
    return pair.end_state()


def test_the_comparison_sees_what_is_twice_missing_another_s_or_told(small):
    """Two runs are alike although every id and time is another; each mishap in the desk is one line."""
    expected = applied(small, "first")
    small.fresh()
    state = small.target.state
    for kind in state.numbers:
        state.numbers[kind] += 77
    with Project.load(small.copy("second"), clock=small.clock) as project:
        small.clock.advance(1000)
        stages.apply(project, project.plan(small.plan), workers=1, allow_visible=small.visible)
    assert EndState(small.target, small._before, small.began).differs(expected) == []

    def said() -> list[str]:
        return small.end_state().differs(expected)

    users = state.lists["users"]
    one = next(row for row in users.values() if str(row["external_id"]).startswith("tf-"))
    users[one["id"] + 1000] = {**one, "id": one["id"] + 1000}
    assert [line.partition(":")[0] for line in said()] == ["too much (1)"], said()
    del users[one["id"] + 1000]
    number = next(number for number, head in state.heads.items() if head.status != "deleted")
    state.add_comment(number, "<p>twice</p>", public=False)
    assert any(line.startswith("too much (1): comments") for line in said())
    state.heads.pop(number)
    assert any(line.startswith("missing") and line.partition(": ")[2].startswith("tickets ") for line in said())  # fmt: skip


def test_a_fault_that_nobody_could_see_through_is_reported(small):
    """A proxy that sends a request twice: the files of the second one are used up, its tickets refused. The harness must not be content."""
    harness = Harness(small)
    imports = [
        at
        for at, (_, path, writes) in enumerate(harness.unbroken.log)
        if writes and "imports/tickets" in path
    ]

    def twice(_line, _request, send):
        send().read()
        return send()

    figures = harness.run([(RunFault("sent twice by a proxy", "write", twice), imports[0])])
    assert len(figures.wrong) == 1
    assert "does not end: RunFailed" in figures.wrong[0]
