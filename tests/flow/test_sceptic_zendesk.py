"""What a sceptic tries on Zendesk to Zendesk: second thoughts in the source, work of others in between, and taking back."""

import pytest
from tests.flow.desks import confirm
from tests.flow.promises import Killed, Killer
from tests.flow.zendesk_pair import Pair, pair

from ticketferry.plan.inputs import Scope
from ticketferry.project import Project, stages
from ticketferry_emulators.zendesk import bare_desk
from ticketferry_emulators.zendesk.models.updates import update_ticket


def _customers(desks: Pair) -> list[dict]:
    users = desks.source.state.lists["users"].values()
    return [
        row
        for row in users
        if row["role"] == "end-user" and row["active"] and row["email"] and not row["suspended"]
    ]


def _migrated(desks: Pair, root, delta: str = "append"):
    """Bring everything that is there, with the triggers of the target switched off for what comes later."""
    for row in desks.target.state.lists["triggers"].values():
        row["active"] = False
    desks.clock.advance(3_600)
    options = f", bulk_users: true, delta: {delta}"
    project = Project.load(desks.project(root, target_options=options), clock=desks.clock)
    stages.extract(project)
    plan = stages.make_plan(project)
    assert stages.apply(project, plan).failed == 0
    desks.clock.advance(3_600)
    return project, plan


def _late(desks: Pair, project):
    desks.clock.advance(180)
    stages.extract(project, ("source",))
    return stages.make_plan(project)


def _send(project, plan) -> None:
    confirm(project, plan)
    assert stages.apply(project, plan).failed == 0


def _written(plan) -> dict[str, str]:
    return {item.root: item.outcome.value for item in plan.changes("outcome IN ('create', 'update')")}


def _case(desks: Pair, number: int):
    """The ticket of the target that stands for one of the source."""
    state = desks.target.state
    cases = [state.case(own) for own, head in state.heads.items() if head.status != "deleted"]
    (found,) = [case for case in cases if case.ticket["external_id"] == f"tf-acme-{number}"]
    return found


@pytest.mark.parametrize("delta", ["append", "reimport"])
def test_a_customer_of_another_name_moves_no_ticket(tmp_path, delta):
    """Names stand in the history of each ticket: thousands would be written anew, closed ones be told as lost."""
    with pair(6) as desks:
        life, asker = desks.source.state, _customers(desks)[0]["id"]
        for status in ("open", "closed"):
            number = life.create_ticket("asked", "<p>help</p>", requester=asker)
            life.touch_ticket(number, priority="high", author=asker)
            life.touch_ticket(number, status=status)
        project, _ = _migrated(desks, tmp_path / "mig", delta)
        with project:
            life.touch_record("users", asker, name="Renamed Person")
            late = _late(desks, project)
            assert _written(late) == {f"acme:person:{asker}": "update"}
            assert not list(late.rows("SELECT 1 FROM finding WHERE code IN ('ZD-CLOSED', 'ZD-REIMPORT')"))
            _send(project, late)
            assert stages.verify(project).same
        desks.healthy()


@pytest.mark.parametrize("delta", ["append", "reimport"])
def test_incidents_keep_their_problem_when_it_changes(tmp_path, delta):
    """To import a problem anew gives it another number: its incidents would name a deleted ticket."""
    with pair(6) as desks:
        life, asker = desks.source.state, _customers(desks)[0]["id"]
        problem, incident, alone = (
            life.create_ticket(name, "<p>help</p>", requester=asker)
            for name in ("problem", "incident", "alone")
        )
        life.touch_ticket(problem, type="problem")
        life.touch_ticket(alone, type="problem")
        life.touch_ticket(incident, type="incident", problem_id=problem)
        project, _ = _migrated(desks, tmp_path / "mig", delta)
        with project:
            for number in (problem, alone):
                life.add_comment(number, "<p>solved soon</p>")
            late = _late(desks, project)
            _send(project, late)
            assert _case(desks, incident).ticket["problem_id"] == _case(desks, problem).ticket["id"]
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
            if delta == "reimport":
                held = [ref for (ref,) in late.rows("SELECT subject FROM finding WHERE code = 'ZD-HELD'")]
                assert held == [f"acme:ticket:{problem}"]
                assert late.endpoint_counts()["ticket.import"] == 1, (
                    "a problem without incidents is imported anew"
                )
        desks.healthy()


def test_a_ticket_that_is_closed_later_stays_nobodys_and_a_rollback_leaves_it(tmp_path):
    with pair(6) as desks:
        life, asker = desks.source.state, _customers(desks)[0]["id"]
        number = life.create_ticket("soon over", "<p>help</p>", requester=asker)
        project, _ = _migrated(desks, tmp_path / "mig")
        with project:
            assert desks.target.state.settings["tickets"]["assign_tickets_upon_solve"]
            life.touch_ticket(number, status="closed")
            late = _late(desks, project)
            _send(project, late)
            ticket = _case(desks, number).ticket
            assert (ticket["status"], ticket["assignee_id"], ticket["group_id"]) == ("closed", None, None)
            assert stages.verify(project).same
            undo = stages.plan_rollback(project, late.id)
            assert undo.endpoint_counts() == {}
            assert [code for (code,) in undo.rows("SELECT code FROM finding")] == ["ZD-RESIDUE"]
            _send(project, undo)
        desks.healthy()


def _values(desks: Pair) -> dict[str, tuple]:
    """What is lost by a rollback that takes too much: people, places and field values of each ticket."""
    state, found = desks.target.state, {}
    for number, head in state.heads.items():
        if head.status == "deleted":
            continue
        ticket = state.case(number).ticket
        keys = ("status", "custom_status_id", "requester_id", "organization_id", "group_id", "tags")
        fields = [(row["id"], row["value"]) for row in ticket["custom_fields"] if row["value"]]
        found[ticket["external_id"]] = (*(ticket[key] for key in keys), fields)
    return found


def test_taking_a_first_plan_back_leaves_what_a_later_one_uses(tmp_path):
    """Deleting an option of a field erases it on all tickets, closed ones too; deleting an organization empties theirs."""
    with pair(30) as desks:
        desks.new_target(data=bare_desk())
        folder = desks.project(tmp_path / "mig")
        with (folder / "mapping.yaml").open("a") as file:
            file.write("\ncatalog: {create: [fields, options, statuses, groups]}\n")
        with Project.load(folder, clock=desks.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project, Scope(limit=15))
            _send(project, plan)
            late = stages.make_plan(project)
            _send(project, late)
            before = _values(desks)
            undo = stages.plan_rollback(project, plan.id)
            kept = list(undo.changes("outcome = 'skip'"))
            assert {item.kind for item in kept} == {"person", "organization", "group", "definition"}
            assert all("still in use by" in item.because for item in kept)
            _send(project, undo)
            after = _values(desks)
            assert after == {name: before[name] for name in after}
            assert len(after) == late.outcomes()["ticket"]["create"]
            assert stages.verify(project).same
            _send(project, stages.make_plan(project))
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
        desks.healthy()


def test_who_wrote_a_comment_that_stays_is_not_deleted(tmp_path):
    """A rollback cannot take a comment away; its author, whom the same plan made, stays with it."""
    with pair(6) as desks:
        life, asker = desks.source.state, _customers(desks)[0]["id"]
        number = life.create_ticket("shared", "<p>help</p>", requester=asker)
        project, _ = _migrated(desks, tmp_path / "mig")
        with project:
            other = life.create_user("Second Voice", "second@voice.example")
            life.add_comment(number, "<p>me too</p>", author=other)
            late = _late(desks, project)
            _send(project, late)
            undo = stages.plan_rollback(project, late.id)
            assert "user.delete" not in undo.endpoint_counts()
            _send(project, undo)
            comments = [event for audit in _case(desks, number).audits for event in audit["events"]]
            (said,) = [event for event in comments if "me too" in event.get("plain_body", "")]
            author = desks.target.state.lists["users"][said["author_id"]]
            assert (author["email"], author["active"]) == ("second@voice.example", True)
        desks.healthy()


def test_what_agents_did_in_between_survives_a_delta(tmp_path):
    """A setting of the mapping, a tag beside a field, and a group beside an assignee each took people's work away, and verify was content."""
    with pair(6) as desks:
        life, there, asker = desks.source.state, desks.target.state, _customers(desks)[0]["id"]
        field = next(row for row in life.lists["ticket_fields"].values() if row["title"] == "Refund reason")
        own = next(row for row in there.lists["ticket_fields"].values() if row["title"] == "Refund reason")
        first, second = (option["value"] for option in field["custom_field_options"][:2])
        groups = sorted({row["group_id"] for row in life.lists["group_memberships"].values()})
        solved, chosen, taken = (
            life.create_ticket(name, "<p>help</p>", requester=asker) for name in ("solved", "chosen", "taken")
        )
        life.touch_ticket(chosen, **{f"field_{field['id']}": first})
        life.touch_ticket(taken, group_id=groups[0])
        project, _ = _migrated(desks, tmp_path / "mig")
        with project:
            number = {name: _case(desks, name).ticket["id"] for name in (solved, chosen, taken)}
            group = _case(desks, taken).ticket["group_id"]
            agent = next(
                row["user_id"]
                for row in there.lists["group_memberships"].values()
                if row["group_id"] == group
            )
            there.touch_ticket(number[solved], status="solved")
            there.touch_ticket(number[chosen], **{f"field_{own['id']}": second})
            there.touch_ticket(number[taken], assignee_id=agent)
            life.touch_ticket(solved, status="pending", subject="still open there")
            life.touch_ticket(chosen, tags=[first, "new_tag"])
            life.touch_ticket(taken, group_id=groups[1])
            late = _late(desks, project)
            _send(project, late)
            ticket = _case(desks, solved).ticket
            assert (ticket["status"], ticket["subject"]) == ("solved", "still open there")
            ticket = _case(desks, chosen).ticket
            assert {row["id"]: row["value"] for row in ticket["custom_fields"]}[own["id"]] == second
            assert set(ticket["tags"]) == {second, "new_tag", f"zd-{chosen}"}
            ticket = _case(desks, taken).ticket
            assert (ticket["group_id"], ticket["assignee_id"]) == (group, agent)
            told = {(code, ref) for code, ref in late.rows("SELECT code, subject FROM finding")}
            assert ("ZD-FIXED", f"acme:ticket:{taken}") in told
            assert stages.make_plan(project).endpoint_counts() == {}
        desks.healthy()


def test_agents_work_stays_theirs_over_several_deltas_and_rollbacks(tmp_path):
    """Read back after a delta, a ticket that an agent had solved looked like ours: the next delta opened it, and a rollback deleted it."""
    with pair(6) as desks:
        life, there, asker = desks.source.state, desks.target.state, _customers(desks)[0]["id"]
        number = life.create_ticket("worked on", "<p>help</p>", requester=asker)
        project, plan = _migrated(desks, tmp_path / "mig")
        with project:
            own = _case(desks, number).ticket["id"]
            there.touch_ticket(own, status="solved")
            there.add_comment(own, "<p>words of an agent</p>", public=False)
            life.touch_ticket(number, priority="high")
            second = _late(desks, project)
            _send(project, second)
            life.touch_ticket(number, status="pending", type="question")
            third = _late(desks, project)
            _send(project, third)
            ticket = _case(desks, number).ticket
            assert (ticket["status"], ticket["type"]) == ("solved", "question")
            for done in (third, second):
                undo = stages.plan_rollback(project, done.id)
                assert undo.endpoint_counts() == {"ticket.update": 1}, (
                    "what it wrote is taken back beside their work"
                )
                _send(project, undo)
            ticket = _case(desks, number).ticket
            assert (ticket["status"], ticket["type"]) == ("solved", None)
            assert ticket["priority"] == "high", "Zendesk takes no priority away"
            undo = stages.plan_rollback(project, plan.id)
            (kept,) = undo.changes("outcome = 'skip' AND kind = 'ticket'")
            assert kept.root == f"acme:ticket:{number}"
            assert "edited since" in kept.because
            _send(project, undo)
            assert _case(desks, number).ticket["requester_id"] in there.lists["users"]
        desks.healthy()


@pytest.mark.parametrize("endpoint", ["ticket.update", "comment.redact"])
def test_a_delta_killed_before_an_answer_goes_on(tmp_path, endpoint):
    """The update that closed a ticket was sent again and refused for ever; a redacted comment looked like the work of an agent."""
    with pair(6) as desks:
        life, asker = desks.source.state, _customers(desks)[0]["id"]
        closing, redacted = (
            life.create_ticket(name, "<p>my card is 4111</p>", requester=asker)
            for name in ("to close", "to redact")
        )
        first = life.case(redacted).audits[0]["events"]
        (comment,) = [event["id"] for event in first if event["type"] == "Comment"]
        project, _ = _migrated(desks, tmp_path / "mig")
        with project:
            life.touch_ticket(closing, status="closed")
            life.redact(redacted, comment, "4111")
            late = _late(desks, project)
            confirm(project, late)
        own = {number: _case(desks, number).ticket["id"] for number in (closing, redacted)}
        path = (
            f"/tickets/{own[closing]}"
            if endpoint == "ticket.update"
            else f"/tickets/{own[redacted]}/comments/"
        )

        class AfterRequest(Killer):
            def __call__(self, name: str) -> None:
                sent = any(path in entry.path for entry in desks.target.ledger.writes())
                if self.at is None and name == "before result" and sent:
                    self.at = 0
                super().__call__(name)

        with Project.load(tmp_path / "mig", clock=desks.clock) as project, pytest.raises(Killed):
            stages.apply(project, project.plan(late.id), workers=1, on_point=AfterRequest())
        with Project.load(tmp_path / "mig", clock=desks.clock) as project:
            assert stages.apply(project, project.plan(late.id)).failed == 0
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
        for number in (closing, redacted):
            events = [event for audit in _case(desks, number).audits for event in audit["events"]]
            told = [event for event in events if "Updated by ticketferry" in event.get("plain_body", "")]
            assert len(told) == 1, "an update that was done is not sent again"
        desks.healthy()


def test_what_was_redacted_after_a_ticket_was_closed_is_redacted_in_its_copy_too(tmp_path):
    """The plan was blocked, and the one way out gave the ticket another number."""
    with pair(6) as desks:
        life, asker = desks.source.state, _customers(desks)[0]["id"]
        number = life.create_ticket("closed", "<p>my card is <b>4111</b> 1111</p>", requester=asker)
        (comment,) = [
            event["id"] for event in life.case(number).audits[0]["events"] if event["type"] == "Comment"
        ]
        life.touch_ticket(number, status="closed", assignee_id=life.owner(), priority="low")
        project, _ = _migrated(desks, tmp_path / "mig")
        with project:
            own = _case(desks, number).ticket["id"]
            life.redact(number, comment, "4111")
            life.redact(number, comment, "1111")
            update_ticket(
                life, number, {"tags": ["seen"], "priority": "high"}, life.clock.time(), caller=life.owner(), bulk=True
            )  # fmt: skip
            late = _late(desks, project)
            assert late.endpoint_counts() == {"comment.redact_closed": 1, "ticket.update_closed": 1}
            _send(project, late)
            copy = _case(desks, number)
            assert copy.ticket["id"] == own
            assert "1111" not in str(copy.audits), "neither in the text nor in the history"
            assert (copy.ticket["priority"], "seen" in copy.ticket["tags"]) == ("high", True)
            assert stages.verify(project).same
            assert stages.make_plan(project).endpoint_counts() == {}
            undo = stages.plan_rollback(project, late.id)
            assert undo.endpoint_counts() == {"ticket.update_closed": 1}
            _send(project, undo)
            assert _case(desks, number).ticket["priority"] == "low"
        desks.healthy()


def test_a_plan_of_a_single_ticket_brings_the_group_of_its_requesters_organization(tmp_path):
    """The plan ended with a fault of the connector: nothing in it gave the group that the organization names."""
    with pair(6) as desks:
        life = desks.source.state
        organization = next(row for row in life.lists["organizations"].values() if row["group_id"])
        asker = life.create_user("Canary", "canary@first.example", organization=organization["id"])
        number = life.create_ticket("canary", "<p>help</p>", requester=asker)
        desks.clock.advance(3_600)
        with Project.load(desks.project(tmp_path / "mig"), clock=desks.clock) as project:
            stages.extract(project)
            _send(project, stages.make_plan(project, Scope(only=(f"ticket:{number}",))))
            (made,) = desks.target.state.lists["organizations"].values()
            name = life.lists["groups"][organization["group_id"]]["name"]
            assert desks.target.state.lists["groups"][made["group_id"]]["name"] == name
            assert stages.verify(project).same
        desks.healthy()


def test_customers_who_were_merged_after_they_came_stop_nothing(tmp_path):
    """The winner takes the address of the loser, whose account stands in the target: each plan failed on it anew."""
    with pair(6) as desks:
        life, there = desks.source.state, desks.target.state.lists
        loser, winner = (life.create_user(name, f"{name}@merged.example") for name in ("loser", "winner"))
        asked = life.create_ticket("asked", "<p>help</p>", requester=loser)
        life.create_ticket("too", "<p>help</p>", requester=winner)
        project, _ = _migrated(desks, tmp_path / "mig")
        with project:
            (address,) = [row for row in life.lists["identities"].values() if row["user_id"] == loser]
            life.drop_identity(address)
            life.keep_identity({**address, "user_id": winner, "primary": False})
            life.keep_identity({**address, "id": address["id"] + 5, "user_id": winner, "primary": False, "value": "new@merged.example"})  # fmt: skip
            life.touch_record("users", loser, active=False)
            life.touch_record("users", winner, name="Both")
            life.touch_ticket(asked, requester_id=winner)
            late = _late(desks, project)
            _send(project, late)
            own = next(row for row in there["users"].values() if row["external_id"] == f"tf-acme-{winner}")
            assert _case(desks, asked).ticket["requester_id"] == own["id"]
            assert (own["name"], _addresses(desks, own)) == (
                "Both",
                {"winner@merged.example", "new@merged.example"},
            )
            assert stages.make_plan(project).endpoint_counts() == {}
            _send(project, stages.plan_rollback(project, late.id))
            own = there["users"][own["id"]]
            assert (own["name"], _addresses(desks, own)) == ("winner", {"winner@merged.example"})
        desks.healthy()


def _addresses(desks: Pair, user: dict) -> set[str]:
    rows = desks.target.state.lists["identities"].values()
    return {row["value"] for row in rows if row["user_id"] == user["id"]}
