"""The runbook as one HTML page that loads nothing and prints well: steps with a box to tick and a line for the name at each gate."""

import re
from datetime import timedelta

from markupsafe import Markup

from ticketferry.report.commands import in_environment
from ticketferry.report.html import page_environment, style_of
from ticketferry.report.letters import LANGUAGES, letters, spoken
from ticketferry.report.runbook_facts import RunbookFacts
from ticketferry.report.runbook_steps import (
    ADMIN,
    CHANNELS,
    DESK,
    LEAD,
    OWNER,
    day,
    evenings,
    hours,
    parts_of,
)
from ticketferry.report.runbook_trouble import DECIDE_HOURS, at_once, decisions, stays
from ticketferry.report.tables import when
from ticketferry.schema.counting import counted

__all__ = ["ROLES", "runbook_html"]

ROLES = (OWNER, ADMIN, LEAD, DESK, CHANNELS)
"""Who takes part, in the order of the page."""


def runbook_html(facts: RunbookFacts) -> str:
    """Return the page; the same facts give the same bytes."""
    footer = re.sub(r"[^\w.:-]", " ", f"runbook {facts.title} {facts.made:%Y-%m-%d %H:%M}")
    style, digest = style_of(footer)
    extra = page_environment().get_template("runbook.css.j2").render()
    sheet, digest = _hashed(style + extra)
    switching = facts.phase(facts.switching) or facts.phases[-1]
    monday = switching.day + timedelta(days=(7 - switching.day.weekday()) % 7 or 7)
    frozen = evenings(facts)[switching.name].frozen
    languages = spoken(facts.languages)
    return (
        page_environment()
        .get_template("runbook.html.j2")
        .render(
            facts=facts,
            parts=parts_of(facts),
            style=sheet,
            style_hash=digest,
            roles=ROLES,
            trouble=at_once(facts),
            table=decisions(facts),
            decide_hours=DECIDE_HOURS,
            stays=stays(facts),
            letters=letters(
                languages,
                old=facts.source,
                new=facts.target,
                day=switching.day,
                frozen=frozen,
                monday=monday,
                addresses=facts.addresses,
                lead=facts.people.get(LEAD, ""),
                phone=facts.people.get("Phone", ""),
            ),
            names=LANGUAGES,
            untold={name: count for name, count in languages.items() if name not in LANGUAGES},
            counted=counted,
            day=day,
            hours=hours,
            when=when,
            said=lambda text: in_environment(text, facts.environment, facts.commands),
        )
    )


def _hashed(style: str) -> tuple[Markup, str]:
    import base64
    from hashlib import sha256

    digest = "sha256-" + base64.b64encode(sha256(style.encode()).digest()).decode()
    return Markup(style), digest  # noqa: S704 -- our own style sheet
