"""Whether fields, their values and links name what both desks have."""

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.meaning_lint import options_that_fall_together
from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.name_checker import KnownNames, NameChecker, names_of, yaml_key
from ticketferry.mapping.profile_lint import lint_profiles
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.transforms import MisfitError, coerce, option_of
from ticketferry.mapping.value_tables import PATH, ValueTable, paths_of, steps_of
from ticketferry.mapping.work import SYSTEM_TARGETS
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import FieldDef

__all__ = ["lint_fields"]


def lint_fields(check: NameChecker) -> None:
    """Check the rules of fields, every other place that names a field, and links."""
    _fields(check)
    lint_profiles(check)
    _links(check)


def _fields(check: NameChecker) -> None:
    fields = KnownNames(
        "field",
        [row["name"] for row in check.target.get("fields", ()) if row.get("of", "ticket") == "ticket"],
    )
    keys = KnownNames(
        "field",
        [row["key"] for row in check.source.get("fields", ()) if row.get("of", "ticket") == "ticket"],
    )
    for index, rule in enumerate(check.rules.fields):
        for number, name in enumerate(rule.source):
            if name.startswith("fields."):
                path: Path = ("fields", index, "from", number)
                check.source_name(
                    path if check.has(*path) else ("fields", index, "from"),
                    name.removeprefix("fields."),
                    keys,
                )
        if rule.to is not None:
            _target_field(check, ("fields", index, "to"), rule.to, fields)
            _options(check, index, rule, rule.to)
            _same_options(check, index, rule, rule.to)
            options_that_fall_together(check, index, rule)
        for name in rule.set:
            _target_field(check, ("fields", index, "set", name), name, fields)
            _value(check, ("fields", index, "set", name), rule.set[name], name, rule.as_)
    history = check.rules.history.date_fields
    provenance = check.rules.provenance
    language = check.rules.text.language
    places: list[tuple[Path, str | None]] = [
        (("channel", "field"), check.rules.channel.field if check.rules.channel else None),
        (("people", "unlicensed_assignee", "field"), check.rules.people.unlicensed_assignee.field),
        (("history", "date_fields", "created"), history.created),
        (("history", "date_fields", "solved"), history.solved),
        (("provenance", "number", "field"), provenance.number.field),
        (("text", "language", "field"), language.field if language else None),
        (("provenance", "url", "field"), provenance.url.field if provenance.url else None),
    ]
    for path, place in places:
        if place is not None:
            _target_field(check, path, place, fields)
    if language is not None:
        for key, name in language.values.items():
            _value(check, ("text", "language", "values", key), name, language.field, None)
        if language.missing is not None:
            _value(check, ("text", "language", "missing"), language.missing, language.field, None)
    if check.rules.channel is not None:
        for key, choice in check.rules.channel.values.items():
            for name in choice.names():
                _value(check, ("channel", "values", key), name, check.rules.channel.field, None)
        if check.rules.channel.missing is not None:
            missing = check.rules.channel.missing
            _value(check, ("channel", "missing"), missing, check.rules.channel.field, None)


def _target_field(check: NameChecker, path: Path, name: str, fields: KnownNames) -> None:
    known = name.casefold() in SYSTEM_TARGETS or name.casefold() in check.setup.target_fields
    if known or (check.setup.makes_tags(name) and path[0] == "fields"):
        return
    if not fields.names and not check.any:
        check.say(
            "S205",
            path,
            f"the target has no field `{name}`",
            "Create it in the target, or take the rule out.",
        )
        return
    check.must(path, name, fields)


def _value(check: NameChecker, path: Path, value: str, name: str, kind: str | None) -> None:
    definition = check.setup.target_fields.get(name.casefold())
    if check.any or definition is None or value in (*REFUSING, UNDECIDED):
        return
    options = definition.get("options", [])
    if definition["type"] == "cascading" and any(option.get("parent") for option in options):
        _levels(check, path, definition, value)
        return
    if options and option_of(definition, value) is None and "::" not in value:
        check.must(
            path, value, KnownNames(f"option of {definition['name']}", [row["name"] for row in options])
        )
        return
    try:
        coerce(value, kind or definition["type"], definition, None)
    except MisfitError as error:
        if not options:
            check.say("S205", path, f"{definition['name']}: {error}")


def _levels(check: NameChecker, path: Path, definition: FieldDef, value: str) -> None:
    """Complain of a path that a cascade of the target does not have; a level alone may stand without those below it."""
    paths = [shown for _, shown in paths_of(definition)]
    known = {PATH.join(steps_of(shown)[:depth]).casefold() for shown in paths for depth in (1, 2)}
    if PATH.join(steps_of(value)).casefold() not in known:
        check.must(path, value, KnownNames(f"option of {definition['name']}", paths))


def _options(check: NameChecker, index: int, rule: FieldRule, name: str) -> None:
    for key, value in rule.values.items():
        _value(check, ("fields", index, "values", key), value, name, rule.as_)
    if rule.missing is not None:
        _value(check, ("fields", index, "missing"), rule.missing.default, name, rule.as_)
    if rule.values and "*" not in rule.values:
        table = ValueTable(check.setup, rule)
        definitions = {
            row["key"]: row for row in check.source.get("fields", ()) if row.get("of", "ticket") == "ticket"
        }
        for source in rule.source:
            definition = (
                definitions.get(source.removeprefix("fields.")) if source.startswith("fields.") else None
            )
            rows = check.setup.option_names.get(source.removeprefix("fields."), {}).items()
            if definition is not None and table.whole:
                rows = dict(paths_of(definition)).items()
            for option, shown in rows:
                if table.find("", option) is None and table.find("", shown) is None:
                    check.say(
                        "S201",
                        ("fields", index, "values"),
                        f"option `{shown if table.whole else option}` of {source} is not decided{check.tickets_with(source, option)}",
                        f"Add `{yaml_key(shown if table.whole else option)}: NAME`.",
                    )


def _same_options(check: NameChecker, index: int, rule: FieldRule, name: str) -> None:
    """Tell of options that go over under their own names to a list that has no such ones."""
    definition = check.setup.target_fields.get(name.casefold())
    plain = not (rule.values or rule.values_file or rule.expr or rule.regex or rule.split or rule.as_)
    if check.any or definition is None or not plain or check.rules.catalog.create:
        return
    there = definition.get("options", [])
    paths = {PATH.join(steps_of(shown)).casefold() for _, shown in paths_of(definition)}
    for source in rule.source:
        here = check.setup.option_names.get(source.removeprefix("fields."), {})
        missing = [
            shown
            for option, shown in here.items()
            if option_of(definition, shown) is None
            and option_of(definition, option) is None
            and PATH.join(steps_of(shown)).casefold() not in paths
        ]
        if there and missing:
            listed = ", ".join(f"`{shown}`" for shown in missing[:5]) + (" …" if len(missing) > 5 else "")
            check.say(
                "S237",
                ("fields", index, "from"),
                f"{len(missing)} of {len(here)} options of {source} are no options of {definition['name']}, and are kept beside: {listed}",
                "Add `values: {OPTION: NAME}`, or make the options in the target.",
            )


def _links(check: NameChecker) -> None:
    known = KnownNames("link type", names_of(check.target.get("link_types", ())))
    links = check.rules.links
    for key in (
        "problem_incident",
        "problem",
        "incident",
        "follow_up",
        "merged",
        "blocks",
        "relates",
        "parent",
    ):
        name = getattr(links, key)
        if name != "keep":
            check.must(("links", key), name, known)
    for key, name in links.types.items():
        if name != "keep":
            check.must(("links", "types", key), name, known)
    check.must(("exits", "merged", "link"), check.rules.exits.merged.link, known)
    if check.rules.exits.follow_up is not None:
        check.must(("exits", "follow_up", "link"), check.rules.exits.follow_up.link, known)
