"""Each row of the fields of Zendesk's tickets, people and organizations keeps what rows promise."""

from typing import ClassVar

from ticketferry.testing.codec_contract import CodecContract
from ticketferry_zendesk.names import Names
from ticketferry_zendesk.people_rows import ORGANIZATION, PERSON
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.ticket_rows import MOST_CCS, TICKET

CATALOG = {
    "desk": "zd", "product": "zendesk", "url": "https://zd.example",
    "brands": [{"id": "41", "name": "Acme"}], "forms": [{"id": "31", "name": "Default"}],
}  # fmt: skip
ANN, BOB = "acme:person:1", "acme:person:2"
SITE = ZendeskCatalogIndex(CATALOG, "acme")
CONTEXT = Names(CATALOG).reading


class TestTicketRows(CodecContract):
    rows = TICKET
    site = SITE
    context = CONTEXT
    base: ClassVar = {"type": "task"}
    values: ClassVar = {
        "subject": ["It burns", "one\ntwo {{ticket.id}}", " "],
        "priority": ["high", "URGENT"],
        "type": ["task", "Incident"],
        "brand": ["Acme", "acme"],
        "form": ["default"],
        "requester": [ANN],
        "assignee": [ANN],
        "organization": ["acme:organization:3"],
        "group": ["acme:group:4"],
        "followers": [[ANN, BOB]],
        "ccs": [[ANN], [f"acme:person:{number}" for number in range(1, MOST_CCS + 1)]],
        "due": ["2021-04-05T10:00:00Z", "2021-04-05T12:00:00.75+02:00", "1950-01-01T00:00:00Z"],
    }
    misfits: ClassVar = {
        "priority": ["P1"],
        "type": ["Change"],
        "brand": ["Nowhere"],
        "form": ["x" * 300],
        "due": ["tomorrow", "2021-02-30T00:00:00Z"],
    }

    def echo(self, row, wire):
        return [item["user_id"] for item in wire] if row.neutral in ("followers", "ccs") and wire else wire


class TestPersonRows(CodecContract):
    rows = PERSON
    site = SITE
    context = CONTEXT
    values: ClassVar = {
        "email": ["ann@x.example", "Ann.Fox@X.example"],
        "details": ["Fox & Sons\n2nd floor"],
        "alias": ["af"],
        "locale": ["de-AT"],
        "tags": [["vip"], ["VIP gold", "vip_gold", "b"]],
    }


class TestOrganizationRows(CodecContract):
    rows = ORGANIZATION
    site = SITE
    context = CONTEXT
    values: ClassVar = {
        "domains": [["x.example"], ["X.example ", "x.example"]],
        "group": ["acme:group:4"],
        "details": ["d"],
        "tags": [["A b"]],
    }
