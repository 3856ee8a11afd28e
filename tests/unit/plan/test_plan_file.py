"""A plan file: what was saved is read as it was, and what is no plan is said to be none."""

import sqlite3
import zlib

import orjson
import pytest

from ticketferry.errors import StalePlanError, WorkspaceError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import FORMAT, OpRow, load_operation, pack_operation, unpack_json
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Blob, From, Join, Operation

REF = Ref("acme", Kind.TICKET, "1:2")


def row(operation, **changes):
    packed = pack_operation(operation)
    values = {
        "seq": 1, "key": operation.key, "root": str(REF), "subject": str(operation.subject), "endpoint": operation.endpoint,
        "lane": str(operation.lane), "prev": None, "tail": True, "batch": 1, "expect": operation.expect, "digest": packed.digest,
        "params": packed.params, "body": packed.body, **changes,
    }  # fmt: skip
    return OpRow(**values)


OPERATION = Operation(
    "acme:ticket:1/create",
    REF,
    "ticket.create",
    {"id": From(REF, "key"), "$odd": 1},
    {
        "text": Join(("see ", From(REF))),
        "file": Blob("ab", "a ü.txt", "text/plain"),
        "$from": ["a", None, 1.5, "😀\r\n"],
    },
    REF,
    "seen:1",
)


def test_an_operation_is_read_as_it_was_saved():
    saved = row(OPERATION)
    assert load_operation(saved, unpack_json(saved.body)) == OPERATION


def test_a_body_that_an_older_version_packed_is_read():
    saved = row(OPERATION)
    older = saved._replace(body=zlib.compress(orjson.dumps(unpack_json(saved.body)), 6))
    assert load_operation(older, unpack_json(older.body)) == OPERATION


@pytest.mark.parametrize("changes", [{"params": "{}"}, {"digest": "0" * 32}])
def test_another_operation_than_was_planned_is_not_sent(changes):
    saved = row(OPERATION, **changes)
    with pytest.raises(StalePlanError, match="would not be sent as it was planned"):
        load_operation(saved, unpack_json(saved.body))
    with pytest.raises(StalePlanError):
        load_operation(row(OPERATION), None)


def test_the_same_operation_has_the_same_digest_whatever_the_order_of_its_keys():
    turned = Operation(
        OPERATION.key, REF, OPERATION.endpoint, dict(reversed(OPERATION.params.items())), OPERATION.body, REF
    )
    assert pack_operation(turned).digest == pack_operation(OPERATION).digest


def test_a_plan_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(WorkspaceError, match="no plan p-07"):
        PlanFile(tmp_path / "p-07.plan")


@pytest.mark.parametrize("data", [b"", b"garbage" * 1_000])
def test_a_file_that_is_no_plan_says_to_make_a_new_one(tmp_path, data):
    path = tmp_path / "p-01.plan"
    path.write_bytes(data)
    with pytest.raises(WorkspaceError, match="damaged") as caught:
        PlanFile(path)
    assert "ticketferry plan" in caught.value.remedy


def test_a_plan_of_a_newer_version_is_refused(tmp_path):
    path = tmp_path / "p-01.plan"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE header(key TEXT, value TEXT)")
        connection.execute("INSERT INTO header VALUES ('format', ?)", (str(FORMAT + 1),))
    connection.close()
    with pytest.raises(WorkspaceError, match="newer ticketferry"):
        PlanFile(path)
