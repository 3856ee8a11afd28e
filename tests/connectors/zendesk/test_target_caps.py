"""What Zendesk takes of a ticket and of an organization, and no more: capped or renamed with a finding, never refused by the desk."""

import pytest
from tests.connectors.zendesk.targets import migration
from tests.connectors.zendesk.test_target_sending import ticket

from ticketferry.sdk import Outcome
from ticketferry.sdk.values import MisfitError
from ticketferry_zendesk.compile_ticket import write_value

TICKET = "acme:ticket:1"


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        yield found


def codes(compiled):
    return {finding.code for finding in compiled.findings}


def test_the_forty_ninth_cc_stands_beside_and_is_told(m):
    people = [
        {
            "ref": f"acme:person:{number}",
            "name": f"Cc {number}",
            "email": f"cc{number}@shop.example",
            "account": "customer",
        }
        for number in range(100, 149)
    ]
    for person in people:
        m.driver.apply(m.driver.compile(Outcome.CREATE, person).operations)
    refs = [person["ref"] for person in people]
    compiled, _ = m.create(ticket(1, ccs=refs))
    assert "ZD-CCS" in codes(compiled)
    seen = m.check(compiled, TICKET)
    assert seen["ccs"] == refs[:48]
    assert refs[48] in str(seen["provenance"]["unplaced"])


def test_a_pipe_in_an_organizations_name_becomes_a_slash_and_is_told(m):
    record = {"ref": "acme:organization:77", "name": "Acme | North"}
    compiled = m.driver.compile(Outcome.CREATE, record)
    m.driver.apply(compiled.operations)
    assert "ZD-ORGANIZATION-NAME" in codes(compiled)
    seen = m.driver.read("acme:organization:77")
    assert compiled.expected["name"] == "Acme | North" == seen["name"]


def test_a_number_that_could_be_two_is_kept_beside(m):
    known = next(
        field
        for field in m.driver.catalog["fields"]
        if field["type"] == "integer" and field["of"] == "ticket"
    )
    for value in ("1.000", "1e3", "9400111899223100012345"):
        compiled = m.driver.compile(Outcome.CREATE, ticket(1, fields={known["key"]: value}))
        assert "ZD-VALUE" in codes(compiled), value


@pytest.mark.parametrize("value", ["  ", "\n", "SN-12", "sn-000123"])
def test_a_value_that_the_accounts_own_pattern_refuses_does_not_stop_its_ticket(value):
    """The whole ticket used to be refused while the plan was applied, for the sake of one field."""
    known = {
        "id": "1", "key": "serial_no", "name": "Serial no", "type": "regexp", "pattern": r"\ASN-\d{6}\z"
    }  # fmt: skip
    assert write_value(known, "SN-000123") == "SN-000123"
    with pytest.raises(MisfitError):
        write_value(known, value)
