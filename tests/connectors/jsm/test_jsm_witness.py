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


def file(number: int, author: Any = AGENT) -> Wire:
    body = {"id": str(number), "filename": f"{number}.txt", "size": 3, "author": author}
    return Wire(Ref("jira", Kind.ATTACHMENT, str(number)), body, None, root=ISSUE)


def showing(*numbers: int) -> dict[str, Any]:
    media = [{"type": "media", "attrs": {"type": "file", "id": f"m{number}"}} for number in numbers]
    return doc(paragraph(text("see")), {"type": "mediaGroup", "content": media})


def visible(*wires: Wire) -> list[str]:
    return [held.id for held in files(wires) if held.public]


def test_files_are_as_visible_as_the_text_that_shows_them() -> None:
    """Told by the texts alone, whatever the connector noted beside a file."""
    of = {"media": {f"m{number}": str(number) for number in range(9)}}
    wires = [
        issue(description=showing(5), reporter=CUSTOMER, customfield_10010=REQUEST),
        comment(1, body=showing(1, 6), **of),
        comment(2, body=showing(2, 6, 7), jsdPublic=False, **of),
        *[file(number) for number in (1, 2, 3, 5, 6)],
        file(4, author=CUSTOMER),
        file(7, author=CUSTOMER),
    ]
    wires[0].body["media"] = of["media"]
    assert visible(*wires) == ["1", "4", "5", "6"]


def test_files_of_a_description_that_is_on_no_portal_are_no_customers() -> None:
    """An issue without a request type: a customer's own files are hidden from them, those among agents are nobody's to judge."""
    of = {"media": {"m5": "5"}}
    for reporter, doubtful in ((AGENT, True), (CUSTOMER, False)):
        wire = issue(description=showing(5), reporter=reporter)
        wire.body["media"] = of["media"]
        (held,) = files([wire, file(5)])
        assert (held.public, held.doubtful) == (False, doubtful)


def portal(comments: Any = (), listed: Any = ()) -> Wire:
    def page(numbers: Any) -> list[Any]:
        site = "https://acme.atlassian.example"
        return [{"filename": "x", "_links": {
            "self": f"{site}/rest/servicedeskapi/request/10001/attachment/{number}", "content": f"{site}/secure/attachment/{number}/x 7.txt",
        }} for number in numbers]  # fmt: skip

    view = {"comments": [{"id": "1", "attachments": {"values": page(comments)}}], "files": page(listed)}
    return Wire(Ref("jira", Kind.TICKET, "10001/portal"), {"portal": view}, None, root=ISSUE)


def test_what_the_portal_shows_counts_more_than_the_texts() -> None:
    """The service desk's own list: a comment whose text shows a file may be none that customers read."""
    wires = [issue(reporter=CUSTOMER), comment(1), *[file(number) for number in (1, 2, 3)]]
    wires.append(file(4, author=CUSTOMER))
    assert visible(*wires, portal(comments=[1, 3], listed=[1, 2, 4])) == ["1", "4"]
    nothing = Wire(Ref("jira", Kind.TICKET, "10001/portal"), {"portal": None}, None, root=ISSUE)
    assert visible(*wires, nothing) == [], "an issue that is no request is on no portal"


def test_the_account_that_moved_everything_is_no_customer() -> None:
    """It stands as reporter where who asked has no account: the files that it uploaded are not its own words."""
    assert visible(issue(reporter=AGENT, creator=AGENT), file(1)) == []
    assert visible(issue(reporter=AGENT, creator=CUSTOMER, customfield_10010=REQUEST), file(1)) == ["1"]


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
