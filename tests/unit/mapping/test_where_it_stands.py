"""Words by which a moved ticket is found and left out: the old number, a marker, links to issues, the time of its end."""

import pytest
from tests.unit.mapping.desks import case, engine, mapping

from ticketferry.errors import MappingError
from ticketferry.mapping.loader import loads
from ticketferry.mapping.result import fate_of
from ticketferry.verify.witness_rules import rules_of

ISSUE = {"type": "remote", "title": "DEV-12", "url": "https://x.atlassian.example/browse/DEV-12"}
PAGE = {"type": "remote", "title": "a page", "url": "https://wiki.example/DEV-12"}


def test_the_old_number_stands_before_the_subject_where_people_search() -> None:
    maps = engine("text: {subject: {prefix: '[#{{ number }}] ', max: 20}}\n")
    mapped = maps.case(case(subject="{{ 7*7 }} Router <b>&"))
    assert mapped.record["subject"] == "[#12] {{ 7*7 }} Rou…"
    assert (
        fate_of(mapped.fates, "ticket[12].number").action,
        fate_of(mapped.fates, "ticket[12].number").to,
    ) == (
        "to",
        "subject",
    )
    assert maps.case(case(subject="")).record["subject"] == "[#12] (no subject)"
    also = engine(
        "text: {subject: {prefix: '#{{ number }} '}}\nprovenance: {number: {field: Zendesk ticket}}\n"
    )
    assert fate_of(also.case(case()).fates, "ticket[12].number").to == "fields.Zendesk ticket"


@pytest.mark.parametrize("prefix", ["{{ subject }}", "{{ number", "{{ now }}", "{% for a in b %}"])
def test_a_prefix_asks_for_the_number_alone(prefix: str) -> None:
    with pytest.raises(MappingError) as refused:
        mapping(f"text: {{subject: {{prefix: '{prefix}'}}}}\n")
    assert "mapping.yaml:17:18:" in refused.value.problems[0]


def test_the_witness_leaves_room_for_the_number_before_a_cut_subject() -> None:
    rules = rules_of(mapping("text: {subject: {prefix: '[{{ number }}] ', max: 40}}\n"), frozenset())
    assert rules.subject is not None
    assert rules.subject("Router is broken again and again") == "Router is"


def test_every_moved_ticket_bears_the_marker() -> None:
    maps = engine(
        "provenance: {marker: Ferry 2026}\ntags: {case: lower, spaces: '-', drop: [ferry-2026], because: x}\n"
    )
    assert maps.case(case()).record["tags"] == ["ferry-2026"]
    assert "tags" not in engine().case(case()).record


@pytest.mark.parametrize(
    ("word", "remote", "left"),
    [("keep", "", [ISSUE]), ("drop", "", []), ("keep", "remote: keep, ", [ISSUE, PAGE]), ("drop", "remote: keep, ", [PAGE]),
     ("keep", "remote: drop, ", [ISSUE])],
)  # fmt: skip
def test_links_to_issues_are_decided_apart_from_other_links(word: str, remote: str, left: list) -> None:
    mapped = engine(f"links: {{jira: {word}, {remote}because: gone}}\n").case(case(links=[ISSUE, PAGE]))
    assert mapped.record.get("links", []) == left
    assert fate_of(mapped.fates, "ticket[12].links[0]").action == ("to" if word == "keep" else "drop")
    if remote != "remote: keep, ":
        assert fate_of(mapped.fates, "ticket[12].links[1]").action == ("drop" if remote else "keep")


def test_an_issue_whose_site_nobody_named_is_kept_beside_and_dropped_where_the_mapping_says() -> None:
    bare = {"type": "remote", "title": "DEV-12"}
    kept = engine("links: {jira: keep}\n").case(case(links=[bare]))
    assert "links" not in kept.record
    assert kept.record["provenance"]["kept"]["ticket[12].links[0]"] == bare
    dropped = engine("links: {jira: drop, because: gone}\n").case(case(links=[bare]))
    assert "DEV-12" not in str(dropped.record)


def test_dropped_links_to_issues_need_a_reason() -> None:
    with pytest.raises(MappingError, match="needs `because`"):
        mapping("links: {jira: drop}\n")


CLEAN = "clean: [{id: old, when: {closed_before: 2019-01-01}, do: skip, because: retention}]\n"


@pytest.mark.parametrize(
    ("ticket", "stays"),
    [
        ({"stage": "closed", "status": "closed", "solved": "2018-05-01T00:00:00Z"}, False),
        ({"stage": "closed", "status": "closed", "solved": "2019-05-01T00:00:00Z"}, True),
        ({"stage": "closed", "status": "closed", "updated": "2018-05-01T00:00:00Z"}, False),
        ({"stage": "resolved", "status": "solved", "solved": "2018-05-01T00:00:00Z"}, True),
        ({"stage": "assigned", "updated": "2018-05-01T00:00:00Z"}, True),
        (
            {"stage": "closed", "status": "closed", "solved": "2018-12-30T00:00:00Z", "events": [
                {"ref": "acme:event:1", "type": "change", "field": "status", "before": "solved", "after": "closed", "time": "2019-01-03T00:00:00Z"}]},
            True,
        ),
    ],
)  # fmt: skip
def test_a_ticket_is_closed_when_it_was_closed_and_not_when_it_was_solved(ticket: dict, stays: bool) -> None:
    assert (engine(CLEAN).case(case(**ticket)).record is not None) is stays


def test_closed_is_a_time_and_nothing_else() -> None:
    for condition in (
        "{closed: 2019}",
        "{closed_before: soon}",
        "{closed: {matches: a}, closed_befor: 2019-01-01}",
    ):
        with pytest.raises(MappingError):
            mapping(f"clean: [{{id: old, when: {condition}, do: skip, because: x}}]\n")
    assert (
        engine("clean: [{id: open, when: {closed: absent}, do: skip, because: x}]\n").case(case()).record
        is None
    )


HEAD = "version: 1\nsource: zendesk\ntarget: jsm\n"


def test_file_is_another_word_for_the_import_file() -> None:
    text = HEAD + "way: file\nphases: [{name: a, where: always, way: file}]\n"
    rules = loads(text).rules
    assert (rules.way, rules.way_of("a")) == ("import-file", "import-file")
    assert loads(text).digest == loads(text.replace("file", "import-file")).digest


def test_no_plan_depends_on_golden_tickets_or_on_where_criteria_stand() -> None:
    plain = loads(HEAD)
    named = loads(HEAD + "golden: [1042, HELP-7]\naccept: acceptance.yaml\nlinks: {other_phase: mend}\n")
    assert named.rules.golden == ["1042", "HELP-7"]
    assert named.digest == plain.digest


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("golden: [1, 2, 1]", "twice"), ("golden: 7", "list"), ("golden: ['']", "number"), ("golden: [{a: b}]", "text"),
        ("accept: criteria.yaml", "beside migration.yaml"), ("way: fil", "not known here"), ("links: {other_phase: text}", "not known"),
    ],
)  # fmt: skip
def test_such_words_are_refused_where_they_say_something_else(line: str, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        loads(HEAD + line + "\n")
    assert said in refused.value.problems[0]
    assert refused.value.problems[0].startswith("mapping.yaml:4:")
