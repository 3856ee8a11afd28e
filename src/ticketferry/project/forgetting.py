"""Somebody taken out of a migration's folder: every database, file and copy in it. The desks themselves are not touched.

What is looked for goes on a list of keyed digests first. From then on a killed run can be gone on with although the person is gone from
here already, and a later extract holds them back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from ticketferry.errors import UsageError, WaitingError
from ticketferry.project.folder_parts import PARTS, part_files
from ticketferry.project.forgetting_files import (
    checksum,
    file_without,
    holds_words,
    is_database,
)
from ticketferry.project.forgetting_people import Somebody, find_somebody
from ticketferry.project.progress import Progress, quiet
from ticketferry.project.project import Project
from ticketferry.schema.forgotten import Forgotten
from ticketferry.schema.forgotten_records import authored, people_in, without_them
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind
from ticketferry.store.database import disk_errors
from ticketferry.store.emptying import settle_for_good
from ticketferry.store.forgotten_list import Forgetting, ForgottenList
from ticketferry.store.lock import hold
from ticketferry.store.rewriting import RowAsStored, bytes_of, every_row, forget_files, holders_of, rewrite
from ticketferry.store.scrubbing import desk_of, scrub_cells
from ticketferry.store.snapshots import Snapshots

__all__ = ["TEXTS", "ForgetPreview", "forget", "forget_preview", "resume_forget"]

TEXTS = ("keep", "erase")
"""What becomes of what they wrote: it stays without their names and addresses, or goes, files too."""
_MADE_AGAIN = ("working", "rehearsals")
"""Parts that go whole: a command makes them again."""
_UNFINISHED = ("applying", "awaiting_import")
_BY_HAND = (".yaml", ".yml")
_NEW = ".forgetting"


@dataclass(slots=True)
class ForgetPreview:
    """What a forget takes out. `counts`: by kind of thing; `files`: file -> lines or rows with a mention; `left`: files to look at."""

    somebody: Somebody
    forgotten: Forgotten
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    """Checksums of attached files that are theirs, or that hold a mention."""


@dataclass(slots=True)
class _Seen:
    """What one pass over the desks' rows found."""

    written: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)


def forget_preview(project: Project, named: str, progress: Progress = quiet) -> ForgetPreview:
    """Say what would be taken out of the folder, and change nothing but the key of its digests. Raises UsageError where nobody is meant."""
    somebody = find_somebody(project, named)
    first = Forgotten.of(ForgottenList(project.workspace).key(), somebody.words, somebody.refs)
    known = ForgottenList(project.workspace).at_work()
    if any(map(known.person, somebody.refs)):
        # Somebody who was forgotten before: what came since is looked for by the list.
        first = ForgottenList(project.workspace).with_keys(
            {**known.digests, **first.digests}, max(known.longest, first.longest)
        )
    seen = _look(project, first)
    forgotten = first.with_roots(seen.roots)
    preview = ForgetPreview(somebody, forgotten)
    counts = preview.counts = {
        "accounts": len(somebody.refs), "tickets that name them": len(seen.roots), "texts of theirs": len(seen.written),
        "files of theirs": len(seen.files), "records that mention them": 0,
    }  # fmt: skip
    for _, snapshots in _desks(project):
        for number, row in enumerate(every_row(snapshots), 1):
            if _of_them(row, forgotten) or not row.neutral:
                continue
            counts["records that mention them"] += _mentions(row, forgotten)
            if number % 1_000 == 0:
                progress("looked through", number, None)
    _preview_files(project, preview)
    return preview


def _preview_files(project: Project, preview: ForgetPreview) -> None:
    failed = _failed(project, preview.somebody.refs)
    for path in _other_files(project):
        name = _name(project, path)
        found = _without(path, preview.forgotten, preview.somebody.refs, failed, write=False)
        if found is None or (found and path.suffix in _BY_HAND):
            preview.left.append(name)
        elif found:
            preview.files[name] = found
    mentioned = [sum_ for sum_, path in _blobs(project) if holds_words(path, preview.forgotten)]
    preview.attached = mentioned
    preview.counts["attached files that mention them"] = len(mentioned)
    for part in PARTS:
        if part.name in _MADE_AGAIN and (gone := part_files(project.root, part)):
            preview.counts[f"files of {part.name}, made again"] = len(gone)


def forget(
    project: Project, named: str, texts: str, by: str, because: str, progress: Progress = quiet
) -> Forgetting:
    """Take somebody out of the folder, and keep an entry that it was done, with counts. A run that was killed is gone on with by
    `resume_forget`, or by the same call.

    Raises UsageError where nobody is meant, without a name or a reason, WaitingError while a plan is unfinished.
    """
    if texts not in TEXTS:
        raise UsageError(
            f"--texts {texts}: keep or erase", remedy="keep: without names; erase: their texts and files go."
        )
    if not by.strip() or not because.strip():
        raise UsageError(
            "a forget needs a name and a reason",
            remedy="--by NAME --because TEXT, without the person's own name.",
        )
    with hold(project.root, "forget"):
        _refuse_unfinished(project)
        kept = ForgottenList(project.workspace)
        if kept.unfinished() is None:
            preview = forget_preview(project, named, progress)
            if preview.forgotten.text(f"{by} {because}", own=True) != f"{by} {because}":
                raise UsageError(
                    "--by or --because names the person",
                    remedy="Both are kept: write a number of the request.",
                )
            list_ = preview.forgotten
            kept.keep(
                Forgetting(
                    project.now().isoformat(), by.strip(), because.strip(), texts, longest=list_.longest,
                    digests=list_.digests, counts=preview.counts,
                )
            )  # fmt: skip
        return _go_on(project, progress)


def resume_forget(project: Project, progress: Progress = quiet) -> Forgetting | None:
    """Go on with a forget that was killed; None where there is none."""
    with hold(project.root, "forget"):
        return (
            _go_on(project, progress) if ForgottenList(project.workspace).unfinished() is not None else None
        )


def _refuse_unfinished(project: Project) -> None:
    begun = [row["id"] for row in project.plan_rows() if row["state"] in _UNFINISHED]
    if begun:
        raise WaitingError(
            f"{begun[0]} is not finished: what it has to write would be taken out of it",
            remedy=f"Finish it (`ticketferry apply {begun[0]}`) or take it back, then forget.",
        )


def _go_on(project: Project, progress: Progress) -> Forgetting:
    """Take out all that is on the list, part by part; each is whole or as it was, and the second time finds nothing."""
    kept = ForgottenList(project.workspace)
    entry = kept.unfinished()
    assert entry is not None
    forgotten = kept.with_keys(entry.digests, entry.longest)
    seen = _look(project, forgotten)
    sums = dict(entry.files)

    def note(path: Path) -> None:
        sums.setdefault(_name(project, path), checksum(path))

    theirs = seen.files if entry.texts == "erase" else set()
    attached = {path for sum_, path in _blobs(project) if holds_words(path, forgotten)}
    for role, snapshots in _desks(project):
        ids = {id_ for ref in theirs for desk, _, id_ in (ref.split(":", 2),) if desk == snapshots.desk}
        for path in attached:
            ids.update(holders_of(snapshots, path.name))
        gone = {forgotten.digest(f"{snapshots.desk}:{Kind.ATTACHMENT.value}:{id_}"): "file" for id_ in ids}
        # Once a desk has forgotten its files, the list alone tells which bytes were theirs.
        gone |= {forgotten.digest(sum_): "bytes" for sum_ in bytes_of(snapshots, ids)}
        entry = replace(entry, digests={**entry.digests, **gone})
        kept.keep(entry)
        forget_files(snapshots, ids)
        _rewrite(
            project, role, snapshots, forgotten, seen.written if entry.texts == "erase" else set(), progress
        )
    attached |= {
        path for sum_, path in _blobs(project) if entry.digests.get(forgotten.digest(sum_)) == "bytes"
    }
    others = {
        path.name for _, snapshots in _desks(project) for path in attached if snapshots.holds_bytes(path.name)
    }
    with disk_errors(project.root):
        for path in attached:
            if path.name not in others:
                path.unlink(missing_ok=True)
        for part in PARTS:
            if part.name in _MADE_AGAIN:
                for path in part_files(project.root, part):
                    path.unlink(missing_ok=True)
    refs = _refs(project, forgotten)
    failed = _failed(project, refs)
    erased = seen.written if entry.texts == "erase" else set()
    for number, path in enumerate(list(_other_files(project)), 1):
        if _without(path, forgotten, refs | erased, failed, write=False) and path.suffix not in _BY_HAND:
            note(path)
            kept.keep(replace(entry, files=sums))
            _without(path, forgotten, refs | erased, failed, write=True)
        progress("files", number, None)
    database = project.workspace.database
    with database.transaction() as connection:
        scrub_cells(connection, forgotten, refs | erased, failed, write=True)
    settle_for_good(database)
    done = replace(entry, ended=project.now().isoformat(), files=sums)
    kept.keep(done)
    settle_for_good(database)
    return done


def _desks(project: Project) -> Iterator[tuple[str, Snapshots]]:
    for role in ("source", "target", "new-desk"):
        if (project.root / f"{role}.db").exists():
            yield role, project.snapshots(role)


def _of_them(row: RowAsStored, forgotten: Forgotten) -> bool:
    """Tell whether a row is an account, an address or a membership of theirs."""
    return row.root.kind is Kind.PERSON and forgotten.person(str(row.root))


def _look(project: Project, forgotten: Forgotten) -> _Seen:
    """Find the tickets that name them, and the messages and files of theirs."""
    seen = _Seen()
    for _, snapshots in _desks(project):
        for row in every_row(snapshots):
            if row.root.kind is not Kind.TICKET or not any(map(forgotten.person, people_in(row.neutral))):
                continue
            seen.roots.add(str(row.root))
            for record in orjson.loads(row.neutral):
                if authored(record, forgotten):
                    (seen.files if ":attachment:" in record["ref"] else seen.written).add(record["ref"])
        for row in every_row(snapshots) if seen.written else ():
            if row.root.kind is Kind.TICKET and b":attachment:" in row.neutral:
                for record in orjson.loads(row.neutral):
                    if ":attachment:" in record["ref"] and authored(record, forgotten, seen.written):
                        seen.files.add(record["ref"])
    return seen


def _rewrite(
    project: Project,
    role: str,
    snapshots: Snapshots,
    forgotten: Forgotten,
    written: set[str],
    progress: Progress,
) -> None:
    """Write a desk's file anew without them, and put it in the place of the old one."""
    theirs = _refs(project, forgotten) | written
    path = project.root / f"{role}.db"
    _written_anew(snapshots, forgotten, theirs, written, lambda done: progress(f"{role}.db", done, None))
    snapshots.database.settle()
    project.close_snapshots()
    _put(path)


def _written_anew(
    snapshots: Snapshots,
    forgotten: Forgotten,
    theirs: set[str],
    written: set[str],
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    def change(row: RowAsStored) -> tuple[Any, list[Record], int] | bool:
        if _of_them(row, forgotten):
            return False
        body, records = orjson.loads(row.wire), orjson.loads(row.neutral)
        made = without_them(forgotten, body, records, own=forgotten.root(str(row.root)), written=written)
        return True if made is None else (made[0], made[1], 0)

    path = snapshots.database.path
    rewrite(
        snapshots,
        path.with_name(f"{path.name}{_NEW}"),
        change,
        lambda connection: scrub_cells(connection, forgotten, theirs, write=True),
        progress,
    )


def _put(path: Path) -> None:
    with disk_errors(path):
        for beside in ("-wal", "-shm"):
            path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
        path.with_name(f"{path.name}{_NEW}").replace(path)


def _without(
    path: Path, forgotten: Forgotten, theirs: set[str], failed: dict[str, list[int]], *, write: bool
) -> int | None:
    """Take them out of one file, as `file_without` says; out of a desk that was read for something else too."""
    desk = desk_of(path) if is_database(path) else None
    if desk is None:
        return file_without(path, forgotten, theirs, failed, write=write)
    snapshots = Snapshots(path, desk, readonly=not write)
    try:
        if not write:
            return sum(_of_them(row, forgotten) or _mentions(row, forgotten) for row in every_row(snapshots))
        _written_anew(snapshots, forgotten, theirs, set())
        snapshots.database.settle()
    finally:
        snapshots.close()
    _put(path)
    return 1


def _mentions(row: RowAsStored, forgotten: Forgotten) -> bool:
    body, records = orjson.loads(row.wire), orjson.loads(row.neutral)
    return without_them(forgotten, body, records, own=forgotten.root(str(row.root))) is not None


def _plans(project: Project) -> list[Path]:
    return sorted((project.root / "plans").glob("*.plan"))


def _failed(project: Project, refs: set[str]) -> dict[str, list[int]]:
    """Return of each plan the operations that write the records of somebody."""
    found = {}
    for path in _plans(project):
        plan = project.plan(path.stem)
        found[path.stem] = [row.seq for ref in sorted(refs) for row in plan.operations("root = ?", (ref,))]
        plan.close()
    return found


def _refs(project: Project, forgotten: Forgotten) -> set[str]:
    """Return the references of their accounts, as far as anything here still names them."""
    refs = {slot.ref for slot in project.idmap.all("person") if forgotten.person(slot.ref)}
    target = project.config.target.key
    refs |= {
        ref
        for slot in project.idmap.all("person")
        if slot.slot == "id" and forgotten.person(ref := f"{target}:person:{slot.value}")
    }
    for path in _plans(project):
        plan = project.plan(path.stem)
        refs |= {change.root for change in plan.changes("kind = 'person'") if forgotten.person(change.root)}
        plan.close()
    return refs


def _blobs(project: Project) -> Iterator[tuple[str, Path]]:
    folder = project.root / "blobs"
    for path in sorted(folder.glob("*/*")):
        if path.is_file() and not path.is_symlink():
            yield path.name, path


def _name(project: Project, path: Path) -> str:
    base = project.root if path.is_relative_to(project.root) else project.home
    return path.relative_to(base).as_posix()


def _other_files(project: Project) -> Iterator[Path]:
    """Yield what stands in the folder beside the desks, their attachments, workspace.db and what is made again."""
    ours = {f"{role}.db" for role in ("source", "target", "new-desk")} | {"workspace.db", "lock", "lock.held"}
    again = {path for part in PARTS if part.name in _MADE_AGAIN for path in part_files(project.root, part)}
    folders = [project.root] + ([project.home] if project.home != project.root else [])
    skip: Callable[[Path], bool] = lambda path: (  # noqa: E731 -- said once, used once
        path in again
        or path.is_symlink()
        or not path.is_file()
        or (
            path.parent == project.root
            and path.name.removesuffix("-wal").removesuffix("-shm").removesuffix(_NEW) in ours
        )
    )
    for folder in folders:
        inner = project.home / "environments"
        for path in sorted(folder.rglob("*")):
            elsewhere = folder == project.home != project.root and path.is_relative_to(inner)
            in_blobs = path.is_relative_to(project.root / "blobs")
            journal = path.name.endswith(("-wal", "-shm"))
            if not (elsewhere or in_blobs or journal or skip(path)):
                yield path
