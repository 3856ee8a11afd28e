"""Figures of migration.yaml: `kpi:` and `health:` (how key figures are counted, how far the new desk may be from the old one), `pace:`, `workers:`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from ticketferry.kpi.health import BOUNDED, Bound, parse_bound
from ticketferry.kpi.hours import BusinessHours, parse_hours
from ticketferry.kpi.measures import DEFAULT_DEFINITION, DEFINITIONS
from ticketferry.mapping.yaml_document import Document
from ticketferry.plan.workforce import MOST_WORKERS

__all__ = ["AUTO", "HealthConfig", "KpiConfig", "read_health", "read_kpi", "read_share", "read_workers"]

AUTO = "auto"
"""As many workers as turn out to help."""


@dataclass(frozen=True, slots=True)
class KpiConfig:
    """How key figures are counted: by which definition, in which business hours beside calendar time."""

    definition: str = DEFAULT_DEFINITION
    hours: BusinessHours | None = None


@dataclass(frozen=True, slots=True)
class HealthConfig:
    """When the cut-over was (UTC; None: when the last apply ended), and the most that each sign may be."""

    since: date | None = None
    bounds: Mapping[str, Bound] = field(default_factory=dict)


def read_kpi(data: Any, document: Document) -> KpiConfig:
    """Read `kpi:`; what is wrong is noted in the document."""
    if data is None:
        return KpiConfig()
    if not _mapping(data, ("kpi",), "{definition: stage, hours: {zone: …, mon-fri: 9:00-17:00}}", document):
        return KpiConfig()
    _refuse_others(data, ("definition", "hours"), ("kpi",), document)
    definition = str(data.get("definition", DEFAULT_DEFINITION))
    if definition not in DEFINITIONS:
        document.complain(
            ("kpi", "definition"), f"`{definition}` is no definition; there are {', '.join(DEFINITIONS)}"
        )
    hours = None
    if "hours" in data:
        hours = parse_hours(
            data["hours"], lambda place, text: document.complain(("kpi", "hours", *place), text)
        )
    return KpiConfig(definition, hours)


def read_health(data: Any, document: Document) -> HealthConfig:
    """Read `health:`; what is wrong is noted in the document."""
    if data is None:
        return HealthConfig()
    if not _mapping(data, ("health",), "{since: 2026-11-30, bounds: {reopened: 1.5x}}", document):
        return HealthConfig()
    _refuse_others(data, ("since", "bounds"), ("health",), document)
    since: date | None = None
    if "since" in data:
        try:
            since = date.fromisoformat(str(data["since"]))
        except ValueError:
            document.complain(
                ("health", "since"), f"`{data['since']}` is no day; it is written 2026-11-30 (UTC)"
            )
    given = data.get("bounds") or {}
    bounds: dict[str, Bound] = {}
    if _mapping(given, ("health", "bounds"), "{reopened: 1.5x, untriaged: 5%}", document):
        _refuse_others(given, BOUNDED, ("health", "bounds"), document)
        for name in BOUNDED:
            if name not in given:
                continue
            bound = parse_bound(name, str(given[name]))
            if bound is None:
                forms = "a time, as in `4h`" if name == "first_response" else "a share, as in `5%`"
                document.complain(
                    ("health", "bounds", name),
                    f"`{given[name]}` is no bound of `{name}`: it is {forms}, or so many times the baseline, as in `1.5x`",
                )
            else:
                bounds[name] = bound
    return HealthConfig(since, bounds)


def _mapping(data: Any, path: tuple[str, ...], written: str, document: Document) -> bool:
    if isinstance(data, dict):
        return True
    document.complain(path, f"`{'.'.join(path)}` is written {written}")
    return False


def _refuse_others(
    data: Mapping[str, Any], known: tuple[str, ...], path: tuple[str, ...], document: Document
) -> None:
    for name in data:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(known)}"
            document.complain((*path, name), f"unknown key `{name}`{hint}")


def read_share(pace: Any, place: tuple[str, ...], document: Document) -> float:
    """Read `pace:`, the part of the desks' limits that may be used; what is wrong is noted in the document under `place`."""
    if pace is None:
        return 1.0
    if not isinstance(pace, dict):
        document.complain(place, "`pace` is written {share: 0.7}")
        return 1.0
    for name in pace:
        if name != "share":
            document.complain((*place, name), f"`pace.{name}` is not supported by this version")
    try:
        share = float(pace.get("share", "1"))
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:
        document.complain((*place, "share"), "`pace.share` must be above 0 and at most 1")
        return 1.0
    return share


def read_workers(value: Any, place: tuple[str, ...], document: Document) -> int:
    """Read `workers:`, 0 for `auto`; what is wrong is noted in the document under `place`."""
    if value == AUTO:
        return 0
    try:
        workers = int(value)
    except (TypeError, ValueError):
        workers = 0
    if not 1 <= workers <= MOST_WORKERS:
        document.complain(place, f"`workers` must be `auto` or a whole number from 1 to {MOST_WORKERS}")
        return 1
    return workers
