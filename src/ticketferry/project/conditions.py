"""For how many tickets each condition of the mapping holds now; only tickets that changed since the last time are asked again."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from ticketferry.desired.cases import assemble, assemble_records
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import WorkspaceError
from ticketferry.mapping.condition_tally import ConditionCount, ConditionTally, Needs, merged
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import conditions_of
from ticketferry.mapping.work import Setup
from ticketferry.plan.doors import RecordedLookups
from ticketferry.plan.file.shards import moment_text
from ticketferry.plan.recording import Recorder
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.program import program_digest
from ticketferry.schema.assembly import put_together
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record, digest
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding
from ticketferry.store.condition_book import ConditionAnswer, ConditionBook
from ticketferry.store.snapshots import SnapshotInfo, Snapshots
from ticketferry.store.ticket_records import ticket_parts, ticket_records

__all__ = ["conditions_now"]

_MOST_QUESTIONS = 400
"""Questions that a book keeps answers to: those that no mapping asks any more go with the others."""


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
        return asking.tally.result(asking.all_counts(), asking.tally.questions)
    try:
        with ConditionBook.open(path) as book:
            questions = asking.bring_up_to_date(book)
            counts = book.counts()
    except (sqlite3.Error, OSError) as error:
        # The book saves time; where it cannot be kept all is asked.
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            path.unlink(missing_ok=True)
        questions, counts = asking.tally.questions, asking.all_counts()
    return asking.tally.result(counts, questions)


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
        self._everything = digest([program_digest(here, there), snapshots.desk]).hex()

    def all_counts(self) -> list[tuple[str, int]]:
        """Ask all tickets."""
        answers = self._answers(self.tally.questions)
        return sorted(Counter(answer.text for answer in answers).items())

    def bring_up_to_date(self, book: ConditionBook) -> Sequence[str]:
        """Ask the tickets that are new or changed, and those that had asked for something that did; and all of them what nobody asked yet.

        Returns the questions that the answers of the book are about.
        """
        state, now = book.state(), moment_text(self._latest.began)
        source = [self._latest.number, self._latest.digest]
        known: list[str] = state.get("questions", [])
        further = [question for question in self.tally.questions if question not in set(known)]
        continues = self._continues(state, now)
        if not continues or len(known) + len(further) > _MOST_QUESTIONS:
            book.clear()
            state, known, further, gone = {}, [*self.tally.questions], [], set[str]()
            answers = self._answers(known)
        else:
            changed = self._snapshots.touched_roots(state["source"][0], self._latest.number)
            keys = [f"{self._snapshots.desk}:{kind}:{id_}" for kind, id_ in changed]
            gone = {id_ for kind, id_ in changed if kind == Kind.TICKET.value}
            gone |= book.hit(keys, now if now != state["now"] else "")
            answers = self._answers(known, gone)
        state = {"everything": self._everything, "now": now, "source": source, "questions": known}
        book.replace(gone, answers, state)
        if further:
            together = partial(merged, first=len(known))
            known = [*known, *further]
            book.extend(self._answers(further), together, {**state, "questions": known})
        return known

    def _continues(self, state: dict[str, object], now: str) -> bool:
        if state.get("everything") != self._everything or now < str(state["now"]):
            return False
        number, there = state["source"]  # type: ignore[misc]
        try:
            return bool(number <= self._latest.number and self._snapshots.info(number).digest == there)  # type: ignore[has-type]
        except WorkspaceError:
            return False

    def _answers(self, questions: Sequence[str], ids: set[str] | None = None) -> Iterator[ConditionAnswer]:
        """Ask tickets (None: all), and read no more of them than the questions need."""
        asking = self.tally.asking(questions)
        for id_, record in self._tickets(asking.needs) if ids is None else self._some(ids):
            with self._recorder.frame() as frame:
                text = asking.ask(record)
            frame.keys.discard(f"{self._snapshots.desk}:{Kind.TICKET.value}:{id_}")
            until = moment_text(frame.until) if frame.until is not None else None
            yield ConditionAnswer(id_, text, until, sorted(frame.keys))

    def _tickets(self, needs: Needs) -> Iterator[tuple[str, Record]]:
        if needs == "own":
            for row in ticket_records(self._snapshots, self._latest.number):
                yield row.id, row.record
            return
        build = put_together if needs == "parts" else assemble_records
        for root, records in ticket_parts(self._snapshots, self._latest.number):
            record = build(root, records)
            if record is not None:
                yield root.id, record

    def _some(self, ids: set[str]) -> Iterator[tuple[str, Record]]:
        for id_ in sorted(ids):
            root = Ref(self._snapshots.desk, Kind.TICKET, id_)
            record = assemble(root, self._snapshots.root(root, self._latest.number))
            if record is not None:
                yield id_, record
