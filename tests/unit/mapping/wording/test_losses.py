"""What a mapping leaves out of texts and of what hangs on tickets stands among the losses, with its reason and line."""

from datetime import UTC, datetime

import pytest
from tests.unit.mapping.desks import JIRA, JSM, ZENDESK, mapping

from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.wording.losses import losses
from ticketferry.mapping.work import Setup

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(rules: str) -> list[tuple[str, ...]]:
    setup = Setup(mapping("fields: [{rest: same_name}]\n" + rules), ZENDESK, JIRA, JSM, NoLookups(), NOW)
    return [row for table in losses(setup, None, {}, ()).tables for row in table.rows]


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (
            "text: {quoted_replies: drop, because: noise}\n",
            "quoted mails that stand in another message of the ticket",
        ),
        ("text: {signatures: drop, because: noise}\n", "signatures"),
        ("text: {tracking_pixels: drop, because: noise}\n", "pictures that only tell a sender who reads"),
        ("comments: {system: drop, because: noise}\n", "messages of the system"),
        ("comments: {voice: drop, because: noise}\n", "phone calls"),
        ("comments: {side_conversations: {as: drop}, because: noise}\n", "side conversations"),
        ("attachments: {older_than: {years: 7, do: drop}, because: noise}\n", "files that are too old"),
        ("attachments: {malware: drop, because: noise}\n", "files with malware"),
        ("attachments: {over: drop, because: noise}\n", "files that are too large"),
        ("links: {unmigrated: drop, because: noise}\n", "links to tickets that are not moved"),
        ("history: {changes: drop, because: noise}\n", "the history of fields"),
    ],
)
def test_what_is_left_out_is_a_loss_with_its_reason(rules: str, what: str) -> None:
    (row,) = [row for row in told(rules) if row[0] == what]
    assert row[2] == "left out: noise"
    assert row[3].isdigit()


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ("attachments: {older_than: {years: 7}}\n", "files that are too old"),
        ("attachments: {inline: keep_link}\n", "pictures within texts"),
        ("comments: {voice: text}\n", "recordings of phone calls"),
    ],
)
def test_a_file_that_stays_is_told_too(rules: str, what: str) -> None:
    (row,) = [row for row in told(rules) if row[0] == what]
    assert row[2] == "stay in the old desk: name and address are kept"


def test_what_is_kept_is_no_loss() -> None:
    kept = "text: {quoted_replies: collapse, signatures: keep}\ncomments: {voice: keep, side_conversations: internal_comment}\n"
    assert told(kept) == told("")
