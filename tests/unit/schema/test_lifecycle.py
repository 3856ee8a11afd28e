"""The life of a ticket: which steps a history may take."""

import pytest

from ticketferry.schema.lifecycle import CLOSED_STAGES, EXITS, STEPS, Stage, is_legal_step


def test_every_stage_has_its_steps():
    assert set(STEPS) == set(Stage)


@pytest.mark.parametrize("stage", Stage)
def test_staying_is_legal_and_is_no_step(stage):
    assert is_legal_step(stage, stage)
    assert stage not in STEPS[stage]


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        (Stage.NEW, Stage.CLOSED, True),
        (Stage.RESOLVED, Stage.IN_PROGRESS, True),
        (Stage.RESOLVED, Stage.NEW, False),
        (Stage.ON_HOLD, Stage.NEW, False),
        (Stage.CLOSED, Stage.IN_PROGRESS, False),
        (Stage.CLOSED, Stage.DELETED, True),
        (Stage.MERGED, Stage.IN_PROGRESS, False),
        (Stage.DELETED, Stage.RESOLVED, True),
        (Stage.SUSPENDED, Stage.NEW, True),
        (Stage.SPAM, Stage.IN_PROGRESS, False),
    ],
)
def test_steps_are_those_of_a_help_desk(before, after, legal):
    assert is_legal_step(before, after) is legal


def test_nobody_comes_back_to_new_but_from_where_it_was_put_away():
    assert {stage for stage in Stage if Stage.NEW in STEPS[stage]} == {
        Stage.DELETED,
        Stage.SPAM,
        Stage.SUSPENDED,
    }


def test_what_has_left_the_desk_counts_as_closed():
    assert EXITS < CLOSED_STAGES
    assert Stage.IN_PROGRESS not in CLOSED_STAGES
