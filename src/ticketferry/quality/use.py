"""Checks of what a desk defines and hardly uses: fields, options, statuses, groups, forms, brands, tags."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ticketferry.kpi.histories import seconds_of
from ticketferry.quality.check import (
    NUMBERS,
    DeskFacts,
    QualityCheck,
    Remedy,
    TicketLook,
    day,
    listed,
    quoted,
)
from ticketferry.quality.parts import Highest
from ticketferry.schema.counting import counted

__all__ = ["USE_CHECKS"]

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_YEAR = 365 * 86_400
_TAGS = 50_000
_SEPARATORS = re.compile(r"[\s_.-]+")
NO_TICKET = "Nothing of it is moved: only what tickets name, or the mapping itself, is made in the new desk."


class UnusedFields(QualityCheck):
    code = "Q101"
    short = "unused fields"
    title = "custom fields that no ticket has a value in"
    unit = "field"
    why = "A field that nobody fills is asked of every agent, and each one moved must be made and kept in the new desk."
    mends = "Drop them: they are neither made nor kept beside."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._used: set[str] = set()

    def ticket(self, look: TicketLook) -> None:
        for key, value in (look.case.get("fields") or {}).items():
            if value not in _EMPTY:
                self._used.add(key)

    def close(self) -> None:
        fields = [row for row in self.facts.catalog.get("fields", ()) if row.get("of", "ticket") == "ticket"]
        self.of = len(fields)
        for row in fields:
            if row["key"] not in self._used and row["key"] not in self.facts.dropped:
                self.hit(row["name"], row["key"])

    def remedy(self) -> Remedy:
        keys = [key for key in self.names if key not in self.facts.named]
        lines = tuple(
            f"- {{from: {quoted(f'fields.{key}')}, drop: true, because: {quoted('no ticket has a value')}}}"
            for key in keys
        )
        if not lines:
            return Remedy("The mapping's rules read these fields: take the rules out, then drop the fields.")
        return Remedy(self.mends, "fields", lines)


class UnusedOptions(QualityCheck):
    code = "Q102"
    shared = frozenset({"_fields"})
    short = "unused options"
    title = "options of fields that no ticket has chosen"
    unit = "option"
    why = "Choices that nobody takes make lists long, and the others harder to find."
    mends = f"{NO_TICKET} Leave the option out of the field's `values`."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._fields = {
            row["key"]: {option["value"]: option["name"] for option in row.get("options", ())}
            for row in facts.catalog.get("fields", ())
            if row.get("of", "ticket") == "ticket" and row.get("options")
        }
        self._chosen: dict[str, set[str]] = {key: set() for key in self._fields}

    def ticket(self, look: TicketLook) -> None:
        fields = look.case.get("fields")
        if not fields:
            return
        for key, chosen in self._chosen.items():
            value = fields.get(key)
            if value not in _EMPTY:
                chosen.update(str(part) for part in (value if isinstance(value, list) else [value]))

    def close(self) -> None:
        for key, options in self._fields.items():
            chosen = self._chosen[key]
            if not chosen:
                continue  # the field as a whole is told of
            self.of += len(options)
            for value, name in options.items():
                if value not in chosen and name not in chosen and not self.facts.mapped:
                    self.hit(f"{key}: {name}")


class _Unused(QualityCheck):
    """Entries of a catalog that no ticket names."""

    entry: ClassVar[str]
    key: ClassVar[str]

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._used: set[str] = set()

    def ticket(self, look: TicketLook) -> None:
        value = look.case.get(self.key)
        if value:
            self._used.add(str(value))

    def entries(self) -> Iterable[Mapping[str, Any]]:
        found: Any = self.facts.catalog.get(self.entry, ())
        return [row for row in found if row.get("active", True)]

    def close(self) -> None:
        rows = list(self.entries())
        self.of = len(rows)
        if not self.facts.mapped:
            for row in rows:
                if not self.used(row):
                    self.hit(row["name"])

    def used(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a ticket names an entry, by its name or its id."""
        return row["name"] in self._used or str(row["id"]) in self._used


class UnusedStatuses(_Unused):
    code = "Q103"
    short = "unused statuses"
    title = "statuses that no ticket is in or ever was"
    unit = "status"
    entry = "statuses"
    key = "status"
    why = "A status that nobody uses blurs what the others mean."
    source = "the histories that the desk gives"
    mends = "Map it like its neighbours in `status:` (every status wants a decision), or switch it off in the old desk and read it again."

    def ticket(self, look: TicketLook) -> None:
        super().ticket(look)
        for event in look.case.get("events") or ():
            if event.get("field") == "status":
                self._used.update(
                    str(value).casefold() for value in (event.get("before"), event.get("after")) if value
                )

    def used(self, row: Mapping[str, Any]) -> bool:
        exits = ("deleted", "merged", "spam", "suspended")
        names = (row["name"], str(row["id"]), row["name"].casefold(), str(row["id"]).casefold())
        return row.get("stage") in exits or any(name in self._used for name in names)


class UnusedGroups(_Unused):
    code = "Q104"
    short = "unused groups"
    title = "groups that no ticket is in"
    unit = "group"
    key = "group"
    why = "Groups that get no tickets are left over from teams that are gone."
    mends = f"{NO_TICKET} Members' permissions of such a group are yours to look at."

    def entries(self) -> Iterable[Mapping[str, Any]]:
        return [{"id": ref, "name": name} for ref, name in self.facts.groups.items()]


class UnusedForms(_Unused):
    code = "Q105"
    short = "unused forms"
    title = "forms that no ticket came in by"
    unit = "form"
    entry = "forms"
    key = "form"
    why = "Customers see forms; one that nobody takes hides the one they look for."
    mends = f"{NO_TICKET} Offer no request type for it."


class UnusedBrands(_Unused):
    code = "Q106"
    short = "unused brands"
    title = "brands that no ticket belongs to"
    unit = "brand"
    entry = "brands"
    key = "brand"
    why = "A brand without tickets is a trial or has ended."
    mends = f"{NO_TICKET} Its addresses and help center are yours to end."


class _Tags(QualityCheck):
    """Counts tags, up to `_TAGS` different ones."""

    unit = "tag"

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._tags: Counter[str] = Counter()

    def ticket(self, look: TicketLook) -> None:
        for tag in look.case.get("tags") or ():
            if isinstance(tag, str) and (tag in self._tags or len(self._tags) < _TAGS):
                self._tags[tag] += 1

    def alike(self) -> dict[str, list[str]]:
        """Return tags that differ by capitals and separators only: the most frequent -> the others."""
        heaps: dict[str, list[str]] = {}
        for tag in self._tags:
            heaps.setdefault(_SEPARATORS.sub("", tag.casefold()) or tag, []).append(tag)
        found = {}
        for heap in heaps.values():
            if len(heap) > 1:
                first, *others = sorted(heap, key=lambda tag: (-self._tags[tag], tag))
                found[first] = others
        return found


class RareTags(_Tags):
    code = "Q107"
    short = "tags used once"
    title = "tags that stand on a single ticket"
    why = "A tag that stands on one ticket groups nothing; lists of tags grow until nobody trusts them."
    mends = "Drop them."

    def close(self) -> None:
        self.of = len(self._tags)
        similar = {tag for first, others in self.alike().items() for tag in (first, *others)}
        chosen = {
            option["value"]
            for row in self.facts.catalog.get("fields", ())
            for option in row.get("options", ())
        }
        for tag, tickets in sorted(self._tags.items()):
            if tickets == 1 and tag not in similar and tag not in chosen and not set(tag) & set("*?["):
                self.hit(tag, tag)

    def remedy(self) -> Remedy:
        because = quoted(f"on one ticket each, by {day(self.facts.as_of)}")
        return Remedy(self.mends, "tags", (f"drop: {listed(self.names)}", f"because: {because}"))


class AlikeTags(_Tags):
    code = "Q108"
    short = "tags spelt twice"
    title = "tags that differ by capitals, blanks, dots or dashes only"
    why = "Views and automations that ask for one spelling miss the tickets of the others."
    mends = "Make them one: the most frequent spelling stays."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._merges: dict[str, list[str]] = {}

    def close(self) -> None:
        self.of = len(self._tags)
        for first, others in sorted(self.alike().items()):
            # To the mapping capitals make no tag another one: where only they differ, one line takes all.
            apart = list(
                {tag.casefold(): tag for tag in others if tag.casefold() != first.casefold()}.values()
            )
            self.hit(f"{first}: {', '.join(others)}", count=len(others))
            if len(self._merges) < NUMBERS:
                same = next((tag for tag in others if tag.casefold() == first.casefold()), None)
                self._merges[first] = apart + ([same] if same else [])

    def remedy(self) -> Remedy:
        rows = ", ".join(f"{quoted(first)}: {listed(others)}" for first, others in self._merges.items())
        return Remedy(self.mends, "tags", (f"merge: {{{rows}}}",))


class DeadStatuses(QualityCheck):
    code = "Q109"
    short = "dead statuses"
    title = "statuses that no ticket has come into for a year"
    unit = "status"
    why = "What was once a step of the work is none any more; tickets that still stand there were forgotten."
    source = "the histories that the desk gives"
    mends = "Map it in `status:` to the step that took its place, and look at the tickets that stand there."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._last: dict[str, Highest] = {}
        self._now: Counter[str] = Counter()

    def ticket(self, look: TicketLook) -> None:
        case = look.case
        status = str(case.get("status") or "").casefold()
        self._now[status] += 1
        try:
            self._came(status, seconds_of(case["created"]) if not case.get("events") else 0)
            for event in case.get("events") or ():
                if event.get("field") == "status" and event.get("after"):
                    self._came(str(event["after"]).casefold(), seconds_of(event["time"]))
        except (ValueError, KeyError):
            return

    def _came(self, status: str, at: int) -> None:
        self._last.setdefault(status, Highest()).see(at)

    def close(self) -> None:
        rows = [row for row in self.facts.catalog.get("statuses", ()) if row.get("active", True)]
        self.of = len(rows)
        for row in rows:
            names = {row["name"].casefold(), str(row["id"]).casefold()}
            last = max((self._last[name].value for name in names if name in self._last), default=0)
            if 0 < last < self.facts.as_of - _YEAR and row.get("stage") not in (
                "closed",
                "deleted",
                "merged",
                "spam",
                "suspended",
            ):
                if self.facts.mapped and self._replaced(row):
                    continue
                now = sum(self._now[name] for name in names)
                self.hit(f"{row['name']} (last {day(last)}, {counted(now, 'ticket')} there)")

    def _replaced(self, row: Mapping[str, Any]) -> bool:
        """Tell whether the mapping turns a status into one that others become too."""
        mine = self.facts.target_status(row["name"])
        others = [other for other in self.facts.catalog.get("statuses", ()) if other["name"] != row["name"]]
        return mine is not None and any(
            (their := self.facts.target_status(other["name"])) is not None and their[1] == mine[1]
            for other in others
        )


class ManyStatuses(QualityCheck):
    code = "Q110"
    short = "statuses to fold"
    title = "statuses that could fall together with a neighbour"
    unit = "status"
    why = "Few enough to be used consistently, specific enough to be trusted: a status that holds under a tenth of the tickets of its stage is mostly chosen by chance."
    source = "stages of the neutral life cycle; a stage is looked at where three or more of its statuses hold tickets"
    mends = "Let them become what the most used status of their stage becomes."

    def __init__(self, facts: DeskFacts) -> None:
        super().__init__(facts)
        self._tickets: Counter[str] = Counter()
        self._folds: list[tuple[str, str, int]] = []

    def ticket(self, look: TicketLook) -> None:
        self._tickets[str(look.case.get("status") or "")] += 1

    def close(self) -> None:
        stages: dict[str, Counter[str]] = {}
        spoken = {}
        for row in self.facts.catalog.get("statuses", ()):
            name = row["name"]
            tickets = self._tickets[name] or self._tickets[str(row["id"])]
            if tickets and row.get("stage") not in ("deleted", "merged", "spam", "suspended"):
                target = self.facts.target_status(name) if self.facts.mapped else None
                shown = target[1] if target else name
                stages.setdefault(str(row["stage"]), Counter())[shown] += tickets
                spoken[shown] = name
        self.of = sum(len(heap) for heap in stages.values())
        for stage, heap in sorted(stages.items()):
            if len(heap) < 3:
                continue
            (first, _), *_others = heap.most_common(1)
            whole = sum(heap.values())
            for name, tickets in sorted(heap.items()):
                if name != first and tickets * 10 < whole:
                    self._folds.append((spoken[name], spoken[first], tickets))
                    self.hit(f"{name} with {first} ({stage.replace('_', ' ')}, {counted(tickets, 'ticket')})")
        affected = sum(tickets for _, _, tickets in self._folds)
        self.detail = f"{counted(affected, 'ticket')} affected"

    def remedy(self) -> Remedy:
        lines = []
        for name, first, _ in self._folds:
            mine, theirs = self.facts.target_status(name), self.facts.target_status(first)
            if theirs is not None:
                key = name if mine is None or mine[0] == "*" else mine[0]
                lines.append(f"{quoted(key)}: {quoted(theirs[1])}")
        if not lines:
            return Remedy(f"{self.mends} With a mapping the lines for it stand here.")
        return Remedy(self.mends, "status", tuple(lines), replaces=True)


USE_CHECKS: tuple[type[QualityCheck], ...] = (
    UnusedFields, UnusedOptions, UnusedStatuses, UnusedGroups, UnusedForms, UnusedBrands, RareTags, AlikeTags, DeadStatuses,
    ManyStatuses,
)  # fmt: skip
