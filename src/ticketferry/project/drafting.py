"""The first mapping of a migration, or what a mapping that is there still lacks; from the folder's snapshots or from a file of definitions."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ticketferry.errors import FatalError, MappingError
from ticketferry.mapping.drafting.agents import NO_AGENTS, AgentProposals, propose_agents
from ticketferry.mapping.drafting.document import Draft, draft
from ticketferry.mapping.drafting.into import Added, add_into
from ticketferry.mapping.lint import lint
from ticketferry.mapping.loader import load, loads
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.work import Setup
from ticketferry.project.definitions_file import DeskDefinitions, definitions_of
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind

__all__ = ["added_to", "draft_mapping", "drafted"]


def drafted(definitions: DeskDefinitions, agents: AgentProposals = NO_AGENTS) -> Draft:
    """Return a first mapping from what both desks define."""
    return draft(definitions.source, definitions.target, definitions.features, definitions.use, agents)


def draft_mapping(project: Project) -> Draft:
    """Return a first mapping from the newest snapshots, with proposals for agents. Raises WorkspaceError where a desk was not read."""
    definitions = definitions_of(project)
    agents = propose_agents(_people(project, "source"), _people(project, "target"))
    return drafted(definitions, agents)


def _people(project: Project, role: str) -> Iterator[Record]:
    snapshots = project.snapshots(role)
    latest = snapshots.latest()
    if latest is None:
        return
    for root, rows in snapshots.roots(Kind.PERSON, latest.number):
        for row in rows:
            yield from (record for record in row.records if record.get("ref") == str(root))


def added_to(path: Path, definitions: DeskDefinitions) -> Added:
    """Return a mapping file with what it lacks; nothing is written. Raises MappingError for a file that cannot be read as a mapping."""
    mapping = load(path)
    text = path.read_bytes().decode("utf-8")
    sign = "\ufeff" if text.startswith("\ufeff") else ""
    source, target, features = definitions.source, definitions.target, definitions.features
    setup = Setup(mapping, source, target, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))
    found = lint(mapping, source, target, features)
    added = add_into(text.removeprefix(sign), setup, drafted(definitions), found)
    try:
        loads(added.text, path.name, path.parent)
    except MappingError as error:
        raise FatalError(
            f"{path.name} would not be a mapping any more, so nothing was written: {error.problems[0]}"
        ) from error
    return Added(sign + added.text, added.decided, added.proposed, added.gone)
