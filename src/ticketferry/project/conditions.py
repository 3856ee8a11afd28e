"""For how many tickets each condition of the mapping holds now; only tickets that changed since the last time are asked again."""

import sqlite3
from collections import Counter
from collections.abc import Iterator

from ticketferry.desired.cases import assemble
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import WorkspaceError
from ticketferry.mapping.condition_lint import ConditionCount, ConditionTally
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import conditions_of
from ticketferry.mapping.work import Setup
from ticketferry.plan.doors import RecordedLookups
from ticketferry.plan.file.shards import moment_text
from ticketferry.plan.recording import Recorder
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.program import program_digest
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import digest
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding
from ticketferry.store.condition_book import ConditionAnswer, ConditionBook
from ticketferry.store.snapshots import SnapshotInfo, Snapshots, StoredRow

__all__ = ["conditions_now"]


def conditions_now(
    folder: MigrationFolder, mapping: MappingFile, source: Catalog, target: Catalog
) -> tuple[list[ConditionCount], list[Finding]]:
    """Ask every condition of every ticket of the source's newest snapshot; nothing where the mapping has no condition."""
    if not any(condition != "always" for _, condition, _ in conditions_of(mapping.rules)):
        return [], []
    snapshots = folder.snapshots("source")
    latest = snapshots.latest()
    if latest is None:
        return [], []
    asking = _Asking(folder, mapping, source, target, snapshots, latest)
    path = folder.root / "answers" / "conditions.db"
    if folder.readonly:
        return asking.tally.result(asking.all_counts())
    try:
        with ConditionBook.open(path) as book:
            asking.bring_up_to_date(book)
            counts = book.counts()
    except (sqlite3.Error, OSError) as error:
        # The book saves time; where it cannot be kept all is asked.
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            path.unlink(missing_ok=True)
        counts = asking.all_counts()
    return asking.tally.result(counts)


class _Asking:
    def __init__(
        self,
        folder: MigrationFolder,
        mapping: MappingFile,
        source: Catalog,
        target: Catalog,
        snapshots: Snapshots,
        latest: SnapshotInfo,
    ) -> None:
        self._snapshots, self._latest = snapshots, latest
        self._recorder = Recorder()
        lookups = RecordedLookups(
            SnapshotLookups(snapshots, latest.number, None, ours=lambda _: False, takes_part=lambda _: False),
            self._recorder,
        )
        here, there = folder.config.source.connector, folder.config.target.connector
        setup = Setup(mapping, source, target, there.features, lookups, latest.began)
        self.tally = ConditionTally(setup, lookups, latest.began)
        self._everything = digest(
            [
                program_digest(here, there),
                self.tally.questions,
                snapshots.desk,
                digest(dict(source)).hex(),
                digest(dict(target)).hex(),
            ]
        ).hex()

    def all_counts(self) -> list[tuple[str, int]]:
        """Ask all tickets."""
        return sorted(Counter(answer.text for answer in self._answers(self._all())).items())

    def bring_up_to_date(self, book: ConditionBook) -> None:
        """Ask the tickets that are new or changed, and those that had asked for something that did."""
        state, now = book.state(), moment_text(self._latest.began)
        if not self._continues(state, now):
            book.clear()
            gone, tickets = set[str](), self._all()
        else:
            changed = self._snapshots.touched_roots(state["source"][0], self._latest.number)
            keys = [f"{self._snapshots.desk}:{kind}:{id_}" for kind, id_ in changed]
            gone = {id_ for kind, id_ in changed if kind == Kind.TICKET.value}
            gone |= book.hit(keys, now if now != state["now"] else "")
            tickets = self._some(gone)
        source = [self._latest.number, self._latest.digest]
        book.replace(
            gone, self._answers(tickets), {"everything": self._everything, "now": now, "source": source}
        )

    def _continues(self, state: dict[str, object], now: str) -> bool:
        if state.get("everything") != self._everything or now < str(state["now"]):
            return False
        number, there = state["source"]  # type: ignore[misc]
        try:
            return bool(number <= self._latest.number and self._snapshots.info(number).digest == there)  # type: ignore[has-type]
        except WorkspaceError:
            return False

    def _all(self) -> Iterator[tuple[Ref, list[StoredRow]]]:
        return self._snapshots.roots(Kind.TICKET, self._latest.number)

    def _some(self, ids: set[str]) -> Iterator[tuple[Ref, list[StoredRow]]]:
        for id_ in sorted(ids):
            root = Ref(self._snapshots.desk, Kind.TICKET, id_)
            yield root, self._snapshots.root(root, self._latest.number)

    def _answers(self, tickets: Iterator[tuple[Ref, list[StoredRow]]]) -> Iterator[ConditionAnswer]:
        for root, rows in tickets:
            record = assemble(root, rows)
            if record is None:
                continue
            with self._recorder.frame() as frame:
                text = self.tally.ask(record)
            frame.keys.discard(str(root))
            until = moment_text(frame.until) if frame.until is not None else None
            yield ConditionAnswer(root.id, text, until, sorted(frame.keys))
