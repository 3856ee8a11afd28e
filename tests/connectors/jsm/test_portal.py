"""No internal word is ever on a customer's portal, whatever the ticket, after any single request: so no crash can leave one there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from tests.connectors.jsm.migrating import (
    AGENT,
    CUSTOMER,
    ORGANIZATION,
    PNG,
    Migration,
    comment,
    ticket,
)
from tests.connectors.jsm.watching import WatchedJsm, portal
from tests.rounds import examples

from ticketferry.sdk import Outcome, Session
from ticketferry.testing.driver import Driver
from ticketferry.testing.hostile import MemoryBlobs
from ticketferry_emulators.jsm.models.records import JiraComment
from ticketferry_emulators.kit.app import Call
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_jsm import CONNECTOR, compile_thread
from ticketferry_jsm.options import JsmOptions
from ticketferry_jsm.target import JsmTarget

SECRET = "geheim-"


class LeakError(AssertionError):
    """An internal word was on a portal."""


@contextmanager
def watched() -> Iterator[tuple[Migration, list[str]]]:
    """A site with a target; leaks are noted as they happen, with the request that made them."""
    leaks: list[str] = []

    def look(emulator: WatchedJsm, call: Call) -> None:
        leaks.extend(
            f"{call.method} {call.path}: {who} sees {text[:60]!r} of {issue.key}"
            for who, issue, _, text in portal(emulator)
            if SECRET in text
        )

    clock = ManualClock()
    emulator = WatchedJsm(clock, look=look)
    emulator.limits.enabled = False
    emulator.state.fresh_seconds, emulator.state.index_lag = -0.01, 0.0
    blobs = MemoryBlobs()
    session = Session(desk="new", origin="acme", workspace="ws-1", blobs=blobs, clock=clock)
    with emulator.serve():
        who = emulator.credentials
        options = JsmOptions(
            base_url=emulator.base_url, email=who["JIRA_EMAIL"], token=SecretStr(who["JIRA_TOKEN"])
        )
        target = JsmTarget(options, session)
        agent = next(a.id for a in emulator.state.accounts.values() if a.agent and not a.admin)
        driver = Driver(target, CONNECTOR, session, {AGENT: {"id": agent}})
        site = Migration(emulator, target, driver, blobs)
        try:
            site.people()
            yield site, leaks
        finally:
            target.close()
    assert emulator.crashes == []
    assert emulator.looks > 5


WORDS = {
    "short": "a",
    "strange": "🦀 مرحبا",
    "long": "x" * 40_000,
    "link": 'see <a href="https://acme.example/2" data-ticket="acme:ticket:2">#2</a>',
}
TEXTS = st.sampled_from(sorted(WORDS))
PARTS = st.lists(st.tuples(st.booleans(), TEXTS, st.booleans()), max_size=4)


def record_of(site: Migration, parts: list[tuple[bool, str, bool]], **more: Any) -> dict[str, Any]:
    """A ticket whose internal comments hold the secret word, some with a file."""
    comments, files = [], []
    for number, (public, name, file) in enumerate(parts, 1):
        text = WORDS[name]
        html = f"<p>{text}</p>" if public else f"<p>{SECRET}{number} {text}</p>"
        if file:
            files.append(site.file(number, PNG + bytes([number]), f"{number}.png", f"acme:comment:{number}"))
        comments.append(comment(number, html, public=public))
    return ticket(
        1, body={"html": "<p>the question</p>"}, requester=CUSTOMER, organization=ORGANIZATION, ccs=[CUSTOMER],
        form="Emailed request", comments=comments, attachments=files, **more,
    )  # fmt: skip


@example(parts=[(True, "long", True)], later=[], status="Waiting for triage", hide=True)
@settings(
    max_examples=examples(25),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    parts=PARTS,
    later=PARTS,
    status=st.sampled_from(["Waiting for triage", "Resolved", "Closed"]),
    hide=st.booleans(),
)
def test_no_internal_word_is_ever_on_a_portal(
    parts: list[tuple[bool, str, bool]], later: list[tuple[bool, str, bool]], status: str, hide: bool
) -> None:
    with watched() as (site, leaks):
        second = site.driver.compile(Outcome.CREATE, ticket(2))
        first = record_of(site, parts, status=status)
        compiled = site.driver.compile(Outcome.CREATE, first)
        site.driver.apply([*compiled.operations, *second.operations])
        assert leaks == []
        before = site.driver.read("acme:ticket:1")
        assert before is not None
        # On the live request: more comments, and some that were public become internal, with other words.
        public = [(not hide and was, text, file) for was, text, file in parts]
        after = record_of(site, [*public, *later], status=status)
        fields = [f"comments[{item['ref']}]" for item in after["comments"]]
        fields += [f"attachments[{item['ref']}]" for item in after["attachments"]]
        update = site.driver.compile(Outcome.UPDATE, after, before, fields)
        site.driver.apply(update.operations)
        assert leaks == []
        seen = {text for *_, text in portal(site.emulator)}
        shown = [WORDS[name] for public, name, _ in [*public, *later] if public]
        assert any("the question" in text for text in seen), "the customer does see the request"
        assert all(any(text[:5] in found for found in seen) for text in shown if text[0] in "ax")


def test_the_watch_would_see_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: without the property on internal comments it does, at the request that shows them."""
    monkeypatch.setattr(compile_thread, "INTERNAL", {"internal": False})
    with watched() as (site, leaks):
        compiled = site.driver.compile(Outcome.CREATE, record_of(site, [(False, "short", False)]))
        site.driver.apply(compiled.operations)
        assert leaks
        assert all(leak.startswith("PUT ") for leak in leaks), "nobody saw it before the request type was set"


def test_a_note_that_comes_out_public_on_a_live_request_is_told_for_its_deletion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a delta the request is on the portal already: the answer itself says so, and names what takes the note back."""
    with watched() as (site, _):
        first = record_of(site, [(True, "short", False)])
        site.create(first)
        before = site.driver.read("acme:ticket:1")
        after = record_of(site, [(True, "short", False), (False, "strange", False), (False, "short", False)])
        fields = ["comments[acme:comment:2]", "comments[acme:comment:3]"]
        update = site.driver.compile(Outcome.UPDATE, after, before, fields)
        wanted = [site.driver.resolved(op) for op in update.operations if op.endpoint == "comment.create"]
        monkeypatch.setattr(JiraComment, "internal", property(lambda _: False))
        endpoint = next(item for item in site.target.endpoints if item.name == "comment.create")
        (result,) = site.target.write(endpoint, wanted[:1])
        assert result.compensate
        assert result.error is not None
        assert endpoint.reverts == "comment.delete"


def test_a_note_whose_edit_comes_out_public_is_deleted_by_what_the_endpoint_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with watched() as (site, _):
        site.create(record_of(site, [(False, "short", False)]))
        before = site.driver.read("acme:ticket:1")
        after = record_of(site, [(False, "strange", False)])
        update = site.driver.compile(Outcome.UPDATE, after, before, ["comments[acme:comment:1]"])
        (wanted,) = [site.driver.resolved(op) for op in update.operations if op.endpoint == "comment.edit"]
        endpoint = next(item for item in site.target.endpoints if item.name == "comment.edit")
        monkeypatch.setattr(JiraComment, "internal", property(lambda _: False))
        (result,) = site.target.write(endpoint, [wanted])
        assert result.compensate
        (inverse,) = site.target.undo([(wanted, result)], None).operations
        assert inverse.endpoint == endpoint.reverts == "comment.delete"
        site.driver.send([inverse])
        assert site.issue("acme:ticket:1").comments == []
