import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketferry.people.cluster import cluster
from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.directory import Directory
from ticketferry.people.keys import email_key, is_address, organization_keys, person_keys
from ticketferry.people.match import match
from ticketferry.schema.refs import Kind
from ticketferry.store.directory import DirectoryTables


def here(id_, email="", name="Pat", **more):
    return {"ref": f"acme:person:{id_}", "name": name, "email": email, "role": "end_user", **more}


def there(id_, email="", name="Pat", account="customer", **more):
    return {"ref": f"site:person:{id_}", "name": name, "email": email, "account": account, **more}


def mail(value, verified):
    return [{"type": "email", "value": value, "verified": verified}]


def worked_out(people, accounts, **more):
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    cluster(people, tables, more.get("decisions"))
    findings = match(people, accounts, tables, **more)
    return Directory(tables), findings


CONTRADICTIONS = {
    "an external id on one account and the e-mail on another": (
        [here(1, "a@x.example", external_id="E7")],
        [there("a", "a@x.example"), there("b", "b@x.example", external_id="E7")],
    ),
    "one account that two people fit, by an id and by an address": (
        [here(1, "a@x.example"), here(2, "b@x.example", name="Kim", external_id="E7")],
        [there("a", "a@x.example", identities=mail("b@x.example", True), external_id="E7")],
    ),
    "the same external id with other addresses: two systems numbered from one": (
        [here(1, "a@x.example", external_id="7")],
        [there("a", "z@x.example", external_id="7")],
    ),
    "the same external id and another name, of somebody without an address": (
        [here(1, name="Anna", external_id="7")],
        [there("a", "z@x.example", name="Bob", external_id="7")],
    ),
    "the same external id and another name, where neither has an address": (
        [here(1, name="Anna", external_id="7")],
        [there("a", name="Bob", external_id="7")],
    ),
    "the same address with another external id": (
        [here(1, "a@x.example", external_id="7")],
        [there("a", "a@x.example", external_id="9")],
    ),
    "an address that is not verified in the source": (
        [here(1, "a@x.example", identities=mail("a@x.example", False))],
        [there("a", "a@x.example")],
    ),
    "an address that is not verified in the target": (
        [here(1, "a@x.example")],
        [there("a", "a@x.example", identities=mail("a@x.example", False))],
    ),
    "an account that bears our mark for another person": (
        [here(1, "old@x.example", name="Kim"), here(2, "a@x.example")],
        [there("a", "a@x.example", origin="acme:person:1")],
    ),
    "a suspended account": ([here(1, "a@x.example")], [there("a", "a@x.example", state="suspended")]),
    "a deleted account": ([here(1, "a@x.example")], [there("a", "a@x.example", state="deleted")]),
    "two people of different names under one address": (
        [here(1, "info@x.example"), here(2, "info@x.example", name="Kim")],
        [there("a", "info@x.example")],
    ),
    "two accounts of one address": (
        [here(1, "a@x.example")],
        [there("a", "a@x.example"), there("b", "A@x.example")],
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_keys_that_contradict_each_other_belong_to_nobody(name):
    """Whoever gets a wrong account reads another customer's tickets."""
    people, accounts = CONTRADICTIONS[name]
    found, findings = worked_out(people, accounts)
    last = people[-1]["ref"]
    assert found.account(last) is None
    assert found.contested(last)
    told = next(item for item in findings if str(item.subject) == last)
    assert told.code == "P310"
    assert "Decide in the decisions file" in told.remedy
    for candidate in accounts:
        assert candidate["ref"] in told.message
        assert candidate["email"] in told.message


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_whoever_decides_gets_what_was_decided(name):
    people, accounts = CONTRADICTIONS[name]
    last = people[-1]["ref"]
    account = next(item for item in accounts if item.get("state", "active") == "active" or len(accounts) == 1)
    decided = Decisions({last: Decision(last, decision=account["ref"])})
    found, _ = worked_out(people, accounts, decisions=decided)
    if account.get("state", "active") == "active" and "origin" not in account:
        assert found.account(last).how == "decision"
    alone = Decisions({last: Decision(last, decision="separate")})
    found, _ = worked_out(people, accounts, decisions=alone)
    assert found.account(last) is None


def test_an_address_that_was_passed_on_between_two_phases_gives_the_account_to_nobody():
    """The first phase matched Kim by it; whoever reads the mailbox now would see Kim's tickets, and Kim would see theirs."""
    people = [here(1, "new@x.example", name="Kim"), here(2, "a@x.example")]
    accounts = [there("a", "a@x.example", name="Kim")]
    found, _ = worked_out(people, accounts, owners={"a": "acme:person:1"}.get)
    assert found.account("acme:person:2") is None
    assert found.contested("acme:person:1")
    assert found.contested("acme:person:2")


def test_our_own_account_stays_with_its_person_while_the_address_is_still_theirs():
    people = [here(1, "a@x.example", name="Kim"), here(2, "a@x.example")]
    found, _ = worked_out(people, [there("a", "a@x.example", origin="acme:person:1")])
    assert found.account("acme:person:1").how == "origin"
    assert found.account("acme:person:2") is None
    assert found.contested("acme:person:2")


def test_agents_and_customers_of_one_name_and_address_may_share_an_account():
    people = [here(1, "a@x.example"), here(2, "a@x.example", role="agent")]
    found, findings = worked_out(people, [there("a", "a@x.example", account="agent")])
    assert found.account("acme:person:1").ref == found.account("acme:person:2").ref == "site:person:a"
    assert findings == []


def test_ids_in_the_agents_file_differ_by_case():
    people = [
        here(1, "a@x.example", external_id="00QA"),
        here(2, "b@x.example", external_id="00Qa", name="Kim"),
    ]
    accounts = [there("a", "one@x.example", account="agent"), there("b", "two@x.example", account="agent")]
    found, findings = worked_out(people, accounts, agents={"00QA": "one@x.example", "00Qa": "b"})
    assert found.account("acme:person:1").ref == "site:person:a"
    assert found.account("acme:person:2").ref == "site:person:b"
    assert findings == []
    found, _ = worked_out(people, accounts, agents={"00QA": "one@x.example"})
    assert found.account("acme:person:2") is None


def test_an_account_of_the_agents_file_that_the_target_lacks_is_not_looked_for_by_other_keys():
    people = [here(1, "a@x.example", role="agent")]
    accounts = [there("a", "a@x.example", account="agent"), there("b", "b@x.example", account="agent")]
    found, findings = worked_out(people, accounts, agents={"a@x.example": "bb@x.example"})
    assert found.account("acme:person:1") is None
    assert [item.code for item in findings] == ["P310"]
    assert "the agents' file names bb@x.example, which is no account of the target" in findings[0].message


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann@Acme.Example ", "ann@acme.example", True),
        ("stra\u00dfe@x.example", "strasse@x.example", False),
        ("\u212a@x.example", "k@x.example", False),
        ("\u212a@x.example", "K@x.example", False),
        ("a@\u212a.example", "a@k.example", False),
        ("a@stra\u00dfe.example", "a@strasse.example", False),
        ("a@m\u00fcller.example", "a@xn--mller-kva.example", True),
        ("a@M\u00dcLLER.example", "A@XN--MLLER-KVA.example", True),
        ("jos\u00e9@x.example", "jose\u0301@x.example", True),
        ("a@mu\u0308ller.example", "a@xn--mller-kva.example", True),
        ("\u0130@x.example", "i@x.example", False),
        ("\u00c4nn@x.example", "\u00e4nn@x.example", False),
        ("a.b@x.example", "ab@x.example", False),
        ("a+b@x.example", "a@x.example", False),
        ("\u200ba@x.example", "a@x.example", True),
        ("a@x.example.", "a@x.example", True),
    ],
)
def test_addresses_are_equal_by_the_rules_of_the_mail_system(one, other, same):
    assert (email_key(one) == email_key(other)) is same


@pytest.mark.parametrize(
    "value",
    ["0", "000", "N/A", "none", " null ", "-", "--", "unknown", "Undefined", "n.a.", 0, "#N/A", "(none)", "n.a", "-none-",
        "<null>", "000-000", "Not available", "0.0", "-1", "No number", "#NAME?", "#DIV/0!", "#REF!", "1.23E+15", "1,23E+15", "-2.5e-07",
        "xxx", "X", "tbc", "ffffffff", "99999", "inf", "[object Object]", "k.A.", "keine", "{{external_id}}"],
)  # fmt: skip
def test_what_forms_write_for_no_number_is_no_key(value):
    assert person_keys({"external_id": value}) == []


@pytest.mark.parametrize(
    "value",
    ["noemail@x.example", "No-Reply@x.example", "donotreply@x.example", "none@x.example", "no_email@x.example", "mailer-daemon@x.example", "postmaster@x.example", "noreply2@x.example", "bounces+7@x.example",
     "@x.example", "x", "n/a@x.example"],
)  # fmt: skip
def test_an_address_that_is_nobodys_own_is_no_key(value):
    assert person_keys({"email": value}) == []


def test_names_that_only_begin_like_a_stop_word_are_keys():
    for value in ("norman@x.example", "nora@x.example", "testa@x.example", "nan.li@x.example"):
        assert person_keys({"email": value}) == [f"email:{value}"]


def test_ids_of_fifteen_characters_differ_by_their_case():
    people = [here(1, external_id="003A0000abcDEFG"), here(2, external_id="003A0000abcDEFg", name="Kim")]
    accounts = [there("a", external_id="003A0000abcDEFg", name="Kim")]
    found, _ = worked_out(people, accounts)
    assert found.account("acme:person:1") is None
    assert found.account("acme:person:2").ref == "site:person:a"


def test_a_number_that_people_of_several_names_bear_tells_none_of_them():
    people = [here(1, external_id="100"), here(2, external_id="100", name="Kim")]
    found, _ = worked_out(people, [there("a", external_id="100")])
    assert found.account("acme:person:1") is None
    assert found.account("acme:person:2") is None


def test_a_free_mail_domain_matches_no_organization():
    assert organization_keys({"name": "", "domains": ["GMail.com", "web.de", "acme.example"]}) == [
        "domain:acme.example"
    ]


def test_an_organization_found_by_its_domain_in_one_and_by_its_name_in_another_is_nobodys():
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    source = [{"ref": "acme:organization:1", "name": "Acme", "domains": ["acme.example"]}]
    target = [
        {"ref": "site:organization:1", "name": "Acme"},
        {"ref": "site:organization:2", "name": "Acme Ltd", "domains": ["acme.example"]},
    ]
    findings = match(source, target, tables, by=("domain", "name"), kind=Kind.ORGANIZATION)
    found = Directory(tables)
    assert found.account("acme:organization:1") is None
    assert found.contested("acme:organization:1")
    assert [item.code for item in findings] == ["P310"]


def organization(desk, id_, name, *domains, **more):
    return {"ref": f"{desk}:organization:{id_}", "name": name, "domains": list(domains), **more}


@pytest.mark.parametrize(
    ("here_", "there_"),
    [
        (organization("acme", 1, "Acme", external_id="1"), organization("site", 9, "Globex", external_id="1")),
        (organization("acme", 1, "Acme", "a.example", external_id="1"), organization("site", 9, "Globex", "g.example", external_id="1")),
        (organization("acme", 1, "Acme", "a.example", external_id="1"), organization("site", 9, "Acme Two", "a.example", external_id="9")),
        (organization("acme", 1, "Acme", external_id="1"), organization("site", 9, "Acme", external_id="9")),
        (organization("acme", 1, "Acme", "a.example"), organization("site", 9, "Acme", "b.example")),
    ],
)  # fmt: skip
def test_an_organization_of_one_key_in_common_and_another_that_contradicts_is_nobodys(here_, there_):
    """Two companies that two desks numbered or named alike: who is bound to the other's organization reads its tickets."""
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    findings = match([here_], [there_], tables, by=("external_id", "domain", "name"), kind=Kind.ORGANIZATION)
    assert Directory(tables).account("acme:organization:1") is None
    assert Directory(tables).contested("acme:organization:1")
    assert [item.code for item in findings] == ["P310"]


@pytest.mark.parametrize(
    "there_",
    [
        organization("site", 9, "Acme Ltd", "a.example", external_id="1"),
        organization("site", 9, "ACME", external_id="1"),
        organization("site", 9, "Acme", "b.example", "a.example"),
        organization("site", 9, "Acme"),
    ],
)
def test_an_organization_whose_keys_agree_is_matched(there_):
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    source = [organization("acme", 1, "Acme", "a.example", external_id="1")]
    assert match(source, [there_], tables, by=("external_id", "domain", "name"), kind=Kind.ORGANIZATION) == []
    assert Directory(tables).account("acme:organization:1").ref == "site:organization:9"


NAMES = st.sampled_from(["Ann", "Kim", ""])
MAILS = st.sampled_from(["", "a@x.example", "A@x.example", "b@x.example", "c@x.example", "noreply@x.example"])
IDS = st.sampled_from(["", "1", "2", "N/A"])
VERIFIED = st.sampled_from([None, True, False])


def _human(name, mail_, external, verified, extra):
    made = {"name": name, "email": mail_, "external_id": external}
    values = [value for value in (mail_, extra) if value]
    if verified is not None:
        made["identities"] = [{"type": "email", "value": value, "verified": verified} for value in values]
    elif extra:
        made["identities"] = [{"type": "email", "value": extra}]
    return made


HUMANS = st.builds(_human, NAMES, MAILS, IDS, VERIFIED, MAILS)


@given(
    st.lists(st.tuples(HUMANS, st.sampled_from(["end_user", "end_user", "agent"])), max_size=6),
    st.lists(
        st.tuples(
            HUMANS,
            st.sampled_from(["customer", "agent"]),
            st.sampled_from(["active", "active", "suspended", "deleted"]),
            st.sampled_from([None, None, 1, 2, 3]),
        ),
        max_size=5,
    ),
    st.dictionaries(st.sampled_from(["t1", "t2", "t3"]), st.sampled_from(["acme:person:1", "acme:person:2"])),
)
def test_no_account_ever_stands_for_somebody_whom_a_key_of_it_contradicts(people, accounts, owned):
    """Whatever keys people bear: an account stands for one human, bears no other's mark, and shares a worthy key with them."""
    source = [{"ref": f"acme:person:{n}", "role": role, **human} for n, (human, role) in enumerate(people, 1)]
    target = []
    for number, (human, account, state, origin) in enumerate(accounts, 1):
        more = {} if origin is None else {"origin": f"acme:person:{origin}"}
        target.append({"ref": f"site:person:t{number}", "account": account, "state": state, **human, **more})
    found, findings = worked_out(source, target, owners=owned.get)
    by_ref = {row["ref"]: row for row in target}
    holders = {}
    for person in source:
        survivor = found.survivor(person["ref"])
        account = found.account(survivor)
        if found.contested(survivor):
            assert account is None
            assert any(str(item.subject) == survivor for item in findings)
        if account is not None:
            holders.setdefault(account.ref, []).append((survivor, person))
    for ref, held in holders.items():
        account = by_ref[ref]
        humans = {survivor for survivor, _ in held}
        roles = {person["role"] for _, person in held}
        assert len(humans) == 1 or (
            len({person["name"] for _, person in held}) == 1 and len(humans) == len(roles)
        )
        if account.get("origin"):
            assert account["origin"] in {person["ref"] for _, person in held}
            continue
        assert account["state"] == "active"
        theirs = set(person_keys(account))
        for survivor in humans:
            mine = set().union(*(person_keys(person) for one, person in held if one == survivor))
            assert mine & theirs
            ids = {key for key in mine | theirs if key.startswith("external_id:")}
            assert len(ids) <= 1 or not any(key.startswith("external_id:") for key in mine & theirs)


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("ann@one.example", True),
        (" J\u00f6rg.M+x@m\u00fcller.example ", True),
        ("o'neil@one.example", True),
        ("ann@two@one.example", False),
        ("root@localhost", False),
        ("ann@one..example", False),
        ("ann@.one.example", False),
        ("ann@one.example.", False),
        ("an\x00n@one.example", False),
        ("ann\u202e@one.example", False),
        ("a" * 250 + "@one.example", False),
        ("", False),
    ],
)
def test_an_account_is_made_of_one_mailbox_at_a_domain(text, takes):
    assert is_address(text) is takes
