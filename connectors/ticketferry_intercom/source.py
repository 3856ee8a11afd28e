"""Intercom as a desk to read: lists and searches give ids, each conversation and ticket is asked for by itself with all its parts."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ticketferry import sdk
from ticketferry.sdk.rest.client import RestList, RestPage
from ticketferry.sdk.rest.files import streamed
from ticketferry.sdk.rest.paginators import CursorPages
from ticketferry.sdk.rest.parallel import OrderedMap, workers_for
from ticketferry.sdk.rest.requests import RestRequest
from ticketferry.sdk.rest.streams import RestStream, StreamReader, Windows, by_row
from ticketferry_intercom import checks
from ticketferry_intercom.catalog import read_catalog
from ticketferry_intercom.client import Filters, IntercomClient, Row, listing, search
from ticketferry_intercom.options import IntercomOptions
from ticketferry_intercom.translate import CONTACTS, authors, translate
from ticketferry_intercom.wire import nobody, number_of, of_author, of_case, of_row, some

__all__ = ["IntercomSource"]

_LAG = 900
"""Seconds that searches may lag behind [OAS contacts/search: a few minutes]."""
_TWO_DAYS = 2 * 86_400
"""Contacts are searched by whole days of the workspace's own zone, from the day after the one that is named [OAS]."""
_SCROLL = 65.0
"""Seconds after which a scroll that nobody goes on with has ended [OAS]; there is one for all programs."""
_RATE = 10_000 / 60
"""Requests a second of an app by a third party's page; what the answers tell rules."""
_UNASKED = frozenset({"campaigns_initiated", "operator_initiated", "automated"})


class IntercomSource:
    """Reads a workspace. Every page's cursor is enough to go on from; a finished stream's cursor gives what changed since."""

    def __init__(self, options: IntercomOptions, session: sdk.Session) -> None:
        self.options = options
        self.session = session
        self._opened: IntercomClient | None = None
        self._opening = threading.Lock()
        self._met: dict[str, sdk.Wire] = {}
        self._twice: set[str] = set()
        """Conversations that are the threads of tickets."""

    @property
    def client(self) -> IntercomClient:
        """The connection, made when it is first needed: files are fetched by several threads, and the pace is that of one client."""
        with self._opening:
            if self._opened is None:
                self._opened = IntercomClient(self.options, self.session)
            return self._opened

    @cached_property
    def _several(self) -> OrderedMap:
        return OrderedMap(self.session.clock, lambda: workers_for(None), "intercom")

    @property
    def limits(self) -> sdk.Limits:
        """What Intercom tells and what is known of it; sizes of files and texts are not told anywhere."""
        return sdk.Limits(
            read_rate=_RATE, write_rate=_RATE, page_size=self.options.page_size, settle_seconds=_LAG, fetch_batch=20,
            provenance_characters=50_000, lag="Intercom's searches leave out what is a few minutes new",
        )  # fmt: skip

    def identity(self) -> sdk.DeskIdentity:
        """Return the workspace's id and name."""
        app = some(self.client.get("/me", endpoint="check.me").get("app"))
        return sdk.DeskIdentity(str(app.get("id_code") or ""), str(app.get("name") or self.options.base_url))

    def check(self) -> Sequence[sdk.Finding]:
        """Read who we are, what the token may read, and say what is invisible."""
        return checks.reading(self.client, self.options)

    def catalog(self) -> sdk.Catalog:
        """Read what the workspace defines."""
        return read_catalog(self.client, self.options, self.session.desk)

    def streams(self) -> Sequence[str]:
        """Return the streams, roots before what names them."""
        return list(self._streams)

    @cached_property
    def _streams(self) -> Mapping[str, RestStream]:
        desk, size = self.session.desk, self.options.page_size
        scroll = RestList(
            RestRequest("/companies/scroll"), "data", "companies.scroll",
            CursorPages("scroll_param", "scroll_param", empty_ends=True, once=True),
        )  # fmt: skip

        def contacts(begin: float | None, end: float | None) -> RestList:  # noqa: ARG001 -- days have no end that a search could name
            if begin is None:
                return listing("/contacts", "data", endpoint="contacts", size=size)
            return search(
                "contacts", [("updated_at", ">", int(begin))], endpoint="contacts.search", size=size, sort="updated_at",
            )  # fmt: skip

        def cases(what: str, begin: float | None) -> RestList:
            filters = [*self.filters(what), ("updated_at", ">", max(0, int(begin or 0)))]
            return search(what, filters, endpoint=f"{what}.search", size=size, sort="updated_at")

        def version(row: Any) -> str:
            return f"{row.get('id')} {row.get('updated_at')}"

        rows = [
            RestStream("teams", by_row(lambda row: of_row(desk, sdk.Kind.GROUP, row)), (_single("/teams", "teams"),), whole=sdk.Kind.GROUP),
            RestStream("admins", by_row(lambda row: of_row(desk, sdk.Kind.PERSON, row)), (_single("/admins", "admins"),)),
            RestStream(
                "companies", by_row(lambda row: of_row(desk, sdk.Kind.ORGANIZATION, row)), (scroll,), whole=sdk.Kind.ORGANIZATION,
                anew=(400, 404),
            ),
            RestStream("contacts", self._contact_page, windows=Windows(contacts, _TWO_DAYS, version=version)),
            RestStream(
                "tickets", self._case_page, windows=Windows(lambda begin, _: cases("tickets", begin), _LAG, version=version),
                complete=True, absent=(403,),
            ),
            RestStream(
                "conversations", self._case_page,
                windows=Windows(lambda begin, _: cases("conversations", begin), _LAG, version=version), complete=True,
            ),
        ]  # fmt: skip
        return {row.name: row for row in rows}

    def filters(self, what: str) -> Filters:  # noqa: ARG002 -- a target narrows it
        """Return what narrows the search for conversations or tickets."""
        return ()

    def count(self, stream: str) -> int | None:
        """Return how many records the workspace counts; None for streams that it does not count."""
        if stream == "conversations" and (self._twice or not self.options.campaigns):
            return None
        if stream in ("conversations", "tickets"):
            return self.client.total(stream, [("created_at", ">", 0)], endpoint=f"total.{stream}")
        if stream == "contacts":
            page = self.client.page(listing("/contacts", "data", endpoint="total.contacts", size=1))
            return page.body.get("total_count") if isinstance(page.body.get("total_count"), int) else None
        return None

    def read(self, stream: str, cursor: sdk.Cursor | None) -> Iterator[sdk.Page]:
        """Read a stream. A scroll that another reading left open is waited for once."""
        reader, declared = StreamReader(self.client), self._streams[stream]
        pages = reader.read(declared, cursor)
        if stream != "companies":
            yield from pages
            return
        try:
            first = next(pages)
        except sdk.RejectedError as error:
            if error.status != 400:
                raise
            sdk.pause(self.session.clock, _SCROLL, f"another scroll has to end first: {error.message}")
            pages = reader.read(declared, None)
            first = next(pages)
        yield first
        yield from pages

    def fetch(self, refs: Sequence[sdk.Ref]) -> Sequence[sdk.Wire]:
        """Read roots by id."""
        return [wire for wires in self._several.each(self._fetch, list(refs)) for wire in wires]

    def content(self, attachment: sdk.Attachment) -> Iterator[bytes]:
        """Stream a file. Its address ends after half an hour [OAS]: a new one is read from its message then."""
        return streamed(attachment, lambda url: self.client.download(url, endpoint="attachment.content"), self._address)  # fmt: skip

    def translate(self, wire: sdk.Wire, catalog: sdk.Catalog) -> sdk.Translated:
        """Turn a wire into neutral records. Pure."""
        return translate(wire, catalog, self.options)

    def totals(self) -> Iterator[sdk.ControlTotal]:
        """Count by state: the searches for it have nothing to do with reading by id."""
        asked = {"open": ("new+assigned+in_progress+pending_customer+on_hold+resolved", True), "closed": ("closed", False)}  # fmt: skip
        exact = self.options.campaigns and not self._twice
        for state, (stage, is_open) in asked.items():
            told = "=" if state == "closed" else "!=", "closed"
            try:
                count = (self.client.total("conversations", [("state", *told)], endpoint="total.conversations") or 0)  # fmt: skip
                count += self.client.total("tickets", [("open", "=", is_open)], endpoint="total.tickets") or 0
            except sdk.RejectedError as error:
                raise sdk.UnsupportedError(f"{state} cases cannot be counted: {error.message}") from error
            yield sdk.ControlTotal(count, f"POST /conversations/search and /tickets/search, {state}", stage, exact=exact)  # fmt: skip

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, sdk.Absence]:
        """Ask for each conversation, and for the numbers of all tickets at once: what is not shown was deleted for good, or was never a case."""
        tickets: set[str] = set()
        if any(number.startswith("#") for number in numbers):
            listed = search("tickets", [("created_at", ">", 0)], endpoint="absent.tickets", size=self.options.page_size)  # fmt: skip
            tickets = {f"#{row.get('ticket_id')}" for row in self.client.rows(listed)}
        told = [number for number in numbers if not number.startswith("#")]
        shown = [self.client.one(f"/conversations/{number}", endpoint="absent.conversation") for number in told]  # fmt: skip
        there = {number for number, row in zip(told, shown, strict=True) if row is not None} | tickets
        return {number: sdk.Absence.PURGED for number in numbers if number not in there}

    def close(self) -> None:
        """Give back connections."""
        if self._opened is not None:
            self._opened.close()

    # ---- people --------------------------------------------------------------------------------------------------

    def _contact_page(self, page: RestPage) -> list[sdk.Wire]:
        found = self._several.each(self._contact, page.rows)
        return [of_row(self.session.desk, sdk.Kind.PERSON, row) for row in found]

    def _contact(self, row: Row) -> Row:
        """Complete what a contact shows of its lists: ten of each at most, and of notes the ids alone [OAS]."""
        whole = dict(row)
        for name, wanted in (("companies", "has_more"), ("tags", "has_more"), ("notes", "total_count")):
            held = some(row.get(name))
            if held.get(wanted):
                rows = self.client.rows(listing(f"/contacts/{row['id']}/{name}", "data", endpoint=f"contacts.{name}"))  # fmt: skip
                keep = [_slim(item) for item in rows] if name == "companies" else list(rows)
                whole[name] = {**held, "data": keep}
        return whole

    def _others(self, cases: Iterable[Row]) -> list[sdk.Wire]:
        """Return the people whom these cases name and no list shows: bots, teammates who left, contacts that were deleted."""
        named: dict[str, Row] = {}
        for author in (author for case in cases for author in authors(case)):
            if str(author["id"]) not in named or author.get("from_ai_agent") is True:
                named[str(author["id"])] = author
        new = [id_ for id_ in named if id_ not in self._met and id_ not in self._listed]
        for id_ in new:
            if named[id_].get("type") in CONTACTS and self.client.one(f"/contacts/{id_}", endpoint="contacts.met"):  # fmt: skip
                self._listed.add(id_)
            else:
                self._met[id_] = of_author(self.session.desk, named[id_])
        return [self._met[id_] for id_ in new if id_ in self._met]

    @cached_property
    def _listed(self) -> set[str]:
        """Ids of those whom a list shows."""
        return {str(row["id"]) for row in self.client.rows(_single("/admins", "admins"))}

    # ---- conversations and tickets -------------------------------------------------------------------------------

    def _case_page(self, page: RestPage) -> list[sdk.Wire]:
        what = page.listed.rows
        rows = [row for row in page.rows if not nobody(row.get("id"))]
        if what == "conversations":
            rows = self._without_tickets(rows)
        paths = [f"/{what}/{row['id']}" for row in rows]
        found = self._several.each(lambda path: self.client.one(path, endpoint=f"{what}.show"), paths)
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

    @cached_property
    def _has_tickets(self) -> bool:
        try:
            return self.client.total("tickets", [("created_at", ">", 0)], endpoint="check.tickets") != 0
        except sdk.RejectedError as error:
            if error.status == 403:
                return False
            raise

    def _wanted(self, case: Row) -> bool:
        """Tell whether a conversation takes part: one that a campaign opened and nobody answered does where it is asked for."""
        if self.options.campaigns or some(case.get("source")).get("delivered_as") not in _UNASKED:
            return True
        parts = some(case.get("conversation_parts")).get("conversation_parts") or ()
        return any(some(some(part).get("author")).get("type") in CONTACTS for part in parts)

    def _fetch(self, ref: sdk.Ref) -> list[sdk.Wire]:
        desk = self.session.desk
        if ref.kind is sdk.Kind.TICKET:
            what, id_ = number_of(ref.id)
            row = self.client.one(f"/{what}/{id_}", endpoint=f"{what}.show")
            return [] if row is None else [of_case(desk, row)]
        if ref.id in self._met:
            return [self._met[ref.id]]
        if ref.kind is sdk.Kind.PERSON and ref.id.isdecimal() and len(ref.id) < 20:
            rows = [row for row in self.client.rows(_single("/admins", "admins")) if str(row["id"]) == ref.id]
            told = "no list of teammates shows it: a bot, or somebody who left; conversations that name it tell who it is"
            return [of_row(desk, ref.kind, row) for row in rows] or [sdk.Wire(ref, None, None, unread=told)]
        path = {sdk.Kind.GROUP: "teams", sdk.Kind.ORGANIZATION: "companies"}.get(ref.kind, "contacts")
        row = self.client.one(f"/{path}/{ref.id}", endpoint=f"{path}.show")
        if row is None:
            return []
        return [of_row(desk, ref.kind, self._contact(row) if path == "contacts" else row)]

    def _address(self, attachment: sdk.Attachment) -> str | None:
        """Read where a file lies now."""
        case = sdk.Ref(self.session.desk, sdk.Kind.TICKET, attachment["ticket"].split(":", 2)[2])
        for wire in self._fetch(case):
            for record in self.translate(wire, {"desk": self.session.desk, "product": "intercom"}).records:
                if record["ref"] == attachment["ref"]:
                    return str(record.get("url") or "") or None
        return None


def _single(path: str, rows: str) -> RestList:
    return RestList(RestRequest(path), rows, path.strip("/"))


def _slim(company: Row) -> Row:
    """Return of a company what a contact shows of it: the rest is its own record's."""
    return {key: company[key] for key in ("id", "type", "url") if key in company}
