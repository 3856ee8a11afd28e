"""Stories about who handles a ticket, and through which channel."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed import people, texts
from ticketferry_emulators.zendesk.seed.acts import CHLOE, EMI, GRETA, ask, begin, reopen, respond, take
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.catalog import FORMS
from ticketferry_emulators.zendesk.seed.dice import WireRecord
from ticketferry_emulators.zendesk.seed.endings import solve
from ticketferry_emulators.zendesk.seed.people import person
from ticketferry_emulators.zendesk.seed.plot import Plot
from ticketferry_emulators.zendesk.seed.rules import rule_via

__all__ = [
    "ai_agent",
    "former_agent",
    "light_agent",
    "long_thread",
    "messaging",
    "moved",
    "odd_subject",
    "odd_tags",
    "reopened",
    "restricted",
    "same_second",
    "shared",
    "side_conversation",
    "sla_targets",
    "suspended_agent",
    "suspended_customer",
    "untouched",
    "waiting_on_vendor",
]


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


def hybrid(builder: CaseBuilder, plot: Plot) -> None:
    """Begun by an AI agent, taken over by a human."""
    builder.ticket["from_messaging_channel"] = True
    ask(builder, texts.answer(builder.dice))
    builder.audit(people.AI_AGENT, 2, channel="native_messaging")
    builder.comment("<p>I am Ada, an automated assistant. I call a colleague.</p>")
    builder.retag(["ai_handover"])
    take(builder, "Tier 1", CHLOE, 300)
    respond(builder, CHLOE)


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
    """A side conversation by mail with somebody who is no user of the desk."""
    agent = begin(builder)
    builder.audit(agent, 100)
    carrier: WireRecord = {"user_id": None, "name": None, "email": "dispatch@carrier.example"}
    side = builder.side(agent, carrier, "Parcel?", "<p>Where is parcel <b>4711</b>?</p>")
    builder.step(3_600)
    builder.say(side, carrier, side["participants"][0], "<p>On its way \U0001f69a</p>")
    builder.audit(agent, 60)
    builder.event(
        "CollabThreadReply", thread_id=side["id"], author={"id": None}, message={"subject": "Parcel?"}
    )


def odd_subject(builder: CaseBuilder, plot: Plot) -> None:
    """A subject far too long."""
    respond(builder, begin(builder))


def untouched(builder: CaseBuilder, plot: Plot) -> None:
    """Blank subject, an empty body, nobody cared."""
    ask(builder, "", text="")


def messaging(builder: CaseBuilder, plot: Plot) -> None:
    """A conversation of a messenger without an address; what was said stands in the audit's event alone."""
    builder.ticket |= {"from_messaging_channel": True, "organization_id": None}
    guest = builder.ticket["requester_id"]
    ask(builder, "<p>Conversation with Messenger guest 8d21</p>")
    began = builder.now * 1000
    told: list[WireRecord] = [
        {"type": "ChatJoin", "actor_type": "end-user", "actor_id": str(guest), "actor_name": "Guest", "timestamp": began},
        *(
            {"type": "ChatMessage", "actor_type": kind, "actor_id": str(who), "actor_name": name, "message": text,
             "message_id": f"{builder.number}-{index}", "original_message_type": "text", "timestamp": began + 20_000 * index + 120}
            for index, (kind, who, name, text) in enumerate(
                (("end-user", guest, "Guest", "hello?"), ("agent", EMI, "Emi", "hi!\nhow can I help?"), ("end-user", guest, "Guest", "👋")), 1
            )
        ),
    ]  # fmt: skip
    for index, item in enumerate(told):
        item["chat_index"] = index
    chat = {
        "visitor_id": "8d21f0",
        "chat_id": f"2610.{builder.number}",
        "user_id": guest,
        "channel": "native_messaging",
    }
    builder.event("ChatStartedEvent", value={**chat, "history": told}, attachments=[])
    take(builder, "Tier 1", EMI, 90)
    builder.audit(EMI, 300)
    builder.event("ChatEndedEvent", value={**chat, "is_served": True}, attachments=[])
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
    builder.event(
        "Change",
        field_name="reply_time",
        value={"minutes": 30, "in_business_hours": False},
        previous_value={"minutes": 480, "in_business_hours": False},
        via={"current_sla_policy": "Urgent", **rule_via((39_001, "Urgent"), "sla_target_change")},
    )
    builder.event("SomethingNew2027", payload={"a": [1, None, {"b": "c"}]})
    builder.notify()
