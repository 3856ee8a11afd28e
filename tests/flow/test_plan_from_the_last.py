"""A plan that is made from the last one is the plan that is made from nothing: whatever changed, whoever changed it, whatever broke."""

import pytest
from tests.flow.changing_desks import Changing
from tests.flow.plans_twice import compared
from tests.rounds import drawn

SEEDS = range(200)
STEPS = 9


@pytest.mark.slow
@pytest.mark.parametrize("seed", drawn(SEEDS, 6, "plans from the last one"))
def test_whatever_changes_a_plan_from_the_last_one_is_that_from_nothing(seed, tmp_path):
    changing = Changing(tmp_path, seed)
    with compared() as told:
        try:
            changing.run(STEPS)
        except BaseException as error:
            error.add_note(f"seed {seed}: {', '.join(changing.done)}")
            raise
    assert told["from the last"] >= 2, (told, changing.done)
