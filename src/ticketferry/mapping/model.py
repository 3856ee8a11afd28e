"""The mapping file as a model: what this version takes, no more. Values come as texts and are typed here."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ticketferry.mapping.sections.clean import CleanRule, Redaction
from ticketferry.mapping.sections.content import (
    Attachments,
    Comments,
    DateFields,
    Header,
    HelpCenter,
    HistoryRules,
    LanguageRule,
    Links,
    NumberRule,
    OlderFiles,
    Privacy,
    ProvenanceRule,
    SideTalks,
    SubjectRules,
    Tags,
    Text,
    TextLinks,
    UrlRule,
    Voice,
)
from ticketferry.mapping.sections.examples import Expect, Given, GivenComment, MappingExample
from ticketferry.mapping.sections.fields import (
    OWN,
    TAGS,
    TICKET_NAMES,
    FieldRule,
    Missing,
    Regex,
    Required,
    named_other,
)
from ticketferry.mapping.sections.names import (
    Channel,
    Choice,
    Exits,
    FallbackPlace,
    FollowUpExit,
    MergedExit,
    RouteRule,
    StatusRule,
)
from ticketferry.mapping.sections.part import Condition, Part, fault
from ticketferry.mapping.sections.people import (
    AiAgents,
    Brand,
    Customers,
    GroupRule,
    InactiveAgents,
    LightAgents,
    OrganizationDrop,
    Organizations,
    PeopleSection,
    Placeholder,
    UnlicensedAssignee,
)
from ticketferry.mapping.sections.profiles import ProfileRule

__all__ = [
    "OWN",
    "TAGS",
    "TICKET_NAMES",
    "AiAgents",
    "Attachments",
    "Brand",
    "CatalogRule",
    "Channel",
    "Choice",
    "CleanRule",
    "Comments",
    "Condition",
    "Conflicts",
    "Customers",
    "DateFields",
    "Exits",
    "Expect",
    "FallbackPlace",
    "FieldRule",
    "FollowUpExit",
    "Given",
    "GivenComment",
    "GroupRule",
    "Header",
    "HelpCenter",
    "HistoryRules",
    "InactiveAgents",
    "LanguageRule",
    "LightAgents",
    "Links",
    "MappingExample",
    "MergedExit",
    "Missing",
    "NumberRule",
    "OlderFiles",
    "Order",
    "OrganizationDrop",
    "Organizations",
    "Part",
    "PeopleSection",
    "PhaseRule",
    "Placeholder",
    "Privacy",
    "ProfileRule",
    "ProvenanceRule",
    "Redaction",
    "Regex",
    "Required",
    "RouteRule",
    "Rules",
    "SideTalks",
    "StatusRule",
    "SubjectRules",
    "Tags",
    "Text",
    "TextLinks",
    "UnlicensedAssignee",
    "UrlRule",
    "Voice",
    "named_other",
]


def _way(value: Any) -> Any:
    return "import-file" if value == "file" else value


PHASE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
"""The form of a phase's name, which is part of file names and commands."""


class Conflicts(Part):
    """Who wins where both desks changed since the last run."""

    default: Literal["source", "target", "ask"] = "source"
    """`ask`: the record is left alone until a person has written into `decisions/conflicts.csv` who wins; each plan adds what is open."""
    after_cut_over: Literal["source", "target", "ask"] | None = None
    """Who wins from the day on that migration.yaml calls the cut-over (`health: {since: 2026-11-30}`), for what was read of the old desk since."""
    fields: dict[str, Literal["source", "target", "ask"]] = Field(default={})
    """Single fields, by their keys (`status`, `comments`) or as `fields.NAME`; with `status` go its stage and resolution."""


class Order(Part):
    """In which order tickets are written. What one ticket cannot be written without (a parent, a problem) comes before it all the same."""

    by: Literal["created", "number"] | None = None
    """`created`: by the time at which the old desk made them; `number`: by the number or key that people know, project by project. By default
    by the old desk's own ids."""
    serial_keys: bool = False
    """Send the creations of tickets one by one, each when the one before it is answered, so that their keys rise in this order. The time that this
    takes stands in `plan show --estimate`. Tickets of import files only stand in the order; what a target makes last (closed tickets of
    Zendesk) comes behind all others."""


class CatalogRule(Part):
    """What of the set-up may be made in the target where the mapping names it and the target lacks it."""

    create: list[Literal["fields", "options", "statuses", "groups", "components"]] = Field(default=[])
    """Without an entry here a name that the target lacks stops the plan, for somebody to make it there by hand. `components`: those that
    `groups` and routes name, in the projects to which the routes lead."""


class PhaseHistory(Part):
    """What a phase does with field changes, where it is not what `history` says."""

    changes: Literal["auto", "provenance", "drop"]
    """As in `history`; `summary` is another word for `provenance`: rows beside the ticket."""
    because: str | None = None

    @field_validator("changes", mode="before")
    @classmethod
    def _summary(cls, value: Any) -> Any:
        return "provenance" if value == "summary" else value

    @model_validator(mode="after")
    def _reasons(self) -> "PhaseHistory":
        if self.changes == "drop" and not (self.because or "").strip():
            raise fault("`drop` needs `because`: an auditor must find the reason")
        return self


class PhasePace(Part):
    """How fast an apply of a phase may be."""

    share: float = Field(gt=0, le=1)
    """Part of the target's rate limits that it may use, instead of `pace` in migration.yaml. No plan depends on it."""

    nights: float | None = Field(default=None, gt=0, le=1)
    """The same from 20:00 to 06:00, on the clock of the machine that applies."""


class PhaseRule(Part):
    """A named part of the tickets; the first whose `where` matches takes the ticket."""

    name: str = Field(pattern=PHASE_NAME)
    where: Condition
    limit: int | None = Field(default=None, ge=1, le=1_000_000_000)
    """The most tickets that a plan of this phase takes, the first in order, as `plan --limit` does; the others stay in the phase."""
    way: Literal["rest", "import-file"] | None = None
    """How its tickets get into the target; by default as `way` says. `file` is another word for `import-file`."""

    history: PhaseHistory | None = None
    pace: PhasePace | None = None

    @field_validator("way", mode="before")
    @classmethod
    def _file(cls, value: Any) -> Any:
        return _way(value)


class Rules(Part):
    """A mapping file."""

    version: int
    source: str
    """Connector of the old desk."""
    target: str
    """Connector of the new desk."""
    vars: dict[str, Any] = Field(default={})
    """Names for `${name}`; `{env: NAME}` reads the environment."""
    route: list[RouteRule] = Field(default=[])
    type: dict[str, Choice] = Field(default={})
    form: dict[str, Choice] = Field(default={})
    """Form or request type of the source -> form of a target without projects (with projects the route says it)."""
    status: dict[str, StatusRule] = Field(default={})
    """Status of the source -> status of the target; `"custom:NAME"` for a custom one, `"*"`: the others (or `fail`)."""
    exits: Exits = Exits()
    priority: dict[str, Choice] = Field(default={})
    channel: Channel | None = None
    people: PeopleSection = PeopleSection()
    organizations: Organizations = Organizations()
    projects: dict[str, FallbackPlace] = Field(default={})
    """Key of a project of the source -> where its tickets go in a target without projects; `"*"`: the others."""
    components: dict[str, FallbackPlace] = Field(default={})
    """Component -> where its tickets go in a target without components."""
    security: dict[str, FallbackPlace] = Field(default={})
    """Security level -> where its tickets go in a target without levels: a restricted group, or more people see them."""
    groups: dict[str, GroupRule] = Field(default={})
    brands: dict[str, Brand] = Field(default={})
    fields: list[FieldRule] = Field(default=[])
    tags: Tags = Tags()
    links: Links = Links()
    text: Text = Text()
    comments: Comments = Comments()
    attachments: Attachments = Attachments()
    history: HistoryRules = HistoryRules()
    provenance: ProvenanceRule = ProvenanceRule()
    privacy: Privacy = Privacy()
    clean: list[CleanRule] = Field(default=[])
    catalog: CatalogRule = CatalogRule()
    conflicts: Conflicts = Conflicts()
    order: Order = Order()
    way: Literal["rest", "import-file"] = "rest"
    """How tickets get into the target: `rest` over its API, `import-file` through a file that an administrator imports and that
    keeps authors, times and field history."""
    phases: list[PhaseRule] = Field(default=[])
    new_values: Literal["stop", "default", "hold"] = "default"
    """A value that the old desk got since the mapping was approved (or used last) and that no rule names: `stop` makes no plan, `hold` lets its
    tickets wait and all others go, `default` lets `"*"` decide, or the same name."""
    golden: list[str] = Field(default=[])
    """Numbers of tickets that are looked at every time: in each report, and in what `verify` has the witness read. No plan depends on them."""
    accept: Literal["acceptance.yaml"] | None = None
    """Where the criteria stand: in `acceptance.yaml` beside migration.yaml, which is read whether it is named here or not. No plan depends on it."""
    tests: list[MappingExample] = Field(default=[])
    """What has to become of tickets like these: `ticketferry mapping test` says whether it does."""

    def way_of(self, phase: str | None) -> str:
        """Return the way of a phase; that of the file where the phase says none."""
        return next((rule.way for rule in self.phases if rule.name == phase and rule.way), self.way)

    @field_validator("way", mode="before")
    @classmethod
    def _file(cls, value: Any) -> Any:
        return _way(value)

    @field_validator("golden")
    @classmethod
    def _once(cls, value: list[str]) -> list[str]:
        twice = next((number for number in value if value.count(number) > 1), None)
        if twice is not None:
            raise fault(f"`{twice}` stands here twice")
        if any(not number.strip() for number in value):
            raise fault("a number of a ticket is wanted here")
        return value

    @field_validator("accept", mode="before")
    @classmethod
    def _beside(cls, value: Any) -> Any:
        if value not in (None, "acceptance.yaml"):
            raise fault(
                "criteria stand in `acceptance.yaml` beside migration.yaml, so that they change no plan: name that"
            )
        return value

    @field_validator("version")
    @classmethod
    def _known(cls, value: int) -> int:
        if value != 1:
            raise fault(f"version {value} is not known; this version reads 1")
        return value

    @field_validator("fields")
    @classmethod
    def _one_rest(cls, value: list[FieldRule]) -> list[FieldRule]:
        if sum(rule.rest is not None for rule in value) > 1:
            raise fault("`rest` stands here twice: one rule decides about all fields that no rule names")
        return value

    @field_validator("phases")
    @classmethod
    def _names_once(cls, value: list[PhaseRule]) -> list[PhaseRule]:
        seen: dict[str, int] = {}
        for rule in value:
            if rule.name in seen:
                raise fault(f"two phases are named `{rule.name}`")
            seen[rule.name] = 1
        return value

    @field_validator("clean")
    @classmethod
    def _ids_once(cls, value: list[CleanRule]) -> list[CleanRule]:
        names = [rule.id for rule in value]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise fault(f"two rules have the id `{twice[0]}`")
        for rule in value:
            for name in rule.overrides:
                if name not in names or name == rule.id:
                    raise fault(f"`{rule.id}` overrides `{name}`, which is no other rule of `clean`")
        return value
