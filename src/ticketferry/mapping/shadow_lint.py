"""Rules that can take no ticket, told from their words alone: one that stands before them takes all of theirs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ticketferry.mapping.apart import apart
from ticketferry.mapping.codes import finding
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import Rules
from ticketferry.mapping.yaml_document import Path
from ticketferry.sdk.contract import Finding

__all__ = ["beside_counts", "lint_shadows", "shadowed"]


def shadowed(rules: Rules) -> Mapping[Path, Path]:
    """Return place of a condition -> place of one before it that holds wherever it does, in sections whose first rule that matches decides."""
    found: dict[Path, Path] = {}
    for chain in _chains(rules):
        for at, (path, when) in enumerate(chain):
            for before, earlier in chain[:at]:
                if before not in found and _holds_wherever(earlier, when):
                    found[path] = before
                    break
    return found


def lint_shadows(mapping: MappingFile) -> Iterator[Finding]:
    """Yield every rule that stands in the shadow of another one, whatever tickets there are."""
    for path, before in shadowed(mapping.rules).items():
        yield finding(
            "S216", None, mapping.at(*path), f"{_shown(before)} ({mapping.at(*before)}) takes every ticket that this one would take",
            "Put the narrower rule first, or take it out.",
        )  # fmt: skip


def beside_counts(found: Iterable[Finding], counted: Iterable[Finding]) -> list[Finding]:
    """Leave out of what a check found the shadows of which the tickets' own counts tell as well."""
    told = {item.where for item in counted if item.code == "S216"}
    return [item for item in found if item.code != "S216" or item.where not in told]


def _holds_wherever(earlier: Any, when: Any) -> bool:
    return earlier in ("always", when) or apart(when, {"not": earlier})


def _chains(rules: Rules) -> Iterator[list[tuple[Path, Any]]]:
    yield [(("route", index, "when"), route.when) for index, route in enumerate(rules.route)]
    yield [(("phases", index, "where"), phase.where) for index, phase in enumerate(rules.phases)]
    lifted = {id_ for rule in rules.clean for id_ in rule.overrides}
    yield [
        (("clean", index, "when"), rule.when)
        for index, rule in enumerate(rules.clean)
        # What takes something out, or merges, decides about no ticket; a hold lifts rules wherever they stand.
        if rule.do is not None and not rule.overrides and rule.id not in lifted
    ]


def _shown(path: Path) -> str:
    return f"{path[0]}[{path[1]}]"
