"""Where something was hidden later, the list of comments is the second witness: a difference takes the less visible."""

import copy

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.zendesk.reading import DESK, drain, neutral, reading, sample_names

from ticketferry.desired.cases import assemble
from ticketferry.sdk import Kind, Ref, Session
from ticketferry.sdk.trace import finish
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.recheck import hides_something, settle
from ticketferry_zendesk.source import ZendeskSource
from ticketferry_zendesk.wire import of_audit

API = "https://acme.zendesk.com/api/v2"
NAMES = sample_names()


def said(id_, public=True, text="Hello", **more):
    return {"id": id_, "type": "Comment", "public": public, "author_id": 1, "body": text, "plain_body": text,
            "html_body": f"<p>{text}</p>", **more}  # fmt: skip


def privacy(id_, comment, public):
    return {"id": id_, "type": "CommentPrivacyChange", "comment_id": comment, "public": public}


def audit(id_, minute, *events):
    return {
        "id": id_,
        "ticket_id": 12,
        "created_at": f"2026-01-02T03:{minute:02d}:00Z",
        "author_id": 1,
        "events": list(events),
    }


def case_of(audits):
    """Put a ticket together as the core does."""
    records = [{"ref": f"{DESK}:ticket:12"}]
    findings = []
    for row in audits:
        done = neutral(of_audit(DESK, row), NAMES)
        records += done.records
        findings += done.findings
    return assemble(Ref(DESK, Kind.TICKET, "12"), [Rows(records)]), {finding.code for finding in findings}


class Rows:
    def __init__(self, records):
        self.records = records


def settled(audits, *shown):
    rows = copy.deepcopy(audits)
    settle(rows, {row["id"]: row for row in shown})
    return case_of(rows)


@given(
    written=st.booleans(),
    changes=st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=4),
    now=st.none() | st.booleans(),
)
def test_nobody_sees_a_comment_that_either_witness_calls_internal(written, changes, now):
    audits = [audit(1, 0, said(2, written))]
    audits += [
        audit(10 + n, 1 + minute, privacy(20 + n, 2, public)) for n, (minute, public) in enumerate(changes)
    ]
    shown = [] if now is None else [said(2, now)]
    before, _ = case_of(copy.deepcopy(audits))
    case, codes = settled(audits, *shown)
    public = case["comments"][0]["public"]
    assert public is (before["comments"][0]["public"] and now is not False)
    differs = now is not None and now is not before["comments"][0]["public"]
    assert ("ZD-PRIVACY-001" in codes) is differs


def test_what_was_redacted_is_not_kept_from_an_audit_that_still_holds_it():
    file = {
        "id": 7,
        "file_name": "card.png",
        "content_url": "https://x/attachments/token/t1/?name=card.png",
        "size": 3,
    }
    audits = [
        audit(1, 0, said(2, text="My card is 4242", attachments=[file])),
        audit(3, 1, {"id": 4, "type": "CommentRedactionEvent", "comment_id": 2}),
        audit(5, 2, {"id": 6, "type": "AttachmentRedactionEvent", "comment_id": 2, "attachment_id": 7}),
    ]
    black = said(
        2,
        text="My card is ▇▇▇▇",
        attachments=[
            {
                **file,
                "file_name": "redacted.txt",
                "content_url": "https://x/system/redacted.txt",
                "deleted": True,
            }
        ],
    )
    rows = copy.deepcopy(audits)
    settle(rows, {2: black})
    assert "4242" not in str(rows)
    case, codes = case_of(rows)
    assert "ZD-REDACTED-001" in codes
    assert case["comments"][0]["body"]["html"] == "<p>My card is ▇▇▇▇</p>"
    assert case["comments"][0]["redacted"] is True
    assert case["attachments"][0]["state"] == "redacted"
    case, _ = settled(audits, {**black, "attachments": []})
    assert case["attachments"][0]["state"] == "redacted"
    assert not case["attachments"][0].get("url")


def test_a_comment_without_redaction_keeps_its_text_whatever_the_list_shows():
    audits = [audit(1, 0, said(2, text="one")), audit(3, 1, privacy(4, 2, False))]
    case, codes = settled(audits, said(2, public=False, text="two"))
    assert case["comments"][0]["body"]["html"] == "<p>one</p>"
    assert not codes


def test_agreeing_witnesses_change_nothing():
    audits = [audit(1, 0, said(2)), audit(3, 1, privacy(4, 2, False))]
    rows = copy.deepcopy(audits)
    assert hides_something(rows)
    settle(rows, {2: said(2, public=False)})
    assert rows == audits


def test_only_tickets_in_which_something_was_hidden_are_looked_at_twice():
    with reading(ManualClock(), plan=None) as (source, emulator):
        drain(source, "history")
        asked = [entry.path for entry in emulator.ledger.entries() if entry.path.endswith("/comments")]
        hidden = {
            number
            for number in emulator.state.heads
            if emulator.state.live(number)
            for row in emulator.state.case(number).audits
            for event in row["events"]
            if event["type"].endswith(("RedactionEvent", "PrivacyChange"))
        }
        pictured = {7}
        assert hidden
        assert {int(path.split("/")[4]) for path in asked} >= hidden | pictured
        assert len(asked) == len(set(asked))


@respx.mock
@pytest.mark.parametrize("way", ["thorough", "events"])
def test_a_comment_of_an_earlier_page_that_was_hidden_is_hidden_in_both_ways(way):
    """The audit still says public and so does its privacy event; the list of comments knows better."""
    audits = [audit(1, 0, said(2)), audit(3, 9, privacy(4, 2, True))]
    respx.get("https://acme.zendesk.com/api/services/jira/links").respond(404)
    respx.get(f"{API}/incremental/tickets/cursor").respond(
        json={"tickets": [{"id": 12, "status": "open"}], "after_cursor": "end", "end_of_stream": True}
    )
    child = {"id": 4, "event_type": "CommentPrivacyChange", "comment_id": 2, "public": True}
    respx.get(f"{API}/incremental/ticket_events").respond(json={
        "ticket_events": [{"id": 3, "ticket_id": 12, "created_at": "2026-01-02T03:09:00Z", "updater_id": 1, "child_events": [child]}],
        "end_time": 9, "end_of_stream": True,
    })  # fmt: skip
    respx.get(f"{API}/tickets/12/audits").respond(json={"audits": audits, "meta": {"has_more": False}})
    respx.get(f"{API}/tickets/12/comments").respond(
        json={"comments": [said(2, public=False)], "meta": {"has_more": False}}
    )
    source = ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b", history=way), Session(DESK, clock=ManualClock())
    )
    found, _ = drain(source, "history")
    source.close()
    case, codes = case_of([wire.body for wire in found.values()])
    assert case["comments"][0]["public"] is False
    assert codes == {"ZD-PRIVACY-001"}


@pytest.mark.parametrize("way", ["thorough", "events"])
def test_later_privacy_in_the_live_desk_reaches_the_case_in_both_ways(way):
    with reading(ManualClock(), tickets=60, plan=None, options={"history": way}) as (source, emulator):
        state = emulator.state
        number = next(n for n, head in state.heads.items() if head.status == "open")
        emulator.clock.advance(100)
        comment = state.add_comment(number, "<p>secret</p>")
        emulator.clock.advance(100)
        _, cursor = drain(source, "history")
        state.make_private(number, comment)
        emulator.clock.advance(100)
        found, _ = drain(source, "history", cursor)
        catalog = source.catalog()
        records = [
            r for wire in found.values() for r in finish(source.translate(wire, catalog), wire).records
        ]
        hidden = [r for r in records if r["ref"] == f"{DESK}:comment:{comment}"]
        assert all(r["public"] is False for r in hidden)
        assert any(r.get("type") == "privacy" for r in records)
