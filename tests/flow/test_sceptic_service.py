"""What a sceptic tries on deltas into Jira Service Management: what was public must not stay so, and nobody's work is undone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.flow.desks import Desks, confirm, desks, site_of
from tests.flow.importing import administer, files_of, plan_all, portal_of, until_files
from tests.flow.jsm_life import doc
from tests.flow.promises import Killed, Killer
from tests.flow.service_pair import service_pair

from ticketferry.errors import WaitingError
from ticketferry.plan.inputs import Inputs, Scope
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.schema.refs import parse_ref
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.zendesk.models.life import AGENTS

SECRET = "a long secret. "


@pytest.fixture
def pair():
    with desks(30) as found:
        yield found


def _open_tickets(pair: Desks) -> Iterator[int]:
    heads = pair.zendesk.state.heads
    return (number for number, head in heads.items() if head.status in ("new", "open", "pending"))


@contextmanager
def _migrated(pair: Desks, root: Path, *numbers: int) -> Iterator[tuple[Project, Scope]]:
    """A project whose plan brought these tickets."""
    pair.new_jira()
    pair._private = None
    pair.clock.advance(120)
    scope = Scope(only=tuple(f"ticket:{number}" for number in numbers))
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
        plan = stages.make_plan(project, scope)
        confirm(project, plan)
        assert stages.apply(project, plan).failed == 0
        yield project, scope


def _delta(pair: Desks, project: Project, scope: Scope) -> Any:
    pair.clock.advance(120)
    stages.extract(project)
    return stages.make_plan(project, scope)


def _issue(pair: Desks, project: Project, number: int) -> Any:
    return pair.jira.state.issues[project.idmap.get(f"acme:ticket:{number}")]


def _parts(issue: Any, comment: int) -> list[Any]:
    return [
        part
        for part in issue.comments
        if (part.properties.get("ticketferry.comment") or {}).get("ref") == f"acme:comment:{comment}"
    ]


def _by_agent(pair: Desks, method: str, path: str, body: Any = None) -> None:
    pair.clock.advance(30)
    who = pair.jira.credentials
    with httpx.Client(base_url=pair.jira.base_url, auth=(who["JIRA_EMAIL"], who["JIRA_TOKEN"])) as client:
        answer = client.request(method, f"/rest/api/3/{path}", json=body)
        assert answer.status_code < 300, answer.text


def _text(words: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def test_every_part_of_a_comment_that_is_hidden_later_is_hidden_whatever_agents_did_to_its_parts(
    pair, tmp_path
):
    life = pair.zendesk.state
    number = next(_open_tickets(pair))
    # The line over it makes it two parts: read back without the line it would fit into one.
    edge = life.add_comment(number, f"<p>{(SECRET * 5_000)[:31_979]}</p>")
    shortened, torn, headless = (life.add_comment(number, f"<p>{SECRET * 5_000}</p>") for _ in range(3))
    gone = life.add_comment(number, "<p>a short secret</p>")
    with _migrated(pair, tmp_path / "mig", number) as (project, scope):
        issue = _issue(pair, project, number)
        assert [len(_parts(issue, item)) for item in (edge, shortened, torn, headless)] == [2, 3, 3, 3]
        for part in _parts(issue, shortened)[:2]:
            _by_agent(pair, "PUT", f"issue/{issue.key}/comment/{part.id}", {"body": _text("short")})
        for part in (_parts(issue, torn)[1], _parts(issue, headless)[0], *_parts(issue, gone)):
            _by_agent(pair, "DELETE", f"issue/{issue.key}/comment/{part.id}")
        for item in (edge, shortened, torn, headless, gone):
            life.make_private(number, item)
        late = _delta(pair, project, scope)
        assert [item.where for item in late.findings("code = 'JSM-FIXED'")] == ["comments"]
        assert stages.apply(project, late).failed == 0
        assert _parts(issue, gone) == [], "what an agent deleted is not written again"
        for item in (edge, shortened, torn, headless):
            found = _parts(issue, item)
            assert [part.internal for part in found] == [True] * (2 if item == edge else 3), item
        assert stages.make_plan(project, scope).endpoint_counts() == {}


def test_a_long_opening_message_that_is_hidden_later_stops_the_plan(pair, tmp_path):
    """Jira's description is public, and one in several parts is not edited: it would stay on the portal."""
    life = pair.zendesk.state
    asker = next(
        row["id"] for row in life.lists["users"].values() if row["role"] == "end-user" and row["email"]
    )
    long = life.create_ticket("long", f"<p>{SECRET * 5_000}</p>", requester=asker)
    short = life.create_ticket("short", f"<p>{SECRET}</p>", requester=asker)
    pair.clock.advance(120)
    with _migrated(pair, tmp_path / "mig", long, short) as (project, _):
        for number in (long, short):
            events = (event for audit in life.case(number).audits for event in audit["events"])
            life.make_private(number, next(event["id"] for event in events if event["type"] == "Comment"))
        late = _delta(pair, project, Scope(only=(f"ticket:{long}", f"ticket:{short}")))
        assert [(item.code, str(item.subject)) for item in late.blockers()] == [
            ("JSM-FIXED", f"acme:ticket:{long}")
        ]
        late = stages.make_plan(project, Scope(only=(f"ticket:{short}",)))
        assert stages.apply(project, late).failed == 0
        issue = _issue(pair, project, short)
        assert not issue.values.get("description")
        assert [part.internal for part in issue.comments] == [True]


def _named(life: Any, kind: str, name: str) -> int:
    return next(int(row["id"]) for row in life.lists[kind].values() if row["name"] == name)


def test_a_ticket_that_the_route_sends_elsewhere_later_is_written_where_its_issue_stands(pair, tmp_path):
    life = pair.zendesk.state
    away, guarded = list(_open_tickets(pair))[2:4]
    with _migrated(pair, tmp_path / "mig", away, guarded) as (project, _):
        scope = Scope(only=(f"ticket:{away}",))
        issue = _issue(pair, project, away)
        before = {**issue.values}
        life.touch_ticket(away, brand_id=_named(life, "brands", "Billing"), status="solved")
        late = _delta(pair, project, scope)
        assert [item.where for item in late.findings("code = 'JSM-FIXED'")] == ["project"]
        assert stages.apply(project, late).failed == 0
        assert pair.jira.state.statuses[issue.status].name == "Resolved"
        assert issue.values["customfield_10010"] == before["customfield_10010"]
        assert stages.verify(project).same
        assert stages.make_plan(project, scope).endpoint_counts() == {}
        stages.apply(project, stages.plan_rollback(project, late.id))
        assert {key: value for key, value in issue.values.items() if value is not None} == before
        # Fewer people may see this one by now; the issue would stay open to all.
        life.touch_ticket(guarded, group_id=_named(life, "groups", "HR-cases"), status="pending")
        late = _delta(pair, project, Scope(only=(f"ticket:{guarded}",)))
        assert [item.code for item in late.blockers()] == ["JSM-SECURITY-MISSING"]


def test_agents_win_the_fields_that_the_mapping_gives_them_and_never_show_what_was_hidden(pair, tmp_path):
    """`conflicts: {default: source, fields: {status: target, ...}}` of the shipped mapping."""
    life = pair.zendesk.state
    number = list(_open_tickets(pair))[4]
    said = life.add_comment(number, "<p>words</p>")
    with _migrated(pair, tmp_path / "mig", number) as (project, scope):
        issue, statuses = _issue(pair, project, number), pair.jira.state.statuses
        (part,) = _parts(issue, said)
        hidden = {"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}
        _by_agent(pair, "PUT", f"issue/{issue.key}/comment/{part.id}", {"body": _text("words"), **hidden})
        _by_agent(pair, "POST", f"issue/{issue.key}/transitions", {"transition": {"id": "91"}, "fields": {"resolution": {"name": "Duplicate"}}})  # fmt: skip
        _by_agent(pair, "PUT", f"issue/{issue.key}", {"fields": {"summary": "an agent's"}})
        life.touch_ticket(number, status="solved", subject="the source's")
        life.redact(number, said, "words")
        late = _delta(pair, project, scope)
        assert "issue.transition" not in late.endpoint_counts()
        assert [item.code for item in late.findings("code = 'JSM-HIDDEN'")] == ["JSM-HIDDEN"]
        assert stages.apply(project, late).failed == 0
        assert statuses[issue.status].name == "Canceled"
        assert issue.values["summary"] == "the source's"
        assert part.internal
        assert "words" not in str(part.body)
        assert stages.make_plan(project, scope).endpoint_counts() == {}
        found = stages.verify(project)
        assert found.lines == []
        assert {name for line in found.left for name in line.fields} == {"status", "resolution"}, (
            "what agents changed is listed"
        )


def test_a_site_read_as_a_source_shows_customers_nothing_that_they_did_not_see_there(tmp_path):
    """Comments for a role, issues that no portal shows, and requests that several organizations share."""
    with service_pair() as own:
        life = own.life
        values = {
            "reporter": {"accountId": life.customers[0]},
            life.fields["Organizations"]: [int(id_) for id_ in life.organizations],
        }
        shared = life.issue("SUP", "Service request", "Emailed request", summary="shared", **values)
        role = {"visibility": {"type": "role", "value": "Administrators"}}
        life.call("POST", f"issue/{shared}/comment", {"body": doc("for the role"), **role})
        life.comment(shared, "for all")
        off = life.issue("SUP", "Service request", None, summary="on no portal", reporter=values["reporter"])
        life.comment(off, "said among agents")
        own.clock.advance(60)
        own.lived()
        with Project.load(own.project(tmp_path / "mig"), clock=own.clock) as project:
            stages.extract(project)
            numbers = {key: life.state.issue(key).id for key in (shared, off)}
            plan = stages.make_plan(project, Scope(only=tuple(f"ticket:{id_}" for id_ in numbers.values())))
            confirm(project, plan)
            found = {
                change.root: change.facts.get("newly_visible") for change in plan.changes("kind = 'ticket'")
            }
            assert found[f"jira:ticket:{numbers[shared]}"] is None
            assert len(found[f"jira:ticket:{numbers[off]}"]) == 1
            with pytest.raises(WaitingError, match="more people"):
                stages.apply(project, plan)
            plan = stages.make_plan(project, Scope(only=(f"ticket:{numbers[shared]}",)))
            confirm(project, plan)
            assert stages.apply(project, plan).failed == 0
        (case,) = (own.zendesk.state.case(number) for number in own.zendesk.state.heads)
        said = {
            event["plain_body"]: event["public"]
            for audit in case.audits
            for event in audit["events"]
            if event["type"] == "Comment"
        }
        assert said["for all"] is True
        assert said["for the role"] is False
        (kept,) = (text for text in said if "provenance" in text)
        assert "Port" in kept, "the second organization is kept beside"


def test_what_the_source_took_back_between_the_file_and_its_binding_is_seen_by_nobody(pair, tmp_path):
    """The file of an older plan holds more parts and other words than the plan that binds it knows of."""
    life, words = pair.zendesk.state, "said in the same second"
    number = list(_open_tickets(pair))[1]
    secret = life.add_comment(number, f"<p>{SECRET * 5_000}</p>", public=False)
    life.add_comment(number, f"<p>{words}</p>")
    pair.clock.advance(120)
    pair._private = None
    pair.new_jira()
    scope = Scope(only=(f"ticket:{number}",))
    project, plan = plan_all(pair, tmp_path / "mig", scope)

    def shorten(builder: Any, comment: Any) -> None:
        comment |= {"body": "taken back", "html_body": "taken back", "plain_body": "taken back"}
        builder.event("CommentRedactionEvent", comment_id=secret)

    with project:
        until_files(project, plan)
        administer(pair, files_of(project, plan))
        life.amend(number, secret, AGENTS[0], shorten)
        late = _delta(pair, project, scope)
        assert {item.count for item in late.findings("code = 'JSM-STRAY'")} == {2}
        with pytest.raises(Killed):
            stages.apply(project, late, workers=1, on_point=Killer(3))
    with Project.load(tmp_path / "mig", clock=pair.clock) as project:
        # The comment that was just hidden has no mark yet: nobody else changed it.
        assert stages.apply(project, project.plan(late.id)).failed == 0
        issue = _issue(pair, project, number)
        shown = [comment for comment in issue.comments if not comment.internal]
        assert SECRET not in str([comment.body for comment in shown])
        assert sum(words in str(comment.body) for comment in shown) == 1
        (now,) = _parts(issue, secret)
        assert now.internal
        assert "taken back" in str(now.body)
        assert stages.make_plan(project, scope).endpoint_counts() == {}
    assert not pair.seen
    assert {exposure.text for exposure in pair.jira.state.leaks()} <= {words}, (
        "the copy of a public text is hidden"
    )


def test_an_update_that_stopped_half_way_is_taken_back_and_can_be_made_again(pair, tmp_path):
    life = pair.zendesk.state
    number = next(_open_tickets(pair))
    with _migrated(pair, tmp_path / "mig", number) as (project, scope):
        before = site_of(pair.jira)
        life.touch_ticket(number, subject="moved on", status="solved")
        life.add_comment(number, "<p>another</p>", files=[("png", "late.png")])
        late = _delta(pair, project, scope)
        pair.jira.faults.add(Fault("status_before", match="POST */transitions", status=400))
        figures = stages.apply(project, late, fail=False)
        assert figures.problems == {"rejected": 1, "blocked": 1}
        edited = stages.plan_rollback(project, late.id)
        issue = _issue(pair, project, number)
        _by_agent(pair, "PUT", f"issue/{issue.key}", {"fields": {"summary": "an agent's"}})
        assert stages.apply(project, edited, fail=False).problems["conflict"] == 1
        (kept,) = stages.plan_rollback(project, late.id).changes("outcome = 'skip'")
        assert "neither as before nor as wanted: subject" in kept.because
        _by_agent(pair, "PUT", f"issue/{issue.key}", {"fields": {"summary": "moved on"}})
        stages.apply(project, stages.plan_rollback(project, late.id))
        assert site_of(pair.jira) == before
        assert stages.verify(project).same
        again = stages.make_plan(project, scope)
        assert again.endpoint_counts()["comment.create"] == again.endpoint_counts()["attachment.add"] == 1
        assert stages.apply(project, again).failed == 0
        assert stages.verify(project).same


@pytest.mark.parametrize("way", ["rest", "import-file"])
def test_the_history_of_a_field_that_the_mapping_drops_goes_with_it(pair, tmp_path, way):
    """`drop: true, because: "card numbers leave no trace in the new desk"`: nor do their old values, nor words that were redacted."""
    life = pair.zendesk.state
    number = list(_open_tickets(pair))[1]
    card = next(id_ for id_, row in life.lists["ticket_fields"].items() if row["type"] == "partialcreditcard")
    for value in ("4111111111111111", "4222222222222222"):
        life.touch_ticket(number, **{f"field_{card}": value})
    for public in (True, False):
        said = life.add_comment(number, "<p>the word XYZZY</p>", public=public)
        life.redact(number, said, "XYZZY")
    pair.clock.advance(120)
    pair._private = None
    pair.new_jira()
    project, plan = plan_all(pair, tmp_path / "mig", Scope(only=(f"ticket:{number}",)), way=way)
    with project:
        if way == "import-file":
            until_files(project, plan)
            administer(pair, files_of(project, plan))
        assert stages.apply(project, plan).failed == 0
        everything = json.dumps(pair.jira.dump(), default=str)
        assert [
            word for word in ("4111111111111111", "4222222222222222", "XYZZY") if word in everything
        ] == []
        assert stages.verify(project).same
        planner = Planner(project.planning(inputs=Inputs.of(plan.header)))
        root = parse_ref(f"acme:ticket:{number}")
        rows = planner.planning.source_rows(root)
        planned = planner.plan(root, rows)
        found, _ = planner.leaf_totals(planned, rows)
        assert sum(found.values()) == sum(row.leaves for row in rows)


def test_a_ticket_that_its_customer_does_not_see_stays_off_the_portal_until_it_is_public(pair, tmp_path):
    """A ticket of agents among themselves about a customer: its subject alone would tell."""
    life = pair.zendesk.state
    asker = next(
        row["id"] for row in life.lists["users"].values() if row["role"] == "end-user" and row["email"]
    )
    number = life.create_ticket("he is in arrears", "<p>among us</p>", requester=asker, public=False)
    with _migrated(pair, tmp_path / "mig", number) as (project, scope):
        issue = _issue(pair, project, number)
        assert portal_of(pair) == {}
        first = project.plan("p-01")
        assert [item.code for item in first.findings("code = 'V602'")] == ["V602"]
        assert stages.verify(project).same
        said = life.add_comment(number, "<p>for you</p>")
        late = _delta(pair, project, scope)
        assert stages.apply(project, late).failed == 0
        ((seen,),) = (shown.values() for shown in portal_of(pair).values())
        assert len(seen) == 1
        assert "for you" in seen[0]

        def hide(builder: Any, comment: Any) -> None:
            comment["public"] = builder.ticket["is_public"] = False
            builder.event("CommentPrivacyChange", comment_id=said, public=False)

        life.amend(number, said, AGENTS[0], hide)
        late = _delta(pair, project, scope)
        assert stages.apply(project, late).failed == 0
        assert portal_of(pair) == {}
        assert stages.verify(project).same
        assert stages.make_plan(project, scope).endpoint_counts() == {}
        stages.apply(project, stages.plan_rollback(project, late.id))
        assert issue.key in next(iter(portal_of(pair).values()))
