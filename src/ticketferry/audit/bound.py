"""What a sample says of all: exact, for draws without replacement from so many tickets, however few."""

from math import exp, floor, lgamma, log

__all__ = ["most_defective", "size_for"]

_TIE = 1 + 1e-9
"""Logarithms of factorials are exact to some 1e-12: what is that near to the limit is on it."""


def size_for(population: int, share: float, confidence: float) -> int:
    """Return how many tickets must be drawn so that none defective among them means at most `share` defective of all.

    `share` and `confidence` lie between 0 and 1. Where `share` of the population is less than one ticket, all of them must be looked at.
    """
    least, most = 0, population
    while least < most:
        middle = (least + most) // 2
        if most_defective(population, middle, 0, confidence) <= floor(share * population):
            most = middle
        else:
            least = middle + 1
    return least


def most_defective(population: int, looked_at: int, defects: int, confidence: float) -> int:
    """Return the most defective tickets that there may be, where `defects` were found among `looked_at` drawn at random.

    The upper end of the exact one-sided interval: the largest number of defective tickets of which a draw would show so few as were found
    with a probability of more than 1 - `confidence` (hypergeometric distribution).
    """
    if not 0 <= defects <= looked_at <= population:
        raise ValueError(f"{defects} defects among {looked_at} of {population} is no sample")
    least, most = defects, population - (looked_at - defects)
    while least < most:
        middle = (least + most + 1) // 2
        if _at_most(population, middle, looked_at, defects) > (1 - confidence) * _TIE:
            least = middle
        else:
            most = middle - 1
    return least


def _at_most(population: int, defective: int, drawn: int, found: int) -> float:
    """Return the probability that a draw shows at most `found` defective tickets."""
    whole = _log_choose(population, drawn)
    return sum(
        exp(_log_choose(defective, number) + _log_choose(population - defective, drawn - number) - whole)
        for number in range(max(0, drawn - (population - defective)), min(found, defective, drawn) + 1)
    )


def _log_choose(n: int, k: int) -> float:
    if k in (0, n):
        return 0.0
    if k == 1:
        return log(n)
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
