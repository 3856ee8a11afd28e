"""The source against the emulator: completeness, resume, delta, deletions, faults, files, rights."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import respx
from tests.connectors.zendesk.reading import cases_of, drain, neutral, reading, source_on

import ticketferry_zendesk
from ticketferry.sdk import AuthError, Kind, Ref, RejectedError, Session
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.findings import CODES
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.source import ZendeskSource

STREAMS = ("organizations", "groups", "people", "memberships", "tickets", "history", "side_conversations")


@pytest.fixture(scope="module")
def desk():
    """A desk that nobody changes."""
    with reading(plan=None) as pair:
        yield pair


@pytest.fixture(scope="module")
def cases(desk):
    return cases_of(desk[0])


@pytest.fixture
def live():
    """A desk of one's own."""
    with reading(plan=None, tickets=60) as pair:
        yield pair


def test_importing_the_connector_loads_no_http_library():
    code = "import sys, ticketferry_zendesk; sys.exit('httpx' in sys.modules or 'lxml' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], check=False, env={"PYTHONPATH": ":".join(sys.path)}
        ).returncode
        == 0
    )
    assert CONNECTOR.name == "zendesk"


def test_every_finding_code_stands_in_the_table():
    folder = Path(ticketferry_zendesk.__file__).parent
    used = {
        code
        for path in folder.glob("*.py")
        if path.name != "findings.py"
        for code in re.findall(r"ZD-[A-Z]+(?:-(?:[A-Z]+|\d+))*", path.read_text())
    }
    assert used == set(CODES)


def test_every_record_of_every_stream_has_a_place_for_every_leaf(desk):
    source, emulator = desk
    names = Names(source.catalog())
    assert source.streams() == STREAMS
    for stream in STREAMS:
        found, _ = drain(source, stream)
        assert found
        for wire in found.values():
            neutral(wire, names)
    lists = emulator.state.lists
    assert len(drain(source, "people")[0]) == len(lists["users"])
    assert len(drain(source, "memberships")[0]) == len(lists["organization_memberships"]) + len(
        lists["group_memberships"]
    )
    assert len(drain(source, "tickets")[0]) == len(emulator.state.heads)


def test_the_desk_counts_what_it_can(desk):
    source, _ = desk
    assert source.count("tickets") == 208
    assert source.count("organizations") == 12
    assert source.count("history") is None


def test_every_comment_of_the_desk_arrives_with_author_time_and_privacy(desk, cases):
    _, emulator = desk
    for number in emulator.state.heads:
        if not emulator.state.live(number):
            assert not cases[str(number)].get("comments")
            continue
        said = [
            (str(event["id"]), audit["created_at"], event["author_id"])
            for audit in emulator.state.case(number).audits
            for event in audit["events"]
            if event["type"] in ("Comment", "VoiceComment")
        ]
        read = [
            (one["ref"].split(":")[2], one["created"], int(one.get("author", "::-1").split(":")[2]))
            for one in cases[str(number)]["comments"]
            if one.get("kind") != "chat"
        ]
        assert sorted(read) == sorted(said)
        assert sum(one.get("opening", False) for one in cases[str(number)]["comments"]) == 1


def test_inline_images_arrive_as_attachments(desk, cases):
    _, emulator = desk
    files = {
        str(file["id"])
        for number in emulator.state.heads
        if emulator.state.live(number)
        for audit in emulator.state.case(number).audits
        for event in audit["events"]
        for file in event.get("attachments", ())
    }
    read = {one["ref"].split(":")[2] for case in cases.values() for one in case.get("attachments", ())}
    assert {id_ for id_ in read if not id_.startswith("recording-")} == files
    assert any("data-ref" in one.get("body", {}).get("html", "") for one in cases["7"]["comments"])


def test_the_last_status_of_the_history_is_the_tickets(cases):
    for case in cases.values():
        moves = [event for event in case.get("events", ()) if event.get("field") == "status"]
        if moves:
            assert moves[-1]["after"] == case["status"]


def test_merged_tickets_name_their_winner(cases):
    losers = {case["number"]: case["merged_into"] for case in cases.values() if case.get("stage") == "merged"}
    assert losers == {"41": "acme:ticket:40", "43": "acme:ticket:40"}


def test_ai_tickets_and_deleted_ones_are_read_too(cases):
    assert sum(case.get("handled_by") == "ai_agent" for case in cases.values()) > 0
    assert sum(case.get("stage") == "deleted" for case in cases.values()) == 6


def test_both_ways_of_reading_the_history_agree(desk):
    source, emulator = desk
    catalog = source.catalog()
    other = source_on(emulator, history="events", page_size=70)
    one, two = (
        {
            record["ref"]: {key: value for key, value in record.items() if key not in ("rule", "native")}
            for wire in drain(each, "history")[0].values()
            for record in each.translate(wire, catalog).records
        }
        for each in (source, other)
    )
    names = Names(catalog)
    for wire in drain(other, "history")[0].values():
        neutral(wire, names)
    other.close()
    assert one == two


@pytest.mark.parametrize("history", ["thorough", "events"])
@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_goes_on_from_every_page(desk, stream, history):
    _, emulator = desk
    source = source_on(emulator, page_size=40, history=history)
    whole, _ = drain(source, stream)
    found, cursor = {}, None
    for _ in range(200):
        page = next(iter(source.read(stream, cursor)))
        found.update({(wire.ref.kind, wire.ref.id): wire for wire in page.records})
        cursor = page.cursor
        if page.last:
            break
    source.close()
    assert found == whole


def test_a_second_read_gives_what_changed_and_nothing_else(live):
    source, emulator = live
    cursors = {stream: drain(source, stream)[1] for stream in STREAMS}
    state, clock = emulator.state, emulator.clock
    touched = [number for number in state.heads if state.heads[number].status not in ("closed", "deleted")][
        :3
    ]
    clock.advance(100)
    state.touch_ticket(touched[0], priority="urgent", custom_status_id=29007)
    comment = state.add_comment(touched[1], "<p>late 🔥</p>")
    state.delete_ticket(touched[2])
    new = state.create_ticket("New", "<p>x</p>", requester=51001)
    state.touch_record("users", 51002, active=False)
    state.touch_record("organizations", 42003, name="Renamed")
    clock.advance(100)
    tickets, _ = drain(source, "tickets", cursors["tickets"])
    assert {id_ for _, id_ in tickets} == {str(number) for number in (*touched, new)}
    catalog = source.catalog()
    stage = {id_: source.translate(wire, catalog).records[0]["stage"] for (_, id_), wire in tickets.items()}
    assert stage[str(touched[2])] == "deleted"
    history, _ = drain(source, "history", cursors["history"])
    records = [record for wire in history.values() for record in source.translate(wire, catalog).records]
    assert {wire.root.id for wire in history.values()} == {str(touched[0]), str(touched[1]), str(new)}
    assert f"acme:comment:{comment}" in {record["ref"] for record in records}
    people, _ = drain(source, "people", cursors["people"])
    assert [source.translate(wire, catalog).records[0]["state"] for wire in people.values()] == ["deleted"]
    organizations, _ = drain(source, "organizations", cursors["organizations"])
    assert (Kind.ORGANIZATION, "42003") in organizations
    assert not drain(source, "tickets", drain(source, "tickets", cursors["tickets"])[1])[0]


def test_later_privacy_and_redaction_reach_the_old_comment(live):
    source, emulator = live
    cursor = drain(source, "history")[1]
    emulator.clock.advance(100)
    number = next(n for n in emulator.state.heads if emulator.state.heads[n].status == "open")
    comment = emulator.state.add_comment(number, "<p>card 4242 here</p>")
    emulator.state.make_private(number, comment)
    emulator.state.redact(number, comment, "4242")
    emulator.clock.advance(100)
    drain(source, "history", cursor)
    case = cases_of(source)[str(number)]
    (one,) = [item for item in case["comments"] if item["ref"] == f"acme:comment:{comment}"]
    assert (one["public"], one["redacted"]) == (False, True)
    assert "4242" not in one["body"]["html"]


def test_a_merge_later_on_is_seen(live):
    source, emulator = live
    losers = [number for number in emulator.state.heads if emulator.state.heads[number].status == "open"][:2]
    cursor = drain(source, "tickets")[1]
    emulator.clock.advance(100)
    emulator.state.merge(losers[:1], losers[1])
    emulator.clock.advance(100)
    (wire,) = [
        wire for (_, id_), wire in drain(source, "tickets", cursor)[0].items() if id_ == str(losers[0])
    ]
    record = source.translate(wire, source.catalog()).records[0]
    assert (record["stage"], record["merged_into"]) == ("merged", f"acme:ticket:{losers[1]}")


@pytest.mark.parametrize("fault", [
    Fault("drop_before", "*incremental*", times=2),
    Fault("drop_after", "*audits*", nth=3, times=2),
    Fault("status_before", "*audits*", nth=5, times=2, status=503, retry_after=3),
    Fault("status_before", "*users*", status=500),
    Fault("rate_limited", "*", nth=4, times=3),
    Fault("truncate_body", "*", nth=2, times=2),
    Fault("repeat_page_border", "*", times=None),
    Fault("slow", "*", nth=2, times=3, seconds=20),
])  # fmt: skip
def test_faults_change_nothing_in_what_is_read(desk, fault):
    source, emulator = desk
    whole = {stream: drain(source, stream)[0] for stream in ("people", "memberships", "tickets")}
    other = source_on(emulator, page_size=50)
    emulator.faults.add(fault)
    try:
        for stream, expected in whole.items():
            assert drain(other, stream)[0] == expected
        first = next(iter(other.read("history", None)))
        assert first.records
    finally:
        emulator.faults.clear()
        other.close()


def test_limits_of_the_plan_are_kept_without_a_single_refusal_when_one_reads_alone():
    with reading(ManualClock(), tickets=40, plan="team", options={"page_size": 10, "parallel": 1}) as (
        source,
        emulator,
    ):
        with emulator.clock.busy():
            for stream in STREAMS:
                drain(source, stream)
        assert 429 not in {entry.status for entry in emulator.ledger.entries()}


def test_many_requests_at_once_still_read_all(desk):
    with reading(ManualClock(), tickets=40, plan="team", options={"parallel": 16}) as (source, emulator):
        emulator.latency = 0.3
        with emulator.clock.busy():
            found, _ = drain(source, "history")
        assert emulator.clock.stalls == 0
        alone = source_on(emulator, parallel=1)
        assert drain(alone, "history")[0] == found
        alone.close()


def test_tickets_come_by_id_with_their_history_and_without_the_deleted(desk):
    source, emulator = desk
    gone = next(number for number in emulator.state.heads if not emulator.state.live(number))
    streamed = drain(source, "history")[0] | drain(source, "tickets")[0]
    wires = source.fetch(
        [Ref("acme", Kind.TICKET, "41"), Ref("acme", Kind.TICKET, str(gone)), Ref("acme", Kind.TICKET, "7")]
    )
    found = {(wire.ref.kind, wire.ref.id): wire for wire in wires}
    expected = {key: wire for key, wire in streamed.items() if (wire.root or wire.ref).id in ("41", "7")}
    assert found == expected


def test_organizations_and_groups_come_by_id(desk):
    source, _ = desk
    refs = [
        Ref("acme", Kind.ORGANIZATION, "42001"),
        Ref("acme", Kind.ORGANIZATION, "1"),
        Ref("acme", Kind.GROUP, "26001"),
        Ref("acme", Kind.GROUP, "1"),
    ]
    assert [wire.ref.id for wire in source.fetch(refs)] == ["42001", "26001"]


@respx.mock
def test_people_come_by_id_with_identities_and_memberships():
    host = "https://acme.zendesk.com/api/v2"
    users = [{"id": 1, "name": "A", "role": "agent"}, {"id": 2, "name": "B", "role": "end-user"}]
    many = respx.get(f"{host}/users/show_many").respond(json={"users": users})
    row = {
        "id": 9,
        "user_id": 1,
        "organization_id": 5,
        "group_id": 6,
        "type": "email",
        "value": "a@b.example",
    }
    for path, key in (
        ("identities", "identities"),
        ("organization_memberships",) * 2,
        ("group_memberships",) * 2,
    ):
        respx.get(f"{host}/users/1/{path}").respond(json={key: [row], "meta": {"has_more": False}})
    respx.get(f"{host}/users/2/identities").respond(404, json={"error": "RecordNotFound"})
    respx.get(f"{host}/users/2").respond(404, json={"error": "RecordNotFound"})
    respx.get(f"{host}/users/2/organization_memberships").respond(
        json={"organization_memberships": [], "next_page": None}
    )
    source = ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b"), Session("acme", clock=ManualClock())
    )
    wires = source.fetch(
        [Ref("acme", Kind.PERSON, "1"), Ref("acme", Kind.PERSON, "2"), Ref("acme", Kind.PERSON, "3")]
    )
    source.close()
    assert [(wire.ref.kind.value, wire.ref.id) for wire in wires] == [
        ("person", "1"), ("person", "2"), ("membership", "org-9"), ("membership", "group-9"),
    ]  # fmt: skip
    assert wires[0].body["identities"] == [row]
    assert many.calls.last.request.url.params["include_deleted"] == "true"


def test_files_are_streamed_from_the_host_that_holds_them(desk, cases):
    source, emulator = desk
    files = [
        one
        for case in cases.values()
        for one in case.get("attachments", ())
        if "/token/" in one.get("url", "") and "state" not in one
    ]
    assert len(files) > 5
    for one in files:
        body = b"".join(source.content(one))
        token = one["url"].split("/token/")[1].split("/")[0]
        assert body == emulator.state.blob(token)
    with pytest.raises(RejectedError):
        list(
            source.content(
                {"ref": "acme:attachment:1", "name": "x", "url": "https://x/attachments/token/none/?name=x"}
            )
        )
    with pytest.raises(RejectedError):
        list(source.content({"ref": "acme:attachment:1", "name": "x"}))


def test_the_check_names_who_reads_and_what_nobody_sees(desk):
    source, _ = desk
    found = {finding.code: finding for finding in source.check()}
    assert "ana.silva@acme.example (admin); 208 tickets" in found["ZD-ACCOUNT-001"].message
    assert found["ZD-SUSPENDED-001"].count == 6
    assert found["ZD-DELETED-001"].count == 5
    assert "holds 30 minutes" in found["ZD-TOKEN-001"].message or "minutes" in found["ZD-TOKEN-001"].message
    assert not [finding for finding in found.values() if finding.severity == "blocker"]


def test_credentials_that_the_desk_answers_as_an_anonymous_user_are_refused(desk):
    _, emulator = desk
    for options in (
        {"email": "ana.silva@acme.example", "token": "wrong"},
        {"bearer": "wrong"},
        {"client_id": "x", "client_secret": "y"},
    ):
        source = source_on(emulator, **options)
        with pytest.raises(AuthError) as error:
            source.check()
        assert error.value.remedy
        source.close()


def test_an_agent_who_is_no_admin_is_told_so(desk):
    _, emulator = desk
    token = emulator.credentials["ZENDESK_TOKEN"]
    source = source_on(emulator, email="chloe.martin@acme.example", token=token)
    found = {finding.code: finding for finding in source.check()}
    source.close()
    assert found["ZD-ROLE-001"].severity == "blocker"
    assert found["ZD-EXPORT-001"].severity == "blocker"
    assert "admin" in found["ZD-ROLE-001"].remedy


def test_a_scope_that_is_too_narrow_for_audits_is_told(desk):
    _, emulator = desk
    given = emulator.credentials
    source = source_on(
        emulator,
        client_id=given["ZENDESK_CLIENT_ID"],
        client_secret=given["ZENDESK_CLIENT_SECRET"],
        scope="tickets:read users:read",
    )
    found = {finding.code: finding for finding in source.check()}
    source.close()
    assert found["ZD-SCOPE-001"].severity == "blocker"
    assert "scope" in found["ZD-SCOPE-001"].remedy


def test_a_token_that_ends_while_reading_is_renewed(live):
    _, emulator = live
    source = source_on(emulator, page_size=20)
    pages = source.read("history", None)
    next(pages)
    emulator.clock.advance(4000)
    assert [page.last for page in pages][-1]
    source.close()
    assert sum(entry.path == "/oauth/tokens" for entry in emulator.ledger.entries()) == 2


def test_the_catalog_names_statuses_fields_and_restricted_groups(desk):
    catalog = desk[0].catalog()
    statuses = {row["name"]: row["stage"] for row in catalog["statuses"]}
    assert statuses["hold"] == statuses["custom:Waiting on vendor"] == "on_hold"
    assert "custom:On-hold" not in statuses
    fields = {(row["of"], row["key"]): row for row in catalog["fields"]}
    assert fields["ticket", "refund_reason"]["options"][0]["value"] == "broken"
    assert fields["person", "tier"]["type"] == "select"
    assert fields["organization", "discount"]["type"] == "decimal"
    assert ("ticket", "subject") not in fields
    assert [row["name"] for row in catalog["groups"] if row["restricted"]] == ["HR-cases"]
    assert {row["name"] for row in catalog["types"]} == {"question", "incident", "problem", "task"}
    outage = next(row for row in catalog["forms"] if row["name"] == "Outage")
    assert "product" in outage["fields"]
