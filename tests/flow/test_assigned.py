"""Accounts that the mapping assigns tickets to: by group, or where somebody cannot be assigned."""

import pytest
from tests.flow.neutral_desks import TO_JIRA, to_jira
from tests.flow.plans_twice import compared

from ticketferry.errors import ConfigError
from ticketferry.project import stages
from ticketferry.project.explain import explain
from ticketferry.project.mapping_files import check_mapping

WORDS = TO_JIRA.replace(
    "people:\n",
    "groups: {Billing: {assign: BOX}, Tier 2: {component: Shipping}, '*': {assign: none}}\npeople:\n  UNLICENSED\n",
)


def words(box, other="none", extra=""):
    text = WORDS.replace("BOX", box).replace(
        "UNLICENSED", f"unlicensed_assignee: {{assign: '{other}'{extra}}}"
    )
    return text.replace(", '*': {assign: none}", "")


def agents(ferry):
    accounts = ferry.target.state.accounts.values()
    return [
        account
        for account in accounts
        if account.agent and account.active and not account.hidden_email and not account.admin
    ][:2]


def desk(ferry):
    ferry.desk.put("group", 1, {"name": "Billing"})
    ferry.desk.put("group", 2, {"name": "Tier 2"})
    ann = ferry.person(1, "Ann", "ann@one.example")
    left = ferry.person(2, "Left Long Ago", "left@acme.example", role="agent", state="suspended")
    ferry.ticket(1, ann, "nobody's, of billing", group="acme:group:1")
    ferry.ticket(2, ann, "of somebody who left, of billing", group="acme:group:1", assignee=left)
    ferry.ticket(3, ann, "of somebody who left, of tier 2", group="acme:group:2", assignee=left)
    ferry.ticket(4, ann, "nobody's, of tier 2", group="acme:group:2")
    ferry.ticket(5, ann, "nobody's, of no group")
    return left


def assigned(ferry):
    found = {}
    for issue in ferry.target.state.issues.values():
        who = issue.values.get("assignee")
        found[issue.values["summary"]] = ferry.target.state.accounts[who].email if who else None
    return found


def test_the_groups_account_gets_what_nobody_is_assigned_to_there(tmp_path):
    with to_jira(tmp_path) as ferry:
        box, other = (account.email for account in agents(ferry))
        (ferry.root / "mapping.yaml").write_text(words(box.upper(), other))
        desk(ferry)
        with compared(), ferry.project() as project:
            plan = ferry.plan(project)
            stages.apply(project, plan)
            assert assigned(ferry) == {
                "nobody's, of billing": box, "of somebody who left, of billing": box, "of somebody who left, of tier 2": other,
                "nobody's, of tier 2": None, "nobody's, of no group": None,
            }  # fmt: skip
            assert stages.verify(project).same
            assert ferry.plan(project).count() == 0, "the accounts are theirs already"
            told = explain(project, "ticket:2")
            (leaf,) = [leaf for leaf in told.leaves if leaf.neutral.endswith("assignee")]
            assert leaf.rule.startswith("groups.Billing mapping.yaml:")
            assert "P312" in {row["code"] for row in told.findings}


def test_a_group_may_say_that_nobody_gets_its_tickets_whatever_the_others_say(tmp_path):
    with to_jira(tmp_path) as ferry:
        box, other = (account.email for account in agents(ferry))
        text = words("none", other).replace("Tier 2: {component: Shipping}", f"'*': {{assign: {box}}}")
        (ferry.root / "mapping.yaml").write_text(text)
        desk(ferry)
        with ferry.project() as project:
            assert check_mapping(project).problems == ()
            stages.apply(project, ferry.plan(project))
            assert assigned(ferry) == {
                "nobody's, of billing": None, "of somebody who left, of billing": None, "of somebody who left, of tier 2": box,
                "nobody's, of tier 2": box, "nobody's, of no group": None,
            }  # fmt: skip


def test_an_account_that_is_an_agents_of_the_old_desk_too_is_one_with_them(tmp_path):
    with to_jira(tmp_path) as ferry:
        box, _ = agents(ferry)
        (ferry.root / "mapping.yaml").write_text(words(box.email))
        desk(ferry)
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
            # Only later the old desk has an agent of that address: nothing moves by that.
            ferry.person(9, box.name, box.email, role="agent")
            plan = ferry.plan(project)
            assert [
                row.outcome for row in plan.changes() if row.kind == "ticket" and row.outcome == "update"
            ] == []
            assert assigned(ferry)["nobody's, of billing"] == box.email


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ("nobody@nowhere.example", "is no account"),
        ("nils@acme.example", "in the target"),
        ("5b10ff-no-such-id", "is no account"),
    ],
)
def test_an_account_that_cannot_be_assigned_stops_the_plan_with_its_place(tmp_path, account, why):
    with to_jira(tmp_path) as ferry:
        (ferry.root / "mapping.yaml").write_text(words(account))
        desk(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            (told,) = [row for row in plan.blockers() if row.code == "P326"]
            assert why in told.message
            assert told.where.startswith("mapping.yaml:7:")
            checked = check_mapping(project)
            assert [row.message for row in checked.findings if row.code == "P326"] == [told.message]
            assert not checked.good
            with pytest.raises(ConfigError, match="P326"):
                stages.apply(project, plan)
