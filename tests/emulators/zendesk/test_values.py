"""Fields and tags that say the same thing: true for any request."""

from hypothesis import given
from hypothesis import strategies as st

from ticketferry_emulators.zendesk.models.values import normal_tags, settle, tags_of


def options(*tags):
    return [{"id": index, "name": tag.title(), "value": tag} for index, tag in enumerate(tags, 1)]


FIELDS = {
    1: {"id": 1, "type": "tagger", "title": "One", "custom_field_options": options("a", "b", "c")},
    2: {"id": 2, "type": "multiselect", "title": "Many", "custom_field_options": options("d", "e", "f")},
    3: {"id": 3, "type": "checkbox", "title": "Flag", "tag": "g"},
    4: {"id": 4, "type": "text", "title": "Text"},
}
TAGS = st.lists(st.sampled_from("abcdefghij"), unique=True)
VALUES = {
    1: st.sampled_from(["a", "b", "c", None]), 2: st.none() | st.lists(st.sampled_from("def"), unique=True, min_size=1),
    3: st.sampled_from([True, False, None]), 4: st.sampled_from(["x", None]),
}  # fmt: skip
SENT = st.fixed_dictionaries({}, optional=VALUES)
BEFORE = st.fixed_dictionaries(VALUES)
OWN = {1: set("abc"), 2: set("def"), 3: {"g"}}


@given(before=BEFORE, tags=TAGS, sent=SENT)
def test_every_value_has_its_tags_and_every_option_tag_its_value(before, tags, sent):
    values = dict(before)
    settled = settle(FIELDS, values, tags, sent)
    assert settled == sorted(set(settled))
    for number, known in OWN.items():
        assert known & set(settled) == set(tags_of(FIELDS[number], values[number]))
    assert set(tags) - set("abcdefg") <= set(settled) <= set(tags) | set("abcdefg")


@given(before=BEFORE, tags=TAGS, sent=SENT)
def test_what_a_request_sets_itself_wins(before, tags, sent):
    values = dict(before)
    settle(FIELDS, values, tags, sent)
    for number, value in sent.items():
        assert values[number] == value
    assert values[4] == sent.get(4, before[4])


@given(before=BEFORE, tags=TAGS, sent=SENT)
def test_the_same_wish_again_changes_nothing(before, tags, sent):
    values = dict(before)
    settled = settle(FIELDS, values, tags, sent)
    again = dict(values)
    assert settle(FIELDS, again, settled, {}) == settled
    assert again == values


@given(st.lists(st.text()))
def test_tags_are_single_words_in_lower_case(tags):
    found = normal_tags(tags)
    assert found == normal_tags(found)
    assert all(tag and not any(character.isspace() for character in tag) for tag in found)
    assert len(set(found)) == len(found)
