"""Zendesk as a desk to read."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import orjson

from ticketferry.sdk import (
    Absence,
    Attachment,
    AuthError,
    Catalog,
    ControlTotal,
    Cursor,
    DeskIdentity,
    Finding,
    Kind,
    Limits,
    NotMoved,
    NotServedError,
    Page,
    Recheck,
    Record,
    Ref,
    RejectedError,
    Session,
    Translated,
    Wire,
    pause,
)
from ticketferry.sdk.forecast import Forecast, Probe
from ticketferry.sdk.paging import PagesSeen
from ticketferry.sdk.shapes import holding, within
from ticketferry_zendesk import catalog as catalogs
from ticketferry_zendesk import checks, surveying
from ticketferry_zendesk import inventory as inventories
from ticketferry_zendesk import wire as wires
from ticketferry_zendesk.client import Export, ZendeskClient
from ticketferry_zendesk.doubts import doubts
from ticketferry_zendesk.forecast import AccountForecast
from ticketferry_zendesk.history import AuditHistory
from ticketferry_zendesk.joins import Joins
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.second_look import REFUSALS
from ticketferry_zendesk.several import Several, workers_for
from ticketferry_zendesk.sides import SideConversations, has_side_conversations
from ticketferry_zendesk.translate import translate
from ticketferry_zendesk.wire import Row

__all__ = ["ZendeskSource"]

_COUNTS = {
    "organizations": "/organizations/count",
    "groups": "/groups/count",
    "people": "/users/count",
    "tickets": "/tickets/count",
}
_SETUP = (
    ("/ticket_fields", "ticket_fields"),
    ("/user_fields", "user_fields"),
    ("/organization_fields", "organization_fields"),
    ("/groups", "groups"),
    ("/brands", "brands"),
    ("/custom_statuses", "custom_statuses"),
    ("/ticket_forms", "ticket_forms"),
    ("/slas/policies", "sla_policies"),
    ("/recipient_addresses", "recipient_addresses"),
)
_WITHOUT = frozenset({"custom_statuses", "ticket_forms", "sla_policies", "recipient_addresses", "brands"})
"""Lists that a plan may not have: empty then."""
_MANY = 100
LAG = "Zendesk's exports leave the newest minute out"
"""[DOC announcement 8143500919322]"""
_READ_RATE = 400 / 60
"""Requests a second of the Growth and Professional plans [DOC rate limits]; the account's own limit rules while reading."""


class ZendeskSource:
    """Reads an account: its set-up, people, tickets with deleted ones, and their history.

    Every page's cursor is enough to go on from; a finished stream's cursor gives what changed since. Groups and memberships have
    no export and are read whole each time.
    """

    def __init__(self, options: ZendeskOptions, session: Session) -> None:
        self._options = options
        self._session = session
        self._opened: ZendeskClient | None = None
        self._opening = threading.Lock()
        self._readers_open: _Readers | None = None
        self._names: tuple[Catalog, Names] | None = None

    @property
    def _client(self) -> ZendeskClient:
        # Files are fetched by several threads, and the pace of the account is that of one client.
        with self._opening:
            if self._opened is None:
                self._opened = ZendeskClient(self._options, self._session)
            return self._opened

    @property
    def _reading(self) -> "_Readers":
        if self._readers_open is None:
            self._readers_open = _Readers(self._client, self._options, self._session)
        return self._readers_open

    @property
    def limits(self) -> Limits:
        """Figures of the account."""
        return Limits(read_rate=_READ_RATE, page_size=self._options.page_size, fetch_batch=50, lag=LAG)

    def identity(self) -> DeskIdentity:
        """Ask for the account's id and subdomain."""
        return checks.identity(self._client, self._options.where())

    def check(self) -> Sequence[Finding]:
        """Prove who we are and what we may read, and tell what is invisible. Raises AuthError for wrong credentials."""
        return checks.check(self._client, self._options, self._session)

    def catalog(self) -> Catalog:
        """Read what the account defines. Raises AuthError naming a list that these credentials may not read.

        404: the list is not in this plan [PROBE 5.5], believed of two answers; NotServedError: not in this edition of the API.
        """
        rows: dict[str, list[Row]] = {}
        for path, key in _SETUP:
            if key in self._options.without:
                continue
            for last in (False, True):
                try:
                    rows[key] = list(self._client.every(path, key, endpoint=f"setup.{key}"))
                    break
                except RejectedError as error:
                    if error.status == 403:
                        raise self._forbidden(path, key, error) from error
                    if error.status != 404 or (last and key not in _WITHOUT):
                        raise
                    if not last:
                        pause(self._session.clock, 2.0, "a list that is not there is asked for once more")
                except NotServedError:
                    if key not in _WITHOUT:
                        raise
                    break
        found = catalogs.build(self._session.desk, self._options.where(), rows)
        if not self._session.origin:
            # No documented call tells the account's own time zone; that of whoever reads is the nearest there is.
            me = self._client.get("/users/me", endpoint="users.me").get("user") or {}
            found["native"] = {**found.get("native", {}), "time_zone": str(me.get("iana_time_zone") or "")}
        else:
            # How long the lists are is held against the last extract of a source; in a target a plan of ours makes them longer.
            found["native"] = {key: value for key, value in found.get("native", {}).items() if key != "lists"}
        return found

    def _forbidden(self, path: str, key: str, error: RejectedError) -> AuthError:
        name = key.replace("_", " ")
        remedy = "Use the credentials of an admin with the scope `read`."
        if key in _WITHOUT:
            remedy += f" Where the plan has no {name}, say so in migration.yaml: `without: [{key}]`."
        message = f"the account may not read the {name}: {error.message}"
        return AuthError(message, where=f"GET {path}", remedy=remedy)

    def streams(self) -> Sequence[str]:
        """Streams in reading order."""
        return tuple(self._readers)

    def count(self, stream: str) -> int | None:
        """Ask the account's own count; None for memberships and history. Tickets without deleted ones, users without inactive ones."""
        path = _COUNTS.get(stream)
        return self._client.count(path, endpoint=f"{stream}.count") if path else None

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Read a stream from the start, or what changed since `cursor`."""
        state = orjson.loads(cursor) if cursor else {}
        return self._readers[stream](state)

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Wire]:
        """Read roots with all their parts by id; deleted tickets are absent."""
        found: list[Wire] = []
        by_kind: dict[Kind, list[str]] = {}
        for one in refs:
            by_kind.setdefault(one.kind, []).append(one.id)
        for kind, ids in by_kind.items():
            for start in range(0, len(ids), _MANY):
                found += self._fetchers[kind](ids[start : start + _MANY])
        return found

    def content(self, attachment: Attachment) -> Iterator[bytes]:
        """Stream a file; RejectedError where it is gone."""
        url = attachment.get("url")
        state = attachment.get("state")
        if not url or state in ("redacted", "malware"):
            reason = f"the file is {state}" if url else "the attachment has no address"
            raise RejectedError(reason, where=attachment["ref"], status=404)
        return self._client.download(url)

    def translate(self, wire: Wire, catalog: Catalog) -> Translated:
        """Turn one wire record into neutral records. Pure."""
        if self._names is None or self._names[0] is not catalog:
            self._names = (catalog, Names(catalog))
        return translate(wire, self._names[1], self._options.where(), self._options.jira_url)

    # ---- about the desk itself

    def forecast(self, probe: Probe) -> Forecast:
        """Read a sample and say what reading the whole account will take."""
        return AccountForecast(
            self._client, self._options, self._session, self._reading, probe, self._identified
        ).make()

    def totals(self) -> Iterator[ControlTotal]:
        """Count tickets by status and month, by the search index."""
        return surveying.totals(self._client, self._session)

    def explain_absent(self, numbers: Sequence[str]) -> Mapping[str, Absence]:
        """Say why numbers have no ticket."""
        if not numbers:
            return {}
        return surveying.explain_absent(self._client, numbers, self._gone, sees_all=self._sees_all)

    def inventory(self) -> Iterator[NotMoved]:
        """List macros, triggers, automations, views, articles, custom objects and suspended mails."""
        return inventories.inventory(self._client, self._options.where())

    def cross_check(self, cases: Iterable[Record]) -> Iterator[Recheck]:
        """Tell which cases to read again: those whose comments are not as many as the account counts, whatever way they were read."""
        quick = self._reading.history.way() == "events"
        yield from doubts(self._client, self._reading.several, cases, quick=quick)

    @cached_property
    def _gone(self) -> Mapping[str, Absence]:
        """The desk's own list of deleted tickets, read once when a number is missing: it holds those of the last 30 days."""
        try:
            rows = self._client.every(
                "/deleted_tickets", "deleted_tickets", endpoint="absent.deleted", group="deleted"
            )
            return {str(row["id"]): Absence.DELETED for row in rows}
        except RejectedError as error:
            if error.status not in (403, 404):
                raise
            return {}

    @cached_property
    def _sees_all(self) -> bool:
        me = self._client.get("/users/me", endpoint="absent.me").get("user") or {}
        return me.get("role") == "admin" and not me.get("ticket_restriction")

    def close(self) -> None:
        """Give back connections."""
        if self._opened is not None:
            self._opened.close()
            self._opened = self._readers_open = None

    # ---- streams

    @property
    def _readers(self) -> dict[str, Callable[[dict[str, Any]], Iterator[Page]]]:
        return {
            "organizations": self._read_organizations,
            "groups": lambda state: self._read_lists(state, (("/groups", "groups"),)),
            "people": self._read_people,
            "memberships": lambda state: self._read_lists(
                state,
                (
                    ("/organization_memberships", "organization_memberships"),
                    ("/group_memberships", "group_memberships"),
                ),
            ),
            "tickets": self._read_tickets,
            "history": self._reading.history.pages,
            **({"side_conversations": self._reading.sides.pages} if self._options.side_conversations else {}),
        }

    def _read_organizations(self, state: dict[str, Any]) -> Iterator[Page]:
        start = int(state.get("start", 0))
        pages = PagesSeen("GET /incremental/organizations", repeats=1)
        while True:
            export = self._client.export_since(
                "/incremental/organizations",
                "organizations",
                start,
                endpoint="incremental.organizations",
                params={"per_page": self._options.page_size},
            )
            start = int(export.position)
            found = [wires.of_organization(self._session.desk, row) for row in export.rows]
            yield Page(found, _cursor({"start": start}), export.last)
            if export.last:
                return
            pages.see(export.rows)

    def _read_lists(self, state: dict[str, Any], lists: Sequence[tuple[str, str]]) -> Iterator[Page]:
        """Read lists that have no export, one after another; a finished state begins anew."""
        number, after = (0, None) if state.get("done") else (int(state.get("list", 0)), state.get("after"))
        # The list of groups leaves deleted ones out. A source keeps them for the names of old tickets; a target has them no more.
        kinds = {"organization_memberships": Kind.MEMBERSHIP}
        if self._session.origin:
            kinds["groups"] = Kind.GROUP
        whole = kinds.get(lists[0][1]) if (number, after) == (0, None) else None
        seen = [PagesSeen(f"GET {path}") for path, _ in lists]
        while True:
            path, key = lists[number]
            place = number
            page = self._client.listing(path, key, after, endpoint=f"list.{key}")
            after = page.after
            number += after is None
            last = number == len(lists)
            following = {"done": True} if last else {"list": number, "after": after}
            yield Page([self._listed(key, row) for row in page.rows], _cursor(following), last, whole)
            if last:
                return
            if place == number:
                seen[place].see(page.rows)

    def _listed(self, key: str, row: Row) -> Wire:
        desk = self._session.desk
        if key == "groups":
            return wires.of_group(desk, row)
        return wires.of_membership(desk, row, "org" if key == "organization_memberships" else "group")

    def _read_people(self, state: dict[str, Any]) -> Iterator[Page]:
        for export in self._exports("/incremental/users/cursor", "users", state, {"include": "identities"}):
            found = self._with_identities(export.rows, export.body.get("identities"))
            yield Page(found, _cursor({"cursor": export.position}), export.last)

    def _read_tickets(self, state: dict[str, Any]) -> Iterator[Page]:
        joins = self._reading.joins
        again, linked = joins.linked_since(str(state.get("linked", "")))
        if "linked" in state and again:
            # a link with Jira moves nothing that the export of tickets looks at
            for start in range(0, len(again), _MANY):
                rows = self._tickets_by_id(again[start : start + _MANY], endpoint="jira.tickets")
                yield Page(joins.complete(rows), _cursor(state), last=False)
        params = {"include": "metric_sets,comment_count", "support_type_scope": "all"}
        for export in self._exports("/incremental/tickets/cursor", "tickets", state, params):
            found = joins.complete(export.rows)
            yield Page(found, _cursor({"cursor": export.position, "linked": linked}), export.last)

    def _exports(
        self, path: str, key: str, state: dict[str, Any], params: Mapping[str, str]
    ) -> Iterator[Export]:
        cursor = str(state.get("cursor", ""))
        pages = PagesSeen(f"GET {path}")
        while True:
            export = self._client.export(
                path,
                key,
                cursor,
                endpoint=f"incremental.{key}",
                params={**params, "per_page": self._options.page_size},
            )
            yield export
            if export.last:
                return
            pages.see(export.rows)
            cursor = str(export.position)

    def _with_identities(self, users: Sequence[Row], sideloaded: Any) -> list[Wire]:
        """Join users with their identities, each user's asked for where the answer brought none."""
        desk = self._session.desk
        if not isinstance(sideloaded, list):
            asked = self._reading.several.each(self._identified, users)
            return [wire for found in asked for wire in found]
        by_user: dict[Any, list[Row]] = {}
        for row in sideloaded:
            by_user.setdefault(row.get("user_id"), []).append(row)
        return [wires.of_user(desk, user, by_user.get(user["id"], [])) for user in users]

    def _identified(self, user: Row) -> list[Wire]:
        """Join a user with the identities, asked for; none of one who is deleted for good, unread where they cannot be read."""
        path, desk = f"/users/{user['id']}/identities", self._session.desk
        try:
            return [
                wires.of_user(
                    desk, user, list(self._client.every(path, "identities", endpoint="users.identities"))
                )
            ]
        except REFUSALS as error:
            if user.get("active") is False or not self._reading.look.there(Kind.PERSON, user["id"], error):
                return [wires.of_user(desk, user, [])]
            return self._reading.look.after(Kind.PERSON, user["id"], "the identities", error)

    # ---- by id

    @property
    def _fetchers(self) -> dict[Kind, Callable[[Sequence[str]], list[Wire]]]:
        return {
            Kind.TICKET: self._fetch_tickets,
            Kind.PERSON: self._fetch_people,
            Kind.ORGANIZATION: self._fetch_organizations,
            Kind.GROUP: self._fetch_groups,
        }

    def _show_many(self, path: str, key: str, ids: Sequence[str], **params: str) -> list[Row]:
        body = self._client.get(
            f"{path}/show_many",
            {"ids": ",".join(ids), **params},
            endpoint=f"{key}.show_many",
            fits=within(holding(key), key, "id", ids),
        )
        return cast("list[Row]", body[key])

    def _fetch_tickets(self, ids: Sequence[str]) -> list[Wire]:
        reading = self._reading
        rows = self._tickets_by_id(ids, endpoint="tickets.show_many")
        shown = {str(row["id"]) for row in rows}
        for id_ in ids:
            if id_ not in shown and reading.look.there(Kind.TICKET, id_):
                rows += self._tickets_by_id([id_], endpoint="tickets.show_many")
        found: list[Wire] = []
        for row, audits in zip(
            rows, list(reading.several.each(reading.history.of_ticket, rows)), strict=True
        ):
            if any(wire.gone for wire in audits):
                continue
            if any(wire.unread for wire in audits):
                found += audits
                continue
            try:
                own = reading.joins.with_audits(row, audits)
            except REFUSALS as error:
                found += reading.look.after(Kind.TICKET, row["id"], "its rating", error)
                continue
            found += [own, *audits]
            if self._options.side_conversations and has_side_conversations(audits):
                found += reading.sides.of_ticket(row["id"])
        return found

    def _tickets_by_id(self, ids: Sequence[str], *, endpoint: str) -> list[Row]:
        params = {"ids": ",".join(ids), "include": "metric_sets,comment_count"}
        body = self._client.get(
            "/tickets/show_many",
            params,
            endpoint=endpoint,
            fits=within(holding("tickets"), "tickets", "id", ids),
        )
        return cast("list[Row]", body["tickets"])

    def _fetch_people(self, ids: Sequence[str]) -> list[Wire]:
        rows = self._show_many("/users", "users", ids, include_deleted="true")
        found = self._with_identities(rows, None)
        for memberships in self._reading.several.each(self._memberships, rows):
            found += memberships
        return found

    def _memberships(self, user: Row) -> list[Wire]:
        try:
            return self._listed_memberships(user)
        except REFUSALS as error:
            return self._reading.look.after(Kind.PERSON, user["id"], "the memberships", error)

    def _listed_memberships(self, user: Row) -> list[Wire]:
        found: list[Wire] = []
        for key in ("organization_memberships", "group_memberships"):
            if key == "group_memberships" and user.get("role") == "end-user":
                continue  # only agents work in groups
            listed = self._client.every(f"/users/{user['id']}/{key}", key, endpoint=f"users.{key}")
            found += [self._listed(key, row) for row in listed]
        return found

    def _fetch_organizations(self, ids: Sequence[str]) -> list[Wire]:
        rows = self._show_many("/organizations", "organizations", ids)
        return [wires.of_organization(self._session.desk, row) for row in rows]

    def _fetch_groups(self, ids: Sequence[str]) -> list[Wire]:
        found = []
        for id_ in ids:
            try:
                row = self._client.get(f"/groups/{id_}", endpoint="groups.show").get("group")
            except RejectedError as error:
                if error.status != 404:
                    raise
                continue
            if isinstance(row, dict):
                found.append(wires.of_group(self._session.desk, row))
        return found


class _Readers:
    """What reads tickets and their parts, made once for a connection."""

    def __init__(self, client: ZendeskClient, options: ZendeskOptions, session: Session) -> None:
        self.several = Several(session.clock, lambda: options.parallel or workers_for(client.limit))
        self.history = AuditHistory(client, options, session, self.several)
        self.look = self.history.look
        self.joins = Joins(client, session, self.history, self.several)
        self.sides = SideConversations(client, session, self.several)


def _cursor(state: dict[str, Any]) -> Cursor:
    return orjson.dumps(state, option=orjson.OPT_SORT_KEYS).decode()
