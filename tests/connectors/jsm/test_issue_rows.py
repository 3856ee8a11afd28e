"""Each row of an issue's fields keeps what rows promise; and what a project, a type or a screen does not allow has no place."""

from typing import ClassVar

import pytest
from tools.tables import jsm_writing

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk import Severity
from ticketferry.sdk.codec import ReadContext
from ticketferry.sdk.lane import Lane
from ticketferry.testing.codec_contract import CodecContract
from ticketferry_jsm.compile_ticket import compile_head
from ticketferry_jsm.issue_rows import ISSUE, IssuePlace
from ticketferry_jsm.site_index import JiraCatalogIndex

CATALOG = jsm_writing._catalog()
SITE = JiraCatalogIndex(CATALOG)
PROJECT = SITE.project("SUP")


class TestIssueRows(CodecContract):
    rows = ISSUE
    site = IssuePlace(SITE, PROJECT, PROJECT["types"][0])
    context = ReadContext("site")
    values: ClassVar = {
        "subject": ["It burns", "one\n two", "𝕏" * 128, " "],
        "due": ["2024-02-03", "2024-02-03T10:00:00+13:00"],
        "priority": ["High", "HIGH"],
        "security": ["secret"],
        "components": [["Website"], ["website"]],
        "ccs": [["acme:person:1", "acme:person:2"]],
    }
    misfits: ClassVar = {"due": ["30/10/2026", "2023-02-30", "0000-00-00"], "priority": ["P1"]}

    def slot(self, ref):
        return ref.id.removesuffix("@1")  # an organization's place on the desk

    def echo(self, row, wire):
        def answered(item):
            if row.neutral == "organization":
                return {"id": str(item)}
            tables = {
                "priority": CATALOG["priorities"],
                **{key: PROJECT[key] for key in ("security", "components")},
            }
            if row.neutral in tables:
                return next(dict(entry) for entry in tables[row.neutral] if entry["id"] == item["id"])
            return (
                {"accountId": item.get("id", item.get("accountId")), "displayName": "Ann"}
                if isinstance(item, dict)
                else item
            )

        if wire is None:
            return None
        return [answered(item) for item in wire] if isinstance(wire, list) else answered(wire)


def head(change=None, **record):
    """Compile a ticket for a type that `change` alters."""
    project = {**PROJECT, "types": [{**PROJECT["types"][0], **(change or {})}]}
    site = JiraCatalogIndex({**CATALOG, "projects": [project]})
    lane = Lane(parse_ref("acme:ticket:1"))
    desired = {"ref": "acme:ticket:1", "project": "SUP", "subject": "s", **record}
    found = compile_head(desired, site, lane, "acme", "w", frozenset())
    assert found is not None
    return found, {(row.code, row.where): row for row in lane.findings}


def without(*fields):
    return {"fields": [key for key in PROJECT["types"][0]["fields"] if key not in fields]}


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("priority", "priority", "High"), ("components", "components", ["Website"]), ("assignee", "assignee", "acme:person:1"),
        ("organization", "customfield_1", "acme:organization:3"), ("ccs", "customfield_2", ["acme:person:1"]),
    ],
)  # fmt: skip
def test_what_no_create_screen_takes_stands_in_the_mark(key, field, value):
    known = SITE.field_by_id(field)
    found, told = head(without(known["key"] if known else field), **{key: value})
    assert field not in found.fields
    assert key not in found.expected
    assert found.mark["provenance"]["unplaced"] == {key: value}
    assert told["JSM-SCREEN", key].severity is Severity.REPAIR


def test_a_day_that_no_screen_takes_is_given_back_from_the_mark_unless_it_is_none():
    found, told = head(without("duedate"), due="2021-04-05T10:00:00Z")
    assert found.expected["due"] == "2021-04-05T10:00:00Z"
    assert found.mark["exact"]["due"] == [None, "2021-04-05T10:00:00Z"]
    assert told == {}
    found, told = head(without("duedate"), due="soon")
    assert found.mark["provenance"]["unplaced"] == {"due": "soon"}
    assert [*told] == [("JSM-VALUE", "due")]


@pytest.mark.parametrize(("change", "level"), [({}, "Nowhere"), (without("security"), "Secret")])
def test_a_security_level_that_cannot_be_set_stops_the_plan(change, level):
    found, told = head(change, security=level)
    assert "security" not in found.expected
    assert "unplaced" not in found.mark.get("provenance", {}), (
        "kept beside, it would look as if it were in force"
    )
    assert told["JSM-SECURITY-MISSING", "security"].severity is Severity.BLOCKER


def test_a_priority_that_the_scheme_has_not_stops_the_plan_and_the_site_s_own_does_not():
    found, told = head({"allowed": {"priority": ["1"]}}, priority="Medium")
    row = told["JSM-CHOICE", "priority"]
    assert (row.severity, "only High" in row.message) == (Severity.BLOCKER, True)
    found, told = head({"allowed": {"priority": ["1"]}})
    assert ("priority" in found.fields, told, found.mark["unset"]) == (False, {}, ["requester", "priority"])
    found, told = head()
    assert (found.fields["priority"], found.expected["priority"]) == ({"id": "3"}, "Medium")


def test_of_components_each_that_is_not_there_is_told_by_its_place():
    found, told = head(components=["Nowhere", "website", "Elsewhere"])
    assert found.fields["components"] == [{"id": "5"}]
    assert found.expected["components"] == ["Website"]
    assert found.mark["provenance"]["unplaced"] == {"components[0]": "Nowhere", "components[2]": "Elsewhere"}
    assert [*told] == [("JSM-NAME", "components[0]"), ("JSM-NAME", "components[2]")]


def test_a_new_issue_says_that_nobody_is_assigned_so_that_no_rule_of_the_project_assigns_it():
    found, _ = head()
    assert "assignee" in found.fields
    assert found.fields["assignee"] is None
    assert "assignee" not in head(without("assignee"))[0].fields
