"""Texts on a screen: nothing is cut that matters, nothing breaks out of its column, figures read as people say them."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.cli import progress as progress_module
from ticketferry.cli.console import plain
from ticketferry.cli.layout import clean, duration, fit, size, table, width, wrap
from ticketferry.cli.progress import Progress
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.pacing import SystemClock, longest_pause, pause


@given(st.text(), st.integers(min_value=2, max_value=90))
def test_a_fitted_text_never_leaves_its_column(text: str, most: int) -> None:
    line = fit(text, most)
    assert width(line) <= most
    assert "\n" not in line


@given(st.text(alphabet=st.characters(codec="utf-8")), st.integers(min_value=20, max_value=100))
def test_wrapping_loses_no_word(text: str, most: int) -> None:
    lines = wrap(text, "  ", most=most)
    assert " ".join(lines).split() == clean(text).split()
    for line in lines:
        assert width(line) <= most or len(line.split()) <= 1


@given(st.lists(st.tuples(st.text(max_size=60), st.integers(0, 10**9), st.text(max_size=200)), max_size=5))
def test_a_table_fits_80_columns_whatever_is_in_it(rows: list[tuple[str, int, str]]) -> None:
    for line in table(rows, "lrw", header=("name", "count", "words")):
        assert width(line) <= 80 or max(width(word) for word in line.split()) > 20


def test_wide_and_combining_signs_are_counted_as_they_are_shown() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert fit("日本語", 5) == "日本…"


def test_escape_sequences_and_direction_marks_of_strangers_are_harmless() -> None:
    assert clean("\x1b[2Jhi\u202e\x07\x9b\x7f") == r"\x1b[2Jhi\u202e\x07\x9b\x7f"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (2820, "47 min"), (75_300, "20 h 55 min"), (7200, "2 h"), (273_600, "3 d 4 h")],
)  # fmt: skip
def test_lengths_of_time_are_written_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_sizes_are_written_in_the_units_of_disks() -> None:
    assert [size(value) for value in (0, 999, 5_200, 38_000_000_000, 2.5e15)] == [
        "0 B",
        "999 B",
        "5.2 kB",
        "38 GB",
        "2500.0 TB",
    ]


def test_views_become_plain_data() -> None:
    assert plain({"ref": Ref("acme", Kind.TICKET, "1"), "set": {"b", "a"}, "bytes": b"\x01"}) == {
        "ref": "acme:ticket:1", "set": ["a", "b"], "bytes": "01",
    }  # fmt: skip


def test_progress_has_rate_and_time_left_and_leaves_out_what_was_done_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    meter = Progress(io.StringIO(), live=False)
    meter("operations", 5_000, 6_000)
    now[0] = 10.0
    meter("operations", 5_500, 6_000)
    assert meter.text(10.0) == "operations  5,500 of 6,000  50/s  10 s left"
    still = meter.text(40.0)
    assert still == "operations  5,500 of 6,000  (no news for 30 s)", (
        "no time is forecast while nothing moves"
    )
    assert Progress(io.StringIO(), live=False).text(13.0) == "at work for 3 s"
    now[0] = 41.0
    meter("records", 0, None)
    assert meter.text(41.0).startswith("operations"), "a zero is no news"


def test_a_wait_for_the_desk_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    meter = Progress(io.StringIO(), live=False)
    meter("tickets", 5, 9)
    said = []

    class Watched(SystemClock):
        def sleep(self, seconds: float) -> None:
            for now[0] in (0.0, 5.0, seconds):
                said.append(meter.text(now[0]))

    pause(Watched(), 90.0, "the desk is tired")
    assert said == [
        "tickets  5 of 9",
        "tickets  5 of 9  waits 1 min 25 s: the desk is tired",
        "tickets  5 of 9  (no news for 1 min 30 s)",
    ]
    assert longest_pause() is None


def test_a_line_of_progress_is_no_wider_than_the_screen_and_of_nothing_is_not_said() -> None:
    stream = io.StringIO()
    meter = Progress(stream, live=False)
    meter("organizations", 0, 0)
    assert meter.text(0.0) == "organizations  0"
    meter._line("operations  2,092 of 2,106  waits 3 s: Jira takes no more writes of one issue so quickly")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 80 for line in lines)


def test_quick_work_says_nothing() -> None:
    stream = io.StringIO()
    with Progress(stream, live=False) as meter:
        meter("tickets", 1, 2)
    assert stream.getvalue() == ""
