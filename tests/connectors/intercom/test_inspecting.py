"""What a workspace tells before a plan: seats; and that what no API shows is left to a person, with the writes that it is about."""

import pytest
from tests.connectors.intercom.test_target_writing import Desk

from ticketferry.sdk import Kind, Ref
from ticketferry.sdk.preflight import PreflightResult


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.close()


class Planned:
    """A plan that assigns to some teammates and replies so often."""

    def __init__(self, agents, **endpoints):
        self.endpoints = endpoints
        self._agents = agents

    def agents(self):
        return iter(self._agents)


def items_of(desk, planned):
    return {item.code: item for item in desk.target.inspect(planned)}


def test_a_teammate_without_a_seat_is_named(desk):
    admins = desk.state.admins.values()
    agents = [(admin.name, Ref("new", Kind.PERSON, str(admin.id))) for admin in admins]
    # Who left is no teammate any more, whatever seat they had.
    without = [admin.name for admin in admins if not (admin.has_inbox_seat and admin.active)]
    seats = items_of(desk, Planned(agents))["PF-SEATS"]
    assert seats.result is PreflightResult.FAILED
    assert list(seats.rows) == without
    assert len(without) > 1
    seated = [agent for agent in agents if agent[0] not in without]
    assert items_of(desk, Planned(seated))["PF-SEATS"].result is PreflightResult.PROVED


def test_what_no_api_shows_is_a_persons_unless_the_plan_has_nothing_of_it(desk):
    loud = items_of(desk, Planned([], **{"conversation.create": 3, "comment.reply": 4}))
    assert {loud[code].result for code in ("PF-RULES", "PF-MAIL", "PF-REOPEN", "PF-SLA")} == {
        PreflightResult.PERSON
    }
    assert loud["PF-RULES"].figures == {"at most": 7}
    quiet = items_of(desk, Planned([], **{"contact.update": 1}))
    assert {quiet[code].result for code in ("PF-RULES", "PF-MAIL")} == {PreflightResult.PROVED}
    assert items_of(desk, None)["PF-RULES"].result is PreflightResult.PERSON
