"""How far a plan may be from the one that somebody approved: each bound by itself, on figures made by hand."""

from types import SimpleNamespace
from typing import Any

import pytest

from ticketferry.acceptance.envelope import Approval, approve, lapses

CAUSES = ("losses", "T110"), ("infos", "F210")


def view(
    *,
    tickets: int = 100,
    people: int = 100,
    rejected: int = 2,
    gone: int = 1,
    visible: int = 1,
    impossible: int = 10,
    digest: str = "other",
    causes: tuple[tuple[str, str], ...] = CAUSES,
) -> Any:
    """A plan's overview as far as an approval looks at it; `impossible` without those of rejected records."""
    return SimpleNamespace(
        id="p-02",
        digest=digest,
        outcomes={
            "ticket": {"create": tickets - rejected - gone, "reject": rejected, "gone": gone},
            "person": {"match": people},
        },
        newly_visible=visible,
        dispositions={"unsupported": impossible + 5},
        leaves_of_rejects=5,
        causes=SimpleNamespace(
            ordered=lambda: [(heading, SimpleNamespace(code=code)) for heading, code in causes]
        ),
    )


def header(*, mapping: str = "m", connectors: str = "c", scope: Any = ("open", [], None)) -> dict[str, Any]:
    return {"kind": "apply", "scope": list(scope), "inputs": {"mapping": mapping, "connectors": connectors}}


def given(growth: float = 0.1) -> Approval:
    return approve(view(digest="first"), header(), by="Ada", at="2026-11-30T10:00:00+00:00", growth=growth)


@pytest.mark.parametrize(
    "now",
    [
        view(), view(tickets=110, people=110), view(tickets=90, people=90), view(impossible=11), view(rejected=0, gone=0, visible=0, impossible=0),
        view(causes=(("losses", "T110"), ("infos", "F999"), ("repairs", "R1"), ("skips", "S1"))), view(causes=()),
    ],
)  # fmt: skip
def test_what_is_within_is_covered(now: Any) -> None:
    assert lapses(given(), now, header()) == []


@pytest.mark.parametrize(
    ("now", "about", "why"),
    [
        (view(tickets=111), {}, "111 tickets instead of 100"),
        (view(tickets=89, people=111), {}, "89 tickets instead of 100"),
        (view(people=125), {}, "225 records instead of 200"),
        (view(people=75), {}, "175 records instead of 200"),
        (view(impossible=12), {}, "12 values that the new desk cannot hold instead of 10"),
        (view(rejected=3), {}, "3 records rejected instead of 2"),
        (view(gone=2), {}, "2 records taken away instead of 1"),
        (view(visible=2), {}, "2 tickets that more people see instead of 1"),
        (view(causes=(*CAUSES, ("doubts", "P310"))), {}, "findings of a new kind: P310"),
        (view(causes=(*CAUSES, ("conflicts", "TF-CONFLICT"))), {}, "findings of a new kind: TF-CONFLICT"),
        (view(), {"mapping": "n"}, "the mapping is another one"),
        (view(), {"connectors": "d"}, "a connector"),
        (view(), {"scope": ("pilot", [], None)}, "another phase"),
        (view(), {"scope": ("open", ["acme:ticket:1"], None)}, "other tickets"),
    ],
)  # fmt: skip
def test_what_goes_beyond_takes_the_approval_away_and_says_why(
    now: Any, about: dict[str, Any], why: str
) -> None:
    (reason,) = lapses(given(), now, header(**about))
    assert why in reason


def test_without_growth_the_numbers_are_those_and_the_plan_itself_is_always_covered() -> None:
    assert lapses(given(0.0), view(), header()) == []
    assert len(lapses(given(0.0), view(tickets=101), header())) == 2
    assert lapses(given(0.0), view(digest="first", tickets=500), header(mapping="n")) == []


def test_findings_without_a_code_are_named_by_what_they_are() -> None:
    now = view(causes=(*CAUSES, ("gone", "")))
    assert lapses(given(), now, header()) == ["findings of a new kind: gone"]
