"""Jobs: at most 30 queued or working in the account, ours over all threads and those of other programs; their results."""

import threading
from collections.abc import Callable, Mapping, Sequence

import orjson

from ticketferry.sdk import (
    Finding,
    Job,
    Operation,
    RejectedError,
    RetryableError,
    Session,
    WriteResult,
    pause,
    waiting,
)
from ticketferry.sdk.rest.client import Parsed
from ticketferry_zendesk.client import ZendeskClient, warning_of
from ticketferry_zendesk.job_results import ENDED, ItemResult, loose_ids, verdicts
from ticketferry_zendesk.wire import Row

__all__ = ["MOST_JOBS", "JobRunner"]

MOST_JOBS = 30
"""Background jobs that may be queued or working at once [DOC rate limits]."""
_PAUSE = 5.0
_LONGEST = 3_600.0
_MADE = frozenset({"user", "organization", "membership"})
_TAKEN = "already"
"""What all refusals of a name, address or link in use say: "has already been taken", "is already being used by another user" [REC]."""
_BUSY = frozenset({"queued", "working"})
_LISTS = {
    "user": ("/users/show_many", "users"),
    "organization": ("/organizations/show_many", "organizations"),
}


class JobRunner:
    """Sends batches as jobs and reads what became of them. Safe for use by several threads."""

    def __init__(self, client: ZendeskClient, session: Session) -> None:
        self._client = client
        self._clock = session.clock
        self._desk = session.desk
        self._room = threading.Condition()
        self._flying: set[str] = set()
        self._starting = 0
        self._warned: dict[str, str] = {}

    # ---- sending

    def send(
        self,
        noun: str,
        batch: Sequence[Operation],
        names: Sequence[str],
        request: Callable[[], Parsed],
    ) -> Job | list[WriteResult]:
        """Send a batch when there is room for one more job. `names`: external id (creations) or number of each item;
        `request` gives the answer's body and what the desk warned of.
        """
        self._enter()
        id_ = ""
        try:
            answer, response = self._when_room(request)
            status = answer.get("job_status") if isinstance(answer, Mapping) else None
            id_ = str(status.get("id") or "") if isinstance(status, Mapping) else ""
        finally:
            self._leave_gate(id_)
        if not id_:
            return [WriteResult(operation.key, "unknown") for operation in batch]
        if warning := warning_of(response):
            self._warned[id_] = warning
        # The next process knows the job by this text alone: it names the items in the order of the keys.
        told = orjson.dumps([noun, list(names)]).decode()
        return Job(f"{id_} {told}", tuple(operation.key for operation in batch))

    def _enter(self) -> None:
        with self._room:
            if self._starts():
                return
        with waiting(self._clock), self._room:
            while not self._starts():
                self._room.wait()

    def _starts(self) -> bool:
        """Take one of the places that are free; False where none is."""
        free = len(self._flying) + self._starting < MOST_JOBS
        self._starting += free
        return free

    def _leave_gate(self, id_: str) -> None:
        with self._room:
            self._starting -= 1
            if id_:
                self._flying.add(id_)
            self._room.notify_all()

    def _ended(self, id_: str) -> None:
        with self._room:
            self._flying.discard(id_)
            self._room.notify_all()

    def _when_room(self, request: Callable[[], Parsed]) -> Parsed:
        """Send; where other programs fill the account's jobs (429 TooManyJobs: nothing was done), wait until some have ended."""
        waited = 0.0
        while True:
            try:
                return request()
            except RetryableError:
                if waited >= _LONGEST or len(self.busy()) < MOST_JOBS:
                    raise
                while waited < _LONGEST and len(self.busy()) >= MOST_JOBS:
                    pause(self._clock, _PAUSE, "other programs fill the account's jobs")
                    waited += _PAUSE

    def busy(self) -> list[str]:
        """Return the ids of all jobs of the account that are queued or working."""
        rows = self._client.every("/job_statuses", "job_statuses", endpoint="job_statuses.list")
        return [str(row.get("id")) for row in rows if row.get("status") in _BUSY]

    def settle(self) -> bool:
        """Wait until the jobs that are queued or working now have ended; False where some have not in an hour: absence says nothing."""
        with self._room:
            flying = set(self._flying)
        left, waited = set(self.busy()), 0.0
        while left and waited < _LONGEST:
            pause(self._clock, _PAUSE, "Zendesk works on a job")
            waited += _PAUSE
            left &= set(self.busy())
        for id_ in flying - left:
            # Nobody may ask for one of those any more: its place would never be given back.
            self._ended(id_)
        return not left

    # ---- results

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a job's results; None: still working. Results that the desk has forgotten are unknown."""
        id_, _, told = job.id.partition(" ")
        noun, names = orjson.loads(told) if told else ("", [])
        try:
            row = self._client.get(f"/job_statuses/{id_}", endpoint="job_statuses.show").get("job_status")
        except RejectedError as error:
            if error.status != 404:
                raise
            row = None
        if isinstance(row, dict) and str(row.get("status")) not in ENDED:
            return None
        self._ended(id_)
        if not isinstance(row, dict) or len(names) != len(job.keys):
            return [WriteResult(key, "unknown") for key in job.keys]
        found = self._verdicts(row, noun, names)
        warning = self._warned.pop(id_, "")
        results = [self._result(key, verdict, noun) for key, verdict in zip(job.keys, found, strict=True)]
        if warning:
            # One warning tells of the whole batch: which item it means Zendesk does not say.
            first = next((number for number, result in enumerate(results) if result.status == "done"), None)
            if first is not None:
                results[first] = warned(results[first], warning, len(results))
        return results

    def _verdicts(self, row: Row, noun: str, names: Sequence[str]) -> list[ItemResult]:
        changes = noun in ("delete", "update")
        found = verdicts(row, len(names), names if changes else ())
        loose = loose_ids(row) if not changes else []
        listed = _LISTS.get(noun)
        if listed is None:
            return found
        ids = [*loose, *(verdict.id for verdict in found if verdict.state == "done" and noun == "user")]
        if not ids:
            return found
        there = self._shown(listed, ids)
        by_name = {str(item.get("external_id") or "").casefold(): str(item["id"]) for item in there}
        for number, name in enumerate(names):
            own = by_name.get(name.casefold()) if name else None
            if own is not None:
                found[number] = ItemResult("done", own)
            elif noun == "user" and found[number].state == "done":
                # A row that looks like a success, with an id that nobody has [ISSUE zendesk-java-client 325].
                found[number] = ItemResult("unknown")
        return found

    def _shown(self, listed: tuple[str, str], ids: Sequence[str]) -> list[Row]:
        path, key = listed
        asked = {"ids": ",".join(dict.fromkeys(ids))}
        return self._client.objects(path, key, asked, endpoint=f"{key}.show_many")

    def _result(self, key: str, verdict: ItemResult, noun: str) -> WriteResult:
        if verdict.state == "unknown":
            return WriteResult(key, "unknown")
        if verdict.state == "done":
            gives = {"id": verdict.id} if verdict.id and noun not in ("delete", "update") else {}
            if not gives and noun not in ("delete", "update"):
                return WriteResult(key, "unknown")
            return WriteResult(key, "done", gives)
        if noun == "delete" and "not found" in verdict.text.lower():
            return WriteResult(key, "done")
        taken = noun in _MADE and _TAKEN in verdict.text.lower()
        finding = Finding.doubt(
            "ZD-TAKEN" if taken else "ZD-REFUSED",
            f"job: {noun}",
            f"the {noun} is there already, and nothing is bound to it: {verdict.text}"
            if taken
            else verdict.text,
            "Extract the target again and plan anew: the plan matches it or says what to decide."
            if taken
            else "Mend what is named, and plan again.",
        )
        return WriteResult(key, "rejected", error=finding)


def warned(result: WriteResult, warning: str, count: int = 1) -> WriteResult:
    """Attach what `X-Zendesk-API-Warn` says: the request was done without something [REC]; nothing where it says nothing."""
    if not warning:
        return result
    where = "X-Zendesk-API-Warn" + (f", one request of {count} records" if count > 1 else "")
    finding = Finding.doubt(
        "ZD-WARN", where, f"Zendesk did the write and left something out: {warning}",
        "Look at one of the records; tell of it, since the connector should not send what is left out.",
    )  # fmt: skip
    return WriteResult(
        result.key,
        result.status,
        result.gives,
        result.version,
        result.expires,
        result.error or finding,
        result.compensate,
    )
