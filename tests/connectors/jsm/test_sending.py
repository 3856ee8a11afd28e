"""Writes against the emulated Jira: refusals of single records, lost answers, limits, leaks, and taking back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from tests.connectors.jsm.migrating import (
    AGENT,
    CUSTOMER,
    ORGANIZATION,
    PNG,
    Migration,
    comment,
    migration,
    ticket,
)

from ticketferry.sdk import (
    AuthError,
    Outcome,
    RejectedError,
    RetryableError,
    SecretStr,
    Session,
    Severity,
    UnknownOutcomeError,
)
from ticketferry.testing.comparing import differences
from ticketferry_emulators.kit.faults import Fault
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.client import JsmClient
from ticketferry_jsm.source import JsmSource
from ticketferry_jsm.target import JsmTarget


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        found.people()
        yield found


def creates(site: Migration, *records: Any) -> list[Any]:
    return [site.driver.compile(Outcome.CREATE, record).operations[0] for record in records]


def endpoint(site: Migration, name: str) -> Any:
    return next(item for item in site.target.endpoints if item.name == name)


def test_a_batch_answers_for_each_record_by_its_number(site: Migration) -> None:
    wanted = creates(site, ticket(1), ticket(2), ticket(3))
    body = dict(wanted[1].body)
    broken = replace(wanted[1], body={**body, "fields": {**body["fields"], "priority": {"id": "99"}}})
    results = site.driver.send([wanted[0], broken, wanted[2]])
    assert [result.status for result in results] == ["done", "rejected", "done"]
    assert results[1].error.where == "priority"
    assert site.issue("acme:ticket:3").properties["ticketferry.source"]["ref"] == "acme:ticket:3"


def test_a_batch_in_which_all_fail_raises_nothing(site: Migration) -> None:
    wanted = creates(site, ticket(1), ticket(2))
    broken = [replace(item, body={"fields": {"project": {"id": "1"}}}) for item in wanted]
    assert [result.status for result in site.driver.send(broken)] == ["rejected", "rejected"]


def test_issues_that_were_made_alone_stay_made_where_a_later_one_is_not_served(
    site: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that is refused as a whole is sent issue by issue: a stumble in between said that none of them was made."""
    wanted = creates(site, ticket(1), ticket(2), ticket(3))
    write, sizes = JsmClient.write, []

    def stumbling(client: JsmClient, *where: Any, **more: Any) -> Any:
        sizes.append(len(more["json"]["issueUpdates"]))
        if sizes == [3]:
            raise RejectedError("the request as a whole", status=400)
        if len(sizes) == 3:
            raise RetryableError("Jira answered 503")
        return write(client, *where, **more)

    monkeypatch.setattr(JsmClient, "write", stumbling)
    results = site.driver.send(wanted)
    assert sizes == [3, 1, 1]
    assert [result.status for result in results] == ["done", "unknown", "unknown"]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "status_after", "status_before"])
def test_a_lost_answer_is_told_by_the_mark(site: Migration, kind: str) -> None:
    wanted = creates(site, ticket(1), ticket(2))
    assert site.target.find([site.driver.resolved(item) for item in wanted], {})[0].status == "absent"
    site.emulator.faults.add(Fault(kind, nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        site.driver.send(wanted)
    found = site.target.find([site.driver.resolved(item) for item in wanted], {})
    came = kind.endswith("_after")
    assert [result.status for result in found] == ["done" if came else "absent"] * 2
    assert [issue.key for issue in site.state.issues.values()] == (
        [result.gives["key"] for result in found] if came else []
    )


def test_a_new_issue_is_found_behind_others_and_while_the_search_lags(site: Migration) -> None:
    first, *_ = creates(site, ticket(1))
    last = dict(site.driver.send([first])[0].gives)
    for number in range(130):
        site.driver.send(creates(site, ticket(1000 + number)))
    site.state.index_lag = 3_600.0
    (lost,) = creates(site, ticket(2))
    site.driver.send([lost])
    found = site.target.find([site.driver.resolved(lost)], last)
    assert found[0].gives == site.driver.slots["acme:ticket:2"]


def test_an_issue_found_twice_is_a_doubt(site: Migration) -> None:
    (wanted,) = creates(site, ticket(1))
    site.driver.send([wanted])
    site.driver.send([wanted])
    found = site.target.find([site.driver.resolved(wanted)], {})[0]
    assert found.status == "done"
    assert found.error is not None
    assert found.error.severity is Severity.DOUBT


def test_files_of_one_name_are_told_apart_when_an_answer_is_lost(site: Migration) -> None:
    files = [site.file(number, f"{number}".encode(), "log.txt") for number in (1, 2, 3)]
    uploads = [
        op
        for op in site.driver.compile(Outcome.CREATE, ticket(1, attachments=files)).operations
        if op.endpoint == "attachment.add"
    ]
    site.driver.send(creates(site, ticket(1)))
    site.driver.send([uploads[0]])
    find = [site.target.find([site.driver.resolved(item)], {})[0].status for item in uploads]
    assert find == ["done", "absent", "absent"]


def test_an_internal_comment_that_comes_out_public_is_taken_back(
    site: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ticket(1, comments=[comment(1, "<p>secret</p>", public=False)])
    operations = {op.endpoint: op for op in site.driver.compile(Outcome.CREATE, record).operations}
    site.driver.send([operations["issue.create"]])
    wanted = site.driver.resolved(operations["comment.create"])
    real = site.target.client.write

    def revealing(*args: Any, **more: Any) -> Any:
        answer, response = real(*args, **more)
        return {**answer, "jsdPublic": True}, response

    monkeypatch.setattr(site.target.client, "write", revealing)
    (result,) = site.target.write(endpoint(site, "comment.create"), [wanted])
    monkeypatch.undo()
    assert result.compensate
    undo = site.target.undo([(wanted, result)], None)
    assert [op.endpoint for op in undo.operations] == [endpoint(site, "comment.create").reverts]
    site.driver.send([undo.operations[0]])
    assert site.issue("acme:ticket:1").comments == []


def test_a_long_thread_stays_within_the_limits_of_its_issue(site: Migration) -> None:
    started = site.emulator.clock.time()
    site.create(ticket(1, comments=[comment(number, f"<p>{number}</p>") for number in range(250)]))
    statuses = Counter(entry.status for entry in site.emulator.ledger)
    assert 429 not in statuses
    assert 50 < site.emulator.clock.time() - started < 120
    assert [
        item.body["content"][1]["content"][0]["text"] for item in site.issue("acme:ticket:1").comments
    ] == [str(n) for n in range(250)]


def test_a_limit_that_answers_429_is_waited_for(site: Migration) -> None:
    site.emulator.faults.add(Fault("rate_limited", nth=1, writes_only=True, retry_after=7))
    before = site.emulator.clock.time()
    assert site.driver.send(creates(site, ticket(1)))[0].status == "done"
    assert site.emulator.clock.time() - before >= 7


def test_a_customer_whose_account_exists_is_not_bound_to_it(site: Migration) -> None:
    """What was there before is never success: the plan did not say whose account it is."""
    record = {"ref": "acme:person:9", "name": "M", "email": "M@Customers.example", "account": "customer"}
    compiled = site.driver.compile(Outcome.CREATE, record)
    (result,) = site.driver.send(compiled.operations[:1])
    assert (result.status, result.error.code) == ("rejected", "JSM-TAKEN")
    assert "acme:person:9" not in site.driver.slots
    assert "decisions file" in result.error.remedy


@pytest.mark.parametrize(
    "name", ["Müller & Söhne", "  MÜLLER  & Söhne", "Mu\u0308ller & So\u0308hne", "Müller & Söhne."]
)
@pytest.mark.parametrize("age", [0, 3_600])
def test_an_organization_that_was_there_is_bound_to_nothing(site: Migration, name: str, age: int) -> None:
    """Jira answers a name in use with the organization that bears it, and its members would see our tickets."""
    site.emulator.clock.advance(age)
    compiled = site.driver.compile(Outcome.CREATE, {"ref": "acme:organization:11", "name": name})
    before = len(site.emulator.state.organizations)
    (result,) = site.driver.send(compiled.operations[:1])
    assert (result.status, result.error.code) == ("rejected", "JSM-TAKEN")
    assert len(site.emulator.state.organizations) == before


def test_two_organizations_of_one_name_are_not_one(site: Migration) -> None:
    first = site.driver.compile(Outcome.CREATE, {"ref": "acme:organization:12", "name": "Acme"})
    second = site.driver.compile(Outcome.CREATE, {"ref": "acme:organization:13", "name": " ACME "})
    (done,) = site.driver.send(first.operations[:1])
    (result,) = site.driver.send(second.operations[:1])
    assert done.status == "done"
    assert (result.status, result.error.code) == ("rejected", "JSM-TAKEN")


def test_an_organization_made_before_a_crash_is_found_and_a_strangers_is_not(site: Migration) -> None:
    compiled = site.driver.compile(Outcome.CREATE, {"ref": "acme:organization:12", "name": "Acme"})
    (create,) = compiled.operations[:1]
    assert site.driver.find([create], {})[0].status == "absent"
    (done,) = site.driver.send([create])
    assert site.driver.find([create], {})[0].gives == done.gives
    assert site.target.find([create], {})[0].status == "rejected", "nothing is known of an attempt"
    row = site.emulator.state.organizations[done.gives["id"]]
    row.members.append(site.driver.slots[CUSTOMER]["id"])
    assert site.driver.find([create], {})[0].status == "rejected"


def test_matched_people_get_what_they_lack_and_are_not_made(site: Migration) -> None:
    current = site.driver.read(CUSTOMER)
    desired = {
        "ref": CUSTOMER,
        "name": "other",
        "email": "m@customers.example",
        "organizations": [ORGANIZATION],
    }
    compiled = site.driver.compile(Outcome.MATCH, desired, current)
    assert {op.endpoint for op in compiled.operations} == {"customer.add_to_desk"}
    agent = site.driver.compile(
        Outcome.MATCH, {"ref": AGENT, "organizations": [ORGANIZATION]}, {"ref": AGENT, "account": "agent"}
    )
    assert [op.endpoint for op in agent.operations] == ["organization.add_user"]
    site.driver.apply(compiled.operations)
    undo = site.target.undo(
        [(op, replace(done, gives={})) for op, done in site.driver.apply(agent.operations)], None
    )
    assert [op.endpoint for op in undo.operations] == ["organization.remove_user"]


def test_a_whole_ticket_is_taken_back_with_all_that_hangs_on_it(site: Migration) -> None:
    before = {key: value for key, value in site.emulator.dump().items() if key != "counters"}
    record = ticket(
        1,
        comments=[comment(1, "<p>a</p>")],
        attachments=[site.file(1, PNG, "a.png")],
        links=[{"type": "Relates", "to": "acme:ticket:2"}],
        status="Closed",
    )
    compiled = [site.driver.compile(Outcome.CREATE, item) for item in (record, ticket(2))]
    done = site.driver.apply([op for each in compiled for op in each.operations])
    inverses = []
    for ref in ("acme:ticket:1", "acme:ticket:2"):
        undo = site.target.undo([pair for pair in done if str(pair[0].lane) == ref], None)
        assert undo.expected is None
        inverses.extend(undo.operations)
    results = site.driver.send(inverses)
    assert [result.status for result in results] == ["done", "done"]
    after = {key: value for key, value in site.emulator.dump().items() if key != "counters"}
    assert after == before
    assert [result.status for result in site.driver.send(inverses)] == ["done", "done"]


def test_an_update_writes_what_moved_and_is_taken_back(site: Migration) -> None:
    first = ticket(
        1,
        requester=CUSTOMER,
        body={"html": "<p>old</p>"},
        priority="High",
        tags=["a"],
        fields={"Serial no.": "1", "Order id": "7"},
        comments=[comment(1, "<p>one</p>", public=False)],
        status="In progress",
    )
    site.create(first)
    before = site.driver.read("acme:ticket:1")
    assert before is not None
    after = {
        **first,
        "subject": "new",
        "body": {"html": "<p>new</p>"},
        "priority": "Low",
        "tags": [],
        "fields": {"Serial no.": "2"},
        "status": "Resolved",
        "resolution": "Done",
        "comments": [comment(1, "<p>ONE</p>", public=False), comment(2, "<p>two</p>")],
    }
    fields = [
        "subject", "body", "priority", "tags", 'fields["Serial no."]', 'fields["Order id"]', "status", "stage", "resolution",
        "comments[acme:comment:1]", "comments[acme:comment:2]",
    ]  # fmt: skip
    compiled = site.driver.compile(Outcome.UPDATE, after, before, fields)
    done = site.driver.apply(compiled.operations)
    seen = site.check(compiled, "acme:ticket:1")
    assert (seen["subject"], seen["status"], seen["resolution"]) == ("new", "Resolved", "Done")
    assert seen["fields"] == {"Serial no.": "2"}
    undo = site.target.undo(done, before)
    assert undo.findings == ()
    site.driver.apply(undo.operations)
    restored = site.driver.read("acme:ticket:1")
    assert restored is not None
    assert differences(before, restored) == {}


def test_what_no_edit_can_change_is_told_and_stays(site: Migration) -> None:
    site.create(ticket(1))
    before = site.driver.read("acme:ticket:1")
    compiled = site.driver.compile(
        Outcome.UPDATE, ticket(1, project="BILL", type="Task"), before, ["project", "type"]
    )
    assert {finding.code for finding in compiled.findings} == {"JSM-FIXED"}
    site.driver.apply(compiled.operations)
    site.check(compiled, "acme:ticket:1")
    person = site.driver.read(CUSTOMER)
    moved = site.driver.compile(
        Outcome.UPDATE,
        {"ref": CUSTOMER, "name": "New", "email": "m@customers.example", "organizations": [ORGANIZATION]},
        person,
        ["name"],
    )
    assert moved.operations == ()
    site.check(moved, CUSTOMER)


def test_wrong_credentials_say_what_to_do(site: Migration) -> None:
    options = site.target.options.model_copy(update={"token": SecretStr("wrong")})
    target = JsmTarget(options, Session(desk="new", clock=site.emulator.clock))
    with pytest.raises(AuthError, match="token"):
        target.check()
    target.close()


def test_guards_tell_the_truth_of_the_site() -> None:
    with migration("fresh") as loud:
        found = {finding.code: finding for finding in loud.target.check()}
        assert found["JSM-GUARD-SCHEME"].severity is Severity.BLOCKER
        assert "Issue created" in found["JSM-GUARD-SCHEME"].message
    with migration() as quiet:
        found = {finding.code: finding for finding in quiet.target.check()}
        assert found["JSM-GUARD-SCHEME"].severity is Severity.INFO
        assert {guard.code for guard in CONNECTOR.guards if guard.proof == "read"} <= found.keys()


def test_a_mark_of_another_workspace_stops_the_plan(site: Migration) -> None:
    site.create(ticket(1))
    other = JsmTarget(
        site.target.options, Session(desk="new", origin="acme", workspace="ws-2", clock=site.emulator.clock)
    )
    catalog = other.catalog()
    wires = [wire for page in other.read("tickets", None) for wire in page.records]
    findings = [finding for wire in wires for finding in other.translate(wire, catalog).findings]
    other.close()
    assert [(finding.code, finding.severity) for finding in findings] == [
        ("JSM-MARK-OTHER", Severity.BLOCKER)
    ]
    assert "ws-1" in findings[0].message


def test_links_that_the_source_lost_go_and_come_back_with_a_rollback(site: Migration) -> None:
    remote = {"type": "remote", "url": "https://wiki.example/a?b=c", "title": "Wiki <1>"}
    first = ticket(1, links=[{"type": "Blocks", "to": "acme:ticket:2", "inward": True}, remote])
    compiled = [site.driver.compile(Outcome.CREATE, item) for item in (first, ticket(2))]
    site.driver.apply([op for each in compiled for op in each.operations])
    before = site.check(compiled[0], "acme:ticket:1")
    fields = [
        "links[Blocks:acme:ticket:2:1]",
        f"links[remote:{remote['url']}:0]",
        "links[Relates:acme:ticket:2:0]",
    ]
    after = ticket(1, links=[{"type": "Relates", "to": "acme:ticket:2"}])
    update = site.driver.compile(Outcome.UPDATE, after, before, fields)
    done = site.driver.apply(update.operations)
    site.check(update, "acme:ticket:1")
    assert [site.state.link_types[link.type].name for link in site.state.links.values()] == ["Relates"]
    assert site.issue("acme:ticket:1").remote_links == []
    undo = site.target.undo(done, before)
    assert undo.findings == ()
    site.driver.apply(undo.operations)
    restored = site.driver.read("acme:ticket:1")
    assert restored is not None
    assert differences(before, restored) == {}
    assert [site.state.link_types[link.type].name for link in site.state.links.values()] == ["Blocks"]
    assert len(site.issue("acme:ticket:1").remote_links) == 1


def test_a_ticket_that_is_matched_is_left_alone(site: Migration) -> None:
    assert site.driver.compile(Outcome.MATCH, ticket(1), {"ref": "acme:ticket:1"}).operations == ()


def test_a_file_that_the_workspace_lost_rejects_its_upload_only(site: Migration) -> None:
    record = ticket(1, attachments=[site.file(1, b"data", "a.txt")])
    operations = {op.endpoint: op for op in site.driver.compile(Outcome.CREATE, record).operations}
    site.driver.send([operations["issue.create"]])
    site.blobs.files.clear()
    (result,) = site.driver.send([operations["attachment.add"]])
    assert result.status == "rejected"
    assert result.error is not None
    assert "a.txt" in result.error.message


def test_a_workflow_without_a_way_keeps_the_status_beside(site: Migration) -> None:
    compiled = site.driver.compile(Outcome.CREATE, ticket(1, type="Task", status="Canceled"))
    assert compiled.expected is not None
    assert compiled.expected["status"] == "Waiting for support"
    assert compiled.expected["provenance"]["unplaced"] == {"status": "Canceled"}
    assert "JSM-PATH" in {finding.code for finding in compiled.findings}


def test_a_description_too_long_for_one_field_is_not_edited_by_halves(site: Migration) -> None:
    first = ticket(1, body={"html": "<p>" + "wort " * 10_000 + "</p>"})
    site.create(first)
    before = site.driver.read("acme:ticket:1")
    compiled = site.driver.compile(
        Outcome.UPDATE, {**first, "body": {"html": "<p>short</p>"}}, before, ["body"]
    )
    assert "JSM-FIXED" in {finding.code for finding in compiled.findings}
    site.driver.apply(compiled.operations)
    site.check(compiled, "acme:ticket:1")
    assert len(site.issue("acme:ticket:1").comments) == 1


def test_a_deletion_that_jira_calls_complete_is_read_issue_by_issue(site: Migration) -> None:
    done = [pair for number in (1, 2, 3) for pair in site.create(ticket(number))[1]]
    ids = [site.driver.slots[f"acme:ticket:{number}"]["id"] for number in (1, 2, 3)]
    site.state.undeletable[ids[0]] = "The issue is locked by an approval."
    site.state.delete_issue(site.state.issues[ids[2]])
    inverses = [
        op
        for number in (1, 2, 3)
        for op in site.target.undo(
            [pair for pair in done if str(pair[0].lane) == f"acme:ticket:{number}"], None
        ).operations
    ]
    kept, gone, unseen = site.driver.send(inverses)
    assert (kept.status, gone.status, unseen.status) == ("rejected", "done", "done")
    assert kept.error is not None
    assert "locked by an approval" in kept.error.message
    assert gone.error is None
    assert unseen.error is not None
    assert unseen.error.code == "JSM-DELETE-UNSEEN"
    assert "1 of the task" in unseen.error.message


@pytest.mark.parametrize("name", ["x" * 201, "Müller " * 60, "x" * 4_000, "", " \t "])
def test_an_organizations_name_that_jira_does_not_take_is_mended_and_told(site: Migration, name: str) -> None:
    record = {"ref": "acme:organization:14", "name": name}
    compiled = site.driver.compile(Outcome.CREATE, record)
    (finding,) = [one for one in compiled.findings if one.code == "JSM-ORGANIZATION"]
    assert finding.subject is not None
    done = site.driver.apply(compiled.operations)
    assert done
    seen = site.check(compiled, "acme:organization:14")
    assert 1 <= len(seen["name"]) <= 200
    other = site.driver.compile(Outcome.CREATE, {"ref": "acme:organization:15", "name": f"{name} and Sons"})
    assert other.expected is not None
    assert other.expected["name"] != seen["name"], "two long names are not made one"


def test_check_names_the_strongest_guard_and_the_clocks_that_start_by_themselves() -> None:
    """No API shows whether mail goes out at all, and none stops a clock: both are told before anything is written."""
    with migration() as site:
        found = {finding.code: finding for finding in site.target.check()}
        assert found["JSM-MAIL"].severity is Severity.INFO
        assert "Outgoing mail" in found["JSM-MAIL"].message
        clocks = [field.name for field in site.state.fields.values() if "sd-sla-field" in field.custom]
        assert clocks
        assert found["JSM-SLA"].severity is Severity.DOUBT
        assert found["JSM-SLA"].count == len(clocks)
        assert all(name in found["JSM-SLA"].message for name in clocks[:4])
        assert "start condition" in found["JSM-SLA"].remedy
        for id_ in [field.id for field in site.state.fields.values() if "sd-sla-field" in field.custom]:
            del site.state.fields[id_]
        assert "JSM-SLA" not in {finding.code for finding in site.target.check()}


def test_a_site_that_is_only_read_is_not_asked_for_rights_to_write_nor_for_guards() -> None:
    """Clocks, licences, mail and schemes matter where somebody writes; reading takes the right to see the issues as an agent."""
    with migration() as site, closing(JsmSource(site.target.options, site.target.session)) as source:
        written = {finding.code for finding in site.target.check()}
        account = site.target.client.myself()["accountId"]
        site.state.lacking[account] |= {"CREATE_ISSUES", "DELETE_ISSUES", "ADMINISTER"}
        read = {finding.code for finding in source.check()}
        assert written - read >= {"JSM-MAIL", "JSM-SLA", "JSM-SEATS"}
        assert not [code for code in read if code.startswith("JSM-GUARD")]
        assert "JSM-RIGHT" not in read
        site.state.lacking[account].add("BROWSE_PROJECTS")
        told = [one for one in source.check() if one.code == "JSM-RIGHT"]
        assert {one.severity for one in told} == {Severity.BLOCKER}
        assert all("read issues" in one.message for one in told)
