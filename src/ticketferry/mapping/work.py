"""What compiled rules share: the setup they are compiled against, and the case they work on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeAlias

from ticketferry.mapping.codes import Findings
from ticketferry.mapping.conditions import Check, Subject, SubjectKind, compile_condition, text_of
from ticketferry.mapping.groups import TargetGroups
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.marks import Path
from ticketferry.mapping.model import Rules
from ticketferry.mapping.result import Lookups, MapFate
from ticketferry.schema.catalog import Catalog, FieldDef
from ticketferry.schema.records import Record
from ticketferry.sdk.features import Feature
from ticketferry.sdk.trace import join_path

__all__ = ["Rule", "Setup", "Work", "keep", "to"]


def to(path: str, by: str, *, transformed: bool = False) -> MapFate:
    """Carried to a desired path."""
    return MapFate("to", path, transformed, by)


def keep(by: str, place: str = "provenance.kept") -> MapFate:
    """Kept in the provenance."""
    return MapFate("keep", place, False, by)


@dataclass
class Setup:
    """Mapping, catalogs and features that rules are compiled against. `fates`: those that hold for every case."""

    mapping: MappingFile
    source: Catalog
    target: Catalog
    features: frozenset[Feature]
    lookups: Lookups
    now: datetime
    fates: dict[str, MapFate] = field(default_factory=dict)
    way: str = "rest"

    @property
    def rules(self) -> Rules:
        """The mapping's sections."""
        return self.mapping.rules

    @cached_property
    def any(self) -> bool:
        """Tell whether the target takes every neutral field under any name."""
        return Feature.ANY_NAME in self.features

    def has(self, feature: Feature) -> bool:
        """Tell whether the target declares a feature."""
        return feature in self.features

    def by(self, label: str, *path: str | int) -> str:
        """A rule as people read it: `fields[3] refund_reason mapping.yaml:53:5`."""
        return f"{label} {self.mapping.at(*path)}"

    def condition(self, data: Any, path: Path, kind: SubjectKind = "ticket") -> Check:
        """Compile a condition that the loader has checked."""
        return compile_condition(data, self.now, lambda _path, _message: None, path, kind)

    @cached_property
    def groups(self) -> TargetGroups:
        """The target's groups."""
        return TargetGroups(self.rules.groups, self.target)

    @cached_property
    def makes_groups(self) -> bool:
        """Tell whether groups that the target lacks are made there."""
        return self.has(Feature.GROUPS) and "groups" in self.rules.catalog.create

    @cached_property
    def option_names(self) -> dict[str, dict[str, str]]:
        """Source field key -> option value -> how people read it."""
        return {
            definition["key"]: {option["value"]: option["name"] for option in definition.get("options", ())}
            for definition in self.source.get("fields", ())
            if definition.get("of", "ticket") == "ticket" and definition.get("options")
        }

    @cached_property
    def target_fields(self) -> dict[str, FieldDef]:
        """Target field name (casefolded) -> definition; a key is known too where no name is the same."""
        tickets = [row for row in self.target.get("fields", ()) if row.get("of", "ticket") == "ticket"]
        by_key = {row["key"].casefold(): row for row in tickets}
        return by_key | {row["name"].casefold(): row for row in reversed(tickets)}

    def shown(self, key: str, value: Any) -> str:
        """A source field's value as people read it: the option's name where it has options."""
        text = text_of(value)
        return self.option_names.get(key, {}).get(text, text)


class Work:
    """One case on its way: the source, the desired record as it grows, and the account of its leaves."""

    __slots__ = (
        "case", "desired", "fates", "findings", "head", "id", "kept", "needs", "opened", "people", "refused", "restricted",
        "route", "subject", "tags", "visible",
    )  # fmt: skip

    def __init__(self, case: Record, setup: Setup) -> None:
        self.case = case
        self.id: str = case["ref"].split(":", 2)[2]
        self.head = f"ticket[{self.id}]"
        self.subject = Subject(case, setup.lookups)
        self.desired: Record = {"ref": case["ref"]}
        self.fates: dict[str, MapFate] = dict(setup.fates)
        self.findings = Findings(case["ref"])
        self.kept: dict[str, Any] = {}
        self.needs: dict[str, None] = {}
        self.people: dict[str, str] = {}
        """Ref -> name of people who do not appear in the desired record, for the provenance."""
        self.refused: list[str] = []
        self.visible: list[str] = []
        self.tags: list[str] = []
        """Tags that rules add."""
        self.opened: str | None = None
        """The comment that became the description."""
        self.route: Any = None
        self.restricted = False

    def fate(self, key: str, fate: MapFate) -> None:
        """Say what becomes of a leaf of the ticket itself, in this case."""
        self.fates[f"{self.head}.{key}"] = fate

    def settle(self, key: str) -> None:
        """Sum up what became of a list's items for whoever asks for the list as a whole (traces need not know the index).

        Where the items fared differently the whole list is kept beside: nothing that is asked for is then missing.
        """
        items = self.case.get(key) or ()
        if not items:
            return
        base = self.fates[f"ticket[].{key}"]
        fates = [self.fates.get(f"{self.head}.{key}[{index}]", base) for index in range(len(items))]
        if len({fate.action for fate in fates}) == 1:
            changed = next((fate for fate in fates if fate.transformed), fates[0])
            self.fate(key, changed)
        else:
            self.fate(key, keep(f"{key}: not all of one fate"))
            self.kept[f"{self.head}.{key}"] = list(items)

    def put(self, name: str, value: Any) -> str:
        """Set a field of the target and return its desired path."""
        self.desired.setdefault("fields", {})[name] = value
        return join_path("fields", name)

    def need(self, ref: str) -> None:
        """Note that the desired record names a person or organization."""
        self.needs[ref] = None

    def refuse(self, code: str, where: str, message: str, remedy: str = "") -> None:
        """Reject the case: it cannot be mapped as the file stands."""
        self.findings.add(code, where, message, remedy)
        self.refused.append(message)


Rule: TypeAlias = Callable[[Work], None]
