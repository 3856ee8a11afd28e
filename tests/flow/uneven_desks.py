"""Desks whose tickets are as uneven as real ones: most are short, a few are very long, and files came with the years."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from ticketferry_emulators.jsm import JsmEmulator
from ticketferry_emulators.jsm.models.records import JiraAttachment, JiraComment
from ticketferry_emulators.kit.clock import ManualClock
from ticketferry_emulators.zendesk import SampleDesk, ZendeskEmulator, generate
from ticketferry_emulators.zendesk.seed.case import CaseBuilder, TicketWithAudits
from ticketferry_emulators.zendesk.seed.dice import unix
from ticketferry_emulators.zendesk.seed.files import token_of

__all__ = ["LATENCY", "jsm_site", "served", "write_folder", "zendesk_account"]

_TALKED = (0, 0, 1, 0, 2, 0, 5, 1, 0, 13, 3, 0)
LATENCY = 0.2


def _more(number: int, count: int) -> list[tuple[int, list[int]]]:
    """Return further comments of a ticket: length of each text, sizes of its files. The newer the ticket, the more files."""
    dice = Random(number * 7919)
    comments = _TALKED[number % len(_TALKED)] * (9 if number % 60 == 45 else 1)
    found = []
    for _ in range(comments):
        files = dice.choice((0, 0, 1, 2)) if dice.random() < 0.2 + 0.6 * number / count else 0
        found.append(
            (int(dice.expovariate(1 / 600)) + 20, [int(dice.lognormvariate(8.5, 1.0)) for _ in range(files)])
        )
    return found


def _account(tickets: int) -> SampleDesk:
    plain = generate(tickets)
    blobs: dict[str, bytes] = {}

    def longer(case: TicketWithAudits) -> TicketWithAudits:
        number = int(case.ticket["id"])
        if case.ticket["status"] == "deleted":
            return case
        builder = CaseBuilder.resume(case, unix(case.ticket["updated_at"]))
        builder.horizon += 10_000
        for length, sizes in _more(number, tickets):
            files = []
            for size in sizes:
                file = builder.file("txt", f"log {size}.txt")
                token = token_of("txt", number, builder._files)
                blobs[token] = (b"%d of %d " % (size, number) * (size // 8 + 1))[:size]
                files.append({**file, "size": size})
            builder.audit(case.ticket["requester_id"], 30)
            builder.comment(f"<p>{'And then it went on. ' * (length // 20)}</p>", attachments=files)
        return builder.finish()

    def blob(token: str) -> bytes:
        return blobs[token] if token in blobs else plain.blob(token)

    return replace(plain, cases=lambda: map(longer, plain.cases()), blob=blob)


def zendesk_account(tickets: int, clock: ManualClock | None, **more: Any) -> ZendeskEmulator:
    return ZendeskEmulator(clock=clock, data=_account(tickets), **more)


def jsm_site(tickets: int, clock: ManualClock) -> JsmEmulator:
    site = JsmEmulator(clock=clock, tickets=tickets)
    state = site.state
    agent = next(account.id for account in state.accounts.values() if account.agent)
    for number, issue in enumerate(list(state.issues.values()), 1):
        for length, sizes in _more(number, tickets):
            text = {"type": "text", "text": "And then it went on. " * (length // 20)}
            body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text]}]}
            id_ = state.next_id("comment")
            issue.comments.append(
                JiraComment(id_, agent, agent, body, issue.created + 60, issue.created + 60)
            )
            for size in sizes:
                file = state.next_id("attachment")
                media = state.media_id(file)
                content = (b"%s of %d " % (file.encode(), number) * (size // 8 + 1))[:size]
                state.attachments[file] = JiraAttachment(
                    file, media, issue.id, f"log {size}.txt", "text/plain", agent, issue.created + 60, size,
                    sha256(content).hexdigest(),
                )  # fmt: skip
                state.blobs[media] = content
                issue.attachments.append(file)
    return site


@contextmanager
def served(emulator: Any, latency: float = LATENCY) -> Iterator[Any]:
    """Serve a desk whose answers take a fifth of a second of its clock."""
    emulator.latency = latency
    with emulator.serve(), mock.patch.dict(os.environ, emulator.credentials):
        yield emulator
        assert not emulator.crashes, emulator.crashes


def write_folder(root: Path, emulator: Any, *, options: str = "", more: str = "", sign: str = "") -> Path:
    """A project that reads a served desk; its target is an empty folder."""
    who = emulator.credentials
    vendor = emulator.name
    names = {"zendesk": "ZENDESK", "jsm": "JIRA"}[vendor]
    sign = sign or f"email: {who[f'{names}_EMAIL']}, token: env:{names}_TOKEN"
    (root / "out").mkdir(parents=True)
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: {vendor}, key: acme, base_url: '{emulator.base_url}', {sign}{options}}}\n"
        f"target: {{connector: neutral, key: files, folder: out}}\nmapping: mapping.yaml\nworkers: 4\n{more}"
    )
    return root
