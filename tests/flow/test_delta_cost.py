"""A delta costs in proportion to what changed, whatever the desk holds."""

from contextlib import ExitStack

import pytest
from tests import rounds
from tests.flow.delta_desks import WAYS, DeltaWay

TICKETS = 300 if rounds.WHOLE else 12
CHANGED = 3
LARGE = 100_000
"""Tickets of the desk of which one in a hundred changes."""
MOST = 0.05
"""Part of the first run's requests that its delta may send."""


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("source", WAYS)
def test_a_delta_of_one_percent_sends_a_twentieth_of_the_first_runs_requests(
    tmp_path, source, record_property
):
    """Extract, plan, apply and verify, counted at both desks: what is sent whatever changed, and what each change costs, are told apart here,
    and both taken to a desk of 100,000 tickets. What is sent without a change does not depend on how many tickets there are.
    """
    with ExitStack() as stack:
        way = DeltaWay(stack, tmp_path / "whole", source, TICKETS)
        way.write(way.plan())
        first = way.spent() / TICKETS
        way.plan()  # what the first run wrote is seen for the first time
        way.spent()
        quiet = way.plan()
        assert set(way.look(quiet).values()) <= {"unchanged", "skip"}
        idle = way.spent()
        way.answer(CHANGED)
        own = way.spent()
        assert own <= CHANGED
        plan = way.plan()
        updates = list(way.look(plan).values()).count("update")
        assert updates >= 2
        way.write(plan)
        each = max(0, way.spent() - idle) / updates
        assert not way.new.notifications
        sent = idle + LARGE / 100 * each
        record_property("requests", {"first, a ticket": first, "without a change": idle, "a change": each})
        assert sent <= MOST * LARGE * first, (first, idle, each)
        if not rounds.WHOLE:
            return
        half = DeltaWay(stack, tmp_path / "half", source, TICKETS // 2)
        half.read()
        half.clock.advance(400)
        half.read()
        half.spent()
        half.clock.advance(400)
        half.read()
        alone = half.spent()
        way.clock.advance(400)
        way.spent()
        way.read()
        # Of the newest fifty issues of a site apps' properties are looked at, and what the site offers in each project that has some.
        assert way.spent() <= alone + min(60, TICKETS), "a desk of twice as many tickets"
