"""After an import: which issues are there, once or twice, and the comments of each made internal and marked.

Issues are found by the label of their source ticket, reading the numbers that came after the file was handed out, by key; the
search index is a second witness. Comments are found by their time, which is theirs alone within an issue.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from ticketferry.sdk import (
    Endpoint,
    Finding,
    Operation,
    RejectedError,
    Severity,
    WriteResult,
)

from .client import JsmClient, refused
from .file_thread import millis, moment
from .import_way import IMPORT_FILE
from .wire import API

__all__ = ["Binder", "ImportedIssues"]

_CHUNK = 100
_GAP = 3
"""Chunks without any issue after which the end of the numbers is believed."""
_REMEMBERED = 64
_CHANGES = 1_000


class ImportedIssues:
    """What stands in the projects behind the numbers that an anchor names; read once, kept in a database of its own."""

    def __init__(self, client: JsmClient, origin: str) -> None:
        self._client = client
        self._prefix = f"tf-{origin}-"
        self._lock = threading.Lock()
        self._seen: sqlite3.Connection | None = None

    def anchor(self, projects: Sequence[str]) -> str:
        """Return the highest number of each project that the search index knows: what is imported later has a higher one."""
        return orjson.dumps(
            {key: self._newest(key) for key in projects}, option=orjson.OPT_SORT_KEYS
        ).decode()

    def find(self, operations: Sequence[Operation], anchor: str) -> list[WriteResult]:
        """Return for each operation `done` with id and key, or `absent`; what is there more than once with the ids of its copies."""
        places: dict[str, int] = orjson.loads(anchor) if anchor else {}
        with self._lock:
            keyed = [str(operation.params["key"]) for operation in operations if "key" in operation.params]
            free = {
                str(operation.params["project"]): 0
                for operation in operations
                if "key" not in operation.params
            }
            seen = self._scan(free | (places if free else {}))
            for start in range(0, len(keyed), _CHUNK):
                self._keep(seen, self._fetch(keyed[start : start + _CHUNK]))
            found = {operation.key: self._rows(seen, operation) for operation in operations}
            missing = [operation for operation in operations if not found[operation.key]]
            if missing:
                self._by_search(seen, missing)
                found |= {operation.key: self._rows(seen, operation) for operation in missing}
        histories = self._histories(operations, found)
        return [self._result(operation, found[operation.key], histories) for operation in operations]

    def taken(self, operations: Sequence[Operation]) -> list[str]:
        """Return the keys that operations ask for and that an issue has which does not bear the label of its ticket."""
        labels = {
            str(item.params["key"]): str(item.params["label"]) for item in operations if "key" in item.params
        }
        keys, taken = list(labels), []
        for start in range(0, len(keys), _CHUNK):
            for row in self._fetch(keys[start : start + _CHUNK]):
                key = str(row["key"])
                if labels.get(key) not in ((row.get("fields") or {}).get("labels") or ()):
                    taken.append(key)
        return taken

    def _result(
        self, operation: Operation, rows: Sequence[tuple[str, str]], histories: Mapping[str, int]
    ) -> WriteResult:
        if not rows:
            return WriteResult(operation.key, "absent")
        id_, key = rows[0]
        gives = {"id": id_, "key": key, "way": IMPORT_FILE}
        if len(rows) > 1:
            # Whoever asks for copies finds these again and names them; the index may not know of them yet.
            gives["copies"] = " ".join(number for number, _ in rows[1:])
            gives["copy_keys"] = " ".join(name for _, name in rows[1:])
        wanted = int(str(operation.params.get("history", 0)))
        held = histories.get(id_, wanted)
        asked = str(operation.params.get("key", key))
        error = _shorter(operation, held, wanted) if held < wanted else _renamed(operation, key, asked)
        return WriteResult(operation.key, "done", gives, error=error)

    # ---- reading

    def _scan(self, places: Mapping[str, int]) -> sqlite3.Connection:
        if self._seen is None:
            self._seen = sqlite3.connect("", check_same_thread=False)
            self._seen.execute(
                "CREATE TABLE seen(label TEXT, id INTEGER, key TEXT, PRIMARY KEY (label, id)) WITHOUT ROWID"
            )
            self._seen.execute("CREATE TABLE read(project TEXT PRIMARY KEY)")
        done = {row[0] for row in self._seen.execute("SELECT project FROM read")}
        for project, floor in sorted(places.items()):
            if project in done:
                continue
            for rows in self._numbers(project, floor):
                self._keep(self._seen, rows)
            self._seen.execute("INSERT INTO read VALUES (?)", (project,))
        return self._seen

    def _keep(self, seen: sqlite3.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        seen.executemany(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)",
            [
                (label, int(row["id"]), str(row["key"]))
                for row in rows
                for label in (row.get("fields") or {}).get("labels") or ()
                if str(label).startswith(self._prefix)
            ],
        )

    def _rows(self, seen: sqlite3.Connection, operation: Operation) -> list[tuple[str, str]]:
        return [
            (str(id_), key)
            for id_, key in seen.execute(
                "SELECT id, key FROM seen WHERE label = ? ORDER BY id", (str(operation.params["label"]),)
            )
        ]

    def _numbers(self, project: str, floor: int) -> Iterator[list[Mapping[str, Any]]]:
        newest = max(self._newest(project), floor)
        return self._client.onward(project, floor + 1, newest, self._fetch, _GAP)

    def _newest(self, project: str) -> int:
        rows = self._client.search(f'project = "{project}" ORDER BY key DESC', 1).get("issues", [])
        return int(str(rows[0]["key"]).rpartition("-")[2]) if rows else 0

    def _by_search(self, seen: sqlite3.Connection, operations: Sequence[Operation]) -> None:
        for start in range(0, len(operations), _CHUNK):
            part = operations[start : start + _CHUNK]
            labels = ", ".join(f'"{operation.params["label"]}"' for operation in part)
            projects = ", ".join(f'"{key}"' for key in sorted({str(item.params["project"]) for item in part}))
            jql = f"project in ({projects}) AND labels in ({labels})"
            rows = self._client.search(jql, 5 * _CHUNK).get("issues", [])
            ids = [str(row["id"]) for row in rows]
            for first in range(0, len(ids), _CHUNK):
                self._keep(seen, self._fetch(ids[first : first + _CHUNK]))

    def _fetch(self, keys: Sequence[str]) -> list[Any]:
        return self._client.issues(keys, ["labels"])

    def _histories(
        self, operations: Sequence[Operation], found: Mapping[str, Sequence[tuple[str, str]]]
    ) -> dict[str, int]:
        """Count the entries of the histories of issues whose file had some."""
        ids = [
            found[operation.key][0][0]
            for operation in operations
            if found[operation.key] and int(str(operation.params.get("history", 0)))
        ]
        counts = dict.fromkeys(ids, 0)
        for start in range(0, len(ids), _CHANGES):
            body: dict[str, Any] = {"issueIdsOrKeys": ids[start : start + _CHANGES], "maxResults": 10_000}
            while True:
                page = self._client.question(
                    f"{API}/changelog/bulkfetch", body, endpoint="changelog.bulkfetch", group="issue.read"
                )
                for row in page.get("issueChangeLogs", []):
                    counts[str(row["issueId"])] += len(row.get("changeHistories") or ())
                token = page.get("nextPageToken")
                if not token:
                    break
                body = {**body, "nextPageToken": token}
        return counts


def _shorter(operation: Operation, held: int, wanted: int) -> Finding:
    return Finding(
        "JSM-IMPORT-HISTORY", Severity.LOSS, operation.subject, operation.endpoint,
        f"{held} of {wanted} entries of the history were imported",
        "Known reports say that the importer drops the first one. The snapshot still holds them all.", wanted - held,
    )  # fmt: skip


def _renamed(operation: Operation, key: str, asked: str) -> Finding | None:
    if key == asked:
        return None
    return Finding(
        "JSM-IMPORT-KEY", Severity.DOUBT, operation.subject, operation.endpoint,
        f"the file asked for the key {asked}, and the issue is {key}",
        "People find it by its label and fields. Delete it and import its file again where the key matters.",
    )  # fmt: skip


class Binder:
    """Sends the operations that find an imported comment and give it a property; thread-safe."""

    def __init__(self, client: JsmClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: OrderedDict[str, dict[int, list[str]]] = OrderedDict()

    def send(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Set the property; an internal comment is read back, and refused, which stops its lane, unless it is internal."""
        issue, at = str(operation.params["issue"]), int(str(operation.params["at"]))
        try:
            ids = self._comments(issue, again=False).get(at) or self._comments(issue, again=True).get(at, [])
            if len(ids) != 1:
                return _lost(operation, at, len(ids))
            self._client.write(
                endpoint.method,
                endpoint.path.format(comment=ids[0]),
                endpoint=endpoint.name,
                group=endpoint.group,
                issue=issue,
                json=operation.body,
            )
            if endpoint.name == "comment.hide" and not self._is_internal(issue, ids[0]):
                return refused(
                    operation, "an imported comment is still public after it was made internal", code="JSM-PUBLIC",
                    remedy="The issue stays without a request type, so that no customer sees it. Look at the project's type.",
                )  # fmt: skip
        except RejectedError as error:
            return refused(operation, error.message, remedy=error.remedy)
        return WriteResult(operation.key, "done", {"id": ids[0]})

    def _is_internal(self, issue: str, comment: str) -> bool:
        row = self._client.get(f"{API}/issue/{issue}/comment/{comment}", endpoint="comment.get")
        return isinstance(row, Mapping) and row.get("jsdPublic") is False

    def _comments(self, issue: str, *, again: bool) -> dict[int, list[str]]:
        with self._lock:
            known = self._known.get(issue)
        if known is not None and not again:
            return known
        found: dict[int, list[str]] = {}
        for row in self._client.every(
            f"{API}/issue/{issue}/comment", endpoint="comment.list", rows="comments"
        ):
            at = millis(str(row.get("created", "")))
            if at is not None:
                found.setdefault(at, []).append(str(row["id"]))
        with self._lock:
            self._known[issue] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def _lost(operation: Operation, at: int, count: int) -> WriteResult:
    what = "no comment" if not count else f"{count} comments"
    return refused(
        operation, f"the imported issue has {what} of {moment(at)}: it cannot be told which one is meant", code="JSM-IMPORT-COMMENT",
        remedy="Is the importer still at work? Then run the same command again when it has finished.",
    )  # fmt: skip
