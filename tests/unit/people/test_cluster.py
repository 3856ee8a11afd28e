import random
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.errors import ConfigError
from ticketferry.people.cluster import cluster, suggestions
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.directory import Directory
from ticketferry.people.match import match
from ticketferry.schema.refs import Kind
from ticketferry.store.directory import DirectoryTables


def person(id_, email="", **more):
    return {
        "ref": f"acme:person:{id_}",
        "name": "Pat",
        "email": email,
        "role": "end_user",
        "state": "active",
        **more,
    }


def account(id_, email, kind="customer", **more):
    return {"ref": f"site:person:{id_}", "email": email, "account": kind, **more}


@pytest.fixture
def database():
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    yield tables
    tables.close()


def directory(database, people, target=(), decisions=None, **more):
    cluster(people, database, decisions)
    findings = match(people, target, database, decisions=decisions, **more)
    return Directory(database), findings


def test_one_e_mail_in_other_letters_is_one_person_and_dots_are_not(database):
    found, _ = directory(
        database,
        [person(1, "Ann@Acme.example "), person(2, " ann@acme.EXAMPLE"), person(3, "a.nn@acme.example")],
    )
    assert found.survivor("acme:person:2") == "acme:person:1"
    assert found.survivor("acme:person:3") == "acme:person:3"


def test_the_survivor_is_active_then_best_known_then_first(database):
    mail = [{"type": "email", "value": "x@a.example"}]
    people = [
        person(9, "x@a.example", state="suspended", identities=mail * 3), person(10, "x@a.example"), person(100, "x@a.example", identities=mail),
        person(20, "y@a.example"), person(3, "y@a.example"), person(4, "z@a.example", state="deleted"), person(5, "z@a.example", state="suspended"),
    ]  # fmt: skip
    found, _ = directory(database, people)
    assert found.survivor("acme:person:9") == found.survivor("acme:person:10") == "acme:person:100"
    assert found.survivor("acme:person:20") == "acme:person:3"
    assert found.survivor("acme:person:4") == "acme:person:5"


def mails(*values, verified=None):
    more = {} if verified is None else {"verified": verified}
    return [{"type": "email", "value": value, **more} for value in values]


def test_chains_of_keys_make_one_person(database):
    people = [
        person(1, "a@x.example", identities=mails("b@x.example"), external_id="E1"),
        person(2, "b@x.example", identities=mails("c@x.example")),
        person(3, "c@x.example"),
        person(4, "", merged_into="acme:person:3"),
    ]
    found, _ = directory(database, people)
    assert {found.survivor(row["ref"]) for row in people} == {"acme:person:1"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person(1, "a@x.example"), person(2, "a@x.example", name="Kim")),
        (person(1, "a@x.example", external_id="7"), person(2, "a@x.example", external_id="8")),
        (person(1, "a@x.example", external_id="7"), person(2, "b@x.example", external_id="7")),
        (person(1, "", external_id="003A0000abcDEFG"), person(2, "", external_id="003A0000abcDEFg")),
        (
            person(1, "a@x.example", identities=mails("a@x.example", verified=False)),
            person(2, "a@x.example", identities=mails("a@x.example", verified=True)),
        ),
        (person(1, "noreply@x.example"), person(2, "noreply@x.example")),
        (person(1, "", external_id="N/A"), person(2, "", external_id="n/a")),
    ],
)
def test_people_whose_keys_contradict_each_other_stay_separate_until_somebody_decides(database, one, other):
    """A row that is open in the decisions file changes nothing."""
    open_row = Decisions({"acme:person:2": Decision("acme:person:2", suggestion="acme:person:1")})
    for decisions in (None, open_row):
        found, _ = directory(database, [one, other], decisions=decisions)
        assert found.survivor("acme:person:2") == "acme:person:2"
    decided = Decisions(
        {"acme:person:2": Decision("acme:person:2", suggestion="acme:person:1", decision="accept")}
    )
    found, _ = directory(database, [one, other], decisions=decided)
    assert found.survivor("acme:person:2") == "acme:person:1"


def test_a_chain_through_a_third_joins_nobody_who_has_another_external_id(database):
    people = [
        person(1, "a@x.example", external_id="7"),
        person(2, "a@x.example", identities=mails("b@x.example")),
        person(3, "b@x.example", external_id="8"),
    ]
    found, _ = directory(database, people)
    assert [found.survivor(row["ref"]) for row in people] == [row["ref"] for row in people]


def test_agents_and_end_users_are_never_one(database):
    found, _ = directory(
        database,
        [
            person(1, "a@x.example"),
            person(2, "a@x.example", role="agent"),
            person(3, merged_into="acme:person:2"),
        ],
    )
    assert found.survivor("acme:person:2") == "acme:person:2"
    assert found.survivor("acme:person:3") == "acme:person:3"


def test_people_without_keys_stand_alone(database):
    found, _ = directory(database, [person(1), person(2), person(3, "   "), person(4, "not a mail")])
    assert [found.survivor(f"acme:person:{number}") for number in (1, 2, 3, 4)] == [
        f"acme:person:{number}" for number in (1, 2, 3, 4)
    ]


def test_decisions_part_and_join_people(database):
    people = [person(1, "a@x.example"), person(2, "a@x.example"), person(3, "c@x.example")]
    rows = {
        "acme:person:2": Decision("acme:person:2", decision="separate"),
        "acme:person:3": Decision("acme:person:3", decision="acme:person:1"),
    }
    found, _ = directory(database, people, decisions=Decisions(rows))
    assert found.survivor("acme:person:2") == "acme:person:2"
    assert found.survivor("acme:person:3") == "acme:person:1"
    bad = {"acme:person:3": Decision("acme:person:3", decision="acme:person:404")}
    with pytest.raises(ConfigError, match="not in the snapshot"):
        cluster(people, database, Decisions(bad))


def test_decisions_that_go_in_a_ring_leave_everybody_alone(database):
    rows = {
        f"acme:person:{a}": Decision(f"acme:person:{a}", decision=f"acme:person:{b}")
        for a, b in ((1, 2), (2, 3), (3, 1))
    }
    found, _ = directory(database, [person(number) for number in (1, 2, 3)], decisions=Decisions(rows))
    assert found.survivor("acme:person:1") == "acme:person:1"


def test_accounts_are_found_by_the_rules_in_order_and_agents_come_first(database):
    people = [person(1, "a@x.example", external_id="E9"), person(2, "b@x.example")]
    target = [
        account("c1", "b@x.example"),
        account("a1", "B@X.example", "agent"),
        account("c3", "", external_id="E9"),
    ]
    found, findings = directory(database, people, target)
    assert found.account("acme:person:1")[:] == ("site:person:c3", "customer", "external_id")
    assert found.account("acme:person:2")[:] == ("site:person:a1", "agent", "email")
    assert findings == []
    by_mail, _ = directory(database, people, [*target, account("c2", "a@x.example")], by=("email",))
    assert by_mail.account("acme:person:1").how == "email"


def test_two_accounts_that_fit_equally_are_nobodys_and_are_reported(database):
    found, findings = directory(
        database, [person(1, "a@x.example")], [account("c1", "a@x.example"), account("c2", "a@x.example")]
    )
    assert found.account("acme:person:1") is None
    assert [row.code for row in findings] == ["P310"]


def test_our_mark_the_decision_and_the_agents_file_win_over_keys(database):
    people = [
        person(1, "a@x.example"),
        person(2, "b@x.example"),
        person(3, "c@x.example", role="agent"),
        person(4, "d@x.example"),
    ]
    target = [
        account("m", "other@x.example", origin="acme:person:1"), account("k", "a@x.example"), account("d", "z@x.example"), account("e", "b@x.example"),
        account("new", "new@x.example", "agent"), account("f", "c@x.example"), account("g", "d@x.example"),
    ]  # fmt: skip
    rows = {
        "acme:person:2": Decision("acme:person:2", decision="site:person:d"),
        "acme:person:4": Decision("acme:person:4", decision="separate"),
    }
    found, _ = directory(database, people, target, Decisions(rows), agents={"c@x.example": "new@x.example"})
    accounts = {number: found.account(f"acme:person:{number}") for number in (1, 2, 3, 4)}
    assert [row and (row.ref, row.how) for row in accounts.values()] == [
        ("site:person:m", "origin"), ("site:person:d", "decision"), ("site:person:new", "agents"), None,
    ]  # fmt: skip


def test_an_account_that_fits_a_duplicate_stands_for_the_survivor(database):
    people = [
        person(1, "a@x.example", identities=mails("a@x.example", "b@x.example")),
        person(2, "a@x.example"),
    ]
    found, _ = directory(database, people, [account("c", "b@x.example")])
    assert found.account("acme:person:1").ref == "site:person:c"


def test_accounts_that_are_switched_off_match_nobody(database):
    found, _ = directory(database, [person(1, "a@x.example")], [account("c", "a@x.example", state="deleted")])
    assert found.account("acme:person:1") is None


def test_organizations_match_by_domain_or_name_and_leave_people_alone(database):
    directory(database, [person(1, "a@x.example")], [account("c", "a@x.example")])
    source = [
        {"ref": "acme:organization:1", "name": "Big  Co", "domains": []},
        {"ref": "acme:organization:2", "name": "X", "domains": ["Y.example"]},
    ]
    target = [
        {"ref": "site:organization:1", "name": "big co"},
        {"ref": "site:organization:2", "name": "Z", "domains": ["y.example"]},
    ]
    match(source, target, database, by=("domain", "name"), kind=Kind.ORGANIZATION)
    found = Directory(database)
    assert found.account("acme:organization:1")[:] == ("site:organization:1", "organization", "name")
    assert found.account("acme:organization:2").how == "domain"
    assert found.account("acme:person:1") is not None


def test_suggestions_name_the_survivor(database):
    people = [person(1, "a@x.example"), person(2, "a@x.example")]
    cluster(people, database)
    assert [(row.ref, row.suggestion) for row in suggestions(database, people)] == [
        ("acme:person:2", "acme:person:1")
    ]


PEOPLE = st.lists(
    st.builds(
        lambda email, external, role, state: {"email": email, "external_id": external, "role": role, "state": state},
        st.sampled_from(["", "a@x", "A@x ", "b@x", "c@x"]), st.sampled_from(["", "1", "2"]), st.sampled_from(["end_user", "agent"]),
        st.sampled_from(["active", "suspended", "deleted"]),
    ), max_size=12,
)  # fmt: skip


@given(PEOPLE, st.integers())
def test_the_result_does_not_depend_on_the_order_of_reading(rows, seed):
    people = [{"ref": f"acme:person:{number}", **row} for number, row in enumerate(rows, 1)]
    digests = []
    for order in (people, random.Random(seed).sample(people, len(people))):
        tables = DirectoryTables(sqlite3.connect(":memory:"))
        found, _ = directory(tables, order, [account("q", "a@x"), account("r", "b@x", "agent")])
        digests.append(found.digest())
        sides = {row["ref"]: row["role"] for row in people}
        assert all(sides[found.survivor(ref)] == side for ref, side in sides.items())
        assert all(found.survivor(found.survivor(ref)) == found.survivor(ref) for ref in sides)
        tables.close()
    assert digests[0] == digests[1]


def work_of(people):
    """Return how many steps SQLite does for a cluster, in thousands: the same on every machine."""
    connection, steps = sqlite3.connect(":memory:"), [0]

    def count():
        steps[0] += 1
        return 0

    connection.set_progress_handler(count, 1_000)
    assert cluster(people, DirectoryTables(connection)) == len(people) - 1
    connection.close()
    return steps[0]


@pytest.mark.parametrize("shape", ["one key", "a chain"])
def test_many_who_are_one_are_found_in_work_that_grows_as_they_do(shape):
    """An import that made a guest thousands of times, or gave each one the next one's address."""

    def people(count):
        if shape == "one key":
            return [person(number, external_id="G-1") for number in range(count)]
        return [
            person(n, f"a{n}@x.example", identities=mails(f"a{n}@x.example", f"a{n + 1}@x.example"))
            for n in range(count)
        ]

    assert work_of(people(1_600)) < 8 * work_of(people(400))


def test_a_mailbox_that_very_many_share_does_not_fill_every_message(database):
    people = [person(number, "info@x.example", name=f"P{number}") for number in range(300)]
    _, findings = directory(database, people, [account("c", "info@x.example")])
    assert len(findings) == 300
    assert all(len(item.message) < 700 for item in findings)
    assert "more" in findings[0].message
