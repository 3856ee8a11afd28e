"""A ticket beside what is planned for it: each message beside its own, and nothing of either side left out."""

from typing import Any

from ticketferry.audit.page import SheetTicket, render_page
from ticketferry.audit.readable import readable
from ticketferry.audit.worksheet import WorksheetLine

EVIL = "<script>alert(1)</script>\x1b[2J\u202e"


def message(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"a:comment:{number}", "author": "a:person:1", "public": True, "body": {"html": f"<p>{text}</p>"}, **more}  # fmt: skip


BEFORE = {
    "ref": "a:ticket:7", "subject": EVIL, "status": "open", "tags": ["a", "b"], "requester": "a:person:1", "fields": {"size": 4, "none": None},
    "comments": [message(1, "first", opening=True), message(2, "second", public=False), message(3, "third")],
    "attachments": [{"name": "x.png", "size": 3, "comment": "a:comment:2"}, {"name": "y.png", "comment": "a:comment:1"}],
    "links": [{"type": "relates", "to": "a:ticket:8"}, {"type": "relates", "to": "a:ticket:9"}],
}  # fmt: skip
AFTER = {
    "ref": "a:ticket:7", "subject": EVIL, "status": "Open", "requester": "a:person:1", "body": {"html": "<p>first</p>"},
    "comments": [message(3, "third!", header="Ann · 1 May"), message(9, "a note of ours")], "provenance": {"number": "7"},
}  # fmt: skip


def test_messages_stand_beside_their_own() -> None:
    sides = readable(
        BEFORE, AFTER, lambda ref: f"old {ref}", lambda ref: f"new {ref}", {"status": "status (rule)"}
    )
    shown = [
        (pair.before and pair.before.text, pair.after and pair.after.text, pair.differs)
        for pair in sides.messages
    ]
    assert shown == [
        ("first", "first", True),
        ("second", None, True),
        ("third", "third!", True),
        (None, "a note of ours", True),
    ]
    first, second, *_ = sides.messages
    assert first.before is not None
    assert first.before.files == ("y.png",)
    assert second.before is not None
    assert (second.before.files, "internal" in second.before.line) == (("x.png (3 bytes)",), True)


def test_every_fact_of_either_side_is_there_with_what_becomes_of_it() -> None:
    sides = readable(
        BEFORE,
        AFTER,
        lambda ref: f"old {ref}",
        lambda ref: f"new {ref}",
        {"status": "status (rule)", "subject": "x"},
    )
    facts = {fact.name: (fact.before, fact.after, fact.end) for fact in sides.facts}
    assert facts == {
        "subject": (EVIL, EVIL, ""),
        "status": ("open", "Open", "status (rule)"),
        "requester": ("old a:person:1", "new a:person:1", ""),
        "tags": ("a, b", "", ""),
        "field size": ("4", "", ""),
        "links": ("relates a:ticket:8, relates a:ticket:9", "", ""),
    }
    assert sides.beside == ("number",)


def test_a_page_runs_nothing_of_what_strangers_wrote() -> None:
    sides = readable(BEFORE, AFTER, str, str, {})
    ticket = SheetTicket(WorksheetLine("a:ticket:7", "7", EVIL, "at random", "javascript:x", "", ""), sides)
    page = render_page([ticket], plan="p-01", digest="d", seed=EVIL, population=1, random=1)
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert 'href="javascript' not in page
