"""What a ticket holds beside its fields, and fields of the target that are called so: channel, satisfaction, who handled it, old numbers, times."""

from collections.abc import Iterable
from typing import Any, get_args

from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection, flow, scalar
from ticketferry.mapping.drafting.fields import TargetFields
from ticketferry.mapping.drafting.proposing import DraftDecision, Proposal, by_name, decide
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.tickets import HandledBy

__all__ = ["channel_section", "history_line", "own_entries", "provenance_line"]

_TEXTS = ("text", "textarea")
_CHANNELS = ("email", "web", "chat", "phone", "api")
_SCORES = ("good", "bad", "offered", "unoffered")


def own_entries(fields: TargetFields, use: UseCounts | None) -> list[DraftEntry]:
    """Return rules for a ticket's own values that the target has a field for."""
    made = []
    handled = fields.take("handled_by", ("select", *_TEXTS), "Handled by")
    if handled is not None and (
        use is None or sum(use.names.get("handled_by", {}).values()) > use.of("handled_by", "")
    ):
        made.append(
            _chosen(
                "handled_by", handled, fields, get_args(HandledBy), use and use.names.get("handled_by", {})
            )
        )
    score = fields.take(
        "satisfaction.score", ("select", *_TEXTS), "Satisfaction", "Satisfaction score", "CSAT score"
    )
    if score is not None and (use is None or use.satisfaction):
        made.append(_chosen("satisfaction.score", score, fields, _SCORES, use and use.satisfaction))
    words = fields.take("satisfaction.comment", _TEXTS, "Satisfaction comment")
    if words is not None and (use is None or use.satisfaction):
        data = {"from": "satisfaction.comment", "to": words.name}
        made.append(DraftEntry("fields", "satisfaction.comment", data, _decision(words)))
    return made


def _decision(found: Proposal) -> DraftDecision:
    return DraftDecision(found.name, found.score, found.why)


def _chosen(
    source: str, found: Proposal, fields: TargetFields, values: Iterable[str], counts: Any
) -> DraftEntry:
    """Return a rule with a choice for each value, where the field has choices."""
    data: dict[str, Any] = {"from": source, "to": found.name}
    options = _options(source, fields, found.name, values, counts)
    if options:
        data["values"] = {option.key: option.data for option in options}
    return DraftEntry("fields", source, data, _decision(found), options=options)


def _options(
    source: str, fields: TargetFields, name: str, values: Iterable[str], counts: Any
) -> tuple[DraftEntry, ...]:
    names = [option["name"] for option in fields.rows[name].get("options", ()) if option.get("active", True)]
    if not names:
        return ()
    made = []
    for value in dict.fromkeys([*values, *(each for each in counts or () if each)]):
        decision = decide(by_name(value, names, floor=60), f"no option of {name} is like it")
        tickets = None if counts is None else counts[value]
        if decision.open and not tickets:
            continue
        made.append(
            DraftEntry(
                source, value, decision.name, decision, tickets, off=source == "channel" and decision.open
            )
        )
    return tuple(made)


def channel_section(fields: TargetFields, use: UseCounts | None) -> DraftSection:
    """Return the section `channel` where the target has a field for it."""
    found = fields.take("channel", ("select", *_TEXTS), "Origin", "Contact channel", "Old channel")
    if found is None:
        return DraftSection("channel")
    counts = use.names.get("channel") if use is not None else None
    names = tuple(sorted(counts, key=lambda name: (-counts[name], name))) if counts is not None else _CHANNELS
    options = _options("channel", fields, found.name, filter(None, names), counts)
    reason = f"channel:                                # {_decision(found).words}; a channel without a line is written as it is"
    if not options:
        return DraftSection("channel", (reason, f"  field: {scalar(found.name)}"))
    other = by_name(
        "Other", [option["name"] for option in fields.rows[found.name].get("options", ())], floor=90
    )
    after = (f'    "*": {scalar(other[0].name)}',) if other else ()
    return DraftSection(
        "channel", (reason, f"  field: {scalar(found.name)}", "  values:"), options, after=after, indent=4
    )


def history_line(fields: TargetFields) -> str:
    """Return the section `history`, with fields for the old times where the target has them."""
    types = ("datetime", "date", *_TEXTS)
    created = fields.take("created", types, "Original created", "Created in the old desk")
    solved = fields.take("solved", types, "Original resolved", "Solved in the old desk")
    dates = {
        key: found.name for key, found in (("created", created), ("solved", solved)) if found is not None
    }
    return f"history: {{changes: auto, date_fields: {flow(dates)}}}" if dates else "history: {changes: auto}"


def provenance_line(product: str, fields: TargetFields) -> str:
    """Return the section `provenance`: where the old number and address stand."""
    number = fields.take(
        "the old number",
        _TEXTS,
        f"{product} ticket",
        f"{product} number",
        "Old number",
        "Old ticket",
        "External reference",
    )
    url = fields.take("the old address", ("url", *_TEXTS), f"{product} link", "Old link", "Old ticket link")
    first = f"field: {scalar(number.name)}, " if number is not None else ""
    more = f", url: {{field: {scalar(url.name)}}}" if url is not None else ""
    return f'provenance: {{number: {{{first}label: "old-{{{{ number }}}}"}}{more}, rest: property}}'
