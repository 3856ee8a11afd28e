"""What happens in the conversations of the sample: everyday courses, the AI agent, campaigns, ratings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from ticketferry_emulators.intercom.models.records import (
    AdminAccount,
    Contact,
    Conversation,
    ConversationSource,
    Party,
    Tagging,
)
from ticketferry_emulators.intercom.models.state import BOT
from ticketferry_emulators.intercom.seed import texts
from ticketferry_emulators.intercom.seed.telling import Teller, by_admin, by_contact

__all__ = ["EVERYDAY", "FIN", "Cast", "Story"]

FIN = Party("bot", "278", "Fin", "operator+acme@intercom.io", from_ai_agent=True, is_ai_answer=True)


class Cast(NamedTuple):
    """Who takes part: the contact, the contact's stand-in for a second voice, teammates (the last one was removed)."""

    contact: Contact
    other: Contact
    admins: Sequence[AdminAccount]


Story: TypeAlias = Callable[[Teller, Conversation, Cast], None]


def _agent(resolution: str | None, moment: int, rating: int | None = None) -> dict[str, object]:
    return {
        "source_type": "workflow", "source_title": "Fin", "last_answer_type": "ai_answer", "resolution_state": resolution,
        "rating": rating, "rating_remark": None if rating is None else "Quick & right", "created_at": moment, "updated_at": moment,
        "content_sources": {"type": "content_source.list", "total_count": 1, "content_sources": [
            {"content_type": "article", "url": "https://help.acme.example/7", "title": "VPN", "locale": "en"}]},
    }  # fmt: skip


def solved(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A mail that is assigned, answered and closed with words."""
    agent = by_admin(cast.admins[1])
    conversation.source.type = "email"
    conversation.source.subject = f"<p>{texts.subject(tell.dice)}</p>"
    tell.assign(cast.admins[1], BOT, "default_assignment")
    tell.part("comment", agent, texts.reply(tell.dice))
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))
    tell.close(agent, "<p>Goodbye :)</p>")
    conversation.read = True
    conversation.tags = [Tagging("9001", tell.now, "admin", agent.id)]


def in_progress(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A chat that somebody works on."""
    tell.assign(cast.admins[2], by_admin(cast.admins[0]))
    tell.part("comment", by_admin(cast.admins[2]), texts.reply(tell.dice))
    tell.part("note", by_admin(cast.admins[2]), texts.note(tell.dice))
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))
    conversation.priority = "priority"
    conversation.sla = ("4h first reply", "active")
    conversation.custom_attributes = {"Plan": "gold", "Urgency": "high", "Seats affected": 12}


def fresh(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Nobody has looked at it."""
    conversation.waiting_since = conversation.created_at


def waiting(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """The last word is ours."""
    conversation.team = 77
    tell.part("assignment", BOT, assigned_to=("team", "77"))
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))
    conversation.custom_attributes = {"jira_issue_key": "PROJ-007"}


def snoozed(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Put off, after it was put off and came back once before."""
    agent = by_admin(cast.admins[1])
    tell.assign(cast.admins[1], agent)
    tell.part("comment", agent, texts.reply(tell.dice))
    tell.snooze(agent, 3_600)
    conversation.state, conversation.snoozed_until = "open", None
    tell.part("timer_unsnooze", BOT)
    tell.snooze(agent, 30 * 86_400)


def ai_alone(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """The AI agent answers, and that is all."""
    tell.part("comment", FIN, texts.RICH)
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))
    conversation.ai_agent = _agent("confirmed_resolution", tell.now, 5)
    tell.close(BOT)


def ai_then_human(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """The AI agent answers and hands over."""
    tell.part("comment", FIN, texts.reply(tell.dice))
    tell.part("comment", by_contact(cast.contact), "<p>That is wrong. A human, please!</p>")
    tell.part("fin_guidance_applied", FIN)
    tell.assign(cast.admins[1], BOT)
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))
    conversation.ai_agent = _agent("escalated", tell.now, 1)


def automated(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A bot without AI asks and files it."""
    tell.part("comment", BOT, "<p>Typical reply time: a few hours.</p>")
    tell.part("channel_and_reply_time_expectation", BOT)
    tell.event("conversation_attribute_updated_by_workflow", workflow={"name": "Triage"}, attribute={"name": "Urgency"},
               value={"name": "low"})  # fmt: skip
    conversation.custom_attributes = {"Urgency": "low"}
    tell.close(BOT)


def _campaign(conversation: Conversation, cast: Cast, how: str) -> None:
    conversation.source = ConversationSource(
        conversation.source.id, by_admin(cast.admins[0]), '<p>New: faster exports! <img src="https://cdn.acme.example/x.png"></p>',
        "email", how, "Faster exports",
    )  # fmt: skip


def campaign_unanswered(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A campaign's mail that nobody answered."""
    _campaign(conversation, cast, "campaigns_initiated")
    conversation.state = "closed"


def campaign_answered(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A campaign's mail that somebody answered."""
    _campaign(conversation, cast, "campaigns_initiated")
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))


def outbound(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A teammate wrote first."""
    _campaign(conversation, cast, "admin_initiated")
    conversation.source.body = texts.reply(tell.dice)
    tell.part("comment", by_contact(cast.contact), texts.answer(tell.dice))


def rated(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """Closed and rated."""
    agent = by_admin(cast.admins[1])
    tell.assign(cast.admins[1], agent)
    tell.part("comment", agent, texts.reply(tell.dice))
    tell.close(agent)
    tell.part("conversation_rating_changed", by_contact(cast.contact))
    conversation.rating = {
        "rating": 1 + int(conversation.id) % 5, "remark": "good – “très bien”", "created_at": tell.now,
        "requested_at": tell.now - 60, "contact": cast.contact.id, "teammate": agent.id,
    }  # fmt: skip


def quick_replies(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A choice of answers."""
    tell.part("quick_reply", BOT, "<p>What is it about?</p>", quick_replies=[
        {"text": "Billing", "uuid": "a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"}, {"text": "Bug", "uuid": "b5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"},
    ])  # fmt: skip
    tell.part("comment", by_contact(cast.contact), "<p>Billing</p>")
    tell.assign(cast.admins[3], BOT, "away_mode_assignment")


def paused(tell: Teller, conversation: Conversation, cast: Cast) -> None:
    """A teammate paused the work."""
    tell.assign(cast.admins[1], by_admin(cast.admins[1]))
    tell.part("comment", by_admin(cast.admins[1]), texts.reply(tell.dice))
    for kind, seconds in (("paused", 600), ("resumed", 1_200)):
        conversation.pauses.append(
            {"admin": 3002, "type": kind, "at": tell.now + seconds, "reason": "On a break"}
        )


EVERYDAY: tuple[Story, ...] = (
    solved, in_progress, fresh, waiting, snoozed, ai_alone, ai_then_human, automated, campaign_unanswered, campaign_answered, outbound,
    rated, quick_replies, paused,
)  # fmt: skip
