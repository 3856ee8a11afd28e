"""The mapping in words, with counts of the newest snapshot, or of a file of definitions."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.mapping.refusals import beside_refusals
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.shadow_lint import beside_counts
from ticketferry.mapping.wording.chapters import MappingWords
from ticketferry.mapping.wording.document import in_words
from ticketferry.mapping.wording.tables import Taken
from ticketferry.mapping.work import Setup
from ticketferry.project.conditions import answers_now
from ticketferry.project.definitions_file import DeskDefinitions, definitions_of
from ticketferry.project.project import Project
from ticketferry.schema.refs import Kind

__all__ = ["words_elsewhere", "words_of_mapping"]


def words_of_mapping(project: Project) -> MappingWords:
    """Return the folder's mapping in words, with the tickets of the newest snapshot. Raises MappingError, WorkspaceError."""
    mapping = project.mapping()
    definitions = _with_made(mapping, definitions_of(project))
    counts, found, refused = answers_now(project, mapping, definitions.source, definitions.target)
    first = {row.path: row.takes if row.reached is None else row.reached for row in counts}
    setup = _setup(mapping, definitions)
    everything = definitions.use.tickets if definitions.use is not None else None
    if not counts and everything is not None:
        first |= _of_all(mapping, everything)
    held = lint(mapping, definitions.source, definitions.target, definitions.features)
    held, refused = beside_refusals(beside_counts(held, found), refused, mapping)
    snapshots = project.snapshots("source")
    latest = snapshots.latest()
    total = snapshots.count(Kind.TICKET, latest.number) if latest is not None else None
    return in_words(setup, definitions.use, first, [*found, *held, *refused], total)


def _of_all(mapping: MappingFile, tickets: int) -> Taken:
    """Return the counts of a mapping without a condition: all tickets go the first way and move with the first phase."""
    rules = mapping.rules
    taken: dict[tuple[str | int, ...], int] = {}
    if rules.route:
        taken["route", 0, "when"] = tickets
    if rules.phases:
        taken["phases", 0, "where"] = tickets
    return taken


def words_elsewhere(path: Path, definitions: DeskDefinitions) -> MappingWords:
    """Return a mapping file in words, with the counts of a file of definitions; how many tickets a condition takes is not known there."""
    mapping = load(path)
    definitions = _with_made(mapping, definitions)
    found = lint(mapping, definitions.source, definitions.target, definitions.features)
    return in_words(_setup(mapping, definitions), definitions.use, None, found)


def _with_made(mapping: MappingFile, definitions: DeskDefinitions) -> DeskDefinitions:
    """Return the definitions with what the plan would make in the target: nothing of that is missing there."""
    made = missing_definitions(mapping, definitions.source, definitions.target, definitions.features)
    return replace(definitions, target=augmented(definitions.target, made))


def _setup(mapping: MappingFile, definitions: DeskDefinitions) -> Setup:
    now = datetime.now(UTC)
    return Setup(mapping, definitions.source, definitions.target, definitions.features, NoLookups(), now)
