"""The public client zenpy, pointed at the emulator: it knows nothing of it, and the emulator nothing of zenpy.

zenpy asks https://SUBDOMAIN.DOMAIN; the adapter below stands for the network, which takes that name to the emulator's
socket. Everything else is zenpy as published.
"""

import io
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from tests.connectors.zendesk.emulated import served

from ticketferry_emulators.kit.faults import Fault

zenpy = pytest.importorskip("zenpy", reason="zenpy is not installed")
from zenpy.lib.api_objects import Comment, Organization, Ticket, User  # noqa: E402
from zenpy.lib.exception import APIException, RecordNotFoundException  # noqa: E402


class Wired(HTTPAdapter):
    """Takes requests for one host to a socket of this machine."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(max_retries=zenpy.Zenpy.http_adapter_kwargs()["max_retries"])
        self._host = host
        self._to = urlsplit(address)

    def send(self, request, *arguments, **options):
        parts = urlsplit(request.url)
        assert parts.netloc == self._host, f"zenpy asked {parts.netloc}"
        wired = request.copy()
        wired.url = urlunsplit((self._to.scheme, self._to.netloc, parts.path, parts.query, ""))
        response = super().send(wired, *arguments, **options)
        response.request, response.url = request, request.url
        return response


@pytest.fixture
def desk():
    with served(tickets=75, plan=None) as (emulator, _):
        with requests.Session() as session:
            session.mount("https://", Wired("acme.zendesk.example", emulator.base_url))
            names = emulator.credentials
            client = zenpy.Zenpy(
                domain="zendesk.example", subdomain="acme", email=names["ZENDESK_EMAIL"], token=names["ZENDESK_TOKEN"],
                session=session,
            )  # fmt: skip
            yield emulator, client
        assert emulator.unserved == []


SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def finished(emulator, client, job):
    for _ in range(100):
        job = client.job_status(id=job.id)
        if job.status == "completed":
            return job
        emulator.clock.advance(1)
    raise AssertionError(job.to_dict())


def import_of(name, **changes):
    comments = [
        Comment(author_id=51_001, html_body=f"<p>{name}</p>", public=True, created_at="2021-05-01T08:00:00Z")
    ]
    return Ticket(subject=name, requester_id=51_001, comments=comments, **changes)


def test_it_lists_all_tickets_and_users_over_many_pages(desk):
    emulator, client = desk
    live = {
        n
        for n, head in emulator.state.heads.items()
        if head.status != "deleted" and not emulator.state.archived(n)
    }
    assert {one.id for one in client.tickets()} == {
        n for n in live if emulator.state.heads[n].support_type == "agent"
    }
    paged = [one.id for one in client.users(page_size=7, cursor_pagination=True)]
    assert (
        len(paged)
        == len(set(paged))
        == sum(1 for row in emulator.state.lists["users"].values() if row["active"])
    )
    assert client.tickets(id=3).id == 3
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=99_999)


def test_it_reads_incrementally_to_the_end(desk):
    emulator, client = desk
    tickets = {one.id for one in client.tickets.incremental(SINCE, paginate_by_time=False, per_page=10)}
    assert tickets == {n for n, head in emulator.state.heads.items() if head.support_type == "agent"}
    users = {one.id for one in client.users.incremental(SINCE, paginate_by_time=False)}
    assert users == emulator.state.lists["users"].keys()
    assert {one.id for one in client.organizations.incremental(SINCE)} == emulator.state.lists[
        "organizations"
    ].keys()
    events = {one.id for one in client.tickets.events(SINCE, include=["comment_events"])}
    audits = [
        audit["id"] for n in tickets if emulator.state.live(n) for audit in emulator.state.case(n).audits
    ]
    assert events == set(audits)


def test_it_imports_one_ticket_and_many_and_polls_the_job(desk):
    emulator, client = desk
    made = client.ticket_import.create(import_of("One", external_id="z-1"))
    assert (made.subject, made.created_at) == ("One", "2021-05-01T08:00:00Z")
    job = client.ticket_import.create(
        [import_of(f"Many {index}", external_id=f"z-{index}") for index in range(2, 12)]
    )
    assert job.status == "queued"
    done = finished(emulator, client, job)
    assert sorted(row.index for row in done.results) == list(range(10))
    subjects = {client.tickets(id=row.id).subject for row in done.results}
    assert subjects == {f"Many {index}" for index in range(2, 12)}
    assert [one.id for one in client.tickets(external_id="z-1")] == [made.id]
    assert emulator.notifications == 0


def test_it_uploads_updates_comments_and_deletes(desk):
    emulator, client = desk
    upload = client.attachments.upload(
        io.BytesIO(b"some bytes"), target_name="log.txt", content_type="text/plain"
    )
    ticket = client.ticket_import.create(import_of("One"))
    ticket.comment = Comment(body="see the file", public=False, uploads=[upload.token])
    ticket.priority = "high"
    audit = client.tickets.update(ticket)
    assert (audit.ticket.priority, audit.ticket.id) == ("high", ticket.id)
    comments = list(client.tickets.comments(ticket.id))
    assert [one.author_id for one in comments] == [51_001, 50_001]
    [file] = comments[1].attachments
    assert (file.file_name, file.size) == ("log.txt", 10)
    client.tickets.delete(ticket)
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=ticket.id)
    assert ticket.id in {one.id for one in client.tickets.deleted()}
    finished(emulator, client, client.tickets.permanently_delete(ticket))
    assert ticket.id not in {one.id for one in client.tickets.deleted()}


def test_it_makes_people_and_organizations_and_finds_them(desk):
    emulator, client = desk
    user = client.users.create(
        User(name="Nu", email="nu@x.example", external_id="X-1", skip_verify_email=True)
    )
    assert (
        client.users.create_or_update(User(name="Nu 2", email="nu@x.example", external_id="x-1")).id
        == user.id
    )
    assert [one.id for one in client.users.search(external_id="X-1")] == [user.id]
    emulator.clock.advance(5)
    with pytest.raises(APIException, match="DuplicateValue"):
        client.users.create(User(name="Nu", email="NU@x.example"))
    job = client.organizations.create([Organization(name=f"Firm {index}") for index in range(3)])
    rows = finished(emulator, client, job).results
    assert [client.organizations(id=row.id).name for row in rows] == [f"Firm {index}" for index in range(3)]
    client.users.delete(user)


def test_it_waits_out_a_limit_by_the_vendors_header(desk):
    emulator, client = desk
    emulator.faults.add(Fault("rate_limited", match="ShowTicket", retry_after=1.0))
    assert client.tickets(id=3).id == 3
    assert [entry.status for entry in emulator.ledger.entries("ShowTicket")] == [429, 200]
