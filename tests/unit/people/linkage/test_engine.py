import random
from collections import Counter

import pytest
from tests.hard_people import KINDS, people, record

from ticketferry.people.cluster import cluster
from ticketferry.people.linkage.engine import link
from ticketferry.store.directory import DirectoryTables

RECOGNISED = {
    "accents_dropped", "apostrophe", "capitals", "cyrillic", "dots_of_gmail", "family_name_first", "married", "middle_name", "names_crossed",
    "personal_number", "same_day_and_home", "three_records", "title", "typo_in_family_name", "umlaut",
}  # fmt: skip
"""Kinds of which the tool joins what it can by itself."""
SHOWN = {
    "initial", "nickname", "moved_company", "private_and_at_work", "typo_in_address", "plus_address", "phones_written_otherwise", "not_verified",
    "of_two_brands", "one_external_id", "day_and_month_crossed",
}  # fmt: skip
"""Kinds that are one person, and that a person has to say so of."""


def linked(records, folder, **more):
    linkage = link(iter(records), folder, **more)
    pairs = list(linkage.pairs())
    linkage.tables.close()
    return pairs, linkage


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    named = list(people(3_000, seed=7))
    who = {person["ref"]: truth for truth, person in named}
    records = [person for _, person in named]
    return who, records, *linked(records, tmp_path_factory.mktemp("linkage"))


def test_nobody_is_joined_with_somebody_else_by_the_tool(hard):
    who, _, pairs, linkage = hard
    assert len(KINDS) >= 60
    joined = [pair for pair in pairs if pair.band == "automatic"]
    assert len(joined) > 300
    assert [pair for pair in joined if who[pair.one] != who[pair.other]] == []
    assert all(len({who[ref] for ref in members}) == 1 for members in linkage.clusters)
    assert all(pair.tie and not pair.never for pair in joined)


def test_who_is_written_otherwise_is_recognised_or_shown_to_a_person(hard):
    who, _, pairs, _ = hard
    found = {band: Counter() for band in ("automatic", "review")}
    for pair in pairs:
        if who[pair.one] == who[pair.other]:
            found[pair.band][who[pair.one].rsplit("-", 2)[0]] += 1
    assert set(found["automatic"]) == RECOGNISED
    assert set(found["review"]) >= SHOWN


def test_neither_order_nor_repetition_changes_anything(hard, tmp_path):
    _, records, pairs, linkage = hard
    mixed = records[:]
    random.Random(3).shuffle(mixed)
    again, other = linked(mixed, tmp_path)
    assert again == pairs
    assert other.clusters == linkage.clusters


def test_reasons_add_up_to_the_score(hard):
    *_, pairs, _ = hard
    for pair in pairs[::50]:
        total = pair.prior + sum(reason.weight for reason in pair.reasons)
        assert total == pytest.approx(pair.score, abs=0.1)


def test_what_exact_keys_join_counts_when_a_group_is_looked_at(tmp_path):
    """Two who share a mailbox and a name are one already; that one of them has another number keeps a third away."""
    records = [
        record("Ann Berg", "ann.berg@firm1.example", ref="acme:person:1", external_id="K1"),
        record("Ann Berg", "ann.berg@firm1.example", "annberg77@gmail.com", ref="acme:person:2"),
        record("Berg, Ann", "ann.berg77@gmail.com", ref="acme:person:3", external_id="K2"),
    ]
    pairs, linkage = linked(records, tmp_path, joined=[("acme:person:2", "acme:person:1")])
    assert linkage.clusters == ()
    assert {pair.band for pair in pairs} == {"review"}
    assert any("external ids differ" in pair.never for pair in pairs)


def test_the_oldest_of_a_group_comes_first(tmp_path):
    records = [
        record("Ann Berg", "ann.berg@firm1.example", ref="acme:person:9", created="2015-01-01T00:00:00Z"),
        record("Berg, Ann", "ann.berg@firm1.example", ref="acme:person:10", created="2012-01-01T00:00:00Z"),
        record("ANN BERG", "ann.berg@firm1.example", ref="acme:person:2"),
    ]
    _, linkage = linked(records, tmp_path)
    assert linkage.clusters == (("acme:person:10", "acme:person:9", "acme:person:2"),)


def test_exact_keys_and_near_matches_together_join_nobody_wrongly(tmp_path):
    named = list(people(1_500, seed=11))
    who = {person["ref"]: truth for truth, person in named}
    directory = DirectoryTables.new(tmp_path / "directory.db")
    cluster((person for _, person in named), directory)
    joined = directory.connection.execute("SELECT ref, survivor FROM survivors").fetchall()
    directory.close()
    assert joined
    _, linkage = linked([person for _, person in named], tmp_path, joined=joined)
    assert [pair for pair in joined if who[pair[0]] != who[pair[1]]] == []
    assert all(len({who[ref] for ref in members}) == 1 for members in linkage.clusters)


def test_a_desk_of_nobody_and_of_one_is_no_fault(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "none").mkdir()
    assert linked([record("Ann", "ann@firm1.example", ref="acme:person:1")], tmp_path / "one")[0] == []
    assert linked([], tmp_path / "none")[0] == []


def test_hostile_names_and_addresses_stop_nothing(tmp_path):
    texts = [
        "",
        " ",
        "'; DROP TABLE traits; --",
        "\0",
        "😀",
        "a" * 3_000,
        "名無し",
        "\u202egnp",
        "@",
        ",",
        "Dr.",
        "Jr",
        "%s {0}",
    ]
    records = [
        record(
            text,
            f"x{place}'@firm.example",
            ref=f"acme:person:{place}-{twice}",
            phones=(text,),
            fields={"ssn": text, "dob": text},
        )
        for place, text in enumerate(texts)
        for twice in "ab"
    ]
    pairs, _ = linked(records, tmp_path)
    assert all(
        pair.one.rpartition("-")[0] == pair.other.rpartition("-")[0]
        for pair in pairs
        if pair.band == "automatic"
    )


def test_one_name_and_day_in_like_named_streets_of_two_towns_joins_nobody(tmp_path):
    """Many towns have a Station Street, and it has a number 7 in each."""
    fields = {"street": "Station Street", "house_number": "7", "date_of_birth": "1980-03-04"}
    towns = ({"postcode": "10115", "city": "Norberg"}, {"postcode": "80331", "city": "Seedorf"})
    records = [
        record("Ann Wickgaard", ref=f"acme:person:{place}", fields={**fields, **town})
        for place, town in enumerate((*towns, towns[0]))
    ]
    pairs, linkage = linked(records, tmp_path)
    assert {(pair.one, pair.other) for pair in pairs if pair.band == "automatic"} == {
        ("acme:person:0", "acme:person:2")
    }
    assert linkage.clusters == (("acme:person:0", "acme:person:2"),)
