"""How tickets of the sample desk end: solved and closed, left open, deleted, spam, erased."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed import texts
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.dice import ENDS, stamp
from ticketferry_emulators.zendesk.seed.people import AGENTS, SYSTEM_USER, person
from ticketferry_emulators.zendesk.seed.plot import Plot
from ticketferry_emulators.zendesk.seed.rules import AUTO_CLOSE, rule_via

__all__ = ["auto_close", "deleted", "leave_open", "scrubbed", "solve", "spam"]


def solve(builder: CaseBuilder, agent: int) -> None:
    """Let the agent solve the ticket with a last public word; half of them say how."""
    builder.audit(agent, builder.dice.between(600, 300_000))
    builder.comment("<p>Glad we could help. I close this now.</p>")
    if builder.dice.chance(0.5):
        builder.custom("outcome", builder.dice.pick(("fixed", "fixed", "wont_fix", "outcome_duplicate")))
    builder.status("solved")
    builder.notify()


def auto_close(builder: CaseBuilder) -> None:
    """Let the automation close a solved ticket after four days."""
    builder.audit(
        SYSTEM_USER, 4 * 86_400, channel="rule", source=rule_via(AUTO_CLOSE, "automation")["source"]
    )
    builder.status("closed")


def leave_open(builder: CaseBuilder, agent: int) -> None:
    """Leave the ticket in one of the states that await somebody."""
    status, custom = builder.dice.pick(
        (
            ("open", None),
            ("open", "Escalated to engineering"),
            ("pending", None),
            ("hold", None),
            ("hold", "Waiting on vendor"),
            ("solved", None),
        )
    )
    builder.audit(agent, builder.dice.between(600, 90_000))
    builder.comment(texts.note(builder.dice), public=False)
    builder.status(status, custom)


def _open(builder: CaseBuilder) -> None:
    builder.audit(builder.ticket["requester_id"])
    builder.comment(texts.opening(builder.dice, builder.ticket["subject"]))
    builder.created()


def _delete(builder: CaseBuilder, actor: int, state: str) -> None:
    builder.audit(actor, 7_200)
    builder.set("status", "deleted")
    builder.deletion = {
        "id": builder.number,
        "subject": builder.ticket["subject"],
        "deleted_at": stamp(builder.now),
        "previous_state": state,
        "actor": {"id": actor, "name": person(actor).user["name"]},
    }


def deleted(builder: CaseBuilder, _: Plot) -> None:
    """Tell a ticket that an agent deleted."""
    _open(builder)
    _delete(builder, AGENTS[0], "new")


def spam(builder: CaseBuilder, _: Plot) -> None:
    """Tell a ticket marked as spam: deleted, its requester suspended."""
    _open(builder)
    _delete(builder, AGENTS[2], "new")


def scrubbed(builder: CaseBuilder, _: Plot) -> None:
    """Tell a ticket deleted for good: placeholder text, and in no list but the export."""
    builder.ticket["subject"] = builder.ticket["raw_subject"] = "SCRUBBED"
    builder.audit(builder.ticket["requester_id"])
    builder.comment("SCRUBBED", text="SCRUBBED")
    builder.created()
    builder.audit(SYSTEM_USER, min(86_400 * 31, ENDS - builder.now))
    builder.set("status", "deleted")
