"""Every word of the worked mapping of two projects: without it, or with another value, something comes out otherwise."""

import copy
import re
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.rounds import drawn
from tests.unit.mapping.vocabulary_desk import NOW, VocabularyLookups, cases, organizations, people

from ticketferry.errors import MappingError
from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.mapping.wording.document import in_words
from ticketferry.mapping.work import Setup
from ticketferry.project.definitions_file import read_definitions
from ticketferry.registry import connector

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "samples" / "mapping_examples" / "two-projects"
TREE: dict[str, Any] = yaml.load((FOLDER / "mapping.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
DEFINITIONS = read_definitions(FOLDER / "catalogs.json")
SOURCE = DEFINITIONS.source | {"url": "https://acme.zendesk.example"}
LOOKUPS = VocabularyLookups(DEFINITIONS.source)
CASES = cases(LOOKUPS.groups)
WAYS = {way.name: way.features for way in connector("jsm").ways}
Step = str | int
OTHERS = ("drop", "keep", "link", "none", "never", "always", "skip", "fail", "text", "both", "rest", "target", "source", "create", "no", "provenance", "watchers", "customer", "placeholder", "internal", "import-file", "changes", "open", "keep_link", "keep_in_provenance", "same_name", "archive", "participants", "collapse", "header", "summary", "mend")  # fmt: skip
"""Words of the language, for those that are one of several."""
_PLACE = re.compile(r"[\w/.-]+\.(?:yaml|csv):\d+:\d+")


ABOUT_PEOPLE = "tests/unit/project/test_words_about_people.py::test_a_word_about_people_left_out_of_the_file_changes_who_is_who"
ELSEWHERE = {
    "vars.old_domain": ABOUT_PEOPLE,
    "people.match": ABOUT_PEOPLE,
    "people.rewrite_email": ABOUT_PEOPLE,
    "people.agents": ABOUT_PEOPLE,
    "people.duplicates": ABOUT_PEOPLE,
    "people.survivor": ABOUT_PEOPLE,
    "people.never_merge": ABOUT_PEOPLE,
    "organizations.match": ABOUT_PEOPLE,
    "organizations.survivor": ABOUT_PEOPLE,
    "conflicts.default": "tests/unit/project/test_words_about_people.py::test_who_wins_where_both_desks_changed_a_field_stands_in_the_file",
    "conflicts.fields": "tests/unit/project/test_words_about_people.py::test_who_wins_where_both_desks_changed_a_field_stands_in_the_file",
    "conflicts.after_cut_over": "tests/unit/project/test_phase_words.py::test_who_wins_changes_on_the_day_of_the_cut_over",
    "clean.1.id": "tests/unit/mapping/test_cleaning.py::test_a_hold_lifts_only_the_rules_that_it_names",
    "clean.2.id": "tests/unit/mapping/test_cleaning.py::test_a_hold_lifts_only_the_rules_that_it_names",
    "clean.3.id": "tests/unit/mapping/test_vocabulary.py::test_what_a_hold_is_called_and_why_it_stands_is_told_to_people",
    "clean.3.because": "tests/unit/mapping/test_vocabulary.py::test_what_a_hold_is_called_and_why_it_stands_is_told_to_people",
    "clean.1.do": "tests/flow/test_clean_archive.py::test_archived_tickets_are_told_written_and_read_back",
    "clean.3.unused": "tests/unit/mapping/test_condition_lint.py::test_a_hold_for_tickets_to_come_can_say_so",
    "fields.1.split": "tests/unit/mapping/test_value_tables.py::test_the_sign_between_levels_can_be_any_in_the_field_and_in_the_file_of_values",
    "phases.0.limit": "tests/unit/project/test_phase_words.py::test_a_plan_of_a_phase_takes_no_more_than_its_limit",
    "phases.3.pace": "tests/unit/project/test_phase_words.py::test_an_apply_of_a_phase_keeps_the_pace_of_the_phase_and_no_plan_depends_on_it",
    "phases.4.history": "tests/unit/mapping/test_phases.py::test_each_phase_decides_about_its_history",
    "new_values": "tests/unit/project/test_new_values.py::test_stop_makes_no_plan_until_a_rule_names_the_value",
    "order": "tests/flow/test_order_of_tickets.py::test_new_numbers_rise_in_the_order_of_the_mapping",
    "golden": "tests/unit/project/test_golden.py::test_golden_tickets_open_each_report_and_change_no_plan",
    "accept": "tests/unit/mapping/test_where_it_stands.py::test_no_plan_depends_on_golden_tickets_or_on_where_criteria_stand",
}
"""Words whose effect no ticket of one mapping shows: those about accounts that are there, later changes, and what is looked at. Word -> the test that shows it."""
NO_PLAN = ("golden", "accept")
"""Words on which no plan depends, by decision: the digest does not know them."""
SAID_ANYWAY = {
    "exits.merged.to", "people.customers.invite", "links.other_phase", "comments.internal", "attachments.way", "history.comments",
    "history.dates", "provenance.rest",
}  # fmt: skip
"""Words that have one value, which holds without them too: whoever reads the file sees what is done, every other value is refused."""


def leaves(tree: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield the place of every value that is no table and no list; and of empty ones."""
    inner = (
        list(tree.items())
        if isinstance(tree, dict)
        else list(enumerate(tree))
        if isinstance(tree, list)
        else []
    )
    if not inner:
        yield path
    for key, value in inner:
        yield from leaves(value, (*path, key))


VALUES: dict[str, tuple[Any, ...]] = {
    "route.4.when": ({"brand": "Globex"},),
    "phases.4.where": ({"brand": "Globex"},),
    "people.customers.when.tickets": (">= 3",),
    "people.unlicensed_assignee.assign": ("lead@acme.example",),
    "vars.vip.env": ("OTHER_VIP_ORG",),
    "vars.tz": ("America/New_York",),
    "route.4.request_type.by": ("brand",),
    "fields.5.from": ("updated",),
    "fields.6.from": ("handled_by",),
    "fields.10.as": ("checkbox", "decimal"),
    "fields.8.from": ("channel",),
    "text.header.locale": ("en_US",),
}
"""Other values for words that take only certain ones."""
WANTED = {
    "people.inactive_agents.as",
    "people.light_agents.as",
    "people.ai_agents.as",
    "fields.12.drop",
    "clean.3.do",
    "fields.6.from",
}
"""Words that what they belong to cannot do without: they go with it."""
WORDS = [path for path in leaves(TREE) if path[0] not in ("tests", "version")]


def variants(path: tuple[Step, ...]) -> Iterator[tuple[str, Any]]:
    """Yield (what was done, the tree): the word taken out, with other values, and last what it belongs to taken out."""
    value: Any = TREE
    for step in path:
        value = value[step]
    for other in (None, *_others(path, value)):
        tree = copy.deepcopy(TREE)
        holder: Any = tree
        for step in path[:-1]:
            holder = holder[step]
        if other is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = other
            if other == "drop" and isinstance(tree[path[0]], dict):
                tree[path[0]]["because"] = "decided"
        yield str(other or "out"), tree
    if len(path) > 1 and ".".join(map(str, path)) in WANTED:
        tree = copy.deepcopy(TREE)
        holder = tree
        for step in path[:-2]:
            holder = holder[step]
        del holder[path[-2]]
        yield "out with what it belongs to", tree


def _others(path: tuple[Step, ...], value: str) -> Iterator[Any]:
    yield from VALUES.get(".".join(map(str, path)), ())
    number = re.search(r"\d+", value)
    if number:
        yield value[: number.start()] + str(int(number[0]) + 1) + value[number.end() :]
    yield value + "x"
    yield from (word for word in OTHERS if word != value)


def told(file: MappingFile) -> Iterator[Any]:
    """Yield what comes out of a mapping, one thing after the other: tickets, people, organizations, what is made, what the check says."""
    made = missing_definitions(file, SOURCE, DEFINITIONS.target, DEFINITIONS.features)
    target = augmented(DEFINITIONS.target, made)
    engine = Engine(file, SOURCE, target, DEFINITIONS.features, LOOKUPS, NOW, WAYS)
    for mapped in chain(
        map(engine.case, CASES), map(engine.person, people()), map(engine.organization, organizations())
    ):
        fates = {key: (*fate[:3], _PLACE.sub("", fate.by)) for key, fate in mapped.fates.items()}
        findings = [(item.code, _PLACE.sub("", item.message)) for item in mapped.findings]
        yield (
            mapped.outcome,
            mapped.record,
            mapped.phase,
            mapped.way,
            findings,
            fates,
            _PLACE.sub("", mapped.because),
            mapped.newly_visible,
        )
    yield made
    found = lint(file, SOURCE, target, DEFINITIONS.features)
    yield sorted((item.code, _PLACE.sub("", item.message)) for item in found)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[Any]]]:
    """The folder of the mapping, its digest, and all that comes out of it."""
    folder = tmp_path_factory.mktemp("words") / "mig"
    shutil.copytree(FOLDER, folder)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ACME_VIP_ORG", "Umbrella Shop")
        environment.setenv("OTHER_VIP_ORG", "Private Ltd")
        file = loaded(folder, TREE)
        assert file is not None
        yield folder, file.digest, list(told(file))


def loaded(folder: Path, tree: Any) -> MappingFile | None:
    (folder / "mapping.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), "utf-8")
    try:
        return load(folder / "mapping.yaml")
    except MappingError:
        return None


def shown_elsewhere(name: str) -> str | None:
    return next(
        (test for word, test in ELSEWHERE.items() if name == word or name.startswith(f"{word}.")), None
    )


@pytest.mark.slow
@pytest.mark.seeded
@pytest.mark.parametrize(
    "path", [pytest.param(path, id=".".join(map(str, path))) for path in drawn(WORDS, 30, "words")]
)
def test_a_word_taken_out_or_said_otherwise_changes_the_digest_and_what_comes_out(
    path: tuple[Step, ...], whole: tuple[Path, str, list[Any]]
) -> None:
    folder, digest, before = whole
    name = ".".join(map(str, path))
    if name in SAID_ANYWAY:
        read = {
            what: file.digest for what, tree in variants(path) if (file := loaded(folder, tree)) is not None
        }
        assert read == {"out": digest}
        return
    other_digest = False
    for _, tree in variants(path):
        file = loaded(folder, tree)
        if file is None or file.digest == digest:
            continue
        other_digest = True
        if shown_elsewhere(name) or any(now != then for now, then in zip(told(file), before, strict=False)):
            return
    assert shown_elsewhere(name), name
    if path[0] in NO_PLAN:
        assert not other_digest


def test_what_is_shown_elsewhere_is_shown_there() -> None:
    for word, test in ELSEWHERE.items():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), test
        assert any(".".join(map(str, path)).startswith(word) for path in WORDS), word
    assert {".".join(map(str, path)) for path in WORDS} >= SAID_ANYWAY
    assert len(ELSEWHERE) * 5 < len(WORDS)


def test_a_version_that_is_not_known_is_refused(whole: tuple[Path, str, list[Any]]) -> None:
    assert loaded(whole[0], {**TREE, "version": "2"}) is None


@pytest.mark.parametrize(
    ("old", "new"), [("because: litigation", "because: an audit"), ("id: hold,", "id: kept,")]
)
def test_what_a_hold_is_called_and_why_it_stands_is_told_to_people(
    old: str, new: str, whole: tuple[Path, str, list[Any]]
) -> None:
    text = (FOLDER / "mapping.yaml").read_text("utf-8")
    assert text.count(old) == 1
    said = []
    for each in (text, text.replace(old, new)):
        (whole[0] / "mapping.yaml").write_text(each, "utf-8")
        file = load(whole[0] / "mapping.yaml")
        setup = Setup(file, SOURCE, DEFINITIONS.target, DEFINITIONS.features, LOOKUPS, NOW)
        said.append(repr(in_words(setup, None, None, [])))
    assert said[0] != said[1]
