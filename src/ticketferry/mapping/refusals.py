"""Which tickets a mapping rejects, by its own rules: the words `fail` and `reject`, values that nothing decides, tickets that no route takes."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import NamedTuple

from ticketferry.mapping.cleaning import Cleaning
from ticketferry.mapping.codes import CODES
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.dropping import Dropping
from ticketferry.mapping.fields import compile_fields
from ticketferry.mapping.leaving import left_behind
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import choices_of
from ticketferry.mapping.model import Choice, FieldRule, Rules
from ticketferry.mapping.names import compile_deciding
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.work import Setup, Work
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.counting import counted
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["RefusalTally", "beside_refusals", "may_refuse", "refuses"]


class _Refusal(NamedTuple):
    code: str
    where: str
    message: str
    remedy: str


def may_refuse(rules: Rules, source: Catalog | None = None) -> bool:
    """Tell whether a rule can reject a ticket otherwise than by `"*": fail` of a table, of which the source's names tell already.

    `source`: where it is known, a table over a field that names all of its options leaves none open.
    """
    if rules.route and all(route.when != "always" for route in rules.route):
        return True
    for path, choice in choices_of(rules):
        if path[-1] != "*" and choice.by is None and choice.to in REFUSING:
            return True
        if (
            choice.to == "reject"
            or choice.otherwise in REFUSING
            or (choice.by is not None and _leaves_open(choice, source))
        ):
            return True
    return any(refuses(rule) and not _names_all(rule, source) for rule in rules.fields)


def _names_all(rule: FieldRule, source: Catalog | None) -> bool:
    """Tell whether a field's rule refuses by `"*"` alone, and its table names every option."""
    words = {str(rule.rest), rule.on_miss, *(to for value, to in rule.values.items() if value != "*")}
    return not REFUSING & words and len(rule.source) == 1 and _covered(source, rule.source[0], rule.values)


def _covered(source: Catalog | None, path: str, values: Collection[str]) -> bool:
    """Tell whether a table names every option of a field of tickets; a field without options has values of any kind."""
    for field in source.get("fields", ()) if source is not None else ():
        if path == f"fields.{field['key']}" and field.get("of", "ticket") == "ticket":
            options = field.get("options", ())
            return bool(options) and all(
                option["value"] in values or option["name"] in values for option in options
            )
    return False


def refuses(rule: FieldRule) -> bool:
    """Tell whether a rule for a field can reject a ticket by a value: by a word, or by a table that says nothing of all others."""
    words = {str(rule.rest), rule.on_miss, *rule.values.values()}
    return bool(REFUSING & words) or (
        bool(rule.values) and "*" not in rule.values and rule.source != ["tags"]
    )


def _with_all_organizations(setup: Setup) -> Setup:
    """Return the setup without `organizations: drop`: it counts accounts that a check does not know, and no ticket is rejected for it."""
    organizations = setup.rules.organizations.model_copy(update={"drop": None})
    rules = setup.rules.model_copy(update={"organizations": organizations})
    return replace(setup, mapping=replace(setup.mapping, rules=rules))


def _with_refusing_fields(setup: Setup) -> Setup:
    """Return the setup without what the other rules for fields write; all keep their places."""
    idle = {"to": None, "set": None, "rest": None, "required": None}
    fields = [rule if refuses(rule) else rule.model_copy(update=idle) for rule in setup.rules.fields]
    rules = setup.rules.model_copy(update={"fields": fields})
    return replace(setup, mapping=replace(setup.mapping, rules=rules))


def _leaves_open(choice: Choice, source: Catalog | None) -> bool:
    named = [to for value, to in choice.values.items() if value != "*"]
    if choice.missing in REFUSING or any(name in REFUSING for name in named):
        return True
    rest = choice.values.get("*", "fail")
    return rest in REFUSING and not (choice.missing and _covered(source, str(choice.by), choice.values))


class RefusalTally:
    """Counts the tickets that a mapping rejects, by the rule that does. Asks the rules that a plan asks."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._cleaning, self._dropping = Cleaning(setup), Dropping(_with_all_organizations(setup))
        self._rules = compile_deciding(setup)
        if any(map(refuses, setup.rules.fields)):
            self._rules += compile_fields(_with_refusing_fields(setup))
        self._counts: Counter[_Refusal] = Counter()

    def ask(self, case: Record, tickets: int = 1) -> None:
        """Ask one ticket, or so many that are alike in all that the rules read; it may be its own record alone where no condition asks for more."""
        subject = Subject(case, self._setup.lookups)
        if left_behind(self._setup, self._cleaning, subject) is not None:
            return
        cleaned = self._cleaning.clean(case, subject)
        left = self._dropping.take(cleaned.record, subject)
        work = Work(left.record, self._setup, cleaned.record, left.fates, left.lists)
        work.subject = subject
        for rule in self._rules:
            rule(work)
        if work.refused:
            refused = set(work.refused)
            rows = [row for row in work.findings.rows() if row.message in refused]
            for refusal in {
                _Refusal(row.code, row.where.rsplit(" ", 1)[-1], row.message, row.remedy) for row in rows
            }:
                self._counts[refusal] += tickets

    def findings(self) -> list[Finding]:
        """Return one finding for each rule that rejects tickets, the most tickets first: a blocker where no plan that has them can be applied."""
        places: dict[tuple[str, str], list[tuple[_Refusal, int]]] = {}
        for refusal, tickets in sorted(self._counts.items(), key=lambda item: (-item[1], item[0])):
            places.setdefault((refusal.code, refusal.where), []).append((refusal, tickets))
        found = []
        for (code, where), rows in places.items():
            severity = CODES[code][0]
            tickets = sum(count for _, count in rows)
            more = f", and {len(rows) - 1:,} more such" if len(rows) > 1 else ""
            end = "no plan that has them goes" if severity is Severity.BLOCKER else "the others go"
            verb = "is" if tickets == 1 else "are"
            message = f"{counted(tickets, 'ticket')} {verb} rejected, {end}: {rows[0][0].message}{more}"
            found.append((tickets, Finding(code, severity, None, where, message, rows[0][0].remedy)))
        return [item for _, item in sorted(found, key=lambda each: -each[0])]


def beside_refusals(
    found: Iterable[Finding], refused: Iterable[Finding], mapping: MappingFile
) -> tuple[list[Finding], list[Finding]]:
    """Return what a check found and what tickets tell of refusals, without what both say: the doubts about tickets that may come, where some are
    there; and the tickets of a value of which the check says already that nothing decides it.
    """
    found, refused = list(found), list(refused)
    open_values = [
        item.message for item in found if item.code == "S201" and item.severity is Severity.BLOCKER
    ]
    told_fields = {
        mapping.at("fields", index)
        for index in range(len(mapping.rules.fields))
        if any(item.code == "S201" and item.where == mapping.at("fields", index, "values") for item in found)
    }
    rest = [
        item for item in refused
        if not (item.code == "S201" and any(item.message.endswith(f": {text.partition(' (')[0]}") for text in open_values))
        and not (item.code == "F101" and item.where in told_fields)
    ]  # fmt: skip
    undecided = {item.where for item in rest if item.code in ("S201", "R101")}
    told = {
        mapping.at(*path)
        for path, choice in choices_of(mapping.rules)
        if mapping.at(*path, "by") in undecided and choice.by
    }
    routeless = any(item.code == "R101" and item.where == mapping.at("route") for item in rest)
    kept = [
        item for item in found
        if not (item.severity is Severity.DOUBT and ((item.code == "S201" and item.where in told) or (item.code == "S208" and routeless)))
    ]  # fmt: skip
    return kept, rest
