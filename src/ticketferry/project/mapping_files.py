"""The mapping file of a migration checked against both desks; the mappings that come along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import yaml

from ticketferry.errors import ConfigError, MappingError, WorkspaceError
from ticketferry.mapping.condition_tally import ConditionCount
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.holding import BY_HAND, held_against
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import MappingFile, load
from ticketferry.mapping.refusals import beside_refusals
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.shadow_lint import beside_counts
from ticketferry.mapping.shipped import shipped
from ticketferry.mapping.undecided import UndecidedNames, undecided
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path as Place
from ticketferry.project.conditions import answers_now, conditions_now
from ticketferry.project.definitions_file import DeskDefinitions, definitions_of, newest_catalog
from ticketferry.project.golden import golden_tickets
from ticketferry.project.named_accounts import named_accounts
from ticketferry.project.new_values import new_value_findings
from ticketferry.project.project import Project
from ticketferry.schema.catalog import Catalog
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.features import Feature

OF_THE_TARGET = frozenset({"S205", "S208", "S210", "S219"})
"""Codes of what the target may have got since it was read last."""

__all__ = [
    "MappingCheck",
    "ShippedMapping",
    "check_elsewhere",
    "check_here",
    "check_mapping",
    "left_by_hand",
    "ready_mappings",
]


@dataclass(slots=True)
class MappingCheck:
    """`problems`: what keeps the file from being read; `findings`: what does not hold against the desks (where they were read)."""

    path: Path
    problems: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    conditions: list[ConditionCount] = field(default_factory=list)
    """For how many tickets each condition holds now."""
    undecided: list[UndecidedNames] = field(default_factory=list)
    """What of the source is not decided, in tickets."""
    compared: bool = False
    digest: str = ""
    phases: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Tell whether a plan can be made with it."""
        return not self.problems and not any(item.severity is Severity.BLOCKER for item in self.findings)


@dataclass(frozen=True, slots=True)
class ShippedMapping:
    """A mapping that comes with ticketferry."""

    name: str
    source: str
    target: str
    path: Path


def check_mapping(project: Project) -> MappingCheck:
    """Read the mapping and compare it with the catalogs of both snapshots. Raises ConfigError where there is no file."""
    result = MappingCheck(project.config.mapping)
    try:
        mapping = project.mapping()
    except MappingError as error:
        result.problems = tuple(str(problem) for problem in error.problems)
        return result
    result.digest = mapping.digest
    result.phases = tuple(phase.name for phase in mapping.rules.phases)
    try:
        source, target = newest_catalog(project, "source"), newest_catalog(project, "target")
    except WorkspaceError:
        return result
    result.compared = True
    features = project.config.target.connector.features
    result.conditions, counted, refused = answers_now(project, mapping, source, target)
    counted += named_accounts(project, mapping)
    taken = {row.path: row.takes if row.reached is None else row.reached for row in result.conditions}
    use = cache(lambda: definitions_of(project).use)
    held = held_against(mapping, source, target, features, use, taken)
    held, refused = beside_refusals(beside_counts(held, counted), refused, mapping)
    result.findings = [*held, *refused, *counted]
    result.findings += golden_tickets(project, mapping)[1]
    result.findings += new_value_findings(project, mapping, source)
    result.undecided = _undecided(result.findings, mapping, source, target, features, use, taken)
    return result


def _undecided(
    findings: list[Finding], mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature],
    use: Callable[[], UseCounts | None], taken: Mapping[Place, int] | None = None,
) -> list[UndecidedNames]:  # fmt: skip
    if not any(item.code in ("S201", "S207") for item in findings):
        return []
    setup = Setup(mapping, source, target, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))
    return undecided(setup, use(), taken)


def check_here(project: Project, mapping: MappingFile) -> list[Finding]:
    """Hold the mapping against what was read already: the source's catalog and tickets, the target's catalog of the last time.

    Returns what the tickets tell. Raises MappingError for what cannot come right by reading the target again.
    """
    source = newest_catalog(project, "source")
    try:
        target = newest_catalog(project, "target")
    except WorkspaceError:
        target = Catalog(desk=project.config.target.key, product=mapping.rules.target)
    findings = lint(mapping, source, target, project.config.target.connector.features)
    _, counted = conditions_now(project, mapping, source, target)
    counted = [*counted, *new_value_findings(project, mapping, source)]
    blockers = [
        item
        for item in (*findings, *counted)
        if item.severity is Severity.BLOCKER and item.code not in OF_THE_TARGET
    ]
    if blockers:
        raise MappingError([f"{item.where}: {item.message}" for item in blockers])
    return counted


def check_elsewhere(path: Path, definitions: DeskDefinitions) -> MappingCheck:
    """Read a mapping and compare it with definitions of a file: no folder and no ticket is needed. Raises ConfigError where there is no file."""
    result = MappingCheck(path)
    try:
        mapping = load(path)
    except MappingError as error:
        result.problems = tuple(str(problem) for problem in error.problems)
        return result
    result.digest = mapping.digest
    result.phases = tuple(phase.name for phase in mapping.rules.phases)
    result.compared = True
    result.findings = held_against(
        mapping, definitions.source, definitions.target, definitions.features, lambda: definitions.use
    )
    result.undecided = _undecided(
        result.findings,
        mapping,
        definitions.source,
        definitions.target,
        definitions.features,
        lambda: definitions.use,
    )
    return result


def left_by_hand(project: Project) -> list[Finding]:
    """Return what the mapping names and neither desk nor plan makes: what somebody has to make in the target, or to name otherwise.

    Nothing where the mapping cannot be read or was never compared.
    """
    checked = check_mapping(project)
    return [item for item in checked.findings if item.code in BY_HAND]


def ready_mappings() -> list[ShippedMapping]:
    """Return the mappings that come with ticketferry."""
    ready = []
    for name, path in shipped().items():
        try:
            head = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, yaml.YAMLError) as error:
            raise ConfigError(
                f"the ready mapping {name} cannot be read: {error}", remedy="Install it again."
            ) from error
        ready.append(ShippedMapping(name, str(head.get("source", "")), str(head.get("target", "")), path))
    return ready
