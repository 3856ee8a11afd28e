"""What reading an account whole will take: first pages of every list, the history of a sample of tickets, and what they grow with."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from math import ceil

from ticketferry.sdk import FatalError, RejectedError
from ticketferry.sdk.forecast import Forecast, Measured, Need
from ticketferry.sdk.rest.client import RestPage
from ticketferry_zendesk import inventory as inventories
from ticketferry_zendesk import surveying
from ticketferry_zendesk.budget import paces
from ticketferry_zendesk.client import OF_TICKETS
from ticketferry_zendesk.forecast_tickets import PARTS, Sampling, TicketForecast, Tickets
from ticketferry_zendesk.sides import NOT_HERE
from ticketferry_zendesk.wire import Row, moment

__all__ = ["AccountForecast"]

_LISTED = 100
_MOST_PAGES = 5
_ASKED = 5
_IDENTIFIED = 20
_MOST_THINGS = 60
"""Requests after which the inventory is not followed further."""


class AccountForecast(Sampling):
    """Makes one forecast."""

    def make(self) -> Forecast:
        """Ask for the sample, in the order in which an extract reads."""
        nothing: list[Row] = []
        ask = self.told.asked
        ask("organizations", self._organizations, None)
        groups = self.probe.counts.get("groups")
        ask("groups", lambda: self._list("groups", "/groups", "groups", groups), nothing)
        users = ask("people", self._people, nothing)
        ask("memberships", lambda: self._memberships(users), None)
        tickets = ask("tickets", self._exported, Tickets([], 0.0, Measured(), whole=True))
        if "tickets" in self.told.unread:
            return self.told
        of_tickets = TicketForecast(
            self.client, self.options, self.session, self.readers, self.probe, self.told
        )
        of_tickets.add(tickets)
        if self.options.side_conversations:
            self._sides(tickets)
        if self.probe.totals:
            self._totals(tickets)
            self._numbers(tickets)
        if self.probe.inventory:
            self._inventory()
        self.told.paces = paces(self.client.pacer)
        return self.told

    # ---- lists

    def _pages(
        self, what: str, measured: Measured, rows: int, total: float, size: int, *, last: bool, group: str
    ) -> float:
        """Note the pages of a list of which the first is measured; return its records."""
        total = rows if last else max(total, rows)
        scale = 1.0 if last else total / max(1, rows)
        for need in measured.needs(what, scale=scale, group=group):
            requests = need.requests if last else ceil(total / size)
            self.told.needs.append(replace(need, requests=requests, exact=last))
        self.told.records[what] = self.told.records.get(what, 0.0) + total
        return total

    def _organizations(self) -> None:
        with self.probe.meter.measured() as measured:
            export = self.client.page(
                self.client.exported_by_time("/incremental/organizations", "organizations")
            )
        total = self.probe.counts.get("organizations") or 0
        rows = len(export.rows)
        size = max(1, self.options.page_size - 1)  # a page of an export by time begins with the border
        self._pages("organizations", measured, rows, total, size, last=export.last, group="incremental")

    def _list(self, what: str, path: str, key: str, total: float | None) -> list[Row]:
        """Read a few pages of a list; `total`: its records where they are known."""
        rows, last, measured = self._first_pages(path, key)
        self._pages(what, measured, len(rows), total or len(rows), _LISTED, last=last, group="read")
        return rows

    def _first_pages(self, path: str, key: str) -> tuple[list[Row], bool, Measured]:
        """Read the first pages of a list, and say whether that was all."""
        rows: list[Row] = []
        last = True
        with self.probe.meter.measured() as measured:
            listed = self.client.listed(path, key, endpoint=f"list.{key}")
            for page in islice(self.client.pages(listed), _MOST_PAGES):
                rows += page.rows
                last = page.last
        return rows, last, measured

    def _people(self) -> list[Row]:
        with self.probe.meter.measured() as measured:
            listed = self.client.exported("/incremental/users/cursor", "users", include="identities")
            export = self.client.page(listed)
        users = export.rows
        active = sum(row.get("active") is not False for row in users)
        total = (self.probe.counts.get("people") or 0) * len(users) / max(1, active)
        size = self.options.page_size
        total = self._pages(
            "people", measured, len(users), total, size, last=export.last, group="incremental"
        )
        if users and not isinstance(export.body.get("identities"), list):
            some = users[:: max(1, len(users) // _IDENTIFIED)][:_IDENTIFIED]
            self.each("people", some, total, self.readers.identified)
        return users

    def _memberships(self, users: Sequence[Row]) -> None:
        """Nobody counts memberships: where the list is long, it is as long for all users as for those whom its first pages show."""
        people = self.told.records.get("people", 0.0)
        rate = people / max(1, len(users))
        members = rate * sum(row.get("organization_id") is not None for row in users)
        agents = rate * sum(row.get("role") in ("agent", "admin") for row in users)
        for key, whose in (("organization_memberships", members), ("group_memberships", agents)):
            rows, last, measured = self._first_pages(f"/{key}", key)
            each = len(rows) / max(1, len({row.get("user_id") for row in rows}))
            self._pages("memberships", measured, len(rows), each * whose, _LISTED, last=last, group="read")

    # ---- tickets

    def _exported(self) -> Tickets:
        """Read the first page of the export; of a desk that is larger, a page from the middle of its time and a late one as well."""
        with self.probe.meter.measured() as measured:
            first = self._export(0)
        rows = {row["id"]: row for row in first.rows}
        if first.last:
            return Tickets(list(rows.values()), float(len(rows)), measured, whole=True)
        begin = min((_generated(row) for row in first.rows), default=0)
        now = self.session.clock.time()
        with self.probe.meter.measured() as more:
            for part in PARTS:
                page = self._export(int(begin + (now - begin) * part))
                rows |= {row["id"]: row for row in page.rows}
        for endpoint, told in more.items():
            had = measured[endpoint]
            measured[endpoint] = type(told)(
                had.requests + told.requests, had.octets + told.octets, had.seconds + told.seconds
            )
        listed = sorted(rows.values(), key=_generated)
        live = sum(row.get("status") != "deleted" for row in listed)
        total = (self.probe.counts.get("tickets") or 0) * len(listed) / max(1, live)
        return Tickets(listed, max(total, float(len(listed))), measured, whole=False)

    def _export(self, start: int) -> RestPage:
        return self.client.page(
            self.client.exported("/incremental/tickets/cursor", "tickets", start, **OF_TICKETS)
        )

    # ---- beside tickets

    def _sides(self, tickets: Tickets) -> None:
        """Read the first page of the export of events, and a few of the conversations that it names."""
        what = "side_conversations"
        begin = 0
        try:
            with self.probe.meter.measured() as measured:
                body = self.client.get(
                    "/tickets/side_conversations/events",
                    {"start_time": begin},
                    endpoint="side_conversations.events",
                    group="side",
                )
        except (RejectedError, FatalError) as error:
            if isinstance(error, RejectedError) and error.status not in NOT_HERE:
                raise
            self.told.unread[what] = error.message
            self.told.needs += measured.needs(what, group="side")
            return
        rows = [row for row in body.get("events") or () if isinstance(row, dict)]
        pairs = sorted({(str(row.get("ticket_id")), str(row.get("side_conversation_id"))) for row in rows})
        end = body.get("end_time")
        scale = 1.0
        if rows and body.get("next_page") and isinstance(end, int) and end > begin:
            # How many pages follow, the share that this one has of the account's time tells.
            oldest = float(end) if tickets.oldest is None else tickets.oldest
            scale = max(2.0, (self.session.clock.time() - oldest) / max(1.0, end - oldest))
        self.told.needs += measured.needs(what, scale=scale, group="side")
        self.told.records[what] = len(pairs) * scale
        some = pairs[:: max(1, len(pairs) // _ASKED)][:_ASKED] if len(pairs) > 2 * _ASKED else pairs
        self.each(what, some, len(pairs) * scale, lambda pair: self.readers.sides.one(*pair))

    def _totals(self, tickets: Tickets) -> None:
        """Ask for what tells how many counts there will be: one for each status, each month, and each status of a month that has any."""
        with self.probe.meter.measured() as measured:
            stages, months = surveying.extent(self.client, self.session)
        live = {
            month for row in tickets.rows if row.get("status") != "deleted" and (month := _month(row))
        } if tickets.whole else set(months)  # fmt: skip
        needs = measured.needs("totals")
        self.told.needs += needs
        counted = next((need for need in needs if need.endpoint == "total.search"), None)
        if counted is not None:
            requests = len(months) + len(live & set(months)) * len(stages)
            octets = requests * counted.octets / counted.requests
            self.told.needs.append(replace(counted, requests=requests, octets=octets, exact=tickets.whole))

    def _numbers(self, tickets: Tickets) -> None:
        """Say what it takes to explain the numbers that no ticket has."""
        highest = max((int(row["id"]) for row in tickets.rows), default=0)
        missing = self.probe.numbers(round(tickets.total), highest)
        if missing <= 0:
            return
        with self.probe.meter.measured() as measured:
            self.client.get("/users/me", endpoint="absent.me")
        self.told.needs += measured.needs("numbers")
        me = measured.latency
        full, rest = divmod(missing, self.probe.asked)
        shown = full * ceil(self.probe.asked / _LISTED) + ceil(rest / _LISTED)
        with self.probe.meter.measured() as deleted:
            try:
                deleted_tickets = self.client.listed(
                    "/deleted_tickets", "deleted_tickets", endpoint="absent.deleted", group="deleted"
                )
                self.client.page(deleted_tickets)
            except RejectedError as error:
                if error.status not in (403, 404):
                    raise
        self.told.needs += deleted.needs("numbers", group="deleted")
        self.told.needs.append(Need("numbers", "absent.show_many", shown, shown * 60, me))

    def _inventory(self) -> None:
        meter = self.probe.meter
        with meter.measured() as measured:
            before = meter.traffic().all.requests
            whole = True
            for _ in inventories.inventory(self.client, self.options.where()):
                if meter.traffic().all.requests - before >= _MOST_THINGS:
                    whole = False
                    break
        self.told.needs += measured.needs("inventory", exact=whole)


def _generated(row: Row) -> int:
    value = row.get("generated_timestamp")
    return value if isinstance(value, int) else 0


def _month(row: Row) -> str:
    created = moment(row.get("created_at"))
    return f"{created:%Y-%m}" if created else ""
