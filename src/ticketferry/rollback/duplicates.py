"""Makes the plan that deletes copies: tickets that a plan brought more than once, all but the one that was bound."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import orjson

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import ChangeRow, OpRow
from ticketferry.plan.file.writer import PlanWriter
from ticketferry.plan.inputs import Inputs
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Operation, Outcome, Target, WriteResult
from ticketferry.sdk.templates import decode
from ticketferry.store.idmap import COPIES, IdMap

__all__ = ["build_copies"]


def build_copies(
    path: Path, plan: PlanFile, target: Target, idmap: IdMap, *, header: dict[str, Any], inputs: Inputs
) -> PlanFile:
    """Write the plan that deletes the copies of `plan`'s tickets that are still there, and return it opened. Writes to no desk."""
    with PlanWriter.saved(path) as writer:
        count = 0
        for row, id_ in _there(plan, target, idmap):
            count += 1
            _add(writer, row, id_, target)
        figures = {"reversed operations": count}
        endpoints = {endpoint.name: endpoint for endpoint in target.endpoints}
        writer.finish({**header, "kind": "rollback", "undoes": "", "figures": figures}, inputs, endpoints)
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
            present = {wire.ref.id for wire in wires if wire.root is None and not wire.gone}
            yield from ((row, id_) for id_ in ids if id_ in present and id_ != known)


def _add(writer: PlanWriter, row: OpRow, id_: str, target: Target) -> None:
    """Add one copy's deletion, under a ref of its own: the ticket itself is not touched."""
    own = parse_ref(row.subject)
    copy = Ref(own.desk, own.kind, f"{own.id}~{id_}")
    made = Operation(row.key, copy, row.endpoint, cast("Any", decode(orjson.loads(row.params))), None, copy)
    undo = target.undo([(made, WriteResult(row.key, "done", {"id": id_}))], None).operations
    operation = Operation(f"{row.key}/copy/{id_}", copy, undo[0].endpoint, undo[0].params, undo[0].body, copy)
    writer.add(
        ChangeRow(
            0, str(copy), copy.kind.value, Outcome.GONE, "", "", (), {}, "", "a copy", id_, "a copy", (), {"number": own.id}
        ),
        [operation],
    )  # fmt: skip
