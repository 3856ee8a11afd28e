"""Who was written already stays who they are: what is decided about them afterwards moves nothing until a plan of `people reassign` does."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from ticketferry.people.decisions import Decisions
from ticketferry.people.keys import id_order
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.directory import DirectoryTables

__all__ = ["SEPARATE", "EarlierWrites", "hold_written"]

SEPARATE = "separate"
"""In the place of a ref: somebody stands for themselves again."""
_WHERE = "people.duplicates"


def _nobody(_refs: Collection[str]) -> set[str]:
    return set()


@dataclass(frozen=True, slots=True)
class EarlierWrites:
    """What earlier plans wrote. `reassigned`: ref -> who stands for it by a plan (a ref of either desk, or `SEPARATE`); `standing`: ref -> under whom
    it stood when a plan was begun last; `account`: id in the target of whoever has one by an earlier plan; `named`: those of some refs whom a
    ticket names that is in the target.
    """

    reassigned: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)
    account: Callable[[str], str | None] = lambda _: None
    named: Callable[[Collection[str]], set[str]] = _nobody


def hold_written(
    directory: DirectoryTables, decisions: Decisions, written: EarlierWrites, *, target: str
) -> list[Finding]:
    """Put back into `directory` under whom people and organizations were written; call after `cluster` and before `match`.

    Of people who become one, whoever has an account already stands for the others; where several have one, and tickets name them there, they stay
    apart. Whoever was written under somebody else stays with them. Returns a finding for each of those: a doubt where two are to become one (P330), a
    blocker where one person's tickets stand under another's account and more would follow (P331). `target`: key of the target.
    """
    for ref, stands in written.reassigned.items():
        _settle(directory, ref, stands)
    directory.shorten_chains()
    joins = _two_accounts(directory, written)
    parts = _written_under(directory, written)
    moved = _other_accounts(decisions, written, target)
    named = written.named({*joins, *parts, *moved}) if joins or parts or moved else set()
    findings = []
    for ref in sorted(named & joins.keys()):
        directory.part([ref])
        findings.append(_finding("P330", ref, joins[ref], "is one with", "an account of their own"))
    for ref in sorted(named & parts.keys()):
        before, now = parts[ref]
        directory.part([before] if directory.joined_to(before) == ref else ())
        directory.join(ref, before, "written")
        findings.append(_finding("P331", ref, now, "is decided to be", f"the account of {before}"))
    findings += [
        _finding("P330", ref, moved[ref], "is decided to be", "another account")
        for ref in sorted(named & moved.keys())
    ]
    directory.shorten_chains()
    return findings


def _settle(directory: DirectoryTables, ref: str, stands: str) -> None:
    directory.part([ref])
    if stands == SEPARATE:
        return
    here, seen = stands, {ref}
    while (above := directory.joined_to(here)) is not None and here not in seen:
        seen.add(here)
        if above == ref:  # it went the other way before
            directory.part([here])
            break
        here = above
    directory.join(ref, stands, "reassigned")


def _two_accounts(directory: DirectoryTables, written: EarlierWrites) -> dict[str, str]:
    """Let whoever has an account stand for those who have none; return who has another one than their group, and with whom they would be one."""
    pending: dict[str, str] = {}
    heads: list[tuple[str, str]] = []
    for survivor, rows in groupby(directory.all_joined(), lambda row: row[0]):
        members = [ref for _, ref in rows]
        have = {
            ref: id_
            for ref in (survivor, *members)
            if (ref == survivor or ref not in written.reassigned)
            and (id_ := written.account(ref)) is not None
        }
        if not have:
            continue
        head = survivor if survivor in have else min(have, key=id_order)
        under = {head}
        if survivor.split(":", 1)[0] != head.split(":", 1)[0]:  # a plan moved one of them to an account
            under = {survivor, *(ref for ref in members if ref in written.reassigned)}
            head, have[survivor] = survivor, parse_ref(survivor).id
        elif head != survivor:
            heads += [(survivor, head), *((ref, head) for ref in members if ref != head)]
        pending |= {
            ref: head
            for ref, id_ in have.items()
            if ref != head and id_ != have[head] and written.standing.get(ref) not in under
        }
    for ref, head in heads:
        directory.part([head])
        directory.join(ref, head, "written")
    return pending


def _written_under(directory: DirectoryTables, written: EarlierWrites) -> dict[str, tuple[str, str]]:
    """Return who stood under somebody's account and would not any more: ref -> (under whom, who stands for them now)."""
    parts: dict[str, tuple[str, str]] = {}
    for ref, before in written.standing.items():
        if ref in written.reassigned or written.account(before) is None:
            continue
        now = directory.survivor(ref)
        if now != directory.survivor(before):
            parts[ref] = before, SEPARATE if now == ref else now
    return parts


def _other_accounts(decisions: Decisions, written: EarlierWrites, target: str) -> dict[str, str]:
    """Return people of whom somebody decided that they are another account of the target than the one that they have."""
    moved = {}
    for row in decisions.rows.values():
        chosen = row.chosen()
        if not chosen or parse_ref(chosen).desk != target or parse_ref(row.ref).kind is not Kind.PERSON:
            continue
        id_ = written.account(row.ref)
        if row.ref not in written.reassigned and id_ not in (None, parse_ref(chosen).id):
            moved[row.ref] = chosen
    return moved


def _finding(code: str, ref: str, stands: str, how: str, where: str) -> Finding:
    told = "one person" if stands == SEPARATE else stands
    message = f"{ref} {how} {told}, and tickets that name them were written under {where}: they stay there"
    if code == "P331":
        message += ", and nothing is added to them before it is settled"
    remedy = (
        f"Move them: `ticketferry people reassign {ref} --to {stands}`, or put the decision back as it was."
    )
    severity = Severity.BLOCKER if code == "P331" else Severity.DOUBT
    return Finding(code, severity, parse_ref(ref), _WHERE, message, remedy)
