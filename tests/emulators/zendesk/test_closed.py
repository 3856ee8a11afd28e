"""What the stand-in takes on a closed ticket, as the product does, and what it refuses."""

import httpx
import pytest
from tests.connectors.zendesk.targets import migration
from tests.connectors.zendesk.test_target_round_trip import TICKET, comment, with_comments


@pytest.fixture
def m():
    with migration() as found:
        found.people()
        file = found.file(7, b"secret", "card.txt", "acme:comment:11")
        found.create(
            with_comments(
                comment(11, '<p>card 4111 <a href="https://x.example">see</a></p>'), attachments=[file], status="closed"
            )
        )  # fmt: skip
        yield found


def ask(m, method, path, body=None):
    names = m.emulator.credentials
    auth = (f"{names['ZENDESK_EMAIL']}/token", names["ZENDESK_TOKEN"])
    return httpx.request(method, f"{m.emulator.base_url}{path}", json=body, auth=auth)


def put(m, path, body):
    return ask(m, "PUT", path, body)


def redact(m, **body):
    event = m.comments(TICKET)[1]
    return put(m, f"/api/v2/comment_redactions/{event['id']}", {"ticket_id": number(m), **body})


def number(m):
    return int(m.driver.slots[TICKET]["id"])


def page(m):
    return m.comments(TICKET)[1]["html_body"]


def test_words_in_tags_become_black_and_elements_with_the_attribute_go(m):
    sent = page(m).replace("4111", "<redact>4111</redact>").replace('example"', 'example" redact')
    answer = redact(m, html_body=sent.replace(">see<", "><redact>see</redact><"))
    assert answer.status_code == 200
    assert "<p>card ▇▇▇▇ ▇▇▇" in answer.json()["comment"]["html_body"]
    assert "x.example" not in page(m)


@pytest.mark.parametrize("secret", ["4111", "seen"])
def test_a_text_that_is_not_the_comments_is_refused(m, secret):
    before = page(m)
    sent = before.replace("4111", "<redact>4112</redact>") if secret == "4111" else before
    assert redact(m, html_body=sent).status_code == 422
    assert page(m) == before


def test_an_address_of_no_file_and_another_ticket_are_refused(m):
    assert redact(m, external_attachment_urls=["https://x.example/f"]).status_code == 422
    (file,) = m.comments(TICKET)[1]["attachments"]
    assert redact(m, external_attachment_urls=[file["content_url"]]).status_code == 200
    assert redact(m).status_code == 422
    assert redact(m, ticket_id=number(m) + 1, html_body=page(m)).status_code == 404


def test_redactions_of_the_old_kind_and_single_updates_are_refused(m):
    event = m.comments(TICKET)[1]
    (file,) = event["attachments"]
    base = f"/api/v2/tickets/{number(m)}/comments/{event['id']}"
    assert put(m, f"{base}/redact", {"text": "4111"}).status_code == 422
    assert put(m, f"{base}/attachments/{file['id']}/redact", {}).status_code == 422
    assert put(m, f"/api/v2/tickets/{number(m)}", {"ticket": {"tags": ["x"]}}).status_code == 422
    assert put(m, f"/api/v2/tickets/{number(m)}/tags", {"tags": ["x"]}).status_code == 422


@pytest.mark.parametrize(
    ("wish", "taken"),
    [
        ({"tags": ["x"]}, True),
        ({"subject": "other"}, True),
        ({"priority": "high"}, True),
        ({"status": "open"}, False),
        ({"assignee_id": None}, False),
        ({"custom_fields": []}, False),
        ({"comment": {"body": "more"}}, False),
    ],
)
def test_an_update_of_many_tickets_changes_tags_subject_and_priority_of_closed_ones_alone(m, wish, taken):
    answer = put(m, "/api/v2/tickets/update_many", {"tickets": [{"id": number(m), **wish}]})
    assert answer.status_code == 200
    m.emulator.clock.advance(60)
    job = ask(m, "GET", f"/api/v2/job_statuses/{answer.json()['job_status']['id']}").json()
    (result,) = job["job_status"]["results"]
    assert result.get("success", False) is taken
    ticket = m.case(TICKET).ticket
    (key,) = wish
    assert (ticket.get(key) == wish[key]) is taken or key in ("assignee_id", "custom_fields")


def test_without_the_agent_workspace_nothing_on_closed_tickets_is_blacked_out(m):
    m.state.settings["agents"]["agent_workspace"] = False
    assert redact(m, html_body=page(m).replace("4111", "<redact>4111</redact>")).status_code == 403
    m.state.settings["agents"]["agent_workspace"] = True
