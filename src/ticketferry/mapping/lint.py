"""Checking a mapping against what both desks define: every source value decided, every target name there."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from ticketferry.mapping.choices import choose, status_key
from ticketferry.mapping.codes import finding
from ticketferry.mapping.collisions import collisions
from ticketferry.mapping.condition_lint import lint_choices, lint_conditions
from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.fitting import misfits
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.marks import Path
from ticketferry.mapping.model import ByValue, FallbackPlace, FieldRule
from ticketferry.mapping.near import near
from ticketferry.mapping.result import NoLookups
from ticketferry.mapping.transforms import MisfitError, coerce, option_of
from ticketferry.mapping.work import SYSTEM_TARGETS, Setup
from ticketferry.schema.catalog import Catalog, ProjectDef
from ticketferry.schema.lifecycle import EXITS
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.features import Feature

__all__ = ["UNDECIDED", "lint"]


def lint(
    mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature]
) -> list[Finding]:
    """Return what does not hold, in the order of the file. BLOCKER findings must be mended before a plan."""
    checker = _Checker(mapping, source, target, features)
    checker.run()
    return sorted(checker.found, key=_place)


def _place(found: Finding) -> tuple[int, int, str]:
    parts = found.where.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return int(parts[1]), int(parts[2]), found.code
    return 0, 0, found.code


class _Known(NamedTuple):
    what: str
    names: list[str]


class _Checker:
    def __init__(
        self, mapping: MappingFile, source: Catalog, target: Catalog, features: frozenset[Feature]
    ) -> None:
        from datetime import UTC, datetime

        self.found: list[Finding] = []
        self.mapping = mapping
        self.rules = mapping.rules
        self.source = source
        self.target = target
        self.features = features
        self.any = Feature.ANY_NAME in features
        self.setup = Setup(mapping, source, target, features, NoLookups(), datetime(2000, 1, 1, tzinfo=UTC))

    def run(self) -> None:
        self._products()
        self._undecided()
        self._statuses()
        self._table(
            "priority",
            self.rules.priority,
            self.source.get("priorities", ()),
            self.target.get("priorities", ()),
        )
        types = [row for project in self.target.get("projects", ()) for row in project.get("types", ())]
        self._table(
            "type", self.rules.type, self.source.get("types", ()), [*self.target.get("types", ()), *types]
        )
        forms = list({row["name"]: row for row in self.source.get("forms", ())}.values())
        self._table("form", self.rules.form, forms, self.target.get("forms", ()))
        self._routes()
        self._places()
        self._groups_and_brands()
        self._fields()
        self._links()
        self._ways()
        self._followers()
        self.found += lint_conditions(self.mapping, self.source)
        self.found += lint_choices(self.mapping, self.source)
        for misfit in misfits(self.setup):
            self._say("S219", misfit.path, misfit.message, misfit.remedy)
        for found in collisions(self.setup):
            if found.sure:
                self._say("S213" if found.carries else "S211", found.path, found.message, found.remedy)
            else:
                self._say("S212", found.path, found.message, found.remedy)

    def _ways(self) -> None:
        if Feature.IMPORT_FILE in self.features:
            return
        places: list[tuple[Path, str | None]] = [(("way",), self.rules.way)]
        places += [(("phases", index, "way"), phase.way) for index, phase in enumerate(self.rules.phases)]
        for path, way in places:
            if way == "import-file":
                self._say(
                    "W701", path, f"{self.rules.target} takes no file to import", "Write `way: rest`, or leave it out."
                )  # fmt: skip

    def _followers(self) -> None:
        people = self.rules.people
        settable = self.any or Feature.FOLLOWERS_ARE_AGENTS in self.features
        if "followers" in people.model_fields_set and people.followers == "watchers" and not settable:
            self._say(
                "S217", ("people", "followers"), "watchers cannot be set in the target: who followed a ticket is kept beside it",
                "Nothing to do, or `followers: participants` where they may see and answer it.",
            )  # fmt: skip

    def _say(self, code: str, path: Path, message: str, remedy: str = "") -> None:
        self.found.append(finding(code, None, self.mapping.at(*path), message, remedy))

    def _info(self, path: Path, message: str) -> None:
        made = finding("S204", None, self.mapping.at(*path), message)
        self.found.append(Finding(made.code, Severity.INFO, None, made.where, message))

    def _must(self, path: Path, name: str | None, known: _Known) -> None:
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
        self._say(
            "S205",
            path,
            f"the target has no {known.what} `{name}`: {hint}",
            "Correct the name, or create it in the target.",
        )

    def _products(self) -> None:
        for side, catalog in (("source", self.source), ("target", self.target)):
            wanted, product = getattr(self.rules, side), catalog.get("product", "")
            if product and wanted != product:
                self._say(
                    "S209",
                    (side,),
                    f"the mapping is for `{wanted}`, the {side} is `{product}`",
                    "Use another mapping file.",
                )

    def _undecided(self) -> None:
        for path, text in _texts(self.mapping.document.data, ()):
            if text == UNDECIDED:
                self._say(
                    "S207",
                    path,
                    f"`{path[-1]}` waits for a decision",
                    f"Put a name in place of `{UNDECIDED}`.",
                )

    # ------------------------------------------------------------ names

    def _statuses(self) -> None:
        known = _Known(
            "status", [row["name"] for row in self.target.get("statuses", ()) if row.get("active", True)]
        )
        resolutions = _Known("resolution", _names(self.target.get("resolutions", ())))
        for key, rule in self.rules.status.items():
            if rule.to != "fail":
                self._must(
                    ("status", key, "to") if self._has("status", key, "to") else ("status", key),
                    rule.to,
                    known,
                )
            self._must(("status", key, "else"), rule.otherwise, known)
            self._by_value(("status", key, "resolution"), rule.resolution, resolutions)
        if not self.rules.status and self.any:
            return
        falls: dict[str, list[str]] = {}
        used: set[str] = set()
        for row in self.source.get("statuses", ()):
            if row.get("stage") in EXITS:
                continue
            status_rule = status_key(self.setup, row["name"])
            if status_rule is None or self.rules.status[status_rule].to == "fail":
                if row.get("active", True) or status_rule is None:
                    name = row["name"]
                    self._say(
                        "S201",
                        ("status",),
                        f"status `{name}` is not decided",
                        f"Add `{_yaml_key(name)}: NAME` to status.",
                    )
                continue
            used.add(status_rule)
            falls.setdefault(self.rules.status[status_rule].to, []).append(row["name"])
        for name, sources in falls.items():
            if len(sources) > 1:
                key = status_key(self.setup, sources[1]) or "*"
                self._info(("status", key), f"{_listed(sources)} fall together in `{name}`")
        if self.source.get("statuses"):
            for key in self.rules.status:
                if key not in used and key != "*" and not self._is_exit_or_category(key):
                    self._say("S206", ("status", key), f"the source has no status `{key}`")

    def _is_exit_or_category(self, key: str) -> bool:
        return key.casefold() in self._stages or key.casefold() == "closed"

    @cached_property
    def _stages(self) -> frozenset[str]:
        """What the source calls its statuses and their categories, in small letters."""
        names = self.setup.categories
        return frozenset(
            [*names, *(f"custom:{name}" for name in names), *(one for row in names.values() for one in row)]
        )

    def _has(self, *path: str | int) -> bool:
        return path in self.mapping.document.places

    def _table(
        self,
        section: str,
        table: Mapping[str, Any],
        sources: Iterable[Mapping[str, Any]],
        targets: Iterable[Mapping[str, Any]],
    ) -> None:
        known = _Known(section, _names(targets))
        for key, choice in table.items():
            if choice.default != "fail":
                self._must((section, key), choice.default, known)
        if not table:
            if section == "priority":
                for row in sources:
                    self._must((section,), row["name"], known)
            return
        falls: dict[str, list[str]] = {}
        folded = {key.casefold(): key for key in table}
        given = list(sources)
        names = _Known(section, [row["name"] for row in given])
        seen = {name.casefold() for name in names.names}
        for key in table:
            if seen and key not in ("none", "*") and key.casefold() not in seen:
                self._source_name((section, key), key, names)
        for row in given:
            decided = choose(table, row["name"], folded)
            if decided is None or decided[1] == "fail":
                self._say(
                    "S201",
                    (section,),
                    f"{section} `{row['name']}` is not decided",
                    f"Add `{_yaml_key(row['name'])}: NAME` to {section}.",
                )
            else:
                falls.setdefault(decided[1], []).append(row["name"])
        for name, rows in falls.items():
            if len(rows) > 1:
                self._info((section,), f"{_listed(rows)} fall together in `{name}`")

    def _by_value(self, path: Path, rule: ByValue | None, known: _Known) -> None:
        if rule is None:
            return
        self._must(path, rule.name, known)
        for key, name in rule.values.items():
            self._must((*path, "values", key), name, known)
        self._must((*path, "missing"), rule.missing, known)

    def _routes(self) -> None:
        projects = {row["key"]: row for row in self.target.get("projects", ())}
        keys = _Known("project", list(projects))
        if Feature.PROJECTS in self.features and not self.any and not self.rules.route:
            self._say(
                "S208",
                (),
                "the target wants a project for every ticket and `route` is missing",
                "Add a route with `when: always`.",
            )
        for index, route in enumerate(self.rules.route):
            here: Path = ("route", index)
            self._must((*here, "project"), route.project, keys)
            project = projects.get(route.project)
            if project is None:
                continue
            self._must(
                (*here, "issue_type"),
                route.issue_type,
                _Known(f"issue type in {route.project}", _names(project.get("types", ()))),
            )
            forms = [
                row["name"]
                for row in self.target.get("forms", ())
                if row.get("project", route.project) == route.project
            ]
            self._by_value(
                (*here, "request_type"), route.request_type, _Known(f"request type in {route.project}", forms)
            )
            self._security((*here, "security"), route.security, [project])
        if self.rules.route and self.rules.route[-1].when != "always":
            self._say(
                "S208", ("route", len(self.rules.route) - 1), "the last route has a condition: a ticket that none takes is rejected",
                "Add a route with `when: always`.",
            )  # fmt: skip
            self.found[-1] = Finding(
                "S208",
                Severity.DOUBT,
                None,
                self.found[-1].where,
                self.found[-1].message,
                self.found[-1].remedy,
            )

    def _security(self, path: Path, name: str | None, projects: Iterable[ProjectDef]) -> None:
        levels = [level["name"] for project in projects for level in project.get("security", ())]
        if name is not None and not levels and not self.any and self.target.get("projects"):
            self._say(
                "S205",
                path,
                f"the target has no security level `{name}`",
                "Create it in the target: without it people could see more.",
            )
            return
        self._must(path, name, _Known("security level", levels))

    def _groups_and_brands(self) -> None:
        projects = self.target.get("projects", [])
        components = _Known(
            "component", [row["name"] for project in projects for row in project.get("components", ())]
        )
        names = _Known("group", _names(self.source.get("groups", ())))
        for key, rule in self.rules.groups.items():
            if key != "*":
                self._source_name(("groups", key), key, names)
            self._must(("groups", key, "component"), rule.component, components)
            self._security(("groups", key, "security"), rule.security, projects)
        brands = _Known("brand", _names(self.source.get("brands", ())))
        for key in self.rules.brands:
            if key != "*":
                self._source_name(("brands", key), key, brands)

    def _places(self) -> None:
        """Check what stands for projects, components and levels of the source in a target that has none."""
        projects = self.source.get("projects", ())
        groups = _Known("group", _names(self.target.get("groups", ())))
        brands = _Known("brand", _names(self.target.get("brands", ())))
        sections: tuple[tuple[str, Mapping[str, FallbackPlace], _Known], ...] = (
            ("projects", self.rules.projects, _Known("project", [row["key"] for row in projects])),
            (
                "components",
                self.rules.components,
                _Known("component", [each["name"] for row in projects for each in row.get("components", ())]),
            ),
            (
                "security",
                self.rules.security,
                _Known(
                    "security level", [each["name"] for row in projects for each in row.get("security", ())]
                ),
            ),
        )
        for section, table, known in sections:
            for key, place in table.items():
                if key != "*":
                    self._source_name((section, key), key, known)
                self._must((section, key, "group"), place.group, groups)
                self._must((section, key, "brand"), place.brand, brands)
        restricted = {
            row["name"].casefold() for row in self.target.get("groups", ()) if row.get("restricted")
        }
        if self.any or Feature.PROJECTS in self.features:
            return
        for level in sections[2][2].names:
            key = next((key for key in self.rules.security if key.casefold() == level.casefold()), "*")
            decided = self.rules.security.get(key)
            if decided is None or (decided.group or "").casefold() not in restricted:
                self._say(
                    "S210", ("security", key) if decided is not None else (),
                    f"nothing that fewer agents see stands for the security level `{level}`",
                    f"Add `{_yaml_key(level)}: {{group: NAME}}` to security, with a group whose tickets only its members see.",
                )  # fmt: skip

    def _source_name(self, path: Path, name: str, known: _Known) -> None:
        if known.names and name.casefold() not in {each.casefold() for each in known.names}:
            like = near(name, known.names, 0.5)
            hint = f": did you mean `{like}`?" if like else ""
            self._say("S206", path, f"the source has no {known.what} `{name}`{hint}")

    # ------------------------------------------------------------ fields and links

    def _fields(self) -> None:
        fields = _Known(
            "field",
            [row["name"] for row in self.target.get("fields", ()) if row.get("of", "ticket") == "ticket"],
        )
        keys = _Known(
            "field",
            [row["key"] for row in self.source.get("fields", ()) if row.get("of", "ticket") == "ticket"],
        )
        for index, rule in enumerate(self.rules.fields):
            for number, name in enumerate(rule.source):
                if name.startswith("fields."):
                    path: Path = ("fields", index, "from", number)
                    self._source_name(
                        path if self._has(*path) else ("fields", index, "from"),
                        name.removeprefix("fields."),
                        keys,
                    )
            if rule.to is not None:
                self._target_field(("fields", index, "to"), rule.to, fields)
                self._options(index, rule, rule.to)
            for name in rule.set:
                self._target_field(("fields", index, "set", name), name, fields)
                self._value(("fields", index, "set", name), rule.set[name], name, rule.as_)
        history = self.rules.history.date_fields
        provenance = self.rules.provenance
        places: list[tuple[Path, str | None]] = [
            (("channel", "field"), self.rules.channel.field if self.rules.channel else None),
            (("people", "unlicensed_assignee", "field"), self.rules.people.unlicensed_assignee.field),
            (("history", "date_fields", "created"), history.created),
            (("history", "date_fields", "solved"), history.solved),
            (("provenance", "number", "field"), provenance.number.field),
            (("provenance", "url", "field"), provenance.url.field if provenance.url else None),
        ]
        for path, place in places:
            if place is not None:
                self._target_field(path, place, fields)
        if self.rules.channel is not None:
            for key, value in self.rules.channel.values.items():
                self._value(("channel", "values", key), value, self.rules.channel.field, None)

    def _target_field(self, path: Path, name: str, fields: _Known) -> None:
        if name.casefold() in SYSTEM_TARGETS or name.casefold() in self.setup.target_fields:
            return
        if not fields.names and not self.any:
            self._say(
                "S205",
                path,
                f"the target has no field `{name}`",
                "Create it in the target, or take the rule out.",
            )
            return
        self._must(path, name, fields)

    def _value(self, path: Path, value: str, name: str, kind: str | None) -> None:
        definition = self.setup.target_fields.get(name.casefold())
        if self.any or definition is None or value in ("fail", UNDECIDED):
            return
        options = definition.get("options", [])
        if options and option_of(definition, value) is None and "::" not in value:
            self._must(
                path, value, _Known(f"option of {definition['name']}", [row["name"] for row in options])
            )
            return
        try:
            coerce(value, kind or definition["type"], definition, None)
        except MisfitError as error:
            if not options:
                self._say("S205", path, f"{definition['name']}: {error}")

    def _options(self, index: int, rule: FieldRule, name: str) -> None:
        for key, value in rule.values.items():
            self._value(("fields", index, "values", key), value, name, rule.as_)
        if rule.missing is not None:
            self._value(("fields", index, "missing"), rule.missing.default, name, rule.as_)
        if rule.values and "*" not in rule.values:
            folded = {key.casefold() for key in rule.values}
            for source in rule.source:
                for option, shown in self.setup.option_names.get(source.removeprefix("fields."), {}).items():
                    if option.casefold() not in folded and shown.casefold() not in folded:
                        self._say(
                            "S201",
                            ("fields", index, "values"),
                            f"option `{option}` of {source} is not decided",
                            f"Add `{option}: NAME`.",
                        )

    def _links(self) -> None:
        known = _Known("link type", _names(self.target.get("link_types", ())))
        links = self.rules.links
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
                self._must(("links", key), name, known)
        for key, name in links.types.items():
            if name != "keep":
                self._must(("links", "types", key), name, known)
        self._must(("exits", "merged", "link"), self.rules.exits.merged.link, known)
        if self.rules.exits.follow_up is not None:
            self._must(("exits", "follow_up", "link"), self.rules.exits.follow_up.link, known)


def _names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["name"] for row in rows if row.get("active", True)))


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:-1]) + f" and `{names[-1]}`"


def _yaml_key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else f'"{name}"'


def _texts(item: Any, path: Path) -> Iterable[tuple[Path, str]]:
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _texts(value, (*path, key))
    elif isinstance(item, list):
        for index, value in enumerate(item):
            yield from _texts(value, (*path, index))
    elif isinstance(item, str) and path:
        yield path, item
