"""The stories of the sample desk, one function each: what makes its ticket worth testing is in its docstring."""

from __future__ import annotations

import html
from collections.abc import Callable

from . import people, texts
from .case import CaseBuilder
from .catalog import FORMS, GROUPS
from .dice import ENDS, HOST, Dice, audit_id, stamp
from .endings import solve
from .people import AGENTS, ORGANIZATIONS, person
from .plot import Plot
from .rules import rule_via

__all__ = ["TEAM", "rate", "reopen", "take", "talk"]

ANA, BEN, CHLOE, DMITRI, EMI, FARID, GRETA, HUGO = AGENTS
TEAM = (("Tier 1", CHLOE), ("Tier 1", EMI), ("Tier 1", HUGO), ("Tier 2", DMITRI), ("Tier 2", BEN), ("Billing", FARID),
        ("Billing", GRETA), ("Sales", EMI), ("Tier 1", ANA))  # fmt: skip


# --- what everyday tickets are made of


def take(builder: CaseBuilder, group: str, agent: int, after: int) -> None:
    """Let an agent take the ticket."""
    builder.audit(agent, after)
    builder.set("group_id", GROUPS[group])
    builder.set("assignee_id", agent)
    if builder.ticket["status"] in ("new", "open"):
        builder.status("open")


def ask(builder: CaseBuilder, body: str, *, text: str | None = None, **more: object) -> None:
    """Open the ticket with the requester's first words."""
    builder.audit(builder.ticket["requester_id"])
    builder.comment(body, text=text, **more)  # type: ignore[arg-type]
    builder.created()


def begin(builder: CaseBuilder) -> int:
    """Open an ordinary conversation and return the agent who took it."""
    ask(builder, texts.opening(builder.dice, builder.ticket["subject"]))
    group, agent = builder.dice.pick(TEAM)
    take(builder, group, agent, builder.dice.between(300, 9_000))
    return agent


def respond(builder: CaseBuilder, agent: int, body: str | None = None) -> None:
    """Let the agent answer publicly and wait for the customer."""
    builder.audit(agent, builder.dice.between(200, 20_000))
    name = person(builder.ticket["requester_id"]).user["name"]
    builder.comment(body or texts.reply(builder.dice, name))
    builder.status("pending")
    builder.notify()


def hear(builder: CaseBuilder, body: str | None = None) -> None:
    """Let the customer answer; a pending or solved ticket opens."""
    builder.audit(builder.ticket["requester_id"], builder.dice.between(600, 60_000), channel="email")
    builder.comment(body or texts.answer(builder.dice))
    if builder.ticket["status"] in ("pending", "hold", "solved"):
        builder.status("open")


def talk(builder: CaseBuilder, agent: int, rounds: int) -> int:
    """Go back and forth; sometimes a note, another priority, a field or another agent. Return who has it now."""
    dice = builder.dice
    for _ in range(rounds):
        respond(builder, agent)
        if dice.chance(0.8):
            hear(builder)
        if dice.chance(0.35):
            builder.audit(agent, dice.between(60, 4_000))
            builder.comment(texts.note(dice), public=False)
            builder.set("priority", dice.pick(("normal", "high", builder.ticket["priority"])))
        if dice.chance(0.3):
            builder.audit(agent, dice.between(60, 4_000))
            key, value = dice.pick((
                ("product", "hardware__router__r1"), ("product", "software__web"), ("serial", f" sn-{dice.between(100000, 999999)} "),
                ("city", "São Paulo"), ("zip", "01099"), ("refund_reason", "late"), ("symptoms", ["no_signal", "noise"]),
                ("vip", True), ("quantity", str(dice.between(1, 40))),
            ))  # fmt: skip
            builder.custom(key, value)
        if dice.chance(0.12):
            group, other = dice.pick(TEAM)
            take(builder, group, other, dice.between(60, 9_000))
            builder.retag(["escalated"])
            agent = other
    return agent


def rate(builder: CaseBuilder, score: str, remark: str | None) -> None:
    """Let the requester rate the solved ticket."""
    ticket = builder.ticket
    builder.audit(ticket["requester_id"], builder.dice.between(900, 40_000))
    builder.event("SatisfactionRating", score=score, assignee_id=ticket["assignee_id"], body=remark)
    first = builder.rating or {}
    number = 61_000_000 + builder.number
    ticket["satisfaction_rating"] = {"score": score, "id": number, "comment": remark}
    builder.rating = {
        "url": f"{HOST}/api/v2/satisfaction_ratings/{number}.json", "id": number, "ticket_id": builder.number,
        "requester_id": ticket["requester_id"], "assignee_id": ticket["assignee_id"], "group_id": ticket["group_id"],
        "score": score, "comment": remark, "reason": None, "reason_id": None, "reason_code": None,
        "created_at": first.get("created_at", stamp(builder.now)), "updated_at": stamp(builder.now),
    }  # fmt: skip


def reopen(builder: CaseBuilder, agent: int) -> None:
    """Let the customer come back once and the agent solve it again."""
    hear(builder, "<p>Sorry, it is back.</p>")
    solve(builder, agent)


# --- texts


def every_field(builder: CaseBuilder, plot: Plot) -> None:
    """A value in every custom field, some changed, tags following the options."""
    builder.ticket["ticket_form_id"] = FORMS["Billing question"]
    builder.ticket["priority"], builder.ticket["type"] = "high", "question"
    agent = begin(builder)
    builder.audit(agent, 300)
    values: dict[str, object] = {
        "refund_reason": "late", "product": "hardware__router__r2", "serial": " sn 204518", "serial_no": "SN-204518",
        "city": "Zürich", "zip": "08001", "vip": True, "outcome": "wont_fix", "card_number": "XXXXXXXXXXXX4242",
        "delivery_date": "2026-02-28", "quantity": "3", "amount": "1234.50", "symptoms": ["overheats", "noise"],
        "steps": "1. on\r\n2. off\r\n\r\n3. 🔥", "affected": str(ORGANIZATIONS[0]), "manager": str(ANA),
        "phase_ru": "Вторая", "old_region": "EMEA",
    }  # fmt: skip
    for key, value in values.items():
        builder.custom(key, value)
    builder.audit(agent, 900)
    for key, value in {"refund_reason": "broken", "outcome": "fixed", "vip": False, "symptoms": ["noise"], "city": None}.items():
        builder.custom(key, value)
    builder.custom("vip", True)
    solve(builder, agent)


def rich_text(builder: CaseBuilder, plot: Plot) -> None:
    """Headings, nested lists, a table with a span, code, links."""
    agent = begin(builder)
    respond(builder, agent, texts.RICH)
    builder.audit(agent, 60)
    builder.comment("<p><strong><em><u><s>all marks</s></u></em></strong> H<sub>2</sub>O x<sup>2</sup></p>", public=False)


def inline_images(builder: CaseBuilder, plot: Plot) -> None:
    """Pictures in the text, one of them twice, and one beside it."""
    one, two = builder.file("png", "image001.png", inline=True), builder.file("png", "Bild ü.png", inline=True)
    beside = builder.file("png", "photo.png")
    body = (f'<p>See here:</p><p><img src="{one["content_url"]}" alt="front" style="width: 300px"></p>'
            f'<p>and <img src="{two["content_url"]}"> again <img src="{one["content_url"]}"></p>')  # fmt: skip
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
    builder.audits[-1]["metadata"] |= {"flags": [17], "flags_options": {"17": {"trusted": False, "message": {"user": name}}}}
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
    ask(builder, "<p>Your mail said {{ticket.id}} and {{ticket.requester.first_name | upcase}} {% if x %}?</p>")
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
    picture |= {"file_name": "redacted.txt", "content_type": "text/plain", "size": 0, "deleted": True, "width": None, "height": None}
    picture["content_url"] = picture["mapped_content_url"] = f"{HOST}/system/redacted.txt"
    builder.event("AttachmentRedactionEvent", comment_id=first["id"], attachment_id=picture["id"])
    solve(builder, FARID)


def voice(builder: CaseBuilder, plot: Plot) -> None:
    """A phone call: voice comment with transcript, private summary."""
    called = {
        "from": "+12025550142", "to": "+12025550100", "recording_url": f"{HOST}/api/v2/channels/voice/calls/CA1/twilio/recording",
        "started_at": stamp(builder.now), "call_id": 70_000 + builder.number, "call_duration": 192, "answered_by_id": CHLOE,
        "transcription_text": "Hello, my router is broken.", "location": "Sampleton", "recorded": True,
    }  # fmt: skip
    builder.ticket["submitter_id"] = CHLOE
    builder.audit(CHLOE, channel="voice")
    builder.comment("<p>Inbound call from +12025550142, 3 minutes, 12 seconds</p>", kind="VoiceComment", public=True, data=called,
                    formatted_from="+1 (202) 555-0142", formatted_to="+1 (202) 555-0100", transcription_visible=True)  # fmt: skip
    builder.created()
    take(builder, "Tier 1", CHLOE, 200)
    builder.audit(CHLOE, 60)
    builder.comment("<p>Sent a new one.</p>", public=False)
    builder.status("solved")


# --- tickets that belong together


def merge_winner(builder: CaseBuilder, plot: Plot) -> None:
    """The ticket that others were merged into."""
    agent = begin(builder)
    for place in (41, 43):
        loser = plot.neighbour(place)
        if loser is not None:
            builder.until(plot.moment(place, 20_000))
            builder.audit(BEN, source={"from": {"ticket_ids": [loser]}, "to": {}, "rel": "merge"})
            builder.comment(f"<p>Request #{loser} was closed and merged into this request. Last comment in request "
                            f"#{loser}:</p><p>Where is order 4711?</p>", public=False)  # fmt: skip
    builder.until(plot.moment(43, 90_000))
    solve(builder, agent)


def merge_loser(builder: CaseBuilder, plot: Plot) -> None:
    """A ticket merged into another: closed, tagged, the winner named in a comment."""
    winner = plot.number - plot.place + 40
    ask(builder, "<p>Where is order 4711?</p>", attachments=[builder.file("txt", "order.txt")])
    builder.until(plot.moment(plot.place, 20_000))
    builder.audit(BEN, source={"from": {}, "to": {"ticket_id": winner}, "rel": "merge"})
    builder.comment(f'<p>This request was closed and merged into request #{winner} "Order 4711 is late".</p>', public=False)
    builder.set("assignee_id", BEN)
    builder.set("group_id", GROUPS["Tier 2"])
    builder.retag(["closed_by_merge"])
    builder.status("closed")


_OUTAGE_ENDS = 200_000


def problem(builder: CaseBuilder, plot: Plot) -> None:
    """A problem with incidents; solving it solves them."""
    builder.ticket |= {"type": "problem", "priority": "urgent", "ticket_form_id": FORMS["Outage"], "submitter_id": DMITRI}
    builder.ticket["has_incidents"] = plot.neighbour(52) is not None
    builder.audit(DMITRI)
    builder.comment("<p>The portal answers 502 since 8:00.</p>", public=False)
    builder.created()
    take(builder, "Tier 2", DMITRI, 60)
    builder.until(plot.moment(58, _OUTAGE_ENDS))
    builder.audit(DMITRI)
    builder.comment("<p>Fixed: a <strong>certificate</strong> had expired.</p>")
    builder.custom("outcome", "fixed")
    builder.status("solved")


def incident(builder: CaseBuilder, plot: Plot) -> None:
    """An incident of the problem, solved with it."""
    root = plot.number - plot.place + 50
    builder.ticket |= {"type": "incident", "ticket_form_id": FORMS["Outage"]}
    ask(builder, f"<p>{builder.ticket['subject']}!</p>")
    take(builder, "Tier 2", DMITRI, 500)
    builder.set("problem_id", root)
    respond(builder, DMITRI)
    builder.until(plot.moment(58, _OUTAGE_ENDS))
    builder.audit(DMITRI, channel="linked_problem",
                  source={"from": {"ticket_id": root, "subject": "Portal answers 502"}, "to": {}, "rel": None})  # fmt: skip
    builder.comment("<p>Fixed: a <strong>certificate</strong> had expired.</p>")
    builder.status("solved")


def closed_source(builder: CaseBuilder, plot: Plot) -> None:
    """A closed ticket that a follow-up was made from."""
    after = plot.neighbour(70)
    builder.ticket["followup_ids"] = [after] if after else []
    solve(builder, begin(builder))


def follow_up(builder: CaseBuilder, plot: Plot) -> None:
    """A follow-up of a closed ticket, known by `via.source.rel`."""
    source = plot.number - plot.place + 60
    builder.ticket["via"] = {"channel": "web", "source": {
        "from": {"ticket_id": source, "subject": "Broken modem", "channel": "email"}, "to": {}, "rel": "follow_up"}}  # fmt: skip
    respond(builder, begin(builder))


# --- ratings, dates, copies, files


def rated_good(builder: CaseBuilder, plot: Plot) -> None:
    """Rated good with a remark."""
    solve(builder, begin(builder))
    rate(builder, "good", "Great & quick 👍")


def rated_twice(builder: CaseBuilder, plot: Plot) -> None:
    """Rated good, then bad: the last counts."""
    solve(builder, begin(builder))
    rate(builder, "good", None)
    rate(builder, "bad", "It broke again")


def rating_offered(builder: CaseBuilder, plot: Plot) -> None:
    """Asked for a rating, never answered."""
    solve(builder, begin(builder))
    rate(builder, "offered", None)


def task(builder: CaseBuilder, plot: Plot) -> None:
    """A task with a due date that was moved."""
    builder.ticket |= {"type": "task", "due_at": stamp(min(builder.now + 86_400 * 9, ENDS) // 86_400 * 86_400 + 43_200)}
    agent = begin(builder)
    builder.audit(agent, 3_000)
    builder.set("due_at", stamp(builder.now // 86_400 * 86_400 + 86_400 * 20 + 43_200))


def _set_copies(builder: CaseBuilder, field: str, kind: str, name: str, ids: list[int]) -> None:
    emails = {key: [person(one).user["email"] for one in value]
              for key, value in ((f"previous_{name}", builder.ticket[field]), (f"current_{name}", ids))}  # fmt: skip
    builder.ticket[field] = ids
    builder.event(kind, **emails)


def copies(builder: CaseBuilder, plot: Plot) -> None:
    """CCs and followers added and removed."""
    agent = begin(builder)
    builder.audit(agent, 100)
    _set_copies(builder, "email_cc_ids", "EmailCcChange", "email_ccs", [people.SPEAKERS["de"], people.SPEAKERS["fr"]])
    _set_copies(builder, "follower_ids", "FollowerChange", "followers", [ANA, people.LIGHT])
    respond(builder, agent)
    builder.event("Cc", recipients=list(builder.ticket["email_cc_ids"]), via={"channel": "email", "source": {"from": {}, "to": {}, "rel": None}})
    builder.audit(agent, 100)
    _set_copies(builder, "email_cc_ids", "EmailCcChange", "email_ccs", [people.SPEAKERS["fr"]])
    hear(builder)


def many_files(builder: CaseBuilder, plot: Plot) -> None:
    """A picture, a PDF, a text, a table, over several comments."""
    ask(builder, "<p>Attached.</p>", attachments=[builder.file("png", "photo.png"), builder.file("pdf", "invoice 4711.pdf")])
    take(builder, "Billing", FARID, 100)
    builder.audit(FARID, 500)
    builder.comment("<p>Our copy</p>", public=False, attachments=[builder.file("csv", "list.csv"), builder.file("txt", "server.log")])


def same_names(builder: CaseBuilder, plot: Plot) -> None:
    """Two files of one name, and one of no bytes."""
    ask(builder, "<p>Two.</p>", attachments=[builder.file("txt", "log.txt"), builder.file("txt", "log.txt"), builder.file("empty", "empty.bin")])
    take(builder, "Tier 1", CHLOE, 100)


def foreign_names(builder: CaseBuilder, plot: Plot) -> None:
    """File names that are not ASCII, with blanks, quotes and a path."""
    names = ("Größe – Übersicht.pdf", "請求書 2026.pdf", "фото.png", 'a "quoted" & #1?.txt', "..\\evil\\path.txt", "🔥.png")
    kinds = {"pdf": "pdf", "png": "png", "txt": "txt"}
    ask(builder, "<p>Dateien</p>", attachments=[builder.file(kinds[name[-3:]], name) for name in names])
    take(builder, "Tier 1", HUGO, 100)


# --- who handles it


def ai_agent(builder: CaseBuilder, plot: Plot) -> None:
    """Handled by an AI agent alone; the export hides it unless asked for."""
    builder.ticket |= {"support_type": "ai_agent", "from_messaging_channel": True}
    ask(builder, texts.answer(builder.dice))
    builder.audit(people.AI_AGENT, 2, channel="native_messaging")
    builder.comment("<p>I am Ada, an automated assistant. Try a restart.</p>")
    builder.audit(builder.ticket["requester_id"], 200, channel="native_messaging")
    builder.comment("<p>ok</p>")
    builder.audit(people.AI_AGENT, 600, channel="native_messaging")
    builder.status("solved")


def restricted(builder: CaseBuilder, plot: Plot) -> None:
    """A ticket of the restricted group."""
    ask(builder, "<p>A question about my salary, please treat it in confidence.</p>")
    take(builder, "HR-cases", GRETA, 900)
    respond(builder, GRETA)


def reopened(builder: CaseBuilder, plot: Plot) -> None:
    """Solved and reopened three times."""
    agent = begin(builder)
    solve(builder, agent)
    for _ in range(3):
        reopen(builder, agent)


def waiting_on_vendor(builder: CaseBuilder, plot: Plot) -> None:
    """A custom status of the category hold, after another."""
    agent = begin(builder)
    builder.audit(agent, 100)
    builder.status("open", "Escalated to engineering")
    builder.audit(agent, 100)
    builder.comment("<p>Asked the vendor.</p>", public=False)
    builder.status("hold", "Waiting on vendor")


def moved(builder: CaseBuilder, plot: Plot) -> None:
    """Requester, organization, brand, subject and form changed."""
    agent = begin(builder)
    builder.audit(agent, 100)
    builder.set("requester_id", people.SPEAKERS["de"])
    builder.set("organization_id", person(people.SPEAKERS["de"]).user["organization_id"])
    builder.set("subject", "Für Anna: bitte prüfen")
    builder.set("ticket_form_id", FORMS["Outage"])
    builder.set("brand_id", 27_002)


def former_agent(builder: CaseBuilder, plot: Plot) -> None:
    """Answered and owned by an agent who was deleted since."""
    ask(builder, texts.opening(builder.dice, builder.ticket["subject"]))
    take(builder, "Tier 1", people.DELETED_AGENT, 100)
    solve(builder, people.DELETED_AGENT)


def suspended_agent(builder: CaseBuilder, plot: Plot) -> None:
    """Owned by an agent who is suspended."""
    ask(builder, texts.opening(builder.dice, builder.ticket["subject"]))
    take(builder, "Tier 1", people.SUSPENDED_AGENT, 100)
    respond(builder, people.SUSPENDED_AGENT)


def suspended_customer(builder: CaseBuilder, plot: Plot) -> None:
    """Asked by a customer who was suspended later."""
    solve(builder, begin(builder))


def light_agent(builder: CaseBuilder, plot: Plot) -> None:
    """Private comments of light agents."""
    agent = begin(builder)
    for light in (people.LIGHT, people.LIGHT_TWO):
        builder.audit(light, 400)
        builder.comment(texts.note(builder.dice), public=False)
    respond(builder, agent)


def same_second(builder: CaseBuilder, plot: Plot) -> None:
    """Several audits and comments in one second."""
    agent = begin(builder)
    for index in range(4):
        builder.audit(agent if index % 2 else builder.ticket["requester_id"])
        builder.comment(f"<p>{index}</p>")
        builder.set("priority", ("low", "high")[index % 2])


def shared(builder: CaseBuilder, plot: Plot) -> None:
    """Shared with another desk."""
    agent = begin(builder)
    builder.audit(agent, 100)
    builder.ticket["sharing_agreement_ids"] = [40_001]
    builder.event("TicketSharingEvent", agreement_id=40_001, action="shared")


def long_thread(builder: CaseBuilder, plot: Plot) -> None:
    """More comments and audits than a page holds."""
    agent = begin(builder)
    for index in range(110):
        builder.audit(agent if index % 2 else builder.ticket["requester_id"], 600)
        builder.comment(f"<p>Message {index}</p>", public=index % 5 != 0)


def side_conversation(builder: CaseBuilder, plot: Plot) -> None:
    """A side conversation by mail."""
    agent = begin(builder)
    builder.audit(agent, 100)
    builder.event("CollabThreadCreated", thread_id="c3f1d7a0-side", author={"id": agent}, message={"subject": "Parcel?"})


def odd_subject(builder: CaseBuilder, plot: Plot) -> None:
    """A subject far too long."""
    respond(builder, begin(builder))


def untouched(builder: CaseBuilder, plot: Plot) -> None:
    """Blank subject, an empty body, nobody cared."""
    ask(builder, "", text="")


def messaging(builder: CaseBuilder, plot: Plot) -> None:
    """A conversation of a messenger without an address, its transcript one comment."""
    builder.ticket |= {"from_messaging_channel": True, "organization_id": None}
    ask(builder, "<p>(10:01:22) Guest: hello?<br>(10:02:03) Emi: hi!<br>(10:02:40) Guest: 👋</p>")
    builder.event("ChatStartedEvent", value={"visitor_id": "8d21f0", "chat_id": f"2610.{builder.number}"})
    take(builder, "Tier 1", EMI, 30)
    builder.audit(EMI, 300)
    builder.event("ChatEndedEvent", value={"visitor_id": "8d21f0", "chat_id": f"2610.{builder.number}", "is_served": True})
    builder.status("solved")


def odd_tags(builder: CaseBuilder, plot: Plot) -> None:
    """Tags with odd characters, added and removed."""
    builder.ticket["tags"] = sorted(["naïve/tag", "vip__gold", "50%_off", "東京", "a" * 60])
    agent = begin(builder)
    builder.audit(agent, 60)
    builder.retag(["c++", "o'neil"], ["50%_off"])


def sla_targets(builder: CaseBuilder, plot: Plot) -> None:
    """SLA targets set and changed, a macro used, an event of an unknown type."""
    builder.ticket["priority"] = "normal"
    agent = begin(builder)
    builder.audit(agent, 60)
    builder.event("AgentMacroReference", macro_id="37003", macro_title="Ask for serial number")
    builder.set("priority", "urgent")
    builder.event("Change", field_name="reply_time", value={"minutes": 30, "in_business_hours": False},
                  previous_value={"minutes": 480, "in_business_hours": False},
                  via={"current_sla_policy": "Urgent", **rule_via((39_001, "Urgent"), "sla_target_change")})  # fmt: skip
    builder.event("SomethingNew2027", payload={"a": [1, None, {"b": "c"}]})
    builder.notify()
