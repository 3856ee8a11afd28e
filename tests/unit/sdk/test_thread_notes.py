"""Threads restored by what a note says of their messages: as long as the product shows what was written, and no longer."""

import pytest

from ticketferry.sdk.few_tags import reduced
from ticketferry.sdk.thread_notes import further_row, message_row, restored, without_words, written_by

TICKET = "acme:ticket:7"


def comment(html, **more):
    row = {
        "ref": "acme:comment:1",
        "ticket": TICKET,
        "public": True,
        "author": "acme:person:2",
        "created": "2024-03-01T10:00:00.5Z",
    }
    return {**row, "body": {"html": html}, **more}


def shown(html, **more):
    row = {
        "ref": "there:comment:9",
        "ticket": "there:ticket:3",
        "public": True,
        "author": "there:person:4",
        "created": "2024-03-01T10:00:00Z",
    }
    return {**row, "body": {"html": html}, **more}


@pytest.mark.parametrize(
    "html",
    [
        "<p>one &amp; two</p>",
        "<p>a<br>b</p>",
        "<h4>T</h4><blockquote><p>q</p></blockquote>",
        "<p>  spaces  </p>",
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_message_comes_back_as_it_was(html, whole):
    wanted = comment(html, kind="system")
    row = message_row(wanted, [], whole=whole)
    (back,) = restored([shown(reduced(html))], {"9": row}, ())
    assert back["body"] == {"html": html}
    assert (back["author"], back["created"], back["kind"]) == (
        "acme:person:2",
        "2024-03-01T10:00:00.5Z",
        "system",
    )
    assert back["origin"] == "acme:comment:1"


def test_nobodys_words_are_not_those_of_the_account_that_wrote_them():
    wanted = comment("<p>a</p>")
    del wanted["author"]
    (back,) = restored([shown("<p>a</p>")], {"9": message_row(wanted, [])}, ())
    assert "author" not in back


def test_a_message_without_words_comes_back_without_those_that_stood_for_them():
    for files in ([], [{"ref": "acme:attachment:1", "name": 'a <b> & "c".txt'}]):
        for wanted in (comment(""), comment("", body={}), comment("<p></p>")):
            there = shown(without_words(files))
            assert there["body"]["html"].startswith("<p>")
            (back,) = restored([there], {"9": message_row(wanted, files)}, ())
            assert back.get("body", {"html": ""})["html"] == wanted["body"].get("html", "")
    (changed,) = restored([shown("<p>words</p>")], {"9": message_row(comment(""), [])}, ())
    assert changed["body"]["html"] == "<p>words</p>"


def test_what_a_person_changed_is_theirs():
    row = message_row(comment("<p>a<br>b</p>"), [])
    (back,) = restored([shown("<p>mine</p>", created="2024-03-02T10:00:00Z")], {"9": row}, ())
    assert (back["body"]["html"], back["created"]) == ("<p>mine</p>", "2024-03-02T10:00:00Z")


def test_a_time_that_the_product_had_to_change_is_known_by_what_it_shows():
    row = message_row(comment("<p>a</p>"), [], sent="2024-03-05T00:00:00Z")
    (back,) = restored([shown("<p>a</p>", created="2024-03-05T00:00:00Z")], {"9": row}, ())
    assert back["created"] == "2024-03-01T10:00:00.5Z"


@pytest.mark.parametrize(
    "html", ["<p>mine</p>", "<p>one<br>two</p>", "<p><strong>Written by me:</strong></p>", ""]
)
@pytest.mark.parametrize("name", ["Kim", '<b>O\'Neil & "sons":</b>', "  a\n b "])
def test_the_line_that_says_whose_internal_words_they_are_is_taken_off_again(html, name):
    row = message_row(comment(html, public=False), [])
    line = written_by(name)
    assert line.count("<") == 4
    (back,) = restored([shown(line + reduced(html), public=False)], {"9": row}, ())
    assert back.get("body", {"html": ""})["html"] == html
    (public,) = restored([shown(line)], {"9": message_row(comment("<p>x</p>"), [])}, ())
    assert "Written by" in public["body"]["html"], "a customer may write such a line"


def test_files_hang_on_their_comment_and_tell_what_they_told():
    files = [
        {"ref": f"acme:attachment:{n}", "ticket": TICKET, "name": f"f{n}", "sha256": "x"} for n in (1, 2)
    ]
    first, more = message_row(comment("<p>a</p>"), files[:1]), further_row(comment(""), files[1:])
    there = [
        {
            "ref": f"there:attachment:{place}-0",
            "ticket": "there:ticket:3",
            "comment": f"there:comment:{place}",
            "name": name,
            "media_type": "x/y",
            "url": "u",
        }
        for place, name in (("9", "f1"), ("10", "f2"), ("11", "theirs"))
    ]
    one, two, theirs = restored(there, {"9": first, "10": more}, ())
    assert {one["comment"], two["comment"]} == {"acme:comment:1"}
    assert (one["origin"], one["name"], one["url"]) == ("acme:attachment:1", "f1", "u")
    assert "media_type" not in one, "the product made it up"
    assert theirs == there[2]


def test_notes_of_ours_and_steps_of_the_product_are_none_of_the_tickets():
    records = [
        shown("<p>x</p>"),
        {"ref": "there:event:5"},
        {"ref": "there:attachment:9-0", "comment": "there:comment:9"},
    ]
    assert list(restored(records, {}, {"9"})) == []
