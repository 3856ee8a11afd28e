"""What reading a site whole will take: lists measured page by page, issues from the oldest, the middle and the newest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry.sdk.forecast import Forecast, Need, Probe, Sampled, evenly, spread

from .budget import paces, points_of
from .client import JsmClient
from .forecast_people import PeopleForecast
from .issue_extras import IssueExtras
from .issue_reader import wire_of
from .met import Met
from .site_reader import SiteReader
from .source_issues import SourceIssues
from .survey import FRESH, LOOKED_AT, SiteSurvey
from .wire import neutral_time

__all__ = ["SiteForecast"]

_PAGE, _IDS = 100, 5_000
"""Issues that are read together, ids that one list holds at most."""
_MOST_FILES = 1_000
"""Issues whose files are looked at, by an answer that shows nothing but them: evenly out of the site's time."""
_LINKS_ASKED = 60
_PROPERTIES = 5
"""Issues whose properties are looked at on a site that has more than the inventory looks at."""
_PROJECTS = 20
_PARTS = (0.0, 1 / 3, 2 / 3)
"""Of the time since the last issue that the list of ids holds."""
_ASKED = 100


class SiteForecast:
    """Makes one forecast."""

    def __init__(self, site: SiteReader, probe: Probe) -> None:
        self._site = site
        self._client = site.client
        self._options = site.options
        self._session = site.session
        self._probe = probe
        self._survey = SiteSurvey(site)
        told = paces(site.options, site.client.cost_units, site.session.day_share, site.session.clock.time())
        self._told = Forecast(paces=told)
        self._talked = 0.0
        """Comments that an issue has on average."""
        self._people = PeopleForecast(site, probe, self._told)

    def make(self) -> Forecast:
        """Ask for the sample, in the order in which an extract reads."""
        self._people.add()
        with self._probe.meter.measured() as measured:
            projects = self._site.projects()
        self._told.needs += measured.needs("deletions")
        if not projects:
            return self._told
        total, ids = self._listed()
        self._tickets(total, ids)
        if self._probe.totals:
            self._totals()
            self._numbers(projects)
        if self._probe.inventory:
            self._inventory(total)
        if any(pace.costed for pace in self._told.paces):
            self._told.needs = [replace(need, units=self._points(need, total)) for need in self._told.needs]
        return self._told

    def _points(self, need: Need, total: float) -> float:
        """Say what a request costs an OAuth app, by how many objects its answer holds."""
        together = min(total, _PAGE)
        asked = sum(other.requests for other in self._told.needs if other.endpoint == need.endpoint)
        each = 1.0 / max(1.0, asked)
        objects = {
            "search.ids": min(total, _IDS),
            "search.jql": together,
            "issue.bulkfetch": together,
            "changelog.bulkfetch": together,
            "comment.by_ids": together * self._talked,
            "user.list": self._people.users * each,
            "user.bulk": self._people.customers * each,
            "desk_customer.list": self._people.customers * each,
            "organization_user.list": self._told.records.get("memberships", 0.0) * each,
            "remote_link.list": 0.0,
        }
        return points_of(need.endpoint, objects.get(need.endpoint, 1.0))

    # ---- issues

    def _listed(self) -> tuple[float, list[str]]:
        """List the ids, all of them where they fit on one page; return how many there are, and ids in the order of their age."""
        with self._probe.meter.measured() as measured:
            page = self._ids(f"{self._site.jql()} ORDER BY created ASC", _IDS, "search.ids")
        rows = page["issues"]
        token = page.get("nextPageToken")
        last = not token or page.get("isLast") is True
        total = float(len(rows)) if last else float(max(self._survey.count_all(), len(rows)))
        scale = 1.0 if last else total / len(rows)
        for need in measured.needs("deletions", scale=scale, group="search"):
            self._told.needs.append(replace(need, requests=ceil(total / _IDS) or 1, exact=last))
            # The same list once more, a hundred at a time, with the issues of each page read together.
            pages = ceil(total / _PAGE) or 1
            self._told.needs.append(
                replace(need, what="tickets", endpoint="search.jql", requests=pages, exact=last)
            )
        return total, [str(row["id"]) for row in rows]

    def _ids(self, jql: str, most: int, endpoint: str = "search.jql", fields: Sequence[str] = ("id",)) -> Any:
        return self._client.search(jql, most, fields=fields, endpoint=endpoint)

    def _later(self, listed: Sequence[str]) -> list[list[str]]:
        """Return ids of issues that the list did not come to, a hundred from each third of the time since, and the newest."""
        jql = self._site.jql()
        shown = self._client.issues([listed[-1]], ["created"])
        told = neutral_time(shown[0]["fields"].get("created")) if shown else None
        newest = self._ids(f"{jql} ORDER BY created DESC", _PAGE)["issues"]
        found = [[str(row["id"]) for row in reversed(newest)]]
        if told is not None:
            begin = datetime.fromisoformat(told)
            now = datetime.fromtimestamp(self._session.clock.time(), UTC)
            for part in reversed(_PARTS):
                since = self._site.at(begin + (now - begin) * part)
                page = self._ids(f'{jql} AND created >= "{since}" ORDER BY created ASC', _PAGE)
                found.insert(0, [str(row["id"]) for row in page["issues"]])
        known = set(listed)
        return [fresh for ids in found if (fresh := [id_ for id_ in ids if id_ not in known])]

    def _tickets(self, total: float, listed: Sequence[str]) -> None:
        """Read a hundred of the oldest, of those in the middle and of the newest together, as an extract does; their links apart.

        Where the list of ids was cut short, those on it are told from it, and the others from what came later.
        """
        self._told.records["tickets"] = total
        later = self._later(listed) if total > len(listed) else []
        if total <= 3 * _PAGE and not later:
            batches = [listed[start : start + _PAGE] for start in range(0, len(listed), _PAGE)]
        else:
            half = (len(listed) - _PAGE) // 2
            batches = [listed[:_PAGE], listed[half : half + _PAGE], listed[-_PAGE:]]
            if later:
                batches = [listed[:_PAGE], later[len(later) // 2], later[-1]]
        with self._probe.meter.measured() as fields:
            IssueExtras(self._client, self._options).still({})
        self._told.needs += fields.needs("tickets", group="catalog")
        read = sum(len(batch) for batch in batches)
        if not read:
            return
        scale = total / read
        pages = ceil(total / _PAGE)
        # Links outside are one request an issue and almost always none: a few tell how large the answers are.
        reader = SourceIssues(
            self._client, self._session, self._options.model_copy(update={"remote_links": False})
        )
        met = Met(self._session.desk, self._site.look_up)
        met.listed(self._people.known)
        given: set[str] = set()
        wires: list[list[Wire]] = []
        with self._probe.meter.measured() as measured:
            for batch in batches:
                wires.append(reader.read(batch))
                if self._people.knows_all:
                    met.wires(wires[-1], given)
        self._talked = sum(wire.ref.kind is Kind.COMMENT for batch in wires for wire in batch) / read
        together = {"issue.bulkfetch", "comment.by_ids", "changelog.bulkfetch", "user.bulk"}
        for need in measured.needs("tickets", scale=scale, exact=scale == 1.0):
            if need.endpoint == "field.list":
                continue
            requests = need.requests
            if need.endpoint in together:
                requests = pages * measured[need.endpoint].requests / len(batches)
            self._told.needs.append(replace(need, requests=requests, group="issue.read"))
        self._links(total, [id_ for batch in batches for id_ in batch])
        self._told.chosen = (
            f"all {read:,} tickets"
            if read >= total
            else f"{read:,} of {round(total):,} tickets: the oldest, those of the middle and the newest"
        )
        if self._probe.files:
            self._told.sample += (
                _by_root([wire for batch in wires for wire in batch])
                if read >= total
                else self._files(listed, total, later)
            )

    def _files(self, listed: Sequence[str], total: float, later: Sequence[Sequence[str]]) -> list[Sampled]:
        found = _files_of(self._client, self._session.desk, listed, float(len(listed)))
        others = total - len(listed)
        for ids in later:
            found += _files_of(self._client, self._session.desk, ids, others / len(later))
        return found

    def _links(self, total: float, ids: Sequence[str]) -> None:
        if not self._options.remote_links:
            return
        some = evenly(ids, _LINKS_ASKED)
        extras = IssueExtras(self._client, self._options)
        with self._probe.meter.measured() as measured:
            for id_ in some:
                extras.remote_links(id_)
        self._told.needs += measured.needs("tickets", scale=total / len(some))

    # ---- about the site

    def _totals(self) -> None:
        with self._probe.meter.measured() as measured:
            self._survey.count_all()
            stages, months = self._survey.extent()
            self._site.at(datetime.fromtimestamp(self._session.clock.time(), UTC))
        needs = measured.needs("totals", group="search")
        self._told.needs += needs
        counted = next(need for need in needs if need.endpoint == "search.count")
        more = len(stages) + len(months) * len(stages)
        each = counted.octets / counted.requests
        self._told.needs.append(
            Need("totals", "search.count", more, more * each, counted.seconds, "search", exact=True)
        )

    def _numbers(self, projects: Sequence[str]) -> None:
        """Say what it takes to explain the numbers that no issue has: the first thousand is asked for twice, half a minute apart."""
        total = lacking = 0
        latency = 0.0
        for key in projects[:_PROJECTS]:
            jql = f'project = "{key}" ORDER BY created DESC'
            with self._probe.meter.measured() as measured:
                newest = self._ids(jql, _PAGE, fields=("project",))["issues"]
            latency = measured.latency
            numbers = [int(str(row["key"]).rpartition("-")[2]) for row in newest]
            if not numbers:
                continue
            here = len(newest)
            if len(newest) >= _PAGE:
                here = self._client.counted(f'project = "{key}"')
            missing = self._probe.numbers(here, max(numbers))
            lacking += missing > 0
            total += missing
        if not total:
            return
        full, rest = divmod(total, self._probe.asked)
        looks = full * ceil(self._probe.asked / _ASKED) + ceil(rest / _ASKED)
        looks += ceil(min(total, self._probe.asked) / _ASKED)
        rounds = full + (rest > 0)
        asked = rounds + lacking - 1
        self._told.needs += [
            Need("numbers", "issue.bulkfetch", looks, looks * 30, latency, "issue.read"),
            Need("numbers", "project.levels", 2 * asked, asked * 400, latency, pause=FRESH),
        ]

    def _inventory(self, total: float) -> None:
        looked = int(min(total, LOOKED_AT if total <= LOOKED_AT else _PROPERTIES))
        survey = SiteSurvey(self._site, looked_at=looked)
        with self._probe.meter.measured() as measured:
            for _ in survey.inventory():
                pass
        wanted = min(LOOKED_AT, int(total))
        for need in measured.needs("inventory"):
            if need.endpoint == "issue.properties" and looked:
                part = wanted / looked
                octets = need.octets * part
                self._told.needs.append(
                    replace(need, requests=wanted, octets=octets, group="issue.read", exact=looked == wanted)
                )
            elif need.endpoint == "search.jql" and looked:
                octets = need.octets * wanted / looked
                self._told.needs.append(replace(need, octets=octets, group="search", exact=looked == wanted))
            else:
                self._told.needs.append(need)


def _by_root(wires: Sequence[Wire]) -> list[Sampled]:
    """Put the wires of a reading of all issues together by issue."""
    found: dict[Ref, list[Wire]] = {}
    for wire in wires:
        if not wire.unread:
            found.setdefault(wire.root or wire.ref, []).append(wire)
    return [Sampled(its, 1.0) for its in found.values()]


def _files_of(client: JsmClient, desk: str, ids: Sequence[str], total: float) -> list[Sampled]:
    """Read what files issues have. `ids`: issues in the order of their age, as many as are known of `total`."""
    chosen = spread([0.0] * len(ids), _MOST_FILES, largest=0)
    some = [(ids[index], stands_for * total / len(ids)) for index, stands_for in sorted(chosen.items())]
    found: list[Sampled] = []
    for start in range(0, len(some), _PAGE):
        part = dict(some[start : start + _PAGE])
        for issue in client.issues(part, ["attachment"]):
            id_ = str(issue["id"])
            root = Ref(desk, Kind.TICKET, id_)
            files = (issue.get("fields") or {}).get("attachment") or []
            wires = [wire_of(desk, Kind.ATTACHMENT, row["id"], row, root=root) for row in files]
            found.append(Sampled(wires, part.get(id_, total / len(ids))))
    return found
