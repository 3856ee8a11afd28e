"""The runbook's words: dates, gates, the hours of an evening, languages, and what is missing is said."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ticketferry.cli import COMMANDS
from ticketferry.report.letters import LANGUAGES, letters, spoken
from ticketferry.report.runbook import runbook_html
from ticketferry.report.runbook_facts import PhaseFacts, RunbookFacts, SwitchFacts
from ticketferry.report.runbook_steps import evenings, hours, parts_of
from ticketferry.report.runbook_trouble import decisions, stays

PILOT = PhaseFacts(
    "pilot", date(2026, 12, 4), "Tickets where group is Billing", 5_204, 4_000, "p-07", "planned", 31_000, 18_000, 5_400.0, "answers", 2, "M. Ito"
)  # fmt: skip
OPEN = PhaseFacts("open", date(2026, 12, 11), "")
FACTS = RunbookFacts(
    title="acme to jira", source="Zendesk Support", target="Jira", source_where="https://acme.example", target_where="https://jira.example",
    made=datetime(2026, 11, 1, tzinfo=UTC), source_read="", mapping="mapping.yaml", digest="7f3a", phases=(PILOT, OPEN),
    switches=(SwitchFacts("G-READ", "the scheme mails nobody", True, "Give it one.", "-"), SwitchFacts("G-PERSON", "rules are paused", False, "Pause.", "-")),
    switching="open", tickets=9_000, languages={"de": 3, "de-AT": 2, "pt-BR": 9, "it": 1}, took={"extract": 1_200.0},
    commands=frozenset({"fallback"}),
)  # fmt: skip


def test_every_phase_has_its_evening_and_its_gates_in_order() -> None:
    parts = {part.id: part for part in parts_of(FACTS)}
    assert list(parts) == ["decide", "prepare", "rehearse", "phase-pilot", "phase-open", "hypercare", "close"]
    pilot = parts["phase-pilot"]
    assert pilot.title == "Fri 4 Dec 2026: pilot"
    assert "5,204 tickets, 31,000 writes in 18,000 requests" in pilot.lead
    assert "1 h 30" in pilot.lead
    assert "not planned yet" in parts["phase-open"].lead
    assert [step.at for step in pilot.steps[:2]] == ["Fri 4 Dec 16:50", "Fri 4 Dec 16:55"]
    assert parts["decide"].steps[0].at == "Fri 9 Oct 2026"
    gates = [step.gate for step in pilot.steps if step.gate]
    assert gates[-1] == "GO / NO-GO"
    assert "2 files" in next(step.what for step in pilot.steps if step.what.startswith("The rest"))
    back = [step.command for step in pilot.steps if "Switch on again" in step.what]
    assert back == ["ticketferry cutover pilot --confirm G-PERSON --by NAME", "ticketferry cutover pilot"], (
        "in the reverse order"
    )
    assert pilot.steps[-1].at == "Mon 7 Dec 2026 05:00 at the latest"


def test_the_channels_are_switched_once() -> None:
    parts = {part.id: part for part in parts_of(FACTS)}
    switched = [
        id_ for id_, part in parts.items() if any(step.gate == "Channels switched" for step in part.steps)
    ]
    assert switched == ["phase-open"]
    told = next(step.what for step in parts["phase-pilot"].steps if step.what.startswith("The channels"))
    assert told == "The channels stay with the old desk until open."
    first = replace(FACTS, switching="pilot")
    told = next(step.what for step in parts_of(first)[4].steps if step.what.startswith("The channels"))
    assert told == "The channels were switched with pilot."


def test_languages_are_added_up_and_what_has_no_letter_is_named() -> None:
    assert spoken({"de": 3, "de_AT": 2, "pt-BR": 9, "": 4}) == {"pt": 9, "de": 5}
    page = runbook_html(FACTS)
    assert "it (1 customer)" in page
    assert page.index("Nosso suporte muda de sistema em 11 de dezembro de 2026") < page.index(
        "Unser Support zieht am 11. Dezember 2026"
    )
    assert "Our support moves" in page, "English is always there"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_three_letters_without_a_hole(language: str) -> None:
    found = letters(
        {language: 2},
        old="Alt",
        new="Neu",
        day=date(2026, 3, 1),
        monday=date(2026, 3, 4),
        frozen=datetime(2026, 3, 1, 18, tzinfo=UTC),
        lead="Kim",
        phone="1",
    )
    mine = [one for one in found if one.language == language]
    assert [one.people for one in mine] == [2, 0, 2], "agents are no customers"
    for one in mine:
        text = " ".join([one.subject, *one.text])
        assert "{" not in text
        assert "2026" in text or "1" in text
    assert "Neu" in mine[0].text[0]
    assert "Kim" in mine[1].text[2]


def test_the_way_back_is_by_phase_and_what_stays_is_counted() -> None:
    rows = decisions(FACTS)
    assert sum("ticketferry fallback pilot" in row for row in rows) == 2
    assert "ticketferry errors p-07" in rows[0][1]
    assert (
        stays(replace(FACTS, stays={"an issue number is used up": 12}))[0]
        == "12 × an issue number is used up"
    )
    assert "fallback" not in str(decisions(replace(FACTS, commands=frozenset())))


def test_a_page_is_escaped_and_the_same_facts_give_the_same_bytes() -> None:
    hostile = replace(
        FACTS, phases=(replace(PILOT, where="<script>alert(1)</script>"), OPEN), people={"Owner": "A & <b>"}
    )
    page = runbook_html(hostile)
    assert "<script" not in page
    assert "A &amp; &lt;b&gt;" in page
    assert page == runbook_html(hostile)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "not known yet"), (3, "1 min"), (2_700, "45 min"), (5_400, "1 h 30"), (90_000, "25 h 00")],
)
def test_hours_are_told_as_people_plan(seconds: float | None, words: str) -> None:
    assert hours(seconds) == words


def test_every_plan_of_a_phase_is_taken_back_the_newest_first() -> None:
    """An administrator: after a delta the page took back its 3 writes, while the plan before it had brought 37 tickets."""
    facts = replace(FACTS, phases=(replace(PILOT, plan="p-09", applied=("p-09", "p-07")), OPEN))
    rows = decisions(facts)
    assert rows[1][2].startswith("ticketferry rollback p-09 --apply, then ticketferry rollback p-07 --apply:")
    assert rows[0][1] == "; ".join(
        f"ticketferry errors {id_}; mend; ticketferry apply {id_}" for id_ in ("p-09", "p-07")
    )
    parts = {part.id: part for part in parts_of(facts)}
    packs = [step.command for step in parts["close"].steps if "auditor" in step.what]
    assert packs == ["ticketferry pack p-09", "ticketferry pack p-07", "ticketferry pack PLAN-OF-OPEN"]
    last = parts["phase-pilot"].steps[-1].back
    assert [last.index(f"rollback {id_} --apply") for id_ in ("PLAN", "p-09", "p-07")] == sorted(
        last.index(f"rollback {id_} --apply") for id_ in ("PLAN", "p-09", "p-07")
    )
    assert "rollback p-07 --apply" in decisions(FACTS)[1][2], "nothing applied yet: the one that is to be"


def at(facts: RunbookFacts, phase: str, words: str) -> str:
    parts = {part.id: part for part in parts_of(facts)}
    return next(step.at for step in parts[f"phase-{phase}"].steps if words in f"{step.what} {step.command}")


def test_the_writing_begins_at_the_hour_that_was_asked_for_and_agents_leave_when_it_is_frozen() -> None:
    """An administrator: with --at 22:00 the first tickets were to be written at 20:35, and the letter said 22:00 for a freeze at 21:10."""
    facts = replace(FACTS, start="22:00", switching="pilot")
    assert at(facts, "pilot", "--canary 20") == "Fri 4 Dec 22:00"
    assert at(facts, "pilot", "All silent?") < "Fri 4 Dec 22:00"
    assert at(facts, "pilot", "--confirm freeze") == "Sat 5 Dec 00:25"
    page = runbook_html(facts)
    assert "is closed for changes on 5 December 2026 at 00:25" in page
    assert "Unser Support zieht am 4. Dezember 2026" in page


def test_phases_of_one_evening_follow_one_another() -> None:
    """An administrator: two phases of one evening were frozen, written and switched at the same minute."""
    facts = replace(FACTS, phases=(PILOT, replace(OPEN, day=PILOT.day)))
    first, second = evenings(facts).values()
    assert f"{first.writing:%d %H:%M}" == "04 18:00"
    last = [step.at for step in parts_of(facts)[3].steps][-2]
    assert last < f"{second.silence:%a} {second.silence.day} {second.silence:%b %H:%M}"
    assert second.writing > second.silence > first.frozen
    assert (
        at(facts, "open", "--canary 20")
        == f"{second.writing:%a} {second.writing.day} {second.writing:%b %H:%M}"
    )
    assert f"open Fri 4 Dec 2026 {second.writing:%H:%M}" in parts_of(facts)[0].steps[-1].what


def test_every_command_of_a_page_names_the_environment_that_it_is_about() -> None:
    """A user: at three in the morning I copied a command from the printed page, and it asked which desk I meant."""
    commands = frozenset(name for group in COMMANDS.values() for name in group)
    page = runbook_html(replace(FACTS, environment="production", commands=commands))
    told = re.findall(r"ticketferry (?!·)(\S+ \S+)", page.partition("<body>")[2])
    assert len(told) > 40
    assert {words for words in told if words != "--env production"} == set()
    assert "<h1>acme to jira · production</h1>" in page
    assert "--env" not in runbook_html(replace(FACTS, commands=commands))
