"""What a preflight tells without a desk: of the mapping's names, screens, routes and channels; and the whole between two folders of files."""

import json

import pytest
from click.testing import CliRunner
from tests.flow.migrations import write_desk, write_project

from ticketferry.cli import cli
from ticketferry.project import Project, stages
from ticketferry.project.preflight import look
from ticketferry.project.preflight_items import channel_items, check_item, name_items
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.preflight import CHECKS, PreflightItem, PreflightResult


def finding(message, code="S205", severity=Severity.BLOCKER, remedy="make it"):
    return Finding(code, severity, None, "mapping.yaml:3:1", message, remedy)


def test_names_that_are_missing_are_told_by_what_they_are():
    lacking = [
        finding("the target has no status `Parked` (12 tickets)"),
        finding("the target has no field `Serial`"),
        finding("the target has no request type `Ask`"),
        finding("Serial: a cascade wants parts"),
    ]
    found = {item.code: item for item in name_items(lacking, compared="2026-11-30 10:00")}
    assert {code: item.figures.get("lacking") for code, item in found.items()} == {
        "PF-FIELDS": 2, "PF-STATUSES": 1, "PF-TYPES": 1,
    }  # fmt: skip
    assert {item.result for item in found.values()} == {PreflightResult.FAILED}
    assert {item.result for item in name_items([], compared="now")} == {PreflightResult.PROVED}
    assert {item.result for item in name_items([], compared="")} == {PreflightResult.UNKNOWN}


def test_guards_are_no_rights_and_a_doubt_is_told_without_failing():
    found = [
        finding("may not link", "X-RIGHT"),
        finding("mails", "X-GUARD"),
        finding("old", "X-OLD", Severity.DOUBT),
    ]
    item = check_item(found, frozenset({"X-GUARD"}), 7)
    assert (item.result, item.figures) == (PreflightResult.FAILED, {"in the way": 1, "to know": 1})
    assert item.rows == ("may not link [X-RIGHT]", "old [X-OLD]")
    assert check_item(found[1:], frozenset({"X-GUARD"}), 7).result is PreflightResult.PROVED


def catalog(*states):
    rows = [
        {"id": str(n), "name": f"a{n}@x.example", "forwarding": forwarding, "spf": spf}
        for n, (forwarding, spf) in enumerate(states)
    ]
    return {"desk": "x", "product": "zendesk", "support_addresses": rows}


@pytest.mark.parametrize(
    ("role", "states", "result"),
    [
        ("source", [("verified", "verified")], PreflightResult.PERSON),
        ("target", [("verified", "verified")], PreflightResult.PROVED),
        ("target", [("verified", "verified"), ("waiting", "verified")], PreflightResult.FAILED),
        ("target", [("verified", "failed")], PreflightResult.FAILED),
        ("target", [], PreflightResult.PERSON),
    ],
)
def test_channels_that_would_not_work_are_named(role, states, result):
    (item,) = channel_items(catalog(*states), role, "Zendesk")
    assert item.result is result
    assert item.remedy or result is PreflightResult.PROVED
    (unread,) = channel_items(None, role, "Zendesk")
    assert unread.result is PreflightResult.UNKNOWN


@pytest.fixture
def root(tmp_path):
    write_desk(tmp_path / "src", 2)
    return write_project(tmp_path / "mig", tmp_path / "src", tmp_path / "target")


def test_it_reads_only_and_says_what_it_cost_and_knows_more_with_a_plan(root):
    with Project.load(root) as project:
        unread = {item.code: item for item in look(project).items}
        assert unread["PF-FIELDS"].result is PreflightResult.UNKNOWN
        stages.extract(project)
        plan = stages.make_plan(project)
        before = look(project)
        found = look(project, plan)
    assert (found.writes, before.writes) == (0, 0)
    told = {item.code: item.result for item in found.items}
    assert {told[code] for code in ("PF-FIELDS", "PF-STATUSES", "PF-TYPES", "PF-SCREENS", "PF-ACCESS")} == {
        PreflightResult.PROVED
    }
    assert {item.code: item.result for item in before.items}["PF-SCREENS"] is PreflightResult.UNKNOWN
    assert found.good


def test_the_screen_fits_and_json_has_every_item_with_its_words(root):
    with Project.load(root) as project:
        stages.extract(project)
        stages.make_plan(project)
    shown = CliRunner().invoke(cli, ["-C", str(root), "preflight", "p-01"])
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.output.splitlines())) <= 80
    assert "reads only" in shown.output
    told = json.loads(CliRunner().invoke(cli, ["-C", str(root), "preflight", "p-01", "--json"]).stdout)
    assert told["good"] is True
    assert {item["code"] for item in told["items"]} <= set(CHECKS)
    assert all(item["evidence"] and item["title"] and item["result"] for item in told["items"])


def test_beside_the_desks_more_may_be_read(root):
    item = PreflightItem("PF-DNS", PreflightResult.FAILED, "no MX")
    with Project.load(root) as project:
        stages.extract(project)
        found = look(project, beside=lambda catalogs: [item] * len(catalogs))
    assert [one for one in found.items if one.code == "PF-DNS"] == [item, item]
    assert found.good, "what is of the cut-over alone keeps no plan from being applied"


def test_a_name_server_is_named_with_dns_only(root):
    assert (
        CliRunner().invoke(cli, ["-C", str(root), "preflight", "--nameserver", "127.0.0.1"]).exit_code == 64
    )
