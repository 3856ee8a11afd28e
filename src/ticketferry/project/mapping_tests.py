"""The tests that a mapping file brings along, run on the last extract."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ticketferry.errors import FerryError, MappingError, UsageError
from ticketferry.mapping.augmented import augmented
from ticketferry.mapping.catalog_lookups import CatalogLookups
from ticketferry.mapping.definitions import missing_definitions
from ticketferry.mapping.engine import Engine
from ticketferry.mapping.examples import ExampleDifference, GivenError, differences, record_of
from ticketferry.mapping.expected_names import unknown_expected, unknown_given
from ticketferry.mapping.held import as_held, field_keys
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.mapping.model import MappingExample
from ticketferry.plan.context import PlanContext
from ticketferry.project.definitions_file import DeskDefinitions
from ticketferry.project.explain import find_record
from ticketferry.project.explain_values import held_by_target
from ticketferry.project.golden import golden_tickets
from ticketferry.project.project import Project
from ticketferry.registry import connector
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature

__all__ = ["MappingTest", "run_elsewhere", "run_mapping_tests", "tests_unable", "tests_unable_elsewhere"]

_KINDS = {"group": Kind.GROUP, "organization": Kind.ORGANIZATION, "person": Kind.PERSON}
UNASKED = "a file of definitions has not all that its connector asks a catalog for"
_NAMES = ("name", "email", "external_id", "ref")


@dataclass(frozen=True, slots=True)
class MappingTest:
    """One test that was run. `where`: `file:line:column`."""

    name: str
    where: str
    differences: tuple[ExampleDifference, ...]
    unasked: str = ""
    """Why the new desk was not asked what it will hold, so that the mapping's own words were held against what is expected. Empty: it was asked."""

    @property
    def passed(self) -> bool:
        """Tell whether everything is as expected."""
        return not self.differences


def run_mapping_tests(project: Project, names: Sequence[str] = ()) -> list[MappingTest]:
    """Run the mapping's tests, all or those with these names, in the order of the file. Talks to no desk and writes nothing. What is expected
    is held against what the new desk will hold, by its catalog as it was read last.

    Raises MappingError with every name that its desk does not have, UsageError for a test that the file does not have.
    """
    mapping = project.mapping()
    tests = _chosen(mapping, names)
    planning = project.planning()
    try:
        done: list[MappingTest] = []
        for number, test, record in _able(_readied(project, planning, mapping, tests)):
            mapped = planning.case(record)
            mapped = as_held(mapped, held_by_target(planning, mapped), field_keys(planning.target_catalog))
            found = differences(test.expect, record, mapped, lambda ref: _called(planning, ref))
            done.append(MappingTest(test.name, mapping.at("tests", number), tuple(found)))
        return [*done, *(() if names else _golden(project, planning, mapping))]
    finally:
        planning.close()


def tests_unable(project: Project) -> list[str]:
    """Return the names of the mapping's tests that cannot be run, since they name what a desk does not have. Talks to no desk, maps nothing.

    None where planning cannot be opened: that says more than a test could, and the plan tells it.
    """
    mapping = project.mapping()
    if not mapping.rules.tests:
        return []
    try:
        planning = project.planning()
    except FerryError:
        return []
    try:
        return _unable(_readied(project, planning, mapping, _chosen(mapping, ())))
    finally:
        planning.close()


def _readied(
    project: Project,
    planning: PlanContext,
    mapping: MappingFile,
    tests: Sequence[tuple[int, MappingExample]],
) -> "list[_Readied]":
    directory = _Names(planning, mapping.rules.tests)
    ways = ["rest", *(way.name for way in project.config.target.connector.ways)]
    unknown = _unknown_names(
        mapping, tests, planning.source_catalog, planning.target_catalog, planning.features, ways
    )
    return _made(mapping, tests, unknown, lambda test: _record(project, planning, directory, test))


def _golden(project: Project, planning: PlanContext, mapping: MappingFile) -> Iterator[MappingTest]:
    """Yield a test for each golden ticket: it is there, and the mapping does not reject it."""
    refs, missing = golden_tickets(project, mapping)
    absent = {item.where: item.message for item in missing}
    known = iter(refs)
    for index, number in enumerate(mapping.rules.golden):
        where = mapping.at("golden", index)
        if where in absent:
            gone = ExampleDifference("ticket", "one that is there", absent[where], "golden")
            yield MappingTest(f"golden ticket {number}", where, (gone,))
            continue
        record = planning.source_record(parse_ref(next(known)))
        assert record is not None
        mapped = planning.case(record)
        mapped = as_held(mapped, held_by_target(planning, mapped), field_keys(planning.target_catalog))
        rejected = ExampleDifference("outcome", "not rejected", "rejected", mapped.because)
        yield MappingTest(
            f"golden ticket {number}", where, (rejected,) if mapped.outcome is Outcome.REJECT else ()
        )


def run_elsewhere(path: Path, definitions: DeskDefinitions, names: Sequence[str] = ()) -> list[MappingTest]:
    """Run the tests of a mapping file against definitions alone: people and organizations are whoever a test names, nobody has an account, and
    what the new desk cannot hold is not seen (`unasked`).

    Raises MappingError for names that a desk does not have and for tests that begin with a ticket, UsageError for a test that is not there.
    """
    mapping = load(path)
    lookups = CatalogLookups(definitions.source)
    now = datetime.now(UTC)
    readied = _readied_elsewhere(mapping, definitions, _chosen(mapping, names), lookups, now)
    made = missing_definitions(mapping, definitions.source, definitions.target, definitions.features)
    target = augmented(definitions.target, made)
    ways = {way.name: way.features for way in connector(mapping.rules.target).ways}
    engine = Engine(mapping, definitions.source, target, definitions.features, lookups, now, ways)
    groups = {str(row["id"]): row["name"] for row in target.get("groups", ())}
    called = lambda ref: [*_named(lookups, ref), *_group_of(ref, target["desk"], groups)]  # noqa: E731
    done: list[MappingTest] = []
    for number, test, record in _able(readied):
        found = differences(test.expect, record, engine.case(record), called)
        done.append(MappingTest(test.name, mapping.at("tests", number), tuple(found), UNASKED))
    return done


def tests_unable_elsewhere(path: Path, definitions: DeskDefinitions) -> list[str]:
    """Return the names of the tests of a mapping file that cannot be run against definitions alone."""
    mapping = load(path)
    lookups = CatalogLookups(definitions.source)
    return _unable(_readied_elsewhere(mapping, definitions, _chosen(mapping, ()), lookups, datetime.now(UTC)))


def _readied_elsewhere(
    mapping: MappingFile,
    definitions: DeskDefinitions,
    tests: Sequence[tuple[int, MappingExample]],
    lookups: CatalogLookups,
    now: datetime,
) -> "list[_Readied]":
    source, features = definitions.source, definitions.features
    target = augmented(definitions.target, missing_definitions(mapping, source, definitions.target, features))
    ways = ["rest", *(way.name for way in connector(mapping.rules.target).ways)]

    def record(test: MappingExample) -> Record:
        if test.given.ticket is not None:
            raise GivenError(
                ("ticket",),
                "a file of definitions holds no tickets: run this test where the desk was extracted",
            )
        return record_of(test.given, source["desk"], source, None, lookups.ref, now)

    return _made(mapping, tests, _unknown_names(mapping, tests, source, target, features, ways), record)


class _Readied(NamedTuple):
    """A test with the ticket that is given, None where it cannot be made; `problems`: why the test cannot be run."""

    number: int
    test: MappingExample
    record: Record | None
    problems: list[str]


def _made(
    mapping: MappingFile, tests: Sequence[tuple[int, MappingExample]], unknown: Mapping[int, list[str]],
    record_for: Callable[[MappingExample], Record],
) -> list[_Readied]:  # fmt: skip
    """Make the ticket of each test; `unknown`: what is wrong with a test already, by its number."""
    made: list[_Readied] = []
    for number, test in tests:
        problems, record = list(unknown.get(number, ())), None
        try:
            record = record_for(test)
        except GivenError as error:
            problems.append(f"{mapping.at('tests', number, 'given', *error.path)}: {error}")
        except FerryError as error:
            problems.append(f"{mapping.at('tests', number, 'given', 'ticket')}: {error.message}")
        made.append(_Readied(number, test, record, problems))
    return made


def _able(readied: Sequence[_Readied]) -> Iterator[tuple[int, MappingExample, Record]]:
    """Yield every test with its ticket. Raises MappingError where any cannot be run, before the first."""
    problems = [problem for each in readied for problem in each.problems]
    if problems:
        raise MappingError(list(dict.fromkeys(problems)))
    for each in readied:
        if each.record is not None:
            yield each.number, each.test, each.record


def _unable(readied: Sequence[_Readied]) -> list[str]:
    return [each.test.name for each in readied if each.problems]


def _unknown_names(
    mapping: MappingFile, tests: Sequence[tuple[int, MappingExample]], source: Catalog, target: Catalog, features: frozenset[Feature],
    ways: Collection[str],
) -> dict[int, list[str]]:  # fmt: skip
    """Return what the tests name and neither desk knows, with its place, by the number of the test: what is never found makes a test that cannot fail, or none that passes."""
    return {
        number: [
            f"{mapping.at('tests', number, *name.path)}: {name.message}"
            for name in (
                *unknown_given(test.given, source),
                *unknown_expected(test.expect, mapping.rules, source, target, features, ways),
            )
        ]
        for number, test in tests
    }


def _group_of(ref: str, desk: str, groups: Mapping[str, str]) -> Iterator[str]:
    """Yield the name of a group of the target."""
    known = parse_ref(ref) if ref.startswith(f"{desk}:") else None
    if known is not None and known.kind is Kind.GROUP and known.id in groups:
        yield groups[known.id]


def _named(lookups: CatalogLookups, ref: str) -> Iterator[str]:
    record = lookups.record(ref) or {}
    yield from (str(record[key]) for key in reversed(_NAMES) if record.get(key))


def _chosen(mapping: MappingFile, names: Sequence[str]) -> list[tuple[int, MappingExample]]:
    tests = mapping.rules.tests
    unknown = [name for name in names if name not in {test.name for test in tests}]
    if unknown:
        raise UsageError(
            f"{mapping.document.name} has no test named {unknown[0]!r}",
            remedy="It has: " + (", ".join(test.name for test in tests) or "none at all."),
        )
    return [(number, test) for number, test in enumerate(tests) if not names or test.name in names]


def _record(project: Project, planning: PlanContext, directory: "_Names", test: MappingExample) -> Record:
    base: Record | None = None
    if test.given.ticket is not None:
        root, _ = find_record(project, test.given.ticket)
        if root.kind is not Kind.TICKET:
            raise GivenError(("ticket",), f"{root} is no ticket")
        base = planning.source_record(root)
    return record_of(
        test.given, planning.source.desk, planning.source_catalog, base, directory.ref, planning.beside.now
    )


def _called(planning: PlanContext, ref: str) -> Iterator[str]:
    """Yield what people may call somebody of the source, and the account that stands for them; the name last."""
    account = planning.account(ref)
    records = [
        planning.source_record(parse_ref(ref)) if parse_ref(ref).desk == planning.source.desk else None
    ]
    target = getattr(account, "id", None) or (parse_ref(ref).id if records == [None] else None)
    if target is not None:
        records.insert(0, planning.current(parse_ref(ref).kind, str(target)))
    for record in records:
        yield from (str(record[key]) for key in reversed(_NAMES) if record and record.get(key))


class _Names:
    """Groups, organizations and people of the source by what the tests call them; read once, those only that are asked for."""

    def __init__(self, planning: PlanContext, tests: Sequence[MappingExample]) -> None:
        self._refs: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        asked: dict[str, set[str]] = {kind: set() for kind in _KINDS}
        for test in tests:
            given = test.given
            asked["group"].add(given.group or "")
            asked["organization"].add(given.organization or "")
            asked["person"] |= {given.requester or "", given.assignee or ""}
            asked["person"] |= {comment.author or "" for comment in given.comments or ()}
        for kind, names in asked.items():
            wanted = {name.casefold() for name in names if name}
            if not wanted:
                continue
            for root, rows in planning.source.roots(_KINDS[kind], planning.inputs.source_snapshot):
                record = planning.source_record(root, rows)
                for key in _NAMES:
                    name = str((record or {}).get(key) or "").casefold()
                    if name in wanted:
                        self._refs[kind, name][str(root)] = None

    def ref(self, kind: str, name: str) -> str | None:
        """Return who has a name; None where nobody has. Raises GivenError where several have it."""
        refs = list(self._refs.get((kind, name.casefold()), ()))
        if len(refs) > 1:
            key = kind if kind in ("group", "organization") else "requester"
            raise GivenError(
                (key,), f"several are called `{name}`: {', '.join(refs[:3])}; write one of these"
            )
        return refs[0] if refs else None
