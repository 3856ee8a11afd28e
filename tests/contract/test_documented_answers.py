"""What each write may be answered with, held against the vendors' own documents: a success and a refusal are theirs to name."""

import json
import re

import pytest

from ticketferry.sdk.answers import documented as written
from ticketferry_jsm.endpoints import ENDPOINTS as JSM_ENDPOINTS
from ticketferry_zendesk.endpoints import ENDPOINTS as ZENDESK_ENDPOINTS
from ticketferry_zendesk.endpoints import GENERAL

JSM, ZENDESK = written(JSM_ENDPOINTS), written(ZENDESK_ENDPOINTS)

JUDGED_ALIKE = {401, 429}
"""What the client judges for every request: credentials and pace."""
UPLOAD_TOO_LARGE = {"upload.add": {413}}
"""What stands in no document of Zendesk's, but in its own Ruby client."""
ONLY_WHERE_ASKED_FOR = {"issue.edit": {200}, "issue.request_type": {200}}
"""Jira answers an edit with 200 where `returnIssue` asks for the issue. Nobody here asks: a 200 is somebody else's word."""


@pytest.fixture(scope="module")
def answers(shared):
    """(method, path) -> the statuses that the document gives to it."""
    found = {}
    for name in ("zendesk-support", "jira-platform", "jsm-servicedesk"):
        document = json.loads((shared / "specs" / f"{name}.openapi.json").read_bytes())
        for path, methods in document["paths"].items():
            pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)))
            for method, operation in methods.items():
                if isinstance(operation, dict) and "responses" in operation:
                    statuses = {int(status) for status in operation["responses"] if status.isdigit()}
                    found[method.upper(), path] = (pattern, statuses)
    return found


def documented(answers, endpoint):
    hits = [
        (path.count("{"), statuses)
        for (method, path), (pattern, statuses) in answers.items()
        if method == endpoint.method and pattern.fullmatch(endpoint.path)
    ]
    assert hits, f"{endpoint.name}: {endpoint.method} {endpoint.path} stands in no document"
    return min(hits, key=lambda hit: hit[0])[1]


@pytest.mark.parametrize("endpoint", [one for one in JSM_ENDPOINTS if not one.file], ids=lambda one: one.name)
def test_jira_says_itself_what_of_its_answers_is_a_success_and_what_a_refusal(answers, endpoint):
    said, ours = documented(answers, endpoint), JSM[endpoint.name]
    assert ours.done == {status for status in said if status < 300} - ONLY_WHERE_ASKED_FOR.get(
        endpoint.name, set()
    )
    assert ours.refused == {status for status in said if 400 <= status < 500} - JUDGED_ALIKE


@pytest.mark.parametrize("endpoint", ZENDESK_ENDPOINTS, ids=lambda one: one.name)
def test_zendesk_says_itself_what_of_its_answers_is_a_success_and_what_a_refusal(answers, endpoint):
    said, ours = documented(answers, endpoint), ZENDESK[endpoint.name]
    assert ours.done == {status for status in said if status < 300}
    assert ours.refused >= {status for status in said if 400 <= status < 500} - JUDGED_ALIKE
    assert ours.refused - set(GENERAL) == UPLOAD_TOO_LARGE.get(endpoint.name, set())
    names_records = "{" in endpoint.path or endpoint.method == "DELETE"
    assert (404 in ours.refused) == names_records, "404 refuses a record that the request names"


def test_every_refusal_that_zendesk_gives_in_general_is_one_that_it_gives_somewhere(answers):
    everywhere = set().union(*(statuses for _, statuses in answers.values()))
    assert everywhere >= set(GENERAL)


def test_every_write_says_what_it_is_answered_with():
    assert set(JSM) == {endpoint.name for endpoint in JSM_ENDPOINTS if not endpoint.file}
    assert set(ZENDESK) == {endpoint.name for endpoint in ZENDESK_ENDPOINTS}
