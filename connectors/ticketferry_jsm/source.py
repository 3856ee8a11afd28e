"""Reading a site: people, organizations, and tickets with all that hangs on them; by search for lists, by id for records."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from ticketferry.sdk import (
    Absence,
    Attachment,
    Catalog,
    ControlTotal,
    Cursor,
    DeskIdentity,
    Finding,
    Kind,
    Limits,
    NotMoved,
    Page,
    Ref,
    RejectedError,
    Session,
    Translated,
    UnsupportedError,
    Wire,
    parse_ref,
)
from ticketferry.sdk.forecast import Forecast, Probe
from ticketferry.sdk.paging import PagesSeen

from . import marks
from .budget import budgets, paces
from .catalog import read_catalog, service_desks
from .client import JsmClient
from .deletions import Deletions
from .forecast import SiteForecast
from .guards import check_site
from .issue_reader import IssueReader, wire_of
from .met import Met
from .options import JsmOptions
from .portal_view import portal_views
from .site_index import JiraCatalogIndex
from .survey import SiteSurvey
from .translate import translate_wire
from .wire import API, DESK_API

__all__ = ["JsmSource"]

_PAGE = 100
"""What one call reads of issues [P POST /issue/bulkfetch]."""
_USERS = 200
_LISTED = 100
"""Organizations that one page lists."""
_SAFETY = timedelta(minutes=10)
"""How far a delta reaches back: the search index lags, and JQL knows minutes only."""
_STREAMS = ("organizations", "people", "memberships", "deletions", "tickets")
"""Deletions come before tickets: see deletions.py."""


class JsmSource:
    """A Jira Service Management site to read. With `session.origin` only tickets that carry our mark are read."""

    def __init__(self, options: JsmOptions, session: Session) -> None:
        self.options = options
        self.session = session
        self.client = JsmClient(options, session)
        self._site: JiraCatalogIndex | None = None
        self._zone: ZoneInfo | None = None
        self._keys: list[str] | None = None
        self._upload_limit = 0
        self._issue_reader = IssueReader(self.client, session, options)
        self._survey = SiteSurvey(self.client, session, self._jql, self._at, self.desks)
        self._met = Met(session.desk, self._bulk)
        self._deletions = Deletions(self.client, session, self._jql, self._takes_part)

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
            budgets=budgets(self.options, self.client.cost_units),
            lag="Jira's search index knows of a change only after some seconds",
        )

    def identity(self) -> DeskIdentity:
        """Ask for the site's cloud id."""
        return self.client.identity()

    def check(self) -> Sequence[Finding]:
        """Read identity, projects, rights and guards. Raises AuthError."""
        return check_site(self.client, self.options, self.session.desk, written=False)

    def catalog(self) -> Catalog:
        """Read what the site defines."""
        found = read_catalog(self.client, self.options, self.session.desk, whole=not self.session.origin)
        native = found.get("native", {})
        self._upload_limit = int(cast("int", native.get("upload_limit") or 0))
        return found

    def streams(self) -> Sequence[str]:
        """Return the streams in reading order."""
        return _STREAMS

    def count(self, stream: str) -> int | None:
        """Return None: Jira counts issues, and that approximately, but not what hangs on them."""
        self._known(stream)
        return None

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read a stream. People and organizations have no delta: they are read whole each time."""
        self._known(stream)
        state: dict[str, Any] = orjson.loads(cursor) if cursor else {}
        match stream:
            case "organizations":
                yield from self._organizations()
            case "people":
                yield from self._people()
            case "memberships":
                yield from self._memberships()
            case "deletions":
                if self._projects():
                    yield from self._deletions.read(state)
                else:
                    yield Page((), orjson.dumps(state).decode(), last=True)
            case _:
                yield from self._tickets(state)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots by id with all their parts; absent ones are left out."""
        wires: list[Wire] = []
        tickets = [ref.id for ref in refs if ref.kind is Kind.TICKET]
        for start in range(0, len(tickets), _PAGE):
            wires.extend(self._issue_reader.read(tickets[start : start + _PAGE]))
        people = [ref.id for ref in refs if ref.kind is Kind.PERSON]
        for start in range(0, len(people), _PAGE):
            wires.extend(self._users(people[start : start + _PAGE]))
        for ref in refs:
            if ref.kind is Kind.ORGANIZATION:
                row = self._get_or_none(f"{DESK_API}/organization/{ref.id}", "organization.get")
                if row is not None:
                    wires.append(self._wire(Kind.ORGANIZATION, row["id"], row))
        return wires

    def shown(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read what the portal shows of issues: for the witness, see portal_view.py."""
        return portal_views(self.client, refs)

    # ---- what the site tells of itself

    def totals(self) -> Iterator[ControlTotal]:
        """Count tickets by stage and month of creation."""
        return self._survey.totals() if self._projects() else iter(())

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Say why keys (`SUP-12`) have no ticket."""
        return self._survey.explain_absent(numbers)

    def inventory(self) -> Iterator[NotMoved]:
        """List what is rebuilt by hand."""
        return self._survey.inventory()

    def forecast(self, probe: Probe) -> Forecast:
        """Read a sample and say what reading the whole site will take."""
        return SiteForecast(
            self.client,
            self.options,
            self.session,
            probe,
            jql=self._jql,
            local=self._at,
            desks=self.desks,
            projects=self._projects,
            look_up=self._bulk,
            paces=paces(self.options, self.client.cost_units, self.session.share, self.session.clock.time()),
        ).make()

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream a file's bytes."""
        id_ = parse_ref(attachment["ref"]).id
        return self.client.download(f"{API}/attachment/content/{id_}", endpoint="attachment.content")

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records. Pure."""
        return translate_wire(wire, self.site(catalog), self.session.origin, self.session.workspace)

    def close(self) -> None:
        """Give back connections."""
        self.client.close()

    def site(self, catalog: Catalog) -> JiraCatalogIndex:
        """Return the index over a catalog, made once for each."""
        if self._site is None or self._site.catalog is not catalog:
            self._site = JiraCatalogIndex(catalog)
        return self._site

    def _known(self, stream: str) -> None:
        if stream not in _STREAMS:
            msg = f"there is no stream {stream!r}"
            raise UnsupportedError(
                msg, where=self.options.where(), remedy=f"Streams are: {', '.join(_STREAMS)}."
            )

    def _wire(self, kind: Kind, id_: object, body: Any, *, root: Ref | None = None) -> Wire:
        return wire_of(self.session.desk, kind, id_, body, root=root)

    def _get_or_none(self, path: str, endpoint: str) -> Any:
        try:
            return self.client.get(path, endpoint=endpoint)
        except RejectedError as error:
            if error.status == 404:
                return None
            raise

    # ---- people

    def desks(self) -> dict[str, dict[str, Any]]:
        """Return the service desks that take part, by project key."""
        return service_desks(self.client, self.options)

    def _organizations(self) -> Iterator[Page]:
        pages = (
            [self._wire(Kind.ORGANIZATION, row["id"], row) for row in rows]
            for rows in self.client.desk_pages(f"{DESK_API}/organization", endpoint="organization.list")
        )
        yield from self._closed(Kind.ORGANIZATION, pages)

    def _people(self) -> Iterator[Page]:
        yield from self._closed(Kind.PERSON, self._everybody())

    def _everybody(self) -> Iterator[list[Wire]]:
        """Yield licensed users and apps, then the customers of every desk, who carry the desk that lists them."""
        known: set[str] = set()
        start = 0
        pages = PagesSeen(f"GET {API}/users/search")
        while True:
            rows = self.client.get(
                f"{API}/users/search", endpoint="user.list", params={"startAt": start, "maxResults": _USERS}
            )
            if not rows:
                break
            pages.see(rows)
            known.update(str(row["accountId"]) for row in rows if row.get("accountType") != "customer")
            self._met.listed(str(row["accountId"]) for row in rows)
            yield [self._wire(Kind.PERSON, row["accountId"], row) for row in rows]
            start += len(rows)
        for desk in self.desks().values():
            path = f"{DESK_API}/servicedesk/{desk['id']}/customer"
            for rows in self.client.desk_pages(
                path, endpoint="desk_customer.list", group="desk.customers", experimental=True
            ):
                ids = [str(row["accountId"]) for row in rows if str(row["accountId"]) not in known]
                self._met.listed(ids)
                yield [
                    self._wire(Kind.PERSON, row["accountId"], {**row, "serviceDeskId": str(desk["id"])})
                    for row in (self._bulk(ids) if ids else ())
                ]

    def _memberships(self) -> Iterator[Page]:
        yield from self._closed(Kind.MEMBERSHIP, self._members())

    def _members(self) -> Iterator[list[Wire]]:
        for organizations in self.client.desk_pages(f"{DESK_API}/organization", endpoint="organization.list"):
            for organization in organizations:
                path = f"{DESK_API}/organization/{organization['id']}/user"
                for rows in self.client.desk_pages(path, endpoint="organization_user.list"):
                    yield [self._membership(str(row["accountId"]), str(organization["id"])) for row in rows]

    def _membership(self, account: str, organization: str) -> Wire:
        body = {"accountId": account, "organizationId": organization}
        return self._wire(
            Kind.MEMBERSHIP,
            f"{organization}-{account}",
            body,
            root=Ref(self.session.desk, Kind.PERSON, account),
        )

    def _users(self, ids: Sequence[str]) -> list[Wire]:
        wires = [self._wire(Kind.PERSON, row["accountId"], row) for row in self._bulk(ids)]
        wires.extend(self._memberships_of([wire.ref.id for wire in wires]))
        return wires

    def _memberships_of(self, accounts: Sequence[str]) -> Iterator[Wire]:
        """Read the organizations of accounts by whichever asks less: the members of every organization, or each account's own list."""
        first = next(
            self.client.desk_pages(f"{DESK_API}/organization", endpoint="organization.list"), []
        ) if len(accounts) > 1 else []  # fmt: skip
        if len(accounts) > 1 and len(first) < min(len(accounts), _LISTED):
            wanted = frozenset(accounts)
            for organization in first:
                path = f"{DESK_API}/organization/{organization['id']}/user"
                for rows in self.client.desk_pages(path, endpoint="organization_user.list"):
                    for row in rows:
                        if str(row["accountId"]) in wanted:
                            yield self._membership(str(row["accountId"]), str(organization["id"]))
            return
        for account in accounts:
            of_account = self.client.desk_pages(
                f"{DESK_API}/organization", endpoint="organization.list", params={"accountId": account}
            )
            for page in of_account:
                for item in page:
                    yield self._membership(account, str(item["id"]))

    def _bulk(self, ids: Sequence[str]) -> Iterator[Any]:
        return self.client.pages(
            f"{API}/user/bulk", endpoint="user.bulk", params={"accountId": list(ids)}, size=_USERS
        )

    def _closed(self, kind: Kind, pages: Iterator[list[Wire]]) -> Iterator[Page]:
        """Give pages of a list that is read whole; an interrupted one starts anew."""
        at = "{}"
        for wires in pages:
            yield Page(wires, at, last=False, whole=kind)
        yield Page((), at, last=True, whole=kind)

    # ---- tickets

    def _projects(self) -> list[str]:
        if self._keys is None:
            self._keys = list(self.options.projects) or list(self.desks())
        return self._keys

    def _jql(self, since: str = "") -> str:
        keys = ", ".join(f'"{key}"' for key in self._projects())
        parts = [f"project in ({keys})"]
        if self.session.origin:
            parts.append(f'labels = "{marks.label(self.session.origin)}"')
        if since:
            parts.append(f'updated >= "{self._local(since)}"')
        return " AND ".join(parts)

    def _takes_part(self, issue: Mapping[str, Any]) -> bool:
        """Tell of an issue read by id what `_jql` tells of one that is searched."""
        fields = issue.get("fields") or {}
        ours = not self.session.origin or marks.label(self.session.origin) in (fields.get("labels") or [])
        return ours and (fields.get("project") or {}).get("key") in self._projects()

    def _local(self, since: str) -> str:
        """Return a time from which on nothing is missed. Where clocks go back an hour comes twice, and its times mean one of two
        moments: the hour before is told instead.
        """
        zone, time = self._own_zone(), datetime.fromisoformat(since) - _SAFETY
        while len({time.astimezone(zone).replace(fold=fold).utcoffset() for fold in (0, 1)}) > 1:
            time -= timedelta(minutes=30)
        return self._at(time)

    def _own_zone(self) -> ZoneInfo:
        if self._zone is None:
            try:
                self._zone = ZoneInfo(str(self.client.myself().get("timeZone") or "UTC"))
            except (ZoneInfoNotFoundError, ValueError):
                self._zone = ZoneInfo("UTC")
        return self._zone

    def _at(self, time: datetime) -> str:
        """Return a time as JQL takes it: minutes, in the account's own time zone."""
        return time.astimezone(self._own_zone()).strftime("%Y-%m-%d %H:%M")

    def _tickets(self, state: Mapping[str, Any]) -> Iterator[Page]:
        if not self._projects():
            yield Page((), orjson.dumps(dict(state)).decode(), last=True)
            return
        given: set[str] = set()
        since = str(state.get("since", ""))
        began = str(state.get("began") or datetime.fromtimestamp(self.session.clock.time(), UTC).isoformat())
        token = state.get("token")
        pages = PagesSeen(f"POST {API}/search/jql")
        while True:
            try:
                page = self._search(since, token)
            except RejectedError as error:
                if not token or error.status != 400:
                    raise
                token = None  # tokens live for seven days: the list starts anew
                continue
            ids = [str(row["id"]) for row in page.get("issues", [])]
            now = {"since": since, "began": began, **({"token": token} if token else {})}
            token = page.get("nextPageToken")
            last = not token or page.get("isLast") is True
            follow = {"since": began} if last else {"since": since, "began": began, "token": token}
            wires = self._issue_reader.read(ids) if ids else []
            if not self.session.origin and (people := self._met.wires(wires, given)):
                yield Page(people, orjson.dumps(now).decode(), last=False)
            yield Page(wires, orjson.dumps(follow).decode(), last=last, complete=True)
            if last:
                return
            pages.see(page["issues"])

    def _search(self, since: str, token: str | None) -> Any:
        body: dict[str, Any] = {
            "jql": f"{self._jql(since)} ORDER BY created ASC",
            "fields": ["id"],
            "maxResults": _PAGE,
        }
        if token:
            body["nextPageToken"] = token
        return self.client.ask(f"{API}/search/jql", body, endpoint="search.jql", group="search")
