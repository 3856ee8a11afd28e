"""Each word of the language, taken from the model itself, is seen where the loader passes it over; and the agreed vocabulary is that of this version."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.rounds import drawn
from tests.unit.mapping.every_word import ALL_WORDS, EveryWord
from tests.unit.mapping.test_vocabulary import ABOUT_PEOPLE, ROOT

from ticketferry.mapping.condition_values import ASKED
from ticketferry.mapping.json_schema import mapping_schema
from ticketferry.project.config import _TOP

EXPECTED = "tests/unit/mapping/test_examples.py::test_a_word_of_expect_holds_or_is_told"
GIVEN = (
    "tests/unit/mapping/test_examples.py::test_a_word_of_given_reaches_the_ticket_and_absent_takes_it_away"
)
WHO_WINS = "tests/unit/project/test_words_about_people.py::test_who_wins_where_both_desks_changed_a_field_stands_in_the_file"
PLACES = "tests/unit/mapping/test_places.py::test_agents_without_an_account_and_apps_get_a_placeholder_of_their_own"
ASKED_FOR = "tests/unit/mapping/test_people_rules.py::test_a_word_that_asks_for_placeholders_needs_no_description_of_them"
ORDER = "tests/flow/test_order_of_tickets.py::test_new_numbers_rise_in_the_order_of_the_mapping"
PROFILES = "tests/unit/mapping/test_profile_fields.py::test_fields_of_people_go_to_the_fields_that_rules_name_and_others_keep_their_names"
ELSEWHERE = {
    "Expect.": EXPECTED,
    "Given.": GIVEN,
    "GivenComment.": "tests/unit/mapping/test_examples.py::test_comments_have_an_author_and_are_public_unless_they_are_not",
    "Conflicts.after_cut_over": "tests/unit/project/test_phase_words.py::test_who_wins_changes_on_the_day_of_the_cut_over",
    "Conflicts.": WHO_WINS,
    "Rules.conflicts": WHO_WINS,
    **{
        f"PeopleSection.{word}": ABOUT_PEOPLE
        for word in ("match", "agents", "duplicates", "rewrite_email", "never_merge", "survivor")
    },
    "NeverMergeRule.": ABOUT_PEOPLE,
    **{f"Organizations.{word}": ABOUT_PEOPLE for word in ("match", "survivor")},
    "Organizations.domains": "tests/flow/test_whose_account.py::test_domains_that_are_written_last_or_not_at_all_make_nobody_a_member",
    **{f"PeopleSection.{word}": PLACES for word in ("other_agents", "automations", "placeholder")},
    "Automations.name": PLACES,
    "OtherAgents.name": PLACES,
    "PeopleSection.deleted": ASKED_FOR,
    "PeopleSection.contested": ASKED_FOR,
    "GroupRule.team": "tests/unit/mapping/test_groups.py::test_the_mapping_may_call_it_another_name",
    "Links.types": "tests/unit/mapping/test_places.py::test_link_types_go_by_their_names_in_letters_of_any_case",
    "Links.remote": "tests/unit/mapping/test_dropping.py::test_a_dropped_value_is_nowhere",
    "Redaction.with": "tests/unit/mapping/test_cleaning.py::test_a_rule_takes_out_where_it_says_only",
    "LanguageRule.values": "tests/unit/mapping/test_language.py::test_the_target_has_words_of_its_own",
    "LanguageRule.missing": "tests/unit/mapping/test_language.py::test_a_text_that_does_not_tell_is_never_guessed",
    "Comments.voice": "tests/unit/mapping/test_files_left.py::test_a_call_without_its_recording_keeps_the_address_of_it",
    "PhaseRule.pace": "tests/unit/project/test_phase_words.py::test_an_apply_of_a_phase_keeps_the_pace_of_the_phase_and_no_plan_depends_on_it",
    "HistoryRules.because": "tests/unit/mapping/test_reasons.py::test_what_is_dropped_wants_its_reason",
    "UnlicensedAssignee.assign": "tests/unit/mapping/test_people_rules.py::test_files_refuse_words_that_change_what_they_hold",
    "ProfileRule.values": PROFILES,
    "ProfileRule.missing": PROFILES,
    "Text.links": "tests/unit/mapping/test_guide_links.py::test_text_leaves_the_words_and_takes_only_links_to_articles_of_the_old_desk",
    "Text.repair": "tests/unit/mapping/test_cleaning.py::test_broken_texts_are_mended_where_people_wrote_and_nowhere_else",
    "Rules.golden": "tests/unit/project/test_golden.py::test_golden_tickets_open_each_report_and_change_no_plan",
    "Rules.order": ORDER,
    "Order.serial_keys": ORDER,
}
"""Words whose effect no mapped ticket shows -> the test that shows it; `Section.` stands for all of a section."""


def elsewhere(name: str) -> str | None:
    return next(
        (
            test
            for word, test in ELSEWHERE.items()
            if name == word or (word.endswith(".") and name.startswith(word))
        ),
        None,
    )


NAMES = [name for name in ALL_WORDS if elsewhere(name) is None]


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EveryWord]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ACME_VIP_ORG", "Umbrella Shop")
        yield EveryWord(tmp_path_factory.mktemp("every"))


@pytest.mark.slow
@pytest.mark.seeded
@pytest.mark.parametrize("name", drawn(NAMES, 8, "every word"))
def test_a_word_that_the_loader_passes_over_is_missed(name: str, every: EveryWord) -> None:
    assert every.seen(ALL_WORDS[name]), name


def test_every_word_has_a_test_and_those_that_are_named_are_there() -> None:
    assert len(NAMES) * 10 > len(ALL_WORDS) * 6
    for word, test in ELSEWHERE.items():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), test
        assert any(each.startswith(word) for each in ALL_WORDS), word


@pytest.fixture
def agreed(shared: Path) -> str:
    """The part of the agreed screens that is about the mapping file."""
    path = shared / "experience.md"
    if not path.exists():
        pytest.skip(f"no {path}")
    text = path.read_text("utf-8")
    return text[text.index("## 2.") : text.index("## 3.")]


def test_the_agreed_file_is_one_that_an_editor_takes(agreed: str) -> None:
    found = re.search(r"```yaml\n(.*?)```", agreed, re.DOTALL)
    assert found is not None
    faults = Draft202012Validator(mapping_schema()).iter_errors(yaml.safe_load(found[1]))
    assert [f"{'.'.join(map(str, fault.absolute_path))}: {fault.message[:80]}" for fault in faults] == []


def test_every_agreed_word_is_one_of_this_version(agreed: str) -> None:
    words: set[str] = set()
    for line in agreed.split("### The vocabulary")[1].splitlines():
        for cell in re.findall(r"`([^`]*)`", line):
            words.update(re.findall(r"[a-z][a-z_]+", cell.replace("migration.yaml", "")))
    schema = str(mapping_schema())
    known = {name.split(".")[1] for name in ALL_WORDS} | set(_TOP) | set(ASKED["ticket"])
    assert len(words) > 100
    unknown = {word for word in words - known if f"'{word}'" not in schema}
    # Words of the grammar of conditions and of variables, which are no keys; and the start of a status' name.
    assert unknown <= {
        "all",
        "any",
        "not",
        "always",
        "present",
        "absent",
        "matches",
        "before",
        "after",
        "env",
        "true",
        "none",
        "custom",
    }
