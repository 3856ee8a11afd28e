"""A ticket that is closed in Zendesk: what it still takes is written and taken back, what it does not take is told."""

import pytest
from tests.connectors.zendesk.targets import AGENT, migration
from tests.connectors.zendesk.test_target_delta import told, undo
from tests.connectors.zendesk.test_target_round_trip import TICKET, comment, with_comments

from ticketferry.sdk import Outcome, Severity
from ticketferry.testing.comparing import differences
from ticketferry.testing.hostile import LONG
from ticketferry_zendesk.endpoints import ENDPOINTS, GUARD_WORKSPACE

BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        yield found


def closed(*comments, **more):
    return with_comments(*comments, status="closed", **more)


TEXTS = [
    ("<p>my card is 4111 1111, thanks</p>", "4111 1111", "▇▇▇▇▇▇▇▇▇"),
    ("<p>Tom &amp; Jerry &lt;t@x.example&gt;</p>", "&amp; Jerry &lt;", "▇▇▇▇▇▇▇▇▇"),
    ("<p>a <strong>bold se</strong>cret word</p>", "se</strong>cret", "▇▇</strong>▇▇▇▇"),
    ("<ul><li><p>one 77</p></li><li><p>77 two</p></li></ul>", "<p>77 ", "<p>▇▇ "),
    ("<p>first 55</p><p>not 55</p>", "first 55", "first ▇▇"),
    ("<p>ends 😀 here</p>", "😀", "▇"),
    ("<pre>key = 99\nnext</pre>", "99", "▇▇"),
    ("<p>see {{ticket.id}} now</p>", "now", "▇▇▇"),
]


@pytest.mark.parametrize(("words", "secret", "black"), TEXTS)
def test_words_that_were_redacted_since_are_blacked_out_on_a_closed_ticket(m, words, secret, black):
    """A redaction of the source that came after the ticket was closed: blocked, the words stayed for all to see."""
    m.create(closed(comment(11, words)))
    changed = closed(comment(11, words.replace(secret, black), redacted=True))
    compiled, done = m.update(changed, "comments[acme:comment:11]")
    m.check(compiled, TICKET)
    ((operation, _),) = done
    assert operation.endpoint == "comment.redact_closed"
    page = m.comments(TICKET)[1]["html_body"]
    assert page == f'<div class="zd-comment" dir="auto">{words.replace(secret, black)}</div>'.replace(
        "{{", "{\u2060{"
    )
    assert differences(compiled.expected, m.driver.read(TICKET)) == {}


def test_the_plan_shows_the_very_body_of_the_redaction(m):
    m.create(closed(comment(11, "<p>my card is 4111, thanks</p>")))
    changed = closed(comment(11, "<p>my card is ▇▇▇▇, thanks</p>", redacted=True))
    compiled = m.driver.compile(Outcome.UPDATE, changed, m.driver.read(TICKET), ["comments[acme:comment:11]"])
    (operation,) = compiled.operations
    body = dict(operation.body)
    assert str(body.pop("ticket_id").ref) == TICKET
    assert body == {
        "html_body": '<div class="zd-comment" dir="auto"><p>my card is <redact>4111</redact>, thanks</p></div>'
    }
    assert compiled.findings == ()
    assert BY_NAME[operation.endpoint].residue
    assert GUARD_WORKSPACE in BY_NAME[operation.endpoint].guards


def test_files_that_were_redacted_since_go_from_a_closed_ticket(m):
    kept = m.file(6, b"kept", "list.txt", "acme:comment:11")
    file = m.file(7, b"secret", "card.txt", "acme:comment:11")
    m.create(closed(comment(11, "<p>here, 4111</p>"), attachments=[kept, file]))
    changed = closed(comment(11, "<p>here, ▇▇▇▇</p>", redacted=True), attachments=[kept])
    compiled, done = m.update(changed, "comments[acme:comment:11]", "attachments[acme:attachment:7]")
    seen = m.check(compiled, TICKET)
    assert [part["origin"] for part in seen["attachments"]] == ["acme:attachment:6"]
    assert len(done) == 1, "one request for one comment"
    assert [file["deleted"] for file in m.comments(TICKET)[1]["attachments"]] == [False, True]


def test_a_long_message_of_a_closed_ticket_is_redacted_in_the_part_that_holds_the_words(m):
    words = f"<p>{LONG}</p><p>card 4111 1111 end</p>"
    m.create(closed(comment(11, words)))
    changed = closed(comment(11, words.replace("4111 1111", "▇" * 9), redacted=True))
    compiled, done = m.update(changed, "comments[acme:comment:11]")
    m.check(compiled, TICKET)
    assert len(done) == 1
    assert "4111" not in str(m.comments(TICKET))


def test_words_that_also_stand_in_the_line_over_a_message_are_blacked_out_in_the_message(m):
    m.create(closed(comment(11, "<p>Bob called</p>", header="Bob wrote on Monday")))
    changed = closed(comment(11, "<p>▇▇▇ called</p>", header="Bob wrote on Monday", redacted=True))
    compiled, _ = m.update(changed, "comments[acme:comment:11]")
    m.check(compiled, TICKET)


def test_a_redaction_whose_answer_was_lost_is_looked_up_and_not_sent_again(m):
    """Sent a second time, the text is no longer the comment's, and Zendesk refuses it."""
    file = m.file(7, b"secret", "card.txt", "acme:comment:11")
    m.create(closed(comment(11, "<p>here, 4111</p>"), attachments=[file]))
    changed = closed(comment(11, "<p>here, ▇▇▇▇</p>", redacted=True))
    current = m.driver.read(TICKET)
    compiled = m.driver.compile(
        Outcome.UPDATE, changed, current, ["comments[acme:comment:11]", "attachments[acme:attachment:7]"]
    )
    operation = m.driver.resolved(compiled.operations[0])
    assert m.target.find([operation], {})[0].status == "absent"
    m.driver.send([operation])
    assert m.target.find([operation], {})[0].status == "done"
    (again,) = m.target.write(BY_NAME[operation.endpoint], [operation])
    assert again.status == "rejected"


def test_what_cannot_be_blacked_out_exactly_blocks_the_plan(m):
    m.create(closed(comment(11, "<p>my card is 4111, thanks</p>")))
    current = m.driver.read(TICKET)
    for words in ("<p>my card is ▇▇▇▇ and more</p>", "<p>other ▇▇▇▇ words of it all</p>"):
        rewritten = closed(comment(11, words, redacted=True))
        compiled = m.driver.compile(Outcome.UPDATE, rewritten, current, ["comments[acme:comment:11]"])
        assert compiled.operations == ()
        assert told(compiled, "ZD-CLOSED").severity is Severity.BLOCKER


def test_tags_subject_and_priority_of_a_closed_ticket_are_written_and_taken_back(m):
    record = closed(tags=["a", "both"], priority="low", fields={"outcome": "fixed"})
    m.create(record)
    before = m.driver.read(TICKET)
    changed = closed(
        tags=["b", "both"], priority="high", subject="another", fields={"outcome": "wont_fix"}, assignee=AGENT
    )
    compiled, done = m.update(changed, "tags", "priority", "subject", 'fields["outcome"]', "assignee")
    m.check(compiled, TICKET)
    ticket = m.case(TICKET).ticket
    assert (ticket["tags"], ticket["priority"], ticket["subject"]) == (
        ["b", "both", "fixed"],
        "high",
        "another",
    )
    assert [operation.endpoint for operation, _ in done] == ["ticket.update_closed"]
    finding = told(compiled, "ZD-CLOSED")
    assert (finding.severity, finding.count) == (Severity.LOSS, 2)
    assert "assignee, fields as before" in finding.message
    undo(m, done, before)
    assert differences(before, m.driver.read(TICKET)) == {}


def test_without_the_agent_workspace_the_guard_of_redactions_falls(m):
    def guard():
        return next(finding for finding in m.target.guards() if finding.code == GUARD_WORKSPACE)

    assert guard().severity is Severity.INFO
    m.state.settings["agents"]["agent_workspace"] = False
    assert guard().severity is Severity.BLOCKER
    m.state.settings["agents"]["agent_workspace"] = True
