"""Files that stay in the old desk because of what they are: too old, with malware, pictures of a text, recorded calls."""

from typing import Any

import pytest
from tests.unit.mapping.desks import case, comment, engine, files_engine, mapping

from ticketferry.errors import MappingError
from ticketferry.sdk.contract import Outcome, Severity

OLD, YOUNG = "2018-12-31T23:59:59Z", "2019-01-01T00:00:00Z"
"""The extract is of 2026-01-01: seven years before lies between them."""


def file(id_: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"acme:attachment:{id_}", "ticket": "acme:ticket:12", "name": f"{id_}.txt", "size": 1, "url": f"https://x/{id_}", **more}  # fmt: skip


def ticket(*files: dict[str, Any], **more: Any) -> dict[str, Any]:
    return case(**{"body": {"html": "<p>x</p>"}, "attachments": list(files), **more})


def moved(mapped: Any) -> list[str]:
    return [row["name"] for row in mapped.record.get("attachments", ())]


def codes(mapped: Any) -> set[str]:
    return {finding.code for finding in mapped.findings}


def test_old_files_stay_and_their_address_is_kept_beside():
    mapped = engine("attachments: {older_than: {years: 7, do: link}}\n").case(
        ticket(file("1", created=OLD), file("2", created=YOUNG), file("3", created="soon"))
    )
    assert moved(mapped) == ["2.txt", "3.txt"]
    assert mapped.record["provenance"]["kept"]["attachment[1].url"] == "https://x/1"
    assert "attachments.older_than mapping.yaml:" in mapped.fates["attachment[1].url"].by
    assert "A010" in codes(mapped)


@pytest.mark.parametrize("word", ["older_than: {years: 7, do: drop}", "malware: drop"])
def test_no_finding_names_a_file_that_a_rule_drops(word):
    left = file("1", created=OLD, name="dismissal of Ann.pdf", state="malware")
    mapped = engine(f"attachments: {{{word}, because: retention}}\n").case(ticket(left))
    assert moved(mapped) == []
    assert mapped.findings
    assert not [row.message for row in mapped.findings if "dismissal" in row.message]


def test_a_file_without_a_time_is_as_old_as_its_message_or_its_ticket():
    rules = "attachments: {older_than: {years: 7}}\n"
    said = comment("5", created=OLD)
    on_old = ticket(file("1", comment=said["ref"]), comments=[comment("4"), said])
    assert moved(engine(rules).case(on_old)) == []
    assert moved(engine(rules).case(ticket(file("1"), created=OLD))) == []
    assert moved(engine(rules).case(ticket(file("1"), created=YOUNG))) == ["1.txt"]


def test_old_files_are_dropped_with_their_pictures_and_history_where_the_mapping_says_so():
    mapped = engine("attachments: {older_than: {years: 7, do: drop}, because: retention}\n").case(
        ticket(
            file("1", created=OLD, name="secret.png"),
            body={"html": '<p>a<img data-ref="acme:attachment:1" alt="x">b</p>'},
            events=[{"ref": "acme:event:1", "time": OLD, "type": "changed", "field": "attachment", "after": "secret.png"}],
        )
    )  # fmt: skip
    assert "secret" not in str(mapped.record)
    assert mapped.fates["attachment[1]"].action == "drop"
    assert mapped.fates["attachment[1]"].by.endswith(": retention")
    assert "A010" in codes(mapped)


def test_a_file_that_will_be_too_old_some_day_is_asked_for_again():
    asked: list[str] = []
    maps = engine("attachments: {older_than: {years: 7}}\n")
    maps._setup.lookups.holds_until = lambda moment: asked.append(moment.isoformat())
    maps.case(ticket(file("1", created="2019-06-01T00:00:00Z")))
    assert asked == ["2026-05-27T00:00:00+00:00"]


@pytest.mark.parametrize("word", ["link", "drop"])
def test_files_with_malware_never_move(word: str):
    mapped = engine(f"attachments: {{malware: {word}, because: policy}}\n").case(
        ticket(file("1", state="malware"), file("2"))
    )
    assert moved(mapped) == ["2.txt"]
    assert "A009" in codes(mapped)
    kept = "attachment[1].url" in mapped.record["provenance"].get("kept", {})
    assert kept is (word == "link")
    assert (mapped.fates["attachment[1].url"].action == "drop") is (word == "drop")


def test_malware_rejects_the_ticket_where_somebody_has_to_look():
    rules = "attachments: {malware: fail}\n"
    mapped = engine(rules).case(ticket(file("1", state="malware")))
    assert mapped.outcome is Outcome.REJECT
    assert "malware" in mapped.because
    assert "A011" in codes(mapped)
    assert files_engine(rules).case(ticket(file("1", state="malware"))).outcome is Outcome.REJECT
    assert engine(rules).case(ticket(file("1"))).outcome is Outcome.CREATE


def test_malware_can_reject_its_tickets_and_let_all_others_go():
    mapped = engine("attachments: {malware: reject}\n").case(ticket(file("1", state="malware")))
    assert mapped.outcome is Outcome.REJECT
    assert [(item.code, item.severity) for item in mapped.findings if "malware" in item.message] == [
        ("A013", Severity.DOUBT)
    ]


def test_pictures_of_texts_become_links_to_the_old_desk():
    shown = '<p>see <img data-ref="acme:attachment:1" alt=""> and <img data-ref="acme:attachment:2" alt="the plan"></p>'
    mapped = engine("attachments: {inline: keep_link}\n").case(
        ticket(
            file("1", inline=True),
            file("2", media_type="image/png"),
            file("3", media_type="image/png"),
            file("4"),
            body={"html": shown},
        )
    )
    assert moved(mapped) == ["3.txt", "4.txt"]
    assert mapped.record["body"]["html"].endswith(
        '<p>see <a href="https://x/1">1.txt</a> and <a href="https://x/2">the plan</a></p>'
    )
    assert mapped.fates["ticket[12].body"].transformed
    assert "A012" in codes(mapped)
    assert len(moved(engine().case(ticket(file("1", inline=True), body={"html": shown})))) == 1


def test_a_call_without_its_recording_keeps_the_address_of_it():
    call = comment("5", "<p>Call from Ann</p>", kind="voice")
    recording = file("recording-5", comment=call["ref"])
    parts = {"comments": [comment("4"), call]}
    mapped = engine("comments: {voice: {as: text}}\n").case(ticket(recording, **parts))
    assert moved(mapped) == []
    assert mapped.record["provenance"]["kept"]["attachment[recording-5].url"] == "https://x/recording-5"
    assert "Call from Ann" in str(mapped.record["comments"])
    for word in ("keep", "attachment_and_text"):
        both = engine(f"comments: {{voice: {word}}}\n").case(ticket(recording, **parts))
        assert moved(both) == ["recording-5.txt"]
        assert both.record == engine().case(ticket(recording, **parts)).record
    gone = engine("comments: {voice: {as: drop}, because: not ours}\n").case(ticket(recording, **parts))
    assert "Call from Ann" not in str(gone.record)
    assert "recording" not in str(gone.record)
    assert gone.fates["comment[5].body"].by.endswith(": not ours")


@pytest.mark.parametrize(
    "rules",
    [
        "attachments: {older_than: {years: 7, do: drop}}\n",
        "attachments: {malware: drop}\n",
        "comments: {voice: drop}\n",
        "comments: {side_conversations: drop}\n",
    ],
)
def test_what_is_dropped_needs_a_reason(rules: str):
    with pytest.raises(MappingError, match=r"mapping.yaml:\d+:\d+: `drop` needs `because`"):
        mapping(rules)


def test_words_that_say_what_is_done_anyway_change_nothing():
    plain = mapping()
    same = mapping(
        "attachments: {inline: rehost, malware: link, way: rest}\nhistory: {comments: replay, dates: auto}\n"
        "comments: {voice: keep, side_conversations: keep}\ntext: {links: {help_center: keep}}\n"
    )
    assert same.digest == plain.digest
    assert mapping("attachments: {inline: keep_link}\n").digest != plain.digest


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("attachments: {way: import-file}\n", "`import-file` is not known here: 'rest'"),
        ("attachments: {older_than: {years: 0}}\n", "a number of 1 or more is wanted here, not `0`"),
        ("attachments: {older_than: 7y}\n", "lines are wanted here"),
        ("history: {comments: summary}\n", "`summary` is not known here: 'replay'"),
        ("history: {dates: never}\n", "`never` is not known here: 'auto'"),
        ("comments: {voice: {as: mp3}}\n", "`mp3` is not known here"),
        ("attachments: {inline: hotlink}\n", "`hotlink` is not known here"),
    ],
)
def test_other_words_are_refused_with_their_place(rules: str, said: str):
    with pytest.raises(MappingError) as refused:
        mapping(rules)
    assert [
        line for line in refused.value.problems if said in str(line) and str(line).startswith("mapping.yaml:")
    ]
