"""A mark in a text comes back as it was, whatever the record holds and whatever an editor does around it."""

import json
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk import From, Join, Kind, Ref
from ticketferry.sdk.body import from_html, to_text
from ticketferry.sdk.mark_text import newest, packed, unpacked
from ticketferry.sdk.templates import resolve

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def private(value):
    """The two signs that are taken out of texts."""
    return json.dumps(value).replace("\\uf8f0", "\\ufffd").replace("\\uf8f1", "\\ufffd")


@given(VALUES)
def test_any_value_comes_back_out_of_a_page(value):
    text = packed({"ref": "acme:ticket:1", "record": value})
    assert isinstance(text, str)
    page = f"<p><strong>who &amp; when</strong></p>\n<p>{text}</p>"
    assert escape(text, quote=False) == text, "nothing in it is markup"
    mark = unpacked(to_text(from_html(page)[0]))
    assert mark is not None
    assert json.dumps(mark["record"]) == private(value)


def test_values_that_apply_knows_stand_where_they_were_put():
    comment = Ref("acme", Kind.COMMENT, "5")
    text = packed(
        {"ref": "acme:ticket:1", "parts": [[From(comment), "a"], [From(comment, "other"), "\uf8f00\uf8f1"]]}
    )
    assert isinstance(text, Join)
    told = resolve(text, lambda ref, slot: f"{ref.id}-{slot}")
    assert unpacked(told)["parts"] == [["5-id", "a"], ["5-other", "\ufffd0\ufffd"]]


def test_what_is_no_mark_is_none():
    for text in (
        "",
        "hello",
        '{"ticketferry":',
        '{"ticketferry":2,"ref":"a"}',
        '{"ticketferry":1}',
        '{"ticketferry":1,"ref":"acme:ti',
    ):
        assert unpacked(text) is None


def test_the_newest_note_of_a_workspace_counts():
    def note(ref, **more):
        return str(packed({"ref": ref, "workspace": "here", **more}))

    notes = [("9", note("old")), ("10", note("new")), ("11", note("b", workspace="there")), ("12", "words")]
    assert newest(notes, "here")[0] == "10", "numbers count up, as numbers"
    assert newest(notes, "here")[1]["ref"] == "new"
    assert newest(notes, "nowhere") == ("", {})
