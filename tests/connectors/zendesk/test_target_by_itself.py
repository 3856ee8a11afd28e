"""What Zendesk does to tickets by itself when they are made: declared, and taken for nobody's edit."""

import httpx
import pytest
from tests.connectors.zendesk.targets import CUSTOMER, GROUP, ORGANIZATION, migration
from tests.connectors.zendesk.test_target_round_trip import TICKET
from tests.connectors.zendesk.test_target_sending import ticket

from ticketferry.testing.comparing import differences


@pytest.fixture
def m():
    with migration(imports_inherit=True) as found:
        found.create(
            {"ref": ORGANIZATION, "name": "Müller & Söhne", "tags": ["premium"], "group": GROUP},
        )
        found.create(
            {"ref": CUSTOMER, "name": "M", "email": "m@customers.example", "account": "customer",
             "organizations": [ORGANIZATION], "tags": ["manager"]},
        )  # fmt: skip
        yield found


def made(**more):
    record = ticket(1, organization=ORGANIZATION, tags=["own"], **more)
    for key in ("group", "assignee"):
        record.pop(key, None)
    return record


def test_tags_and_group_that_a_ticket_gets_by_itself_are_no_difference(m):
    compiled, _ = m.create(made())
    there = m.case(TICKET).ticket
    assert there["tags"] == ["manager", "own", "premium"]
    assert str(there["group_id"]) == m.driver.slots[GROUP]["id"]
    seen = m.check(compiled, TICKET)
    assert seen["tags"] == ["own"]
    assert "group" not in seen


def test_what_somebody_does_later_is_seen_all_the_same(m):
    compiled, _ = m.create(made())
    other = next(
        row["id"] for row in m.state.lists["groups"].values() if str(row["id"]) != m.driver.slots[GROUP]["id"]
    )
    m.emulator.clock.advance(100)
    number = int(m.driver.slots[TICKET]["id"])
    m.state.touch_ticket(number, tags=["manager", "own", "premium", "theirs"], group_id=other)
    found = differences(compiled.expected, m.driver.read(TICKET))
    assert set(found) == {"tags", "group"}


def test_a_tag_that_the_record_has_as_well_stays_its_own(m):
    record = made()
    record["tags"] = ["own", "manager"]
    compiled, _ = m.create(record)
    assert sorted(m.check(compiled, TICKET)["tags"]) == ["manager", "own"]


def test_the_check_tells_that_tickets_get_tags_by_themselves(m):
    assert "ZD-TAGS-001" in {finding.code for finding in m.target.check()}
    m.state.settings["active_features"]["user_tagging"] = False
    assert "ZD-TAGS-001" not in {finding.code for finding in m.target.check()}


def test_a_ticket_that_is_made_gets_tags_and_group_of_whom_it_is_from(m):
    names = m.emulator.credentials
    answer = httpx.post(
        f"{m.emulator.base_url}/api/v2/tickets",
        json={"ticket": {"requester_id": int(m.driver.slots[CUSTOMER]["id"]), "comment": {"body": "x"}, "tags": ["t"]}},
        auth=(f"{names['ZENDESK_EMAIL']}/token", names["ZENDESK_TOKEN"]),
    )  # fmt: skip
    made = answer.json()["ticket"]
    assert made["tags"] == ["manager", "premium", "t"]
    assert str(made["group_id"]) == m.driver.slots[GROUP]["id"]
