"""The ways into the target: what a plan says of those it uses, and what each would keep and cost for the same tickets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ticketferry.mapping.loader import MappingFile
from ticketferry.plan import builder
from ticketferry.plan.estimate import ApplyEstimate, estimate
from ticketferry.plan.inputs import EVERYTHING, Scope
from ticketferry.project.measuring import latency_of
from ticketferry.project.project import Project
from ticketferry.sdk.features import REST

__all__ = ["WayFigures", "compare_ways", "ways_of"]


@dataclass(frozen=True, slots=True)
class WayFigures:
    """What one way does with the tickets that are not in the target yet: sums of the values' ends, rejected tickets, requests, time."""

    name: str
    dispositions: Mapping[str, int]
    rejected: int
    estimate: ApplyEstimate

    def as_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "way": self.name,
            "values": dict(self.dispositions),
            "rejected": self.rejected,
            "estimate": self.estimate.as_json(),
        }


def ways_of(project: Project, mapping: MappingFile, phase: str | None) -> list[dict[str, Any]]:
    """Return, for a plan's header, the ways beside REST that its phases may go, with all that they take for granted."""
    rules = mapping.rules
    names = {rules.way_of(phase)} if phase is not None else {rules.way, *(rule.way for rule in rules.phases)}
    return [
        {
            "name": way.name,
            "title": way.title,
            "assumes": [[item.code, item.text, item.source, item.caught] for item in way.assumes],
        }
        for way in project.config.target.connector.ways
        if way.name in names
    ]


def compare_ways(
    project: Project, scope: Scope = EVERYTHING, *, progress: Callable[[str, int, int | None], None]
) -> list[WayFigures]:
    """Plan the same tickets once for each way, from the snapshots there are; nothing is kept, no desk is asked."""
    ways = (REST, *(way.name for way in project.config.target.connector.ways))
    return [_figures(project, scope, way, progress) for way in ways]


def _figures(
    project: Project, scope: Scope, way: str, progress: Callable[[str, int, int | None], None]
) -> WayFigures:
    with TemporaryDirectory(dir=project.root, prefix=".ways-") as folder:
        plan = builder.build(
            Path(folder) / f"{way}.plan",
            project.opener(scope),
            open_here=lambda: project.planning(scope, way=way),
            scope=scope,
            header={"kind": "apply"},
            progress=progress,
        )
        try:
            known = latency_of(project)
            with project.open_target(offline=True) as target:
                took = estimate(
                    plan,
                    target.limits,
                    latency=known.seconds if known is not None else None,
                    latency_words=known.words if known is not None else "",
                    workers=project.config.workers,
                    share=project.config.share,
                    endpoints=target.endpoints,
                    told=project.budgets_told(),
                    imports_per_hour=max(
                        (item.per_hour for item in project.config.target.connector.ways), default=0
                    ),
                )
            dispositions = {name.value: count for name, count in plan.dispositions().items()}
            rejected = plan.outcomes().get("ticket", {}).get("reject", 0)
            return WayFigures(way, dispositions, rejected, took)
        finally:
            plan.close()
