"""Who was forgotten in a folder is held back for good, however many were forgotten after them, and by whichever folder has the list."""

from datetime import UTC, datetime

import pytest

from ticketferry.schema.forgotten import MARK, Forgotten, KnownBy
from ticketferry.store.forgotten_list import Forgetting, ForgottenList
from ticketferry.store.workspace import Workspace


def workspace_in(folder):
    folder.mkdir()
    return Workspace(folder / "workspace.db", now=lambda: datetime(2026, 12, 5, tzinfo=UTC))


@pytest.fixture
def kept(tmp_path):
    workspace = workspace_in(tmp_path / "mig")
    kept = ForgottenList(workspace)
    for day, (name, ref) in enumerate(
        [("Qzanna Maria Qzmüller", "acme:person:3"), ("Qzbert Qzito", "acme:person:4")], 1
    ):
        known = Forgotten.of(kept.key(), KnownBy(names=frozenset({name})), [ref])
        kept.keep(Forgetting(f"2026-12-0{day}", "Ito", "asked", "keep", "done", known.longest, known.digests))
    yield kept
    workspace.close()


def test_the_first_is_held_back_after_the_second_was_forgotten_too(kept):
    known = kept.at_work()
    assert [known.person(f"acme:person:{id_}") for id_ in (3, 4, 5)] == [True, True, False]
    assert known.text("Qzanna Maria Qzmuller met Qzbert Qzito") == f"{MARK} met {MARK}"


def test_another_folder_that_takes_the_list_holds_back_all_and_twice_changes_nothing(kept, tmp_path):
    workspace = workspace_in(tmp_path / "other")
    other = ForgottenList(workspace)
    for _ in range(2):
        other.take(kept)
        assert other.entries() == kept.entries()
        assert other.at_work().text("Qzanna Maria Qzmüller") == MARK
    other.add({other.digest("acme:person:9"): "person"})
    assert [other.at_work().person(f"acme:person:{id_}") for id_ in (3, 4, 9)] == [True] * 3
    workspace.close()


def test_who_was_forgotten_in_either_folder_is_held_back_though_each_had_a_key_of_its_own(kept, tmp_path):
    """`forget` in the folder of a fallback, then in the migration's, then `fallback` again."""
    workspace = workspace_in(tmp_path / "other")
    other = ForgottenList(workspace)
    words = KnownBy(
        addresses=frozenset({"carl@qzfirm.example"}), names=frozenset({"Qzarl Qzon"}), phones=frozenset({"49301234567"})
    )  # fmt: skip
    known = Forgotten.of(other.key(), words, ["acme:person:5"])
    other.keep(Forgetting("2026-11-30", "Ito", "asked", "keep", "done", known.longest, known.digests))
    other.take(kept)
    other.add({other.digest("acme:person:9"): "person"})
    other.take(kept)
    held = other.at_work()
    assert [held.person(f"acme:person:{id_}") for id_ in (3, 4, 5, 9, 6)] == [True] * 4 + [False]
    assert held.text("Qzanna Maria Qzmüller met Qzarl Qzon, 030 1234567") == f"{MARK} met {MARK}, {MARK}"
    assert held.address("CARL@qzfirm.example")
    further = held.with_roots(["acme:ticket:1"]).with_people(["acme:person:6"])
    assert further.root("acme:ticket:1")
    assert [further.person(f"acme:person:{id_}") for id_ in (3, 5, 6)] == [True] * 3
    third_workspace = workspace_in(tmp_path / "third")
    third = ForgottenList(third_workspace)
    third.take(other)
    assert [third.at_work().person(f"acme:person:{id_}") for id_ in (3, 5, 9)] == [True] * 3
    for each in (workspace, third_workspace):
        each.close()
