"""What is written reads as expected: hostile tickets through compile, the emulated Jira, fetch and translate."""

from collections.abc import Iterator

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

from ticketferry.sdk import Disposition, Outcome, Severity
from ticketferry_emulators.jsm.models import adf

LONG = "Zeile für Zeile, ä€𐍈. " * 3_300
RTL = "مرحبا \u202bשלום\u202c 👩\u200d👩\u200d👧"


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        found.people()
        yield found
        assert found.state.leaks() == []


def test_a_plain_ticket_goes_to_its_fields_and_comes_back(site: Migration) -> None:
    record = ticket(
        body={"html": "<p>It <strong>burns</strong></p>"},
        requester=CUSTOMER,
        assignee=AGENT,
        organization=ORGANIZATION,
        ccs=[AGENT],
        followers=[AGENT],
        priority="High",
        components=["Website"],
        tags=["vip", "zd-1"],
        due="2024-02-03T10:00:00Z",
        channel="email",
        form="Emailed request",
        status="Closed",
        resolution="Won't Do",
        fields={
            "Serial no.": "SN-1",
            "Refund amount": 12.5,
            "Purchase date": "2024-01-01",
            "Original created": "2024-01-02T03:04:05Z",
            "Handled by": "Human",
            "Product": ["Ferry", "Plus"],
            "Affected regions": ["EMEA", "APAC"],
            "Checks done": ["Identity"],
            "Source tags": ["a", "b"],
            "Zendesk link": "https://acme.zendesk.example/1",
            "Steps to reproduce": f"one\n\ntwo {RTL}",
            "Account manager": AGENT,
        },
    )
    compiled, done = site.create(record)
    seen = site.check(compiled, record["ref"])
    issue = site.issue(record["ref"])
    assert site.state.statuses[issue.status].name == "Closed"
    assert seen["resolution"] == "Won't Do"
    assert seen["due"] == "2024-02-03T10:00:00Z"
    assert seen["fields"]["Steps to reproduce"] == f"one\n\ntwo {RTL}"
    assert {"tf-acme", "tf-acme-1"} < set(issue.values["labels"])
    # Shown when all is there; whom Jira may refuse to let watch comes after, so that a refusal hides nothing.
    assert [operation.endpoint for operation, _ in done][-2:] == ["issue.request_type", "issue.watch"]
    assert seen["provenance"]["created"] == "2024-01-02T03:04:05Z"


def test_a_ticket_without_body_reporter_or_assignee_shows_none(site: Migration) -> None:
    record = ticket(status="Waiting for triage")
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert not {"body", "requester", "assignee"} & seen.keys()


def test_an_empty_subject_is_filled_in_jira_and_stays_empty_in_the_record(site: Migration) -> None:
    record = ticket(subject="")
    compiled, _ = site.create(record)
    assert "subject" not in site.check(compiled, record["ref"])
    assert site.issue(record["ref"]).values["summary"] == "(no subject)"


def test_a_subject_longer_than_jira_takes_comes_back_whole(site: Migration) -> None:
    record = ticket(subject="🦀" * 300)
    compiled, _ = site.create(record)
    assert site.check(compiled, record["ref"])["subject"] == "🦀" * 300


def test_a_description_that_is_only_an_image_is_completed_after_the_upload(site: Migration) -> None:
    image = site.file(55, PNG, "pixel.png", inline=True, media_type="image/png")
    record = ticket(
        body={"html": '<p><img data-ref="acme:attachment:55" alt="pixel"></p>'}, attachments=[image]
    )
    compiled, done = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert 'data-ref="acme:attachment:55"' in seen["body"]["html"]
    assert [operation.endpoint for operation, _ in done][:3] == [
        "issue.create",
        "attachment.add",
        "issue.edit",
    ]
    assert adf.media_ids(site.issue(record["ref"]).values["description"])


def test_a_comment_of_70000_characters_is_split_and_read_as_one(site: Migration) -> None:
    record = ticket(comments=[comment(7, f"<p>{LONG}</p><ul><li><p>end</p></li></ul>")])
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert len(seen["comments"]) == 1
    written = site.issue(record["ref"]).comments
    assert len(written) == 3
    assert "(2/3)" in adf.plain_text(written[1].body)
    assert "".join(adf.plain_text(item.body) for item in written).count("𐍈") == 3_300


def test_a_description_of_70000_characters_goes_on_in_comments_and_is_read_as_one(site: Migration) -> None:
    record = ticket(body={"html": f"<p>{LONG}</p>"}, comments=[comment(8, "<p>after</p>")])
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert seen["body"]["html"].count("𐍈") == 3_300
    assert len(seen["comments"]) == 1
    assert len(site.issue(record["ref"]).comments) == 3


def test_internal_comments_stay_internal_and_headers_are_taken_off(site: Migration) -> None:
    record = ticket(
        comments=[comment(1, "<p>secret</p>", public=False), comment(2, f"<p>{RTL}</p>")],
        form="Emailed request",
        requester=CUSTOMER,
    )
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert [item["public"] for item in seen["comments"]] == [False, True]
    assert seen["comments"][0]["body"] == {"html": "<p>secret</p>"}
    assert seen["comments"][0]["author"] == CUSTOMER
    first, second = site.issue(record["ref"]).comments
    assert (first.internal, second.internal) == (True, False)
    assert adf.plain_text(first.body).startswith("Mírïam 🦀")


def test_files_of_one_name_and_empty_ones_keep_their_place(site: Migration) -> None:
    files = [
        site.file(
            1, b"one", "log.txt", "acme:comment:1", media_type="text/plain", created="2024-01-02T03:04:05Z"
        ),
        site.file(2, b"two", "log.txt", "acme:comment:2", media_type="text/plain"),
        site.file(3, b"", "leer 📎.txt", "acme:comment:2"),
        site.file(4, b"own", "a/b.txt"),
    ]
    record = ticket(comments=[comment(1, "<p>a</p>"), comment(2, "")], attachments=files)
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    by_ref = {item["origin"]: item for item in seen["attachments"]}
    assert by_ref["acme:attachment:1"]["comment"] == "acme:comment:1"
    assert by_ref["acme:attachment:3"]["size"] == 0
    assert by_ref["acme:attachment:4"]["name"] == "b.txt"
    assert any(finding.code == "JSM-FILE-NAME" for finding in compiled.findings)
    assert all(adf.media_ids(item.body) for item in site.issue(record["ref"]).comments)


def test_a_file_without_bytes_is_told_and_its_image_becomes_words(site: Migration) -> None:
    gone = {"ref": "acme:attachment:9", "name": "gone.png", "state": "missing"}
    record = ticket(
        body={"html": '<p>see <img data-ref="acme:attachment:9" alt="plan"></p>'}, attachments=[gone]
    )
    compiled, _ = site.create(record)
    site.check(compiled, record["ref"])
    assert ("attachments[9]", Disposition.UNSUPPORTED, "JSM-FILE") in compiled.fates
    assert "plan" in adf.plain_text(site.issue(record["ref"]).values["description"])


def test_links_to_tickets_lead_to_the_new_issue_and_read_as_the_old_address(site: Migration) -> None:
    old = "https://acme.zendesk.example/agent/tickets/2"
    html = f'<p>see <a href="{old}" data-ticket="acme:ticket:2">#2</a></p>'
    one = ticket(1, body={"html": html}, comments=[comment(1, html)])
    two = ticket(2, links=[{"type": "Problem/Incident", "to": "acme:ticket:1", "inward": True}])
    compiled = [site.driver.compile(Outcome.CREATE, record) for record in (one, two)]
    site.driver.apply([operation for each in compiled for operation in each.operations])
    key = site.issue("acme:ticket:2").key
    assert f"/browse/{key}" in str(site.issue("acme:ticket:1").values["description"])
    for each, ref in zip(compiled, ("acme:ticket:1", "acme:ticket:2"), strict=True):
        seen = site.check(each, ref)
        assert ("links" in seen) is (ref == "acme:ticket:2")
    link = next(iter(site.state.links.values()))
    # The active side, the problem that "causes", is ticket 1.
    assert (link.inward, link.outward) == (site.issue("acme:ticket:1").id, site.issue("acme:ticket:2").id)


def test_labels_with_spaces_are_mended_and_told(site: Migration) -> None:
    record = ticket(tags=["two words", "two-words", "x" * 300])
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert seen["tags"] == ["two-words"]
    assert seen["provenance"]["unplaced"] == {"tags[2]": "x" * 300}
    assert {"JSM-LABEL", "JSM-LABEL-SPACE"} <= {finding.code for finding in compiled.findings}


def test_an_assignee_without_a_licence_rejects_that_ticket_and_names_the_field(site: Migration) -> None:
    bad, good = ticket(1, assignee=CUSTOMER), ticket(2)
    creates = [site.driver.compile(Outcome.CREATE, record).operations[0] for record in (bad, good)]
    refused, made = site.driver.send(creates)
    assert refused.status == "rejected"
    assert refused.error is not None
    assert refused.error.where == "assignee"
    assert made.status == "done"
    assert site.issue("acme:ticket:2").values["summary"] == "Printer on fire"


def test_what_jira_has_no_place_for_is_kept_beside_and_named(site: Migration) -> None:
    record = ticket(
        fields={"No such": "x", "Handled by": "Robot", "Affected regions": ["EMEA", "Mars"]},
        components=["Nope"],
        priority="Urgent",
    )
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert seen["provenance"]["unplaced"] == {
        "priority": "Urgent",
        "components[0]": "Nope",
        "fields.No such": "x",
        "fields.Handled by": "Robot",
        "fields.Affected regions": ["Mars"],
    }
    assert seen["fields"] == {"Affected regions": ["EMEA"]}


def test_provenance_larger_than_one_property_is_cut_into_pieces_and_read_whole(site: Migration) -> None:
    events = [f'{number} مرحبا "{number}"' for number in range(3_000)]
    record = ticket(provenance={"ref": "acme:ticket:1", "number": "1", "events": events})
    compiled, _ = site.create(record)
    assert site.check(compiled, record["ref"])["provenance"]["events"] == events
    assert len(site.issue(record["ref"]).properties) > 2


def test_provenance_that_does_not_fit_is_left_out_whole_and_told(site: Migration) -> None:
    record = ticket(
        provenance={
            "ref": "acme:ticket:1",
            "number": "1",
            "events": ["x" * 200_000],
            "kept": {"a": "b", "c": "y" * 150_000},
        }
    )
    compiled, _ = site.create(record)
    seen = site.check(compiled, record["ref"])
    assert seen["provenance"]["kept"] == {"a": "b"}
    assert "events" not in seen["provenance"]
    assert ("provenance.events", Disposition.UNSUPPORTED, "JSM-PROVENANCE") in compiled.fates
    assert sum(finding.code == "JSM-PROVENANCE" for finding in compiled.findings) == 2


def test_a_missing_security_level_stops_the_plan(site: Migration) -> None:
    compiled = site.driver.compile(Outcome.CREATE, ticket(security="HR only"))
    assert any(finding.severity is Severity.BLOCKER for finding in compiled.findings)


def test_a_security_level_is_set_from_the_first_moment(site: Migration) -> None:
    record = ticket(project="HR", security="HR only")
    compiled, done = site.create(record)
    assert site.check(compiled, record["ref"])["security"] == "HR only"
    assert done[0][0].body["fields"]["security"] == {"id": "10020"}


def test_an_unknown_project_makes_no_operation(site: Migration) -> None:
    compiled = site.driver.compile(Outcome.CREATE, ticket(project="NOPE"))
    assert compiled.operations == ()
    assert compiled.findings[0].code == "JSM-ROUTE"


def test_nobody_is_mailed_by_a_whole_ticket(site: Migration) -> None:
    before = site.emulator.notifications
    record = ticket(
        body={"html": f'<p><span data-person="{AGENT}">@Ada</span></p>'},
        requester=CUSTOMER,
        assignee=AGENT,
        ccs=[AGENT],
        organization=ORGANIZATION,
        comments=[comment(1, f'<p><span data-person="{AGENT}">@Ada</span> look</p>')],
        status="Resolved",
        form="Emailed request",
    )
    site.create(record)
    assert site.emulator.notifications == before


def test_a_person_reads_as_expected_with_organizations(site: Migration) -> None:
    seen = site.driver.read(CUSTOMER)
    assert seen is not None
    assert (seen["email"], seen["account"], seen["organizations"]) == (
        "m@customers.example",
        "customer",
        [ORGANIZATION],
    )
    account = site.state.accounts[site.driver.slots[CUSTOMER]["id"]]
    assert account.properties["ticketferry.source"]["ref"] == CUSTOMER
    assert all(account.id in desk.customers for desk in site.state.desks.values())


def test_streams_give_our_tickets_with_parts_and_no_others(site: Migration) -> None:
    site.create(ticket(comments=[comment(number, f"<p>{number}</p>") for number in range(120)]))
    site.target.client.write("POST", "/rest/api/3/issue", endpoint="x", group="read", json={
        "fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "somebody's own"},
    })  # fmt: skip
    pages = list(site.target.read("tickets", None))
    wires = [wire for page in pages for wire in page.records]
    assert [wire.ref.kind.value for wire in wires].count("ticket") == 1
    assert [wire.ref.kind.value for wire in wires].count("comment") == 120
    again = list(site.target.read("tickets", pages[-1].cursor))
    assert again[-1].last
