"""The mapping file as a model: what this version takes, no more. Values come as texts and are typed here."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "LATER", "OWN", "Attachments", "Brand", "Channel", "Choice", "CleanRule", "Comments", "Condition", "Conflicts",
    "FieldRule", "GroupRule", "Header", "History", "Links", "Organizations", "Part", "People", "PhaseRule",
    "ProvenanceRule", "Resolution", "Route", "Rules", "StatusRule", "Tags", "Text",
]  # fmt: skip

Condition: TypeAlias = Any
"""A condition as written; `conditions.py` knows its grammar."""

LATER = frozenset({
    "accept", "after_cut_over", "archive", "assign", "collapse", "dates", "extends", "golden", "help_center", "inline", "invite",
    "jira", "keep_if_used", "language", "locale", "malware", "marker", "never_merge", "new_values", "older_than", "order",
    "other_phase", "pace", "quoted_replies", "redact", "rewrite_email", "satisfaction", "several", "side_conversations",
    "signatures", "survivor", "team", "tests", "values_file", "way", "history", "overrides", "closed_before", "closed_after",
})  # fmt: skip
"""Words that the mapping language has agreed on and this version does not carry out yet: refused, never passed over."""

OWN: Mapping[str, tuple[str, ...]] = {
    **{key: (key,) for key in (
        "number", "url", "subject", "stage", "status", "resolution", "priority", "type", "form", "channel", "brand",
        "external_id", "created", "updated", "solved", "due", "handled_by", "tags", "group", "organization", "requester",
        "submitter", "assignee", "project",
    )},
    "due_at": ("due",),
    "satisfaction.score": ("satisfaction", "score"),
    "satisfaction.comment": ("satisfaction", "comment"),
    "satisfaction.reason": ("satisfaction", "reason"),
    "sla": ("sla",),
}  # fmt: skip
"""What a field rule can read of the ticket itself, beside `fields.KEY`."""


_MULTIPLES = {
    "": 1,
    "B": 1,
    "KB": 1_000,
    "MB": 1_000_000,
    "GB": 1_000_000_000,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
}


def _fault(message: str) -> PydanticCustomError:
    return PydanticCustomError("mapping", "{said}", {"said": message})


class Part(BaseModel):
    """A section of the file. `short`: the key that a plain value stands for (`open: X` is `open: {to: X}`)."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=False
    )
    short: ClassVar[str | None] = None

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        if cls.short is not None and isinstance(value, str | list):
            return {cls.short: value}
        if value is None:
            raise _fault("nothing stands here: give a value or take the key out")
        return value


class ByValue(Part):
    """A name, or a choice by another field: `{by: channel, values: {email: Emailed request, "*": Other}}`."""

    short = "name"
    name: str | None = None
    """The same for all."""
    by: str | None = None
    """Field whose value decides."""
    values: dict[str, str] = {}
    missing: str | None = None
    """Name where the field is empty."""

    @model_validator(mode="after")
    def _one_way(self) -> "ByValue":
        if (self.name is None) == (self.by is None):
            raise _fault("either a name, or `by` with `values`")
        if self.by is not None and not self.values and self.missing is None:
            raise _fault("`by` needs `values`")
        return self


class Resolution(ByValue):
    """Resolution that a status brings: a name, or `{by: fields.outcome, values: {...}, missing: Done}`."""

    short = "name"


class Choice(Part):
    """What a value of the source becomes: a name, or `{default: name}` for `none`."""

    short = "default"
    default: str


class Route(Part):
    """Where tickets go; the first that matches wins."""

    when: Condition = "always"
    project: str
    issue_type: str | None = None
    request_type: ByValue | None = None
    security: str | None = None


class StatusRule(Part):
    """What a status becomes: a name, or `{to, when, else}`, with the resolution it brings."""

    short = "to"
    to: str
    when: Condition = None
    otherwise: str | None = Field(default=None, alias="else")
    """Name where `when` does not hold."""
    resolution: Resolution | None = None

    @model_validator(mode="after")
    def _both(self) -> "StatusRule":
        if (self.when is None) != (self.otherwise is None):
            raise _fault("`when` and `else` belong together: say what holds in either case")
        return self


class MergedExit(Part):
    """Tickets merged into another: `skip`, or `{link: NAME, to: winner}`."""

    short = "do"
    do: Literal["skip"] | None = None
    link: str | None = None
    to: Literal["winner"] = "winner"

    @model_validator(mode="after")
    def _one_way(self) -> "MergedExit":
        if (self.do is None) == (self.link is None):
            raise _fault("either `skip` or `{link: NAME, to: winner}`")
        return self


class FollowUpExit(Part):
    """Follow-up tickets: `{link: NAME}` to the ticket that they follow."""

    link: str


class Exits(Part):
    """Tickets that left the life cycle; decided like statuses."""

    deleted: Literal["skip"] = "skip"
    spam: Literal["skip"] = "skip"
    suspended: Literal["skip"] = "skip"
    merged: MergedExit = MergedExit(do="skip")
    follow_up: FollowUpExit | None = None


class Channel(Part):
    """Where the ticket's channel is written."""

    field: str
    values: dict[str, str] = {}
    """Channel -> value; `"*"` for the others. A channel that is not named is written as it is."""


class InactiveAgents(Part):
    """Agents who are no longer active and have no account in the target."""

    as_: Literal["placeholder"] = Field(alias="as")
    name: str = "{{ name }}"
    """Name of the placeholder; an expression over name, email and id."""


class LightAgents(Part):
    """Agents without a full seat."""

    as_: Literal["watcher", "customer", "placeholder"] = Field(alias="as")


class AiAgents(Part):
    """Agents that are software."""

    as_: Literal["app_account", "placeholder"] = Field(alias="as")
    name: str = "{{ name }}"


class UnlicensedAssignee(Part):
    """An assignee who cannot be assigned in the target."""

    assign: Literal["none"] = "none"
    field: str | None = None
    """Field that takes the name."""


class Customers(Part):
    """Customers without an account in the target."""

    create: Literal["portal_only", "no"] = "portal_only"
    when: Condition = None


class Placeholder(Part):
    """The account that stands for somebody who has none; one a person, so the e-mail must name them (`{{ id }}`)."""

    name: str
    email: str

    @field_validator("email")
    @classmethod
    def _own(cls, value: str) -> str:
        if "{{" not in value:
            raise _fault("the e-mail must differ from person to person: put {{ id }} into it")
        return value


class People(Part):
    """Who is who, and what becomes of those without an account."""

    match: list[Literal["external_id", "email"]] = ["external_id", "email"]
    agents: str | None = None
    """CSV file with the columns `source` (e-mail, external id or ref) and `target` (e-mail or account id); wins over `match`."""
    inactive_agents: InactiveAgents | None = None
    light_agents: LightAgents | None = None
    ai_agents: AiAgents | None = None
    unlicensed_assignee: UnlicensedAssignee = UnlicensedAssignee()
    customers: Customers = Customers()
    suspended: Literal["placeholder", "create"] = "create"
    deleted: Literal["placeholder", "create"] = "placeholder"
    placeholder: Placeholder | None = None
    duplicates: str | None = None
    """CSV file with a person's decisions on who is who."""
    ccs: Literal["participants", "watchers", "drop"] = "participants"
    followers: Literal["participants", "watchers", "drop"] = "watchers"
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "People":
        if "drop" in (self.ccs, self.followers) and not self.because:
            raise _fault("`drop` needs `because`: an auditor must find the reason")
        wanted = {
            "inactive_agents": self.inactive_agents is not None,
            "light_agents": self.light_agents is not None and self.light_agents.as_ == "placeholder",
            "ai_agents": self.ai_agents is not None and self.ai_agents.as_ == "placeholder",
            "suspended": self.suspended == "placeholder" and "suspended" in self.model_fields_set,
            "deleted": self.deleted == "placeholder" and "deleted" in self.model_fields_set,
        }
        missing = [key for key, asked in wanted.items() if asked]
        if missing and self.placeholder is None:
            raise _fault(f"`{missing[0]}` asks for a placeholder: add `placeholder: {{name: …, email: …}}`")
        return self


class OrganizationDrop(Part):
    """Organizations that are left behind."""

    when: Condition
    because: str = "nothing refers to it"


class Organizations(Part):
    """Organizations: how they are found in the target, and who may see their tickets."""

    match: list[Literal["domain", "name"]] = ["domain", "name"]
    share: Literal["as_source", "never", "always"] = "as_source"
    """Whether the members of an organization see each other's tickets."""
    drop: OrganizationDrop | None = None


class GroupRule(Part):
    """What a group's tickets get."""

    component: str | None = None
    """Component; an expression over `group.name`."""
    security: str | None = None


class Brand(Part):
    """What a brand's tickets get."""

    label: str


class Missing(Part):
    """What an empty source value becomes."""

    short = "default"
    default: str


class Regex(Part):
    r"""Pattern and replacement (`\1` for groups)."""

    find: str
    to: str


class Required(Part):
    """When the target's field must not be empty; a ticket that breaks this is rejected."""

    when: Condition = "always"


class FieldRule(Part):
    """One rule for fields: `from`/`to` with a verb, or `set`, `drop`, `rest`."""

    source: list[str] = Field(default=[], alias="from")
    """Field or fields of the source (`fields.KEY`, or a ticket's own: `due`, `handled_by`, …)."""
    to: str | None = None
    """Field of the target, by its name."""
    when: Condition = None
    values: dict[str, str] = {}
    """Value -> value; `"*"`: the others, `"*": fail` rejects them."""
    missing: Missing | None = None
    as_: Literal[
        "text", "textarea", "integer", "decimal", "checkbox", "date", "datetime", "select", "multiselect", "cascading", "labels",
    ] | None = Field(default=None, alias="as")  # fmt: skip
    """Type to write; without it the type of the target's field."""
    tz: str | None = None
    """Time zone in which a time becomes a date."""
    join: str | None = None
    """Sign between several values."""
    split: str | None = None
    """Sign at which one value becomes several."""
    regex: Regex | None = None
    on_miss: Literal["keep", "fail", "provenance"] = "keep"
    """What becomes of a value that `regex` does not fit: `keep` as it is, `fail`, or beside in the `provenance`."""
    expr: str | None = None
    """Expression over the ticket, for what the other verbs cannot say."""
    required: Required | None = None
    set: dict[str, str] = {}
    """Field of the target -> constant."""
    drop: Literal["true"] | None = None
    rest: Literal["keep_in_provenance", "fail", "drop"] | None = None
    """What becomes of fields that no rule names."""
    because: str | None = None

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("required", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"when": "always"} if value == "true" else value

    @model_validator(mode="after")
    def _one_verb(self) -> "FieldRule":
        kinds = [bool(self.set), self.drop is not None, self.rest is not None, self.to is not None]
        if sum(kinds) != 1:
            raise _fault("a rule has one of `to`, `set`, `drop`, `rest`")
        if (self.drop or self.rest == "drop") and not (self.because or "").strip():
            raise _fault("`drop` needs `because`: an auditor must find the reason")
        if (self.drop or self.to) and not self.source and self.expr is None:
            raise _fault("`from` is missing: which field of the source?")
        if self.expr is not None and (self.values or self.regex or self.split or self.join is not None):
            raise _fault("`expr` stands alone: put values, regex, split and join into rules of their own")
        if len(self.source) > 1 and self.to and self.join is None and self.expr is None:
            raise _fault("several fields in one need `join`")
        return self


class Tags(Part):
    """Tags: dropped, renamed, merged, then spelt."""

    drop: list[str] = []
    """Names or patterns (`auto_*`)."""
    rename: dict[str, str] = {}
    merge: dict[str, list[str]] = {}
    """New tag -> tags that become it."""
    spaces: str | None = None
    """What stands for a space where the target takes none."""
    case: Literal["lower", "keep"] = "keep"
    from_fields: Literal["drop", "keep"] = "keep"
    """Tags that a field's option puts on the ticket: the field carries them already."""
    because: str | None = None

    @field_validator("spaces")
    @classmethod
    def _spaceless(cls, value: str | None) -> str | None:
        if value is not None and any(sign.isspace() for sign in value):
            raise _fault("`spaces` must hold no space itself")
        return value


class Links(Part):
    """Kind of link -> link type of the target; `keep` leaves the kind's name."""

    problem_incident: str | None = None
    problem: str | None = None
    incident: str | None = None
    follow_up: str | None = None
    merged: str | None = None
    blocks: str | None = None
    relates: str | None = None
    parent: str | None = None
    remote: Literal["keep", "drop"] | None = None
    unmigrated: Literal["text", "drop"] = "text"
    """Links to tickets that are not migrated: `text` in the provenance, or dropped."""
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "Links":
        if "drop" in (self.unmigrated, self.remote) and not self.because:
            raise _fault("`drop` needs `because`: an auditor must find the reason")
        return self


class TextLinks(Part):
    """Links to old tickets in texts: `both` gives the new ticket beside the old words, `keep` leaves them."""

    tickets: Literal["both", "keep"] = "both"
    """Addresses of old tickets."""
    numbers: Literal["both", "keep"] = "both"
    """`#123`."""


class Subject(Part):
    """The subject."""

    max: int = Field(default=0, ge=0, le=100_000)
    """Longest subject in characters; 0: as long as it is."""
    strip: list[str] = []
    """Patterns that are taken off."""
    prefix: str = ""


class Header(Part):
    """The line over a comment that tells who wrote it and when."""

    when: Literal["needed", "rest", "always", "never"] = "needed"
    """`needed` (or `rest`): where the target cannot set author and time itself."""
    template: str = "{{ author }} · {{ at | local }} UTC"
    """Expression over author, at, via and public."""


class Text(Part):
    """Texts: links, subject, header of comments, placeholders."""

    links: TextLinks = TextLinks()
    subject: Subject = Subject()
    header: Header = Header()
    placeholders: Literal["keep", "escape"] = "keep"
    """`escape`: `{{…}}` in texts does not become a placeholder of the target."""


class Comments(Part):
    """Comments."""

    public: Literal["public", "internal"] = "public"
    internal: Literal["internal"] = "internal"
    author_without_account: Literal["placeholder", "header"] = "placeholder"
    """`placeholder` where people.placeholder is set; the name stands in the header either way."""
    system: Literal["keep", "drop"] = "keep"
    voice: Literal["keep"] = "keep"
    because: str | None = None


class Attachments(Part):
    """Attachments."""

    max: int = 0
    """Largest attachment (`250MB`); 0: not limited."""
    over: Literal["link", "drop"] = "link"
    """Larger ones: `link` keeps name and address beside, `drop` needs `because`."""
    block: list[str] = []
    """Endings of names that are not moved (`exe`)."""
    because: str | None = None

    @field_validator("max", mode="before")
    @classmethod
    def _size(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value.strip().upper().replace(" ", "").replace("_", "")
        number = text.rstrip("KMGIB")
        unit = text[len(number) :]
        if not number.isdigit() or unit not in _MULTIPLES:
            raise _fault(f"`{value}` is not a size: write 250MB, 2GB or bytes")
        return int(number) * _MULTIPLES[unit]

    @field_validator("block")
    @classmethod
    def _endings(cls, value: list[str]) -> list[str]:
        return [ending.lower().lstrip(".") for ending in value]

    @model_validator(mode="after")
    def _reasons(self) -> "Attachments":
        if self.over == "drop" and not self.because:
            raise _fault("`drop` needs `because`: an auditor must find the reason")
        return self


class DateFields(Part):
    """Fields that take the times which the target cannot set."""

    created: str | None = None
    solved: str | None = None


class History(Part):
    """History."""

    changes: Literal["auto", "provenance", "drop"] = "auto"
    """Field changes: `auto` writes them where the target can, else keeps them beside."""
    date_fields: DateFields = DateFields()
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "History":
        if self.changes == "drop" and not self.because:
            raise _fault("`drop` needs `because`: an auditor must find the reason")
        return self


class NumberRule(Part):
    """Where the old number goes."""

    field: str | None = None
    label: str | None = None
    """A tag; an expression over `number`."""


class UrlRule(Part):
    """Where the old address goes."""

    field: str


class ProvenanceRule(Part):
    """What is kept of the old desk, and where people find it."""

    number: NumberRule = NumberRule()
    url: UrlRule | None = None
    rest: Literal["property"] = "property"


class CleanRule(Part):
    """Tickets that are left behind; the first that matches decides."""

    id: str
    when: Condition
    do: Literal["skip", "keep"]
    because: str | None = None

    @model_validator(mode="after")
    def _reasons(self) -> "CleanRule":
        if self.do == "skip" and not (self.because or "").strip():
            raise _fault("`skip` needs `because`: an auditor must find the reason")
        return self


class Conflicts(Part):
    """Who wins where both desks changed since the last run."""

    default: Literal["source", "target"] = "source"
    fields: dict[str, Literal["source", "target"]] = {}


class PhaseRule(Part):
    """A named part of the tickets; the first whose `where` matches takes the ticket."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    where: Condition
    limit: int | None = Field(default=None, ge=1)


class Rules(Part):
    """A mapping file."""

    version: int
    source: str
    """Connector of the old desk."""
    target: str
    """Connector of the new desk."""
    vars: dict[str, Any] = {}
    """Names for `${name}`; `{env: NAME}` reads the environment."""
    route: list[Route] = []
    type: dict[str, Choice] = {}
    status: dict[str, StatusRule] = {}
    """Status of the source -> status of the target; `"custom:NAME"` for a custom one, `"*"`: the others (or `fail`)."""
    exits: Exits = Exits()
    priority: dict[str, Choice] = {}
    channel: Channel | None = None
    people: People = People()
    organizations: Organizations = Organizations()
    groups: dict[str, GroupRule] = {}
    brands: dict[str, Brand] = {}
    fields: list[FieldRule] = []
    tags: Tags = Tags()
    links: Links = Links()
    text: Text = Text()
    comments: Comments = Comments()
    attachments: Attachments = Attachments()
    history: History = History()
    provenance: ProvenanceRule = ProvenanceRule()
    clean: list[CleanRule] = []
    conflicts: Conflicts = Conflicts()
    phases: list[PhaseRule] = []

    @field_validator("version")
    @classmethod
    def _known(cls, value: int) -> int:
        if value != 1:
            raise _fault(f"version {value} is not known; this version reads 1")
        return value

    @field_validator("phases")
    @classmethod
    def _names_once(cls, value: list[PhaseRule]) -> list[PhaseRule]:
        seen: dict[str, int] = {}
        for rule in value:
            if rule.name in seen:
                raise _fault(f"two phases are named `{rule.name}`")
            seen[rule.name] = 1
        return value

    @field_validator("clean")
    @classmethod
    def _ids_once(cls, value: list[CleanRule]) -> list[CleanRule]:
        names = [rule.id for rule in value]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise _fault(f"two rules have the id `{twice[0]}`")
        return value
