"""Opens both desks for the independent witness, and chooses what it looks at: a sample by chance, and every ticket with an anomaly."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import islice

from ticketferry.extract.ingest import by_root
from ticketferry.plan.file.findings import subjects_in_doubt
from ticketferry.project.golden import golden_tickets
from ticketferry.project.project import Project
from ticketferry.registry import open_source, witness_of
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.refs import Kind, Ref
from ticketferry.sdk.contract import Severity, Source, Wire
from ticketferry.sdk.features import REST
from ticketferry.sdk.witness import WitnessLimits
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import refs_with_problems
from ticketferry.store.run_log import RunLog
from ticketferry.store.snapshots import Snapshots
from ticketferry.verify.verifier import Verified
from ticketferry.verify.witness_rules import rules_of
from ticketferry.verify.witnessing import Witnessed, WitnessedDesk, choose, witness
from ticketferry.witness.rules import ExplainingRules

__all__ = ["bear_witness"]

TELLING = frozenset({Severity.LOSS, Severity.DOUBT, Severity.BLOCKER})
"""A ticket of which a finding of this weight tells is always looked at."""


def bear_witness(
    project: Project,
    log: RunLog,
    verified: Verified,
    *,
    plans: Sequence[str],
    sample: int | None,
    seed: int,
    contents: bool,
    progress: Callable[[str, int, int | None], None],
) -> Witnessed:
    """Compare tickets of applied plans by the verbatim records of both desks. `sample` None: every ticket."""
    source, target = project.snapshots("source"), project.snapshots("target")
    info, target_info = source.latest(), target.latest()
    reads = {role: witness_of(project.desk(role).connector) for role in ("source", "target")}
    blind = [project.desk(role) for role, module in reads.items() if module is None]
    if info is None or target_info is None or blind:
        names = " and ".join(desk.connector.title for desk in blind)
        return Witnessed(
            why_not=f"the connector of {names} gives the witness nothing to read" if names else ""
        )
    idmap, mapping = project.idmap, project.mapping()
    features = project.config.target.connector.features
    ways = {way.name: way.features for way in project.config.target.connector.ways}

    options = project.config.target.options()
    asks = {account: name for name in options.stands_in if (account := str(getattr(options, name)))}

    @cache
    def rules(way: str, *, updated: bool) -> ExplainingRules:
        limits = getattr(reads["target"], "LIMITS", WitnessLimits())
        own = rules_of(mapping, features | ways.get(way, frozenset()), updated=updated, now=info.began)
        return replace(own, limits=limits, asks_for_others=asks)

    def rules_for(ref: str) -> ExplainingRules:
        made = idmap.made_by(ref)
        applied = idmap.applied(ref)
        updated = applied is not None and made is not None and applied.plan != made
        return rules(idmap.get(ref, "way") or REST, updated=updated)

    @cache
    def snapshot_of(plan: str) -> int:
        opened = project.plan(plan)
        number = int(opened.header["inputs"]["source_snapshot"])
        opened.close()
        return min(number, info.number)

    def tickets() -> Iterator[str]:
        return (ref for ref in idmap.applied_refs(plans or None) if _is_ticket(ref))

    def seen_by(ref: str) -> int:
        applied = idmap.applied(ref)
        return snapshot_of(applied.plan) if applied is not None else info.number

    assert reads["source"] is not None
    assert reads["target"] is not None
    with _reader(project, log) as reader:
        always = _anomalies(project, verified, plans) | set(golden_tickets(project, mapping)[0])
        roots = choose(tickets(), always, sample=sample, seed=seed)
        result = witness(
            source,
            seen_by,
            WitnessedDesk(source.desk, reads["source"], _names(source.catalog(info.catalog))),
            reader,
            WitnessedDesk(target.desk, reads["target"], _names(target.catalog(target_info.catalog))),
            idmap,
            rules_for,
            roots,
            clock=project.clock,
            contents=contents,
            strangers=_strangers(target, reader, idmap),
            progress=progress,
        )
    result.of, result.seed = sum(1 for _ in tickets()), seed
    return result


def _is_ticket(ref: str) -> bool:
    return ref.split(":", 2)[1] == Kind.TICKET.value


def _names(catalog: Catalog) -> dict[str, str]:
    names = {
        item["id"]: item["key"]
        for item in catalog.get("fields", ())
        if item.get("of", Kind.TICKET.value) == Kind.TICKET.value
    }
    for name, items in (
        ("form", catalog.get("forms", ())),
        ("brand", catalog.get("brands", ())),
        ("status", catalog.get("statuses", ())),
    ):
        names.update((f"{name} {item['id']}", str(item["name"])) for item in items)
    return names


def _strangers(target: Snapshots, reader: Source, idmap: IdMap) -> Iterator[list[Wire]]:
    """Read the tickets with our mark that the id map does not know, each by its id: a snapshot may hold what was deleted since."""
    latest = target.latest()
    unknown = (
        Ref(target.desk, Kind.TICKET, id_)
        for id_ in (target.ids(Kind.TICKET, latest.number) if latest is not None else ())
        if idmap.source_of(Kind.TICKET.value, id_) is None
    )
    while part := list(islice(unknown, max(1, reader.limits.fetch_batch))):
        yield from (
            wires for wires in by_root(reader.fetch(part), part).values() if wires and not wires[0].gone
        )


@contextmanager
def _reader(project: Project, log: RunLog) -> Iterator[Source]:
    """Open the target as a source is read: without an eye for our own marks."""
    desk = project.config.target
    session = replace(project.session("target", log), origin="")
    source = open_source(desk.connector, desk.options(), session)
    try:
        yield source
    finally:
        source.close()


def _anomalies(project: Project, verified: Verified, plans: Sequence[str]) -> set[str]:
    """Return the tickets that are not the same, that have a problem, or of which a finding tells a loss or a doubt."""
    refs = {line.ref for line in verified.lines if line.ref.count(":") > 1 and _is_ticket(line.ref)}
    refs.update(filter(_is_ticket, refs_with_problems(project.workspace)))
    for item in project.snapshots("source").findings.all():
        if item.severity in TELLING and item.subject is not None and item.subject.kind is Kind.TICKET:
            refs.add(str(item.subject))
    for id_ in project.applied_plans(plans):
        plan = project.plan(id_)
        refs.update(subject for subject in subjects_in_doubt(plan) if subject and _is_ticket(subject))
        plan.close()
    return refs
