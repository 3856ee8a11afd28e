"""What one answer was made from: nothing that was asked is missing, and nothing can be asked unnoted."""

from datetime import UTC, datetime

import pytest

from ticketferry.errors import FatalError
from ticketferry.plan.recording import Recorder

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def test_a_frame_holds_what_was_asked_inside_and_the_earliest_end():
    recorder = Recorder()
    recorder.asked("before")
    with recorder.frame() as outer:
        recorder.asked("a")
        with recorder.frame() as inner:
            recorder.asked("b")
            recorder.holds_until(EARLY)
        recorder.holds_until(LATE)
    recorder.asked("after")
    assert (outer.keys, outer.until) == ({"a"}, LATE)
    assert (inner.keys, inner.until) == ({"b"}, EARLY)


def test_a_memory_notes_each_time_what_it_had_asked_the_first_time():
    recorder = Recorder()
    worked = []

    def work(ref):
        worked.append(ref)
        recorder.asked(f"record of {ref}")
        recorder.holds_until(EARLY)
        return ref.upper()

    remembered = recorder.remembered(work)
    assert remembered("x") == "X"
    frames = []
    for _ in range(2):
        with recorder.frame() as frame:
            assert remembered("x") == "X"
        frames.append((frame.keys, frame.until))
    assert worked == ["x"]
    assert frames == [({"record of x"}, EARLY)] * 2


def test_an_answer_is_kept_with_what_it_was_made_from_and_asked_for_by_its_key():
    recorder = Recorder()
    kept = []
    recorder.keep = kept.append

    def work():
        recorder.asked("deep")
        return ["a", None]

    with recorder.frame() as frame:
        assert recorder.answer("?x", work) == ["a", None]
    assert frame.keys == {"?x"}
    ((key, value, of),) = kept
    assert (key, value, of.keys) == ("?x", '["a",null]', {"deep"})
    recorder.recall = {"?x": "false"}.get
    with recorder.frame() as frame:
        assert recorder.answer("?x", work) is False
    assert frame.keys == {"?x"}
    assert len(kept) == 1
    recorder.rest()
    assert recorder.answer("?x", work) == ["a", None]
    assert len(kept) == 1


def test_an_exception_ends_its_frame_and_leaves_what_was_asked_until_then():
    recorder = Recorder()
    frames = []

    def fail():
        with recorder.frame() as frame:
            frames.append(frame)
            recorder.asked("bad")
            raise KeyError

    with recorder.frame() as outer:
        with pytest.raises(KeyError):
            fail()
        recorder.asked("good")
    assert (outer.keys, frames[0].keys) == ({"good"}, {"bad"})


def test_what_nothing_would_note_is_refused_while_something_is_worked_out():
    recorder = Recorder()
    asking = recorder.unless_active(str.upper)
    assert asking("x") == "X"
    with recorder.frame(), pytest.raises(FatalError, match="without noting it"):
        asking("x")
