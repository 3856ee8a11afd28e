"""The way through a workflow: short, the same every time, and never by reopening where there is another."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk import WorkflowDef
from ticketferry_jsm.paths import LONGEST, find_path


def workflow(*rows: tuple[str, str, str], **more: list[str]) -> WorkflowDef:
    """A workflow of (id, source or "*", target)."""
    transitions = [
        {
            "id": id_,
            "name": f"to {to}",
            "to": to,
            **({"sources": [source]} if source != "*" else {}),
            **({"fields": more[f"t{id_}"], "required": more[f"t{id_}"]} if f"t{id_}" in more else {}),
        }
        for id_, source, to in rows
    ]
    return {"id": "1", "name": "w", "initial": "A", "statuses": [], "transitions": transitions}


def ids(found: object) -> list[str]:
    assert isinstance(found, list)
    return [hop.id for hop in found]


def test_no_step_leads_to_where_it_stands() -> None:
    assert find_path(workflow(), "A", "A") == []


def test_the_shortest_way_is_taken_and_each_hop_names_its_source() -> None:
    flow = workflow(("1", "A", "B"), ("2", "B", "C"), ("3", "C", "D"), ("9", "B", "D"))
    found = find_path(flow, "A", "D")
    assert ids(found) == ["1", "9"]
    assert [hop.source for hop in found or []] == ["A", "B"]


def test_equal_ways_are_decided_by_number_not_by_order() -> None:
    rows = [("20", "A", "B"), ("3", "A", "C"), ("4", "B", "D"), ("5", "C", "D")]
    assert (
        ids(find_path(workflow(*rows), "A", "D"))
        == ids(find_path(workflow(*reversed(rows)), "A", "D"))
        == ["3", "5"]
    )


def test_a_global_transition_is_open_from_everywhere_and_says_so() -> None:
    found = find_path(workflow(("7", "*", "Z")), "A", "Z")
    assert ids(found) == ["7"]
    assert not (found or [])[0].directed


def test_a_screen_that_asks_for_more_is_gone_around() -> None:
    flow = workflow(("1", "A", "D"), ("2", "A", "B"), ("3", "B", "D"), t1=["customfield_1"])
    assert ids(find_path(flow, "A", "D")) == ["2", "3"]
    assert ids(find_path(flow, "A", "D", given={"customfield_1"})) == ["1"]


def test_nothing_is_reopened_where_a_longer_way_is_there() -> None:
    flow = workflow(("1", "A", "Done"), ("2", "Done", "C"), ("3", "A", "B"), ("4", "B", "E"), ("5", "E", "C"))
    assert ids(find_path(flow, "A", "C", done={"Done"})) == ["3", "4", "5"]


def test_no_way_and_too_long_a_way_are_none() -> None:
    assert find_path(workflow(("1", "A", "B")), "B", "A") is None
    chain = workflow(*((str(number), f"s{number}", f"s{number + 1}") for number in range(LONGEST + 1)))
    assert find_path(chain, "s0", f"s{LONGEST + 1}") is None
    assert len(find_path(chain, "s0", f"s{LONGEST}") or []) == LONGEST


@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE")), max_size=15))
def test_every_way_holds_together(edges: list[tuple[str, str]]) -> None:
    flow = workflow(*((str(number), a, b) for number, (a, b) in enumerate(edges)))
    found = find_path(flow, "A", "E")
    if found:
        assert found[0].source == "A"
        assert found[-1].to == "E"
        assert all(one.to == other.source for one, other in pairwise(found))
