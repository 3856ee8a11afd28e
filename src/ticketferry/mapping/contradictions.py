"""Conditions that no ticket can fulfil, told from their words alone."""

from collections.abc import Iterator

from ticketferry.mapping.apart import contradicts_itself
from ticketferry.mapping.codes import CODES
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import conditions_of
from ticketferry.mapping.yaml_document import Path
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["contradicting", "contradictions"]


def contradicting(mapping: MappingFile) -> Iterator[Path]:
    """Yield the place of each condition of which two entries exclude each other."""
    for path, condition, _ in conditions_of(mapping.rules):
        if contradicts_itself(condition):
            yield path


def contradictions(mapping: MappingFile) -> Iterator[Finding]:
    """Yield a finding for each: a doubt, and a blocker where the rule should keep something safe (`do: keep`, `redact`) and never can."""
    for path in contradicting(mapping):
        rule = mapping.rules.clean[int(path[1])] if path[0] == "clean" else None
        guards = rule is not None and (rule.do == "keep" or rule.redact is not None)
        weight = Severity.BLOCKER if guards else CODES["S226"][0]
        message = "the entries of this condition contradict each other: no ticket can fulfil it"
        remedy = "Say `any` where one of them is enough, or take one out."
        yield Finding("S226", weight, None, mapping.at(*path), message, remedy)
