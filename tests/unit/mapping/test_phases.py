"""What a phase says beside which tickets it takes."""

from typing import Any

import pytest
from tests.unit.mapping.desks import FILES, FOLDER, JIRA, JSM, NOW, ZENDESK, Desks, case, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

EVENT = {"ref": "acme:event:1", "type": "change", "field": "priority", "before": "low", "after": "urgent",
         "time": "2025-06-01T10:00:00Z", "ticket": "acme:ticket:12", "actor": "acme:person:2"}  # fmt: skip
PHASES = """phases:
  - {name: open, where: {stage: assigned}}
  - {name: old, where: {stage: closed}, history: {changes: summary}}
  - {name: gone, where: always, history: {changes: drop, because: retention}}
"""


def maps(more: str = PHASES) -> Engine:
    text = "version: 1\nsource: zendesk\ntarget: neutral\n"
    return Engine(mapping(more, text), ZENDESK, FOLDER, FILES, Desks(), NOW)


def ends(stage: str) -> tuple[Any, Any, Any]:
    mapped = maps().case(case(stage=stage, status=stage, events=[EVENT]))
    assert mapped.record is not None
    return (
        mapped.record.get("events"),
        mapped.record["provenance"].get("events"),
        fate_of(mapped.fates, "event[1].after"),
    )


def test_each_phase_decides_about_its_history() -> None:
    written, beside, _ = ends("assigned")
    assert (len(written), beside) == (1, None)
    written, beside, fate = ends("closed")
    assert (written, len(beside)) == (None, 1)
    assert "mapping.yaml:6:51" in fate.by, fate.by
    written, beside, fate = ends("pending_customer")
    assert (written, beside, fate.action) == (None, None, "drop")
    assert "retention" in fate.by


def test_a_ticket_that_was_planned_in_a_phase_keeps_what_that_phase_says() -> None:
    mapped = maps().case(case(events=[EVENT]), phase="old")
    assert mapped.phase == "old"
    assert "events" not in mapped.record


def test_a_phase_without_a_word_about_history_does_as_the_file_says() -> None:
    text = (
        PHASES.replace("{changes: drop, because: retention}", "{changes: auto}")
        + "history: {changes: provenance}\n"
    )
    assert "events" not in maps(text).case(case(events=[EVENT])).record
    assert "events" in maps(text).case(case(events=[EVENT], stage="resolved")).record


def test_history_and_way_of_a_phase_go_together() -> None:
    ways = {"import-file": frozenset({Feature.HISTORY, Feature.IMPORT_FILE})}
    text = PHASES.replace("{name: old,", "{name: old, way: file,")
    engine = Engine(mapping(text), ZENDESK, JIRA, JSM, Desks(), NOW, ways)
    mapped = engine.case(case(stage="closed", status="closed", events=[EVENT]))
    assert (mapped.way, "events" in mapped.record) == ("import-file", False)
    plain = Engine(
        mapping(text.replace(", history: {changes: summary}", "")), ZENDESK, JIRA, JSM, Desks(), NOW, ways
    )
    assert "events" in plain.case(case(stage="closed", status="closed", events=[EVENT])).record


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ("{changes: drop}", "needs `because`"),
        ("{changes: none}", "not known here"),
        ("{}", "`changes` is missing"),
    ],
)
def test_what_a_phase_cannot_say_of_history_is_refused(history: str, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        maps(f"phases: [{{name: a, where: always, history: {history}}}]\n")
    assert any(said in row and row.startswith("mapping.yaml:4:") for row in refused.value.problems)


@pytest.mark.parametrize("exit_", ["deleted", "spam", "suspended"])
def test_what_left_the_life_cycle_can_go_into_an_archive(exit_: str) -> None:
    left = maps(f"exits: {{{exit_}: archive}}\n").case(case(stage=exit_, status=exit_))
    assert (left.outcome, left.because) == (Outcome.SKIP, f"archived to archive: exits.{exit_}")


def test_merged_tickets_can_go_into_an_archive_with_those_that_a_rule_merges() -> None:
    merged = maps("exits: {merged: archive}\n").case(case(stage="merged", merged_into="acme:ticket:13"))
    assert merged.because == "archived to archive: exits.merged"
    rule = "clean: [{id: twins, when: always, merge: {'12': '13'}, because: sent twice}]\n"
    for do, said in (
        ("skip", "merged into #13: sent twice"),
        ("archive", "archived to archive: merged into #13: sent twice"),
    ):
        assert maps(f"{rule}exits: {{merged: {do}}}\n").case(case()).because == said
