"""Where tickets go in a target with projects: routes from restricted groups, forms, brands, groups and types of the source."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection
from ticketferry.mapping.drafting.meaning import likeness, meaning
from ticketferry.mapping.drafting.proposing import SURE, DraftDecision, Proposal, by_name, decide
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.schema.catalog import Catalog, FormDef, GroupDef, ProjectDef

__all__ = ["Routes"]

_CHANNELS = ("email", "web", "chat", "voice", "api")
_FLOOR = 70
"""A name that is less alike makes no route: a ticket in a wrong project is worse than one in the usual one."""
_USUAL = ("Support", "Service desk", "Help desk", "Customer support")
_USUAL_FORMS = ("Service request", "General request", "Support request", "Question", "Emailed request")


class Routes:
    """The routes of a draft. `default`: the project of all tickets that nothing sends elsewhere; None where a person must say it."""

    def __init__(self, source: Catalog, target: Catalog, use: UseCounts | None) -> None:
        self._source, self._target, self._use = source, target, use
        self._projects: dict[str, ProjectDef] = {row["key"]: row for row in target.get("projects", ())}
        self.levels: dict[str, tuple[ProjectDef, DraftDecision]] = {}
        """Restricted group of the source -> where its tickets go, and the security level."""
        for group in source.get("groups", ()):
            if group.get("restricted"):
                self._level(group)
        self._sent: Counter[str] = Counter()
        self.default, self._why = self._usual()

    def section(self) -> DraftSection:
        """Return the section `route`."""
        if not self._projects:
            return DraftSection("route")
        entries = [*self._restricted(), *self._forms()]
        if len(self._projects) > 1:
            entries += [
                *self._named("brand", self._source.get("brands", ())),
                *self._named("group", self._groups()),
            ]
            entries += self._named("project", self._source.get("projects", ()))
        entries += self._types()
        entries.append(self._last())
        return DraftSection(
            "route",
            ("route:                                  # first match wins",),
            tuple(entries),
            listed=True,
        )

    # ---- the project of a ticket

    def _usual(self) -> tuple[ProjectDef | None, DraftDecision]:
        rows = list(self._projects.values())
        if len(rows) == 1:
            return rows[0], DraftDecision(rows[0]["key"], 100, "the only project")
        names = {row["name"]: row for row in rows}
        decision = decide(
            by_name(_USUAL[0], names, *_USUAL[1:], floor=75),
            "no project is called after support: which is the usual one?",
        )
        return names.get(decision.name), decision

    def _project(self, name: str) -> tuple[ProjectDef, Proposal] | None:
        best: tuple[ProjectDef, Proposal] | None = None
        for row in self._projects.values():
            alike = max(
                (likeness(name, row["name"]), likeness(name, row["key"])), key=lambda each: each.score
            )
            if alike.score >= _FLOOR and (best is None or alike.score > best[1].score):
                best = row, Proposal(row["key"], alike.score, alike.why)
        return best

    # ---- restricted groups

    def _level(self, group: GroupDef) -> None:
        levels = [
            (project, row["name"])
            for project in self._projects.values()
            for row in project.get("security", ())
        ]
        if not levels:
            return
        homes = {name: project for project, name in reversed(levels)}
        proposals = by_name(group["name"], homes, floor=30)
        home = self._project(group["name"])
        if home is not None:
            proposals += [
                Proposal(name, 70, f"the level of the project {home[0]['name']}")
                for project, name in levels
                if project is home[0]
            ]
        if not proposals and len(homes) == 1:
            proposals = [Proposal(levels[0][1], 60, "the only security level")]
        unique = {row.name: row for row in sorted(proposals, key=lambda row: row.score)}
        decision = decide(unique.values(), "restricted, and no security level is called like it")
        if not decision.open:
            self.levels[group["name"]] = homes[decision.name], decision

    def _restricted(self) -> Iterator[DraftEntry]:
        for name, (project, decision) in self.levels.items():
            data = {"when": {"group": name}, **self._place(project), "security": decision.name}
            yield DraftEntry("route", f"group: {name}", data, decision, self._tickets("group", name))

    # ---- forms, brands, groups, projects

    def _groups(self) -> Sequence[Mapping[str, Any]]:
        return [row for row in self._source.get("groups", ()) if row["name"] not in self.levels]

    def _forms(self) -> Iterator[DraftEntry]:
        forms: dict[str, list[FormDef]] = {}
        for row in self._target.get("forms", ()):
            if row.get("active", True) and row.get("project") in self._projects:
                forms.setdefault(row["name"], []).append(row)
        for name in dict.fromkeys(
            row["name"] for row in self._source.get("forms", ()) if row.get("active", True)
        ):
            proposals = by_name(name, forms, floor=_FLOOR)
            if not proposals:
                continue
            decision = decide(proposals, "")
            homes = forms.get(decision.name, [])
            if decision.open:
                data: dict[str, Any] = {"project": UNDECIDED, "request_type": UNDECIDED}
            elif len(homes) > 1 and (
                self.default is None or self.default["key"] not in {row.get("project") for row in homes}
            ):
                rivals = tuple(
                    Proposal(str(row.get("project")), decision.score, decision.why) for row in homes
                )
                decision = DraftDecision(
                    UNDECIDED, decision.score, f"{decision.name} is there in several projects", rivals
                )
                data = {"project": UNDECIDED, "request_type": homes[0]["name"]}
            else:
                own = next(
                    (
                        row
                        for row in homes
                        if self.default is not None and row.get("project") == self.default["key"]
                    ),
                    homes[0],
                )
                project = self._projects[str(own.get("project"))]
                data = {"project": project["key"], **self._type_of(own, project), "request_type": own["name"]}
            tickets = self._tickets("form", name)
            yield DraftEntry(
                "route",
                f"form: {name}",
                {"when": {"form": name}, **data},
                decision,
                tickets,
                off=tickets == 0,
            )

    def _named(self, key: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[DraftEntry]:
        for row in rows:
            name = str(row["key"] if key == "project" else row["name"])
            found = self._project(str(row["name"])) or (self._project(name) if key == "project" else None)
            if found is None or (self.default is not None and found[0]["key"] == self.default["key"]):
                continue
            project, best = found
            tickets = self._tickets(key, name)
            data = {"when": {key: name}, **self._place(project)}
            yield DraftEntry(
                "route",
                f"{key}: {name}",
                data,
                DraftDecision(best.name, best.score, best.why),
                tickets,
                off=tickets == 0,
            )

    def _types(self) -> Iterator[DraftEntry]:
        """Yield routes of the types that the usual project has under their own name."""
        project = self.default
        if project is None:
            return
        types = [row["name"] for row in project.get("types", ())]
        usual = self._place(project).get("issue_type")
        for row in self._source.get("types", ()):
            found = by_name(row["name"], types, floor=SURE)
            if not found or found[0].name == usual:
                continue
            tickets = self._tickets("type", row["name"])
            data: dict[str, Any] = {
                "when": {"type": row["name"]},
                "project": project["key"],
                "issue_type": found[0].name,
            }
            forms = [form["name"] for form in self._forms_of(project) if form.get("type") == found[0].name]
            if len(forms) == 1:
                data["request_type"] = forms[0]
            decision = DraftDecision(found[0].name, found[0].score, found[0].why)
            yield DraftEntry("route", f"type: {row['name']}", data, decision, tickets, off=tickets == 0)

    def _last(self) -> DraftEntry:
        if self.default is None:
            return DraftEntry("route", "always", {"when": "always", "project": UNDECIDED}, self._why)
        return DraftEntry("route", "always", {"when": "always", **self._place(self.default)}, self._why)

    # ---- what a project takes

    def _forms_of(self, project: ProjectDef) -> list[FormDef]:
        return [
            row
            for row in self._target.get("forms", ())
            if row.get("project") == project["key"] and row.get("active", True)
        ]

    def _place(self, project: ProjectDef) -> dict[str, Any]:
        forms = self._forms_of(project)
        request = self._request_type([row["name"] for row in forms])
        place: dict[str, Any] = {"project": project["key"]}
        named = request if isinstance(request, str) else str((request or {}).get("missing", ""))
        form = next((row for row in forms if row["name"] == named), None)
        types = [row["name"] for row in project.get("types", ())]
        if form is not None and form.get("type"):
            place |= self._type_of(form, project)
        elif types:
            wanted = by_name("Service request", types, "Task", floor=SURE)
            place["issue_type"] = wanted[0].name if wanted else types[0] if len(types) == 1 else UNDECIDED
        if request:
            place["request_type"] = request
        return place

    @staticmethod
    def _type_of(form: FormDef, project: ProjectDef) -> dict[str, Any]:
        types = [row["name"] for row in project.get("types", ())]
        if form.get("type") in types:
            return {"issue_type": form["type"]}
        usual = by_name("Service request", types, floor=SURE)
        return {"issue_type": usual[0].name} if usual else {"issue_type": UNDECIDED} if types else {}

    def _request_type(self, names: list[str]) -> Any:
        """Return the request type of tickets without a form of their own: by channel where the request types tell of channels."""
        if len(names) < 2:
            return names[0] if names else ""
        used = self._use.names.get("channel") if self._use is not None else None
        channels = (
            sorted(filter(None, used), key=lambda name: (-used[name], name)) if used else list(_CHANNELS)
        )
        values: dict[str, str] = {}
        for channel in channels:
            told = [
                name
                for name in names
                if meaning(channel) & meaning(name) & {"email", "web", "chat", "phone", "api"}
            ]
            if len(told) == 1:
                values[channel] = told[0]
        usual = decide(by_name(_USUAL_FORMS[0], names, *_USUAL_FORMS[1:], floor=75), "")
        other = values.get("web") or (usual.name if not usual.open else values.get("email", ""))
        if values and other and set(values.values()) != {other}:
            return {"by": "channel", "values": {**values, "*": other}, "missing": other}
        return other or usual.name

    def _tickets(self, key: str, name: str) -> int | None:
        return None if self._use is None else self._use.of(key, name)
