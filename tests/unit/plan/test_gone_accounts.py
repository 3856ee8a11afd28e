"""Who is gone and still needed is told with how many need them."""

from ticketferry.plan.gone_accounts import gone_accounts
from ticketferry.sdk.contract import Severity


class Rows:
    def __init__(self, *rows):
        self.rows, self.kinds = rows, None

    def gone_yet_wanted(self, kinds):
        self.kinds = kinds
        return list(self.rows)


def test_each_account_that_is_gone_and_needed_forbids_the_plan():
    rows = Rows(("acme:person:2", 37), ("acme:organization:1", 1))
    found = list(gone_accounts(rows))
    assert [(str(one.subject), one.count, one.severity) for one in found] == [
        ("acme:person:2", 37, Severity.BLOCKER),
        ("acme:organization:1", 1, Severity.BLOCKER),
    ]
    assert set(rows.kinds) == {"person", "organization", "group"}


def test_nobody_gone_is_no_finding():
    assert not list(gone_accounts(Rows()))
