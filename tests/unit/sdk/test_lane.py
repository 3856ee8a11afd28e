"""What compiling one record gathers: operations, fates, and findings that stay few however many parts a record has."""

from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk import Severity
from ticketferry.sdk.lane import Lane

ROOT = Ref("acme", Kind.TICKET, "1")


def test_thousands_of_parts_with_one_trouble_are_one_finding_with_a_count():
    lane = Lane(ROOT)
    for number in range(5_100):
        path = f"comments[{number}].provenance"
        lane.lost(path, "X-PROVENANCE", f"{32_773 + number} characters do not fit")
    (finding,) = lane.compiled({}).findings
    assert (finding.where, finding.count) == ("comments[].provenance", 5_100)
    assert "32773" in finding.message
    assert "comments[0].provenance" in finding.message
    assert len(lane.compiled({}).fates) == 5_100


def test_few_parts_fields_and_other_severities_are_told_one_by_one():
    lane = Lane(ROOT)
    for number in range(3):
        lane.find("A", Severity.LOSS, f"comments[{number}].body", "lost")
    for name in ("a", "b", "c", "d", "e"):
        lane.find("B", Severity.REPAIR, f'fields["{name} {name}"]', "kept")
    for _ in range(5):
        lane.find("C", Severity.DOUBT, "tags", "same place")
    lane.find("A", Severity.BLOCKER, "comments[9].body", "stays public")
    found = [(row.code, row.where, row.count) for row in lane.compiled({}).findings]
    assert found == [
        *(("A", f"comments[{number}].body", 1) for number in range(3)),
        *(("B", f'fields["{name} {name}"]', 1) for name in ("a", "b", "c", "d", "e")),
        *[("C", "tags", 1)] * 5,
        ("A", "comments[9].body", 1),
    ]
