"""Who sees a file of an issue: by the texts that show it, and in doubt the fewer."""

from collections.abc import Iterator

import pytest
from tests.connectors.jsm.emulated_site import INTERNAL, Site, doc, site
from tests.connectors.jsm.test_source_reading import of_kind, read, records, source

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def jira() -> Iterator[Site]:
    with site() as found:
        yield found


def _image(jira: Site, file: str) -> dict:
    media = {"type": "file", "id": jira.state.attachments[file].media, "collection": ""}
    return {
        "type": "mediaSingle",
        "attrs": {"layout": "center"},
        "content": [{"type": "media", "attrs": media}],
    }


def test_a_file_belongs_to_the_text_that_shows_it_to_most_people(jira: Site) -> None:
    customer = jira.customer()
    key = jira.request(customer)
    names = ("described.png", "public.png", "internal.png", "both.png", "agents.txt", "theirs.txt")
    files = {name: jira.upload(key, name, PNG)["id"] for name in names}
    jira.state.attachments[files["theirs.txt"]].author = customer
    body = doc("look")
    body["content"].append(_image(jira, files["described.png"]))
    jira.put(f"issue/{key}", {"fields": {"description": body}}, 204)

    def say(*shown: str, internal: bool = False) -> str:
        said = doc("here")
        said["content"] += [_image(jira, files[name]) for name in shown]
        extra = {"properties": INTERNAL} if internal else {}
        return jira.post(f"issue/{key}/comment", {"body": said, **extra}, 201)["id"]

    inner = say("internal.png", "both.png", "described.png", internal=True)
    outer = say("public.png", "both.png")
    jira.emulator.clock.advance(60)
    reading = source(jira)
    found = {row["name"]: row for row in of_kind(records(reading, read(reading)[0]), "attachment")}
    reading.close()
    seen = {name: (row.get("comment"), row.get("public")) for name, row in found.items()}
    assert seen == {
        "described.png": (None, None),
        "public.png": (f"old:comment:{outer}", None),
        "internal.png": (f"old:comment:{inner}", None),
        "both.png": (f"old:comment:{outer}", None),
        "agents.txt": (None, False),
        "theirs.txt": (None, None),
    }


def test_people_have_roles_on_a_site_that_is_read_as_a_source(jira: Site) -> None:
    customer = jira.customer()
    reading = source(jira)
    found = {row["ref"]: row["role"] for row in records(reading, read(reading, "people")[0])}
    reading.close()
    robot = next(account.id for account in jira.state.accounts.values() if account.kind == "app")
    assert found[f"old:person:{customer}"] == "end_user"
    assert found[f"old:person:{jira.agent()}"] == "agent"
    assert found[f"old:person:{robot}"] == "automation"
