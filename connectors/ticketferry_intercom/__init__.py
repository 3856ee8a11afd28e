"""The connector for Intercom."""

from ticketferry.sdk import Connector, Feature
from ticketferry_intercom.endpoints import GUARDS
from ticketferry_intercom.options import IntercomOptions

__all__ = ["CONNECTOR"]

_READING = frozenset(
    {Feature.COUNTS, Feature.DELTA, Feature.DELETIONS, Feature.TOTALS, Feature.CONTENT, Feature.INLINE_IMAGES}
)
_OF_DESKS = {Feature.ORGANIZATIONS, Feature.GROUPS, Feature.PEOPLE_CREATED, Feature.PEOPLE_REMOVED}
_OF_MESSAGES = {Feature.PUBLIC_AND_INTERNAL, Feature.COMMENT_AUTHOR, Feature.COMMENT_TIME}
_BODIES = [f"{name}.{name}[].body" for name in ("conversation_parts", "ticket_parts")]

CONNECTOR = Connector(
    name="intercom",
    title="Intercom",
    version=2,
    options=IntercomOptions,
    features=_READING | _OF_DESKS | _OF_MESSAGES | {Feature.TICKET_TIMES},
    source="ticketferry_intercom.source:IntercomSource",
    target="ticketferry_intercom.target:IntercomTarget",
    emulator="ticketferry_emulators.intercom:IntercomEmulator",
    witness="ticketferry_intercom.witness",
    guards=GUARDS,
    bodies={"ticket": frozenset({"source.body", *_BODIES})},
    roles=("source", "target"),
)
