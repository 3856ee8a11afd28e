"""What of the long families of tests a round takes: a part drawn by a seed in `make test`, all of them in `make test-long`."""

import hashlib
import os
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

Case = TypeVar("Case")

UNIT = Path(__file__).resolve().parent / "unit"
NEAR = tuple(UNIT.parent / folder for folder in ("unit", "connectors", "contract", "emulators"))
"""Folders of tests that stand near the code they try: what the coverage is measured over."""

WHOLE = os.environ.get("TICKETFERRY_TEST_WHOLE") == "1"
"""`make test-long`: every case of every family."""
QUICK = os.environ.get("HYPOTHESIS_PROFILE") == "quick"
"""`make test-quick`: a property test draws a quarter of the examples that it draws in `make test`."""
QUICK_EXAMPLES = 25
SEED = os.environ.get("TICKETFERRY_TEST_SEED") or "0"
"""Says which part is drawn otherwise. The Makefile gives the commit's id: what is red stays red until something is changed."""


def drawn(cases: Sequence[Case], most: int, family: str) -> list[Case]:
    """Return all cases in the long round, else `most` of them, in their order; the same for one seed and family."""
    if WHOLE or len(cases) <= most:
        return list(cases)
    digest = hashlib.sha256(f"{SEED}/{family}".encode()).digest()
    return [cases[at] for at in sorted(random.Random(digest).sample(range(len(cases)), most))]


def boundaries(count: int, most: int, family: str, *, first: int = 0) -> list[int]:
    """Return the points `first` … `count` - 1 at which a run is broken: all in the long round, else a part of them.

    The first and the last are always among them: what begins and what ends a run is special in most mistakes.
    """
    points = range(first, count)
    if len(points) <= 2:
        return list(points)
    inner = drawn(points[1:-1], max(0, most - 2), family)
    return [points[0], *inner, points[-1]]


def examples(count: int, most: int = 100) -> int:
    """Return how many examples a property test draws that is thorough with `count`: ten times as many in the long round, else at most
    `most`, fewer than a hundred where one example is dear.
    """
    return count * 10 if WHOLE else min(count, most, QUICK_EXAMPLES if QUICK else most)


def part_of(item: pytest.Item) -> int | None:
    """Return how many cases of the test's function `make test` takes, None where it takes all."""
    mark = item.get_closest_marker("long")
    return None if mark is None else int(mark.kwargs.get("part", 1))


def _within(folders: Sequence[Path]) -> Callable[[Path], bool]:
    """Whether a folder is one of these or inside of one, worked out once for all tests in it."""
    return cache(lambda folder: not {folder, *folder.parents}.isdisjoint(folders))


def sort_out(items: Sequence[pytest.Item]) -> None:
    """Mark what belongs to a round by its nature: unit tests that need nothing outside, tests near the code that they try, and
    property tests, and what goes to drawn points, in the long round.
    """
    unit, near = _within((UNIT,)), _within(NEAR)
    for item in items:
        if unit(item.path.parent) and not any(
            item.get_closest_marker(name) for name in ("outside", "slow", "long", "browser")
        ):
            item.add_marker("quick")
        drawn_again = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if WHOLE and (drawn_again or item.get_closest_marker("seeded")):
            item.add_marker("long")
        if near(item.path.parent) and not item.get_closest_marker("long"):
            item.add_marker("near")


def leave_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """Take the cases out of `items` that the seed did not draw, and return them."""
    if WHOLE:
        return []
    families: dict[Hashable, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if part_of(item) is not None:
            families[item.nodeid.partition("[")[0]].append(item)
    kept = {
        id(item)
        for family, cases in families.items()
        for item in drawn(cases, part_of(cases[0]) or 0, str(family))
    }
    left = [item for item in items if part_of(item) is not None and id(item) not in kept]
    items[:] = [item for item in items if part_of(item) is None or id(item) in kept]
    return left
