"""Makes operations ready to send: symbolic values are filled in, those that have expired are made anew, what lacks one waits or is blocked."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import orjson

from ticketferry.apply.context import ApplyContext
from ticketferry.plan.file.rows import OpRow, load_operation, unpack_json
from ticketferry.plan.planner import Planner
from ticketferry.schema.refs import Ref, parse_ref
from ticketferry.sdk.contract import Endpoint, Finding, Operation, Repeat, Severity
from ticketferry.sdk.templates import decode, encode, resolve
from ticketferry.store.journal import OpState

__all__ = ["EXPIRY_SECONDS", "FAILED", "SKIPPED", "SymbolResolver", "held_slot"]

EXPIRY_SECONDS = 300.0
"""Slots that end sooner are made anew before they are used: the vendor may take that long to get to a job."""
RENDERED = 256
"""Roots whose rendered operations are kept."""
FAILED = frozenset({"rejected", "blocked", "conflict", "stopped"})
SKIPPED = "skipped"
"""State of an operation that a person gave up: no run tries it again, and what needs it waits in vain."""
"""States of operations that nothing will do in this run."""


class _MissingError(Exception):
    def __init__(self, ref: Ref, slot: str) -> None:
        super().__init__(f"{ref} {slot}")
        self.ref = ref
        self.slot = slot


class _ExpiredError(_MissingError):
    """A slot's value has ended at the vendor's, or is about to."""


def held_slot(context: ApplyContext, ref: Ref, slot: str) -> str:
    """Return a value of the id map that holds long enough to be used."""
    value = context.idmap.get(str(ref), slot)
    if value is None:
        raise _MissingError(ref, slot)
    expires = context.idmap.expires(str(ref), slot)
    if expires is not None and expires.timestamp() - EXPIRY_SECONDS <= context.clock.time():
        raise _ExpiredError(ref, slot)
    return value


class SymbolResolver:
    """The values of one plan. `whole`: no canary leaves givers out; `send_again`: sends once more what nobody sees, True when it was done.
    Thread-safe.
    """

    def __init__(
        self,
        context: ApplyContext,
        *,
        whole: bool,
        send_again: Callable[[Endpoint, OpRow, Operation], bool],
    ) -> None:
        self._context = context
        self._planner = Planner(context.planning, context.plan.id)
        self.whole = whole
        self._send_again = send_again
        self._lock = threading.Lock()
        self._rendered: OrderedDict[Ref, dict[str, Operation]] = OrderedDict()

    def head(self, row: OpRow, *, whole: bool) -> Operation | None:
        """Return an operation of a file without its body, or `whole`."""
        if whole:
            return self.fill(row, self.load(row))
        head = Operation(
            row.key, parse_ref(row.subject), row.endpoint, cast("Any", decode(orjson.loads(row.params))),
            None, parse_ref(row.lane),
        )  # fmt: skip
        return self.fill(row, head)

    def ready(self, row: OpRow, before: Mapping[int, OpState]) -> Operation | None:
        """Return the operation with its values filled in, or None where it has to wait for ever or for another run."""
        if row.prev is not None:
            state = before.get(row.prev)
            if state is None or state.state != "done":
                if state is not None and state.state == "blocked":
                    self._context.journal.mark([row.seq], "blocked", row.root, None)
                elif state is not None and state.state in (*FAILED, SKIPPED, "unknown"):
                    self.block(row, f"the step before it failed: {state.error or state.state}")
                return None
        return self.fill(row, self.load(row))

    def fill(self, row: OpRow, operation: Operation) -> Operation | None:
        """Fill in the values; None where one lacks: the row is blocked unless its giver is still to come."""
        renewed: set[tuple[Ref, str]] = set()
        while True:
            try:
                return self._resolved(operation)
            except _ExpiredError as error:
                if (error.ref, error.slot) in renewed or not self._renew(error.ref, error.slot):
                    self.block(row, f"`{error.slot}` of {error.ref} has expired and could not be made anew")
                    return None
                renewed.add((error.ref, error.slot))
            except _MissingError as error:
                self._block_missing(row, error)
                return None

    def _resolved(self, operation: Operation) -> Operation:
        held = partial(held_slot, self._context)
        return replace(
            operation,
            params=cast("Any", resolve(dict(operation.params), held)),
            body=resolve(operation.body, held),
        )

    def _block_missing(self, row: OpRow, error: _MissingError) -> None:
        giver = self._giver_state(error.ref)
        if giver is not None:
            self.block(row, f"it needs {error.ref}, which failed: {giver.error or giver.state}")
        elif self.whole and not self._awaits(error.ref):
            self.block(row, f"it needs `{error.slot}` of {error.ref}, which nothing gave")

    def _awaits(self, ref: Ref) -> bool:
        """Tell whether a record comes by a file that was not imported yet."""
        rows = list(self._context.plan.operations("subject = ?", (str(ref),)))
        filed = [row.seq for row in rows if self._context.endpoints[row.endpoint].file]
        states = self._context.journal.states(filed)
        return any(seq not in states or states[seq].state != "done" for seq in filed)

    def _renew(self, ref: Ref, slot: str) -> bool:
        """Send once more what gave a slot that has expired; only for writes that nobody sees (`Repeat.FREE`)."""
        rows = list(self._context.plan.operations("subject = ?", (str(ref),)))
        for row in rows:
            endpoint = self._context.endpoints[row.endpoint]
            if slot not in endpoint.gives or endpoint.repeat is not Repeat.FREE:
                continue
            operation = self.ready(
                row, self._context.journal.states([row.prev] if row.prev is not None else [])
            )
            return operation is not None and self._send_again(endpoint, row, operation)
        return False

    def _giver_state(self, ref: Ref) -> OpState | None:
        seqs = [row.seq for row in self._context.plan.operations("subject = ?", (str(ref),))]
        for state in self._context.journal.states(seqs).values():
            if state.state in (*FAILED, SKIPPED):
                return state
        return None

    def load(self, row: OpRow) -> Operation:
        """Return an operation with its body, its values not filled in."""
        if row.body is not None:
            return load_operation(row, unpack_json(row.body))
        root = parse_ref(row.root)
        with self._lock:
            rendered = self._rendered.get(root)
        if rendered is None:
            rendered = self._planner.render(root)
            with self._lock:
                self._rendered[root] = rendered
                while len(self._rendered) > RENDERED:
                    self._rendered.popitem(last=False)
        operation = rendered.get(row.key)
        body = encode(operation.body) if operation is not None else None
        return load_operation(row, body)

    def block(self, row: OpRow, why: str) -> None:
        """Note that a row cannot be sent, and why."""
        finding = Finding(
            "TF-BLOCKED", Severity.DOUBT, parse_ref(row.subject), row.endpoint, f"not sent: {why}"
        )
        self._context.journal.mark([row.seq], "blocked", row.root, finding)
