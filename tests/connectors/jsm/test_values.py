"""Values of fields, times and marks: what is written, what reading it gives, and what does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.sdk import FieldDef, Json
from ticketferry.sdk.case_files import file_name
from ticketferry.sdk.messages import header_line, tree_of
from ticketferry_jsm import marks
from ticketferry_jsm.body import draft, draft_long, text_document
from ticketferry_jsm.body import plain as text_of
from ticketferry_jsm.client import errors_in
from ticketferry_jsm.fields import MisfitError, read_value, write_value
from ticketferry_jsm.wire import jira_time, neutral_time

OPTIONS = [
    {"id": "1", "value": "Ferry", "name": "Ferry"},
    {"id": "2", "value": "Plus", "name": "Plus", "parent": "Ferry"},
    {"id": "3", "value": "Old", "name": "Old", "active": False},
]


def field(kind: str) -> FieldDef:
    return {"id": "customfield_1", "key": "F", "name": "F", "type": kind, "options": OPTIONS}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("kind", "value", "wire", "back"),
    [
        ("text", "  a\r\nb ", "a b", "a b"),
        ("text", True, "true", "true"),
        ("decimal", "5.0", 5, 5),
        ("decimal", 2.5, 2.5, 2.5),
        ("date", "2024-02-29T23:59:59Z", "2024-02-29", "2024-02-29"),
        ("datetime", "2024-02-29", "2024-02-29T00:00:00.000+0000", "2024-02-29T00:00:00Z"),
        (
            "datetime",
            "2024-03-01T01:00:00.25+02:00",
            "2024-02-29T23:00:00.250+0000",
            "2024-02-29T23:00:00.250Z",
        ),
        ("select", "ferry", {"id": "1"}, "Ferry"),
        ("multiselect", ["Ferry", "Ferry"], [{"id": "1"}], ["Ferry"]),
        ("cascading", "Ferry::plus", {"id": "1", "child": {"id": "2"}}, ["Ferry", "Plus"]),
        ("labels", ["two words", "x"], ["two-words", "x"], ["two-words", "x"]),
        ("url", "https://a.example/ä", "https://a.example/ä", "https://a.example/ä"),
    ],
)
def test_a_value_is_written_in_the_form_of_its_field(kind: str, value: Json, wire: Json, back: Json) -> None:
    written = write_value(field(kind), value)
    assert written.wire == wire
    assert written.back == back


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "x" * 256),
        ("text", {"a": 1}),
        ("textarea", "x" * 40_000),
        ("decimal", "many"),
        ("decimal", "nan"),
        ("decimal", 1e300),
        ("date", "29.2.2024"),
        ("date", "2023-02-30"),
        ("datetime", "soon"),
        ("select", "Old"),
        ("select", ["Ferry", "Plus"]),
        ("multiselect", False),
        ("cascading", ["Ferry", "Nope"]),
        ("url", "ftp://a.example"),
        ("user", "ada@acme.example"),
        ("user", "acme:ticket:1"),
        ("sd-sla-field", "x"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_without_being_quoted(kind: str, value: Json) -> None:
    with pytest.raises(MisfitError) as caught:
        write_value(field(kind), value)
    assert str(value) not in str(caught.value)


@given(st.text(max_size=200))
def test_text_of_a_text_area_reads_as_it_was_expected(value: str) -> None:
    written = write_value(field("textarea"), value)
    assert (read_value(field("textarea"), written.wire) or "") == written.back


@given(st.text(alphabet=st.characters(blacklist_categories=("Cc", "Cs")), max_size=200))
def test_printable_text_survives_a_document(value: str) -> None:
    assert text_of(text_document(value)) == value


def test_times_of_every_kind_become_one_form() -> None:
    assert neutral_time("2022-05-17T04:06:55.076-0700") == "2022-05-17T11:06:55.076Z"
    assert neutral_time("2022-05-17T04:06:55.000+0000") == "2022-05-17T04:06:55Z"
    assert neutral_time(1_492_070_429) == neutral_time(1_492_070_429_000) == "2017-04-13T08:00:29Z"
    assert neutral_time({"epochMillis": 1_492_070_429_000}) == "2017-04-13T08:00:29Z"
    assert neutral_time("yesterday") is None
    assert neutral_time(None) is None
    assert jira_time("2024-01-02T03:04:05Z") == "2024-01-02T03:04:05.000+0000"


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=20_000), max_size=4))
def test_a_mark_in_pieces_reads_as_it_was(record: dict[str, str]) -> None:
    mark: dict[str, Json] = {"ref": "acme:ticket:1", "workspace": "w", "number": "1", "record": dict(record)}
    rows = marks.pack(mark)
    assert rows is not None
    assert all(marks.size_of(row["value"]) <= 32_768 for row in rows)
    assert marks.unpack({row["key"]: row["value"] for row in rows}) == mark


def test_a_mark_that_does_not_fit_is_none_and_a_damaged_one_is_no_mark() -> None:
    assert marks.pack({"ref": "acme:ticket:1", "x": "y" * 200_000}) is None
    rows = marks.pack({"ref": "acme:ticket:1", "x": "y" * 60_000})
    assert rows is not None
    properties = {row["key"]: row["value"] for row in rows}
    del properties["ticketferry.source.2"]
    assert marks.unpack(properties) is None
    assert marks.unpack({"ticketferry.source": "somebody's own"}) is None


def test_text_that_looks_like_a_placeholder_stays_text() -> None:
    tree = tree_of({"html": "<p>tf-media:acme:attachment:1 <code>tf-ticket:acme:ticket:2</code></p>"})
    found = draft(tree, frozenset({"acme:attachment:1"}))
    assert found.media == ()
    assert found.tree == tree


def test_parts_of_a_long_body_fit_and_hold_every_character() -> None:
    tree = tree_of({"html": "<p>" + "wort 𐍈 " * 12_000 + "</p>"})
    parts = draft_long(tree, frozenset(), header="Ada")
    assert [part.header for part in parts] == [
        f"Ada ({number}/{len(parts)})" for number in range(1, len(parts) + 1)
    ]
    assert sum(str(part.document).count("𐍈") for part in parts) == 12_000
    assert all(len(text_of(part.document).encode("utf-16-le")) // 2 <= 32_767 for part in parts)


def test_a_header_is_one_line() -> None:
    assert header_line("Ada\n  Lovelace") == "Ada Lovelace"
    assert len(header_line("x" * 5_000)) == 1_000


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a/b\\c.txt", "c.txt"),
        ("", "file"),
        ("a\x00b\n.png", "ab.png"),
        ("x" * 300 + ".pdf", "x" * 246 + ".pdf"),
        ("ö 📎.txt", "ö 📎.txt"),
    ],
)
def test_file_names_are_such_as_jira_keeps(name: str, written: str) -> None:
    assert file_name(name) == written


def test_all_three_error_bodies_are_read() -> None:
    assert errors_in({"errorMessages": ["a"], "errors": {"f": "b"}}) == "a; f: b"
    assert errors_in({"errorMessage": "c", "i18nErrorMessage": {"i18nKey": "x"}}) == "c"
    assert errors_in({"errors": [{"message": "d"}]}) == "d"
    assert errors_in([]) == ""


@pytest.mark.parametrize("kind", ["text", "labels"])
@pytest.mark.parametrize("value", ["  ", "\n\t", "\u00a0"])
def test_a_blank_text_does_not_count_as_written(kind: str, value: str) -> None:
    """Jira keeps nothing of it: `verify` used to find the field empty where the plan had carried a value."""
    with pytest.raises(MisfitError, match="blank"):
        write_value(field(kind), value)


@pytest.mark.parametrize("name", [".", "..", "...", "a/..", " . ", "\u202e", ""])
def test_a_file_named_like_a_folder_gets_a_name(name: str) -> None:
    assert file_name(name) == "file"
