"""The connector for the neutral schema as files: the reference connector."""

from ticketferry.sdk import Connector, Feature
from ticketferry_neutral.options import NeutralOptions

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    name="neutral",
    title="Neutral files (JSON Lines and attachments in a folder)",
    options=NeutralOptions,
    features=frozenset(
        {
            Feature.COUNTS,
            Feature.DELTA,
            Feature.DELETIONS,
            Feature.CONTENT,
            Feature.PUBLIC_AND_INTERNAL,
            Feature.COMMENT_AUTHOR,
            Feature.COMMENT_TIME,
            Feature.TICKET_TIMES,
            Feature.HISTORY,
            Feature.INLINE_IMAGES,
            Feature.FOLDS,
            Feature.LINKS,
            Feature.WORKLOGS,
            Feature.ORGANIZATIONS,
            Feature.GROUPS,
            Feature.PEOPLE_CREATED,
            Feature.PEOPLE_REMOVED,
            Feature.TOTALS,
            Feature.FORECAST,
            Feature.ANY_NAME,
        }
    ),
    witness="ticketferry_neutral.witness",
    source="ticketferry_neutral.source:NeutralSource",
    target="ticketferry_neutral.target:NeutralTarget",
    bodies={kind: frozenset({"body"}) for kind in ("ticket", "comment", "worklog")},
    version=3,
    roles=("source", "target"),
)
