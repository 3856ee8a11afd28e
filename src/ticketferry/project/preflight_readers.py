"""How many of a desk's team could read the tickets of each route, in the old desk and in the new one, as far as what was read tells."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ticketferry.desired.cases import assemble
from ticketferry.errors import FerryError
from ticketferry.mapping.groups import TargetGroups
from ticketferry.plan.file.lanes import routed_tickets
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.project.project import Project
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.features import Feature
from ticketferry.store.snapshots import Snapshots

__all__ = ["RoutedTicket", "Team", "TeamReaders", "after_in_groups", "count_readers", "team_readers"]

_ADMIN = "admin"
_ROLES = ("agent", "light_agent", _ADMIN)
_OPENED = "a ticket of a restricted group"
"""How the mapping's word begins on a ticket that leaves the sight of its group alone."""
_MOST = 20_000
_Number = int | str
"""How many could read, or why that is not known."""


class RoutedTicket(NamedTuple):
    """A ticket: where it goes, the ref of its group in the source, and whether it leaves the sight of that group alone."""

    route: str
    group: str
    opened: bool


class TeamReaders(NamedTuple):
    """What became of the count. `more`: tickets that more of the team could read than today; `unknown`: those of which a side is not known."""

    rows: tuple[str, ...] = ()
    more: int = 0
    unknown: int = 0


class Team:
    """The active agents and administrators of one desk, and who of them could read tickets of a group."""

    def __init__(self, people: Iterable[Record], groups: Mapping[str, tuple[str, bool]]) -> None:
        self._groups = groups
        self.size = 0
        self._members: Counter[str] = Counter()
        self._admins = 0
        for person in people:
            if person.get("role") not in _ROLES or person.get("state", "active") != "active":
                continue
            self.size += 1
            if person["role"] == _ADMIN:
                self._admins += 1
            else:
                self._members.update(set(person.get("groups", ())))

    def name(self, group: str) -> str:
        """Return the name of a group, "" where the desk lists none of this ref."""
        return self._groups.get(group, ("", False))[0]

    def restricted(self, group: str) -> bool:
        """Tell whether a group alone sees its tickets."""
        return self._groups.get(group, ("", False))[1]

    def readers(self, group: str) -> _Number:
        """Count who could read: administrators and the members of a restricted group, else the whole team."""
        if not self.size:
            return "not known (no agent was read)"
        if group and group not in self._groups:
            return "not known (a group that the desk no longer lists)"
        if self.restricted(group):
            return self._admins + self._members[group]
        return self.size


def after_in_groups(old: Team, new: Team, groups: TargetGroups) -> Callable[[RoutedTicket], _Number]:
    """Return what counts the readers in a target whose tickets are seen by group, as the groups of a source are."""

    def after(ticket: RoutedTicket) -> _Number:
        name = old.name(ticket.group)
        if ticket.opened or not ticket.group:
            return new.readers("")
        if not name:
            return "not known (its group is not listed)"
        there = groups.account(name)
        if there is not None:
            return new.readers(there.ref)
        if not old.restricted(ticket.group):
            return new.readers("")  # made as it was: everybody of the team sees it
        return "not known (its group is still to be made, with the members that the plan gives it)"

    return after


def count_readers(
    tickets: Iterable[RoutedTicket], old: Callable[[str], _Number], new: Callable[[RoutedTicket], _Number]
) -> TeamReaders:
    """Count by route; those come first that more could read."""
    found: Counter[tuple[str, _Number, _Number]] = Counter()
    for ticket, count in Counter(tickets).items():
        found[ticket.route, old(ticket.group), new(ticket)] += count
    more = unknown = 0
    rows: list[tuple[int, str, str]] = []
    for (route, before, after), count in found.items():
        known = isinstance(before, int) and isinstance(after, int)
        rise = after - before if isinstance(before, int) and isinstance(after, int) else 0
        more += count if rise > 0 else 0
        unknown += 0 if known else count
        told = f"{route}: {counted(count, 'ticket')}, readers of the team before: {_told(before)}, after: {_told(after)}"
        rows.append((-rise, route, told))
    return TeamReaders(tuple(told for _, _, told in sorted(rows)), more, unknown)


def _told(number: _Number) -> str:
    return f"{number:,}" if isinstance(number, int) else number


def team_readers(project: Project, plan: PlanFile) -> TeamReaders:
    """Count for the tickets of a plan, from the snapshots that it was made from; of more than 20,000 an even part."""
    try:
        return _counted(project, plan)
    except FerryError as error:
        return TeamReaders((f"readers of the team before and after: not known ({error.message})",))


def _counted(project: Project, plan: PlanFile) -> TeamReaders:
    inputs = Inputs.of(plan.header)
    source, target = project.snapshots("source"), project.snapshots("target")
    source_catalog = source.catalog(source.info(inputs.source_snapshot).catalog)
    old = _team(source, inputs.source_snapshot, source_catalog)
    before: Callable[[str], _Number] = old.readers
    if why := _hidden(project.config.source.connector.features - {Feature.ANY_NAME}):
        before = lambda _group: why  # noqa: E731 -- the same for every group
    after: Callable[[RoutedTicket], _Number]
    if why_not := _hidden(project.config.target.connector.features):
        after = lambda _ticket: why_not  # noqa: E731 -- the same for every ticket
    else:
        catalog = target.catalog(inputs.catalog)
        groups = TargetGroups(project.mapping().rules.groups, catalog)
        after = after_in_groups(old, _team(target, inputs.target_snapshot, catalog), groups)
    listed = list(routed_tickets(plan))
    step = max(1, -(-len(listed) // _MOST))
    found = count_readers(_tickets(source, inputs.source_snapshot, listed[::step]), before, after)
    if step == 1:
        return found
    part = f"of {counted(len(listed), 'ticket')} each {step}th was looked at for the team that reads it"
    return found._replace(rows=(*found.rows, part))


def _hidden(features: frozenset[Feature]) -> str:
    """Return why a desk does not tell by its groups who reads; "" where it does."""
    if Feature.ANY_NAME in features:
        return "not known (files: who opens them is not told)"
    if Feature.PROJECTS in features:
        return "not known (members of its roles and security levels are not read)"
    return "" if Feature.GROUPS in features else "not known (it has no groups)"


def _team(desk: Snapshots, snapshot: int, catalog: Catalog) -> Team:
    groups = {
        f"{desk.desk}:group:{row['id']}": (row["name"], row.get("restricted", False))
        for row in catalog.get("groups", ())
    }
    return Team(_people(desk, snapshot), groups)


def _people(desk: Snapshots, snapshot: int) -> Iterator[Record]:
    written = [f'"role":"{role}"'.encode() for role in _ROLES]
    for ref in desk.holding(Kind.PERSON, snapshot, written):
        person = assemble(ref, [row for row in desk.root(ref, snapshot) if not row.gone])
        if person is not None:
            yield person


def _tickets(
    source: Snapshots, snapshot: int, listed: Iterable[tuple[str, str, list[str]]]
) -> Iterator[RoutedTicket]:
    for root, route, reasons in listed:
        row = source.row(Kind.TICKET, parse_ref(root).id, snapshot)
        group = str(row.records[0].get("group") or "") if row is not None and row.records else ""
        opened = any(reason.startswith(_OPENED) for reason in reasons)
        yield RoutedTicket(route or "(one place for all)", group, opened)
