"""Which tickets the witness looks at without being told, and what it says of those rules that it cannot judge."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.flow.migrations import DESK, MAPPING
from tests.unit.cli.terminal import Terminal, make_terminal

import ticketferry_neutral.source as neutral_source
from ticketferry.project import Project, stages
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk import Finding, Severity
from ticketferry.sdk.contract import Translated
from ticketferry.verify import witnessing

TICKETS, SAMPLE = 14, 4


def moved(user: Terminal) -> Project:
    """Everything moved to the files of another desk."""
    project = Project.load(user.folder)
    stages.extract(project)
    stages.apply(project, stages.make_plan(project))
    return project


def looked_at(user: Terminal, *options: object) -> dict[str, Any]:
    """What `verify --json` says of the witness, by the sample's own size."""
    found: dict[str, Any] = json.loads(user.any("verify", "--json", *options).stdout)["witness"]
    return found


def roots_of(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note which tickets are read."""
    seen: list[list[str]] = []
    real = witnessing.choose

    def noted(*args: Any, **named: Any) -> list[str]:
        found = real(*args, **named)
        seen.append(found)
        return found

    monkeypatch.setattr("ticketferry.project.witnessing.choose", noted)
    return seen


def test_without_being_asked_at_least_400_tickets_are_looked_at() -> None:
    assert witnessing.SAMPLE >= 400


def test_a_seeded_sample_is_looked_at_and_every_ticket_with_an_anomaly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding of a doubt, and a difference in the new desk: both are looked at whatever the chance says."""
    real = neutral_source.NeutralSource.translate
    doubted = Ref(DESK, Kind.TICKET, "5")

    def translate(self: Any, wire: Any, catalog: Any) -> Translated:
        found = real(self, wire, catalog)
        if wire.ref != doubted:
            return found
        doubt = Finding("TF-TEST", Severity.DOUBT, doubted, "subject", "looks strange")
        return Translated(found.records, found.trace, [*found.findings, doubt])

    monkeypatch.setattr(neutral_source.NeutralSource, "translate", translate)
    monkeypatch.setattr(witnessing, "SAMPLE", SAMPLE)
    user = make_terminal(tmp_path, tickets=TICKETS)
    project = moved(user)
    target = project.idmap.get(f"{DESK}:ticket:9")
    project.close()
    seen = roots_of(monkeypatch)
    told = looked_at(user)
    assert (told["of"], told["seed"], told["errors"]) == (TICKETS, 0, [])
    assert SAMPLE <= told["tickets"] <= SAMPLE + 1

    path = tmp_path / "target" / "ticket.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    row = next(row for row in reversed(rows) if row["id"] == target)
    row["record"]["subject"] = "something else"
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    for seed in (0, 1, 2, 0):
        told = looked_at(user, "--seed", seed)
        assert told["seed"] == seed
        assert {f"{DESK}:ticket:5", f"{DESK}:ticket:9"} <= set(seen[-1])
        assert SAMPLE <= told["tickets"] <= SAMPLE + 2
    assert seen[1] == seen[-1], "the same for the same seed"
    assert len({tuple(one) for one in seen[1:4]}) > 1, "another one for another seed"
    assert any(one["what"] == "subject" and one["ref"] == f"{DESK}:ticket:9" for one in told["errors"])
    assert looked_at(user, "--sample", 0)["tickets"] == TICKETS
    assert looked_at(user, "--no-witness") is None


CARD = '  - {from: fields.card, drop: true, because: "PCI"}\n'


def test_a_drop_with_a_condition_is_judged_where_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule drops of urgent tickets only; a fault lets it pass there, and keeping it elsewhere is no fault."""
    rule = CARD.replace("drop: true,", "drop: true, when: {priority: urgent},")
    user = make_terminal(tmp_path, tickets=8, mapping=MAPPING.replace(CARD, rule))
    from ticketferry.mapping import dropping

    monkeypatch.setattr(dropping.Dropping, "_check", lambda *_: lambda _: False)
    moved(user).close()
    told = looked_at(user)
    wrong = {one["ref"] for one in told["errors"] if one["what"] == "dropped"}
    assert wrong == {f"{DESK}:ticket:{number}" for number in (4, 8)}
    assert told["not_judged"] == {}


def test_a_drop_whose_condition_is_not_read_is_said_not_to_be_judged(tmp_path: Path) -> None:
    rule = CARD.replace("drop: true,", 'drop: true, when: {comments: ">= 3", group: Billing},')
    user = make_terminal(tmp_path, tickets=4, mapping=MAPPING.replace(CARD, rule))
    moved(user).close()
    told = looked_at(user)
    assert told["errors"] == []
    assert told["not_judged"] == {"whether fields.card is dropped: its condition asks for comments, group": 4}
    screen = user("verify").stdout
    assert "? 4 times not judged: whether fields.card is dropped" in screen
    assert "0 differences explained by rules, 4 not judged" in " ".join(screen.split())
    assert all(len(line) <= 80 for line in screen.splitlines())
    user("report", "p-01", "--output", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "whether fields.card is dropped: its condition asks for comments, group" in page
