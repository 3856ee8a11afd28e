"""What a sample says of all tickets, against the distribution counted out in whole numbers."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.audit.bound import most_defective, size_for


def chance(population: int, defective: int, drawn: int, found: int) -> Fraction:
    """So few as `found`, counted out."""
    ways = sum(
        comb(defective, number) * comb(population - defective, drawn - number) for number in range(found + 1)
    )
    return Fraction(ways, comb(population, drawn))


@given(st.data())
def test_the_bound_is_the_last_number_that_the_draw_does_not_contradict(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 60))
    drawn = data.draw(st.integers(0, population))
    found = data.draw(st.integers(0, drawn))
    worst = max(
        defective
        for defective in range(found, population - (drawn - found) + 1)
        if chance(population, defective, drawn, found) > Fraction(5, 100)
    )
    assert most_defective(population, drawn, found, 0.95) == worst


@given(st.integers(1, 3_000_000), st.sampled_from([0.001, 0.01, 0.05]), st.sampled_from([0.9, 0.95, 0.99]))
def test_a_size_reaches_its_share_and_one_ticket_less_does_not(
    population: int, share: float, confidence: float
) -> None:
    size = size_for(population, share, confidence)
    assert most_defective(population, size, 0, confidence) <= share * population
    if size:
        assert most_defective(population, size - 1, 0, confidence) > share * population


@pytest.mark.parametrize(
    ("population", "share", "size"),
    # Without end it would be 299 draws, ln 0.05 / ln 0.99; of 100 two defective ones have to show: (100 - n)(99 - n) <= 0.05 * 9900.
    [(10, 0.01, 10), (100, 0.01, 78), (1_000_000, 0.01, 298)],
)
def test_sizes_that_auditors_know(population: int, share: float, size: int) -> None:
    assert size_for(population, share, 0.95) == size


def test_a_sample_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="3 defects among 2 of 10 is no sample"):
        most_defective(10, 2, 3, 0.95)
