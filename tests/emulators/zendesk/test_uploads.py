"""Uploaded files: tokens, chains, expiry, use, and the way back of the bytes."""

import httpx
import pytest
from tests.connectors.zendesk.emulated import served, ticket


@pytest.fixture
def pair():
    with served(tickets=5, plan=None) as found:
        yield found


def upload(client, name="note.txt", content=b"hello", kind="text/plain", **params):
    return client.post(
        "/api/v2/uploads",
        params={"filename": name, **params},
        content=content,
        headers={"Content-Type": kind},
    )


def put(client, *tokens, html="<p>see</p>"):
    comment = {"html_body": html, "public": True, "uploads": list(tokens)}
    return client.post("/api/v2/imports/tickets", json={"ticket": ticket(comments=[comment])})


def test_files_of_one_token_become_a_comments_attachments_and_their_bytes_come_back(pair):
    emulator, client = pair
    first = upload(client)
    token = first.json()["upload"]["token"]
    second = upload(client, "ü b.bin", bytes(range(256)), "application/octet-stream", token=token)
    assert (first.status_code, second.json()["upload"]["token"]) == (201, token)
    assert [row["file_name"] for row in second.json()["upload"]["attachments"]] == ["note.txt", "ü b.bin"]
    number = put(client, token).json()["ticket"]["id"]
    found = client.get(f"/api/v2/tickets/{number}/comments").json()["comments"][0]["attachments"]
    assert [(row["file_name"], row["size"]) for row in found] == [("note.txt", 5), ("ü b.bin", 256)]
    shown = client.get(f"/api/v2/attachments/{found[1]['id']}").json()["attachment"]
    path = shown["content_url"].removeprefix("https://acme.zendesk.example")
    moved = client.get(path)
    assert moved.status_code == 302
    assert httpx.get(moved.headers["location"]).content == bytes(range(256))
    assert httpx.get(moved.headers["location"], headers={"Authorization": "Basic x"}).status_code == 400
    assert emulator.state.uploads.dump()["tokens"][token]["used"] is True


def test_a_token_is_used_up_by_one_comment(pair):
    _, client = pair
    token = upload(client).json()["upload"]["token"]
    assert put(client, token).status_code == 201
    assert put(client, token).status_code == 422
    assert put(client, token, token).status_code == 422
    assert upload(client, token=token).status_code == 422


def test_a_token_ends_when_its_expires_at_says(pair):
    emulator, client = pair
    body = upload(client).json()["upload"]
    assert body["expires_at"] == "2026-11-18T12:06:40Z"
    emulator.clock.advance(3_601)
    assert put(client, body["token"]).status_code == 422
    with served(tickets=1, plan=None, upload_life=259_200) as (other, rested):
        token = upload(rested).json()["upload"]["token"]
        other.clock.advance(86_400)
        assert put(rested, token).status_code == 201


def test_an_upload_that_nobody_used_can_be_deleted(pair):
    emulator, client = pair
    token = upload(client).json()["upload"]["token"]
    assert client.delete(f"/api/v2/uploads/{token}.json").status_code == 204
    assert client.delete(f"/api/v2/uploads/{token}").status_code == 404
    assert emulator.state.uploads.blobs == {}


def test_pictures_that_the_text_shows_are_inline(pair):
    _, client = pair
    body = upload(
        client, "a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x04\x08\0\0\0\0", "image/png"
    ).json()["upload"]
    picture = body["attachment"]
    assert (picture["width"], picture["height"]) == (3, 4)
    html = f'<p>see <img src="{picture["content_url"]}"></p>'
    number = put(client, body["token"], html=html).json()["ticket"]["id"]
    path = f"/api/v2/tickets/{number}/comments"
    assert client.get(path).json()["comments"][0]["attachments"] == []
    [found] = client.get(f"{path}?include_inline_images=true").json()["comments"][0]["attachments"]
    assert found["inline"] is True


def test_the_name_is_required_and_size_is_limited(pair):
    emulator, client = pair
    assert client.post("/api/v2/uploads", content=b"x").status_code == 422
    emulator.state.uploads.most_bytes = 10
    assert upload(client, content=b"x" * 11).status_code == 413
    assert upload(client, name="empty.txt", content=b"").status_code == 201
