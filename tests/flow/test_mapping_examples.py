"""A mapping that brings its own tests along: they pass, they fail with the rule that is to blame, and no plan depends on them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, desks
from tests.unit.cli.terminal import Terminal

from ticketferry.cli.layout import width
from ticketferry.project import Project, stages

GOOD = """
tests:
  - name: what waits for a vendor stays on hold
    given: {number: 7, status: hold, custom_status: Waiting on vendor, group: Tier 2, fields: {serial_no: "sn 123456", quantity: 3}}
    expect: {outcome: moved, project: SUP, status: Pending vendor, fields: {Serial no.: sn 123456}, findings: [F210], tags: [zd-7], phase: open}
  - name: HR is never readable by all
    given: {group: HR-cases, status: open, type: question}
    expect: {project: HR, security: HR only, request_type: Ask HR, issue_type: Service request, newly_visible: 0}
  - name: card numbers go nowhere
    given: {status: new, fields: {card_number: "4111111111111111"}}
    expect: {dispositions: {fields.card_number: dropped_by_rule, subject: kept_in_provenance}}
  - name: what nobody solved is not solved
    given: {ticket: "TICKET", body: "See <b> & #12", comments: [Hello, {text: An inner word, public: false}], status: solved, fields: {outcome: wont_fix}, assignee: absent}
    expect: {status: Resolved, resolution: "Won't Do", assignee: absent, no_tags: [closed_by_merge], no_findings: [F103]}
"""


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(24) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tested") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    (root / "plain.yaml").write_bytes((root / "mapping.yaml").read_bytes())
    return root


def number_of(folder: Path) -> str:
    from ticketferry.desired.cases import assemble
    from ticketferry.schema.refs import Kind

    with Project.load(folder) as project:
        snapshots = project.snapshots("source")
        latest = snapshots.latest()
        assert latest is not None
        for ref, rows in snapshots.roots(Kind.TICKET, latest.number):
            case = assemble(ref, rows)
            if case is not None and case["stage"] == "closed" and case.get("assignee"):
                return str(case["number"])
    raise AssertionError


def written(folder: Path, tests: str, *edits: tuple[str, str]) -> None:
    text = (folder / "plain.yaml").read_text(encoding="utf-8")
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after)
    (folder / "mapping.yaml").write_text(text + tests.replace("TICKET", number_of(folder)), encoding="utf-8")


def run(folder: Path, *names: str, code: int = 0) -> dict[str, Any]:
    return dict(json.loads(Terminal(folder)("mapping", "test", "--json", *names, code=code).stdout))


def test_the_tests_of_a_mapping_pass(folder: Path) -> None:
    written(folder, GOOD)
    told = run(folder)
    assert (told["passed"], told["failed"]) == (4, 0), json.dumps(told["tests"], indent=1)
    assert "4 tests passed" in Terminal(folder)("mapping", "test").stdout
    assert run(folder, "HR is never readable by all")["passed"] == 1


@pytest.mark.parametrize(
    ("edit", "name", "what", "found"),
    [
        (('"custom:Waiting on vendor": Pending vendor', '"custom:Waiting on vendor": In progress'), "what waits for a vendor stays on hold", "status", "In progress"),
        (("project: HR, issue_type: Service request, request_type: Ask HR", "project: SUP, issue_type: Service request, request_type: Portal request"), "HR is never readable by all", "project", "SUP"),
        (('drop: true, because: "card numbers leave no trace in the new desk"}', 'to: Card number}'), "card numbers go nowhere", "", ""),
        (('wont_fix: "Won\'t Do"', "wont_fix: Done"), "what nobody solved is not solved", "resolution", "Done"),
        (('number: {field: Zendesk ticket, label: "zd-{{ number }}"}, ', ""), "what waits for a vendor stays on hold", "tags", ""),
        (("phases: ", "clean: [{id: x, when: {group: HR-cases}, do: skip, because: by hand}]\nphases: "), "HR is never readable by all", "outcome", "left_behind"),
    ],
)  # fmt: skip
def test_a_rule_that_somebody_spoils_fails_its_test_by_name(
    folder: Path, edit: tuple[str, str], name: str, what: str, found: str
) -> None:
    written(folder, GOOD, edit)
    told = run(folder, code=2)
    failed = {item["name"]: item for item in told["tests"] if not item["passed"]}
    assert name in failed
    if what:
        row = next(row for row in failed[name]["differences"] if row["what"].startswith(what))
        assert row["found"] == found or not found
    screen = Terminal(folder)("mapping", "test", code=2).stdout
    assert all(width(line) <= 80 for line in screen.splitlines()), screen
    assert "mapping.yaml:" in screen


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("{name: a, given: {status: closd}, expect: {status: Open}}", "no status `closd`: did you mean `closed`"),
        ("{name: a, given: {group: Nobodies}, expect: {status: Open}}", "no group `Nobodies`"),
        ("{name: a, given: {requester: nobody@nowhere.example}, expect: {status: Open}}", "no person"),
        ("{name: a, given: {fields: {serial_nr: 1}}, expect: {status: Open}}", "did you mean `serial_no`"),
        ("{name: a, given: {ticket: 99999999}, expect: {status: Open}}", "there is no ticket 99999999"),
        ("{name: a, given: {created: yesterday}, expect: {status: Open}}", "is no time"),
        ("{name: a, given: {status: open}, expect: {}}", "cannot fail"),
        ("{name: a, given: {status: open}, expect: {staus: Open}}", "did you mean `status`"),
        ("{name: a, given: {statuss: open}, expect: {status: Open}}", "did you mean `status`"),
        ("{name: a, expect: {status: Open}}", "`given` is missing"),
    ],
)  # fmt: skip
def test_a_test_that_cannot_be_run_says_where_and_why(folder: Path, test: str, words: str) -> None:
    written(folder, f"tests:\n  - {test}\n")
    error = " ".join(Terminal(folder)("mapping", "test", code=1).stderr.split())
    assert words in error, error
    assert "mapping.yaml:" in error


@pytest.mark.parametrize(
    ("given", "expect", "words"),
    [
        ("status: open", "status: Pending vendr", "status `Pending vendr`: did you mean `Pending vendor`?"),
        ("status: open", "priority: Hihg", "priority `Hihg`: did you mean `High`?"),
        ("status: open", "project: SUPP", "project `SUPP`: did you mean `SUP`?"),
        ("status: open", "security: HR onyl", "security level `HR onyl`: did you mean `HR only`?"),
        ("status: open", "request_type: Ask H", "request type `Ask H`: did you mean `Ask HR`?"),
        ("status: open", "fields: {Serial nr.: absent}", "field `Serial nr.`: did you mean `Serial no.`?"),
        ("status: open", "fields: {Refund reason: Damagd}", "no option `Damagd`: did you mean `Damaged`?"),
        ("status: open", "no_findings: [F013]", "no finding has the code `F013`: did you mean `F103`?"),
        ("status: open", "dispositions: {fields.card_numbr: dropped_by_rule}", "field `card_numbr`: did you mean `card_number`?"),
        ("status: open", "dispositions: {subjet: carried}", "a ticket has no `subjet`: did you mean `subject`?"),
        ("status: open", "phase: opne", "phase `opne`: did you mean `open`?"),
        ("status: open", "way: import-fil", "way `import-fil`: did you mean `import-file`?"),
        ("status: open, fields: {outcome: wont_fixx}", "project: SUP", "no option `wont_fixx`: did you mean `wont_fix`?"),
        ('status: open, fields: {outcome: "Won\'t fix"}', "project: SUP", "did you mean `wont_fix`?"),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_refused_with_its_place_and_the_likely_one(
    folder: Path, given: str, expect: str, words: str
) -> None:
    """A user: my test said `no_findings: [F013]` and passed for weeks; I had meant F103."""
    test = f"tests:\n  - name: one\n    given: {{{given}}}\n    expect: {{{expect}}}\n"
    written(folder, test)
    told = Terminal(folder)("mapping", "test", code=1).stderr
    line = 1 + (folder / "mapping.yaml").read_text(encoding="utf-8").splitlines().index(
        f"    {'given' if words.endswith('wont_fix`?') else 'expect'}: {{{given if words.endswith('wont_fix`?') else expect}}}"
    )
    assert f"mapping.yaml:{line}:" in told
    assert words in " ".join(told.split())


def test_no_plan_depends_on_a_test(folder: Path, pair: Desks) -> None:
    del pair
    written(folder, "")
    with Project.load(folder) as project:
        plain = project.mapping().digest
    written(folder, GOOD)
    with Project.load(folder) as project:
        assert project.mapping().digest == plain
    written(folder, "")
    assert "no tests yet" in Terminal(folder)("mapping", "test").stdout
    assert "has no test named" in Terminal(folder)("mapping", "test", "x", code=64).stderr
