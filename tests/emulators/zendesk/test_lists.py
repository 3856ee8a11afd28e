"""Lists, single records, search and files of the Zendesk emulator."""

from urllib.parse import urlsplit

import httpx
import pytest
from tests.connectors.zendesk.emulated import desk, fresh, pages

from ticketferry_emulators.zendesk.seed.dice import HOST

__all__ = ["desk", "fresh"]


def test_a_cursor_walks_a_list_forth_and_back(desk):
    _, client = desk
    one = client.get("/api/v2/organizations?page[size]=5").json()
    two = client.get(
        "/api/v2/organizations", params={"page[size]": 5, "page[after]": one["meta"]["after_cursor"]}
    ).json()
    back = client.get(
        "/api/v2/organizations", params={"page[size]": 5, "page[before]": two["meta"]["before_cursor"]}
    ).json()
    assert back["organizations"] == one["organizations"]
    assert [row["id"] for row in one["organizations"] + two["organizations"]] == list(range(42_001, 42_011))
    newest = client.get("/api/v2/organizations?page[size]=5&sort=-id").json()["organizations"]
    assert [row["id"] for row in newest] == [42_012, 42_011, 42_010, 42_009, 42_008]


def test_sorting_is_ignored_beside_a_cursor(desk):
    one = desk[1].get("/api/v2/organizations?page[size]=3&sort_by=name&sort_order=desc").json()
    assert [row["id"] for row in one["organizations"]] == [42_001, 42_002, 42_003]


@pytest.mark.parametrize(
    "query", ["page[size]=0", "page[size]=101", "page[size]=x", "page[after]=x", "page=0", "page=x"]
)
def test_pages_that_cannot_be_are_refused(desk, query):
    assert desk[1].get(f"/api/v2/organizations?{query}").status_code == 400


def test_offsets_end_at_ten_thousand_records(desk):
    _, client = desk
    assert client.get("/api/v2/users?page=100&per_page=100").status_code == 200
    refused = client.get("/api/v2/users?page=101&per_page=100")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "InvalidPaginationDepth")
    first = client.get("/api/v2/users?per_page=50").json()
    assert (first["count"], len(first["users"]), first["previous_page"]) == (60, 50, None)
    assert client.get("/api/v2/users?per_page=500").json()["next_page"] is None


def test_more_comments_than_a_page_are_all_there(desk):
    _, client = desk
    found = pages(client, "/api/v2/tickets/136/comments", "comments")
    assert len(found) == client.get("/api/v2/tickets/136/comments/count").json()["count"]["value"] > 100
    assert [row["created_at"] for row in found] == sorted(row["created_at"] for row in found)
    latest = client.get("/api/v2/tickets/136/comments?sort_order=desc&per_page=1").json()["comments"][0]
    assert latest["id"] == found[-1]["id"]


def test_audits_of_an_archived_ticket_do_not_page(desk):
    emulator, client = desk
    number = next(
        n
        for n in emulator.state.heads
        if emulator.state.archived(n) and len(emulator.state.case(n).audits) > 5
    )
    body = client.get(f"/api/v2/tickets/{number}/audits?page[size]=2").json()
    assert len(body["audits"]) > 5
    assert body["meta"]["has_more"] is False


def test_inline_images_are_listed_only_when_asked(desk):
    _, client = desk
    plain = client.get("/api/v2/tickets/7/comments").json()["comments"][0]
    whole = client.get("/api/v2/tickets/7/comments?include_inline_images=true").json()["comments"][0]
    assert [file["file_name"] for file in plain["attachments"]] == ["photo.png"]
    assert len(whole["attachments"]) == 3
    assert plain["html_body"].count("<img") == 3


def test_deleted_users_are_left_out_beside_comments(desk):
    body = desk[1].get("/api/v2/tickets/126/comments?include=users").json()
    assert 50_012 in {comment["author_id"] for comment in body["comments"]}
    assert 50_012 not in {user["id"] for user in body["users"]}


def test_what_is_not_there_is_not_found(desk):
    _, client = desk
    for path in ("tickets/99999", "users/1", "organizations/1", "groups/1", "ticket_fields/1", "brands/7",
                 "users/1/identities", "ticket_fields/1/options", "attachments/1"):  # fmt: skip
        answer = client.get(f"/api/v2/{path}")
        assert (answer.status_code, answer.json()) == (
            404,
            {"error": "RecordNotFound", "description": "Not found"},
        ), path


def test_show_many_leaves_out_what_is_gone_and_takes_a_hundred(desk):
    _, client = desk
    found = client.get("/api/v2/tickets/show_many?ids=3,64,999999,x,3").json()["tickets"]
    assert [ticket["id"] for ticket in found] == [3]
    many = ",".join(str(number) for number in range(1, 102))
    assert client.get(f"/api/v2/tickets/show_many?ids={many}").json()["error"] == "TooManyValues"
    assert (
        client.get("/api/v2/users/show_many?external_ids=crm-77").json()["users"][0]["external_id"]
        == "CRM-77"
    )


def test_unknown_routes_are_not_implemented_and_noted(fresh):
    emulator, client = fresh
    assert client.post("/api/v2/tickets/3/satisfaction_rating", json={}).status_code == 501
    assert client.get("/api/v2/ticket_audits").status_code == 501
    assert [entry.path for entry in emulator.unserved] == [
        "/api/v2/tickets/3/satisfaction_rating",
        "/api/v2/ticket_audits",
    ]
    assert emulator.ledger.writes() == []


def test_search_counts_agree_with_the_tickets(desk):
    emulator, client = desk
    heads = [head for head in emulator.state.heads.values() if head.status != "deleted"]

    def count(query):
        return client.get("/api/v2/search/count", params={"query": query}).json()["count"]

    for status in ("new", "open", "pending", "hold", "solved", "closed"):
        assert count(f"type:ticket status:{status}") == sum(1 for head in heads if head.status == status)
    assert count("type:ticket") == count("") == len(heads) == 208
    assert count("type:ticket status<solved") + count("type:ticket status>=solved") == 208
    assert count("type:ticket -status:closed") == 208 - count("status:closed")
    assert count("created<2025-01-01") + count("created>=2025-01-01") == 208
    assert count("created>2025-01-01") + count("created<=2025-01-01") == 208
    assert count("tags:closed_by_merge") == 2
    assert count("assignee:none") + count("assignee:50003") < 208
    assert count('"Order 4711 again"') == 1
    assert count("type:user role:admin") == 2
    assert count("type:organization") == 12


@pytest.mark.parametrize("query", ["status:lost", "created>soon", "type:cat", 'say "'])
def test_a_search_that_is_not_understood_is_refused(desk, query):
    assert desk[1].get("/api/v2/search/count", params={"query": query}).status_code == 422


def test_search_shows_no_more_than_a_thousand(desk):
    _, client = desk
    found = client.get("/api/v2/search", params={"query": "type:ticket", "per_page": 100, "page": 3}).json()
    assert (found["count"], len(found["results"]), found["next_page"]) == (208, 8, None)
    assert found["results"][0]["result_type"] == "ticket"
    assert client.get("/api/v2/search", params={"query": "x", "page": 11}).status_code == 422


def test_attachments_come_from_another_host_that_wants_no_credentials(desk):
    emulator, client = desk
    file = client.get("/api/v2/tickets/94/comments").json()["comments"][0]["attachments"][0]
    path = file["content_url"].removeprefix(HOST)
    answer = client.get(path)
    assert answer.status_code == 302
    target = answer.headers["location"]
    assert urlsplit(target).netloc != urlsplit(emulator.base_url).netloc
    body = httpx.get(target)
    assert (body.status_code, len(body.content)) == (200, file["size"])
    assert httpx.get(target, headers={"Authorization": "Basic eA=="}).status_code == 400
    assert client.get(path, follow_redirects=True).content == body.content
    assert httpx.get(f"{emulator.base_url}{path}").status_code == 401
    assert client.get("/attachments/token/png1x1x000000000000/?name=x").status_code == 404
    assert client.get(f"/api/v2/attachments/{file['id']}").json()["attachment"] == file


def test_an_empty_file_comes_empty(desk):
    files = desk[1].get("/api/v2/tickets/92/comments").json()["comments"][0]["attachments"]
    answer = desk[1].get(files[2]["content_url"].removeprefix(HOST), follow_redirects=True)
    assert (files[2]["size"], answer.content) == (0, b"")


def test_what_was_redacted_is_an_empty_file_and_a_call_has_a_recording(desk):
    _, client = desk
    file = client.get("/api/v2/tickets/34/comments").json()["comments"][0]["attachments"][0]
    assert file["deleted"] is True
    assert client.get(file["content_url"].removeprefix(HOST)).content == b""
    call = client.get("/api/v2/tickets/36/comments").json()["comments"][0]
    assert call["type"] == "VoiceComment"
    sound = client.get(call["data"]["recording_url"].removeprefix(HOST))
    assert (sound.headers["content-type"], sound.content[:4], len(sound.content)) == (
        "audio/wav",
        b"RIFF",
        844,
    )
