"""A served emulator for the tests of this folder, and readers that follow its pages."""

from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import ZendeskEmulator

__all__ = ["desk", "done", "export", "fresh", "pages", "served", "ticket", "time_pages"]


@contextmanager
def served(**options):
    """A served emulator and a client of its admin; every request must be known and no handler may crash."""
    emulator = ZendeskEmulator(ManualClock(), **options)
    names = emulator.credentials
    with emulator.serve(), httpx.Client(
        base_url=emulator.base_url, auth=(f"{names['ZENDESK_EMAIL']}/token", names["ZENDESK_TOKEN"]), timeout=30, verify=False
    ) as client:  # fmt: skip
        yield emulator, client
    assert emulator.crashes == []


@pytest.fixture(scope="module")
def desk():
    """One desk for tests that only read and whose clock nobody moves."""
    with served(plan=None) as pair:
        yield pair


@pytest.fixture
def fresh():
    """A desk of one's own, with the limits of its plan."""
    with served(tickets=75) as pair:
        yield pair


def pages(client, path, name, **params):
    """Read a list by cursor and return its records."""
    found, query = [], {"page[size]": 100, **params}
    while True:
        body = client.get(path, params=query).raise_for_status().json()
        found += body[name]
        if not body["meta"]["has_more"]:
            return found
        query["page[after]"] = body["meta"]["after_cursor"]


def export(client, resource, **params):
    """Read a cursor export to its end and return (records, last cursor)."""
    found, query = [], {"start_time": 0, **params}
    while True:
        body = client.get(f"/api/v2/incremental/{resource}/cursor", params=query).raise_for_status().json()
        found += body[resource]
        if body["end_of_stream"]:
            return found, body["after_cursor"]
        query.pop("start_time", None)
        query["cursor"] = body["after_cursor"]


def time_pages(client, resource, size, **params):
    """Follow a time export by `next_page` until its end and yield the bodies."""
    start = "0"
    while True:
        query = {"start_time": start, "per_page": size, **params}
        body = client.get(f"/api/v2/incremental/{resource}", params=query).raise_for_status().json()
        yield body
        assert body["next_page"] is not None
        if body["end_of_stream"]:
            return
        start = parse_qs(urlsplit(body["next_page"]).query)["start_time"][0]


def ticket(**changes):
    """A ticket for an import: Maria asks, nothing else is said; `changes` come on top."""
    comments = [
        {
            "author_id": 51_001,
            "value": "It does not start",
            "public": True,
            "created_at": "2021-05-01T08:00:00Z",
        }
    ]
    return {"subject": "Modem does not start", "requester_id": 51_001, "comments": comments, **changes}


def done(emulator, client, answer):
    """Let a job that `answer` tells of come to its end, and return it."""
    job = answer.raise_for_status().json()["job_status"]
    for _ in range(400):
        job = client.get(f"/api/v2/job_statuses/{job['id']}").raise_for_status().json()["job_status"]
        if job["status"] in ("completed", "failed"):
            return job
        emulator.clock.advance(1)
    raise AssertionError(f"the job does not end: {job}")
