"""What the witness must see in Zendesk: losses, leaks and exchanges made on purpose in the account, or by a broken mapping."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tests.flow.witness_desk import INTO_ZENDESK, LONG, NOTE, SAID, Moved, errors, moved, of

from ticketferry.mapping.text import TextRules
from ticketferry.project import Project, stages


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    with moved(tmp_path_factory.mktemp("mutants"), INTO_ZENDESK, "") as found:
        yield found


@contextmanager
def cases(desk: Moved, *numbers: int) -> Iterator[list[Any]]:
    """Give tickets of the account to be changed, and put them back afterwards."""
    found = [desk.state.case(int(desk.id_of(number))) for number in numbers]
    before = deepcopy(found)
    try:
        yield found
    finally:
        write(desk, before)


def write(desk: Moved, changed: list[Any]) -> None:
    with desk.state.lock:
        for case in changed:
            desk.state._keep(case)


def event(case: Any, text: str) -> tuple[Any, Any]:
    """Return the audit and the comment with a text."""
    return next(
        (audit, step)
        for audit in case.audits
        for step in audit["events"]
        if str(step.get("plain_body") or "").endswith(text) and step.get("type") == "Comment"
    )


def test_nothing_is_told_of_an_account_that_arrived(desk: Moved) -> None:
    seen = desk.asked()
    assert (seen.errors, seen.explained, seen.unjudged) == ([], [], {})


@pytest.mark.parametrize("id_", [11, 13, 14, 15, 19])
def test_a_lost_message_is_told_whatever_it_is_written_in(desk: Moved, id_: int) -> None:
    with cases(desk, 1) as (case,):
        case.audits.remove(event(case, SAID[id_][0])[0])
        write(desk, [case])
        lost = of(desk.asked(), "text")
    assert [one.where for one in lost] == [f"comment {id_}"]


def visibility(one: Any, _: Any, __: Any) -> set[tuple[str, str]]:
    event(one, LONG)[1]["public"], event(one, NOTE)[1]["public"] = False, True
    return {("1", "leak"), ("1", "text"), ("1", "file")}


def requesters(one: Any, two: Any, _: Any) -> set[tuple[str, str]]:
    one.ticket["requester_id"], two.ticket["requester_id"] = (
        two.ticket["requester_id"],
        one.ticket["requester_id"],
    )
    return {("1", "requester"), ("2", "requester")}


def an_hour_later(one: Any, _: Any, __: Any) -> set[tuple[str, str]]:
    assert one.ticket["created_at"] == "2024-01-01T08:00:00Z"
    one.ticket["created_at"] = "2024-01-01T09:00:00Z"
    return {("1", "created")}


def a_day_later(one: Any, _: Any, __: Any) -> set[tuple[str, str]]:
    one.ticket["created_at"] = "2024-01-02T08:00:00Z"
    return {("1", "created")}


def said_again(one: Any, _: Any, __: Any) -> set[tuple[str, str]]:
    again = deepcopy(event(one, "???")[0])
    again["id"] += 7_000_000
    for step in again["events"]:
        step["id"] += 7_000_000
    one.audits.append(again)
    return {("1", "twice")}


def the_wrong_ticket(one: Any, two: Any, _: Any) -> set[tuple[str, str]]:
    """An internal note that was written to another customer's ticket, in public."""
    wrong = deepcopy(event(one, NOTE)[0])
    wrong["ticket_id"] = two.ticket["id"]
    for step in wrong["events"]:
        step["id"] += 7_000_000
        step.update({"public": True, "attachments": []} if step.get("type") == "Comment" else {})
    two.audits.append(wrong)
    return {("2", "leak")}


def open_file(one: Any, _: Any, __: Any) -> set[tuple[str, str]]:
    internal, public = event(one, NOTE)[1], event(one, LONG)[1]
    public["attachments"] += internal.pop("attachments")
    internal["attachments"] = []
    return {("1", "leak")}


@pytest.mark.parametrize(
    "mutant",
    [visibility, requesters, an_hour_later, a_day_later, said_again, the_wrong_ticket, open_file],
)
def test_what_was_done_to_the_account_is_told_and_nothing_else(
    desk: Moved, mutant: Callable[[Any, Any, Any], set[tuple[str, str]]]
) -> None:
    with cases(desk, 1, 2, 3) as found:
        expected = mutant(*found)
        write(desk, found)
        seen = desk.asked()
    assert errors(seen) == expected, seen.errors


def test_messages_that_a_mapping_gives_to_each_others_ticket_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan expects the wrong words too, so that the comparison with it finds all the same."""
    real = TextRules.body
    found = "<p>The parcel service found it in the depot of Hamburg this morning</p>"
    billed = "<p>The invoice of March lists two modems although we ever had only one</p>"

    def wrong(self: TextRules, *args: Any, **named: Any) -> tuple[dict[str, Any], bool]:
        new, changed = real(self, *args, **named)
        for one, other in ((found, billed), (billed, found)):
            if one in new["html"]:
                return {**new, "html": new["html"].replace(one, other)}, True
        return new, changed

    monkeypatch.setattr(TextRules, "body", wrong)
    with (
        moved(tmp_path, INTO_ZENDESK, "") as desk,
        Project.load(desk.ferry.root, clock=desk.ferry.clock) as project,
    ):
        verified = stages.verify(project, witness=True, sample=None)
    assert not any(verified.counts[sign] for sign in "+-*!"), verified.lines
    assert verified.witnessed is not None
    assert not verified.same
    assert errors(verified.witnessed) == {("2", "text"), ("3", "text"), ("2", "leak"), ("3", "leak")}
