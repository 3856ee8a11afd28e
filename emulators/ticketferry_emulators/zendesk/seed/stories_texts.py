"""Stories about what is written; what makes a ticket worth testing stands in its docstring."""

from __future__ import annotations

import html
from collections.abc import Callable

from ticketferry_emulators.zendesk.seed import people, texts
from ticketferry_emulators.zendesk.seed.acts import (
    ANA,
    CHLOE,
    DMITRI,
    EMI,
    FARID,
    GRETA,
    HUGO,
    ask,
    begin,
    hear,
    respond,
    take,
)
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.catalog import FORMS
from ticketferry_emulators.zendesk.seed.dice import HOST, stamp
from ticketferry_emulators.zendesk.seed.endings import solve
from ticketferry_emulators.zendesk.seed.people import ORGANIZATIONS, person
from ticketferry_emulators.zendesk.seed.plot import Plot

__all__ = [
    "crlf",
    "every_field",
    "inline_images",
    "language",
    "long_comment",
    "made_private",
    "odd_characters",
    "placeholders",
    "private_by_end_user",
    "private_first",
    "quoted_replies",
    "redacted",
    "references",
    "rich_text",
    "unclosed",
    "voice",
]


def every_field(builder: CaseBuilder, plot: Plot) -> None:
    """A value in every custom field, some changed, tags following the options."""
    builder.ticket["ticket_form_id"] = FORMS["Billing question"]
    builder.ticket["priority"], builder.ticket["type"] = "high", "question"
    agent = begin(builder)
    builder.audit(agent, 300)
    values: dict[str, object] = {
        "refund_reason": "late",
        "product": "hardware__router__r2",
        "serial": " sn 204518",
        "serial_no": "SN-204518",
        "city": "Zürich",
        "zip": "08001",
        "vip": True,
        "outcome": "wont_fix",
        "card_number": "XXXXXXXXXXXX4242",
        "delivery_date": "2026-02-28",
        "quantity": "3",
        "amount": "1234.50",
        "symptoms": ["overheats", "noise"],
        "steps": "1. on\r\n2. off\r\n\r\n3. 🔥",
        "affected": str(ORGANIZATIONS[0]),
        "manager": str(ANA),
        "phase_ru": "Вторая",
        "old_region": "EMEA",
    }
    for key, value in values.items():
        builder.custom(key, value)
    builder.audit(agent, 900)
    for key, value in {
        "refund_reason": "broken",
        "outcome": "fixed",
        "vip": False,
        "symptoms": ["noise"],
        "city": None,
    }.items():
        builder.custom(key, value)
    builder.custom("vip", True)
    solve(builder, agent)


def rich_text(builder: CaseBuilder, plot: Plot) -> None:
    """Headings, nested lists, a table with a span, code, links."""
    agent = begin(builder)
    respond(builder, agent, texts.RICH)
    builder.audit(agent, 60)
    builder.comment(
        "<p><strong><em><u><s>all marks</s></u></em></strong> H<sub>2</sub>O x<sup>2</sup></p>", public=False
    )


def inline_images(builder: CaseBuilder, plot: Plot) -> None:
    """Pictures in the text, one of them twice, and one beside it."""
    one, two = (
        builder.file("png", "image001.png", inline=True),
        builder.file("png", "Bild ü.png", inline=True),
    )
    beside = builder.file("png", "photo.png")
    body = (
        f'<p>See here:</p><p><img src="{one["content_url"]}" alt="front" style="width: 300px"></p>'
        f'<p>and <img src="{two["content_url"]}"> again <img src="{one["content_url"]}"></p>'
    )
    ask(builder, body, attachments=[one, two, beside])
    take(builder, "Tier 1", CHLOE, 700)
    respond(builder, CHLOE)


def quoted_replies(builder: CaseBuilder, plot: Plot) -> None:
    """Mail replies that quote what went before."""
    agent = begin(builder)
    for _ in range(3):
        respond(builder, agent)
        hear(builder, texts.quoted(builder.dice, person(agent).user["name"]))
    solve(builder, agent)


def language(code: str) -> Callable[[CaseBuilder, Plot], None]:
    """Return the story of a customer who writes in this language."""

    def tell(builder: CaseBuilder, plot: Plot) -> None:
        _, greeting, words = texts.LANGUAGES[code]
        side = ' dir="rtl"' if code in ("ar", "he") else ""
        ask(builder, f"<p{side}>{greeting}</p><p{side}>{words}</p>")
        take(builder, "Tier 1", EMI, 4_000)
        respond(builder, EMI)
        hear(builder, f"<p{side}>{words}</p>")
        solve(builder, EMI)

    return tell


def odd_characters(builder: CaseBuilder, plot: Plot) -> None:
    """Four-byte characters, combining marks, direction overrides, zero width."""
    ask(builder, f"<p>{texts.ZALGO}</p>")
    take(builder, "Tier 1", HUGO, 600)
    respond(builder, HUGO, f"<p>🙏 {texts.ZALGO}</p>")


def long_comment(builder: CaseBuilder, plot: Plot) -> None:
    """A comment of just under 60 kB."""
    ask(builder, texts.long_body(builder.dice))
    take(builder, "Tier 2", DMITRI, 600)
    solve(builder, DMITRI)


def made_private(builder: CaseBuilder, plot: Plot) -> None:
    """A public comment that an agent makes private later."""
    agent = begin(builder)
    respond(builder, agent, "<p>Your new password is hunter2</p>")
    comment = builder.audits[-1]["events"][0]
    builder.audit(agent, 120)
    comment["public"] = False
    builder.event("CommentPrivacyChange", comment_id=comment["id"], public=False)
    solve(builder, agent)


def private_by_end_user(builder: CaseBuilder, plot: Plot) -> None:
    """A private comment of an end user (flag 17)."""
    agent = begin(builder)
    respond(builder, agent)
    other = people.pick_requester(builder.dice, plot.tickets)
    builder.audit(other, 900, channel="email")
    name = person(other).user["name"]
    builder.audits[-1]["metadata"] |= {
        "flags": [17],
        "flags_options": {"17": {"trusted": False, "message": {"user": name}}},
    }
    builder.comment("<p>For you only: do not tell them.</p>", public=False)


def private_first(builder: CaseBuilder, plot: Plot) -> None:
    """A ticket that begins with a private comment and stays private."""
    builder.ticket["submitter_id"] = GRETA
    builder.audit(GRETA)
    builder.comment("<p>Customer called, wants a call back.</p>", public=False)
    builder.created()
    take(builder, "Billing", GRETA, 100)
    builder.audit(GRETA, 4_000)
    builder.comment("<p>Done.</p>", public=False)
    builder.status("solved")


def crlf(builder: CaseBuilder, plot: Plot) -> None:
    """Plain text with CRLF, tabs and trailing blanks."""
    text = "Hello,\r\n\r\n\tfirst line  \r\nsecond line\r\n> quoted\r\n-- \r\nJohn\r\n"
    ask(builder, f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>', text=text)
    take(builder, "Tier 1", CHLOE, 100)


def unclosed(builder: CaseBuilder, plot: Plot) -> None:
    """HTML that does not close, with unknown tags."""
    ask(builder, texts.UNCLOSED)
    take(builder, "Tier 1", HUGO, 100)
    respond(builder, HUGO, "<table><tr><td>open<tr><td>cells")


def placeholders(builder: CaseBuilder, plot: Plot) -> None:
    """Text that the product would expand."""
    ask(
        builder,
        "<p>Your mail said {{ticket.id}} and {{ticket.requester.first_name | upcase}} {% if x %}?</p>",
    )
    take(builder, "Tier 1", HUGO, 100)
    respond(builder, HUGO, "<p>Use <code>{{ticket.title}}</code> or {{dc.welcome}}.</p>")


def references(builder: CaseBuilder, plot: Plot) -> None:
    """Numbers and addresses of other tickets in the text."""
    agent = begin(builder)
    builder.audit(agent, 100)
    builder.comment(texts.references(builder.number), public=False)


def redacted(builder: CaseBuilder, plot: Plot) -> None:
    """Words and a file redacted by an agent."""
    picture = builder.file("png", "card.png")
    mask = "▇" * 19
    ask(builder, f"<p>My card is {mask}, thanks</p>", attachments=[picture])
    first = builder.audits[0]["events"][0]
    take(builder, "Billing", FARID, 300)
    builder.audit(FARID, 60)
    builder.event("CommentRedactionEvent", comment_id=first["id"])
    builder.audit(FARID, 60)
    picture |= {
        "file_name": "redacted.txt",
        "content_type": "text/plain",
        "size": 0,
        "deleted": True,
        "width": None,
        "height": None,
    }
    picture["content_url"] = picture["mapped_content_url"] = f"{HOST}/system/redacted.txt"
    builder.event("AttachmentRedactionEvent", comment_id=first["id"], attachment_id=picture["id"])
    solve(builder, FARID)


def voice(builder: CaseBuilder, plot: Plot) -> None:
    """A phone call: voice comment with transcript, private summary."""
    called = {
        "from": "+12025550142",
        "to": "+12025550100",
        "recording_url": f"{HOST}/api/v2/channels/voice/calls/CA1/twilio/recording",
        "started_at": stamp(builder.now),
        "call_id": 70_000 + builder.number,
        "call_duration": 192,
        "answered_by_id": CHLOE,
        "transcription_text": "Hello, my router is broken.",
        "location": "Sampleton",
        "recorded": True,
    }
    builder.ticket["submitter_id"] = CHLOE
    builder.audit(CHLOE, channel="voice")
    builder.comment(
        "<p>Inbound call from +12025550142, 3 minutes, 12 seconds</p>",
        kind="VoiceComment",
        public=True,
        data=called,
        formatted_from="+1 (202) 555-0142",
        formatted_to="+1 (202) 555-0100",
        transcription_visible=True,
    )
    builder.created()
    take(builder, "Tier 1", CHLOE, 200)
    builder.audit(CHLOE, 60)
    builder.comment("<p>Sent a new one.</p>", public=False)
    builder.status("solved")
