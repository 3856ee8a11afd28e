"""A consultant asks what the mapping makes of one ticket: both desks side by side, with the line that says so."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.plan.planner import Planner
from ticketferry.project import Project, stages
from ticketferry.project.explain_values import explain_values
from ticketferry.schema.refs import Kind


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(40) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("explained") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    return root


def numbers(folder: Path) -> list[str]:
    with Project.load(folder) as project:
        return list(project.snapshots("source").ids(Kind.TICKET, 1))


def test_every_ticket_is_told_within_eighty_columns_and_each_change_has_its_line(folder: Path) -> None:
    terminal = Terminal(folder)
    for id_ in numbers(folder)[:12]:
        lines = terminal("mapping", "explain", f"ticket:{id_}").stdout.splitlines()
        assert all(width(line) <= 80 or "/" in line for line in lines), [
            line for line in lines if width(line) > 80
        ]
        told = json.loads(terminal("mapping", "explain", f"ticket:{id_}", "--json").stdout)
        for value in told["values"]:
            if value["what"] in ("status", "priority", "project", "type") and value["kind"] in (
                "changed",
                "new",
            ):
                assert re.search(r"mapping\.yaml:\d+:\d+$", value["rule"]), value


def test_the_values_are_those_of_the_plan(folder: Path) -> None:
    """What is told here and what planning desires are worked out apart from one another's code for showing."""
    with Project.load(folder) as project:
        planning = project.planning()
        for id_ in numbers(folder):
            found = explain_values(project, f"ticket:{id_}")
            root = next(ref for ref, _ in planning.source.roots(Kind.TICKET, 1) if ref.id == id_)
            record = planning.source_record(root)
            assert record is not None
            made: dict[str, Any] = planning.case(record).record or {}
            told = {value.what: value for value in found.values}
            if not made:
                assert found.outcome != "moved"
                continue
            for key in ("status", "priority"):
                if key in told:
                    assert told[key].after.rpartition(": ")[2] == made[key]
            assert told["project"].after == made["project"]
            written = set(made.get("fields", {}))
            shown = " ".join(value.after + value.what for value in found.values)
            assert not [name for name in written if name not in shown and f'fields["{name}"]' not in shown]


LONG = "far too long for a field of one line, " * 9
OTHERWISE = f"""
  - {{set: {{Order id: "{LONG}"}}}}
  - {{from: updated, to: Serial no.}}
  - {{set: {{Steps to reproduce: "one{"  "}two"}}}}
"""


@pytest.fixture
def short(folder: Path) -> Iterator[Path]:
    """The folder with a mapping that asks for more than the new desk holds."""
    path = folder / "mapping.yaml"
    kept = path.read_text("utf-8")
    lines = [
        line for line in kept.splitlines() if "fields.serial_no" not in line and "fields.steps" not in line
    ]
    path.write_text(
        "\n".join(lines).replace("\nfields:", f"\nfields:{OTHERWISE.rstrip()}") + "\ngolden: [1, 3, 424242]\n"
    )
    yield folder
    path.write_text(kept, "utf-8")


def test_what_is_told_of_the_new_desk_is_what_the_plan_expects_there_and_writes(short: Path) -> None:
    told_otherwise = 0
    with Project.load(short) as project:
        planning = project.planning()
        planner = Planner(planning)
        for root, rows in planning.source.roots(Kind.TICKET, 1):
            found = explain_values(project, f"ticket:{root.id}", planning)
            planned = planner.plan(root, rows)
            assert planned is not None
            assert (
                found.outcome
                == {"create": "moved", "skip": "left behind", "reject": "rejected"}[planned.outcome]
            )
            expected = planned.decision.compiled.expected
            if expected is None:
                continue
            codes = {finding.code for finding in planner.findings(planned)}
            assert codes >= {item["code"] for item in found.findings}
            body = next(one for one in planned.operations if one.subject == root).body
            for value in found.values:
                name, _, shown = value.after.partition(": ")
                path = name if name.startswith("fields.") else value.what
                shown = value.held or (shown if path == name else value.after)
                if value.kind not in ("same", "changed", "new") or value.before == shown == "":
                    continue
                if path.startswith("fields."):
                    there = expected.get("fields", {}).get(path.removeprefix("fields."))
                    assert one_line(there) == one_line(shown), (value, there)
                elif path in ("subject", "status", "priority", "project", "type", "resolution"):
                    assert one_line(expected.get(path)) == one_line(shown), value
                told_otherwise += bool(value.held)
            subject = next((value for value in found.values if value.what == "subject"), None)
            if subject is not None and subject.kind in ("same", "new", "changed"):
                assert one_line(body["fields"]["summary"]) == one_line(expected["subject"])
    assert told_otherwise >= 30, "each ticket has an order id that is too long"


def one_line(value: Any) -> str:
    if value == "nothing" or value is None:
        return ""
    return " ".join(str(value if not isinstance(value, list) else ", ".join(map(str, value))).split())


def test_a_value_that_the_new_desk_cuts_or_refuses_is_told_with_the_reason(short: Path) -> None:
    told = Terminal(short)("mapping", "explain", "3").stdout
    assert "the new desk will hold nothing of it: the field cannot hold the value" in " ".join(told.split())
    assert "[JSM-VALUE]" in told
    assert all(width(line) <= 80 for line in told.splitlines())
    golden = Terminal(short)("mapping", "explain", "--golden", code=2).stdout
    assert golden.count("old desk") == 2
    assert "the source has no ticket `424242`" in golden
    for wrong in ((), ("3", "--golden")):
        assert "--golden" in Terminal(short)("mapping", "explain", *wrong, code=64).stderr


def test_a_test_of_the_mapping_is_held_against_what_will_be_there(short: Path) -> None:
    path = short / "mapping.yaml"
    path.write_text(
        path.read_text("utf-8")
        + """
tests:
  - name: an order has its number
    given: {ticket: 3}
    expect: {fields: {Order id: absent}, findings: [JSM-VALUE], no_findings: [JSM-MAIL]}
  - name: and is what the mapping asks
    given: {ticket: 3}
    expect: {fields: {Order id: much}}
"""
    )
    told = json.loads(Terminal(short)("mapping", "test", "--json", code=2).stdout)
    assert [(row["name"], row["passed"]) for row in told["tests"]] == [
        ("an order has its number", True), ("and is what the mapping asks", False),
        ("golden ticket 1", True), ("golden ticket 3", True), ("golden ticket 424242", False),
    ]  # fmt: skip
    assert [row["what"] for row in told["tests"][1]["differences"]] == ["fields.Order id"]
    assert not any(row["unasked"] for row in told["tests"])


def test_a_ticket_that_the_connector_fails_at_is_told_as_rejected_and_hides_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Project.load(folder) as project:
        planning = project.planning()
        whole = planning.compiler.expected

        def failing(desired: Any, *more: Any) -> Any:
            if desired["ref"] == "acme:ticket:3":
                raise ValueError("no such thing")
            return whole(desired, *more)

        monkeypatch.setattr(planning.compiler, "expected", failing)
        told = {number: explain_values(project, number, planning) for number in ("3", "4")}
    assert told["3"].outcome == "rejected"
    assert "in quarantine, planning it failed: ValueError: no such thing" in told["3"].because
    assert told["4"].outcome == "moved"


def test_only_what_changes_is_shown_unless_all_is_asked_for(folder: Path) -> None:
    terminal = Terminal(folder)
    id_ = numbers(folder)[0]
    short = terminal("mapping", "explain", id_ if id_.isdigit() else f"ticket:{id_}").stdout
    whole = terminal("mapping", "explain", f"ticket:{id_}", "--whole").stdout
    assert len(whole.splitlines()) > len(short.splitlines())
    assert "as they are: --whole" in short or "as it is: --whole" in short
    assert "old desk" in short
    assert "new desk" in short


def test_what_is_mapped_with_something_else_says_with_what(folder: Path) -> None:
    with Project.load(folder) as project:
        planning = project.planning()
        comment = next(
            row
            for _, rows in planning.source.roots(Kind.TICKET, 1)
            for row in rows
            if row.kind is Kind.COMMENT or row.kind.value == "event"
        )
        planning.close()
    failed = Terminal(folder).failing("mapping", "explain", f"{comment.kind.value}:{comment.id}")
    assert "mapping explain acme:ticket:" in failed.stderr


def test_a_changed_line_is_the_line_that_is_told(folder: Path) -> None:
    """Move the rule down: the place moves along."""
    kept = (folder / "mapping.yaml").read_bytes()
    before = json.loads(
        Terminal(folder)("mapping", "explain", f"ticket:{numbers(folder)[0]}", "--json").stdout
    )
    try:
        (folder / "mapping.yaml").write_bytes(b"# one\n# two\n" + kept)
        after = json.loads(
            Terminal(folder)("mapping", "explain", f"ticket:{numbers(folder)[0]}", "--json").stdout
        )
    finally:
        (folder / "mapping.yaml").write_bytes(kept)
    rules = [
        next(value["rule"] for value in told["values"] if value["what"] == "project")
        for told in (before, after)
    ]
    lines = [int(rule.rsplit(":", 2)[1]) for rule in rules]
    assert lines[1] == lines[0] + 2
