"""Which texts have a hash, however many are asked for at once."""

from contextlib import closing

from ticketferry.store.word_runs import WordRuns


def test_each_hash_comes_with_all_texts_that_have_it_and_unknown_ones_do_not() -> None:
    largest = (1 << 63) - 1
    with closing(WordRuns()) as runs:
        runs.add("a", "comment 1", True, "7", [1, largest])
        runs.add("b", "comment 9", False, "", [largest, *range(1_000, 2_200)])
        asked = [largest, 1, 5, *range(1_000, 2_200)]
        holders = dict(runs.holders(asked))
        assert list(holders) == [largest, 1, *range(1_000, 2_200)]
        assert sorted(holders[largest]) == [("a", "comment 1", True, "7"), ("b", "comment 9", False, "")]
        assert holders[1] == [("a", "comment 1", True, "7")]
