"""What the account tells about itself: its own counts, gaps in its numbers, what is not moved."""

from collections import Counter

import httpx
import pytest
import respx
from tests.connectors.zendesk.reading import drain, reading, source_on

from ticketferry.sdk import Absence, Kind, Session
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk import CONNECTOR
from ticketferry_zendesk.source import ZendeskSource

API = "https://acme.zendesk.com/api/v2"


@pytest.fixture(scope="module")
def desk():
    with reading(ManualClock(), plan=None) as pair:
        yield pair


def lonely():
    return ZendeskSource(
        CONNECTOR.options(subdomain="acme", bearer="b"), Session("acme", clock=ManualClock())
    )


def test_the_desks_own_counts_are_those_of_reading(desk):
    source, _ = desk
    catalog = source.catalog()
    read = Counter()
    for wire in drain(source, "tickets")[0].values():
        record = source.translate(wire, catalog).records[0]
        if record["stage"] != "deleted":
            read[record["stage"], record["created"][:7]] += 1
    totals = list(source.totals())
    cells = {(total.stage, total.month): total for total in totals}
    assert len(cells) == len(totals)
    assert all(total.exact and total.where.startswith("GET /") for total in totals)
    months = {month for _, month in read}
    assert {month for _, month in cells if month} >= months
    for (stage, month), total in cells.items():
        wanted = set(stage.split("+")) if stage else None
        here = sum(
            n for (at, when), n in read.items() if (not wanted or at in wanted) and month in ("", when)
        )
        assert total.count == here, total
    assert cells["", ""].count == sum(read.values())
    assert cells["closed+merged", ""].count > 0


def test_counts_are_asked_in_utc_and_months_without_a_ticket_by_stage_are_not(desk):
    source, emulator = desk
    source.catalog()  # signs in, where no test before this one did
    before = len(list(emulator.ledger.entries()))
    totals = list(source.totals())
    asked = len(list(emulator.ledger.entries())) - before
    empty = [total for total in totals if total.month and not total.stage and not total.count]
    assert asked == len(totals) + 1  # and the oldest ticket
    for total in empty:
        assert not any(other.month == total.month and other.stage for other in totals)
    assert all("T00:00:00Z" in total.where for total in totals if total.month)


def test_every_number_without_a_live_ticket_has_a_reason(desk):
    source, emulator = desk
    state = emulator.state
    gone = [str(number) for number in state.heads if not state.live(number)]
    told = source.explain_absent([*gone, "1", "2", "999999"])
    assert set(told) == {*gone, "999999"}
    listed = {str(number) for number in state.deletions}
    assert {number for number, why in told.items() if why is Absence.DELETED} == listed
    assert told["62"] is Absence.PURGED  # scrubbed: in no list any more
    assert told["999999"] is Absence.PURGED
    assert source.explain_absent([]) == {}


def test_more_than_a_hundred_numbers_are_asked_in_hundreds(desk):
    source, emulator = desk
    before = [entry.path for entry in emulator.ledger.entries()]
    source.explain_absent([str(number) for number in range(1, 251)])
    asked = [entry.path for entry in emulator.ledger.entries()][len(before) :]
    assert sum("show_many" in path for path in asked) == 3


@respx.mock
@pytest.mark.parametrize(("me", "status", "why"), [
    ({"role": "admin", "ticket_restriction": None}, 404, Absence.PURGED),
    ({"role": "admin", "ticket_restriction": "groups"}, 403, Absence.INVISIBLE),
    ({"role": "agent", "ticket_restriction": None}, 403, Absence.INVISIBLE),
    ({"role": "agent", "ticket_restriction": None}, 404, Absence.UNKNOWN),
    ({"role": "agent"}, 200, Absence.INVISIBLE),
])  # fmt: skip
def test_who_does_not_see_all_does_not_call_a_hidden_ticket_purged(me, status, why):
    respx.get(f"{API}/users/me").respond(json={"user": {"id": 1, **me}})
    respx.get(f"{API}/tickets/show_many").respond(json={"tickets": []})
    respx.get(f"{API}/deleted_tickets").respond(403, json={"error": "Forbidden"})
    respx.get(f"{API}/tickets/7").respond(
        status, json={"error": "x"} if status != 200 else {"ticket": {"id": 7}}
    )
    source = lonely()
    assert source.explain_absent(["7"]) == {"7": why}
    source.close()


def test_what_is_not_moved_is_listed_with_its_use(desk):
    source, emulator = desk
    things = list(source.inventory())
    kinds = Counter(item.what for item in things)
    lists = emulator.state.lists
    assert kinds == {
        "macro": len(lists["macros"]), "trigger": len(lists["triggers"]), "automation": len(lists["automations"]),
        "view": len(lists["views"]), "article": len(lists["articles"]), "custom object": 1, "dynamic content": 2,
        "suspended mail": 6,
    }  # fmt: skip
    assert len({(item.what, item.id) for item in things}) == len(things)
    macro = next(item for item in things if item.what == "macro")
    assert macro.used is not None
    assert macro.used_when == "last 30 days"
    assert next(item for item in things if item.what == "custom object").note == "12 records"
    mail = next(item for item in things if item.what == "suspended mail")
    assert mail.note == "Detected as spam, from bulk0@lottery.example, on 2023-05-01"


@respx.mock
def test_a_list_without_the_plan_or_the_right_is_left_out_and_usage_is_asked_first():
    macros = respx.get(f"{API}/macros").mock(side_effect=[
        httpx.Response(403, json={"error": "Forbidden"}),
        httpx.Response(200, json={"macros": [{"id": 1, "title": "A", "active": False}], "meta": {"has_more": False}}),
    ])  # fmt: skip
    respx.route(url__startswith=API).respond(404, json={"error": "InvalidEndpoint"})
    source = lonely()
    (only,) = source.inventory()
    source.close()
    assert (only.what, only.name, only.active, only.used) == ("macro", "A", False, None)
    assert macros.call_count == 2


def test_the_inventory_is_no_record_and_nothing_is_written(desk):
    source, emulator = desk
    list(source.inventory())
    assert not [
        entry for entry in emulator.ledger.entries() if entry.method != "GET" and "oauth" not in entry.path
    ]


def test_numbers_that_are_explained_are_tickets_of_the_desk_that_was_asked(desk):
    source, emulator = desk
    other = source_on(emulator)
    assert other.explain_absent(["64"]) == source.explain_absent(["64"])
    assert {key[0] for key in drain(other, "tickets")[0]} == {Kind.TICKET}
    other.close()
