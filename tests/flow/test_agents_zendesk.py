"""What agents change in a Zendesk account after a run: `verify` tells each field with both values, and a rollback leaves the ticket."""

import httpx
import pytest
from tests.flow.desks import confirm
from tests.flow.zendesk_pair import pair

from ticketferry.project import Project, stages


def _other(rows, id_):
    return next(row["id"] for row in rows.values() if row["id"] != id_)


def _people(state, role):
    return {key: row for key, row in state.lists["users"].items() if row["role"] == role}


EDITS = [
    ("subject", lambda _, state: {"subject": "edited"}),
    ("priority", lambda row, _: {"priority": "urgent" if row["priority"] != "urgent" else "low"}),
    ("type", lambda row, _: {"type": "question" if row["type"] != "question" else "task"}),
    ("status", lambda row, _: {"status": "hold" if row["status"] != "hold" else "pending"}),
    ("assignee", lambda _, state: {"assignee_id": None}),
    ("group", lambda row, state: {"group_id": _other(state.lists["groups"], row["group_id"])}),
    ("requester", lambda row, state: {"requester_id": _other(_people(state, "end-user"), row["requester_id"])}),
    ("tags", lambda row, _: {"tags": [*row["tags"], "by_an_agent"]}),
    ("brand", lambda row, state: {"brand_id": _other(state.lists["brands"], row["brand_id"])}),
    ("form", lambda row, state: {"ticket_form_id": _other(state.lists["ticket_forms"], row["ticket_form_id"])}),
    ("followers", lambda _, state: {"followers": [{"user_id": _other(_people(state, "agent"), 0), "action": "put"}]}),
    ("ccs", lambda row, state: {"email_ccs": [
        {"user_id": _other(_people(state, "end-user"), row["requester_id"]), "action": "put"}]}),
    ("due", lambda _, state: {"type": "task", "due_at": "2027-01-01T12:00:00Z"}),
    ("external_id", lambda _, state: {"external_id": "a number of somebody else"}),
    ("comments[globex", lambda _, state: {"comment": {"body": "an agent says", "public": True}}),
    ("comments[globex", lambda _, state: {"comment": {"body": "an agent notes", "public": False}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def desks():
    with pair(36) as found:
        yield found


def test_every_edit_of_an_agent_is_told_and_stays(desks, tmp_path):
    target = desks.new_target()
    keys = target.credentials
    with (
        Project.load(desks.project(tmp_path / "mig"), clock=desks.clock) as project,
        httpx.Client(
            base_url=f"{target.base_url}/api/v2",
            auth=(f"{keys['ZENDESK_EMAIL']}/token", keys["ZENDESK_TOKEN"]),
        ) as client,
    ):
        stages.extract(project)
        plan = stages.make_plan(project)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        assert stages.verify(project).same
        state = target.state
        ids = [
            (row.root, project.idmap.get(row.root))
            for row in plan.changes("kind = 'ticket' AND outcome = 'create'")
        ]
        live = [
            (ref, id_)
            for ref, id_ in ids
            if state.case(int(id_)).ticket["status"] not in ("solved", "closed")
        ]
        assert len(live) * 2 >= len(EDITS)
        touched = {}
        for number, (key, edit) in enumerate(EDITS):
            ref, id_ = live[number % len(live)]
            answer = client.put(f"/tickets/{id_}", json={"ticket": edit(state.case(int(id_)).ticket, state)})
            assert answer.status_code == 200, (key, answer.text)
            touched.setdefault((ref, id_), []).append(key)
        hidden = client.get(f"/tickets/{live[0][1]}/comments").json()["comments"][0]["id"]
        assert client.put(f"/tickets/{live[0][1]}/comments/{hidden}/make_private").status_code == 200
        desks.clock.advance(3_600)
        lines = {line.target: line for line in stages.verify(project).lines}
        for (_, id_), wanted in touched.items():
            told = lines.pop(id_)
            for key in wanted:
                values = [value for value in told.values if value.key.startswith(key)]
                assert values, (key, told.fields)
                assert all(value.wanted != value.now for value in values)
            if id_ == live[0][1]:
                assert any(value.key.endswith(".public") and value.now == "no" for value in told.values)
        assert not lines
        undo = stages.plan_rollback(project, plan.id)
        kept = {row.root for row in undo.changes("outcome = 'skip' AND kind = 'ticket'")}
        assert {ref for ref, _ in touched} <= kept
        assert stages.apply(project, undo).failed == 0
        assert all(state.case(int(id_)).ticket["status"] != "deleted" for _, id_ in touched)
