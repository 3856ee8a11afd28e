"""Names that a mapping writes, held against those that both desks have; what does not hold is gathered."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ticketferry.mapping.codes import finding
from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import ByValue
from ticketferry.mapping.near import near
from ticketferry.mapping.result import NoLookups
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
        self, mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature]
    ) -> None:
        self.found: list[Finding] = []
        self.mapping = mapping
        self.rules = mapping.rules
        self.source = source
        self.target = target
        self.features = features
        self.any = Feature.ANY_NAME in features
        self.setup = Setup(mapping, source, target, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))

    def say(self, code: str, path: Path, message: str, remedy: str = "") -> None:
        """Note a finding at a place of the mapping."""
        self.found.append(finding(code, None, self.mapping.at(*path), message, remedy))

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
        self.say(
            "S205",
            path,
            f"the target has no {known.what} `{name}`: {hint}",
            "Correct the name, or create it in the target.",
        )

    def source_name(self, path: Path, name: str, known: KnownNames) -> None:
        """Complain of a name that the source does not have."""
        if known.names and name.casefold() not in {each.casefold() for each in known.names}:
            like = near(name, known.names, 0.5)
            hint = f": did you mean `{like}`?" if like else ""
            self.say("S206", path, f"the source has no {known.what} `{name}`{hint}")

    def has(self, *path: str | int) -> bool:
        """Tell whether the mapping writes something at a place."""
        return path in self.mapping.document.places

    def by_value(self, path: Path, rule: ByValue | None, known: KnownNames) -> None:
        """Complain of names, one for all or one for each value, that the target does not have."""
        if rule is None:
            return
        self.must(path, rule.name, known)
        for key, name in rule.values.items():
            self.must((*path, "values", key), name, known)
        self.must((*path, "missing"), rule.missing, known)


def names_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of what is active in a catalog, each once."""
    return list(dict.fromkeys(row["name"] for row in rows if row.get("active", True)))


def listed(names: list[str]) -> str:
    """Return two names or more as people list them."""
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def yaml_key(name: str) -> str:
    """Return a name as it is written as a key in YAML."""
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else f'"{name}"'
