"""Customers, organizations, requests: who is told and who sees what."""

import pytest
from tests.connectors.jsm.emulated_site import INTERNAL, doc, site

from ticketferry_emulators.jsm.models.state import without_residue
from ticketferry_emulators.jsm.responses.wire import View

API = "/rest/servicedeskapi"
OPT_IN = {"X-ExperimentalApi": "opt-in"}


@pytest.fixture
def jira():
    with site() as served:
        yield served


@pytest.fixture
def fresh():
    with site("fresh") as served:
        yield served


# --- customers


def test_a_customer_is_created_once_whatever_the_case_of_the_address(jira):
    account = jira.customer("Ann@Shop.example")
    assert account.startswith("qm:")
    again = {"displayName": "Ann", "email": "ann@shop.EXAMPLE"}
    jira.post(f"{API}/customer?strictConflictStatusCode=true", again, 409)
    jira.post(f"{API}/customer", again, 400)
    jira.post(f"{API}/customer", {"displayName": "x", "email": "no address"}, 400)
    assert jira.get("user", params={"accountId": account})["accountType"] == "customer"
    assert jira.get("user/search", params={"query": "ann@shop.example"})[0]["accountId"] == account


def test_a_new_customer_is_invited_by_mail_unless_customer_notifications_are_off(fresh):
    fresh.customer()
    assert [(mail.event, mail.to) for mail in fresh.state.mails] == [("Customer invited", "ann@shop.example")]
    fresh.state.customer_notifications_on = False
    fresh.customer("bob@shop.example")
    assert fresh.emulator.notifications == 1


def test_the_list_of_a_desks_customers_needs_the_opt_in(jira):
    account = jira.customer()
    jira.get(f"{API}/servicedesk/1/customer", 412)
    for _ in range(2):
        jira.post(f"{API}/servicedesk/1/customer", {"accountIds": [account]}, 204)
    found = jira.get(f"{API}/servicedesk/1/customer", params={"query": "ANN@"}, headers=OPT_IN)
    assert [user["accountId"] for user in found["values"]] == [account]
    assert jira.get(f"{API}/servicedesk/projectKey:BILL/customer", headers=OPT_IN)["values"] == []
    jira.delete(f"{API}/servicedesk/1/customer", {"accountIds": [account]}, 204, headers=OPT_IN)
    jira.post(f"{API}/servicedesk/1/customer", {"accountIds": ["nobody"]}, 400)


def test_a_site_with_customer_service_management_can_refuse_portal_customers(jira):
    jira.state.portal_customers_allowed = False
    answer = jira.post(f"{API}/customer", {"displayName": "x", "email": "x@y.example"}, 400)
    assert "Customer Service Management" in answer["errorMessage"]


def test_hidden_addresses_are_left_out_and_deactivated_users_are_listed_but_not_found(jira):
    users = jira.get("users/search", params={"maxResults": 1000})
    hidden = next(user for user in users if user["displayName"] == "Esra Yildiz")
    assert "emailAddress" not in hidden
    assert [user["active"] for user in users if user["displayName"] == "Nils Former"] == [False]
    assert jira.get("user/search", params={"query": "nils"}) == []
    bulk = jira.get("user/bulk", params={"accountId": [user["accountId"] for user in users] + ["nobody"]})
    assert (len(bulk["values"]), bulk["total"], bulk["isLast"]) == (10, len(users), False)
    assert "GDPR" in jira.get("user", 400, params={"username": "x"})["errorMessages"][0]


def test_user_properties_can_be_kept(jira):
    who = {"accountId": jira.agent()}
    jira.put("user/properties/ticketferry.source", {"id": 1}, 201, params=who)
    assert jira.get("user/properties/ticketferry.source", params=who)["value"] == {"id": 1}
    jira.delete("user/properties/ticketferry.source", status=204, params=who)
    jira.get("user/properties/ticketferry.source", 404, params=who)


# --- organizations


def test_an_organization_of_a_known_name_is_given_again(jira):
    first = jira.post(f"{API}/organization", {"name": "Acmé & Söhne"}, 201)
    assert jira.post(f"{API}/organization", {"name": "Acmé & Söhne"}, 201)["id"] == first["id"]
    assert len(jira.emulator.ledger.writes(committed=True)) == 1
    path = f"{API}/organization/{first['id']}"
    member = jira.customer()
    jira.post(f"{path}/user", {"accountIds": [member]}, 204)
    assert [user["accountId"] for user in jira.get(f"{path}/user")["values"]] == [member]
    jira.put(f"{path}/property/source", {"id": "9"}, 201)
    assert jira.get(f"{path}/property/source")["value"] == {"id": "9"}
    jira.delete(f"{path}/property/source", status=204)
    jira.post(f"{API}/servicedesk/1/organization", {"organizationId": int(first["id"])}, 204)
    assert [o["id"] for o in jira.get(f"{API}/servicedesk/1/organization")["values"]] == [first["id"]]
    jira.delete(path, status=204)
    jira.get(path, 404)
    assert jira.get(f"{API}/servicedesk/1/organization")["values"] == []


def test_the_lists_of_the_desk_api_follow_their_own_pages(jira):
    for number in range(5):
        jira.post(f"{API}/organization", {"name": f"org {number}"}, 201)
    names, path = [], f"{API}/organization?limit=2"
    while path:
        page = jira.get(path)
        names += [organization["name"] for organization in page["values"]]
        path = page["_links"].get("next", "").removeprefix(jira.emulator.base_url)
    assert names == [f"org {number}" for number in range(5)]
    assert page["isLastPage"]


# --- requests


def test_an_issue_is_no_request_before_it_has_a_request_type(jira):
    customer = jira.customer()
    key = jira.issue(reporter={"accountId": customer})
    jira.get(f"{API}/request/{key}", 404)
    field = jira.fields["Request Type"]
    body = {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x", field: "31"}
    assert field in jira.post("issue", {"fields": body}, 400)["errors"]
    jira.put(f"issue/{key}", {"fields": {field: "35"}}, 400)
    jira.put(f"issue/{key}", {"fields": {field: 31}}, 400)
    jira.put(f"issue/{key}", {"fields": {field: "31"}}, 204)
    request = jira.get(f"{API}/request/{key}")
    assert (request["requestTypeId"], request["reporter"]["accountId"]) == ("31", customer)
    read = jira.get(f"issue/{key}")["fields"][field]
    assert read["requestType"]["name"] == "Emailed request"


def test_participants_and_comments_of_a_request(jira):
    customer, other = jira.customer(), jira.customer("bob@shop.example")
    key = jira.request(customer)
    jira.post(f"issue/{key}/comment", {"body": doc("note"), "properties": INTERNAL}, 201)
    jira.post(f"{API}/request/{key}/comment", {"body": "line 1\nline 2", "public": True}, 201)
    shown = jira.get(f"{API}/request/{key}/comment", params={"internal": "false"})["values"]
    assert [(comment["public"], comment["body"]) for comment in shown] == [(True, "line 1\nline 2")]
    added = jira.post(f"{API}/request/{key}/participant", {"accountIds": [other]}, 200)
    assert [user["accountId"] for user in added["values"]] == [other]
    assert jira.delete(f"{API}/request/{key}/participant", {"accountIds": [other]}, 200)["values"] == []


# --- what customers see


def test_a_customer_sees_own_requests_and_shared_ones_and_never_a_note(jira):
    ann, bob, eve = (jira.customer(f"{name}@shop.example") for name in ("ann", "bob", "eve"))
    organization = jira.post(f"{API}/organization", {"name": "Shop"}, 201)
    jira.post(f"{API}/organization/{organization['id']}/user", {"accountIds": [bob]}, 204)
    jira.post(f"{API}/servicedesk/1/organization", {"organizationId": int(organization["id"])}, 204)
    key = jira.request(ann)
    jira.post(f"issue/{key}/comment", {"body": doc("public")}, 201)
    jira.post(f"issue/{key}/comment", {"body": doc("secret"), "properties": INTERNAL}, 201)
    assert jira.state.portal_view(ann) == {key: ["public"]}
    assert jira.state.portal_view(bob) == {}
    field = jira.fields["Organizations"]
    jira.put(f"issue/{key}", {"fields": {field: [organization["id"]]}}, 400)
    jira.put(f"issue/{key}", {"fields": {field: [int(organization["id"])]}}, 204)
    assert jira.state.portal_view(bob) == {key: ["public"]}
    assert jira.state.portal_view(eve) == {}
    shared = [exposure for exposure in jira.state.exposures if exposure.accounts == (bob,)]
    assert [exposure.comment is None for exposure in shared] == [True, False]
    assert jira.state.leaks() == []


def test_an_instant_in_which_a_note_was_public_is_in_the_log_for_ever(jira):
    key = jira.request(jira.customer())
    comment = jira.post(f"issue/{key}/comment", {"body": doc("secret 🤫")}, 201)
    jira.put(f"comment/{comment['id']}/properties/sd.public.comment", {"internal": True}, 201)
    assert [leak.text for leak in jira.state.leaks()] == ["secret 🤫"]


def test_a_note_that_turns_public_is_logged(jira):
    key = jira.request(jira.customer())
    body = {"body": doc("secret"), "properties": INTERNAL}
    comment = jira.post(f"issue/{key}/comment", body, 201)
    before = len(jira.state.exposures)
    jira.delete(f"comment/{comment['id']}/properties/sd.public.comment", status=204)
    assert [exposure.text for exposure in jira.state.exposures[before:]] == ["secret"]


def test_a_security_level_keeps_the_organization_out(jira):
    ann, bob = jira.customer(), jira.customer("bob@shop.example")
    organization = jira.post(f"{API}/organization", {"name": "Shop"}, 201)
    jira.post(f"{API}/organization/{organization['id']}/user", {"accountIds": [bob]}, 204)
    jira.post(f"{API}/servicedesk/3/organization", {"organizationId": int(organization["id"])}, 204)
    shared = {jira.fields["Organizations"]: [int(organization["id"])]}
    key = jira.issue("HR", reporter={"accountId": ann}, security={"name": "HR only"}, **shared)
    request_type = jira.state.desks["3"].request_types[0].id
    jira.put(f"issue/{key}", {"fields": {jira.fields["Request Type"]: request_type}}, 204)
    assert (list(jira.state.portal_view(ann)), jira.state.portal_view(bob)) == ([key], {})
    assert [level["name"] for level in jira.get("project/HR/securitylevel")["levels"]] == [
        "HR only",
        "Organization",
    ]


# --- mail


def test_a_prepared_desk_is_silent(jira):
    customer = jira.customer()
    jira.state.mails.clear()
    key = jira.request(customer, assignee={"accountId": jira.agent()})
    jira.post(f"issue/{key}/comment", {"body": doc("hello")}, 201)
    jira.post(f"issue/{key}/transitions", {"transition": {"id": "11"}}, 204)
    jira.put(f"issue/{key}", {"fields": {"summary": "other"}}, 204)
    jira.delete(f"issue/{key}", status=204)
    assert jira.state.mails == []
    scheme = jira.get("project/SUP/notificationscheme", params={"expand": "all"})
    assert scheme["notificationSchemeEvents"] == []


def test_a_fresh_desk_mails_the_customer_of_a_public_comment_and_not_of_a_note(fresh):
    customer = fresh.customer()
    key = fresh.request(customer)
    fresh.state.mails.clear()
    fresh.post(f"issue/{key}/comment", {"body": doc("note"), "properties": INTERNAL}, 201)
    assert fresh.emulator.notifications == 0
    fresh.post(f"issue/{key}/comment", {"body": doc("hello")}, 201)
    assert [(mail.event, mail.to) for mail in fresh.state.mails] == [
        ("Public comment added", "ann@shop.example")
    ]


def test_without_a_request_type_the_customer_hears_nothing(fresh):
    key = fresh.issue(reporter={"accountId": fresh.customer()})
    fresh.state.mails.clear()
    fresh.post(f"issue/{key}/comment", {"body": doc("hello")}, 201)
    assert fresh.state.mails == []


def test_a_notification_scheme_mails_assignees_and_an_edit_can_be_kept_silent(fresh):
    agent = fresh.agent()
    key = fresh.issue(assignee={"accountId": agent})
    assert [(mail.event, mail.to) for mail in fresh.state.mails] == [("Issue created", "ada@acme.example")]
    fresh.put(f"issue/{key}?notifyUsers=false", {"fields": {"summary": "quiet"}}, 204)
    assert fresh.emulator.notifications == 1
    fresh.put(f"issue/{key}", {"fields": {"summary": "loud"}}, 204)
    assert fresh.emulator.notifications == 2
    fresh.state.accounts[View.of(fresh.state, _call(fresh)).account.id].admin = False
    fresh.put(f"issue/{key}?notifyUsers=false", {"fields": {"summary": "ignored flag"}}, 204)
    assert fresh.emulator.notifications == 3


def _call(served):
    """A call in the administrator's name, for what a test asks the emulator directly."""
    from ticketferry_emulators.kit.app import Call, Query

    account = next(account.id for account in served.state.accounts.values() if account.admin)
    return Call(0, 0.0, "GET", "/", Query([]), {}, b"", account=account)


def test_a_project_can_be_given_the_empty_scheme(fresh):
    fresh.put("project/SUP", {"notificationScheme": 10001}, 200)
    assert fresh.get("project/SUP/notificationscheme")["id"] == 10001
    fresh.issue(assignee={"accountId": fresh.agent()})
    assert fresh.emulator.notifications == 0


def test_a_mention_mails_the_person(jira):
    agent = jira.agent()
    mention = {"type": "mention", "attrs": {"id": agent, "text": "@Ada"}}
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [mention]}]}
    key = jira.issue()
    jira.post(f"issue/{key}/comment", {"body": body}, 201)
    assert jira.emulator.notifications == 1


def test_the_preference_against_watching_takes_a_bare_true_and_stores_a_quoted_one_as_false(jira):
    path = "mypreferences?key=user.autowatch.disabled"
    assert jira.get(path) is True, "an administrator has prepared this site"
    jira.delete(path, status=204)
    jira.get(path, 404)
    jira.call("PUT", path, status=204, content='"true"', headers={"Content-Type": "application/json"})
    assert jira.get(path) is False
    assert jira.get(f"issue/{jira.issue()}")["fields"]["watches"]["watchCount"] == 1
    jira.call("PUT", path, status=204, content="true", headers={"Content-Type": "application/json"})
    assert jira.get(path) is True
    assert jira.get(f"issue/{jira.issue()}")["fields"]["watches"]["watchCount"] == 0


# --- the whole


def test_the_dump_is_the_same_after_everything_was_taken_back_but_for_the_residue(jira):
    before = jira.emulator.dump()
    customer = jira.customer()
    organization = jira.post(f"{API}/organization", {"name": "Shop"}, 201)
    jira.post(f"{API}/servicedesk/1/customer", {"accountIds": [customer]}, 204)
    one, two = jira.request(customer), jira.issue()
    jira.upload(one)
    jira.post(f"issue/{one}/comment", {"body": doc("x")}, 201)
    link = {"type": {"name": "Relates"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": two}}
    jira.post("issueLink", link, 201)
    assert without_residue(jira.emulator.dump()) != without_residue(before)
    for key in (one, two):
        jira.delete(f"issue/{key}", status=204)
    jira.delete(f"{API}/organization/{organization['id']}", status=204)
    jira.delete(f"{API}/servicedesk/1/customer", {"accountIds": [customer]}, 204, headers=OPT_IN)
    after = jira.emulator.dump()
    assert without_residue(after) == without_residue(before)
    assert after["customers"] != before["customers"]
    assert after["counters"] != before["counters"]
