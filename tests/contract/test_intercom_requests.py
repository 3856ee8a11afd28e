"""Every request that the Intercom connector sends, held against the vendor's document: the operation is there, the body is of its schema."""

from contextlib import ExitStack

import httpx
import orjson
import pytest
from tests.connectors.intercom.test_source_contract import source_on
from tests.contract.intercom_document_faults import operation_of, request_complaints
from tests.flow.desks import confirm
from tests.flow.test_intercom_kills import SCOPE, Pair

from ticketferry.project import stages
from ticketferry_emulators.intercom import IntercomEmulator
from ticketferry_emulators.kit.clock import ManualClock

PAGING = {"per_page", "starting_after"}
"""The document tells of pages in words, and names their parameters for few of the lists that have them."""


def noted(patch):
    """Note every request that is sent from now on."""
    found: list[httpx.Request] = []
    send = httpx.Client.send

    def noting(self, request, **options):
        found.append(request)
        return send(self, request, **options)

    patch.setattr(httpx.Client, "send", noting)
    return found


@pytest.fixture(scope="module")
def reading(shared):
    """The requests of a check and of reading everything, some records by id, and what changed."""
    emulator = IntercomEmulator(ManualClock(), tickets=40)
    with pytest.MonkeyPatch.context() as patch, emulator.serve():
        found = noted(patch)
        source = source_on(emulator, campaigns=True, page_size=10)
        source.check()
        source.catalog()
        list(source.totals())
        refs = []
        for stream in source.streams():
            pages = list(source.read(stream, None))
            refs += [wire.ref for page in pages for wire in page.records][:2]
            emulator.clock.advance(3_000)
            list(source.read(stream, pages[-1].cursor))
        source.fetch(refs)
        source.close()
        api = emulator.base_url
    return [request for request in found if str(request.url).startswith(api)]


@pytest.fixture(scope="module")
def writing(shared, tmp_path_factory):
    """The requests of a migration into a workspace, of changes that come later, and of taking all of it back."""
    with ExitStack() as stack:
        pair = Pair(stack)
        with (
            pytest.MonkeyPatch.context() as patch,
            pair.project(tmp_path_factory.mktemp("requests") / "m") as project,
        ):
            found = noted(patch)
            plan = project.plan("p-01")
            stages.apply(project, plan)
            life, changed = pair.source.state, list(plan.changes("kind = 'ticket' AND outcome = 'create'"))
            for change in changed:
                number = int(change.facts["number"])
                if life.case(number).ticket["status"] != "closed":
                    life.add_comment(number, "<p>late words</p>", public=False)
                    life.touch_ticket(number, subject="another subject", tags=["later"])
            pair.clock.advance(3_600)
            stages.extract(project, ("source",))
            late = stages.make_plan(project, SCOPE)
            assert late.endpoint_counts()
            confirm(project, late)
            stages.apply(project, late)
            stages.verify(project)
            for done in (late, plan):
                if sum(done.endpoint_counts().values()):
                    stages.apply(project, stages.plan_rollback(project, done.id))
            api = pair.target.base_url
            pair.healthy()
    return [request for request in found if str(request.url).startswith(api)]


def check(requests, shared):
    said = set()
    for request in requests:
        method, path = request.method, request.url.path
        named = request.headers["Intercom-Version"]
        if (method, path) == ("GET", "/conversations/deleted"):
            # [OAS 2.16 listDeletedConversationIds], which the document of 2.15 has not.
            assert named == "2.16"
            assert set(request.url.params) <= {"page", "per_page", "order"}
            assert int(request.url.params["per_page"]) <= 60
            continue
        assert named == "2.15", "the vendor's versions are not compatible: one is named"
        found = operation_of(shared, method, path)
        if found is None:
            said.add(f"{method} {path} is no operation of the document")
            continue
        names = {row["name"] for row in found[1].get("parameters", ()) if row.get("in") == "query"}
        said |= {
            f"{method} {found[0]}: {name} is no parameter"
            for name in set(request.url.params) - names - PAGING
        }
        body = request.read()
        complaints = request_complaints(shared, method, path, orjson.loads(body)) if body else []
        said |= {f"{method} {found[0]}: {text}" for text in complaints}
    assert not said, "\n".join(sorted(said))


def test_what_reading_asks_is_in_the_document(reading, shared):
    assert len({operation_of(shared, request.method, request.url.path)[0] for request in reading}) > 12
    assert "/conversations/deleted" in {request.url.path for request in reading}
    check(reading, shared)


def test_what_writing_sends_is_in_the_document(writing, shared):
    check(writing, shared)
    known = (operation_of(shared, request.method, request.url.path) for request in writing)
    calls = {found[1]["operationId"] for found in known if found}
    assert calls >= {
        "CreateContact", "createConversation", "replyConversation", "manageConversation", "updateConversation", "createTag",
        "attachTagToConversation", "deleteConversation", "searchConversations", "retrieveConversation",
    }  # fmt: skip


def test_no_reply_goes_to_the_last_conversation_and_none_of_a_teammate_may_notify(writing):
    for request in writing:
        if request.url.path.endswith("/reply"):
            sent = orjson.loads(request.read())
            assert "/last/" not in request.url.path
            assert (
                sent["type"] == "user" or sent["message_type"] == "note" or sent["skip_notifications"] is True
            )


def test_no_cursor_of_a_search_goes_in_the_query_string(reading):
    """It would be ignored there, and the first page would come again for ever."""
    searches = [request for request in reading if request.url.path.endswith("/search")]
    assert any(orjson.loads(request.read())["pagination"].get("starting_after") for request in searches)
    assert [request.url for request in searches if request.url.query] == []
