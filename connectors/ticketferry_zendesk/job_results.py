"""What a job tells of its items, in every recorded shape, as one verdict for each operation. Pure.

[{"index": 0, "id": 4018}, …]                      creations; ids are not in the order of the request
[{"status": "Created", "id": 5}, …]                organizations and users: no index
[{"action": "update", "id": 5, "status": "Updated", "success": true}, …]
[{"index": 1, "error": "…", "details": "…"}, …]    a failure in a job that is `completed`
{"success": true}                                  permanent deletion
null                                               while it works, and when its data are gone
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

__all__ = ["ENDED", "ItemResult", "loose_ids", "verdicts"]

ENDED = frozenset({"completed", "failed", "killed"})
"""`killed` is nowhere documented [RECALL]."""


class ItemResult(NamedTuple):
    """What became of one item: `done` with its id, `failed` with a reason, or `unknown`."""

    state: Literal["done", "failed", "unknown"]
    id: str = ""
    text: str = ""


UNKNOWN = ItemResult("unknown")


def verdicts(job: Mapping[str, Any], count: int, ids: Sequence[str] = ()) -> list[ItemResult]:
    """Return a verdict for each of `count` items in the order of the request; `ids`: their numbers, for updates and deletions.

    What the results do not speak of is unknown: it is looked up, never guessed.
    """
    results = job.get("results")
    found = [UNKNOWN] * count
    if isinstance(results, Mapping):
        said = (
            ItemResult("done")
            if results.get("success") is True
            else ItemResult("failed", "", _text(results, job))
        )
        return [said] * count
    if not isinstance(results, list):
        return found
    by_id = {id_: number for number, id_ in enumerate(ids)}
    nameless: list[Mapping[str, Any]] = []
    for row in results:
        if not isinstance(row, Mapping):
            continue
        at = row.get("index")
        if not isinstance(at, int) or isinstance(at, bool):
            at = by_id.get(str(row.get("id")))
        if at is not None and 0 <= at < count:
            found[at] = _verdict(row, job)
        else:
            nameless.append(row)
    failures = [row for row in nameless if _failed(row)]
    open_ = [number for number, verdict in enumerate(found) if verdict is UNKNOWN]
    if failures and len(failures) == len(open_):
        # Failures that name no item concern all that nothing else is said of.
        text = "; ".join(dict.fromkeys(_text(row, job) for row in failures))
        for number in open_:
            found[number] = ItemResult("failed", "", text)
    return found


def loose_ids(job: Mapping[str, Any]) -> list[str]:
    """Return the ids of successes that name no item of the request: whose they are the records themselves tell."""
    results = job.get("results")
    rows = results if isinstance(results, list) else []
    return [
        str(row["id"])
        for row in rows
        if isinstance(row, Mapping)
        and row.get("id")
        and not isinstance(row.get("index"), int)
        and not _failed(row)
    ]


def _failed(row: Mapping[str, Any]) -> bool:
    return (
        bool(row.get("error") or row.get("errors"))
        or row.get("success") is False
        or str(row.get("status")) == "Failed"
    )


def _verdict(row: Mapping[str, Any], job: Mapping[str, Any]) -> ItemResult:
    if _failed(row):
        return ItemResult("failed", "", _text(row, job))
    return ItemResult("done", str(row.get("id") or ""))


def _text(row: Mapping[str, Any], job: Mapping[str, Any]) -> str:
    parts = [row.get("error"), row.get("details"), row.get("description"), row.get("errors")]
    said = ": ".join(str(part) for part in parts if part and part is not True)
    return said or str(job.get("message") or "the job says no more than that it failed")
