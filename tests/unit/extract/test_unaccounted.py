"""What is only compared is translated without accounts of its leaves: its vector is that of the whole translation."""

from types import SimpleNamespace

import pytest

from ticketferry.extract.ingest import translate, translate_unaccounted
from ticketferry.schema.refs import Kind, Ref
from ticketferry.schema.vectors import vector
from ticketferry.sdk.contract import Translated, Wire

REF = Ref("acme", Kind.TICKET, "1")
CONNECTOR = SimpleNamespace(bodies={"ticket": frozenset({"text"})})


def source(*records, trace=None):
    return SimpleNamespace(translate=lambda _wire, _catalog: Translated(records, trace or {}))


def test_the_vector_is_that_of_the_whole_translation_also_with_holes_and_values_that_no_trace_names():
    record = {
        "ref": str(REF),
        "subject": "Röhre",
        "due": None,
        "fields": {"a": "", "b": [], "c": {"d": None}, "e": 0, "f": False},
        "comments": [
            {"ref": "acme:comment:2", "body": {"html": "<p>x</p>"}, "author": None, "more": {"x": ""}}
        ],
        "native": {"links_beside": [["Relates", 0, "7"]]},
    }
    wire = Wire(REF, {"subject": "Röhre", "unnamed": ["a", {"b": 1}]}, None)
    desk = source(record, trace={"subject": "ticket[1].subject"})
    whole = translate(desk, CONNECTOR, wire, {})[1].records
    (slim,) = translate_unaccounted(desk, CONNECTOR, wire, {})
    assert whole[0]["native"]["unnamed[1].b"] == 1
    assert vector(slim) == vector(whole[0])
    assert {**slim, "native": whole[0]["native"]} == whole[0]
    assert slim["native"] == record["native"]


def test_a_record_without_a_translation_and_without_a_word_on_its_values_is_refused_as_ever():
    wire = Wire(REF, {"subject": "x"}, None)
    with pytest.raises(ValueError, match="no word on subject"):
        translate_unaccounted(source(), CONNECTOR, wire, {})
    assert (
        list(translate_unaccounted(source(trace={"subject": "=told elsewhere"}), CONNECTOR, wire, {})) == []
    )
    assert list(translate_unaccounted(source(), CONNECTOR, Wire(REF, None, None, gone=True), {})) == []
