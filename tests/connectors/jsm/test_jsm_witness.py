"""What the witness is told of a request: words of any document, the portal's view of texts and files, and who asked."""

from typing import Any

import pytest

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry_jsm.witness import facts, files, texts, words

ISSUE = Ref("jira", Kind.TICKET, "10001")
REQUEST = {"requestType": {"id": "31"}}
CUSTOMER = {
    "accountId": "qm:1",
    "displayName": "Ann",
    "emailAddress": "ann@x.example",
    "accountType": "customer",
}
AGENT = {"accountId": "712020:a", "displayName": "Bo", "accountType": "atlassian"}


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def issue(**fields: Any) -> Wire:
    return Wire(ISSUE, {"id": "10001", "key": "SUP-1", "fields": {"summary": "router", **fields}}, None)


def comment(number: int, **more: Any) -> Wire:
    body = {
        "id": str(number),
        "body": doc(paragraph(text("said"))),
        "author": AGENT,
        "jsdPublic": True,
        **more,
    }
    return Wire(Ref("jira", Kind.COMMENT, str(number)), body, None, root=ISSUE)


def test_words_of_every_node_that_says_something() -> None:
    found = words(
        doc(
            paragraph(text("H"), text("2", marks=[{"type": "subsup"}]), text("O"), {"type": "hardBreak"}, text("b")),
            {"type": "table", "content": [{"type": "tableRow", "content": [
                {"type": "tableCell", "content": [paragraph(text("R1"))]}, {"type": "tableCell", "content": [paragraph(text("1500"))]}]}]},
            paragraph({"type": "mention", "attrs": {"text": "@Ann"}}, {"type": "emoji", "attrs": {"shortName": ":x:", "text": "😀"}}),
            paragraph({"type": "date", "attrs": {"timestamp": "1704067200000"}}, text(" "), {"type": "status", "attrs": {"text": "OK"}}),
            {"type": "expand", "attrs": {"title": "more"}, "content": [paragraph(text("inside"))]},
            {"type": "aNodeOfTomorrow", "content": [paragraph(text("still heard"))]},
        )
    )  # fmt: skip
    assert found.split() == [
        "H2O",
        "b",
        "R1",
        "1500",
        "@Ann😀",
        "2024-01-01",
        "OK",
        "more",
        "inside",
        "still",
        "heard",
    ]
    assert words("plain words") == "plain words"
    assert words(None) == ""


@pytest.mark.parametrize(
    ("more", "public"),
    [
        ({}, True),
        ({"jsdPublic": False}, False),
        ({"visibility": {"type": "role", "value": "Administrators"}}, False),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, False),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": False}}]}, True),
    ],
)
def test_who_reads_a_comment(more: dict[str, Any], public: bool) -> None:
    (said,) = [one for one in texts([issue(), comment(1, **more)]) if one.kind == "message"]
    assert said.public is public


@pytest.mark.parametrize(
    ("fields", "public", "doubtful"),
    [
        ({"reporter": CUSTOMER, "customfield_1": REQUEST}, True, False),
        ({"reporter": CUSTOMER}, False, False),
        ({"reporter": AGENT}, False, True),
    ],
)
def test_a_description_off_the_portal_is_not_public(
    fields: dict[str, Any], public: bool, doubtful: bool
) -> None:
    found = texts([issue(description=doc(paragraph(text("help"))), **fields)])
    assert {(one.public, one.doubtful) for one in found} == {(public, doubtful)}


def test_files_are_as_visible_as_the_text_that_shows_them() -> None:
    def file(number: int, **more: Any) -> Wire:
        body = {"id": str(number), "filename": f"{number}.txt", "size": 3, **more}
        return Wire(Ref("jira", Kind.ATTACHMENT, str(number)), body, None, root=ISSUE)

    wires = [
        issue(),
        comment(1),
        comment(2, jsdPublic=False),
        file(1, shown_in="1"),
        file(2, shown_in="2"),
        file(3),
        file(4, hidden=True),
    ]
    assert [one.public for one in files(wires)] == [True, False, True, False]


def test_what_people_go_by() -> None:
    found = facts(
        [
            issue(
                reporter=CUSTOMER, created="2024-01-01T00:00:00.000+0000", resolutiondate=None, labels=["zd-5"], creator=AGENT,
                customfield_7={"value": "A", "child": {"value": "B"}}, customfield_8=5.0, customfield_9=[{"value": "x"}, {"name": "y"}],
            )
        ],
        {"customfield_7": "product"},
    )  # fmt: skip
    assert found.number == "SUP-1"
    assert found.requester is not None
    assert found.requester.emails == {"ann@x.example"}
    assert found.made_by == "712020:a"
    assert set(found.shown) == {"router", "zd-5", "A", "B", "5", "x", "y"}
    assert found.named == {"fields.product": ("A", "B"), "tags": ("zd-5",)}


def test_where_an_issue_is_and_what_it_is_there() -> None:
    """Rules of a mapping send tickets to a project and an issue type; the witness tells both from the issue alone."""
    found = facts([issue(issuetype={"name": "Problem"})], {})
    assert (found.container, found.sort) == ("SUP", "Problem")
