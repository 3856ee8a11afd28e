"""What breaks importers: hostile texts, every kind of part, people who are gone, files, more parts than an answer has."""

from __future__ import annotations

from dataclasses import replace

from ticketferry_emulators.intercom.models.files import picture
from ticketferry_emulators.intercom.models.records import Conversation, Party
from ticketferry_emulators.intercom.models.state import BOT
from ticketferry_emulators.intercom.seed import texts
from ticketferry_emulators.intercom.seed.people import DELETED, MERGED
from ticketferry_emulators.intercom.seed.stories import Cast, Story
from ticketferry_emulators.intercom.seed.telling import PNG, Teller, by_admin, by_contact

__all__ = ["HARD", "many_parts"]

_MANY = 540
_EVENTS = (
    "participant_added", "participant_removed", "conversation_tags_updated", "title_changed", "language_detection_details",
    "custom_action_started", "custom_action_finished", "ticket_state_updated_by_admin", "conversation_rating_changed",
    "channel_and_reply_time_expectation", "fin_guidance_applied", "conversation_attribute_updated_by_user", "side_quest_nobody_knows",
)  # fmt: skip


def hostile(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Texts that break converters, from both sides, and a title of markup."""
    conversation.title = "<b>Title</b> & “quotes” \u202e"
    conversation.source.body = texts.HOSTILE[int(conversation.id) % len(texts.HOSTILE)]
    for place, body in enumerate(texts.HOSTILE):
        author = by_contact(cast.contact) if place % 2 else by_admin(cast.admins[2])
        tell.part("comment" if place % 3 else "note", author if place % 3 else by_admin(cast.admins[2]), body)


def every_part(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """One part of each kind, known and unknown; assignments and closings with words."""
    agent = by_admin(cast.admins[1])
    for name in _EVENTS:
        tell.part(name, agent if "admin" in name else BOT, event_details=_details(name),
                  app_package_code="test-integration" if "custom_action" in name else None)  # fmt: skip
    tell.assign(cast.admins[1], agent, "assignment", "<p>For you, Joe: the customer must not read this</p>")
    tell.close(agent, "<p>Closed with a visible word</p>")
    tell.reopen(agent, "note_and_reopen", "<p>Reopened with a note</p>")
    tell.assign(cast.admins[2], agent, "assign_and_reopen")
    tell.snooze(agent, 60)
    conversation.state, conversation.snoozed_until = "open", None
    tell.part("unsnoozed", agent)
    tell.assign(cast.admins[1], agent, "assign_and_unsnooze")
    tell.reopen(by_contact(cast.contact), "open", "<p>I open it again with this</p>")
    tell.part("side_quest_with_words", BOT, "<p>Words of a kind that nobody knows</p>")


def _details(name: str) -> dict[str, object] | None:
    if name.startswith("custom_action"):
        return {
            "action": {"name": "Jira Create Issue", **({"result": "success"} if "finished" in name else {})}
        }
    if name.startswith("conversation_attribute"):
        return {"attribute": {"name": "Plan"}, "value": {"name": "gold", "previous": "free"}}
    return None


def files(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Attachments, an inline image, words that are only files, two files of one name."""
    source = conversation.source
    source.files = [tell.file("screen ümlaut.png", PNG, "image/png")]
    source.body += picture(tell.file("inline.png", PNG + b"inline", "image/png"))
    tell.part("comment", by_contact(cast.contact), None, files=[tell.file("a.txt", b"first\n", "text/plain")])
    tell.part("comment", by_admin(cast.admins[1]), f"<p>See:</p>{picture(tell.file('shot (1).png', PNG + b'2', 'image/png'))}",
              files=[tell.file("a.txt", b"second\n", "text/plain"), tell.file("../../etc/passwd", b"x", "application/octet-stream")])  # fmt: skip
    tell.part(
        "note", by_admin(cast.admins[1]), "<p>log</p>", files=[tell.file("empty.log", b"", "text/plain")]
    )


def redacted(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Words were blacked out, the first ones too."""
    conversation.source.body, conversation.source.redacted = "<p>This message was deleted</p>", True
    tell.part("comment", by_contact(cast.contact), "<p>This message was deleted</p>", redacted=True)
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))


def gone(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A contact who was deleted, a lead who was merged, a teammate who was removed."""
    deleted = Party("user", DELETED, "Deleted Dora", "dora@gone.example")
    conversation.source.author = deleted
    conversation.contacts = [DELETED, cast.contact.id]
    tell.part("comment", by_admin(cast.admins[-1]), texts.reply(tell.dice))
    tell.part("note", by_admin(cast.admins[-1]), texts.note(tell.dice))
    tell.part(
        "comment", Party("lead", MERGED, "Merged Lead", "merged@customer0.example"), texts.answer(tell.dice)
    )
    tell.part("comment", deleted, texts.answer(tell.dice))
    conversation.admin = cast.admins[-1].id


def mail_with_copies(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A mail with CC and BCC, which stand only in the headers."""
    conversation.source.type, conversation.source.subject = "email", "Re: VPN & more"
    headers = [{"type": kind, "email_address": address, "name": name} for kind, address, name in (
        ("from", cast.contact.email or "x@y.example", cast.contact.name), ("to", "support@acme.example", "Support"),
        ("cc", "boss@customer1.example", "The Boss"), ("bcc", "secret@customer1.example", None))]  # fmt: skip
    email = {
        "subject": "Re: VPN & more",
        "email_address_headers": headers,
        "message_id": f"<{conversation.id}@x.example>",
    }
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice), email=email)
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))


def channels(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Other channels than mail and chat."""
    kinds = ("twitter", "whatsapp", "facebook", "instagram", "sms", "phone_call", "push", "phone_switch")
    conversation.source.type = kinds[int(conversation.id) % len(kinds)]
    if conversation.source.type == "twitter":
        conversation.source.body = "<p>This is a message from Twitter</p>"
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))


def group(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Two contacts; the second came in later."""
    conversation.contacts.append(cast.other.id)
    tell.part("participant_added", by_admin(cast.admins[1]))
    tell.part("comment", by_contact(cast.other), texts.LANGUAGES[int(conversation.id) % len(texts.LANGUAGES)])
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))
    tell.close(by_admin(cast.admins[1]))


def same_second(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Parts of one second, and one that was imported with an older date."""
    tell.part("comment", by_admin(cast.admins[1]), "<p>one</p>")
    tell.part("comment", by_admin(cast.admins[1]), "<p>one</p>", after=0)
    tell.part("note", by_admin(cast.admins[1]), "<p>three</p>", after=0)
    late = tell.part("comment", by_contact(cast.contact), "<p>imported late</p>", after=0)
    late.created_at = conversation.created_at + 5


def anonymous(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """An author without name or address, who says nothing but sends a file."""
    conversation.source.author = replace(conversation.source.author, name=None, email="")
    conversation.source.body = ""
    conversation.source.files = [tell.file("voice.ogg", b"OggS", "audio/ogg")]


def many_parts(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """More parts than an answer has: the first words and notes can't be had any more."""
    agent = by_admin(cast.admins[1])
    for place in range(_MANY):
        if place % 9 == 0:
            tell.part(
                "comment", by_contact(cast.contact) if place % 2 else agent, f"<p>Word {place}</p>", after=60
            )
        elif place % 50 == 1:
            tell.part("note", agent, f"<p>Note {place}</p>", after=30)
        else:
            tell.part("conversation_tags_updated", BOT, after=10)


HARD: tuple[Story, ...] = (
    hostile, every_part, files, redacted, gone, mail_with_copies, channels, group, same_second, anonymous,
)  # fmt: skip
