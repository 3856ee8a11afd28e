"""Whatever people change in the old desk after the first run comes with the next one, or the plan says why it cannot."""

from contextlib import ExitStack

import pytest
from tests.flow.delta_desks import DeltaWay

from ticketferry.project import Project


def told(way, plan):
    """What a plan does with each ticket, by its endpoints, and the codes of its findings by record."""
    with Project.load(way.root, clock=way.clock) as project:
        opened = project.plan(plan)
        deeds = {
            change.root: (change.outcome.value, {row.endpoint for row in opened.operations("root = ?", (change.root,))})
            for change in opened.changes()
        }  # fmt: skip
        codes = set(opened.rows("SELECT subject, code FROM finding"))
    return deeds, codes


@pytest.mark.slow
@pytest.mark.long(part=1)
@pytest.mark.parametrize("source", ["zendesk", "jsm"])
def test_each_kind_of_change_comes_with_the_next_run(tmp_path, source):
    with ExitStack() as stack:
        way = DeltaWay(stack, tmp_path / "mig", source, 4 if source == "zendesk" else 12)
        (from_zendesk if source == "zendesk" else from_jira)(way)
        assert not way.new.notifications
        assert set(way.look(way.plan()).values()) <= {"unchanged", "skip"}


def upload(way, name, data):
    sent = way.ask("POST", f"/api/v2/uploads.json?filename={name}", content=data, headers={"Content-Type": "text/plain"})  # fmt: skip
    return sent["upload"]["token"]


def from_zendesk(way):
    state = way.old.state
    one, other = [
        row["id"]
        for row in state.lists["users"].values()
        if row["role"] == "end-user" and row["active"] and row["email"]
    ][:2]
    numbers = [state.create_ticket(f"Kind {kind}", "<p>first words</p>", requester=one) for kind in range(7)]
    deleted, merged, winner, added, removed, hidden, given = numbers
    secret = state.add_comment(hidden, "<p>a secret</p>", public=True)
    with_file = {"body": "with a file", "uploads": [upload(way, "a.txt", b"a")]}
    way.ask("PUT", f"/api/v2/tickets/{removed}.json", {"ticket": {"comment": with_file}})
    way.write(way.plan())

    state.delete_ticket(deleted)
    state.merge([merged], winner)
    state.make_private(hidden, secret)
    late = {"body": "late file", "uploads": [upload(way, "b.txt", b"b")], "public": False}
    way.ask("PUT", f"/api/v2/tickets/{added}.json", {"ticket": {"comment": late}})
    said = next(event for audit in state.case(removed).audits for event in audit["events"] if event.get("attachments"))  # fmt: skip
    path = f"/api/v2/tickets/{removed}/comments/{said['id']}/attachments/{said['attachments'][0]['id']}/redact.json"
    way.ask("PUT", path, {})
    way.ask("PUT", f"/api/v2/tickets/{given}.json", {"ticket": {"requester_id": other}})

    plan = way.plan()
    deeds, codes = told(way, plan)
    ref = "acme:ticket:{}".format
    assert deeds[ref(deleted)] == ("skip", set())
    assert (ref(deleted), "TF-STAYS") in codes, "we may not take away what people work on: it is told"
    assert {"issue.link", "issue.transition", "comment.create"} <= deeds[ref(merged)][1]
    assert {"attachment.add", "comment.create"} <= deeds[ref(added)][1]
    assert "comment.edit" in deeds[ref(hidden)][1]
    assert "issue.edit" in deeds[ref(given)][1]
    assert (ref(removed), "JSM-FIXED") in codes, (
        "customers would go on seeing it: nothing is written before it is gone"
    )
    site = way.new.state
    issue = site.issue(way.target_id(ref(removed)))
    for id_ in list(issue.attachments):
        issue.attachments.remove(id_)
        site.attachments.pop(id_)
    site.touch(issue)
    way.write(way.plan())

    def there(number):
        return site.issue(way.target_id(ref(number)))

    assert [comment.internal for comment in there(hidden).comments][-1] is True
    assert [site.attachments[id_].name for id_ in there(added).attachments] == ["b.txt"]
    assert there(added).comments[-1].internal
    assert site.accounts[there(given).values["reporter"]].email == state.lists["users"][other]["email"]
    assert not there(removed).attachments
    assert any(
        link.outward == there(winner).id or link.inward == there(winner).id for link in site.links.values()
    )


def from_jira(way):
    state, agent = way.old.state, "/rest/api/3/issue/{}".format
    keys = [issue.key for issue in state.issues.values() if issue.resolved is None][:6]
    deleted, added, removed, hidden, given, renamed = keys
    headers = {"X-Atlassian-Token": "no-check"}
    document = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a secret"}]}]}  # fmt: skip
    ids = {key: state.issue(key).id for key in keys}
    secret = way.ask("POST", agent(f"{hidden}/comment"), {"body": document})["id"]
    file = way.ask("POST", agent(f"{removed}/attachments"), files={"file": ("a.txt", b"a", "text/plain")}, headers=headers)[0]["id"]  # fmt: skip
    way.write(way.plan())

    way.ask("DELETE", agent(deleted))
    way.ask(
        "POST", agent(f"{added}/attachments"), files={"file": ("b.txt", b"b", "text/plain")}, headers=headers
    )
    way.ask("DELETE", f"/rest/api/3/attachment/{file}")
    way.ask("PUT", f"/rest/api/3/comment/{secret}/properties/sd.public.comment", {"internal": True})
    reporter = state.issue(given).values["reporter"]
    other = next(one.id for one in state.accounts.values() if one.kind == "customer" and one.id != reporter and one.email)  # fmt: skip
    way.ask("PUT", agent(given), {"fields": {"reporter": {"accountId": other}}})
    person = state.accounts[state.issue(renamed).values["reporter"]]
    person.name = "Renamed Person"

    plan = way.plan()
    deeds, codes = told(way, plan)

    def ref(key):
        return f"acme:ticket:{ids[key]}"

    assert (ref(deleted), "TF-STAYS") in codes, "we may not take away what people work on: it is told"
    assert {"comment.add", "upload.add"} <= deeds[ref(added)][1]
    assert "attachment.redact" in deeds[ref(removed)][1]
    assert "comment.hide" in deeds[ref(hidden)][1]
    assert "ticket.update" in deeds[ref(given)][1]
    assert deeds[f"acme:person:{person.id}"] == ("update", {"user.update"})
    way.write(plan)

    account = way.new.state

    def there(key):
        """The ticket, and its comments but ours at the end."""
        case = account.case(int(way.target_id(ref(key))))
        said = [event for audit in case.audits for event in audit["events"] if event["type"] == "Comment"]
        return case.ticket, said

    assert any(file["file_name"] == "b.txt" for event in there(added)[1] for file in event["attachments"])
    assert not any(
        file["file_name"] == "a.txt" for event in there(removed)[1] for file in event["attachments"]
    )
    assert [event["public"] for event in there(hidden)[1] if "a secret" in event["plain_body"]] == [False]
    people = account.lists["users"]
    assert people[there(given)[0]["requester_id"]]["email"] == state.accounts[other].email
    assert people[int(way.target_id(f"acme:person:{person.id}"))]["name"] == "Renamed Person"
