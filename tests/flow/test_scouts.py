"""Before accounts that stay for ever are made for all, one ticket of each kind is tried with what it needs: a desk that refuses it
would refuse every other.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.neutral_desks import Ferry, to_jira

from ticketferry.errors import RunFailed
from ticketferry.project import Project, stages
from ticketferry_jsm.send import JiraSender, refused

TICKETS = 7
CREATE = JiraSender._create


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Ferry]:
    with to_jira(tmp_path) as found:
        for number in range(1, TICKETS + 1):
            who = found.person(number, f"Person {number}", f"p{number}@shop.example")
            found.ticket(number, who, f"Ticket {number}")
        yield found


def refusing(monkeypatch: Any, refuses: Callable[[str], bool]) -> None:
    """A validator of the workflow, which createmeta does not tell."""

    def create(sender: Any, endpoint: Any, batch: Any) -> Any:
        results = []
        for operation in batch:
            if refuses(str(operation.subject)):
                results.append(refused(operation, "Cost centre is required."))
            else:
                results.extend(CREATE(sender, endpoint, [operation]))
        return results

    monkeypatch.setattr(JiraSender, "_create", create)


def customers(ferry: Ferry) -> int:
    return sum(account.email.endswith("@shop.example") for account in ferry.target.state.accounts.values())


def test_a_desk_that_refuses_every_ticket_gets_no_accounts_but_those_of_the_tried_ones(ferry, monkeypatch):
    refusing(monkeypatch, lambda _: True)
    with Project.load(ferry.root, clock=ferry.clock) as project:
        plan = ferry.plan(project)
        digest = plan.digest
        with pytest.raises(RunFailed, match="Cost centre is required") as error:
            stages.apply(project, plan)
        assert "SUP / Service request: 3 of 7" in error.value.message
        assert customers(ferry) == 3
        monkeypatch.setattr(JiraSender, "_create", CREATE)
        figures = stages.apply(project, project.plan(plan.id))
        assert (figures.failed, figures.left) == (0, 0)
        assert project.plan(plan.id).digest == digest
        assert customers(ferry) == TICKETS
        assert stages.verify(project).same


def test_one_bad_ticket_among_those_tried_stops_nobody_elses(ferry, monkeypatch):
    refusing(monkeypatch, lambda ref: ref == "acme:ticket:1")
    with Project.load(ferry.root, clock=ferry.clock) as project:
        figures = stages.apply(project, ferry.plan(project), fail=False)
        assert figures.failed >= 1
        assert len(ferry.target.state.issues) == TICKETS - 1
        assert customers(ferry) == TICKETS
        total = project.plan("p-01").count()
        assert figures.performed + figures.already + figures.failed == total
        assert figures.left == 0


def test_a_run_killed_while_it_tries_goes_on_without_a_second_issue(ferry):
    class Killed(BaseException):
        pass

    made = 0

    def die(point: str) -> None:
        nonlocal made
        made += point == "after send"
        if made == 2:
            raise Killed

    with pytest.raises(Killed), Project.load(ferry.root, clock=ferry.clock) as project:
        stages.apply(project, ferry.plan(project), on_point=die)
    with Project.load(ferry.root, clock=ferry.clock) as project:
        figures = stages.apply(project, project.plan("p-01"))
        assert (figures.failed, figures.left) == (0, 0)
        assert len(ferry.target.state.issues) == TICKETS
        assert stages.verify(project).same
