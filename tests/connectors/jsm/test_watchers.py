"""Who followed a ticket watches the issue: set, read back, taken away and given back, and nobody is asked where nobody follows."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.connectors.jsm.by_file import FileDriver
from tests.connectors.jsm.emulated_site import Site
from tests.connectors.jsm.emulated_site import site as served
from tests.connectors.jsm.migrating import AGENT, Migration, migration, ticket

from ticketferry.sdk import Outcome
from ticketferry_jsm import CONNECTOR

SECOND = "acme:person:7"


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        agents = [account.id for account in found.state.accounts.values() if account.agent]
        other = next(id_ for id_ in agents if id_ != found.driver.slots[AGENT]["id"])
        found.driver.slots[SECOND] = {"id": other}
        yield found


@pytest.fixture
def jira() -> Iterator[Site]:
    with served() as found:
        yield found


def watching(site: Migration) -> list[str]:
    names = {values["id"]: ref for ref, values in site.driver.slots.items() if ":person:" in ref}
    return sorted(names.get(who, who) for who in site.issue("acme:ticket:1").watchers)


def asked(site: Migration, name: str) -> int:
    return sum(entry.operation == name for entry in site.emulator.ledger.entries())


def test_followers_watch_the_issue_and_are_read_back(site: Migration) -> None:
    compiled, _ = site.create(ticket(1, followers=[AGENT, SECOND]))
    assert watching(site) == [AGENT, SECOND]
    assert site.check(compiled, "acme:ticket:1")["followers"] == [AGENT, SECOND]


def test_a_follower_who_no_longer_watches_is_missed(site: Migration) -> None:
    """What a desk's people do afterwards is seen; who began to watch by himself is none of ours."""
    site.create(ticket(1, followers=[AGENT, SECOND]))
    issue = site.issue("acme:ticket:1")
    issue.watchers.remove(site.driver.slots[SECOND]["id"])
    ours = {values["id"] for values in site.driver.slots.values()}
    issue.watchers.append(next(a.id for a in site.state.accounts.values() if a.id not in ours))
    read = site.driver.read("acme:ticket:1")
    assert read is not None
    assert read["followers"] == [AGENT]


def test_a_changed_follower_is_exchanged_and_given_back(site: Migration) -> None:
    site.create(ticket(1, followers=[AGENT]))
    current = site.driver.read("acme:ticket:1")
    compiled = site.driver.compile(
        Outcome.UPDATE, ticket(1, followers=[SECOND]), current, frozenset({"followers"})
    )
    done = site.driver.apply(compiled.operations)
    assert watching(site) == [SECOND]
    site.check(compiled, "acme:ticket:1")
    site.driver.apply(site.target.undo(done, current).operations)
    assert watching(site) == [AGENT]
    assert site.driver.read("acme:ticket:1") == current


def test_nobody_asks_who_watches_where_nobody_follows(site: Migration) -> None:
    """A desk without followers pays no request for them."""
    site.create(ticket(1))
    site.driver.read("acme:ticket:1")
    assert asked(site, "watcher.list") == 0


def test_the_import_file_names_the_watchers(site: Migration) -> None:
    driver = FileDriver(site.emulator, site.target, CONNECTOR, site.driver.session, site.driver.slots)
    driver.slots = site.driver.slots
    compiled = driver.compile(Outcome.CREATE, ticket(1, followers=[AGENT, SECOND]))
    driver.apply(compiled.operations)
    assert watching(site) == [AGENT, SECOND]
    assert "issue.watch" not in {operation.endpoint for operation in compiled.operations}
    read = driver.read("acme:ticket:1")
    assert read is not None
    assert read["followers"] == [AGENT, SECOND]


@pytest.mark.parametrize(
    ("who", "status"), [("agent", 204), ("customer", 404), ("nobody", 404), ({"accountId": "x"}, 400)]
)
def test_the_stand_in_lets_only_those_watch_who_see_the_issue(jira: Site, who: Any, status: int) -> None:
    """[P addWatcher]: 404 where the user is not found or may not view the issue, 400 for a body that is no account id."""
    accounts = {"agent": jira.agent(), "customer": jira.customer()}
    key = jira.issue()
    jira.post(f"issue/{key}/watchers", accounts.get(who, who) if isinstance(who, str) else who, status)
    listed = [row["accountId"] for row in jira.get(f"issue/{key}/watchers")["watchers"]]
    assert (accounts["agent"] in listed) == (who == "agent")
    assert accounts["customer"] not in listed
    jira.delete(f"issue/{key}/watchers", None, 400)


def test_watching_is_guarded_by_the_notification_scheme() -> None:
    """Watchers are mailed at every later write: nobody becomes one before the guards hold."""
    from ticketferry_jsm.endpoints import ENDPOINTS, GUARD_AUTOMATION, GUARD_SCHEME

    (endpoint,) = [item for item in ENDPOINTS if item.name == "issue.watch"]
    assert {GUARD_SCHEME, GUARD_AUTOMATION} <= set(endpoint.guards)
