"""Automation rules as Atlassian's API lists them: by pages, one by one for what starts each, and for accounts with an API token alone."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from tests.connectors.jsm.emulated_site import Site, site
from tests.connectors.jsm.reading import options, source

from ticketferry.sdk import Session
from ticketferry_emulators.jsm.models import rule_events
from ticketferry_emulators.jsm.models.settings import AutomationRule
from ticketferry_jsm.automation_rules import SiteRule, reactions, read_rules
from ticketferry_jsm.source import JsmSource

WRITES = {
    ("issue.create", "SUP"): 5,
    ("issue.create", "HR"): 2,
    ("comment.create", "SUP"): 9,
    ("customer.create", ""): 3,
}
PROJECTS = {"SUP": "10001", "HR": "10002"}


@pytest.fixture
def jira() -> Iterator[Site]:
    with site() as found:
        yield found


def test_long_lists_come_page_by_page_and_only_the_first_rules_are_read_whole(jira: Site) -> None:
    jira.state.automated.rules = [
        AutomationRule(f"u-{number}", f"rule {number}", rule_events.CREATED, enabled=number % 2 == 0)
        for number in range(230)
    ]
    found = source(jira)
    rules = read_rules(found.client, found.options)
    assert isinstance(rules, list)
    assert [rule.name for rule in rules] == [f"rule {number}" for number in range(0, 230, 2)]
    assert [bool(rule.trigger) for rule in rules] == [True] * 50 + [False] * 65
    asked = [entry for entry in jira.emulator.ledger if "/automation/" in entry.path]
    assert len(asked) == 3 + 50


def test_oauth_is_told_that_it_may_not_ask(jira: Site) -> None:
    found = source(jira, email="", token=None, bearer=SecretStr("x"))
    assert "OAuth apps may not" in str(read_rules(found.client, found.options))
    assert [entry for entry in jira.emulator.ledger if "/automation/" in entry.path] == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (SiteRule("a", rule_events.CREATED, conditional=False), (7, 7)),
        (SiteRule("b", rule_events.CREATED, frozenset({"10001"}), conditional=False), (5, 5)),
        (SiteRule("c", rule_events.CREATED, frozenset({"10001"})), (0, 5)),
        (SiteRule("d", rule_events.CREATED, frozenset({"77"}), conditional=False), (0, 0)),
        (SiteRule("e", "", conditional=False), (0, 16)),
        (SiteRule("f", "jira.jql.scheduled"), (0, 0)),
        (SiteRule("g", "jira.manual.trigger.issue"), (0, 0)),
        (SiteRule("h", rule_events.TRANSITIONED, conditional=False), (0, 0)),
    ],
)
def test_reactions_are_counted_on_the_writes_of_a_rules_projects(
    rule: SiteRule, said: tuple[int, int]
) -> None:
    assert reactions(rule, WRITES, PROJECTS) == said


def test_a_bearer_token_tells_its_own_end_and_an_api_token_does_not(jira: Site) -> None:
    jwt = "e30.eyJleHAiOjE4MDAwMDAwMDB9.c2ln"
    session = Session(desk="old", clock=jira.emulator.clock)
    end = JsmSource(options(jira, email="", token=None, bearer=SecretStr(jwt)), session).credential_end()
    assert end.until is not None
    assert (end.until.timestamp(), end.renewed) == (1_800_000_000, False)
    plain = source(jira).credential_end()
    assert (plain.until, plain.page.startswith("https://id.atlassian.com")) == (None, True)
