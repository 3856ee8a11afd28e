"""Records of the target in source terms: what the id map knows is turned back, everything else stays."""

from hypothesis import given
from hypothesis import strategies as st

from ticketferry.schema.rebase import rebase

KNOWN = {
    ("person", "70"): "acme:person:7",
    ("ticket", "10"): "acme:ticket:1",
    ("comment", "99"): "acme:comment:9",
}

refs = st.sampled_from(
    [
        "dest:person:70",
        "dest:person:71",
        "dest:ticket:10",
        "acme:person:7",
        "dest:",
        "dest:x",
        "",
        "other:person:70",
    ]
)
parts = st.fixed_dictionaries(
    {
        "ref": refs,
        "author": refs,
        "body": st.just({"html": '<p data-ref="dest:ticket:10">dest:ticket:10</p>'}),
    }
)
records = st.fixed_dictionaries(
    {"ref": refs},
    optional={
        "requester": refs,
        "subject": refs,
        "followers": st.lists(refs, max_size=3),
        "comments": st.lists(parts, max_size=2),
        "links": st.lists(st.fixed_dictionaries({"type": st.just("relates"), "to": refs}), max_size=2),
        "fields": st.dictionaries(st.text(max_size=2), refs, max_size=2),
    },
)


def source_of(kind, id_):
    return KNOWN.get((kind, id_))


@given(records)
def test_turning_back_twice_is_turning_back_once_and_changes_nothing_in_place(record):
    import copy

    before = copy.deepcopy(record)
    once = rebase(record, "dest", source_of)
    assert record == before
    assert rebase(once, "dest", source_of) == once
    assert once.get("subject") == record.get("subject")
    assert once.get("fields") == record.get("fields")


@given(records)
def test_where_the_id_map_knows_nothing_nothing_changes(record):
    assert rebase(record, "dest", lambda *_: None) == record


def test_every_place_that_holds_a_reference_is_turned_back():
    record = {
        "ref": "dest:ticket:10",
        "requester": "dest:person:70",
        "assignee": "dest:person:71",
        "followers": ["dest:person:70", "dest:person:71"],
        "comments": [
            {
                "ref": "dest:comment:99",
                "author": "dest:person:70",
                "body": {
                    "html": '<p><span data-person="dest:person:70">A</span> <a data-ticket="dest:ticket:10" href="dest:ticket:10">x</a></p>'
                },
            }
        ],
        "links": [{"type": "relates", "to": "dest:ticket:10"}, {"type": "remote", "url": "dest:ticket:10"}],
        "body": {"html": '<img data-ref="dest:attachment:1">'},
    }
    found = rebase(record, "dest", source_of)
    assert (found["ref"], found["requester"], found["assignee"]) == (
        "acme:ticket:1",
        "acme:person:7",
        "dest:person:71",
    )
    assert found["followers"] == ["acme:person:7", "dest:person:71"]
    comment = found["comments"][0]
    assert (comment["ref"], comment["author"]) == ("acme:comment:9", "acme:person:7")
    assert 'data-person="acme:person:7"' in comment["body"]["html"]
    assert 'data-ticket="acme:ticket:1" href="dest:ticket:10"' in comment["body"]["html"]
    assert found["links"] == [
        {"type": "relates", "to": "acme:ticket:1"},
        {"type": "remote", "url": "dest:ticket:10"},
    ]
    assert found["body"] == record["body"]
