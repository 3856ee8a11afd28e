"""What a desk told about itself: numbers and gaps as sets would have them, whatever stands before the digits."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.store.snapshots import Snapshots
from ticketferry.store.surveys import LATE_CLASS, MOST_SEQUENCES, Surveys, split_number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12", ("", 12)),
        ("SUP-12", ("SUP-", 12)),
        ("A1-12", ("A1-", 12)),
        ("٣-7", ("٣-", 7)),
        ("0", None),
        ("SUP-0", None),
        ("007", None),
        ("SUP-007", None),
        ("", None),
        ("SUP", None),
        ("12a", None),
        ("１２", None),
        ("9" * 16, None),
        ("x" * 41 + "1", None),
        ("a\n-3", ("a\n-", 3)),
    ],
)
def test_a_number_is_cut_into_its_sequence_and_its_place(text, found):
    assert split_number(text) == found


@given(st.text(max_size=30))
def test_what_is_cut_can_be_put_together_again(text):
    found = split_number(text)
    assert found is None or f"{found[0]}{found[1]}" == text


numbers = st.sets(st.tuples(st.sampled_from(["", "SUP-", "é-"]), st.integers(1, 60)), max_size=40)


@given(used=numbers, explained=numbers, late=numbers)
def test_gaps_are_what_is_neither_in_use_nor_explained(used, explained, late):
    with TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder) / "source.db", "acme")
        surveys = Surveys(snapshots)
        surveys.explain(1, ((*key, "purged") for key in explained))
        surveys.explain(1, ((*key, LATE_CLASS) for key in late - explained))
        surveys.begin_numbers()
        assert surveys.note_numbers([(*key, "") for key in used]) == len(used)
        assert surveys.note_numbers([(*key, "") for key in used]) == 0
        surveys.forget_found()
        runs, none = surveys.sequences(thin=20, few=100)
        assert none == []
        gaps = {
            (gap.prefix, number)
            for run in runs
            for gap in surveys.gaps(run.prefix, run.high)
            for number in range(gap.first, gap.last + 1)
        }
        highest = {prefix: max(number for at, number in used if at == prefix) for prefix, _ in used}
        everything = {(prefix, number) for prefix, high in highest.items() for number in range(1, high + 1)}
        assert {run.prefix: run.high for run in runs} == highest
        assert gaps == everything - used - explained
        reasons = surveys.reasons(runs)
        assert reasons.get("purged", 0) == len((everything & explained) - used)
        assert sum(surveys.used(runs).values()) == len(used)
        snapshots.close()


def test_thin_sequences_are_named_and_very_many_are_none(tmp_path):
    surveys = Surveys(Snapshots(tmp_path / "source.db", "acme"))
    surveys.begin_numbers()
    surveys.note_numbers([("", 1, ""), ("A-", 1, ""), ("A-", 5_000, "")])
    runs, thin = surveys.sequences(thin=20, few=100)
    assert ([run.prefix for run in runs], thin) == ([""], ["A-5000"])
    surveys.note_numbers([(f"P{number}x", 1, "") for number in range(MOST_SEQUENCES)])
    runs, thin = surveys.sequences(thin=20, few=100)
    assert runs == []
    assert len(thin) == 10
