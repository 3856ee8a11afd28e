"""What is gone from the new desk is told where a plan writes nothing, and where a verify finds it missing."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from ticketferry.cli.plan_screen import _writes
from ticketferry.cli.verify import _print


class Screen:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def out(self, *lines: str) -> None:
        self.lines += lines

    def text(self, words: str, first: str = "", rest: str = "") -> None:
        self.lines.append(first + words)

    def table(self, *_: Any, **__: Any) -> None:
        return None

    @property
    def shown(self) -> str:
        return "\n".join(self.lines)


def written(kind: str, gone: int) -> str:
    screen: Any = Screen()
    view: Any = SimpleNamespace(kind=kind, operations=0, outcomes={"ticket": {"gone": gone, "unchanged": 3}})
    _writes(screen, view, None)
    return str(screen.shown)


def verified(**counts: int) -> str:
    screen: Any = Screen()
    signs = {"same": "=", "lost": "+", "differ": "*"}
    found: Any = SimpleNamespace(
        counts=Counter({signs[name]: count for name, count in counts.items()}),
        lines=[SimpleNamespace(message="", ref="acme:ticket:1")], left=[], kinds=Counter(ticket=9), values=1, files=0,
        witnessed=None, same=False,
    )  # fmt: skip
    from unittest.mock import patch

    with patch("ticketferry.cli.verify._not_begun", return_value={}):
        _print(screen, found, (), ())
    return str(screen.shown)


def test_a_plan_that_writes_nothing_tells_how_many_records_are_gone() -> None:
    assert "37 records that earlier plans brought are gone" in written("apply", 37)
    assert "as the plan wants it" not in written("apply", 37)
    assert "as the plan wants it" in written("apply", 0)
    assert "as the plan wants it" in written("rollback", 37)


def test_a_verify_promises_no_plan_for_what_is_gone() -> None:
    assert "equal again" not in verified(same=5, lost=4)
    assert "4 records only in the source" in verified(same=5, lost=4)
    assert "equal again" in verified(same=5, lost=4, differ=1)
    assert "only in the source:" not in verified(same=5, differ=1)
