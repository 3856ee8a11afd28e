"""Counts of a snapshot: added up in portions, and compared with those of another one."""

from ticketferry.store.use_counts import SnapshotCounts


def counts(path, figures=(), uses=None):
    made = SnapshotCounts.new(path)
    made.add_figures(figures)
    made.add_uses(uses or {})
    made.commit()
    made.close()
    return SnapshotCounts.finished(path)


def test_portions_add_up_and_what_is_not_there_is_none(tmp_path):
    made = SnapshotCounts.new(tmp_path / "a.db")
    for _ in range(2):
        made.add_figures([("acme:person:1", 2, 0), ("acme:organization:1", 1, 3)])
        made.add_uses({"vip": 2, "x' OR 1=1 --": 1})
    made.commit()
    assert made.figures("acme:person:1") == {"tickets": 4, "users": 0}
    assert made.figures("acme:organization:1") == {"tickets": 2, "users": 6}
    assert made.figures("acme:person:2") == {"tickets": 0, "users": 0}
    assert (made.uses("vip"), made.uses("VIP"), made.uses(""), made.uses("x' OR 1=1 --")) == (4, 0, 0, 2)


def test_only_those_differ_of_whom_something_else_is_said(tmp_path):
    before = counts(
        tmp_path / "a", [("p:1", 1, 0), ("p:2", 2, 0), ("p:3", 3, 0)], {"vip": 9, "near": 4, "rare": 1, "gone": 5}
    )  # fmt: skip
    after = counts(
        tmp_path / "b", [("p:1", 1, 0), ("p:2", 3, 0), ("p:4", 1, 1)], {"vip": 10, "near": 5, "rare": 2, "new": 5}
    )  # fmt: skip
    for one, other in ((before, after), (after, before)):
        assert one.differing(other.path, 5) == ({"p:2", "p:3", "p:4"}, {"near", "gone", "new"})


def test_the_path_of_a_file_may_hold_anything(tmp_path):
    folder = tmp_path / "a b?c#d%20"
    folder.mkdir()
    made = counts(folder / "x.db", [("p:1", 1, 0)])
    assert made.path == folder / "x.db"
    assert made.differing(counts(folder / "y?.db").path, 2) == ({"p:1"}, set())


def test_a_member_who_comes_twice_counts_once(tmp_path):
    made = counts(tmp_path / "a", [("o:1", 4, 0)])
    made.close()
    made = SnapshotCounts.new(tmp_path / "a")
    made.add_members(iter([("o:1", "p:1"), ("o:1", "p:1"), ("o:1", "p:2"), ("o:2", "p:1")]))
    assert made.figures("o:1") == {"tickets": 4, "users": 2}
    assert made.figures("o:2") == {"tickets": 0, "users": 1}
