"""A catalog asked by names: exact before any case of letters, the first of several, and nothing where there is none."""

from ticketferry.sdk.catalog_index import CatalogIndex
from ticketferry.sdk.naming import NamedRows, named

CATALOG = {
    "desk": "acme", "product": "neutral",
    "priorities": [{"id": "1", "name": "high"}, {"id": "2", "name": "High"}, {"id": "3", "name": "HIGH"}, {"id": "4", "name": "Straße"}],
    "fields": [{"id": "f1", "key": "Plan", "name": "Plan", "type": "text"}, {"id": "f2", "key": "plan", "name": "plan", "type": "text"}],
    "statuses": [{"id": "s", "name": "Open", "stage": "new"}],
    "native": {"own": 1},
}  # fmt: skip


def test_an_entry_is_found_by_its_exact_name_before_any_other_spelling():
    index = CatalogIndex(CATALOG)
    assert [index.id_of("priorities", name) for name in ("high", "High", "HIGH", "hIgH")] == [
        "1",
        "2",
        "3",
        "1",
    ]
    assert index.spelt("priorities", "STRASSE") == "Straße"
    assert [index.entry("priorities", "low"), index.id_of("brands", "x"), index.spelt("brands", "x")] == [
        None
    ] * 3


def test_fields_and_stages_are_found_too():
    index = CatalogIndex(CATALOG)
    assert [index.field(name)["id"] for name in ("Plan", "plan", "PLAN")] == ["f1", "f2", "f1"]
    assert (index.field_by_id("f2")["key"], index.field_by_id("none"), index.field("none")) == (
        "plan",
        None,
        None,
    )
    assert (index.stage("Open"), index.stage("open"), index.native, index.desk) == (
        "new",
        None,
        {"own": 1},
        "acme",
    )
    empty = CatalogIndex({"desk": "d", "product": "p"})
    assert (empty.field("x"), empty.stage("x"), empty.native) == (None, None, {})


def test_a_short_list_is_asked_the_same_way():
    rows = [{"name": "b", "id": 1}, {"name": "B", "id": 2}]
    assert [named(rows, name)["id"] for name in ("b", "B")] == [1, 2]
    assert named(None, "b") is None
    assert NamedRows([{"key": "X"}], "key").get("x") == {"key": "X"}
