from typing import Any

from ticketferry.mapping.drafting.agents import propose_agents


def agent(id_: str, name: str, email: str, **more: Any) -> dict[str, Any]:
    return {
        "ref": f"d:person:{id_}",
        "name": name,
        "email": email,
        "role": "agent",
        "state": "active",
        **more,
    }


def test_agents_are_found_by_address_and_proposed_by_name_and_the_others_are_named() -> None:
    here = [
        agent("1", "Ann Ito", "ann@old.example"), agent("2", "Berg, Jo", "jo@old.example"), agent("3", "Nobody Else", "no@old.example"),
        agent("4", "Gone Now", "gone@old.example", state="suspended"), agent("5", "Sam Lee", "sam@old.example"),
        {**agent("6", "Cy Us", "cy@old.example"), "role": "end_user"},
    ]  # fmt: skip
    there = [
        agent("a", "A. Ito", "ANN@old.example"), agent("b", "Jo Berg", "jo.berg@new.example"),
        agent("c", "Sam Lee", "sam1@new.example"), agent("d", "Sam Lee", "sam2@new.example"),
    ]  # fmt: skip
    found = propose_agents(here, there)
    assert found.matched == 1
    assert found.likely == (("jo@old.example", "jo.berg@new.example", 90, "equal name, another address"),)
    assert found.unknown == ("no@old.example", "sam@old.example")
    assert all(line.startswith("  #") for line in found.lines())
    assert any("jo@old.example,jo.berg@new.example" in line for line in found.lines())


def test_names_of_strangers_cannot_leave_their_comment() -> None:
    hostile = propose_agents([agent("1", "x", "a@b.example\nstatus: {}")], [agent("2", "y", "c@d.example")])
    assert not any("\n" in line for line in hostile.lines())
