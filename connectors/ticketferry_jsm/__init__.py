"""The connector for Jira Service Management (Jira Cloud) over REST: source, and target with planned workflow paths."""

from ticketferry.sdk import Connector, Feature

from .endpoints import GUARDS
from .import_way import WAY
from .options import JsmOptions

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    name="jsm",
    title="Jira Service Management",
    options=JsmOptions,
    features=frozenset(
        {
            Feature.DELTA,
            Feature.DELETIONS,
            Feature.CONTENT,
            Feature.PUBLIC_AND_INTERNAL,
            Feature.INLINE_IMAGES,
            Feature.FOLDS,
            Feature.DESCRIPTION,
            Feature.DUE_DAY,
            Feature.PATHS,
            Feature.PROJECTS,
            Feature.LINKS,
            Feature.WORKLOGS,
            Feature.ORGANIZATIONS,
            Feature.PEOPLE_CREATED,
            Feature.TOTALS,
            Feature.INVENTORY,
            Feature.FORECAST,
            Feature.IMPORT_FILE,
            Feature.KEYS,
            Feature.FOLLOWERS_ARE_AGENTS,
            Feature.COMPONENTS_MADE,
            Feature.DEFINITIONS,
            Feature.OPTIONS_BY_NAME,
            Feature.OPTIONS_MADE,
        }
    ),
    witness="ticketferry_jsm.witness",
    source="ticketferry_jsm.source:JsmSource",
    target="ticketferry_jsm.target:JsmTarget",
    emulator="ticketferry_emulators.jsm:JsmEmulator",
    guards=GUARDS,
    ways=(WAY,),
    bodies={
        "ticket": frozenset({"fields.description", "fields.environment", "continued[].body"}),
        "comment": frozenset({"body", "continued[].body"}),
        "worklog": frozenset({"comment"}),
    },
    version=8,
    roles=("source", "target"),
)
