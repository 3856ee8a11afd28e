"""Counts against criteria and waivers."""

from collections import Counter
from datetime import date
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ticketferry.acceptance.criteria import Acceptance, read_acceptance
from ticketferry.acceptance.judge import (
    AcceptanceState,
    CountOf,
    JudgedCriterion,
    accepted,
    covers,
    judge,
    of_verify,
)

TODAY = date(2026, 11, 30)
MET, WAIVED, UNMET, OPEN = (
    AcceptanceState.MET,
    AcceptanceState.WAIVED,
    AcceptanceState.UNMET,
    AcceptanceState.OPEN,
)


def read(criteria: str, *waivers: str) -> Acceptance:
    lines = "".join(f"  - {{because: agreed, by: Ada, {waiver}}}\n" for waiver in waivers)
    return read_acceptance(f"criteria: {criteria}\n" + (f"waivers:\n{lines}" if waivers else ""))


def one(acceptance: Acceptance, **counts: CountOf) -> JudgedCriterion:
    (judged,) = judge(acceptance, counts, TODAY)
    return judged


def test_a_bound_holds_up_to_itself() -> None:
    assert one(read("{rejected: 3}"), rejected=CountOf(3, 100)).state is MET
    assert one(read("{rejected: 3}"), rejected=CountOf(4, 100)).state is UNMET
    assert one(read("{impossible: 1%}"), impossible=CountOf(10, 1000)).state is MET
    assert one(read("{impossible: 1%}"), impossible=CountOf(11, 1000)).state is UNMET
    assert one(read("{impossible: 1%}"), impossible=CountOf(1, 0)).state is UNMET


def test_a_code_that_nobody_found_is_met_and_what_only_a_read_back_tells_is_open() -> None:
    assert one(read("{findings: {F102: 0}}")).state is MET
    assert [item.state for item in judge(read("{differing: 0, witness: 0}"), {}, TODAY)] == [OPEN, OPEN]
    assert accepted(judge(read("{differing: 0, rejected: 0}"), {}, TODAY))


def test_a_waiver_counts_up_to_its_bound_and_its_last_day() -> None:
    waiver = "criterion: rejected, most: 5"
    assert one(read("{rejected: 0}", f"{waiver}, until: 2026-11-30"), rejected=CountOf(5, 9)).state is WAIVED
    over = one(read("{rejected: 0}", f"{waiver}, until: 2026-11-29"), rejected=CountOf(5, 9))
    assert (over.state, over.expired) == (UNMET, True)
    more = one(read("{rejected: 0}", f"{waiver}, until: 2026-12-31"), rejected=CountOf(6, 9))
    assert (more.state, more.waiver, more.expired) == (UNMET, None, False)
    other = read("{rejected: 0, gone: 0}", "criterion: gone, most: 5, until: 2026-12-31")
    assert [item.state for item in judge(other, {"rejected": CountOf(1, 9)}, TODAY)] == [UNMET, MET]


def test_of_two_waivers_the_one_that_still_counts_is_told() -> None:
    both = read(
        "{rejected: 0}",
        "criterion: rejected, most: 5, until: 2026-11-01",
        "criterion: rejected, most: 9, until: 2026-12-01",
    )
    judged = one(both, rejected=CountOf(5, 9))
    assert judged.state is WAIVED
    assert judged.waiver is not None
    assert judged.waiver.most.number == 9


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_more_is_never_better(found: int, most: int, waived: int) -> None:
    acceptance = read(f"{{rejected: {most}}}", f"criterion: rejected, most: {waived}, until: 2026-12-31")
    states = [one(acceptance, rejected=CountOf(number, 100)).state for number in (found, found + 1)]
    order = [MET, WAIVED, UNMET]
    assert order.index(states[0]) <= order.index(states[1])
    assert (states[0] is UNMET) == (found > max(most, waived))


def read_back(differing: int, errors: int | None) -> Any:
    seen = None if errors is None else SimpleNamespace(why_not="", errors=[1] * errors, tickets=9)
    return SimpleNamespace(counts=Counter({"=": 10, "*": differing}), witnessed=seen)


def test_a_read_back_is_covered_only_where_each_kind_of_difference_has_a_criterion() -> None:
    differing = judge(read("{differing: 5}"), {"differing": CountOf(1, 11)}, TODAY)
    both = judge(
        read("{differing: 5, witness: 5}"), {"differing": CountOf(1, 11), "witness": CountOf(1, 9)}, TODAY
    )
    assert covers(read_back(1, 0), differing)
    assert covers(read_back(1, None), differing)
    assert not covers(read_back(1, 1), differing), "nobody said how much the witness may see"
    assert covers(read_back(1, 1), both)
    assert not covers(read_back(1, 0), [])


def test_a_witness_that_did_not_look_is_not_counted() -> None:
    assert of_verify(read_back(2, 3)) == {"differing": CountOf(2, 12), "witness": CountOf(3, 9)}
    silent = read_back(0, 0)
    silent.witnessed.why_not = "no access"
    assert of_verify(silent) == {"differing": CountOf(0, 10)}
