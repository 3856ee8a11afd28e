"""Proposals for statuses: by name, by what the words tell, and by the stage that a status stands for."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection
from ticketferry.mapping.drafting.meaning import letters, likeness, meaning, told_stage, without_number
from ticketferry.mapping.drafting.proposing import SURE, Proposal, by_name, decide
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.catalog import Catalog, StatusDef
from ticketferry.schema.lifecycle import EXITS

__all__ = ["draft_statuses"]

_NEAR_STAGES: Mapping[str, tuple[str, ...]] = {
    "new": ("assigned",), "assigned": ("in_progress", "new"), "in_progress": ("assigned", "on_hold"), "pending_customer": (),
    "on_hold": (), "resolved": ("closed",), "closed": ("resolved",),
}  # fmt: skip
_BEGUN = ("in_progress", "resolved")
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "pending_customer": ("in_progress",), "on_hold": ("in_progress",), "assigned": ("in_progress",), "new": ("in_progress",),
    "closed": ("resolved",),
}  # fmt: skip
"""Stage that a name tells of -> stages of desks that know no more than begun and done, for which the name is believed."""
_PLAIN_CONCEPTS = frozenset(
    {"new", "open", "work", "wait", "hold", "solved", "closed", "customer", "support"}
)
_ITS_STAGE_IS_ALL = frozenset({"new", "open", "wait", "hold", "solved", "closed", "work"})
_TAKEN = 8
_SPELT = 95
"""What a name's own letters are worth, a number in front aside, against the same in other words."""
_ENDED = ("resolved", "closed")


def draft_statuses(source: Catalog, target: Catalog, use: UseCounts | None) -> DraftSection:
    """Return the section `status`: every status of the source that tickets can have, each once."""
    rows: dict[str, StatusDef] = {}
    for row in source.get("statuses", ()):
        if row.get("stage") not in EXITS:
            rows.setdefault(row["name"].casefold(), row)
    candidates = [
        row for row in target.get("statuses", ()) if row.get("active", True) and row["stage"] not in EXITS
    ]
    taken = _claimed(list(rows.values()), candidates)
    entries = [_entry(row, candidates, target, use, taken) for row in rows.values()]
    after = ('  "*": fail',) if any(entry.off for entry in entries) else ()
    head = "status:                                 # every source status must be decided"
    return DraftSection("status", (head,) if entries else (), tuple(entries), after=after if entries else ())


def _claimed(rows: Sequence[StatusDef], candidates: Sequence[StatusDef]) -> dict[str, str]:
    """Return the targets that a status of the source has the name of, in its letters or in other words -> that status."""
    claimed: dict[str, tuple[int, str]] = {}
    for row in rows:
        for each in candidates:
            score = likeness(row["name"], each["name"]).score
            if letters(without_number(row["name"])) == letters(without_number(each["name"])):
                score = max(score, _SPELT)
            if score >= 90 and score > claimed.get(each["name"], (0, ""))[0]:
                claimed[each["name"]] = (score, row["name"])
    return {name: owner for name, (_, owner) in claimed.items()}


def _entry(
    row: StatusDef,
    candidates: Sequence[StatusDef],
    target: Catalog,
    use: UseCounts | None,
    taken: Mapping[str, str],
) -> DraftEntry:
    stage, told = _stage(row)
    proposals = [
        found
        for each in candidates
        if (found := _proposal(row, each, candidates, stage, told=told, taken=taken)) is not None
    ]
    decision = decide(proposals, f"no status of the target is {stage}, or of a name like it")
    tickets = None if use is None else use.of("status", row["name"])
    off = tickets == 0 and not row.get("active", True)
    data: Any = decision.name
    if stage in _ENDED and target.get("resolutions"):
        data = {"to": decision.name, "resolution": _resolution(row["name"], target)}
    return DraftEntry("status", row["name"], data, decision, tickets, off)


def _stage(row: StatusDef) -> tuple[str, bool]:
    """Return the stage of a status, and whether its name alone tells it."""
    told = told_stage(row["name"])
    if row["stage"] in _BEGUN and row["stage"] in _SAID_BY.get(told, ()):
        return told, True
    return row["stage"], False


def _proposal(
    row: StatusDef,
    each: StatusDef,
    candidates: Sequence[StatusDef],
    stage: str,
    *,
    told: bool,
    taken: Mapping[str, str],
) -> Proposal | None:
    alike = likeness(row["name"], each["name"])
    theirs, _ = _stage(each)
    same, near = theirs == stage, theirs in _NEAR_STAGES.get(stage, ())
    score, why = alike.score, alike.why
    if not same:
        score -= 4 if near and score < 97 else 0 if near else 18
        why += "" if near else f", but it is {theirs}"
    elif score < 97:
        score = min(96, score + 3)
    by_stage = _by_stage(row, each, candidates, stage, same=same, near=near)
    if by_stage > score:
        score = by_stage
        why = (
            f"its name tells of {stage}"
            if told and same
            else "same stage"
            if same
            else f"nearest stage ({theirs})"
        )
    if score < 97 and taken.get(each["name"], row["name"]) != row["name"]:
        score = min(score - _TAKEN, SURE - 1)
    return Proposal(each["name"], score, why) if score >= (40 if same or near else 55) else None


def _by_stage(
    row: StatusDef, each: StatusDef, candidates: Sequence[StatusDef], stage: str, *, same: bool, near: bool
) -> int:
    """Return what the stages alone say; a status whose words tell more than its stage fits another less."""
    if not same and not near:
        return 0
    mine, theirs = meaning(row["name"]), meaning(each["name"])
    own_words = theirs - mine - _PLAIN_CONCEPTS
    unsaid = mine - theirs - _PLAIN_CONCEPTS
    step = 0 if same else 1 + _NEAR_STAGES[stage].index(_stage(each)[0])
    plain = mine <= _ITS_STAGE_IS_ALL
    score = (62, 50, 42)[step] - (9 if plain else 5) * min(3, len(own_words)) - 3 * min(2, len(unsaid))
    score += round(12 * len(mine & theirs) / max(1, len(mine | theirs)))
    if told_stage(each["name"]) == stage:
        score += 5
    rivals = [other for other in candidates if _stage(other)[0] == stage]
    telling = [other["name"] for other in rivals if told_stage(other["name"]) == stage]
    alone = len(rivals) == 1 or telling == [each["name"]]
    if same and alone and plain and not own_words:
        return 86
    return score


def _resolution(name: str, target: Catalog) -> str:
    names = [row["name"] for row in target.get("resolutions", ())]
    refused = meaning(name) & {"rejected", "cancelled"}
    wanted = next((each for each in names if letters(each) == "wontdo"), None) if refused else None
    done = by_name("Done", names, "Resolved", "Fixed")
    return wanted or (done[0].name if done else names[0])
