"""Taking back: what people edited, what another plan wrote and what is still in use stays, with the reason; the rest goes."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.flow.migrations import DESK, SourceDesk, by_origin, migrate, write_desk, write_project

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry.rollback.dependents import Elsewhere, MadeByPlan, users_elsewhere

ONE, TWO = f"{DESK}:ticket:1", f"{DESK}:ticket:2"


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    write_desk(tmp_path / "src", 4)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")


@pytest.fixture
def root(planned: Path) -> Path:
    migrate(planned)
    return planned


def lines(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(raw) for raw in (folder / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()]


def write(folder: Path, kind: str, origin: str, *, gone: bool = False, **changes: Any) -> None:
    """Somebody changes or deletes a record of the new desk."""
    found = next(
        row for row in reversed(lines(folder, kind)) if row.get("record", {}).get("origin") == origin
    )
    line = {**found, "gone": True} if gone else {**found, "record": {**found["record"], **changes}}
    with (folder / f"{kind}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def reasons(undo: Any) -> dict[str, str]:
    """What a rollback plan leaves alone, and why."""
    return {row.root: row.because for row in undo.changes("outcome = 'skip'")}


def test_everything_that_the_plan_made_and_nobody_touched_goes(root: Path, tmp_path: Path) -> None:
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        assert undo.header["undoes"] == "p-01"
        assert reasons(undo) == {}
        assert {name for kind in undo.outcomes().values() for name in kind} == {"gone"}
        assert stages.apply(project, undo).failed == 0
        assert project.idmap.get(ONE) is None
        assert project.idmap.phase(ONE) is None, "it may be planned for any phase again"
    assert by_origin(tmp_path / "target") == {}


def test_an_edited_ticket_stays_and_so_does_all_that_it_names(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "target", "ticket", TWO, subject="an agent wrote this")
    kept = by_origin(tmp_path / "target")[TWO]
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        why = reasons(undo)
        assert why.pop(TWO) == "edited since in the target: subject"
        assert {kept["requester"], kept["assignee"], kept["group"]} <= why.keys()
        assert f"{DESK}:organization:1" in why, "its requester's, which names it in turn"
        assert all(reason.startswith("still in use by ") for reason in why.values())
        assert why[kept["group"]] == f"still in use by {TWO}, which is kept"
        assert stages.apply(project, undo).failed == 0
    left = by_origin(tmp_path / "target")
    assert {**left[TWO], "links": []} == {**kept, "links": []}, "its link goes with the ticket that it names"
    assert left.keys() >= why.keys()
    assert [ref for ref in left if ref.startswith(f"{DESK}:ticket:")] == [TWO]
    assert f"{DESK}:organization:2" not in left, "nobody names it"


def test_a_comment_of_an_agent_keeps_the_ticket(root: Path, tmp_path: Path) -> None:
    comment = next(row for row in lines(tmp_path / "target", "comment") if row["record"].get("origin"))
    record = {key: item for key, item in comment["record"].items() if key not in ("origin", "provenance")}
    line = {**comment, "id": "9001", "record": {**record, "ref": "dest:comment:9001"}}
    with (tmp_path / "target" / "comment.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    with Project.load(root) as project:
        (ticket,) = [ref for ref in reasons(stages.plan_rollback(project, "p-01")) if ":ticket:" in ref]
        assert project.idmap.get(ticket) == record["ticket"].rsplit(":", 1)[1]


def test_what_is_gone_already_is_told_and_not_deleted(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "target", "ticket", TWO, gone=True)
    with Project.load(root) as project:
        undo = stages.plan_rollback(project, "p-01")
        assert reasons(undo)[TWO] == "it is not in the target any more"
        assert list(undo.operations("root = ?", (TWO,))) == []


def test_what_a_later_plan_wrote_is_the_later_plans_to_take_back(root: Path, tmp_path: Path) -> None:
    SourceDesk(tmp_path / "src").ticket(1, 4, subject="new words")
    before = by_origin(tmp_path / "target")
    with Project.load(root) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project))
        why = reasons(stages.plan_rollback(project, "p-01"))
        assert why[ONE] == "written by p-02 since"
        late = stages.plan_rollback(project, "p-02")
        assert [(row.root, row.outcome.value) for row in late.changes()] == [(ONE, "update")]
        assert stages.apply(project, late).failed == 0
        after = by_origin(tmp_path / "target")
        assert after[ONE]["subject"] == before[ONE]["subject"]
        assert after.keys() == before.keys(), "what was there before a plan is there after its rollback"
        assert reasons(stages.plan_rollback(project, "p-01")) == {}, "then the first can be taken back whole"


def test_whom_a_ticket_of_another_plan_names_stays(planned: Path) -> None:
    with Project.load(planned) as project:
        stages.extract(project)
        stages.apply(project, stages.make_plan(project, Scope(only=("ticket:4",))))
        stages.apply(project, stages.make_plan(project, Scope(only=("ticket:3",))))
        why = reasons(stages.plan_rollback(project, "p-01"))
        assert why[f"{DESK}:group:1"] == f"still in use by {DESK}:ticket:3, which p-02 wrote"


# ---- who else names what a plan made


def planning(**records: Any) -> Any:
    """What other plans wrote: ref with `_` for `:` -> (plan, record as the target shows it)."""
    by_ref = {name.replace("_", ":"): row for name, row in records.items()}
    idmap = SimpleNamespace(
        applied_refs=lambda: sorted(by_ref),
        applied=lambda ref: SimpleNamespace(plan=by_ref[ref][0]),
        get=lambda ref: ref.rsplit(":", 1)[1],
    )

    def current(kind: Any, id_: str) -> Any:
        return next(row[1] for ref, row in by_ref.items() if ref.endswith(f":{kind.value}:{id_}"))

    catalog = {"fields": [{"key": "customfield_7", "name": "Reason"}]}
    return SimpleNamespace(idmap=idmap, current=current, read_catalog=catalog)


def elsewhere(made: MadeByPlan, there: Any) -> Any:
    return users_elsewhere(Elsewhere("p-01", made, there), there.idmap.applied_refs())


PERSON = "acme:person:7"


@pytest.mark.parametrize(
    "record",
    [
        {"requester": PERSON},
        {"participants": [{"person": PERSON}]},
        {"comments": [{"author": PERSON, "body": {"html": "x"}}]},
    ],
)
def test_a_record_is_used_wherever_another_names_it(record: dict[str, Any]) -> None:
    there = planning(acme_ticket_1=("p-02", record))
    found = elsewhere(MadeByPlan({PERSON}, [], there), there)
    assert found == {PERSON: ("acme:ticket:1", "p-02")}


@pytest.mark.parametrize(
    ("plan", "record"),
    [
        ("p-01", {"requester": PERSON}),
        ("p-02", {"comments": [{"body": {"html": PERSON}}]}),
        ("p-02", {"origin": PERSON, "events": [{"actor": PERSON}], "provenance": {"was": PERSON}}),
        ("p-02", {"subject": f"about {PERSON}"}),
        ("p-02", None),
    ],
)
def test_its_own_plan_a_text_and_the_history_need_nobody(plan: str, record: Any) -> None:
    there = planning(acme_ticket_1=(plan, record))
    assert elsewhere(MadeByPlan({PERSON}, [], there), there) == {}


def test_a_status_or_an_option_that_was_set_up_is_used_by_its_name() -> None:
    definitions = [
        ("acme:definition:s", {"what": "status", "name": "Parked"}),
        ("acme:definition:f", {"what": "field", "name": "reason"}),
        ("acme:definition:o", {"what": "option", "field": "Reason", "value": "Refund"}),
        ("acme:definition:n", {"what": "option", "field": "Reason", "value": "Never"}),
    ]
    record = {"status": "Parked", "fields": {"Reason": ["Refund", "Other"]}}
    made = {ref for ref, _ in definitions}
    there = planning(acme_ticket_1=("p-02", record))
    found = elsewhere(MadeByPlan(made, definitions, there), there)
    assert set(found) == {"acme:definition:s", "acme:definition:f", "acme:definition:o"}
