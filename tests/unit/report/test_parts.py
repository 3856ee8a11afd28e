"""Charts, tables and commands of the report."""

import shlex

import click
import pytest
from lxml import etree

from ticketferry.cli import cli
from ticketferry.report.charts import Bar, FlowLink, bars, columns, flows
from ticketferry.report.commands import COMMANDS, command
from ticketferry.report.tables import RowBudget, fill, shorten, when


def _numbers(svg):
    return [float(value) for value in etree.fromstring(svg).xpath("//@width | //@height | //@y | //@x")]


def test_a_flow_draws_a_band_for_each_pair_and_names_it():
    svg = flows(
        [FlowLink("Open", "Waiting", 90), FlowLink("New", "Waiting", 10, dashed=True)], "Status", "old", "new"
    )
    tree = etree.fromstring(svg)
    assert [band.findtext("title") for band in tree.iter("path")] == [
        "Open = Waiting: 90",
        "New ~ Waiting: 10",
    ]
    assert tree.get("role") == "img"
    assert "New ~ Waiting: 10" in tree.get("aria-label")


def test_many_statuses_become_others_and_nothing_is_lost():
    links = [FlowLink(f"s{number}", f"t{number % 30}", number + 1) for number in range(60)]
    tree = etree.fromstring(flows(links, "Status", "old", "new"))
    labels = [node.text for node in tree.iter("text")]
    assert any("47 others" in (label or "") for label in labels)
    total = sum(int(band.findtext("title").rsplit(" ", 1)[1].replace(",", "")) for band in tree.iter("path"))
    assert total == sum(link.count for link in links)


@pytest.mark.parametrize("count", [1, 10**9])
def test_a_band_of_any_size_stays_inside_of_the_picture(count):
    svg = flows(
        [FlowLink("a", "b", count), FlowLink("c", "b", 1), FlowLink("c", "d", 1)], "Status", "old", "new"
    )
    height = float(etree.fromstring(svg).get("viewBox").split()[3])
    assert all(0 <= number <= max(height, 920) for number in _numbers(svg))


def test_hostile_names_are_escaped_in_a_chart():
    name = '</svg><script>alert(1)</script>"&'
    for svg in (
        flows([FlowLink(name, name, 1)], name, name, name),
        bars([Bar(name, 1)], name),
        columns([(name, 1)], name),
    ):
        tree = etree.fromstring(svg)
        assert [node.tag for node in tree.iter("script")] == []


def test_nothing_to_draw_is_no_picture():
    assert not flows([], "t", "a", "b")
    assert not bars([Bar("a", 0)], "t")
    assert not columns([], "t")


def test_a_share_that_is_tiny_is_not_called_nothing():
    assert "under 0.1 %" in bars([Bar("carried", 10**6), Bar("lost", 1)], "t")
    assert "over 99.9 %" in bars([Bar("carried", 10**6), Bar("lost", 1)], "t")


def test_rows_are_taken_until_the_budget_is_spent_and_the_rest_is_counted():
    rows = (("é<" * 50, str(number)) for number in range(10_000))
    taken, left = fill(rows, RowBudget(10_000), 10_000)
    assert 0 < len(taken) < 100
    assert len(taken) + left == 10_000


def test_a_budget_is_never_overdrawn():
    budget = RowBudget(1_000)
    part = budget.part(0.25)
    assert (budget.left, part.left) == (750, 250)
    assert not part.take(("x" * 300,))
    assert part.left == 250


def test_a_long_text_says_how_long_it_is():
    assert shorten("x" * 60_000, 10) == "x" * 10 + " … [60,000 characters, the first 10 shown]"
    assert shorten("a\x00b\x1bc\r\nd\re\ud800") == "a\ufffdb\ufffdc\nd\ne\ufffd"


def test_times_are_shown_in_utc():
    assert when("2026-12-05T09:58:31.5+01:00") == "2026-12-05 08:58 UTC"
    assert when("soon") == "soon"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_that_the_report_names_exists(name):
    words = shlex.split(command(name, "p-01", "p-00"))
    assert words[0] == "ticketferry"
    found: click.Command = cli
    context = click.Context(cli)
    rest = words[1:]
    while isinstance(found, click.Group) and rest and found.get_command(context, rest[0]) is not None:
        found = found.get_command(context, rest[0])
        rest = rest[1:]
    assert found is not cli
    options = {option for item in found.params for option in item.opts}
    assert [word for word in rest if word.startswith("-") and word not in options] == []
