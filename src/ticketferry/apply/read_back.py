"""Reads what was just written: the hash vector of what the target shows goes to the id map beside what was wanted."""

from collections.abc import Mapping, Sequence

from ticketferry.errors import RetryableError
from ticketferry.extract.roots import translated_roots
from ticketferry.plan.context import PlanContext
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Connector, Target, Wire
from ticketferry.sdk.pacing import Clock, pause

__all__ = ["read_current", "records_of"]

FIRST_WAIT = 0.5


def read_current(
    target: Target,
    connector: Connector,
    planning: PlanContext,
    roots: Sequence[tuple[Ref, str]],
    clock: Clock,
    *,
    expected: bool = True,
    whole: bool = False,
) -> dict[Ref, Record | None]:
    """Fetch roots (source ref, target id) and return each as the target shows it now, in source terms.

    `expected`: they were written just now; a desk that does not show a fresh record at once is asked again for up to
    `settle_seconds`. `whole`: see `read_roots`. Raises RetryableError for a record that stays unread for as long: it is there, and nothing
    is known of it.
    """
    result: dict[Ref, Record | None] = {}
    open_roots = {Ref(planning.target.desk, ref.kind, id_): ref for ref, id_ in roots}
    waited, wait = 0.0, FIRST_WAIT
    unread: dict[Ref, str] = {}
    while open_roots:
        wires = target.fetch(list(open_roots))
        unread = {wire.root or wire.ref: wire.unread for wire in wires if wire.unread}
        shown = [root for root in open_roots if root not in unread]
        rows = [wire for wire in wires if (wire.root or wire.ref) not in unread]
        for target_ref, record in translated_roots(
            target, connector, shown, rows, planning.read_catalog, whole=whole
        ):
            if record is not None:
                result[open_roots.pop(target_ref)] = planning.in_source_terms(dict(record))
        if not open_roots or not (expected or unread) or waited >= max(target.limits.settle_seconds, 1.0):
            break
        pause(clock, wait, "the desk does not show yet what was just written")
        waited += wait
        wait = min(wait * 2, 10.0)
    for root, why in unread.items():
        raise RetryableError(why, where=str(root), remedy="Run the command again; it goes on.")
    for ref in open_roots.values():
        result[ref] = None
    return result


def records_of(
    planning: PlanContext, connector: Connector, asked: Mapping[Ref, str], wires: Sequence[Wire]
) -> dict[str, Record]:
    """Return what the target gave of the roots that it was `asked` for, in source terms, by what stands beside each; asks nothing."""
    roots = translated_roots(planning.compiler, connector, list(asked), wires, planning.read_catalog)
    return {
        asked[root]: planning.in_source_terms(dict(record)) for root, record in roots if record is not None
    }
