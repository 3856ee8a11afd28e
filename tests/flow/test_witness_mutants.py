"""What the witness must see: each kind of loss, leak and exchange made on purpose in the new desk, one at a time."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from tests.flow.witness_desk import LONG, NOTE, SAID, Moved, errors, moved, of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    with moved(tmp_path_factory.mktemp("mutants")) as found:
        yield found


def test_nothing_is_told_of_a_desk_that_arrived(desk: Moved) -> None:
    seen = desk.asked()
    assert seen.errors == seen.explained == []
    assert (seen.tickets, seen.texts, seen.files) == (3, 18, 4)


def texts_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the nodes of a document that hold words, below the line with author and time."""
    return [node for block in body["content"][1:] for node in block.get("content", ()) if "text" in node]


def remove(desk: Moved, id_: int) -> None:
    gone = desk.comment(id_)
    for issue in desk.state.issues.values():
        if gone in issue.comments:
            issue.comments.remove(gone)


@pytest.mark.parametrize("id_", [*SAID, 21, 22, 31])
def test_a_lost_message_is_told_whatever_it_is_written_in(desk: Moved, id_: int) -> None:
    """Chinese, Arabic, a picture, marks, digits: a message is a message."""
    with desk.changed():
        remove(desk, id_)
        lost = of(desk.asked(), "text")
    assert [one.where for one in lost] == [f"comment {id_}"]


def test_a_lost_message_of_a_file_alone_is_told(desk: Moved) -> None:
    with desk.changed() as state:
        remove(desk, 23)
        issue = desk.issue(2)
        gone = next(id_ for id_ in issue.attachments if state.attachments[id_].name == "file904.txt")
        issue.attachments.remove(gone)
        del state.attachments[gone]
        assert errors(desk.asked()) == {("2", "file")}


def test_a_file_that_no_text_shows_any_more_is_told(desk: Moved) -> None:
    with desk.changed():
        remove(desk, 23)
        assert errors(desk.asked()) == {("2", "file")}


def test_an_internal_file_in_a_public_message_is_a_leak(desk: Moved) -> None:
    with desk.changed():
        media = [block for block in desk.comment(17).body["content"] if block["type"].startswith("media")]
        assert media
        desk.comment(16).body["content"] += deepcopy(media)
        leaks = of(desk.asked(), "leak")
    assert ["file902.txt can be seen by customers" in one.message for one in leaks] == [True]


def test_bytes_that_changed_places_are_told_though_they_are_as_many(desk: Moved) -> None:
    with desk.changed() as state:
        media = {file.name: file.media for file in state.attachments.values()}
        one, other = media["file901.txt"], media["file903.txt"]
        assert len(state.blobs[one]) == len(state.blobs[other])
        state.blobs[one], state.blobs[other] = state.blobs[other], state.blobs[one]
        assert errors(desk.asked()) >= {("1", "file"), ("2", "file"), ("1", "leak"), ("2", "leak")}


def visibility(desk: Moved) -> set[tuple[str, str]]:
    one, other = desk.comment(16).properties, desk.comment(17).properties
    key = "sd.public.comment"
    one[key], other[key] = other.get(key, {"internal": False}), one.get(key, {"internal": False})
    return {("1", "leak"), ("1", "text"), ("1", "file")}


def requesters(desk: Moved) -> set[tuple[str, str]]:
    one, other = desk.issue(1).values, desk.issue(2).values
    one["reporter"], other["reporter"] = other["reporter"], one["reporter"]
    return {("1", "requester"), ("2", "requester")}


def subjects(desk: Moved) -> set[tuple[str, str]]:
    one, other = desk.issue(1).values, desk.issue(2).values
    one["summary"], other["summary"] = other["summary"], one["summary"]
    return {("1", "subject"), ("2", "subject"), ("1", "leak"), ("2", "leak")}


def cut_in_the_middle(desk: Moved) -> set[tuple[str, str]]:
    (node,) = texts_of(desk.comment(16).body)
    node["text"] = node["text"][: len(LONG) // 2] + "…"
    return {("1", "text")}


def one_word_less(desk: Moved) -> set[tuple[str, str]]:
    (node,) = texts_of(desk.comment(16).body)
    node["text"] = node["text"].replace(" or orange", " orange")
    assert len(node["text"]) < len(LONG)
    return {("1", "text")}


def unnumbered(desk: Moved) -> set[tuple[str, str]]:
    issue = desk.issue(2)
    issue.values["labels"] = []
    for key, value in list(issue.values.items()):
        if key.startswith("customfield_") and value == "2":
            del issue.values[key]
    return {("2", "number")}


def said_again(desk: Moved) -> set[tuple[str, str]]:
    desk.issue(1).comments.append(
        type(desk.comment(16))(**{**fields_of(desk.comment(16)), "id": "999901", "created": 1.7e9})
    )
    return {("1", "twice")}


def marks_again(desk: Moved) -> set[tuple[str, str]]:
    desk.issue(1).comments.append(
        type(desk.comment(14))(**{**fields_of(desk.comment(14)), "id": "999902", "created": 1.7e9})
    )
    return {("1", "twice")}


def missing(desk: Moved) -> set[tuple[str, str]]:
    del desk.state.issues[desk.id_of(3)]
    return {("3", "lost")}


def strange_note(desk: Moved) -> set[tuple[str, str]]:
    """An internal message of one ticket in public in another one: it stands where it was, too."""
    copied = deepcopy(desk.comment(17))
    copied.id, copied.properties = "999903", {}
    desk.issue(2).comments.append(copied)
    return {("2", "leak")}


def exchanged(desk: Moved) -> set[tuple[str, str]]:
    """Public messages of two people's tickets that changed places: each reads what the other wrote."""
    one, other = desk.comment(21), desk.comment(31)
    here, there = desk.issue(2).comments, desk.issue(3).comments
    here[here.index(one)], there[there.index(other)] = other, one
    return {("2", "text"), ("3", "text"), ("2", "leak"), ("3", "leak"), ("2", "file")}


def chinese_note(desk: Moved) -> set[tuple[str, str]]:
    """An internal sentence of a script without spaces, behind a public one."""
    (node,) = texts_of(desk.comment(11).body)
    node["text"] += SAID[18][0]
    return {("1", "leak")}


def fields_of(record: Any) -> dict[str, Any]:
    return {name: deepcopy(getattr(record, name)) for name in record.__dataclass_fields__}


@pytest.mark.parametrize(
    "mutant",
    [
        visibility, requesters, subjects, cut_in_the_middle, one_word_less, unnumbered, said_again, marks_again, missing, strange_note,
        exchanged, chinese_note,
    ],
)  # fmt: skip
def test_what_was_done_to_the_new_desk_is_told_and_nothing_else(
    desk: Moved, mutant: Callable[[Moved], set[tuple[str, str]]]
) -> None:
    with desk.changed():
        expected = mutant(desk)
        seen = desk.asked()
    assert errors(seen) == expected, seen.errors


@pytest.mark.parametrize("seconds", [3_600, 86_400])
def test_a_time_of_creation_that_moved_is_told(desk: Moved, seconds: int) -> None:
    with desk.changed():
        values = desk.issue(1).values
        held = {key: value for key, value in values.items() if isinstance(value, float | int | str)}
        changed = [key for key, value in held.items() if _moved(values, key, value, seconds)]
        assert len(changed) == 1, held
        assert errors(desk.asked()) == {("1", "created")}


def _moved(values: dict[str, Any], key: str, value: Any, seconds: int) -> bool:
    """Move the time that stands for 2024-01-01 08:00 UTC."""
    at = 1_704_096_000
    if value == at:
        values[key] = value + seconds
    elif isinstance(value, str) and value.startswith("2024-01-01T"):
        values[key] = value.replace("-01T", "-02T") if seconds > 3_600 else value.replace("T08:", "T09:")
    return values[key] != value


def test_a_ticket_that_is_there_twice_is_told(desk: Moved) -> None:
    """The site has another issue with our mark and the same number: what a lost answer leaves behind."""
    with desk.changed() as state:
        twin = deepcopy(desk.issue(3))
        twin.id, twin.key, twin.number, twin.updated = "99991", "SUP-9991", 9_991, state.now()
        twin.attachments, twin.comments = [], []
        state.issues[twin.id], state.keys[twin.key] = twin, twin.id
        state.reindex(twin)
        desk.ferry.clock.advance(120)
        (twice,) = of(desk.asked(), "twice")
    assert (twice.ref, twice.message) == ("acme:ticket:3", "SUP-9991 shows 3 too")


def test_whose_words_they_were_is_told(desk: Moved) -> None:
    with desk.changed():
        strange_note(desk)
        leaks = [one.message for one in of(desk.asked(), "leak") if one.where == "comment 999903"]
    assert leaks == [
        f"internal words of another ticket, acme:ticket:1, comment 17, stand in public: {NOTE[:17].lower()}"
    ]
