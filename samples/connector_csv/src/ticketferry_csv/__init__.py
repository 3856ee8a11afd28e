"""The connector for help desks kept as a folder of CSV files: an example to start your own from."""

from ticketferry.sdk import Connector, Feature
from ticketferry_csv.options import CsvOptions

__all__ = ["CONNECTOR"]

CONNECTOR = Connector(
    name="csv",
    title="CSV files (tickets.csv, comments.csv)",
    options=CsvOptions,
    features=frozenset({Feature.COUNTS, Feature.PUBLIC_AND_INTERNAL}),
    source="ticketferry_csv.source:CsvSource",
    bodies={"comment": frozenset({"text"})},
)
