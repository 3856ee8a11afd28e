"""Users, organizations, groups and memberships as neutral records."""

import pytest
from tests.connectors.zendesk.reading import DESK, neutral, sample_names

from ticketferry_zendesk.wire import of_group, of_membership, of_organization, of_user


@pytest.fixture(scope="module")
def names():
    return sample_names()


def user(names, identities=(), **row):
    return neutral(
        of_user(
            DESK, {"id": 7, "name": "Zoë 🌻", "role": "end-user", "active": True, **row}, list(identities)
        ),
        names,
    ).records[0]


@pytest.mark.parametrize(("row", "role", "state"), [
    ({}, "end_user", "active"),
    ({"role": "agent", "role_type": 0}, "agent", "active"),
    ({"role": "agent", "role_type": 1}, "light_agent", "active"),
    ({"role": "admin", "role_type": 4, "suspended": True}, "admin", "suspended"),
    ({"role": "agent", "tags": ["ai_agent"]}, "ai_agent", "active"),
    ({"tags": ["ai_agent"]}, "end_user", "active"),
    ({"active": False, "suspended": True}, "end_user", "deleted"),
    ({"role": "owner"}, "end_user", "active"),
])  # fmt: skip
def test_role_and_state(names, row, role, state):
    record = user(names, **row)
    assert (record["role"], record["state"]) == (role, state)


def test_identities_come_with_the_user_and_a_shared_phone_is_one_of_them(names):
    mail = {
        "id": 1,
        "user_id": 7,
        "type": "email",
        "value": "a@b.example",
        "primary": True,
        "verified": False,
        "deliverable_state": "ok",
    }
    record = user(
        names,
        [mail, {"id": 2, "type": "messaging", "value": "8d21"}],
        phone="+49 30 1",
        shared_phone_number=True,
    )
    assert [(item["type"], item["value"]) for item in record["identities"]] == [
        ("email", "a@b.example"), ("messaging", "8d21"), ("phone", "+49 30 1"),
    ]  # fmt: skip
    assert record["native"]["identities[0].deliverable_state"] == "ok"


def test_a_phone_that_is_an_identity_stands_there_once(names):
    record = user(
        names, [{"id": 3, "type": "phone_number", "value": "+4930", "primary": False}], phone="+4930"
    )
    assert [item["type"] for item in record["identities"]] == ["phone"]


def test_fields_zone_and_places(names):
    record = user(
        names, user_fields={"tier": "tier_gold", "seats": 3, "customer_since": "2023-05-01T00:00:00+00:00", "newsletter": False, "k.e[y]": "x"},
        time_zone="Berlin", iana_time_zone="Europe/Berlin", organization_id=42001, default_group_id=26001,
    )  # fmt: skip
    assert record["fields"] == {
        "tier": "tier_gold",
        "seats": 3,
        "customer_since": "2023-05-01",
        "newsletter": False,
        "k.e[y]": "x",
    }
    assert record["time_zone"] == "Europe/Berlin"
    assert record["organizations"] == ["acme:organization:42001"]
    assert record["groups"] == ["acme:group:26001"]


def test_a_zone_without_its_iana_name_is_kept(names):
    assert user(names, time_zone="Berlin")["native"]["time_zone"] == "Berlin"


def test_an_organization_has_its_domains_fields_and_sharing(names):
    row = {"id": 9, "name": "  Müller & Söhne ", "domain_names": ["a.example"], "shared_tickets": True, "shared_comments": False, "group_id": 26002,
           "organization_fields": {"plan": "plan_basic", "renewal": "2027-01-01T00:00:00+00:00", "discount": 2.5, "licences": None}}  # fmt: skip
    record = neutral(of_organization(DESK, row), names).records[0]
    assert record["fields"] == {"plan": "plan_basic", "renewal": "2027-01-01", "discount": 2.5}
    assert (record["shared_tickets"], record["shared_comments"], record["group"]) == (
        True,
        False,
        "acme:group:26002",
    )


def test_a_deleted_organization_is_a_tombstone():
    assert of_organization(DESK, {"id": 9, "name": "x", "deleted_at": "2026-01-01T00:00:00Z"}).gone


def test_a_group_that_is_not_public_is_restricted(names):
    assert (
        neutral(of_group(DESK, {"id": 1, "name": "HR", "is_public": False}), names).records[0]["restricted"]
        is True
    )
    assert "restricted" not in neutral(of_group(DESK, {"id": 1, "name": "HR"}), names).records[0]


def test_memberships_of_organizations_and_groups_with_one_id_stay_apart(names):
    one = of_membership(
        DESK,
        {
            "id": 4,
            "user_id": 7,
            "organization_id": 9,
            "organization_name": "x",
            "default": None,
            "view_tickets": True,
        },
        "org",
    )
    two = of_membership(DESK, {"id": 4, "user_id": 7, "group_id": 8, "default": True}, "group")
    assert (one.ref.id, two.ref.id) == ("org-4", "group-4")
    assert str(one.root) == str(two.root) == "acme:person:7"
    assert neutral(one, names).records[0]["organization"] == "acme:organization:9"
    assert neutral(two, names).records[0]["default"] is True
