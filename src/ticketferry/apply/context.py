"""What a run works with: one plan, the desk that it is applied to, and what the folder keeps of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ticketferry.apply.read_back import read_current
from ticketferry.plan.context import PlanContext
from ticketferry.plan.file.reader import PlanFile
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Ref
from ticketferry.sdk.contract import Connector, Endpoint, Target
from ticketferry.sdk.pacing import Clock
from ticketferry.store.idmap import IdMap
from ticketferry.store.journal import Journal
from ticketferry.store.workspace import Workspace

__all__ = ["ApplyContext"]


@dataclass(frozen=True)
class ApplyContext:
    """Open handles of one run, for all its threads. `planning` is what the plan was made from, `journal` that of the plan."""

    plan: PlanFile
    target: Target
    connector: Connector
    planning: PlanContext
    workspace: Workspace
    journal: Journal
    clock: Clock

    @property
    def idmap(self) -> IdMap:
        """Return the id map."""
        return self.planning.idmap

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Return the target's writes by name."""
        return {endpoint.name: endpoint for endpoint in self.target.endpoints}

    @property
    def undoing(self) -> bool:
        """Tell whether the plan takes another one back."""
        return self.plan.header.get("kind") == "rollback"

    def read(
        self, roots: Sequence[tuple[Ref, str]], *, expected: bool = True, whole: bool = False
    ) -> dict[Ref, Record | None]:
        """Fetch roots (source ref, target id) as `read_current` does."""
        return read_current(
            self.target, self.connector, self.planning, roots, self.clock, expected=expected, whole=whole
        )
