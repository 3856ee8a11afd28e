"""What an apply notes before its first write: whose account is whose, the phase of each ticket, what waits for what."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ticketferry.apply.matches import CHUNK, take_matches
from ticketferry.plan.file.rows import ChangeRow
from ticketferry.sdk.contract import Outcome
from ticketferry.store.idmap import IdMap
from ticketferry.store.workspace import Workspace

ANA, BEN, TICKET = "acme:person:1", "acme:person:2", "acme:ticket:1"


def change(root: str, outcome: Outcome, **more: Any) -> ChangeRow:
    values: dict[str, Any] = {
        "seq": 1, "root": root, "kind": root.split(":")[1], "outcome": outcome, "phase": "", "title": "", "fields": (),
        "wanted": {"name": "w"}, "inputs": "i", "because": "", "target": "", "class_": "", "waits": (), "facts": {},
    }  # fmt: skip
    return ChangeRow(**values | more)


class Plan:
    """The changes of a plan; `written` are the roots of which it has operations."""

    id = "p-01"

    def __init__(self, *changes: ChangeRow, written: Sequence[str] = ()) -> None:
        self._changes = changes
        self._written = written

    def changes(self, where: str) -> Iterator[ChangeRow]:
        named = [word.strip("'()") for word in where.replace(",", " ").split()]
        return (row for row in self._changes if row.outcome.value in named)

    def one(self, sql: str, parameters: Sequence[str]) -> int | None:
        return 1 if parameters[0] in self._written else None


class Finisher:
    """Writes as `RecordFinisher` does what is seen of a root that needs no write."""

    def __init__(self, idmap: IdMap) -> None:
        self._idmap = idmap

    def set_applied(self, connection: Any, row: ChangeRow, seen: dict[str, str]) -> None:
        how = "matched" if row.outcome is Outcome.MATCH else "created"
        self._idmap.set_applied(
            connection, row.root, wanted=row.wanted, seen=seen, inputs=row.inputs, how=how, plan="p-01", run="r-1"
        )  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    found = Workspace(tmp_path / "workspace.db", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    yield found
    found.close()


@pytest.fixture
def idmap(workspace: Workspace) -> IdMap:
    return IdMap(workspace)


@pytest.fixture
def take(workspace: Workspace, idmap: IdMap) -> Callable[[Plan], None]:
    return lambda plan: take_matches(plan, idmap, workspace, Finisher(idmap), "r-1")


def test_a_matched_account_is_known_as_matched_before_anything_is_written(
    idmap: IdMap, take: Callable[[Plan], None]
) -> None:
    take(Plan(change(ANA, Outcome.MATCH, target="900"), change(BEN, Outcome.CREATE)))
    assert (idmap.get(ANA), idmap.how(ANA)) == ("900", "matched")
    assert idmap.get(BEN) is None, "who has to be made has no account yet"
    assert idmap.applied(ANA).how == "matched"
    assert idmap.applied(BEN) is None


def test_a_match_that_the_plan_also_writes_to_is_not_said_to_be_as_wanted(
    idmap: IdMap, take: Callable[[Plan], None]
) -> None:
    take(Plan(change(ANA, Outcome.MATCH, target="900"), written=[ANA]))
    assert idmap.get(ANA) == "900"
    assert idmap.applied(ANA) is None, "only its reading back tells"


def test_what_is_left_out_gets_neither_account_nor_phase(idmap: IdMap, take: Callable[[Plan], None]) -> None:
    take(
        Plan(
            change(ANA, Outcome.REJECT, target="900"),
            change(TICKET, Outcome.SKIP, phase="pilot"),
            change("acme:ticket:2", Outcome.CONFLICT, phase="pilot"),
        )
    )
    assert idmap.get(ANA) is None
    assert [idmap.phase(ref) for ref in (TICKET, "acme:ticket:2")] == [None, None]


def test_a_ticket_keeps_its_first_phase(idmap: IdMap, take: Callable[[Plan], None]) -> None:
    take(Plan(change(TICKET, Outcome.CREATE, phase="pilot")))
    take(Plan(change(TICKET, Outcome.UPDATE, phase="rest")))
    assert idmap.phase(TICKET) == "pilot"


def test_references_that_wait_are_found_by_what_they_wait_for(
    idmap: IdMap, take: Callable[[Plan], None]
) -> None:
    take(Plan(change(TICKET, Outcome.CREATE, waits=("acme:ticket:8", "acme:ticket:9"))))
    assert idmap.waiting_for("acme:ticket:9") == [TICKET]
    assert idmap.waiting_for(TICKET) == []


def test_a_record_that_a_killed_run_wrote_whole_counts_as_applied_and_one_that_is_known_stays_as_it_was_seen(
    workspace: Workspace, idmap: IdMap, take: Callable[[Plan], None]
) -> None:
    workspace.commit(
        lambda connection: idmap.set_applied(
            connection, BEN, wanted={"name": "w"}, seen={"name": "theirs"}, inputs="", how="created", plan="p-00", run="r-0"
        )
    )  # fmt: skip
    take(Plan(change(ANA, Outcome.UNCHANGED, target="900"), change(BEN, Outcome.UNCHANGED, target="901")))
    assert dict(idmap.applied(ANA).seen) == {"name": "w"}
    assert (dict(idmap.applied(BEN).seen), idmap.applied(BEN).plan) == ({"name": "theirs"}, "p-00")


def test_taken_twice_is_as_taken_once_and_more_than_a_chunk_is_taken_whole(
    idmap: IdMap, take: Callable[[Plan], None]
) -> None:
    plan = Plan(
        *(change(f"acme:person:{number}", Outcome.MATCH, target=f"9{number}") for number in range(CHUNK + 5))
    )
    take(plan)
    once = list(idmap.all("person"))
    take(plan)
    assert list(idmap.all("person")) == once
    assert len(once) == CHUNK + 5
