"""Sections for people, organizations, groups and brands."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ticketferry.mapping.sections.part import Condition, Part, fault
from ticketferry.mapping.sections.profiles import ProfileRule
from ticketferry.people.never import faults_of_never
from ticketferry.people.rewriting import faults_of
from ticketferry.people.survivors import NameChoice

__all__ = [
    "AiAgents",
    "Automations",
    "Brand",
    "Customers",
    "GroupRule",
    "InactiveAgents",
    "LightAgents",
    "NeverMergeRule",
    "OrganizationDrop",
    "OrganizationSurvivor",
    "Organizations",
    "OtherAgents",
    "PeopleSection",
    "Placeholder",
    "SurvivorRule",
    "UnlicensedAssignee",
]


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


class OtherAgents(Part):
    """Agents in service who have no account in the target, as those whose address nobody may read."""

    as_: Literal["placeholder"] = Field(alias="as")
    name: str = "{{ name }}"
    """Name of the placeholder; an expression over name, email and id."""


class Automations(Part):
    """Accounts of apps and automations, which wrote comments under a name of their own."""

    as_: Literal["placeholder"] = Field(alias="as")
    name: str = "{{ name }}"


class UnlicensedAssignee(Part):
    """An assignee who cannot be assigned in the target."""

    assign: str = "none"
    """`none`, or an account of the target (its e-mail or id) that gets the tickets; what `groups` says for a ticket's group comes first."""
    field: str | None = None
    """Field that takes the name."""


class Customers(Part):
    """Customers without an account in the target."""

    create: Literal["portal_only", "no"] = "portal_only"
    invite: Literal["never"] = "never"
    """Nobody is invited: ticketferry sends no mail. Invite them in the target when the move is over."""
    when: Condition = None
    """Who gets an account; of the others a placeholder of their own stands for them. `tickets`: those that name them in the old desk."""

    @field_validator("invite", mode="before")
    @classmethod
    def _silent(cls, value: Any) -> Any:
        if value != "never":
            raise fault(
                f"`{value}` would send mails, and ticketferry notifies nobody: write `never`, and invite people in the target afterwards"
            )
        return value


class Placeholder(Part):
    """The account that stands for somebody who has none; one a person, so the e-mail must name them (`{{ id }}`). Where a word of this section
    asks for placeholders and none is described, they get addresses under `placeholder.invalid`, which nobody can own and no mail reaches.
    """

    name: str = "{{ name }}"
    email: str = "former-{{ id | replace(':', '.') }}@placeholder.invalid"

    @field_validator("email")
    @classmethod
    def _own(cls, value: str) -> str:
        if "{{" not in value:
            raise fault("the e-mail must differ from person to person: put {{ id }} into it")
        return value


class NeverMergeRule(Part):
    """People whom the tool never takes for one with anybody; a person's line in the decisions file still can."""

    roles: list[str] = Field(default=[])
    """Mailboxes that several people read, up to the sign: `info@`."""
    domains: list[str] = Field(default=[])
    """Domains under which an address ties nobody: `gmail.com`."""
    tags: list[str] = Field(default=[])
    """Tags of people, as the old desk has them."""

    @model_validator(mode="after")
    def _meant(self) -> "NeverMergeRule":
        for message in faults_of_never(self.roles, self.domains, self.tags):
            raise fault(message)
        return self


class SurvivorRule(Part):
    """What the account of several people who are one has of each. Without this section it has the values of the one who stands for the others."""

    name: NameChoice = "survivor"
    """Whose name: that of the record which stands for the others, the one that was changed last, that of the oldest record, the longest, the most frequent."""
    phone: Literal["survivor", "verified", "most_recent"] = "survivor"
    """Which phone comes first; all others stay beside it where the target keeps them."""
    fields: Literal["survivor", "most_recent", "most_used"] = "survivor"
    """Whose value a field gets, where several have one."""
    emails: Literal["all", "survivor"] = "all"
    """`all` addresses stay theirs where the target keeps them; else they are kept beside (`P327`)."""


class OrganizationSurvivor(Part):
    """What an organization that stands for several has of each."""

    name: NameChoice = "survivor"
    """Whose name, as for people."""


_AGENTS = ("inactive_agents", "light_agents", "ai_agents", "other_agents", "automations")


class PeopleSection(Part):
    """Who is who, and what becomes of those without an account."""

    match: list[Literal["external_id", "email"]] = Field(default=["external_id", "email"])
    agents: str | None = None
    """CSV file with the columns `source` (e-mail, external id or ref) and `target` (e-mail or account id); wins over `match`."""
    rewrite_email: dict[str, str] = Field(default={})
    """Addresses that agents have in the target: `"@old.com": "@new.com"`, or one address for another, which wins. Asked for agents alone, and
    only where nothing else finds their account."""
    inactive_agents: InactiveAgents | None = None
    light_agents: LightAgents | None = None
    ai_agents: AiAgents | None = None
    other_agents: OtherAgents | None = None
    automations: Automations | None = None
    unlicensed_assignee: UnlicensedAssignee = UnlicensedAssignee()
    customers: Customers = Customers()
    suspended: Literal["placeholder", "create"] = "create"
    deleted: Literal["placeholder", "create"] = "placeholder"
    placeholder: Placeholder | None = None
    contested: Literal["wait", "placeholder"] = "wait"
    """Whoever is in doubt (P310): their tickets wait for a decision, or go to a placeholder."""
    duplicates: str | None = None
    """CSV file with a person's decisions on who is who."""
    never_merge: NeverMergeRule | None = None
    survivor: SurvivorRule | None = None
    phone_region: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    """Country in which phone numbers without a prefix are dialled (`DE`), for near matches (`ticketferry people`); without it they are passed over."""
    ccs: Literal["participants", "watchers", "drop"] = "participants"
    followers: Literal["participants", "watchers", "drop"] = "watchers"
    fields: list[ProfileRule] = Field(default=[])
    """Custom fields of people, as those of tickets. A ticket can show them: `from: requester.fields.KEY` among the rules of tickets."""
    because: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _placed(cls, value: Any) -> Any:
        """Describe the placeholders that a word asks for and nobody described."""
        if not isinstance(value, dict) or value.get("placeholder") is not None:
            return value
        asked = [value.get(key) for key in ("suspended", "deleted", "contested")]
        asked += [word.get("as") for key in _AGENTS if isinstance(word := value.get(key), dict)]
        return {**value, "placeholder": {}} if "placeholder" in asked else value

    @field_validator("rewrite_email")
    @classmethod
    def _addresses(cls, value: dict[str, str]) -> dict[str, str]:
        for message in faults_of(value):
            raise fault(message)
        return value

    @model_validator(mode="after")
    def _reasons(self) -> "PeopleSection":
        if "drop" in (self.ccs, self.followers) and not self.because:
            raise fault("`drop` needs `because`: an auditor must find the reason")
        return self


class OrganizationDrop(Part):
    """Organizations that are left behind."""

    when: Condition
    because: str = "nothing refers to it"


class Organizations(Part):
    """Organizations: how they are found in the target, and who may see their tickets."""

    match: list[Literal["domain", "name"]] = Field(default=["domain", "name"])
    share: Literal["as_source", "never", "always"] = "as_source"
    """Whether the members of an organization see each other's tickets."""
    unshared: Literal["beside", "create"] = "beside"
    """Organizations whose members do not see each other's tickets, where the target would show them: `beside` keeps the name with each
    ticket and makes none; `create` makes the organization, without members and tickets."""
    domains: Literal["carry", "after", "drop"] = "carry"
    """Domains of e-mail addresses, by which some desks put people into an organization by themselves: written with it, written last (when
    all people of the plan are there), or kept beside."""
    fields: list[ProfileRule] = Field(default=[])
    """Custom fields of organizations, as those of tickets. A ticket can show them: `from: organization.fields.KEY`."""
    several: Literal["all", "default_only", "first"] = "all"
    """Of whom belongs to several: a member of `all` of them, of the default one of the old desk alone, or of the `first` that is carried (the default
    one first)."""
    survivor: OrganizationSurvivor | None = None
    drop: OrganizationDrop | None = None


class GroupRule(Part):
    """What a group's tickets get."""

    assign: str | None = None
    """Account of the target (its e-mail or id) that gets the group's tickets which nobody is assigned to there; `none`: nobody, whatever else is said."""
    component: str | None = None
    """Component; an expression over `group.name`."""
    security: str | None = None
    team: str | None = None
    """Group of the target; without it the one of the same name."""


class Brand(Part):
    """What a brand's tickets get."""

    label: str
