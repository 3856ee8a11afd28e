"""A table of fields: what is derived from its rows, and that the suite for such tables catches one that breaks a promise."""

from dataclasses import replace
from typing import ClassVar

import pytest

from ticketferry.schema.refs import parse_ref
from ticketferry.sdk.codec import (
    FLAG,
    SAME,
    TIME,
    FieldRow,
    FieldType,
    FieldWriter,
    LoggedFields,
    NoPlaceError,
    OnlyWhere,
    ReadContext,
    Reason,
    Written,
    fit,
    link,
    links,
    named,
    one_of,
    places,
    read_fields,
    ref_text,
    restore,
    shape_of,
    text,
    titles,
)
from ticketferry.sdk.contract import Disposition, Severity
from ticketferry.sdk.lane import Lane
from ticketferry.sdk.trace import derived
from ticketferry.sdk.values import MisfitError
from ticketferry.testing.codec_contract import CodecContract


class Site:
    def number(self, ref):
        return int(parse_ref(ref).id)

    def id_of(self, table, name):
        return {"brands": {"acme": 41}}[table].get(name.casefold())

    def spelt(self, table, name):
        return {"brands": {"acme": "Acme"}}[table].get(name.casefold())


def only_tasks(site, desired, expected):
    if expected.get("type") != "task":
        raise NoPlaceError("X-DUE", "only a task is due", "Map the type.")


ROWS = (
    FieldRow("subject", "title", text(20), default="(none)", exact="one line", code="X-TEXT"),
    FieldRow("type", "kind", one_of({"task", "question"}), code="X-NAME", misfit="no type {value!r}", remedy="Map it."),
    FieldRow("brand", "brand_id", named("brands", "the brand's name"), clears=False, unset="brand", code="X-NAME"),
    FieldRow("requester", "requester.id", link("person", {-1: "nobody"}), to="requester_id", unset="requester"),
    FieldRow("ccs", "cc_ids", links("person", 2), cleared=[], code="X-CCS", misfit="{value} get no copies"),
    FieldRow("due", "due_at", TIME, fits=only_tasks, exact="whole seconds", code="X-TIME"),
    FieldRow("public", "is_public", FLAG, to=None),
)  # fmt: skip
CONTEXT = ReadContext("desk", {"brands": {"41": "Acme"}})


def write(rows=ROWS, **record):
    writer = FieldWriter(
        {"ref": "acme:ticket:1", **record}, Site(), Lane(parse_ref("acme:ticket:1")), "the mark"
    )
    writer.write(rows)
    return writer


class TestRows(CodecContract):
    rows = ROWS
    site = Site()
    context = CONTEXT
    base: ClassVar = {"type": "task"}
    values: ClassVar = {
        "subject": ["short", "two\nlines and rather long"],
        "type": ["Task"],
        "brand": ["ACME"],
        "requester": ["acme:person:7"],
        "ccs": [["acme:person:1", "acme:person:2"]],
        "due": ["2021-02-03T04:05:06.7+01:00"],
    }
    misfits: ClassVar = {"type": ["Change"], "brand": ["Other"], "due": ["soon", "2021-02-03"]}


def broken(**rows):
    return tuple(rows.get(row.neutral, row) for row in ROWS)


def row(key, **more):
    return {key: replace(next(row for row in ROWS if row.neutral == key), **more)}


def lossy(value, site):
    return Written(str(value)[:5], str(value))


def greedy(value, site):
    return Written(value, value)


@pytest.mark.parametrize(
    ("rows", "test"),
    [
        (broken(**row("subject", type=FieldType(write=lossy))), "test_what_is_written_reads_as_expected"),
        (broken(**row("due", exact="")), "test_what_is_written_reads_as_expected"),
        (
            broken(**row("brand", type=replace(named("brands", "x"), read=SAME.read))),
            "test_what_is_written_reads_as_expected",
        ),
        (broken(**row("ccs", cleared=[7])), "test_what_is_cleared_reads_as_nothing"),
        (broken(**row("type", type=FieldType(write=greedy))), "test_a_misfit_is_kept_beside"),
        (broken(**row("type", code="")), "test_a_misfit_is_kept_beside"),
        (broken(**row("subject", exact="")), "test_the_longest_value_is_not_cut_in_silence"),
        (broken(**row("ccs", type=links("organization"))), "test_what_is_written_reads_as_expected"),
        (broken(**row("due", to="kind")), "test_every_row_is_tried"),
        (broken(**row("due", to=None)), "test_every_row_is_tried"),
    ],
)
def test_a_table_that_breaks_a_promise_is_caught(rows, test):
    for table, outcome in ((ROWS, "kept"), (rows, "caught")):
        suite = TestRows()
        suite.rows = table
        try:
            getattr(suite, test)()
            found = "kept"
        except AssertionError:
            found = "caught"
        assert found == outcome


def test_reading_gives_record_and_trace_and_leaves_what_it_cannot_read():
    wire = {
        "title": "a", "brand_id": 9, "requester": {"id": -1}, "cc_ids": [3, 4.0], "due_at": "soon", "is_public": "yes",
    }  # fmt: skip
    record, trace = read_fields(ROWS, wire, CONTEXT, "ticket[1]")
    assert record == {"subject": "a", "ccs": ["desk:person:3", "desk:person:4"]}
    assert trace.pop(derived("brand_id")) == "the brand's name"
    assert trace == {"title": "ticket[1].subject", "requester.id": "=nobody", "cc_ids": "ticket[1].ccs"}


def test_a_value_without_a_place_in_this_record_is_kept_and_told_by_the_reason():
    writer = write(type="question", due="2021-02-03T04:05:06Z")
    assert writer.unplaced == {"due": "2021-02-03T04:05:06Z"}
    assert [(f.code, f.message, f.remedy) for f in writer.lane.findings] == [
        ("X-DUE", "only a task is due", "Map the type.")
    ]
    assert "due_at" not in writer.body


def test_what_is_beyond_the_most_is_kept_with_its_place():
    writer = write(ccs=[f"acme:person:{number}" for number in (1, 2, 2, 3, 4)])
    assert writer.body["cc_ids"] == [1, 2]
    assert writer.unplaced == {"ccs[2]": ["acme:person:3", "acme:person:4"]}
    assert writer.lane.findings[0].message == "2 get no copies"
    assert {fate.path: fate.disposition for fate in writer.lane.fates} == {
        "ccs[2]": Disposition.KEPT,
        "ccs": Disposition.CARRIED,
    }


def test_an_update_writes_what_moved_in_either_record_and_undoing_it_what_was_there():
    wanted = write(subject="new", type="task")
    former = write(subject="old", brand="Acme", ccs=["acme:person:1"])
    new, back = wanted.moved(former, {"subject", "brand", "ccs"})
    assert new == {"title": "new", "brand_id": None, "cc_ids": []}
    assert back == {"title": "old", "brand_id": 41, "cc_ids": [1]}


def test_the_mark_gives_back_what_nobody_changed():
    writer = write(subject="two\nlines")
    assert (writer.exact, writer.unset) == ({"subject": ["two lines", "two\nlines"]}, ["brand", "requester"])
    record = {"subject": "two lines", "brand": "Acme"}
    restore(record, writer.exact, writer.unset)
    assert record == {"subject": "two\nlines"}
    edited = {"subject": "edited"}
    restore(edited, writer.exact)
    assert edited == {"subject": "edited"}


@pytest.mark.parametrize(
    ("field", "value", "name", "read"),
    [
        ("title", "a", "subject", "a"),
        ("brand_id", "41", "brand", "Acme"),
        ("brand_id", "9", "brand", "9"),
        ("requester.id", "7", "requester", "desk:person:7"),
        ("requester.id", "ann@x.example", "requester", "ann@x.example"),
        ("is_public", "1", "public", True),
        ("is_public", None, "public", None),
        ("elsewhere", "x", "elsewhere", "x"),
    ],
)
def test_the_change_log_speaks_of_the_record(field, value, name, read):
    logged = LoggedFields(ROWS)
    assert (logged.name(field), logged.value(field, value, CONTEXT)) == (name, read)
    assert logged.is_derived(field) is (field in ("brand_id", "is_public"))


def test_keys_with_a_place_are_those_that_are_written():
    assert places(ROWS) == {"subject", "type", "brand", "requester", "ccs", "due"}


@pytest.mark.parametrize("value", ["2021-02-03", "2021-02-30T00:00:00Z", "2021-02-03T00:00:00", 5, "\ud800"])
def test_what_is_no_moment_is_neither_read_nor_written(value):
    assert TIME.read(value, CONTEXT) is None
    with pytest.raises(MisfitError):
        TIME.write(value, Site())


def test_ids_are_whole_numbers_and_a_list_is_none():
    assert ref_text("d", "person", "51039.0") == ref_text("d", "person", 51039.0) == "d:person:51039"
    assert link("person", {-1: "nobody"}).read([1], CONTEXT) == "desk:person:[1]"
    assert isinstance(link("person", {-1: "nobody"}).read(-1.0, CONTEXT), Reason)


def test_custom_fields_that_do_not_fit_are_kept_beside_and_the_others_go_on():
    def fitted(name, value):
        if name == "lost":
            raise NoPlaceError("X-FIELD", "no such field", "Make it.")
        if value == "odd":
            raise MisfitError("it is odd {value}")
        return {"id": "7", "key": name, "name": name, "type": "text"}, value.upper()

    writer = write(fields={"lost": "a", "a.b": "odd", "kept": "x"})
    yielded = list(writer.custom_fields(fitted, "X-VALUE", "cannot hold it: {error}", "Map it."))
    assert [(path, value, known["key"], done) for path, value, known, done in yielded] == [
        ("fields.kept", "x", "kept", "X")
    ]
    assert writer.unplaced == {"fields.lost": "a", 'fields["a.b"]': "odd"}
    assert [(f.code, f.message, f.remedy) for f in writer.lane.findings] == [
        ("X-FIELD", "no such field", "Make it."),
        ("X-VALUE", "cannot hold it: it is odd {value}", "Map it."),
    ]


def test_what_has_no_place_is_kept_whole_with_what_the_record_kept_before():
    writer = write(
        kind="x", empty=[], brand="Other", provenance={"kept": {"a": 1}, "url": "there"}, url="here", sla=[1]
    )
    record, provenance = writer.keep_rest(places(ROWS) | {"ref", "provenance", "url", "sla"}, "url", "sla")
    assert record == {"kind": "x"}
    assert provenance == {"kept": {"a": 1}, "url": "there", "sla": [1], "unplaced": {"brand": "Other"}}
    assert {key: writer.expected[key] for key in ("kind", "provenance")} == {
        "kind": "x",
        "provenance": provenance,
    }
    assert writer.desired["provenance"] == {"kept": {"a": 1}, "url": "there"}


def test_the_shape_of_answers_comes_from_rows_and_an_odd_value_is_set_aside():
    shape = shape_of(ROWS, {"requester": {"name": (str,)}, "parts": [{"id": (int,)}]})
    odd = []
    body = {
        "title": ["no text"], "brand_id": 9, "requester": {"id": True, "name": "Ann"}, "cc_ids": [3, "4"], "is_public": 1, "parts": [{"id": 1}, 7],
        "other": object,
    }  # fmt: skip
    assert fit(body, shape, "", odd) == {
        **body, "title": None, "requester": {"id": None, "name": "Ann"}, "is_public": None, "parts": [{"id": 1}, {}],
    }  # fmt: skip
    assert odd == ["title", "requester.id", "is_public", "parts[1]"]
    fine = {"title": "a", "cc_ids": None}
    assert fit(fine, shape, "", odd) is fine


def test_a_condition_keeps_a_value_beside_and_both_codes_have_their_titles():
    condition = OnlyWhere("type", "task", "X-DUE", "only a task is due", "Map it.", title="Due, and no task")
    rows = (
        *(row for row in ROWS if row.neutral == "type"),
        FieldRow("due", "due_at", TIME, code="X-TIME", title="No time", fits=condition),
    )
    writer = write(rows, type="question", due="2021-02-03T04:05:06Z")
    assert (writer.unplaced, writer.lane.findings[0].code) == ({"due": "2021-02-03T04:05:06Z"}, "X-DUE")
    assert write(rows, type="task", due="2021-02-03T04:05:06Z").unplaced == {}
    assert titles(rows) == {"X-TIME": "No time", "X-DUE": "Due, and no task"}


def test_what_stands_in_by_itself_is_written_and_expected_and_one_that_does_not_fit_is_not():
    def rows(value):
        return [
            FieldRow(
                "type",
                "kind",
                one_of({"task", "question"}),
                stands_in=lambda _: value,
                unset="type",
                clears=False,
            )
        ]

    writer = write(rows("task"))
    assert (writer.body, writer.expected, writer.unset) == ({"kind": "task"}, {"type": "task"}, [])
    writer = write(rows("task"), type="Question")
    assert (writer.body, writer.expected) == ({"kind": "question"}, {"type": "question"})
    writer = write(rows("nonsense"))
    assert (writer.body, writer.unset, writer.lane.findings) == ({}, ["type"], [])


def test_a_request_says_blank_where_a_rule_of_the_product_would_fill_in():
    row = FieldRow("requester", "owner", link("person"), blank=True, cleared=0)
    assert write([row]).body == {"owner": 0}
    assert write([replace(row, blank=False)]).body == {}


def test_what_has_no_place_may_do_without_the_mark_unless_the_plan_stops():
    gone = []
    row = FieldRow(
        "type", "kind", one_of({"task"}), code="X-NAME", without=lambda writer, row, value: gone.append(value)
    )
    writer = write([row], type="Change")
    assert (gone, writer.unplaced, writer.lane.findings) == (["Change"], {}, [])

    def stops(*_):
        raise NoPlaceError("X-STOP", "refused", stops=True)

    writer = write([replace(row, fits=stops)], type="task")
    assert (writer.unplaced, writer.lane.findings[0].severity) == ({"type": "task"}, Severity.BLOCKER)


def test_of_a_list_each_item_that_does_not_fit_is_kept_at_its_place():
    def each(value, _):
        bad = [(index, item, MisfitError(f"no {item}")) for index, item in enumerate(value) if item != "a"]
        return Written(
            [item for item in value if item == "a"], [item for item in value if item == "a"], misfits=bad
        )

    row = FieldRow("tags", "labels", FieldType(write=each), cleared=[], code="X-TAG")
    writer = write([row], tags=["b", "a", "c"])
    assert (writer.body, writer.expected) == ({"labels": ["a"]}, {"tags": ["a"]})
    assert writer.unplaced == {"tags[0]": "b", "tags[2]": "c"}
    assert [finding.message for finding in writer.lane.findings] == ["no b", "no c"]
    writer = write([row], tags=["b"])
    assert (writer.body, writer.value("labels"), writer.of) == ({}, [], {"tags": ["labels"]})
