"""What compiled rules share: the setup they are compiled against, and the case they work on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from ticketferry.mapping.codes import Findings
from ticketferry.mapping.condition_values import Subject, SubjectKind
from ticketferry.mapping.conditions import Check, compile_condition, text_of
from ticketferry.mapping.groups import TargetGroups
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import TAGS, Rules
from ticketferry.mapping.result import Lookups, MapFate
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog, FieldDef
from ticketferry.schema.records import Record
from ticketferry.sdk.features import Feature
from ticketferry.sdk.trace import join_path

__all__ = ["SYSTEM_TARGETS", "Claim", "Rule", "Setup", "Work", "keep", "to"]

SYSTEM_TARGETS = {"due": "due", "due date": "due"}
"""Names of `to` that mean a ticket's own field."""


class Claim(NamedTuple):
    """What stands at a place of the target: the value, the leaves of the ticket that it came from, and the rule that put it there."""

    value: Any
    leaves: tuple[str, ...]
    by: str


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
    def zone(self) -> str:
        """Time zone of the source desk, as far as it tells one; empty where not."""
        return str(self.source.get("native", {}).get("time_zone") or "")

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
    def status_keys(self) -> dict[str, str]:
        """Key of `status:` in small letters -> the key."""
        return {key.casefold(): key for key in self.rules.status}

    @cached_property
    def categories(self) -> dict[str, list[str]]:
        """Status of the source in small letters -> its categories, in small letters."""
        by_name: dict[str, list[str]] = {}
        for row in self.source.get("statuses", ()):
            by_name.setdefault(row["name"].casefold(), []).append(row.get("category", "").casefold())
        return by_name

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

    def makes_tags(self, name: str) -> bool:
        """Tell whether a name of `to` means the tags of a ticket: it does unless the target has a field of that name."""
        return name.casefold() == TAGS and TAGS not in self.target_fields

    def spelt(self, name: str) -> str:
        """Return a target field's name as the catalog spells it."""
        definition = self.target_fields.get(name.casefold())
        return definition["name"] if definition is not None and not self.any else name

    def shown(self, key: str, value: Any) -> str:
        """A source field's value as people read it: the option's name where it has options."""
        text = text_of(value)
        return self.option_names.get(key, {}).get(text, text)


class Work:
    """One case on its way: the source, the desired record as it grows, and the account of its leaves."""

    __slots__ = (
        "case", "claims", "desired", "dropped", "fates", "findings", "head", "id", "kept", "lists", "moved_tags", "needs", "opened", "own_words",
        "people", "refused",
        "restricted", "route", "setup", "subject", "tags", "visible", "whole",
    )  # fmt: skip

    def __init__(
        self,
        case: Record,
        setup: Setup,
        whole: Record | None = None,
        dropped: dict[str, MapFate] | None = None,
        lists: dict[str, list[Any]] | None = None,
    ) -> None:
        self.setup = setup
        self.case = case
        """The ticket without what the mapping drops of it: what rules carry is read from here."""
        self.whole = case if whole is None else whole
        """The ticket as it is: what conditions are asked of."""
        self.dropped: dict[str, MapFate] = {} if dropped is None else dropped
        self.lists: dict[str, list[Any]] = {} if lists is None else lists
        """Lists whose items do not all have one fate, by neutral path."""
        self.id: str = case["ref"].split(":", 2)[2]
        self.head = f"ticket[{self.id}]"
        self.subject = Subject(self.whole, setup.lookups)
        self.desired: Record = {"ref": case["ref"]}
        self.claims: dict[str, Claim] = {}
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
        self.moved_tags: dict[str, MapFate | None] = {}
        """Tags of which a rule made a value of a field -> what became of them; None until that is known."""
        self.opened: str | None = None
        """The comment that became the description."""
        self.own_words: dict[str, tuple[bool, str]] | None = None
        """Ref of a message -> whether customers read it, and its author's own words; None: nobody has asked yet."""
        self.route: Any = None
        self.restricted = False

    def fate(self, key: str, fate: MapFate) -> None:
        """Say what becomes of a leaf of the ticket itself, in this case."""
        self.fates[f"{self.head}.{key}"] = fate

    def items(self, key: str) -> Iterator[tuple[int, Any]]:
        """Yield the items of a list of the ticket that nothing drops, with their places in the list as it is."""
        path = f"{self.head}.{key}"
        if path not in self.dropped:
            for index, item in enumerate(self.whole.get(key) or ()):
                if f"{path}[{index}]" not in self.dropped:
                    yield index, item

    def settle(self, key: str) -> None:
        """Sum up what became of a list's items for whoever asks for the list as a whole (traces need not know the index).

        Where the items fared differently, those that are not dropped are kept beside: nothing that is asked for is then missing.
        """
        path = f"{self.head}.{key}"
        items = self.whole.get(key) or ()
        if not items or path in self.dropped:
            return
        base = self.fates[f"ticket[].{key}"]
        fates = [
            self.dropped.get(f"{path}[{index}]") or self.fates.get(f"{path}[{index}]", base)
            for index in range(len(items))
        ]
        stay = [(item, fate) for item, fate in zip(items, fates, strict=True) if fate.action != "drop"]
        if len({(fate.action, fate.to) for fate in fates}) > 1:
            self.lists[path] = list(items)
        if not stay or len({fate.action for _, fate in stay}) == 1:
            candidates = [fate for _, fate in stay] or fates
            self.fate(key, next((fate for fate in candidates if fate.transformed), candidates[0]))
        else:
            self.fate(key, keep(f"{key}: not all of one fate"))
            self.kept[path] = [item for item, _ in stay]

    def put(self, name: str, value: Any, by: str, *leaves: str) -> str:
        """Set a field of the target, spelt as its catalog spells it or as `to` means it, and return its desired path.

        `leaves`: what of the ticket the value came from. What another rule put there before is kept beside.
        """
        own = SYSTEM_TARGETS.get(name.casefold())
        spelt = self.setup.spelt(name)
        place = own or join_path("fields", spelt)
        self.claim(place, value, by, *leaves)
        if own is not None:
            self.desired[own] = value
        else:
            self.desired.setdefault("fields", {})[spelt] = value
        return place

    def claim(self, place: str, value: Any, by: str, *leaves: str) -> None:
        """Note what a place of the target now holds: leaves whose value is lost by that are kept beside and never count as carried."""
        before = self.claims.get(place)
        if before is not None and before.value == value:
            leaves = (*leaves, *(leaf for leaf in before.leaves if leaf not in leaves))
        elif before is not None:
            lost = [leaf for leaf in before.leaves if leaf not in leaves]
            for leaf in before.leaves:
                known = self.fates.get(f"{self.head}.{leaf}")
                if known is None or known.action != "to" or known.to != place:
                    continue
                if leaf in lost:
                    self.fate(leaf, keep(f"{by}: it writes the same place"))
                else:  # it stands there still, as the later rule writes it
                    del self.fates[f"{self.head}.{leaf}"]
            if lost and before.by != "same" and place not in ("group", "brand"):
                self.findings.add("F105", by, f"another rule had written {place}: its value is kept beside")
        self.claims[place] = Claim(value, leaves, by)

    def need(self, ref: str) -> None:
        """Note that the desired record names a person or organization; an account of the target is there."""
        if ":person:" not in ref or ref.split(":", 1)[0] == self.case["ref"].split(":", 1)[0]:
            self.needs[ref] = None

    def refuse(self, code: str, where: str, message: str, remedy: str = "") -> None:
        """Reject the case: it cannot be mapped as the file stands."""
        self.findings.add(code, where, message, remedy)
        self.refused.append(message)


Rule: TypeAlias = Callable[[Work], None]
