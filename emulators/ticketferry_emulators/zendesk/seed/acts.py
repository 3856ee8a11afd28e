"""What agents and customers do in every ticket: ask, take, answer, talk, rate, come back."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed import texts
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.catalog import GROUPS
from ticketferry_emulators.zendesk.seed.dice import HOST, stamp
from ticketferry_emulators.zendesk.seed.endings import solve
from ticketferry_emulators.zendesk.seed.people import AGENTS, person

__all__ = [
    "ANA",
    "BEN",
    "CHLOE",
    "DMITRI",
    "EMI",
    "FARID",
    "GRETA",
    "HUGO",
    "TEAM",
    "ask",
    "begin",
    "hear",
    "rate",
    "reopen",
    "respond",
    "take",
    "talk",
]

ANA, BEN, CHLOE, DMITRI, EMI, FARID, GRETA, HUGO = AGENTS
TEAM = (
    ("Tier 1", CHLOE),
    ("Tier 1", EMI),
    ("Tier 1", HUGO),
    ("Tier 2", DMITRI),
    ("Tier 2", BEN),
    ("Billing", FARID),
    ("Billing", GRETA),
    ("Sales", EMI),
    ("Tier 1", ANA),
)


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
            key, value = dice.pick(
                (
                    ("product", "hardware__router__r1"),
                    ("product", "software__web"),
                    ("serial", f" sn-{dice.between(100000, 999999)} "),
                    ("city", "São Paulo"),
                    ("zip", "01099"),
                    ("refund_reason", "late"),
                    ("symptoms", ["no_signal", "noise"]),
                    ("vip", True),
                    ("quantity", str(dice.between(1, 40))),
                )
            )
            builder.custom(key, value)
        if dice.chance(0.12):
            group, other = dice.pick(TEAM)
            take(builder, group, other, dice.between(60, 9_000))
            builder.retag(["escalated"])
            agent = other
    return agent


def rate(builder: CaseBuilder, score: str, remark: str | None, reason: str | None = None) -> None:
    """Let the requester rate the solved ticket; a reason stands in the rating's own record only [OAS]."""
    ticket = builder.ticket
    builder.audit(ticket["requester_id"], builder.dice.between(900, 40_000))
    builder.event("SatisfactionRating", score=score, assignee_id=ticket["assignee_id"], body=remark)
    first = builder.rating or {}
    number = 61_000_000 + builder.number
    ticket["satisfaction_rating"] = {"score": score, "id": number, "comment": remark}
    builder.rating = {
        "url": f"{HOST}/api/v2/satisfaction_ratings/{number}.json",
        "id": number,
        "ticket_id": builder.number,
        "requester_id": ticket["requester_id"],
        "assignee_id": ticket["assignee_id"],
        "group_id": ticket["group_id"],
        "score": score,
        "comment": remark,
        "reason": reason,
        "reason_id": 62_001 if reason else None,
        "reason_code": None,
        "created_at": first.get("created_at", stamp(builder.now)),
        "updated_at": stamp(builder.now),
    }


def reopen(builder: CaseBuilder, agent: int) -> None:
    """Let the customer come back once and the agent solve it again."""
    hear(builder, "<p>Sorry, it is back.</p>")
    solve(builder, agent)
