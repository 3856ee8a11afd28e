"""Which ticket of a block tells which story, and the everyday tickets between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ticketferry_emulators.zendesk.seed import (
    acts,
    endings,
    people,
    stories_bonds,
    stories_people,
    stories_texts,
    stories_things,
    texts,
)
from ticketferry_emulators.zendesk.seed.case import CaseBuilder, TicketWithAudits
from ticketferry_emulators.zendesk.seed.catalog import BRANDS, FORMS, GROUPS
from ticketferry_emulators.zendesk.seed.dice import BEGINS, ENDS, Dice
from ticketferry_emulators.zendesk.seed.plot import Plot, opened_at
from ticketferry_emulators.zendesk.seed.rules import NOTIFY_AGENT, ROUTE, rule_via

__all__ = ["LINKED", "case"]

Tale = Callable[[CaseBuilder, Plot], None]


class Story(NamedTuple):
    """A story: who tells it, and how its ticket begins."""

    tell: Tale
    subject: str | None = None
    requester: int | None = None
    channel: str = "email"


def _language(code: str) -> Story:
    return Story(stories_texts.language(code), texts.LANGUAGES[code][0], people.SPEAKERS[code])


# place in the block -> story; what refers to another ticket always has the higher number
STORIES: dict[int, Story] = {
    3: Story(stories_texts.every_field, "Refund for order 55-102"),
    5: Story(stories_texts.rich_text, 'MTU <mismatch> & "quotes"'),
    7: Story(stories_texts.inline_images, "Screenshots attached"),
    9: Story(stories_texts.quoted_replies, "RE: FW: AW: Offer"),
    11: _language("de"), 12: _language("fr"), 13: _language("ja"), 14: _language("ar"), 15: _language("he"),
    16: Story(stories_texts.odd_characters, f"Help 🔥 {texts.ZALGO[:24]}"),
    18: Story(stories_texts.long_comment, "Log file in the text"),
    20: Story(stories_texts.made_private, "Password in a public comment"),
    22: Story(stories_texts.private_by_end_user, "Forwarded without meaning to"),
    24: Story(stories_texts.private_first, "Call noted by an agent", None, "web"),
    26: Story(stories_texts.crlf, "Mail\tin plain text"),
    28: Story(stories_texts.unclosed, "Broken markup"),
    30: Story(stories_texts.placeholders, "What does {{ticket.id}} mean?"),
    32: Story(stories_texts.references, "Same as before"),
    34: Story(stories_texts.redacted, "My card number"),
    36: Story(stories_texts.voice, "Phone call from +12025550142", people.CALLER, "voice"),
    40: Story(stories_bonds.merge_winner, "Order 4711 is late"),
    41: Story(stories_bonds.merge_loser, "Order 4711 again"),
    43: Story(stories_bonds.merge_loser, "4711???", None, "web"),
    50: Story(stories_bonds.problem, "Portal answers 502", None, "web"),
    52: Story(stories_bonds.incident, "Portal down"), 55: Story(stories_bonds.incident, "Error 502"), 58: Story(stories_bonds.incident, "502 again"),
    60: Story(stories_bonds.closed_source, "Broken modem"),
    62: Story(endings.scrubbed, "Erase my data"),
    64: Story(endings.deleted, "Test"), 66: Story(endings.deleted, "asdf"), 68: Story(endings.deleted, "Out of office"),
    70: Story(stories_bonds.follow_up, "Re: Broken modem"),
    72: Story(endings.spam, "You have won", people.SPAMMER), 74: Story(endings.spam, "Cheap pills", people.SPAMMER),
    80: Story(stories_things.rated_good, "Quick question"), 82: Story(stories_things.rated_twice, "Not happy"), 84: Story(stories_things.rating_offered),
    86: Story(stories_things.task, "Visit the customer", None, "web"),
    88: Story(stories_things.copies, "Please keep all of us informed"),
    90: Story(stories_things.many_files, "Documents"), 92: Story(stories_things.same_names, "Two files, one name"),
    94: Story(stories_things.foreign_names, "Dateien / ファイル"),
    **{place: Story(stories_people.ai_agent, None, None, "native_messaging") for place in range(100, 106)},
    106: Story(stories_people.hybrid, None, None, "native_messaging"),
    **{place: Story(stories_people.restricted, "Question to HR", None, "web") for place in range(110, 113)},
    120: Story(stories_people.reopened, "It is back"), 122: Story(stories_people.waiting_on_vendor, "Needs the vendor"),
    124: Story(stories_people.moved, "On behalf of my colleague"),
    126: Story(stories_people.former_agent), 127: Story(stories_people.suspended_agent), 128: Story(stories_people.suspended_customer, None, people.RUDE),
    129: Story(stories_people.light_agent), 130: Story(stories_people.same_second), 134: Story(stories_people.shared, "For the vendor desk"),
    136: Story(stories_people.long_thread, "Long conversation"), 138: Story(stories_people.side_conversation, "Ask the carrier"),
    140: Story(stories_people.odd_subject, "Re: " * 90 + "long"), 142: Story(stories_people.untouched, "  ", None, "web"),
    144: Story(stories_people.messaging, "Conversation with Messenger guest 8d21", people.MESSENGER, "native_messaging"),
    146: Story(stories_people.odd_tags, "Tags"), 148: Story(stories_people.sla_targets, "Server room is hot"),
}  # fmt: skip
LINKED = 50
"""Place in the block of the ticket that is linked with Jira issues: the problem."""
_FILES = (("png", "screenshot.png"), ("pdf", "invoice.pdf"), ("txt", "log.txt"), ("csv", "export.csv"))


def case(number: int, tickets: int, seed: int) -> TicketWithAudits:
    """Return ticket `number` of a desk of `tickets`, made from its number alone."""
    plot = Plot(number, tickets, seed)
    story = STORIES.get(plot.place, Story(everyday))
    dice = Dice(seed, "ticket", number)
    requester = story.requester or people.pick_requester(dice, tickets)
    subject = story.subject or texts.subject(dice)
    channel = (
        story.channel if story.tell is not everyday else dice.pick(("email", "email", "web", "api", "mobile"))
    )
    builder = CaseBuilder(
        number, dice, opened_at(number, tickets), requester=requester, subject=subject, channel=channel
    )
    story.tell(builder, plot)
    if builder.ticket["status"] == "solved" and ENDS - builder.now > 4 * 86_400:
        endings.auto_close(builder)
    if dice.chance(0.1):
        builder.late = 86_400 * dice.between(1, 9)
    return builder.finish()


def everyday(builder: CaseBuilder, plot: Plot) -> None:
    """Tell an ordinary ticket: asked, taken, talked about, and by its age ended or not."""
    dice = builder.dice
    ticket = builder.ticket
    ticket["priority"] = dice.pick((None, "low", "normal", "normal", "high", "urgent"))
    ticket["type"] = dice.pick((None, "question", "question", "incident", "task"))
    ticket["brand_id"] = dice.pick((BRANDS["Acme"], BRANDS["Acme"], BRANDS["Globex"], BRANDS["Billing"]))
    ticket["ticket_form_id"] = dice.pick((FORMS["Default"], FORMS["Default"], *FORMS.values()))
    ticket["tags"] = sorted(
        dice.some(("invoice", "rechnung", "vip", "auto_reply", "beta", "legal-hold"), dice.below(3))
    )
    if dice.chance(0.05):
        ticket["external_id"] = f"SHOP-{builder.number}"
    builder.audit(ticket["requester_id"])
    files = [builder.file(*dice.pick(_FILES))] if dice.chance(0.12) else []
    builder.comment(texts.opening(dice, ticket["subject"]), attachments=files)
    builder.created()
    group, agent = dice.pick(acts.TEAM)
    builder.set("group_id", GROUPS[group], rule_via(ROUTE))
    builder.notify()
    recent = ENDS - builder.now < (ENDS - BEGINS) // 12
    if recent and dice.chance(0.15):
        return
    acts.take(builder, group, agent, dice.between(300, 40_000))
    builder.event("Notification", subject=f"[Acme] Assignment: {ticket['subject']}", body=f"#{builder.number}",
                  recipients=[agent], via=rule_via(NOTIFY_AGENT))  # fmt: skip
    agent = acts.talk(builder, agent, dice.between(0, 3))
    if recent and dice.chance(0.6):
        endings.leave_open(builder, agent)
        return
    endings.solve(builder, agent)
    if dice.chance(0.06):
        acts.rate(builder, dice.pick(("good", "good", "bad")), dice.pick((None, "Thanks!", "Too slow :-(")))
    if plot.place % 37 == 0:
        acts.reopen(builder, agent)
