import pytest
from tests.unit.mapping.desks import (
    JIRA,
    JSM,
    NOW,
    ZENDESK,
    Desks,
    case,
    comment,
    engine,
    files_engine,
    mapping,
    person,
)

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.result import Account, fate_of
from ticketferry.schema.records import validate
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

PLACEHOLDER = 'people: {placeholder: {name: "{{ name }} (former)", email: "former-{{ id }}@acme.invalid"}, inactive_agents: {as: placeholder}}\n'


def codes(mapped) -> set[str]:
    return {row.code for row in mapped.findings}


def fate(mapped, path):
    found = fate_of(mapped.fates, path)
    assert found is not None
    return found


def test_a_status_can_depend_on_the_assignee_and_bring_a_resolution():
    maps = engine()
    assert maps.case(case()).record["status"] == "Waiting for triage"
    assert maps.case(case(assignee="acme:person:2")).record["status"] == "Waiting for support"
    solved = maps.case(case(status="solved", stage="resolved", fields={"outcome": "wont_fix"})).record
    assert (solved["status"], solved["resolution"]) == ("Resolved", "Won't Do")
    assert maps.case(case(status="solved", stage="resolved")).record["resolution"] == "Done"


def test_a_custom_status_never_falls_to_the_rule_of_its_category_or_namesake():
    maps = engine()
    assert maps.case(case(status="custom:Waiting on vendor")).record["status"] == "Pending vendor"
    refused = maps.case(case(status="custom:Open"))
    assert refused.outcome is Outcome.REJECT
    assert "custom:Open" in refused.because


def test_a_ticket_that_no_route_takes_is_rejected_with_the_place_to_mend():
    base = 'version: 1\nsource: zendesk\ntarget: jsm\nroute: [{when: {brand: Billing}, project: BILL}]\nstatus: {"*": X}\n'
    maps = engine(base=base)
    assert maps.case(case(brand="billing")).record["project"] == "BILL"
    lost = maps.case(case(brand="Acme"))
    assert lost.outcome is Outcome.REJECT
    assert next(row for row in lost.findings if row.code == "R101").where == "mapping.yaml:4:1"


def test_request_types_follow_the_channel():
    base = """version: 1
source: zendesk
target: jsm
route: [{when: always, project: SUP, request_type: {by: channel, values: {email: Emailed request, "*": Portal request}, missing: Chat}}]
status: {"*": X}
"""
    forms = [
        engine(base=base).case(case(**more)).record["form"]
        for more in ({"channel": "email"}, {"channel": "sms"}, {})
    ]
    assert forms == ["Emailed request", "Portal request", "Chat"]


@pytest.mark.parametrize("stage", ["deleted", "spam", "suspended"])
def test_exits_are_skipped_whatever_their_status(stage):
    left = engine().case(case(stage=stage, status=stage))
    assert (left.outcome, left.record) == (Outcome.SKIP, None)
    assert left.because == f"exits.{stage}: skip"
    assert fate(left, "comment[1].body").action == "drop"


def test_a_merged_ticket_links_to_its_winner_or_is_skipped():
    loser = case(
        stage="merged",
        status="closed",
        merged_into="acme:ticket:13",
        links=[{"type": "merged", "to": "acme:ticket:13"}],
    )
    assert engine().case(loser).outcome is Outcome.SKIP
    linked = engine("exits: {merged: {link: Duplicate, to: winner}}\n").case(loser)
    assert linked.record["links"] == [{"type": "Duplicate", "to": "acme:ticket:13"}]


def test_phases_are_read_in_order_and_relative_dates_count_from_the_snapshot():
    maps = engine(
        "phases: [{name: pilot, where: {group: Tier 1}}, {name: recent, where: {created_after: -1y}}, {name: old, where: always}]\n"
    )
    assert maps.phase_of(case(group="acme:group:1")) == "pilot"
    assert maps.phase_of(case(created="2025-01-02T00:00:00Z")) == "recent"
    assert maps.phase_of(case(created="2024-12-31T00:00:00Z")) == "old"
    assert engine("phases: [{name: a, where: {tag: x}}]\n").phase_of(case()) is None


def test_clean_rules_decide_in_order_and_say_why():
    maps = engine(
        "clean:\n  - {id: hold, when: {tag: legal-hold}, do: keep, because: litigation}\n"
        "  - {id: tests, when: {subject: {matches: '^(test|asdf)'}, comments: '<= 1'}, do: skip, because: test tickets}\n"
    )
    assert maps.case(case(subject="Test 1")).because == "test tickets"
    assert maps.case(case(subject="Test 1", tags=["legal-hold"])).outcome is Outcome.CREATE
    assert maps.case(case(subject="Test 1", comments=[comment("1"), comment("2")])).outcome is Outcome.CREATE


def test_a_public_opening_message_becomes_the_description_with_its_files():
    mapped = engine().case(
        case(
            comments=[comment("1", "<p>first</p>", opening=True), comment("2")],
            attachments=[
                {"ref": "acme:attachment:5", "comment": "acme:comment:1", "name": "a.png", "size": 3}
            ],
        )
    )
    over = "<p><em>Ann Customer · 2025-06-01 10:00 UTC</em></p>"
    assert mapped.record["body"] == {"html": f"{over}<p>first</p>"}, "nothing else shows the time"
    assert [row["ref"] for row in mapped.record["comments"]] == ["acme:comment:2"]
    assert "comment" not in mapped.record["attachments"][0]
    assert fate(mapped, "comment[1].body").to == "body"
    assert fate(mapped, "attachment[5].comment").to == "body"
    assert mapped.record["provenance"]["kept"]["comment[1].ref"] == "acme:comment:1"


DATED = "history: {date_fields: {created: Original created}}\n"


@pytest.mark.parametrize(
    ("more", "said", "over"),
    [
        (DATED, {}, ""),
        (DATED, {"created": "2025-06-03T08:30:00Z"}, "Ann Customer · 2025-06-03 08:30 UTC"),
        (DATED, {"author": "acme:person:5"}, ""),
        (DATED, {"author": "acme:person:2"}, "Bob Agent · 2025-06-01 10:00 UTC"),
        (DATED, {"author": None}, "unknown author · 2025-06-01 10:00 UTC"),
        (DATED + "text: {header: {when: never}}\n", {"created": "2025-06-03T08:30:00Z"}, ""),
        (
            DATED + "text: {header: {when: never}}\n",
            {"author": "acme:person:2"},
            "Bob Agent · 2025-06-01 10:00 UTC",
        ),
    ],
)
def test_an_agents_opening_message_never_stands_under_the_customers_name(more, said, over):
    """A description shows the requester's name and the ticket's time: another author or time is said in a line over it."""
    first = {key: value for key, value in comment("1", opening=True, **said).items() if value is not None}
    mapped = engine(more).case(case(comments=[first]))
    line = f"<p><em>{over}</em></p>" if over else ""
    assert mapped.record["body"] == {"html": f"{line}<p>hello</p>"}
    assert ("C304" in codes(mapped)) is (said.get("author", "") is None)
    assert fate(mapped, "comment[1].body").transformed is bool(over)


def test_a_description_whose_requester_has_no_account_says_whose_words_it_is():
    """Where nobody stands for the requester, the target shows its importing account: the name stands over the text."""
    nobody = case(body={"html": "<p>b</p>"}, requester=None)
    mapped = engine(DATED).case({key: value for key, value in nobody.items() if value is not None})
    assert mapped.record["body"]["html"].startswith("<p><em>unknown author · 2025-06-01 10:00 UTC</em></p>")
    assert engine(DATED).case(case(body={"html": "<p>b</p>"})).record["body"] == {"html": "<p>b</p>"}


def test_an_internal_opening_message_never_becomes_the_description():
    mapped = engine().case(
        case(
            comments=[comment("1", "<p>secret</p>", public=False, opening=True), comment("2", "<p>open</p>")],
            attachments=[{"ref": "acme:attachment:5", "comment": "acme:comment:1", "name": "a.png"}],
        )
    )
    assert "body" not in mapped.record
    assert mapped.record["comments"][0]["public"] is False
    assert mapped.record["attachments"][0]["comment"] == "acme:comment:1"
    assert "C303" in codes(mapped)


def test_a_target_without_internal_comments_gets_none_and_loses_nothing():
    features = JSM - {Feature.PUBLIC_AND_INTERNAL}
    mapped = engine(features=features).case(
        case(
            comments=[comment("1", opening=True), comment("2", "<p>secret</p>", public=False)],
            attachments=[{"ref": "acme:attachment:5", "comment": "acme:comment:2", "name": "secret.pdf"}],
        )
    )
    assert "comments" not in mapped.record
    assert "attachments" not in mapped.record
    kept = mapped.record["provenance"]["kept"]
    assert kept["comment[2].body"] == {"html": "<p>secret</p>"}
    assert kept["attachment[5].name"] == "secret.pdf"
    assert {"C301", "A009"} <= codes(mapped)


def test_a_description_becomes_the_opening_comment_where_the_target_has_none():
    mapped = files_engine().case(case(body={"html": "<p>b</p>"}))
    assert mapped.record["body"] == {"html": "<p>b</p>"}
    mapped = engine(features=JSM - {Feature.DESCRIPTION}).case(
        case(body={"html": "<p>b</p>"}, attachments=[{"ref": "acme:attachment:5", "name": "a"}])
    )
    first = mapped.record["comments"][0]
    assert (first["opening"], first["public"], first["author"]) == (True, True, "acme:person:1")
    assert mapped.record["attachments"][0]["comment"] == first["ref"]
    assert fate(mapped, "ticket[12].body").to == "comments[12.body].body"


def test_a_description_that_the_customer_does_not_see_stays_internal():
    mapped = engine().case(
        case(public=False, body={"html": "<p>b</p>"}, attachments=[{"ref": "acme:attachment:5", "name": "a"}])
    )
    assert "body" not in mapped.record
    assert mapped.record["comments"][0]["public"] is False
    assert mapped.record["attachments"][0]["comment"] == mapped.record["comments"][0]["ref"]


def test_comments_carry_a_header_where_author_and_time_cannot_be_set():
    mapped = engine(
        "text: {header: {template: \"{{ author }} | {{ at | local('Europe/Berlin') }} | {{ via }}\"}}\n"
    ).case(case(body={"html": "x"}, comments=[comment("2", author="acme:person:2", channel="email")]))
    assert mapped.record["comments"][0]["header"] == "Bob Agent | 2025-06-01 12:00 | email"
    assert "header" not in files_engine().case(case(comments=[comment("2")])).record["comments"][0]


def test_an_author_without_account_stands_in_header_and_provenance_or_as_a_placeholder():
    ticket = case(body={"html": "x"}, comments=[comment("2", author="acme:person:3")])
    nobody = engine().case(ticket)
    assert "author" not in nobody.record["comments"][0]
    assert nobody.record["comments"][0]["header"].startswith("Old Agent")
    assert nobody.record["provenance"]["people"] == {"acme:person:3": "Old Agent <old@acme.example>"}
    assert nobody.record["provenance"]["kept"]["comment[2].author"] == "acme:person:3"
    stand_in = engine(PLACEHOLDER).case(ticket)
    assert stand_in.record["comments"][0]["author"] == "acme:person:3"
    assert "acme:person:3" in stand_in.needs
    assert fate(stand_in, "comment[2].author").transformed


def test_duplicates_are_replaced_by_their_survivor_everywhere():
    mapped = engine().case(
        case(requester="acme:person:5", comments=[comment("2", author="acme:person:5")], body={"html": "x"})
    )
    assert mapped.record["requester"] == "acme:person:1"
    assert mapped.record["comments"][0]["author"] == "acme:person:1"
    assert "acme:person:5" not in mapped.needs
    assert mapped.record["provenance"]["requester"] == "Dee Twin <dee@acme.example>"


def test_who_cannot_be_assigned_leaves_the_place_empty_and_the_name_behind():
    mapped = engine(
        "people: {unlicensed_assignee: {assign: none, field: Former assignee}, light_agents: {as: watcher}}\n"
    ).case(case(assignee="acme:person:4"))
    assert "assignee" not in mapped.record
    assert mapped.record["fields"]["Former assignee"] == "Cy Light"
    assert mapped.record["followers"] == ["acme:person:4"]
    assert "P312" in codes(mapped)


def test_members_of_an_organization_see_tickets_only_where_they_do_today():
    shared, private = case(organization="acme:organization:1"), case(organization="acme:organization:2")
    maps = engine()
    assert maps.case(shared).record["organization"] == "acme:organization:1"
    assert "organization" not in maps.case(private).record
    assert maps.case(private).newly_visible == []
    always = engine("organizations: {share: always}\n")
    assert always.case(shared).newly_visible == []
    assert "Private Ltd" in always.case(private).newly_visible[0]
    assert "organization" not in engine("organizations: {share: never}\n").case(shared).record


def test_a_restricted_group_in_an_open_place_is_reported():
    ticket = case(group="acme:group:9")
    assert "restricted group" in engine().case(ticket).newly_visible[0]
    assert "V601" in codes(engine().case(ticket))
    assert engine("groups: {HR-cases: {security: HR only}}\n").case(ticket).newly_visible == []


def test_followers_who_become_participants_are_reported_and_ccs_are_not():
    ticket = case(ccs=["acme:person:4", "acme:person:2"], followers=["acme:person:2"])
    mapped = engine("people: {followers: participants, light_agents: {as: customer}}\n").case(ticket)
    assert mapped.record["ccs"] == ["acme:person:4", "acme:person:2"]
    assert mapped.newly_visible == []
    assert engine("people: {followers: participants}\n").case(case(followers=["acme:person:2"])).newly_visible


def test_field_verbs_do_what_they_say():
    maps = engine(
        r"""fields:
  - {from: fields.refund_reason, to: Refund reason, values: {broken: Damaged, Late delivery: Late, "*": fail}, missing: {default: Other}}
  - {from: fields.product, to: Product, as: cascading, split: "::"}
  - {from: fields.serial, to: Serial no., regex: {find: '^\s*SN[- ]?(\d{6})\s*$', to: 'SN-\1'}, on_miss: keep}
  - {from: [fields.city, fields.zip], to: Address, join: ", "}
  - {from: due, to: Due date, as: date, tz: Europe/Berlin}
  - {from: fields.symptoms, to: Order id, expr: "{{ fields.symptoms | join('+') | upper }}"}
  - {from: fields.card_number, drop: true, because: "PCI"}
  - {set: {Origin: api}, when: {channel: api}}
"""
    )
    mapped = maps.case(
        case(
            fields={
                "refund_reason": "late", "product": "hw__router", "serial": " sn 123456", "city": "Köln", "zip": "50667",
                "symptoms": ["no_signal", "noise"], "card_number": "4111", "unknown": 7,
            },
            due="2025-06-01T22:30:00Z", channel="api",
        )
    )  # fmt: skip
    assert mapped.outcome is Outcome.CREATE, mapped.because
    assert mapped.record["due"] == "2025-06-02"
    assert mapped.record["fields"] == {
        "Refund reason": "Late", "Product": ["Ferry", "Basic"], "Serial no.": " sn 123456", "Address": "Köln, 50667",
        "Order id": "NO_SIGNAL+NOISE", "Origin": "API",
    }  # fmt: skip
    assert "F210" in codes(mapped)
    assert maps.case(case(fields={"serial": "SN 123456"})).record["fields"]["Serial no."] == "SN-123456"
    assert maps.case(case()).record["fields"]["Refund reason"] == "Other"
    assert fate(mapped, "ticket[12].fields.card_number").action == "drop"
    assert "4111" not in str(mapped.record)
    assert mapped.record["provenance"]["kept"]["ticket[12].fields.unknown"] == 7
    assert fate(mapped, "ticket[12].fields.refund_reason").by == "fields[0] refund_reason mapping.yaml:18:5"
    refused = maps.case(case(fields={"refund_reason": "brand-new"}))
    assert refused.outcome is Outcome.REJECT
    assert "brand-new" in refused.because


def test_a_value_that_does_not_fit_the_target_s_type_is_kept_and_reported():
    mapped = engine(
        "fields: [{from: fields.refund_amount, to: Refund amount}, {from: fields.serial, to: Handled by}]\n"
    ).case(case(fields={"refund_amount": "a lot", "serial": "Robot"}))
    assert "fields" not in mapped.record
    assert mapped.record["provenance"]["kept"] == {
        "ticket[12].fields.refund_amount": "a lot",
        "ticket[12].fields.serial": "Robot",
    }
    assert "F102" in codes(mapped)


def test_a_required_field_that_is_empty_rejects_only_where_it_is_required():
    maps = engine(
        "fields: [{from: fields.serial, to: Serial no., required: {when: {stage: [resolved, closed]}}}]\n"
    )
    assert maps.case(case()).outcome is Outcome.CREATE
    refused = maps.case(case(status="solved", stage="resolved"))
    assert refused.outcome is Outcome.REJECT
    assert "F103" in codes(refused)


def test_rest_can_fail_or_drop_what_no_rule_names():
    assert "serial" in engine("fields: [{rest: fail}]\n").case(case(fields={"serial": "1"})).because
    dropped = engine("fields: [{rest: drop, because: not needed}]\n").case(case(fields={"serial": "1"}))
    assert "kept" not in dropped.record["provenance"]
    assert fate(dropped, "ticket[12].fields.serial").action == "drop"


def test_tags_are_dropped_renamed_merged_and_spelt():
    mapped = engine(
        "tags: {drop: [closed_by_merge, 'auto_*'], rename: {vip-customer: vip}, merge: {invoice: [invoices, rechnung]}, spaces: '-',"
        " case: lower, from_fields: drop}\nbrands: {Acme: {label: acme}}\nprovenance: {number: {label: 'zd-{{ number }}'}}\n"
    ).case(
        case(
            tags=["auto_x", "VIP-customer", "Rechnung", "invoices", "Two Words", "broken"],
            fields={"refund_reason": "broken"},
            brand="Acme",
        )
    )
    assert mapped.record["tags"] == ["vip", "invoice", "two-words", "acme", "zd-12"]
    assert fate(mapped, "ticket[12].tags[0]").action == "drop"
    assert fate(mapped, "ticket[12].tags[5]").by.startswith("tags.from_fields")
    assert fate(mapped, "ticket[12].tags[1]").transformed
    assert "auto_x" not in repr(mapped.record), "a dropped tag stands nowhere"


@pytest.mark.parametrize(
    ("href", "ref"),
    [
        ("https://acme.zendesk.example/agent/tickets/15", "acme:ticket:15"),
        ("https://help.acme.example/hc/en-us/requests/15", "acme:ticket:15"),
        ("https://HELP.acme.example/agent/tickets/15?brand=2#c9", "acme:ticket:15"),
        ("https://acme-labs.zendesk.example/agent/tickets/15/", "acme:ticket:15"),
        ("https://acme.zendesk.example/browse/SUP-1", "acme:ticket:16"),
        ("https://acme.zendesk.example/browse/sup-1?focusedId=3", "acme:ticket:16"),
        ("https://acme.zendesk.example/servicedesk/customer/portal/3/SUP-1", "acme:ticket:16"),
        ("https://acme.zendesk.example/issues/SUP-1", "acme:ticket:16"),
        ("https://help.acme.example.evil.example/agent/tickets/15", None),
        ("https://help.acme.example@evil.example/agent/tickets/15", None),
        ("https://other.zendesk.example/agent/tickets/15", None),
        ("https://acme.zendesk.example/agent/tickets/15/print", "acme:ticket:15"),
    ],
)
def test_a_link_on_any_host_of_the_desk_leads_to_the_new_ticket(href, ref):
    class Keys(Desks):
        def ticket(self, number):
            return "acme:ticket:16" if number.casefold() == "sup-1" else super().ticket(number)

    source = {**ZENDESK, "hosts": ["acme-labs.zendesk.example", "help.acme.example"]}
    made = Engine(mapping(), source, JIRA, JSM, Keys(), NOW).case(
        case(body={"html": f'<p><a href="{href}">x</a></p>'})
    )
    html = made.record["body"]["html"]
    assert (f'data-ticket="{ref}"' in html) if ref else ("data-ticket" not in html)


def test_links_to_old_tickets_are_marked_for_the_new_ones():
    html = (
        '<p>see #13, a#14, #5000 and <a href="https://acme.zendesk.example/agent/tickets/15">that</a>'
        ' <a href="https://evil.example/agent/tickets/15">no</a></p><pre>#16</pre>'
    )
    body = engine().case(case(body={"html": html, "original": "x"})).record["body"]
    assert 'data-ticket="acme:ticket:13" href="https://acme.zendesk.example/agent/tickets/13"' in body[
        "html"
    ].replace(
        'href="https://acme.zendesk.example/agent/tickets/13" data-ticket="acme:ticket:13"',
        'data-ticket="acme:ticket:13" href="https://acme.zendesk.example/agent/tickets/13"',
    )
    assert body["html"].count("data-ticket") == 2
    assert "acme:ticket:15" in body["html"]
    kept = (
        engine("text: {links: {tickets: keep, numbers: keep}}\n")
        .case(case(body={"html": html}))
        .record["body"]["html"]
    )
    assert "data-ticket" not in kept


def test_who_has_no_address_is_made_where_a_target_keeps_other_identities():
    """Callers and guests of a messenger: a name is enough for a profile, and nothing at all is not."""
    caller = {
        "ref": "acme:person:70",
        "name": "Caller",
        "identities": [{"type": "phone", "value": "+49301234"}],
    }
    plain, profiles = engine(PLACEHOLDER), engine(PLACEHOLDER, features=JSM | {Feature.PROFILES})
    assert plain.person(caller).record["account"] == "placeholder"
    made = profiles.person(caller)
    assert (made.record["account"], made.record["name"]) == ("customer", "Caller")
    assert made.record["identities"] == caller["identities"]
    assert "email" not in made.record
    assert profiles.person({**caller, "name": " "}).record["account"] == "placeholder"


def test_placeholders_in_texts_are_taken_apart_when_asked():
    mapped = engine("text: {placeholders: escape}\n").case(
        case(body={"html": "<p>{{ticket.id}}</p>"}, subject="{{x}}")
    )
    assert "{{" not in mapped.record["body"]["html"]
    assert "{{" not in mapped.record["subject"]


def test_a_long_or_empty_subject_is_mended_and_the_whole_one_kept():
    maps = engine("text: {subject: {max: 10, strip: ['^(re|fw):\\s*'], prefix: ''}}\n")
    mapped = maps.case(case(subject="Re: FW: \u202e🙂 0123456789"))
    assert len(mapped.record["subject"]) <= 10
    assert mapped.record["provenance"]["kept"]["ticket[12].subject"] == "Re: FW: \u202e🙂 0123456789"
    assert engine().case(case(subject=" ")).record["subject"] == "(no subject)"


def test_attachments_too_large_blocked_or_gone_are_kept_beside_by_name():
    mapped = engine("attachments: {max: 1KB, block: [exe]}\n").case(
        case(
            body={"html": "x"},
            attachments=[
                {"ref": "acme:attachment:1", "name": "big.iso", "size": 5000, "url": "https://x/1"},
                {"ref": "acme:attachment:2", "name": "run.EXE", "size": 1},
                {"ref": "acme:attachment:3", "name": "gone.txt", "state": "missing"},
                {"ref": "acme:attachment:4", "name": "ok.txt", "size": 1},
            ],
        )
    )
    assert [row["name"] for row in mapped.record["attachments"]] == ["ok.txt"]
    assert {"A007", "A008", "A009"} <= codes(mapped)
    assert mapped.record["provenance"]["kept"]["attachment[1].url"] == "https://x/1"


def test_links_are_mapped_by_kind_and_those_to_nowhere_are_kept():
    mapped = engine("links: {problem_incident: Problem/Incident}\nexits: {follow_up: {link: Relates}}\n").case(
        case(
            links=[
                {"type": "problem", "to": "acme:ticket:13", "inward": True}, {"type": "follow_up", "to": "acme:ticket:14"},
                {"type": "blocks", "to": "acme:ticket:15"}, {"type": "problem", "to": "acme:ticket:5000"},
                {"type": "remote", "url": "https://jira.example/X-1"},
            ]
        )
    )  # fmt: skip
    assert mapped.record["links"] == [
        {"type": "Problem/Incident", "to": "acme:ticket:13", "inward": True}, {"type": "Relates", "to": "acme:ticket:14"},
    ]  # fmt: skip
    assert {"L401", "L402"} <= codes(mapped)
    kept = mapped.record["provenance"]["kept"]
    assert kept["ticket[12].links[4]"] == {"type": "remote", "url": "https://jira.example/X-1"}


def test_dates_numbers_and_addresses_go_to_fields_and_stay_in_the_provenance():
    mapped = engine(
        "history: {date_fields: {created: Original created}}\nprovenance: {number: {field: Zendesk ticket}, url: {field: Zendesk link}}\n"
    ).case(case(url="https://acme.zendesk.example/agent/tickets/12"))
    assert mapped.record["fields"] == {
        "Original created": "2025-06-01T10:00:00Z", "Zendesk ticket": "12", "Zendesk link": "https://acme.zendesk.example/agent/tickets/12",
    }  # fmt: skip
    assert mapped.record["provenance"]["number"] == "12"
    assert fate(mapped, "ticket[12].created").to == "fields.Original created"


def test_people_are_matched_created_replaced_or_left_out():
    maps = engine(PLACEHOLDER)
    rows = maps._setup.lookups.rows
    matched = maps.person(rows["acme:person:2"])
    assert (matched.outcome, matched.record["account"]) == (Outcome.MATCH, "agent")
    assert codes(matched) == set()
    other = maps.person({**rows["acme:person:2"], "role": "end_user"})
    assert codes(other) == {"P316"}, "a customer there, a licensed account here"
    made = maps.person(rows["acme:person:1"])
    assert (made.outcome, made.record["account"], made.record["organizations"]) == (
        Outcome.CREATE,
        "customer",
        ["acme:organization:1"],
    )
    assert made.record["provenance"]["kept"]["person[1].organizations"] == [
        "acme:organization:1",
        "acme:organization:2",
    ]
    former = maps.person(rows["acme:person:3"])
    assert (former.record["account"], former.record["email"]) == ("placeholder", "former-3@acme.invalid")
    assert maps.person(rows["acme:person:5"]).because == "one with acme:person:1"
    assert maps.person(rows["acme:person:7"]).record["account"] == "placeholder"
    assert engine().person(rows["acme:person:7"]).outcome is Outcome.SKIP
    maps._setup.lookups.account = lambda ref: Account("site:person:c", "customer", "email")
    known = maps.person(rows["acme:person:1"])
    assert (known.outcome, known.record["organizations"], known.needs) == (
        Outcome.MATCH,
        ["acme:organization:1"],
        ["acme:organization:1"],
    )
    asked = engine('people: {customers: {create: portal_only, when: {tickets: ">= 1"}}}\n')
    assert asked.person(rows["acme:person:1"], {"tickets": 0}).outcome is Outcome.SKIP
    for mapped in (matched, made, former):
        validate(mapped.record)


def test_organizations_and_groups_follow_the_target_s_features():
    maps = engine("organizations: {drop: {when: {tickets: 0, users: 0}, because: unused}}\n")
    rows = maps._setup.lookups.rows
    assert maps.organization(rows["acme:organization:1"]).record["name"] == "Shared Ltd"
    assert maps.organization(rows["acme:organization:1"], {"tickets": 0, "users": 0}).because == "unused"
    assert maps.group(rows["acme:group:1"]).outcome is Outcome.SKIP
    assert files_engine().group(rows["acme:group:1"]).outcome is Outcome.CREATE


def test_files_take_everything_under_its_own_name():
    ticket = case(
        priority="urgent", type="incident", channel="email", brand="Acme", form="Outage", group="acme:group:1", tags=["a b"],
        fields={"x": [1]}, satisfaction={"score": "good"}, handled_by="hybrid", external_id="e", updated="2025-06-02T00:00:00Z",
        events=[{"ref": "acme:event:1", "time": "2025-06-01T10:00:00Z", "type": "changed", "field": "status", "after": "open"}],
        body={"html": "<p>x</p>", "original": "x", "format": "text"}, organization="acme:organization:2", native={"k": "v"},
    )  # fmt: skip
    record = files_engine().case(ticket).record
    assert {key: record[key] for key in ticket if key != "native"} == {
        key: value for key, value in ticket.items() if key != "native"
    }
    validate(record)


def test_what_a_new_person_cannot_carry_is_kept_under_its_own_path():
    maps = engine()
    made = maps.person(
        {
            **maps._setup.lookups.rows["acme:person:1"],
            "identities": [
                {"ref": "acme:identity:7", "type": "email", "value": "ann@acme.example", "verified": False}
            ],
            "fields": {"tier": "gold"},
            "tags": ["vip"],
            "state": "active",
        }
    )
    kept = made.record["provenance"]["kept"]
    assert kept["identity[7].value"] == "ann@acme.example"
    assert kept["identity[7].verified"] is False
    assert (kept["person[1].fields"], kept["person[1].tags"]) == ({"tier": "gold"}, ["vip"])
    assert fate(made, "identity[7].value").action == fate(made, "person[1].fields.tier").action == "keep"
    validate(made.record)


def test_a_closed_ticket_follows_the_rule_of_its_custom_status_and_else_that_of_all_closed_ones():
    maps = engine()
    assert maps.case(case(status="custom:Parked", stage="closed")).record["status"] == "Pending vendor"
    assert maps.case(case(status="custom:Refunded", stage="closed")).record["status"] == "Closed"
    assert maps.case(case(status="custom:Refunded", stage="resolved")).outcome is Outcome.REJECT


@pytest.mark.parametrize("features", [JSM, JSM | {Feature.PROFILES}], ids=["portal", "profiles"])
@pytest.mark.parametrize(
    "address", ["undisclosed-recipients", "undisclosed-recipients:;", "a@", "@b", "a b@c", "<none>"]
)
def test_an_address_that_is_none_is_told_and_no_ticket_waits_for_its_account(features, address):
    maps = engine("people: {ccs: participants}\n", features=features)
    rows = maps._setup.lookups.rows
    rows["acme:person:88"] = {**person("88", "Undisclosed"), "email": address}
    mapped = maps.case(case(ccs=["acme:person:88", "acme:person:1"]))
    assert mapped.outcome is Outcome.CREATE
    assert "acme:person:88" not in mapped.needs
    assert "acme:person:88" not in mapped.record.get("ccs", [])
    left_out = maps.person(rows["acme:person:88"])
    assert left_out.outcome is Outcome.SKIP
    assert "is no e-mail address" in left_out.because


def test_who_cannot_watch_in_the_target_is_kept_beside_and_told():
    """A customer of the portal watches no issue: the write would be refused, and the name would be nowhere."""
    only_agents = JSM | {Feature.FOLLOWERS_ARE_AGENTS}
    ticket = case(followers=["acme:person:2", "acme:person:1"])
    mapped = engine("people: {followers: watchers}\n", features=only_agents).case(ticket)
    assert mapped.record["followers"] == ["acme:person:2"]
    assert "P319" in codes(mapped)
    assert fate(mapped, "ticket[12].followers[1]").action == "keep"
    light = engine("people: {light_agents: {as: watcher}}\n", features=only_agents)
    mapped = light.case(case(assignee="acme:person:4"))
    assert "followers" not in mapped.record
