"""A site as it is read on either side of a migration: people, organizations, what is gone, and issues that changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ticketferry.sdk import (
    Attachment,
    Catalog,
    Cursor,
    DeskIdentity,
    Kind,
    Limits,
    Page,
    Ref,
    Session,
    Wire,
    parse_ref,
)
from ticketferry.sdk.catalogs import PerCatalog
from ticketferry.sdk.preflight import CredentialEnd
from ticketferry.sdk.rest.client import RestList, RestPage
from ticketferry.sdk.rest.requests import Parameters
from ticketferry.sdk.rest.source import Reading, RestSource
from ticketferry.sdk.rest.streams import RestStream, StreamReader, Windows, saved, whole_pages

from . import marks
from .budget import budgets, credential_words
from .catalog import service_desks
from .check_credentials import credential_end
from .client import USERS, JsmClient
from .deletions import Deletions
from .issue_reader import IssueReader, wire_of
from .met import Met
from .options import JsmOptions
from .pace import BURST_RATES
from .portal_view import portal_views
from .site_index import JiraCatalogIndex
from .wire import API, DESK_API

__all__ = ["SiteReader"]

_PAGE = 100
"""What one call reads of issues [P POST /issue/bulkfetch]."""
_LISTED = 100
"""Organizations that one page lists."""
_SAFETY = 600.0
"""Seconds that a delta reaches back: the search index lags, and JQL knows minutes only."""


class SiteReader(RestSource):
    """Reads one site. `issues` reads issues by id; `clauses`: what JQL says of those that take part besides their project."""

    def __init__(self, options: JsmOptions, session: Session, client: JsmClient, issues: IssueReader) -> None:
        super().__init__(client, session)
        self.client: JsmClient = client
        self.options = options
        self.clauses: tuple[str, ...] = ()
        self._issues = issues
        self.site = PerCatalog(JiraCatalogIndex)
        self._zone: ZoneInfo | None = None
        self._keys: list[str] | None = None
        self._upload_limit = 0
        self._met = Met(session.desk, self.look_up)
        self._deletions = Deletions(self.client, session, self.jql, self.takes_part)

    @property
    def limits(self) -> Limits:
        """Return the figures of Jira Cloud."""
        return Limits(
            read_rate=100.0,
            write_rate=50.0,
            page_size=_PAGE,
            settle_seconds=60.0,
            fetch_batch=_PAGE,
            provenance_characters=marks.PROVENANCE_CHARACTERS,
            attachment_bytes=self._upload_limit,
            comments_per_ticket=5_000,
            group_rates=BURST_RATES,
            credential=credential_words(self.options),
            budgets=budgets(self.options, self.client.cost_units),
            lag="Jira's search index knows of a change only after some seconds",
        )

    def identity(self) -> DeskIdentity:
        """Ask for the site's cloud id."""
        return self.client.identity()

    def credential_end(self) -> CredentialEnd:
        """Return when the credentials end."""
        return credential_end(self.client, self.options)

    def keep_limits(self, catalog: Catalog) -> Catalog:
        """Take out of a catalog how large a file may be; return the catalog."""
        self._upload_limit = int(cast("int", catalog.get("native", {}).get("upload_limit") or 0))
        return catalog

    def declared(self) -> Mapping[str, RestStream | Reading]:
        """Return the streams. People and organizations have no delta: they are read whole each time. Deletions come before tickets: see
        deletions.py.
        """
        return {
            "organizations": lambda _: whole_pages(Kind.ORGANIZATION, self._listed_organizations()),
            "people": lambda _: whole_pages(Kind.PERSON, self._everybody()),
            "memberships": lambda _: whole_pages(Kind.MEMBERSHIP, self._members()),
            "deletions": lambda cursor: self._where_projects(cursor, self._deletions.read),
            "tickets": lambda cursor: self._where_projects(cursor, self.tickets),
        }

    def _where_projects(self, cursor: Cursor | None, read: Reading) -> Iterator[Page]:
        if self.projects():
            yield from read(cursor)
        else:
            yield Page((), cursor or saved({}), last=True)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots by id with all their parts; absent ones are left out."""
        wires: list[Wire] = []
        tickets = [ref.id for ref in refs if ref.kind is Kind.TICKET]
        for start in range(0, len(tickets), _PAGE):
            wires.extend(self._issues.read(tickets[start : start + _PAGE]))
        people = [ref.id for ref in refs if ref.kind is Kind.PERSON]
        for start in range(0, len(people), _PAGE):
            wires.extend(self._users(people[start : start + _PAGE]))
        for ref in refs:
            if ref.kind is Kind.ORGANIZATION:
                row = self.client.show(f"{DESK_API}/organization/{ref.id}", endpoint="organization.get")
                if row is not None:
                    wires.append(self._wire(Kind.ORGANIZATION, row["id"], row))
        return wires

    def shown(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read what the portal shows of issues: for the witness, see portal_view.py."""
        return portal_views(self.client, refs)

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream a file's bytes."""
        id_ = parse_ref(attachment["ref"]).id
        return self.client.download(f"{API}/attachment/content/{id_}", endpoint="attachment.content")

    def _wire(self, kind: Kind, id_: object, body: Any, *, root: Ref | None = None) -> Wire:
        return wire_of(self.session.desk, kind, id_, body, root=root)

    # ---- people

    def desks(self) -> dict[str, dict[str, Any]]:
        """Return the service desks that take part, by project key."""
        return service_desks(self.client, self.options)

    def _organizations(self, params: Parameters | None = None) -> RestList:
        return self.client.desk_list(f"{DESK_API}/organization", endpoint="organization.list", params=params)

    def _users_of(self, organization: Mapping[str, Any]) -> RestList:
        path = f"{DESK_API}/organization/{organization['id']}/user"
        return self.client.desk_list(path, endpoint="organization_user.list")

    def _listed_organizations(self) -> Iterator[list[Wire]]:
        for page in self.client.pages(self._organizations()):
            yield [self._wire(Kind.ORGANIZATION, row["id"], row) for row in page.rows]

    def _everybody(self) -> Iterator[list[Wire]]:
        """Yield licensed users and apps, then the customers of every desk, who carry the desk that lists them."""
        known: set[str] = set()
        for page in self.client.pages(self.client.users()):
            known.update(str(row["accountId"]) for row in page.rows if row.get("accountType") != "customer")
            self._met.listed(str(row["accountId"]) for row in page.rows)
            yield [self._wire(Kind.PERSON, row["accountId"], row) for row in page.rows]
        for desk in self.desks().values():
            customers = self.client.desk_list(
                f"{DESK_API}/servicedesk/{desk['id']}/customer", endpoint="desk_customer.list",
                group="desk.customers", experimental=True,
            )  # fmt: skip
            for page in self.client.pages(customers):
                ids = [str(row["accountId"]) for row in page.rows if str(row["accountId"]) not in known]
                self._met.listed(ids)
                yield [
                    self._wire(Kind.PERSON, row["accountId"], {**row, "serviceDeskId": str(desk["id"])})
                    for row in (self.look_up(ids) if ids else ())
                ]

    def _members(self) -> Iterator[list[Wire]]:
        for organization in self.client.rows(self._organizations()):
            for page in self.client.pages(self._users_of(organization)):
                yield [self._membership(str(row["accountId"]), str(organization["id"])) for row in page.rows]

    def _membership(self, account: str, organization: str) -> Wire:
        body = {"accountId": account, "organizationId": organization}
        return self._wire(
            Kind.MEMBERSHIP,
            f"{organization}-{account}",
            body,
            root=Ref(self.session.desk, Kind.PERSON, account),
        )

    def _users(self, ids: Sequence[str]) -> list[Wire]:
        wires = [self._wire(Kind.PERSON, row["accountId"], row) for row in self.look_up(ids)]
        wires.extend(self._memberships_of([wire.ref.id for wire in wires]))
        return wires

    def _memberships_of(self, accounts: Sequence[str]) -> Iterator[Wire]:
        """Read the organizations of accounts by whichever asks less: the members of every organization, or each account's own list."""
        some = len(accounts) > 1
        first = self.client.page(self._organizations()).rows if some else []
        if some and len(first) < min(len(accounts), _LISTED):
            wanted = frozenset(accounts)
            for organization in first:
                for row in self.client.rows(self._users_of(organization)):
                    if str(row["accountId"]) in wanted:
                        yield self._membership(str(row["accountId"]), str(organization["id"]))
            return
        for account in accounts:
            for item in self.client.rows(self._organizations({"accountId": account})):
                yield self._membership(account, str(item["id"]))

    def look_up(self, ids: Sequence[str]) -> Iterator[Any]:
        """Read accounts by id."""
        return self.client.every(
            f"{API}/user/bulk", endpoint="user.bulk", params={"accountId": list(ids)}, size=USERS
        )

    # ---- tickets

    def projects(self) -> list[str]:
        """Return the keys of the projects that take part."""
        if self._keys is None:
            self._keys = list(self.options.projects) or list(self.desks())
        return self._keys

    def jql(self, since: float | None = None) -> str:
        """Name the issues that take part, of those that changed since a time (unix seconds)."""
        keys = ", ".join(f'"{key}"' for key in self.projects())
        parts = [f"project in ({keys})", *self.clauses]
        if since is not None:
            parts.append(f'updated >= "{self._local(since)}"')
        return " AND ".join(parts)

    def takes_part(self, issue: Mapping[str, Any]) -> bool:
        """Tell of an issue read by id what `jql` tells of one that is searched."""
        fields = issue.get("fields") or {}
        return (fields.get("project") or {}).get("key") in self.projects()

    def _local(self, since: float) -> str:
        """Return a time from which on nothing is missed. Where clocks go back an hour comes twice, and its times mean one of two
        moments: the hour before is told instead.
        """
        zone, time = self._own_zone(), datetime.fromtimestamp(since, UTC)
        while len({time.astimezone(zone).replace(fold=fold).utcoffset() for fold in (0, 1)}) > 1:
            time -= timedelta(minutes=30)
        return self.at(time)

    def _own_zone(self) -> ZoneInfo:
        if self._zone is None:
            try:
                self._zone = ZoneInfo(str(self.client.myself().get("timeZone") or "UTC"))
            except (ZoneInfoNotFoundError, ValueError):
                self._zone = ZoneInfo("UTC")
        return self._zone

    def at(self, time: datetime) -> str:
        """Return a time as JQL takes it: minutes, in the account's own time zone."""
        return time.astimezone(self._own_zone()).strftime("%Y-%m-%d %H:%M")

    def tickets(self, cursor: Cursor | None) -> Iterator[Page]:
        """Read the issues that changed."""
        stream = RestStream(
            "tickets", self._issues_of, windows=Windows(self._changed, _SAFETY), complete=True,
            anew=(400,),  # tokens live for seven days
        )  # fmt: skip
        return StreamReader(self.client).read(stream, cursor)

    def _changed(self, begin: float | None, _: float | None) -> RestList:
        return self.client.searched(
            f"{self.jql(begin)} ORDER BY created ASC", endpoint="search.jql", size=_PAGE
        )

    def _issues_of(self, page: RestPage) -> list[Wire]:
        ids = [str(row["id"]) for row in page.rows]
        return self._issues.read(ids) if ids else []
