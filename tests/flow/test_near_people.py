"""People who are one although no key says so: from a desk of files to the plan, over a decisions file that a person edits."""

from unittest import mock

import pytest
from click.testing import CliRunner
from tests.flow.neutral_desks import to_jira
from tests.flow.plans_twice import compared

from ticketferry.cli import cli
from ticketferry.people.decisions import read_decisions, write_decisions
from ticketferry.project import near_people, stages
from ticketferry.project.people import review_people
from ticketferry.project.report_data import gather
from ticketferry.report.html import write_report


@pytest.fixture
def ferry(tmp_path):
    with to_jira(tmp_path) as ferry:
        ferry.person(1, "Ann Berg", "ann.berg@firm1.example", created="2012-01-01T00:00:00Z")
        ferry.person(2, "Berg, Ann", "ann.berg@firm1.example", created="2019-01-01T00:00:00Z")
        ferry.person(3, "Tom Holm", "tom.holm@firm2.example", created="2012-01-01T00:00:00Z")
        ferry.person(4, "Tom Holm", "tholm@firm2.example", created="2013-01-01T00:00:00Z")
        ferry.person(5, "Eva Sorley", "info@firm3.example")
        ferry.person(6, "Sorley Eva", "info@firm3.example")
        ferry.person(7, "Kim Lorner", "kim@firm4.example", created="2014-01-01T00:00:00Z")
        for number in range(1, 8):
            ferry.ticket(number, f"acme:person:{number}", f"words of person {number}")
        stages.extract(ferry.project())
        yield ferry


def file_of(ferry):
    return ferry.root / "decisions" / "people.csv"


def edit(ferry, change):
    write_decisions(file_of(ferry), change(dict(read_decisions(file_of(ferry)).rows)).values())


def test_the_tool_joins_whom_one_mailbox_ties_and_leaves_the_rest_to_a_person(ferry):
    review = review_people(ferry.project(), write=True)
    rows = read_decisions(file_of(ferry)).rows
    assert {ref[-1]: (row.suggestion[-1:], row.decision, row.by) for ref, row in rows.items()} == {
        "2": ("1", "accept", "ticketferry"),
        "4": ("3", "", "ticketferry"),
        "6": ("5", "", "ticketferry"),
    }
    assert "mailbox" in rows["acme:person:2"].why
    assert "each has a mailbox of their own at one company" in rows["acme:person:4"].why
    assert rows["acme:person:2"].other == "Ann Berg <ann.berg@firm1.example>"
    assert (review.near.automatic, review.near.review) == (1, 2)
    survivors = review_people(ferry.project())
    assert [
        (cluster.survivor.split()[-1], cluster.others[0].split()[-1]) for cluster in survivors.listed
    ] == [("acme:person:1", "acme:person:2")]


def test_organizations_of_one_name_or_domain_are_asked_about_and_joined_by_a_person_only(ferry):
    ferry.organization(1, "Lorner GmbH", domains=["lorner.example"], created="2012-01-01T00:00:00Z")
    ferry.organization(2, "LORNER", created="2014-01-01T00:00:00Z")
    ferry.organization(3, "Other AG", domains=["gmail.com"], created="2013-01-01T00:00:00Z")
    stages.extract(ferry.project())
    review_people(ferry.project(), write=True)
    row = read_decisions(file_of(ferry)).rows["acme:organization:2"]
    assert (row.suggestion, row.decision, row.why) == ("acme:organization:1", "", "one name (lorner)")
    project = ferry.project()
    (found,) = [one for one in stages.lint_mapping(project, project.mapping()) if one.code == "P324"]
    assert found.message.startswith("2 people and 1 organization may be one")
    edit(ferry, lambda rows: {ref: one for ref, one in rows.items() if ref != row.ref})
    review_people(ferry.project(), write=True)
    assert row.ref not in read_decisions(file_of(ferry)).rows


def test_nothing_is_joined_before_the_file_is_written_and_open_pairs_are_counted(ferry):
    project = ferry.project()
    assert review_people(project).merged == 0
    assert not file_of(ferry).exists()
    (before,) = [
        finding for finding in stages.lint_mapping(project, project.mapping()) if finding.code == "P324"
    ]
    assert before.message.startswith("2 people"), "those who share a key that something contradicts"
    review_people(project, write=True)
    (found,) = [
        finding
        for finding in stages.lint_mapping(ferry.project(), project.mapping())
        if finding.code == "P324"
    ]
    assert found.message.startswith("2 people may be one with another")
    edit(
        ferry,
        lambda rows: {
            ref: row._replace(decision=row.decision or "separate", by="m.ito") for ref, row in rows.items()
        },
    )
    assert [
        finding
        for finding in stages.lint_mapping(ferry.project(), project.mapping())
        if finding.code == "P324"
    ] == []


def test_a_person_edits_takes_lines_out_and_new_extracts_keep_all_of_it(ferry):
    review_people(ferry.project(), write=True)
    edit(ferry, lambda rows: {ref: row for ref, row in rows.items() if ref != "acme:person:2"} | {
        "acme:person:4": rows["acme:person:4"]._replace(decision="accept", by="m.ito", why="one contract, two mailboxes")
    })  # fmt: skip
    ferry.person(8, "Lorner Kim", "kim@firm4.example", created="2025-01-01T00:00:00Z")
    ferry.ticket(8, "acme:person:8", "words of person 8")
    stages.extract(ferry.project())
    review = review_people(ferry.project(), write=True)
    rows = read_decisions(file_of(ferry)).rows
    assert {ref[-1]: (row.decision, row.by) for ref, row in rows.items()} == {
        "4": ("accept", "m.ito"), "6": ("", "ticketferry"), "8": ("accept", "ticketferry")
    }  # fmt: skip
    assert rows["acme:person:4"].why == "one contract, two mailboxes"
    assert review.near.taken_out == 1
    again = review_people(ferry.project())
    joined = {
        cluster.survivor.split()[-1]: [other.split()[-1] for other in cluster.others]
        for cluster in again.listed
    }
    assert joined == {"acme:person:3": ["acme:person:4"], "acme:person:7": ["acme:person:8"]}


def test_a_plan_after_joins_from_the_last_one_is_the_plan_from_nothing(ferry):
    with compared() as told:
        plan = ferry.plan(ferry.project())
        review_people(ferry.project(), write=True)
        joined = stages.make_plan(ferry.project())
        edit(ferry, lambda rows: {ref: row for ref, row in rows.items() if ref != "acme:person:2"})
        parted = stages.make_plan(ferry.project())
    assert told["from the last"] >= 1
    assert joined.digest != plan.digest
    assert parted.digest != joined.digest


def test_the_screen_names_the_bands_and_the_reasons(ferry):
    result = CliRunner().invoke(cli, ["-C", str(ferry.root), "people"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "Near matches" in result.output
    assert "automatic" in result.output
    assert "mailbox the same mailbox +" in " ".join(result.output.split())
    assert "splink" not in result.output


def test_without_the_packages_exact_suggestions_are_written_and_the_remedy_is_named(ferry):
    with mock.patch.object(near_people, "find_spec", return_value=None):
        review = review_people(ferry.project(), write=True)
        result = CliRunner().invoke(cli, ["-C", str(ferry.root), "people"], catch_exceptions=False)
    assert review.near is None
    assert "pip install 'ticketferry[people]'" in result.output
    assert {row.decision for row in read_decisions(file_of(ferry)).rows.values()} <= {""}


def test_the_report_shows_the_waterfall_of_each_pair(ferry, tmp_path):
    review_people(ferry.project(), write=True)
    project = ferry.project()
    plan = ferry.plan(project)
    path = tmp_path / "report.html"
    write_report(path, gather(project, plan))
    text = path.read_text(encoding="utf-8")
    assert "Who may be one" in text
    assert "Ann Berg &lt;ann.berg@firm1.example&gt; acme:person:1" in text
    assert "the same mailbox" in text
    assert "to begin with" in text


def never(ferry, rule):
    path = ferry.root / "mapping.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("people:", f"people:\n  never_merge: {rule}", 1)
        if "people:\n" in text
        else text.replace("people: {", f"people: {{never_merge: {rule}, ", 1)
    )


@pytest.mark.parametrize(
    "rule", ["{domains: [firm1.example]}", "{roles: [ann.berg@]}", "{tags: [Shared-Mailbox]}"]
)
def test_whom_the_mapping_never_merges_the_tool_joins_no_more_and_asks_nobody_about(ferry, rule):
    """A user: `info@` is read by eleven people, and the tool has made one of them all."""
    ferry.person(
        2, "Berg, Ann", "ann.berg@firm1.example", created="2019-01-01T00:00:00Z", tags=["shared-mailbox"]
    )
    stages.extract(ferry.project())
    review_people(ferry.project(), write=True)
    assert review_people(ferry.project()).merged == 1
    never(ferry, rule)
    # The line of the tool stands in the file still: the rule holds at once.
    assert review_people(ferry.project()).merged == 0
    review_people(ferry.project(), write=True)
    rows = read_decisions(file_of(ferry)).rows
    assert not {"acme:person:1", "acme:person:2"} & set(rows)
    assert "acme:person:4" in rows


def test_a_person_may_join_them_all_the_same(ferry):
    never(ferry, "{domains: [firm1.example]}")
    review_people(ferry.project(), write=True)
    path = file_of(ferry)
    row = "acme:person:2,,,,acme:person:1,,m.ito,,,\n"
    path.write_text(path.read_text() + row)
    assert review_people(ferry.project()).merged == 1
    path.write_text(path.read_text().replace("m.ito", "ticketferry"))
    assert review_people(ferry.project()).merged == 0, "who wrote the line counts, and nothing else changed"
