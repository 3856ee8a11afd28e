"""Somebody in doubt in a later plan: the placeholder that an earlier one made goes on standing, an account in doubt gets no words."""

import pytest
from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK, Desks

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.loader import loads
from ticketferry.people.account import MatchState
from ticketferry.schema.vectors import vector
from ticketferry.sdk.contract import Outcome

TEXT = 'people:\n  contested: placeholder\n  placeholder: {name: "{{ name }}", email: "{{ id }}@placeholder.example"}\n'
WHO = "acme:person:1"


def outcome_of_ticket(standing):
    desks = Desks()
    desks.match_states[WHO] = standing
    case = {
        "ref": "acme:ticket:7", "number": "7", "subject": "s", "status": "open", "stage": "assigned", "requester": WHO, "public": True,
    }  # fmt: skip
    mapped = Engine(loads(BASE + TEXT), ZENDESK, JIRA, JSM, desks, NOW).case(case)
    return mapped.outcome


def made_with(email):
    return MatchState(contested="two have one mailbox", bound=True, address=vector({"email": email})["email"])


@pytest.mark.parametrize(
    ("standing", "outcome"),
    [
        (MatchState(contested="two have one mailbox"), Outcome.CREATE),
        (made_with("1@placeholder.example"), Outcome.CREATE),
        (made_with("ann@x.example"), Outcome.REJECT),
        (MatchState(contested="two have one mailbox", bound=True), Outcome.REJECT),
    ],
    ids=["new", "its own placeholder", "an account of ours", "matched"],
)
def test_a_placeholder_goes_on_and_an_account_in_doubt_waits(standing, outcome):
    assert outcome_of_ticket(standing) is outcome
