"""How many of the team could read tickets before and after, by route: where that widens, where not, and where nothing tells it."""

import pytest

from ticketferry.cli.console import Console
from ticketferry.cli.preflight_screen import print_preflight
from ticketferry.mapping.groups import TargetGroups
from ticketferry.project.preflight import Preflight
from ticketferry.project.preflight_items import access_item
from ticketferry.project.preflight_readers import (
    RoutedTicket,
    Team,
    TeamReaders,
    after_in_groups,
    count_readers,
)
from ticketferry.sdk.preflight import PreflightItem, PreflightResult

HR, TIER = "acme:group:9", "acme:group:1"


def team(desk, *members, more=()):
    """One administrator, three agents of Tier 1, so many of HR as are named, and some who do not count."""
    people = [{"ref": f"{desk}:person:1", "role": "admin", "groups": [f"{desk}:group:9"]}]
    people += [
        {"ref": f"{desk}:person:{n}", "role": "agent", "groups": [f"{desk}:group:1"]} for n in (2, 3, 4)
    ]
    people += [{"ref": f"{desk}:person:{n}", "role": "agent", "groups": [f"{desk}:group:9"]} for n in members]
    people.append(
        {"ref": f"{desk}:person:98", "role": "agent", "state": "suspended", "groups": [f"{desk}:group:9"]}
    )
    people.append({"ref": f"{desk}:person:99", "role": "end_user"})
    return Team([*people, *more], {f"{desk}:group:9": ("HR", True), f"{desk}:group:1": ("Tier 1", False)})


GROUPS = [{"id": "1", "name": "Tier 1"}, {"id": "9", "name": "HR", "restricted": True}]


def readers(new, *tickets, groups=GROUPS):
    old = team("acme", 5)
    there = TargetGroups({}, {"desk": "dest", "product": "zendesk", "groups": groups})
    return count_readers(tickets, old.readers, after_in_groups(old, new, there))


def test_a_team_of_the_same_size_and_groups_reads_no_more():
    same = readers(team("dest", 5), RoutedTicket("Ask", HR, False), *[RoutedTicket("Ask", TIER, False)] * 3)
    assert (same.more, same.unknown) == (0, 0)
    assert same.rows == (
        "Ask: 1 ticket, readers of the team before: 2, after: 2",
        "Ask: 3 tickets, readers of the team before: 5, after: 5",
    )


def test_a_restricted_group_with_more_members_there_is_told_before_the_others():
    found = readers(team("dest", 5, 6, 7), RoutedTicket("A", HR, False), RoutedTicket("B", HR, True))
    assert found.more == 2
    assert found.rows == (
        "B: 1 ticket, readers of the team before: 2, after: 7",
        "A: 1 ticket, readers of the team before: 2, after: 4",
    )


@pytest.mark.parametrize(
    ("ticket", "new", "why"),
    [
        (RoutedTicket("A", HR, False), Team([], {}), "no agent was read"),
        (RoutedTicket("A", "acme:group:77", False), team("dest", 5), "no longer lists"),
    ],
)
def test_what_was_not_read_is_not_counted_as_nobody(ticket, new, why):
    found = readers(new, ticket)
    assert (found.more, found.unknown) == (0, 1)
    assert why in found.rows[0]


def test_a_group_that_is_still_to_be_made_has_no_number_yet():
    found = readers(team("dest", 5), RoutedTicket("A", HR, False), groups=GROUPS[:1])
    assert found.unknown == 1
    assert "after: not known (its group is still to be made" in found.rows[0]
    public = readers(team("dest", 5), RoutedTicket("A", TIER, False), groups=GROUPS[1:])
    assert public.rows == ("A: 1 ticket, readers of the team before: 5, after: 5",), "the whole team sees it"


class _Plan:
    id = "p-01"
    header = {"figures": {}}  # noqa: RUF012 -- read only

    def rows(self, _sql, _parameters=()):
        return [('["Ask"]', None, 4)]


@pytest.mark.parametrize(
    ("found", "result", "words"),
    [
        (TeamReaders(("x",), 0, 0), PreflightResult.PROVED, "none becomes visible to more people"),
        (TeamReaders(("x",), 3, 0), PreflightResult.PERSON, "more of the team than today could read 3 tickets"),
        (TeamReaders(("x",), 0, 4), PreflightResult.PROVED, "how many of the team read them is not known"),
    ],
)  # fmt: skip
def test_the_item_says_what_the_numbers_say(found, result, words):
    item = access_item(_Plan(), found)
    assert (item.result, words in item.evidence) == (result, True)
    assert item.rows[0 if found.more else -1] == "x"
    assert item.figures["more readers of the team"] == found.more
    assert item.figures["readers of the team not known"] == found.unknown
    assert bool(item.remedy) is (result is PreflightResult.PERSON)


@pytest.mark.parametrize(("count", "words"), [(1, "1 needs a person."), (4, "4 need a person.")])
def test_the_last_line_agrees_with_its_number(count, words, capsys):
    item = PreflightItem("PF-MAIL", PreflightResult.PERSON, "no API shows it", "Look.")
    print_preflight(Console(), Preflight("", (item,) * count, (), (), 0, 0))
    assert words in " ".join(capsys.readouterr().out.split())
