"""Generated desks with contradicting keys, through clusters, matches and the mapping: no account ever gets a ticket of somebody else."""

import sqlite3
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rounds import examples
from tests.unit.mapping.desks import BASE, JIRA, JSM, NOW, ZENDESK, Desks

from ticketferry.mapping.engine import Engine
from ticketferry.mapping.loader import loads
from ticketferry.people.account import Account, MatchState
from ticketferry.people.cluster import cluster
from ticketferry.people.directory import Directory
from ticketferry.people.match import match
from ticketferry.sdk.contract import Outcome
from ticketferry.store.directory import DirectoryTables

PLACEHOLDER = 'people:\n  contested: placeholder\n  placeholder: {name: "{{ name }}", email: "{{ id }}@placeholder.example"}\n'


class Matched(Desks):
    """Look-ups over generated people, and the directory that was worked out of them."""

    def __init__(self, people: list[dict[str, Any]], directory: Directory) -> None:
        super().__init__()
        self.rows = {row["ref"]: row for row in people}
        self.directory = directory

    def survivor(self, ref: str) -> str:
        return str(self.directory.survivor(ref))

    def account(self, ref: str) -> Account | None:
        return self.directory.account(ref)

    def match_state(self, ref: str) -> MatchState:
        return self.directory.match_state(ref)


# Each human has one mailbox and one number of their own; desks mix them up: by shared mailboxes, copied numbers, changed owners.
MAILS = [f"h{number}@x.example" for number in range(4)]
HUMANS = st.tuples(
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([0, 1, 2, 3, None]),
    st.sampled_from([None, True, False]),
)


def record(ref: str, drawn: tuple[int, int, int | None, bool | None], **more: Any) -> dict[str, Any]:
    human, mailbox, number, verified = drawn
    made: dict[str, Any] = {
        "ref": ref,
        "name": f"Human {human}",
        "email": MAILS[mailbox],
        "state": "active",
        **more,
    }
    if number is not None:
        made["external_id"] = f"N{number}"
    if verified is not None:
        made["identities"] = [{"type": "email", "value": MAILS[mailbox], "verified": verified}]
    return made


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(HUMANS, min_size=1, max_size=5), st.lists(HUMANS, max_size=4), st.booleans())
def test_no_account_gets_a_ticket_of_somebody_else(people, accounts, placeholders):
    source = [
        record(f"acme:person:{number}", drawn, role="end_user") for number, drawn in enumerate(people, 1)
    ]
    target = [
        record(f"site:person:{number}", drawn, account="customer") for number, drawn in enumerate(accounts, 1)
    ]
    tables = DirectoryTables(sqlite3.connect(":memory:"))
    cluster(source, tables)
    match(source, target, tables)
    lookups = Matched(source, Directory(tables))
    text = BASE + (PLACEHOLDER if placeholders else "")
    engine = Engine(loads(text), ZENDESK, JIRA, JSM, lookups, NOW)
    gets: dict[str, set[str]] = {}
    for person in source:
        number = person["ref"].rsplit(":", 1)[1]
        case = {
            "ref": f"acme:ticket:{number}", "number": number, "subject": "s", "status": "open", "stage": "assigned",
            "requester": person["ref"], "public": True,
        }  # fmt: skip
        mapped = engine.case(case)
        if mapped.outcome is not Outcome.CREATE:
            assert lookups.match_state(lookups.survivor(person["ref"])).contested
            continue
        stands = mapped.record["requester"] if mapped.record else ""
        root = engine.person(lookups.rows[stands])
        assert root.outcome in (Outcome.MATCH, Outcome.CREATE)
        address = str((root.record or {}).get("email"))
        if root.outcome is Outcome.MATCH:
            account = lookups.account(stands)
            assert account is not None
            address = account.ref
            there = next(row for row in target if row["ref"] == account.ref)
            mine, theirs = (
                (person["email"], person.get("external_id")),
                (there["email"], there.get("external_id")),
            )
            assert mine[0] == theirs[0] or lookups.survivor(person["ref"]) != person["ref"]
            assert None in (mine[1], theirs[1]) or mine[1] == theirs[1]
        gets.setdefault(address, set()).add(person["name"])
    assert all(len(names) == 1 for names in gets.values()), gets
