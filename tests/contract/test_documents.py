"""Every request that a whole migration sends, and every answer of the emulators, held against the vendors' own documents."""

import json
import re
from collections import Counter

import httpx
import pytest
from tests.contract.jsm_document_faults import Documents
from tests.contract.request_faults import KNOWN_REQUEST_FAULTS, RequestFault
from tests.flow.desks import confirm, desks, strip_fields

from ticketferry.project import Project, stages

PER_SHAPE = 12
"""Exchanges of one method, path pattern and status that are checked; the first ones, since the later repeat them."""


@pytest.fixture(scope="module")
def exchanges(shared, tmp_path_factory):
    """All exchanges of a migration with its verify and rollback."""
    found: list[tuple[httpx.Request, httpx.Response]] = []
    send = httpx.Client.send

    def noting(self, request, **options):
        response = send(self, request, **options)
        if _is_json(response):
            response.read()
            found.append((request, response))
        return response

    with pytest.MonkeyPatch.context() as patch, desks(60) as pair:
        patch.setattr(httpx.Client, "send", noting)
        root = pair.project(tmp_path_factory.mktemp("documents") / "mig")
        strip_fields(pair.jira)
        mapping = root / "mapping.yaml"
        set_up = 'groups:\n  "*": {component: "{{ group.name }}"}\n'
        text = mapping.read_text().replace("groups:\n", set_up)
        mapping.write_text(text + "\ncatalog: {create: [fields, components]}\n")
        with Project.load(root, clock=pair.clock) as project:
            stages.check(project)
            stages.extract(project)
            plan = stages.make_plan(project)
            confirm(project, plan)
            stages.apply(project, plan)
            stages.verify(project)
            stages.apply(project, stages.plan_rollback(project, plan.id))
        yield pair, found


def shape(request: httpx.Request) -> str:
    path = re.sub(r"/(\d+|[A-Z]+-\d+|V3-\w+|712020[^/]*|qm[^/]*|tf[^/]*)(?=/|$)", "/{}", request.url.path)
    return f"{request.method} {path}"


def chosen(found, host: str):
    seen: Counter[str] = Counter()
    for request, response in found:
        if str(request.url).startswith(host):
            name = f"{shape(request)} {response.status_code}"
            seen[name] += 1
            if seen[name] <= PER_SHAPE:
                yield request, response


@pytest.mark.filterwarnings("ignore:Unsupported scheme type:UserWarning")
def test_jira_requests_and_answers_are_as_the_documents_say(exchanges, shared):
    pair, found = exchanges
    documents = Documents(shared / "specs")
    complaints: list[str] = []
    hits: Counter[str] = Counter()
    checked = 0
    for request, response in chosen(found, pair.jira.base_url):
        checked += 1
        complaints += [f"answer of {shape(request)}: {text}" for text in documents.complaints(response)]
        for text in documents.request_complaints(request):
            fault = known(f"{request.method} {request.url.path}", text)
            if fault is None:
                complaints.append(f"{shape(request)}: {text}")
            else:
                hits[fault.name] += 1
    assert checked > 60
    assert not complaints, "\n".join(dict.fromkeys(complaints))
    unused = {fault.name for fault in KNOWN_REQUEST_FAULTS} - set(hits)
    assert not unused, f"these faults of the documents were not met: {sorted(unused)}"


def _outside(call: str) -> bool:
    """Say whether the vendor documents a request elsewhere: the links, and all of side conversations."""
    return (
        call in OUTSIDE
        or re.fullmatch(r"GET /api/v2/tickets/[^/]+/side_conversations(/.*)?", call) is not None
    )


def known(call: str, text: str) -> RequestFault | None:
    return next(
        (
            fault
            for fault in KNOWN_REQUEST_FAULTS
            if re.match(fault.call, call) and re.match(fault.complaint, text)
        ),
        None,
    )


OUTSIDE = {
    "GET /api/v2/tickets/side_conversations/events": "side conversations stand on the vendor's pages, not in the document",
    "GET /api/v2/account": "what Zendesk's own screens ask; where it does not answer, the subdomain tells the account",
    "GET /api/services/jira/links": "the Jira integration's own service",
    "GET /api/v2/help_center/articles": "articles have a document of their own, that of the help center",
}
"""Requests that the document does not have, and why they are made all the same."""


def test_every_request_to_zendesk_stands_in_its_document(exchanges, shared):
    pair, found = exchanges
    document = json.loads((shared / "specs" / "zendesk-support.openapi.json").read_bytes())
    patterns = [
        (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"(\.json)?\Z"), methods)
        for path, methods in document["paths"].items()
    ]
    unknown: set[str] = set()
    asked: set[str] = set()
    for request, _ in found:
        if not str(request.url).startswith(pair.zendesk.base_url) or not request.url.path.startswith("/api/"):
            continue
        operations = [methods for pattern, methods in patterns if pattern.match(request.url.path)]
        if not any(request.method.lower() in methods for methods in operations):
            unknown.add(shape(request))
        asked.add(shape(request))
    assert len(asked) > 10
    assert not {call for call in unknown if not _outside(call)}
    assert OUTSIDE.keys() <= unknown, "what no request needs any more"


def _is_json(response: httpx.Response) -> bool:
    """Say whether an answer is one of the API; the bytes of files, and where they lie, are none."""
    kind = response.headers.get("content-type", "")
    return "json" in kind or (not kind and not response.has_redirect_location)
