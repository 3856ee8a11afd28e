"""node-zendesk and tap-zendesk use the emulator as they use an account: whatever they are documented to ask is answered."""

import httpx
import pytest
from tests.connectors.zendesk.emulated import served
from tests.oracles import public_clients


@pytest.fixture(scope="module")
def desk():
    with served(plan=None) as (emulator, _):
        yield emulator
        assert [entry.path for entry in emulator.unserved] == []


def login(emulator):
    who = emulator.credentials
    return emulator.base_url, who["ZENDESK_EMAIL"], who["ZENDESK_TOKEN"]


TICKET, USER, FIRM, GROUP = 90, 51_001, 42_001, 26_001
READS = [
    ["tickets.list"], ["tickets.listRecent"], ["tickets.show", TICKET], ["tickets.showMany", [TICKET, 91]],
    ["tickets.listByOrganization", FIRM], ["tickets.listByUserRequested", USER], ["tickets.listByUserCCD", USER],
    ["tickets.listAssigned", USER], ["tickets.showMany", [TICKET]], ["tickets.listCollaborators", TICKET],
    ["tickets.listIncidents", TICKET], ["tickets.getComments", TICKET],
    ["ticketaudits.list", TICKET], ["ticketmetrics.listAll"], ["ticketfields.list"], ["ticketmetrics.list", TICKET],
    ["tickets.incremental", 0], ["ticketevents.incremental", 0],
    ["users.list"], ["users.listByGroup", GROUP], ["users.listByOrganization", FIRM], ["users.me"], ["users.show", USER],
    ["useridentities.list", USER], ["userfields.list"], ["groups.list"], ["groups.assignable"], ["groups.count"],
    ["groupmemberships.list"], ["groupmemberships.listByUser", USER], ["groupmemberships.listByGroup", GROUP],
    ["groupmemberships.listAssignable"], ["groupmemberships.listAssignableByGroup", GROUP],
    ["organizations.list"], ["organizations.listByUser", USER], ["organizations.show", FIRM], ["organizations.related", FIRM],
    ["organizationmemberships.list"], ["organizationmemberships.listByUser", USER],
    ["organizationmemberships.listByOrganization", FIRM], ["organizationfields.list"],
    ["tags.list"], ["views.list"], ["views.listActive"], ["views.listCompact"], ["views.show", 38_001],
    ["macros.list"], ["macros.listActive"], ["macros.show", 37_001], ["triggers.list"], ["triggers.listActive"],
    ["triggers.show", 35_001], ["automations.list"], ["automations.listActive"], ["automations.show", 36_001],
    ["satisfactionratings.list"], ["sharingagreement.show"], ["policies.list"], ["brand.list"], ["suspendedtickets.list"],
    ["macros.search", "close"], ["triggers.search", "notify"], ["tickets.incrementalSample", 0], ["ticketmetrics.show", TICKET],
    ["ticketfields.listOptions", 31_002], ["ticketfields.showOption", 31_002, 3_100_201], ["tags.get", ["tags"]],
    ["search.query", "type:ticket status<solved order_by:updated_at sort:desc"],
]  # fmt: skip


def test_node_zendesk_reads_what_it_is_documented_to_read(desk):
    """Kind: documented paths that were 501, or 404 as if a record were missing."""
    answers = public_clients.javascript("node-zendesk", *login(desk), *READS)
    assert [answer for answer in answers if "error" in answer] == []
    assert len(answers) == len(READS)
    found = {answer["name"]: answer["value"] for answer in answers}

    def rows(value):
        """The records: alone, or beside the response as methods for one page give them."""
        return value["result"] if isinstance(value, dict) and "result" in value else value

    assert len(rows(found["tickets.list"])) == sum(
        1 for number, head in desk.state.heads.items()
        if head.status != "deleted" and not desk.state.archived(number) and head.support_type == "agent"
    )  # fmt: skip
    assert {row["name"] for row in rows(found["tags.list"])} == {
        tag for head in desk.state.heads.values() if head.status != "deleted" for tag in head.tags
    }
    assert rows(found["groups.assignable"])
    assert {row["requester_id"] for row in rows(found["tickets.listByUserRequested"])} == {USER}


def test_tap_zendesk_finds_out_and_reads_the_whole_account(desk, tmp_path):
    """Kind: times as float and text, `updated>` of people, tags, side-loaded metrics, as a Singer tap asks for them."""
    names = desk.credentials
    sent = {"grant_type": "client_credentials", "client_id": names["ZENDESK_CLIENT_ID"], "scope": "read",
            "client_secret": names["ZENDESK_CLIENT_SECRET"]}  # fmt: skip
    token = httpx.post(f"{desk.base_url}/oauth/tokens", json=sent).json()["access_token"]
    config = {"start_date": "2000-01-01T00:00:00Z", "subdomain": "acme", "access_token": token}
    found = public_clients.tap(
        "tap-zendesk", tmp_path, "https://acme.zendesk.com", desk.base_url, config,
        without=("talk_phone_numbers", "ticket_metric_events"),
    )  # fmt: skip
    heads = [head for head in desk.state.heads.values() if head.support_type == "agent"]
    assert {row["id"] for row in found["tickets"]} == {head.id for head in heads}
    live = [head.id for head in heads if head.status != "deleted"]
    audits = {audit["id"] for number in live for audit in desk.state.case(number).audits}
    assert {row["id"] for row in found["ticket_audits"]} == audits
    assert len(found["ticket_metrics"]) == len(live)
    assert {row["id"] for row in found["users"]} == set(desk.state.lists["users"])
    assert {row["name"] for row in found["tags"]} >= {
        tag for number in live for tag in desk.state.heads[number].tags
    }
    assert {row["id"] for row in found["organizations"]} >= set(desk.state.lists["organizations"])
    for stream in (
        "groups",
        "group_memberships",
        "macros",
        "satisfaction_ratings",
        "sla_policies",
        "ticket_fields",
        "ticket_forms",
    ):
        assert found[stream]
