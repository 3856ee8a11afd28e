"""An account of the new desk is offered to people of the old one alone: two of one desk who are alike are another question."""

import pytest

from ticketferry.people.decisions import Decisions
from ticketferry.people.offered import OfferLog
from ticketferry.project.near_accounts import BothDesks, offer_accounts
from ticketferry.store.directory import DirectoryTables


def person(desk, id_, name, email):
    return {
        "ref": f"{desk}:person:{id_}",
        "name": name,
        "email": email,
        "role": "end_user",
        "state": "active",
    }


@pytest.fixture
def offered(tmp_path):
    """What is offered to people of `acme` who have no account, by (ref, account)."""
    directory = DirectoryTables.new(tmp_path / "directory.db")

    def offer(source, target):
        desks = BothDesks(directory, "acme", lambda _: False, lambda _: False, lambda ref: (ref, ""))
        path = tmp_path / "people.csv"
        offers = offer_accounts(
            source, target, desks, Decisions(), OfferLog.beside(path), {}, tmp_path, region=None, today="2026-11-30",
        )  # fmt: skip
        return {ref: (row.suggestion, row.decision) for ref, row in offers.rows.items()}

    yield offer
    directory.close()


def test_neither_two_people_nor_two_accounts_are_offered_to_each_other(offered):
    source = [
        person("acme", 1, "Ann Berg", "ann.berg@gmail.com"),
        person("acme", 2, "Berg, Ann", "annberg@gmail.com"),
        person("acme", 3, "Thorolf Quistgaard", "thorolf.quistgaard@gmail.com"),
    ]
    target = [
        person("dest", 1, "Quistgaard Thorolf", "thorolfquistgaard@gmail.com"),
        person("dest", 2, "Ibrahim Zulkarnain", "i.zulkarnain@gmail.com"),
        person("dest", 3, "Ibrahim Zulkarnain", "izulkarnain@gmail.com"),
    ]
    assert offered(source, target) == {"acme:person:3": ("dest:person:1", "accept")}
