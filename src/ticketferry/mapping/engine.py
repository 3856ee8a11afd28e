"""The mapping at work: rules compiled once into closures, one record after the other into what the target should hold."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ticketferry.history.timeline import fold
from ticketferry.mapping import names
from ticketferry.mapping.choices import status_key
from ticketferry.mapping.cleaning import Cleaning
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.dropping import Dropping
from ticketferry.mapping.fields import compile_fields
from ticketferry.mapping.leaving import left_behind
from ticketferry.mapping.links import LinkRules
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.new_values import compile_new_values
from ticketferry.mapping.parts import PartRules
from ticketferry.mapping.people_rules import PeopleRules, person_text
from ticketferry.mapping.phases import Phases, mappings_of_phases
from ticketferry.mapping.places import compile_places, compile_unseen
from ticketferry.mapping.result import Lookups, MapFate, Mapped, fate_of
from ticketferry.mapping.roots import RootRules
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.tags import compile_tags, tag_names
from ticketferry.mapping.text import TextRules
from ticketferry.mapping.ticket_organization import TicketOrganization
from ticketferry.mapping.ticket_people import TicketPeople
from ticketferry.mapping.times import due_value, is_possible
from ticketferry.mapping.work import SYSTEM_TARGETS, Rule, Setup, Work, keep, to
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import REST, Feature
from ticketferry.sdk.trace import join_path, pattern_of
from ticketferry.sdk.values import MisfitError

__all__ = ["Engine"]

_PARTS = {
    "comments": "comment", "events": "event", "attachments": "attachment", "worklogs": "worklog",
    "side_conversations": "side_conversation",
}  # fmt: skip
_ANYTHING = (
    "external_id", "handled_by", "satisfaction", "sla", "public", "created", "updated", "solved", "due", "native", "url", "number",
)  # fmt: skip
_KEPT = "provenance.kept"
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_NO_FATES: Mapping[str, MapFate] = MappingProxyType({})
_DATED = frozenset({"created", "updated", "solved"})
_BESIDE = ("number", "url", "created", "updated", "solved")


class Engine:
    """Maps records of one snapshot. Pure: the same record gives the same result; `now` is the snapshot's time.

    `ways`: what further ways into the target can hold more than its features say, by name; `way`: the one to compile for.
    """

    def __init__(
        self, mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature], lookups: Lookups,
        now: datetime, ways: Mapping[str, frozenset[Feature]] | None = None, way: str = REST,
    ) -> None:  # fmt: skip
        setup = Setup(
            mapping, source, target, features | (ways or {}).get(way, frozenset()), lookups, now, way=way
        )
        self._setup = setup
        self._others = (
            {name: Engine(mapping, source, target, features, lookups, now, ways, name) for name in ways or ()}
            if way == REST
            else {}
        )
        self._people = PeopleRules(setup)
        self._text = TextRules(setup)
        parts = PartRules(setup, self._people, self._text)
        for key in _BESIDE:
            setup.fates[f"ticket[].{key}"] = keep("provenance", f"provenance.{key}")
        self._whole: tuple[str, ...] = ("due",)
        if setup.any:
            self._whole = _ANYTHING
        elif setup.has(Feature.TICKET_TIMES):
            self._whole = ("due", "created", "updated", "solved")
        setup.fates["ticket[].ref"] = keep("identity", "provenance.ref")
        self._due_zone = next(
            (
                rule.tz
                for rule in setup.rules.fields
                if rule.tz
                and list(rule.source) in (["due"], ["due_at"])
                and (rule.to or "").casefold() in SYSTEM_TARGETS
            ),
            None,
        )
        self._rules: list[Rule] = [
            *compile_new_values(setup),
            *names.compile_names(setup),
            *TicketPeople(setup, self._people).rules(),
            TicketOrganization(setup, self._people).write,
            *compile_places(setup),
            *compile_unseen(setup),
            *self._text.rules(),
            self._as_it_is,
            *compile_fields(setup),
            compile_tags(setup),
            *parts.rules(),
            *LinkRules(setup).rules(),
        ]
        self._by_phase: dict[str, Engine] = {
            name: Engine(other, source, target, features, lookups, now, ways)
            for name, other in (mappings_of_phases(mapping) if way == REST else {}).items()
        }
        self._cleaning = Cleaning(setup)
        self._phases = Phases(mapping, lookups, now)
        self._dropping = Dropping(setup)
        self._tag_name = tag_names(setup)
        self._roots = RootRules(setup, self._people)

    @property
    def digest(self) -> str:
        """Digest of the mapping and of every file that it names."""
        return self._setup.mapping.digest

    @property
    def mapping(self) -> MappingFile:
        """The mapping."""
        return self._setup.mapping

    @property
    def setup(self) -> Setup:
        """Return what the rules were compiled against."""
        return self._setup

    def left_of(self, case: Record) -> Record | None:
        """Return what the rules read of a folded ticket, without what is dropped of it and with its tags as the mapping names them;
        None where it is left behind.
        """
        if left_behind(self._setup, self._cleaning, Subject(case, self._setup.lookups)) is not None:
            return None
        subject = Subject(case, self._setup.lookups)
        left = self._dropping.take(self._cleaning.clean(case, subject).record, subject).record
        if left.get("tags"):
            left["tags"] = list(dict.fromkeys(name for tag in left["tags"] if (name := self._tag_name(tag))))
        return left

    def cleaned(self, case: Record) -> Record:
        """Return a folded ticket as `clean` and the repair of texts leave it, whether it is moved or not."""
        return dict(self._cleaning.clean(case, Subject(case, self._setup.lookups)).record)

    def status_key(self, status: str) -> str | None:
        """Return the key of `status:` that decides a source status; None where none does."""
        return status_key(self._setup, status)

    def status_of(self, status: str) -> str | None:
        """Return the target's status that a source status becomes, the first of several; None where no rule decides it."""
        if self._setup.any and not self._setup.rules.status:
            return status
        key = status_key(self._setup, status)
        rule = self._setup.rules.status.get(key) if key is not None else None
        return next(iter(rule.names()), None) if rule is not None and rule.to not in REFUSING else None

    def phase_of(self, case: Record) -> str | None:
        """Return the first phase whose `where` takes the ticket; None where none does."""
        return self._phases.of(case)

    def person(self, person: Record, figures: Mapping[str, int] | None = None) -> Mapped:
        """Map a person. `figures`: how many `tickets` they ask in, for `customers: when`; by default as the look-ups count them."""
        return self._roots.person(person, figures)

    def organization(self, organization: Record, figures: Mapping[str, int] | None = None) -> Mapped:
        """Map an organization; `figures` (`tickets`, `users`) as for a person, for `organizations: drop`."""
        return self._roots.organization(organization, figures)

    def placeholder_rule(self, person: Record) -> str:
        """Return by which rule a placeholder is made for somebody without an account; empty where they get an account, or nobody stands for them."""
        choice = self._people.plan_for(self._people.standing.person(person).record)
        return choice.by if choice.kind == "placeholder" else ""

    def shown(self, ref: str) -> tuple[str, ...]:
        """Tell why more people than today see what goes to the account that stands for a person or organization."""
        return self._setup.lookups.match_state(ref).shown

    def group(self, group: Record) -> Mapped:
        """Map a group."""
        return self._roots.group(group)

    def case(
        self, case: Record, *, phase: str | None = None, way: str | None = None, folded: bool = False
    ) -> Mapped:
        """Map a ticket with its parts; parts may come in any order.

        `phase`: the one that it was planned for before; `way`: the one by which it got into the target, or has to;
        `folded`: it is as `history.timeline.fold` gives it.
        """
        case = case if folded else fold(case)
        phase = phase or self.phase_of(case)
        way = way or self._setup.rules.way_of(phase)
        own = self._by_phase.get(phase or "", self)
        mapped = own._others.get(way, own)._mapped(case, phase)  # noqa: SLF001 -- one of its own kind
        mapped.way = way
        return mapped

    def _mapped(self, case: Record, phase: str | None) -> Mapped:
        behind = left_behind(self._setup, self._cleaning, Subject(case, self._setup.lookups))
        if behind is not None:
            by, because = behind
            fates = {
                kind: MapFate("drop", "", False, by)
                for kind in ("ticket[]", *(f"{kind}[]" for kind in _PARTS.values()))
            }
            return Mapped(Outcome.SKIP, None, phase, fates, [], [], because)
        subject = Subject(case, self._setup.lookups)
        cleaned = self._cleaning.clean(case, subject)
        left = self._dropping.take(cleaned.record, subject)
        work = Work(left.record, self._setup, cleaned.record, left.fates, left.lists)
        work.subject = subject
        for rule in self._rules:
            rule(work)
        for reason in work.visible:
            work.findings.add("V601", work.head, reason, "Change the rule, or allow it for this plan.")
        work.fates.update(left.fates)
        self._provenance(work)
        self._cleaning.settle(work, cleaned)
        findings = work.findings.rows()
        if work.refused:
            return Mapped(
                Outcome.REJECT,
                None,
                phase,
                work.fates,
                findings,
                [],
                "; ".join(dict.fromkeys(work.refused)),
                work.visible,
                lists=work.lists,
            )
        record = {key: value for key, value in work.desired.items() if value not in (None, "", [], {})}
        return Mapped(
            Outcome.CREATE,
            record,
            phase,
            work.fates,
            findings,
            list(work.needs),
            "",
            work.visible,
            lists=work.lists,
            made={place: claim.by for place, claim in work.claims.items() if not claim.leaves},
        )

    def _as_it_is(self, work: Work) -> None:
        for key in self._whole:
            value = work.case.get(key)
            if value in (None, "", [], {}):
                continue
            if key == "due" and not self._setup.any:
                self._due(work, value)
            elif key in _DATED and not self._setup.any and not is_possible(self._setup, work, key, value):
                work.fate(key, keep("time"))
            else:
                work.desired[key] = value
                work.claim(key, value, "same", key)
                work.fate(key, to(key, "same"))

    def _due(self, work: Work, value: Any) -> None:
        try:
            new = due_value(self._setup, work, "due", value, self._due_zone)
        except MisfitError as error:
            work.findings.add("F102", "due", f"due: {error}", "It stands beside.")
            work.fate("due", keep("due"))
            return
        work.desired["due"] = new
        work.claim("due", new, "same", "due")
        work.fate("due", to("due", "due" if new != value else "same", transformed=new != value))

    def _provenance(self, work: Work) -> None:
        case = work.case
        beside: dict[str, Any] = {"ref": case["ref"]}
        for key in _BESIDE:
            if case.get(key):
                beside[key] = case[key]
        for key in ("requester", "submitter", "assignee"):
            if case.get(key):
                beside[key] = person_text(self._setup.lookups.record(case[key]), case[key])
        events = work.kept.pop("events", None)
        kept = work.kept | dict(_beside(work))
        if work.people:
            beside["people"] = dict(sorted(work.people.items()))
        if events:
            beside["events"] = events
        if kept:
            beside["kept"] = kept
        work.desired["provenance"] = beside


def _beside(work: Work) -> Iterator[tuple[str, Any]]:
    """Yield every value whose fate says that it is kept, at the highest path below which nothing is carried."""
    fates = work.fates
    own, deeper = _named(fates)
    whole = fates["ticket[]"]
    for key, value in work.case.items():
        if key in _PARTS or value in _NOTHING:
            continue
        if key in deeper and isinstance(value, dict | list):
            yield from _items(fates, f"{work.head}.{key}", value)
            continue
        fate = fates.get(f"{work.head}.{key}") or fates.get(f"ticket[].{key}") or whole
        if fate.action == "keep" and fate.to == _KEPT:
            yield f"{work.head}.{key}", value
    for name, kind in _PARTS.items():
        parts = work.case.get(name)
        if not parts:
            continue
        rest = fates[f"{kind}[]"]
        by_key: dict[str, MapFate | None] = {}
        for part in parts:
            id_ = part["ref"].split(":", 2)[2]
            head = f"{kind}[{id_}]"
            named = own.get(head, _NO_FATES) if "]" not in id_ else _named_oddly(fates, head, part)
            base = named.get("") or rest
            for key, value in part.items():
                if key not in by_key:
                    by_key[key] = fates.get(f"{kind}[].{key}")
                fate = named.get(key) or by_key[key] or base
                if fate.action == "keep" and fate.to == _KEPT and value not in _NOTHING:
                    yield f"{head}.{key}", value


def _named(fates: dict[str, MapFate]) -> tuple[dict[str, dict[str, MapFate]], set[str]]:
    """Return the fates of single parts by head (`comment[7]`) and key, "" for the part itself; and the keys of tickets that have rules below
    them: `fields` of `ticket[12].fields.city`, `satisfaction` of `ticket[].satisfaction.score`.
    """
    own: dict[str, dict[str, MapFate]] = {}
    deeper: set[str] = set()
    for path, fate in fates.items():
        end = path.find("]") + 1
        key = path[end + 1 :]
        if not path.startswith("ticket["):
            own.setdefault(path[:end], {})[key] = fate
            continue
        for sign in (".", "["):
            cut = key.find(sign)
            if cut > 0:
                deeper.add(key[:cut])
    return own, deeper


def _named_oddly(fates: dict[str, MapFate], head: str, part: Record) -> dict[str, MapFate]:
    """Return what `_named` has for a part whose id has a bracket of its own."""
    fates_of_keys = {key: fates.get(f"{head}.{key}") for key in part} | {"": fates.get(head)}
    return {key: fate for key, fate in fates_of_keys.items() if fate is not None}


def _items(
    fates: dict[str, MapFate], path: str, value: dict[str, Any] | list[Any]
) -> Iterator[tuple[str, Any]]:
    """Yield what is kept of a container that has rules for single items."""
    above, pattern = fate_of(fates, path), pattern_of(path)
    start = len(path)
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, int):
            below, like = f"{path}[{step}]", f"{pattern}[]"
        else:
            below = join_path(path, step)
            like = pattern + below[start:]
        fate = fates.get(below) or fates.get(like) or above
        if fate is not None and fate.action == "keep" and fate.to == _KEPT and item not in _NOTHING:
            yield below, item
