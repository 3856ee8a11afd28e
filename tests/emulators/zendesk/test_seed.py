"""The sample desk: repeatable, rich, consistent, and in the vendor's own form."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.contract.zendesk_document_faults import complaints

from ticketferry_emulators.zendesk.seed import desk as seeds
from ticketferry_emulators.zendesk.seed.desk import generate, load, save, tokens
from ticketferry_emulators.zendesk.seed.dice import ENDS, unix

ROOT = Path(__file__).resolve().parents[3]
AGENTS = {
    "ana.silva", "ben.okoro", "chloe.martin", "dmitri.ivanov", "emi.tanaka", "farid.nasser", "greta.lund", "hugo.weber",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk():
    return generate()


@pytest.fixture(scope="module")
def cases(desk):
    return list(desk.cases())


def events(cases, *types):
    return [
        event
        for case in cases
        for audit in case.audits
        for event in audit["events"]
        if event["type"] in types
    ]


def comments(cases):
    return events(cases, "Comment", "VoiceComment")


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path):
    script = (
        "import hashlib,sys,pathlib; from ticketferry_emulators.zendesk.seed.desk import generate, save\n"
        "folder = pathlib.Path(sys.argv[1]); save(generate(60, 7), folder); digest = hashlib.sha256()\n"
        "for path in sorted(folder.rglob('*')):\n"
        "    digest.update(path.name.encode() + (path.read_bytes() if path.is_file() else b''))\n"
        "print(digest.hexdigest())"
    )
    found = set()
    for hash_seed in ("0", "1", "4242"):
        env = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'connectors'}",
        }
        command = [sys.executable, "-c", script, str(tmp_path / hash_seed)]
        found.add(
            subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=60).stdout
        )
    assert len(found) == 1


def test_another_seed_says_other_things_but_tells_the_same_stories(cases):
    others = list(generate(seed=2).cases())
    assert [case.ticket["description"] for case in others] != [case.ticket["description"] for case in cases]
    assert {case.ticket["status"] for case in others} == {case.ticket["status"] for case in cases}


def test_a_ticket_does_not_depend_on_those_before_it():
    few, again = generate(30), generate(30)
    whole = list(few.cases())
    later = again.cases()
    for _ in range(29):
        next(later)
    assert next(later) == whole[29]


@pytest.mark.parametrize("count", [0, 1, 41, 59, 214, 215, 430])
def test_a_desk_of_any_size_refers_only_to_tickets_it_has(count):
    cases = list(generate(count).cases())
    assert [case.ticket["id"] for case in cases] == list(range(1, count + 1))
    for case in cases:
        ticket = case.ticket
        for number in [ticket["problem_id"], *ticket["followup_ids"]]:
            assert number is None or 1 <= number <= count


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="-1"):
        generate(-1)


def test_tickets_are_made_as_a_stream():
    desk = generate(10_000_000)
    assert next(desk.cases()).ticket["id"] == 1
    assert next(iter(desk.lists["users"]()))["id"] > 0


def test_the_desk_has_what_a_migration_must_meet(desk, cases):
    rows = {kind: list(rows()) for kind, rows in desk.lists.items()}
    assert len([case for case in cases if case.ticket["status"] != "deleted"]) >= 200
    assert len(rows["users"]) >= 60
    assert len(rows["organizations"]) == 12
    assert [row["name"] for row in rows["organizations"] if row["shared_tickets"]] == ["Initech"]
    assert len(rows["groups"]) == 5
    assert [row["name"] for row in rows["groups"] if not row["is_public"]] == ["HR-cases"]
    assert {row["name"] for row in rows["brands"]} == {"Acme", "Globex", "Billing"}
    assert {row["name"] for row in rows["ticket_forms"]} == {"Default", "Outage", "Billing question"}
    kinds = {"text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard", "multiselect",
             "tagger", "lookup"}  # fmt: skip
    assert kinds <= {row["type"] for row in rows["ticket_fields"] if row["removable"]}
    assert ("Waiting on vendor", "hold") in {
        (row["agent_label"], row["status_category"]) for row in rows["custom_statuses"]
    }
    assert len(comments(cases)) >= 800


def test_agents_have_the_agreed_addresses_and_the_hard_cases_other_names(desk):
    users = list(desk.lists["users"]())
    staff = [user for user in users if user["role"] != "end-user"]
    plain = {u["email"].split("@")[0] for u in staff if u["active"] and not u["suspended"] and u["role_type"] in (0, 4)
             and u["email"].endswith("@acme.example")}  # fmt: skip
    assert plain == AGENTS
    assert [user["name"] for user in staff if user["suspended"]] == ["Otto Brandt"]
    assert [user["name"] for user in staff if not user["active"]] == ["Pia Rossi"]
    assert len([user for user in staff if user["role_type"] == 1]) == 2


def test_no_two_identities_share_a_value_and_no_address_is_real(desk):
    values = Counter(row["value"].lower() for row in desk.lists["identities"]())
    assert [value for value, count in values.items() if count > 1] == []
    emails = [user["email"] for user in desk.lists["users"]() if user["email"]]
    assert all(email.endswith(".example") for email in emails)


def test_people_hold_real_duplicates(desk):
    users = list(desk.lists["users"]())
    numbers = Counter(
        user["user_fields"]["customer_no"] for user in users if user["user_fields"]["customer_no"]
    )
    assert [number for number, count in numbers.items() if count == 2] == ["C-2002"]
    bare = Counter(re.sub(r"\+[^@]*", "", user["email"]) for user in users if user["email"])
    assert [email for email, count in bare.items() if count == 2] == ["dana.whitfield@stark-ovens.example"]
    secondary = [row for row in desk.lists["identities"]() if row["type"] == "email" and not row["primary"]]
    assert [row["value"] for row in secondary] == ["joel.park+old@wayne-bakery.example"]


def test_every_story_that_breaks_converters_is_there(desk, cases):
    bodies = [comment["html_body"] for comment in comments(cases)]
    for mark in ("<table>", "<pre><code>", "<ol>", "<h2>", "gmail_quote", "{{ticket.id}}", "お世話に", "مرحبا", "שלום", "🔥",
                 "Größe", "« 1 234,56 € »", "/agent/tickets/", "<ul><li>one<li>two"):  # fmt: skip
        assert any(mark in body for body in bodies), mark
    assert any(55_000 < len(body.encode()) < 64 * 1024 for body in bodies)
    assert any("\r\n" in comment["body"] for comment in comments(cases))
    assert any(17 in audit["metadata"].get("flags", ()) for case in cases for audit in case.audits)
    assert any(not case.audits[0]["events"][0]["public"] for case in cases)
    hidden = events(cases, "CommentPrivacyChange")
    by_id = {comment["id"]: comment for comment in comments(cases)}
    assert hidden
    assert all(by_id[event["comment_id"]]["public"] is False for event in hidden)
    masked = events(cases, "CommentRedactionEvent")
    assert masked
    assert all("▇" in by_id[event["comment_id"]]["body"] for event in masked)
    assert events(cases, "VoiceComment")
    assert events(cases, "SatisfactionRating")
    assert events(cases, "Cc")


def test_links_between_tickets_are_told_on_both_sides(cases):
    tickets = {case.ticket["id"]: case.ticket for case in cases}
    followed = [(ticket["id"], number) for ticket in tickets.values() for number in ticket["followup_ids"]]
    assert followed
    for source, number in followed:
        via = tickets[number]["via"]["source"]
        assert (via["rel"], via["from"]["ticket_id"]) == ("follow_up", source)
    incidents = [ticket for ticket in tickets.values() if ticket["problem_id"]]
    assert len(incidents) >= 3
    assert all(tickets[ticket["problem_id"]]["has_incidents"] for ticket in incidents)
    merged = [ticket for ticket in tickets.values() if "closed_by_merge" in ticket["tags"]]
    assert merged
    assert all(ticket["status"] == "closed" for ticket in merged)
    for ticket in merged:
        audit = next(a for a in cases[ticket["id"] - 1].audits if a["via"]["source"]["rel"] == "merge")
        winner = audit["via"]["source"]["to"]["ticket_id"]
        told = [a["via"]["source"]["from"].get("ticket_ids") for a in cases[winner - 1].audits]
        assert [ticket["id"]] in told


def test_attachments_are_real_files_of_the_size_they_say(desk, cases):
    files = [file for comment in comments(cases) for file in comment["attachments"]]
    live = [file for file in files if not file["deleted"]]
    for file in live:
        body = desk.blob(file["content_url"].split("/token/")[1].split("/")[0])
        assert len(body) == file["size"]
        if file["content_type"] == "image/png":
            assert body.startswith(b"\x89PNG\r\n\x1a\n")
            assert body.endswith(b"IEND\xaeB`\x82")
    assert any(file["size"] == 0 for file in live)
    assert any(file["inline"] for file in live)
    assert any(not file["file_name"].isascii() for file in live)
    names = Counter((case.ticket["id"], file["file_name"]) for case in cases for comment in comments([case])
                    for file in comment["attachments"])  # fmt: skip
    assert any(count == 2 for count in names.values())
    for comment in comments(cases):
        for file in comment["attachments"]:
            assert not file["inline"] or file["content_url"] in comment["html_body"]


def test_a_token_that_was_never_given_has_no_bytes(desk):
    for token in ("", "png1x1x000000000000", "../settings.json"):
        with pytest.raises(KeyError):
            desk.blob(token)


REPLAYED = ("subject", "type", "priority", "status", "custom_status_id", "group_id", "assignee_id", "requester_id",
            "organization_id", "brand_id", "ticket_form_id", "problem_id", "due_at", "external_id", "tags")  # fmt: skip


def written(value):
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int) else value


@pytest.mark.parametrize(("count", "seed"), [(214, 1), (214, 5), (97, 1), (430, 3)])
def test_replaying_the_audits_gives_the_ticket(count, seed):
    for case in generate(count, seed).cases():
        ticket = case.ticket
        replayed = {}
        for audit in case.audits:
            for event in audit["events"]:
                if event["type"] in ("Create", "Change") and not isinstance(event["value"], dict):
                    before = replayed.get(event["field_name"], [] if event["field_name"] == "tags" else None)
                    assert event.get("previous_value", before) == before, (ticket["id"], event)
                    replayed[event["field_name"]] = event["value"]
        for name in REPLAYED:
            assert replayed.get(name, [] if name == "tags" else None) == written(ticket[name]), (
                ticket["id"],
                name,
            )
        for field in ticket["custom_fields"]:
            assert replayed.get(str(field["id"])) == written(field["value"]), (ticket["id"], field)


def test_time_runs_forward_and_ids_are_unique(cases):
    seen = set()
    for case in cases:
        moments = [unix(audit["created_at"]) for audit in case.audits]
        assert moments == sorted(moments)
        assert moments[-1] <= ENDS
        assert case.ticket["created_at"] == case.audits[0]["created_at"]
        assert case.ticket["updated_at"] == case.audits[-1]["created_at"]
        assert case.ticket["generated_timestamp"] >= moments[-1]
        for audit in case.audits:
            for identifier in [audit["id"], *(event["id"] for event in audit["events"])]:
                assert identifier not in seen
                seen.add(identifier)
    created = [case.ticket["created_at"] for case in cases]
    assert created == sorted(created)


def test_tags_follow_the_options_of_drop_downs(cases):
    for case in cases:
        values = {field["id"]: field["value"] for field in case.ticket["custom_fields"]}
        tags = set(case.ticket["tags"])
        for number in (31_001, 31_002, 31_008):
            assert values[number] is None or values[number] in tags
        assert set(values[31_013] or ()) <= tags
        assert ("vip-customer" in tags) == (values[31_007] is True)


def test_saved_and_loaded_the_desk_is_the_same(tmp_path, desk):
    counts = save(desk, tmp_path)
    found = load(tmp_path)
    assert found.tickets == desk.tickets == counts["tickets"]
    assert list(found.cases()) == list(desk.cases())
    assert set(found.lists) == set(desk.lists)
    for kind, rows in desk.lists.items():
        assert list(found.lists[kind]()) == list(rows())
    for case in desk.cases():
        for token in tokens(case):
            assert found.blob(token) == desk.blob(token)
    with pytest.raises(KeyError):
        found.blob("../settings.json")


def test_loading_a_folder_without_a_desk_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path)


@pytest.mark.parametrize("lines", [0, 1])
def test_a_saved_desk_that_lacks_audits_is_refused(tmp_path, lines):
    save(generate(3), tmp_path)
    path = tmp_path / "audits.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))
    with pytest.raises(ValueError, match="audits of ticket None"):
        list(load(tmp_path).cases())


def test_the_command_writes_a_desk(tmp_path):
    from click.testing import CliRunner

    result = CliRunner().invoke(seeds.main, ["--out", str(tmp_path / "desk"), "--tickets", "20"])
    assert result.exit_code == 0, result.output
    assert "20  tickets" in result.output
    assert load(tmp_path / "desk").tickets == 20


SCHEMAS = {
    "users": "UserObject", "identities": "UserIdentityObject", "organizations": "OrganizationObject",
    "organization_memberships": "OrganizationMembershipObject", "group_memberships": "GroupMembershipObject",
    "groups": "GroupObject", "brands": "BrandObject", "ticket_fields": "TicketFieldObject",
    "ticket_forms": "TicketFormObject", "custom_statuses": "CustomStatusObject", "user_fields": "UserFieldObject",
    "organization_fields": "OrganizationFieldObject", "sla_policies": "SLAPolicyObject", "triggers": "TriggerObject",
    "automations": "AutomationObject", "macros": "MacroObject", "views": "ViewObject",
    "recipient_addresses": "SupportAddressObject", "sharing_agreements": "SharingAgreementObject", "suspended_tickets": "SuspendedTicketObject",
    "custom_objects": "CustomObject", "items": "DynamicContentObject",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_records_of_every_kind_are_valid_against_the_vendors_document(shared, desk, kind):
    rows = list(desk.lists[kind]())
    assert (
        complaints(
            shared, {"type": "array", "items": {"$ref": f"#/components/schemas/{SCHEMAS[kind]}"}}, rows
        )
        == []
    )


def test_every_list_but_those_of_other_products_has_a_schema_to_be_checked_against(desk):
    assert set(desk.lists) - set(SCHEMAS) == {"articles", "jira_links"}


@pytest.mark.parametrize(
    ("schema", "part"),
    [("TicketObject", "tickets"), ("TicketAuditObject", "audits"), ("TicketCommentObject", "comments"),
     ("SatisfactionRatingObject", "ratings")],
)  # fmt: skip
def test_tickets_and_their_parts_are_valid_against_the_vendors_document(shared, cases, schema, part):
    rows = {
        "tickets": [case.ticket for case in cases],
        "audits": [audit for case in cases for audit in case.audits],
        "comments": comments(cases),
        "ratings": [case.rating for case in cases if case.rating],
    }[part]
    assert rows
    assert (
        complaints(shared, {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}, rows) == []
    )
