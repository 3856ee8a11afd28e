"""Words of one ticket in another one: whose they were, who may read them, and what is nobody's."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.witness import Facts, Who, Wire, WitnessText
from ticketferry.store.word_runs import WordRuns
from ticketferry.witness.cross_ticket import CrossTicketTexts
from ticketferry.witness.duplicates import DuplicateTickets
from ticketferry.witness.seen import Seen

ANN, BOB = Who("7", "Ann"), Who("8", "Bob")
NOTE = "he is known to us as a credit risk so promise nothing"
SINCE = datetime(2024, 6, 1, tzinfo=UTC)


def public(text: str, **more: Any) -> WitnessText:
    return WitnessText("comment 1", text, public=True, **more)


def internal(text: str) -> WitnessText:
    return WitnessText("comment 2", text, public=False)


def seen(requester: Who | None, *texts: WitnessText, body: Any = None, made_by: str = "") -> Seen:
    wires = [Wire(Ref("d", Kind.TICKET, "1"), body or {}, None)]
    return Seen(texts, (), Facts("1", requester, made_by=made_by), wires)


def found(sources: dict[str, Seen], ticket: str, after: Seen, *, tickets: int = 3) -> list[tuple[str, bool]]:
    with closing(WordRuns()) as runs:
        others = CrossTicketTexts(tickets, runs)
        for ref, before in sources.items():
            others.add(ref, before)
        told = others.words_of_others(
            ticket,
            sources[ticket],
            after,
            frozenset({"ann", "bob", "utc"}),
            same_person=lambda here, other: here.id == other.id,
            since=SINCE,
        )
        return [(one.ticket, one.internal) for one in told]


A = seen(ANN, public("my router blinks red since the storm of monday"), internal(NOTE))
B = seen(BOB, public("the invoice of march lists two modems"))


@pytest.mark.parametrize("text", [NOTE, f"Bob · 2024-01-01 10:00 UTC {NOTE} thanks", NOTE.upper()])
def test_an_internal_message_of_another_ticket_is_a_leak_whoever_asked(text: str) -> None:
    assert found({"a": A, "b": B}, "b", seen(BOB, public(text))) == [("a", True)]
    own = seen(ANN, public("and a second thing of mine"))
    assert found({"a": A, "b": own}, "b", seen(ANN, public(text))) == [("a", True)]
    assert found({"a": A, "b": B}, "b", seen(BOB, internal(text))) == []


def test_public_words_of_one_customer_are_no_other_ones_business() -> None:
    text = public("my router blinks red since the storm of monday")
    assert found({"a": A, "b": B}, "b", seen(BOB, text)) == [("a", False)]
    own = seen(ANN, public("and a second thing of mine"))
    assert found({"a": A, "b": own}, "b", seen(ANN, text)) == [], "Ann reads her own words"


def test_what_several_tickets_have_is_nobodys() -> None:
    """Macros, signatures and templates."""
    sources = {"a": A, "b": B, "c": seen(BOB, internal(NOTE))}
    assert found(sources, "b", seen(BOB, public(NOTE))) == []


@pytest.mark.parametrize(
    "own",
    [
        seen(BOB, public("see below"), public(NOTE)),
        seen(BOB, internal(f"I quote: {NOTE}")),
        seen(BOB, public("see below"), body={"fields": {"note": f"<b>{NOTE}</b>"}}),
    ],
)
def test_what_the_ticket_itself_had_is_no_leak_of_another_one(own: Seen) -> None:
    """Its own internal words in public are told as its own; words of a field may stand in a text by a rule."""
    assert found({"a": A, "b": own}, "b", seen(BOB, public(NOTE))) == []


def test_what_agents_wrote_since_in_the_new_desk_is_theirs() -> None:
    later = public(NOTE, author="agent", at="2024-07-01T00:00:00Z")
    assert found({"a": A, "b": B}, "b", seen(BOB, later, made_by="mover")) == []
    for said in (later._replace(author="mover"), later._replace(at="2024-05-01T00:00:00.000+0000")):
        assert found({"a": A, "b": B}, "b", seen(BOB, said, made_by="mover")) == [("a", True)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("promise nothing please", True),
        ("do not pay", False),
        ("ok do it", False),
        ("12 2024 01 01 10 00", False),
        ("客户信用很差不要退款", True),
    ],
)
def test_a_short_message_counts_as_a_whole_where_it_tells_something(text: str, told: bool) -> None:
    """Fewer letters than a name has are said in any ticket."""
    sources = {"a": seen(ANN, internal(text)), "b": B}
    assert bool(found(sources, "b", seen(BOB, public(f"Bob: {text}")))) is told


def test_of_very_many_tickets_a_part_is_kept_and_every_message_is_still_known() -> None:
    long = " ".join(f"word{number}" for number in range(300))
    sources = {"a": seen(ANN, internal(long), WitnessText("comment 3", NOTE, public=False)), "b": B}
    for text in (long, NOTE):
        assert found(sources, "b", seen(BOB, public(text)), tickets=1_000_000) == [("a", True)]


def strangers(*shown: tuple[str, ...]) -> Iterator[Facts]:
    return (Facts(f"SUP-{90 + number}", shown=values) for number, values in enumerate(shown))


def test_a_ticket_that_another_one_shows_too_is_there_twice() -> None:
    here, there = (
        Facts("12"),
        Facts("SUP-3", shown=("zd-12", "12", "12 routers are dead and I want my money")),
    )
    told = [one.message for one in DuplicateTickets(strangers(("zd-12", "12"))).of("a", "3", here, there)]
    assert told == ["SUP-90 shows 12 too"]
    for other in (("zd-13", "13"), ("12",), ("12 routers are dead and I want my money",)):
        assert list(DuplicateTickets(strangers(other)).of("a", "3", here, there)) == [], (
            "a quantity is no number"
        )


def test_two_tickets_that_became_one_are_told() -> None:
    duplicates = DuplicateTickets(())
    assert list(duplicates.of("a", "3", Facts("12"), Facts("SUP-3"))) == []
    assert [one.message for one in duplicates.of("b", "3", Facts("13"), Facts("SUP-3"))] == [
        "the same ticket of the target stands for a"
    ]
    assert list(duplicates.of("a", "3", Facts("12"), Facts("SUP-3"))) == []
