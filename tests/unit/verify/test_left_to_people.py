"""What people had changed before our last write is theirs only where the mapping leaves it to them."""

from types import SimpleNamespace
from typing import Any

import pytest

from ticketferry.store.idmap import LastWrite
from ticketferry.verify.comparing import _left_alone

WROTE = LastWrite({"priority": "highest"}, {"priority": "medium"}, "", "created", "p-02")
"""We wanted the highest; medium stood there before people made it low, which the write left alone."""


def left(winners: dict[str, str], conflicts: str, applied: LastWrite = WROTE, now: str = "low", key: str = "priority", decided: bool = False) -> bool:  # fmt: skip
    planning: Any = SimpleNamespace(
        winners=winners,
        conflicts=conflicts,
        leaves=lambda _ref, _field, seen: decided and seen == "low",
    )
    return _left_alone(planning, "acme:ticket:1", applied, key, {key: now})


@pytest.mark.parametrize(
    ("winners", "conflicts", "theirs"),
    [
        ({"priority": "target"}, "source", True),
        ({}, "target", True),
        ({}, "source", False),
        ({}, "hold", False),
        ({"priority": "source"}, "target", False),
        ({"status": "target"}, "source", False),
    ],
)
def test_the_mapping_says_whose_it_is(winners: dict[str, str], conflicts: str, theirs: bool) -> None:
    assert left(winners, conflicts) is theirs


def test_what_goes_with_the_status_is_whose_the_status_is() -> None:
    wrote = LastWrite({"resolution": "a"}, {"resolution": "b"}, "", "created", "p-02")
    assert left({"status": "target"}, "source", wrote, "c", "resolution")


def test_a_write_that_did_not_come_to_pass_and_a_change_since_are_nobodys() -> None:
    stuck = LastWrite({"priority": "highest"}, {"priority": "low"}, "", "created", "p-02")
    assert not left({"priority": "target"}, "source", stuck)
    since = LastWrite({"priority": "highest"}, {"priority": "highest"}, "", "created", "p-02")
    assert not left({"priority": "target"}, "source", since)


def test_what_a_person_left_to_the_new_desk_is_theirs_as_long_as_it_is_what_was_decided_about() -> None:
    written = LastWrite({"priority": "highest"}, {"priority": "highest"}, "", "created", "p-02")
    assert left({}, "ask", written, decided=True)
    assert not left({}, "ask", written)
    assert not left({}, "ask", written, now="lowest", decided=True)
