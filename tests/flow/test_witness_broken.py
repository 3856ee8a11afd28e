"""The independent witness on ways with translate, mapping or compile broken: what the comparison with the plan cannot see."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.flow.desks import Desks, confirm, desks

import ticketferry_jsm.target as jsm_target
import ticketferry_zendesk.translate_audit as audits
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.text import TextRules
from ticketferry.mapping.ticket_people import TicketPeople
from ticketferry.project import Project, planning, stages
from ticketferry.verify.witnessing import Witnessed, WitnessedDifference

TICKETS = 20
"""Few: the fewer are wrong, the easier they are missed."""


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(TICKETS) as found:
        yield found


@pytest.fixture(scope="module")
def larger() -> Iterator[Desks]:
    """With calls, and with tickets that somebody asked for another."""
    with desks(40) as found:
        yield found


def moved(pair: Desks, root: Path) -> Project:
    """Everything moved to an empty site."""
    pair.new_jira()
    project = Project.load(pair.project(root), clock=pair.clock)
    stages.extract(project)
    bring(project)
    return project


def brought(pair: Desks, root: Path) -> Project:
    """The same where reading goes as it should, and something later does not: both desks are read once."""

    def read(kept: Path) -> None:
        with Project.load(pair.project(kept), clock=pair.clock) as project:
            stages.extract(project)

    pair.new_jira()
    project = Project.load(pair.beginnings.copied(root, "read", read), clock=pair.clock)
    bring(project)
    return project


def bring(project: Project) -> None:
    plan = stages.make_plan(project)
    confirm(project, plan)
    stages.apply(project, plan)


def only_the_witness_sees(
    pair: Desks, root: Path, way: Callable[[Desks, Path], Project] = brought
) -> Witnessed:
    """Move everything with something broken, and see that the comparison with the plan finds all the same."""
    with way(pair, root / "mig") as project:
        found = stages.verify(project, witness=True, sample=None)
        assert not any(found.counts[sign] for sign in "+-*!"), (
            "what is lost before the plan, the plan cannot miss"
        )
        assert not found.same
        assert found.witnessed is not None
        return found.witnessed


def told(seen: Witnessed, what: str) -> list[WitnessedDifference]:
    return [one for one in seen.errors if one.what == what]


def test_a_type_of_comment_that_translate_forgot_is_missed(
    larger: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss before the plan: expectation and target agree, only the wire tells."""
    real = audits.comment

    def forgetful(of: Any, ticket: str, step: Any, **named: Any) -> Any:
        said = real(of, ticket, step, **named)
        if step.kind == "VoiceComment":
            said.records[0].pop("body", None)
            for path in [path for path, place in said.trace.items() if place.endswith(".body")]:
                del said.trace[path]
        return said

    monkeypatch.setattr(audits, "comment", forgetful)
    lost = told(only_the_witness_sees(larger, tmp_path, moved), "text")
    assert lost
    assert all("is in no" in one.message for one in lost)


def test_a_dropped_value_that_another_rule_writes_is_told(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `drop` promises is held against every string of the new desk, shown or hidden: here the rule for the rest keeps the value."""

    def forgetful(mapping: MappingFile, *args: Any) -> Engine:
        fields = [rule for rule in mapping.rules.fields if not rule.drop]
        assert len(fields) < len(mapping.rules.fields)
        return Engine(replace(mapping, rules=mapping.rules.model_copy(update={"fields": fields})), *args)

    monkeypatch.setattr(planning, "Engine", forgetful)
    wrong = told(only_the_witness_sees(pair, tmp_path), "dropped")
    assert wrong
    assert {one.where for one in wrong} == {"fields.card_number"}
    assert not any("4242" in str(one) for one in wrong), "the witness does not tell the value either"


def all_public(change: Any, catalog: Any, real: Any) -> Any:
    desired = change.desired
    if desired and desired.get("comments"):
        desired = {**desired, "comments": [{**one, "public": True} for one in desired["comments"]]}
    return real(replace(change, desired=desired), catalog)


def without_files(change: Any, catalog: Any, real: Any) -> Any:
    desired = {key: value for key, value in (change.desired or {}).items() if key != "attachments"}
    return real(replace(change, desired=desired or None), catalog)


@pytest.mark.parametrize(("broken", "what"), [(all_public, "leak"), (without_files, "file")])
def test_what_compile_loses_or_shows_is_told(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any, what: str
) -> None:
    real = jsm_target.JsmTarget.compile
    monkeypatch.setattr(
        jsm_target.JsmTarget,
        "compile",
        lambda self, change, catalog: broken(change, catalog, partial(real, self)),
    )
    assert told(only_the_witness_sees(pair, tmp_path), what)


def test_an_internal_message_that_translate_takes_for_public_is_told(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = audits.comment

    def wrong(*args: Any, **named: Any) -> Any:
        said = real(*args, **named)
        said.records[0]["public"] = True
        return said

    monkeypatch.setattr(audits, "comment", wrong)
    assert told(only_the_witness_sees(pair, tmp_path, moved), "leak")


def test_words_that_the_mapping_cuts_are_missed(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TextRules.body

    def wrong(self: TextRules, *args: Any, **named: Any) -> tuple[dict[str, Any], bool]:
        new, changed = real(self, *args, **named)
        first, _, rest = new["html"].partition("</p>")
        return {**new, "html": f"{first}</p>" if rest.startswith("<p>") else new["html"]}, changed

    monkeypatch.setattr(TextRules, "body", wrong)
    lost = told(only_the_witness_sees(pair, tmp_path), "text")
    assert any("lacks words" in one.message for one in lost)


def test_a_requester_whom_the_mapping_mistakes_is_told(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TicketPeople._requester

    def wrong(self: TicketPeople, work: Any) -> None:
        real(self, work)
        if work.case.get("assignee"):
            work.desired["requester"] = work.case["assignee"]

    monkeypatch.setattr(TicketPeople, "_requester", wrong)
    assert told(only_the_witness_sees(pair, tmp_path), "requester")


def test_words_that_stand_under_somebody_elses_name_are_told(
    larger: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the line over a message, the description is the requester's words and each comment the importing account's."""
    monkeypatch.setattr(TextRules, "header", lambda *_: "")
    found = told(only_the_witness_sees(larger, tmp_path), "author")
    assert any("description shows it as words of" in one.message for one in found)
    assert any(one.message.partition(", ")[2].startswith("comment ") for one in found)


def without_form(change: Any, catalog: Any, real: Any) -> Any:
    desired = {key: value for key, value in (change.desired or {}).items() if key != "form"}
    return real(replace(change, desired=desired or None), catalog)


def without_subject(change: Any, catalog: Any, real: Any) -> Any:
    desired = change.desired
    if desired and desired.get("subject"):
        desired = {**desired, "subject": "(no subject)"}
    return real(replace(change, desired=desired), catalog)


@pytest.mark.parametrize(("broken", "what"), [(without_form, "text"), (without_subject, "subject")])
def test_a_rule_for_some_tickets_explains_no_loss_of_all(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any, what: str
) -> None:
    """The sample mapping sends one sort of ticket off the portal and cuts long subjects: neither excuses the others."""
    real = jsm_target.JsmTarget.compile
    monkeypatch.setattr(
        jsm_target.JsmTarget,
        "compile",
        lambda self, change, catalog: broken(change, catalog, partial(real, self)),
    )
    assert len(told(only_the_witness_sees(pair, tmp_path), what)) > TICKETS // 2
