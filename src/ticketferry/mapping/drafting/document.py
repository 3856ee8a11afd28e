"""The whole draft: every section with its proposals, as YAML that can be read, checked and edited."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.agents import NO_AGENTS, AgentProposals
from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection, scalar, section_lines
from ticketferry.mapping.drafting.fields import TargetFields, draft_fields
from ticketferry.mapping.drafting.own_values import (
    channel_section,
    history_line,
    own_entries,
    provenance_line,
)
from ticketferry.mapping.drafting.places import draft_brands, draft_groups, draft_places
from ticketferry.mapping.drafting.proposing import SURE
from ticketferry.mapping.drafting.routes import Routes
from ticketferry.mapping.drafting.statuses import draft_statuses
from ticketferry.mapping.drafting.tables import draft_links, draft_table
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.catalog import Catalog
from ticketferry.sdk.features import Feature

__all__ = ["Draft", "draft"]

_NOTED = (
    "metadata.system.*",
    "*.visitor.*",
    "*.ip",
    "*.ip_address",
    "*.user_agent",
    "*.latitude",
    "*.longitude",
)
"""Where Zendesk says from where and with what somebody wrote: in audits, their events, chats and channels."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A first mapping. `sections`: in the order of the file."""

    head: tuple[str, ...]
    sections: tuple[DraftSection, ...]

    @property
    def text(self) -> str:
        """Return the file."""
        lines = [*self.head, *(line for section in self.sections for line in section_lines(section))]
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join([*lines, ""])

    def entries(self) -> Iterator[DraftEntry]:
        """Yield every decision that is written, those of options behind their field."""
        for section in self.sections:
            for entry in section.entries:
                yield entry
                yield from entry.options

    @property
    def undecided(self) -> int:
        """Return how many places wait for a person."""
        return _open(yaml.load(self.text, Loader=yaml.BaseLoader))  # noqa: S506 -- our own text, scalars only


def _open(data: Any) -> int:
    if isinstance(data, dict | list):
        return sum(map(_open, data.values() if isinstance(data, dict) else data))
    return int(data == UNDECIDED)


def draft(
    source: Catalog,
    target: Catalog,
    features: frozenset[Feature] = frozenset(),
    use: UseCounts | None = None,
    agents: AgentProposals = NO_AGENTS,
) -> Draft:
    """Propose a mapping from what both desks define. The same catalogs and counts give the same bytes.

    A name that has no certain counterpart is written with its score; `?` stands where two proposals are near each other, or none is there.
    `use`: how many tickets use what; without it nothing counts as unused.
    """
    head = (
        "# A draft: read every line. Behind each stands its use, the score of the proposal (100: equal name) and the reason;",
        f"# {SURE} and more is called sure. `?` waits for you: `mapping check` lists those places. Lines that begin with `#` are proposals for",
        "# what no ticket uses, or names for which the target has nothing.",
        "version: 1",
        f"source: {scalar(source['product'])}",
        f"target: {scalar(target['product'])}",
        "",
    )
    made = (
        _own_names(source)
        if Feature.ANY_NAME in features
        else list(_sections(source, target, features, use, agents))
    )
    return Draft(
        head, tuple(section for section in made if section.lines or section.entries or section.after)
    )


def _own_names(source: Catalog) -> list[DraftSection]:
    """Return what a target needs that takes every name as it is."""
    return [
        DraftSection(
            "exits",
            ("exits: {deleted: skip, spam: skip, suspended: skip, merged: {link: merged, to: winner}}",),
        ),
        DraftSection("fields", ("fields:", "  - {rest: same_name}")),
        DraftSection(
            "text",
            (
                "text: {links: {tickets: keep, numbers: keep}, header: {when: never}}",
                "history: {changes: auto}",
            ),
        ),
        _privacy(source),
        DraftSection("phases", ("phases:", "  - {name: all, where: always}")),
    ]


def _sections(
    source: Catalog,
    target: Catalog,
    features: frozenset[Feature],
    use: UseCounts | None,
    agents: AgentProposals,
) -> Iterator[DraftSection]:
    routes = Routes(source, target, use)
    yield routes.section()
    yield draft_statuses(source, target, use)
    yield DraftSection("exits", ("exits: {deleted: skip, spam: skip, suspended: skip, merged: skip}",))
    if not target.get("projects"):
        yield draft_table("type", source.get("types", ()), target.get("types", ()), use)
        yield draft_table("form", source.get("forms", ()), target.get("forms", ()), use)
        yield from draft_places(source, target, use)
    yield draft_table("priority", source.get("priorities", ()), target.get("priorities", ()), use)
    fields = TargetFields(target)
    rules = draft_fields(source, fields, use)
    own = own_entries(fields, use)
    former = fields.take("the old assignee", ("text",), "Former assignee", "Old assignee")
    provenance, history = provenance_line(source["product"], fields), history_line(fields)
    yield channel_section(fields, use)
    yield _people(agents, former.name if former is not None else "", features)
    yield draft_groups(source, target, routes, use)
    yield draft_brands(source, target, use)
    live = [entry for entry in rules.entries if not entry.off]
    off = [entry for entry in rules.entries if entry.off]
    yield DraftSection(
        "fields", rules.lines, (*live, *own, *off), listed=True, after=("  - {rest: keep_in_provenance}",)
    )
    yield draft_links(source, target, use)
    header = (
        'text: {subject: {max: 255}, header: {when: needed, template: "{{ author }} · {{ at | local }} UTC"}}'
    )
    yield DraftSection(
        "text", ("comments: {public: public, internal: internal}", header, history, provenance)
    )
    yield _privacy(source)
    yield DraftSection(
        "phases",
        ("phases:                                 # first match wins", "  - {name: all, where: always}"),
    )


def _people(agents: AgentProposals, former: str, features: frozenset[Feature]) -> DraftSection:
    lines = ["people:", "  match: [external_id, email]", *agents.lines()]
    if former:
        lines.append(f"  unlicensed_assignee: {{assign: none, field: {scalar(former)}}}")
    lines += [
        "  customers: {create: portal_only}      # people with tickets get a portal account; nobody is invited",
        "  ccs: participants",
    ]
    if Feature.FOLLOWERS_ARE_AGENTS in features or not features:
        lines.append("  followers: watchers")
    return DraftSection("people", (*lines, "organizations: {match: [domain, name], share: as_source}"))


def _privacy(source: Catalog) -> DraftSection:
    if source["product"] != "zendesk":
        return DraftSection("privacy")
    drop = ", ".join(f'"{name}"' for name in _NOTED)
    why = "IP address, place and browser of people are no part of a case"
    return DraftSection("privacy", ("privacy:", f"  drop: [{drop}]", f'  because: "{why}"'))
