"""What customers see of a ticket's files on the portal, as the service desk itself tells."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.connectors.jsm.emulated_site import Site, doc
from tests.connectors.jsm.emulated_site import site as served
from tests.connectors.jsm.migrating import CUSTOMER, PNG, Migration, comment, migration, ticket

from ticketferry.sdk import Kind, Ref, Wire
from ticketferry_emulators.jsm.responses.portal_files import public_files
from ticketferry_jsm.witness import files as files_told

BODY = {"html": "<p>It burns</p>"}


@pytest.fixture
def site() -> Iterator[Migration]:
    with migration() as found:
        found.people()
        yield found


def seen(site: Migration, ref: str = "acme:ticket:1") -> list[str]:
    return sorted(file.name for file in public_files(site.state, site.issue(ref)))


@pytest.mark.parametrize("body", [BODY, None])
def test_a_file_of_the_description_that_no_text_shows_is_seen_by_the_customer(
    site: Migration, body: Any
) -> None:
    files = [site.file(1, PNG, "shot.png"), site.file(2, b"log", "log.txt")]
    record = ticket(
        1, attachments=files, requester=CUSTOMER, form="Emailed request", **({"body": body} if body else {})
    )
    compiled, _ = site.create(record)
    assert seen(site) == ["log.txt", "shot.png"]
    read = site.check(compiled, "acme:ticket:1")
    assert read.get("body") == body


def test_a_file_that_is_internal_is_not_shown_to_the_customer(site: Migration) -> None:
    files = [
        site.file(1, PNG, "agents.png", public=False),
        site.file(2, b"x", "dropped.txt", "acme:comment:99"),
        site.file(3, b"y", "noted.txt", "acme:comment:2"),
        site.file(4, b"z", "said.txt", "acme:comment:1"),
    ]
    said = [comment(1, "<p>here</p>"), comment(2, "<p>among us</p>", public=False)]
    compiled, _ = site.create(
        ticket(1, body=BODY, attachments=files, comments=said, requester=CUSTOMER, form="Emailed request")
    )
    assert seen(site) == ["said.txt"]
    site.check(compiled, "acme:ticket:1")


def test_a_description_of_several_parts_shows_its_files(site: Migration) -> None:
    long = {"html": "".join(f"<p>{'word ' * 1000}{number}</p>" for number in range(14))}
    compiled, _ = site.create(
        ticket(1, body=long, attachments=[site.file(1, PNG, "shot.png")], form="Emailed request")
    )
    assert seen(site) == ["shot.png"]
    site.check(compiled, "acme:ticket:1")


def test_the_portals_own_view_is_read_for_the_witness(site: Migration) -> None:
    """Public comments with all their files, more than a page of them too; nothing of an issue that is no request."""
    files = [site.file(number, b"%d" % number, f"{number}.txt", "acme:comment:1") for number in range(1, 54)]
    files.append(site.file(99, b"x", "inner.txt", "acme:comment:2"))
    said = [comment(1, "<p>here</p>"), comment(2, "<p>among us</p>", public=False)]
    site.create(
        ticket(1, body=BODY, attachments=files, comments=said, requester=CUSTOMER, form="Emailed request")
    )
    issue = site.issue("acme:ticket:1")
    (wire,) = site.target.shown([Ref("jira", Kind.TICKET, issue.id)])
    view: Any = wire.body
    (row,) = view["portal"]["comments"]
    assert len(row["attachments"]["values"]) == 53
    assert len(view["portal"]["files"]) == 54
    found = files_told([Wire(wire.root, {"id": issue.id, "fields": {}}, None), *parts(site, issue), wire])
    assert sorted(held.name for held in found if held.public) == sorted(
        f"{number}.txt" for number in range(1, 54)
    )
    issue.values.pop(site.state.field_of_type("vp-origin").id)
    (wire,) = site.target.shown([Ref("jira", Kind.TICKET, issue.id)])
    assert wire.body == {"portal": None}


def parts(site: Migration, issue: Any) -> list[Wire]:
    rows = [site.state.attachments[id_] for id_ in issue.attachments]
    root = Ref("jira", Kind.TICKET, issue.id)
    return [
        Wire(Ref("jira", Kind.ATTACHMENT, row.id), {"id": row.id, "filename": row.name}, None, root=root)
        for row in rows
    ]


def test_the_stand_in_adds_files_the_service_desks_way(documented: Site) -> None:
    """Temporary files become files of a new comment, public or not; each can be asked for."""
    jira = documented
    customer = jira.customer()
    key = jira.request(customer)
    lost = jira.upload(key, "lost.txt")
    api = "/rest/servicedeskapi"
    headers = {"X-Atlassian-Token": "no-check", "X-ExperimentalApi": "opt-in"}
    ids = [
        jira.post(
            f"{api}/servicedesk/1/attachTemporaryFile",
            files={"file": (name, b"abc", "text/plain")},
            headers=headers,
        )["temporaryAttachments"][0]["temporaryAttachmentId"]
        for name in ("open.txt", "inner.txt")
    ]
    for id_, public in zip(ids, (True, False), strict=True):
        body = {"temporaryAttachmentIds": [id_], "public": public, "additionalComment": {"body": "see"}}
        made = jira.post(f"{api}/request/{key}/attachment", body, 201)
        assert made["comment"]["public"] is public
        listed = jira.get(f"{api}/request/{key}/comment/{made['comment']['id']}/attachment")
        assert len(listed["values"]) == 1
    names = {row["filename"] for row in jira.get(f"{api}/request/{key}/attachment")["values"]}
    assert names == {"open.txt", "inner.txt", lost["filename"]}
    assert [file.name for file in public_files(jira.state, jira.state.issue(key))] == ["open.txt"]
    jira.post(f"{api}/request/{key}/attachment", {"temporaryAttachmentIds": [ids[0]], "public": True}, 400)
    body = doc("now it stands in the description")
    media = {
        "type": "media",
        "attrs": {"type": "file", "id": jira.state.attachments[lost["id"]].media, "collection": ""},
    }
    body["content"].append({"type": "mediaGroup", "content": [media]})
    jira.put(f"issue/{key}", {"fields": {"description": body}}, 204)
    assert [file.name for file in public_files(jira.state, jira.state.issue(key))] == ["lost.txt", "open.txt"]


@pytest.fixture
def documented() -> Iterator[Site]:
    with served() as found:
        yield found
