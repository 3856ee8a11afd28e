"""What changed in the source since: appended as updates, or imported anew; and taken back."""

import copy

import pytest
from tests.connectors.zendesk.targets import AGENT, CUSTOMER, migration
from tests.connectors.zendesk.test_target_round_trip import TICKET, codes, comment, with_comments
from tests.connectors.zendesk.test_target_sending import ticket

from ticketferry.sdk import Change, Outcome, Severity
from ticketferry.testing.comparing import differences
from ticketferry.testing.hostile import LONG, PNG
from ticketferry_zendesk.pace import user_pace


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        yield found


@pytest.fixture
def anew():
    with migration(options={"delta": "reimport"}) as found:
        found.people()
        yield found


def told(compiled, code):
    return next(finding for finding in compiled.findings if finding.code == code)


def undo(m, done, before):
    inverse = m.target.undo(done, before)
    m.driver.apply(inverse.operations)
    return inverse


def test_a_late_comment_comes_as_an_update_by_its_own_author_with_its_time_in_words(m):
    record = ticket(1)
    m.create(record)
    changed = with_comments(comment(11, "<p>late {{x}}</p>", CUSTOMER, at="2024-03-09T08:07:06Z"))
    compiled, _ = m.update(changed, "comments[acme:comment:11]", "provenance")
    seen = m.check(compiled, TICKET)
    late = seen["comments"][1]
    assert (late["origin"], late["created"], late["author"]) == (
        "acme:comment:11",
        "2024-03-09T08:07:06Z",
        CUSTOMER,
    )
    assert late["body"] == {"html": "<p>late {{x}}</p>"}
    event = next(event for event in m.comments(TICKET) if "late" in event["plain_body"])
    assert "2024-03-09 08:07:06 UTC" in event["plain_body"]
    assert told(compiled, "ZD-APPEND").severity is Severity.REPAIR
    whole = m.driver.compile(Outcome.CREATE, changed)
    assert differences(whole.expected, seen) == {}, "so that the next plan finds nothing to do"


def test_a_long_late_comment_with_a_file_is_read_back_whole(m):
    m.create(ticket(1))
    file = m.file(7, b"late file", "late.txt", "acme:comment:11")
    changed = with_comments(comment(11, f"<p>{LONG}</p>", public=False), attachments=[file])
    compiled, done = m.update(changed, "comments[acme:comment:11]", "attachments[acme:attachment:7]")
    m.check(compiled, TICKET)
    assert [operation.endpoint for operation, _ in done] == [
        "upload.add",
        "comment.add",
        "comment.add",
        "ticket.update",
    ]
    assert all(event["public"] is False for event in m.comments(TICKET)[1:])


def test_a_late_comment_shows_a_picture_of_an_old_one_by_its_address(m):
    """An upload that no comment takes is gone after an hour, and the picture with it."""
    picture = m.file(7, PNG, "shown.png", "acme:comment:10", media_type="image/png", inline=True)
    m.create(ticket(1, attachments=[picture]))
    quote = comment(11, f'<p>as here: <img data-ref="{picture["ref"]}" alt="shown"></p>', CUSTOMER)
    compiled, done = m.update(with_comments(quote, attachments=[picture]), "comments[acme:comment:11]")
    m.check(compiled, TICKET)
    assert "upload.add" not in {operation.endpoint for operation, _ in done}
    (file,) = m.comments(TICKET)[0]["attachments"]
    late = next(event for event in m.comments(TICKET) if "as here" in event["html_body"])
    assert file["content_url"] in late["html_body"]


def test_a_second_update_finds_the_first(m):
    m.create(ticket(1))
    first = with_comments(comment(11, "<p>one</p>"))
    m.update(first, "comments[acme:comment:11]")
    second = with_comments(comment(11, "<p>one</p>"), comment(12, "<p>two</p>"), subject="new", tags=["x"])
    compiled, _ = m.update(second, "comments[acme:comment:12]", "subject", "tags")
    seen = m.check(compiled, TICKET)
    assert [item["origin"] for item in seen["comments"]] == [
        "acme:comment:10",
        "acme:comment:11",
        "acme:comment:12",
    ]


def test_changed_fields_are_written_and_emptied(m):
    record = ticket(1, priority="high", type="task", due="2024-04-01T12:00:00Z", tags=["a"], fields={"outcome": "fixed", "city": "Köln"}, ccs=[AGENT],
                    channel="web", assignee=AGENT, group="acme:group:20")  # fmt: skip
    m.create(record)
    changed = ticket(
        1,
        status="pending",
        fields={"outcome": "wont_fix"},
        tags=["b"],
        channel="mail",
        assignee=AGENT,
        group="acme:group:20",
    )
    fields = [
        "priority",
        "type",
        "due",
        "tags",
        "status",
        "stage",
        'fields["outcome"]',
        'fields["city"]',
        "ccs",
        "channel",
    ]
    compiled, _ = m.update(changed, *fields)
    m.check(compiled, TICKET)
    assert m.case(TICKET).ticket["email_cc_ids"] == []
    assert m.case(TICKET).ticket["priority"] == "high", "Zendesk takes no priority away: it is told"
    assert told(compiled, "ZD-FIXED").subject
    assert m.case(TICKET).ticket["tags"] == ["b", "wont_fix"]


def test_a_priority_that_was_set_stays_and_the_undo_says_so(m):
    m.create(ticket(1, status="open"))
    before = m.driver.read(TICKET)
    compiled, done = m.update(ticket(1, status="open", priority="low"), "priority")
    m.check(compiled, TICKET)
    inverse = undo(m, done, before)
    assert "a priority that was set cannot be taken away: it stays" in {
        one.message for one in inverse.findings
    }
    seen = m.driver.read(TICKET)
    assert seen["priority"] == "low"
    assert differences(inverse.expected, seen) == {}


def test_a_new_ticket_that_is_assigned_becomes_open_and_is_never_new_again(m):
    m.create(ticket(1, status="new"))
    before = m.driver.read(TICKET)
    taken = ticket(1, status="new", assignee=AGENT, group="acme:group:20")
    compiled, done = m.update(taken, "assignee", "group")
    assert m.check(compiled, TICKET)["status"] == "open"
    current = m.driver.read(TICKET)
    again = m.driver.compile(Outcome.UPDATE, ticket(1, status="new"), current, ["status", "stage"])
    assert "cannot be New again" in told(again, "ZD-FIXED").message
    assert again.expected["status"] == "open"
    inverse = undo(m, done, before)
    assert differences(inverse.expected, m.driver.read(TICKET)) == {}


def test_a_comment_that_became_internal_is_hidden(m):
    record = with_comments(comment(11, "<p>oops</p>"))
    m.create(record)
    changed = with_comments(comment(11, "<p>oops</p>", public=False))
    compiled, done = m.update(changed, "comments[acme:comment:11]")
    m.check(compiled, TICKET)
    assert "comment.hide" in {operation.endpoint for operation, _ in done}
    inverse = m.target.undo(done, record)
    assert "a comment cannot be made public again: it stays internal" in {
        finding.message for finding in inverse.findings
    }


def test_words_and_files_that_were_redacted_since_are_redacted(m):
    file = m.file(7, b"secret", "card.txt", "acme:comment:11")
    m.create(with_comments(comment(11, "<p>my card is 4111 1111, thanks</p>"), attachments=[file]))
    changed = with_comments(comment(11, "<p>my card is ▇▇▇▇▇▇▇▇▇, thanks</p>", redacted=True))
    compiled, done = m.update(changed, "comments[acme:comment:11]", "attachments[acme:attachment:7]")
    seen = m.check(compiled, TICKET)
    assert "4111" not in str(m.comments(TICKET))
    assert seen.get("attachments", []) == []
    assert {"comment.redact", "attachment.redact"} <= {operation.endpoint for operation, _ in done}


def test_what_cannot_be_hidden_is_a_blocker(m):
    """Words that the source has taken out and that would stay in public."""
    record = with_comments(comment(11, "<p>a secret</p>"))
    m.create(record)
    current = m.driver.read(TICKET)
    rewritten = with_comments(comment(11, "<p>quite other words</p>", redacted=True))
    compiled = m.driver.compile(Outcome.UPDATE, rewritten, current, ["comments[acme:comment:11]"])
    assert told(compiled, "ZD-FIXED").severity is Severity.BLOCKER
    compiled = m.driver.compile(Outcome.UPDATE, ticket(1), current, ["comments[acme:comment:11]"])
    assert told(compiled, "ZD-FIXED").severity is Severity.BLOCKER


def test_what_cannot_be_changed_is_told_and_stays(m):
    record = with_comments(comment(11, "<p>x</p>", public=False))
    m.create(record)
    changed = with_comments(
        comment(11, "<p>y</p>", public=True, at="2024-03-01T12:00:00Z"), created="2024-02-01T00:00:00Z"
    )
    compiled, _ = m.update(changed, "comments[acme:comment:11]", "created")
    seen = m.check(compiled, TICKET)
    assert seen["comments"][1]["public"] is False
    assert seen["comments"][1]["body"] == {"html": "<p>x</p>"}
    assert told(compiled, "ZD-FIXED").severity is Severity.LOSS


def test_a_closed_ticket_stays_and_the_plan_says_so(m):
    record = ticket(1, status="closed")
    m.create(record)
    current = m.driver.read(TICKET)
    changed = with_comments(comment(11, "<p>late</p>"), status="closed")
    compiled = m.driver.compile(Outcome.UPDATE, changed, current, ["comments[acme:comment:11]"])
    assert compiled.operations == ()
    assert compiled.expected == current
    assert told(compiled, "ZD-CLOSED").severity is Severity.LOSS
    hidden = copy.deepcopy(record)
    hidden["comments"][0]["public"] = False
    compiled = m.driver.compile(Outcome.UPDATE, hidden, current, ["comments[acme:comment:10]"])
    assert told(compiled, "ZD-CLOSED").severity is Severity.BLOCKER, "words would stay in public"


def test_an_update_is_taken_back_but_for_what_stays(m):
    record = with_comments(comment(11, "<p>x</p>"), tags=["a"], fields={"city": "Köln"}, priority="low")
    m.create(record)
    before = m.driver.read(TICKET)
    changed = with_comments(
        comment(11, "<p>x</p>"), comment(12, "<p>y</p>"), tags=["b"], fields={"city": "Bonn"}, subject="other"
    )
    compiled, done = m.update(
        changed, "tags", 'fields["city"]', "subject", "priority", "comments[acme:comment:12]"
    )
    m.check(compiled, TICKET)
    inverse = undo(m, done, before)
    after = m.driver.read(TICKET)
    assert set(differences(before, after)) == {"comments[acme:comment:12]"}
    assert {finding.code for finding in inverse.findings} == {"ZD-RESIDUE"}


def test_a_ticket_is_imported_anew_and_the_old_copy_deleted(anew):
    m = anew
    m.create(ticket(1, status="closed"))
    old = m.driver.slots[TICKET]["id"]
    before = m.driver.read(TICKET)
    changed = with_comments(comment(11, "<p>late</p>", CUSTOMER), status="closed", subject="new")
    compiled, done = m.update(changed, "comments[acme:comment:11]", "subject", "provenance")
    m.check(compiled, TICKET)
    assert m.driver.slots[TICKET]["id"] != old
    assert m.state.heads[int(old)].status == "deleted"
    assert "ZD-REIMPORT" in codes(compiled)
    assert not any(
        endpoint.guards
        for endpoint in m.target.endpoints
        if endpoint.name in {operation.endpoint for operation, _ in done}
    )
    undo(m, done, before)
    assert m.driver.slots[TICKET]["id"] == old
    assert differences(before, m.driver.read(TICKET)) == {}


def test_looking_up_a_new_copy_does_not_find_the_old_one(anew):
    m = anew
    m.create(ticket(1))
    current = m.driver.read(TICKET)
    compiled = m.driver.compile(Outcome.UPDATE, ticket(1, subject="new"), current, ["subject"])
    operation = m.driver.resolved(compiled.operations[0])
    assert m.target.find([operation], {})[0].status == "absent"
    m.driver.send([operation])
    found = m.target.find([operation], {})[0]
    assert (found.status, found.gives["id"]) == ("done", m.driver.slots[TICKET]["id"])


@pytest.mark.parametrize("work", ["comment", "field", "tag"])
def test_a_ticket_that_somebody_worked_on_is_not_imported_anew(anew, work):
    m = anew
    m.create(ticket(1, tags=["a"]))
    number = int(m.driver.slots[TICKET]["id"])
    m.emulator.clock.advance(100)
    if work == "comment":
        m.state.add_comment(number, "<p>their words</p>", public=False)
    else:
        m.state.touch_ticket(
            number, **({"priority": "high"} if work == "field" else {"tags": ["a", "theirs"]})
        )
    current = m.driver.read(TICKET)
    compiled = m.driver.compile(
        Outcome.UPDATE,
        with_comments(comment(11, "<p>late</p>"), tags=["a"]),
        current,
        ["comments[acme:comment:11]"],
    )
    assert compiled.operations == ()
    assert told(compiled, "ZD-TOUCHED").severity is Severity.DOUBT
    assert m.state.heads[number].status != "deleted"


def test_a_long_message_that_became_internal_is_hidden_in_all_its_parts(m):
    """Only the first of the comments that it stands in was hidden, and reading looked at that one alone."""
    words = "<p>" + "a long secret. " * 9_000 + "</p>"
    m.create(with_comments(comment(11, words)))
    assert len([event for event in m.comments(TICKET) if "secret" in event["plain_body"]]) > 2
    compiled, _ = m.update(with_comments(comment(11, words, public=False)), "comments[acme:comment:11]")
    m.check(compiled, TICKET)
    assert [event["public"] for event in m.comments(TICKET) if "secret" in event["plain_body"]] == [False] * 5
    number = int(m.driver.slots[TICKET]["id"])
    hidden = {event["comment_id"] for event in _events(m, number) if event["type"] == "CommentPrivacyChange"}
    assert len(hidden) == 5


def test_words_of_a_long_message_are_redacted_where_they_stand(m):
    words = "<p>" + "some words. " * 9_000 + "card 4111 1111 end</p>"
    m.create(with_comments(comment(11, words)))
    blacked = words.replace("4111 1111", "▇" * 9)
    changed = with_comments(comment(11, blacked, redacted=True))
    compiled, _ = m.update(changed, "comments[acme:comment:11]")
    m.check(compiled, TICKET)
    assert not [event for event in m.comments(TICKET) if "4111" in event["html_body"]]


def _events(m, number):
    return [event for audit in m.state.case(number).audits for event in audit["events"]]


def test_a_follow_up_that_came_before_its_source_says_whom_it_follows_in_the_internal_comment(m):
    """Phases bring open tickets first: the link was told as carried, was nowhere, and each verify found it missing."""
    m.create(ticket(2))
    m.create(ticket(1, status="closed"))
    link = {"type": "follow_up", "to": "acme:ticket:1"}
    follow = ticket(2, links=[link])
    compiled, _ = m.update(follow, "links[follow_up:acme:ticket:1:0]")
    seen = m.check(compiled, "acme:ticket:2")
    assert seen["links"] == [link]
    assert told(compiled, "ZD-FOLLOWS").severity is Severity.REPAIR
    compiled, _ = m.update({**follow, "subject": "later"}, "subject")
    m.check(compiled, "acme:ticket:2")
    assert "ZD-FOLLOWS" not in codes(compiled)


def test_people_and_organizations_are_edited_and_taken_back(m):
    person = {
        "ref": CUSTOMER,
        "name": "מרים",
        "email": "m@customers.example",
        "account": "customer",
        "organizations": ["acme:organization:10"],
    }
    before = m.driver.read(CUSTOMER)
    changed = {
        **person,
        "name": "Miriam",
        "tags": ["gold"],
        "details": "d",
        "identities": [{"type": "email", "value": "second@x.example"}],
    }
    compiled, done = m.update(changed, "name", "tags", "details", "identities")
    m.check(compiled, CUSTOMER)
    undo(m, done, before)
    assert differences(before, m.driver.read(CUSTOMER)) == {}
    organization = {
        "ref": "acme:organization:10",
        "name": "Müller & Co",
        "shared_tickets": True,
        "domains": ["a.example"],
    }
    before = m.driver.read("acme:organization:10")
    compiled, done = m.update(organization, "name", "shared_tickets", "domains")
    m.check(compiled, "acme:organization:10")
    undo(m, done, before)
    assert differences(before, m.driver.read("acme:organization:10")) == {}
    assert m.emulator.notifications == 0


def test_a_matched_account_is_changed_in_nothing_but_memberships(m):
    current = m.driver.read(AGENT)
    desired = {
        "ref": AGENT,
        "name": "Another name",
        "email": "other@x.example",
        "account": "agent",
        "organizations": ["acme:organization:10"],
    }
    compiled = m.target.compile(Change(Outcome.MATCH, desired, current), m.driver.catalog)
    assert [operation.endpoint for operation in compiled.operations] == ["membership.create"]
    assert compiled.expected == {"ref": AGENT, "organizations": ["acme:organization:10"]}


def test_deleting_for_good_is_asked_for():
    with migration(options={"delete_forever": True}) as m:
        m.people()
        _, done = m.create(ticket(1))
        inverse = m.target.undo(done, None)
        assert [operation.endpoint for operation in inverse.operations] == [
            "ticket.delete",
            "ticket.delete_forever",
        ]
        m.driver.apply(inverse.operations)
        assert m.state.deletions == {}


def test_a_copy_that_is_archived_cannot_come_back_and_the_plan_says_so():
    """Deleted archived tickets are not restored: the new copy stays then, rather than none."""
    with migration(options={"delta": "reimport", "archive": True}) as m:
        m.people()
        m.create(ticket(1, status="closed"))
        old = m.driver.slots[TICKET]["id"]
        compiled, done = m.update(ticket(1, status="closed", subject="other"), "subject")
        assert told(compiled, "ZD-RESIDUE").severity is Severity.LOSS
        new = m.driver.slots[TICKET]["id"]
        assert new != old
        first = m.target.undo(done, None).operations[0]
        assert first.endpoint == "ticket.restore", "before the new copy is deleted"
        results = m.target.write(
            next(one for one in m.target.endpoints if one.name == "ticket.restore"),
            [m.driver.resolved(first)],
        )
        assert results[0].status == "rejected"
        assert m.case(TICKET).ticket["status"] == "closed"


def test_one_person_is_edited_five_times_a_minute_and_others_go_on(m):
    """The vendor's limit for each user: the sixth edit waits for the first to be a minute old."""
    clock = m.emulator.clock
    pace = user_pace(clock)
    assert [pace.wait("1") for _ in range(5)] == [0.0] * 5
    assert pace.wait("2") == 0.0
    began = clock.time()
    assert 59.0 < pace.wait("1") <= 60.0
    assert clock.time() - began >= 59.0
    assert pace.wait("2") == 0.0


@pytest.mark.parametrize(
    ("status", "stage"), [("pending", "pending_customer"), ("hold", "on_hold"), ("solved", "resolved")]
)
def test_a_late_comment_of_a_customer_opens_no_ticket_that_waits_or_is_solved(m, status, stage):
    """Zendesk opens it by its own rule; what stood there before is put back with the mark."""
    m.create(ticket(1, status=status, stage=stage))
    before = m.case(TICKET).ticket["custom_status_id"]
    changed = with_comments(
        comment(11, "<p>late</p>", CUSTOMER, at="2024-03-09T08:07:06Z"), status=status, stage=stage
    )
    compiled, _ = m.update(changed, "comments[acme:comment:11]", "provenance")
    assert m.check(compiled, TICKET)["status"] == status
    row = m.case(TICKET).ticket
    assert (row["status"], row["custom_status_id"]) == (status, before)
    opened = [
        event["value"]
        for audit in m.case(TICKET).audits
        for event in audit["events"]
        if event["type"] == "Change" and event["field_name"] == "status"
    ]
    assert opened == ["open", status], "the stand-in does what the desk does"


def test_a_status_that_somebody_chose_in_zendesk_stays_where_a_customers_comment_is_added(m):
    m.create(ticket(1))
    m.emulator.clock.advance(100)
    m.state.touch_ticket(int(m.driver.slots[TICKET]["id"]), status="pending")
    changed = with_comments(comment(11, "<p>late</p>", CUSTOMER, at="2024-03-09T08:07:06Z"))
    m.update(changed, "comments[acme:comment:11]", "provenance")
    assert m.case(TICKET).ticket["status"] == "pending"


def test_a_problem_that_is_solved_tells_of_its_incidents(m):
    m.create(ticket(1, type="problem"))
    m.create(ticket(2, type="incident", links=[{"type": "problem", "to": TICKET, "inward": True}]))
    compiled = m.driver.compile(
        Outcome.UPDATE, ticket(1, type="problem", status="solved", stage="resolved"), m.driver.read(TICKET),
        ("status", "stage"),
    )  # fmt: skip
    assert told(compiled, "ZD-INCIDENTS").severity is Severity.DOUBT
    assert "ZD-INCIDENTS" not in codes(m.update(ticket(1, type="problem", subject="x"), "subject")[0])


def test_the_check_tells_that_solved_tickets_close(m):
    assert "ZD-CLOSES-001" in {finding.code for finding in m.target.check()}
