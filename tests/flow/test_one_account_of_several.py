"""The account of several people, on a whole way: planned again when somebody joins or leaves them, written, and verified."""

import os
from unittest import mock

import pytest
from tests.flow.neutral_desks import TO_JIRA, to_jira
from tests.flow.plans_twice import compared

from ticketferry.project import stages

RULE = TO_JIRA.replace("people:\n", "people:\n  survivor: {name: longest, emails: all}\n")


def names(ferry):
    return {
        account.email: account.name
        for account in ferry.target.state.accounts.values()
        if account.kind == "customer"
    }


@pytest.mark.parametrize("applied", [False, True])
def test_who_gains_somebody_by_a_decision_is_planned_again_and_nobody_else_is(tmp_path, applied):
    """A user: I decided that two are one, planned again, and the account had the old name."""
    with mock.patch.dict(os.environ), to_jira(tmp_path, RULE) as ferry:
        ann = ferry.person(1, "A. Berg", "ann@x.example")
        ferry.person(2, "Ann Margareta Berg", "berg@y.example")
        for number in range(1, 5):
            ferry.ticket(number, ann, "words")
        with compared() as told, ferry.project() as project:
            plan = ferry.plan(project)
            if applied:
                stages.apply(project, plan)
            ferry.decide("acme:person:2,,,,acme:person:1,,")
            plan = ferry.plan(project)
            stages.apply(project, plan)
            assert names(ferry)["ann@x.example"] == ("A. Berg" if applied else "Ann Margareta Berg")
            assert stages.verify(project).same
            ferry.decide()
            ferry.plan(project)
        assert told["from the last"] >= 1
