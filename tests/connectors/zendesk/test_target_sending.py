"""Sending, looking up, limits and guards of the Zendesk target on the emulator."""

from dataclasses import replace
from threading import Thread

import pytest
from tests.connectors.zendesk.targets import CUSTOMER, ORGANIZATION, migration, target_on

from ticketferry.errors import RejectedError, RetryableError, UnknownOutcomeError
from ticketferry.sdk import Finding, Job, Outcome, Severity
from ticketferry_emulators.kit.faults import Fault
from ticketferry_zendesk import jobs
from ticketferry_zendesk.endpoints import ENDPOINTS, GUARD_AUTOMATIONS, GUARD_TRIGGERS
from ticketferry_zendesk.jobs import MOST_JOBS, JobRunner
from ticketferry_zendesk.tokens import of_target

BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


def ticket(number, **more):
    return {
        "ref": f"acme:ticket:{number}", "subject": f"Ticket {number}", "status": "open", "requester": CUSTOMER,
        "created": "2024-03-01T10:00:00Z", "updated": "2024-03-01T10:00:00Z", "provenance": {"ref": f"acme:ticket:{number}"},
        "comments": [
            {"ref": f"acme:comment:{number}0", "author": CUSTOMER, "public": True, "opening": True, "body": {"html": "<p>hello</p>"},
             "created": "2024-03-01T10:00:00Z"},
        ], **more,
    }  # fmt: skip


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        yield found


def imports(m, *records):
    """The resolved import operations of new tickets."""
    found = []
    for record in records:
        operations = m.driver.compile(Outcome.CREATE, record).operations
        found += [
            m.driver.resolved(operation)
            for operation in operations
            if operation.endpoint.startswith("ticket.")
        ]
    return found


def ended(m, answer):
    while isinstance(answer, Job):
        results = m.target.poll(answer)
        if results is not None:
            return results
        m.emulator.clock.sleep(1.0)
    return answer


def test_a_batch_is_one_job_whose_results_go_to_their_records(m):
    batch = imports(m, *(ticket(number) for number in range(1, 41)))
    results = ended(m, m.target.write(BY_NAME["ticket.import"], batch))
    assert [result.key for result in results] == [operation.key for operation in batch]
    for operation, result in zip(batch, results, strict=True):
        assert m.state.case(int(result.gives["id"])).ticket["external_id"] == operation.body["external_id"]
    assert (
        len([entry for entry in m.emulator.ledger if entry.path.endswith("/imports/tickets/create_many")])
        == 1
    )


def test_one_bad_ticket_fails_by_itself(m):
    good, bad = imports(m, ticket(1), ticket(2))
    bad.body["comments"][0]["author_id"] = 999
    results = ended(m, m.target.write(BY_NAME["ticket.import"], [good, bad]))
    assert [result.status for result in results] == ["done", "rejected"]
    assert "Author" in results[1].error.message


@pytest.mark.parametrize("at", ["job", "poll"])
def test_what_was_done_alone_stays_done_where_a_later_one_gets_no_answer(m, monkeypatch, at):
    """A request that is refused as a whole is sent record by record: a stumble in between said that none of them was done."""
    batch = imports(m, ticket(1), ticket(2), ticket(3))
    send, poll = JobRunner.send, JobRunner.poll
    asked = []

    def sending(self, noun, some, names, request):
        if len(some) > 1:
            raise RejectedError("the request as a whole", status=422)
        asked.append(some[0].key)
        if at == "job" and len(asked) == 2:
            raise RetryableError("the desk answered 503")
        return send(self, noun, some, names, request)

    def polling(self, job):
        if at == "poll" and len(asked) == 2:
            raise RetryableError("the desk answered 503")
        return poll(self, job)

    monkeypatch.setattr(JobRunner, "send", sending)
    monkeypatch.setattr(JobRunner, "poll", polling)
    results = m.target.write(BY_NAME["ticket.import"], batch)
    assert [(result.key, result.status) for result in results] == [
        (batch[0].key, "done"), (batch[1].key, "unknown"), (batch[2].key, "unknown"),
    ]  # fmt: skip
    asked.clear()
    if at == "poll":
        asked.append("first")
        with pytest.raises(UnknownOutcomeError):
            m.target.write(BY_NAME["ticket.import"], batch[1:])


def test_another_process_polls_the_job_by_what_the_journal_holds(m):
    batch = imports(m, ticket(1), ticket(2))
    job = m.target.write(BY_NAME["ticket.import"], batch)
    later = target_on(m.emulator, m.emulator.clock, m.blobs)
    try:
        m.emulator.clock.advance(10)
        results = later.poll(Job(job.id, job.keys))
        assert [result.status for result in results] == ["done", "done"]
        assert later.poll(Job(job.id, job.keys[:1]))[0].status == "unknown", (
            "it is not known which item that was"
        )
    finally:
        later.close()


def test_results_that_were_forgotten_are_looked_up_by_the_mark(m):
    batch = imports(m, ticket(1))
    job = m.target.write(BY_NAME["ticket.import"], batch)
    m.emulator.clock.advance(2 * 86_400)
    assert [result.status for result in m.target.poll(job)] == ["unknown"]
    assert [result.status for result in m.target.find(batch, {})] == ["done"]


def test_a_job_that_breaks_off_leaves_what_it_did_and_what_is_not_known(m):
    batch = imports(m, *(ticket(number) for number in range(1, 5)))
    m.state.jobs.break_next(2)
    results = ended(m, m.target.write(BY_NAME["ticket.import"], batch))
    assert sorted(result.status for result in results) == ["done", "done", "unknown", "unknown"]
    lost = [operation for operation, result in zip(batch, results, strict=True) if result.status == "unknown"]
    assert [result.status for result in m.target.find(lost, {})] == ["absent", "absent"]


def test_looking_up_waits_until_no_job_could_still_do_it(m):
    """The answer to the request is lost, the job goes on: asking at once would find nothing and import twice."""
    m.state.jobs.delay = 30.0
    batch = imports(m, ticket(1))
    m.emulator.faults.add(Fault("drop_after", nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.target.write(BY_NAME["ticket.import"], batch)
    assert m.target.client.get("/tickets", {"external_id": "tf-acme-1"}, endpoint="x")["tickets"] == []
    assert [result.status for result in m.target.find(batch, {})] == ["done"]


def test_a_job_that_nobody_asks_for_any_more_gives_its_place_back(m, monkeypatch):
    """Jobs whose results may not be read are looked up by the mark; thirty of them would let the run wait for ever."""
    monkeypatch.setattr(jobs, "MOST_JOBS", 1)
    first, second = imports(m, ticket(1), ticket(2))
    assert isinstance(m.target.write(BY_NAME["ticket.import"], [first]), Job)
    assert [result.status for result in m.target.find([first], {})] == ["done"]
    answers = []
    writing = Thread(
        target=lambda: answers.append(m.target.write(BY_NAME["ticket.import"], [second])), daemon=True
    )
    writing.start()
    writing.join(20)
    assert [type(answer) for answer in answers] == [Job]


def test_two_tickets_of_one_mark_are_told(m):
    batch = imports(m, ticket(1))
    for _ in range(2):
        ended(m, m.target.write(BY_NAME["ticket.import"], batch))
    found = m.target.find(batch, {})[0]
    assert (found.status, found.error.code, found.error.severity) == ("done", "ZD-TWICE", Severity.DOUBT)


def test_an_archived_ticket_is_found_though_no_list_shows_it():
    with migration(options={"archive": True}) as m:
        m.people()
        batch = imports(m, ticket(1, status="closed"))
        assert batch[0].endpoint == "ticket.import_archived"
        ended(m, m.target.write(BY_NAME["ticket.import_archived"], batch))
        assert m.target.client.get("/tickets", {"external_id": "tf-acme-1"}, endpoint="x")["tickets"] == []
        assert [result.status for result in m.target.find(batch, {})] == ["done"]


def test_jobs_of_other_programs_count_and_are_waited_for(m):
    """429 TooManyJobs: nothing was done, and the same request goes when there is room."""
    m.state.jobs.delay = 300.0
    now = m.emulator.clock.time()
    with m.state.lock:
        for _ in range(MOST_JOBS):
            m.state.jobs.take(
                "Bulk Update Ticket", "Updating ticket", [lambda _: {"id": 1}], now, lambda *_: {}
            )
    m.state.jobs.delay = 1.0
    results = ended(m, m.target.write(BY_NAME["ticket.import"], imports(m, ticket(1))))
    assert results[0].status == "done"
    assert m.emulator.clock.time() - now >= 300
    assert 429 in {entry.status for entry in m.emulator.ledger}


def test_what_zendesk_leaves_out_is_told_with_the_result(m):
    (operation,) = imports(m, ticket(1))
    odd = replace(operation, body={**operation.body, "colour": "red"})
    (result,) = ended(m, m.target.write(BY_NAME["ticket.import"], [odd]))
    assert (result.status, result.error.code, result.error.severity) == ("done", "ZD-WARN", Severity.DOUBT)
    assert "colour" in result.error.message


def test_nothing_that_we_send_is_left_out(m):
    """The emulator warns of each key that it does not take, as Zendesk does."""
    full = ticket(
        1, type="task", due="2024-04-01T12:00:00Z", priority="high", brand="Acme", form="Default", tags=["a"],
        organization=ORGANIZATION, submitter=CUSTOMER, assignee="acme:person:1", group="acme:group:20",
    )  # fmt: skip
    (result,) = ended(m, m.target.write(BY_NAME["ticket.import"], imports(m, full)))
    assert (result.status, result.error) == ("done", None)


def test_an_upload_says_until_when_its_token_holds(m):
    file = m.file(1, b"hello", "a.txt", "acme:comment:10")
    operation = m.driver.compile(Outcome.CREATE, ticket(1, attachments=[file])).operations[0]
    (result,) = m.target.write(BY_NAME["upload.add"], [operation])
    assert set(result.gives) == {"token", "id", "url"}
    assert 3_500 < result.expires.timestamp() - m.emulator.clock.time() <= 3_600


def test_an_organization_that_is_there_by_name_is_not_taken_over(m):
    record = {"ref": "acme:organization:11", "name": "MÜLLER & söhne", "notes": "ours"}
    operation = m.driver.compile(Outcome.CREATE, record).operations[0]
    (result,) = ended(m, m.target.write(BY_NAME["organization.create"], [operation]))
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")
    assert "ours" not in {row["notes"] for row in m.state.lists["organizations"].values()}


def test_an_account_of_the_same_address_is_not_taken_over(m):
    record = {
        "ref": "acme:person:77",
        "name": "Somebody else",
        "email": "M@Customers.example",
        "account": "customer",
    }
    operation = m.driver.compile(Outcome.CREATE, record).operations[0]
    (result,) = m.target.write(BY_NAME["user.create"], [operation])
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")
    assert "Somebody else" not in {row["name"] for row in m.state.lists["users"].values()}


def test_people_made_in_bulk_are_matched_and_nobody_is_mailed():
    with migration(options={"bulk_users": True}, bulk_users=True) as m:
        records = [
            {
                "ref": f"acme:person:{number}",
                "name": f"P {number}",
                "email": f"P{number}@x.example",
                "account": "customer",
            }
            for number in range(50, 90)
        ]
        operations = [m.driver.compile(Outcome.CREATE, record).operations[0] for record in records]
        bad = replace(
            operations[0],
            key="bad",
            body={**operations[0].body, "email": "no address", "external_id": "tf-acme-x"},
        )
        results = ended(m, m.target.write(BY_NAME["user.create_many"], [*operations, bad]))
        assert [result.status for result in results] == ["done"] * 40 + ["rejected"]
        for operation, result in zip(operations, results, strict=False):
            assert (
                m.state.lists["users"][int(result.gives["id"])]["external_id"]
                == operation.body["external_id"]
            )
        assert m.emulator.notifications == 0
        assert [result.status for result in m.target.find(operations, {})] == ["done"] * 40


def test_triggers_that_notify_stop_updates_and_imports_need_no_guard():
    with migration(triggers=True) as m:
        found = {finding.code: finding for finding in m.target.check()}
        assert found[GUARD_TRIGGERS].severity is Severity.BLOCKER
        assert found[GUARD_AUTOMATIONS].severity is Severity.INFO
        for row in m.state.lists["triggers"].values():
            row["active"] = False
        found = {finding.code: finding for finding in m.target.check()}
        assert found[GUARD_TRIGGERS].severity is Severity.INFO
    for endpoint in ENDPOINTS:
        updates = endpoint.name in (
            "ticket.update",
            "comment.add",
            "comment.hide",
            "comment.redact",
            "comment.redact_closed",
            "ticket.update_closed",
            "attachment.redact",
        )
        assert bool(endpoint.guards) is updates, endpoint.name


def test_a_cut_off_answer_to_a_write_is_unknown(m):
    m.emulator.faults.add(Fault("truncate_body", nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.target.write(BY_NAME["ticket.import"], imports(m, ticket(1)))


def stranger(m, table, **row):
    """What somebody else has in the account."""
    found = next(iter(m.state.lists[table].values()))
    found |= row
    m.state.externals[table][str(row["external_id"]).lower()] = found["id"]
    return found


def test_an_account_that_has_the_sources_external_id_is_not_taken_over(m):
    """An external id such as `7` may be somebody else's here: the endpoint would rename them."""
    there = stranger(m, "users", external_id="7", name="Somebody of theirs")
    record = {
        "ref": "acme:person:77", "name": "One of ours", "email": "one@ours.example", "account": "customer", "external_id": "7",
    }  # fmt: skip
    operation = m.driver.compile(Outcome.CREATE, record).operations[0]
    (result,) = m.target.write(BY_NAME["user.create"], [operation])
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")
    assert there["name"] == "Somebody of theirs"
    assert [found.status for found in m.target.find([operation], {})] == ["absent"], "nor believed to be made"


def test_an_organization_that_has_the_sources_external_id_is_not_taken_over(m):
    there = stranger(m, "organizations", external_id="O-7", name="Theirs")
    record = {"ref": "acme:organization:11", "name": "Ours", "external_id": "o-7"}
    operation = m.driver.compile(Outcome.CREATE, record).operations[0]
    (result,) = ended(m, m.target.write(BY_NAME["organization.create"], [operation]))
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")
    assert there["name"] == "Theirs"
    assert [found.status for found in m.target.find([operation], {})] == ["absent"]


def test_with_an_external_id_of_the_source_our_own_account_is_found_again(m):
    records = (
        {"ref": "acme:person:77", "name": "P", "email": "p@ours.example", "account": "customer", "external_id": "p-7"},
        {"ref": "acme:organization:11", "name": "O", "external_id": "o-7"},
    )  # fmt: skip
    for record in records:
        operation = m.driver.compile(Outcome.CREATE, record).operations[0]
        (first,) = ended(m, m.target.write(BY_NAME[operation.endpoint], [operation]))
        (again,) = ended(m, m.target.write(BY_NAME[operation.endpoint], [operation]))
        (found,) = m.target.find([operation], {})
        assert first.gives["id"] == again.gives["id"] == found.gives["id"]


def test_whom_the_search_did_not_show_yet_is_refused_and_not_written_over(m, monkeypatch):
    """An account that came to be there while the plan waited is a stranger's: its name and its external id stay."""
    record = {"ref": "acme:person:77", "name": "Late", "email": "M@customers.example", "account": "customer"}
    operation = m.driver.compile(Outcome.CREATE, record).operations[0]
    monkeypatch.setattr(type(m.target._sender), "_like", lambda *_: [])
    before = [dict(row) for row in m.state.lists["users"].values()]
    (result,) = m.target.write(BY_NAME["user.create"], [operation])
    assert result.status == "rejected"
    assert result.gives == {}
    assert [dict(row) for row in m.state.lists["users"].values()] == before


def test_absence_is_not_believed_while_a_job_never_ends(m, monkeypatch):
    batch = imports(m, ticket(1))
    monkeypatch.setattr(type(m.target._sender.jobs), "busy", lambda _: ["stuck"])
    assert [result.status for result in m.target.find(batch, {})] == ["unknown"]


def test_an_account_that_makes_no_users_in_bulk_is_told_once_and_in_words():
    with migration(options={"bulk_users": True}, bulk_users=False) as m:
        records = [
            {"ref": f"acme:person:{n}", "name": f"P {n}", "account": "customer"} for n in range(50, 60)
        ]
        batch = [m.driver.compile(Outcome.CREATE, record).operations[0] for record in records]
        before = len(m.emulator.ledger.entries())
        results = m.target.write(BY_NAME["user.create_many"], batch)
        assert {result.status for result in results} == {"rejected"}
        assert "in bulk" in results[0].error.message
        assert "bulk_users" in results[0].error.remedy
        assert len(m.emulator.ledger.entries()) - before <= 2, "nothing is tried one by one"


def test_credentials_of_a_target_are_told_by_what_they_may_write():
    with migration() as m:
        assert not [finding for finding in m.target.check() if finding.code.startswith("ZD-WRITE")]
    told = Finding(
        "ZD-WRITE-002", Severity.INFO, None, "here", "the token's scopes (read) allow reading only"
    )
    (turned,) = of_target([told])
    assert (turned.code, turned.severity) == ("ZD-WRITE-003", Severity.BLOCKER)
