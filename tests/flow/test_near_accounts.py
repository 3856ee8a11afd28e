"""Whoever stands in the new desk already is found in bulk: by exact keys, else near, in the bands and the file of the old desk's own people."""

from click.testing import CliRunner
from tests.flow.neutral_desks import to_jira

from ticketferry.cli import cli
from ticketferry.people.decisions import read_decisions, write_decisions
from ticketferry.project import stages
from ticketferry.project.people import review_people
from ticketferry_emulators.jsm.models.records import JiraAccount, JiraOrganization


def there(ferry, id_, name, email):
    state = ferry.target.state
    state.accounts[f"qm:there:{id_}"] = JiraAccount(
        id=f"qm:there:{id_}", name=name, email=email, kind="customer"
    )
    for desk in state.desks.values():
        desk.customers.append(f"qm:there:{id_}")


def rows_of(ferry):
    return read_decisions(ferry.root / "decisions" / "people.csv").rows


def site(ferry):
    """One by a mailbox that Google delivers alike, one by a name alone, one of two who are like one account, one by an exact key, a stranger."""
    ferry.person(1, "Ann Berg", "ann.berg@gmail.com")
    ferry.person(2, "Thorolf Quistgaard", "tq@firm2.example")
    ferry.person(3, "Ibrahim Zulkarnain", "i.zulkarnain@gmail.com")
    ferry.person(4, "Ibrahim Zulkarnain", "izulkarnain+shop@gmail.com", external_id="77")
    ferry.person(5, "Eva Exact", "eva@exact.example")
    for number in range(1, 6):
        ferry.ticket(number, f"acme:person:{number}", f"words of {number}")
    there(ferry, 1, "Berg, Ann", "annberg@gmail.com")
    there(ferry, 2, "Quistgaard Thorolf", "")
    there(ferry, 3, "Ibrahim Zulkarnain", "izulkarnain@gmail.com")
    there(ferry, 5, "Another Name", "eva@exact.example")
    there(ferry, 6, "Stranger", "stranger@else.example")


def test_accounts_that_are_there_are_found_near_and_only_one_of_a_kind_by_the_tool(tmp_path):
    with to_jira(tmp_path) as ferry:
        site(ferry)
        project = ferry.project()
        stages.extract(project)
        stages.make_plan(project)
        before = len(ferry.target.ledger.entries())
        review = review_people(project, write=True)
        assert len(ferry.target.ledger.entries()) == before, "the desk was read once, for the plan"
        rows = rows_of(ferry)
        near = review.near.there
        suggested = {
            ref: (row.suggestion.removeprefix("jira:person:qm:there:"), row.decision)
            for ref, row in rows.items()
            if row.suggestion.startswith("jira:")
        }
        assert suggested.pop("acme:person:4", ("3", "")) == ("3", "")
        assert suggested == {
            "acme:person:1": ("1", "accept"),
            "acme:person:2": ("2", ""),
            "acme:person:3": ("3", ""),
        }
        assert "2 people of the old desk are like that account" in rows["acme:person:3"].why
        assert "mailbox" in rows["acme:person:1"].why
        assert rows["acme:person:1"].other == "Berg, Ann <annberg@gmail.com>"
        assert near.hidden == 3, "the site has two of its own"
        assert near.matched == 1
        told = CliRunner().invoke(cli, ["-C", str(ferry.root), "people"], catch_exceptions=False).stdout
        assert "3 of which show no e-mail address" in " ".join(told.split())
        assert max(len(line) for line in told.splitlines() if "/" not in line) <= 80
        plan = ferry.plan(project)
        outcomes = plan.outcomes()["person"]
        assert (outcomes["match"], outcomes["create"]) == (2, 3)
        (found,) = [
            one for one in plan.findings() if one.code == "P324" and "stand in the new desk" in one.message
        ]
        assert "acme:person:2" in found.message
        stages.apply(project, plan)
        assert stages.verify(project).same
        after = review_people(project, write=True)
        assert after.near.there.asked == 0
        assert {row.decision for ref, row in rows_of(ferry).items() if ref == "acme:person:1"} == {"accept"}
        assert ferry.plan(project).endpoint_counts() == {}


def test_a_line_that_was_taken_out_does_not_come_back_and_a_persons_line_stays(tmp_path):
    with to_jira(tmp_path) as ferry:
        site(ferry)
        project = ferry.project()
        stages.extract(project)
        stages.make_plan(project)
        review_people(project, write=True)
        path = ferry.root / "decisions" / "people.csv"
        kept = {ref: row for ref, row in rows_of(ferry).items() if ref != "acme:person:1"}
        kept["acme:person:2"] = kept["acme:person:2"]._replace(decision="accept", by="m.ito", why="asked him")
        write_decisions(path, kept.values())
        again = review_people(ferry.project(), write=True)
        rows = rows_of(ferry)
        assert "acme:person:1" not in rows
        assert again.near.there.taken_out == 1
        assert (rows["acme:person:2"].by, rows["acme:person:2"].why) == ("m.ito", "asked him")
        plan = ferry.plan(ferry.project())
        assert plan.outcomes()["person"]["match"] == 2


def test_an_organization_of_another_legal_form_is_asked_about(tmp_path):
    with to_jira(tmp_path) as ferry:
        acme = ferry.organization(1, "Lorner GmbH & Co. KG", shared_tickets=True, domains=["lorner.example"])
        ann = ferry.person(1, "Ann", "ann@lorner.example", organizations=[acme])
        ferry.ticket(1, ann, "words", organization=acme)
        state = ferry.target.state
        state.organizations["77"] = JiraOrganization("77", "uuid-77", "LORNER", state.now())
        for desk in state.desks.values():
            desk.organizations.append("77")
        project = ferry.project()
        stages.extract(project)
        stages.make_plan(project)
        review_people(project, write=True)
        row = rows_of(ferry)["acme:organization:1"]
        assert (row.suggestion, row.decision) == ("jira:organization:77", "")
        assert "one name (lorner)" in row.why
        plan = ferry.plan(project)
        assert plan.outcomes()["organization"] == {"create": 1}
        assert any(one.code == "P324" and "acme:organization:1" in one.message for one in plan.findings())
