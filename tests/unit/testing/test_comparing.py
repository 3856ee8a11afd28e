"""Where two records differ is said field by field, with both sides."""

from ticketferry.testing.comparing import differences


def test_a_difference_is_named_with_both_sides():
    wanted = {"ref": "acme:ticket:1", "subject": "a", "tags": ["x", "y"], "fields": {"F": 1}}
    seen = {"ref": "new:ticket:7", "subject": "b" * 1_000, "tags": ["y", "x"], "number": "7"}
    found = differences(wanted, seen)
    assert sorted(found) == ['fields["F"]', "subject"]
    assert len(found["subject"][1]) < 500
    assert differences(wanted, None)["subject"] == ("'a'", "None")
