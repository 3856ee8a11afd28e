"""Tickets by way of Jira's import file: what the file says, what is written afterwards, what is refused, and what can go wrong."""

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.connectors.jsm.by_file import FileDriver
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
from tests.rounds import examples
from tests.unit.schema.body_trees import TREES

from ticketferry.schema.body_subset import write_html
from ticketferry.sdk import Operation, Outcome, Severity, parse_ref
from ticketferry_jsm import CONNECTOR
from ticketferry_jsm.file_text import FILE_LIMIT
from ticketferry_jsm.import_file import assemble
from ticketferry_jsm.wiki_text import units

REF = "acme:ticket:1"


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        found.driver = FileDriver(
            found.emulator, found.target, CONNECTOR, found.driver.session, found.driver.slots
        )
        found.people()
        yield found
        assert found.state.leaks() == []


def in_file(site: Migration) -> dict[str, Any]:
    """The issues of the newest file by the name that they have there."""
    content = json.loads(site.driver.contents[-1])
    return {row["externalId"]: row for project in content["projects"] for row in project["issues"]}


def dated(number: int = 1, **more: Any) -> Any:
    return ticket(number, created="2021-02-03T04:05:06Z", updated="2021-02-04T04:05:06Z", **more)


def test_a_ticket_stands_in_the_file_with_all_that_the_format_has_words_for(site: Migration) -> None:
    record = dated(
        body={"html": "<p>It <strong>burns</strong></p>"}, requester=CUSTOMER, assignee=AGENT, organization=ORGANIZATION,
        ccs=[AGENT], priority="High", components=["Website"], tags=["vip"], due="2024-02-03", status="Closed",
        resolution="Won't Do", form="Emailed request",
        fields={
            "Serial no.": "SN-1", "Refund amount": 12.5, "Handled by": "Human", "Product": ["Ferry", "Plus"],
            "Affected regions": ["EMEA", "APAC"], "Purchase date": "2024-01-01", "Steps to reproduce": "one *two*\nthree",
            "Account manager": AGENT, "Source tags": ["a", "b"], "Zendesk link": "https://acme.example/1",
        },
        comments=[comment(1, "<p>said</p>"), comment(2, "<p>whispered</p>", public=False)],
    )  # fmt: skip
    compiled, done = site.create(record)
    row = in_file(site)[REF]
    customer, agent = site.driver.slots[CUSTOMER]["id"], site.driver.slots[AGENT]["id"]
    assert {key: row[key] for key in ("issueType", "status", "resolution", "priority", "reporter", "assignee")} == {
        "issueType": "Service request", "status": "Closed", "resolution": "Won't Do", "priority": "High",
        "reporter": customer, "assignee": agent,
    }  # fmt: skip
    assert (row["created"], row["description"]) == ("2021-02-03T04:05:06.000+0000", "It *burns*")
    assert {item["fieldName"]: item["value"] for item in row["customFieldValues"]} == {
        "Serial no.": "SN-1", "Refund amount": "12.5", "Handled by": "Human", "Product": {"": "Ferry", "1": "Plus"},
        "Affected regions": ["EMEA", "APAC"], "Steps to reproduce": "one \\*two\\*\nthree",
        "Zendesk link": "https://acme.example/1",
    }  # fmt: skip
    assert [item["author"] for item in row["comments"]] == [customer, customer]
    assert sorted(row["labels"]) == ["tf-acme", "tf-acme-1", "vip"]
    names = [operation.endpoint for operation, _ in done]
    assert names[0] == "import.issue"
    assert names[-1] == "issue.request_type", "the customer sees it last"
    assert names.index("comment.hide") == 1, "what is internal is made so before anything else"
    seen = site.check(compiled, REF)
    assert seen["created"] == "2021-02-03T04:05:06Z"
    issue = site.issue(REF)
    assert [item.internal for item in issue.comments] == [False, True]
    assert {site.state.accounts[item.author].id for item in issue.comments} == {customer}
    assert site.driver.reports[-1].made == []


def test_history_stands_in_the_file_with_ids_where_the_site_has_them(site: Migration) -> None:
    def event(number: int, at: str, field: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
        return {
            "ref": f"acme:event:{number}", "ticket": REF, "time": f"2021-02-03T05:00:{at}Z", "type": "changed",
            "actor": AGENT, "field": field, "before": before, "after": after, **more,
        }  # fmt: skip

    record = dated(
        events=[
            event(1, "00", "status", "Waiting for triage", "Closed"),
            event(2, "00", "tags", ["a"], ["a", "b"]),
            event(
                3, "01", "assignee", None, {"person": AGENT, "name": "Ada"}, actor=None, rule="Auto-assign"
            ),
            event(4, "02", "fields.Serial no.", "1", "2"),
            event(5, "03", "subject", "a" * 6_000, "b"),
            {
                "ref": "acme:event:6",
                "time": "2021-02-03T06:00:00Z",
                "type": "notified",
                "after": ["a@b.example"],
            },
        ]
    )
    compiled, _ = site.create(record)
    first, second, third = in_file(site)[REF]["history"]
    agent = site.driver.slots[AGENT]["id"]
    assert (first["author"], [item["field"] for item in first["items"]]) == (agent, ["status", "labels"])
    ids = {status.name: status.id for status in site.state.statuses.values()}
    assert first["items"][0] == {
        "fieldType": "jira", "field": "status", "from": ids["Waiting for triage"], "fromString": "Waiting for triage",
        "to": ids["Closed"], "toString": "Closed",
    }  # fmt: skip
    assert second["items"][0] | {"to": agent, "toString": "Ada"} == second["items"][0]
    assert second["author"] == site.driver.catalog["native"]["own_account"], "a rule has no account"
    assert third["items"][0]["field"] == "Serial no."
    assert third["items"][0]["fieldType"] == "custom"
    kept = site.check(compiled, REF)["provenance"]["events"]
    assert [item["ref"] for item in kept] == ["acme:event:3", "acme:event:5", "acme:event:6"]
    assert kept[0]["rule"] == "Auto-assign"
    assert len(site.issue(REF).changes) == 3


def test_comments_of_one_moment_are_told_apart_and_an_internal_one_stays_the_internal_one(
    site: Migration,
) -> None:
    at = "2021-03-04T05:06:07Z"
    comments = [
        comment(
            number, f"<p>{'secret' if number == 2 else 'open'} {number}</p>", public=number != 2, created=at
        )
        for number in range(1, 5)
    ]
    compiled, _ = site.create(dated(comments=comments, requester=CUSTOMER, form="Emailed request"))
    seen = site.check(compiled, REF)
    assert [item["created"] for item in seen["comments"]] == [at] * 4
    times = [item.created for item in site.issue(REF).comments]
    assert len(set(times)) == 4
    hidden = [item for item in site.issue(REF).comments if item.internal]
    assert len(hidden) == 1
    assert "secret 2" in str(hidden[0].body)


def test_whoever_has_no_account_is_named_over_the_words_that_are_theirs(site: Migration) -> None:
    words = comment(1, "<p>words</p>", author=None, header="Nobody *known* · 2021")
    compiled, _ = site.create(dated(comments=[words, comment(2, "<p>mine</p>")]))
    first, second = in_file(site)[REF]["comments"]
    assert first["body"].startswith("_Nobody \\*known\\* · 2021_")
    assert first["author"] == site.driver.catalog["native"]["own_account"]
    assert second["body"] == "mine", "Jira itself shows who and when"
    assert "author" not in site.check(compiled, REF)["comments"][0]


def test_a_body_longer_than_a_field_goes_into_numbered_comments_none_of_them_too_long(
    site: Migration,
) -> None:
    grows = "".join(f"<p>{'*{}[]_' * 60} {number}</p>" for number in range(300))
    record = dated(
        body={"html": grows}, comments=[comment(1, grows), comment(2, "<p>last</p>")], requester=CUSTOMER
    )
    compiled, _ = site.create(record)
    row = in_file(site)[REF]
    texts = [row["description"], *(item["body"] for item in row["comments"])]
    assert len(texts) > 8
    assert max(units(text) for text in texts) <= FILE_LIMIT
    assert len({item["created"] for item in row["comments"]}) == len(row["comments"])
    site.check(compiled, REF)


def test_files_and_links_to_tickets_come_afterwards_and_keep_author_and_time(site: Migration) -> None:
    picture = site.file(7, PNG, "a.png", "acme:comment:1", inline=True)
    body = '<p>see <img src="" alt="x" data-ref="acme:attachment:7"></p>'
    link = '<p>as in <a href="https://acme.example/2" data-ticket="acme:ticket:2">#2</a></p>'
    first = dated(
        comments=[comment(1, body), comment(2, link, public=False)], attachments=[picture], requester=CUSTOMER
    )
    compiled = [site.driver.compile(Outcome.CREATE, record) for record in (first, dated(2))]
    site.driver.apply([operation for each in compiled for operation in each.operations])
    row = in_file(site)[REF]
    assert "image: x" in row["comments"][0]["body"]
    issue = site.issue(REF)
    assert "media" in str(issue.comments[0].body)
    assert site.issue("acme:ticket:2").key in str(issue.comments[1].body)
    assert issue.comments[1].internal
    customer = site.driver.slots[CUSTOMER]["id"]
    assert {item.author for item in issue.comments} == {customer}
    for each, ref in zip(compiled, (REF, "acme:ticket:2"), strict=True):
        site.check(each, ref)


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trees=st.lists(TREES, min_size=1, max_size=3))
def test_any_words_arrive_as_the_plan_expects(site: Migration, trees: list[Any]) -> None:
    for other in (12, 13):
        if f"acme:ticket:{other}" not in site.driver.slots:
            site.create(dated(other))
    number = 100 + len(site.state.issues)
    comments = [
        comment(100 * number + at, write_html(tree), public=at % 2 == 0) for at, tree in enumerate(trees)
    ]
    record = dated(number, body={"html": write_html(trees[0])}, comments=comments)
    compiled, _ = site.create(record)
    site.check(compiled, record["ref"])


# ---- what is refused


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "Nowhere"}, "JSM-IMPORT-STATUS"),
        ({"type": "Task", "status": "Waiting for triage"}, "JSM-IMPORT-STATUS"),
        ({"resolution": "Maybe"}, "JSM-IMPORT-NAME"),
        ({"priority": "Whenever"}, "JSM-IMPORT-NAME"),
        ({"project": "HR", "security": "HR only"}, "JSM-IMPORT-SECURITY"),
        ({"project": "NOPE"}, "JSM-ROUTE"),
        ({"type": "Epic"}, "JSM-ROUTE"),
    ],
)
def test_a_ticket_that_would_have_something_made_or_lie_open_is_refused(
    site: Migration, change: dict[str, Any], code: str
) -> None:
    compiled = site.driver.compile(Outcome.CREATE, dated(**change))
    assert compiled.operations == ()
    assert compiled.refused or compiled.expected is None
    assert code in [item.code for item in compiled.findings if item.severity is Severity.DOUBT]


def test_what_the_site_lacks_is_kept_beside_and_named_by_no_file(site: Migration) -> None:
    record = dated(
        fields={"No such field": "x", "Handled by": "A ghost", "Affected regions": ["EMEA", "MARS"]},
        components=["Nothing"],
    )
    compiled, _ = site.create(record)
    text = site.driver.contents[-1].decode()
    assert not [word for word in ("No such field", "A ghost", "MARS", "Nothing") if word in text]
    beside = site.check(compiled, REF)["provenance"]["unplaced"]
    assert {"components[0]", "fields.Handled by", "fields.No such field"} <= beside.keys()


def test_a_field_whose_name_another_one_has_is_written_by_its_id_afterwards(site: Migration) -> None:
    twin = next(known for known in site.state.fields.values() if known.name == "Order id")
    twin.name = "Serial no."
    driver: Any = site.driver
    driver.catalog = site.target.catalog()
    compiled, _ = site.create(dated(fields={"Serial no.": "SN-9"}))
    assert "SN-9" not in site.driver.contents[-1].decode()
    site.check(compiled, REF)


def test_the_importer_would_make_what_a_file_names_and_the_site_lacks(site: Migration) -> None:
    """The check that our files make nothing is worth nothing unless the stand-in can make things."""
    row = {
        "issueType": "Service request", "summary": "x", "status": "Nowhere", "resolution": "Maybe", "priority": "Whenever",
        "components": ["Nothing"], "reporter": "nobody", "externalId": "1",
        "customFieldValues": [
            {"fieldName": "New", "fieldType": "com.atlassian.jira.plugin.system.customfieldtypes:textfield", "value": "x"},
            {"fieldName": "Handled by", "fieldType": "com.atlassian.jira.plugin.system.customfieldtypes:select", "value": "Ghost"},
        ],
    }  # fmt: skip
    report = site.emulator.import_file(
        {"projects": [{"key": "SUP", "issues": [row, {**row, "issueType": "Epic"}]}, {"key": "NEW"}]}
    )
    assert set(report.made) == {
        "status Nowhere", "resolution Maybe", "priority Whenever", "component Nothing", "field New",
        "option of Handled by Ghost", "issue type Epic", "project NEW",
    }  # fmt: skip
    assert report.strangers == ["nobody"]


# ---- binding


def handed_out(site: Migration, **more: Any) -> list[Operation]:
    """Import a ticket with one open and one internal comment, and return what is left to send."""
    comments = [comment(1, "<p>open</p>"), comment(2, "<p>secret</p>", public=False)]
    record = dated(requester=CUSTOMER, form="Emailed request", comments=comments, **more)
    compiled = site.driver.compile(Outcome.CREATE, record)
    driver: Any = site.driver
    driver.take([compiled.operations[0]])
    return list(compiled.operations[1:])


def test_a_comment_that_the_import_lost_stops_the_ticket_off_the_portal(site: Migration) -> None:
    left = handed_out(site)
    del site.issue(REF).comments[1]
    (result,) = site.driver.send([left[0]])
    assert (result.status, result.error.code) == ("rejected", "JSM-IMPORT-COMMENT")


def test_two_comments_of_one_moment_in_jira_are_not_guessed_between(site: Migration) -> None:
    left = handed_out(site)
    first, second = site.issue(REF).comments
    first.created = second.created
    (result,) = site.driver.send([left[0]])
    assert (result.status, result.error.code) == ("rejected", "JSM-IMPORT-COMMENT")
    assert not second.internal


def test_a_comment_that_stays_public_in_spite_of_the_property_is_refused(
    site: Migration, monkeypatch: Any
) -> None:
    left = handed_out(site)
    monkeypatch.setattr(type(site.issue(REF).comments[1]), "internal", property(lambda _: False))
    (result,) = site.driver.send([left[0]])
    assert (result.status, result.error.code) == ("rejected", "JSM-PUBLIC")


def test_imported_issues_are_found_while_the_search_index_does_not_know_them(site: Migration) -> None:
    site.state.index_lag = 1e9
    handed_out(site)
    assert site.driver.slots[REF]["way"] == "import-file"


def test_an_issue_that_was_moved_to_another_number_is_found_by_the_search(site: Migration) -> None:
    target: Any = site.target
    compiled = site.driver.compile(Outcome.CREATE, dated())
    driver: Any = site.driver
    driver.hand_out([compiled.operations[0]])
    head = driver.head(compiled.operations[0])
    (result,) = target.find([head], {"anchor": json.dumps({"SUP": 400})})
    assert result.status == "done"


# ---- bytes


def test_a_file_is_written_without_holding_its_issues() -> None:
    heads = [
        Operation(
            f"{number}/import", parse_ref(f"acme:ticket:{number}"), "import.issue",
            {"project": "SUP" if number % 2 else "BILL", "name": "Support", "users": [f"u{number % 7}"]}, None,
            parse_ref(f"acme:ticket:{number}"),
        )
        for number in range(1_000)
    ]  # fmt: skip

    def body(head: Operation) -> Any:
        return {"externalId": str(head.subject), "description": head.key[0] * 100_000}

    tracemalloc.start()
    size = sum(len(chunk) for chunk in assemble(heads, body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 100_000_000
    assert peak < 4_000_000
    content = json.loads(b"".join(assemble(heads[:9], body)))
    assert [row["key"] for row in content["projects"]] == ["BILL", "SUP"]
    assert [row["name"] for row in content["users"]] == [f"u{number}" for number in range(7)]
    assert sum(len(row["issues"]) for row in content["projects"]) == 9


def test_a_guard_of_the_plan_covers_the_import(site: Migration) -> None:
    endpoint = next(item for item in site.target.endpoints if item.name == "import.issue")
    every = {code for item in site.target.endpoints for code in item.guards}
    assert set(endpoint.guards) == every
    assert replace(endpoint, file=False) != endpoint
