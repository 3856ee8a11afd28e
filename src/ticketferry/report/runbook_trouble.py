"""The side sheets of a runbook: when it goes wrong, what cannot be undone. Pure."""

from ticketferry.report.runbook_facts import RunbookFacts
from ticketferry.report.runbook_steps import hours

__all__ = ["DECIDE_HOURS", "at_once", "decisions", "stays"]

DECIDE_HOURS = 72
"""After so long people have worked in the new desk so much that taking back is falling back."""


def at_once(facts: RunbookFacts) -> list[tuple[str, str]]:
    """Return what is done first, whatever it is: (what, command)."""
    return [
        (
            "Stop the writing: Ctrl-C in the window that applies. Nothing is lost, the same command goes on later.",
            "",
        ),
        ("Do not run anything a second time before somebody has looked.", ""),
        (
            f"If customers notice: point the forwarding back to {facts.source_where or facts.source}. The old desk still works.",
            "",
        ),
        ("Where are we, and what failed for which cause?", "ticketferry status"),
        ("The causes, each with the place to mend it.", "ticketferry errors"),
        ("Who did what, and when.", "ticketferry log"),
        ("Then decide by the table, with the clock in sight.", ""),
    ]


def decisions(facts: RunbookFacts) -> list[tuple[str, str, str, str]]:
    """Return the table: (what is seen, fix forward, roll back, fall back)."""
    rows = []
    for phase in facts.phases:
        errors = "; ".join(
            f"ticketferry errors {plan}; mend; ticketferry apply {plan}" for plan in phase.plans
        )
        size = (
            "" if phase.tickets is None else f" ({phase.tickets:,} tickets, {hours(phase.seconds)} to write)"
        )
        rows += [
            (
                f"{phase.name}{size}: records failed, nothing is wrong with the rest",
                errors, "–", "–",
            ),
            (
                f"{phase.name}: wrong values, before anybody works in the new desk",
                "Where it is one rule: mend the mapping, plan, approve, apply: an update",
                f"{phase.undo}: what people edited since stays", "–",
            ),
            (
                f"{phase.name}: within {DECIDE_HOURS} hours of its cut-over, people have begun to work in it",
                "The rule, while the cause is known and mended within a day",
                "Only where they worked on few tickets: rollback spares those and names them", facts.fallback(phase.name),
            ),
            (f"{phase.name}: later than {DECIDE_HOURS} hours", "Always first", "No: it is people's desk now", facts.fallback(phase.name)),
        ]  # fmt: skip
    rows.append(("Somebody was notified, or sees what they must not", "Stop first: silence again, ticketferry preflight", "ticketferry rollback of that plan, and before it of each later one of its phase", "–"))  # fmt: skip
    return rows


def stays(facts: RunbookFacts) -> list[str]:
    """Return what no command takes back, a sentence each."""
    found = [f"{count:,} × {what}" for what, count in facts.stays.items()]
    found += [
        "A mail that went out. Therefore the switches, and the gate before each apply.",
        "What people did in the new desk: a rollback leaves it and names it; a fallback writes it back as far as it can.",
        "Mail that was delivered to the new desk while the forwarding pointed there: a fallback makes tickets of it in the old one.",
        f"The old desk, once {facts.source} has deleted it.",
    ]
    return found
