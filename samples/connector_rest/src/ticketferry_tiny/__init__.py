"""The connector for Tiny, a help desk with a REST API: an example to start your own from."""

from ticketferry.sdk import Connector, Feature, Guard
from ticketferry_tiny.options import TinyOptions

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    name="tiny",
    title="Tiny",
    options=TinyOptions,
    features=frozenset({Feature.DELTA, Feature.PUBLIC_AND_INTERNAL}),
    source="ticketferry_tiny.source:TinySource",
    target="ticketferry_tiny.target:TinyTarget",
    guards=(
        Guard("TINY-G-MAIL", "Tiny mails nobody about new comments", "read", "Switch mails off in Tiny."),
    ),
    bodies={"comment": frozenset({"text"})},
    roles=("source", "target"),
)
