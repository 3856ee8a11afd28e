"""Stories about what hangs on a ticket: ratings, dates, copies, files, tags, targets."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed import people
from ticketferry_emulators.zendesk.seed.acts import (
    ANA,
    CHLOE,
    FARID,
    HUGO,
    ask,
    begin,
    hear,
    rate,
    respond,
    take,
)
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.dice import ENDS, stamp
from ticketferry_emulators.zendesk.seed.endings import solve
from ticketferry_emulators.zendesk.seed.people import person
from ticketferry_emulators.zendesk.seed.plot import Plot

__all__ = [
    "copies",
    "foreign_names",
    "many_files",
    "rated_good",
    "rated_twice",
    "rating_offered",
    "same_names",
    "task",
]


def rated_good(builder: CaseBuilder, plot: Plot) -> None:
    """Rated good with a remark."""
    solve(builder, begin(builder))
    rate(builder, "good", "Great & quick 👍")


def rated_twice(builder: CaseBuilder, plot: Plot) -> None:
    """Rated good, then bad: the last counts."""
    solve(builder, begin(builder))
    rate(builder, "good", None)
    rate(builder, "bad", "It broke again", "The issue was not resolved")


def rating_offered(builder: CaseBuilder, plot: Plot) -> None:
    """Asked for a rating, never answered."""
    solve(builder, begin(builder))
    rate(builder, "offered", None)


def task(builder: CaseBuilder, plot: Plot) -> None:
    """A task with a due date that was moved."""
    builder.ticket |= {
        "type": "task",
        "due_at": stamp(min(builder.now + 86_400 * 9, ENDS) // 86_400 * 86_400 + 43_200),
    }
    agent = begin(builder)
    builder.audit(agent, 3_000)
    builder.set("due_at", stamp(builder.now // 86_400 * 86_400 + 86_400 * 20 + 43_200))


def _set_copies(builder: CaseBuilder, field: str, kind: str, name: str, ids: list[int]) -> None:
    emails = {
        key: [person(one).user["email"] for one in value]
        for key, value in ((f"previous_{name}", builder.ticket[field]), (f"current_{name}", ids))
    }
    builder.ticket[field] = ids
    builder.event(kind, **emails)


def copies(builder: CaseBuilder, plot: Plot) -> None:
    """CCs and followers added and removed."""
    agent = begin(builder)
    builder.audit(agent, 100)
    _set_copies(
        builder, "email_cc_ids", "EmailCcChange", "email_ccs", [people.SPEAKERS["de"], people.SPEAKERS["fr"]]
    )
    _set_copies(builder, "follower_ids", "FollowerChange", "followers", [ANA, people.LIGHT])
    respond(builder, agent)
    builder.event(
        "Cc",
        recipients=list(builder.ticket["email_cc_ids"]),
        via={"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
    )
    builder.audit(agent, 100)
    _set_copies(builder, "email_cc_ids", "EmailCcChange", "email_ccs", [people.SPEAKERS["fr"]])
    hear(builder)


def many_files(builder: CaseBuilder, plot: Plot) -> None:
    """A picture, a PDF, a text, a table, over several comments."""
    ask(
        builder,
        "<p>Attached.</p>",
        attachments=[builder.file("png", "photo.png"), builder.file("pdf", "invoice 4711.pdf")],
    )
    take(builder, "Billing", FARID, 100)
    builder.audit(FARID, 500)
    builder.comment(
        "<p>Our copy</p>",
        public=False,
        attachments=[builder.file("csv", "list.csv"), builder.file("txt", "server.log")],
    )


def same_names(builder: CaseBuilder, plot: Plot) -> None:
    """Two files of one name, and one of no bytes."""
    ask(
        builder,
        "<p>Two.</p>",
        attachments=[
            builder.file("txt", "log.txt"),
            builder.file("txt", "log.txt"),
            builder.file("empty", "empty.bin"),
        ],
    )
    take(builder, "Tier 1", CHLOE, 100)


def foreign_names(builder: CaseBuilder, plot: Plot) -> None:
    """File names that are not ASCII, with blanks, quotes and a path."""
    names = (
        "Größe – Übersicht.pdf",
        "請求書 2026.pdf",
        "фото.png",
        'a "quoted" & #1?.txt',
        "..\\evil\\path.txt",
        "🔥.png",
    )
    kinds = {"pdf": "pdf", "png": "png", "txt": "txt"}
    ask(builder, "<p>Dateien</p>", attachments=[builder.file(kinds[name[-3:]], name) for name in names])
    take(builder, "Tier 1", HUGO, 100)
