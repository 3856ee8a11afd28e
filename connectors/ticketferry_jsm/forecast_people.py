"""What reading the people of a site will take. No list of the service desk tells how long it is: long ones are halved to their end."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from ticketferry.sdk.forecast import Forecast, Probe, end_of, evenly

from .client import EXPERIMENTAL
from .site_reader import SiteReader
from .wire import API, DESK_API

__all__ = ["PeopleForecast"]

_USERS = 200
_MOST_PAGES = 5
_MOST_ORGANIZATIONS = 20


class PeopleForecast:
    """Adds organizations, people and memberships to a forecast. `known` holds the accounts that lists gave afterwards; `knows_all`:
    these are all there are. `users` and `customers`: rows of those lists, the customers of every desk counted.
    """

    def __init__(
        self,
        site: SiteReader,
        probe: Probe,
        told: Forecast,
    ) -> None:
        self._site = site
        self._client = site.client
        self._probe = probe
        self._told = told
        self._staff: set[str] = set()
        self.known: set[str] = set()
        self.knows_all = True
        self.users = self.customers = 0.0

    def add(self) -> None:
        """Ask in the order in which an extract reads."""
        ask = self._told.asked
        none: tuple[list[Any], float] = ([], 0.0)
        organizations = ask("organizations", self._organizations, none)
        ask("people", self._people, None)
        ask("memberships", lambda: self._memberships(organizations), None)

    def _organizations(self) -> tuple[list[Any], float]:
        rows, total = self._paged(
            "organizations", f"{DESK_API}/organization", "organization.list", group="read"
        )
        self._told.records["organizations"] = total
        return rows, total

    def _paged(
        self,
        what: str,
        path: str,
        endpoint: str,
        *,
        group: str,
        experimental: bool = False,
        each: Callable[[list[Any]], object] = lambda _: None,
    ) -> tuple[list[Any], float]:
        """Read a few pages of a list, and find the last page of a long one by halving; return rows and how many there are."""
        rows: list[Any] = []
        last = True
        pages = 0
        with self._probe.meter.measured() as measured:
            listed = self._client.desk_list(path, endpoint=endpoint, group=group, experimental=experimental)
            for page in self._client.pages(listed):
                if pages == _MOST_PAGES:
                    last = False
                    break
                pages += 1
                rows += page.rows
                each(page.rows)
        total = float(len(rows))
        if not last:
            total = float(self._end(path, endpoint, len(rows), len(rows) // pages, group, experimental))
            # One page more than was taken was asked for, to see that there is one.
        scale = 1.0 if last else total / max(1.0, len(rows)) * pages / (pages + 1)
        self._told.needs += measured.needs(what, scale=scale, group=group, exact=last)
        return rows, total

    def _end(self, path: str, endpoint: str, begin: int, size: int, group: str, experimental: bool) -> int:
        """Return about how many rows a list has that has more than `begin`: the site does not count them."""

        def there(start: int) -> bool:
            found = self._client.get(
                path, endpoint=endpoint, group=group, params={"start": start, "limit": 1},
                headers=EXPERIMENTAL if experimental else {},
            )  # fmt: skip
            return bool(found.get("values"))

        return end_of(there, begin, max(1, size), max(1, size // 2))

    def _people(self) -> None:
        total = self.users = self._users()
        with self._probe.meter.measured() as measured:
            desks = self._site.desks()
        self._told.needs += measured.needs("people")

        for desk in desks.values():
            path = f"{DESK_API}/servicedesk/{desk['id']}/customer"
            nobody: tuple[list[Any], float] = ([], 0.0)
            rows, count = self._told.asked("customers", partial(self._customers, path), nobody)
            self.knows_all &= count == len(rows)
            total += count
        self.customers = total - self.users
        self._told.records["people"] = total

    def _customers(self, path: str) -> tuple[list[Any], float]:
        """Read customers of a desk, each page with their accounts."""

        def looked_up(page: list[Any]) -> None:
            new = [id_ for row in page if (id_ := str(row["accountId"])) not in self._staff]
            self.known.update(new)
            if new:
                list(self._site.look_up(new))

        return self._paged(
            "people", path, "desk_customer.list", group="desk.customers", experimental=True, each=looked_up
        )

    def _users(self) -> float:
        """Read the users' pages; the list ends with an empty one."""
        start = 0
        last = False
        with self._probe.meter.measured() as measured:
            for page in islice(self._client.pages(self._client.users()), _MOST_PAGES):
                rows, last = page.rows, page.last
                start += len(rows)
                self.known.update(str(row["accountId"]) for row in rows)
                self._staff.update(
                    str(row["accountId"]) for row in rows if row.get("accountType") != "customer"
                )
        total = float(start)
        if not last:
            self.knows_all = False
            total = float(self._end_of_users(start))
        self._told.needs += measured.needs("people", scale=1.0 if last else total / start, exact=last)
        return total

    def _end_of_users(self, begin: int) -> int:
        def there(start: int) -> bool:
            return bool(
                self._client.get(
                    f"{API}/users/search", endpoint="user.list", params={"startAt": start, "maxResults": 1}
                )
            )

        return end_of(there, begin - 1, _USERS, _USERS // 2)

    def _memberships(self, organizations: tuple[list[Any], float]) -> None:
        """The list of organizations once more, and the members of each."""
        rows, total = organizations
        self._told.needs += [
            replace(need, what="memberships") for need in self._told.needs if need.what == "organizations"
        ]
        some = evenly(rows, _MOST_ORGANIZATIONS)
        if not some:
            return
        members = 0.0
        before = len(self._told.needs)
        for row in some:
            path = f"{DESK_API}/organization/{row['id']}/user"
            members += self._paged("memberships", path, "organization_user.list", group="read")[1]
        scale = total / len(some)
        self._told.needs[before:] = [
            replace(
                need,
                requests=need.requests * scale,
                octets=need.octets * scale,
                exact=need.exact and scale == 1.0,
            )
            for need in self._told.needs[before:]
        ]
        self._told.records["memberships"] = members * scale
