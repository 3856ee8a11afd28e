"""Accounts of the new desk that may be somebody's of the old one although no key says so: the same score, the same bands, the same file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ticketferry.people.decisions import Decision, Decisions
from ticketferry.people.keys import emails_of
from ticketferry.people.match import account_kind
from ticketferry.people.offered import BY, OfferLog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import parse_ref
from ticketferry.store.directory import DirectoryTables

if TYPE_CHECKING:
    from ticketferry.people.linkage.engine import LinkedPair

__all__ = ["AccountOffers", "BothDesks", "offer_accounts", "offer_organizations"]


@dataclass(frozen=True, slots=True)
class BothDesks:
    """What is known of both desks. `bound`: whether an earlier plan gave a ref of the source an account; `ours`: whether an id of the target is somebody's
    by an earlier plan; `tell`: name and e-mail (domains) of a ref of either desk.
    """

    directory: DirectoryTables
    source: str
    bound: Callable[[str], bool]
    ours: Callable[[str], bool]
    tell: Callable[[str], tuple[str, str]]

    def lacks(self, record: Record) -> bool:
        """Tell whether a record of the source stands for itself and has no account."""
        ref, directory = record["ref"], self.directory
        return directory.joined_to(ref) is None and directory.account(ref) is None and not self.bound(ref)

    def free(self, record: Record) -> bool:
        """Tell whether an account, or organization, of the target is nobody's."""
        ref = record["ref"]
        return (
            not record.get("origin")
            and self.directory.holder(ref) is None
            and not self.ours(parse_ref(ref).id)
        )


@dataclass(slots=True)
class AccountOffers:
    """Lines by ref of the source. `accounts`: those of the new desk that are nobody's, of which `hidden` show no address; `taken_out`, `further`: pairs
    that stay apart since somebody took their line out, or has one already.
    """

    rows: dict[str, Decision] = field(default_factory=dict)
    accounts: int = 0
    hidden: int = 0
    taken_out: int = 0
    further: int = 0

    @property
    def matched(self) -> int:
        """People to whom the tool gives an account that is there."""
        return sum(row.decision == "accept" for row in self.rows.values())

    @property
    def asked(self) -> int:
        """People about whom a person is asked."""
        return sum(row.decision == "" for row in self.rows.values())


def offer_accounts(
    source: Iterable[Record], target: Iterable[Record], desks: BothDesks, decisions: Decisions, log: OfferLog,
    lined: Mapping[str, Decision], folder: Path, *, region: str | None, today: str,
) -> AccountOffers:  # fmt: skip
    """Compare people without an account with the accounts that are nobody's, all at once; `lined`: lines that the tool writes already.

    A pair of the automatic band gets a line with `accept`. It gets an open one where either is as near to somebody else, where the person's keys
    contradict each other, and in the other band. A line that a person wrote stays, and one that was taken out does not come back.
    """
    from ticketferry.people.linkage.engine import link

    offers = AccountOffers()
    accounts = _accounts(target, desks, offers)
    first = next(accounts, None)
    if first is None:
        return offers
    lacking = (_like_theirs(record, desks) for record in source if desks.lacks(record))
    linkage = link(chain(lacking, (first,), accounts), folder, region=region)
    try:
        pairs = sorted(
            _across(linkage.pairs(), desks.source), key=lambda row: (-row[2].score, row[0], row[1])
        )
    finally:
        linkage.tables.close()
    people, theirs = Counter(ref for ref, _, _ in pairs), Counter(account for _, account, _ in pairs)
    for ref, account, pair in pairs:
        before = decisions.rows.get(ref)
        if ref in offers.rows:
            continue
        if log.taken_out(decisions, ref, account):
            offers.taken_out += 1
        elif ref in lined or (before is not None and not log.wrote(before)):
            offers.further += 1
        else:
            doubts = [f"{people[ref]} accounts of the new desk are like them"] if people[ref] > 1 else []
            doubts += (
                [f"{theirs[account]} people of the old desk are like that account"]
                if theirs[account] > 1
                else []
            )
            doubts += [why] if (why := desks.directory.contested(ref)) else []
            offers.rows[ref] = _line(ref, account, pair, doubts, before, desks, today)
    return offers


def _accounts(target: Iterable[Record], desks: BothDesks, offers: AccountOffers) -> Iterator[Record]:
    """Yield the accounts that are nobody's, as people of the old desk; counts those of which the desk hides the address."""
    for record in target:
        kind = account_kind(record)
        if (
            kind not in ("agent", "customer")
            or record.get("state", "active") != "active"
            or not desks.free(record)
        ):
            continue
        offers.accounts += 1
        offers.hidden += next(emails_of(record), None) is None
        # Organizations of the two desks are compared by whom of the source they stand for; of the others nothing is known.
        held = [desks.directory.holder(ref) for ref in record.get("organizations") or ()]
        yield {
            **record,
            "role": "agent" if kind == "agent" else "end_user",
            "organizations": [ref for ref in held if ref is not None],
        }


def _like_theirs(record: Record, desks: BothDesks) -> Record:
    """Return somebody with those organizations alone that the new desk has too."""
    here = dict.fromkeys(desks.directory.survivor(ref) for ref in record.get("organizations") or ())
    return {**record, "organizations": [ref for ref in here if desks.directory.account(ref) is not None]}


def _across(pairs: Iterable["LinkedPair"], source: str) -> Iterator[tuple[str, str, "LinkedPair"]]:
    """Yield (ref of the source, account of the target, pair) of the pairs between both desks."""
    for pair in pairs:
        own = [ref for ref in (pair.one, pair.other) if parse_ref(ref).desk == source]
        if len(own) == 1:
            yield own[0], pair.other if own[0] == pair.one else pair.one, pair


def _line(
    ref: str, account: str, pair: "LinkedPair", doubts: list[str], before: Decision | None, desks: BothDesks, today: str
) -> Decision:  # fmt: skip
    from ticketferry.people.linkage.offers import summary

    decision = "accept" if pair.band == "automatic" and not doubts else ""
    why = "; ".join(["an account of the new desk", *doubts, summary(pair)])
    same = before is not None and (before.suggestion, before.decision) == (account, decision)
    name, mail = desks.tell(ref)
    shown, theirs = desks.tell(account)
    other = f"{shown} <{theirs}>" if theirs else shown
    when = before.when if same and before is not None else today
    return Decision(ref, name, mail, account, decision, why, BY, other, f"{pair.score:.1f}", when)


def offer_organizations(
    source: Iterable[Record], target: Iterable[Record], desks: BothDesks, decisions: Decisions, log: OfferLog,
    lined: Mapping[str, Decision], today: str,
) -> Iterator[tuple[str, Decision]]:  # fmt: skip
    """Yield an open line for each organization that may be one of the new desk by its name but for the legal form, or by a domain."""
    from ticketferry.people.linkage.organizations import like_organizations

    theirs = [record for record in target if desks.free(record)]
    if not theirs:
        return
    own = [record for record in source if desks.lacks(record)]
    for one, other, why in like_organizations(_older(theirs, own)):
        ref, suggestion = other["ref"], one["ref"]
        if parse_ref(ref).desk != desks.source or parse_ref(suggestion).desk == desks.source:
            continue
        before = decisions.rows.get(ref)
        own_line = before is not None and log.wrote(before)
        if ref in lined or (before is not None and not own_line) or log.taken_out(decisions, ref, suggestion):
            continue
        when = before.when if before is not None and before.suggestion == suggestion else today
        name, domains = desks.tell(ref)
        shown, there = desks.tell(suggestion)
        text = f"{shown} ({there})" if there else shown
        yield (
            ref,
            Decision(
                ref,
                name,
                domains,
                suggestion,
                "",
                f"an organization of the new desk: {why}",
                BY,
                text,
                "",
                when,
            ),
        )


def _older(theirs: Iterable[Record], own: Iterable[Record]) -> Iterator[Record]:
    """Yield all, those of the new desk as the oldest: each is named beside whom of the old one it may be."""
    for record in theirs:
        yield {**record, "created": "0"}
    for record in own:
        yield {**record, "created": f"1{record.get('created') or '~'}"}
