"""What forbids an apply, found before its first write: a stale plan, blockers, caps, visibility, guards."""

from collections.abc import Sequence
from typing import Any, cast

from ticketferry.apply.preflight import GuardState
from ticketferry.errors import ConfigError, StalePlanError, UsageError, WaitingError
from ticketferry.mapping.augmented import without
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.changes import tickets_to_make
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.inputs import Inputs
from ticketferry.project.cut_over import owned_phases
from ticketferry.project.project import Project
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record, canonical, digest
from ticketferry.sdk.contract import Outcome, Target

__all__ = [
    "refuse_blockers",
    "refuse_caps",
    "refuse_catalog",
    "refuse_cut_over",
    "refuse_guards",
    "refuse_stale",
    "refuse_visible",
    "refuse_written",
]


_OURS = ("the mapping", "the decisions")
"""Inputs that a person of this folder can put back."""


def refuse_stale(project: Project, plan: PlanFile, planned: Inputs, now: Inputs, *, begun: bool) -> None:
    """Raise StalePlanError where what the plan was made from is not what it was; once `begun`, names alone count."""
    names, current = planned.names(), now.names()
    for name, value in names.items():
        if current[name] != value:
            back = "Put it back as it was, or make" if name in _OURS else "Make"
            raise StalePlanError(
                f"{name} changed since {plan.id} was made",
                where=plan.id,
                remedy=f"{back} a new plan: `ticketferry plan`.",
            )
    if begun:
        return
    for role, number, name in (
        ("source", planned.source_snapshot, "the source snapshot"),
        ("target", planned.target_snapshot, "the target snapshot"),
    ):
        latest = project.snapshots(role).latest()
        digest = planned.source if role == "source" else planned.target
        if latest is not None and latest.number != number and latest.digest != digest:
            raise StalePlanError(
                f"{name} changed since {plan.id} was made",
                where=plan.id,
                remedy="Make a new plan: `ticketferry plan`.",
            )


def refuse_written(project: Project, plan: PlanFile, inputs: Inputs) -> None:
    """Refuse a plan that would make tickets which another one has brought since: they would be there twice."""
    if project.idmap.sequence() == inputs.idmap:
        return
    for root in tickets_to_make(plan):
        if project.idmap.get(root) is not None:
            raise StalePlanError(
                f"{root} was brought by another plan since {plan.id} was made",
                where=plan.id,
                remedy="Make a new plan: `ticketferry plan`.",
            )


def refuse_cut_over(project: Project, plan: PlanFile) -> None:
    """Refuse a plan of before a cut-over: it may overwrite what people of the new desk work on since."""
    planned, now = frozenset(plan.header.get("owned", ())), owned_phases(project)
    if planned != now:
        phases = ", ".join(sorted(planned ^ now))
        raise StalePlanError(
            f"{phases} was cut over, or fallen back from, since {plan.id} was made",
            where=plan.id,
            remedy="Make a new plan: `ticketferry plan`.",
        )


REMEDIES = 5
"""Remedies that are told at once; the list of findings has all."""


def refuse_blockers(plan: PlanFile) -> None:
    """Raise ConfigError where the plan has findings that forbid an apply."""
    blockers = plan.blockers()
    if blockers:
        lines = [f"{item.code} {item.subject or ''} {item.message}" for item in blockers[:20]]
        if len(blockers) > len(lines):
            lines.append(
                f"and {len(blockers) - len(lines)} more: `ticketferry plan show {plan.id} --findings`"
            )
        remedies = list(dict.fromkeys(item.remedy for item in blockers if item.remedy))[:REMEDIES]
        raise ConfigError(
            f"{len(blockers)} finding{' forbids' if len(blockers) == 1 else 's forbid'} an apply of {plan.id}:\n  "
            + "\n  ".join(lines),
            remedy="\n".join([*remedies, "Then make a new plan: `ticketferry plan`."]),
        )


def refuse_caps(plan: PlanFile, caps: dict[str, int]) -> None:
    """Raise UsageError where the plan makes, changes or deletes more than allowed."""
    counts: dict[str, int] = {}
    for outcomes in plan.outcomes().values():
        for outcome, count in outcomes.items():
            counts[outcome] = counts.get(outcome, 0) + count
    deletes = counts.get(Outcome.GONE.value, 0) if plan.header["kind"] == "rollback" else 0
    planned = {
        "creates": counts.get(Outcome.CREATE.value, 0),
        "updates": counts.get(Outcome.UPDATE.value, 0),
        "deletes": deletes,
    }
    for name, most in caps.items():
        if planned[name] > most:
            raise UsageError(
                f"the plan has {planned[name]} {name}, and --max-{name} allows {most}",
                where=plan.id,
                remedy="Nothing was written.",
            )


def refuse_catalog(target: Target, plan: PlanFile, planning: PlanContext, *, begun: bool) -> None:
    """Raise StalePlanError where what the target defines is not what it was when the plan was made."""
    fresh = target.catalog()
    old = cast("Record", planning.read_catalog)
    planning.read_catalog = fresh
    if plan.header["kind"] == "rollback" and any(plan.changes("kind = 'definition'")):
        return  # it takes away what it lists itself, by id
    # A run that was killed may have made an entry without noting it: once begun, all that the plan makes may be there.
    catalog = _as_before(plan, planning, old, cast("Record", fresh)) if begun else cast("Record", fresh)
    if digest(catalog).hex() == plan.header["inputs"]["catalog"]:
        return
    parts = [
        key
        for key in sorted(old.keys() | catalog.keys())
        if canonical(old.get(key)) != canonical(catalog.get(key))
    ]
    raise StalePlanError(
        f"the target's catalog changed since {plan.id} was made: {', '.join(parts)}",
        where=plan.id,
        remedy="Make a new plan: `ticketferry plan`.",
    )


def _as_before(plan: PlanFile, planning: PlanContext, old: Record, fresh: Record) -> Record:
    """Return the catalog without what the plan makes: fields, options, statuses and groups, and what is kept beside by their ids."""
    catalog = dict(cast("Record", without(cast("Catalog", fresh), list(planning.definitions.values()))))
    if catalog.get("groups"):
        known = {row["name"] for row in old.get("groups", ())}
        ours = {change.title for change in plan.changes("kind = 'group' AND outcome = 'create'")} - known
        catalog["groups"] = [row for row in catalog["groups"] if row["name"] not in ours]
    made = {
        row["id"]
        for key in ("fields", "statuses", "groups")
        for row in fresh.get(key, ())
        if row["id"] not in {left["id"] for left in catalog.get(key, ())}
    }
    native, before = catalog.get("native"), cast("Record", old.get("native") or {})
    if isinstance(native, dict):
        catalog["native"] = {key: _rows_before(value, before.get(key), made) for key, value in native.items()}
    return catalog


def _rows_before(table: Any, before: Any, made: set[Any]) -> Any:
    """Return a table of native facts without the rows of what was made, and without names (of tags, say) that are new."""
    if not isinstance(table, dict):
        return table
    known = before if isinstance(before, dict) else {}
    return {
        id_: row
        for id_, row in table.items()
        if id_ not in made and (id_ in known or not isinstance(row, str) or not isinstance(before, dict))
    }


def refuse_guards(
    states: Sequence[GuardState], allow_notify: Sequence[str], *, written: bool = False
) -> None:
    """Raise WaitingError where something could still notify people. `written`: a run that has begun is stopped by it."""
    open_ = [state for state in states if not state.proved and not set(state.endpoints) <= set(allow_notify)]
    if not open_:
        return
    lines = [f"{state.guard.code}: {state.guard.title} ({state.evidence})" for state in open_]
    person = [state.guard.code for state in open_ if state.guard.proof == "person"]
    steps = [state.guard.remedy for state in open_ if state.guard.remedy]
    confirm = [f"ticketferry preflight confirm {code} --by NAME" for code in person]
    what = f"{len(open_)} things could still notify people"
    if written:
        what += ", though they did not when the run began: it stopped"
    done = "What was done is kept. " if written else "Nothing was written. "
    again = ["Then run the same command again: it goes on."] if written else []
    raise WaitingError(
        f"{what}:\n  " + "\n  ".join(lines),
        remedy="\n  ".join([done + " ".join(steps), *confirm, *again]),
    )


def refuse_visible(plan: PlanFile) -> None:
    """Raise WaitingError where tickets would become visible to more people than today."""
    figures = plan.header.get("figures", {})
    tickets, people = figures.get("newly visible", 0), figures.get("members of more", 0)
    if plan.header["kind"] != "apply" or not (tickets or people):
        return
    parts = []
    if tickets:
        parts.append(
            f"{tickets} ticket{'' if tickets == 1 else 's'} would become visible to more people than today"
        )
    if people:
        parts.append(
            f"{people} {'person' if people == 1 else 'people'} would become members of an organization that others there belong to"
        )
    raise WaitingError(
        "; ".join(parts),
        where=plan.id,
        remedy="`ticketferry plan show --visible` names them; change the mapping, or say --allow-visible.",
    )
