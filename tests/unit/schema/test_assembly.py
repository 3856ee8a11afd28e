"""Parts come to the record that they belong to, whatever order they come in."""

from ticketferry.schema.assembly import put_together
from ticketferry.schema.refs import Kind, parse_ref


def test_a_person_is_put_together_with_memberships_and_addresses():
    root = parse_ref("acme:person:1")
    person = {
        "ref": str(root),
        "organizations": ["acme:organization:1"],
        "identities": [{"type": "email", "value": "a@x"}],
    }
    parts = [
        {"ref": "acme:membership:1", "person": str(root), "organization": "acme:organization:1"},
        {
            "ref": "acme:membership:2",
            "person": str(root),
            "organization": "acme:organization:2",
            "default": True,
        },
        {"ref": "acme:membership:3", "person": str(root), "group": "acme:group:9"},
        {"ref": "acme:identity:1", "person": str(root), "type": "email", "value": "a@x"},
        {"ref": "acme:identity:2", "person": str(root), "type": "phone", "value": "1"},
    ]
    whole = put_together(root, [*parts, person])
    assert whole["organizations"] == ["acme:organization:1", "acme:organization:2"]
    assert whole["groups"] == ["acme:group:9"]
    assert [row["value"] for row in whole["identities"]] == ["a@x", "1"]
    assert put_together(root, parts) is None
    assert root.kind is Kind.PERSON
