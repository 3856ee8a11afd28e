"""A wrong match shows one customer another's tickets: people and organizations that are not one stay two, all the way to the desk."""

from pathlib import Path

import pytest
from tests.flow.neutral_desks import to_jira, to_zendesk

from ticketferry.errors import ConfigError, MappingError, WaitingError
from ticketferry.mapping.shipped import shipped
from ticketferry.project import stages
from ticketferry.project.explain import explain
from ticketferry.sdk import Severity


def seen(jira):
    """Who sees which subject on the portal."""
    state = jira.state
    found = {}
    for issue in state.issues.values():
        for who in state.viewers(issue):
            found.setdefault(state.accounts[who].email, set()).add(str(issue.values.get("summary")))
    return found


def blockers(plan):
    return {item.code for item in plan.blockers()}


def two_acmes(ferry, one="Acme", other="Acme"):
    first = ferry.organization(1, one, shared_tickets=True)
    second = ferry.organization(2, other, shared_tickets=True)
    ann = ferry.person(1, "Ann", "ann@one.example", organizations=[first])
    kim = ferry.person(2, "Kim", "kim@two.example", organizations=[second])
    ferry.ticket(1, ann, "Ann's words", organization=first)
    ferry.ticket(2, kim, "Kim's words", organization=second)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme", "Acme"), ("Acme Ltd", "  Acme   Ltd "), ("Acme", "ACME."), ("Caf\u00e9", "Cafe\u0301")],
)
def test_two_organizations_of_one_name_do_not_become_one(tmp_path, one, other):
    """The plan stops, with the lines to decide by; each of them leads to a plan that shows nobody the other's request."""
    with to_jira(tmp_path) as ferry:
        two_acmes(ferry, one, other)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == {"P320"}
            (told,) = plan.blockers()
            assert "acme:organization:2,,,,number,," in told.remedy
            assert "acme:organization:2,,,,acme:organization:1,," in told.remedy
            assert "acme:organization:2,,,,leave,," in told.remedy
            with pytest.raises(ConfigError, match="P320"):
                stages.apply(project, plan)
        ferry.decide("acme:organization:2,,,,number,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            stages.apply(project, plan)
            assert stages.verify(project).same
        assert seen(ferry.target)["ann@one.example"] == {"Ann's words"}
        assert seen(ferry.target)["kim@two.example"] == {"Kim's words"}
        assert len(ferry.target.state.organizations) == 2


def test_an_organization_that_is_left_out_shares_nothing(tmp_path):
    with to_jira(tmp_path) as ferry:
        two_acmes(ferry)
        ferry.decide("acme:organization:2,,,,leave,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            stages.apply(project, plan)
        assert seen(ferry.target) == {"ann@one.example": {"Ann's words"}, "kim@two.example": {"Kim's words"}}
        assert len(ferry.target.state.organizations) == 1


def test_organizations_that_somebody_made_one_are_told_to_show_more(tmp_path):
    with to_jira(tmp_path) as ferry:
        two_acmes(ferry)
        ferry.decide("acme:organization:2,,,,acme:organization:1,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            with pytest.raises(WaitingError, match="2 tickets would become visible"):
                stages.apply(project, plan)
            stages.apply(project, plan, allow_visible=True)
        assert len(ferry.target.state.organizations) == 1


def old_acme(ferry):
    """An organization of the site with somebody in it who is nobody here."""
    from ticketferry_emulators.jsm.models.records import JiraAccount, JiraOrganization

    state = ferry.target.state
    state.accounts["qm:old:1"] = JiraAccount(
        id="qm:old:1", name="Stranger", email="stranger@old.example", kind="customer"
    )
    state.organizations["77"] = JiraOrganization("77", "uuid-77", "Acme", state.now(), members=["qm:old:1"])
    for desk in state.desks.values():
        desk.organizations.append("77")
        desk.customers.append("qm:old:1")


def test_an_organization_that_is_there_and_was_not_matched_stops_the_plan(tmp_path):
    from tests.flow.neutral_desks import TO_JIRA

    with to_jira(tmp_path, TO_JIRA.replace("match: [domain, name]", "match: [domain]")) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme])
        ferry.ticket(1, ann, "Ann's words", organization=acme)
        old_acme(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == {"P321"}
        ferry.decide("acme:organization:1,,,,number,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            stages.apply(project, plan)
        assert "stranger@old.example" not in seen(ferry.target)


def test_a_match_with_strangers_in_it_is_seen_and_asked_for(tmp_path):
    with to_jira(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme])
        ferry.ticket(1, ann, "Ann's words", organization=acme)
        old_acme(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            told = [item for item in plan.findings() if item.code == "V601"]
            assert any("Stranger <stranger@old.example>" in item.message for item in told)
            with pytest.raises(WaitingError, match="1 ticket would become visible"):
                stages.apply(project, plan)
        assert ferry.target.state.issues == {}


def test_whoever_is_in_doubt_waits_and_all_others_go(tmp_path):
    """Two people of different names share a mailbox: their tickets wait, or go to placeholders by the mapping's choice."""
    with to_jira(tmp_path) as ferry:
        ann = ferry.person(1, "Ann", "info@one.example")
        kim = ferry.person(2, "Kim", "info@one.example")
        lee = ferry.person(3, "Lee", "lee@two.example")
        for number, (ref, name) in enumerate(((ann, "Ann"), (kim, "Kim"), (lee, "Lee")), 1):
            ferry.ticket(number, ref, f"{name}'s words")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            assert plan.outcomes()["ticket"] == {"create": 1, "reject": 2}
            assert {item.code for item in plan.findings()} >= {"P310"}
        text = (ferry.root / "mapping.yaml").read_text()
        (ferry.root / "mapping.yaml").write_text(
            text.replace("people:\n", "people:\n  contested: placeholder\n")
        )
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.outcomes()["ticket"] == {"create": 3}
            stages.apply(project, plan)
            assert stages.verify(project).same
        assert seen(ferry.target) == {
            "former-1@placeholder.example": {"Ann's words"},
            "former-2@placeholder.example": {"Kim's words"},
            "lee@two.example": {"Lee's words"},
        }
        ferry.ticket(4, kim, "Kim's later words")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.outcomes()["ticket"] == {"create": 1, "unchanged": 3}, (
                "what stood for them goes on doing so"
            )
            stages.apply(project, plan)
            assert stages.verify(project).same
        assert seen(ferry.target)["former-2@placeholder.example"] == {"Kim's words", "Kim's later words"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("acme:person:1.23E+15,,,,separate,,", "the old desk has no acme:person:1.23E+15"),
        ("acme:person:1,,,,jira:person:qm:404,,", "neither desk has jira:person:qm:404"),
    ],
)
def test_a_decision_about_nobody_stops_with_its_line(tmp_path, row, said):
    with to_jira(tmp_path) as ferry:
        ferry.ticket(1, ferry.person(1, "Ann", "ann@one.example"), "Ann's words")
        ferry.decide(row)
        with ferry.project() as project, pytest.raises(MappingError) as caught:
            ferry.plan(project)
        assert list(caught.value.problems) == [f"people.csv:2:1: {said}"]


def test_an_address_that_is_passed_on_between_two_phases_gives_nobody_the_account(tmp_path):
    """Ann left and Kim has her mailbox: Kim gets no ticket of Ann's account, and Ann's later tickets do not go to Kim."""
    with to_jira(tmp_path) as ferry:
        ann = ferry.person(1, "Ann", "desk@one.example")
        ferry.ticket(1, ann, "Ann's words")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project))
        ferry.person(1, "Ann", "ann@new.example")
        kim = ferry.person(2, "Kim", "desk@one.example")
        ferry.ticket(2, kim, "Kim's words")
        ferry.ticket(3, ann, "Ann's later words")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.outcomes()["ticket"].get("create", 0) == 0
            stages.apply(project, plan)
        assert seen(ferry.target) == {"desk@one.example": {"Ann's words"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme", "acme"), ("Acme Ltd", " Acme  Ltd"), ("Acme", "Acme."), ("Caf\u00e9", "CAFE\u0301")],
)
def test_two_organizations_of_one_name_do_not_become_one_in_zendesk(tmp_path, one, other):
    """Names are unique there, whatever their case [OAS OrganizationObject]: the plan stops with the lines to decide by."""
    with to_zendesk(tmp_path) as ferry:
        two_acmes(ferry, one, other)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == {"P320"}
            (told,) = plan.blockers()
            for decision in ("number", "acme:organization:1", "leave"):
                assert f"acme:organization:2,,,,{decision},," in told.remedy
            with pytest.raises(ConfigError, match="P320"):
                stages.apply(project, plan)
            assert ferry.target.state.lists["organizations"] == {}
        ferry.decide("acme:organization:2,,,,name: Acme Two,,")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert blockers(plan) == set()
            stages.apply(project, plan)
            assert stages.verify(project).same
        assert sorted(row["name"] for row in ferry.target.state.lists["organizations"].values()) == sorted(
            [one, "Acme Two"]
        )


@pytest.mark.parametrize("other", ["second LINE", "Second  line ", "Second line."])
def test_two_groups_of_one_name_do_not_become_one_in_zendesk(tmp_path, other):
    with to_zendesk(tmp_path) as ferry:
        text = (ferry.root / "mapping.yaml").read_text()
        (ferry.root / "mapping.yaml").write_text(f"{text}\ncatalog: {{create: [groups]}}\n")
        for number, name in enumerate(("Second line", other), 1):
            ferry.desk.put("group", number, {"name": name})
        ann = ferry.person(1, "Ann", "ann@one.example")
        for number in (1, 2):
            ferry.ticket(number, ann, f"words {number}", group=f"acme:group:{number}")
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert "P320" in blockers(plan)
            told = next(item for item in plan.blockers() if item.code == "P320")
            assert "groups" in told.message
            for way in ("They are one", "Numbered", "Left out"):
                assert way in told.remedy
            with pytest.raises(ConfigError, match="P320"):
                stages.apply(project, plan)


@pytest.mark.parametrize("opening", [True, False])
def test_a_comment_without_an_author_is_never_shown_as_the_importing_accounts_own_words(tmp_path, opening):
    """Zendesk gives a comment without an author to the account that imports it, the opening one to the requester."""
    with to_zendesk(tmp_path) as ferry:
        ann = ferry.person(1, "Ann", "ann@one.example")
        ferry.ticket(1, ann, "Ann's words")
        lone = {
            "ticket": "acme:ticket:1", "public": True, "body": {"html": "<p>whose words?</p>"}, "created": "2024-01-01T01:00:00Z",
        }  # fmt: skip
        ferry.desk.put("comment", 100 if opening else 101, lone, ("ticket", 1))
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert "C304" in {item.code for item in plan.findings()}
            stages.apply(project, plan)
            assert stages.verify(project).same
        state = ferry.target.state
        (number,) = state.heads
        events = [
            event
            for audit in state.case(number).audits
            for event in audit["events"]
            if event["type"] == "Comment"
        ]
        (told,) = [event for event in events if "whose words?" in event["plain_body"]]
        assert told["plain_body"].startswith("unknown author")


def by_domain(ferry):
    """Ann belongs to Acme; Kim and Lee have an address of its domain and belong to nothing."""
    acme = ferry.organization(1, "Acme", shared_tickets=True, domains=["acme.example"])
    ann = ferry.person(1, "Ann", "ann@acme.example", organizations=[acme])
    kim = ferry.person(2, "Kim", "kim@acme.example")
    ferry.person(3, "Lee", "lee@acme.example")
    ferry.ticket(1, ann, "Ann's words", organization=acme)
    ferry.ticket(2, kim, "Kim's words")
    ferry.ticket(3, "acme:person:3", "Lee's words")


def members(state):
    names = {row["id"]: row["name"] for row in state.lists["users"].values()}
    return sorted(names[row["user_id"]] for row in state.lists["organization_memberships"].values())


def test_people_whom_the_desk_makes_members_by_their_address_are_told_before(tmp_path):
    with to_zendesk(tmp_path) as ferry:
        by_domain(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            (told,) = [item for item in plan.findings() if item.code == "P317"]
            assert told.count == 2
            assert "Kim <kim@acme.example>" in told.message
            assert "domains: after" in told.remedy
            assert {str(item.subject) for item in plan.findings() if item.code == "V601"} >= {
                "acme:person:2", "acme:person:3", "acme:ticket:2", "acme:ticket:3",
            }  # fmt: skip
            with pytest.raises(WaitingError, match="2 tickets would become visible"):
                stages.apply(project, plan)
            stages.apply(project, plan, allow_visible=True)
            assert stages.verify(project).same
        assert members(ferry.target.state) == ["Ann", "Kim", "Lee"]


def test_a_ticket_of_no_organization_is_told_where_the_desk_puts_it_into_its_requesters(tmp_path):
    """The desk gives it the organization by itself, whose members see it then; reading back hid that."""
    with to_zendesk(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        quiet = ferry.organization(2, "Quiet")
        ann = ferry.person(1, "Ann", "ann@first.example", organizations=[acme])
        kim = ferry.person(2, "Kim", "kim@second.example", organizations=[quiet])
        ferry.ticket(1, ann, "from before she belonged to anybody")
        ferry.ticket(2, kim, "seen by nobody else")
        with ferry.project() as project:
            plan = ferry.plan(project)
            told = {str(item.subject): item.message for item in plan.findings() if item.code == "P318"}
            assert "Acme" in told["acme:ticket:1"]
            assert "Quiet" in told["acme:ticket:2"]
            (seen,) = [item for item in plan.findings() if item.code == "V601"]
            assert str(seen.subject) == "acme:ticket:1"
            with pytest.raises(WaitingError, match="would become visible"):
                stages.apply(project, plan)
            stages.apply(project, plan, allow_visible=True)
            assert stages.verify(project).same
            assert ferry.plan(project).endpoint_counts() == {}
        state = ferry.target.state
        names = {row["id"]: row["name"] for row in state.lists["organizations"].values()}
        assert {
            case.ticket["external_id"]: names[case.ticket["organization_id"]]
            for case in map(state.case, state.heads)
        } == {"tf-acme-1": "Acme", "tf-acme-2": "Quiet"}


@pytest.mark.parametrize("rule", ["after", "drop"])
def test_domains_that_are_written_last_or_not_at_all_make_nobody_a_member(tmp_path, rule):
    with to_zendesk(tmp_path) as ferry:
        by_domain(ferry)
        path = ferry.root / "mapping.yaml"
        path.write_text(
            path.read_text().replace("organizations: {match", f"organizations: {{domains: {rule}, match")
        )
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert not {"P317", "V601"} & {item.code for item in plan.findings()}
            stages.apply(project, plan)
            assert stages.verify(project).same
        state = ferry.target.state
        assert members(state) == ["Ann"]
        (acme,) = state.lists["organizations"].values()
        assert acme["domain_names"] == (["acme.example"] if rule == "after" else [])
        with ferry.project() as project:
            again = ferry.plan(project)
            assert not any(again.endpoint_counts().values())


def test_everybody_is_listed_with_the_account_that_stands_for_them(tmp_path, monkeypatch):
    """Screen, CSV and JSON: both names and addresses, how matched, verified, shared or not, number of tickets."""
    import csv
    import io
    import json

    from click.testing import CliRunner

    from ticketferry.cli import cli
    from ticketferry.project.reporting import report_plan

    with to_jira(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        verified = [{"type": "email", "value": "ann@one.example", "verified": True}]
        ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme], identities=verified)
        kim = ferry.person(2, "Kim", "info@one.example")
        ferry.person(3, "Lee", "info@one.example")
        ferry.ticket(1, ann, "one", organization=acme)
        ferry.ticket(2, ann, "two", organization=acme)
        ferry.ticket(3, kim, "three")
        old_acme(ferry)
        with ferry.project() as project:
            plan = ferry.plan(project)
            report_plan(project, plan, tmp_path / "report.html", with_profile=False)
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "Whose account stands for whom" in page
        assert "acme:person:3" in page
        runner = CliRunner()
        monkeypatch.chdir(ferry.root)
        screen = runner.invoke(cli, ["people"])
        assert screen.exit_code == 0, screen.output
        assert "info@one.example" in screen.output
        assert "Stranger <stranger@old.example>" in " ".join(screen.output.split())
        assert max(map(len, screen.output.splitlines())) <= 80
        listed = runner.invoke(cli, ["people", "--csv"])
        rows = {row["ref"]: row for row in csv.DictReader(io.StringIO(listed.stdout))}
        assert set(rows) == {"acme:organization:1", "acme:person:1", "acme:person:2", "acme:person:3"}
        organization = rows["acme:organization:1"]
        assert (organization["end"], organization["account_name"]) == ("match", "Acme")
        assert (organization["shared"], organization["tickets"]) == ("shared", "2")
        assert "Stranger" in organization["seen_by_more"]
        assert (rows["acme:person:1"]["end"], rows["acme:person:1"]["verified"], rows["acme:person:1"]["tickets"]) == (
            "create", "yes", "2",
        )  # fmt: skip
        assert rows["acme:person:2"]["end"] == rows["acme:person:3"]["end"] == "waits"
        told = json.loads(runner.invoke(cli, ["people", "--json"]).stdout)
        assert {row["ref"] for row in told["rows"]} == set(rows)
        assert "separate" in runner.invoke(cli, ["people", "--words"]).stdout
        runner.invoke(cli, ["people", "--write"])
        written = (ferry.root / "decisions" / "people.csv").read_text()
        assert "acme:person:3,Lee,info@one.example,acme:person:2,," in written


@pytest.mark.parametrize("way", [to_jira, to_zendesk])
def test_who_left_an_organization_in_between_is_told_to_go_on_seeing_its_tickets(tmp_path, way):
    """A membership is not taken away, since people of the new desk may have made it: it used to be a mere note."""
    with way(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme])
        kim = ferry.person(2, "Kim", "kim@two.example", organizations=[acme])
        ferry.ticket(1, ann, "Ann's words", organization=acme)
        ferry.ticket(2, kim, "Kim's words")
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project), allow_visible=True)
        ferry.person(2, "Kim", "kim@two.example")
        ferry.clock.advance(3_600)
        with ferry.project() as project:
            told = [item for item in ferry.plan(project).findings() if item.code.endswith("-MEMBER")]
        assert [(str(item.subject), item.severity) for item in told] == [(kim, Severity.DOUBT)]
        assert acme.removeprefix("acme:") in told[0].message


def test_tickets_of_an_older_version_that_stand_in_their_requesters_organization_go_on(tmp_path, monkeypatch):
    """An older version wrote them without one and did not see that the desk had put them there: the next plan says so, and can go on."""
    from ticketferry.mapping.ticket_organization import TicketOrganization

    with to_zendesk(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True)
        ann = ferry.person(1, "Ann", "ann@first.example", organizations=[acme])
        ferry.ticket(1, ann, "open")
        ferry.ticket(2, ann, "closed", status="closed", stage="closed")
        with monkeypatch.context() as patch, ferry.project() as project:
            patch.setattr(TicketOrganization, "_by_itself", lambda *_: None)
            stages.apply(project, ferry.plan(project))
        for kind in ("triggers", "automations"):
            for row in ferry.target.state.lists[kind].values():
                row["active"] = False
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert plan.endpoint_counts() == {"ticket.update": 1}, "its mark is renewed"
            told = {str(item.subject): item.message for item in plan.findings() if item.code == "V601"}
            assert "where it has not done so when the ticket was made" in told["acme:ticket:1"]
            assert "ZD-CLOSED" not in {item.code for item in plan.findings()}, "nothing of it is lost"
            with pytest.raises(WaitingError) as caught:
                stages.apply(project, plan)
            assert "--allow-visible" in caught.value.remedy
            stages.apply(project, plan, allow_visible=True)
            assert stages.verify(project).same
            assert ferry.plan(project).endpoint_counts() == {}


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_organization_that_the_plan_itself_closes_shows_nobody_more(tmp_path, by_hand):
    """What we opened and the source closed since is closed before its tickets are written; what a person opened there stays open."""
    with to_zendesk(tmp_path) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=not by_hand)
        ann = ferry.person(1, "Ann", "ann@one.example", organizations=[acme])
        ferry.ticket(1, ann, "first", organization=acme)
        with ferry.project() as project:
            stages.apply(project, ferry.plan(project), allow_visible=True)
        (row,) = ferry.target.state.lists["organizations"].values()
        assert row["shared_tickets"] is not by_hand
        if by_hand:
            ferry.target.state.touch_record("organizations", row["id"], shared_tickets=True)
        ferry.organization(1, "Acme", shared_tickets=False)
        ferry.ticket(2, ann, "second", organization=acme)
        ferry.clock.advance(3600)
        with ferry.project() as project:
            plan = ferry.plan(project)
            assert ("V601" in {item.code for item in plan.findings()}) is by_hand
            stages.apply(project, plan, allow_visible=by_hand)
            if not by_hand:
                assert stages.verify(project).same
        (row,) = ferry.target.state.lists["organizations"].values()
        assert row["shared_tickets"] is by_hand


@pytest.mark.parametrize("how", ["never shown", "by the domain", "asked by a twin"])
def test_an_organization_that_comes_with_a_requester_is_explained_as_planned(tmp_path, how):
    """The ticket has none; the desk puts it into its requester's by itself."""
    mapping = Path(shipped()["neutral_to_zendesk"]).read_text(encoding="utf-8")
    if how != "by the domain":
        mapping = mapping.replace("share: as_source", "share: never")
    with to_zendesk(tmp_path, mapping) as ferry:
        acme = ferry.organization(1, "Acme", shared_tickets=True, domains=["acme.example"])
        own = {} if how == "by the domain" else {"organizations": [acme]}
        requester = ferry.person(1, "Ann", "ann@acme.example", **own)
        if how == "asked by a twin":
            requester = ferry.person(2, "Ann Again", "ann@other.example")
            ferry.decide(f"{requester},,,,acme:person:1,,")
        ferry.ticket(1, requester, "Ann's words")
        nobodys = ferry.organization(2, "Nobody's")
        with ferry.project() as project:
            plan = ferry.plan(project)
            planned = {change.root: (change.outcome.value, change.because) for change in plan.changes()}
            assert planned[acme] == ("create", "")
            assert planned[nobodys][0] == "skip"
            for organization in (acme, nobodys):
                told = explain(project, organization)
                assert (told.outcome, told.because) == planned[organization]
