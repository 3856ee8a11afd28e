"""What a stranger made between plan and apply is bound to nothing, for every creation that bears no mark of ours from its first moment."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from tests.connectors.jsm.migrating import CUSTOMER, PNG, Migration, migration, ticket

from ticketferry.sdk import Operation, Outcome, Repeat, UnknownOutcomeError
from ticketferry_emulators.jsm.models.records import Component, Field, JiraAccount, JiraOrganization, Option
from ticketferry_emulators.kit.faults import Fault
from ticketferry_jsm.endpoints import ENDPOINTS

MARKED = {
    "issue.create", "import.issue", "comment.create",  # our properties
    "attachment.add", "worklog.add",  # parts of an issue of ours, by our account
    "issue.transition",  # makes nothing
}  # fmt: skip


class Case(NamedTuple):
    """`stranger` makes theirs of the same name, all else alike or not, and returns its number; `there`: all of the name."""

    record: dict[str, Any]
    stranger: Callable[[Migration, bool], str]
    there: Callable[[Migration], list[str]]


def their_customer(m: Migration, same: bool) -> str:
    m.state.accounts["qm:theirs:1"] = JiraAccount(
        id="qm:theirs:1", name="Zed" if same else "Another", email="Zed@X.example", kind="customer"
    )
    return "qm:theirs:1"


def their_organization(m: Migration, same: bool) -> str:
    name = "Zed Ltd" if same else "ZED  ltd"
    m.state.organizations["990"] = JiraOrganization("990", "uuid-990", name, m.state.now())
    return "990"


def their_component(m: Migration, same: bool) -> str:
    m.state.project("SUP").components.append(Component("990", "Zed" if same else "ZED "))
    return "990"


def their_field(m: Migration, same: bool) -> str:
    kind = "textfield" if same else "float"
    m.state.fields["customfield_990"] = Field(
        "customfield_990",
        "Zed" if same else "ZED.",
        "string",
        custom=f"com.atlassian.jira.plugin.system.customfieldtypes:{kind}",
    )
    return "customfield_990"


def csat(m: Migration) -> Field:
    return next(known for known in m.state.fields.values() if known.name == "CSAT")


def their_option(m: Migration, same: bool) -> str:
    csat(m).options.append(Option("990", "Zed" if same else "ZED", disabled=not same))
    return "990"


def number_of(gives: dict[str, str]) -> str:
    return gives.get("number", gives["id"])


CASES = {
    "option.create": Case(
        {
            "ref": "acme:definition:option-zed",
            "what": "option",
            "name": "Zed",
            "value": "Zed",
            "field": "CSAT",
            "projects": ["SUP"],
        },
        their_option,
        lambda m: [row.id for row in csat(m).options if row.value.lower() == "zed"],
    ),
    "field.create": Case(
        {
            "ref": "acme:definition:field-zed",
            "what": "field",
            "name": "Zed",
            "type": "text",
            "projects": ["SUP"],
        },
        their_field,
        lambda m: [row.id for row in m.state.fields.values() if row.name.lower().startswith("zed")],
    ),
    "component.create": Case(
        {"ref": "acme:definition:component-zed", "what": "component", "name": "Zed", "project": "SUP"},
        their_component,
        lambda m: [row.id for row in m.state.project("SUP").components if row.name.strip().lower() == "zed"],
    ),
    "customer.create": Case(
        {"ref": "acme:person:9", "name": "Zed", "email": "zed@x.example", "account": "customer"},
        their_customer,
        lambda m: [row.id for row in m.state.accounts.values() if row.email.lower() == "zed@x.example"],
    ),
    "organization.create": Case(
        {"ref": "acme:organization:11", "name": "Zed Ltd"},
        their_organization,
        lambda m: [row.id for row in m.state.organizations.values() if row.name.lower().startswith("zed")],
    ),
}


@pytest.fixture
def m() -> Iterator[Migration]:
    with migration() as found:
        found.people()
        yield found


def first(m: Migration, name: str) -> Operation:
    operation = m.driver.compile(Outcome.CREATE, CASES[name].record).operations[0]
    assert operation.endpoint == name
    return operation


def lost(m: Migration, operation: Operation, kind: str) -> None:
    """Send an operation whose answer does not come, and note that as the journal does."""
    m.emulator.faults.add(Fault(kind, nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.driver.send([operation])
    now = datetime.fromtimestamp(m.driver.session.clock.time(), UTC)
    m.driver.attempts[operation.key] = m.driver.attempts[operation.key]._replace(lost=now)


def test_every_creation_that_bears_no_mark_is_in_the_table() -> None:
    found = {endpoint.name for endpoint in ENDPOINTS if endpoint.repeat is Repeat.FIND}
    assert found - MARKED == set(CASES)


@pytest.mark.parametrize("same", [True, False], ids=["all alike", "of that name"])
@pytest.mark.parametrize("name", CASES)
def test_what_a_stranger_made_before_the_request_fails_the_record(
    m: Migration, name: str, same: bool
) -> None:
    case, operation = CASES[name], first(m, name)
    number = case.stranger(m, same)
    m.emulator.clock.advance(10)
    (result,) = m.driver.send([operation])
    assert (result.status, result.gives) == ("rejected", {})
    assert result.error.code == "JSM-TAKEN"
    assert number in result.error.message
    assert result.error.remedy
    assert case.there(m) == [number]
    assert str(operation.subject) not in m.driver.slots


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
@pytest.mark.parametrize("name", CASES)
def test_what_a_lost_request_made_is_bound_once(m: Migration, name: str, kind: str) -> None:
    case, operation = CASES[name], first(m, name)
    lost(m, operation, kind)
    (found,) = m.driver.find([operation], {})
    assert found.status == "done", found.error
    assert [number_of(found.gives)] == case.there(m)


@pytest.mark.parametrize(("name", "when"), [
    ("customer.create", "of that name"), ("organization.create", "of that name"), ("organization.create", "later"),
])  # fmt: skip
def test_what_a_stranger_made_while_our_request_was_lost_is_bound_to_nothing(
    m: Migration, name: str, when: str
) -> None:
    """Our request never came. An organization that is alike in all is theirs when it came to be too late to be ours.

    Jira does not tell when an account was made: one of the very address and name, that was not there before, is what was asked for.
    """
    case, operation = CASES[name], first(m, name)
    lost(m, operation, "drop_before")
    if when == "later":
        m.emulator.clock.advance(120)
    number = case.stranger(m, when == "later")
    (found,) = m.driver.find([operation], {})
    assert found.status == "rejected"
    assert found.error is not None
    assert found.error.code == "JSM-TAKEN"
    assert number in found.error.message
    assert case.there(m) == [number]


def test_an_organization_that_came_to_be_a_minute_before_is_not_taken_from_the_answer(m: Migration) -> None:
    """Jira answers with it as if it had been made; our list of names is older than it."""
    m.driver.send(
        [m.driver.compile(Outcome.CREATE, {"ref": "acme:organization:20", "name": "Other"}).operations[0]]
    )
    number = their_organization(m, True)
    m.emulator.clock.advance(60)
    (result,) = m.driver.send([first(m, "organization.create")])
    assert (result.status, result.error.code) == ("rejected", "JSM-TAKEN")
    assert number in result.error.message


def test_the_account_of_an_earlier_run_of_ours_is_bound_by_its_mark(m: Migration) -> None:
    operations = m.driver.compile(Outcome.CREATE, CASES["customer.create"].record).operations
    m.driver.apply(operations[:2])
    slots = dict(m.driver.slots.pop("acme:person:9"))
    (again,) = m.driver.send(operations[:1])
    assert again.status == "done"
    assert dict(again.gives) == slots


def test_an_account_that_was_there_before_is_not_ours_however_alike(m: Migration) -> None:
    """What was noted before the request decides, not the name."""
    case, operation = CASES["customer.create"], first(m, "customer.create")
    number = case.stranger(m, True)
    sight = m.target.sight(next(e for e in ENDPOINTS if e.name == "customer.create"), [operation])[
        operation.key
    ]
    assert number in sight.note
    lost(m, first(m, "organization.create"), "drop_after")  # any attempt
    attempt = next(iter(m.driver.attempts.values()))._replace(sight=sight.note)
    m.driver.attempts[operation.key] = attempt
    assert m.driver.find([operation], {})[0].status == "rejected"


def test_a_file_of_an_agent_is_not_the_one_whose_answer_was_lost(m: Migration) -> None:
    upload = next(
        item
        for item in m.driver.compile(
            Outcome.CREATE, ticket(1, attachments=[m.file(1, PNG, "a.png")])
        ).operations
        if item.endpoint == "attachment.add"
    )
    m.driver.send([m.driver.compile(Outcome.CREATE, ticket(1)).operations[0]])
    m.driver.send([upload])
    issue = m.issue("acme:ticket:1")
    assert m.driver.find([upload], {})[0].status == "done"
    for file in issue.attachments:
        m.state.attachments[file].author = m.driver.slots[CUSTOMER]["id"]
    assert m.driver.find([upload], {})[0].status == "absent"
