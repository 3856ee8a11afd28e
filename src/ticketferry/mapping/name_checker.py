"""Names that a mapping writes, held against those that both desks have; what does not hold is gathered."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.codes import finding
from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import Choice
from ticketferry.mapping.near import near
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.features import Feature

__all__ = ["KnownNames", "NameChecker", "listed", "names_of", "yaml_key"]


class KnownNames(NamedTuple):
    """Names of one kind that a desk has."""

    what: str
    names: list[str]


class NameChecker:
    """A mapping with both catalogs, and what was found of it so far."""

    def __init__(
        self, mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature],
        affected: AffectedTickets | None = None,
    ) -> None:  # fmt: skip
        self.found: list[Finding] = []
        self.mapping = mapping
        self.rules = mapping.rules
        self.source = source
        self.target = target
        self.features = features
        self.affected = affected
        """How many tickets a place of the mapping decides, where they were counted."""
        self.any = Feature.ANY_NAME in features
        self.setup = Setup(mapping, source, target, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))

    def say(self, code: str, path: Path, message: str, remedy: str = "") -> None:
        """Note a finding at a place of the mapping."""
        self.found.append(finding(code, None, self.mapping.at(*path), message, remedy))

    def tickets_at(self, path: Path) -> str:
        """Return for how many tickets a place decides, as words behind a message; empty where nobody counted."""
        return _in_tickets(self.affected(path) if self.affected is not None else None)

    def tickets_of(self, section: str, *names: str) -> str:
        """Return how many tickets have one of these names, as words behind a message."""
        return _in_tickets(self.affected.named(section, *names) if self.affected is not None else None)

    def tickets_with(self, field: str, *options: str) -> str:
        """Return how many tickets have one of these options of a field, as words behind a message."""
        if self.affected is None:
            return _in_tickets(None)
        return _in_tickets(self.affected.chosen(field, *options))

    def info(self, path: Path, message: str) -> None:
        """Note something that is as it should be, and that a person should know."""
        made = finding("S204", None, self.mapping.at(*path), message)
        self.found.append(Finding(made.code, Severity.INFO, None, made.where, message))

    def must(self, path: Path, name: str | None, known: KnownNames) -> None:
        """Complain of a name that the target does not have; a target whose catalog says nothing of the kind is not asked."""
        if (
            name is None
            or self.any
            or "{{" in name
            or name == UNDECIDED
            or not known.names
            or name in known.names
        ):
            return
        guess = near(name, known.names, 0.5)
        hint = (
            f"did you mean `{guess}`?"
            if guess
            else "it has " + ", ".join(f"`{each}`" for each in sorted(known.names)[:12])
        )
        tickets = self.tickets_at(path)
        page = self.page(known.what)
        self.say(
            "S205",
            path,
            f"the target has no {known.what} `{name}`{tickets}: {hint}",
            f"Correct the name, or create it in the target{f': {page}' if page else '.'}",
        )

    def page(self, what: str) -> str:
        """Return where in the target an administrator makes a kind of entry (`request type in SUP`); an empty text where nobody says."""
        kind, _, place = what.partition(" in ")
        address = self.target.get("admin", {}).get(kind.partition(" of ")[0], "")
        routed = next((key for route in self.rules.route for key in route.project.names()), "")
        return address.replace("{project}", place.partition(" or ")[0] or routed)

    def source_name(self, path: Path, name: str, known: KnownNames) -> None:
        """Complain of a name that the source does not have."""
        if known.names and name.casefold() not in {each.casefold() for each in known.names}:
            like = near(name, known.names, 0.5)
            hint = f": did you mean `{like}`?" if like else ""
            self.say("S206", path, f"the source has no {known.what} `{name}`{hint}")

    def has(self, *path: str | int) -> bool:
        """Tell whether the mapping writes something at a place."""
        return path in self.mapping.document.places

    def choice(
        self, path: Path, rule: Choice | None, known: KnownNames, what: str = "", *, optional: bool = False
    ) -> None:
        """Complain of names that the target does not have, of a field that the source does not have, and of values of it that are not decided.

        `what`: what the rule decides; `optional`: a ticket can do without.
        """
        if rule is None:
            return
        if rule.to not in REFUSING:
            self.must((*path, "to") if self.has(*path, "to") else path, rule.to, known)
        for key, name in rule.values.items():
            if name not in REFUSING:
                self.must((*path, "values", key), name, known)
        for word, given in (("missing", rule.missing), ("else", rule.otherwise)):
            if given not in REFUSING:
                self.must((*path, word), given, known)
        if rule.by is not None:
            self.decider(path, rule, what or known.what, optional=optional)

    def _deciding_field(self, path: Path, key: str, keys: list[str]) -> None:
        """A field that the source does not have decides nothing: where it looks like a typing error that stops, whatever `missing` says."""
        if not keys or key in keys:
            return
        like = near(key, keys)
        hint = f": did you mean `{like}`?" if like else ""
        weight = Severity.BLOCKER if like else Severity.DOUBT
        message = f"the source has no field `{key}`{hint}"
        remedy = "Correct the name: what decides by a field that nobody has gives every ticket the same."
        self.found.append(Finding("S206", weight, None, self.mapping.at(*path), message, remedy))

    def decider(self, path: Path, rule: Choice, what: str, *, optional: bool) -> None:
        """Complain of the field that decides, where the source does not have it, and of values of it that nothing decides."""
        by = rule.by or ""
        key = by.removeprefix("fields.")
        rows = [row for row in self.source.get("fields", ()) if row.get("of", "ticket") == "ticket"]
        if key != by:
            self._deciding_field((*path, "by"), key, [row["key"] for row in rows])
        if optional or "*" in rule.values:
            return
        folded = {value.casefold() for value in rule.values}
        options = self.setup.option_names.get(key, {}) if key != by else {}
        for option, shown in options.items():
            if option.casefold() not in folded and shown.casefold() not in folded:
                self.say(
                    "S201", (*path, "values"), f"option `{option}` of {by} is not decided for {what}",
                    f'Add `{yaml_key(option)}: NAME`, or `"*": NAME`.',
                )  # fmt: skip
        if rule.missing is None:
            message = f"a ticket without {by} has no {what} and is rejected"
            made = finding(
                "S201", None, self.mapping.at(*path), message, 'Add `missing: NAME`, or `"*": NAME` to `values`.'
            )  # fmt: skip
            self.found.append(Finding(made.code, Severity.DOUBT, None, made.where, message, made.remedy))


def _in_tickets(count: int | None) -> str:
    return "" if count is None else f" ({count:,} ticket{'' if count == 1 else 's'})"


def names_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of what is active in a catalog, each once."""
    return list(dict.fromkeys(row["name"] for row in rows if row.get("active", True)))


def listed(names: list[str]) -> str:
    """Return two names or more as people list them."""
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def yaml_key(name: str) -> str:
    """Return a name as it is written as a key in YAML."""
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else f'"{name}"'
