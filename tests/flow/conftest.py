"""In the long round, and where TICKETFERRY_PLANS_TWICE is set, every plan that is made from the last one is made from nothing too."""

import os
from collections.abc import Iterator

import pytest
from tests.flow.plans_twice import compared
from tests.rounds import WHOLE

TWICE = WHOLE or os.environ.get("TICKETFERRY_PLANS_TWICE") == "1"


@pytest.fixture(autouse=True)
def plans_twice() -> Iterator[None]:
    """Hold each plan against the one from nothing."""
    if not TWICE:
        yield
        return
    with compared():
        yield
