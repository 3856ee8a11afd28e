"""Which names a planned record bears in the target: those that are written, not those of accounts that are only matched."""

from types import SimpleNamespace

import pytest

from ticketferry.plan.name_clashes import colliding_names, names_of
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Outcome, Severity


class Compiler:
    def name_key(self, kind, name):
        return name.casefold() if kind == "user" else ""


def named(outcome, mapped):
    return names_of(
        SimpleNamespace(
            root=Ref("acme", Kind.PERSON, "1"),
            mapped=SimpleNamespace(record={"ref": "acme:person:1", "email": "Ada@x.example"}, outcome=mapped, because="people.match"),
            outcome=outcome,
            target_id="9",
        ),
        Compiler(),
    )  # fmt: skip


@pytest.mark.parametrize("outcome", [Outcome.MATCH, Outcome.UNCHANGED])
def test_a_matched_account_keeps_its_own_name_in_this_plan_and_in_later_ones(outcome):
    assert named(outcome, Outcome.MATCH) == []


@pytest.mark.parametrize("outcome", [Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED])
def test_an_account_that_we_make_bears_the_name_that_we_write(outcome):
    assert named(outcome, Outcome.CREATE) == [("user", "ada@x.example", "Ada@x.example")]


def test_two_tickets_that_ask_for_one_key_are_names_that_fall_together():
    class Keys:
        def name_key(self, kind, name):
            return name.upper() if kind == "issue_key" else ""

    def names(**record):
        mapped = SimpleNamespace(record=record, outcome=Outcome.CREATE, because="")
        root = Ref("acme", Kind.TICKET, "1")
        return names_of(
            SimpleNamespace(root=root, mapped=mapped, outcome=Outcome.CREATE, target_id=None), Keys()
        )

    assert names(key="SUP-12") == [("issue_key", "SUP-12", "SUP-12")]
    assert names(subject="no key") == []
    rows = [("issue_key", "SUP-12", f"acme:ticket:{id_}", "create", "SUP-12") for id_ in (1, 2)]
    planning = SimpleNamespace(
        compiler=Keys(),
        inputs=SimpleNamespace(target_snapshot=1),
        target=SimpleNamespace(roots=lambda *_: ()),
    )
    (found,) = colliding_names(rows, planning)
    assert (found.code, found.severity) == ("P320", Severity.BLOCKER)
    assert "acme:ticket:1" in found.message
    assert "`route`" in found.remedy
