"""A consultant edits the mapping and sees at each save what does not hold and which tickets it changes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.flow.desks import Desks, desks

from ticketferry.plan.show import overview
from ticketferry.project import Project, stages
from ticketferry.project.conditions import answers_now
from ticketferry.project.mapping_diff import MappingDifference, compare_mappings
from ticketferry.project.mapping_files import check_mapping
from ticketferry.project.mapping_watch import MappingWatch, SavedMapping
from ticketferry.project.mapping_words import words_of_mapping
from ticketferry.project.refused_now import refused_now


@pytest.fixture(scope="module")
def pair() -> Iterator[Desks]:
    with desks(40) as found:
        yield found


@pytest.fixture(scope="module")
def folder(pair: Desks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("watched") / "mig"
    with Project.load(pair.project(root), clock=pair.clock) as project:
        stages.extract(project)
    (root / "first.yaml").write_bytes((root / "mapping.yaml").read_bytes())
    return root


@pytest.fixture
def project(folder: Path, pair: Desks) -> Iterator[Project]:
    with Project.load(folder, clock=pair.clock) as opened:
        yield opened
    (folder / "mapping.yaml").write_bytes((folder / "first.yaml").read_bytes())


def save(project: Project, *edits: tuple[str, str]) -> None:
    text = project.config.mapping.read_text(encoding="utf-8")
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    project.config.mapping.write_text(text, encoding="utf-8")


def last(watching: MappingWatch) -> SavedMapping:
    assert watching.saved()
    return list(watching.answers())[-1]


@pytest.mark.parametrize(
    "edit",
    [
        ("pending: Waiting for customer", "pending: In progress"),
        ("high: High", "high: Highest"),
        ("Serial no., regex", "Order id, regex"),
        ("brands: {Acme: {label: acme}", "brands: {Acme: {label: other}"),
        ("system: keep", 'system: drop, because: "x"'),
        ("- {when: always, project: SUP", "- {when: always, project: HR"),
    ],
)
def test_each_save_tells_the_same_as_the_comparison_of_both_files(
    project: Project, edit: tuple[str, str]
) -> None:
    watching = MappingWatch(project)
    if edit[0] not in project.config.mapping.read_text(encoding="utf-8"):
        pytest.skip("the ready mapping says it otherwise now")
    save(project, edit)
    told = last(watching)
    watching.close()
    if not told.checked.good:
        assert told.difference is None
        return
    whole = compare_mappings(project, project.root / "first.yaml")
    assert told.whole
    assert told.difference is not None
    mine = {
        (row.change.path, row.change.before, row.change.after): row.records for row in told.difference.rows()
    }
    theirs = {
        (row.change.path, row.change.before, row.change.after): row.records
        for row in whole.rows()
        if not row.change.path.startswith(("person.", "organization."))
    }
    assert mine == theirs


def test_what_cannot_be_read_is_told_and_the_next_save_is_held_against_the_last_that_could(
    project: Project,
) -> None:
    watching = MappingWatch(project)
    save(project, ("status:", "statuses:"))
    broken = last(watching)
    assert broken.checked.problems
    assert broken.difference is None
    save(project, ("statuses:", "status:"), ("pending: Waiting for customer", "pending: In progress"))
    mended = last(watching)
    assert mended.difference is not None
    assert {row.change.path for row in mended.difference.rows()} == {"status"}
    watching.close()


def test_nothing_is_told_where_nothing_was_saved_and_a_comment_changes_nothing(project: Project) -> None:
    watching = MappingWatch(project)
    assert not watching.saved()
    save(project, ("status:", "# a word\nstatus:"))
    told = last(watching)
    assert (told.touched, told.checked.good) == (0, True)
    assert not watching.saved()
    watching.close()


def test_a_first_answer_comes_before_all_tickets_are_looked_at(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketferry.project.mapping_watch.FIRST_ANSWER", 0.0)
    watching = MappingWatch(project)
    save(project, ("high: High, normal: Medium", "high: Highest, normal: High"))
    assert watching.saved()
    answers = [(answer.looked, answer.touched, answer.whole) for answer in watching.answers()]
    assert [whole for *_, whole in answers] == [False] * (len(answers) - 1) + [True]
    assert len(answers) > 1
    assert answers[0][0] == 1
    watching.close()


def told_of(difference: MappingDifference) -> dict[tuple[str, str, str], int]:
    return {
        (row.change.path, row.change.before, row.change.after): row.records
        for row in difference.rows()
        if not row.change.path.startswith(("person.", "organization."))
    }


def test_the_next_save_ends_the_answer_to_the_last_one_and_tells_what_both_change(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user: I saved twice, and what the first save did was never told, since I had not waited for it."""
    for name in ("FIRST_ANSWER", "_LOOK"):
        monkeypatch.setattr(f"ticketferry.project.mapping_watch.{name}", 0.0)
    watching = MappingWatch(project)
    save(project, ("high: High, normal: Medium", "high: Highest, normal: High"))
    assert watching.saved()
    answers = watching.answers()
    assert not next(answers).stopped
    save(project, ("pending: Waiting for customer", "pending: In progress"))
    *_, stopped = answers
    assert stopped.stopped
    assert not stopped.whole
    told = last(watching)
    watching.close()
    assert told.whole
    assert told.difference is not None
    assert {"priority", "status"} <= {path for path, *_ in told_of(told.difference)}
    assert told_of(told.difference) == told_of(compare_mappings(project, project.root / "first.yaml"))


def test_conditions_on_messages_are_asked_of_them_where_tickets_are_mapped_without(project: Project) -> None:
    text = project.config.mapping.read_text(encoding="utf-8")
    assert "\nclean:" not in text
    clean = '\nclean:\n  - {id: short, when: {comments: "<= 1"}, do: skip, because: x}\n  - {id: old, when: {closed_before: 2020-01-01}, do: skip, because: y}\n'
    project.config.mapping.write_text(text + clean, encoding="utf-8")
    (project.root / "counting.yaml").write_text(text + clean, encoding="utf-8")
    watching = MappingWatch(project)
    save(project, ("high: High, normal: Medium", "high: Highest, normal: High"))
    told = last(watching)
    watching.close()
    assert told.difference
    assert told_of(told.difference) == told_of(compare_mappings(project, project.root / "counting.yaml"))


def test_a_look_whether_something_was_saved_reads_no_file(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user: `mapping watch` kept half a processor busy while I did nothing."""
    watching = MappingWatch(project)
    with monkeypatch.context() as patch:
        patch.setattr(type(project), "mapping", lambda *_: pytest.fail("the mapping was read"))
        assert not watching.saved()
    save(project, ("high: High, normal: Medium", "high: Highest, normal: High"))
    assert watching.saved()
    watching.close()


def test_a_mapping_that_rejects_reads_no_ticket_again_after_an_edit(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user: since I had written `fail` for one value, each check took more than three seconds on 5,000 tickets."""
    save(project, ("low: Low,", "low: reject,"))
    assert "S202" in {finding.code for finding in check_mapping(project).findings}

    def read(*_: object) -> None:
        raise AssertionError("a check read tickets that had not changed")

    catalogs = [
        project.snapshots(role).catalog(project.snapshots(role).latest().catalog)
        for role in ("source", "target")
    ]  # type: ignore[union-attr]
    for edits in ((("high: High,", "high: fail,"),), (("low: reject,", "low: Low,"),)):
        save(project, *edits)
        with monkeypatch.context() as patch:
            patch.setattr("ticketferry.project.conditions.ticket_records", read)
            patch.setattr("ticketferry.project.conditions.ticket_parts", read)
            told = answers_now(project, project.mapping(), *catalogs).refused
        assert told
        assert told == refused_now(project, project.mapping(), *catalogs)


def test_check_doc_diff_watch_and_plan_say_one_number_of_one_thing(project: Project) -> None:
    """A user: no phase took 41 tickets in the check and 43 in the plan; five tickets fell together in one and two in the other; 208 or 214 in all."""
    text = project.config.mapping.read_text(encoding="utf-8")
    head, _, _ = text.partition("\nphases:")
    project.config.mapping.write_text(
        head + "\nphases: [{name: done, where: {stage: [resolved, closed]}}]\n", encoding="utf-8"
    )
    checked = check_mapping(project)
    (unphased,) = (finding.message for finding in checked.findings if finding.code == "S221")
    with closing(stages.make_plan(project)) as plan:
        view = overview(plan)
    assert f"no phase takes {view.figures['tickets in no phase']} tickets" in unphased
    total = {row.total for row in checked.conditions}
    watching = MappingWatch(project)
    words = dict(words_of_mapping(project).facts)
    told = {
        watching.tickets,
        compare_mappings(project, project.config.mapping).tickets,
        int(words["Tickets"].partition(",")[0]),
    }
    watching.close()
    project.config.mapping.write_text(
        text.replace("pending: Waiting for customer", "pending: Waiting for support"), encoding="utf-8"
    )
    together = [finding.message for finding in check_mapping(project).findings if finding.code == "S204"]
    with closing(stages.make_plan(project)) as plan:
        view = overview(plan)
    told.add(sum(view.outcomes["ticket"].values()))
    assert told == total
    assert len(told) == 1
    assert view.collapses
    for collapse in view.collapses:
        (line,) = (message for message in together if f"fall together in `{collapse.after}`" in message)
        assert f"({collapse.tickets} tickets)" in line
