"""Values of fields: cascades as one table, tags that become values and values that become tags."""

from pathlib import Path

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, case, engine, field, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import load
from ticketferry.mapping.result import fate_of
from ticketferry.sdk.contract import Outcome, Severity

CASCADE = {
    "id": "kind", "key": "kind", "name": "Kind", "type": "cascading", "of": "ticket",
    "options": [
        {"value": "Hardware", "name": "Hardware"}, {"value": "Software", "name": "Software"}, {"value": "Other", "name": "Other"},
        {"value": "Router", "name": "Router", "parent": "Hardware"}, {"value": "Cable", "name": "Cable", "parent": "Hardware"},
        {"value": "Firmware", "name": "Firmware", "parent": "Software"},
    ],
}  # fmt: skip
SOURCE = {**ZENDESK, "fields": [*ZENDESK["fields"], CASCADE]}
DEVICES = {**CASCADE, "id": "devices", "key": "devices", "name": "Devices"}
TARGET = {**JIRA, "fields": [*JIRA["fields"], DEVICES]}
TABLE = "{Hardware::Router: Software::Firmware, hardware: Hardware, Software: Other, '*': fail}"


def told(values: str, more: str = "") -> list[str]:
    rule = f"fields: [{{from: fields.kind, to: Devices, values: {values}{more}}}]\n"
    rows = lint(mapping(rule), SOURCE, TARGET, JSM)
    return [
        f"{row.code} {row.message}" for row in rows if "fields" in row.message or "Devices" in row.message
    ]


@pytest.mark.parametrize(
    ("levels", "want"),
    [
        (["Hardware", "Router"], ["Software", "Firmware"]),
        (["Hardware", "Cable"], ["Hardware"]),
        (["Hardware"], ["Hardware"]),
        (["Software", "Firmware"], ["Other"]),
        (" hardware :: ROUTER", ["Software", "Firmware"]),
        (["Hardware", "Router", "Old::est"], ["Software", "Firmware"]),
    ],
)
def test_a_cascade_is_one_table_over_whole_paths_and_the_level_above_decides_for_those_below(
    levels, want
) -> None:
    maps = engine(
        f"fields: [{{from: fields.kind, to: Devices, values: {TABLE}}}]\n", source=SOURCE, target=TARGET
    )
    mapped = maps.case(case(fields={"kind": levels}))
    assert mapped.record["fields"]["Devices"] == want
    assert fate_of(mapped.fates, "ticket[12].fields.kind").to == "fields.Devices"


def test_a_path_without_any_entry_rejects_the_ticket_whole_and_not_level_by_level() -> None:
    maps = engine(
        f"fields: [{{from: fields.kind, to: Devices, values: {TABLE}}}]\n", source=SOURCE, target=TARGET
    )
    refused = maps.case(case(fields={"kind": ["Other", "Router"]}))
    assert refused.outcome is Outcome.REJECT
    assert "`Other::Router` of fields.kind has no rule" in refused.because


def test_the_sign_between_levels_can_be_any_in_the_field_and_in_the_file_of_values(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "kind.csv").write_text(
        "source,target\nHardware > Router,Software > Firmware\nHardware,Other\n"
    )
    base = mapping().document
    assert base is not None
    from tests.unit.mapping.desks import BASE, NOW, Desks

    from ticketferry.mapping.engine import Engine

    (tmp_path / "m.yaml").write_text(
        BASE
        + "fields: [{from: fields.city, to: Devices, as: cascading, split: '>', values_file: values/kind.csv}]\n"
    )
    maps = Engine(load(tmp_path / "m.yaml"), SOURCE, TARGET, JSM, Desks(), NOW)
    for text, want in (("Hardware >  router", ["Software", "Firmware"]), ("hardware>Cable", ["Other"])):
        assert maps.case(case(fields={"city": text})).record["fields"]["Devices"] == want


def test_values_apply_to_each_part_that_a_sign_makes() -> None:
    maps = engine(
        "fields: [{from: fields.city, to: Affected regions, split: ';', values: {eu: EMEA, ap: APAC}}]\n"
    )
    assert maps.case(case(fields={"city": "EU; ap"})).record["fields"]["Affected regions"] == ["EMEA", "APAC"]
    refused = maps.case(case(fields={"city": "eu;us"}))
    assert "`us` of fields.city has no rule" in refused.because


def test_a_table_level_by_level_still_works_where_no_key_is_a_path() -> None:
    values = "{Hardware: Software, Router: Firmware}"
    maps = engine(
        f"fields: [{{from: fields.kind, to: Devices, values: {values}}}]\n", source=SOURCE, target=TARGET
    )
    assert maps.case(case(fields={"kind": ["Hardware", "Router"]})).record["fields"]["Devices"] == [
        "Software",
        "Firmware",
    ]


def test_check_holds_paths_against_both_desks() -> None:
    rows = told(
        "{Hardware::Router: Software::Firmwar, Hardware::Cabel: Hardware, Software::Firmware: Hardware::Firmware}"
    )
    assert any(
        "no option of Devices `Software::Firmwar`: did you mean `Software::Firmware`?" in row for row in rows
    )
    assert any("no option of Devices `Hardware::Firmware`" in row for row in rows), (
        "a level below another one"
    )
    assert any(
        "fields.kind has no option `Hardware::Cabel`: did you mean `Hardware::Cable`?" in row for row in rows
    )
    assert any("option `Hardware::Cable` of fields.kind is not decided" in row for row in rows)
    assert not any("`Hardware::Router` of" in row for row in rows)
    assert (
        told("{Hardware::Router: Software::Firmware, Hardware: Hardware, Software: Software, Other: Other}")
        == []
    )


FLAGS = "fields: [{from: tags, to: Affected regions, values: {vip-eu: EMEA, 'AP': APAC}}]\n"


def test_tags_become_values_of_a_field_and_stay_tags() -> None:
    mapped = engine(FLAGS).case(case(tags=["VIP-EU", "other", "ap"]))
    assert mapped.record["fields"]["Affected regions"] == ["EMEA", "APAC"]
    assert mapped.record["tags"] == ["VIP-EU", "other", "ap"]
    assert "fields" not in engine(FLAGS).case(case(tags=["other"])).record
    strict = engine(FLAGS.replace("APAC}", "APAC, '*': fail}")).case(case(tags=["other"]))
    assert strict.outcome is Outcome.REJECT


def test_tags_of_which_a_value_was_made_are_written_no_more_where_the_mapping_says_so() -> None:
    mapped = engine(FLAGS + "tags: {to_fields: drop}\n").case(case(tags=["other", "VIP-EU", "ap"]))
    assert mapped.record["tags"] == ["other"]
    own = fate_of(mapped.fates, "ticket[12].tags[1]")
    assert (own.action, own.to) == ("to", "fields.Affected regions")
    one = engine("fields: [{from: tags, to: CSAT, values: {a: Good, b: Bad}}]\ntags: {to_fields: drop}\n")
    clash = one.case(case(tags=["a", "b"]))
    assert clash.record["tags"] == ["a", "b"], "what does not fit stays a tag"
    assert [row.code for row in clash.findings] == ["F102"]


def test_a_rule_for_a_tag_that_is_dropped_first_is_named() -> None:
    rows = lint(mapping(FLAGS + "tags: {drop: ['vip-*'], because: x}\n"), ZENDESK, JIRA, JSM)
    blocked = [row.message for row in rows if row.severity is Severity.BLOCKER]
    assert any("drops the tag `vip-eu`" in row and "would make a value of it" in row for row in blocked), (
        blocked
    )


def test_values_and_constants_become_tags() -> None:
    rules = """fields:
  - {from: fields.symptoms, to: tags, values: {No signal: no-signal, noise: NOISE}}
  - {from: fields.city, to: tags, expr: "city-{{ fields.city }}", when: {fields.city: present}}
  - {set: {tags: Moved Here}, when: {priority: high}}
tags: {case: lower, spaces: "-"}
"""
    mapped = engine(rules).case(
        case(tags=["old"], priority="high", fields={"symptoms": ["no_signal", "noise"], "city": "Bad Ems"})
    )
    assert mapped.record["tags"] == ["old", "no-signal", "noise", "city-bad-ems", "moved-here"]
    assert fate_of(mapped.fates, "ticket[12].fields.symptoms").to == "tags"
    assert "fields" not in mapped.record
    assert lint(mapping(rules), ZENDESK, JIRA, JSM) == lint(mapping(), ZENDESK, JIRA, JSM)
    assert files_engine("fields: [{set: {tags: x}}]\n").case(case()).record["tags"] == ["x"]


def test_a_field_of_the_target_named_like_that_wins() -> None:
    target = {**JIRA, "fields": [*JIRA["fields"], field("t", "text", name="Tags")]}
    record = (
        engine("fields: [{from: fields.city, to: tags}]\n", target=target)
        .case(case(fields={"city": "Bonn"}))
        .record
    )
    assert (record["fields"]["Tags"], record.get("tags")) == ("Bonn", None)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{from: fields.city, to: tags, required: true}", "`required` has no effect on `to: tags`"),
        ("{from: fields.city, to: tags, as: text}", "`as` has no effect"),
        ("{from: fields.city, to: Address, split: ',', regex: {find: a, to: b}}", "beside"),
    ],
)
def test_words_without_effect_are_refused(rule: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        mapping(f"fields: [{rule}]\n")


RATING = {"score": "good", "comment": "quick & <b>kind</b>", "reason": "none given"}


def test_a_rating_goes_to_several_fields_by_one_rule() -> None:
    rules = """fields:
  - {from: satisfaction, to: {score: {to: CSAT, values: {good: Good, bad: Bad, "*": fail}}, comment: CSAT comment}, when: {tag: rated}}
  - {from: fields.city, to: Address}
"""
    maps = engine(rules)
    mapped = maps.case(case(satisfaction=RATING, tags=["rated"], fields={"city": "Bonn"}))
    assert mapped.record["fields"] == {"CSAT": "Good", "CSAT comment": RATING["comment"], "Address": "Bonn"}
    score, comment, reason = (fate_of(mapped.fates, f"ticket[12].satisfaction.{part}") for part in RATING)
    assert (score.to, comment.to, reason.action) == ("fields.CSAT", "fields.CSAT comment", "keep")
    assert "mapping.yaml:18:31" in score.by
    assert "mapping.yaml:18:93" in comment.by
    assert maps.case(case(satisfaction=RATING)).record.get("fields") is None
    assert (
        "`odd` of satisfaction.score has no rule"
        in maps.case(case(satisfaction={"score": "odd"}, tags=["rated"])).because
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{from: satisfaction, to: CSAT}", "a rating has parts"),
        ("{from: satisfaction, to: {scor: CSAT}}", "has no `scor`"),
        ("{from: satisfaction, to: {score: CSAT}, values: {a: b}}", "belongs to one part"),
        ("{from: satisfaction, to: {score: {to: CSAT, valus: {a: b}}}}", "did you mean `values`"),
        ("{from: fields.city, to: {a: b}}", "only `satisfaction` has parts"),
        ("{from: satisfaction, to: {}}", "which part goes where"),
        ("{from: satisfaction, to: {score: [a]}}", ""),
    ],
)
def test_a_rating_that_cannot_be_split_is_refused_with_its_place(rule: str, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        mapping(f"fields: [{rule}]\n")
    assert any(said in row and row.startswith("mapping.yaml:17:") for row in refused.value.problems), (
        refused.value.problems
    )
