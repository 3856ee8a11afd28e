"""Who is one with whom, and which account of the target stands for whom: worked out once for each pair of snapshots and decisions."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

import orjson

from ticketferry.desired.cases import assemble
from ticketferry.mapping.loader import MappingFile
from ticketferry.people.cluster import cluster, join_organizations, suggestions
from ticketferry.people.decisions import Decision, Decisions, read_decisions, refuse_unknown
from ticketferry.people.directory import Directory
from ticketferry.people.domains import note_drawn
from ticketferry.people.match import account_kind, describe, match
from ticketferry.people.never import NeverMerge
from ticketferry.people.offered import BY
from ticketferry.people.rewriting import AddressRules
from ticketferry.people.sharing import note_strangers
from ticketferry.people.written import SEPARATE, EarlierWrites, hold_written
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.schema.vectors import vector
from ticketferry.store.database import writable
from ticketferry.store.directory import DirectoryTables
from ticketferry.store.idmap import IdMap
from ticketferry.store.snapshots import SnapshotInfo, Snapshots

__all__ = ["decisions_of", "named_of", "never_of", "open_directory", "people_of", "suggestions_of"]

FOLDER = "people"
FORMAT = 5
"""Raised when a directory of the same inputs would say something else, or has other tables."""
NAMES = "names.json"
KEPT_NAMES = 50
KEPT = 12
"""Directories of older snapshots that stay, so that an interrupted apply can render its plan again."""


def decisions_of(mapping: MappingFile, root: Path) -> tuple[Path, Decisions]:
    """Read the decisions file that the mapping names, or `decisions/people.csv`."""
    path = mapping.decisions or root / "decisions" / "people.csv"
    return path, read_decisions(path)


def people_of(snapshots: Snapshots, snapshot: int, kind: Kind = Kind.PERSON) -> Iterator[Record]:
    """Yield the people, or organizations, of a snapshot."""
    for ref, rows in snapshots.roots(kind, snapshot):
        record = assemble(ref, rows)
        if record is not None:
            yield record


def never_of(mapping: MappingFile) -> NeverMerge:
    """Return whom the mapping lets the tool take for one with nobody."""
    rule = mapping.rules.people.never_merge
    return NeverMerge(rule.roles, rule.domains, rule.tags) if rule is not None else NeverMerge()


def named_of(mapping: MappingFile) -> dict[str, str]:
    """Return the accounts that the mapping assigns tickets to, with the place of the first rule that does."""
    rules = mapping.rules
    named: dict[str, str] = {}
    for key, group in rules.groups.items():
        if group.assign not in (None, "none"):
            assert group.assign is not None
            named.setdefault(group.assign, mapping.at("groups", key, "assign"))
    if rules.people.unlicensed_assignee.assign != "none":
        account = rules.people.unlicensed_assignee.assign
        named.setdefault(account, mapping.at("people", "unlicensed_assignee", "assign"))
    return named


def open_directory(
    root: Path,
    mapping: MappingFile,
    source: Snapshots,
    source_info: SnapshotInfo,
    target: Snapshots,
    target_info: SnapshotInfo,
    idmap: IdMap,
    upto: int,
    *,
    written: EarlierWrites,
    open_sharing: bool,
    draws: bool,
) -> Directory:
    """Return the directory of two snapshots, working it out where that was not done yet for the same people. It never changes afterwards.

    `idmap`, `upto`: whose account is whose by earlier plans; `written`: under whom they wrote people. `open_sharing`: the members of every organization of the target see each
    other's tickets; else only where the organization says so. `draws`: the target puts people into organizations by their address.
    """
    _, decisions = decisions_of(mapping, root)
    as_source = mapping.rules.organizations.share == "as_source"
    rules = f"{FORMAT}\n{mapping.digest}\n{decisions.digest()}"
    if never_of(mapping):  # then it counts who wrote a line
        rules += f"\n{sorted(row.ref for row in decisions.rows.values() if row.by.casefold() == BY)}"
    if written.reassigned or written.standing:
        rules += f"\n{sorted(written.reassigned.items())}\n{sorted(written.standing.items())}"

    def name() -> str:
        made = blake2b(digest_size=10)
        # Of both desks people and organizations alone: other records change each night.
        people = source.people_digest(source_info.number), target.people_digest(target_info.number)
        made.update(f"{rules}\n{people}\n{sorted(opened())}\n".encode())
        for row in idmap.accounts(upto):
            made.update("\x1f".join(row).encode("utf-8", "surrogatepass") + b"\x1e")
        return made.hexdigest()

    @cache
    def opened() -> frozenset[str]:
        return _opened(idmap, upto) if as_source else frozenset()

    asked = [
        rules,
        source.desk,
        source_info.digest,
        target.desk,
        target_info.digest,
        *idmap.state(),
        str(upto),
    ]
    path = root / FOLDER / f"{_remembered(root / FOLDER, asked, name)}.db"
    if not path.exists() and not writable(root / "workspace.db"):
        # A folder for reading only: what is worked out is thrown away at the end.
        path = Path(tempfile.mkdtemp(prefix="ticketferry-")) / path.name
        atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    if not path.exists():
        refuse_unknown(
            decisions,
            (source.desk, target.desk),
            source.ever,
            lambda ref: (
                ref.desk == target.desk and target.row(ref.kind, ref.id, target_info.number) is not None
            ),
        )
        _build(
            path,
            mapping,
            decisions,
            target.desk,
            lambda kind: people_of(source, source_info.number, kind),
            lambda kind: people_of(target, target_info.number, kind),
            lambda kind, id_: idmap.source_of(kind.value, id_, upto),
            lambda ref: idmap.get(ref, upto=upto) is not None,
            opened(),
            written,
            open_sharing=open_sharing,
            draws=draws,
        )
    return Directory(DirectoryTables.finished(path))


def _remembered(folder: Path, asked: Sequence[str], name: Callable[[], str]) -> str:
    """Return the name of a directory's file: people are gone through for it once for each state of both desks and the id map."""
    path, key = folder / NAMES, blake2b("\0".join(asked).encode(), digest_size=16).hexdigest()
    names: dict[str, str] = {}
    with suppress(OSError, ValueError, TypeError):  # none there, or torn: it is made anew
        names = dict(orjson.loads(path.read_bytes()))
    if isinstance(known := names.get(key), str) and (folder / f"{known}.db").exists():
        return known
    names[key] = known = name()
    part = path.with_suffix(f".part{os.getpid()}")
    with suppress(OSError):  # a full disk, or a medium for reading: the next command works it out again
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(orjson.dumps(dict([*names.items()][-KEPT_NAMES:])))
        part.replace(path)
    return known


def _opened(idmap: IdMap, upto: int) -> frozenset[str]:
    """Return the organizations that we made share their tickets in the target, and that nobody has changed there since we wrote them."""
    yes = vector({"shared_tickets": True})
    organizations: set[str] = set()
    for ref, _, _ in idmap.accounts(upto):
        applied = idmap.applied(ref) if parse_ref(ref).kind is Kind.ORGANIZATION else None
        if applied is not None and yes.items() <= applied.wanted.items():
            organizations.add(ref)
    return frozenset(organizations)


def _build(
    path: Path,
    mapping: MappingFile,
    decisions: Decisions,
    target_desk: str,
    source_records: Callable[[Kind], Iterator[Record]],
    target_records: Callable[[Kind], Iterator[Record]],
    owner: Callable[[Kind, str], str | None],
    bound: Callable[[str], bool],
    opened: Collection[str],
    written: EarlierWrites,
    *,
    open_sharing: bool,
    draws: bool,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".part{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    directory = DirectoryTables.new(partial)
    rules = mapping.rules
    try:
        cluster(source_records(Kind.PERSON), directory, decisions, never_of(mapping))
        join_organizations(source_records(Kind.ORGANIZATION), directory, decisions)
        directory.decide((ref, row.word()) for ref, row in sorted(decisions.rows.items()) if row.word())
        held = hold_written(directory, decisions, written, target=target_desk)
        tell = _teller(source_records, target_records, open_sharing=open_sharing)
        doubts = match(
            source_records(Kind.PERSON),
            target_records(Kind.PERSON),
            directory,
            by=tuple(rules.people.match),
            agents=mapping.agents,
            decisions=decisions,
            owners=lambda id_: owner(Kind.PERSON, id_),
            tell=tell,
            rewrite=AddressRules(rules.people.rewrite_email),
            named=named_of(mapping),
            moved=written.reassigned,
        )
        doubts += match(
            source_records(Kind.ORGANIZATION),
            target_records(Kind.ORGANIZATION),
            directory,
            by=tuple(rules.organizations.match),
            decisions=decisions,
            kind=Kind.ORGANIZATION,
            owners=lambda id_: owner(Kind.ORGANIZATION, id_),
            tell=tell,
            moved=written.reassigned,
        )
        _note_accounts(directory, written, target_records)
        note_strangers(
            directory,
            source_records,
            target_records,
            owner,
            open_sharing=open_sharing,
            closes=lambda ref: ref in opened,
        )
        if draws:
            carried, shared = (
                rules.organizations.domains == "carry",
                rules.organizations.share != "never",
            )
            note_drawn(
                directory, source_records, target_records, owner, bound, carried=carried, shared=shared
            )
        directory.keep_findings([*doubts, *held])
        directory.keep_digest(Directory(directory).worked_out_digest())
        directory.commit()
    finally:
        directory.close()
    partial.chmod(0o600)
    partial.replace(path)
    for old in sorted(path.parent.glob("*.db"), key=lambda item: item.stat().st_mtime)[:-KEPT]:
        old.unlink()


def _note_accounts(
    directory: DirectoryTables, written: EarlierWrites, target_records: Callable[[Kind], Iterator[Record]]
) -> None:
    """Note the accounts of the target that stand for people of the source by a plan, so that tickets can name them."""
    wanted = set(written.reassigned.values())
    if not any(ref != SEPARATE and directory.account(ref) is None for ref in wanted):
        return
    for record in target_records(Kind.PERSON):
        if record["ref"] in wanted:
            directory.add_account(record["ref"], account_kind(record), "reassigned")


def _teller(
    source_records: Callable[[Kind], Iterator[Record]],
    target_records: Callable[[Kind], Iterator[Record]],
    *,
    open_sharing: bool,
) -> Callable[[Record], str]:
    """Return how a candidate is shown: name, address, ref, its organizations and whether their members see each other's tickets."""
    names: dict[str, str] = {}
    for side, always in ((source_records, False), (target_records, open_sharing)):
        for record in side(Kind.ORGANIZATION):
            shared = "shared" if always or record.get("shared_tickets") else "not shared"
            names[record["ref"]] = f"{record.get('name') or record['ref']}, {shared}"

    def tell(record: Record) -> str:
        text = describe(record)
        own = names.get(record["ref"])
        if own is not None:
            domains = ", ".join(record.get("domains") or ())
            return f"{text} ({own.rpartition(', ')[2]}{'; ' + domains if domains else ''})"
        shared = "; ".join(names[ref] for ref in record.get("organizations") or () if ref in names)
        kind = record.get("account") or record.get("role")
        return f"{text} ({kind or 'person'}{'; ' + shared if shared else ''})"

    return tell


def suggestions_of(
    source: Snapshots, here: SnapshotInfo, directory: Directory
) -> Callable[[], Iterator[Decision]]:
    """Return what yields a line of the decisions file for everybody who is one with another by an exact key, or may be."""
    return lambda: suggestions(directory.tables, people_of(source, here.number))
