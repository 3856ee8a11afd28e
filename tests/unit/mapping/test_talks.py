"""Side conversations: beside the ticket, as internal comments in the order of time, or dropped."""

from typing import Any

from tests.unit.mapping.desks import FILES, JSM, case, comment, engine, files_engine

from ticketferry.sdk.features import Feature

AS_COMMENTS = "comments: {side_conversations: {as: internal_comment}}\n"


def talk(**more: Any) -> dict[str, Any]:
    return {
        "ref": "acme:side_conversation:s1",
        "ticket": "acme:ticket:12",
        "subject": "Spare\npart",
        "participants": ["bob@acme.example", "vendor@parts.example"],
        "messages": [
            {
                "ref": "acme:comment:m1", "public": False, "author": "acme:person:2", "created": "2025-06-01T10:00:05Z",
                "body": {"html": "<p>Do you have one? #13</p>"}, "fields": {"to": ["vendor@parts.example"]},
            },
            {"ref": "acme:comment:m2", "public": False, "created": "2025-06-01T10:00:30Z", "body": {"html": "<p>Yes</p>"}},
        ],
        **more,
    }  # fmt: skip


def ticket(**more: Any) -> dict[str, Any]:
    said = [
        comment("1"),
        comment("2", created="2025-06-01T10:00:10Z"),
        comment("3", created="2025-06-01T10:00:40Z"),
    ]
    return case(comments=said, side_conversations=[talk()], **more)


def ids(mapped: Any) -> list[str]:
    return [row["ref"].rsplit(":", 1)[1] for row in mapped.record["comments"]]


def test_without_a_word_they_are_kept_beside_whole():
    mapped = engine().case(ticket())
    assert mapped.record["provenance"]["kept"]["side_conversation[s1].messages"] == talk()["messages"]
    assert engine("comments: {side_conversations: keep}\n").case(ticket()).record == mapped.record


def test_each_message_is_an_internal_comment_in_its_place_below_a_line_that_tells_with_whom():
    mapped = engine(AS_COMMENTS, features=JSM | {Feature.COMMENT_AUTHOR}).case(ticket())
    assert ids(mapped) == ["m1", "2", "m2", "3"]
    first, second = (row for row in mapped.record["comments"] if row["ref"].rsplit(":", 1)[1].startswith("m"))
    assert first["public"] is False
    assert first["author"] == "acme:person:2"
    assert first["header"] == (
        "Side conversation: Spare part · with bob@acme.example, vendor@parts.example · Bob Agent · 2025-06-01 10:00 UTC"
    )
    assert "data-ticket" in first["body"]["html"]
    assert "unknown author" in second["header"]
    kept = mapped.record["provenance"]["kept"]
    assert "side_conversation[s1].messages" not in kept
    assert kept["side_conversation[s1].messages[0].fields"] == {"to": ["vendor@parts.example"]}
    assert kept["side_conversation[s1].participants"] == talk()["participants"]
    fate = mapped.fates["side_conversation[s1].messages[1].body"]
    assert (fate.to, fate.transformed) == ("comments[m2].body", True)
    assert "comments.side_conversations mapping.yaml:" in fate.by


def test_somebody_outside_is_named_by_what_the_message_tells_of_them():
    record = ticket()
    record["side_conversations"][0]["messages"][1]["fields"] = {"author_email": "dispatch@parts.example"}
    mapped = engine(AS_COMMENTS).case(record)
    line = next(row["header"] for row in mapped.record["comments"] if row["ref"].endswith("m2"))
    assert "dispatch@parts.example · 2025-06-01" in line
    assert "C304" not in {finding.code for finding in mapped.findings}
    assert "C304" in {finding.code for finding in engine(AS_COMMENTS).case(ticket()).findings}


def test_a_message_older_than_the_ticket_never_becomes_its_beginning():
    early = talk()
    early["messages"][0]["created"] = "2020-01-01T00:00:00Z"
    record = ticket()
    record["side_conversations"] = [early]
    features = (JSM | {Feature.COMMENT_AUTHOR}) - {Feature.DESCRIPTION}
    record["comments"][0]["opening"] = True
    assert ids(engine(AS_COMMENTS, features=features).case(record))[:2] == ["1", "m1"]


def test_a_target_without_internal_comments_gets_nothing_of_them():
    mapped = engine(AS_COMMENTS, features=JSM - {Feature.PUBLIC_AND_INTERNAL}).case(ticket())
    assert "Do you have one" not in str(mapped.record.get("comments")) + str(mapped.record.get("body"))
    assert "side_conversation[s1].messages" in mapped.record["provenance"]["kept"]


def test_files_hold_them_once():
    assert Feature.PUBLIC_AND_INTERNAL in FILES
    whole = files_engine().case(ticket())
    assert whole.record["side_conversations"]
    assert len(whole.record["comments"]) == 3
    mapped = files_engine(AS_COMMENTS).case(ticket())
    assert "side_conversations" not in mapped.record
    assert len(mapped.record["comments"]) == 5
    assert mapped.record["provenance"]["kept"]["side_conversation[s1].subject"] == "Spare\npart"


def test_they_are_dropped_with_a_reason():
    mapped = engine("comments: {side_conversations: drop, because: vendors were told}\n").case(ticket())
    assert "Do you have one" not in str(mapped.record)
    assert "vendor@parts.example" not in str(mapped.record)
    fate = mapped.fates["side_conversation[s1]"]
    assert fate.action == "drop"
    assert fate.by.endswith(": vendors were told")


def test_more_than_a_few_participants_are_counted():
    many = talk(participants=[f"p{number}@x.example" for number in range(9)])
    record = ticket()
    record["side_conversations"] = [many]
    line = next(
        row["header"] for row in engine(AS_COMMENTS).case(record).record["comments"] if "m1" in row["ref"]
    )
    assert "p4@x.example and 4 more" in line
