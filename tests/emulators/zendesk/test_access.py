"""Who may call the Zendesk emulator: API tokens, OAuth tokens, scopes."""

import base64

import httpx
import pytest
from tests.connectors.zendesk.emulated import desk, fresh, served
from tests.contract.zendesk_document_faults import answer_schema, complaints

__all__ = ["desk", "fresh"]


def test_me_answers_200_to_anybody_but_names_nobody(desk):
    emulator, client = desk
    assert client.get("/api/v2/users/me").json()["user"]["email"] == "ana.silva@acme.example"
    for auth in (None, ("ana.silva@acme.example/token", "wrong")):
        answer = httpx.get(f"{emulator.base_url}/api/v2/users/me.json", auth=auth)
        assert (answer.status_code, answer.json()["user"]["id"]) == (200, None)
        assert answer.json()["user"]["name"] == "Anonymous user"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer nonsense", "Basic !!!", "Basic " + base64.b64encode(b"ana.silva@acme.example:x").decode(),
     "Basic " + base64.b64encode(b"otto.brandt@acme.example/token:sample-api-token-0001").decode(),
     "Basic " + base64.b64encode(b"maria.gonzalez@initech.example/token:sample-api-token-0001").decode()],
)  # fmt: skip
def test_wrong_credentials_are_refused(desk, header):
    answer = httpx.get(f"{desk[0].base_url}/api/v2/tickets/count", headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


def test_exports_are_for_admins_only(desk):
    emulator = desk[0]
    auth = ("chloe.martin@acme.example/token", emulator.credentials["ZENDESK_TOKEN"])
    refused = httpx.get(f"{emulator.base_url}/api/v2/incremental/tickets/cursor?start_time=0", auth=auth)
    assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Forbidden")
    assert httpx.get(f"{emulator.base_url}/api/v2/tickets/3", auth=auth).status_code == 200


def test_a_desk_without_api_tokens_takes_oauth_only():
    with served(tickets=3, api_tokens=False) as (emulator, client):
        assert client.get("/api/v2/tickets/count").status_code == 401
        assert client.get("/api/v2/tickets/count", headers=bearer(emulator), auth=None).status_code == 200


def grant(emulator, **more):
    names = emulator.credentials
    secret = {"client_id": names["ZENDESK_CLIENT_ID"], "client_secret": names["ZENDESK_CLIENT_SECRET"]}
    body = {"grant_type": "client_credentials", "scope": "read", **secret, **more}
    return httpx.post(f"{emulator.base_url}/oauth/tokens", json=body)


def bearer(emulator, **more):
    return {"Authorization": f"Bearer {grant(emulator, **more).json()['access_token']}"}


def test_oauth_tokens_expire_and_refresh_tokens_are_used_up(shared, fresh):
    emulator, _client = fresh
    first = grant(emulator, expires_in=600)
    assert complaints(shared, answer_schema(shared, "/oauth/tokens", 201, "post"), first.json()) == []
    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert httpx.get(f"{emulator.base_url}/api/v2/tickets/count", headers=headers).status_code == 200
    emulator.clock.advance(601)
    assert httpx.get(f"{emulator.base_url}/api/v2/tickets/count", headers=headers).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": first.json()["refresh_token"]}
    second = grant(emulator, **refresh)
    assert second.json()["access_token"] != first.json()["access_token"]
    assert (grant(emulator, **refresh).status_code, grant(emulator, **refresh).json()["error"]) == (
        400,
        "invalid_grant",
    )


@pytest.mark.parametrize(
    ("more", "status"),
    [({"client_secret": "no"}, 401), ({"grant_type": "password"}, 400), ({"expires_in": 10}, 400),
     ({"expires_in": "600"}, 400), ({"refresh_token_expires_in": 60}, 400),
     ({"grant_type": "refresh_token", "refresh_token": ["x"]}, 400)],
)  # fmt: skip
def test_bad_requests_for_tokens_are_refused(desk, more, status):
    assert grant(desk[0], **more).status_code == status


def test_a_token_request_that_is_no_json_object_is_refused(desk):
    for body in (b"[1]", b"{", b""):
        answer = httpx.post(f"{desk[0].base_url}/oauth/tokens", content=body)
        assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    ("scope", "tickets", "audits", "users"),
    [("read", 200, 200, 200), ("tickets:read", 200, 403, 403), ("users:read", 403, 403, 200), ("raed", 403, 403, 403),
     (["read"], 403, 403, 403), ("write", 403, 403, 403)],
)  # fmt: skip
def test_scopes_limit_what_a_token_sees(desk, scope, tickets, audits, users):
    headers = bearer(desk[0], scope=scope)
    for path, status in (("tickets/3", tickets), ("tickets/3/audits", audits), ("users/50001", users)):
        assert httpx.get(f"{desk[0].base_url}/api/v2/{path}", headers=headers).status_code == status, path
