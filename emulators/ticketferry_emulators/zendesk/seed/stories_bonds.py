"""Stories of tickets that belong together: merged, problem and incident, follow-up."""

from __future__ import annotations

from ticketferry_emulators.zendesk.seed.acts import BEN, DMITRI, ask, begin, respond, take
from ticketferry_emulators.zendesk.seed.case import CaseBuilder
from ticketferry_emulators.zendesk.seed.catalog import FORMS, GROUPS
from ticketferry_emulators.zendesk.seed.endings import solve
from ticketferry_emulators.zendesk.seed.plot import Plot

__all__ = ["closed_source", "follow_up", "incident", "merge_loser", "merge_winner", "problem"]


def merge_winner(builder: CaseBuilder, plot: Plot) -> None:
    """The ticket that others were merged into."""
    agent = begin(builder)
    for place in (41, 43):
        loser = plot.neighbour(place)
        if loser is not None:
            builder.until(plot.moment(place, 20_000))
            builder.audit(BEN, source={"from": {"ticket_ids": [loser]}, "to": {}, "rel": "merge"})
            builder.comment(
                f"<p>Request #{loser} was closed and merged into this request. Last comment in request "
                f"#{loser}:</p><p>Where is order 4711?</p>",
                public=False,
            )
    builder.until(plot.moment(43, 90_000))
    solve(builder, agent)


def merge_loser(builder: CaseBuilder, plot: Plot) -> None:
    """A ticket merged into another: closed, tagged, the winner named in a comment."""
    winner = plot.number - plot.place + 40
    ask(builder, "<p>Where is order 4711?</p>", attachments=[builder.file("txt", "order.txt")])
    builder.until(plot.moment(plot.place, 20_000))
    builder.audit(BEN, source={"from": {}, "to": {"ticket_id": winner}, "rel": "merge"})
    builder.comment(
        f'<p>This request was closed and merged into request #{winner} "Order 4711 is late".</p>',
        public=False,
    )
    builder.set("assignee_id", BEN)
    builder.set("group_id", GROUPS["Tier 2"])
    builder.retag(["closed_by_merge"])
    builder.status("closed")


_OUTAGE_ENDS = 200_000


def problem(builder: CaseBuilder, plot: Plot) -> None:
    """A problem with incidents; solving it solves them."""
    builder.ticket |= {
        "type": "problem",
        "priority": "urgent",
        "ticket_form_id": FORMS["Outage"],
        "submitter_id": DMITRI,
    }
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
    builder.audit(
        DMITRI,
        channel="linked_problem",
        source={"from": {"ticket_id": root, "subject": "Portal answers 502"}, "to": {}, "rel": None},
    )
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
    builder.ticket["via"] = {
        "channel": "web",
        "source": {
            "from": {"ticket_id": source, "subject": "Broken modem", "channel": "email"},
            "to": {},
            "rel": "follow_up",
        },
    }
    respond(builder, begin(builder))
