"""The book of what conditions say of tickets: only what changed is asked again, and a file that cannot be read is begun anew."""

from ticketferry.store.condition_book import ConditionAnswer, ConditionBook

ONE = ConditionAnswer("1", "[[0],[],{}]", "2026-05-01T00:00:00.000000+00:00", ["acme:group:1"])
TWO = ConditionAnswer("2", "[[0],[],{}]", None, [])
THREE = ConditionAnswer("3", "[[],[],{}]", None, ["acme:group:1", "acme:person:2"])


def test_answers_are_counted_and_replaced_and_found_by_what_they_had_asked(tmp_path):
    path = tmp_path / "deep" / "book.db"
    with ConditionBook.open(path) as book:
        assert book.state() == {}
        book.replace([], [ONE, TWO, THREE], {"now": "then", "source": [1, "d"]})
    assert path.stat().st_mode & 0o777 == 0o600
    with ConditionBook.open(path) as book:
        assert book.state() == {"now": "then", "source": [1, "d"]}
        assert book.counts() == [("[[0],[],{}]", 2), ("[[],[],{}]", 1)]
        assert book.hit(["acme:person:2", "acme:person:9"], "2026-04-30T00:00:00.000000+00:00") == {"3"}
    with ConditionBook.open(path) as book:
        assert book.hit(["acme:group:1"], "2026-05-01T00:00:00.000000+00:00") == {"1", "3"}
        book.replace(["1", "3"], [THREE._replace(text="[[5],[],{}]", keys=[])], {"now": "later"})
        assert book.counts() == [("[[0],[],{}]", 1), ("[[5],[],{}]", 1)]
    with ConditionBook.open(path) as book:
        assert book.hit(["acme:group:1"], "2027") == set()
        book.clear()
        assert (book.state(), book.counts()) == ({}, [])


def test_an_update_that_breaks_off_leaves_what_was_there(tmp_path):
    path = tmp_path / "book.db"
    with ConditionBook.open(path) as book:
        book.replace([], [ONE], {"now": "then"})
    try:
        with ConditionBook.open(path) as book:
            book.clear()
            raise KeyError
    except KeyError:
        pass
    with ConditionBook.open(path) as book:
        assert (book.state(), book.counts()) == ({"now": "then"}, [(ONE.text, 1)])


def test_a_file_that_cannot_be_read_is_begun_anew(tmp_path):
    path = tmp_path / "book.db"
    path.write_bytes(b"torn" * 5_000)
    with ConditionBook.open(path) as book:
        assert book.counts() == []
        book.replace([], [ONE], {})
    with ConditionBook.open(path) as book:
        assert book.counts() == [(ONE.text, 1)]


def test_answers_to_further_questions_are_added_and_hold_no_longer_than_both(tmp_path):
    with ConditionBook.open(tmp_path / "book.db") as book:
        book.replace([], [ONE, TWO._replace(until="2026-03-01"), THREE], {"questions": ["a"]})
        more = [
            ConditionAnswer("1", "+", "2026-06-01T00:00:00.000000+00:00", ["acme:person:9"]),
            ConditionAnswer("2", "+", None, []),
            ConditionAnswer("3", "-", "2026-02-01", ["acme:group:1"]),
        ]
        book.extend(more, lambda text, other: text + other, {"questions": ["a", "b"]})
        assert book.counts() == [("[[0],[],{}]+", 2), ("[[],[],{}]-", 1)]
        assert book.state() == {"questions": ["a", "b"]}
        assert book.hit(["acme:person:9", "acme:person:2"], "2026-02-01") == {"1", "3"}
