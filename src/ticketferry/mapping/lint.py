"""Checking a mapping against what both desks define: every source value decided, every target name there."""

from collections.abc import Iterable
from typing import Any

from ticketferry.mapping.access_lint import lint_access
from ticketferry.mapping.affected import AffectedTickets
from ticketferry.mapping.collisions import collisions
from ticketferry.mapping.condition_lint import lint_choices, lint_conditions
from ticketferry.mapping.conflict_lint import lint_conflicts
from ticketferry.mapping.definitions import MAKES, UNDECIDED
from ticketferry.mapping.field_lint import lint_fields
from ticketferry.mapping.fitting import misfits
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.meaning_lint import lint_meaning
from ticketferry.mapping.name_checker import NameChecker
from ticketferry.mapping.place_lint import lint_places
from ticketferry.mapping.shadow_lint import lint_shadows
from ticketferry.mapping.value_lint import lint_values
from ticketferry.mapping.workflow_lint import lint_workflows
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog
from ticketferry.sdk.contract import Finding
from ticketferry.sdk.features import Feature

__all__ = ["UNDECIDED", "lint"]


def lint(
    mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature],
    affected: AffectedTickets | None = None,
) -> list[Finding]:  # fmt: skip
    """Return what does not hold, in the order of the file. BLOCKER findings must be mended before a plan.

    `affected`: how many tickets a place of the mapping decides, told with what is missing in the target or not decided.
    """
    check = NameChecker(mapping, source, target, features, affected)
    _products(check)
    _undecided(check)
    lint_values(check)
    lint_places(check)
    lint_access(check)
    lint_fields(check)
    lint_meaning(check)
    lint_workflows(check)
    lint_conflicts(check)
    _ways(check)
    _makes(check)
    _folds(check)
    _new_keys(check)
    _followers(check)
    _people_words(check)
    check.found += lint_conditions(mapping, source)
    check.found += lint_shadows(mapping)
    check.found += lint_choices(mapping, source)
    for misfit in misfits(check.setup):
        check.say("S219", misfit.path, misfit.message, misfit.remedy)
    for collision in collisions(check.setup):
        code = ("S213" if collision.carries else "S211") if collision.sure else "S212"
        check.say(code, collision.path, collision.message, collision.remedy)
    return sorted(check.found, key=_place)


def _place(finding: Finding) -> tuple[int, int, str]:
    parts = finding.where.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return int(parts[1]), int(parts[2]), finding.code
    return 0, 0, finding.code


def _products(check: NameChecker) -> None:
    for side, catalog in (("source", check.source), ("target", check.target)):
        wanted, product = getattr(check.rules, side), catalog.get("product", "")
        if product and wanted != product:
            check.say(
                "S209",
                (side,),
                f"the mapping is for `{wanted}`, the {side} is `{product}`",
                "Use another mapping file.",
            )


def _undecided(check: NameChecker) -> None:
    for path, text in _texts(check.mapping.document.data, ()):
        if text == UNDECIDED:
            check.say(
                "S207",
                path,
                f"`{path[-1]}` waits for a decision{check.tickets_at(path)}",
                f"Put a name in place of `{UNDECIDED}`.",
            )


def _ways(check: NameChecker) -> None:
    if Feature.IMPORT_FILE in check.features:
        return
    places: list[tuple[Path, str | None]] = [(("way",), check.rules.way)]
    places += [(("phases", index, "way"), phase.way) for index, phase in enumerate(check.rules.phases)]
    for path, way in places:
        if way == "import-file":
            check.say(
                "W701", path, f"{check.rules.target} takes no file to import", "Write `way: rest`, or leave it out."
            )  # fmt: skip


_INSTEAD = {
    "statuses": "Make them in the target, with steps of its workflows, or map to those that are there.",
    "groups": "What stands for groups there is a component, a security level or a field: say so in `groups`.",
    "components": "Say in `components` where their tickets go.",
}


_KINDS = {
    "fields": "field",
    "options": "option",
    "statuses": "status",
    "groups": "group",
    "components": "component",
}


def _makes(check: NameChecker) -> None:
    for index, word in enumerate(check.rules.catalog.create):
        page = check.page(_KINDS[word])
        if not check.any and MAKES[word] not in check.features:
            check.say(
                "S230", ("catalog", "create", index), f"{word} cannot be made in {check.rules.target}",
                f"Take `{word}` out. {_INSTEAD.get(word, 'Make them in the target by hand.')}{f' {page}' if page else ''}",
            )  # fmt: skip


def _folds(check: NameChecker) -> None:
    """Complain of texts that are to be folded where nothing folds."""
    text = check.rules.text
    ways = {check.rules.way, *(phase.way for phase in check.rules.phases if phase.way)}
    product = check.rules.target
    if Feature.FOLDS not in check.features:
        why = f"{product} cannot fold a text"
    elif ways != {"rest"} and not check.any:
        why = "an import file cannot fold a text"
    else:
        return
    for word, remedy in (
        (
            "quoted_replies",
            "Write `drop` with `because`: only what stands in another message goes; or `keep`.",
        ),
        ("signatures", "Write `keep`, or `drop` with `because`."),
    ):
        if getattr(text, word) == "collapse":
            check.say("W702", ("text", word), f"{why}: `{word}: collapse`", remedy)


def _followers(check: NameChecker) -> None:
    people = check.rules.people
    settable = check.any or Feature.FOLLOWERS_ARE_AGENTS in check.features
    if "followers" in people.model_fields_set and people.followers == "watchers" and not settable:
        check.say(
            "S217", ("people", "followers"), "watchers cannot be set in the target: who followed a ticket is kept beside it",
            "Nothing to do, or `followers: participants` where they may see and answer it.",
        )  # fmt: skip


def _new_keys(check: NameChecker) -> None:
    """Refuse the old number as number of the key where a ticket may come by a way that gives keys by itself, or the target gives them always."""
    if not check.rules.provenance.number.key or check.any:
        return
    path = ("provenance", "number", "key")
    if Feature.KEYS not in check.features:
        check.say(
            "W702", path, f"{check.rules.target} numbers every ticket itself",
            "Use `field`, `label` or `text.subject.prefix`: people find the old number there.",
        )  # fmt: skip
    elif {check.rules.way, *(phase.way or check.rules.way for phase in check.rules.phases)} != {
        "import-file"
    }:
        check.say(
            "W702", path, "tickets over REST get the next number: they would take those of tickets that a file brings later",
            "Let all phases go `way: import-file`, or use `field`, `label` or `text.subject.prefix`.",
        )  # fmt: skip


def _people_words(check: NameChecker) -> None:
    """Refuse words on people, groups and organizations that files, which hold all as it is, do not carry out."""
    if not check.any:
        if check.rules.organizations.several != "all" and Feature.ORGANIZATIONS not in check.features:
            check.say("S217", ("organizations", "several"), "the target has no organizations")
        return
    places: list[Path] = []
    if check.rules.organizations.several != "all":
        places.append(("organizations", "several"))
    if check.rules.people.unlicensed_assignee.assign != "none":
        places.append(("people", "unlicensed_assignee", "assign"))
    places += [
        ("groups", key, "assign") for key, rule in check.rules.groups.items() if rule.assign is not None
    ]
    for path in places:
        check.say(
            "S232", path, f"`{path[-1]}`: {check.rules.target} holds every ticket and person as they are",
            "Take the word out, or put it into the mapping that goes on from there.",
        )  # fmt: skip


def _texts(item: Any, path: Path) -> Iterable[tuple[Path, str]]:
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _texts(value, (*path, key))
    elif isinstance(item, list):
        for index, value in enumerate(item):
            yield from _texts(value, (*path, index))
    elif isinstance(item, str) and path:
        yield path, item
