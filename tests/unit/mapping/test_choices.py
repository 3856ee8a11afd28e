"""A name that depends: on a condition, or on another field; the same words wherever a mapping gives a name."""

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, case, engine, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.contract import Outcome, Severity
from ticketferry.sdk.features import Feature

HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"
ROUTE = "route: [{when: always, project: SUP}]\n"
STATUS = 'status: {"*": Resolved}\n'


def maps(more: str, route: str = ROUTE, status: str = STATUS) -> Engine:
    return engine(base=HEAD + route + status + more)


def blockers(more: str, route: str = ROUTE, status: str = STATUS) -> list[str]:
    rows = lint(mapping(base=HEAD + route + status + more), ZENDESK, JIRA, JSM)
    return [f"{row.code} {row.where} {row.message}" for row in rows if row.severity is Severity.BLOCKER]


BY = """{by: fields.outcome, values: {fixed: Low, "Won't fix": High}, missing: Medium}"""


@pytest.mark.parametrize(
    ("more", "key", "want"),
    [
        (f"priority: {BY}\n", "priority", ("Low", "High", "Medium")),
        (f"priority: {{urgent: {BY}, '*': Lowest}}\n", "priority", ("Low", "High", "Medium")),
        (f"type: {{question: {BY.replace('Medium', 'Task')}}}\n", "type", ("Low", "High", "Task")),
        (f"type: {BY}\n", "type", ("Low", "High", "Medium")),
    ],
)
def test_a_table_and_each_of_its_values_can_be_decided_by_another_field(more, key, want) -> None:
    engine_ = maps(more)
    got = tuple(
        engine_.case(case(priority="urgent", type="question", fields=fields)).record[key]
        for fields in ({"outcome": "fixed"}, {"outcome": "wont_fix"}, {})
    )
    assert got == want


def test_a_status_can_be_decided_by_a_field_and_for_all_statuses_at_once() -> None:
    by = "{by: fields.outcome, values: {fixed: Resolved, '*': In progress}, missing: Waiting for triage"
    one = maps("", status=f"status: {{open: {by}, resolution: Done}}, '*': Closed}}\n")
    whole = maps("", status=f"status: {by}}}\n")
    for engine_ in (one, whole):
        got = [
            engine_.case(case(fields=fields)).record["status"]
            for fields in ({"outcome": "fixed"}, {"outcome": "wont_fix"}, {})
        ]
        assert got == ["Resolved", "In progress", "Waiting for triage"]
    assert one.case(case(fields={"outcome": "fixed"})).record["resolution"] == "Done"
    assert one.case(case(status="pending", stage="pending_customer")).record["status"] == "Closed"


def test_a_condition_decides_between_two_names_everywhere() -> None:
    vip = "{to: Highest, when: {tag: vip}, else: High}"
    engine_ = maps(
        f"priority: {{urgent: {vip}}}\ntype: {{question: {vip}}}\nchannel: {{field: Origin, values: {{voice: {vip}}}}}\n",
        route="route: [{when: always, project: {to: BILL, when: {tag: vip}, else: SUP}, "
        "security: {to: HR only, when: {tag: vip}, else: Low}}]\n",
    )
    ticket = {"priority": "urgent", "type": "question", "channel": "voice"}
    plain, vips = (engine_.case(case(tags=tags, **ticket)).record for tags in ([], ["VIP"]))
    assert [plain["priority"], plain["type"], plain["fields"]["Origin"], plain["project"]] == [
        "High",
        "High",
        "High",
        "SUP",
    ]
    assert [vips["priority"], vips["type"], vips["fields"]["Origin"], vips["project"]] == [
        "Highest",
        "Highest",
        "Highest",
        "BILL",
    ]
    assert (plain["security"], vips["security"]) == ("Low", "HR only")


def test_one_table_sends_each_brand_to_its_project_with_its_own_words() -> None:
    route = """route:
  - when: always
    project: {by: brand, values: {Billing: BILL, Globex: HR}, missing: SUP}
    issue_type: {by: type, values: {problem: Problem}, missing: Task}
    request_type: {by: brand, values: {Billing: Invoice question}}
    component: {by: brand, values: {Billing: Invoices}}
"""
    engine_ = maps("", route=route)
    billing = engine_.case(case(brand="billing", type="problem"))
    record = billing.record
    assert (record["project"], record["type"], record["form"], record["components"]) == (
        "BILL",
        "Problem",
        "Invoice question",
        ["Invoices"],
    )
    assert fate_of(billing.fates, "ticket[12].type").action == "to", "its own type decided"
    nowhere = engine_.case(case())
    assert (nowhere.record["project"], nowhere.record["type"]) == ("SUP", "Task")
    assert "form" not in nowhere.record
    assert "components" not in nowhere.record
    lost = engine_.case(case(brand="Acme"))
    assert lost.outcome is Outcome.REJECT
    assert "`brand` of the ticket has no value, or one that the rule does not name" in lost.because
    assert next(row for row in lost.findings if row.code == "R101").where == "mapping.yaml:6:15"
    lost = engine_.case(case(brand="Globex", type="incident"))
    assert [row.code for row in lost.findings] == ["S201"]


@pytest.mark.parametrize(
    "more",
    [
        "priority: {by: fields.outcome, values: {fixed: Low}}\n",
        "priority: {by: fields.outcome, values: {fixed: Low, wont_fix: fail}, missing: fail}\n",
        "type: {none: {by: fields.outcome, values: {fixed: Task}}, '*': Task}\n",
        "channel: {field: Origin, values: {email: {by: fields.outcome, values: {fixed: Chat}}}}\n",
    ],
)
def test_what_no_value_decides_rejects_the_ticket_and_is_never_guessed(more) -> None:
    engine_ = maps(more)
    for fields in ({}, {"outcome": "wont_fix"}):
        refused = engine_.case(case(fields=fields, channel="email"))
        assert refused.outcome is Outcome.REJECT, fields
        assert "fields.outcome" in refused.because or "fail" in refused.because
    assert engine_.case(case(fields={"outcome": "fixed"}, channel="email")).outcome is Outcome.CREATE


def test_the_value_that_did_not_decide_is_kept_beside_and_the_one_that_did_is_carried() -> None:
    mapped = maps(f"priority: {BY}\n").case(
        case(priority="urgent", fields={"outcome": "fixed", "city": "Bonn"})
    )
    own, decider = (fate_of(mapped.fates, f"ticket[12].{leaf}") for leaf in ("priority", "fields.outcome"))
    assert (own.action, decider.action, decider.to, decider.transformed) == ("keep", "to", "priority", True)
    assert mapped.record["provenance"]["kept"]["ticket[12].priority"] == "urgent"
    assert "mapping.yaml:6:" in decider.by, "the line of the value"
    also = maps(f"priority: {BY}\nfields: [{{from: fields.outcome, to: Serial no.}}]\n")
    told = fate_of(also.case(case(fields={"outcome": "fixed"})).fates, "ticket[12].fields.outcome")
    assert told.to == 'fields["Serial no."]'


def test_of_a_list_the_first_entry_of_the_table_that_is_there_decides() -> None:
    engine_ = maps("priority: {by: tags, values: {vip: Highest, slow: Low}, missing: Medium}\n")
    assert engine_.case(case(tags=["slow", "VIP"])).record["priority"] == "Highest"
    assert engine_.case(case(tags=["slow"])).record["priority"] == "Low"
    assert engine_.case(case(tags=["other"])).outcome is Outcome.REJECT
    assert engine_.case(case()).record["priority"] == "Medium"


def test_keys_that_yaml_would_read_as_something_else_are_the_words_that_stand_there() -> None:
    values = '{true: Yes, no: No, 12:30: Noon, 2019-01-01: Day, "null": Empty, 1.0: One, "": x}'
    engine_ = maps(f"fields: [{{from: fields.city, to: Address, values: {values}}}]\n")
    for value, shown in (
        (True, "Yes"), ("true", "Yes"), ("no", "No"), ("12:30", "Noon"), ("2019-01-01", "Day"), ("null", "Empty"), ("1.0", "One"),
    ):  # fmt: skip
        assert engine_.case(case(fields={"city": value})).record["fields"]["Address"] == shown
    assert engine_.case(case(fields={"city": 1.0})).outcome in (Outcome.REJECT, Outcome.CREATE)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("priority: {by: fields.outcome, values: {fixed: Lowe}, missing: Medium}\n", "did you mean `Low"),
        ("priority: {by: fields.outcome, values: {fixed: Low, wont_fix: Low, '*': Low}, missing: Mediun}\n", "did you mean `Medium`?"),
        ("priority: {urgent: {to: Highest, when: {tag: vip}, else: Hihg}, '*': Low}\n", "did you mean `High"),
        ("priority: {by: fields.outcome, values: {fixed: Low}, missing: Low}\n", "option `wont_fix` of fields.outcome is not decided for priority"),
        ("type: {by: fields.outcome, values: {fixed: Tsk, '*': Task}}\n", "did you mean `Task`?"),
        ("channel: {field: Origin, values: {voice: {to: Phone, when: {tag: a}, else: Fon}}}\n", "no option of Origin `Fon`"),
        ("channel: {field: Origin, by: fields.city, values: {Bonn: Fax}, missing: Chat}\n", "no option of Origin `Fax`"),
    ],
)  # fmt: skip
def test_check_names_every_name_and_value_that_does_not_hold(more, said) -> None:
    rows = blockers(more)
    assert any(said in row for row in rows), rows
    assert all(" mapping.yaml:6:" in row for row in rows if said in row)


def test_check_holds_the_route_against_every_project_it_can_give() -> None:
    route = "route: [{when: always, project: {by: brand, values: {Billing: BIL}, missing: SUP}, issue_type: Tusk, component: Web}]\n"
    rows = blockers("", route=route)
    assert any("no project `BIL`: did you mean `BILL`?" in row for row in rows)
    assert any("no issue type in SUP `Tusk`: did you mean `Task`?" in row for row in rows)
    assert any("no component in SUP `Web`" in row for row in rows)
    levels = "route: [{when: always, project: {by: brand, values: {Billing: BILL, Acme: HR}, missing: SUP}, security: {by: group, values: {HR-cases: HR onyl}}}]\n"
    assert any(
        "no security level `HR onyl`: did you mean `HR only`?" in row for row in blockers("", route=levels)
    )


def test_a_field_that_decides_and_is_not_there_or_empty_is_told() -> None:
    rows = lint(
        mapping(base=HEAD + ROUTE + STATUS + "priority: {by: fields.outcom, values: {fixed: Low}}\n"),
        ZENDESK,
        JIRA,
        JSM,
    )
    told = [(row.code, row.severity) for row in rows if ":6:" in row.where]
    assert ("S206", Severity.BLOCKER) in told, "a typing error decides nothing, whatever `missing` says"
    assert ("S201", Severity.DOUBT) in told, "a ticket without the field is rejected"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("priority: {urgent: {values: {a: b}}}", "`to` is missing"),
        ("priority: {urgent: {to: A, by: fields.b, values: {c: d}}}", "either a name, or `by`"),
        ("priority: {urgent: {to: A, values: {c: d}}}", "go with `by`"),
        ("priority: {urgent: {to: A, when: {tag: x}}}", "belong together"),
        ("priority: {urgent: {to: A, default: B}}", "say the same"),
        ("priority: {by: fields.x}", "needs `values`"),
        ("priority: {by: fields.x, values: {a: b}, urgent: High}", "put it below one value"),
        ("priority: {by: prioritty, values: {a: b}}", "did you mean `priority`?"),
        ("priority: {urgent: {to: A, when: {tags: {matchez: x}}, else: B}}", "matchez"),
        ("channel: {field: O, missing: X}", "goes with `by`"),
        ("channel: {field: O, by: fields.x, values: {a: {to: B, when: {tag: x}, else: C}}}", "beside `by` the values are names"),
        ("route: [{project: {by: brand}}]", "needs `values`"),
        ("status: {by: [a], values: {a: b}}", "mapping.yaml:4:"),
    ],
)  # fmt: skip
def test_a_rule_that_says_nothing_or_two_things_is_refused_with_its_place(more, said) -> None:
    with pytest.raises(MappingError) as refused:
        mapping(base=HEAD + more + "\n")
    assert any(said in row and row.startswith("mapping.yaml:4:") for row in refused.value.problems), (
        refused.value.problems
    )


def test_statuses_that_a_choice_can_give_are_made_where_the_mapping_allows() -> None:
    text = (
        HEAD
        + ROUTE
        + "catalog: {create: [statuses]}\nstatus: {by: fields.outcome, values: {fixed: Mended}, missing: Idle}\n"
    )
    made = missing_definitions(
        mapping(base=text), ZENDESK, JIRA, JSM | {Feature.DEFINITIONS, Feature.STATUSES_MADE}
    )
    assert [row["name"] for row in made] == ["Mended", "Idle"]


def test_a_value_in_the_history_that_another_field_decided_keeps_its_own_word() -> None:
    more = f"priority: {BY}\ntype: {{question: Task}}\nstatus: {{'*': {BY}}}\n"
    engine_ = files_engine(more)
    event = {"ref": "acme:event:1", "type": "change", "field": "priority", "before": "low", "after": "urgent",
             "created": "2025-06-01T10:00:00Z", "ticket": "acme:ticket:12"}  # fmt: skip
    mapped = engine_.case(case(events=[event], fields={"outcome": "fixed"}))
    assert mapped.record["events"][0]["before"] == "low"


def test_another_field_can_say_where_a_ticket_came_from() -> None:
    engine_ = maps(
        "channel: {field: Origin, by: fields.city, values: {Bonn: Chat, Ulm: Phone}, missing: API}\n"
    )
    mapped = engine_.case(case(channel="email", fields={"city": "Bonn"}))
    assert mapped.record["fields"]["Origin"] == "Chat"
    assert fate_of(mapped.fates, "ticket[12].fields.city").to == "fields.Origin"
    assert engine_.case(case(channel="email")).record["fields"]["Origin"] == "API"
    assert "Origin" not in engine_.case(case(fields={"city": "Rom"})).record.get("fields", {})
