"""What a stranger made between plan and apply is bound to nothing, for every creation that bears no mark of ours from its first moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from tests.connectors.zendesk.targets import AGENT, CUSTOMER, ORGANIZATION, migration

from ticketferry.errors import UnknownOutcomeError
from ticketferry.sdk import Operation, Outcome, Repeat, parse_ref
from ticketferry_emulators.kit.faults import Fault
from ticketferry_emulators.zendesk.models import accounts
from ticketferry_emulators.zendesk.models import organizations as companies
from ticketferry_emulators.zendesk.models import setup as setups
from ticketferry_zendesk.endpoints import ENDPOINTS

MARKED = {
    "ticket.import", "ticket.import_closed", "ticket.import_archived",  # external id
    "comment.add", "ticket.update",  # metadata of their audit
    "comment.redact_closed",  # makes nothing
}  # fmt: skip


class Case(NamedTuple):
    """`operation`: ours. `stranger`: makes theirs of the same name, all else alike or not; returns its number. `there`: all of the name."""

    operation: Callable[[Any], Operation]
    stranger: Callable[[Any, bool], int]
    there: Callable[[Any], list[int]]


def compiled(m, record):
    return m.driver.compile(Outcome.CREATE, record).operations[0]


def titled(m, table, key, name):
    return [row["id"] for row in m.state.lists[table].values() if str(row[key]).casefold() == name]


def field(m):
    return next(row for row in m.state.lists["ticket_fields"].values() if row["type"] == "tagger")


def option_op(m):
    if not [row for row in m.state.lists["ticket_fields"].values() if row["type"] == "tagger"]:
        sent = {
            "type": "tagger",
            "title": "Where",
            "custom_field_options": [{"name": "Here", "value": "here"}],
        }
        setups.create_field(m.state, "ticket_fields", sent, m.emulator.clock.time())
    ref = parse_ref("acme:definition:option-1")
    body = {"custom_field_option": {"name": "There", "value": "there"}}
    return Operation(f"{ref}/create", ref, "field.add_option", {"field": str(field(m)["id"])}, body, ref)


def option_of_theirs(m, same):
    sent = {"name": "There", "value": "there" if same else "there_too"}
    return setups.put_option(m.state, "ticket_fields", field(m), sent)[0]["id"]


def their_user(m, same):
    sent = {
        "name": "Zed" if same else "Another",
        "email": "zed@x.example",
        "role": "end-user",
        "skip_verify_email": True,
    }
    return accounts.create(m.state, sent, m.emulator.clock.time())["id"]


def user_op(m):
    return compiled(
        m, {"ref": "acme:person:9", "name": "Zed", "email": "zed@x.example", "account": "customer"}
    )


def users(m):
    return [row["id"] for row in m.state.lists["users"].values() if row["email"] == "zed@x.example"]


def member_op(m):
    other = compiled(m, {"ref": "acme:organization:12", "name": "Another one"})
    m.driver.apply([other])
    ref = parse_ref(CUSTOMER)
    body = {
        "user_id": int(m.driver.slots[CUSTOMER]["id"]),
        "organization_id": int(m.driver.slots["acme:organization:12"]["id"]),
    }
    return Operation(f"{ref}/member/2", ref, "membership.create", {}, body, ref)


def their_member(m, _same):
    now = m.emulator.clock.time()
    user, company = int(m.driver.slots[CUSTOMER]["id"]), int(m.driver.slots["acme:organization:12"]["id"])
    return companies.join(m.state, user, company, now)["id"]


def members(m):
    user, company = int(m.driver.slots[CUSTOMER]["id"]), int(m.driver.slots["acme:organization:12"]["id"])
    rows = m.state.lists["organization_memberships"].values()
    return [row["id"] for row in rows if (row["user_id"], row["organization_id"]) == (user, company)]


CASES = {
    "field.create": Case(
        lambda m: compiled(m, {"ref": "acme:definition:field-1", "what": "field", "name": "Zq serial", "type": "text"}),
        lambda m, same: setups.create_field(
            m.state, "ticket_fields", {"type": "text" if same else "textarea", "title": "Zq serial", "active": True},
            m.emulator.clock.time(), int(m.driver.slots[AGENT]["id"]),
        )["id"],
        lambda m: titled(m, "ticket_fields", "title", "zq serial"),
    ),
    "field.add_option": Case(
        option_op, option_of_theirs, lambda m: [o["id"] for o in field(m)["custom_field_options"] if o["name"] == "There"]
    ),
    "status.create": Case(
        lambda m: compiled(
            m, {"ref": "acme:definition:status-1", "what": "status", "name": "custom:Zq parked", "stage": "on_hold"}
        ),
        lambda m, same: setups.create_status(
            m.state, {"agent_label": "Zq parked", "status_category": "hold" if same else "open", "active": True},
            m.emulator.clock.time(),
        )["id"],
        lambda m: titled(m, "custom_statuses", "agent_label", "zq parked"),
    ),
    "group.create": Case(
        lambda m: compiled(m, {"ref": "acme:group:77", "name": "Second line", "description": "ours"}),
        lambda m, same: companies.create_group(
            m.state, {"name": "Second line", "description": "ours" if same else "theirs"}, m.emulator.clock.time()
        )["id"],
        lambda m: titled(m, "groups", "name", "second line"),
    ),
    "organization.create": Case(
        lambda m: compiled(m, {"ref": "acme:organization:11", "name": "Zed Ltd"}),
        lambda m, same: companies.create_organization(
            m.state, {"name": "Zed Ltd", "notes": None if same else "theirs"}, m.emulator.clock.time()
        )["id"],
        lambda m: titled(m, "organizations", "name", "zed ltd"),
    ),
    "user.create": Case(user_op, their_user, users),
    "user.create_many": Case(user_op, their_user, users),
    "membership.create": Case(member_op, their_member, members),
}  # fmt: skip
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}


@pytest.fixture
def m(request):
    bulk = "user.create_many" in request.node.name
    with migration(options={"bulk_users": bulk}, bulk_users=bulk) as found:
        found.people()
        yield found


def test_every_creation_that_bears_no_mark_is_in_the_table():
    """`identity.add` has a test of its own: an address of another account is left out and told, since people may be two there still."""
    found = {endpoint.name for endpoint in ENDPOINTS if endpoint.repeat is Repeat.FIND}
    assert found - MARKED - {"identity.add"} == set(CASES)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("same", [True, False], ids=["all alike", "of that name"])
def test_what_a_stranger_made_before_the_request_fails_the_record(m, name, same):
    case = CASES[name]
    operation = case.operation(m)
    assert operation.endpoint == name
    number = case.stranger(m, same)
    (result,) = m.driver.send([operation])
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")
    assert result.gives == {}
    if not BY_NAME[name].job or name == "organization.create":
        assert str(number) in result.error.message
    assert "plan anew" in result.error.remedy
    assert case.there(m) == [number]
    assert str(operation.subject) not in m.driver.slots or name == "membership.create"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
def test_what_a_lost_request_made_is_bound_once(m, name, kind):
    case = CASES[name]
    operation = case.operation(m)
    m.emulator.faults.add(Fault(kind, nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.driver.send([operation])
    lose(m, operation)
    (found,) = m.driver.find([operation], {})
    (number,) = case.there(m)
    assert found.status == "done", found.error
    assert found.gives["id"].rpartition("/")[2] == str(number)
    assert m.driver.find([operation], {})[0].gives == found.gives


def lose(m, operation):
    """Note that the answer did not come, as the journal does."""
    attempt = m.driver.attempts[operation.key]
    lost = datetime.fromtimestamp(m.driver.session.clock.time(), UTC)
    m.driver.attempts[operation.key] = attempt._replace(lost=lost)


@pytest.mark.parametrize("name", [name for name in CASES if name != "membership.create"])
@pytest.mark.parametrize("when", ["of that name", "later"])
def test_what_a_stranger_made_while_our_request_was_lost_is_bound_to_nothing(m, name, when):
    """Our request never came. Theirs is of the name alone; or alike in all, and came to be when ours could not come any more."""
    if (name, when) == ("field.add_option", "later"):
        pytest.skip(
            "Zendesk does not tell when an option was made: one that is alike in all is what was asked for"
        )
    case = CASES[name]
    operation = case.operation(m)
    m.emulator.faults.add(Fault("drop_before", nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.driver.send([operation])
    lose(m, operation)
    if when == "later":
        m.emulator.clock.advance(120)
    number = case.stranger(m, when == "later")
    (found,) = m.driver.find([operation], {})
    if found.status == "absent":  # it bears no mark of ours: asked for again, it is refused
        (found,) = m.driver.send([operation])
    assert (found.status, found.error.code) == ("rejected", "ZD-TAKEN")
    assert case.there(m) == [number]


def test_a_field_that_another_account_made_at_that_very_moment_is_not_ours(m):
    case = CASES["field.create"]
    operation = case.operation(m)
    m.emulator.faults.add(Fault("drop_before", nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.driver.send([operation])
    case.stranger(m, True)
    assert m.driver.find([operation], {})[0].status == "rejected"


@pytest.mark.parametrize("name", ["status.create", "group.create", "membership.create"])
def test_a_desk_whose_clock_is_wrong_is_held_against_its_own_clock(m, name):
    """Its dates are an hour early: what it made for us looks older than our request, what a stranger had looks the same."""
    ahead = -3_600.0
    real, now = m.emulator.clock, m.emulator.clock.time
    case = CASES[name]
    operation = case.operation(m)

    class Late:
        def __getattr__(self, key):
            return getattr(real, key)

        def time(self):
            return now() + ahead

    m.emulator.clock = Late()
    m.target.client.clock._ahead.clear()
    m.emulator.faults.add(Fault("drop_after", nth=1, writes_only=True))
    with pytest.raises(UnknownOutcomeError):
        m.driver.send([operation])
    lose(m, operation)
    (found,) = m.driver.find([operation], {})
    assert found.status == "done", found.error
    assert m.target.client.clock.ahead < -3_500


def test_without_a_look_nothing_of_the_set_up_is_bound(m):
    """A folder of an older version has no note of what was there before."""
    for name in ("field.create", "field.add_option", "status.create", "group.create"):
        operation = CASES[name].operation(m)
        assert m.target.find([operation], {})[0].status == "absent"
        CASES[name].stranger(m, True)
        found = m.target.find([operation], {})[0]
        assert (found.status, found.error.code) == ("rejected", "ZD-TAKEN")


def test_two_that_could_be_ours_are_nobodys(m):
    case = CASES["status.create"]
    operation = case.operation(m)
    m.driver.send([operation])
    case.stranger(m, True)
    found = m.driver.find([operation], {})[0]
    assert found.status == "rejected"
    assert "and" in found.error.message


def test_an_option_that_the_desk_says_it_had_is_not_ours(m, monkeypatch):
    """200 "if the ticket field option already exists in the database", 201 for a new one [OAS]."""
    operation = option_op(m)
    put = setups.put_option

    def quicker(state, kind, found, sent):
        option, _ = put(state, kind, found, sent)
        return option, False

    monkeypatch.setattr(setups, "put_option", quicker)
    (result,) = m.driver.send([operation])
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")


@pytest.mark.parametrize("name", ["group.create", "user.create"])
def test_a_stranger_who_was_quicker_by_a_moment_is_named(m, monkeypatch, name):
    """Between our look and our request: the vendor's refusal says only that something is taken."""
    case = CASES[name]
    operation = case.operation(m)
    numbers = []
    write = type(m.target.client).write

    def late(client, *where, **more):
        if not numbers:
            numbers.append(case.stranger(m, False))
        return write(client, *where, **more)

    monkeypatch.setattr(type(m.target.client), "write", late)
    (result,) = m.driver.send([operation])
    assert (result.status, result.error.code) == ("rejected", "ZD-TAKEN")
    assert str(numbers[0]) in result.error.message


def test_an_address_that_a_stranger_gave_the_account_before_is_not_taken_for_ours(m):
    ref = parse_ref(CUSTOMER)
    body = {"identity": {"type": "email", "value": "second@x.example", "skip_verify_email": True}}
    operation = Operation(
        f"{ref}/identity", ref, "identity.add", {"id": m.driver.slots[CUSTOMER]["id"]}, body, ref
    )
    m.driver.send([operation])
    assert m.driver.find([operation], {})[0].status == "done"
    m.emulator.clock.advance(600)
    attempt = m.driver.attempts[operation.key]
    began = datetime.fromtimestamp(m.emulator.clock.time(), UTC)
    m.driver.attempts[operation.key] = attempt._replace(began=began)
    found = m.driver.find([operation], {})[0]
    assert (found.status, found.error.code) == ("rejected", "ZD-TAKEN")
    assert ORGANIZATION in m.driver.slots


@pytest.mark.parametrize("name", ["user.create", "user.create_many"])
def test_an_account_of_ours_that_a_rollback_deleted_is_not_bound_a_second_time(m, name):
    """Zendesk shows deleted users for good, by the same external id; tickets of such an author are refused."""
    operation = CASES[name].operation(m)
    (first,) = m.driver.send([operation])
    gone = int(first.gives["id"])
    m.driver.send(m.target.undo([(operation, first)], None).operations)
    assert m.state.lists["users"][gone]["active"] is False
    assert m.target.find([operation], {})[0].status == "absent"
    (second,) = m.driver.send([operation])
    assert second.status == "done"
    assert int(second.gives["id"]) != gone
