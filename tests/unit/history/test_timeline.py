from hypothesis import given
from hypothesis import strategies as st

from ticketferry.history.timeline import fold, opening, pack_events, unpack_events

T = [f"2025-01-01T00:00:0{second}Z" for second in range(10)]


def comment(id_, *, public=True, time=T[0], **more):
    return {
        "ref": f"d:comment:{id_}",
        "public": public,
        "created": time,
        "body": {"html": f"<p>{id_} secret</p>", "original": "secret"},
        **more,
    }


def event(id_, type_, time, **more):
    return {"ref": f"d:event:{id_}", "time": time, "type": type_, **more}


def case(**more):
    return {"ref": "d:ticket:1", **more}


def test_the_last_word_on_privacy_wins_whatever_the_order_of_events():
    events = [
        event(2, "privacy", T[5], comment="d:comment:1", after=True),
        event(1, "privacy", T[3], comment="d:comment:1", after=False),
    ]
    assert fold(case(comments=[comment(1)], events=events))["comments"][0]["public"] is True
    events[0]["after"] = "internal"
    assert fold(case(comments=[comment(1)], events=events))["comments"][0]["public"] is False


def test_in_doubt_the_less_visible():
    same_time = [
        event(1, "privacy", T[5], comment="d:comment:1", after=False),
        event(2, "privacy", T[5], comment="d:comment:1", after=True),
    ]
    for events in (same_time, same_time[::-1], [event(1, "privacy", T[5], comment="d:comment:1")]):
        assert fold(case(comments=[comment(1)], events=events))["comments"][0]["public"] is False
    assert fold(case(comments=[{"ref": "d:comment:1", "public": None}]))["comments"][0]["public"] is False


def test_a_redaction_takes_the_words_out_of_text_and_original():
    out = fold(
        case(
            comments=[comment(1)], events=[event(1, "redacted", T[1], comment="d:comment:1", before="secret")]
        )
    )["comments"][0]
    assert out["redacted"] is True
    assert "secret" not in str(out)
    new = fold(
        case(
            comments=[comment(1)],
            events=[event(1, "redacted", T[1], comment="d:comment:1", after={"html": "<p>▇</p>"})],
        )
    )
    assert new["comments"][0]["body"] == {"html": "<p>▇</p>"}


def test_a_removed_attachment_has_no_bytes_any_more():
    files = [{"ref": "d:attachment:7", "comment": "d:comment:1", "name": "a.pdf", "sha256": "x", "url": "u"}]
    out = fold(
        case(
            attachments=files,
            events=[event(1, "redacted", T[1], comment="d:comment:1", field="attachment", before="7")],
        )
    )
    assert out["attachments"] == [
        {"ref": "d:attachment:7", "comment": "d:comment:1", "name": "a.pdf", "state": "redacted"}
    ]
    assert files[0]["sha256"] == "x"


def test_parts_stand_in_order_of_time_and_then_number():
    rows = [comment(10), comment(9), comment("x"), comment(8, time=T[1])]
    assert [row["ref"] for row in fold(case(comments=rows))["comments"]] == [
        "d:comment:9",
        "d:comment:10",
        "d:comment:x",
        "d:comment:8",
    ]


def test_the_opening_message_is_the_marked_one_else_the_first_of_a_ticket_without_text():
    assert opening(case(comments=[comment(1), comment(2, opening=True)]))["ref"] == "d:comment:2"
    assert opening(case(comments=[comment(2, time=T[1]), comment(1, time=T[2])]))["ref"] == "d:comment:2"
    assert opening(case(body={"html": "x"}, comments=[comment(1)])) is None
    assert opening(case()) is None


EVENTS = st.lists(
    st.builds(
        lambda kind, time, target, after: {"type": kind, "time": T[time], "comment": f"d:comment:{target}", **({} if after is None else {"after": after})},
        st.sampled_from(["privacy", "redacted", "changed"]), st.integers(0, 9), st.integers(1, 3), st.sampled_from([True, False, None, "public", "x"]),
    ), max_size=6,
).map(lambda rows: [{"ref": f"d:event:{number}", **row} for number, row in enumerate(rows, 1)])  # fmt: skip


@given(EVENTS, st.lists(st.booleans(), min_size=3, max_size=3), st.randoms())
def test_folding_is_pure_repeatable_and_blind_to_order(events, publics, chance):
    comments = [comment(number, public=public) for number, public in enumerate(publics, 1)]
    whole = case(comments=comments, events=events)
    before = str(whole)
    once = fold(whole)
    assert str(whole) == before
    assert fold(once) == once
    mixed = case(comments=chance.sample(comments, 3), events=chance.sample(events, len(events)))
    assert fold(mixed) == once
    touched = {row["comment"] for row in events if row["type"] == "privacy"}
    for row, public in zip(once["comments"], publics, strict=True):
        if row["ref"] not in touched:
            assert row["public"] is public


@given(EVENTS)
def test_packed_events_come_back_whole(events):
    assert unpack_events(pack_events(events), "d:ticket:1") == [
        {"ticket": "d:ticket:1", **row} for row in events
    ]
