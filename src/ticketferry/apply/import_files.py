"""Files that a person gives to the vendor's importer: written, looked for afterwards, and what is found bound to the id map.

A file counts as a job that a person does: its operations are noted as intended, then as given to the file, then it is written. What
a killed run left is looked for first, and written again, the same bytes, only where nothing of it is there.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import orjson

from ticketferry.errors import ConfigError
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import OpRow
from ticketferry.sdk.contract import (
    FileTarget,
    Job,
    KeyedFileTarget,
    Operation,
    Target,
    Template,
    WriteResult,
)
from ticketferry.store.journal import Journal, OpState

__all__ = ["FillSymbols", "ImportFiles", "Waiting", "withdraw"]

MOST_NAMED = 20
"""Missing records that are named; the others are counted."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for a person: `found` of its `records` are there, `missing` names some that are not."""

    file: str
    records: int
    found: int = 0
    missing: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Tell whether a part of it is there."""
        return self.found > 0


class FillSymbols(Protocol):
    """Fills in an operation's values."""

    def __call__(self, row: OpRow, *, whole: bool) -> Operation | None:
        """Return the operation, `whole`: with its body; None where it has to wait."""
        ...


class ImportFiles:
    """The files of one plan; thread-safe. `finished`: a person says that the importer is through, so that what is missing of a file
    is written into a new one.
    """

    def __init__(
        self,
        folder: Path,
        plan: PlanFile,
        target: Target,
        journal: Journal,
        ready: FillSymbols,
        *,
        finished: bool,
    ) -> None:
        self.waiting: list[Waiting] = []
        self._folder = folder
        self._plan = plan
        self._target = cast("FileTarget", target)
        self._journal = journal
        self._ready = ready
        self._finished = finished
        self._lock = threading.Lock()

    # ---- the whole work on one batch ---------------------------------------------------------------------------------

    def work(
        self,
        name: str,
        rows: Sequence[OpRow],
        states: Mapping[int, OpState],
        wanted: Callable[[OpRow], bool],
    ) -> int:
        """Look for what was handed out, write what was not; return how many records were bound. `name`: the file's, without ending;
        `wanted` tells which of the rows may be handed out now.
        """
        bound = 0
        fresh: list[OpRow] = []
        for file, members in _by_file(rows, states).items():
            count, left = self.look(file, members)
            bound += count
            if not left:
                continue
            begun = count > 0 or any(state.job == file and state.state == "done" for state in states.values())
            if begun and self._finished:
                fresh.extend(left)
                continue
            if not begun:
                self._write(file, members)
            self._wait(file, states, left, count)
        fresh.extend(
            row for row in rows if row.seq not in states or states[row.seq].state not in ("job", "done")
        )
        chosen = [row for row in fresh if wanted(row) and self._ready(row, whole=False) is not None]
        if chosen:
            number = len({state.job for state in states.values() if state.job}) + 1
            file = f"{name}.json" if number == 1 else f"{name}-{number}.json"
            self._hand_out(file, chosen)
            self._wait(file, {}, chosen, 0)
        return bound

    def look(self, file: str, rows: Sequence[OpRow]) -> tuple[int, list[OpRow]]:
        """Ask the target for the records of a file; bind those that are there, return how many, and the rows of the others."""
        heads = [(row, operation) for row in rows if (operation := self._ready(row, whole=False)) is not None]
        last = {"anchor": str(self._manifest().get("anchor", ""))}
        answers = {answer.key: answer for answer in self._target.find([head for _, head in heads], last)}
        known: list[tuple[int, str, WriteResult]] = []
        left: list[OpRow] = []
        for row, head in heads:
            answer = answers.get(head.key)
            if answer is not None and answer.status == "done":
                known.append((row.seq, row.subject, answer))
            else:
                left.append(row)
        if known:
            self._journal.record(known, how="adopted", job=file if not left else None)
        return len(known), left

    def _wait(self, file: str, states: Mapping[int, OpState], left: Sequence[OpRow], present: int) -> None:
        before = sum(1 for state in states.values() if state.job == file and state.state == "done")
        names = tuple(str(orjson.loads(row.params).get("number", row.root)) for row in left[:MOST_NAMED])
        imported = present + before
        with self._lock:
            self.waiting.append(Waiting(file, imported + len(left), imported, names if imported else ()))

    # ---- writing -----------------------------------------------------------------------------------------------------

    def _hand_out(self, file: str, rows: Sequence[OpRow]) -> None:
        self._refuse_taken(rows)
        seqs = [row.seq for row in rows]
        self._prepare()
        self._journal.intend(seqs)
        self._journal.take_job(Job(file, tuple(row.key for row in rows)), seqs)
        self._write(file, rows)

    def _refuse_taken(self, rows: Sequence[OpRow]) -> None:
        """Hand out no file whose keys something else in the target has: the importer would write over it. Raises ConfigError."""
        if not isinstance(self._target, KeyedFileTarget):
            return
        heads = [head for row in rows if (head := self._ready(row, whole=False)) is not None]
        taken = self._target.taken_keys(heads)
        if taken:
            more = f" and {len(taken) - MOST_NAMED} more" if len(taken) > MOST_NAMED else ""
            raise ConfigError(
                f"{', '.join(taken[:MOST_NAMED])}{more} {'is' if len(taken) == 1 else 'are'} there already and would be written over",
                where="provenance.number.key",
                remedy="Move or delete them in the target where nobody needs them, or take `provenance.number.key` out and plan again.",
            )

    def _write(self, file: str, rows: Sequence[OpRow]) -> None:
        """Write a file unless it stands there as it was written."""
        entry = self._manifest().get("files", {}).get(file)
        path = self._folder / file
        if entry is not None and path.exists() and _digest(path) == entry["sha256"]:
            return
        self._prepare()
        by_key = {row.key: row for row in rows}
        heads = [head for row in rows if (head := self._ready(row, whole=False)) is not None]

        def body(head: Operation) -> Template:
            operation = self._ready(by_key[head.key], whole=True)
            assert operation is not None, "its values were there a moment ago"
            return operation.body

        self._journal.on_point("before file")
        total, size = sha256(), 0
        part = path.with_suffix(".part")
        with _opened(part) as stream:
            for chunk in self._target.assemble(heads, body):
                total.update(chunk)
                size += len(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        _settle_folder(self._folder)
        self._journal.on_point("after file")
        numbers = [str(head.params.get("number", head.subject)) for head in heads]
        self._note(
            file,
            {
                "sha256": total.hexdigest(),
                "bytes": size,
                "records": len(heads),
                "first": numbers[0],
                "last": numbers[-1],
            },
        )

    # ---- the manifest ------------------------------------------------------------------------------------------------

    def _manifest(self) -> dict[str, Any]:
        with self._lock:
            return self._read()

    def _read(self) -> dict[str, Any]:
        try:
            manifest = orjson.loads((self._folder / MANIFEST).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return {}
        return dict(manifest) if isinstance(manifest, dict) else {}

    def _prepare(self) -> None:
        """Make the folder and note, before the first file, where the target's numbers stand."""
        with self._lock:
            self._folder.parent.mkdir(mode=0o700, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if "anchor" not in self._read():
                self._save(
                    {
                        "plan": self._plan.id,
                        "digest": self._plan.digest,
                        "anchor": self._target.anchor(),
                        "files": {},
                    }
                )

    def _note(self, file: str, entry: Mapping[str, Any]) -> None:
        with self._lock:
            manifest = self._read()
            files = {**manifest.get("files", {}), file: dict(entry)}
            manifest |= {
                "files": files,
                "steps": list(self._target.import_steps(sorted(files))),
                "written afterwards": list(self._target.import_limits()),
            }
            self._save(manifest)

    def _save(self, manifest: Mapping[str, Any]) -> None:
        path = self._folder / MANIFEST
        part = path.with_suffix(".part")
        data = orjson.dumps(dict(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
        with _opened(part) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        _settle_folder(self._folder)


def _by_file(rows: Sequence[OpRow], states: Mapping[int, OpState]) -> dict[str, list[OpRow]]:
    by_file: dict[str, list[OpRow]] = {}
    for row in rows:
        state = states.get(row.seq)
        if state is not None and state.state == "job" and state.job:
            by_file.setdefault(state.job, []).append(row)
    return by_file


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        total = sha256()
        for chunk in _chunks(stream.read):
            total.update(chunk)
    return total.hexdigest()


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(1 << 20):
        yield chunk


def _settle_folder(folder: Path) -> None:
    """Make sure that a renamed file is there after a power cut; Windows opens no folders and settles renames by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def withdraw(folder: Path) -> None:
    """Take the files of a plan away that is not gone on with: nobody must import them any more. The manifest stays."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name != MANIFEST:
            path.unlink()
