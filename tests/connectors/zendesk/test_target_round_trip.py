"""What goes into Zendesk and comes back: texts, files, marks, fields and tags, and what somebody does there meanwhile."""

import pytest
from tests.connectors.zendesk.targets import AGENT, CUSTOMER, GROUP, migration, target_on
from tests.connectors.zendesk.test_target_sending import ticket

from ticketferry.sdk import Disposition, Kind, Outcome, Ref, Session, Severity
from ticketferry.testing.hostile import EMOJI, LONG, PNG, RTL
from ticketferry_zendesk.message import LIMIT
from ticketferry_zendesk.provenance import find_mark
from ticketferry_zendesk.source import ZendeskSource

TICKET = "acme:ticket:1"


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        yield found


def comment(number, html, author=AGENT, *, public=True, at="2024-03-01T11:00:00Z", **more):
    return {
        "ref": f"acme:comment:{number}", "author": author, "public": public, "body": {"html": html}, "created": at, **more,
    }  # fmt: skip


def with_comments(*comments, **more):
    record = ticket(1, **more)
    record["comments"] = [*record["comments"], *comments]
    return record


def codes(compiled):
    return {finding.code for finding in compiled.findings}


def test_placeholders_in_the_words_of_agents_are_not_rendered_and_read_back_as_they_were(m):
    words = "<p>Hello {{ticket.requester.name}}, {{{x}}} {% if a %} {{dc.secret}}</p>"
    compiled, _ = m.create(
        with_comments(comment(11, words), subject="{{ticket.id}} and {{current_user.name}}")
    )
    seen = m.check(compiled, TICKET)
    assert seen["comments"][1]["body"]["html"] == words
    assert seen["subject"] == "{{ticket.id}} and {{current_user.name}}"
    assert "מרים" not in m.comments(TICKET)[1]["plain_body"]
    assert "ZD-BRACES" in codes(compiled)


def test_a_message_above_64_kb_is_split_and_nothing_of_it_is_lost(m):
    html = f"<p>{LONG}</p><pre>{'𝔘' * 40_000}</pre>"
    compiled, _ = m.create(with_comments(comment(11, html, public=False)))
    seen = m.check(compiled, TICKET)
    parts = [event for event in m.comments(TICKET) if event["author_id"] == int(m.driver.slots[AGENT]["id"])]
    assert len(parts) > 3
    assert all(len(event["html_body"].encode()) <= LIMIT + 200 for event in parts)
    assert all(event["public"] is False for event in parts), "no part of an internal note comes out"
    text = seen["comments"][1]["body"]["html"]
    assert text.count("𝔘") == 40_000
    assert text.count("lorem") == 1_800
    assert "ZD-SPLIT" in codes(compiled)


def test_texts_files_and_images_of_any_script_come_back(m):
    picture = m.file(1, PNG, "a/b\\c\n.png", "acme:comment:11", media_type="image/png", inline=True)
    twin = m.file(2, b"", "same.txt", "acme:comment:11")
    loose = m.file(3, b"x", "same.txt")
    words = f'<p>{EMOJI} {RTL} <img data-ref="acme:attachment:1" alt="x&quot;y"> a &lt;b&gt; &amp;amp; "q"</p><ul><li><p>1</p></li></ul>'
    compiled, _ = m.create(with_comments(comment(11, words), attachments=[picture, twin, loose]))
    seen = m.check(compiled, TICKET)
    assert 'data-ref="acme:attachment:1"' in seen["comments"][1]["body"]["html"]
    assert {item["origin"]: item.get("comment") for item in seen["attachments"]} == {
        "acme:attachment:1": "acme:comment:11", "acme:attachment:2": "acme:comment:11", "acme:attachment:3": None,
    }  # fmt: skip
    for item in seen["attachments"]:
        data = b"".join(m.target.content(item))
        assert len(data) == item["size"]


def test_mentions_and_links_lead_somewhere(m):
    words = (
        '<p><span data-person="acme:person:1">@Agnes</span> see '
        '<a data-ticket="acme:ticket:77" href="https://old.example/agent/tickets/77">#77</a></p>'
    )
    compiled, _ = m.create(with_comments(comment(11, words)))
    seen = m.check(compiled, TICKET)
    html = m.comments(TICKET)[1]["html_body"]
    assert "@Agnes" in html
    assert "external_id%3Atf-acme-77" in html, "the ticket is found by its mark, whatever number it gets"
    assert 'data-ticket="acme:ticket:77"' in seen["comments"][1]["body"]["html"]


def test_history_stands_in_one_internal_comment_that_people_can_read(m):
    record = ticket(1)
    record["provenance"] |= {
        "events": [
            ["1", "2024-03-01T10:00:00Z", "created", None, None, None, CUSTOMER],
            ["2", "2024-03-02T10:00:00Z", "changed", "status", "new", "open", AGENT],
            ["3", "2024-03-02T10:00:00Z", "changed", "tags", None, ["a", "b"], None, None, "Route {{x}}"],
        ],
        "people": {AGENT: "Agnes <a@x.example>"},
    }
    compiled, _ = m.create(record)
    m.check(compiled, TICKET)
    ours = m.comments(TICKET)[-1]
    assert ours["public"] is False
    assert "Imported from acme: ticket 1" in ours["plain_body"]
    for words in ("Agnes &lt;a@x.example&gt;", "changed: status", "rule: Route", "a, b"):
        assert words in ours["html_body"], words
    assert find_mark(ours["html_body"])["ref"] == TICKET


def test_what_does_not_fit_into_a_comment_stands_whole_in_a_file(m):
    record = with_comments(comment(11, "<p>x</p>"))
    record["provenance"]["kept"] = {
        "ticket[1].native": {"long": LONG * 3, "odd": "\x01\x02\u2028 \u00a0 {{x}} </pre> &amp;"}
    }
    compiled, _ = m.create(record)
    assert "ZD-PROVENANCE-FILE" in codes(compiled)
    seen = m.check(compiled, TICKET)
    assert seen["provenance"] == record["provenance"]
    assert len(m.comments(TICKET)[-1]["attachments"]) == 1
    assert seen.get("attachments", []) == []


def test_more_comments_than_a_ticket_holds_stand_in_the_file(m, monkeypatch):
    monkeypatch.setattr("ticketferry_zendesk.compile_case.MOST_COMMENTS", 3)
    record = with_comments(*(comment(number, f"<p>{number}</p>") for number in range(11, 16)))
    compiled, _ = m.create(record)
    seen = m.check(compiled, TICKET)
    assert len(seen["comments"]) == 3
    mark = find_mark(m.comments(TICKET)[-1]["html_body"])
    assert [item["ref"] for item in mark["more"]] == [f"acme:comment:{number}" for number in (13, 14, 15)]
    assert "ZD-COMMENTS" in codes(compiled)


def test_tags_and_fields_say_the_same_or_nothing(m):
    record = ticket(
        1, fields={"outcome": "fixed", "vip": True, "symptoms": ["noise", "No signal"], "quantity": 3, "refund_amount": 2.5, "city": "Köln",
                   "delivery_date": "2024-02-03", "card_number": "4111111111111111", "affected_organization": "12", "nothing": "x"},
        tags=["fixed", "wont_fix", "two words", "VIP", "vip-customer", "broken"],
    )  # fmt: skip
    compiled, _ = m.create(record)
    seen = m.check(compiled, TICKET)
    assert seen["fields"] == {
        "outcome": "fixed", "vip": True, "symptoms": ["noise", "no_signal"], "quantity": 3, "refund_amount": 2.5, "city": "Köln",
        "delivery_date": "2024-02-03", "card_number": "XXXXXXXXXXXX1111",
    }  # fmt: skip
    assert set(m.case(TICKET).ticket["tags"]) == {
        "fixed",
        "two_words",
        "vip",
        "vip-customer",
        "noise",
        "no_signal",
    }
    assert seen["tags"] == ["fixed", "two_words", "vip", "vip-customer"]
    unplaced = seen["provenance"]["unplaced"]
    assert unplaced == {
        "fields.affected_organization": "12",
        "fields.nothing": "x",
        "tags[1]": "wont_fix",
        "tags[5]": "broken",
    }
    assert {"ZD-TAG-FIELD", "ZD-FIELD", "ZD-VALUE", "ZD-TAG"} <= codes(compiled)


def test_custom_statuses_brands_forms_and_people_have_their_places(m):
    record = ticket(
        1, status="custom:Waiting on vendor", brand="Globex", form="Outage", group=GROUP, assignee=AGENT, type="task", priority="urgent",
        due="2024-04-01T12:00:00Z", followers=[AGENT], ccs=[AGENT], channel="chat", satisfaction={"score": "good"}, external_id="own-7",
        solved="2024-03-05T10:00:00Z", handled_by="human", submitter=AGENT,
    )  # fmt: skip
    compiled, _ = m.create(record)
    seen = m.check(compiled, TICKET)
    assert (seen["status"], seen["stage"]) == ("custom:Waiting on vendor", "on_hold")
    assert seen["external_id"] == "own-7"
    assert m.case(TICKET).ticket["external_id"] == "tf-acme-1", "the mark is what is found again"
    assert m.case(TICKET).ticket["updated_at"] == record["updated"]


def test_problems_incidents_and_follow_ups_hang_together(m):
    problem = ticket(5, type="problem")
    incident = ticket(
        4,
        type="incident",
        status="closed",
        links=[{"type": "problem", "to": "acme:ticket:5", "inward": True}],
    )
    follow = ticket(
        6,
        links=[
            {"type": "follow_up", "to": "acme:ticket:4"},
            {"type": "relates", "to": "acme:ticket:5"},
            {"type": "remote", "url": "https://x.example"},
        ],
    )
    compiled = {
        record["ref"]: m.driver.compile(Outcome.CREATE, record) for record in (follow, incident, problem)
    }
    m.driver.apply([operation for each in compiled.values() for operation in each.operations])
    for ref, each in compiled.items():
        m.check(each, ref)
    assert m.case("acme:ticket:4").ticket["problem_id"] == int(m.driver.slots["acme:ticket:5"]["id"])
    assert m.case("acme:ticket:6").ticket["via"]["source"]["from"]["ticket_id"] == int(
        m.driver.slots["acme:ticket:4"]["id"]
    )
    endpoints = [operation.endpoint for each in compiled.values() for operation in each.operations]
    assert endpoints == ["ticket.import", "ticket.import_closed", "ticket.import"]


def test_links_in_a_circle_do_not_wait_for_each_other(m):
    records = [
        ticket(number, links=[{"type": kind, "to": f"acme:ticket:{other}", "inward": inward}])
        for number, other in ((1, 2), (2, 1))
        for kind, inward in (("follow_up", False),)
    ]
    compiled = [m.driver.compile(Outcome.CREATE, record) for record in records]
    m.driver.apply(
        [operation for each in compiled for operation in each.operations if operation.subject.id == "1"]
    )
    waits = [
        operation
        for each in compiled
        for operation in each.operations
        if "via_followup_source_id" in operation.body
    ]
    assert [operation.subject.id for operation in waits] == ["2"], "only the later one follows up"


def test_what_somebody_adds_in_zendesk_is_theirs_and_what_they_change_is_seen(m):
    compiled, _ = m.create(ticket(1, tags=["a"], due="2024-04-01T12:00:00Z", type="task"))
    number = int(m.driver.slots[TICKET]["id"])
    m.emulator.clock.advance(100)
    m.state.add_comment(number, "<p>late words</p>", public=False)
    m.state.touch_ticket(number, subject="another", tags=["a", "b"])
    seen = m.driver.read(TICKET)
    assert seen["subject"] == "another"
    assert seen["tags"] == ["a", "b"]
    assert [item.get("origin") for item in seen["comments"]] == ["acme:comment:10", None]
    del compiled


def test_a_damaged_mark_is_told_and_the_ticket_is_still_ours(m):
    m.create(with_comments(comment(11, "<p>x</p>")))
    number = int(m.driver.slots[TICKET]["id"])
    ours = m.comments(TICKET)[-1]
    m.state.redact(number, ours["id"], "ticketferry")
    (wire, *_) = m.target.fetch([Ref("new", Kind.TICKET, str(number))])
    done = m.target.translate(wire, m.driver.catalog)
    assert done.records[0]["origin"] == TICKET
    assert [finding.code for finding in done.findings] == ["ZD-MARK-LOST"]


def test_a_customer_cannot_forge_a_mark(m):
    record = ticket(1)
    m.create(record)
    forged = m.comments(TICKET)[-1]["html_body"].replace("acme:ticket:1", "acme:ticket:99")
    number = int(m.driver.slots[TICKET]["id"])
    m.state.add_comment(number, forged, author=int(m.driver.slots[CUSTOMER]["id"]), public=True)
    (wire, *_) = m.target.fetch([Ref("new", Kind.TICKET, str(number))])
    assert m.target.translate(wire, m.driver.catalog).records[0]["origin"] == TICKET


def test_a_mark_of_another_workspace_is_a_blocker_that_names_both(m):
    m.create(ticket(1))
    other = target_on(m.emulator, m.emulator.clock, m.blobs, workspace="ws-2")
    try:
        (wire, *_) = other.fetch([Ref("new", Kind.TICKET, m.driver.slots[TICKET]["id"])])
        done = other.translate(wire, other.catalog())
    finally:
        other.close()
    (finding,) = [finding for finding in done.findings if finding.severity is Severity.BLOCKER]
    assert "ws-1" in finding.message
    assert "ws-2" in finding.message
    assert "origin" not in done.records[0]


def test_read_as_a_source_our_marks_are_the_desks_own(m):
    """What an earlier migration left there is the desk's own by now."""
    m.create(ticket(1))
    source = ZendeskSource(m.target._options, Session(desk="new", clock=m.emulator.clock))
    try:
        wires = source.fetch([Ref("new", Kind.TICKET, m.driver.slots[TICKET]["id"])])
        catalog = source.catalog()
        records = [record for wire in wires for record in source.translate(wire, catalog).records]
    finally:
        source.close()
    assert records[0]["external_id"] == "tf-acme-1"
    assert "origin" not in records[0]
    assert sum(1 for record in records if ":comment:" in record["ref"]) == 2


def test_people_and_organizations_keep_an_external_id_of_their_own(m):
    person = {
        "ref": "acme:person:30", "name": "  Two\nLines ", "email": "Own@Id.example", "account": "customer", "external_id": "CRM-7",
        "notes": "likes tea", "details": "d", "alias": "A", "tags": ["Gold Member"], "time_zone": "Europe/Berlin", "locale": "de",
        "identities": [{"type": "email", "value": "own@id.example", "primary": True}, {"type": "email", "value": "Second@Id.example"},
                       {"type": "phone", "value": "+49 221 1"}, {"type": "phone", "value": "+49 221 2"}],
        "fields": {"customer_no": "7", "seats": 3, "newsletter": False, "unknown": "x"},
        "provenance": {"ref": "acme:person:30", "kept": {"person[30].created": "2020-01-01T00:00:00Z"}},
    }  # fmt: skip
    organization = {
        "ref": "acme:organization:31", "name": "Own id", "external_id": "ORG-1", "notes": "n", "domains": ["B.example", "b.example"],
        "shared_tickets": True, "tags": ["x"], "fields": {"licences": 4}, "provenance": {"ref": "acme:organization:31"},
    }  # fmt: skip
    for record in (person, organization):
        compiled, _ = m.create(record)
        m.check(compiled, record["ref"])
        wires = m.target.fetch(
            [Ref("new", Kind(record["ref"].split(":")[1]), m.driver.slots[record["ref"]]["id"])]
        )
        done = m.target.translate(wires[0], m.driver.catalog)
        assert done.records[0]["origin"] == record["ref"]
        assert done.records[0]["external_id"] == record["external_id"]
        assert done.records[0]["notes"] == record["notes"]
    row = m.state.lists["users"][int(m.driver.slots["acme:person:30"]["id"])]
    assert row["tags"] == ["gold_member"], "no mark in a tag: it would come upon each new ticket"
    assert "+49 221 2" in row["notes"]
    assert m.emulator.notifications == 0


@pytest.mark.parametrize("name", [{}, {"name": ""}, {"name": " \n "}])
def test_an_organization_without_a_name_gets_one_that_holds_its_number(m, name):
    """Its members name it: refused, it would take them and their tickets with it."""
    record = {"ref": "acme:organization:32", **name}
    compiled, _ = m.create(record)
    m.check(compiled, record["ref"])
    row = m.state.lists["organizations"][int(m.driver.slots[record["ref"]]["id"])]
    assert row["name"] == "Organization 32"
    assert "ZD-ORGANIZATION" in codes(compiled)


def test_every_leaf_of_a_full_ticket_has_a_fate_and_nothing_is_unsupported(m):
    record = with_comments(
        comment(11, "<p>x</p>", redacted=True, channel="mail"),
        channel="web",
        worklogs=[{"ref": "acme:worklog:1", "started": "2024-03-01T10:00:00Z", "seconds": 9}],
    )
    compiled = m.driver.compile(Outcome.CREATE, record)
    assert [fate for fate in compiled.fates if fate.disposition is Disposition.UNSUPPORTED] == []


def test_files_of_comments_that_a_ticket_has_no_room_for_come_along(m, monkeypatch):
    monkeypatch.setattr("ticketferry_zendesk.compile_case.MOST_COMMENTS", 3)
    file = m.file(1, b"of the last comment", "late.txt", "acme:comment:15")
    record = with_comments(
        *(comment(number, f"<p>{number}</p>") for number in range(11, 16)), attachments=[file]
    )
    compiled, _ = m.create(record)
    seen = m.check(compiled, TICKET)
    assert [item["name"] for item in seen["attachments"]] == ["late.txt"]
    assert m.comments(TICKET)[0]["attachments"][0]["size"] == file["size"]


def test_long_messages_count_by_their_parts_towards_what_a_ticket_holds(m, monkeypatch):
    """5,000 is the vendor's limit of comments, whatever they are parts of: one too many and the import is refused."""
    monkeypatch.setattr("ticketferry_zendesk.compile_case.MOST_COMMENTS", 6)
    record = with_comments(
        comment(11, f"<p>{'word ' * 20_000}</p>"),
        comment(12, "<p>12</p>"),
        comment(13, f"<p>{'word ' * 20_000}</p>"),
    )
    compiled, _ = m.create(record)
    seen = m.check(compiled, TICKET)
    assert len(m.comments(TICKET)) <= 7, "ours comes on top"
    assert "acme:comment:13" not in {item.get("origin") for item in seen["comments"]}
    assert {"ZD-COMMENTS", "ZD-SPLIT"} <= codes(compiled)


def test_a_mark_that_is_too_large_sheds_what_it_can_and_says_so(m, monkeypatch):
    monkeypatch.setattr("ticketferry_zendesk.compile_case.MOST_COMMENTS", 3)
    monkeypatch.setattr("ticketferry_zendesk.compile_case.ROOM", 80_000)
    record = with_comments(*(comment(number, f"<p>{'x' * 50_000}</p>") for number in range(11, 16)))
    record["provenance"]["kept"] = {"ticket[1].native": "y" * 90_000}
    compiled, _ = m.create(record)
    m.check(compiled, TICKET)
    lost = {fate.path for fate in compiled.fates if fate.disposition is Disposition.UNSUPPORTED}
    assert lost == {"provenance", *(f"comments[{number}]" for number in (13, 14, 15))}
    assert [finding.severity for finding in compiled.findings if finding.code == "ZD-PROVENANCE"] == [
        Severity.LOSS
    ] * 2


def test_a_file_that_two_comments_show_is_uploaded_and_hung_once(m):
    """The token of an upload serves once: a second use would fail the ticket."""
    picture = m.file(7, PNG, "shown.png", media_type="image/png", inline=True)
    shown = f'<p><img data-ref="{picture["ref"]}" alt="shown"></p>'
    record = with_comments(comment(11, shown), comment(12, shown), attachments=[picture])
    compiled, _ = m.create(record)
    seen = m.check(compiled, TICKET)
    assert [item["name"] for item in seen["attachments"]] == ["shown.png"]
    assert all(f'data-ref="{picture["ref"]}"' in item["body"]["html"] for item in seen["comments"][1:])


def test_of_two_values_for_one_field_the_second_is_kept_beside_and_told(m):
    compiled, _ = m.create(ticket(1, fields={"city": "Köln", "City": "Bonn"}))
    seen = m.check(compiled, TICKET)
    assert seen["fields"] == {"city": "Köln"}
    assert seen["provenance"]["unplaced"] == {"fields.City": "Bonn"}
    assert "ZD-FIELD" in codes(compiled)
