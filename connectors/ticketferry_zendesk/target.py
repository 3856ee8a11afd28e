"""Writing an account: what compile plans is sent as it stands, looked up where an answer was lost, and taken back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ticketferry.sdk import (
    REST,
    Attempt,
    Budget,
    Catalog,
    Change,
    Compiled,
    Cursor,
    Endpoint,
    Expected,
    Finding,
    Job,
    Kind,
    Limits,
    NameKind,
    Operation,
    Page,
    Record,
    Ref,
    Session,
    Sight,
    Translated,
    Wire,
    WriteResult,
    pause,
)
from ticketferry.sdk.catalogs import PerCatalog
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem
from ticketferry.sdk.rest.client import RestPage
from ticketferry.sdk.rest.parallel import workers_for
from ticketferry.sdk.rest.source import Reading
from ticketferry.sdk.rest.streams import RestStream
from ticketferry_zendesk import checks, guards
from ticketferry_zendesk.account_reader import AccountReader
from ticketferry_zendesk.admin_pages import admin_pages
from ticketferry_zendesk.budget import ACCOUNT, CREDENTIAL, WINDOW, WRITES_A_MINUTE
from ticketferry_zendesk.compile import compile_change, expected_of
from ticketferry_zendesk.definitions import fetch_definitions
from ticketferry_zendesk.endpoints import ENDPOINTS
from ticketferry_zendesk.find import ZendeskFinder
from ticketferry_zendesk.inspecting import Inspector
from ticketferry_zendesk.name_keys import name_key
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.own_reader import OwnReader
from ticketferry_zendesk.pace import PLANNED, RATES
from ticketferry_zendesk.send import ZendeskSender
from ticketferry_zendesk.sightings import SIGHTED
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.source import LAG
from ticketferry_zendesk.tokens import of_target
from ticketferry_zendesk.translate_own import Own, translate_own
from ticketferry_zendesk.undo import undo_lane
from ticketferry_zendesk.wire import Row

__all__ = ["ZendeskTarget"]

_SETTLE = 60.0
"""Seconds after which a lost request is believed not to have arrived; jobs are waited for besides."""
_UNSEEN = 62.0
_EXPORTED = frozenset({"organizations", "people", "tickets"})
_WRITE_RATE = WRITES_A_MINUTE / 60
_READ_BACK = {"ticket": 1, "person": 2}
"""A ticket's audits, without the comments of those few whose audits do not tell all; a person's identities and memberships."""
_JOB = (1.0, 0.05)
"""Seconds that a job is taken to last, and each record of it: Zendesk documents neither."""


class ZendeskTarget(AccountReader):
    """A Zendesk account to write. Reads people, organizations, groups, and of tickets those with our mark."""

    deleted_groups = False

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        # A token that may only read would be refused with each write: the right to write is asked for with it.
        wide = options.model_copy(update={"scope": "read write"}) if options.scope == "read" else options
        super().__init__(wide, session)
        self._own_reader = OwnReader(self.client, self._history, self.several, session)
        for group, rate in RATES.items():
            self.client.pacer.set_rate(group, rate, burst=1.0)
        self._sender = ZendeskSender(self.client, session)
        self._began: float | None = None
        self._rules: dict[str, list[Row]] = {}
        self._index = PerCatalog(lambda catalog: ZendeskCatalogIndex(catalog, session.origin))
        self._own = PerCatalog(
            lambda catalog: Own(Names(catalog), self._index(catalog), session.origin, session.workspace)
        )

    # ---- reading

    @property
    def limits(self) -> Limits:
        """Figures of the account."""
        return Limits(
            read_rate=_WRITE_RATE,
            write_rate=_WRITE_RATE,
            page_size=self._options.page_size,
            settle_seconds=_SETTLE,
            fetch_batch=50,
            provenance_characters=20_000_000,
            attachment_bytes=self._options.largest_file,
            comments_per_ticket=4_900,
            group_rates=PLANNED,
            job_seconds=_JOB,
            read_back=_READ_BACK,
            side_by_side=workers_for(self.client.limit or int(WRITES_A_MINUTE)),
            credential=CREDENTIAL,
            budgets=(Budget(ACCOUNT, float(self.client.limit or 0), WINDOW, assumed=WRITES_A_MINUTE),),
        )

    def check(self) -> Sequence[Finding]:
        """Prove who we are, what we may, and that nobody would be notified."""
        return [
            *of_target(checks.check(self.client, self._options, self.session)),
            *guards.check(self.client, self._options, self._rules),
        ]

    def inspect(self, planned: PlannedWrites | None) -> Iterable[PreflightItem]:
        """Judge what only an account can tell: triggers, automations, SLA, agents, limits."""
        return Inspector(self.client, self._options, self._rules).items(planned)

    def guards(self) -> Sequence[Finding]:
        """Read whether anybody would be told of an update."""
        return list(guards.check(self.client, self._options))

    def catalog(self) -> Catalog:
        """Read what the account defines. How long its lists are is held against the last extract of a source only: here plans of ours
        make them longer.
        """
        found = super().catalog()
        found["native"] = {key: value for key, value in found.get("native", {}).items() if key != "lists"}
        found["admin"] = admin_pages(found.get("url", ""))
        return found

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read a stream. Tickets come from the incremental export, which is exact: the search lags, and lists leave archived ones out.

        Exports leave the newest minute out [DOC announcement 8143500919322]. A delta waits until it has seen the minute in which it
        began: what was just written or taken back must not look as if it were not there, or were there still.
        """
        if self._began is None:
            self._began = self.session.clock.time()
        until = self._began + _UNSEEN if cursor is not None and stream in _EXPORTED else 0.0
        while True:
            for page in super().read(stream, cursor):
                wait = until - self.session.clock.time() if page.last else 0.0
                yield page if wait <= 0 else replace(page, last=False, caught_up=True)
                cursor = page.cursor
            if wait <= 0:
                return
            pause(self.session.clock, wait, LAG)

    def declared(self) -> dict[str, RestStream | Reading]:
        """Return the streams; of tickets the export alone: what stands in other answers is asked for only where a ticket is ours."""
        listed = self.client.exported("/incremental/tickets/cursor", "tickets", support_type_scope="all")
        return {**super().declared(), "tickets": RestStream("tickets", self._ours, (listed,))}

    def _ours(self, page: RestPage) -> Iterator[Wire]:
        return self._own_reader.read([row for row in page.rows if self._own_reader.is_ours(row)])

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots by id; entries of the set-up too."""
        made = [ref for ref in refs if ref.kind is Kind.DEFINITION]
        others = [ref for ref in refs if ref.kind is not Kind.DEFINITION]
        return [*fetch_definitions(self.client, made), *(super().fetch(others) if others else ())]

    @property
    def fetchers(self) -> Mapping[Kind, Callable[[Sequence[str]], list[Wire]]]:
        """Return what reads records of a kind by their ids."""
        return {
            **super().fetchers,
            Kind.TICKET: lambda ids: list(self._own_reader.read(self._show_many("/tickets", "tickets", ids))),
        }

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records, with what our marks say put back. Pure."""
        return translate_own(wire, self._own(catalog))

    # ---- writing

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """Return every write that exists."""
        return ENDPOINTS

    def expected(self, desired: Record, catalog: Catalog, way: str = REST) -> Expected:  # noqa: ARG002 -- there is one way
        """Say what reading gives where a record was written. Pure."""
        return expected_of(desired, self._index(catalog), self.session, self._options)

    def compile(self, change: Change, catalog: Catalog) -> Compiled:
        """Turn a change into operations and what reading will give afterwards. Pure."""
        return compile_change(change, self._index(catalog), self.session, self._options)

    def name_key(self, kind: NameKind, name: str) -> str:
        """Return what Zendesk compares where only one record may bear a name. Pure."""
        return name_key(kind, name)

    def undo(self, done: Sequence[tuple[Operation, WriteResult]], before: Record | None) -> Compiled:
        """Return the inverse operations of one lane. Pure."""
        return undo_lane(done, before, forever=self._options.delete_forever)

    def write(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Sequence[WriteResult] | Job:
        """Send resolved operations."""
        return self._sender.send(endpoint, batch)

    def ping(self) -> None:
        """Ask one cheap read. Raises RetryableError where the account does not answer."""
        self.client.count("/tickets/count", endpoint="tickets.count")

    def poll(self, job: Job) -> Sequence[WriteResult] | None:
        """Ask for a job's results; None: still working."""
        return self._sender.jobs.poll(job)

    def find(self, operations: Sequence[Operation], last: Mapping[str, str]) -> Sequence[WriteResult]:
        """Tell by our marks which operations were done."""
        return self.find_since(operations, last, {})

    @property
    def sighted(self) -> frozenset[str]:
        """Return the endpoints that make entries of the set-up, which bear no mark."""
        return SIGHTED

    def sight(self, endpoint: Endpoint, batch: Sequence[Operation]) -> Mapping[str, Sight]:  # noqa: ARG002 -- the operations name it
        """Read which entries bear the names that are about to be made."""
        return self._sender.sightings.before(batch)

    def find_since(
        self, operations: Sequence[Operation], last: Mapping[str, str], attempts: Mapping[str, Attempt]
    ) -> Sequence[WriteResult]:  # fmt: skip
        """Tell by our marks which operations were done, of what bears none by what was there before."""
        del last  # marks need no hint
        return ZendeskFinder(self.client, self._sender.jobs, self._sender.sightings, attempts).find(
            operations
        )
