"""Whether the stand-in of the old desk gives what the desk gave: its rows, read again, against those of the project's snapshot."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from ticketferry.project import Project
from ticketferry.schema.records import Record, canonical
from ticketferry.schema.refs import ROOTS, Kind
from ticketferry.store.rows import StoredRow

__all__ = ["differences"]


def differences(project: Project, own: Project, chosen: Collection[str] | None) -> list[str]:
    """Return a sentence for each kind of record that the stand-in gives otherwise: what people would see of it, not how it is written.

    Neutral records are compared, since those are what a plan is made of. `chosen`: the tickets that were put up.
    """
    missing: Counter[str] = Counter()
    other: Counter[str] = Counter()
    paths: dict[str, Counter[str]] = {}
    sample: dict[str, str] = {}
    for kind in ROOTS:
        ours = _roots(own, kind)
        for ref, rows in _each(project, kind):
            if kind is Kind.TICKET and chosen is not None and ref not in chosen:
                continue
            told = ours.get(ref)
            if told is None:
                if any(row.records for row in rows):
                    missing[kind.value] += 1
                    sample.setdefault(kind.value, ref)
                continue
            changed = _changed(_records(rows), told)
            if changed:
                other[kind.value] += 1
                sample.setdefault(kind.value, ref)
                paths.setdefault(kind.value, Counter()).update(changed)
    sentences = []
    for name, count in missing.items():
        sentences.append(
            f"source: {count:,} {name} records are not given by the stand-in, {sample[name]} for one: they are not rehearsed"
        )
    for name, count in other.items():
        most = ", ".join(path for path, _ in paths[name].most_common(4))
        sentences.append(
            f"source: {count:,} {name} records differ from what was read, in {most}; {sample[name]} for one"
        )
    return sentences


def _each(project: Project, kind: Kind) -> Iterator[tuple[str, list[StoredRow]]]:
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    for ref, rows in snapshots.roots(kind, latest.number) if latest is not None else ():
        yield ref.id, rows


def _roots(own: Project, kind: Kind) -> dict[str, dict[str, bytes]]:
    return {
        ref: {key: canonical(record) for key, record in _records(rows).items()}
        for ref, rows in _each(own, kind)
    }


def _records(rows: list[StoredRow]) -> dict[str, Record]:
    return {str(record["ref"]): record for row in rows if not row.gone for record in row.records}


def _changed(wanted: dict[str, Record], told: dict[str, Any]) -> set[str]:
    """Return the fields in which records differ, and the kinds of parts that are more or fewer."""
    found: set[str] = set()
    for ref in wanted.keys() ^ told.keys():
        found.add(f"{ref.split(':')[1]}s")
    for ref in wanted.keys() & told.keys():
        if canonical(wanted[ref]) == told[ref]:
            continue
        other = orjson.loads(told[ref])
        kind = ref.split(":")[1]
        found |= {
            f"{kind}.{key}"
            for key in wanted[ref].keys() | other.keys()
            if _placeless(wanted[ref].get(key)) != _placeless(other.get(key))
        }
    return found


def _placeless(value: Any) -> Any:
    """Leave out the host of an address, which the stand-in has otherwise, and its query, where links are signed for an hour; of a text as the
    desk wrote it, which is full of such addresses, what was read of it says as much.
    """
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return urlsplit(value)._replace(scheme="", netloc="", query="").geturl()
    if isinstance(value, dict):
        if "html" in value:
            value = {key: item for key, item in value.items() if key != "original"}
        return {key: _placeless(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_placeless(item) for item in value]
    return value
