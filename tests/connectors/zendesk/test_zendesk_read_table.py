"""The table of what becomes of each field says what the translation does, for every leaf of the sample desk."""

import re

import pytest
from tests.connectors.zendesk.reading import drain, neutral, reading
from tools.tables.zendesk_reading import NATIVE, ROWS, markdown

from ticketferry.sdk.trace import leaves, lookup
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_zendesk.names import Names

KINDS = {
    "tickets": "ticket",
    "organizations": "organization",
    "groups": "group",
    "people": "person",
    "memberships": "membership",
}
"""Stream -> kind of the table."""


@pytest.fixture(scope="module")
def desk():
    with reading(ManualClock(), plan=None, options={"jira_url": "https://acme.atlassian.net"}) as (source, _):
        yield source


def row_of(kind, pattern):
    """Return what the table says of a wire field: of itself, else of the nearest above it."""
    found = None
    for key, told in ROWS[kind].items():
        stem, _, rest = key.rpartition(".")
        names = [f"{stem}.{part}" if stem else part for part in rest.split(", ")]
        for name in names:
            if (pattern == name or pattern.startswith((f"{name}.", f"{name}["))) and (
                not found or len(name) > len(found[0])
            ):
                found = (name, told)
    return found[1] if found else None


@pytest.mark.parametrize("stream", sorted(KINDS))
def test_the_table_says_what_happens(desk, stream):
    names, kind, seen = Names(desk.catalog()), KINDS[stream], set()
    for wire in drain(desk, stream)[0].values():
        done = neutral(wire, names)
        for leaf in leaves(wire.body):
            place = lookup(done.trace, leaf.path, leaf.pattern)
            told = row_of(kind, leaf.pattern)
            seen.add(leaf.pattern)
            if told is None:
                assert ".native" in place, (leaf, place)
            elif place[0] == "=":
                assert told[0] == "=" or "derived" in told, (leaf, place, told)
            elif ".native" in place:
                assert NATIVE in told, (leaf, place, told)
            else:
                field = re.split(r"[.\[]", place.split("].", 1)[1])[0]
                assert field in told, (leaf, place, told)
    assert seen


def test_a_row_that_is_not_there_is_missed(desk):
    assert row_of("ticket", "subject") == "subject"
    assert row_of("ticket", "never_heard_of") is None
    assert row_of("ticket", "metric_set.replies") == "sla[] `replies`"
    assert row_of("ticket", "metric_set.url").startswith("=")


def test_the_section_has_a_table_for_each_kind_and_every_known_type_of_event():
    text = markdown()
    assert text.count("| everything else |") == len(ROWS)
    for word in ("`CommentPrivacyChange`", "`ChatStartedEvent`", "ZD-EVENT-001"):
        assert word in text
