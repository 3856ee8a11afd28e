"""What no document of Intercom's settles: reading gives the same records whichever way the workspace behaves, and through every fault."""

import pytest
from tests.connectors.intercom.test_source_contract import source_on

from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.kit.faults import Fault


def read_all(*faults, size=50, **switches):
    """Return all records by ref of a workspace that behaves so, addresses of files left out."""
    emulator = IntercomEmulator(ManualClock(), tickets=60)
    for name, value in switches.items():
        assert getattr(emulator.state.unsettled, name) != value
        setattr(emulator.state.unsettled, name, value)
    with emulator.serve():
        emulator.faults.add(*faults)
        source = source_on(emulator, campaigns=True, page_size=size)
        try:
            catalog, found = source.catalog(), {}
            for stream in source.streams():
                for page in source.read(stream, None):
                    for wire in page.records:
                        assert not wire.unread, wire
                        for record in source.translate(wire, catalog).records:
                            found[record["ref"]] = steady(record)
        finally:
            source.close()
    assert emulator.crashes == []
    assert sum(emulator.faults.fired().values()) == len(faults)
    return found


def steady(value):
    """Return a value without what is other at every reading: addresses of files, and the port that they are served at."""
    if isinstance(value, dict):
        return {key: steady(inner) for key, inner in value.items() if key != "url"}
    if isinstance(value, list):
        return [steady(inner) for inner in value]
    return "an address" if isinstance(value, str) and "127.0.0.1" in value else value


@pytest.fixture(scope="module")
def records():
    return read_all()


@pytest.mark.parametrize(
    "switch",
    [
        {"oversized_pages": "refused"},
        {"parts_by_date": True},
        {"teammates_named": "teammates"},
        {"company_found_as": "record"},
        {"list_values_as": "id"},
        {"tickets_in_conversation_search": True},
        {"conversation_attributes_listed": True},
        {"search_lag": 0.0},
        {"file_life": 1.0},
    ],
    ids=lambda switch: next(iter(switch)),
)
def test_a_switch_changes_nothing_of_what_is_read(records, switch):
    found = read_all(size=150, **switch)
    assert found.keys() == records.keys()
    assert [ref for ref in records if found[ref] != records[ref]] == []


def test_archived_contacts_in_lists_are_people_more(records):
    found = read_all(archived_contacts_listed=True)
    more = found.keys() - records.keys()
    assert len(more) == 1
    assert [ref for ref in records if found.get(ref) != records[ref]] == []


@pytest.mark.parametrize(
    "kind",
    ["drop_before", "drop_after", "status_before", "status_after", "rate_limited", "truncate_body", "slow"],
)
def test_a_fault_in_each_stream_leaves_the_same_records(records, kind):
    operations = (
        "scrollOverAllCompanies", "ListContacts", "searchTickets", "getTicket", "searchConversations", "retrieveConversation",
        "listAdmins", "listTicketTypes",
    )  # fmt: skip
    found = read_all(*(Fault(kind, name, nth=1, seconds=30.0) for name in operations))
    assert found.keys() == records.keys()
    assert [ref for ref in records if found[ref] != records[ref]] == []


def test_a_page_that_begins_with_the_last_row_of_the_one_before_gives_nothing_twice(records):
    names = ("ListContacts", "searchTickets", "searchConversations")
    found = read_all(*(Fault("repeat_page_border", name, nth=2) for name in names), size=7)
    assert found == records
