"""One ticket in both desks: what the witness calls an error, and what a rule of the mapping explains."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.witness import Facts, Who, Wire, WitnessFile, WitnessLimits, WitnessText
from ticketferry.witness.compare import among_agents, compare
from ticketferry.witness.people import SourcePeople, same_person
from ticketferry.witness.rules import Drop, ExplainingRules
from ticketferry.witness.seen import Seen

ANN = Who("7", "Ann Smith", frozenset({"ann@x.example"}))
THERE = Who("qm:1", "Ann Smith", frozenset({"Ann@X.example"}))
FACTS = Facts("12", ANN, "2024-01-01T10:00:00Z", "2024-01-02T10:00:00Z")
SHOWN = Facts("SUP-3", THERE, shown=("zd-12", "2024-01-01T12:00:00.000+0200", "2024-01-02T10:00:00Z"))


def seen(
    facts: Facts, *, texts: Sequence[WitnessText] = (), files: Sequence[WitnessFile] = (), body: Any = None
) -> Seen:
    return Seen(texts, files, facts, [Wire(Ref("d", Kind.TICKET, "1"), body or {}, None)])


def differences(
    before: Seen, after: Seen, rules: ExplainingRules | None = None, sums: dict[str, str] | None = None
) -> list[tuple[str, str]]:
    known = sums or {}
    found = compare(
        before,
        after,
        rules or ExplainingRules(),
        SourcePeople([ANN]),
        {},
        before_bytes=lambda held: known.get(f"here {held.id}"),
        after_bytes=(lambda held: known.get(f"there {held.id}")) if sums else None,
    )
    return [(one.what, one.rule) for one in found]


def test_a_ticket_that_arrived_has_no_difference() -> None:
    assert differences(seen(FACTS), seen(SHOWN), ExplainingRules(created=True, solved=True)) == []


def test_times_count_where_the_way_can_hold_them() -> None:
    late = SHOWN._replace(shown=("zd-12",))
    assert differences(seen(FACTS), seen(late)) == []
    assert differences(seen(FACTS), seen(late), ExplainingRules(created=True)) == [("created", "")]


@pytest.mark.parametrize("shown", [("zd-123",), ("zd-1", "2"), ()])
def test_a_number_that_nobody_finds_is_told(shown: tuple[str, ...]) -> None:
    assert differences(seen(FACTS), seen(SHOWN._replace(shown=shown))) == [("number", "")]


def test_a_file_counts_by_its_bytes_and_by_who_sees_it() -> None:
    here, there = WitnessFile("1", "a.txt", 3, public=False), WitnessFile("9", "a.txt", 3, public=False)
    same, other = {"here 1": "aa", "there 9": "aa"}, {"here 1": "aa", "there 9": "bb"}
    assert differences(seen(FACTS, files=[here]), seen(SHOWN, files=[there]), sums=same) == []
    assert differences(seen(FACTS, files=[here]), seen(SHOWN, files=[there]), sums=other) == [("file", "")]
    assert differences(
        seen(FACTS, files=[here]), seen(SHOWN, files=[there._replace(public=True)]), sums=same
    ) == [("leak", "")]
    assert differences(seen(FACTS, files=[here]), seen(SHOWN), ExplainingRules(largest_file=2), same) == [
        ("file", "attachments.max")
    ]
    assert differences(seen(FACTS, files=[here]), seen(SHOWN), ExplainingRules(blocked=("txt",)), same) == [
        ("file", "attachments.block")
    ]


def test_a_dropped_value_is_looked_for_in_every_string_of_the_new_desk() -> None:
    facts = FACTS._replace(named={"fields.card": ("4111222233334444",), "fields.city": ("Köln",)})
    hidden = {"properties": {"ours": [{"text": "card 4111222233334444 of Ann"}]}}
    rules = ExplainingRules(dropped=(Drop(("fields.card",)),))
    assert differences(seen(facts), seen(SHOWN, body=hidden), rules) == [("dropped", "")]
    assert differences(seen(facts), seen(SHOWN, body=hidden)) == []
    said = [WitnessText("comment 1", "my card is 4111222233334444", public=True)]
    assert differences(seen(facts, texts=said), seen(SHOWN, texts=said, body=hidden), rules) == [], (
        "people wrote it"
    )
    rest = ExplainingRules(named=frozenset({"fields.city"}))
    assert differences(seen(facts), seen(SHOWN, body=hidden), rest) == [("dropped", "")]
    private = FACTS._replace(named={"metadata.system.ip_address": ("198.51.100.7",)})
    noted = seen(private, body={"metadata": {"system": {"ip_address": "198.51.100.7"}}})
    there = seen(SHOWN, body={"note": "from 198.51.100.7"})
    assert differences(noted, there, ExplainingRules(private=("metadata.system.*",))) == [("dropped", "")]


def test_rules_explain_what_they_can_do_and_no_more() -> None:
    subject = [WitnessText("subject", "Re: the router", public=True, kind="subject")]
    cut = [WitnessText("summary", "the router", public=True, kind="subject")]
    without_re = ExplainingRules(subject=lambda text: text.removeprefix("Re: "))
    assert differences(seen(FACTS, texts=subject), seen(SHOWN, texts=cut), without_re) == [
        ("subject", "text.subject")
    ]
    public = [WitnessText("comment 1", "words among us", public=True)]
    internal = [replace_public(public[0], public=False)]
    assert differences(
        seen(FACTS, texts=public), seen(SHOWN, texts=internal), ExplainingRules(public_internal=True)
    ) == [("text", "comments.public")]
    assert differences(
        seen(FACTS, texts=internal), seen(SHOWN, texts=public), ExplainingRules(public_internal=True)
    ) == [("leak", "")]
    ours = seen(SHOWN._replace(requester=Who("bot", "Migration Bot"), made_by="bot"))
    unknown = FACTS._replace(requester=Who("8", "Caller +1 202"))
    assert differences(seen(unknown), ours, ExplainingRules(no_address="people.customers")) == [
        ("requester", "people.customers")
    ]
    assert differences(seen(FACTS), ours, ExplainingRules(no_address="people.customers")) == [
        ("requester", "")
    ], "Ann has an address"


def test_a_rule_for_subjects_explains_what_it_takes_off_and_nothing_else() -> None:
    """A drafted mapping cuts subjects at 255 characters: that does not explain a short one that is gone or another ticket's."""
    here = [WitnessText("subject", "Re: the router in room nine is broken", public=True, kind="subject")]
    rules = ExplainingRules(subject=lambda text: text.removeprefix("Re: ")[:14])
    for there in ([], [WitnessText("summary", "invoice of a stranger", public=True, kind="subject")]):
        assert differences(seen(FACTS, texts=here), seen(SHOWN, texts=there), rules) == [("subject", "")]
    cut = [WitnessText("summary", "the router in …", public=True, kind="subject")]
    assert differences(seen(FACTS, texts=here), seen(SHOWN, texts=cut), rules) == [
        ("subject", "text.subject")
    ]


@pytest.mark.parametrize(
    ("container", "sort", "rule"),
    [
        ("SUP", "Problem", "route"),
        ("sup", "problem", "route"),
        ("SUP", "Incident", ""),
        ("HR", "Problem", ""),
        ("OLD", "Task", "route"),
        ("", "", ""),
    ],
)
def test_a_route_off_the_portal_explains_the_tickets_that_it_sends_there(
    container: str, sort: str, rule: str
) -> None:
    """One route without a request type is no reason for a request that lost its own."""
    asked = [WitnessText("description", "please help with the router", public=True)]
    hidden = [WitnessText("description", "please help with the router", public=False)]
    there = SHOWN._replace(container=container, sort=sort)
    rules = ExplainingRules(off_portal=frozenset({("sup", "problem"), ("old", "")}))
    assert differences(seen(FACTS, texts=asked), seen(there, texts=hidden), rules) == [("text", rule)]


def test_a_namesake_is_no_stand_in() -> None:
    """A rule for placeholders explains the accounts that it makes, by their addresses, and nobody else of the same name."""
    rules = ExplainingRules(placeholders="people.placeholder", stand_ins="former-*@placeholder.invalid")
    for email, rule in (
        ("Former-7@placeholder.invalid", "people.placeholder"),
        ("ann.smith@another.example", ""),
    ):
        there = SHOWN._replace(requester=Who("2", "Ann Smith", frozenset({email})))
        assert differences(seen(FACTS), seen(there), rules) == [("requester", rule)]


def test_a_file_of_another_ticket_in_public_is_a_leak() -> None:
    """What was never in the old ticket, and was in another one, was shown to the wrong customer; agents' new files are theirs."""
    here, right = WitnessFile("1", "a.txt", 3, public=True), WitnessFile("9", "a.txt", 3, public=True)
    strange = WitnessFile("10", "b.txt", 3, public=True)
    sums = {"here 1": "aa", "there 9": "aa", "there 10": "bb"}

    def found(strange: WitnessFile, known: set[str]) -> list[str]:
        told = compare(
            seen(FACTS, files=[here]),
            seen(SHOWN, files=[right, strange]),
            ExplainingRules(),
            SourcePeople([ANN]),
            {},
            before_bytes=lambda held: sums.get(f"here {held.id}"),
            after_bytes=lambda held: sums.get(f"there {held.id}"),
            elsewhere=known.__contains__,
        )
        return [one.what for one in told]

    assert found(strange, {"aa", "bb"}) == ["leak"]
    assert found(strange, {"aa"}) == []
    assert found(strange._replace(public=False), {"aa", "bb"}) == []


def test_a_dropped_tag_is_looked_for_in_any_case() -> None:
    """Mappings take tags out whatever their case; so does who looks for them."""
    facts, there = (
        FACTS._replace(named={"tags": ("VIP_Gold",)}),
        SHOWN._replace(named={"tags": ("vip_gold",)}),
    )
    assert differences(seen(facts), seen(there), ExplainingRules(dropped_tags=("vip*",))) == [("dropped", "")]
    assert differences(seen(facts), seen(there), ExplainingRules(dropped_tags=("other*",))) == []


def replace_public(said: WitnessText, *, public: bool) -> WitnessText:
    return said._replace(public=public)


@pytest.mark.parametrize(
    ("here", "there", "result"),
    [
        (ANN, THERE, "right"),
        (ANN, Who("2", "Bo", frozenset({"bo@x.example"})), "wrong"),
        (ANN, Who("2", "Ann Smith", frozenset({"other@x.example"})), "wrong"),
        (ANN, Who("2", "Ann Smith"), "right"),
        (ANN, Who("2", "Bo"), "wrong"),
        (
            Who("7", "Ann", external=frozenset({"C-1"})),
            Who("2", "A. S.", external=frozenset({"C-1"})),
            "right",
        ),
        (Who("7"), Who("2", "Bo"), "unproved"),
        (Who("7", "Ann"), Who("2", "Anna"), "wrong"),
    ],
)
def test_people_are_the_same_by_what_both_desks_tell(here: Who, there: Who, result: str) -> None:
    assert same_person(here, there).result == result


def test_a_stand_in_bears_the_name_and_a_rule() -> None:
    stands = Who("2", "Ann Smith (former)", frozenset({"former-7@placeholder.invalid"}))
    assert same_person(ANN, stands).result == "wrong"
    assert same_person(ANN, stands, placeholders="people.placeholder") == ("explained", "people.placeholder")
    assert (
        same_person(ANN, stands._replace(name="Bo (former)"), placeholders="people.placeholder").result
        == "wrong"
    )
    pair = frozenset({("ann@x.example", "bo@x.example")})
    assert same_person(ANN, Who("2", "Bo", frozenset({"bo@x.example"})), chosen=pair) == (
        "explained",
        "people.agents",
    )


def test_an_agent_under_a_new_domain_is_explained_by_the_rule_alone():
    here, there = (
        Who("1", "Kim Lee", frozenset({"Kim@old.example"})),
        Who("9", "K. L.", frozenset({"kim@new.example"})),
    )
    assert same_person(here, there).result == "wrong"
    rules = {"@old.example": "@new.example"}
    assert same_person(here, there, rewritten=rules) == ("explained", "people.rewrite_email")
    assert same_person(here, there, rewritten={"@older.example": "@new.example"}).result == "wrong"
    assert (
        same_person(here, there, rewritten={**rules, "kim@old.example": "boss@new.example"}).result == "wrong"
    )


def test_people_who_share_an_address_are_one_person() -> None:
    people = SourcePeople(
        [
            ANN,
            Who("8", "Ann S.", frozenset({"ann@x.example", "ann@y.example"})),
            Who("9", "Bo", frozenset({"bo@x.example"})),
        ]
    )
    assert people.get(Who("7")).emails == {"ann@x.example", "ann@y.example"}
    assert same_person(people.get(Who("7")), Who("2", "?", frozenset({"ann@y.example"}))).result == "right"
    assert people.get(Who("99", "New")) == Who("99", "New")


BOB = Who("8", "Bob Agent", frozenset({"bob@acme.example"}))
BOT = Who("qm:9", "Ferry Bot", frozenset({"bot@acme.example"}))


@pytest.mark.parametrize(
    ("shown", "text", "found"),
    [
        (THERE, "we will call you back", "shows it as words of Ann Smith"),
        (BOT, "we will call you back", "shows it as words of Ferry Bot"),
        (None, "we will call you back", "shows it as words of nobody"),
        (BOT, "Bob Agent · 2024-01-01 10:00 UTC we will call you back", ""),
        (THERE, "Bob's note we will call you back", "shows it as words of Ann Smith"),
        (Who("qm:2", "Robert", BOB.emails), "we will call you back", ""),
        (Who("qm:3"), "we will call you back", ""),
    ],
)
def test_words_under_somebody_elses_name_need_a_line_that_names_who_wrote_them(
    shown: Who | None, text: str, found: str
) -> None:
    """An author shown as somebody else is an error for every single message, unless the text beside it names the true one."""
    here = [WitnessText("comment 1", "we will call you back", public=True, author=BOB.id)]
    there = [WitnessText("description", text, public=True, author=shown.id if shown else "")]
    for rules, rule in ((ExplainingRules(), ""), (ExplainingRules(unnamed="text.header"), "text.header")):
        told = compare(
            seen(FACTS, texts=here),
            seen(SHOWN, texts=there),
            rules,
            SourcePeople([ANN, BOB]),
            {shown.id: shown} if shown else {},
            before_bytes=lambda _: None,
            after_bytes=None,
        )
        assert [(one.what, one.where, one.rule) for one in told] == [("author", "comment 1", rule)] * bool(
            found
        )
        assert all(one.message.endswith(found) for one in told)


def test_a_file_that_customers_saw_and_the_portal_does_not_show_is_told() -> None:
    here, there = WitnessFile("1", "a.txt", 3, public=True), WitnessFile("9", "a.txt", 3, public=False)
    same = {"here 1": "aa", "there 9": "aa"}
    assert differences(seen(FACTS, files=[here]), seen(SHOWN, files=[there]), sums=same) == [("file", "")]
    hidden = ExplainingRules(public_internal=True)
    assert differences(seen(FACTS, files=[here]), seen(SHOWN, files=[there]), hidden, same) == [
        ("file", "comments.public")
    ]
    shown = there._replace(public=True)
    assert differences(seen(FACTS, files=[here]), seen(SHOWN, files=[shown]), sums=same) == []


def test_an_address_with_blanks_around_it_is_the_same_persons() -> None:
    """The old desk keeps what was typed, the new one what is an address."""
    typed = FACTS._replace(requester=Who("8", "Ann Smith", frozenset({" ann@x.example\t"})))
    assert differences(seen(typed), seen(SHOWN), ExplainingRules()) == []


@pytest.mark.parametrize(("here", "there"), [(True, False), (False, True)])
def test_a_file_among_agents_is_judged_by_its_bytes_alone(here: bool, there: bool) -> None:
    old = WitnessFile("1", "a.txt", 3, public=here, doubtful=True)
    new = WitnessFile("9", "a.txt", 3, public=there)
    same, other = {"here 1": "aa", "there 9": "aa"}, {"here 1": "aa", "there 9": "bb"}
    assert differences(seen(FACTS, files=[old]), seen(SHOWN, files=[new]), sums=same) == []
    assert differences(seen(FACTS, files=[old]), seen(SHOWN, files=[new]), sums=other) == [("file", "")]


@pytest.mark.parametrize(
    ("wanted", "there", "rule"),
    [
        ("1969-07-20T20:17:40Z", "1970-01-01T00:00:00Z", "no time before 1970-01-01 can stand there"),
        ("1969-07-20T20:17:40Z", "1980-01-01T00:00:00Z", ""),
        ("1971-07-20T20:17:40Z", "1970-01-01T00:00:00Z", ""),
    ],
)
def test_only_the_earliest_time_of_a_desk_stands_for_an_earlier_one(
    wanted: str, there: str, rule: str
) -> None:
    rules = ExplainingRules(created=True, limits=WitnessLimits(earliest="1970-01-01T00:00:00Z"))
    before = FACTS._replace(created=wanted, solved="")
    after = SHOWN._replace(shown=("zd-12", there))
    assert differences(seen(before), seen(after), rules) == [("created", rule)]


def test_an_account_that_asks_for_others_is_explained_by_the_option_that_names_it() -> None:
    there = SHOWN._replace(requester=Who("c9", "The desk", frozenset({"desk@new.example"})))
    assert differences(seen(FACTS), seen(there)) == [("requester", "")]
    rules = ExplainingRules(asks_for_others={"c9": "stand_in"})
    assert differences(seen(FACTS), seen(there), rules) == [("requester", "stand_in")]
    assert differences(seen(FACTS), seen(there), ExplainingRules(asks_for_others={"c8": "stand_in"})) == [
        ("requester", "")
    ]


def test_customers_see_nothing_of_an_internal_ticket_that_such_an_account_asks_and_else_they_do() -> None:
    rules = ExplainingRules(asks_for_others={"c9": "stand_in"})
    subject = WitnessText("subject", "call noted by Ada", public=True, kind="subject")
    told = WitnessText("comment 1", "call noted by Ada, refuses to pay the invoice", public=False)
    before = seen(FACTS, texts=[subject._replace(public=False), told])
    after = seen(SHOWN._replace(requester=Who("c9", "The desk")), texts=[subject, told])
    assert ("leak", "") in differences(before, after, rules)
    assert differences(before, among_agents(before, after, rules), rules) == [("requester", "stand_in")]
    assert among_agents(before, after, ExplainingRules()) is after
    public = seen(FACTS, texts=[subject, told])
    assert among_agents(public, after, rules) is after, "what customers read before they may read now"


def test_only_what_the_mapping_leaves_explains_a_file_that_is_not_there() -> None:
    old = WitnessFile("1", "a.txt", 3, public=True, at="2018-12-31T23:00:00Z")
    bound = datetime(2019, 1, 1, tzinfo=UTC)

    def rule(held: WitnessFile, rules: ExplainingRules) -> list[tuple[str, str]]:
        return differences(seen(FACTS, files=[held]), seen(SHOWN), rules)

    assert rule(old, ExplainingRules()) == [("file", "")]
    assert rule(old, ExplainingRules(oldest_file=bound)) == [("file", "attachments.older_than")]
    young, undated = old._replace(at="2019-01-01T00:00:00Z"), old._replace(at="some day")
    assert rule(young, ExplainingRules(oldest_file=bound)) == [("file", "")]
    assert rule(undated, ExplainingRules(oldest_file=bound)) == [("file", "")]
    assert rule(old._replace(malware=True), ExplainingRules()) == [("file", "attachments.malware")]
    assert rule(old._replace(picture=True), ExplainingRules()) == [("file", "")]
    assert rule(old._replace(picture=True), ExplainingRules(pictures_left=True)) == [
        ("file", "attachments.inline")
    ]
    assert rule(old, ExplainingRules(pictures_left=True)) == [("file", "")]
    for calls in ("text", "drop"):
        assert rule(old._replace(call=True), ExplainingRules(calls=calls)) == [("file", "comments.voice")]
    assert rule(old._replace(call=True), ExplainingRules()) == [("file", "")]


def test_a_dropped_call_explains_no_other_message() -> None:
    call = WitnessText("comment 1", "Call from Ann about boats", public=True, call=True)
    dropped = ExplainingRules(calls="drop")
    assert differences(seen(FACTS, texts=[call]), seen(SHOWN), dropped) == [("text", "comments.voice")]
    assert differences(seen(FACTS, texts=[call]), seen(SHOWN), ExplainingRules(calls="text")) == [
        ("text", "")
    ]
    assert differences(seen(FACTS, texts=[call._replace(call=False)]), seen(SHOWN), dropped) == [("text", "")]


def test_words_to_third_parties_are_looked_for_where_the_mapping_writes_them() -> None:
    said = WitnessText("side conversation 1, 0", "do you have one", public=False, kind="beside", talk=True)
    there = WitnessText("comment 9", "Side conversation: do you have one", public=False)
    written = ExplainingRules(talks_written=True)
    assert differences(seen(FACTS, texts=[said]), seen(SHOWN)) == []
    assert differences(seen(FACTS, texts=[said]), seen(SHOWN), written) == [("text", "")]
    assert differences(seen(FACTS, texts=[said]), seen(SHOWN, texts=[there]), written) == []
    shown = there._replace(public=True)
    assert ("leak", "") in differences(seen(FACTS, texts=[said]), seen(SHOWN, texts=[shown]), written)
    log = said._replace(talk=False)
    assert differences(seen(FACTS, texts=[log]), seen(SHOWN), written) == []
