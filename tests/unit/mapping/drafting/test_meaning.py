import pytest

from ticketferry.mapping.drafting.meaning import likeness, meaning, told_stage
from ticketferry.mapping.drafting.proposing import SURE


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("Refund reason", "refund REASON", 100),
        ("custom:Parked", "Parked", 100),
        ("Serial no", "Serial No.", 98),
        ("steps_to_reproduce", "Steps to reproduce", 98),
        ("Décision", "DECISION", 98),
        ("Straße", "strasse", 100),
        ("Warten auf Kunden", "Waiting for customer", 90),
        ("En attente du client", "Waiting on requester", 90),
        ("In attesa del fornitore", "Pending vendor", 90),
        ("Aguardando aprovação", "Awaiting approval", 90),
        ("Esperando al cliente", "Wartet auf Kunde", 90),
        ("Rechnungen", "Billing", 90),
    ],
)
def test_names_that_say_the_same_in_six_languages(one: str, other: str, score: int) -> None:
    assert likeness(one, other).score == score
    assert likeness(other, one).score == score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Waiting for customer", "Waiting for vendor"),
        ("Tier 1", "Tier 2"),
        ("Paid", "Unpaid"),
        ("Approved", "Unapproved"),
        ("Invoice no. 12", "Invoice no. 21"),
        ("Start date", "End date"),
        ("", "x"),
        ("???", "!!!"),
        ("日本", "中国"),
        ("Open", "Reopened"),
    ],
)
def test_names_that_only_look_alike_are_never_called_sure(one: str, other: str) -> None:
    assert likeness(one, other).score < SURE


def test_words_tell_of_stages_and_only_where_they_do() -> None:
    assert told_stage("Warten auf Kunden") == "pending_customer"
    assert told_stage("Pending vendor") == "on_hold"
    assert told_stage("Geschlossen") == "closed"
    assert told_stage("Banana") == ""
    assert meaning("of the") == {"of", "the"}
