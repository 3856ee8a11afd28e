"""One record in both desks side by side: what the mapping of now makes of each value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ticketferry.errors import UsageError
from ticketferry.mapping.before_after import ComparedValue, before_after
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.held import as_held, field_keys, shortfalls
from ticketferry.mapping.result import Mapped
from ticketferry.plan.context import PlanContext
from ticketferry.plan.guarding import ENDS_ALL, fault_of, quarantine_finding
from ticketferry.plan.planner import Planner
from ticketferry.plan.show_record import finding_views
from ticketferry.project.explain import find_record
from ticketferry.project.golden import golden_tickets
from ticketferry.project.project import Project
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, Ref, parse_ref
from ticketferry.sdk.contract import Expected, Finding, Outcome

__all__ = ["ExplainedValues", "explain_golden", "explain_values", "held_by_target"]

_OUTCOMES = {"create": "moved", "skip": "left behind", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class ExplainedValues:
    """A record, what becomes of it as a whole, and its values. `kinds`: how many of each kind."""

    root: str
    title: str
    outcome: str
    because: str
    phase: str
    way: str
    values: tuple[ComparedValue, ...]
    kinds: dict[str, int]
    newly_visible: tuple[str, ...]
    findings: tuple[dict[str, object], ...]
    there: Mapping[str, str] = field(default_factory=dict)
    """What it is called in the new desk, by kind of name (`key`), where a plan has written it; empty where it is new."""
    plan: str = ""
    """The plan that wrote it last."""
    next: str = ""
    """What the next plan would do with a record that is there: `update`, `unchanged`, `conflict` …"""
    moved: tuple[str, ...] = ()
    """What that plan would write of it."""


def explain_golden(project: Project) -> tuple[list[ExplainedValues], list[Finding]]:
    """Compare each golden ticket of the mapping, in the order of the file; beside them a finding for each number that no ticket bears."""
    mapping = project.mapping()
    refs, missing = golden_tickets(project, mapping)
    planning = project.planning()
    try:
        return [explain_values(project, ref, planning) for ref in refs], missing
    finally:
        planning.close()


def explain_values(project: Project, text: str, planning: PlanContext | None = None) -> ExplainedValues:
    """Compare a ticket, a person or an organization of the newest snapshot with what the mapping makes of it, and with what the new desk will
    hold. Talks to no desk. `planning`: where it is open already.

    Raises UsageError for what is not there or is mapped only with something else.
    """
    root, part = find_record(project, text)
    if part is not None or root.kind not in (Kind.TICKET, Kind.PERSON, Kind.ORGANIZATION):
        raise UsageError(
            f"{part or root} is mapped with what it belongs to",
            remedy=f"ticketferry mapping explain {root}, or each leaf of it: ticketferry explain {part or root}",
        )
    planning = planning or project.planning()
    record = planning.source_record(root)
    if record is None:
        raise UsageError(f"{root} is not there itself", remedy="Run `ticketferry extract source` again.")
    mapped = _mapped(planning, root, record)
    mapping = project.mapping()
    route = _route(planning, record) if root.kind is Kind.TICKET else None
    expected = held_by_target(planning, mapped)
    keys = field_keys(planning.target_catalog)
    short = shortfalls(mapped, expected, keys) if expected is not None else {}
    values = before_after(record, mapped, mapping, lambda ref: _called(planning, ref), route, short)
    mapped = as_held(mapped, expected, keys)
    counts = Counter(value.kind for value in values)
    applied = project.idmap.applied(str(root))
    planned = Planner(planning).plan(root, planning.source_rows(root)) if applied is not None else None
    return ExplainedValues(
        str(root),
        str(record.get("subject") or record.get("name") or ""),
        _OUTCOMES.get(mapped.outcome.value, mapped.outcome.value),
        mapped.because,
        mapped.phase or "",
        mapped.way,
        tuple(values),
        {kind: counts[kind] for kind in ("same", "changed", "new", "kept", "dropped")},
        tuple(mapped.newly_visible),
        finding_views(mapped.findings),
        project.idmap.slots(str(root)) if applied is not None else {},
        applied.plan if applied is not None else "",
        planned.outcome.value if planned is not None else "",
        tuple(sorted(planned.decision.fields)) if planned is not None else (),
    )


def _mapped(planning: PlanContext, root: Ref, record: Record) -> Mapped:
    if root.kind is Kind.TICKET:
        return planning.case(record)
    return (
        planning.engine.person(record) if root.kind is Kind.PERSON else planning.engine.organization(record)
    )


def held_by_target(planning: PlanContext, mapped: Mapped) -> Expected | None:
    """Return what the new desk will hold of a mapped record, by its connector; None where it is not moved. What the connector fails at is
    refused with the cause, as a plan puts it into quarantine.
    """
    if mapped.record is None or mapped.outcome is not Outcome.CREATE:
        return None
    try:
        return planning.compiler.expected(mapped.record, planning.target_catalog, mapped.way)
    except ENDS_ALL:
        raise
    except Exception as error:  # noqa: BLE001 -- one record's fault is that record's
        found = quarantine_finding(parse_ref(mapped.record["ref"]), "planning", fault_of(error))
        return Expected(None, findings=(found,), refused=found.message)


def _route(planning: PlanContext, record: Record) -> int | None:
    """Return the number of the first route whose condition a ticket fulfils."""
    setup = planning.engine.setup
    subject = Subject(record, setup.lookups)
    for index, rule in enumerate(setup.rules.route):
        if setup.condition(rule.when, ("route", index, "when"))(subject):
            return index
    return None


def _called(planning: PlanContext, ref: str) -> str:
    """Return what somebody is called in the desk that the ref is of."""
    parsed = parse_ref(ref)
    if parsed.desk == planning.source.desk:
        record = planning.source_record(parsed)
    else:
        record = planning.current(parsed.kind, parsed.id)
    return str((record or {}).get("name") or (record or {}).get("email") or ref)
