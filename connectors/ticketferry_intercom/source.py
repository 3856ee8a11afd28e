"""Intercom as a desk to read: lists and searches give ids, each conversation and ticket is asked for by itself with all its parts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ticketferry import sdk
from ticketferry.sdk import Kind, RejectedError
from ticketferry.sdk.asked_once import AskedOnce
from ticketferry.sdk.preflight import CredentialEnd
from ticketferry.sdk.rest.client import RestList, RestPage
from ticketferry.sdk.rest.paginators import CursorPages
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.rest.source import RestSource
from ticketferry.sdk.rest.streams import RestStream, ToWires, Windows, by_row, version_of
from ticketferry.sdk.shapes import object_at, objects_at
from ticketferry.sdk.values import nobody
from ticketferry_intercom import checks, client
from ticketferry_intercom.catalog import read_catalog
from ticketferry_intercom.client import EVER, Filters, IntercomClient, Row, deleted, listing, search, single
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate import CONTACTS, authors, translate
from ticketferry_intercom.wire import is_teammate, number_of, of_author, of_case, of_row

__all__ = ["IntercomSource"]

_LAG = 900
"""Seconds that searches may lag behind [OAS contacts/search: a few minutes]."""
_TWO_DAYS = 2 * 86_400
"""Contacts are searched by whole days of the workspace's own zone, from the day after the one that is named [OAS]."""
_BUSY = {400: 65.0}
"""A scroll that nobody goes on with ends after a minute [OAS]; there is one for all programs."""
_RATE = 10_000 / 60
"""Requests a second of an app by a third party's page; what the answers tell rules."""
_UNASKED = frozenset({"campaigns_initiated", "operator_initiated", "automated"})
_NO_LIST = (400, 403, 404)
"""How a workspace answers that has no list of deleted conversations: version 2.16 is not its."""
_ADMINS = single("/admins", "admins")
_PATHS = {Kind.GROUP: "teams", Kind.ORGANIZATION: "companies"}


class IntercomSource(RestSource):
    """Reads a workspace. Every page's cursor is enough to go on from; a finished stream's cursor gives what changed since."""

    files = "attachment.content"

    def __init__(self, options: IntercomOptions, session: sdk.Session) -> None:
        super().__init__(IntercomClient(options, session), session)
        self.options = options
        self._met: dict[str, sdk.Wire] = {}
        self._twice: set[str] = set()
        """Conversations that are the threads of tickets."""

    @property
    def limits(self) -> sdk.Limits:
        """What Intercom tells and what is known of it; sizes of files and texts are not told anywhere."""
        return sdk.Limits(
            read_rate=_RATE,
            write_rate=_RATE,
            page_size=self.options.page_size,
            settle_seconds=_LAG,
            fetch_batch=20,
            provenance_characters=50_000,
            credential="access token of an app: the app's own requests a minute, within those that all apps of the workspace share",
            budgets=(client.WINDOW.budget(self.client.pacer, _RATE),),
            lag="Intercom's searches leave out what is a few minutes new",
        )

    def credential_end(self) -> CredentialEnd:
        """Say that an access token of an app has no end of its own: it ends when somebody withdraws it."""
        return CredentialEnd("access token", note="it holds until somebody withdraws it")

    def identity(self) -> sdk.DeskIdentity:
        """Return the workspace's id and name."""
        app = object_at(self.client.get("/me", endpoint="check.me"), "app")
        return sdk.DeskIdentity(str(app.get("id_code") or ""), str(app.get("name") or self.options.base_url))

    def check(self) -> Sequence[sdk.Finding]:
        """Read who we are, what the token may read, and say what is invisible."""
        return list(checks.reading(self.client, self.options))

    def catalog(self) -> sdk.Catalog:
        """Read what the workspace defines."""
        return read_catalog(self.client, self.options, self.session.desk)

    def declared(self) -> Mapping[str, RestStream]:
        """Return the streams, roots before what names them."""
        size, case = self.options.page_size, self._case_page

        def contacts(begin: float | None, end: float | None) -> RestList:  # noqa: ARG001 -- days have no end that a search could name
            if begin is None:
                return listing("/contacts", "data", endpoint="contacts", size=size)
            since = [("updated_at", ">", int(begin))]
            return search("contacts", since, endpoint="contacts.search", size=size, sort="updated_at")

        def cases(what: str) -> Windows:
            def listed(begin: float | None, end: float | None) -> RestList:  # noqa: ARG001 -- the newest window has no end
                rules = [*self.filters(what), ("updated_at", ">", max(0, int(begin or 0)))]
                return search(what, rules, endpoint=f"{what}.search", size=size, sort="updated_at")

            return Windows(listed, _LAG, version=version_of("id", "updated_at"))

        scrolled = CursorPages("scroll_param", "scroll_param", empty_ends=True, once=True)
        scroll = RestList(RestRequest("/companies/scroll"), "data", "companies.scroll", scrolled)
        teams, of = (single("/teams", "teams"),), Kind.ORGANIZATION
        changed = Windows(contacts, _TWO_DAYS, version=version_of("id", "updated_at"))
        rows = (
            RestStream("teams", self._each(Kind.GROUP), teams, whole=Kind.GROUP),
            RestStream("admins", self._each(Kind.PERSON), (_ADMINS,)),
            RestStream("companies", self._each(of), (scroll,), whole=of, anew=(400, 404), busy=_BUSY),
            RestStream("contacts", self._contact_page, windows=changed),
            RestStream("tickets", case, windows=cases("tickets"), complete=True, absent=(403,)),
            RestStream("conversations", case, windows=cases("conversations"), complete=True),
            RestStream("deleted", by_row(self._gone), (deleted(),), absent=_NO_LIST),
        )
        return {row.name: row for row in rows}

    def _gone(self, row: Any) -> sdk.Wire:
        return replace(of_row(self.session.desk, Kind.TICKET, row, at="deleted_at"), body=None, gone=True)

    def _each(self, kind: Kind) -> ToWires:
        return by_row(lambda row: of_row(self.session.desk, kind, row))

    def filters(self, what: str) -> Filters:  # noqa: ARG002 -- a target narrows it
        """Return what narrows the search for conversations or tickets."""
        return ()

    def count(self, stream: str) -> int | None:
        """Return how many records the workspace counts; None for streams that it does not count."""
        if stream == "contacts":
            return self.client.total(listing("/contacts", "data", endpoint="total.contacts", size=1))
        partly = stream == "conversations" and (self._twice or not self.options.campaigns)
        if partly or stream not in ("conversations", "tickets"):
            return None
        return self._total(stream, EVER)

    def _total(self, what: str, filters: Filters) -> int | None:
        return self.client.total(search(what, filters, endpoint=f"total.{what}"))

    def translate(self, wire: sdk.Wire, catalog: sdk.Catalog) -> sdk.Translated:
        """Turn a wire into neutral records. Pure."""
        return translate(wire, catalog, self.options)

    def totals(self) -> Iterator[sdk.ControlTotal]:
        """Count by state: the searches for it have nothing to do with reading by id."""
        waiting = "new+assigned+in_progress+pending_customer+on_hold+resolved"
        exact = self.options.campaigns and not self._twice
        for state, sign, stage in (("open", "!=", waiting), ("closed", "=", "closed")):
            try:
                count = self._total("conversations", [("state", sign, "closed")]) or 0
                count += self._total("tickets", [("open", "=", state == "open")]) or 0
            except RejectedError as error:
                raise sdk.UnsupportedError(f"{state} cases cannot be counted: {error.message}") from error
            told = f"POST /conversations/search and /tickets/search, {state}"
            yield sdk.ControlTotal(count, told, stage, exact=exact)

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, sdk.Absence]:
        """Ask for each conversation that no list of deleted ones has, and for the numbers of all tickets at once."""
        found, tickets = dict[str, sdk.Absence](), set[str]()
        listed = self.client.total(deleted("absent.deleted", 1), absent=_NO_LIST) is not None
        gone = {str(row["id"]) for row in self.client.rows(deleted("absent.deleted"))} if listed else set()
        if any(number.startswith("#") for number in numbers):
            rows = search("tickets", EVER, endpoint="absent.tickets", size=self.options.page_size)
            tickets = {f"#{row.get('ticket_id')}" for row in self.client.rows(rows)}
        for number in numbers:
            if number in gone:
                found[number] = sdk.Absence.DELETED
            elif number.startswith("#") and number not in tickets:
                found[number] = sdk.Absence.PURGED
            elif number[:1] != "#" and not self._show(f"/conversations/{number}", "absent.conversation"):
                found[number] = sdk.Absence.UNUSED if listed else sdk.Absence.PURGED
        return found

    def _show(self, path: str, endpoint: str) -> Row | None:
        return self.client.show(path, endpoint=endpoint)

    def _contact_page(self, page: RestPage) -> list[sdk.Wire]:
        found = self.several.each(self._contact, page.rows)
        return [of_row(self.session.desk, Kind.PERSON, row) for row in found]

    def _contact(self, row: Row) -> Row:
        """Complete what a contact shows of its lists: ten of each at most, and of notes the ids alone [OAS]."""
        whole = dict(row)
        for name, wanted in (("companies", "has_more"), ("tags", "has_more"), ("notes", "total_count")):
            held = object_at(row, name)
            if held.get(wanted):
                listed = listing(f"/contacts/{row['id']}/{name}", "data", endpoint=f"contacts.{name}")
                keep = ("id", "type", "url") if name == "companies" else ()
                rows = [
                    {key: one[key] for key in keep or one if key in one} for one in self.client.rows(listed)
                ]
                whole[name] = {**held, "data": rows}
        return whole

    def _others(self, cases: Iterable[Row]) -> list[sdk.Wire]:
        """Return the people whom these cases name and no list shows: bots, teammates who left, contacts that were deleted."""
        named: dict[str, Row] = {}
        for author in (author for case in cases for author in authors(case)):
            if str(author["id"]) not in named or author.get("from_ai_agent") is True:
                named[str(author["id"])] = author
        new = [id_ for id_ in named if id_ not in self._met and id_ not in self._listed]
        for id_ in new:
            if named[id_].get("type") in CONTACTS and self._show(f"/contacts/{id_}", "contacts.met"):
                self._listed.add(id_)
            else:
                self._met[id_] = of_author(self.session.desk, named[id_])
        return [self._met[id_] for id_ in new if id_ in self._met]

    @AskedOnce
    def _listed(self) -> set[str]:
        """Ids of those whom a list shows."""
        return {str(row["id"]) for row in self.client.rows(_ADMINS)}

    def _case_page(self, page: RestPage) -> list[sdk.Wire]:
        what = page.listed.rows
        rows = [row for row in page.rows if not nobody(row.get("id"))]
        if what == "conversations":
            rows = self._without_tickets(rows)
        paths = [f"/{what}/{row['id']}" for row in rows]
        found = self.several.each(lambda path: self._show(path, f"{what}.show"), paths)
        cases = [case for case in found if case is not None and self._wanted(case)]
        return [*self._others(cases), *(of_case(self.session.desk, case) for case in cases)]

    def _without_tickets(self, rows: list[Row]) -> list[Row]:
        """Leave out what is the thread of a ticket: no document says whether a search for conversations shows them, so it is asked."""
        ids = [str(row["id"]) for row in rows]
        if not ids or not self._has_tickets:
            return rows
        listed = search("tickets", [("id", "IN", ids)], endpoint="tickets.among", size=150)
        born = {str(row.get("id")): row.get("created_at") for row in self.client.rows(listed)}
        twice = {str(row["id"]) for row in rows if born.get(str(row["id"]), 0) == row.get("created_at")}
        self._twice |= twice
        return [row for row in rows if str(row["id"]) not in twice]

    @AskedOnce
    def _has_tickets(self) -> bool:
        return bool(self.client.total(search("tickets", EVER, endpoint="check.tickets"), absent=(403,)))

    def _wanted(self, case: Row) -> bool:
        """Tell whether a conversation takes part: one that a campaign opened and nobody answered does where it is asked for."""
        if self.options.campaigns or object_at(case, "source").get("delivered_as") not in _UNASKED:
            return True
        parts = objects_at(case, "conversation_parts.conversation_parts")
        return any(object_at(part, "author").get("type") in CONTACTS for part in parts)

    def fetch_one(self, ref: sdk.Ref) -> list[sdk.Wire]:
        """Read a root by its id."""
        desk = self.session.desk
        if ref.kind is Kind.TICKET:
            what, id_ = number_of(ref.id)
            row = self._show(f"/{what}/{id_}", f"{what}.show")
            return [] if row is None else [of_case(desk, row)]
        if ref.id in self._met:
            return [self._met[ref.id]]
        if ref.kind is Kind.PERSON and is_teammate(ref.id):
            rows = [row for row in self.client.rows(_ADMINS) if str(row["id"]) == ref.id]
            told = "no list of teammates shows it: a bot, or somebody who left; conversations that name it tell who it is"
            return [of_row(desk, ref.kind, row) for row in rows] or [sdk.Wire(ref, None, None, unread=told)]
        path = _PATHS.get(ref.kind, "contacts")
        row = self._show(f"/{path}/{ref.id}", f"{path}.show")
        if row is not None and path == "contacts":
            row = self._contact(row)
        return [] if row is None else [of_row(desk, ref.kind, row)]
