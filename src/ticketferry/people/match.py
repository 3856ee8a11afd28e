"""Whose account of the target stands for whom: keys that agree and are verified, a mark of ours, or a decision; contradictions are nobody's."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ticketferry.people.account import AccountKind
from ticketferry.people.cluster import chunks
from ticketferry.people.decisions import Decisions
from ticketferry.people.keys import (
    email_key,
    emails_of,
    external_key,
    name_of,
    organization_keys,
    person_keys,
    side_of,
    target_keys,
    unverified,
)
from ticketferry.people.match_doubts import best_fit, doubts_of
from ticketferry.people.named import chosen, key_of, unassignable
from ticketferry.people.rewriting import REWRITTEN, AddressRules
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.store.directory import DirectoryTables
from ticketferry.store.match_tables import MatchTables, SourceAccount, SourceRow, TargetRow

__all__ = [
    "account_kind",
    "describe",
    "match",
]

_NAMED = 5
"""Others who fit an account and are named; the rest is counted."""
_REMEDY = (
    "Decide in the decisions file (`ticketferry people --write`): the ref of the account, `separate`, or a placeholder by"
    " `people.contested: placeholder`."
)


@dataclass(frozen=True, slots=True)
class _Match:
    """One matching of people or of organizations. `show`: how a record is shown in a finding."""

    directory: DirectoryTables
    tables: MatchTables
    by: Sequence[str]
    agents: Mapping[str, str]
    decisions: Decisions
    organization: bool
    show: Callable[[Record], str]
    rewrite: AddressRules
    moved: Collection[str] = ()


def describe(record: Record) -> str:
    """Say who a record is: name, address, ref."""
    mail = f" <{record['email']}>" if record.get("email") else ""
    return f"{record.get('name') or '(no name)'}{mail} {record['ref']}"


def match(
    source: Iterable[Record], target: Iterable[Record], directory: DirectoryTables, *,
    by: Sequence[str] = ("external_id", "email"), agents: Mapping[str, str] | None = None, decisions: Decisions | None = None,
    kind: Literal[Kind.PERSON, Kind.ORGANIZATION] = Kind.PERSON, owners: Callable[[str], str | None] = lambda _: None,
    tell: Callable[[Record], str] = describe, rewrite: AddressRules | None = None, named: Mapping[str, str] | None = None,
    moved: Collection[str] = (),
) -> list[Finding]:  # fmt: skip
    """Find accounts of the target for people (or organizations) of the source, and write to `directory` accounts, whom they are contested for, and candidates.

    Replaces what an earlier call wrote for this kind. `agents`: e-mail key, external id or ref -> address or id of an account. Order: our own mark, a decision, the agents' file, then all keys of `by`, and for agents whom none of
    these finds the addresses that `rewrite` gives.
    Agents' accounts come before customers' of the same address. Keys that contradict each other give nobody: two accounts that fit,
    one account that fits two people who are not one, the same external id with other addresses or, where none is known, another name,
    an organization's name with other domains, an address that is not verified on either side, an account that is switched off, or that is another person's by our mark or by an earlier plan (`owners`: id in the
    target -> source ref). Such people are contested, with a finding P310 that shows all candidates (`tell`). `named`: accounts that
    the mapping assigns tickets to (e-mail or id) -> where it does. `moved`: whose tickets a plan gave to somebody else: they ask for no account. Call after
    `cluster`: what fits any of a group stands for its survivor, who comes first.
    """
    organization = kind is Kind.ORGANIZATION
    directory.forget_accounts(organizations=organization)
    tables = MatchTables(directory)
    job = _Match(
        directory,
        tables,
        by,
        agents or {},
        decisions or Decisions(),
        organization,
        tell,
        rewrite or AddressRules({}),
        moved,
    )
    for chunk in chunks(target):
        _add_target(job, chunk, owners)
    for chunk in chunks(source):
        _add_source(job, chunk)
    tables.ready()
    for record in tables.sources():
        _fit(job, record)
    unused = [] if organization else _fit_rewritten(job)
    for survivor in tables.fitted():
        _choose(job, survivor)
    _part(job)
    if not organization:
        _part_shared_addresses(job)
    findings = _written(job) + unused + _named_accounts(job, named or {})
    tables.close()
    return findings


def account_kind(person: Record) -> AccountKind:
    """Return what kind of account somebody of the target has."""
    account = person.get("account")
    if account in ("agent", "customer", "app"):
        return account  # type: ignore[no-any-return]
    if account == "placeholder":
        return "customer"
    return "agent" if side_of(person) == "agent" else "customer"


def _text(emails: Iterable[str]) -> str:
    return "\n".join(sorted(set(emails)))


def _addresses(record: Record, keys: Sequence[str]) -> str:
    """Return what somebody is reached under: e-mail addresses, of an organization its domains."""
    return _text(emails_of(record)) or _text(key for key in keys if key.startswith("domain:"))


def _add_target(job: _Match, chunk: Sequence[Record], owners: Callable[[str], str | None]) -> None:
    rows: list[TargetRow] = []
    keys = []
    for record in chunk:
        ref, mark = record["ref"], str(record.get("origin") or "")
        kind = "organization" if job.organization else account_kind(record)
        owner = mark or owners(parse_ref(ref).id) or ""
        external = external_key(record.get("external_id"))
        state = str(record.get("state") or "active")
        own = target_keys(record, organization=job.organization)
        rows.append((ref, kind, state, _addresses(record, own), external, mark, owner, job.show(record)))
        for key in own:
            weak = key.startswith("email:") and unverified(record, key.removeprefix("email:"))
            keys.append((key, ref, name_of(record), int(weak)))
    job.tables.add_target(rows, keys)


def _add_source(job: _Match, chunk: Sequence[Record]) -> None:
    rows: list[SourceRow] = []
    keys = []
    for record in chunk:
        ref, name = record["ref"], name_of(record)
        survivor = job.directory.survivor(ref)
        if ref in job.moved and survivor != ref:
            continue  # a plan moved their tickets: the account that they had says nothing of whose is whose
        own = organization_keys(record) if job.organization else person_keys(record)
        decided, how = _decided(job, ref, own)
        gone = int(record.get("state") in ("deleted", "merged"))
        external = external_key(record.get("external_id"))
        rows.append(
            (
                ref,
                survivor,
                name,
                side_of(record),
                _addresses(record, own),
                external,
                decided,
                how,
                gone,
                job.show(record),
            )
        )
        for key in own:
            weak = key.startswith("email:") and unverified(record, key.removeprefix("email:"))
            keys.append((key, ref, survivor, name, int(weak)))
    job.tables.add_source(rows, keys)


def _decided(job: _Match, ref: str, keys: Sequence[str]) -> tuple[str, str]:
    """Return the key of the account that a decision or the agents' file names, and which of them does."""
    chosen = job.decisions.chosen(ref)
    if chosen == "":
        return "-", "decision"
    if chosen and parse_ref(chosen).desk != parse_ref(ref).desk:
        return f"id:{parse_ref(chosen).id}", "decision"
    if job.agents and not job.organization:
        for name in (ref, *(key.split(":", 1)[1] for key in keys)):
            wanted = job.agents.get(name)
            if wanted is not None:
                return (f"email:{email_key(wanted)}" if "@" in wanted else f"id:{wanted}"), "agents"
    return "", ""


def _fit(job: _Match, source: SourceAccount) -> None:
    """Note every account that fits a record of the source, and what speaks against it."""
    tables, survivor = job.tables, source.survivor
    own = int(source.ref != survivor)
    marked = tables.marked(source.ref)
    if len(marked) == 1:
        tables.name_account(survivor, *marked[0], "origin", own)
        return
    for target, _ in marked:
        tables.note_fit(survivor, target, "origin", "several accounts bear our mark for them")
    if marked or source.decided == "-":
        return
    if source.decided:
        _fit_decided(job, source)
        return
    for rule in job.by:
        for key, weak in tables.keys_of(source.ref, rule):
            for account in best_fit(tables.with_key(key)):
                doubts = doubts_of(
                    source,
                    account,
                    rule,
                    by=job.by,
                    organization=job.organization,
                    weak=bool(weak),
                    survivor=job.directory.survivor,
                )
                for doubt in doubts or ("",):
                    tables.note_fit(survivor, account.ref, rule, doubt)


def _fit_rewritten(job: _Match) -> list[Finding]:
    """Note the accounts of agents whom nothing else finds, by the addresses that they have in the target; returns a finding for each rule
    that finds nobody.
    """
    if not job.rewrite:
        return []
    asked, found = Counter[str](), Counter[str]()
    for source in job.tables.agents_without_fit():
        for address in source.emails.split("\n"):
            turned = job.rewrite.rewritten(address)
            if turned is None:
                continue
            rule, new = turned
            asked[rule] += 1
            for account in best_fit(job.tables.with_key(f"email:{new}")):
                found[rule] += 1
                doubts = doubts_of(
                    source, account, "email", by=job.by, organization=False, weak=False, survivor=job.directory.survivor
                )  # fmt: skip
                for doubt in doubts or ("",):
                    job.tables.note_fit(source.survivor, account.ref, REWRITTEN, doubt)
    unused = []
    for rule in job.rewrite.names():
        if found[rule]:
            continue
        why = (
            f"{counted(asked[rule], 'agent')} of whom the target has no account under the new address"
            if asked[rule]
            else "no agent without an account has such an address"
        )
        message, remedy = f"`{rule}` finds nobody: {why}", "Correct the address, or take the rule out."
        unused.append(Finding("P325", Severity.DOUBT, None, "people.rewrite_email", message, remedy))
    return unused


def _named_accounts(job: _Match, named: Mapping[str, str]) -> list[Finding]:
    """Note whom the accounts stand for that the mapping names; returns a finding for each to which nothing can be assigned."""
    found = {account: job.tables.named(key_of(account)) for account in named}
    for account, rows in found.items():
        ref = chosen(rows)
        if ref is not None:
            job.directory.name_account(account, job.directory.holder(ref) or ref)
    return list(unassignable(named, found))


def _fit_decided(job: _Match, source: SourceAccount) -> None:
    """Take the account that a decision or the agents' file names, where it is one and can be used."""
    named = job.tables.named(source.decided)
    best = [account for account in named if account[1] == named[0][1]]
    if len(best) == 1 and best[0][2] == "active":
        target, kind, _ = best[0]
        job.tables.name_account(source.survivor, target, kind, source.how, int(source.ref != source.survivor))
        return
    for target, _, state in best:
        doubt = (
            f"the account is {state}"
            if state != "active"
            else f"several accounts are what the {source.how} name"
        )
        job.tables.note_fit(source.survivor, target, source.how, doubt)
    if not best and source.how == "agents":
        wanted = source.decided.split(":", 1)[1]
        job.directory.contest(
            source.survivor, f"the agents' file names {wanted}, which is no account of the target"
        )


def _choose(job: _Match, survivor: str) -> None:
    """Take the one account that fits by all keys and that nothing speaks against; else note why nobody is matched."""
    if job.tables.has_chosen(survivor):
        return
    fits = job.tables.fits(survivor)
    targets = list(dict.fromkeys(target for target, _, _ in fits))
    hows = list(dict.fromkeys(how for _, how, _ in fits))
    doubts = list(dict.fromkeys(doubt for _, _, doubt in fits if doubt))
    if len(targets) > 1:
        doubts.insert(0, f"{len(targets)} accounts of the target fit, by {', '.join(hows)}")
    if doubts:
        job.directory.contest(survivor, "; ".join(doubts))
        return
    job.tables.choose(survivor, targets[0], job.tables.kind_of(targets[0]), min(hows, key=_order(job).index))


def _order(job: _Match) -> list[str]:
    return ["origin", "decision", "agents", *job.by, REWRITTEN]


def _part(job: _Match) -> None:
    """Leave an account to nobody that fits several people who are not one; what somebody decided stays."""
    for target in job.tables.shared_targets():
        people = job.tables.claimants(target)
        if len(people) < 2 or _are_one(people):
            continue
        theirs = job.tables.addresses_of(target)
        rewritten = job.tables.fit_only_by(REWRITTEN, target)
        # An address of one's own says more than one that a rule makes of another: who has it keeps the account.
        own = [person[0] for person in people if person[0] not in rewritten]
        for survivor, how, _, _, emails in people:
            if len(own) == 1 and survivor in own and rewritten:
                continue
            if how in ("decision", "agents") or (how == "origin" and theirs & set(emails.split("\n"))):
                continue
            others = _named(
                [person[0] for person in people[: _NAMED + 1] if person[0] != survivor], len(people) - 1
            )
            job.tables.drop_choice_of(survivor, target)
            job.directory.contest(survivor, f"the account {target} fits {others} too")


def _part_shared_addresses(job: _Match) -> None:
    """Let those wait who live under one address and are not one: an account of that address would be everybody's."""
    for key, survivor in job.tables.sharing_addresses():
        job.tables.drop_choice(survivor)
        job.directory.contest(
            survivor,
            f"several people of the source, who are not one, have the address {key.removeprefix('email:')}",
        )


def _named(refs: Sequence[str], count: int) -> str:
    """Return some of `count` refs; a mailbox that a whole company shares would fill every message of theirs."""
    shown = refs[:_NAMED]
    return ", ".join(shown) + (f" and {count - len(shown)} more" if count > len(shown) else "")


def _are_one(people: Sequence[Sequence[str]]) -> bool:
    """Tell whether those whom an account fits are one human in two roles: the same name, once as agent and once as customer."""
    names, sides = {person[2] for person in people}, [person[3] for person in people]
    return len(names) == 1 and "" not in names and len(set(sides)) == len(sides)


def _written(job: _Match) -> list[Finding]:
    """Write accounts and candidates, and return a finding for everybody who is in doubt."""
    job.tables.write()
    findings = []
    of = "organizations.match" if job.organization else "people.match"
    for ref, why in job.directory.all_contested(organizations=job.organization):
        candidates = job.tables.shown_candidates(ref)
        message = f"{why}. Source: {'; '.join(job.tables.shown_sources(ref)) or ref}"
        if candidates:
            message += f". Target: {'; '.join(candidates)}"
        findings.append(Finding("P310", Severity.DOUBT, parse_ref(ref), of, message, _REMEDY))
    return findings
