"""Every request that the Zendesk target sends, held against the vendor's document: the operation is there, the body is of its schema."""

import copy
import re
from collections import Counter

import httpx
import orjson
import pytest
from tests.connectors.zendesk.targets import fitted, migration
from tests.connectors.zendesk.test_target_round_trip import comment, with_comments
from tests.contract.test_documents import OUTSIDE
from tests.contract.zendesk_document_faults import complaints, document

from ticketferry.sdk import Outcome
from ticketferry.testing.hostile import hostile_records


@pytest.fixture(scope="module")
def requests(shared):
    """The requests of creating, changing and taking back records of every kind, in each way that options offer."""
    found: list[tuple[httpx.Request, int]] = []
    send = httpx.Client.send

    def noting(self, request, **options):
        response = send(self, request, **options)
        if _is_json(response):
            request.read()
            found.append((request, response.status_code))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "send", noting)
        for options in (
            {},
            {"bulk_users": True, "archive": True, "delta": "reimport", "delete_forever": True},
        ):
            with migration(options=options, bulk_users=True) as m:
                _live(m)
    return [(request, status) for request, status in found if "/oauth/" not in request.url.path]


def _live(m):
    records = [record for record in map(fitted, copy.deepcopy(hostile_records())) if record is not None]
    compiled = [m.driver.compile(Outcome.CREATE, record) for record in records]
    done = m.driver.apply([operation for each in compiled for operation in each.operations])
    m.target.check()
    file = m.file(7, b"x", "x.txt", "acme:comment:11")
    record = with_comments(
        comment(11, "<p>my 4111</p>"), attachments=[file], fields={"city": "Köln"}, tags=["a"]
    )
    m.create(record)
    changed = with_comments(
        comment(11, "<p>my ▇▇▇▇</p>", public=False), comment(12, "<p>y</p>"), subject="other", tags=["b"]
    )
    fields = [
        "subject",
        "tags",
        'fields["city"]',
        "comments[acme:comment:11]",
        "comments[acme:comment:12]",
        "attachments[acme:attachment:7]",
    ]
    before = m.driver.read(record["ref"])
    _, late = m.update(changed, *fields)
    m.driver.apply(m.target.undo(late, before).operations)
    person = {
        "ref": "acme:person:2",
        "name": "New",
        "email": "Kim.Kunde@Mueller.Example",
        "account": "customer",
        "tags": ["x"],
    }
    m.update(
        {**person, "identities": [{"type": "email", "value": "second@x.example"}]},
        "name",
        "tags",
        "identities",
    )
    m.update({"ref": "acme:organization:10", "name": "Other", "domains": ["a.example"]}, "name", "domains")
    group = {"ref": "acme:group:40", "name": "A new group", "restricted": True}
    m.create(group)
    for operation, result in reversed(done):
        inverse = m.target.undo([(operation, result)], None)
        for one in inverse.operations:
            m.driver.send([one])
    m.target.find([pair[0] for pair in done if pair[0].endpoint.startswith("ticket.import")][:1], {})


def template_of(paths, path):
    for template in paths:
        if re.fullmatch(re.sub(r"\{[^}]+\}", r"[^/]+", template), path) and not (
            "{" in template and path in paths
        ):
            yield template


def test_each_request_is_one_of_the_document(requests, shared):
    paths = document(shared)["paths"]
    unknown = Counter()
    for request, status in requests:
        named = [
            name for name in template_of(paths, request.url.path) if request.method.lower() in paths[name]
        ]
        if not named and f"{request.method} {request.url.path}" not in OUTSIDE:
            unknown[f"{request.method} {request.url.path}"] += 1
        assert status not in (400, 405, 501), (request.method, request.url.path, status)
    assert not unknown, unknown
    assert len({(request.method, re.sub(r"\d+", "#", request.url.path)) for request, _ in requests}) > 30


def test_each_body_is_of_its_schema(requests, shared):
    paths = document(shared)["paths"]
    found: dict[str, str] = {}
    checked = Counter()
    for request, _ in requests:
        if "json" not in request.headers.get("content-type", ""):
            continue
        for name in template_of(paths, request.url.path):
            operation = paths[name].get(request.method.lower())
            body = (operation or {}).get("requestBody")
            if body is None:
                continue
            schema = body["content"]["application/json"]["schema"]
            checked[operation["operationId"]] += 1
            for text in complaints(shared, schema, orjson.loads(request.content)):
                found[f"{operation['operationId']}: {text}"] = text
    assert not found, "\n".join(found)
    assert {
        "TicketBulkImport",
        "CreateUser",
        "CreateManyUsers",
        "UpdateTicket",
        "UpdateUser",
    } <= checked.keys()


def _is_json(response: httpx.Response) -> bool:
    """Say whether an answer is one of the API; the bytes of files, and where they lie, are none."""
    kind = response.headers.get("content-type", "")
    return "json" in kind or (not kind and not response.has_redirect_location)
