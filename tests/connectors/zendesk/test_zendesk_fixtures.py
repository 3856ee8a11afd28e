"""Every recorded and sampled body there is, by its kind: records have a place for every leaf, the rest is named."""

import json
from collections import Counter

import httpx
import pytest
from pydantic import TypeAdapter
from tests.connectors.zendesk.reading import DESK, WHERE, neutral, sample_names

from ticketferry.schema.catalog import Catalog
from ticketferry.sdk import NotMoved, RejectedError
from ticketferry.sdk.trace import count_leaves
from ticketferry_zendesk import catalog as catalogs
from ticketferry_zendesk import inventory as inventories
from ticketferry_zendesk import wire
from ticketferry_zendesk.answers import classify

RECORDS = {
    "ticket": lambda row: wire.of_ticket(DESK, row),
    "user": lambda row: wire.of_user(DESK, row, []),
    "organization": lambda row: wire.of_organization(DESK, row),
    "group": lambda row: wire.of_group(DESK, row),
    "organization_membership": lambda row: wire.of_membership(DESK, row, "org"),
    "group_membership": lambda row: wire.of_membership(DESK, row, "group"),
    "audit": lambda row: wire.of_audit(DESK, {"ticket_id": 1, **row}),
    "comment": lambda row: wire.of_audit(DESK, _spoken(row)),
    "attachment": lambda row: wire.of_audit(DESK, _spoken({"id": 2, "type": "Comment", "body": "x", "attachments": [row]})),
}  # fmt: skip
CATALOG = {
    "ticket_field": "ticket_fields",
    "user_field": "user_fields",
    "organization_field": "organization_fields",
    "ticket_form": "ticket_forms",
    "brand": "brands",
    "sla_policy": "sla_policies",
}
INVENTORY = {"macro": "macro", "trigger": "trigger", "automation": "automation", "view": "view", "item": "dynamic content"}  # fmt: skip
OTHERS = {
    "job_status": "an answer to a write, of the target half",
    "upload": "an answer to a write, of the target half",
    "tags": "the account's tags with counts: tags are read with their records",
    "installation": "installed apps are not part of a migration",
    "locale": "languages of the product",
    "user_related": "counts of a user's tickets",
    "view_count": "counts of a view",
    "webhook": "webhooks are rebuilt by hand; the list of what is not moved does not have them yet",
    "count": "a bare count",
}
PLURALS = {
    "sla_policies": "sla_policy",
    "tags": "tags",
    "triggers": "trigger",
    "user_related": "user_related",
}
NO_ROWS = frozenset({"next_page", "previous_page", "meta", "links", "facets", "error", "description"})


def _spoken(row):
    created = row.get("created_at", "2026-01-02T03:04:05Z")
    return {
        "id": 1,
        "ticket_id": 1,
        "created_at": created,
        "author_id": row.get("author_id"),
        "events": [row],
    }


def bodies(folder):
    """Yield (file, status, body) of every recorded exchange and sampled answer."""
    for path in sorted((folder / "zendesk-recorded").glob("*.json")):
        for exchange in json.loads(path.read_bytes()):
            yield path.name, int(exchange["status"]), exchange["response"]
    for path in sorted((folder / "zendesk-samples").rglob("*.json")):
        yield str(path.relative_to(folder / "zendesk-samples")), 200, json.loads(path.read_bytes())


def rows_of(body):
    """Yield (kind, row) of everything in an answer."""
    if isinstance(body, list):
        body = {"results": body}
    if not isinstance(body, dict):
        return
    for key, value in body.items():
        if key in NO_ROWS or (key == "count" and len(body) > 1):
            continue
        kind = PLURALS.get(key) or (key[:-1] if isinstance(value, list) and key.endswith("s") else key)
        for row in value if isinstance(value, list) else [value]:
            yield (row.get("result_type", "ticket") if key == "results" else kind), row


@pytest.fixture(scope="module")
def found(shared):
    folder = shared / "fixtures"
    if not (folder / "zendesk-samples").is_dir() or not (folder / "zendesk-recorded").is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return list(bodies(folder))


def test_every_body_is_of_a_kind_that_is_named_here(found):
    kinds = {kind for _, status, body in found if status < 400 for kind, _ in rows_of(body)}
    assert kinds == RECORDS.keys() | CATALOG.keys() | INVENTORY.keys() | OTHERS.keys()
    assert len({name for name, _, _ in found}) >= 95


def test_every_leaf_of_a_record_has_its_place(found):
    names, seen, leaves = sample_names(), Counter(), 0
    for _, status, body in found:
        for kind, row in rows_of(body) if status < 400 else ():
            if kind in RECORDS and row.get("id") is not None:
                one = RECORDS[kind](row)
                neutral(one, names)
                seen[kind] += 1
                leaves += count_leaves(one.body)
    assert seen.keys() == RECORDS.keys()
    assert seen["organization"] >= 70
    assert leaves >= 1_000


def test_what_an_account_defines_fits_the_catalog(found):
    lists, seen = {}, Counter()
    for _, status, body in found:
        for kind, row in rows_of(body) if status < 400 else ():
            if kind in CATALOG:
                seen[kind] += 1
                lists.setdefault(CATALOG[kind], []).append({"id": 9_000 + sum(seen.values()), **row})
    assert seen.keys() == CATALOG.keys()
    catalog = catalogs.build(DESK, WHERE, lists)
    TypeAdapter(Catalog).validate_python(catalog, strict=True)
    assert len(catalog["brands"]) == seen["brand"]
    assert {policy["name"] for policy in catalog["sla_policies"]} == {
        row["title"] for row in lists["sla_policies"]
    }
    assert all(policy["targets"] for policy in catalog["sla_policies"] if policy["name"] == "Incidents")


def test_what_is_not_moved_can_be_listed(found):
    seen = Counter()
    lists = {one.what: one for one in inventories.LISTS}
    for _, status, body in found:
        for kind, row in rows_of(body) if status < 400 else ():
            if kind in INVENTORY:
                thing = inventories.thing(lists[INVENTORY[kind]], {"id": 1, **row}, WHERE)
                assert isinstance(thing, NotMoved)
                assert thing.name
                seen[kind] += 1
    assert seen.keys() == INVENTORY.keys()


def test_refusals_are_refusals(found):
    refused = [(status, body) for _, status, body in found if status >= 400]
    assert refused
    for status, body in refused:
        request = httpx.Request("GET", "https://acme.zendesk.com/api/v2/x")
        content = json.dumps(body).encode() if body != "" else b""
        with pytest.raises(RejectedError) as error:
            classify(httpx.Response(status, content=content, request=request))
        assert error.value.status == status


def test_an_anonymous_answer_is_told_by_its_missing_id(found):
    anonymous = [
        body["user"] for name, status, body in found
        if name.startswith("authentication") and status == 200 and body["user"].get("id") is None
    ]  # fmt: skip
    assert anonymous
    assert "Anonymous user" in {user["name"] for user in anonymous}
