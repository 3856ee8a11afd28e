"""Single roots read from a desk, whole and as of now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketferry.desired.cases import assemble_records
from ticketferry.errors import RetryableError
from ticketferry.extract.ingest import Ingester, Translator, by_root, translate, translate_unaccounted
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Connector, Page, Source, Wire

__all__ = [
    "read_roots",
    "translated_roots",
    "without_parts_gone",
]


def without_parts_gone(ingester: Ingester, page: Page) -> int:
    """End what hung on roots that are gone, and parts that roots which come whole do not show any more."""
    changed = 0
    whole: list[Ref] = []
    for wire in page.records:
        if wire.root is not None or wire.unread:
            continue
        if wire.gone and wire.body is None:
            changed += ingester.snapshots.writer.remove_root_parts(ingester.snapshot, wire.ref, set())
        elif page.complete:
            whole.append(wire.ref)
    for root, wires in (by_root(page.records, whole) if whole else {}).items():
        changed += ingester.whole(root, wires)
    return changed


def read_roots(
    source: Source, connector: Connector, refs: Sequence[Ref], catalog: Any, *, whole: bool = False
) -> Iterator[tuple[Ref, Mapping[str, Any] | None]]:
    """Fetch roots by id and yield each assembled record, None where it is gone; `whole`: as `translated_roots` says."""
    return translated_roots(source, connector, refs, source.fetch(refs), catalog, whole=whole)


def translated_roots(
    source: Translator,
    connector: Connector,
    refs: Sequence[Ref],
    wires: Sequence[Wire],
    catalog: Any,
    *,
    whole: bool = False,
) -> Iterator[tuple[Ref, Mapping[str, Any] | None]]:
    """Yield the assembled record of each root of which `wires` came, None where it is gone. Asks no desk.

    `whole`: with what the connector has no place for (`native`), as a record is kept; no comparison looks at that. Raises RetryableError
    for a root that is there and could not be read.
    """
    for root, parts in by_root(wires, refs).items():
        for wire in parts:
            if wire.unread:
                raise RetryableError(
                    wire.unread, where=str(root), remedy="Run the command again; it goes on."
                )
        records: list[Record] = []
        for wire in parts:
            if whole:
                records.extend(translate(source, connector, wire, catalog)[1].records)
            else:
                records.extend(translate_unaccounted(source, connector, wire, catalog))
        yield root, (assemble_records(root, records) if parts else None)
