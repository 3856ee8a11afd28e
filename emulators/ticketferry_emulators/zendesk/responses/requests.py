"""What writing routes have in common: the record in the body, keys that are dropped with a warning, jobs to be taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from ticketferry_emulators.kit.app import Answer, Call
from ticketferry_emulators.zendesk.exceptions import detailed, spoken, too_many_jobs, too_many_values
from ticketferry_emulators.zendesk.models.jobs import Item
from ticketferry_emulators.zendesk.models.state import DeskState
from ticketferry_emulators.zendesk.oauth import ZendeskAuthenticator
from ticketferry_emulators.zendesk.responses.routing import identifiers
from ticketferry_emulators.zendesk.responses.shapes import shaped
from ticketferry_emulators.zendesk.seed.dice import WireRecord

__all__ = ["caller", "fingerprint", "named", "records", "take_job", "wanted_ids", "warned"]

_MOST = 100


def caller(state: DeskState, call: Call) -> int:
    """Return the user id of who is calling."""
    return ZendeskAuthenticator(state).user(call)[0]


def named(call: Call, name: str) -> WireRecord:
    """Return the record under `name`; a body without it asks for nothing, and is no error [DOC requests].

    Raises Refused (422) for members of a wrong kind.
    """
    body = call.json
    record = body.get(name) if isinstance(body, dict) else None
    return shaped(record) if isinstance(record, dict) else {}


def records(call: Call, name: str) -> list[WireRecord]:
    """Return the list under `name`, at most 100; raises Refused (400)."""
    body = call.json
    rows = body.get(name) if isinstance(body, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise detailed(400, "InvalidValue", f"Parameter {name} is required")
    if len(rows) > _MOST:
        raise detailed(400, "TooManyValues", f"Maximum {_MOST} {name} may be created per call")
    return rows


def wanted_ids(call: Call) -> list[int]:
    """Return the ids of a bulk call, from 1 to 100; raises Refused (400)."""
    ids = identifiers(call)
    if not ids:
        raise detailed(400, "InvalidValue", "Parameter ids is required")
    if len(ids) > _MOST:
        raise too_many_values("Parameter ids")
    return ids


def warned(answer: Answer, sent: Iterable[WireRecord], allowed: frozenset[str], name: str) -> Answer:
    """Add the header that names keys which were dropped without further word [REC]."""
    dropped = dict.fromkeys(f"{name}.{key}" for row in sent for key in row if key not in allowed)
    if not dropped:
        return answer
    keys = ", ".join(f'"{key}"' for key in dropped)
    text = f"Removed restricted keys [{keys}] from parameters according to whitelist"
    header = text.encode("ascii", "replace").decode()
    return Answer(
        answer.status, answer.body, {**answer.headers, "X-Zendesk-API-Warn": header}, answer.committed
    )


def take_job(
    state: DeskState, kind: str, doing: str, items: Sequence[Item], *, error: str, ids: Sequence[int] = (),
    action: str | None = None, scattered: bool = False, whole: bool = False, status: int = 200,
) -> Answer:  # fmt: skip
    """Take a job and answer its first status; raises Refused (429) when too many are open.

    `error` names the failure of an item in its row; `ids` are the records that the items are about, where they exist;
    with `action` a failed row has the members of the document's FailedResult, else those that were recorded [OAS, REC].
    """
    jobs = state.jobs
    if jobs.full():
        raise too_many_jobs(kind, jobs.open())

    def failed(index: int, answer: Answer) -> WireRecord:
        row: WireRecord = {"index": index, "error": error, "details": spoken(answer)}
        if ids:
            row["id"] = ids[index]
        if action is not None:
            row |= {"action": action, "success": False}
        return row

    now = state.clock.time()
    job = jobs.take(kind, doing, items, now, failed, scattered=scattered, whole=whole)
    most, rest = jobs.room()
    headers = {"zendesk-ratelimit-inflight-jobs": f"total={most}; remaining={rest}; resets=60"}
    return Answer(status, {"job_status": job.shown(jobs.host, now)}, headers)


def fingerprint(call: Call) -> str:
    """Return what tells one request's body from another's."""
    return hashlib.sha256(call.body).hexdigest()
