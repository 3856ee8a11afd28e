"""A site to read: all that projects which take part hold, and what the site tells of itself."""

from collections.abc import Iterator, Mapping, Sequence

from ticketferry.sdk import (
    Absence,
    Catalog,
    ControlTotal,
    Cursor,
    Finding,
    NotMoved,
    Page,
    Session,
    Translated,
    Wire,
)
from ticketferry.sdk.forecast import Forecast, Probe
from ticketferry.sdk.rest.streams import saved

from .catalog import read_catalog
from .client import JsmClient
from .forecast import SiteForecast
from .guards import check_site
from .options import JsmOptions
from .site_reader import SiteReader
from .source_issues import SourceIssues
from .survey import SiteSurvey
from .translate import translate_wire

__all__ = ["JsmSource"]


class JsmSource(SiteReader):
    """A Jira Service Management site to read."""

    def __init__(self, options: JsmOptions, session: Session) -> None:
        client = JsmClient(options, session)
        super().__init__(options, session, client, SourceIssues(client, session, options))
        self._survey = SiteSurvey(self)

    def check(self) -> Sequence[Finding]:
        """Read identity, projects, rights and guards. Raises AuthError."""
        return check_site(self.client, self.options, self.session.desk, written=False)

    def catalog(self) -> Catalog:
        """Read what the site defines."""
        return self.keep_limits(read_catalog(self.client, self.options, self.session.desk, whole=True))

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records. Pure."""
        return translate_wire(wire, self.site(catalog), "", self.session.workspace)

    def tickets(self, cursor: Cursor | None) -> Iterator[Page]:
        """Give, before issues, the people whom they name and no list has shown."""
        given: set[str] = set()
        before = cursor or saved({})
        for page in super().tickets(cursor):
            if people := self._met.wires(page.records, given):
                yield Page(people, before, last=False)
            yield page
            before = page.cursor

    # ---- what the site tells of itself

    def totals(self) -> Iterator[ControlTotal]:
        """Count tickets by stage and month of creation."""
        return self._survey.totals() if self.projects() else iter(())

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Say why keys (`SUP-12`) have no ticket."""
        return self._survey.explain_absent(numbers)

    def inventory(self) -> Iterator[NotMoved]:
        """List what is rebuilt by hand."""
        return self._survey.inventory()

    def forecast(self, probe: Probe) -> Forecast:
        """Read a sample and say what reading the whole site will take."""
        return SiteForecast(self, probe).make()
