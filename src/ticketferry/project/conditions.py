"""For how many tickets each condition of the mapping holds now, and how many it rejects; only tickets that changed since the last time are asked again."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ticketferry.desired.cases import assemble, assemble_records
from ticketferry.desired.lookups import SnapshotLookups
from ticketferry.errors import WorkspaceError
from ticketferry.mapping.condition_tally import ConditionCount, ConditionTally, Needs, merged
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import choices_of, conditions_of
from ticketferry.mapping.refusal_answers import AnsweredRefusals, keys_read
from ticketferry.mapping.refusals import may_refuse
from ticketferry.mapping.work import Setup
from ticketferry.plan.doors import RecordedLookups
from ticketferry.plan.file.shards import moment_text
from ticketferry.plan.recording import Recorder
from ticketferry.project.folder import MigrationFolder
from ticketferry.project.program import program_digest
from ticketferry.project.refused_now import refused_now
from ticketferry.schema.assembly import put_together
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record, digest
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Finding
from ticketferry.store.condition_book import ConditionAnswer, ConditionBook
from ticketferry.store.snapshots import SnapshotInfo, Snapshots
from ticketferry.store.ticket_records import ticket_parts, ticket_records

__all__ = ["SourceAnswers", "answers_now", "conditions_now"]

_MOST_QUESTIONS = 400
"""Questions that a book keeps answers to: those that no mapping asks any more go with the others."""


class SourceAnswers(NamedTuple):
    """What the tickets of the source's newest snapshot say of a mapping. `found`: of its conditions; `refused`: a finding for each rule that
    rejects tickets.
    """

    conditions: list[ConditionCount]
    found: list[Finding]
    refused: list[Finding]


def conditions_now(
    folder: MigrationFolder, mapping: MappingFile, source: Catalog, target: Catalog
) -> tuple[list[ConditionCount], list[Finding]]:
    """Ask every condition of every ticket of the source's newest snapshot; nothing where the mapping has no condition and no `by`."""
    answers = _answers(folder, mapping, source, target, refusing=False)
    return answers.conditions, answers.found


def answers_now(
    folder: MigrationFolder, mapping: MappingFile, source: Catalog, target: Catalog
) -> SourceAnswers:
    """Ask every condition, and every rule that can reject a ticket, of every ticket of the source's newest snapshot; nothing where there is neither."""
    return _answers(folder, mapping, source, target, refusing=may_refuse(mapping.rules, source))


def _answers(
    folder: MigrationFolder, mapping: MappingFile, source: Catalog, target: Catalog, *, refusing: bool
) -> SourceAnswers:
    conditions = any(condition != "always" for _, condition, _ in conditions_of(mapping.rules)) or any(
        choice.by is not None for _, choice in choices_of(mapping.rules)
    )
    snapshots = folder.snapshots("source")
    latest = snapshots.latest()
    if latest is None or not (conditions or refusing):
        return SourceAnswers([], [], [])
    keys = keys_read(mapping.rules) if refusing else None
    refused = refused_now(folder, mapping, source, target) if refusing and keys is None else []
    if not conditions and keys is None:
        return SourceAnswers([], [], refused)
    asking = _Asking(folder, mapping, source, target, snapshots, latest, keys)
    counts, questions = _counted(folder, asking)
    if asking.refusals is not None:
        refused = asking.refusals.findings(counts, questions)
    rows, found = asking.tally.result(counts, questions) if conditions else ([], [])
    return SourceAnswers(rows, found, refused)


def _counted(folder: MigrationFolder, asking: "_Asking") -> tuple[list[tuple[str, int]], Sequence[str]]:
    """Return the answers with the number of tickets that gave each, and what they were asked."""
    if folder.readonly:
        return asking.all_counts(), asking.questions
    path = folder.root / "answers" / "conditions.db"
    try:
        with ConditionBook.open(path) as book:
            questions = asking.bring_up_to_date(book)
            return book.counts(), questions
    except (sqlite3.Error, OSError) as error:
        # The book saves time; where it cannot be kept all is asked.
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            path.unlink(missing_ok=True)
        return asking.all_counts(), asking.questions


class _Asking:
    def __init__(
        self,
        folder: MigrationFolder,
        mapping: MappingFile,
        source: Catalog,
        target: Catalog,
        snapshots: Snapshots,
        latest: SnapshotInfo,
        keys: Iterable[str] | None,
    ) -> None:
        """`keys`: what of a ticket decides whether it is rejected, None where that is not asked."""
        self._snapshots, self._latest = snapshots, latest
        self._recorder = Recorder()
        lookups = RecordedLookups(
            SnapshotLookups(snapshots, latest.number, None, ours=lambda _: False, takes_part=lambda _: False),
            self._recorder,
        )
        here, there = folder.config.source.connector, folder.config.target.connector
        setup = Setup(mapping, source, target, there.features, lookups, latest.began)
        self.tally = ConditionTally(setup, lookups, latest.began)
        self.refusals = AnsweredRefusals(setup, keys) if keys is not None else None
        more = self.refusals.questions if self.refusals is not None else ()
        self.questions = tuple(dict.fromkeys((*self.tally.questions, *more)))
        self._everything = digest([program_digest(here, there), snapshots.desk]).hex()

    def all_counts(self) -> list[tuple[str, int]]:
        """Ask all tickets."""
        answers = self._answers(self.questions)
        return sorted(Counter(answer.text for answer in answers).items())

    def bring_up_to_date(self, book: ConditionBook) -> Sequence[str]:
        """Ask the tickets that are new or changed, and those that had asked for something that did; and all of them what nobody asked yet.

        Returns the questions that the answers of the book are about.
        """
        state, now = book.state(), moment_text(self._latest.began)
        source = [self._latest.number, self._latest.digest]
        known: list[str] = state.get("questions", [])
        further = [question for question in self.questions if question not in set(known)]
        continues = self._continues(state, now)
        if not continues or len(known) + len(further) > _MOST_QUESTIONS:
            book.clear()
            state, known, further, gone = {}, [*self.questions], [], set[str]()
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
