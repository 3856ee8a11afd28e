"""What a plan would write, lane by lane and with what is known by now filled in: for the items of a preflight to be judged by."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import cast

from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.lanes import count_lanes, largest_tickets, operations_by_project, ticket_lanes
from ticketferry.plan.file.reader import PlanFile
from ticketferry.plan.file.rows import load_operation, unpack_json
from ticketferry.plan.planner import Planner
from ticketferry.schema.refs import Json, Ref, parse_ref
from ticketferry.sdk.contract import From, Join, Operation, Template
from ticketferry.sdk.preflight import PlannedLane
from ticketferry.sdk.templates import encode

__all__ = ["PlanLanes"]

_KEPT = 50_000
_AGENTS = ("agent", "admin")


class PlanLanes:
    """The writes of one plan. Reads snapshots, id map and plan; asks no desk.

    What is not stored in the plan is compiled again, as apply does it: some hundred tickets a second.
    """

    def __init__(self, plan: PlanFile, planning: PlanContext, clock: Callable[[], float]) -> None:
        self._plan = plan
        self._planning = planning
        self._planner = Planner(planning, plan.id)
        self._clock = clock
        self._slot = lru_cache(_KEPT)(self._look_up)

    @property
    def endpoints(self) -> Mapping[str, int]:
        """Return endpoint -> operations."""
        return self._plan.endpoint_counts()

    @property
    def clock(self) -> Callable[[], float]:
        """Return what tells the time."""
        return self._clock

    def count(self, endpoints: Collection[str]) -> int:
        """Count the tickets with a write of some of the endpoints."""
        return count_lanes(self._plan, endpoints)

    def lanes(self, endpoints: Collection[str], most: int = 0) -> Iterator[PlannedLane]:
        """Yield the tickets with a write of some of the endpoints, in plan order; of more than `most` each so manieth."""
        step = -(-self.count(endpoints) // most) if most else 1
        for number, (root, title, target, route) in enumerate(ticket_lanes(self._plan, endpoints)):
            if number % max(1, step) == 0:
                yield self._lane(parse_ref(root), title, target, route)

    def _lane(self, root: Ref, title: str, target: str, route: tuple[str, ...]) -> PlannedLane:
        id_ = target or self._planning.idmap.get(str(root))
        return PlannedLane(
            root, tuple(self._operations(root)), self._wires(root, id_) if id_ else (), title, route
        )

    def _operations(self, root: Ref) -> Iterator[Operation]:
        rendered: dict[str, Operation] | None = None
        for row in self._plan.operations("root = ?", (str(root),)):
            if row.body is not None:
                operation = load_operation(row, unpack_json(row.body))
            else:
                if rendered is None:
                    rendered = self._planner.render(root)
                if row.key not in rendered:
                    continue  # the source or the mapping is not what it was: apply refuses such a plan
                operation = rendered[row.key]
            yield Operation(
                operation.key,
                operation.subject,
                operation.endpoint,
                cast("Mapping[str, Template]", self._filled(dict(operation.params))),
                self._filled(operation.body),
                operation.lane,
                operation.expect,
            )

    def _wires(self, root: Ref, id_: str) -> tuple[tuple[Ref, Json], ...]:
        target = self._planning.target
        rows = target.root(Ref(target.desk, root.kind, id_), self._planning.inputs.target_snapshot)
        return tuple((Ref(target.desk, row.kind, row.id), row.body()) for row in rows if not row.gone)

    def by_project(self) -> Mapping[tuple[str, str], int]:
        """Count the operations of tickets by endpoint and project."""
        return operations_by_project(self._plan)

    def wire(self, ref: Ref) -> Json:
        """Return what the target's snapshot holds of one of its records, verbatim."""
        target = self._planning.target
        row = target.row(ref.kind, ref.id, self._planning.inputs.target_snapshot)
        return row.body() if row is not None and not row.gone else None

    def agents(self) -> Iterator[tuple[str, Ref]]:
        """Yield (name, account in the target) of the agents of the source who were matched."""
        desk = self._planning.target.desk
        for change in self._plan.changes("kind = 'person'"):
            if change.facts.get("role") not in _AGENTS:
                continue
            id_ = change.target or self._planning.idmap.get(change.root)
            if id_:
                yield change.title, Ref(desk, parse_ref(change.root).kind, id_)

    def largest(self) -> Mapping[str, int]:
        """Return the most comments, attachments and links that one ticket has."""
        return largest_tickets(self._plan)

    def made(self, kind: str) -> int:
        """Count the roots of a kind that the plan makes."""
        return int(self._plan.outcomes().get(kind, {}).get("create", 0))

    # ---- symbolic values

    def _filled(self, template: Template) -> Template:
        """Fill in what is known; what only the apply will tell stays symbolic."""
        if isinstance(template, From):
            value = self._slot(str(template.ref), template.slot)
            return template if value is None else int(value) if template.as_int else value
        if isinstance(template, Join):
            return str(encode(template))
        if isinstance(template, dict):
            return {self._key(key): self._filled(item) for key, item in template.items()}
        if isinstance(template, list):
            return [self._filled(item) for item in template]
        return template

    def _key(self, key: str | From) -> str:
        if not isinstance(key, From):
            return key
        return self._slot(str(key.ref), key.slot) or str(key.ref)

    def _look_up(self, ref: str, slot: str) -> str | None:
        found = self._planning.idmap.get(ref, slot)
        if found is not None or slot != "id":
            return found
        change = self._plan.change(ref)
        return change.target or None if change is not None else None
