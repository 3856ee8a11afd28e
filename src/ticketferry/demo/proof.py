"""Compares what a desk's own ledger saw with the plan, one write by one: same endpoint, same body after substitution."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Protocol, cast

from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import load_operation, unpack_json
from ticketferry.schema.records import canonical
from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.sdk.contract import Blob, Endpoint, Operation
from ticketferry.sdk.templates import encode, resolve
from ticketferry.store.idmap import IdMap

__all__ = ["Proof", "SeenWrite", "prove_writes"]

_LEFT = re.compile(r"\{\w+\}")
_NOTHING = sha256(b"").hexdigest()


class SeenWrite(Protocol):
    """One write request as a desk's ledger has it (`ticketferry_emulators.kit.ledger.Entry`)."""

    method: str
    path: str
    json: Any
    digest: str | None
    """SHA-256 of the body as it was sent; None where it was empty."""
    uploads: Sequence[Any]
    status: int | None


@dataclass(slots=True)
class Proof:
    """How the writes that a desk saw and the operations of a plan fit together."""

    requests: int = 0
    matched: int = 0
    """Operations that were seen at least once."""
    repeated: int = 0
    """Further times that operations were seen."""
    refused: int = 0
    """Planned requests that the desk put off (429): it did nothing, and they came again."""
    silent: int = 0
    """Operations for which the target sends nothing: what they ask for holds already."""
    unseen: list[str] = field(default_factory=list)
    """Operations of the plan that no request carried."""
    strange: list[str] = field(default_factory=list)
    """Writes that are no operation of the plan."""

    @property
    def unplanned(self) -> int:
        """Count writes that are no operation of the plan."""
        return len(self.strange)


def prove_writes(
    plan: PlanFile,
    endpoints: Iterable[Endpoint],
    idmap: IdMap,
    seen: Iterable[SeenWrite],
    render: Callable[[Ref], dict[str, Operation]] | None = None,
    prepared: Callable[[Operation], Operation | None] | None = None,
) -> Proof:
    """Fit every write that was seen to an operation of the plan. `render` compiles a root again where the plan holds no body.

    `prepared`: what a target makes of a resolved operation where a plan cannot know it all; None where it sends nothing for it.
    A request of a batching endpoint carries one list of items; each item is one operation. A file is sent as it is, or in a form.
    """
    known = {endpoint.name: endpoint for endpoint in endpoints}
    planned: dict[tuple[str, str], dict[bytes, list[str]]] = defaultdict(lambda: defaultdict(list))
    keys: list[str] = []
    silent = 0
    for row in plan.operations():
        endpoint = known[row.endpoint]
        if endpoint.file:
            continue  # a person imports it: no request of ours carries it
        if row.body is not None:
            body = unpack_json(row.body)
        else:
            assert render is not None, "needed for bodies that the plan leaves out"
            body = encode(render(parse_ref(row.root))[row.key].body)
        operation = load_operation(row, body)
        slot = lambda ref, name: idmap.get(str(ref), name) or ""  # noqa: E731
        sent: Operation | None = replace(
            operation,
            params=cast("dict[str, Any]", resolve(dict(operation.params), slot)),
            body=resolve(operation.body, slot),
        )
        if prepared is not None:
            sent = prepared(cast("Operation", sent))
        if sent is None:
            silent += 1
            continue
        params = cast("dict[str, Any]", sent.params)
        path = endpoint.path
        for name, value in params.items():
            path = path.replace("{" + name + "}", str(value))
        # What only the write itself finds out (an imported comment) is what its answer gave.
        path = _LEFT.sub(idmap.get(row.subject) or "", path)
        for form in _forms(sent.body, params, batch=endpoint.batch > 1):
            planned[endpoint.method, path][form].append(row.key)
        keys.append(row.key)
    proof = Proof(silent=silent)
    times: Counter[str] = Counter()
    for write in seen:
        proof.requests += 1
        bodies = planned.get((write.method, write.path))
        items = _items(write, bodies) if bodies is not None else None
        if items is None:
            proof.strange.append(f"{write.method} {write.path}")
            continue
        if write.status == HTTPStatus.TOO_MANY_REQUESTS:
            proof.refused += 1
            continue
        for operations in items:
            key = min(operations, key=lambda name: times[name])
            times[key] += 1
    proof.matched = len(times)
    proof.repeated = sum(times.values()) - len(times)
    proof.unseen = [key for key in keys if key not in times]
    return proof


def _forms(body: Any, params: dict[str, Any], *, batch: bool) -> list[bytes]:
    """Return how an operation can look in a request: its body, or in a batch also its only value."""
    if isinstance(body, Blob):
        return [canonical([body.sha256])]
    if isinstance(body, dict) and body.keys() == {"text", "media_type"}:
        return [canonical([sha256(body["text"].encode()).hexdigest()])]
    blobs = [value for value in body.values() if isinstance(value, Blob)] if isinstance(body, dict) else []
    if blobs:
        return [canonical([blob.sha256]) for blob in blobs]
    forms = [canonical(body)]
    if batch:
        values = list(body.values()) if isinstance(body, dict) else list(params.values())
        forms.extend(canonical(value) for value in values[:1])
        # A list of one is put together with others of its kind: accounts that are added together.
        forms.extend(
            canonical(value[0]) for value in values[:1] if isinstance(value, list) and len(value) == 1
        )
    return forms


def _items(write: SeenWrite, bodies: dict[bytes, list[str]]) -> list[list[str]] | None:
    if write.uploads:
        key = bodies.get(canonical([write.uploads[0].sha256]))
        return [key] if key else None
    raw = bodies.get(canonical([write.digest or _NOTHING])) if write.json is None else None
    if raw:
        return [raw]
    whole = bodies.get(canonical(write.json))
    if whole:
        return [whole]
    lists = (
        [value for value in write.json.values() if isinstance(value, list)]
        if isinstance(write.json, dict)
        else []
    )
    if len(lists) != 1:
        return None
    parts = [bodies.get(canonical(item)) for item in lists[0]]
    return cast("list[list[str]]", parts) if parts and all(parts) else None
