"""What the witness makes of texts: words are what both products show, wherever each puts marks, spaces and lines."""

from time import process_time

import pytest

from ticketferry.sdk.witness import WitnessText, plain
from ticketferry.witness import texts
from ticketferry.witness.texts import compare_texts
from ticketferry.witness.words import words


def public(text: str, place: str = "comment 1") -> WitnessText:
    return WitnessText(place, text, public=True)


def internal(text: str, place: str = "comment 2") -> WitnessText:
    return WitnessText(place, text, public=False)


def kinds(
    before: list[WitnessText], after: list[WitnessText], allowed: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    return [(fault.kind, fault.passage.place) for fault in compare_texts(before, after, allowed)]


def test_words_are_letters_digits_and_pictures() -> None:
    assert words("Straße, e\u0301té — “x-ray” 👍🏽 R1\u00a01500") == [
        "straße",
        "été",
        "x",
        "ray",
        "👍",
        "r1",
        "1500",
    ]
    assert words(plain("<p>H<sub>2</sub>O</p><td>R1</td><td>1500</td><style>p{}</style>a<br>b")) == [
        "h2o", "r1", "1500", "a", "b",
    ]  # fmt: skip


def test_lines_over_a_comment_and_new_addresses_in_it_are_no_difference() -> None:
    before = [public("See #12 for the router"), internal("He is angry", "comment 2")]
    after = [
        public("Ann Smith · 2024-01-01 10:00 UTC\nSee #12 (SUP-4) for the router"),
        internal("Ann Smith · 2024-01-01 10:05 UTC He is angry"),
    ]
    assert kinds(before, after) == []


def test_equal_messages_need_a_place_each() -> None:
    assert kinds([public("ok", "a"), public("ok", "b")], [public("Ann: ok")]) == [("lost", "b")]
    assert kinds([public("ok", "a"), public("ok", "b")], [public("Ann: ok"), public("Bo: ok")]) == []


def test_a_message_that_was_cut_into_several_is_whole() -> None:
    long = " ".join(f"word{number}" for number in range(400))
    cut = long.index("word200")
    assert kinds([public(long)], [public(long[:cut]), public("(2/2) " + long[cut:], "comment 2")]) == []
    lost = compare_texts([public(long)], [public(long[:cut])])
    assert [fault.kind for fault in lost] == ["lost"]
    assert lost[0].words[0] == "word200"


@pytest.mark.parametrize(
    "leak",
    [
        "He is a credit risk",
        "Thanks! he is a credit risk",
        "Thanks for writing. (credit risk, says Bo)",
    ],
)
def test_internal_words_in_a_public_text_are_a_leak(leak: str) -> None:
    before = [public("Thanks"), internal("Bo says: he is a credit risk")]
    after = [public(leak), internal("Bo says: he is a credit risk")]
    assert ("leaked", "comment 2") in kinds(before, after)


def test_a_few_short_internal_words_that_also_stand_alone_in_public_are_a_leak() -> None:
    """Too short to be known by a run of words or by one long word: as a whole it is."""
    before = [public("Thanks"), internal("do it")]
    assert ("leaked", "comment 2") in kinds(before, [public("Thanks"), public("Do it!"), internal("do it")])
    said = [public("do it", "comment 1"), internal("do it")]
    assert kinds(said, [public("do it"), internal("do it"), public("do it")]) == [], (
        "customers read it before"
    )


def test_what_customers_read_before_is_no_leak() -> None:
    before = [public("The router is dead"), internal("Quote: The router is dead")]
    assert kinds(before, [public("Ann · The router is dead"), internal("Quote: The router is dead")]) == []
    assert (
        kinds(
            [public("hi"), internal("ask Smithers")],
            [public("Ann Smithers: hi"), internal("ask Smithers")],
            ("smithers",),
        )
        == []
    )


def test_a_public_message_among_agents_is_told_as_hidden() -> None:
    assert kinds([public("hello there")], [internal("Ann: hello there")]) == [("hidden", "comment 1")]


def test_a_lost_short_message_is_not_found_in_another_one() -> None:
    before = [public("yes", "a"), public("yes it works again since you restarted the router", "b")]
    after = [public("yes it works again since you restarted the router")]
    assert kinds(before, after) == [("lost", "a")]


def test_words_that_one_product_joins_and_the_other_parts_are_the_same() -> None:
    assert kinds([public("DeviceMTU R11500 and modem")], [public("x Device MTU\nR1 1500 and modem")]) == []


def test_a_long_thread_that_was_lost_for_the_most_part_is_judged_in_time_in_proportion_to_it() -> None:
    """2,500 comments, every second one missing; each of them is told, in seconds of the processor, which no busy machine makes longer."""
    said = [
        public(f"message {number} of the thread about the router number {number}", f"c {number}")
        for number in range(2_500)
    ]
    began = process_time()
    faults = compare_texts(said, [one._replace(text=f"Ann: {one.text}") for one in said[::2]])
    assert [fault.passage.place for fault in faults] == [one.place for one in said[1::2]]
    assert process_time() - began < 15


def test_the_same_few_words_thousands_of_times_are_told_apart_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted by the looks at places: a thread of one and the same answer is no square of looks; one that is missing is still missed."""
    looks = 0
    real = texts._fits

    def counted(wanted: WitnessText, said: WitnessText) -> bool:
        nonlocal looks
        looks += 1
        return real(wanted, said)

    monkeypatch.setattr(texts, "_fits", counted)
    before = [public("thank you it works", f"comment {number}") for number in range(600)]
    after = [public(f"Ann {number}: thank you it works") for number in range(600)]
    assert compare_texts(before, after) == []
    assert looks < 600 * 100
    assert [fault.kind for fault in compare_texts(before, after[:-1])] == ["lost"]


LONG = (
    "We measured the line for three weeks and found that the signal drops every night between two and four, so this is"
    " the window of the carrier; please restart the modem after that and tell us whether it is green or is not, because"
    " it is the next step to replace the splitter in the cellar of the house"
)


@pytest.mark.parametrize("place", range(len(words(LONG))))
def test_every_single_word_that_is_missing_in_a_long_message_is_told(place: int) -> None:
    """Also a small one whose letters stand in its neighbours by chance: `is` in `this`."""
    told = words(LONG)
    left = " ".join(told[:place] + told[place + 1 :])
    lost = compare_texts([public(LONG)], [public(f"Ann Smith · 2024-01-01 10:00 UTC\n{left}")])
    assert [fault.kind for fault in lost] == ["lost"], told[place]


@pytest.mark.parametrize("text", ["👍", "❤️", "???", ":-)", "…!", "4711", "好", "مرحبا", "🇩🇪"])
def test_a_message_of_any_signs_is_a_message(text: str) -> None:
    """It needs a place of its own, and one that is as visible."""
    other = public("the router works again", "comment 3")
    moved = public(f"Ann · 10:00\n{text}")
    assert kinds([public(text), other], [moved, other]) == []
    assert kinds([public(text), other], [other]) == [("lost", "comment 1")]
    assert kinds([public(text), public(text, "b")], [moved, other]) == [("lost", "b")]
    assert kinds([public(text)], [internal(f"Ann · 10:00\n{text}")]) == [("hidden", "comment 1")]
    assert kinds([internal(text)], [moved]) == [("leaked", "comment 2")]


def test_a_sentence_of_a_script_without_spaces_is_found_behind_another_one() -> None:
    said = [public("请在明天之前更换路由器"), internal("客户信用很差不要退款")]
    after = [public("请在明天之前更换路由器客户信用很差不要退款"), internal("客户信用很差不要退款")]
    assert kinds(said, after) == [("leaked", "comment 2")]
    broken = [public("请在明天\n之前更换路由器"), internal("客户信用很差不要退款")]
    assert kinds(said, broken) == []


def test_the_number_of_a_comment_is_not_found_in_the_line_over_another_one() -> None:
    said = [public("2024", "a"), public("the router works again", "b")]
    after = [public("Ann Smith · 2024-01-01 10:00 UTC\nthe router works again")]
    assert kinds(said, after) == [("lost", "a")]


def test_parts_of_a_chat_share_a_text_and_other_messages_do_not() -> None:
    chat = [public(f"line {number} of the chat", f"chat {number}") for number in range(3)]
    after = [public("Transcript: " + " ".join(one.text for one in chat))]
    assert [kind for kind, _ in kinds(chat, after)] == ["lost", "lost"]
    assert kinds([one._replace(within="chat 7") for one in chat], after) == []


def test_a_message_that_stands_twice_is_told_where_the_move_made_it() -> None:
    """By the account that moved all, or at the same time; what people say again is theirs."""
    said = public("please send the invoice again to me", "comment 1")._replace(at="2024-01-01T00:00:00Z")

    def twice(first: WitnessText, second: WitnessText) -> list[str]:
        return [fault.kind for fault in compare_texts([said], [first, second], made_by="mover")]

    mover = public(f"Ann: {said.text}")._replace(author="mover", at="2024-05-01")
    assert twice(mover, mover._replace(at="2024-05-02")) == ["twice"]
    assert twice(said._replace(author="ann"), said._replace(author="ann")) == ["twice"]
    assert twice(said._replace(author="ann"), said._replace(author="ann", at="2024-07-01")) == []
    short = mover._replace(text="thank you")
    thanks = [said._replace(text="thank you")]
    assert compare_texts(thanks, [short, short._replace(at="2024-05-02")], made_by="mover") == []
