"""Makes the plan that deletes copies: tickets that a plan brought more than once, all but the one that was bound."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import orjson

from ticketferry.plan import batches
from ticketferry.plan.definition import OpRow, PlanFile, dump_operation, pack_json
from ticketferry.plan.inputs import Inputs
from ticketferry.plan.writing import create, finish
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Operation, Outcome, Target, WriteResult
from ticketferry.sdk.templates import decode
from ticketferry.store.idmap import COPIES, IdMap

__all__ = ["build_copies"]


def build_copies(
    path: Path, plan: PlanFile, target: Target, idmap: IdMap, *, header: dict[str, Any], inputs: Inputs
) -> PlanFile:
    """Write the plan that deletes the copies of `plan`'s tickets that are still there, and return it opened. Writes to no desk."""
    with TemporaryDirectory(dir=path.parent, prefix=".plan-") as folder:
        connection = create(Path(folder) / "plan")
        try:
            count = 0
            for row, id_ in _there(plan, target, idmap):
                count += 1
                _add(connection, count, row, id_, target)
            batches.form(connection, {endpoint.name: endpoint for endpoint in target.endpoints})
            figures = {"reversed operations": count}
            finish(connection, {**header, "kind": "rollback", "undoes": "", "figures": figures}, inputs)
        finally:
            connection.close()
        (Path(folder) / "plan").chmod(0o600)
        (Path(folder) / "plan").replace(path)
    return PlanFile(path)


def _there(plan: PlanFile, target: Target, idmap: IdMap) -> Iterator[tuple[OpRow, str]]:
    """Yield the operation that made each ticket of the plan, with the id of a copy of it that is still there."""
    seen: set[str] = set()
    for name in [endpoint.name for endpoint in target.endpoints if "id" in endpoint.gives]:
        for row in plan.operations("endpoint = ? AND subject = root", (name,)):
            ref, ids = parse_ref(row.subject), (idmap.get(row.subject, COPIES) or "").split()
            if ref.kind is not Kind.TICKET or not ids or row.subject in seen:
                continue
            seen.add(row.subject)
            known = idmap.get(row.subject)
            wires = target.fetch([Ref(ref.desk, Kind.TICKET, id_) for id_ in ids])
            found = {wire.ref.id for wire in wires if wire.root is None and not wire.gone}
            yield from ((row, id_) for id_ in ids if id_ in found and id_ != known)


def _add(connection: sqlite3.Connection, number: int, row: OpRow, id_: str, target: Target) -> None:
    """Add one copy's deletion, under a ref of its own: the ticket itself is not touched."""
    own = parse_ref(row.subject)
    copy = Ref(own.desk, own.kind, f"{own.id}~{id_}")
    made = Operation(row.key, copy, row.endpoint, cast("Any", decode(orjson.loads(row.params))), None, copy)
    undo = target.undo([(made, WriteResult(row.key, "done", {"id": id_}))], None).operations
    operation = Operation(f"{row.key}/copy/{id_}", copy, undo[0].endpoint, undo[0].params, undo[0].body, copy)
    params, body, digest = dump_operation(operation)
    connection.execute(
        "INSERT INTO change VALUES (?, ?, ?, ?, '', '', '[]', '{}', '', ?, ?, ?, '[]', ?)",
        (
            number, str(copy), copy.kind.value, Outcome.GONE.value, "a copy", id_, "a copy",
            canonical({"number": own.id}).decode(),
        ),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, NULL, 1, 0, NULL, ?, ?, ?)",
        (
            number, operation.key, str(copy), str(copy), operation.endpoint, str(copy), digest, params,
            pack_json(body),
        ),
    )  # fmt: skip
