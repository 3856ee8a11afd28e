"""Hash vectors: what makes two records equal, and which field moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.schema.vectors import moved, part_key, still_theirs, vector, version

values = (
    st.none()
    | st.booleans()
    | st.integers(0, 3)
    | st.text(max_size=2)
    | st.lists(st.text(max_size=2), max_size=3)
)
SETS = ("tags", "followers", "components")
names = st.sampled_from(["subject", "status", "tags", "followers", "priority", "external_id", "components"])
lists = st.lists(st.text(max_size=2), max_size=3)
records = st.dictionaries(names, values, max_size=6).flatmap(
    lambda record: st.fixed_dictionaries(
        {key: lists if key in SETS else st.just(value) for key, value in record.items()}
    )
)
vectors = st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=5)


@given(records, st.randoms(use_true_random=False))
def test_order_of_keys_and_of_sets_does_not_matter(record, random):
    other = {}
    for key in random.sample(sorted(record), len(record)):
        value = record[key]
        if key in SETS:
            value = random.sample(value, len(value))
        other[key] = value
    assert vector(other) == vector(record)
    assert version(vector(other)) == version(vector(record))


@given(vectors, vectors)
def test_what_moved_is_what_differs(one, other):
    fields = moved(one, other)
    assert fields == moved(other, one)
    assert (not fields) is (one == other)
    assert {key: value for key, value in one.items() if key not in fields} == {
        key: value for key, value in other.items() if key not in fields
    }


@given(records, records)
def test_versions_are_equal_where_vectors_are(one, other):
    assert (version(vector(one)) == version(vector(other))) is (vector(one) == vector(other))


def comment(**more):
    return {
        "ref": "dest:comment:9",
        "origin": "acme:comment:5",
        "public": True,
        "body": {"html": "<p>a</p>"},
        **more,
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {},
            {
                "ref": "x:ticket:1",
                "origin": "y",
                "native": {"a": 1},
                "number": "7",
                "url": "u",
                "events": [1],
                "sla": [1],
            },
        ),
        ({"subject": ""}, {"tags": [], "fields": {}, "body": None}),
        (
            {"comments": [comment()]},
            {"comments": [comment(ref="dest:comment:10", native={"a": 1}, url="x", header="h")]},
        ),
        (
            {"identities": [{"type": "email", "value": "a"}]},
            {"identities": [{"type": "email", "value": "a", "primary": True}]},
        ),
        ({"fields": {"a": ["x", "y"]}}, {"fields": {"a": ["y", "x"]}}),
        (
            {
                "requester": "p",
                "provenance": {"k": 1, "people": {"p": "Ann <a@x>"}, "requester": "Ann <a@x>"},
            },
            {
                "requester": "p",
                "provenance": {"k": 1, "people": {"p": "Bea <b@x>"}, "requester": "Bea <b@x>"},
            },
        ),
    ],
)
def test_what_a_desk_names_itself_is_no_difference(one, other):
    assert vector(one) == vector(other)


@pytest.mark.parametrize(
    ("one", "other", "fields"),
    [
        ({"subject": "a"}, {"subject": "b"}, {"subject"}),
        ({"public": False}, {}, {"public"}),
        ({"fields": {"Serial no.": "1"}}, {"fields": {"Serial no.": 1}}, {'fields["Serial no."]'}),
        ({"comments": [comment()]}, {"comments": [comment(public=False)]}, {"comments[acme:comment:5]"}),
        ({"comments": [comment()]}, {}, {"comments[acme:comment:5]"}),
        ({"links": [{"type": "relates", "to": "acme:ticket:2"}]}, {"links": [{"type": "relates", "to": "acme:ticket:3"}]},
         {"links[relates:acme:ticket:2:0]", "links[relates:acme:ticket:3:0]"}),
        ({"links": [{"type": "remote", "url": "u"}]}, {"links": [{"type": "remote", "url": "u", "title": "t"}]}, {"links[remote:u:0]"}),
        ({"links": [{"type": "blocks", "to": "a", "inward": True}]}, {"links": [{"type": "blocks", "to": "a"}]},
         {"links[blocks:a:1]", "links[blocks:a:0]"}),
        ({"identities": [{"type": "email", "value": "a"}]}, {"identities": [{"type": "email", "value": "b"}]}, {"identities"}),
        ({"provenance": {"assignee": "Ann"}}, {"provenance": {"assignee": "Bea"}}, {"provenance"}),
    ],
)  # fmt: skip
def test_each_field_part_and_link_is_told_apart(one, other, fields):
    assert moved(vector(one), vector(other)) == fields


def test_a_part_is_named_by_the_record_it_stands_for():
    assert part_key(comment()) == "acme:comment:5"
    assert part_key({"ref": "acme:comment:5"}) == "acme:comment:5"


def test_what_people_changed_stays_theirs_when_we_write_beside_it():
    before = {"subject": "ours", "status": "open", "priority": "low", "due": "d"}
    image = {"subject": "theirs", "status": "solved", "priority": "low", "comments[c]": "theirs"}
    seen = {"subject": "ours again", "status": "solved", "priority": "high", "comments[c]": "theirs"}
    kept = still_theirs(seen, before, image)
    assert kept == {"subject": "ours again", "status": "open", "priority": "high", "due": "d"}
    assert moved(kept, seen) == {"status", "due", "comments[c]"}
