"""The independent witness on whole ways: silent where all went well, and loud wherever something was lost, shown or swapped."""

import shutil
from collections.abc import Iterator
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
from ticketferry.mapping.people_rules import PeopleRules
from ticketferry.mapping.text import TextRules
from ticketferry.project import Project, opening, stages
from ticketferry.run.witnessing import Told, Witnessed

TICKETS = 40


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(TICKETS) as found:
        yield found


def moved(pair: Desks, root: Path) -> Project:
    """Everything moved to an empty site."""
    pair.new_jira()
    project = Project.load(pair.project(root), clock=pair.clock)
    apply_all(project)
    return project


def apply_all(project: Project) -> None:
    stages.extract(project)
    plan = stages.make_plan(project)
    confirm(project, plan)
    stages.apply(project, plan)


def asked(project: Project) -> Witnessed:
    found = stages.verify(project, witness=True, sample=None)
    assert found.witnessed is not None
    return found.witnessed


def only_the_witness_sees(pair: Desks, root: Path) -> Witnessed:
    """Move everything with something broken, and see that the comparison with the plan finds all the same."""
    with moved(pair, root / "mig") as project:
        found = stages.verify(project, witness=True, sample=None)
        assert not any(found.counts[sign] for sign in "+-*!"), (
            "what is lost before the plan, the plan cannot miss"
        )
        assert not found.same
        assert found.witnessed is not None
        return found.witnessed


def told(seen: Witnessed, what: str) -> list[Told]:
    return [one for one in seen.errors if one.what == what]


@pytest.fixture(scope="module")
def base(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a migration that went well; tests that change the site put it right again."""
    root = tmp_path_factory.mktemp("witness") / "mig"
    moved(pair, root).close()
    return root


@pytest.fixture
def project(pair: Desks, base: Path, tmp_path: Path) -> Iterator[Project]:
    shutil.copytree(base, tmp_path / "mig")
    with Project.load(tmp_path / "mig", clock=pair.clock) as found:
        yield found


def issues(pair: Desks) -> list[Any]:
    return list(pair.jira.state.issues.values())


def test_the_witness_is_silent_where_all_went_well(project: Project) -> None:
    seen = asked(project)
    assert seen.errors == []
    assert seen.tickets == seen.of > TICKETS * 0.8
    assert seen.texts > seen.tickets
    assert seen.files > 0
    assert {one.rule for one in seen.explained} <= {"people.customers", "text.subject"}


def test_an_internal_message_that_somebody_made_public_in_the_new_desk_is_told(
    pair: Desks, project: Project
) -> None:
    issue = next(one for one in issues(pair) if any(comment.internal for comment in one.comments))
    comment = next(one for one in issue.comments if one.internal)
    before = dict(comment.properties)
    comment.properties["sd.public.comment"] = {"internal": False}
    try:
        leaks = told(asked(project), "leak")
    finally:
        comment.properties.clear()
        comment.properties.update(before)
    assert [one.target for one in leaks] == [issue.id]
    assert "internal words stand in public" in leaks[0].message


def test_a_type_of_comment_that_translate_forgot_is_missed(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    lost = told(only_the_witness_sees(pair, tmp_path), "text")
    assert lost
    assert all("is in no" in one.message for one in lost)


def test_a_file_with_other_bytes_is_told(pair: Desks, project: Project) -> None:
    state = pair.jira.state
    one, other, *_ = {state.blobs[file.media]: file for file in state.attachments.values()}.values()

    def swap() -> None:
        state.blobs[one.media], state.blobs[other.media] = state.blobs[other.media], state.blobs[one.media]

    swap()
    try:
        wrong = told(asked(project), "file")
    finally:
        swap()
    assert {line.message for line in wrong} >= {
        f"{one.name} is there with other bytes",
        f"{other.name} is there with other bytes",
    }


def test_a_requester_who_was_changed_in_the_new_desk_is_told(pair: Desks, project: Project) -> None:
    reporters = sorted({issue.values["reporter"] for issue in issues(pair)})
    issue = issues(pair)[0]
    before = issue.values["reporter"]
    issue.values["reporter"] = next(one for one in reporters if one != before)
    try:
        wrong = told(asked(project), "requester")
    finally:
        issue.values["reporter"] = before
    assert [one.target for one in wrong] == [issue.id]


def test_a_dropped_value_that_another_rule_writes_is_told(
    pair: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `drop` promises is held against every string of the new desk, shown or hidden: here the rule for the rest keeps the value."""

    def forgetful(mapping: MappingFile, *args: Any) -> Engine:
        fields = [rule for rule in mapping.rules.fields if not rule.drop]
        assert len(fields) < len(mapping.rules.fields)
        return Engine(replace(mapping, rules=mapping.rules.model_copy(update={"fields": fields})), *args)

    monkeypatch.setattr(opening, "Engine", forgetful)
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
    assert told(only_the_witness_sees(pair, tmp_path), "leak")


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
    real = PeopleRules._requester

    def wrong(self: PeopleRules, work: Any) -> None:
        real(self, work)
        if work.case.get("assignee"):
            work.desired["requester"] = work.case["assignee"]

    monkeypatch.setattr(PeopleRules, "_requester", wrong)
    assert told(only_the_witness_sees(pair, tmp_path), "requester")
