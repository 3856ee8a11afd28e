"""A large desk looked at in parts by processes of their own: the same profile as in one go."""

import pytest
from tests.unit.quality.desk import BASE, small_desk
from tests.unit.quality.test_inspection import FAULTS

from ticketferry.quality import side_by_side
from ticketferry.quality.parts import Highest, absorb
from ticketferry.quality.values import Values


@pytest.mark.outside
def test_parts_put_together_are_the_whole(tmp_path, monkeypatch):
    with small_desk(tmp_path / "source.db") as desk:
        put = desk.ticket
        for place, (code, fault) in enumerate(FAULTS.items(), 1):
            # Each fault gets tickets of its own; one that repeats another ticket is not seen over the border of a part.
            desk.ticket = lambda id_, *rest, place=place, **more: put(
                str(1000 * place + int(id_)), *rest, **more
            )
            if code != "Q303":
                fault(desk)
        desk.ticket = put
        for number in range(100, 130):
            desk.ticket(
                str(number),
                tags=[f"tag {number % 3}", "all"],
                priority=["low", "high"][number % 2],
                fields={"reason": f"v{number}"},
            )
            desk.file(str(number), f"9{number}", name=f"{number}.exe", size=number * 1_000_000)
        desk.finish()
        whole = desk.profile(BASE).as_json()
        monkeypatch.setattr(side_by_side, "APART", 1)
        parts = desk.profile(BASE).as_json()
    for row in (*whole["quality"], *parts["quality"]):
        row["samples"] = sorted(row["samples"])
    assert parts == whole
    assert len(whole["quality"]) > 25


def test_values_of_parts_keep_their_bound():
    mine, theirs = Values(2), Values(2)
    for text in ("a", "a", "b"):
        mine.add(text)
    for text in ("b", "c", "d", "d"):
        theirs.add(text)
    mine.absorb(theirs)
    assert (mine.total, dict(mine.top()), mine.over, mine.others) == (7, {"a": 2, "b": 2}, True, 3)


def test_what_nobody_can_add_is_refused():
    class Odd:
        def __init__(self) -> None:
            self.high = Highest()
            self.what: object = object()

    with pytest.raises(TypeError, match="nothing says how"):
        absorb(Odd(), Odd())
