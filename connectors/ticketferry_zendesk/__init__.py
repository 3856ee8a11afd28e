"""The connector for Zendesk Support."""

from ticketferry.sdk import Connector, Feature
from ticketferry_zendesk.endpoints import GUARDS
from ticketferry_zendesk.options import ZendeskOptions

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    name="zendesk",
    title="Zendesk Support",
    options=ZendeskOptions,
    features=frozenset(
        {
            Feature.COUNTS,
            Feature.DELTA,
            Feature.DELETIONS,
            Feature.CONTENT,
            Feature.PUBLIC_AND_INTERNAL,
            Feature.INLINE_IMAGES,
            Feature.LINKS,
            Feature.ORGANIZATIONS,
            Feature.GROUPS,
            Feature.CLOSED_IS_FINAL,
            Feature.COMMENT_AUTHOR,
            Feature.COMMENT_TIME,
            Feature.TICKET_TIMES,
            Feature.PEOPLE_CREATED,
            Feature.PEOPLE_REMOVED,
            Feature.DEFINITIONS,
            Feature.OPTIONS_MADE,
            Feature.STATUSES_MADE,
            Feature.PROFILES,
            Feature.SHARING,
            Feature.FOLLOWERS_ARE_AGENTS,
            Feature.CROSS_CHECK,
            Feature.TOTALS,
            Feature.INVENTORY,
            Feature.FORECAST,
        }
    ),
    witness="ticketferry_zendesk.witness",
    source="ticketferry_zendesk.source:ZendeskSource",
    target="ticketferry_zendesk.target:ZendeskTarget",
    emulator="ticketferry_emulators.zendesk:ZendeskEmulator",
    version=6,
    guards=GUARDS,
    bodies={"comment": frozenset({"event.html_body", "more[].html_body"})},
    roles=("source", "target"),
)
