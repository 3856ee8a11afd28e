"""The connector for Intercom."""

from ticketferry.sdk import Connector, Feature
from ticketferry_intercom.endpoints import GUARDS
from ticketferry_intercom.options import IntercomOptions

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    name="intercom",
    title="Intercom",
    options=IntercomOptions,
    features=frozenset({
        Feature.COUNTS, Feature.DELTA, Feature.CONTENT, Feature.PUBLIC_AND_INTERNAL, Feature.INLINE_IMAGES, Feature.ORGANIZATIONS,
        Feature.GROUPS, Feature.TOTALS, Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME, Feature.TICKET_TIMES, Feature.PEOPLE_CREATED,
        Feature.PEOPLE_REMOVED,
    }),
    source="ticketferry_intercom.source:IntercomSource",
    target="ticketferry_intercom.target:IntercomTarget",
    emulator="ticketferry_emulators.intercom:IntercomEmulator",
    guards=GUARDS,
    bodies={"ticket": frozenset({"source.body", *(f"{name}.{name}[].body" for name in ("conversation_parts", "ticket_parts"))})},
    roles=("source", "target"),
)  # fmt: skip
